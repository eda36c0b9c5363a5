from pathlib import Path

import pytest

from keys.algorithms import ALGORITHMS
from keys.public import PublicKey
from keys.stores.file import Costs, FileSigner, FileStore
from keys.stores.memory import ThrowAway

# The least that Argon2id takes: tests open many stores.
CHEAP = Costs(memory_kib=8, iterations=1, lanes=1)
PASSPHRASE = "correct horse"


@pytest.fixture(scope="session")
def signer(tmp_path_factory: pytest.TempPathFactory) -> FileSigner:
    store = FileStore.open(tmp_path_factory.mktemp("signer") / "keys", PASSPHRASE, CHEAP)
    return store.signer(store.create().kid)


@pytest.fixture(scope="session")
def public(signer: FileSigner) -> PublicKey:
    return signer.public


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def store(folder: Path) -> FileStore:
    return FileStore.open(folder, PASSPHRASE, CHEAP)


@pytest.fixture(scope="session")
def signers() -> dict[str, ThrowAway]:
    """A key of each row of the table."""
    return {row.jose: ThrowAway(row.jose) for row in ALGORITHMS}
