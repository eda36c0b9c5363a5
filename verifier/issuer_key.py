"""Step 4: the issuer's key, from the issuer's own published set and never from the token.

A `kid` (or the thumbprint of a header `jwk`) only *selects* among the keys that the issuer's DID document
lists under `assertionMethod`. At most two requests, both to the issuer's own host: the document, and a
`kid` that is a URL there.
"""

from collections.abc import Generator
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from keys.did.web import DidRefused, locate, parse
from keys.proofs.jose import Jws
from keys.public import KeyRefused, PublicKey
from schemas.did import VerificationMethod, assertion_methods
from schemas.jwk import Jwk, thumbprint
from schemas.report import Reason
from schemas.strict_json import StrictJsonError, loads
from verifier.fetch import GONE, Answer, Fetched, Need, Unreachable
from verifier.trail import Trail

CHECK = "issuer_key"

_THUMBPRINT_LENGTH = 43


class Published(Struct, frozen=True):
    """The keys that an issuer lists, and where the list stands. `host` is its authority."""

    did: str
    host: str
    document: Fetched
    methods: tuple[VerificationMethod, ...]

    def select(self, kid: str) -> VerificationMethod | None:
        """The method of this id or thumbprint; a URL on the issuer's host may end in the thumbprint."""
        last = kid.rpartition("/")[2] if self.hosts(kid) else kid
        for method in self.methods:
            if method.id == kid or (
                len(last) == _THUMBPRINT_LENGTH and _thumbprint(method.public_key_jwk) == last
            ):
                return method
        return None

    def hosts(self, url: str) -> bool:
        """Whether this is a plain http or https address on the issuer's own host."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return False
        plain = not (parts.query or parts.fragment) and parts.scheme in ("https", "http")
        return plain and parts.netloc.lower() == self.host


def published_keys(issuer_id: str | None, trail: Trail) -> Generator[Need, Answer, Published | None]:
    """Ask for the issuer's key document; notes why not and gives None where there is none to rely on."""
    if issuer_id is None:
        trail.failed(CHECK, Reason.ISSUER_KEY_NO_ISSUER, "The credential names no issuer.")
        return None
    if not issuer_id.startswith("did:web:"):
        method = ":".join(issuer_id.split(":")[:2])[:40] if issuer_id.startswith("did:") else "https"
        detail = f"This version reads issuers' keys from did:web only, not from {method}."
        trail.unknown(CHECK, Reason.ISSUER_KEY_UNSUPPORTED, detail)
        return None
    try:
        url = locate(issuer_id)
    except DidRefused as refused:
        trail.unknown(
            CHECK, Reason.ISSUER_KEY_UNREACHABLE, f"Nobody is asked at this address. {refused.detail}"
        )
        return None
    answer = yield Need("issuer_key", url)
    if isinstance(answer, Unreachable) or answer.status == GONE:
        why = answer.detail if isinstance(answer, Unreachable) else "It was withdrawn."
        detail = f"The issuer's key document could not be read. {why}"
        trail.unknown(CHECK, Reason.ISSUER_KEY_UNREACHABLE, detail, source=answer.url)
        return None
    try:
        document = parse(answer.body, issuer_id)
    except DidRefused as refused:
        trail.unknown(CHECK, Reason.ISSUER_KEY_MALFORMED, refused.detail, source=answer)
        return None
    return Published(issuer_id, urlsplit(url).netloc, answer, assertion_methods(document))


def issuer_key(jws: Jws, published: Published, trail: Trail) -> Generator[Need, Answer, PublicKey | None]:
    """The one listed key that the token names; notes what was found."""
    kid = jws.kid or _thumbprint(jws.header.get("jwk"))
    method = published.select(kid)
    if method is None and jws.kid is not None and published.hosts(jws.kid):
        answer = yield Need("issuer_key", jws.kid)
        if isinstance(answer, Fetched) and answer.status == GONE:
            detail = "The issuer has declared this key compromised: nothing that it signed counts."
            trail.failed(CHECK, Reason.ISSUER_KEY_COMPROMISED, detail, source=answer)
            return None
        if isinstance(answer, Unreachable) and len(jws.kid.rpartition("/")[2]) != _THUMBPRINT_LENGTH:
            detail = f"The key that the credential names could not be reached. {answer.detail}"
            trail.unknown(CHECK, Reason.ISSUER_KEY_UNREACHABLE, detail, source=answer.url)
            return None
        if isinstance(answer, Fetched):
            method = published.select(_thumbprint_of_document(answer.body))
    if method is None:
        detail = "The key that signed this is not among the keys that the issuer publishes."
        trail.failed(CHECK, Reason.ISSUER_KEY_UNTRUSTED, detail, source=published.document)
        return None
    try:
        key = PublicKey.from_jwk(method.public_key_jwk or {})
    except KeyRefused as refused:
        trail.failed(CHECK, Reason.ISSUER_KEY_UNUSABLE, refused.detail, source=published.document)
        return None
    detail = "The issuer's own document lists the key that signed this."
    trail.passed(CHECK, Reason.ISSUER_KEY_LISTED, detail, source=published.document)
    return key


def _thumbprint(jwk: Any) -> str:
    """The RFC 7638 thumbprint, or nothing where this is not a public key."""
    try:
        return thumbprint(msgspec.convert(jwk, Jwk))
    except msgspec.ValidationError:
        return ""


def _thumbprint_of_document(body: bytes) -> str:
    try:
        return _thumbprint(loads(body))
    except StrictJsonError:
        return ""
