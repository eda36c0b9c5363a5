"""Step 4: the issuer's key, from the issuer's own published set and never from the token.

A `kid` (or the thumbprint of a header `jwk`) only *selects* among the keys that the issuer's document lists.
At most two requests, both to the issuer's own host: the document, and a `kid` that is a URL there. Whether
the signature is right is step 5's question; this one answers whose key it is.

One finding is neither a pass nor a failure: `issuer_key.same_origin`, outcome WARN. The https issuer's
document speaks of no keys, and the key stands elsewhere on the same host. Whoever shows a Report must not
colour it green on that ground, whatever step 9 says of the issuer: only an outcome of PASS is a proven key.
"""

from collections.abc import Generator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import urlsplit

from keys.did import DidRefused, locate
from keys.public import KeyRefused, PublicKey
from schemas.report import Outcome, Reason
from verifier.fetch import GONE, Answer, Fetched, Need, Unreachable, present
from verifier.published import (
    THUMBPRINT_LENGTH,
    DocumentRefused,
    Listed,
    Published,
    Purpose,
    key_document,
    own_keys,
    read_keys,
    thumbprint_of,
)
from verifier.trail import Trail

__all__ = ["CHECK", "ClaimedKey", "Listed", "Published", "Purpose", "issuer_key", "published_keys"]

CHECK = "issuer_key"

_ADDRESSES = ("https://", "http://")


class ClaimedKey(Protocol):
    """What a proof says of its key: an absolute id, a URL or a thumbprint; or a key, which proves nothing."""

    @property
    def kid(self) -> str | None:
        """The id; None where the proof gives none."""
        ...

    @property
    def jwk(self) -> Mapping[str, Any] | None:
        """The header's `jwk`, which at most selects among published keys."""
        ...


def published_keys(
    issuer_id: str | None, trail: Trail, purpose: Purpose = "assertionMethod"
) -> Generator[Need, Answer, Published | None]:
    """Ask for the issuer's key document; notes why not and gives None where there is none to rely on.

    `purpose` is what the keys must be listed for: `authentication` where a holder presents.
    """
    if issuer_id is None:
        trail.failed(CHECK, Reason.ISSUER_KEY_NO_ISSUER, "The credential names no issuer.")
        return None
    try:
        url, host = _address(issuer_id)
        if url is None:
            return Published(issuer_id, host, None, own_keys(issuer_id, purpose))
    except DidRefused as refused:
        _tell_refused(refused, issuer_id, trail)
        return None
    answer = present((yield Need("issuer_key", url)))
    if isinstance(answer, Unreachable):
        detail = f"The issuer's key document could not be read. {answer.detail}"
        trail.unknown(CHECK, Reason.ISSUER_KEY_UNREACHABLE, detail, source=answer.url)
        return None
    try:
        keys = read_keys(issuer_id, answer.body, purpose)
    except DocumentRefused as refused:
        trail.unknown(CHECK, Reason.ISSUER_KEY_MALFORMED, str(refused), source=answer)
        return None
    return Published(issuer_id, host, answer, keys)


def issuer_key(
    claimed: ClaimedKey, published: Published, trail: Trail, now: datetime
) -> Generator[Need, Answer, PublicKey | None]:
    """The one published key that the proof names, if it may verify at `now`; notes what was found."""
    listed, same_origin = published.select(claimed.kid or thumbprint_of(claimed.jwk)), False
    if listed is None and claimed.kid is not None and published.hosts(claimed.kid):
        answer = yield Need("issuer_key", claimed.kid)
        try:
            listed, same_origin = _at_its_address(answer, claimed.kid, published)
        except _Ended as ended:
            trail.add(CHECK, ended.outcome, ended.reason, str(ended), source=ended.source)
            return None
    if listed is None:
        _tell_unlisted(claimed.kid, published, trail)
        return None
    try:
        key = listed.public(now)
    except KeyRefused as refused:
        ended_key = refused.code == "key.ended"
        reason = Reason.ISSUER_KEY_ENDED if ended_key else Reason.ISSUER_KEY_UNUSABLE
        trail.failed(CHECK, reason, refused.detail, source=published.source)
        return None
    if same_origin:
        detail = "The issuer's document names no keys; the key that signed this stands on the issuer's host."
        trail.add(CHECK, Outcome.WARN, Reason.ISSUER_KEY_SAME_ORIGIN, detail, source=claimed.kid)
    else:
        said = "document lists" if published.document else "identifier is"
        detail = f"The issuer's own {said} the key that signed this."
        trail.passed(CHECK, Reason.ISSUER_KEY_LISTED, detail, source=published.source)
    return key


class _Ended(Exception):  # noqa: N818 — an answer that ends the step, with what is to be noted
    def __init__(self, outcome: Outcome, reason: Reason, detail: str, source: Fetched | str) -> None:
        super().__init__(detail)
        self.outcome = outcome
        self.reason = reason
        self.source = source


def _at_its_address(answer: Answer, kid: str, published: Published) -> tuple[Listed | None, bool]:
    """The key at a `kid` on the issuer's host, if it is published, and whether only the host says so."""
    keys = published.keys
    vouched = kid in keys.named
    alone = keys.keyless and urlsplit(kid).scheme == urlsplit(published.issuer).scheme
    if isinstance(answer, Unreachable):
        # A thumbprint that the issuer's document lacks needs no asking.
        if len(kid.rpartition("/")[2]) == THUMBPRINT_LENGTH and not (vouched or alone):
            return None, False
        detail = f"The key that the credential names could not be reached. {answer.detail}"
        raise _Ended(Outcome.UNKNOWN, Reason.ISSUER_KEY_UNREACHABLE, detail, answer.url)
    if answer.status == GONE:
        detail = "The issuer has declared this key compromised: nothing that it signed counts."
        raise _Ended(Outcome.FAIL, Reason.ISSUER_KEY_COMPROMISED, detail, answer)
    try:
        found = key_document(answer.body, kid, published.issuer)
    except DocumentRefused as refused:
        if vouched or alone:
            raise _Ended(Outcome.UNKNOWN, Reason.ISSUER_KEY_MALFORMED, str(refused), answer) from None
        return None, False
    if vouched or alone:
        return found, alone
    return published.select(found.thumbprint), False


@lru_cache(maxsize=256)
def _address(issuer_id: str) -> tuple[str | None, str]:
    """Where the issuer's document stands, None where the identifier is the document, and the authority there.

    Raises DidRefused, also for an address that cannot be read, or that hides its host behind a user's name.
    """
    url = issuer_id.partition("#")[0] if issuer_id.startswith(_ADDRESSES) else locate(issuer_id)
    try:
        host = urlsplit(url or "").netloc.lower()
    except ValueError:
        host = ""
    if url is not None and (not host or "@" in host or "\\" in url):
        raise DidRefused("did.malformed", "The issuer's address is not a plain one.")
    return url, host


def _tell_refused(refused: DidRefused, issuer_id: str, trail: Trail) -> None:
    """Note an identifier from which no document follows."""
    if refused.code == "did.method":
        trail.unknown(CHECK, Reason.ISSUER_KEY_UNSUPPORTED, refused.detail)
    elif issuer_id.startswith(("did:web:", *_ADDRESSES)):
        detail = f"Nobody is asked at this address. {refused.detail}"
        trail.unknown(CHECK, Reason.ISSUER_KEY_UNREACHABLE, detail)
    else:  # the identifier should be a key, and is none
        trail.failed(CHECK, Reason.ISSUER_KEY_UNUSABLE, refused.detail)


def _tell_unlisted(kid: str | None, published: Published, trail: Trail) -> None:
    if kid in published.keys.named:  # and not on the issuer's host: it would have been read
        detail = "The issuer's document names the key by an address on another host, which is not asked."
        trail.unknown(CHECK, Reason.ISSUER_KEY_UNREACHABLE, detail, source=published.source)
    elif published.keys.keyless:
        detail = "The issuer's document names no keys, and nothing else says that the key is this issuer's."
        trail.unknown(CHECK, Reason.ISSUER_KEY_NOT_PUBLISHED, detail, source=published.source)
    else:
        detail = "The key that signed this is not among the keys that the issuer publishes."
        trail.failed(CHECK, Reason.ISSUER_KEY_UNTRUSTED, detail, source=published.source)
