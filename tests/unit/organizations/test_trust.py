"""The keys of an organisation as a stranger sees them: an exported folder, and no network."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID

from issuer.issuance.desk import Desk
from issuer.issuance.issue import issue
from issuer.organizations.keys import compromise, ring, rotate
from issuer.organizations.trust import export
from issuer.status.lists import LIFETIME
from schemas.report import Report
from verifier import Snapshot, averify

ORGANIZATION = "demo"


async def offline(desk: Desk, folder: Path, token: str) -> Report:
    await export(desk.pool, desk.settings, folder, vouched_by="Northwind", at=desk.clock())
    snapshot = Snapshot(folder)
    return await averify(token, fetch=snapshot, trust=snapshot.trust, clock=desk.clock)


def reason(report: Report, check: str) -> str:
    return next(one.reason for one in report.checks if one.check == check)


async def test_an_export_is_enough_to_verify_in_a_plane(
    desk: Desk, finished: Callable[..., Awaitable[UUID]], tmp_path: Path
) -> None:
    issued = await issue(desk, ORGANIZATION, await finished())
    report = await offline(desk, tmp_path / "trust", issued.token)
    assert (report.verdict, report.authenticity, report.currency) == ("valid", "genuine", "current")
    assert reason(report, "standing") == "standing.vouched"


async def test_an_export_says_until_when_its_lists_count(
    desk: Desk, finished: Callable[..., Awaitable[UUID]], tmp_path: Path
) -> None:
    await issue(desk, ORGANIZATION, await finished())
    made = await export(desk.pool, desk.settings, tmp_path / "trust", at=desk.clock())
    assert made.documents == len(list((tmp_path / "trust").iterdir())) - 1
    assert made.until == desk.clock() + LIFETIME


async def test_what_a_retired_key_signed_verifies_for_ever(
    desk: Desk, finished: Callable[..., Awaitable[UUID]], tmp_path: Path
) -> None:
    issued = await issue(desk, ORGANIZATION, await finished())
    for _ in range(3):
        await rotate(desk.pool, desk.keystore, desk.settings, ORGANIZATION, desk.clock)
    report = await offline(desk, tmp_path / "trust", issued.token)
    assert report.verdict == "valid"


async def test_what_a_compromised_key_signed_is_not_genuine(
    desk: Desk, finished: Callable[..., Awaitable[UUID]], tmp_path: Path
) -> None:
    issued = await issue(desk, ORGANIZATION, await finished())
    entry = (await ring(desk.pool, ORGANIZATION)).active("ES256")
    assert entry is not None
    await compromise(desk.pool, desk.keystore, desk.settings, ORGANIZATION, entry.public.kid, desk.clock)
    report = await offline(desk, tmp_path / "trust", issued.token)
    assert (report.verdict, report.authenticity) == ("invalid", "not_genuine")
    assert reason(report, "issuer_key") == "issuer_key.compromised"
