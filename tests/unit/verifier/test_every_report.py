"""Whatever an issuer signs: there is a Report, it encodes, and it can be shown."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.report import Report
from tests.unit.verifier.world import World, edit
from verifier.web.verdict import verdict_page

WORLD = World()
TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    [
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T24:00:00Z", "2026-13-01"),
        *(
            "did:web:xn--ib9b.evil.example",
            "https://[",
            "javascript:alert(1)",
            "%s%(x)s{0}",
            "\x00",
            "\u202e",
        ),
        *("{{7*7}}", "urn:uuid:0", "unsupervised", "ext:CutScore", "1e400", "-0"),
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    TEXTS | SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS | st.just("@value"), inner, max_size=3),
    max_leaves=6,
)


def pointers(value: Any, pointer: str = "") -> list[str]:
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    below = [found for name, item in members for found in pointers(item, f"{pointer}/{name}")]
    # Without the issuer's id nothing is genuine, and there is no claim to show.
    return [found for found in [pointer, *below] if found not in ("", "/iss", "/issuer", "/issuer/id")]


PLACES = st.lists(st.sampled_from(pointers(WORLD.badge())), min_size=1, max_size=3)


def shown(report: Report) -> str:
    assert report.authenticity == "genuine"
    assert msgspec.json.decode(msgspec.json.encode(report), type=Report) == report
    page = verdict_page(report).decode()
    assert page.startswith("<!doctype html>")
    return page


@given(PLACES, st.lists(VALUES, min_size=3, max_size=3), st.none() | TEXTS)
def test_any_signed_document_is_reported_and_shown(
    places: list[str], values: list[Any], expected: str | None
) -> None:
    document = WORLD.badge()
    # Deeper places first: what stands above may be replaced by something that has none.
    for place, value in zip(sorted(set(places), key=len, reverse=True), values, strict=False):
        document = edit(document, place, value)
    shown(asyncio.run(WORLD.verify(WORLD.sign(document), expected_recipient=expected)))


@pytest.mark.parametrize("member", ["validFrom", "validUntil"])
@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
async def test_times_at_the_calendar_s_ends(world: World, member: str, time: str) -> None:
    shown(await world.verify(world.sign(edit(world.badge(), member, time))))


@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=30))
def test_any_domain_is_reported_and_shown(label: str) -> None:
    world = World(f"did:web:xn--{label}0.evil.example")
    world.now = datetime(2026, 11, 23, tzinfo=UTC)
    shown(asyncio.run(world.verify(world.sign())))


async def test_a_domain_that_decodes_to_half_a_pair() -> None:
    world = World("did:web:xn--ib9b.evil.example")
    assert "xn--ib9b.evil.example" in shown(await world.verify(world.sign()))
