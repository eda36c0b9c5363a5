"""The keys that an issuer publishes: read from its own document, once for each document and each key."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from keys.did import DidRefused, parse, resolve
from keys.methods import public_key
from keys.public import KeyRefused, PublicKey
from schemas.did import DidDocument, VerificationMethod, assertion_methods, authentication_methods
from schemas.jwk import Jwk, thumbprint
from schemas.strict_json import StrictJsonError, loads
from schemas.times import TimeRefused, date_time_stamp
from verifier.fetch import Fetched

THUMBPRINT_LENGTH = 43
# Documents up to this length are remembered, this many of them.
_REMEMBERED_BYTES = 16_384
_REMEMBERED = 128


# What a key is for: an issuer asserts, a holder authenticates (Controlled Identifiers 1.0, section 2.3).
Purpose = Literal["assertionMethod", "authentication"]
_RELATED: dict[Purpose, Callable[[DidDocument], tuple[VerificationMethod, ...]]] = {
    "assertionMethod": assertion_methods,
    "authentication": authentication_methods,
}
_KEY_MEMBERS = ("verificationMethod", "publicKey", *_RELATED)


class DocumentRefused(Exception):  # noqa: N818 — the house's name: what a refusal is, not that it is an error
    """A document that does not count as the issuer's, and why; the message is a sentence."""


class Listed:
    """One key that an issuer lists: a verification method of its document, or a JWK of its set."""

    __slots__ = ("_ends", "_found", "_public", "_thumbprint", "ids")

    def __init__(self, found: VerificationMethod | Mapping[str, Any], ids: tuple[str, ...]) -> None:
        """`ids` are the names under which a proof may name it, besides its thumbprint."""
        self.ids = ids
        self._found = found
        self._ends: tuple[datetime, ...] | None = None
        self._public: PublicKey | KeyRefused | None = None
        self._thumbprint: str | None = None

    @property
    def thumbprint(self) -> str:
        """The RFC 7638 thumbprint, or nothing where this is not a public key."""
        if self._thumbprint is None:
            jwk = self._found.public_key_jwk if isinstance(self._found, VerificationMethod) else self._found
            public = self._judged() if jwk is None else None
            self._thumbprint = public.kid if isinstance(public, PublicKey) else thumbprint_of(jwk)
        return self._thumbprint

    def public(self, now: datetime) -> PublicKey:
        """The key, if it may verify at this moment; raises KeyRefused (`key.ended` once it may no longer)."""
        public = self._judged()
        if isinstance(public, KeyRefused):
            raise public
        if any(now >= end for end in self._ends or ()):
            raise KeyRefused("key.ended", "The issuer says that this key has expired or was revoked.")
        return public

    def _judged(self) -> PublicKey | KeyRefused:
        if self._public is None:
            try:
                self._public = self._read()
            except KeyRefused as refused:
                self._public = refused
        return self._public

    def _read(self) -> PublicKey:
        if not isinstance(self._found, VerificationMethod):
            return PublicKey.from_jwk(self._found)
        stamps = (self._found.expires, self._found.revoked)
        try:
            self._ends = tuple(date_time_stamp(stamp) for stamp in stamps if stamp is not None)
        except TimeRefused:
            raise KeyRefused("key.malformed", "The key's end is not a date and time.") from None
        return public_key(self._found)


class KeySet(Struct, frozen=True):
    """The keys of one document.

    `named` are addresses of keys that it names and does not hold. `keyless`: it speaks of no keys at all, as
    an Open Badges Profile may.
    """

    listed: tuple[Listed, ...]
    named: frozenset[str] = frozenset()
    keyless: bool = False


class Published(Struct, frozen=True):
    """The keys that an issuer lists, and where the list stands.

    `host` is the authority of that place, and `document` what was read there; both are empty for an
    identifier that is its own document (did:key, did:jwk).
    """

    issuer: str
    host: str
    document: Fetched | None
    keys: KeySet

    @property
    def source(self) -> Fetched | str:
        """What a finding about these keys relies on."""
        return self.document or self.issuer

    def select(self, kid: str | None) -> Listed | None:
        """The key of this id or thumbprint; a URL on the issuer's host may end in the thumbprint."""
        if not kid:
            return None
        for listed in self.keys.listed:
            if kid in listed.ids:
                return listed
        last = kid.rpartition("/")[2] if self.hosts(kid) else kid
        if len(last) == THUMBPRINT_LENGTH:
            for listed in self.keys.listed:
                if listed.thumbprint == last:
                    return listed
        return None

    def hosts(self, url: str) -> bool:
        """Whether this is a plain http or https address on the issuer's own host."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return False
        plain = not (parts.query or parts.fragment) and parts.scheme in ("https", "http")
        return plain and bool(self.host) and parts.netloc.lower() == self.host


def read_keys(issuer: str, body: bytes, purpose: Purpose = "assertionMethod") -> KeySet:
    """The keys for `purpose` in the document that was found for `issuer`, a DID or an https address.

    A document that was read before is not read again. Raises DocumentRefused.
    """
    return (_remembered if len(body) <= _REMEMBERED_BYTES else _read)(issuer, body, purpose)


@lru_cache(_REMEMBERED)
def own_keys(did: str, purpose: Purpose = "assertionMethod") -> KeySet:
    """The keys of a DID that is its own document, likewise; raises DidRefused."""
    return _of_did(resolve(did), purpose)


def key_document(body: bytes, url: str, issuer: str) -> Listed:
    """The one key in a document at a key's own address: a JWK, or the verification method of that id.

    Raises DocumentRefused for anything else, and for a method that another issuer controls.
    """
    document = _object(body)
    if "kty" in document:
        return Listed(document, (url,))
    method = _method(document)
    if method is None or (method.id, method.controller) != (url, issuer):
        raise DocumentRefused("What was found at the key's address is not a key of this issuer.")
    return Listed(method, (url,))


def thumbprint_of(jwk: Any) -> str:
    """The RFC 7638 thumbprint, or nothing where this is not a public key."""
    try:
        return thumbprint(msgspec.convert(jwk, Jwk))
    except ValueError:  # msgspec's among them
        return ""


def _read(issuer: str, body: bytes, purpose: Purpose) -> KeySet:
    if issuer.startswith("did:"):
        try:
            return _of_did(parse(body, issuer), purpose)
        except DidRefused as refused:
            raise DocumentRefused(refused.detail) from None
    return _of_address(_object(body), issuer, purpose)


_remembered = lru_cache(_REMEMBERED)(_read)


def _of_did(document: DidDocument, purpose: Purpose) -> KeySet:
    return KeySet(tuple(Listed(method, (method.id,)) for method in _RELATED[purpose](document)))


def _of_address(document: dict[str, Any], issuer: str, purpose: Purpose) -> KeySet:
    """A JWK set, a JWK, or a document of the issuer's that may name keys."""
    if "kty" in document:
        return KeySet((_of_set(document, issuer),))
    if "keys" in document:
        return KeySet(tuple(_of_set(jwk, issuer) for jwk in _each(document, "keys") if isinstance(jwk, dict)))
    if document.get("id") != issuer:
        raise DocumentRefused("What was found at the issuer's address names another id.")
    return _of_controller(document, issuer, purpose)


def _of_set(jwk: dict[str, Any], issuer: str) -> Listed:
    kid = jwk.get("kid")
    return Listed(jwk, (kid, f"{issuer}#{kid}") if isinstance(kid, str) and kid else ())


def _of_controller(document: dict[str, Any], issuer: str, purpose: Purpose) -> KeySet:
    """A controller document (Controlled Identifiers 1.0), or a Profile; `publicKey` is its older member."""
    found = [*_each(document, "verificationMethod")]
    related = [*_each(document, purpose), *_each(document, "publicKey")]
    references = tuple(reference for entry in related if (reference := _reference(entry)) is not None)
    methods = _RELATED[purpose](
        DidDocument(
            id=issuer,
            verification_method=tuple(filter(None, map(_method, found))),
            assertion_method=references,
            authentication=references,
        )
    )
    held = {method.id for method in methods}
    named = {entry for entry in related if isinstance(entry, str)} - held
    return KeySet(
        listed=tuple(Listed(method, (method.id,)) for method in methods),
        named=frozenset(named),
        keyless=not any(member in document for member in _KEY_MEMBERS),
    )


def _reference(entry: Any) -> str | VerificationMethod | None:
    return entry if isinstance(entry, str) else _method(entry)


def _method(entry: Any) -> VerificationMethod | None:
    """A verification method, or nothing where this is none.

    Open Badges 2.0 calls the controller `owner`, and may give a type alone in a list.
    """
    if isinstance(entry, dict) and "controller" not in entry and "owner" in entry:
        kind = entry.get("type")
        kind = kind[0] if isinstance(kind, list) and len(kind) == 1 else kind
        entry = {**entry, "controller": entry["owner"], "type": kind}
    try:
        return msgspec.convert(entry, VerificationMethod)
    except msgspec.ValidationError:
        return None


def _each(document: Mapping[str, Any], member: str) -> Iterator[Any]:
    """The values of a member that may stand alone or in a list."""
    value = document.get(member, [])
    values: Iterable[Any] = value if isinstance(value, list) else [value]
    yield from values


def _object(body: bytes) -> dict[str, Any]:
    try:
        document = loads(body)
    except StrictJsonError as refused:
        raise DocumentRefused(f"What was found is not acceptable JSON. {refused.detail}") from None
    if not isinstance(document, dict):
        raise DocumentRefused("What was found is not a JSON object.")
    return document
