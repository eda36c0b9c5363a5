"""Credentials of earlier days, byte for byte: what was once genuine stays genuine. Never regenerated."""

from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from issuer.issuance.profiles import PROFILES
from verifier import averify
from verifier.fetch import Answer, Fetched, Need, Unreachable

GOLDEN = sorted(Path(__file__).parent.glob("*.json"))


class Document(msgspec.Struct, rename="camel"):
    body: str
    media_type: str


class Golden(msgspec.Struct):
    clock: datetime
    credential: str
    documents: dict[str, Document]
    expected: dict[str, str]


class Kept:
    def __init__(self, golden: Golden) -> None:
        self._golden = golden

    async def get(self, need: Need) -> Answer:
        found = self._golden.documents.get(need.url)
        if found is None:
            return Unreachable(need.url, "fetch.offline", "Not in the golden file.")
        body = found.body.encode()
        return Fetched(need.url, body, found.media_type, 200, self._golden.clock, "golden")


def load(path: Path) -> Golden:
    return msgspec.json.decode(path.read_bytes(), type=Golden)


def test_every_form_that_we_issue_is_kept_with_every_algorithm() -> None:
    kept = {path.stem.partition("-")[2] for path in GOLDEN}
    issued = {
        f"{profile.name.replace('+', '-')}-{algorithm.lower()}"
        for profile in PROFILES
        for algorithm in profile.algorithms
    }
    assert issued <= kept


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
async def test_it_still_verifies(path: Path) -> None:
    golden = load(path)
    report = await averify(golden.credential, fetch=Kept(golden), clock=lambda: golden.clock)
    told = {name: getattr(report, name) for name in golden.expected}
    assert told == golden.expected, report


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
async def test_years_later_it_is_genuine_and_expired(path: Path) -> None:
    golden = load(path)
    later = golden.clock + timedelta(days=3_650)
    report = await averify(golden.credential, fetch=Kept(golden), clock=lambda: later)
    assert (report.authenticity, report.currency) == ("genuine", "expired")
