"""What our own service knows of its own credentials: that they are ours, and why a status bit is set.

Both come from documents that every worker holds in memory, so they are there within a second of the change,
and with the database down.
"""

from functools import partial
from urllib.parse import unquote, urlsplit

import msgspec

from issuer.publications.cache import Publications
from keys.did.web import did_web
from verifier.trust import Source, StatusCause, TrustStore


def own_trust(publications: Publications, base_url: str, sources: tuple[Source, ...] = ()) -> TrustStore:
    """Return the trust store of this service: its organisations, and others by `sources`."""
    return TrustStore(
        own=partial(is_own, publications, base_url),
        cause=partial(status_cause, publications, base_url),
        sources=sources,
    )


def is_own(publications: Publications, base_url: str, issuer_id: str) -> bool:
    """Whether an issuer is one of the organisations that this service publishes."""
    organization_id = unquote(issuer_id.rpartition(":")[2])
    document = publications.get(f"/o/{organization_id}/did.json")
    return document is not None and issuer_id == did_web(base_url, organization_id)


def status_cause(publications: Publications, base_url: str, list_url: str, index: int) -> StatusCause | None:
    """Say why the bit at `index` is set in one of our lists; None for other lists and unset bits."""
    parts = urlsplit(list_url)
    if f"{parts.scheme}://{parts.netloc}" != base_url:
        return None
    causes = publications.document(f"/private{parts.path}/causes")
    if not isinstance(causes, dict) or str(index) not in causes:
        return None
    return msgspec.convert(causes[str(index)], StatusCause)
