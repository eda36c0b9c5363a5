import base64
import copy
import hashlib
import json
import os
import pickle
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keys.algorithms import BY_NAME
from keys.base64url import encode
from keys.public import PublicKey
from keys.signer import Signer
from keys.stores.file import Costs, FileStore, StoreRefused

CHEAP = Costs(memory_kib=8, iterations=1, lanes=1)
PASSPHRASE = "correct horse"
UNKNOWN_KID = "A" * 43


def code(call: Callable[[], object]) -> str:
    with pytest.raises(StoreRefused) as refused:
        call()
    assert str(refused.value) == f"{refused.value.code}: {refused.value.detail}"
    assert PASSPHRASE not in "".join(traceback.format_exception(refused.value))
    return refused.value.code


def reopened(folder: Path, passphrase: str = PASSPHRASE) -> FileStore:
    return FileStore.open(folder, passphrase)


async def test_a_key_survives_reopening(folder: Path, store: FileStore) -> None:
    public = store.create()
    assert store.signer(public.kid) is store.signer(public.kid)
    again = reopened(folder)
    assert again.kids() == store.kids() == (public.kid,)
    signer: Signer = again.signer(public.kid)
    signature = await signer.sign(b"message")
    assert public.verify(b"message", signature)
    assert again.signer(public.kid).public == public
    assert not public.verify(b"massage", signature)


def test_several_keys_in_a_stable_order(store: FileStore) -> None:
    made = [store.create().kid for _ in range(3)]
    assert store.kids() == tuple(sorted(made))
    assert len(set(made)) == 3


def test_only_algorithms_of_the_table(store: FileStore) -> None:
    assert code(lambda: store.create("none")) == "keys.algorithm"


def test_the_default_costs_are_the_documented_ones(folder: Path) -> None:
    FileStore.open(folder, PASSPHRASE)
    written = json.loads((folder / "store.json").read_bytes())
    assert written["argon2id"] == {"memoryKib": 65_536, "iterations": 3, "lanes": 4}


@pytest.mark.usefixtures("store")
def test_the_passphrase_is_needed_and_must_be_the_right_one(folder: Path) -> None:
    assert code(lambda: reopened(folder, "")) == "keys.passphrase_missing"
    assert code(lambda: reopened(folder, "correct horsf")) == "keys.wrong_passphrase"


def test_a_passphrase_that_is_not_unicode(folder: Path) -> None:
    passphrase = os.fsdecode(b"\xff\xfe")
    store = FileStore.open(folder, passphrase, CHEAP)
    assert reopened(folder, passphrase).mac("p", b"m") == store.mac("p", b"m")


def test_modes_as_created(folder: Path, store: FileStore) -> None:
    kid = store.create().kid
    modes = {path.name: path.stat().st_mode & 0o7777 for path in [folder, *folder.rglob("*")]}
    assert modes == {folder.name: 0o700, "keys": 0o700, "store.json": 0o600, f"{kid}.json": 0o600}


@pytest.mark.parametrize("mode", [0o010, 0o020, 0o040, 0o001, 0o002, 0o004])
@pytest.mark.parametrize("place", [".", "keys", "store.json"])
@pytest.mark.usefixtures("store")
def test_anything_open_to_others_is_refused_and_left_as_it_is(folder: Path, place: str, mode: int) -> None:
    path = folder / place
    opened = (path.stat().st_mode & 0o777) | mode
    path.chmod(opened)
    assert code(lambda: reopened(folder)) == "keys.open_mode"
    assert path.stat().st_mode & 0o777 == opened


def test_a_key_file_open_to_others_is_refused(folder: Path, store: FileStore) -> None:
    kid = store.create().kid
    (folder / "keys" / f"{kid}.json").chmod(0o640)
    assert code(lambda: reopened(folder).signer(kid)) == "keys.open_mode"


@pytest.mark.usefixtures("store")
def test_a_store_file_cut_short_anywhere(folder: Path) -> None:
    path = folder / "store.json"
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        assert code(lambda: reopened(folder)) == "keys.corrupt"
    path.write_bytes(whole)
    reopened(folder)


def test_a_key_file_cut_short_anywhere(folder: Path, store: FileStore) -> None:
    kid = store.create().kid
    path = folder / "keys" / f"{kid}.json"
    whole = path.read_bytes()
    fresh = reopened(folder)
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        assert code(lambda: fresh.signer(kid)) == "keys.corrupt"
    path.write_bytes(whole)
    assert fresh.signer(kid).public.kid == kid


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (b"\xff", "keys.corrupt"),
        ({"format": 2}, "keys.corrupt"),
        ({"more": 1}, "keys.corrupt"),
        ({"salt": "AAAA"}, "keys.corrupt"),
        ({"root": "AAAA"}, "keys.corrupt"),
        ({"root": base64.b64encode(b"\0" * 60).decode()}, "keys.wrong_passphrase"),
        ({"argon2id": {"memoryKib": 1 << 30, "iterations": 3, "lanes": 4}}, "keys.corrupt"),
        ({"argon2id": {"memoryKib": 8, "iterations": 3, "lanes": 4}}, "keys.corrupt"),
        (b" " * 20_000, "keys.corrupt"),
    ],
)
@pytest.mark.usefixtures("store")
def test_a_store_file_that_was_changed(folder: Path, change: Any, expected: str) -> None:
    path = folder / "store.json"
    content = (
        change
        if isinstance(change, bytes)
        else json.dumps({**json.loads(path.read_bytes()), **change}).encode()
    )
    path.write_bytes(content)
    assert code(lambda: reopened(folder)) == expected


def test_key_files_cannot_be_exchanged(folder: Path, store: FileStore) -> None:
    one, other = (folder / "keys" / f"{store.create().kid}.json" for _ in range(2))
    one.write_bytes(other.read_bytes())
    assert code(lambda: reopened(folder).signer(one.stem)) == "keys.corrupt"


def test_a_key_file_that_holds_no_key_of_the_table(folder: Path, store: FileStore) -> None:
    kid = store.create().kid
    path = folder / "keys" / f"{kid}.json"
    file = json.loads(path.read_bytes())
    for other in ("ES512", "ES384", "EdDSA"):  # unknown, another curve, another kind
        path.write_text(json.dumps({**file, "algorithm": other}))
        assert code(lambda: reopened(folder).signer(kid)) == "keys.corrupt"
    der = ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    sealed = bytes(12) + AESGCM(store._subkey("private keys")).encrypt(bytes(12), der, kid.encode())
    path.write_text(json.dumps({**file, "private": base64.b64encode(sealed).decode()}))
    assert code(lambda: reopened(folder).signer(kid)) == "keys.corrupt"


@pytest.mark.parametrize("alg", ["ES256", "EdDSA", "Ed25519", "ES384", "RS256"])
async def test_keys_of_every_row_are_kept(folder: Path, store: FileStore, alg: str) -> None:
    public = store.create(alg)
    assert public.algorithm == BY_NAME[alg].jose
    signer = reopened(folder).signer(public.kid)
    assert signer.public == public
    assert public.verify(b"message", await signer.sign(b"message"))


@pytest.mark.parametrize("kid", [UNKNOWN_KID, "", "../store", "a/b", "A" * 44, "A" * 42 + "\n", "\0"])
def test_an_unknown_key(store: FileStore, kid: str) -> None:
    assert code(lambda: store.signer(kid)) == "keys.unknown"


def test_keys_without_the_store_file_are_not_papered_over(folder: Path, store: FileStore) -> None:
    store.create()
    (folder / "store.json").unlink()
    assert code(lambda: reopened(folder)) == "keys.corrupt"
    assert not (folder / "store.json").exists()


def test_a_link_in_the_place_of_a_file_is_refused(folder: Path, store: FileStore, tmp_path: Path) -> None:
    kid = store.create().kid
    path = folder / "keys" / f"{kid}.json"
    path.rename(tmp_path / "elsewhere.json")
    path.symlink_to(tmp_path / "elsewhere.json")
    assert code(lambda: reopened(folder).signer(kid)) == "keys.unreadable"


def test_what_the_system_refuses_has_a_code(folder: Path, store: FileStore, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    assert code(lambda: FileStore.open(tmp_path / "file", PASSPHRASE, CHEAP)) == "keys.unreadable"
    (folder / "keys").rmdir()
    assert code(store.create) == "keys.unreadable"
    assert store.kids() == ()


def test_what_a_crash_left_behind_is_not_a_key(folder: Path, store: FileStore) -> None:
    (folder / "keys" / ".tmp-0011").write_bytes(b"half a ke")
    (folder / "keys" / "note.json").write_bytes(b"{}")
    kid = store.create().kid
    assert reopened(folder).kids() == (kid,)


def test_a_failing_disk_leaves_no_half_file(
    folder: Path, store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert code(store.create) == "keys.unreadable"
    assert list((folder / "keys").iterdir()) == []
    assert store.kids() == ()


def test_written_durably_before_it_is_named(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []

    def seen(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any) -> Any:
            steps.append(name)
            return real(*arguments)

        return step

    monkeypatch.setattr(os, "fsync", seen("fsync", os.fsync))
    monkeypatch.setattr(os, "link", seen("link", os.link))
    store.create()
    # The content, then the name, then the folder that holds the name.
    assert steps == ["fsync", "link", "fsync"]


RACE = """
import sys
from pathlib import Path
from keys.signer import Signer
from keys.stores.file import Costs, FileStore
print("ready", flush=True)
sys.stdin.readline()
store = FileStore.open(Path(sys.argv[1]), "correct horse", Costs(memory_kib=8, iterations=1, lanes=1))
print(store.create().kid, store.mac("race", b"").hex())
"""


def test_two_processes_create_one_store(folder: Path) -> None:
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACE, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    results = []
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    for racer in racers:
        out, _ = racer.communicate(timeout=30)
        results.append(out.split())
    assert [racer.returncode for racer in racers] == [0, 0]
    assert results[0][1] == results[1][1]  # one root key
    store = reopened(folder)
    assert store.kids() == tuple(sorted(kid for kid, _ in results))
    assert [store.signer(kid).public.kid for kid in store.kids()] == list(store.kids())
    assert sorted(path.name for path in folder.iterdir()) == ["keys", "store.json"]


def test_losing_the_race_for_the_store_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    winner = FileStore.open(folder, PASSPHRASE, CHEAP)
    content = (folder / "store.json").read_bytes()
    real = Path.exists
    # The other process creates the file between our look and our writing.
    monkeypatch.setattr(Path, "exists", lambda path: path.name != "store.json" and real(path))
    loser = FileStore.open(folder, PASSPHRASE, CHEAP)
    assert (folder / "store.json").read_bytes() == content
    assert loser.mac("p", b"m") == winner.mac("p", b"m")


def test_wrapped_keys(folder: Path, store: FileStore, tmp_path: Path) -> None:
    key = bytes(range(32))
    wrapped = store.wrap(key, b"demo/person")
    assert wrapped != store.wrap(key, b"demo/person")
    assert key not in wrapped
    assert reopened(folder).unwrap(wrapped, b"demo/person") == key
    stranger = FileStore.open(tmp_path / "other", PASSPHRASE, CHEAP)
    assert code(lambda: stranger.unwrap(wrapped, b"demo/person")) == "keys.unwrap"
    assert code(lambda: store.unwrap(wrapped, b"demo/other")) == "keys.unwrap"
    for cut in (b"", wrapped[:11], wrapped[:12], wrapped[:-1], wrapped + b"\0"):
        assert code(lambda cut=cut: store.unwrap(cut, b"demo/person")) == "keys.unwrap"  # type: ignore[misc] # bound per turn


def test_macs_differ_by_purpose_store_and_message(folder: Path, store: FileStore, tmp_path: Path) -> None:
    macs = {
        store.mac("email", b"a"),
        store.mac("email", b"b"),
        store.mac("status", b"a"),
        FileStore.open(tmp_path / "other", PASSPHRASE, CHEAP).mac("email", b"a"),
    }
    assert {len(mac) for mac in macs} == {32}
    assert len(macs) == 4
    assert reopened(folder).mac("email", b"a") in macs


def test_private_keys_are_neither_on_disk_nor_shown(folder: Path, store: FileStore) -> None:
    public = store.create()
    signer = store.signer(public.kid)
    private = signer._private
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    scalar = private.private_numbers().private_value.to_bytes(32)
    secrets = [scalar, scalar.hex().encode(), encode(scalar), base64.b64encode(scalar), store._root]
    shown = [repr(store), str(store), repr(signer), str(signer), repr(public), repr(signer.public.jwk)]
    stored = [path.read_bytes() for path in folder.rglob("*.json")]
    for secret in secrets:
        assert not any(secret in content for content in [*stored, *(text.encode() for text in shown)])
    assert repr(signer) == f"FileSigner(ES256, {public.kid})"
    assert repr(store) == f"FileStore('{folder}')"


def test_neither_store_nor_signer_is_copied_or_pickled(store: FileStore) -> None:
    for holder in (store, store.signer(store.create().kid)):
        for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="not copied"):
                attempt(holder)


def test_the_key_id_is_the_thumbprint(store: FileStore) -> None:
    public = store.create()
    jwk = public.jwk
    text = f'{{"crv":"P-256","kty":"EC","x":"{jwk.x}","y":"{jwk.y}"}}'
    assert public.kid == encode(hashlib.sha256(text.encode()).digest()).decode()
    assert PublicKey.from_jwk(jwk) == public
