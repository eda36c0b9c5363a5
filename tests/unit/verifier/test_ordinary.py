"""The ordinary badge is told from others by a test that is narrower than the rules, never wider."""

import copy
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.verifier.test_every_report import VALUES, pointers
from tests.unit.verifier.world import World, edit
from verifier.lint import Profile, lint
from verifier.lint.ordinary import ordinary

BADGE = World().badge()
CLAIMS = {"iss", "sub", "jti", "nbf", "exp"}
BARE = {name: value for name, value in BADGE.items() if name not in CLAIMS}
PROFILES = (Profile.OPEN_BADGES_JWT, Profile.OPEN_BADGES_JOSE, Profile.OPEN_BADGES_PROOF)


def is_ordinary(document: dict[str, Any], profile: Profile) -> bool:
    return ordinary(document, profile, msgspec.json.encode(document))


def every_pointer(value: Any, pointer: str = "") -> list[str]:
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    return [pointer, *(found for name, item in members for found in every_pointer(item, f"{pointer}/{name}"))]


POINTERS = every_pointer(BADGE)[1:]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_plain_badge_is_ordinary(profile: Profile) -> None:
    document = BADGE if profile is Profile.OPEN_BADGES_JWT else BARE
    assert is_ordinary(document, profile)
    assert lint(document, profile) == ()


@pytest.mark.parametrize("profile", [found for found in Profile if found not in PROFILES])
def test_no_other_profile_has_ordinary_badges(profile: Profile) -> None:
    assert not is_ordinary(BARE, profile)
    assert not is_ordinary(BADGE, profile)


@given(
    st.sampled_from(PROFILES),
    st.lists(
        st.tuples(
            st.sampled_from(POINTERS), VALUES | st.just(...) | st.sampled_from(["", " ", "a:b\nc:d", "\n"])
        ),
        min_size=1,
        max_size=3,
    ),
)
def test_what_is_ordinary_breaks_no_rule(profile: Profile, changes: list[tuple[str, Any]]) -> None:
    document = copy.deepcopy(BADGE if profile is Profile.OPEN_BADGES_JWT else BARE)
    for pointer, value in changes:
        try:
            document = edit(document, pointer, value)
        except (KeyError, IndexError, TypeError, ValueError):
            continue
    if is_ordinary(document, profile):
        assert lint(document, profile) == ()


@given(st.sampled_from(PROFILES), st.sampled_from(POINTERS), st.text(max_size=3), VALUES)
def test_a_badge_with_a_foreign_member_is_not_ordinary_unless_it_breaks_no_rule(
    profile: Profile, pointer: str, name: str, value: Any
) -> None:
    document = copy.deepcopy(BADGE if profile is Profile.OPEN_BADGES_JWT else BARE)
    node: Any = document
    for step in pointer.strip("/").split("/"):
        node = (
            node.get(step) if isinstance(node, dict) else node[int(step)] if isinstance(node, list) else None
        )
    if isinstance(node, dict):
        node[name] = value
    if is_ordinary(document, profile):
        assert lint(document, profile) == ()


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/@context", ["https://www.w3.org/ns/credentials/v2"]),
        ("/id", "a:b\nc:d"),
        ("/validFrom", "yesterday"),
        ("/validUntil", "2020-01-01T00:00:00Z"),
        ("/awardedDate", "never"),
        ("/name", None),
        ("/nbf", 1),
        ("/sub", ...),
        ("/issuer/type", ["Person"]),
        ("/issuer/otherIdentifier", [{"identifier": "1", "identifierType": "ext:x"}]),
        ("/image", {"id": "https://a.example/x.png", "type": "Picture"}),
        ("/credentialSubject/type", ["Person"]),
        ("/credentialSubject/identifier/0/type", "Identity"),
        ("/credentialSubject/identifier/0/identityHash", "sha256$0"),
        ("/credentialSubject/achievement/type", ["Success"]),
        ("/credentialSubject/achievement/type", ["Achievement", "Badge"]),
        ("/credentialSubject/achievement/creator", {"id": "urn:a", "type": ["Profile"], "name": "A"}),
        (
            "/credentialSubject/achievement/otherIdentifier",
            [{"type": "IdentifierEntry", "identifier": "1", "identifierType": "ext:x"}],
        ),
        ("/credentialSubject/achievement/criteria", {"id": "https://a.example/criteria"}),
        ("/credentialSubject/achievement/resultDescription/0/type", ["Description"]),
        ("/credentialSubject/achievement/resultDescription/0/name", " "),
        ("/credentialSubject/achievement/resultDescription/0/rubricCriterionLevel/0/type", ["Level"]),
        ("/credentialSubject/achievement/alignment/0/targetName", ""),
        ("/credentialSubject/result/0/resultDescription", "urn:none"),
        ("/credentialSubject/result/1/achievedLevel", "urn:none"),
        ("/credentialSubject/result/0/type", ["Outcome"]),
        ("/credentialStatus/statusListIndex", "01"),
        ("/credentialStatus/statusSize", 2),
        ("/credentialStatus/statusMessage", [{"status": "0x0", "message": "none", "colour": "red"}]),
        ("/evidence/0/type", ["Proof"]),
        ("/relatedResource/0/digestSRI", ...),
        ("/relatedResource/0/id", "not an address"),
        ("/relatedResource/0/id", "https://www.w3.org/ns/credentials/v2"),
    ],
)
def test_what_is_a_little_off_is_examined_rule_by_rule(pointer: str, value: Any) -> None:
    assert not is_ordinary(edit(BADGE, pointer, value), Profile.OPEN_BADGES_JWT)


def test_a_status_entry_needs_no_id() -> None:
    document = edit(BADGE, "/credentialStatus/id", ...)
    assert is_ordinary(document, Profile.OPEN_BADGES_JWT)
    assert lint(document, Profile.OPEN_BADGES_JWT) == ()


def test_a_badge_without_subject_id_is_known_by_its_identifier() -> None:
    document = edit(BARE, "/credentialSubject/id", ...)
    assert is_ordinary(document, Profile.OPEN_BADGES_JOSE)
    assert not is_ordinary(edit(document, "/credentialSubject/identifier", []), Profile.OPEN_BADGES_JOSE)
    assert lint(edit(document, "/credentialStatus", ...), Profile.OPEN_BADGES_JOSE) == ()
    assert pointers(document)
