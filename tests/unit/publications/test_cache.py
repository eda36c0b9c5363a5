import asyncio
from datetime import datetime
from pathlib import Path

import pytest

from issuer.db.pool import Pool, connect, transaction
from issuer.publications.cache import POLL_SECONDS, Publications, Published
from issuer.publications.store import publish
from schemas.problems import ProblemError
from verifier.fetch import Fetched, Need, Offline, Unreachable

NOW = datetime.fromisoformat("2026-11-23T09:00:00+00:00")
DID = "/o/demo/did.json"
pytestmark = pytest.mark.usefixtures("organization")
NOWHERE = "postgresql://assay@/assay?host=%2Fnowhere"


@pytest.fixture
async def organization(pool: Pool) -> None:
    await pool.execute("INSERT INTO organization (id, name, created_at) VALUES ('demo', 'Demo', $1)", NOW)


async def _publish(pool: Pool, path: str, body: bytes, *, gone: bool = False) -> None:
    async with transaction(pool) as db:
        await publish(db, "demo", path, "application/json", body, at=NOW, gone=gone)


def _body(publications: Publications, path: str = DID) -> bytes | None:
    held = publications.get(path)
    return held.body if held else None


async def test_a_change_is_taken_over_with_the_next_refresh(pool: Pool, tmp_path: Path) -> None:
    publications = Publications(pool, tmp_path / "published")
    await publications.refresh()
    assert publications.get(DID) is None
    await _publish(pool, DID, b"1")
    await publications.refresh()
    assert _body(publications) == b"1"
    await _publish(pool, DID, b"2")
    await _publish(pool, "/o/demo/keys/x", b"", gone=True)
    await publications.refresh()
    assert _body(publications) == b"2"
    key = publications.get("/o/demo/keys/x")
    assert key is not None
    assert key.gone
    assert publications.database is True


async def test_a_rolled_back_publication_is_never_seen(pool: Pool, tmp_path: Path) -> None:
    publications = Publications(pool, tmp_path / "published")

    async def fail() -> None:
        async with transaction(pool) as db:
            await publish(db, "demo", DID, "application/json", b"1", at=NOW)
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    await publications.refresh()
    assert publications.get(DID) is None


async def test_another_worker_sees_a_change_within_a_second(
    pool: Pool, tmp_path: Path, database_url: str
) -> None:
    other_pool = await connect(database_url, size=2)
    other = Publications(other_pool, tmp_path / "published")
    following = asyncio.create_task(other.follow())
    await _publish(pool, DID, b"new")

    async def seen() -> None:
        while _body(other) != b"new":  # noqa: ASYNC110 - no event says so: that polling suffices is the claim
            await asyncio.sleep(0.01)

    await asyncio.wait_for(seen(), 1)
    following.cancel()
    await other_pool.close()
    assert POLL_SECONDS < 1


async def test_without_a_database_a_worker_starts_from_the_files(pool: Pool, tmp_path: Path) -> None:
    folder = tmp_path / "published"
    first = Publications(pool, folder)
    await _publish(pool, DID, b"kept")
    await first.refresh()
    first.close()
    nowhere = await connect(NOWHERE)
    second = Publications(nowhere, folder)
    second.load()
    assert _body(second) == b"kept"
    with pytest.raises(ProblemError) as problem:
        await second.refresh()
    assert problem.value.code == "database.unavailable"
    assert second.database is False
    assert _body(second) == b"kept"


async def test_files_of_another_database_are_replaced(pool: Pool, tmp_path: Path) -> None:
    folder = tmp_path / "published"
    await _publish(pool, DID, b"old")
    await _publish(pool, "/o/demo/jwks.json", b"old")
    first = Publications(pool, folder)
    await first.refresh()
    first.close()
    await pool.execute("TRUNCATE publication; UPDATE publication_version SET version = 0")
    await _publish(pool, DID, b"new")
    second = Publications(pool, folder)
    second.load()
    assert _body(second) == b"old"
    await second.refresh()
    assert (_body(second), second.get("/o/demo/jwks.json")) == (b"new", None)
    second.close()
    third = Publications(pool, folder)
    third.load()
    assert (_body(third), third.get("/o/demo/jwks.json")) == (b"new", None)


async def test_one_process_writes_the_files_and_another_takes_over(pool: Pool, tmp_path: Path) -> None:
    folder = tmp_path / "published"
    first, second = Publications(pool, folder), Publications(pool, folder)
    await first.refresh()
    await _publish(pool, DID, b"1")
    await second.refresh()
    reader = Publications(pool, folder)
    reader.load()
    assert reader.get(DID) is None  # the second must not write: an older state could win
    first.close()
    await second.refresh()
    reader.load()
    assert _body(reader) == b"1"


async def test_a_damaged_file_counts_as_absent(pool: Pool, tmp_path: Path) -> None:
    folder = tmp_path / "published"
    await _publish(pool, DID, b"whole")
    first = Publications(pool, folder)
    await first.refresh()
    first.close()
    file = folder / "%2Fo%2Fdemo%2Fdid.json.publication"
    for damaged in (file.read_bytes()[:-1], b"", b"{}\n", b"not json\nwhole"):
        file.write_bytes(damaged)
        again = Publications(pool, folder)
        again.load()
        assert again.get(DID) is None
        await again.refresh()
        assert _body(again) == b"whole"
        again.close()


async def test_a_document_is_decoded_once_per_change(pool: Pool, tmp_path: Path) -> None:
    publications = Publications(pool, tmp_path / "published")
    await _publish(pool, DID, b'{"a":1}')
    await publications.refresh()
    first = publications.document(DID)
    assert first == {"a": 1}
    assert publications.document(DID) is first
    await _publish(pool, DID, b'{"a":2}')
    await publications.refresh()
    assert publications.document(DID) == {"a": 2}
    assert publications.document("/o/demo/none") is None


async def test_our_own_documents_are_fetched_from_memory(pool: Pool, tmp_path: Path) -> None:
    publications = Publications(pool, tmp_path / "published")
    await _publish(pool, DID, b"{}")
    await _publish(pool, "/o/demo/keys/x", b"", gone=True)
    await _publish(pool, "/private/o/demo/secret", b"{}")
    await publications.refresh()
    fetch = Published(publications, "http://localhost:8000", Offline(), lambda: NOW)
    answers = [
        await fetch.get(Need("issuer_key", url))
        for url in (
            "https://localhost:8000/o/demo/did.json",
            "http://localhost:8000/o/demo/keys/x",
            "https://localhost:8000/o/demo/none",
            "https://localhost:8000/private/o/demo/secret",
            "https://localhost/o/demo/did.json",
            "https://[broken",
        )
    ]
    assert [a.status if isinstance(a, Fetched) else a.code for a in answers] == [
        200,
        410,
        "fetch.status",
        "fetch.status",
        "fetch.offline",
        "fetch.offline",
    ]
    assert isinstance(answers[2], Unreachable)
    # did:web says https; what was read has the service's own scheme.
    assert answers[0].url == "http://localhost:8000/o/demo/did.json"


async def _until(publications: Publications, body: bytes) -> None:
    async with asyncio.timeout(10):
        while _body(publications) != body:  # noqa: ASYNC110 - what changes is in the database
            await asyncio.sleep(POLL_SECONDS / 10)


async def test_a_disk_that_hangs_keeps_no_change_from_being_known(pool: Pool, tmp_path: Path) -> None:
    publications = Publications(pool, tmp_path / "published")
    async with publications._filing:  # as long as a file is being written
        following = asyncio.create_task(publications.follow())
        for body in (b"1", b"2"):
            await _publish(pool, DID, body)
            await _until(publications, body)
    following.cancel()
    await asyncio.wait({following})
    publications.close()
    files = Publications(pool, tmp_path / "published")
    files.load()
    assert _body(files) == b"2"


async def test_an_error_that_nobody_expected_does_not_end_the_following(
    pool: Pool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    publications = Publications(pool, tmp_path / "published")
    following = asyncio.create_task(publications.follow())
    await _publish(pool, DID, b"1")
    await _until(publications, b"1")
    await pool.execute("ALTER TABLE publication_version RENAME TO elsewhere")
    async with asyncio.timeout(10):
        while "publications.poll" not in caplog.text:  # noqa: ASYNC110 - what changes is the log
            await asyncio.sleep(POLL_SECONDS / 10)
    await pool.execute("ALTER TABLE elsewhere RENAME TO publication_version")
    await _publish(pool, DID, b"2")
    await _until(publications, b"2")
    following.cancel()
    await asyncio.wait({following})
    publications.close()
