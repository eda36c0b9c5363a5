"""Keys in a folder, encrypted at rest under a passphrase; the default store.

    store.json        Argon2id's salt and costs, and the store's random root key, sealed under the passphrase
    keys/<kid>.json   one private key each (PKCS #8), sealed under a subkey

Every other key is derived from the root key by HKDF, one subkey per purpose, and never written. *Sealed* is
AES-256-GCM, a random nonce in front, the place as associated data: files cannot be exchanged unnoticed.
Several processes may open and write one folder; its files appear whole and never change.
"""

import hmac
import re
import secrets
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from msgspec import Meta, Struct

from keys import private_files
from keys.algorithms import BY_NAME, Algorithm
from keys.private_files import StoreRefused
from keys.public import PublicKey

__all__ = ["Costs", "FileSigner", "FileStore", "StoreRefused"]

_NONCE = 12
_KEY = 32
_SEALED_KEY = _NONCE + _KEY + 16
_KID = re.compile(r"[A-Za-z0-9_-]{43}")
_F = TypeVar("_F", bound=Struct)


class Costs(Struct, frozen=True, rename="camel"):
    """Argon2id's costs: RFC 9106's second recommended choice; bounded when they are read from a file."""

    memory_kib: Annotated[int, Meta(ge=8, le=1_048_576)] = 65_536
    iterations: Annotated[int, Meta(ge=1, le=64)] = 3
    lanes: Annotated[int, Meta(ge=1, le=64)] = 4


class _StoreFile(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """store.json."""

    format: Annotated[int, Meta(ge=1, le=1)]
    salt: Annotated[bytes, Meta(min_length=16, max_length=16)]
    argon2id: Costs
    root: Annotated[bytes, Meta(min_length=_SEALED_KEY, max_length=_SEALED_KEY)]


class _KeyFile(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """keys/<kid>.json."""

    format: Annotated[int, Meta(ge=1, le=1)]
    algorithm: str
    private: Annotated[bytes, Meta(min_length=_SEALED_KEY)]


class FileSigner:
    """Signs with one private key of the store; neither shows it nor gives it away."""

    __slots__ = ("_algorithm", "_private", "public")

    def __init__(self, algorithm: Algorithm[Any, Any], private: Any) -> None:
        """Made by `FileStore.signer`."""
        self._algorithm = algorithm
        self._private = private
        self.public = PublicKey(algorithm, private.public_key())

    async def sign(self, message: bytes) -> bytes:
        """The signature in JOSE's form; 30 µs of CPU (RSA: 1 ms), too little to leave the event loop for."""
        return self._algorithm.sign(self._private, message)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a private key is not copied")

    def __repr__(self) -> str:
        return f"FileSigner({self.public.algorithm}, {self.public.kid})"


class FileStore:
    """An open store: the root key is in memory, the passphrase is not."""

    __slots__ = ("_folder", "_root", "_sealing", "_signers", "_wrapping")

    def __init__(self, folder: Path, root: bytes) -> None:
        """Use `open`: it checks what this takes on trust."""
        self._folder = folder
        self._root = root
        self._sealing = AESGCM(self._subkey("private keys"))
        self._wrapping = AESGCM(self._subkey("wrap"))
        self._signers: dict[str, FileSigner] = {}

    @classmethod
    def open(cls, folder: Path, passphrase: str, costs: Costs | None = None) -> "FileStore":
        """Open the store in `folder`, creating it on first use (with `costs`); raises StoreRefused.

        Takes the time and memory of one Argon2id: about 0.1 s and 64 MiB.
        """
        if not passphrase:
            raise StoreRefused("keys.passphrase_missing", "The key store needs a passphrase.")
        path = folder / "store.json"
        try:
            _folders(folder)
            if not path.exists():
                private_files.create(path, _new_store(passphrase, costs or Costs()))
            store = _decode(path, _StoreFile)
        except OSError as error:
            raise _unreadable(folder, error) from None
        try:
            root = _open(_master(passphrase, store.salt, store.argon2id), store.root, b"root")
        except InvalidTag:
            detail = (
                f"The passphrase does not open the key store in {folder} (or its store.json was changed)."
            )
            raise StoreRefused("keys.wrong_passphrase", detail) from None
        except ValueError:  # costs that contradict each other
            raise _corrupt(path) from None
        return cls(folder, root)

    def create(self, alg: str = "ES256") -> PublicKey:
        """Make a key, write it durably, and return its public half; raises StoreRefused."""
        algorithm = BY_NAME.get(alg)
        if algorithm is None:
            raise StoreRefused("keys.algorithm", "The key store makes no keys for this algorithm.")
        private = algorithm.generate()
        signer = FileSigner(algorithm, private)
        der = private.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        kid = signer.public.kid
        file = _KeyFile(format=1, algorithm=algorithm.jose, private=_seal(self._sealing, der, kid.encode()))
        try:
            private_files.create(self._path(kid), msgspec.json.encode(file))
        except OSError as error:
            raise _unreadable(self._folder, error) from None
        self._signers[kid] = signer
        return signer.public

    def signer(self, kid: str) -> FileSigner:
        """The key's signer, kept after its first use; raises StoreRefused (keys.unknown, keys.corrupt)."""
        known = self._signers.get(kid)
        if known is None:
            known = self._signers[kid] = self._load(kid)
        return known

    def kids(self) -> tuple[str, ...]:
        """The ids (thumbprints) of all keys in the store, sorted."""
        return tuple(sorted(path.stem for path in _key_files(self._folder)))

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """Encrypt a data key for keeping elsewhere, bound to `context` (whose it is, and what for)."""
        return _seal(self._wrapping, key, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """The data key again; raises StoreRefused (keys.unwrap) for other bytes, another context or store."""
        try:
            return _open(self._wrapping, wrapped, context)
        except (InvalidTag, ValueError):
            raise StoreRefused(
                "keys.unwrap", "A wrapped key was not made by this store for this use."
            ) from None

    def mac(self, purpose: str, message: bytes) -> bytes:
        """HMAC-SHA-256 (32 bytes) of `message` under the subkey of `purpose`."""
        return hmac.digest(self._subkey(f"mac {purpose}"), message, "sha256")

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key store is not copied")

    def __repr__(self) -> str:
        return f"FileStore({str(self._folder)!r})"

    def _subkey(self, purpose: str) -> bytes:
        return HKDFExpand(hashes.SHA256(), _KEY, f"assay {purpose}".encode()).derive(self._root)

    def _path(self, kid: str) -> Path:
        if not _KID.fullmatch(kid):
            raise _unknown()
        return self._folder / "keys" / f"{kid}.json"

    def _load(self, kid: str) -> FileSigner:
        path = self._path(kid)
        try:
            file = _decode(path, _KeyFile)
            der = _open(self._sealing, file.private, kid.encode())
        except FileNotFoundError:
            raise _unknown() from None
        except OSError as error:
            raise _unreadable(path, error) from None
        except InvalidTag:
            raise _corrupt(path) from None
        private = serialization.load_der_private_key(der, None)
        algorithm = BY_NAME.get(file.algorithm)
        if algorithm is None or not isinstance(private, algorithm.private):
            raise _corrupt(path)
        signer = FileSigner(algorithm, private)
        if signer.public.kid != kid:  # another curve than the file says
            raise _corrupt(path)
        return signer


def _folders(folder: Path) -> None:
    """The store's folders, closed to others; keys without the store.json that opens them are refused."""
    private_files.private_folder(folder)
    private_files.private_folder(folder / "keys")
    # Keys are looked for first: a process that is creating the store writes them after store.json.
    if _key_files(folder) and not (folder / "store.json").exists():
        raise StoreRefused(
            "keys.corrupt", f"{folder} holds keys, but the store.json that opens them is gone."
        )


def _key_files(folder: Path) -> list[Path]:
    return [path for path in (folder / "keys").glob("*.json") if _KID.fullmatch(path.stem)]


def _new_store(passphrase: str, costs: Costs) -> bytes:
    salt = secrets.token_bytes(16)
    root = _seal(_master(passphrase, salt, costs), secrets.token_bytes(_KEY), b"root")
    return msgspec.json.encode(_StoreFile(format=1, salt=salt, argon2id=costs, root=root))


def _master(passphrase: str, salt: bytes, costs: Costs) -> AESGCM:
    derivation = Argon2id(
        salt=salt, length=_KEY, iterations=costs.iterations, lanes=costs.lanes, memory_cost=costs.memory_kib
    )
    # An environment variable that is not UTF-8 reaches us with its bytes escaped as surrogates.
    return AESGCM(derivation.derive(passphrase.encode("utf-8", "surrogateescape")))


def _seal(cipher: AESGCM, plaintext: bytes, place: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + cipher.encrypt(nonce, plaintext, place)


def _open(cipher: AESGCM, sealed: bytes, place: bytes) -> bytes:
    return cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], place)


def _decode(path: Path, kind: type[_F]) -> _F:
    try:
        return msgspec.json.decode(private_files.read(path), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _corrupt(path) from None


def _corrupt(path: Path) -> StoreRefused:
    return StoreRefused("keys.corrupt", f"{path} is damaged: it is not what the key store wrote.")


def _unknown() -> StoreRefused:
    return StoreRefused("keys.unknown", "The key store holds no key of this id.")


def _unreadable(path: Path, error: OSError) -> StoreRefused:
    return StoreRefused("keys.unreadable", f"The key store in {path} cannot be used: {error.strerror}.")
