"""Step 7, and times as such: fixed clocks at each edge."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schemas.times import TimeRefused, date_time_stamp, numeric_date
from tests.unit.verifier.world import VALID_FROM, VALID_UNTIL, World, edit, told

SECOND = timedelta(seconds=1)
LEEWAY = timedelta(seconds=60)


@pytest.mark.parametrize(
    ("now", "currency", "verdict"),
    [
        (VALID_FROM - LEEWAY - SECOND, "not_yet", "invalid"),
        (VALID_FROM - LEEWAY, "current", "valid"),
        (VALID_FROM, "current", "valid"),
        (VALID_UNTIL, "current", "valid"),
        (VALID_UNTIL + LEEWAY, "current", "valid"),
        (VALID_UNTIL + LEEWAY + SECOND, "expired", "invalid"),
    ],
)
async def test_each_edge(world: World, now: datetime, currency: str, verdict: str) -> None:
    world.now = now
    document = edit(world.badge(), "credentialStatus", ...)
    report = await world.verify(world.sign(document))
    assert (report.currency, report.verdict, report.authenticity) == (currency, verdict, "genuine")
    assert told(report, "validity")[0][1] == f"validity.{currency}"


async def test_the_narrowest_period_counts(world: World) -> None:
    document = edit(world.badge(), "exp", int(VALID_FROM.timestamp()) + 10)
    assert (await world.verify(world.sign(document))).currency == "expired"
    document = edit(world.badge(), "nbf", int(VALID_UNTIL.timestamp()))
    assert (await world.verify(world.sign(document))).currency == "not_yet"


async def test_without_an_end_it_does_not_expire(world: World) -> None:
    document = world.badge(validUntil=...)
    world.now = datetime(2099, 1, 1, tzinfo=UTC)
    document = edit(document, "credentialStatus", ...)
    assert (await world.verify(world.sign(document))).verdict == "valid"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("exp", "1790000000"),
        ("exp", True),
        ("nbf", None),
        ("nbf", 1e300),
        ("nbf", -1e300),
        ("validFrom", "2026-05-03"),
        ("validFrom", "2026-05-03T09:30:00"),
        ("validFrom", 1790000000),
        ("validUntil", "2016-12-31T23:59:60Z"),
        ("validUntil", "2026-02-30T00:00:00Z"),
        ("validUntil", "2026-05-02T00:00:00Z"),  # before validFrom
    ],
)
async def test_a_time_that_is_not_a_time_fails(world: World, member: str, value: Any) -> None:
    report = await world.verify(world.sign(edit(world.badge(), member, value)))
    assert told(report, "validity") == [("fail", "validity.malformed")]
    assert (report.verdict, report.currency) == ("invalid", "cannot_tell")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-29T01:59:59+01:00", datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC)),  # the clocks change
        ("2026-03-29T03:00:00+02:00", datetime(2026, 3, 29, 1, 0, 0, tzinfo=UTC)),
        ("2026-05-03T24:00:00Z", datetime(2026, 5, 4, tzinfo=UTC)),
        ("2026-05-03T00:00:00.5Z", datetime(2026, 5, 3, 0, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-05-03T00:00:00.123456789-14:00", datetime(2026, 5, 3, 14, 0, 0, 123_456, tzinfo=UTC)),
        ("2026-05-03T00:00:00+14:00", datetime(2026, 5, 2, 10, tzinfo=UTC)),
    ],
)
def test_date_time_stamps(text: str, moment: datetime) -> None:
    assert date_time_stamp(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        None, "", "now", "2026-05-03T09:30:00z", "2026-05-03 09:30:00Z", "20260503T093000Z",
        "2026-05-03T09:30Z", "2026-05-03T09:30:00+0200", "2026-05-03T09:30:00+14:30", "2026-05-03T24:00:01Z",
        "2026-05-03T24:00:00.1Z", "2026-05-03T09:30:00.Z", "2026-13-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00", "9999-12-31T24:00:00Z", "٢٠٢٦-05-03T09:30:00Z",
        "2026-05-03T09:30:00Z\n", "+2026-05-03T09:30:00Z",
    ],
)  # fmt: skip
def test_what_is_no_date_time_stamp(text: Any) -> None:
    with pytest.raises(TimeRefused):
        date_time_stamp(text)


def test_numeric_dates() -> None:
    assert numeric_date(0) == datetime(1970, 1, 1, tzinfo=UTC)
    assert numeric_date(1.5) == datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)
    values: tuple[Any, ...] = ("0", True, None, [], 1e20, 10**30)
    for value in values:
        with pytest.raises(TimeRefused):
            numeric_date(value)
