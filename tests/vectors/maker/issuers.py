"""Whose key is it: did:web, did:key, did:jwk and https issuers in every algorithm; keys nobody may use."""

from collections.abc import Iterator
from typing import Any

from tests.vectors.maker.jose import OB_JWT
from tests.vectors.maker.keys import Key, base58, compact, key, segment
from tests.vectors.maker.world import (
    ISSUER,
    Document,
    Network,
    body,
    case,
    claims,
    edit,
    forged,
    genuine,
    untold,
    valid,
)
from verifier.conformance.case import Case, Expect

FORM = "issuer-key"
ALGORITHMS = ("ES256", "ES384", "RS256", "EdDSA")
# Points of small order, and encodings that are not canonical (RFC 8032, sections 5.1.3 and 8.9).
LOW_ORDER = {
    "zero": "00" * 32,
    "one": "01" + "00" * 31,
    "minus-one": "ec" + "ff" * 30 + "7f",
    "order-eight-a": "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "order-eight-b": "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "not-canonical-p": "ed" + "ff" * 30 + "7f",
    "not-canonical-p-plus-one": "ee" + "ff" * 30 + "7f",
    "sign-of-zero": "01" + "00" * 30 + "80",
}


def cases() -> Iterator[Case]:
    for alg in ALGORITHMS:
        yield from _web(alg)
    yield from _did_key()
    yield from _did_jwk()
    yield from _https()
    yield from _low_order()
    yield from _did_web()


def token(issuer: str, signer: Key, kid: str | None, **changes: Any) -> str:
    """A badge of this issuer without a status list."""
    badge = edit(ISSUER.badge(credentialStatus=...), "issuer/id", issuer)
    header: Document = {"alg": signer.alg, "kid": ... if kid is None else kid}
    return OB_JWT.token(claims(badge), signer=signer, **{**header, **changes})


def _case(
    name: str, title: str, standard: str, evidence: str, expect: Expect, network: Network | None = None
) -> Case:
    return case(f"{FORM}/{name}", title, standard, evidence, expect, network=network or {})


def _web(alg: str) -> Iterator[Case]:
    signer, name = ISSUER.key(alg), alg.lower()
    rule = "Open Badges 3.0, 8.2.4; RFC 7518, section 3.1; RFC 8037"
    network = ISSUER.network(status=...)
    made = token(ISSUER.did, signer, ISSUER.kid(alg))
    yield _case(
        f"valid-{name}",
        f"A badge that is signed with {alg}.",
        rule,
        made,
        valid("signature.verified"),
        network,
    )
    first, second, third = made.split(".")
    changed = third[:8] + ("A" if third[8] != "A" else "B") + third[9:]
    yield _case(
        f"{name}-signature-changed",
        f"The {alg} signature was changed.",
        rule,
        f"{first}.{second}.{changed}",
        forged("signature.invalid"),
        network,
    )
    yield _case(
        f"{name}-cut",
        f"The {alg} signature lacks its end.",
        rule,
        f"{first}.{second}.{segment(signer.sign(f'{first}.{second}'.encode())[:-6])}",
        forged("signature.invalid"),
        network,
    )
    other = token(ISSUER.did, key("attacker", alg), ISSUER.kid(alg))
    yield _case(
        f"{name}-other-key",
        f"Another {alg} key signed in the name of the listed one.",
        rule,
        other,
        forged("signature.invalid"),
        network,
    )


def _did_key() -> Iterator[Case]:
    rule = "did:key method specification, sections 3.1 and 3.2"
    for alg in ("ES256", "ES384", "EdDSA"):
        signer = key("did-key", alg)
        did = signer.did_key
        full = f"{did}#{signer.multibase}"
        yield _case(
            f"valid-did-key-{alg.lower()}",
            f"A did:key of {alg}; genuine, whoever it is.",
            rule,
            token(did, signer, full),
            valid("issuer_key.listed", "standing.unknown"),
        )
    signer, other = key("did-key", "EdDSA"), key("attacker", "EdDSA")
    did = signer.did_key
    yield _case(
        "did-key-other-signer",
        "The identifier holds one key, another one signed.",
        rule,
        token(did, other, f"{did}#{signer.multibase}"),
        forged("signature.invalid"),
    )
    yield _case(
        "did-key-other-fragment",
        "The fragment holds the attacker's key: what stands before the # counts.",
        rule,
        token(did, other, f"{did}#{other.multibase}"),
        forged("issuer_key.untrusted"),
    )
    yield _case(
        "did-key-other-did",
        "kid is the attacker's own did:key.",
        rule,
        token(did, other, f"{other.did_key}#{other.multibase}"),
        forged("issuer_key.untrusted"),
    )
    x25519 = "did:key:z" + base58(b"\xec\x01" + signer.raw)
    yield _case(
        "did-key-x25519",
        "A did:key for key agreement.",
        rule,
        token(x25519, signer, f"{x25519}#{x25519[8:]}"),
        untold("issuer_key.unsupported"),
    )
    secp = "did:key:z" + base58(b"\xe7\x01\x02" + signer.raw)
    yield _case(
        "did-key-secp256k1",
        "A did:key of a curve that no profile here has.",
        rule,
        token(secp, signer, f"{secp}#{secp[8:]}"),
        untold("issuer_key.unsupported"),
    )
    for label, text in (
        ("short", base58(b"\xed\x01" + signer.raw[:31])),
        ("long", base58(b"\xed\x01" + signer.raw + b"\0")),
        ("alphabet", signer.multibase[1:-1] + "0"),
        ("empty", ""),
    ):
        broken = f"did:key:z{text}"
        expect = forged("issuer_key.unusable") if text else untold("issuer_key.unsupported")
        yield _case(
            f"did-key-{label}",
            f"A did:key that is malformed: {label}.",
            rule,
            token(broken, signer, f"{broken}#z{text}"),
            expect,
        )
    bad = f"did:key:u{segment(bytes([0xED, 1]) + signer.raw)}"
    yield _case(
        "did-key-base64url",
        "A did:key in base64url, which the method does not have.",
        rule,
        token(bad, signer, f"{bad}#{bad[8:]}"),
        untold("issuer_key.unsupported"),
    )


def _did_jwk() -> Iterator[Case]:
    rule = "did:jwk method specification"
    for alg in ALGORITHMS:
        signer = key("did-jwk", alg)
        yield _case(
            f"valid-did-jwk-{alg.lower()}",
            f"A did:jwk of {alg}; its one method is #0.",
            rule,
            token(signer.did_jwk, signer, f"{signer.did_jwk}#0"),
            valid("issuer_key.listed"),
        )
    signer, other = key("did-jwk"), key("attacker")
    did = signer.did_jwk
    yield _case(
        "did-jwk-other-signer",
        "The did:jwk holds one key, another one signed.",
        rule,
        token(did, other, f"{did}#0"),
        forged("signature.invalid"),
    )
    yield _case(
        "did-jwk-other-fragment",
        "The fragment is not 0.",
        rule,
        token(did, other, f"{did}#1"),
        forged("issuer_key.untrusted"),
    )

    def made(label: str, title: str, jwk: Any, expect: Expect) -> Case:
        text = jwk if isinstance(jwk, str) else segment(compact(jwk))
        return _case(
            f"did-jwk-{label}", title, rule, token(f"did:jwk:{text}", signer, f"did:jwk:{text}#0"), expect
        )

    yield made(
        "use-enc",
        "The key is for encryption (use).",
        {**signer.jwk, "use": "enc"},
        forged("issuer_key.untrusted"),
    )
    yield made(
        "symmetric",
        "The key is symmetric.",
        {"kty": "oct", "k": segment(bytes(32))},
        forged("issuer_key.unusable"),
    )
    yield made(
        "off-curve",
        "The point is not on the curve.",
        {**signer.jwk, "y": signer.jwk["x"]},
        forged("issuer_key.unusable"),
    )
    yield made(
        "padding",
        "The identifier has padding.",
        segment(compact(signer.jwk)) + "=",
        forged("issuer_key.unusable"),
    )
    yield made("not-json", "The identifier holds no JSON.", segment(b"key"), forged("issuer_key.unusable"))
    duplicate = compact(signer.jwk)[:-1] + b',"y":"' + other.jwk["y"].encode() + b'"}'
    yield made(
        "duplicate-member",
        "The key in the identifier names y twice.",
        segment(duplicate),
        forged("issuer_key.unusable"),
    )


def _https() -> Iterator[Case]:
    rule = "Open Badges 3.0, 8.2.4 and B.1.15 (Profile); VC-JOSE-COSE, section 4.2"
    issuer, signer, other = "https://badges.example/issuer", key("https"), key("attacker")
    kid = "https://badges.example/keys/1"

    def made(
        label: str,
        title: str,
        document: Any,
        expect: Expect,
        *,
        named: str | None = None,
        by: Key | None = None,
        **urls: Any,
    ) -> Case:
        network = {issuer: body(document)} if document is not ... else {}
        network |= {url: body(answer) for url, answer in urls.get("urls", {}).items()}
        return _case(
            label, title, rule, token(issuer, by or signer, named or signer.thumbprint), expect, network
        )

    listed = {**signer.jwk, "kid": "1"}
    yield made(
        "valid-https-jwks",
        "The issuer's address holds a JWK set.",
        {"keys": [{**other.jwk, "kid": "0"}, listed]},
        valid("issuer_key.listed"),
        named="1",
    )
    yield made(
        "valid-https-jwk",
        "The issuer's address holds one JWK.",
        listed,
        valid("issuer_key.listed"),
        named="1",
    )
    profile = {"id": issuer, "type": ["Profile"], "name": "Badges"}
    method = {"id": f"{issuer}#1", "type": "JsonWebKey", "controller": issuer, "publicKeyJwk": signer.jwk}
    yield made(
        "valid-https-methods",
        "The issuer's document lists verification methods for assertions.",
        {**profile, "verificationMethod": [method], "assertionMethod": [f"{issuer}#1"]},
        valid("issuer_key.listed"),
        named=f"{issuer}#1",
    )
    yield made(
        "https-unlisted",
        "The issuer's key set does not hold the key.",
        {"keys": [{**other.jwk, "kid": "0"}]},
        forged("issuer_key.untrusted"),
    )
    yield made(
        "https-kid-of-another",
        "kid names a key of the set, another one signed.",
        {"keys": [listed]},
        forged("signature.invalid"),
        named="1",
        by=other,
    )
    yield made(
        "https-same-origin",
        "The issuer's Profile names no keys; kid is an address on its host: never green.",
        profile,
        genuine("valid", "current", "issuer_key.same_origin"),
        named=kid,
        urls={kid: signer.jwk},
    )
    yield made(
        "https-other-origin",
        "The issuer's Profile names no keys; kid is an address elsewhere, which nobody asks.",
        profile,
        untold("issuer_key.not_published"),
        named="https://attacker.example/key",
        by=other,
        urls={"https://attacker.example/key": other.jwk},
    )
    yield made(
        "https-unreachable", "The issuer's address does not answer.", ..., untold("issuer_key.unreachable")
    )
    yield made(
        "https-not-json",
        "The issuer's address holds a web page.",
        "<html></html>",
        untold("issuer_key.malformed"),
    )
    yield made(
        "https-empty-set",
        "The issuer's key set is empty.",
        {"keys": []},
        forged("issuer_key.untrusted"),
        named="1",
    )
    plain = "http://badges.example/issuer"
    yield _case(
        "http-issuer",
        "The issuer's address is not https.",
        rule,
        token(plain, signer, "1"),
        untold(),
        {plain: body({"keys": [listed]})},
    )
    for label, did in (
        ("example", "did:example:123"),
        ("ion", "did:ion:EiClkZMDxPKqC9c-umQfTkR8vvZ9JPhl_xLDI9Nfk38w5w"),
        ("web-without-name", "did:web:"),
    ):
        expect = (
            untold("issuer_key.unsupported")
            if label != "web-without-name"
            else untold("issuer_key.unreachable")
        )
        yield _case(
            f"did-{label}",
            f"An issuer whose keys this verifier cannot find: {did}.",
            "DID Core 1.0, section 3.1",
            token(did, signer, f"{did}#1"),
            expect,
        )


def _low_order() -> Iterator[Case]:
    rule = "RFC 8032, section 5.1.3 and 8.9; THREATS: low-order keys"
    signer = key("attacker", "EdDSA")
    for label, raw in LOW_ORDER.items():
        point = bytes.fromhex(raw)
        did = f"did:key:z{base58(bytes([0xED, 1]) + point)}"
        kid = f"{did}#{did[8:]}"
        header = segment(compact({"alg": "EdDSA", "kid": kid, "typ": "JWT"}))
        payload = segment(compact(claims(edit(ISSUER.badge(credentialStatus=...), "issuer/id", did))))
        # R = the point, S = 0: verifies under many libraries for any content.
        evidence = f"{header}.{payload}.{segment(point + bytes(32))}"
        yield _case(
            f"low-order-{label}",
            f"An Ed25519 key that anybody can sign for: {label}.",
            rule,
            evidence,
            forged("issuer_key.unusable"),
        )
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": segment(bytes.fromhex(LOW_ORDER["one"]))}
    method = ISSUER.method(signer, publicKeyJwk=jwk, id=f"{ISSUER.did}#0")
    document = ISSUER.did_document(verificationMethod=[method], assertionMethod=[method["id"]])
    yield _case(
        "low-order-listed",
        "The issuer's document lists a key of small order.",
        rule,
        token(ISSUER.did, signer, method["id"]),
        forged("issuer_key.unusable"),
        ISSUER.network(document=document, status=...),
    )


def _did_web() -> Iterator[Case]:
    rule = "did:web method specification, section 2.5"
    signer = ISSUER.key()
    document = {"publicKeyJwk": signer.jwk}
    for label, did, url in (
        ("valid-did-web-root", "did:web:root.example", "https://root.example/.well-known/did.json"),
        ("valid-did-web-port", "did:web:port.example%3A8443:o:a", "https://port.example:8443/o/a/did.json"),
    ):
        method = {"id": f"{did}#1", "type": "JsonWebKey", "controller": did, **document}
        answer = {"id": did, "verificationMethod": [method], "assertionMethod": ["#1"]}
        yield _case(
            label,
            f"The document of {did} stands where the method says.",
            rule,
            token(did, signer, f"{did}#1"),
            valid("issuer_key.listed"),
            {url: body(answer)},
        )
    for label, did in (
        ("ip", "did:web:127.0.0.1"),
        ("localhost", "did:web:localhost%3A8000"),
        ("userinfo", "did:web:a%40b.example"),
        ("traversal", "did:web:issuer.example:..:admin"),
        ("slash", "did:web:issuer.example%2Fo"),
        ("empty-part", "did:web:issuer.example::o"),
    ):
        yield _case(
            f"did-web-{label}",
            f"A did:web that leads nowhere a verifier may go: {label}.",
            rule,
            token(did, signer, f"{did}#1"),
            untold("issuer_key.unreachable"),
        )
    for label, title, member, expect in (
        (
            "expired",
            "The listed key has an end that is past.",
            {"expires": "2026-11-01T00:00:00Z"},
            forged("issuer_key.ended"),
        ),
        (
            "revoked",
            "The listed key was revoked.",
            {"revoked": "2026-11-01T00:00:00Z"},
            forged("issuer_key.ended"),
        ),
        (
            "valid-key-ends-later",
            "The listed key has an end that is to come.",
            {"expires": "2027-11-01T00:00:00Z"},
            valid("issuer_key.listed"),
        ),
    ):
        method = ISSUER.method(signer, **member)
        document_ = ISSUER.did_document(verificationMethod=[method], assertionMethod=[method["id"]])
        name = label if label.startswith("valid") else f"key-{label}"
        yield _case(
            name,
            title,
            "Controlled Identifiers 1.0, section 2.2",
            token(ISSUER.did, signer, ISSUER.kid()),
            expect,
            ISSUER.network(document=document_, status=...),
        )
