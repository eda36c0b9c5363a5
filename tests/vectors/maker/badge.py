"""Open Badges 3.0 as JWT: claims, form, times, trust, recipient. Genuine, and wrong in one place."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.vectors.maker.jose import OB_JWT
from tests.vectors.maker.keys import compact, key
from tests.vectors.maker.world import (
    ISSUER,
    OB,
    STRANGER,
    V2,
    Document,
    Issuer,
    body,
    case,
    claims,
    edit,
    flawed,
    forged,
    genuine,
    nothing,
    untold,
    valid,
)
from verifier.conformance.case import Case, Expect

FORM = "ob-jwt"
KID = OB_JWT.header["kid"]


def cases() -> Iterator[Case]:
    yield from controls()
    yield from registered()
    yield from shape()
    yield from times()
    yield from trust()
    yield from recipients()
    yield from evidence()


def _case(name: str, title: str, standard: str, document: Document, expect: Expect, **asked: Any) -> Case:
    header = asked.pop("header", {})
    payload = claims(document, **asked.pop("claims", {}))
    return case(f"{FORM}/{name}", title, standard, OB_JWT.token(payload, **header), expect, **asked)


def controls() -> Iterator[Case]:
    """What must be accepted."""
    rule = "Open Badges 3.0, 8.2.4"
    badge = ISSUER.badge()
    yield _case(
        "valid",
        "A genuine badge, current and not withdrawn.",
        rule,
        badge,
        valid("signature.verified", "status.clear", "shape.ok", "standing.unknown"),
    )
    yield _case(
        "valid-no-status",
        "A badge whose issuer offers no list.",
        rule,
        ISSUER.badge(credentialStatus=...),
        valid("status.none"),
        network=ISSUER.network(status=...),
    )
    yield _case(
        "valid-no-end",
        "A badge without an end of its validity.",
        rule,
        ISSUER.badge(validUntil=...),
        valid("validity.current"),
    )
    yield _case(
        "valid-typ-missing",
        "typ is missing, which the standard permits.",
        rule,
        badge,
        valid("proof.type_missing"),
        header={"typ": ...},
    )
    yield _case(
        "valid-kid-thumbprint",
        "kid is the key's thumbprint alone.",
        "RFC 7638",
        badge,
        valid("issuer_key.listed"),
        header={"kid": ISSUER.key().thumbprint},
    )
    yield _case(
        "valid-kid-did-url",
        "kid is the verification method's id.",
        rule,
        badge,
        valid("issuer_key.listed"),
        header={"kid": ISSUER.kid()},
    )
    yield _case(
        "valid-jwk-listed",
        "The header's jwk is a key that the issuer lists, and there is no kid.",
        rule,
        badge,
        valid("issuer_key.listed"),
        header={"kid": ..., "jwk": ISSUER.key().jwk},
    )
    yield _case(
        "valid-header-extra",
        "A header member that the form does not have is ignored.",
        "RFC 7515, section 4",
        badge,
        valid("proof.header_extra"),
        header={"x": 1},
    )
    yield _case(
        "valid-undefined-term",
        "A member that no context defines: signed, but it means nothing to others.",
        "VC Data Model 2.0, section 5.2",
        ISSUER.badge(favouriteColour="green"),
        valid("shape.undefined_term"),
    )
    yield _case(
        "valid-null",
        "A member that is null: signed, but dropped by JSON-LD.",
        "VC Data Model 2.0, section 5.2",
        edit(badge, "credentialSubject/achievement/humanCode", None),
        valid("shape.null"),
    )
    yield _case(
        "valid-offset",
        "Times with another offset than Z.",
        "VC Data Model 2.0, section 4.9",
        ISSUER.badge(validFrom="2026-05-03T11:30:00+02:00"),
        valid("validity.current"),
    )
    yield _case(
        "valid-unicode",
        "Names in several scripts, unescaped.",
        "RFC 8259, section 8.1",
        edit(badge, "issuer/name", "Академия 学院 🎓"),
        valid("signature.verified"),
    )
    retired = key("retired")
    methods = [*ISSUER.did_document()["verificationMethod"], ISSUER.method(retired)]
    document = ISSUER.did_document(
        verificationMethod=methods, assertionMethod=[method["id"] for method in methods]
    )
    kid = f"{ISSUER.did}#{retired.thumbprint}"
    yield case(
        f"{FORM}/valid-retired-key",
        "A key that was retired and is still listed verifies for ever.",
        "DID Core 1.0, section 5.3.2",
        OB_JWT.token(claims(badge), signer=retired, kid=kid),
        valid("issuer_key.listed"),
        network=ISSUER.network(document=document),
    )
    embedded = ISSUER.did_document(assertionMethod=[ISSUER.method(ISSUER.key())], verificationMethod=[])
    yield _case(
        "valid-embedded-method",
        "assertionMethod holds the method itself instead of its id.",
        "DID Core 1.0, section 5.3",
        badge,
        valid("issuer_key.listed"),
        network=ISSUER.network(document=embedded),
        header={"kid": ISSUER.kid()},
    )


def registered() -> Iterator[Case]:
    """The claims that repeat the credential's members."""
    rule = "Open Badges 3.0, 8.2.4.1"
    badge = ISSUER.badge()
    mismatch = forged("proof.issuer_mismatch")
    yield _case(
        "iss-other",
        "iss is another issuer than the credential's.",
        rule,
        badge,
        mismatch,
        claims={"iss": STRANGER.did},
    )
    yield _case("iss-missing", "iss is missing.", rule, badge, mismatch, claims={"iss": ...})
    yield _case(
        "iss-array",
        "iss is an array with the right issuer in it.",
        rule,
        badge,
        mismatch,
        claims={"iss": [ISSUER.did]},
    )
    harvard = edit(badge, "issuer", {"id": ISSUER.did, "type": ["Profile"], "name": "Harvard University"})
    yield case(
        f"{FORM}/issuer-impersonated",
        "An attacker signs in the issuer's name with a key of their own DID.",
        rule,
        OB_JWT.token(claims(harvard, iss=STRANGER.did), signer=STRANGER.key(), kid=STRANGER.kid()),
        mismatch,
        network={**ISSUER.network(), **STRANGER.network()},
    )
    broken = flawed("shape.claims")
    for claim, value in (
        ("jti", "urn:uuid:00000000-0000-4000-8000-000000000009"),
        ("sub", "urn:uuid:00000000-0000-4000-8000-000000000009"),
        ("nbf", 1_777_800_601),
        ("exp", 1_840_959_001),
    ):
        yield _case(
            f"{claim}-other",
            f"{claim} does not repeat the credential's member.",
            rule,
            badge,
            broken,
            claims={claim: value},
        )
        if claim != "exp":
            yield _case(f"{claim}-missing", f"{claim} is missing.", rule, badge, broken, claims={claim: ...})
    yield _case(
        "exp-missing",
        "exp is missing, although the credential has an end.",
        rule,
        badge,
        broken,
        claims={"exp": ...},
    )
    yield _case(
        "exp-without-end",
        "exp is there, although the credential has no end.",
        rule,
        ISSUER.badge(validUntil=...),
        broken,
        claims={"exp": 1_840_959_000},
    )
    yield _case(
        "claim-vp",
        "A claim vp in the payload of a credential.",
        "VC-JOSE-COSE, section 3.1.1",
        badge,
        forged(),
        claims={"vp": {}},
    )
    yield _case(
        "sub-of-no-subject-id",
        "The subject has no id, so that sub repeats nothing.",
        rule,
        edit(badge, "credentialSubject/id", ...),
        broken,
    )
    for label, issuer in (("missing", ...), ("number", 5), ("empty-object", {}), ("array", [ISSUER.did])):
        payload = claims(badge, issuer=issuer)
        yield case(
            f"{FORM}/issuer-{label}",
            f"The credential's issuer is {label}.",
            "VC Data Model 2.0, section 4.7",
            OB_JWT.token(payload),
            mismatch,
        )
    yield _case(
        "issuer-scheme",
        "The issuer is a URL of a kind that nobody can ask for keys.",
        "VC Data Model 2.0, section 4.7",
        ISSUER.badge(
            issuer={"id": "urn:uuid:00000000-0000-4000-8000-000000000001", "type": ["Profile"], "name": "X"},
            credentialStatus=...,
        ),
        untold("issuer_key.unsupported"),
    )


def shape() -> Iterator[Case]:
    """One rule broken in each."""
    badge = ISSUER.badge()
    vc, ob = "VC Data Model 2.0, section ", "Open Badges 3.0, "
    rows: tuple[tuple[str, str, str, Mapping[str, Any], str], ...] = (
        ("context-missing", "There is no context.", vc + "4.3", {"@context": ...}, "shape.context"),
        (
            "context-order",
            "The contexts stand in the wrong order.",
            vc + "4.3",
            {"@context": [OB, V2]},
            "shape.context",
        ),
        (
            "context-text",
            "The context is a text instead of a list.",
            vc + "4.3",
            {"@context": V2},
            "shape.context",
        ),
        (
            "context-badge-missing",
            "The Open Badges context is missing.",
            ob + "B.1.14",
            {"@context": [V2]},
            "shape.context",
        ),
        ("type-missing", "There is no type.", vc + "4.5", {"type": ...}, "shape.type"),
        (
            "type-not-credential",
            "The type does not name a verifiable credential.",
            vc + "4.5",
            {"type": ["OpenBadgeCredential"]},
            "shape.type",
        ),
        (
            "type-not-badge",
            "The type does not name an Open Badge.",
            ob + "B.1.14",
            {"type": ["VerifiableCredential"]},
            "shape.type",
        ),
        ("id-not-a-url", "The id is no URL.", vc + "4.4", {"id": "badge 1"}, "shape.id"),
        ("id-missing", "There is no id.", ob + "B.1.14", {"id": ...}, "shape.id"),
        (
            "issuer-text",
            "The issuer is a URL, not a Profile.",
            ob + "B.1.15",
            {"issuer": ISSUER.did},
            "shape.issuer",
        ),
        ("issuer/type", "The issuer has no type.", ob + "B.1.15", {"issuer/type": ...}, "shape.issuer"),
        ("subject-missing", "There is no subject.", vc + "4.8", {"credentialSubject": ...}, "shape.subject"),
        ("subject-empty", "The subject is empty.", vc + "4.8", {"credentialSubject": {}}, "shape.subject"),
        (
            "subject-list",
            "There are two subjects.",
            ob + "B.1.14",
            {"credentialSubject": [badge["credentialSubject"]] * 2},
            "shape.subject",
        ),
        (
            "subject-id",
            "The subject's id is no URL.",
            vc + "4.8",
            {"credentialSubject/id": "ada"},
            "shape.subject",
        ),
        (
            "subject-type",
            "The subject has no type.",
            ob + "B.1.3",
            {"credentialSubject/type": ...},
            "shape.subject",
        ),
        (
            "achievement-missing",
            "The subject has no achievement.",
            ob + "B.1.3",
            {"credentialSubject/achievement": ...},
            "shape.subject",
        ),
        (
            "achievement-id",
            "The achievement's id is no URL.",
            ob + "B.1.1",
            {"credentialSubject/achievement/id": "sql"},
            "shape.achievement",
        ),
        (
            "achievement-type",
            "The achievement has no type.",
            ob + "B.1.1",
            {"credentialSubject/achievement/type": ...},
            "shape.achievement",
        ),
        (
            "achievement-name",
            "The achievement has no name.",
            ob + "B.1.1",
            {"credentialSubject/achievement/name": ...},
            "shape.achievement",
        ),
        (
            "achievement-name-number",
            "The achievement's name is a number.",
            ob + "B.1.1",
            {"credentialSubject/achievement/name": 5},
            "shape.achievement",
        ),
        (
            "achievement-description",
            "The achievement has no description.",
            ob + "B.1.1",
            {"credentialSubject/achievement/description": ...},
            "shape.achievement",
        ),
        (
            "achievement-criteria",
            "The achievement has no criteria.",
            ob + "B.1.6",
            {"credentialSubject/achievement/criteria": ...},
            "shape.achievement",
        ),
        (
            "criteria-empty",
            "The criteria are empty.",
            ob + "B.1.6",
            {"credentialSubject/achievement/criteria": {}},
            "shape.achievement",
        ),
        (
            "result-type",
            "A result has no type.",
            ob + "B.1.20",
            {"credentialSubject/result/0/type": ...},
            "shape.result",
        ),
        (
            "result-of-nothing",
            "A result refers to a description that is not there.",
            ob + "B.1.20",
            {"credentialSubject/result/0/resultDescription": "urn:uuid:00000000-0000-4000-8000-000000000005"},
            "shape.result",
        ),
        (
            "identifier-type",
            "An identity has no type.",
            ob + "B.1.10",
            {"credentialSubject/identifier/0/type": ...},
            "shape.identity",
        ),
        (
            "identifier-hash",
            "A hashed identity is no hash.",
            ob + "B.1.10",
            {"credentialSubject/identifier/0/identityHash": "ada@example.org"},
            "shape.identity",
        ),
        ("valid-from-missing", "There is no validFrom.", ob + "B.1.14", {"validFrom": ...}, "shape.times"),
        (
            "status-without-type",
            "The status entry has no type.",
            vc + "4.10",
            {"credentialStatus/type": ...},
            "shape.typed",
        ),
        (
            "status-list-of-entries",
            "Two status entries, which Open Badges does not allow.",
            ob + "B.1.14",
            {"credentialStatus": [ISSUER.entry(), ISSUER.entry()]},
            "shape.status",
        ),
        (
            "evidence-without-type",
            "A piece of evidence has no type.",
            vc + "5.6",
            {"evidence": [{"id": "https://issuer.example/1"}]},
            "shape.typed",
        ),
        (
            "related-digest-missing",
            "A related resource carries no digest.",
            vc + "5.3",
            {"relatedResource": [{"id": "https://issuer.example/1"}]},
            "shape.related_resource",
        ),
        (
            "related-id-twice",
            "Two related resources have the same id.",
            vc + "5.3",
            {
                "relatedResource": [
                    {"id": "https://issuer.example/1", "digestSRI": "sha256-" + "A" * 43 + "="}
                ]
                * 2
            },
            "shape.related_resource",
        ),
        (
            "alignment-without-url",
            "An alignment names no target.",
            ob + "B.1.4",
            {"credentialSubject/achievement/alignment": [{"type": ["Alignment"], "targetName": "SQL"}]},
            "shape.alignment",
        ),
    )
    for name, title, standard, changes, reason in rows:
        document = badge
        for pointer, value in changes.items():
            document = edit(document, pointer, value)
        unevaluated = name == "status-without-type"
        verdict = genuine("invalid", "cannot_tell", reason) if unevaluated else flawed(reason)
        yield _case("shape-" + name.replace("/", "-"), title, standard, document, verdict)
    unknown = genuine("undetermined", "current", "shape.context_unknown")
    yield _case(
        "context-unknown",
        "A third context that nobody may fetch while verifying.",
        vc + "5.2",
        ISSUER.badge(**{"@context": [V2, OB, "https://issuer.example/context.json"]}),
        unknown,
        network=ISSUER.network(
            urls={"https://issuer.example/context.json": {"@context": {"@vocab": "https://issuer.example/#"}}}
        ),
    )
    yield _case(
        "context-inline",
        "A third context, inline, that defines every word.",
        vc + "5.2",
        ISSUER.badge(**{"@context": [V2, OB, {"@vocab": "https://issuer.example/#"}]}),
        unknown,
    )


def times() -> Iterator[Case]:
    """Step 7."""
    rule, leeway = "VC Data Model 2.0, section 4.9", "RFC 7519, section 4.1.4 (leeway of 60 seconds)"
    badge = ISSUER.badge()
    expired, early = (
        genuine("invalid", "expired", "validity.expired"),
        genuine("invalid", "not_yet", "validity.not_yet"),
    )
    fresh = {"validFrom": "2026-11-20T00:00:00Z", "validUntil": "2026-11-29T00:00:00Z"}
    week = ISSUER.badge(**fresh)
    yield _case(
        "expired",
        "The validity is over since a year.",
        rule,
        badge,
        genuine("invalid", "expired", "validity.expired", "status.stale"),
        clock="2029-05-03T09:30:00Z",
    )
    yield _case(
        "expired-61s",
        "The validity is over since 61 seconds.",
        leeway,
        week,
        expired,
        clock="2026-11-29T00:01:01Z",
    )
    yield _case(
        "valid-expired-59s",
        "The validity is over since 59 seconds: within the leeway.",
        leeway,
        week,
        valid("validity.current"),
        clock="2026-11-29T00:00:59Z",
    )
    future = ISSUER.badge(validFrom="2026-11-23T12:01:01Z")
    yield _case("not-yet-61s", "The validity begins in 61 seconds.", leeway, future, early)
    yield _case(
        "valid-not-yet-59s",
        "The validity begins in 59 seconds: within the leeway.",
        leeway,
        ISSUER.badge(validFrom="2026-11-23T12:00:59Z"),
        valid("validity.current"),
    )
    yield _case(
        "not-yet",
        "The validity begins in a year.",
        rule,
        ISSUER.badge(validFrom="2027-11-23T12:00:00Z"),
        early,
    )
    yield _case(
        "exp-narrower",
        "exp is over, validUntil is not: the narrower one counts.",
        rule,
        badge,
        genuine("invalid", "expired", "validity.expired", "shape.claims"),
        claims={"exp": 1_790_000_000},
    )
    yield _case(
        "nbf-narrower",
        "nbf is to come, validFrom is past: the narrower one counts.",
        rule,
        badge,
        genuine("invalid", "not_yet", "validity.not_yet", "shape.claims"),
        claims={"nbf": 1_800_000_000},
    )
    malformed = genuine("invalid", "cannot_tell", "validity.malformed")
    for label, title, value in (
        ("text", "validUntil is a word.", "never"),
        ("date", "validUntil has no time.", "2028-05-03"),
        ("no-offset", "validUntil has no offset.", "2028-05-03T09:30:00"),
        ("february", "validUntil is the thirtieth of February.", "2028-02-30T00:00:00Z"),
        ("hour", "validUntil is at 25 o'clock.", "2028-05-03T25:00:00Z"),
        ("leap-second", "validUntil is a second that is not in the calendar.", "2028-05-03T23:59:60Z"),
        ("lower-case", "validUntil has a small t and z.", "2028-05-03t09:30:00z"),
        ("space", "validUntil has a space in the middle.", "2028-05-03 09:30:00Z"),
        ("offset", "validUntil has an offset beyond fourteen hours.", "2028-05-03T09:30:00+15:00"),
        ("year", "validUntil has a year of five digits.", "12028-05-03T09:30:00Z"),
        ("digits", "validUntil has digits of another script.", "٢٠٢٨-05-03T09:30:00Z"),
        ("epoch", "validUntil is a number.", 1_840_959_000),
        ("object", "validUntil is a typed value.", {"@value": "2028-05-03T09:30:00Z"}),
    ):
        yield _case(
            f"valid-until-{label}",
            title,
            rule,
            ISSUER.badge(validUntil=value),
            malformed,
            claims={"exp": 1_840_959_000},
        )
    for label, title, claim in (
        ("text", "exp is a text.", {"exp": "1840959000"}),
        ("boolean", "exp is true.", {"exp": True}),
        ("huge", "exp is beyond the calendar.", {"exp": 10**20}),
        ("array", "exp is an array.", {"exp": [1_840_959_000]}),
    ):
        yield _case(
            f"exp-{label}", title, "RFC 7519, section 2 (NumericDate)", badge, malformed, claims=claim
        )
    yield _case(
        "nbf-text",
        "nbf is a text.",
        "RFC 7519, section 2 (NumericDate)",
        badge,
        malformed,
        claims={"nbf": "1777800600"},
    )
    yield _case(
        "end-before-start",
        "The validity ends before it begins.",
        rule,
        ISSUER.badge(validUntil="2026-05-03T09:29:59Z"),
        malformed,
    )


def trust() -> Iterator[Case]:
    """Steps 9 and 12."""
    badge, rule = ISSUER.badge(), "docs/verification-steps.md, steps 9 and 12"
    pinned = {ISSUER.did: "Register of Examples"}
    yield _case(
        "valid-vouched",
        "The caller relies on the issuer, and requires that.",
        rule,
        badge,
        valid("standing.vouched", "policy.met"),
        pinned=pinned,
        policy={"require": ["standing"]},
    )
    yield _case(
        "standing-required",
        "The caller requires a known issuer; nobody knows this one.",
        rule,
        badge,
        genuine("undetermined", "current", "standing.unknown", "policy.undetermined"),
        policy={"require": ["standing"]},
    )
    yield _case(
        "valid-accepted-issuer",
        "The issuer is one that the caller accepts.",
        rule,
        badge,
        valid("policy.met"),
        policy={"accept_issuers": [ISSUER.did]},
    )
    yield _case(
        "issuer-not-accepted",
        "The issuer is not one that the caller accepts.",
        rule,
        badge,
        flawed("policy.issuer_not_accepted"),
        policy={"accept_issuers": [STRANGER.did]},
    )
    yield _case(
        "valid-young-enough",
        "The credential is within the greatest age.",
        rule,
        badge,
        valid("policy.met"),
        policy={"max_age_days": 205},
    )
    yield _case(
        "too-old",
        "The credential is older than the greatest age.",
        rule,
        badge,
        flawed("policy.too_old"),
        policy={"max_age_days": 204},
    )
    harvard = edit(STRANGER.badge(), "issuer/name", "Example Academy")
    yield case(
        f"{FORM}/stranger-borrows-name",
        "A stranger calls itself like an issuer that the caller relies on: genuine, and unknown.",
        rule,
        OB_JWT.token(claims(harvard), signer=STRANGER.key(), kid=STRANGER.kid()),
        genuine("undetermined", "current", "standing.unknown", "policy.undetermined"),
        network={**ISSUER.network(), **STRANGER.network()},
        pinned=pinned,
        policy={"require": ["standing"]},
    )
    for label, title, host in (
        (
            "mixed-script",
            "A host that looks like another in Latin letters: p, Cyrillic a, ypal.",
            "xn--pypal-4ve.example",
        ),
        ("sibling", "Another organisation on the same host as one that is relied on.", ""),
    ):
        other = Issuer(host, ()) if host else Issuer(path=("o", "demo2"))
        yield case(
            f"{FORM}/look-alike-{label}",
            title,
            "THREATS: look-alike issuers; did:web, section 2.5",
            OB_JWT.token(claims(other.badge()), signer=other.key(), kid=other.kid()),
            genuine("undetermined", "current", "standing.unknown"),
            network={**ISSUER.network(), **other.network()},
            pinned=pinned,
            policy={"require": ["standing"]},
        )


def recipients() -> Iterator[Case]:
    """Step 10."""
    badge, rule = ISSUER.badge(), "Open Badges 3.0, 8.3 (step 6) and B.1.10"
    for label, whom in (
        ("email", "ada@example.org"),
        ("email-case", "ADA@Example.ORG"),
        ("name", "Ada Lovelace"),
        ("id", "urn:uuid:9f7d4bb5-5d6c-4f6e-9a57-51b2e5a7c001"),
    ):
        yield _case(
            f"valid-recipient-{label}",
            f"The recipient is the expected one ({label}).",
            rule,
            badge,
            valid("recipient.matched"),
            expected_recipient=whom,
        )
    for label, whom in (
        ("email", "grace@example.org"),
        ("name", "Grace Hopper"),
        ("id", "urn:uuid:00000000-0000-4000-8000-000000000001"),
    ):
        yield _case(
            f"recipient-{label}-other",
            f"The recipient is not the expected one ({label}).",
            rule,
            badge,
            flawed("recipient.mismatch"),
            expected_recipient=whom,
        )
    bare = edit(
        edit(badge, "credentialSubject/identifier", ...),
        "credentialSubject/id",
        "urn:uuid:9f7d4bb5-5d6c-4f6e-9a57-51b2e5a7c001",
    )
    yield _case(
        "recipient-not-said",
        "The badge holds no e-mail address to compare with.",
        rule,
        bare,
        genuine("undetermined", "current", "recipient.cannot_match"),
        expected_recipient="ada@example.org",
    )
    yield _case(
        "not-presented-nonce",
        "A nonce is asked for, but this is no presentation.",
        "RFC 8725, section 3.9",
        badge,
        genuine("undetermined", "current", "recipient.not_presented"),
        nonce="n-0S6_WzA2Mj",
    )
    yield _case(
        "not-presented-audience",
        "An audience is asked for, but this is no presentation.",
        "RFC 8725, section 3.9",
        badge,
        genuine("undetermined", "current", "recipient.not_presented"),
        audience="https://verifier.example",
    )


def evidence() -> Iterator[Case]:
    """Step 1: what is handed over, and links."""
    rule = "docs/verification-steps.md, step 1"
    token = OB_JWT.token()
    link = "https://issuer.example/c/demo"
    follow = {link: body(token, "text/plain")}

    def handed(name: str, title: str, what: str | bytes, expect: Expect, **urls: Any) -> Case:
        return case(
            f"{FORM}/{name}", title, rule, what, expect, network=ISSUER.network(urls=urls.get("urls", {}))
        )

    yield handed(
        "valid-link", "A link to the badge.", link, valid("carrier.token", "status.clear"), urls=follow
    )
    yield handed(
        "link-missing",
        "A link that answers 404.",
        link,
        untold("carrier.unreachable"),
        urls={link: body("", status=404)},
    )
    yield handed(
        "link-gone",
        "A link that answers 410: it was closed.",
        link,
        untold("carrier.unreachable"),
        urls={link: body("", status=410)},
    )
    yield handed(
        "link-to-link",
        "A link that leads to a link.",
        link,
        nothing("carrier.unrecognised"),
        urls={
            link: body("https://issuer.example/2", "text/plain"),
            "https://issuer.example/2": body(token, "text/plain"),
        },
    )
    yield handed(
        "link-to-page",
        "A link that leads to a web page.",
        link,
        nothing("carrier.unrecognised"),
        urls={link: body("<!doctype html><p>badge</p>", "text/html")},
    )
    for label, address in (
        ("plain-http", "http://issuer.example/c"),
        ("loopback", "https://127.0.0.1/c"),
        ("localhost", "https://localhost/c"),
        ("metadata", "http://169.254.169.254/latest/meta-data"),
        ("decimal", "https://2130706433/c"),
        ("mapped", "https://[::ffff:127.0.0.1]/c"),
        ("port", "https://issuer.example:22/c"),
    ):
        yield handed(
            f"link-{label}",
            f"A link that no verifier may follow for a stranger: {label}.",
            address,
            untold("carrier.unreachable"),
            urls={address: body(token, "text/plain")},
        )
    yield handed("evidence-empty", "There is nothing at all.", "", nothing("carrier.empty"))
    yield handed(
        "evidence-white-space", "There is nothing but white space.", " \t\r\n ", nothing("carrier.empty")
    )
    yield handed("evidence-word", "A word, which is no credential.", "hello", nothing("carrier.unrecognised"))
    yield handed("evidence-zeros", "A thousand zero bytes.", bytes(1_000), nothing("carrier.unrecognised"))
    yield handed(
        "evidence-large", "Beyond 256 kB of a token.", token + "A" * 262_144, nothing("carrier.too_large")
    )
    yield handed("evidence-json-text", "The token as a JSON text.", f'"{token}"', forged("well_formed.token"))
    header, payload, signature = token.split(".")
    flattened = {"protected": header, "payload": payload, "signature": signature}
    yield handed(
        "evidence-jws-flattened",
        "The flattened JSON form of a JWS, which credentials do not use.",
        compact(flattened).decode(),
        forged("well_formed.not_a_credential"),
    )
    general = {"payload": payload, "signatures": [{"protected": header, "signature": signature}]}
    yield handed(
        "evidence-jws-general",
        "The general JSON form of a JWS.",
        compact(general).decode(),
        forged("well_formed.not_a_credential"),
    )
    unsigned = compact(ISSUER.badge()).decode()
    yield handed("proof-missing", "The badge as JSON, signed by nobody.", unsigned, forged("proof.missing"))
