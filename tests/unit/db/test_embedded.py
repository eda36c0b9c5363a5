"""The decisions around the embedded PostgreSQL that need no server; tests/faults has the rest."""

import os
import pwd
import stat
from pathlib import Path

import pytest

from issuer.db.embedded import account, cluster
from issuer.db.embedded.account import Account, choose, reaches
from issuer.db.embedded.binaries import locate, usable
from issuer.db.embedded.place import Place, find
from issuer.settings import StartRefused

STRANGER = Account("stranger", 54321, 54321, other=True)


def _place(folder: Path) -> Place:
    (folder / "data").mkdir(exist_ok=True)
    return Place(str(folder), "/nowhere", str(folder / "socket"), STRANGER, "somebody")


def test_an_account_passes_where_the_modes_let_it(open_folder: Path) -> None:
    folder = open_folder / "reach"
    folder.mkdir()
    for mode, expected in ((0o711, True), (0o710, False), (0o700, False), (0o701, True)):
        folder.chmod(mode)
        assert reaches(STRANGER, folder) is expected
        assert reaches(STRANGER, folder / "below") is expected
    own = Account("me", os.geteuid(), os.getegid(), other=False)
    folder.chmod(0o700)
    assert reaches(own, folder)
    folder.chmod(0o070)
    assert not reaches(own, folder)  # the owner's bits count for the owner, whatever the others say
    group = Account("group", 54321, folder.stat().st_gid, other=True)
    folder.chmod(0o010)
    assert reaches(group, folder)
    folder.chmod(0o700)


def test_everything_below_must_be_readable(open_folder: Path) -> None:
    folder = open_folder / "files"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "file").touch()
    for each in (folder, folder / "sub"):
        each.chmod(0o755)
    (folder / "sub" / "file").chmod(0o644)
    assert reaches(STRANGER, folder, files=True)
    (folder / "sub" / "file").chmod(0o600)
    assert not reaches(STRANGER, folder, files=True)
    assert reaches(STRANGER, folder)


def test_ordinary_accounts_use_themselves(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    monkeypatch.setattr(os, "geteuid", lambda: nobody.pw_uid)
    assert choose() == Account("nobody", nobody.pw_uid, nobody.pw_gid, other=False)
    if tmp_path.stat().st_uid != nobody.pw_uid:
        with pytest.raises(StartRefused) as refused:
            choose(tmp_path)
        assert refused.value.code == "database.folder_owner"


def test_an_account_needs_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    with pytest.raises(StartRefused, match="54321") as refused:
        choose()
    assert refused.value.code == "database.account"


def test_root_needs_somebody_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(account, "UNPRIVILEGED", ("not-an-account", "root", "nobody"))
    assert choose(tmp_path / "not yet").name == "nobody"
    monkeypatch.setattr(account, "UNPRIVILEGED", ("not-an-account",))
    with pytest.raises(StartRefused) as refused:
        choose()
    assert refused.value.code == "database.account"


def test_a_package_that_is_not_installed_is_a_clear_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("issuer.db.embedded.binaries.PACKAGE", "surely_not_installed")
    with pytest.raises(StartRefused) as refused:
        locate()
    assert refused.value.code == "database.not_installed"


def test_binaries_that_can_be_reached_are_used_where_they_are(tmp_path: Path) -> None:
    ourselves = Account("us", os.geteuid(), os.getegid(), other=False)
    assert usable(locate(), ourselves, tmp_path) == locate()


@pytest.mark.parametrize(
    "content",
    ["", "nonsense\n", "0\n", "999999999\n/data\n", f"{os.getpid()}\n/data\n"],
    ids=["empty", "nonsense", "zero", "nobody", "ourselves"],
)
def test_a_pid_file_that_names_no_server_of_ours_is_no_orphan(tmp_path: Path, content: str) -> None:
    place = _place(tmp_path)
    (place.data / "postmaster.pid").write_text(content)
    assert cluster.orphan(place) is None
    assert not cluster.ready(place, os.getpid())


def test_a_stale_pid_file_keeps_what_guards_the_shared_memory(tmp_path: Path) -> None:
    place = _place(tmp_path)
    lines = ["123", "/data", "1700000000", "5432", "/socket", "", "  1234567 42", "ready   "]
    (place.data / "postmaster.pid").write_text("\n".join(lines) + "\n")
    assert cluster.ready(place, 123)
    assert not cluster.ready(place, 124)
    cluster.disown(place)
    assert (place.data / "postmaster.pid").read_text().splitlines() == [str(os.getpid()), *lines[1:]]
    (place.data / "postmaster.pid").write_text("")
    cluster.disown(place)
    assert not (place.data / "postmaster.pid").exists()
    cluster.disown(place)


def test_access_is_by_the_kernels_word_only(tmp_path: Path) -> None:
    place = _place(tmp_path)
    cluster.let_in(place)
    assert (tmp_path / "pg_hba.conf").read_text() == "local all assay peer map=assay\n"
    assert (tmp_path / "pg_ident.conf").read_text() == 'assay "somebody" assay\nassay "root" assay\n'
    assert stat.S_IMODE((tmp_path / "pg_hba.conf").stat().st_mode) == 0o644


def test_durability_is_left_alone(tmp_path: Path) -> None:
    command = " ".join(cluster.server(_place(tmp_path)))
    assert "listen_addresses=" in command
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        assert setting not in command
    assert "no-sync" not in " ".join(cluster.initdb(_place(tmp_path), tmp_path))


def test_the_place_is_found_again(open_folder: Path) -> None:
    data = open_folder / "again"
    data.mkdir(mode=0o711)
    data.chmod(0o711)
    first = find(data)
    assert find(data) == first
    assert first.dsn.startswith("postgresql://assay@/assay?host=")
    if first.account.other:
        data.chmod(0o700)  # somebody closes it later: we say so, and open nothing
        with pytest.raises(StartRefused, match="no longer") as refused:
            find(data)
        assert refused.value.code == "database.folder"
        assert stat.S_IMODE(data.stat().st_mode) == 0o700
