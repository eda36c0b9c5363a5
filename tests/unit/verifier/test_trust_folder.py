import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.unit.verifier.world import NOW
from verifier import Snapshot, TrustRefused, TrustStore
from verifier.fetch import LIMITS, Fetched, Need, Unreachable
from verifier.trust import INDEX, Standing, StatusCause, write_trust_folder
from verifier.trust.own import Own
from verifier.trust.pinned import Pinned

URL = "http://localhost:8000/o/demo/did.json"
DID = "did:web:localhost%3A8000:o:demo"


def said(trust: TrustStore, issuer_id: str = DID) -> tuple[Standing, ...]:
    """What sources say that need not be fetched."""
    asking = trust.standing(issuer_id, NOW)
    with pytest.raises(StopIteration) as done:
        next(asking)
    found: tuple[Standing, ...] = done.value.value
    return found


def fetched(body: bytes = b"{}", status: int = 200) -> Fetched:
    return Fetched(URL, body, "application/did+json", status, NOW - timedelta(hours=1), "the service")


async def test_what_is_written_is_found_again(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "trust"
    write_trust_folder(folder, [fetched()], {DID: "Register"}, at=NOW)
    snapshot = Snapshot(folder)
    for url in (URL, URL.replace("http:", "https:")):
        answer = await snapshot.get(Need("issuer_key", url))
        assert answer == Fetched(
            URL, b"{}", "application/did+json", 200, NOW - timedelta(hours=1), "trust folder trust"
        )
    assert said(snapshot.trust) == (Standing("Register", "vouched", "Register lists this issuer.", NOW),)
    assert not list(folder.glob("*.partial"))
    write_trust_folder(folder, [fetched(b"", 410)], {}, at=NOW)
    gone = await Snapshot(folder).get(Need("issuer_key", URL))
    assert isinstance(gone, Fetched)
    assert gone.status == 410


def empty(folder: Path) -> None:
    """Leave nothing but the index."""
    for file in folder.iterdir():
        if file.name != INDEX:
            file.unlink()


async def test_what_a_folder_does_not_hold(tmp_path: Path) -> None:
    write_trust_folder(tmp_path, [fetched(b"x" * (LIMITS["issuer_key"] + 1))], {}, at=NOW)
    snapshot = Snapshot(tmp_path)
    for url, code in (
        (URL, "fetch.too_large"),
        ("https://other.example/", "fetch.offline"),
        ("http://x/", "fetch.offline"),
    ):
        answer = await snapshot.get(Need("issuer_key", url))
        assert isinstance(answer, Unreachable)
        assert answer.code == code
    empty(tmp_path)
    answer = await snapshot.get(Need("issuer_key", URL))
    assert isinstance(answer, Unreachable)
    assert answer.code == "fetch.failed"


def entry(**changes: Any) -> str:
    row = {"file": "a", "mediaType": "application/json", "fetchedAt": "2026-11-23T12:00:00Z", **changes}
    return json.dumps({"documents": {URL: row}})


@pytest.mark.parametrize(
    "index",
    [
        "[]",
        "{",
        '{"pinned": {}, "pinned": {}}',
        entry(file="../secret"),
        entry(file="/etc/passwd"),
        entry(file=".."),
        entry(file=""),
        entry(fetchedAt="2026-11-23T12:00:00"),
        entry(fetchedAt="yesterday"),
        '{"exportedAt": "2026-11-23T12:00:00"}',
    ],
)
def test_an_index_that_is_not_understood(tmp_path: Path, index: str) -> None:
    (tmp_path / INDEX).write_text(index)
    with pytest.raises(TrustRefused) as refused:
        Snapshot(tmp_path)
    assert refused.value.code == "trust.malformed"


def test_a_folder_without_an_index(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(TrustRefused) as refused:
            Snapshot(folder)
        assert refused.value.code == "trust.unreadable"


def test_every_source_is_asked_in_the_same_way() -> None:
    for source, says in ((Own(lambda issuer: issuer == DID), "own"), (Pinned({DID: "Register"}), "vouched")):
        for issuer, expected in ((DID, says), ("did:web:other.example", None)):
            with pytest.raises(StopIteration) as done:
                next(source.ask(issuer, NOW))
            assert getattr(done.value.value, "says", None) == expected


def test_standing_and_causes() -> None:
    assert said(TrustStore()) == ()
    assert TrustStore().status_cause(URL, 7) is None
    own = TrustStore(pinned={DID: "Register"}, own=lambda issuer: issuer == DID)
    assert [standing.says for standing in said(own)] == ["own"]
    assert said(own, "did:web:other.example") == ()
    known = TrustStore(cause=lambda _url, index: StatusCause("suspended", NOW) if index == 7 else None)
    assert known.status_cause(URL, 7) == StatusCause("suspended", NOW)
    assert known.status_cause(URL, 8) is None
