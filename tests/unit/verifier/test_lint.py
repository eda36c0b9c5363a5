"""Step 6: a good document has no findings, and one bad sample for every rule has its own."""

import base64
import inspect
from typing import Any

import pytest

from keys import base58
from schemas.report import Reason
from tests.unit.verifier.world import World, edit
from tests.vectors.maker import badges2
from verifier.lint import (
    RULES,
    Profile,
    Securing,
    assertion,
    credential,
    credential_1_1,
    jwt,
    lint,
    openbadges,
    presentation,
    profile_of,
    related,
    terms,
)
from verifier.lint.profile import Kind

SUBJECT = "credentialSubject"
ACHIEVEMENT = f"{SUBJECT}/achievement"
STATUS = "credentialStatus"
RESULT = f"{SUBJECT}/result"
IDENTITY = f"{SUBJECT}/identifier"
DESCRIPTION = f"{ACHIEVEMENT}/resultDescription/0"


def test_a_good_badge_has_no_findings(world: World) -> None:
    assert lint(world.badge()) == ()


def test_a_status_list_credential_has_no_findings(world: World) -> None:
    assert lint(world.list_credential(), Profile.CREDENTIAL_JWT) == ()


BAD: list[tuple[str, Any, str, str]] = [
    ("@context", "https://www.w3.org/ns/credentials/v2", "shape.context", "/@context"),
    ("@context", [], "shape.context", "/@context"),
    ("@context/0", "https://www.w3.org/2018/credentials/v1", "shape.context", "/@context"),
    ("@context/1", "https://purl.imsglobal.org/spec/clr/v2p0/context.json", "shape.context", "/@context"),
    ("@context/1", {"@vocab": "https://example.org/"}, "shape.context_unknown", "/@context"),
    ("@context/1", "https://example.org/ours", "shape.context_unknown", "/@context"),
    (f"{SUBJECT}/favouriteColour", "green", "shape.undefined_term", f"/{SUBJECT}/favouriteColour"),
    ("type", ["OpenBadgeCredential"], "shape.type", "/type"),
    ("type", "VerifiableCredential", "shape.type", "/type"),
    ("type", 7, "shape.type", "/type"),
    ("id", "not a url", "shape.id", "/id"),
    ("id", ..., "shape.id", "/id"),
    ("@context/1", 7, "shape.context", "/@context/1"),
    ("type/1", {"id": "x"}, "shape.type", "/type/1"),
    ("issuer", "did:web:issuer.example:o:demo", "shape.issuer", "/issuer"),
    ("issuer/id", "issuer", "shape.issuer", "/issuer"),
    ("issuer/type", ["Person"], "shape.issuer", "/issuer"),
    (SUBJECT, ..., "shape.subject", f"/{SUBJECT}"),
    (SUBJECT, [], "shape.subject", f"/{SUBJECT}"),
    (SUBJECT, {}, "shape.subject", f"/{SUBJECT}"),
    (SUBJECT, "Ada", "shape.subject", f"/{SUBJECT}"),
    (f"{SUBJECT}/id", "Ada", "shape.subject", f"/{SUBJECT}/id"),
    (f"{SUBJECT}/type", ["Person"], "shape.subject", f"/{SUBJECT}/type"),
    (f"{SUBJECT}/achievement", [], "shape.subject", f"/{ACHIEVEMENT}"),
    ("validFrom", "2026", "shape.times", "/validFrom"),
    ("validFrom", ..., "shape.times", "/validFrom"),
    ("validUntil", 7, "shape.times", "/validUntil"),
    ("awardedDate", "today", "shape.times", "/awardedDate"),
    ("validUntil", "2026-05-03T09:29:59Z", "shape.times", "/validUntil"),
    ("name", 7, "shape.text", "/name"),
    ("name", {"@value": "x", "@language": "en", "url": "https://example.org"}, "shape.text", "/name"),
    ("name", {"@language": "en"}, "shape.text", "/name"),
    ("name", [{"@value": "x", "@language": "?"}], "shape.text", "/name/0"),
    ("name", {"@value": "x", "@language": 7}, "shape.text", "/name"),
    ("description", {"@value": "x", "@direction": "up"}, "shape.text", "/description"),
    ("issuer/name", ["x", None], "shape.text", "/issuer/name/1"),
    (STATUS, [], "shape.status", "/credentialStatus"),
    (f"{STATUS}/statusPurpose", ..., "shape.status", "/credentialStatus/statusPurpose"),
    (f"{STATUS}/statusListIndex", 7, "shape.status", "/credentialStatus/statusListIndex"),
    (f"{STATUS}/statusListIndex", "07", "shape.status", "/credentialStatus/statusListIndex"),
    (f"{STATUS}/statusListCredential", "list", "shape.status", "/credentialStatus/statusListCredential"),
    (f"{STATUS}/type", ..., "shape.typed", "/credentialStatus"),
    ("termsOfUse", [{"id": "https://example.org/terms"}], "shape.typed", "/termsOfUse/0"),
    ("refreshService", "https://example.org", "shape.typed", "/refreshService"),
    ("evidence/0/id", "x", "shape.id", "/evidence/0/id"),
    ("refreshService", {"type": "urn:x", "id": ["urn:x"]}, "shape.id", "/refreshService/id"),
    ("credentialSchema", {"type": "JsonSchema"}, "shape.id", "/credentialSchema/id"),
    ("credentialSchema", [{"type": "JsonSchema", "id": 7}], "shape.id", "/credentialSchema/0/id"),
    (f"{STATUS}/id", None, "shape.id", "/credentialStatus/id"),
    ("evidence/0/type", ["Proof"], "shape.typed", "/evidence/0"),
    (f"{DESCRIPTION}/type", ["Result"], "shape.typed", f"/{DESCRIPTION}"),
    ("issuer/otherIdentifier", ["x"], "shape.typed", "/issuer/otherIdentifier/0"),
    ("relatedResource/0/id", "x", "shape.related_resource", "/relatedResource/0"),
    ("relatedResource/0/digestSRI", ..., "shape.related_resource", "/relatedResource/0"),
    ("relatedResource/0", "x", "shape.related_resource", "/relatedResource/0"),
    (f"{ACHIEVEMENT}/image", None, "shape.null", f"/{ACHIEVEMENT}/image"),
    (f"{ACHIEVEMENT}/alignment/0", None, "shape.null", f"/{ACHIEVEMENT}/alignment/0"),
    (f"{ACHIEVEMENT}/id", "x", "shape.achievement", f"/{ACHIEVEMENT}/id"),
    (f"{ACHIEVEMENT}/type", [], "shape.achievement", f"/{ACHIEVEMENT}/type"),
    (f"{ACHIEVEMENT}/name", " ", "shape.achievement", f"/{ACHIEVEMENT}/name"),
    (f"{ACHIEVEMENT}/description", ..., "shape.achievement", f"/{ACHIEVEMENT}/description"),
    (f"{ACHIEVEMENT}/criteria", "hard", "shape.achievement", f"/{ACHIEVEMENT}/criteria"),
    (f"{ACHIEVEMENT}/criteria", {}, "shape.achievement", f"/{ACHIEVEMENT}/criteria"),
    (f"{DESCRIPTION}/name", ..., "shape.result", f"/{DESCRIPTION}"),
    (f"{DESCRIPTION}/resultType", "", "shape.result", f"/{DESCRIPTION}/resultType"),
    (f"{RESULT}/0", "ten", "shape.result", f"/{RESULT}/0"),
    (f"{RESULT}/0/type", [], "shape.result", f"/{RESULT}/0"),
    (f"{RESULT}/0/resultDescription", "urn:x", "shape.result", f"/{RESULT}/0/resultDescription"),
    (f"{RESULT}/1/achievedLevel", "urn:x", "shape.result", f"/{RESULT}/1/achievedLevel"),
    (f"{IDENTITY}/0/hashed", "yes", "shape.identity", f"/{IDENTITY}/0"),
    (f"{IDENTITY}/0/identityHash", "ada@", "shape.identity", f"/{IDENTITY}/0/identityHash"),
    (f"{IDENTITY}/0/type", ..., "shape.identity", f"/{IDENTITY}/0"),
    (f"{ACHIEVEMENT}/alignment/0/type", [], "shape.alignment", f"/{ACHIEVEMENT}/alignment/0"),
    (f"{ACHIEVEMENT}/alignment/0/targetUrl", "x", "shape.alignment", f"/{ACHIEVEMENT}/alignment/0"),
    ("iss", "did:web:other.example", "shape.claims", "/iss"),
    ("jti", ..., "shape.claims", "/jti"),
    ("sub", "urn:uuid:0", "shape.claims", "/sub"),
    ("nbf", 0, "shape.claims", "/nbf"),
    ("nbf", ..., "shape.claims", "/nbf"),
    ("exp", ..., "shape.claims", "/exp"),
    ("exp", "soon", "shape.claims", "/exp"),
    ("vc", {}, "shape.claims", "/vc"),
    ("vp", {}, "shape.claims", "/vp"),
]  # fmt: skip

CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
PRESENTED = {"@context": CREDENTIALS_V2, "type": "EnvelopedVerifiableCredential"}
CREDENTIAL = "verifiableCredential"
SIGNED = {"type": ["VerifiableCredential"], "proof": {"type": "DataIntegrityProof"}}
OLD_CONTEXT = "https://www.w3.org/2018/credentials/v1"
# What only other profiles than a badge's have rules for.
BAD_OTHERS: list[tuple[str, Any, str, str, Profile]] = [
    ("favourite", 1, "shape.unsigned_term", "/favourite", Profile.CREDENTIAL_PROOF),
    ("favourite", 1, "shape.unsigned_term", "/favourite", Profile.PRESENTATION_PROOF),
    ("@context", [OLD_CONTEXT, 7], "shape.context", "/@context/1", Profile.CREDENTIAL_1_1_JWT),
    ("@context/0", "urn:x", "shape.context", "/@context", Profile.CREDENTIAL_1_1_PROOF),
    ("@context", OLD_CONTEXT, "shape.context", "/@context", Profile.CREDENTIAL_1_1_PROOF),
    ("issuanceDate", ..., "shape.times", "/issuanceDate", Profile.CREDENTIAL_1_1_JWT),
    ("issuanceDate", "2026", "shape.times", "/issuanceDate", Profile.CREDENTIAL_1_1_JWT),
    ("expirationDate", 7, "shape.times", "/expirationDate", Profile.CREDENTIAL_1_1_JWT),
    (
        *("expirationDate", "2019-01-01T00:00:00Z"),
        *("shape.times", "/expirationDate", Profile.CREDENTIAL_1_1_JWT),
    ),
    ("type", ["Other"], "shape.type", "/type", Profile.PRESENTATION_JWT),
    ("id", "x", "shape.id", "/id", Profile.PRESENTATION_JWT),
    ("@context", [], "shape.context", "/@context", Profile.PRESENTATION_JWT),
    ("holder", "Ada", "shape.holder", "/holder", Profile.PRESENTATION_JWT),
    ("holder", {"name": "Ada"}, "shape.holder", "/holder", Profile.PRESENTATION_PROOF),
    (CREDENTIAL, "eyJ.e30.AA", "shape.enclosed", f"/{CREDENTIAL}", Profile.PRESENTATION_JWT),
    (CREDENTIAL, {**PRESENTED, "id": "eyJ"}, "shape.enclosed", f"/{CREDENTIAL}/id", Profile.PRESENTATION_JWT),
    (CREDENTIAL, {**SIGNED, "type": []}, "shape.enclosed", f"/{CREDENTIAL}/type", Profile.PRESENTATION_JWT),
    (CREDENTIAL, [{**SIGNED, "proof": []}], "shape.enclosed", f"/{CREDENTIAL}/0", Profile.PRESENTATION_JWT),
    (CREDENTIAL, [7, "eyJ"], "shape.enclosed", f"/{CREDENTIAL}/0", Profile.PRESENTATION_1_1_JWT),
]  # fmt: skip


def older_credential() -> dict[str, Any]:
    return {
        "@context": [OLD_CONTEXT],
        "type": ["VerifiableCredential"],
        "issuer": "did:web:issuer.example",
        "issuanceDate": "2020-01-01T00:00:00Z",
        "expirationDate": "2030-01-01T00:00:00Z",
        "credentialSubject": {"id": "urn:uuid:1"},
    }


def made_presentation(context: str = CREDENTIALS_V2) -> dict[str, Any]:
    return {
        "@context": [context],
        "type": "VerifiablePresentation",
        "holder": {"id": "did:key:z6Mk"},
        CREDENTIAL: [
            {**PRESENTED, "id": "data:application/vc+jwt,eyJ.e30.AA"},
            {"@context": [CREDENTIALS_V2], **SIGNED},
        ],
    }


def sample(world: World, profile: Profile) -> dict[str, Any]:
    """A good document of each kind that has rules of its own."""
    older = "-1.1-" in profile
    if profile is Profile.OPEN_BADGES_2:
        return badges2.assertion()
    if profile.startswith("presentation"):
        return made_presentation(OLD_CONTEXT) if older else made_presentation()
    if older:
        return older_credential()
    document = world.list_credential()
    del document["iss"]
    return document


@pytest.mark.parametrize(("pointer", "value", "reason", "where", "profile"), BAD_OTHERS)
def test_each_rule_of_other_profiles_finds_its_bad_sample(
    world: World, pointer: str, value: Any, reason: str, where: str, profile: Profile
) -> None:
    found = lint(edit(sample(world, profile), pointer, value), profile)
    assert (reason, where) in [(finding.reason, finding.pointer) for finding in found]


@pytest.mark.parametrize("profile", [found for found in Profile if not found.startswith("openbadges")])
def test_good_documents_of_other_profiles_have_no_errors(world: World, profile: Profile) -> None:
    found = {finding.reason for finding in lint(sample(world, profile), profile)}
    # Whether the older contexts are held is for the term tables to say.
    assert found <= (
        {"shape.context_unknown", "shape.unsigned_term", "shape.undefined_term"}
        if "-1.1-" in profile
        else set()
    )


def test_open_badges_times_may_stand_on_the_older_model() -> None:
    document = edit(older_credential(), "issuanceDate", ...)
    document["validFrom"] = "2020-01-01T00:00:00Z"
    reasons = {finding.reason for finding in lint(document, Profile.CREDENTIAL_1_1_JWT)}
    assert "shape.times" not in reasons


def test_tokens_may_stand_in_older_presentations() -> None:
    document = {**made_presentation(OLD_CONTEXT), CREDENTIAL: "eyJ.e30.AA"}
    reasons = {finding.reason for finding in lint(document, Profile.PRESENTATION_1_1_JWT)}
    assert "shape.enclosed" not in reasons


@pytest.mark.parametrize(
    "id_",
    [
        "data:application/vc+jwt,eyJ.e30.AA",
        "data:application/vc-ld+jwt,eyJ.e30.AA",
        "data:application/vc+sd-jwt,eyJ.e30.AA~",
        "data:application/vp+jwt;charset=utf-8,eyJ.e30.AA",
        "data:application/vc+cose;base64,0oRD",
        "data:application/jwt,eyJ.e30.AA",
    ],
)
def test_envelopes_of_the_standards_are_known(id_: str) -> None:
    document = {**made_presentation(), CREDENTIAL: {**PRESENTED, "id": id_}}
    assert lint(document, Profile.PRESENTATION_JWT) == ()


@pytest.mark.parametrize(
    ("changes", "securing", "profile"),
    [
        ({}, Securing.JWT, Profile.OPEN_BADGES_JWT),
        ({}, Securing.JOSE, Profile.OPEN_BADGES_JOSE),
        ({}, Securing.PROOF, Profile.OPEN_BADGES_PROOF),
        ({"type": "VerifiableCredential"}, Securing.PROOF, Profile.OPEN_BADGES_PROOF),
        ({"@context": [CREDENTIALS_V2]}, Securing.PROOF, Profile.OPEN_BADGES_PROOF),
        ({"@context": [OLD_CONTEXT]}, Securing.CLAIM, Profile.OPEN_BADGES_1_1_JWT),
        ({"@context": [OLD_CONTEXT]}, Securing.PROOF, Profile.OPEN_BADGES_1_1_PROOF),
        ({"@context": "urn:x", "type": []}, Securing.JOSE, Profile.CREDENTIAL_JWT),
        ({"@context": ..., "type": ...}, Securing.PROOF, Profile.CREDENTIAL_PROOF),
        ({"@context": [OLD_CONTEXT], "type": "Other"}, Securing.CLAIM, Profile.CREDENTIAL_1_1_JWT),
        ({"@context": [OLD_CONTEXT], "type": "Other"}, Securing.PROOF, Profile.CREDENTIAL_1_1_PROOF),
        ({}, Securing.HOSTED, Profile.OPEN_BADGES_2),
        ({}, Securing.ASSERTION, Profile.OPEN_BADGES_2),
        ({"type": "VerifiablePresentation"}, Securing.JOSE, Profile.PRESENTATION_JWT),
        ({"type": "VerifiablePresentation"}, Securing.JOSE, Profile.OPEN_BADGES_JOSE),
        ({"@context": [OLD_CONTEXT]}, Securing.JOSE, Profile.OPEN_BADGES_JOSE),
        ({"@context": [OLD_CONTEXT], "type": "Other"}, Securing.JOSE, Profile.CREDENTIAL_JWT),
        ({"type": "VerifiablePresentation"}, Securing.PROOF, Profile.PRESENTATION_PROOF),
        (
            *({"@context": [OLD_CONTEXT], "type": "VerifiablePresentation"},),
            *(Securing.CLAIM, Profile.PRESENTATION_1_1_JWT),
        ),
    ],
)
def test_the_profile_follows_from_the_document_and_how_it_is_secured(
    world: World, changes: dict[str, Any], securing: Securing, profile: Profile
) -> None:
    kind: Kind = "presentation" if profile.startswith("presentation") else "credential"
    assert profile_of(world.badge(**changes), securing, kind) is profile


@pytest.mark.parametrize("profile", list(Profile))
def test_an_empty_document_is_no_crash_in_any_profile(profile: Profile) -> None:
    assert {finding.reason for finding in lint({}, profile)} >= {"shape.context", "shape.type"}


@pytest.mark.parametrize(("pointer", "value", "reason", "where"), BAD, ids=lambda part: str(part)[:40])
def test_each_rule_finds_its_bad_sample(
    world: World, pointer: str, value: Any, reason: str, where: str
) -> None:
    found = lint(edit(world.badge(), pointer, value))
    assert (reason, where) in [(finding.reason, finding.pointer) for finding in found]
    assert all(finding.detail for finding in found)


def test_every_rule_has_a_bad_sample() -> None:
    told = {reason for _, _, reason, *_ in (*BAD, *BAD_OTHERS)}
    assert {rule.reason for rule in RULES} == told
    assert {reason for reason in Reason if reason.startswith("shape.")} == {
        *told,
        Reason.SHAPE_OK,
        Reason.SHAPE_PRESENTATION,  # step 6 itself counts a presentation's credentials
        *(
            Reason.SHAPE_IRI,
            Reason.SHAPE_NOT_SIGNED,
            Reason.SHAPE_NUMBER,
        ),  # told by an embedded proof's reader
    }


def test_every_rule_function_stands_in_the_tuple() -> None:
    written = {
        function
        for module in (assertion, credential, credential_1_1, related, presentation, terms, openbadges, jwt)
        for name, function in vars(module).items()
        if inspect.isfunction(function)
        and function.__module__ == module.__name__
        and not name.startswith(("_", "is_"))
    }
    assert {rule.examine for rule in RULES} == written
    assert len(RULES) == len(written)
    assert all(rule.citation for rule in RULES)


def test_an_identity_alone_names_the_subject(world: World) -> None:
    found = lint(edit(world.badge(), f"{SUBJECT}/id", ...))
    assert [finding.reason for finding in found] == ["shape.claims"]
    both_gone = edit(edit(world.badge(), f"{SUBJECT}/id", ...), f"{SUBJECT}/identifier", ...)
    assert "shape.subject" in [finding.reason for finding in lint(both_gone)]


def test_a_status_entry_is_not_its_list(world: World) -> None:
    found = lint(edit(world.badge(), f"{STATUS}/id", world.list_url))
    assert [(finding.reason, finding.pointer) for finding in found] == [
        ("shape.status", "/credentialStatus/id")
    ]


def test_related_resources_are_unique(world: World) -> None:
    resource = world.badge()["relatedResource"][0]
    found = lint(edit(world.badge(), "relatedResource", [resource, resource]))
    assert [finding.pointer for finding in found] == ["/relatedResource/1/id"]


def test_language_tagged_texts_are_texts(world: World) -> None:
    value = {"@value": "SQL für Analysten", "@language": "de"}
    assert lint(edit(world.badge(), f"{ACHIEVEMENT}/name", value)) == ()
    assert lint(edit(world.badge(), "name", [value, {"@value": "SQL", "@direction": "ltr"}])) == ()


def test_a_foreign_status_type_is_left_to_its_own_rules(world: World) -> None:
    entry = {"id": "https://issuer.example/revoked", "type": "1EdTechRevocationList"}
    assert {found.reason for found in lint(edit(world.badge(), STATUS, entry))} == {"shape.undefined_term"}


def test_a_result_may_stand_without_a_description(world: World) -> None:
    assert lint(edit(world.badge(), f"{SUBJECT}/result", [{"type": ["Result"], "status": "Completed"}])) == ()


def test_a_badge_without_an_end_needs_no_exp(world: World) -> None:
    assert lint(world.badge(validUntil=...)) == ()
    assert [found.pointer for found in lint({**world.badge(validUntil=...), "exp": 7})] == ["/exp"]


def test_nothing_is_flooded() -> None:
    found = lint({"@context": [None] * 1_000, "type": []})
    assert sum(finding.reason == Reason.SHAPE_NULL for finding in found) == 20


V2_HELD = "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734"
V2_EARLIER = "24a18c90e9856d526111f29376e302d970b2bd10182e33959995b0207d7043b9"


def sri(digest: str, name: str = "sha256") -> str:
    return f"{name}-{base64.b64encode(bytes.fromhex(digest)).decode()}"


def multibase(digest: str) -> str:
    return "u" + base64.urlsafe_b64encode(bytes.fromhex(digest)).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("member", "value", "right"),
    [
        ("digestSRI", sri(V2_HELD), True),
        ("digestSRI", sri(V2_EARLIER), True),
        ("digestSRI", sri("00" * 32), False),
        ("digestSRI", sri("00" * 64, "sha512"), True),  # nothing to compare it with
        ("digestSRI", "sha384-l/HrjlBCNWyAX91hr6LFV2Y3heB5Tcr6IeE4/Tje8YyzYBM8IhqjHWiWpr8+ZbYU", True),
        ("digestSRI", "sha384-_rCVIV7fSXXTNIvpiq26jRDyj8JG8TDjij", False),
        ("digestSRI", "sha256-A", False),
        ("digestMultibase", multibase(V2_HELD), True),
        ("digestMultibase", multibase("1220" + V2_HELD), True),
        ("digestMultibase", multibase("1220" + "00" * 32), False),
        ("digestMultibase", multibase("00" * 32), False),
        ("digestMultibase", "z" + base58.encode(bytes.fromhex("1220" + V2_HELD)).decode(), True),
        ("digestMultibase", "z0", False),
        ("digestMultibase", "u=", False),
        ("digestMultibase", "f" + V2_HELD, False),
        ("digestMultibase", 7, False),
    ],
)
def test_a_digest_of_what_we_hold_is_the_right_one(
    world: World, member: str, value: Any, *, right: bool
) -> None:
    resource = {"id": CREDENTIALS_V2, "digestSRI": sri(V2_HELD), member: value}
    found = lint(edit(world.badge(), "relatedResource", resource))
    assert [finding.pointer for finding in found] == ([] if right else [f"/relatedResource/{member}"])


def test_contexts_that_contradict_each_other_are_found() -> None:
    redefined = {"VerifiableCredential": "https://example.org/#VerifiableCredential"}
    found = lint({"@context": [CREDENTIALS_V2, redefined]}, Profile.CREDENTIAL_JWT)
    assert ("shape.context", "/@context") in [(finding.reason, finding.pointer) for finding in found]


@pytest.mark.parametrize("profile", [Profile.CREDENTIAL_JWT, Profile.CREDENTIAL_PROOF])
def test_the_direction_of_a_text_is_no_undefined_term(world: World, profile: Profile) -> None:
    value = {"@value": "SQL", "@language": "en", "@direction": "ltr"}
    assert lint({**sample(world, profile), "name": value}, profile) == ()


def test_an_empty_document_has_findings_and_no_crash() -> None:
    assert {finding.reason for finding in lint({})} >= {
        "shape.context",
        "shape.type",
        "shape.issuer",
        "shape.claims",
    }
