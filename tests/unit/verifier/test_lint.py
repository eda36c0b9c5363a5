"""Step 6: a good document has no findings, and one bad sample for every rule has its own."""

import inspect
from typing import Any

import pytest

from schemas.report import Reason
from tests.unit.verifier.world import World, edit
from verifier.lint import RULES, Profile, credential, jwt, lint, openbadges

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
    (STATUS, [], "shape.status", "/credentialStatus"),
    (f"{STATUS}/statusPurpose", ..., "shape.status", "/credentialStatus/statusPurpose"),
    (f"{STATUS}/statusListIndex", 7, "shape.status", "/credentialStatus/statusListIndex"),
    (f"{STATUS}/statusListIndex", "07", "shape.status", "/credentialStatus/statusListIndex"),
    (f"{STATUS}/statusListCredential", "list", "shape.status", "/credentialStatus/statusListCredential"),
    (f"{STATUS}/type", ..., "shape.typed", "/credentialStatus"),
    ("termsOfUse", [{"id": "https://example.org/terms"}], "shape.typed", "/termsOfUse/0"),
    ("refreshService", "https://example.org", "shape.typed", "/refreshService"),
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


@pytest.mark.parametrize(("pointer", "value", "reason", "where"), BAD, ids=lambda part: str(part)[:40])
def test_each_rule_finds_its_bad_sample(
    world: World, pointer: str, value: Any, reason: str, where: str
) -> None:
    found = lint(edit(world.badge(), pointer, value))
    assert (reason, where) in [(finding.reason, finding.pointer) for finding in found]
    assert all(finding.detail for finding in found)


def test_every_rule_has_a_bad_sample() -> None:
    told = {reason for _, _, reason, _ in BAD}
    assert {rule.reason for rule in RULES} == told
    assert {reason for reason in Reason if reason.startswith("shape.")} == {*told, Reason.SHAPE_OK}


def test_every_rule_function_stands_in_the_tuple() -> None:
    written = {
        function
        for module in (credential, openbadges, jwt)
        for name, function in vars(module).items()
        if inspect.isfunction(function)
        and function.__module__ == module.__name__
        and not name.startswith("_")
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


def test_an_empty_document_has_findings_and_no_crash() -> None:
    assert {finding.reason for finding in lint({})} >= {
        "shape.context",
        "shape.type",
        "shape.issuer",
        "shape.claims",
    }
