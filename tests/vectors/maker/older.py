"""What is in everybody's drawers: the data model 1.1, as tokens and with embedded proofs."""

from collections.abc import Iterator
from typing import Any

from tests.vectors.maker.embed import ED2020, V1, secure
from tests.vectors.maker.jose import OB_JWT
from tests.vectors.maker.keys import compact, key, segment
from tests.vectors.maker.world import (
    INDEX,
    ISSUER,
    OB,
    STRANGER,
    Document,
    case,
    edit,
    flawed,
    forged,
    genuine,
    untold,
    valid,
    without,
)
from verifier.conformance.case import Case, Expect

TOKEN, PROOF = "vcdm11-jwt", "ed25519-signature-2020"
ED = ISSUER.key("EdDSA")


def cases() -> Iterator[Case]:
    yield from _tokens()
    yield from _proofs()


def old(**changes: Any) -> Document:
    """The badge on the data model 1.1."""
    document = ISSUER.badge(**{"@context": [V1, OB]})
    document["issuanceDate"] = document.pop("validFrom")
    document["expirationDate"] = document.pop("validUntil")
    return without({**document, **changes})


def claimed(document: Document | None = None, **claims: Any) -> Document:
    """The credential in the claim vc, with the claims that repeat it."""
    inner = old() if document is None else document
    usual = {
        "iss": ISSUER.did,
        "jti": inner.get("id"),
        "sub": inner["credentialSubject"].get("id"),
        "nbf": 1_777_800_600,
        "exp": 1_840_959_000,
        "vc": inner,
    }
    return without({**usual, **claims})


def _tokens() -> Iterator[Case]:
    rule = "VC Data Model 1.1, section 6.3.1"

    def made(name: str, title: str, payload: Document, expect: Expect, **more: Any) -> Case:
        header = more.pop("header", {})
        return case(f"{TOKEN}/{name}", title, rule, OB_JWT.token(payload, **header), expect, **more)

    right = valid("signature.verified", "status.clear")
    yield made("valid", "A badge of the data model 1.1 as a token.", claimed(), right)
    bare = old(id=..., issuanceDate=..., expirationDate=...)
    bare = edit(
        edit(bare, "credentialSubject/id", ...), "issuer", {"type": ["Profile"], "name": "Example Academy"}
    )
    restored = claimed(bare, jti=old()["id"], sub="urn:uuid:9f7d4bb5-5d6c-4f6e-9a57-51b2e5a7c001")
    restored["vc"]["issuer"] = {"id": ISSUER.did, "type": ["Profile"], "name": "Example Academy"}
    yield made("valid-claims-only", "What the claims say is not repeated in the credential.", restored, right)
    yield made("valid-typ-missing", "typ is missing.", claimed(), right, header={"typ": ...})
    for alg in ("EdDSA", "RS256"):
        yield case(
            f"{TOKEN}/valid-{alg.lower()}",
            f"The same, signed with {alg}.",
            rule,
            OB_JWT.token(claimed(), signer=ISSUER.key(alg), alg=alg, kid=ISSUER.kid(alg)),
            right,
        )
    mismatch = forged("proof.issuer_mismatch")
    yield made(
        "iss-other", "iss is another issuer than the credential's.", claimed(iss=STRANGER.did), mismatch
    )
    yield made(
        "jti-other",
        "jti is another id than the credential's.",
        claimed(jti="urn:uuid:00000000-0000-4000-8000-000000000001"),
        mismatch,
    )
    yield made(
        "sub-other",
        "sub is another subject than the credential's.",
        claimed(sub="urn:uuid:00000000-0000-4000-8000-000000000001"),
        mismatch,
    )
    yield made(
        "nbf-other",
        "nbf is another moment than issuanceDate.",
        claimed(nbf=1_700_000_000),
        forged("proof.times"),
    )
    yield made(
        "exp-other",
        "exp is another moment than expirationDate.",
        claimed(exp=1_900_000_000),
        forged("proof.times"),
    )
    yield made("exp-text", "exp is a text.", claimed(exp="1840959000"), forged("proof.times"))
    yield made(
        "vc-text",
        "The claim vc holds a text.",
        claimed(vc="credential"),
        forged("well_formed.not_a_credential"),
    )
    yield made(
        "vc-list", "The claim vc holds a list.", claimed(vc=[old()]), forged("well_formed.not_a_credential")
    )
    past = claimed(
        old(issuanceDate="2024-05-03T09:30:00Z", expirationDate="2025-05-03T09:30:00Z"), nbf=..., exp=...
    )
    yield made("expired", "The validity is over.", past, genuine("invalid", "expired", "validity.expired"))
    revoked = ISSUER.network(status=ISSUER.status_token(INDEX))
    yield made(
        "revoked",
        "The bit is set: withdrawn.",
        claimed(),
        genuine("invalid", "revoked", "status.revoked"),
        network=revoked,
    )
    header, _, signature = OB_JWT.token(claimed()).split(".")
    changed = segment(compact(claimed(edit(old(), "issuer/name", "Harvard University"))))
    yield case(
        f"{TOKEN}/changed",
        "The content was changed after signing.",
        rule,
        f"{header}.{changed}.{signature}",
        forged("signature.invalid"),
    )
    yield made(
        "other-key",
        "Another key signed.",
        claimed(),
        forged("signature.invalid"),
        header={"signer": key("attacker")},
    )
    yield made(
        "vc-jwt-type",
        "The same under the type of the newer model, which has no claim vc.",
        claimed(),
        forged(),
        header={"typ": "vc+jwt"},
    )
    naked = old()
    yield made(
        "without-vc",
        "A credential of the older model that stands in the payload itself.",
        {**naked, "iss": ISSUER.did},
        untold("format.legacy"),
    )
    yield made("shape-type", "The credential has no type.", claimed(old(type=...)), flawed("shape.type"))
    yield made(
        "shape-issuance-missing",
        "Neither issuanceDate nor nbf is there.",
        claimed(old(issuanceDate=...), nbf=...),
        flawed(),
    )


def _proofs() -> Iterator[Case]:
    rule = "Ed25519 Signature 2020 (W3C CCG); VC Data Model 1.1, section 6.3.2"
    contexts = [V1, OB, ED2020]
    document = old(credentialStatus=..., **{"@context": contexts})

    def made(
        name: str,
        title: str,
        expect: Expect,
        content: Document | None = None,
        after: Document | None = None,
        **more: Any,
    ) -> Case:
        signer = more.pop("signer", ED)
        method = more.pop("method", ISSUER.multikey)
        signed = secure(
            document if content is None else content,
            signer,
            method,
            "Ed25519Signature2020",
            **more.pop("proof", {}),
        )
        return case(f"{PROOF}/{name}", title, rule, {**signed, **(after or {})}, expect, **more)

    yield made("valid", "A badge of the data model 1.1 with the older suite.", valid("signature.verified"))
    own = key("did-key", "EdDSA")
    issued = edit(document, "issuer/id", own.did_key)
    yield made(
        "valid-did-key",
        "The same by a stranger's did:key.",
        valid("standing.unknown"),
        issued,
        signer=own,
        method=f"{own.did_key}#{own.multibase}",
        network={},
    )
    yield made(
        "changed",
        "The content was changed after signing.",
        forged("signature.invalid"),
        after={"issuer": {**document["issuer"], "name": "Harvard University"}},
    )
    yield made(
        "term-added",
        "A member that no context defines was added.",
        forged("shape.unsigned_term"),
        after={"clearance": "top secret"},
    )
    yield made(
        "null-added", "A member with null was added.", forged("shape.not_signed"), after={"description": None}
    )
    yield made(
        "other-key", "Another key signed.", forged("signature.invalid"), signer=key("attacker", "EdDSA")
    )
    yield made(
        "unlisted",
        "The issuer does not list the method.",
        forged("issuer_key.untrusted"),
        method=f"{ISSUER.did}#other",
    )
    yield made(
        "purpose",
        "Made for authentication.",
        forged("proof.purpose"),
        proof={"proofPurpose": "authentication"},
    )
    expired = without({**document, "expirationDate": "2026-11-01T00:00:00Z"})
    yield made("expired", "The validity is over.", genuine("invalid", "expired", "validity.expired"), expired)
    modern = secure(old(credentialStatus=...), ED, ISSUER.multikey, "eddsa-rdfc-2022")
    signed = secure(
        {**old(credentialStatus=...), "@context": [V1, OB, "https://w3id.org/security/data-integrity/v2"]},
        ED,
        ISSUER.multikey,
    )
    yield case(
        f"{PROOF}/valid-data-integrity",
        "A badge of the data model 1.1 with a Data Integrity proof.",
        rule,
        signed,
        valid("signature.verified"),
    )
    yield case(
        f"{PROOF}/data-integrity-undefined",
        "The same without the context that defines the proof's terms.",
        rule,
        modern,
        forged(),
    )
    jws = {
        **document,
        "proof": {
            "type": "Ed25519Signature2018",
            "created": "2026-05-03T09:30:00Z",
            "verificationMethod": ISSUER.multikey,
            "proofPurpose": "assertionMethod",
            "jws": "e30..AA",
        },
    }
    yield case(
        f"{PROOF}/suite-2018", "An older suite still, which this verifier does not read.", rule, jws, untold()
    )
