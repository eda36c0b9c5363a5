"""Compact JWS (RFC 7515) around a credential: OB 3.0's JWT form and VC-JOSE-COSE. No I/O and no private key.

Strict both ways: one text per token (canonical base64url, no padding, no white space), no duplicate member in
header or payload, an algorithm of our table, nothing critical that we would not understand. Keys in the
header (`jwk`, `jku`, `x5c`, `x5u`) are never used here; who trusts what is the caller's question.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec import Struct

from keys.algorithms import BY_NAME
from keys.base64url import ALPHABET, Base64UrlError, decode, encode
from keys.did.refused import MAX_DID
from keys.public import PublicKey
from schemas.strict_json import StrictJsonError, loads

MAX_TOKEN_BYTES = 1_048_576
MAX_HEADER_BYTES = 8_192
# The longest did:jwk of a key that we accept, and its fragment.
MAX_KID = MAX_DID + 2
TYPES = ("JWT", "vc+jwt", "vp+jwt")
# Types that others sign credentials under, drafts among them: honest, but not for us.
TYPES_ELSEWHERE = frozenset(
    ("vc+ld+jwt", "vc+ld+json+jwt", "vp+ld+jwt", "vp+ld+json+jwt", "vc+sd-jwt", "vp+sd-jwt", "dc+sd-jwt")
)
# Digital signatures that others use (RFC 7518, 8037, 8812, 9864) and our table lacks: likewise.
ELSEWHERE = frozenset(
    ("RS384", "RS512", "PS256", "PS384", "PS512", "ES512", "ES256K", "Ed448", "ESP256", "ESP384", "ESP512")
)

_SEGMENTS = 3
_COMPACT = ALPHABET + b"."
# Headers up to this length, as they stand in tokens, are remembered: an issuer's tokens share theirs.
_REMEMBERED_BYTES, _REMEMBERED = 1_024, 512


class JoseRefused(ValueError):  # noqa: N818 — the house's name: what a refusal is, not that it is an error
    """A token that was refused; `code` is stable.

    proof.malformed (not a compact JWS), proof.encoding (base64url), proof.size, proof.algorithm, proof.type,
    proof.unsupported (a registered signature algorithm that the table lacks, or another type of credential),
    proof.critical, proof.header (a member of the wrong kind), payload.object, and strict JSON's json.* codes.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class Failure(Struct, frozen=True):
    """Why a signature does not count: proof.algorithm (the key is for another one) or signature.invalid."""

    code: str
    detail: str


class Draft(Struct, frozen=True):
    """What must be signed. Sign `signing_input` anywhere, then `finish`.

    `signature_bytes` is None where the length depends on the key (RSA).
    """

    signing_input: bytes
    signature_bytes: int | None

    def finish(self, signature: bytes) -> str:
        """The compact token; a signature of the wrong length raises ValueError."""
        if not signature or len(signature) != (self.signature_bytes or len(signature)):
            raise ValueError("the signature has the wrong length for its algorithm")
        return (self.signing_input + b"." + encode(signature)).decode()


class Jws(Struct, frozen=True):
    """A token taken apart, nothing verified yet; `signing_input` is what the signature covers.

    `alg` is the name that our table has for the header's algorithm (EdDSA also for RFC 9864's Ed25519).
    """

    header: Mapping[str, Any]
    payload: bytes
    signing_input: bytes
    signature: bytes
    alg: str
    typ: str | None
    kid: str | None

    @property
    def jwk(self) -> Mapping[str, Any] | None:
        """The header's own key, which proves nothing."""
        jwk = self.header.get("jwk")
        return jwk if isinstance(jwk, dict) else None

    def check(self, public: PublicKey) -> Failure | None:
        """None when `public` signed this; its own algorithm must be the header's."""
        if public.algorithm != self.alg:
            return Failure("proof.algorithm", "The token's algorithm is not the key's.")
        if not public.verify(self.signing_input, self.signature):
            return Failure("signature.invalid", "The signature does not match the content and the key.")
        return None


class Secured(Jws, frozen=True):
    """A token whose payload is a JSON object: `document`, read strictly from `payload`."""

    document: dict[str, Any]


class Payload(Struct, frozen=True):
    """UTF-8 JSON that `readable` has read, so that what is drafted of it is not read each time."""

    raw: bytes


def readable(raw: bytes) -> Payload:
    """Read a payload as strictly as a verifier will; raises JoseRefused."""
    _document(raw)
    return Payload(raw)


def draft(
    payload: bytes | Payload, *, typ: str, kid: str, alg: str = "ES256", cty: str | None = None
) -> Draft:
    """Prepare `payload` (UTF-8 JSON, signed as given) under a header of just alg, kid, typ (and cty).

    Raises JoseRefused for what `read` would refuse later.
    """
    if isinstance(payload, bytes):
        payload = readable(payload)
    signature_bytes = BY_NAME[alg].signature_bytes if alg in BY_NAME else None
    return Draft(_encoded_header(alg, kid, typ, cty) + b"." + encode(payload.raw), signature_bytes)


def read(token: bytes | str, *, types: tuple[str, ...] = TYPES) -> Secured:
    """Structure only: header, algorithm, type and document, all strict; raises JoseRefused.

    `types` are those that `typ` may name: a token made for one purpose must not serve another.
    """
    header, payload, signing_input, signature = _segments(token, types)
    return Secured(
        header=header.members,
        payload=payload,
        signing_input=signing_input,
        signature=signature,
        alg=header.alg,
        typ=header.typ,
        kid=header.kid,
        document=_document(payload),
    )


def take_apart(token: bytes | str, *, types: tuple[str, ...] = TYPES) -> Jws:
    """Like `read`, for a payload of any kind."""
    header, payload, signing_input, signature = _segments(token, types)
    return Jws(header.members, payload, signing_input, signature, header.alg, header.typ, header.kid)


class _Header(Struct, frozen=True):
    """A protected header that was read; shared by all tokens that have it, and so closed to writing."""

    members: Mapping[str, Any]
    alg: str
    typ: str | None
    kid: str | None


def _segments(token: bytes | str, types: tuple[str, ...]) -> tuple[_Header, bytes, bytes, bytes]:
    """Header, payload, what is signed, signature."""
    if len(token) > MAX_TOKEN_BYTES:
        raise JoseRefused("proof.size", f"The token is longer than {MAX_TOKEN_BYTES} bytes.")
    if isinstance(token, str):
        # A character outside ASCII becomes one outside the alphabet.
        token = token.encode("ascii", "replace")
    segments = token.split(b".")
    if len(segments) != _SEGMENTS:
        raise _malformed()
    head, body, tail = segments
    try:
        payload, signature = decode(body), decode(tail)
        header = (_remembered if len(head) <= _REMEMBERED_BYTES else _read_header)(head, types)
    except Base64UrlError:
        if token.translate(None, _COMPACT):
            raise _malformed() from None
        raise JoseRefused("proof.encoding", "A part of the token is not canonical base64url.") from None
    return header, payload, token[: -1 - len(tail)], signature


def _malformed() -> JoseRefused:
    return JoseRefused("proof.malformed", "This is not a compact JWS: three base64url parts with two dots.")


def _read_header(segment: bytes, types: tuple[str, ...]) -> _Header:
    """The header in a token's first segment; raises Base64UrlError, JoseRefused."""
    members = _header(decode(segment), types)
    return _Header(
        MappingProxyType(members), BY_NAME[members["alg"]].jose, members.get("typ"), members.get("kid")
    )


_remembered = lru_cache(_REMEMBERED)(_read_header)


@lru_cache(_REMEMBERED)
def _encoded_header(alg: str, kid: str, typ: str, cty: str | None) -> bytes:
    """The segment of a header that `_header` takes."""
    members = {"alg": alg, "kid": kid, "typ": typ}
    raw = msgspec.json.encode(members if cty is None else {**members, "cty": cty})
    _header(raw, TYPES)
    return encode(raw)


def _header(raw: bytes, types: tuple[str, ...]) -> dict[str, Any]:
    """The protected header, with `alg` of the table, `typ` of `types` or absent, `kid` a string or absent."""
    try:
        header = loads(raw, max_bytes=MAX_HEADER_BYTES)
    except StrictJsonError as error:
        raise JoseRefused(error.code, f"In the token's header: {error.detail}") from None
    if not isinstance(header, dict):
        raise JoseRefused("proof.header", "The token's header is not a JSON object.")
    alg, typ, kid = header.get("alg"), header.get("typ"), header.get("kid")
    if isinstance(alg, str) and alg in ELSEWHERE:
        raise JoseRefused("proof.unsupported", f"The token is signed with {alg}, which we do not read yet.")
    if not isinstance(alg, str) or alg not in BY_NAME:
        raise JoseRefused("proof.algorithm", "The token's signature algorithm is not one that we accept.")
    if "crit" in header or "b64" in header:  # RFC 7515, section 4.1.11; RFC 7797 changes what is signed
        raise JoseRefused("proof.critical", "The token's header demands an extension that we do not support.")
    if isinstance(typ, str) and typ in TYPES_ELSEWHERE and typ not in types:
        raise JoseRefused("proof.unsupported", f"The token is of type {typ}, which we do not read.")
    if "typ" in header and typ not in types:
        raise JoseRefused("proof.type", "The token is of another type than is expected here (typ).")
    if "kid" in header and not (isinstance(kid, str) and 0 < len(kid) <= MAX_KID):
        raise JoseRefused("proof.header", "The token's key id is not a short string.")
    return header


def _document(payload: bytes) -> dict[str, Any]:
    try:
        document = loads(payload, max_bytes=MAX_TOKEN_BYTES)
    except StrictJsonError as error:
        raise JoseRefused(error.code, f"In the token's payload: {error.detail}") from None
    if not isinstance(document, dict):
        raise JoseRefused("payload.object", "The token's payload is not a JSON object.")
    return document
