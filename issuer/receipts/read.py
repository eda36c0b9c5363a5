"""Reading a signed receipt: whose it is, whether they signed it, for whom, and whether it is fresh."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TypeVar

from msgspec import Struct

from issuer.db.pool import Pool, unavailable
from issuer.receipts import store
from issuer.receipts.keysets import key_of
from issuer.receipts.store import Provider
from issuer.settings import Settings
from keys.did.web import did_web
from keys.proofs import jose
from keys.proofs.jose import JoseRefused
from schemas.problems import ProblemError
from schemas.receipt import TYPE, Receipt, ReceiptRefused, Secured, receipt
from schemas.times import TimeRefused, numeric_date
from verifier.fetch import Fetch

FRESH_FOR = timedelta(minutes=10)
LEEWAY = timedelta(seconds=60)
TOKEN_AT_MOST = 65_536  # bytes
# Of a type that is not ours the structure is read all the same, so that the answer can say which.
_TYPES = (TYPE, "JWT", "vc+jwt", "vp+jwt")


Found = TypeVar("Found")


class Delivery(Struct, frozen=True):
    """A receipt that is its provider's, by its signature or by the token that it came with.

    `original` is what was delivered, or the line of a file, and is kept; `place` names it among several.
    """

    provider: Provider
    receipt: Receipt
    secured: Secured
    original: bytes
    place: str | None = None


def audiences(settings: Settings, organization_id: str) -> tuple[str, str]:
    """Return the names of an organisation that a receipt's `aud` may have: its DID, and its address."""
    return did_web(settings.base_url, organization_id), f"{settings.base_url}/o/{organization_id}"


async def read_signed(
    pool: Pool, fetch: Fetch, settings: Settings, organization_id: str, token: bytes, *, at: datetime
) -> Delivery:
    """Read a compact JWS, verify it with its provider's own key, and check what it says of itself.

    Raises problems `receipt.malformed`, `receipt.type`, `receipt.provider`, `receipt.revoked`, `receipt.key`,
    `receipt.keys_unreachable`, `receipt.signature`, `receipt.audience`, `receipt.stale`, `receipt.score`,
    `receipt.cut`.
    """
    secured = _taken_apart(token)
    issuer = secured.document.get("iss")
    provider = await known(pool, organization_id, issuer if isinstance(issuer, str) else "")
    key = await key_of(provider, secured.kid, fetch)
    if secured.check(key) is not None:
        raise ProblemError("receipt.signature")
    found = said(lambda: receipt(secured.document))
    named = found.aud if isinstance(found.aud, tuple) else (found.aud,)
    if not set(named) & set(audiences(settings, organization_id)):
        raise ProblemError(
            "receipt.audience", f"Its aud must name {audiences(settings, organization_id)[0]}."
        )
    _fresh(found, at)
    return Delivery(provider, found, "signature", token.strip())


async def known(pool: Pool, organization_id: str, issuer: str) -> Provider:
    """Return the registered provider with this `iss`; raises `receipt.provider`, `receipt.revoked`."""
    with unavailable():
        provider = (
            await store.provider_by_issuer(pool, organization_id, issuer) if "\0" not in issuer else None
        )
    if provider is None:
        raise ProblemError("receipt.provider")
    if provider.revoked_at is not None:
        raise ProblemError("receipt.revoked")
    return provider


def said(convert: Callable[[], Found]) -> Found:
    """Return what was read, or raise the problem that it has."""
    try:
        return convert()
    except ReceiptRefused as refused:
        raise ProblemError(refused.code, refused.detail) from None


@contextmanager
def named(place: str | None) -> Iterator[None]:
    """Name the place of what is refused inside; None names nothing."""
    try:
        yield
    except ProblemError as error:
        if place is None:
            raise
        detail = f"{place}: {error.detail or error.kind.title}"
        raise ProblemError(error.code, detail, **error.extra) from error


def not_ahead(found: Receipt, at: datetime) -> None:
    """Refuse a result that was completed in the future; raises `receipt.malformed`."""
    if found.completed is not None and found.completed > at + LEEWAY:
        raise ProblemError("receipt.malformed", "It was completed at a time that is still to come.")


def _taken_apart(token: bytes) -> jose.Secured:
    if len(token) > TOKEN_AT_MOST:
        raise ProblemError("receipt.malformed", f"A receipt has at most {TOKEN_AT_MOST} bytes.")
    try:
        secured = jose.read(token.strip(), types=_TYPES)
    except JoseRefused as refused:
        code = "receipt.type" if refused.code == "proof.type" else "receipt.malformed"
        raise ProblemError(code, refused.detail) from None
    if secured.typ != TYPE:
        raise ProblemError("receipt.type", f"Its typ must be {TYPE}.")
    return secured


def _fresh(found: Receipt, at: datetime) -> None:
    try:
        issued = numeric_date(found.iat)
    except TimeRefused as refused:
        raise ProblemError("receipt.malformed", f"iat is {refused}.") from None
    if not at - FRESH_FOR <= issued <= at + LEEWAY:
        raise ProblemError("receipt.stale")
    not_ahead(found, at)
