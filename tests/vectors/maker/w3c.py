"""VC-JOSE-COSE: credentials of the data model 2.0 as `vc+jwt`, and in envelopes."""

from collections.abc import Iterator
from typing import Any

from tests.vectors.maker.badge import KID
from tests.vectors.maker.jose import OB_JWT, VC_JWT
from tests.vectors.maker.keys import key
from tests.vectors.maker.world import (
    INDEX,
    ISSUER,
    STRANGER,
    V2,
    Document,
    case,
    claims,
    edit,
    flawed,
    forged,
    genuine,
    untold,
    valid,
)
from verifier.conformance.case import Case, Expect

FORM = "vc-jwt"
ENVELOPE = "enveloped"
RULE = "VC-JOSE-COSE, section 3.1.1"


def cases() -> Iterator[Case]:
    yield from _controls()
    yield from _types()
    yield from _model()
    yield from _judged()
    yield from _envelopes()


def plain(**changes: Any) -> Document:
    """A credential that is no badge, with nothing but what the data model asks for."""
    document = {
        "@context": [V2],
        "id": "urn:uuid:5d0ea1a0-6d6e-4d8f-8f3a-5a2c2b0e0001",
        "type": ["VerifiableCredential"],
        "issuer": ISSUER.did,
        "validFrom": "2026-05-03T09:30:00Z",
        "credentialSubject": {"id": "urn:uuid:9f7d4bb5-5d6c-4f6e-9a57-51b2e5a7c001"},
    }
    return {name: value for name, value in {**document, **changes}.items() if value is not ...}


def _case(name: str, title: str, document: Document, expect: Expect, rule: str = RULE, **asked: Any) -> Case:
    header = asked.pop("header", {})
    signer = asked.pop("signer", None)
    evidence = VC_JWT.token(document, signer=signer, **header)
    return case(f"{FORM}/{name}", title, rule, evidence, expect, **asked)


def _controls() -> Iterator[Case]:
    badge = ISSUER.badge()
    yield _case("valid", "A badge as vc+jwt.", badge, valid("signature.verified", "status.clear", "shape.ok"))
    yield _case("valid-plain", "A credential that is no badge.", plain(), valid("status.none", "shape.ok"))
    yield _case(
        "valid-cty-missing",
        "The header does not say cty.",
        badge,
        valid("proof.type_missing"),
        header={"cty": ...},
    )
    same = {"iss": ISSUER.did, "jti": badge["id"], "sub": badge["credentialSubject"]["id"]}
    yield _case(
        "valid-claims", "iss, jti and sub repeat the credential.", {**badge, **same}, valid("shape.ok")
    )
    yield _case(
        "valid-iat-text",
        "iat is a dateTimeStamp, as in the standard's own examples.",
        plain(iat="2026-05-03T09:30:00Z"),
        valid("signature.verified"),
    )
    for alg in ("ES384", "RS256", "EdDSA"):
        yield _case(
            f"valid-{alg.lower()}",
            f"A badge as vc+jwt, signed with {alg}.",
            badge,
            valid("signature.verified"),
            signer=ISSUER.key(alg),
            header={"alg": alg, "kid": ISSUER.kid(alg)},
        )
    two = plain(credentialStatus=[ISSUER.entry(), ISSUER.entry(statusPurpose="suspension")])
    both = ISSUER.network(status=ISSUER.status_token(subject={"statusPurpose": ["revocation", "suspension"]}))
    yield _case(
        "valid-two-entries", "Two status entries, both clear.", two, valid("status.clear"), network=both
    )


def _types() -> Iterator[Case]:
    badge = ISSUER.badge()
    for cty in ("vp", "JWT", "application/json", "sd-jwt"):
        label = cty.replace("/", "-").lower()
        yield _case(
            f"cty-{label}",
            f"The content is said to be of another type: {cty}.",
            badge,
            forged("proof.type"),
            "VC-JOSE-COSE, section 3.1.1; RFC 7515, section 4.1.10",
            header={"cty": cty},
        )
    yield _case(
        "typ-of-a-presentation",
        "A credential under the type of a presentation.",
        badge,
        forged("issuer_key.untrusted"),
        header={"typ": "vp+jwt", "cty": "vp"},
    )
    yield _case(
        "typ-of-a-badge-token",
        "A credential without registered claims under the type of the badge form.",
        badge,
        forged("proof.issuer_mismatch"),
        header={"typ": "JWT", "cty": ...},
    )
    yield _case(
        "claim-vc",
        "A claim vc stands beside the credential.",
        {**badge, "vc": plain()},
        flawed("shape.claims"),
        "VC-JOSE-COSE, section 3.1.1: vc and vp must not be there",
    )
    yield _case(
        "iss-other",
        "iss is another issuer than the credential's.",
        {**badge, "iss": STRANGER.did},
        forged("proof.issuer_mismatch"),
    )
    attacker = {**badge, "iss": STRANGER.did}
    yield _case(
        "issuer-impersonated",
        "An attacker signs with a key of their own DID and names it in iss.",
        attacker,
        forged("proof.issuer_mismatch"),
        signer=STRANGER.key(),
        header={"kid": STRANGER.kid()},
        network={**ISSUER.network(), **STRANGER.network()},
    )
    yield _case(
        "issuer-impersonated-without-iss",
        "The same without iss: the key is not the issuer's.",
        badge,
        forged("issuer_key.untrusted"),
        signer=STRANGER.key(),
        header={"kid": STRANGER.kid()},
        network={**ISSUER.network(), **STRANGER.network()},
    )


def _model() -> Iterator[Case]:
    """The data model's own rules."""
    vc = "VC Data Model 2.0, section "
    v1 = "https://www.w3.org/2018/credentials/v1"
    rows: tuple[tuple[str, str, str, Document, str], ...] = (
        ("context-missing", "There is no context.", "4.3", {"@context": ...}, "shape.context"),
        ("context-text", "The context is a text.", "4.3", {"@context": V2}, "shape.context"),
        (
            "context-v1",
            "The first context is the older data model's.",
            "4.3",
            {"@context": [v1]},
            "shape.context",
        ),
        (
            "context-second",
            "The data model's context comes second.",
            "4.3",
            {"@context": ["https://www.w3.org/ns/did/v1", V2]},
            "shape.context",
        ),
        ("type-missing", "There is no type.", "4.5", {"type": ...}, "shape.type"),
        (
            "type-other",
            "The type is not a credential's.",
            "4.5",
            {"type": ["VerifiablePresentation"]},
            "shape.type",
        ),
        (
            "id-list",
            "The id is a list.",
            "4.4",
            {"id": ["urn:uuid:5d0ea1a0-6d6e-4d8f-8f3a-5a2c2b0e0001"]},
            "shape.id",
        ),
        ("subject-missing", "There is no subject.", "4.8", {"credentialSubject": ...}, "shape.subject"),
        (
            "subject-empty-list",
            "The subjects are an empty list.",
            "4.8",
            {"credentialSubject": []},
            "shape.subject",
        ),
        (
            "subject-text",
            "The subject is a text.",
            "4.8",
            {"credentialSubject": "did:web:a.example"},
            "shape.subject",
        ),
        (
            "status-untyped",
            "A status entry has no type.",
            "4.10",
            {"credentialStatus": {"id": "urn:a:b"}},
            "shape.typed",
        ),
        (
            "schema-untyped",
            "A schema has no type.",
            "4.11",
            {"credentialSchema": {"id": "urn:a:b"}},
            "shape.typed",
        ),
        (
            "evidence-untyped",
            "Evidence has no type.",
            "5.6",
            {"evidence": [{"id": "urn:a:b"}]},
            "shape.typed",
        ),
        (
            "terms-untyped",
            "Terms of use have no type.",
            "5.5",
            {"termsOfUse": {"id": "urn:a:b"}},
            "shape.typed",
        ),
        (
            "refresh-untyped",
            "A refresh service has no type.",
            "5.4",
            {"refreshService": {"id": "urn:a:b"}},
            "shape.typed",
        ),
        (
            "resource-no-digest",
            "A related resource has no digest.",
            "5.3",
            {"relatedResource": [{"id": "https://issuer.example/1"}]},
            "shape.related_resource",
        ),
    )
    for name, title, section, changes, reason in rows:
        expect = genuine("invalid", "cannot_tell", reason) if "status" in name else flawed(reason)
        yield _case(f"model-{name}", title, plain(**changes), expect, vc + section)
    yield _case(
        "model-issuer-object-without-id",
        "The issuer is an object without an id.",
        plain(issuer={"name": "A"}),
        forged("issuer_key.no_issuer"),
        vc + "4.7",
    )
    yield _case(
        "model-context-unknown",
        "A context that nobody may fetch while verifying.",
        plain(**{"@context": [V2, "https://issuer.example/context"]}),
        genuine("undetermined", "current", "shape.context_unknown"),
        vc + "5.2",
    )


def _judged() -> Iterator[Case]:
    """Status, times, recipient: as in every form."""
    badge = ISSUER.badge()
    revoked = ISSUER.network(status=ISSUER.status_token(INDEX))
    withdrawn = genuine("invalid", "revoked", "status.revoked")
    status = "Bitstring Status List 1.0, section 3.2"
    yield _case("revoked", "The bit is set: withdrawn.", badge, withdrawn, status, network=revoked)
    other = {"id": "urn:a:b", "type": "SomethingNew"}
    for label, entries in (("first", [other, ISSUER.entry()]), ("last", [ISSUER.entry(), other])):
        yield _case(
            f"revoked-beside-unknown-{label}",
            f"A withdrawal beside an entry of an unknown kind, which is {label}.",
            plain(credentialStatus=entries),
            genuine("invalid", "revoked", "status.revoked", "status.unsupported"),
            status,
            network=revoked,
        )
    yield _case(
        "clear-beside-unknown",
        "A clear bit beside an entry of an unknown kind.",
        plain(credentialStatus=[ISSUER.entry(), other]),
        genuine("undetermined", "cannot_tell", "status.unsupported"),
        status,
    )
    hidden = [ISSUER.entry(statusListIndex=str(index), id=f"urn:a:{index}") for index in range(12)]
    hidden[11] = ISSUER.entry()
    yield _case(
        "revoked-in-the-twelfth-entry",
        "Eleven clear entries before the one that is set.",
        plain(credentialStatus=hidden),
        genuine("undetermined", "cannot_tell", "status.unsupported"),
        status,
        network=revoked,
    )
    times = "VC Data Model 2.0, section 4.9"
    past, future = plain(validUntil="2026-11-23T11:58:59Z"), plain(validFrom="2026-11-23T12:01:01Z")
    yield _case(
        "expired",
        "The validity is over since 61 seconds.",
        past,
        genuine("invalid", "expired", "validity.expired"),
        times,
    )
    yield _case(
        "not-yet",
        "The validity begins in 61 seconds.",
        future,
        genuine("invalid", "not_yet", "validity.not_yet"),
        times,
    )
    yield _case(
        "time-local",
        "A time without an offset.",
        plain(validUntil="2028-05-03T09:30:00"),
        genuine("invalid", "cannot_tell", "validity.malformed"),
        times,
    )
    numeric = "RFC 7519, section 2 (NumericDate)"
    yield _case(
        "exp-text",
        "exp is a text.",
        plain(exp="1840959000"),
        genuine("invalid", "cannot_tell", "validity.malformed"),
        numeric,
    )
    yield _case(
        "exp-past",
        "exp is over, although the credential has no end.",
        plain(exp=1_777_800_601),
        genuine("invalid", "expired", "validity.expired"),
        numeric,
    )
    yield _case(
        "recipient-other",
        "The recipient is not the expected one.",
        badge,
        flawed("recipient.mismatch"),
        expected_recipient="grace@example.org",
    )


def _envelopes() -> Iterator[Case]:
    rule = "VC Data Model 2.0, section 4.13"
    token = VC_JWT.token()

    def made(name: str, title: str, identifier: Any, expect: Expect, **changes: Any) -> Case:
        envelope = {"@context": V2, "id": identifier, "type": "EnvelopedVerifiableCredential", **changes}
        envelope = {member: value for member, value in envelope.items() if value is not ...}
        return case(f"{ENVELOPE}/{name}", title, rule, envelope, expect)

    prefix = "data:application/vc+jwt,"
    yield made("valid", "An envelope around a genuine vc+jwt.", prefix + token, valid("signature.verified"))
    yield made(
        "valid-context-list",
        "The envelope's context is a list.",
        prefix + token,
        valid("signature.verified"),
        **{"@context": [V2]},
    )
    header, payload, signature = token.split(".")
    changed = VC_JWT.token(edit(ISSUER.badge(), "issuer/name", "Harvard University")).split(".")[1]
    yield made(
        "changed",
        "The content of the token was changed.",
        f"{prefix}{header}.{changed}.{signature}",
        forged("signature.invalid"),
    )
    yield made(
        "other-key",
        "The token is signed by another key.",
        prefix + VC_JWT.token(signer=key("attacker")),
        forged("signature.invalid"),
    )
    yield made("empty", "The envelope is empty.", prefix, forged("well_formed.token"))
    yield made(
        "no-data",
        "The envelope's id is a web address, which is not fetched.",
        "https://issuer.example/1",
        forged("well_formed.envelope"),
    )
    yield made("id-missing", "The envelope has no id.", ..., forged("well_formed.envelope"))
    yield made("id-number", "The envelope's id is a number.", 1, forged("well_formed.envelope"))
    yield made(
        "no-comma",
        "The data: address has no content.",
        "data:application/vc+jwt",
        forged("well_formed.envelope"),
    )
    yield made(
        "base64",
        "The token is in base64, which the envelope does not have.",
        "data:application/vc+jwt;base64,ZXlK",
        untold("proof.unsupported"),
    )
    yield made(
        "sd-jwt",
        "The envelope holds an SD-JWT.",
        f"data:application/vc+sd-jwt,{token}~",
        untold("proof.unsupported"),
    )
    yield made(
        "presentation-in-it",
        "The envelope of a credential holds a presentation's type.",
        f"data:application/vp+jwt,{token}",
        untold("proof.unsupported"),
    )
    yield made(
        "badge-token",
        "The envelope says vc+jwt and holds a badge token.",
        prefix + OB_JWT.token(claims(ISSUER.badge()), kid=KID),
        forged("proof.type"),
    )
    yield made(
        "none",
        "The envelope holds an unsecured token.",
        f"{prefix}eyJhbGciOiJub25lIn0.{payload}.",
        forged("proof.algorithm"),
    )
    claim = {"issuer": "did:web:harvard.example", "validUntil": "2020-01-01T00:00:00Z"}
    yield made(
        "claims-beside",
        "Members beside the envelope's id say nothing: what is enveloped counts.",
        prefix + token,
        valid("signature.verified"),
        **claim,
    )
