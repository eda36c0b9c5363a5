"""Attacks on compact JWS, for each form of credential that is one: RFC 7515, 7517, 7518, 7519, 7797, 8725."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from tests.vectors.maker.keys import Key, compact, key, segment
from tests.vectors.maker.world import (
    ISSUER,
    STRANGER,
    Document,
    body,
    case,
    claims,
    edit,
    forged,
    untold,
    valid,
)
from verifier.conformance.case import Case

ATTACKER = key("attacker")


class Form:
    """One JWS form: its usual header and payload."""

    def __init__(self, name: str, header: Document, *, registered: bool) -> None:
        self.name = name
        self.header = header
        self.registered = registered

    def payload(self, document: Document | None = None) -> Document:
        document = ISSUER.badge() if document is None else document
        return claims(document) if self.registered else document

    def token(self, payload: Any = None, *, signer: Key | None = None, **header: Any) -> str:
        """Signed by the issuer, or by whoever; header members that are `...` are left out."""
        named = {name: value for name, value in {**self.header, **header}.items() if value is not ...}
        return (signer or ISSUER.key()).token(named, self.payload() if payload is None else payload)


OB_JWT = Form(
    "ob-jwt",
    {"alg": "ES256", "kid": f"{ISSUER.base}/keys/{ISSUER.key().thumbprint}", "typ": "JWT"},
    registered=True,
)
VC_JWT = Form("vc-jwt", {"alg": "ES256", "kid": ISSUER.kid(), "typ": "vc+jwt", "cty": "vc"}, registered=False)


def cases(form: Form) -> Iterator[Case]:
    yield from _algorithms(form)
    yield from _other_keys(form)
    yield from _headers(form)
    yield from _keys(form)
    yield from _encodings(form)
    yield from _json(form)


def _algorithms(form: Form) -> Iterator[Case]:
    rfc = "RFC 8725, section 3.1; RFC 7518, section 3.6"
    for number, alg in enumerate(("none", "None", "NONE", "nOnE")):
        covered = f"{segment(compact({**form.header, 'alg': alg}))}.{segment(compact(form.payload()))}"
        yield case(
            f"{form.name}/alg-none-{number + 1}",
            f'An unsecured token: alg is "{alg}" and there is no signature.',
            rfc,
            f"{covered}.",
            forged("proof.algorithm"),
        )
    genuine = form.token().split(".")
    header = segment(compact({**form.header, "alg": "none"}))
    yield case(
        f"{form.name}/alg-none-with-signature",
        "A genuine token whose alg was changed to none, the signature left in place.",
        rfc,
        ".".join((header, *genuine[1:])),
        forged("proof.algorithm"),
    )
    for name, secret in (
        ("jwk", compact(ISSUER.key().jwk)),
        ("coordinates", ISSUER.key().raw),
        ("empty", b""),
    ):
        covered = f"{segment(compact({**form.header, 'alg': 'HS256'}))}.{segment(compact(form.payload()))}"
        mac = hmac.new(secret, covered.encode(), hashlib.sha256).digest()
        yield case(
            f"{form.name}/alg-hs256-{name}",
            f"Algorithm confusion: HS256 with the issuer's public key ({name}) as the secret.",
            "RFC 8725, section 2.1",
            f"{covered}.{segment(mac)}",
            forged("proof.algorithm"),
        )
    wrong: dict[str, Any] = {
        "missing": ...,
        "number": 256,
        "null": None,
        "array": ["ES256"],
        "unknown": "ES257",
        "lower-case": "es256",
        "empty": "",
    }
    for name, alg in wrong.items():
        yield case(
            f"{form.name}/alg-{name}",
            f"The header's alg is {name}.",
            "RFC 7515, section 4.1.1",
            form.token(alg=alg),
            forged("proof.algorithm"),
        )
    for other in ("PS256", "ES512", "ES256K", "RS512"):
        yield case(
            f"{form.name}/alg-{other.lower()}-unsupported",
            f"alg is {other}: registered, but not of the form's algorithms.",
            "RFC 7518, section 3.1",
            form.token(alg=other),
            untold("proof.unsupported"),
        )


def _other_keys(form: Form) -> Iterator[Case]:
    for alg in ("ES384", "RS256", "EdDSA"):
        yield case(
            f"{form.name}/alg-{alg.lower()}-of-another-key",
            f"alg says {alg}, kid names the ES256 key, the signature is the ES256 key's.",
            "RFC 8725, section 3.1",
            form.token(alg=alg),
            forged("proof.algorithm"),
        )


def _headers(form: Form) -> Iterator[Case]:
    name = form.name
    crit = "RFC 7515, section 4.1.11"
    yield case(
        f"{name}/crit-unknown",
        "A critical extension that no verifier knows.",
        crit,
        form.token(crit=["exp"], exp=1),
        forged("proof.header"),
    )
    yield case(
        f"{name}/crit-empty",
        "crit is an empty array, which it must not be.",
        crit,
        form.token(crit=[]),
        forged("proof.header"),
    )
    yield case(
        f"{name}/crit-not-an-array", "crit is a text.", crit, form.token(crit="b64"), forged("proof.header")
    )
    yield case(
        f"{name}/b64-false",
        "The payload stands unencoded in what is signed (b64 false, critical).",
        "RFC 7797, section 3; RFC 7519, section 7.2",
        form.token(crit=["b64"], b64=False),
        forged("proof.header"),
    )
    yield case(
        f"{name}/b64-false-not-critical",
        "b64 is false without being critical.",
        "RFC 7797, section 6",
        form.token(b64=False),
        forged("proof.header"),
    )
    for typ in (
        "at+jwt",
        "kb+jwt",
        "dpop+jwt",
        "secevent+jwt",
        "statuslist+jwt",
        "openid4vci-proof+jwt",
        "application/json",
        "",
    ):
        label = typ.replace("+", "-").replace("/", "-") or "empty"
        yield case(
            f"{name}/typ-{label}",
            f'Another kind of token: typ is "{typ}".',
            "RFC 8725, section 3.11",
            form.token(typ=typ),
            forged("proof.type"),
        )
    yield case(
        f"{name}/typ-number",
        "typ is a number.",
        "RFC 7515, section 4.1.9",
        form.token(typ=1),
        forged("proof.type"),
    )
    for label, kid in (("number", 7), ("empty", ""), ("long", "k" * 5_000), ("array", ["k"])):
        yield case(
            f"{name}/kid-{label}",
            f"kid is not a usable text: {label}.",
            "RFC 7515, section 4.1.4",
            form.token(kid=kid),
            forged("proof.header"),
        )
    yield case(
        f"{name}/kid-missing",
        "Nothing says which key signed.",
        "Open Badges 3.0, 8.2.4; VC-JOSE-COSE, section 4.1",
        form.token(kid=...),
        forged("proof.key_unnamed"),
    )
    raw = compact(form.header)
    yield case(
        f"{name}/header-duplicate-alg",
        "alg stands twice, none first: readers differ.",
        "RFC 7515, section 4; RFC 8725, section 2.4",
        ISSUER.key().token(raw.replace(b'{"alg"', b'{"alg":"none","alg"'), form.payload()),
        forged("json.duplicate_key"),
    )
    yield case(
        f"{name}/header-duplicate-kid",
        "kid stands twice, the attacker's last.",
        "RFC 7515, section 4",
        ATTACKER.token(raw[:-1] + b',"kid":"' + ATTACKER.thumbprint.encode() + b'"}', form.payload()),
        forged("json.duplicate_key"),
    )
    yield case(
        f"{name}/header-not-an-object",
        "The header is an array.",
        "RFC 7515, section 4",
        ISSUER.key().token(b'["ES256"]', form.payload()),
        forged("proof.header"),
    )
    yield case(
        f"{name}/header-not-json",
        "The header is not JSON.",
        "RFC 7515, section 5.2",
        ISSUER.key().token(b"ES256", form.payload()),
        forged(),
    )
    yield case(
        f"{name}/header-bom",
        "A byte order mark begins the header.",
        "RFC 8259, section 8.1",
        ISSUER.key().token(b"\xef\xbb\xbf" + raw, form.payload()),
        forged("json.bom"),
    )


def _keys(form: Form) -> Iterator[Case]:
    name, rfc = form.name, "Open Badges 3.0, 8.2.4; VC-JOSE-COSE, section 4.2; RFC 8725, section 3.10"
    evil = {"keys": [{**ATTACKER.jwk, "kid": ATTACKER.thumbprint}]}
    network = ISSUER.network(
        urls={"https://attacker.example/jwks.json": evil, "https://attacker.example/key": ATTACKER.jwk}
    )
    untrusted = forged("issuer_key.untrusted")

    def attack(label: str, title: str, expect: Any = untrusted, **header: Any) -> Case:
        return case(
            f"{name}/{label}", title, rfc, form.token(signer=ATTACKER, **header), expect, network=network
        )

    yield attack(
        "kid-unlisted",
        "Signed by a key that the issuer does not list.",
        kid=f"{ISSUER.did}#{ATTACKER.thumbprint}",
    )
    yield attack(
        "kid-listed-other-signature",
        "kid names the issuer's key, the attacker's signed.",
        forged("signature.invalid"),
    )
    yield attack(
        "jwk-injected", "The attacker's key stands in the header.", kid=ATTACKER.thumbprint, jwk=ATTACKER.jwk
    )
    yield attack(
        "jwk-injected-without-kid",
        "The attacker's key stands in the header, and no kid.",
        kid=...,
        jwk=ATTACKER.jwk,
    )
    yield attack(
        "jwk-injected-kid-listed",
        "kid names the issuer's key, jwk is the attacker's.",
        forged("signature.invalid"),
        jwk=ATTACKER.jwk,
    )
    yield attack(
        "jku-injected",
        "jku leads to the attacker's key set.",
        kid=ATTACKER.thumbprint,
        jku="https://attacker.example/jwks.json",
    )
    yield attack(
        "x5u-injected",
        "x5u leads to the attacker's certificate.",
        kid=ATTACKER.thumbprint,
        x5u="https://attacker.example/key",
    )
    yield attack(
        "x5c-injected", "x5c holds a certificate of the attacker's.", kid=ATTACKER.thumbprint, x5c=["MIIB"]
    )
    yield attack(
        "kid-url-elsewhere",
        "kid is an address of the attacker's that answers with the attacker's key.",
        kid="https://attacker.example/key",
    )
    yield attack("kid-traversal", "kid is a path out of a folder of keys.", kid="../../../../dev/null")
    yield attack("kid-injection", "kid is a piece of SQL.", kid="x' UNION SELECT 'key'; --")
    yield attack(
        "kid-other-did", "kid names the attacker's own DID.", kid=f"{STRANGER.did}#{ATTACKER.thumbprint}"
    )
    same = f"{ISSUER.base}/uploads/key.json"
    yield case(
        f"{name}/kid-same-origin-unlisted",
        "kid is an address on the issuer's host that answers with a key which the issuer does not list.",
        rfc,
        form.token(signer=ATTACKER, kid=same),
        untrusted,
        network=ISSUER.network(urls={same: ATTACKER.jwk}),
    )
    other = "https://issuer.example/o/other/keys/1"
    yield case(
        f"{name}/kid-other-tenant",
        "kid is the key address of another organisation on the same host.",
        rfc,
        form.token(signer=ATTACKER, kid=other),
        untrusted,
        network=ISSUER.network(urls={other: ATTACKER.jwk}),
    )
    own = ISSUER.kid()
    for relation in ("authentication", "keyAgreement", "capabilityInvocation"):
        document = ISSUER.did_document(assertionMethod=[], **{relation: [own]})
        yield case(
            f"{name}/key-for-{relation.lower()}",
            f"The key is listed for {relation}, not for assertions.",
            "DID Core 1.0, section 5.3.2",
            form.token(kid=own),
            untrusted,
            network=ISSUER.network(document=document),
        )
    foreign = ISSUER.did_document(assertionMethod=[f"{STRANGER.did}#{ATTACKER.thumbprint}"])
    yield case(
        f"{name}/key-of-another-controller",
        "assertionMethod refers to a key of another DID's document.",
        "DID Core 1.0, section 5.3",
        form.token(signer=ATTACKER, kid=f"{STRANGER.did}#{ATTACKER.thumbprint}"),
        untrusted,
        network=ISSUER.network(document=foreign),
    )

    def listed(label: str, title: str, jwk: Document, expect: Any) -> Case:
        method = ISSUER.method(ISSUER.key(), publicKeyJwk=jwk, id=own)
        document = ISSUER.did_document(verificationMethod=[method], assertionMethod=[own])
        return case(
            f"{name}/key-{label}",
            title,
            "RFC 7517, section 4",
            form.token(kid=own),
            expect,
            network=ISSUER.network(document=document),
        )

    jwk = ISSUER.key().jwk
    unusable = forged("issuer_key.unusable")
    yield listed("use-enc", "The listed key is for encryption (use).", {**jwk, "use": "enc"}, unusable)
    yield listed(
        "ops-sign", "The listed key may not verify (key_ops).", {**jwk, "key_ops": ["sign"]}, unusable
    )
    yield listed(
        "ops-twice", "key_ops names an operation twice.", {**jwk, "key_ops": ["verify", "verify"]}, unusable
    )
    yield listed(
        "alg-other", "The listed key is for another algorithm (alg).", {**jwk, "alg": "ES384"}, unusable
    )
    yield listed("off-curve", "The listed key's point is not on its curve.", {**jwk, "y": jwk["x"]}, unusable)
    yield listed(
        "coordinate-padded",
        "A coordinate of the listed key has padding.",
        {**jwk, "x": jwk["x"] + "="},
        unusable,
    )
    yield listed(
        "coordinate-short",
        "A coordinate of the listed key is too short.",
        {**jwk, "x": segment(b"\1" * 31)},
        unusable,
    )
    yield listed(
        "curve-confused",
        "The listed key says P-384 with coordinates of P-256.",
        {**jwk, "crv": "P-384"},
        unusable,
    )
    yield listed(
        "symmetric", "The listed key is symmetric (oct).", {"kty": "oct", "k": segment(b"k" * 32)}, unusable
    )
    gone = f"{ISSUER.base}/keys/{ISSUER.key().thumbprint}"
    document = ISSUER.did_document(verificationMethod=[], assertionMethod=[])
    yield case(
        f"{name}/key-compromised",
        "The issuer no longer lists the key, and its address answers 410: compromised.",
        "RFC 9110, section 15.5.11",
        form.token(kid=gone),
        forged("issuer_key.compromised"),
        network=ISSUER.network(document=document, urls={gone: body("", status=410)}),
    )
    for label, title, answer, expect in (
        (
            "unreachable",
            "The issuer's key document cannot be reached.",
            ...,
            untold("issuer_key.unreachable"),
        ),
        (
            "missing",
            "The issuer's key document answers 404.",
            body("", status=404),
            untold("issuer_key.unreachable"),
        ),
        (
            "of-another",
            "What answers is another DID's document.",
            STRANGER.did_document(),
            untold("issuer_key.malformed"),
        ),
        (
            "not-json",
            "What answers is a web page.",
            body("<html></html>", "text/html"),
            untold("issuer_key.malformed"),
        ),
        (
            "duplicate-members",
            "The key document names assertionMethod twice.",
            body(compact(ISSUER.did_document())[:-1].decode() + ',"assertionMethod":[]}'),
            untold("issuer_key.malformed"),
        ),
        (
            "large",
            "The key document is larger than 64 kB.",
            ISSUER.did_document(padding="x" * 66_000),
            untold("issuer_key.unreachable"),
        ),
    ):
        yield case(
            f"{name}/did-document-{label}",
            title,
            "did:web method specification, section 2.5.2",
            form.token(),
            expect,
            network=ISSUER.network(document=answer),
        )


def _encodings(form: Form) -> Iterator[Case]:
    name, token = form.name, form.token()
    header, payload, signature = token.split(".")
    strict = "RFC 7515, section 2; RFC 4648, sections 3.2 and 3.5"
    refused = forged("well_formed.token")
    raw = ISSUER.key().sign(f"{header}.{payload}".encode())

    def alter(label: str, title: str, evidence: str, expect: Any = refused, standard: str = strict) -> Case:
        return case(f"{name}/{label}", title, standard, evidence, expect)

    yield alter("padding-signature", "The signature is padded with =: two texts for one token.", f"{token}==")
    yield alter("padding-payload", "The payload is padded with =.", f"{header}.{payload}=.{signature}")
    yield alter("padding-header", "The header is padded with =.", f"{header}=.{payload}.{signature}")
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = last[last.index(signature[-1]) + 1]
    yield alter(
        "trailing-bits-signature",
        "The signature's last character has bits beyond the last byte.",
        f"{token[:-1]}{other}",
    )
    yield alter(
        "alphabet-standard",
        "The signature stands in ordinary base64, with + and /.",
        f"{header}.{payload}.{_ordinary(signature)}",
    )
    yield alter(
        "two-parts",
        "The signature is cut off, with its dot.",
        f"{header}.{payload}",
        standard="RFC 7515, section 7.1",
    )
    yield alter(
        "four-parts", "A fourth part follows.", f"{token}.{signature}", standard="RFC 7515, section 7.1"
    )
    yield alter(
        "five-parts",
        "Five parts, as an encrypted token has.",
        f"{header}.{signature}.{signature}.{payload}.{signature}",
        standard="RFC 7516, section 7.1",
    )
    yield alter(
        "nul-inside",
        "A NUL character within the payload.",
        f"{header}.{payload[:9]}\0{payload[9:]}.{signature}",
    )
    yield alter(
        "homoglyph",
        "A Cyrillic letter within the payload.",
        f"{header}.{payload[:9]}\u0430{payload[10:]}.{signature}",
    )
    wrong = forged("signature.invalid")
    rule = "RFC 7515, section 5.2; RFC 7518, section 3.4"
    yield alter("signature-empty", "The signature is empty.", f"{header}.{payload}.", wrong, rule)
    yield alter(
        "signature-zeros",
        "The signature is r = 0, s = 0.",
        f"{header}.{payload}.{segment(bytes(64))}",
        wrong,
        rule,
    )
    yield alter(
        "signature-short",
        "The signature lacks its last byte.",
        f"{header}.{payload}.{segment(raw[:-1])}",
        wrong,
        rule,
    )
    yield alter(
        "signature-long",
        "A byte follows the signature.",
        f"{header}.{payload}.{segment(raw + bytes(1))}",
        wrong,
        rule,
    )
    yield alter(
        "signature-der",
        "The signature is in DER form.",
        f"{header}.{payload}.{segment(_der(raw))}",
        wrong,
        rule,
    )
    yield alter(
        "signature-order",
        "r is beyond the order of the group.",
        f"{header}.{payload}.{segment(bytes([255]) * 32 + raw[32:])}",
        wrong,
        rule,
    )
    yield alter(
        "signature-bit",
        "One bit of the signature is flipped.",
        f"{header}.{payload}.{segment(bytes([raw[0] ^ 1]) + raw[1:])}",
        wrong,
        rule,
    )
    changed = edit(form.payload(), "credentialSubject/achievement/name", "SQL for everybody")
    yield alter(
        "payload-changed",
        "The achievement's name was changed after signing.",
        f"{header}.{segment(compact(changed))}.{signature}",
        wrong,
        rule,
    )
    spaced = json.dumps(form.payload(), ensure_ascii=False).encode()
    yield alter(
        "payload-spaced",
        "The same content with other white space: a signature covers bytes.",
        f"{header}.{segment(spaced)}.{signature}",
        wrong,
        rule,
    )
    second = form.token(form.payload(ISSUER.badge(id="urn:uuid:00000000-0000-4000-8000-000000000002"))).split(
        "."
    )
    yield alter(
        "segments-swapped",
        "The signature of one credential under the content of another.",
        f"{header}.{payload}.{second[2]}",
        wrong,
        rule,
    )
    yield alter(
        "header-swapped",
        "The header gained a member after signing.",
        f"{segment(compact({**form.header, 'x': 1}))}.{payload}.{signature}",
        wrong,
        rule,
    )
    yield alter(
        "white-space",
        "White space around the token and line breaks in it, as mail makes them.",
        f"\n {token[:76]}\r\n{token[76:]} \n",
        valid("carrier.token"),
        "RFC 7515, section 7.1 (a carrier's matter)",
    )


def _json(form: Form) -> Iterator[Case]:
    name = form.name
    raw = compact(form.payload())
    twice = forged("json.duplicate_key")
    standard = "RFC 8259, section 4; RFC 7519, section 4"
    name_member = b'"name":"SQL for analysts"'
    yield case(
        f"{name}/duplicate-at-top",
        "issuer stands twice: the attacker's first, the signer's last.",
        standard,
        form.token(
            b'{"issuer":{"id":"did:web:harvard.example","type":["Profile"],"name":"Harvard"},' + raw[1:]
        ),
        twice,
    )
    yield case(
        f"{name}/duplicate-in-subject",
        "A member of the subject stands twice.",
        standard,
        form.token(
            raw.replace(
                b'"type":["AchievementSubject"]',
                b'"type":["AchievementSubject"],"type":["AchievementSubject"]',
                1,
            )
        ),
        twice,
    )
    yield case(
        f"{name}/duplicate-in-achievement",
        "The achievement has two names.",
        standard,
        form.token(raw.replace(name_member, b'"name":"Medicine",' + name_member, 1)),
        twice,
    )
    yield case(
        f"{name}/duplicate-in-array",
        "An object within an array names a member twice.",
        standard,
        form.token(raw.replace(b'"value":"85"', b'"value":"15","value":"85"', 1)),
        twice,
    )
    yield case(
        f"{name}/duplicate-escaped",
        "Two names that are equal once their escapes are read.",
        standard,
        form.token(raw.replace(name_member, b'"n\\u0061me":"Medicine",' + name_member, 1)),
        twice,
    )
    for label, title, payload, code in (
        ("bom", "A byte order mark begins the payload.", b"\xef\xbb\xbf" + raw, "json.bom"),
        ("utf8", "A byte that is not UTF-8.", raw.replace(b"analysts", b"analyst\xff", 1), "json.utf8"),
        (
            "utf8-overlong",
            "An overlong form of a slash.",
            raw.replace(b"analysts", b"analyst\xc0\xaf", 1),
            "json.utf8",
        ),
        ("utf16", "The payload is UTF-16.", raw.decode().encode("utf-16-le"), None),
        (
            "surrogate",
            "Half of a surrogate pair, escaped.",
            raw.replace(b"analysts", b"\\ud800", 1),
            "json.surrogate",
        ),
        ("number", "A number that no double can hold.", raw[:-1] + b',"x":1e400}', "json.number"),
        ("nan", "NaN, which is not JSON.", raw[:-1] + b',"x":NaN}', "json.syntax"),
        ("trailing-comma", "A comma before the last brace.", raw[:-1] + b",}", "json.syntax"),
        ("trailing-text", "A second document follows.", raw + b"{}", "json.syntax"),
        ("comment", "A comment within the JSON.", raw[:-1] + b"/* */}", "json.syntax"),
        ("single-quotes", "Quotes of another kind.", raw.replace(b'"85"', b"'85'", 1), "json.syntax"),
        ("leading-zero", "A number with a leading zero.", raw[:-1] + b',"x":01}', "json.syntax"),
        (
            "control-character",
            "A bare line break in a text.",
            raw.replace(b"analysts", b"anal\nysts", 1),
            "json.syntax",
        ),
        (
            "depth",
            "Sixty-five arrays in each other.",
            raw[:-1] + b',"x":' + b"[" * 65 + b"]" * 65 + b"}",
            "json.depth",
        ),
        (
            "complexity",
            "Thirty thousand empty arrays.",
            raw[:-1] + b',"x":[' + b"[]," * 29_999 + b"[]]}",
            "json.complexity",
        ),
        ("array", "The payload is an array.", b"[" + raw + b"]", "well_formed.not_a_credential"),
        ("text", "The payload is a text.", b'"credential"', "well_formed.not_a_credential"),
        ("null", "The payload is null.", b"null", "well_formed.not_a_credential"),
        ("empty", "The payload is empty.", b"", "json.syntax"),
        ("truncated", "The payload ends in the middle.", raw[: len(raw) // 2], "json.syntax"),
    ):
        yield case(
            f"{name}/payload-{label}",
            title,
            "RFC 8259; RFC 7493",
            form.token(payload),
            forged(*([code] if code else [])),
        )


def _ordinary(text: str) -> str:
    """Ordinary base64; two characters are put in their place where the text has neither."""
    changed = text.replace("-", "+").replace("_", "/")
    return changed if changed != text else "+/" + text[2:]


def _der(raw: bytes) -> bytes:
    half = len(raw) // 2
    return encode_dss_signature(int.from_bytes(raw[:half]), int.from_bytes(raw[half:]))
