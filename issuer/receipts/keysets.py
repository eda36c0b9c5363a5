"""A provider's own keys: registered with it, or fetched over the guarded network when a receipt comes."""

from typing import Any

from issuer.receipts.store import Provider
from keys.public import KeyRefused, PublicKey
from schemas.problems import ProblemError
from schemas.strict_json import StrictJsonError, loads
from verifier.fetch import Fetch, Fetched, Need, present

KEYS_AT_MOST = 50


def read_keys(body: bytes) -> tuple[tuple[str | None, PublicKey], ...]:
    """Return the keys of a JWK set that can verify, each with its `kid`; raises ValueError with a sentence.

    Keys that we cannot use are passed over, as RFC 7517, section 5, asks; a set without any is refused.
    """
    try:
        document = loads(body)
    except StrictJsonError as error:
        raise ValueError(error.detail) from None
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list) or len(listed) > KEYS_AT_MOST:
        raise ValueError(f"This is not a JWK set of at most {KEYS_AT_MOST} keys.")
    usable = tuple(found for jwk in listed if (found := _usable(jwk)) is not None)
    if not usable:
        raise ValueError("There is no public key in it that we can use.")
    return usable


def _usable(jwk: Any) -> tuple[str | None, PublicKey] | None:
    if not isinstance(jwk, dict):
        return None
    kid = jwk.get("kid")
    try:
        return (kid if isinstance(kid, str) else None), PublicKey.from_jwk(jwk)
    except KeyRefused:
        return None


async def key_of(provider: Provider, kid: str | None, fetch: Fetch) -> PublicKey:
    """Return the key that a receipt names, by its id or thumbprint; without a `kid`, the only one there is.

    Raises problems `receipt.key`, and `receipt.keys_unreachable` where its set cannot be fetched or read.
    """
    try:
        listed = read_keys(await _document(provider, fetch))
    except ValueError as error:
        raise ProblemError("receipt.keys_unreachable", f"Its set of keys cannot be read. {error}") from None
    if kid is None and len(listed) == 1:
        return listed[0][1]
    named = [public for name, public in listed if kid is not None and name == kid]
    by_thumbprint = [public for _, public in listed if public.kid == kid]
    for public in (*named, *by_thumbprint):
        return public
    raise ProblemError("receipt.key")


async def _document(provider: Provider, fetch: Fetch) -> bytes:
    if provider.jwks is not None:
        return provider.jwks
    if provider.jwks_url is None:
        raise ProblemError(
            "receipt.key", "This provider registered no keys: its receipts come by the token of its program."
        )
    answer = present(await fetch.get(Need("issuer_key", provider.jwks_url)))
    if not isinstance(answer, Fetched):
        raise ProblemError("receipt.keys_unreachable", answer.detail)
    if answer.stale is not None:  # a key that was stolen may have left the set since, and nobody is told
        raise ProblemError("receipt.keys_unreachable", answer.stale.detail)
    return answer.body
