"""What a process remembers of bytes that were genuine changes what an answer costs, and never the answer."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from schemas.report import Report
from tests.unit.verifier.world import NOW, VALID_UNTIL, Key, World, told
from verifier import Policy, Seen, TrustStore
from verifier.fetch import Unreachable


def remembered(seen: Seen, evidence: str) -> bool:
    return seen.genuine.get((hashlib.sha256(evidence.encode()).hexdigest(),)) is not None


async def known(world: World, token: str) -> Seen:
    """A verifier that has seen these bytes twice, and remembers them."""
    seen = Seen()
    for held in (False, True):
        assert (await world.verify(token, seen=seen)).verdict == "valid"
        assert remembered(seen, token) is held
    return seen


async def test_the_third_time_is_answered_like_the_first(world: World) -> None:
    token = world.sign()
    seen = await known(world, token)
    assert await world.verify(token, seen=seen) == await world.verify(token)


def withdraw(world: World) -> None:
    world.publish_list(world.list_credential(world.set_bit()))


def unpublish_the_key(world: World) -> None:
    world.publish_keys(Key())
    world.published.pop(f"{world.base}/keys/{world.key.kid}", None)


def declare_the_key_stolen(world: World) -> None:
    world.publish_keys(Key())
    world.publish(f"{world.base}/keys/{world.key.kid}", b"", status=410)


def silence(world: World) -> None:
    for url in world.published:
        world.published[url] = Unreachable(url, "fetch.failed", "Nobody answers.")


def forget_whom_one_trusts(world: World) -> None:
    world.trust = TrustStore()


def let_time_pass(world: World) -> None:
    world.now = VALID_UNTIL + timedelta(days=1)


@pytest.mark.parametrize(
    ("change", "asked", "verdict"),
    [
        (withdraw, {}, "invalid"),
        (unpublish_the_key, {}, "invalid"),
        (declare_the_key_stolen, {}, "invalid"),
        (silence, {}, "undetermined"),
        (let_time_pass, {}, "invalid"),
        (forget_whom_one_trusts, {"policy": Policy(require=("standing",))}, "undetermined"),
        (str, {"expected_recipient": "grace@example.org"}, "invalid"),
        (str, {"nonce": "n-1"}, "undetermined"),
        (str, {"policy": Policy(max_age_days=1)}, "invalid"),
        (str, {"policy": Policy(accept_issuers=("did:web:other.example",))}, "invalid"),
    ],
)
async def test_what_may_change_is_asked_again(
    world: World, change: Callable[[World], object], asked: dict[str, Any], verdict: str
) -> None:
    token = world.sign()
    seen = await known(world, token)
    change(world)
    report = await world.verify(token, seen=seen, **asked)
    assert report.verdict == verdict
    assert report == await world.verify(token, **asked)


async def test_what_is_not_genuine_is_never_remembered(world: World) -> None:
    foreign, seen = world.sign(key=Key()), Seen()
    for _ in range(3):
        report = await world.verify(foreign, seen=seen)
        assert report.authenticity == "not_genuine"
    assert not remembered(seen, foreign)


async def test_a_link_is_not_what_it_leads_to(world: World) -> None:
    link, seen = "https://holder.example/c/1", Seen()
    reports: list[Report] = []
    for token in [world.sign()] * 3 + [world.sign(world.badge(id="urn:uuid:2"), key=Key())]:
        world.publish(link, token.encode(), "application/jwt")
        reports.append(await world.verify(link, seen=seen))
    assert [report.verdict for report in reports] == ["valid"] * 3 + ["invalid"]
    assert not remembered(seen, link)


async def test_the_same_key_under_another_issuers_name_proves_nothing(world: World) -> None:
    seen = await known(world, world.sign())
    other = World("did:web:other.example")
    other.published |= world.published
    stranger = other.sign(other.badge(), key=world.key)
    report = await other.verify(stranger, seen=seen)
    assert report.authenticity == "not_genuine"
    assert told(report, "issuer_key") == [("fail", "issuer_key.untrusted")]


def test_those_that_came_once_are_not_remembered_for_ever() -> None:
    seen = Seen()
    assert not seen.again("first")
    assert seen.again("first")
    for number in range(65_536):
        assert not seen.again(str(number))
    assert not seen.again("first")


def test_the_room_is_bounded_and_the_longest_unused_goes_first() -> None:
    held = Seen().genuine
    for name in ("a", "b"):
        held.put((name,), name, 16_000_000)
    assert held.get(("a",)) == "a"
    held.put(("c",), "c", 16_000_000)
    assert [held.get((name,)) for name in ("a", "b", "c")] == ["a", None, "c"]
    held.put(("c",), "c", 1)
    held.put(("d",), NOW, 16_000_000)
    assert [held.get((name,)) for name in ("a", "c", "d")] == ["a", "c", NOW]
