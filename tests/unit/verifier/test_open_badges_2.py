"""Open Badges 2.0, hosted and signed: who is asked what and when, and what the answer says.

Which badge gets which answer stands in the vectors (tests/vectors/open-badges-2).
"""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from schemas.report import Report
from tests.unit.verifier.world import NOW, World, told
from tests.vectors.maker import badges2
from tests.vectors.maker import keys as test_keys
from tests.vectors.maker.badges2 import (
    ASSERTION,
    BADGE,
    HOST,
    KEY,
    LIST,
    PROFILE,
    UUID,
    assertion,
    badge_class,
    profile,
    signed,
    token,
)
from tests.vectors.maker.world import IDENTITY
from verifier import Policy, TrustStore
from verifier.fetch import Unreachable
from verifier.lint import Profile, lint
from verifier.openbadges2.members import authority
from verifier.seen import Seen
from verifier.trust.registry import Registry

REGISTER = "https://register.example/issuers.json"


@pytest.fixture
def academy(world: World) -> World:
    """The vectors' academy, which answers the world's requests."""
    for url, answer in badges2.network().items():
        world.publish(url, answer.content(), answer.media_type, answer.status)
    world.trust = TrustStore()
    return world


def publish(world: World, url: str, document: Any) -> None:
    world.publish(url, msgspec.json.encode(document))


def text(document: dict[str, Any]) -> str:
    return msgspec.json.encode(document).decode()


def asked(world: World) -> list[tuple[str, str]]:
    return [(need.kind, need.url) for need in world.asked]


def reasons(report: Report) -> set[str]:
    return {found.reason.value for found in report.checks}


async def test_a_hosted_assertion_is_asked_for_first_and_then_who_issued_it(academy: World) -> None:
    report = await academy.verify(text(assertion()))
    assert report.verdict == "valid"
    assert asked(academy) == [("badge_object", ASSERTION), ("badge_object", BADGE), ("issuer_key", PROFILE)]
    assert report.of("signature")[0].source == f"{ASSERTION} (the test)"


async def test_what_its_host_does_not_confirm_leads_nowhere(academy: World) -> None:
    elsewhere = "https://stranger.example/badge"
    report = await academy.verify(text(assertion(badge=elsewhere)))
    assert report.authenticity == "not_genuine"
    assert asked(academy) == [("badge_object", ASSERTION)]


async def test_before_a_signature_holds_only_the_issuer_is_asked_for_keys(academy: World) -> None:
    publish(academy, PROFILE, profile(revocationList=LIST))
    publish(academy, LIST, {"revokedAssertions": []})
    forged = token(by=test_keys.key("attacker", "RS256"))
    assert (await academy.verify(forged)).authenticity == "not_genuine"
    assert asked(academy) == [("issuer_key", PROFILE), ("issuer_key", KEY)]
    academy.asked.clear()
    assert (await academy.verify(token())).verdict == "valid"
    assert asked(academy) == [("issuer_key", PROFILE), ("issuer_key", KEY), ("status_list", LIST)]


async def test_a_badge_class_that_is_only_an_address_is_not_asked_for(academy: World) -> None:
    report = await academy.verify(token(signed(badge=BADGE)))
    assert told(report, "proof") == [("unknown", "format.legacy")]
    assert "only names its badge class by an address" in report.sentence
    assert asked(academy) == []


async def test_the_claim_is_what_stands_at_the_address(academy: World) -> None:
    criteria = f"{HOST}/criteria"
    publish(academy, BADGE, badge_class(criteria=criteria, image={"id": f"{HOST}/sql.png"}))
    said = assertion(expires="2028-05-03T09:30:00Z")
    publish(academy, ASSERTION, said)
    handed = {
        **said,
        "badge": badge_class(issuer=profile(email="old@academy.example")),
    }
    claim = (await academy.verify(text(handed))).claim
    assert claim is not None
    assert claim.issuer is not None
    assert (claim.issuer.id, claim.issuer.name, claim.issuer.domain) == (
        PROFILE,
        "Example Academy",
        "academy.example",
    )
    assert claim.achievement is not None
    assert (claim.achievement.name, claim.achievement.criteria) == ("SQL for analysts", criteria)
    assert claim.achievement.image == f"{HOST}/sql.png"
    assert (claim.valid_from, claim.valid_until) == ("2019-05-03T09:30:00+00:00", "2028-05-03T09:30:00Z")


@pytest.mark.parametrize(
    ("recipient", "expected", "reason"),
    [
        ({"type": "email", "identity": "ada@example.org", "hashed": False}, "ada@example.org", "matched"),
        ({"type": "email", "identity": "ada@example.org"}, "Ada@Example.org", "matched"),
        ({"type": "email", "identity": "md5$" + "0" * 32}, "ada@example.org", "cannot_match"),
        (
            {
                "type": "http://schema.org/email",
                "hashed": True,
                "salt": "salt",
                "identity": f"sha256${IDENTITY.upper()}",
            },
            "ada@example.org",
            "matched",
        ),
        ({"type": "url", "identity": "https://ada.example/"}, "https://ada.example/", "matched"),
        ({"type": "id", "identity": "https://ada.example/"}, "https://bob.example/", "mismatch"),
        ({"type": "telephone", "identity": "+44"}, "ada@example.org", "cannot_match"),
        ({"type": "name", "identity": "Ada Lovelace", "hashed": False}, "ada lovelace", "matched"),
        ("ada@example.org", "ada@example.org", "cannot_match"),
        ({"type": "email", "identity": 7}, "ada@example.org", "cannot_match"),
    ],
)
async def test_recipients(academy: World, recipient: Any, expected: str, reason: str) -> None:
    report = await academy.verify(token(signed(recipient=recipient)), expected_recipient=expected)
    assert told(report, "recipient")[0][1] == f"recipient.{reason}"


@pytest.mark.parametrize(
    "handed",
    [badge_class(name="Of old"), badge_class(issuer=profile(name="Of old"))],
    ids=["badge", "issuer"],
)
async def test_what_was_renamed_since_is_told(academy: World, handed: dict[str, Any]) -> None:
    """Whoever was shown the old name must not read the new one as if nothing had happened."""
    report = await academy.verify(text(assertion(badge=handed)))
    assert "signature.hosted_renamed" in reasons(report)
    assert report.verdict != "valid"


async def test_a_withdrawal_is_never_taken_back(academy: World) -> None:
    seen = Seen()
    academy.publish(ASSERTION, b"", status=410)
    gone = await academy.verify(text(assertion()), seen=seen)
    assert (gone.verdict, gone.authenticity, gone.currency) == ("invalid", "cannot_tell", "revoked")
    assert gone.claim is None
    assert gone.sentence.startswith("Withdrawn by its issuer. At the address at which it is hosted stands")
    publish(academy, ASSERTION, assertion())
    again = await academy.verify(text(assertion()), seen=seen)
    assert (again.authenticity, again.currency) == ("genuine", "revoked")
    publish(academy, PROFILE, profile(revocationList=LIST))
    for lines in ([UUID], []):
        publish(academy, LIST, {"revokedAssertions": lines})
        assert (await academy.verify(token(), seen=seen)).currency == "revoked"


@pytest.mark.parametrize("said", ["true", "false", 1, {}])
async def test_what_neither_withdraws_nor_stands_is_left_open(academy: World, said: Any) -> None:
    publish(academy, ASSERTION, assertion(revoked=said))
    report = await academy.verify(text(assertion()))
    assert (report.verdict, told(report, "status")) == ("undetermined", [("unknown", "status.malformed")])


async def test_a_withdrawal_is_remembered_under_the_name_that_the_list_has(academy: World) -> None:
    seen = Seen()
    publish(academy, PROFILE, profile(revocationList=LIST))
    publish(academy, LIST, {"revokedAssertions": ["urn:uuid:withdrawn"]})
    withdrawn = token({**signed(), "id": "urn:uuid:withdrawn", "uid": UUID})
    assert (await academy.verify(withdrawn, seen=seen)).currency == "revoked"
    assert (await academy.verify(token(), seen=seen)).currency == "current"


async def test_old_copies_say_nothing_of_now(academy: World) -> None:
    publish(academy, PROFILE, profile(revocationList=LIST))
    publish(academy, LIST, {"revokedAssertions": []})
    academy.now = NOW + timedelta(days=2)
    for evidence in (text(assertion()), token()):
        report = await academy.verify(evidence)
        assert told(report, "status") == [("unknown", "status.stale")]
        assert (report.verdict, report.authenticity) == ("undetermined", "genuine")


async def test_words_of_a_hosted_assertion_speak_of_no_signature(academy: World) -> None:
    report = await academy.verify(text(assertion()))
    assert report.sentence.startswith(
        "Genuine, issuer not known to us. Whoever controls academy.example publishes this. They call"
    )
    other = TrustStore(sources=(Registry("Register", REGISTER),))
    publish(academy, REGISTER, {"issuers": [{"id": PROFILE, "name": "Another Academy"}]})
    report = await academy.verify(text(assertion()), trust=other)
    assert report.sentence.startswith("Genuine, issuer known under another name. Register knows this issuer")
    named = TrustStore(pinned={PROFILE: "Register of Examples"})
    report = await academy.verify(text(assertion()), trust=named)
    assert report.sentence.startswith("Genuine and current. Example Academy awarded SQL for analysts")
    publish(academy, PROFILE, profile(verification=...))
    report = await academy.verify(text(assertion()), trust=named)
    assert report.sentence.startswith("Genuine, but only the host on which it stands says so. It stands")


async def test_policies_speak_of_it_as_of_any_other(academy: World) -> None:
    for evidence in (text(assertion()), token()):
        policy = Policy(accept_issuers=(PROFILE,), max_age_days=30)
        report = await academy.verify(evidence, policy=policy)
        assert told(report, "policy") == [("fail", "policy.too_old")]
        policy = Policy(accept_issuers=(PROFILE,), max_age_days=10_000)
        assert (await academy.verify(evidence, policy=policy)).verdict == "valid"


@pytest.mark.parametrize("profile_body", [b"[]", b"{", b'{"keys": []}'])
async def test_what_is_no_profile_is_not_relied_on(academy: World, profile_body: bytes) -> None:
    academy.publish(PROFILE, profile_body)
    for evidence in (text(assertion()), token()):
        report = await academy.verify(evidence)
        assert told(report, "issuer_key") == [("unknown", "issuer_key.malformed")]


async def test_numbers_that_readers_read_differently_are_not_compared(academy: World) -> None:
    said = assertion(score=2**60)
    publish(academy, ASSERTION, said)
    report = await academy.verify(text(said))
    assert told(report, "signature") == [("fail", "signature.hosted_differs")]


async def test_a_badge_class_without_an_id_is_compared_as_it_is(academy: World) -> None:
    embedded = badge_class(id=..., **{"@context": ...})
    publish(academy, ASSERTION, assertion(badge=embedded))
    assert (await academy.verify(text(assertion(badge=embedded)))).verdict == "valid"
    report = await academy.verify(text(assertion(badge={**embedded, "name": "Medicine"})))
    assert told(report, "signature") == [("fail", "signature.hosted_differs")]


@pytest.mark.parametrize("issued", [True, 10**20, None, {}, "2019-05-03"])
async def test_a_time_that_is_none_is_told(academy: World, issued: Any) -> None:
    report = await academy.verify(token(signed(issuedOn=issued)))
    assert told(report, "validity") == [("fail", "validity.malformed")]


async def test_an_old_badge_within_a_presentation_is_no_credential(academy: World) -> None:
    shown = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": "VerifiablePresentation",
        "holder": academy.did,
        "verifiableCredential": [assertion()],
    }
    report = await academy.verify(academy.sign(shown, typ="vp+jwt"))
    assert (report.verdict, report.authenticity) == ("invalid", "genuine")
    assert ("fail", "shape.enclosed") in told(report, "shape")
    assert told(report, "recipient") == [("unknown", "recipient.not_holder")]
    assert report.enclosed[0].verdict == "valid"


async def test_an_unreachable_host_leaves_it_open(academy: World) -> None:
    academy.published[ASSERTION] = Unreachable(ASSERTION, "fetch.timeout", "No answer.")
    report = await academy.verify(text(assertion()))
    assert (report.verdict, report.authenticity) == ("undetermined", "cannot_tell")
    assert "signature.hosted_unread" in reasons(report)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://academy.example/a?b=c", "academy.example"),
        ("https://Academy.example:8443/a", "academy.example:8443"),
        *((url, None) for url in ("http://academy.example/", "https://", "https://[", "urn:uuid:1", 7, None)),
        *((f"https://academy.example/{rest}", None) for rest in ("a#b", "../a", "%2E%2e/b", "a/./b", "a\\b")),
        ("https://ada@academy.example/", None),
    ],
)
def test_plain_addresses(url: Any, found: str | None) -> None:
    assert authority(url) == found


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"@context": []}, "/@context"),
        ({"type": "BadgeClass"}, "/type"),
        ({"id": "1"}, "/id"),
        ({"recipient": {"type": "email"}}, "/recipient"),
        ({"recipient": "ada"}, "/recipient"),
        ({"issuedOn": ...}, "/issuedOn"),
        ({"recipient": {"type": "email", "hashed": True, "identity": "ada"}}, "/recipient/identity"),
    ],
)
def test_rules(change: dict[str, Any], pointer: str) -> None:
    assert lint(assertion(), Profile.OPEN_BADGES_2) == ()
    assert lint(assertion(id=..., uid="7"), Profile.OPEN_BADGES_2) == ()
    assert [found.pointer for found in lint(assertion(**change), Profile.OPEN_BADGES_2)] == [pointer]
