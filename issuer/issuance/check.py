"""Steps 3 and 6 of the issuance cycle: our own verifier judges what we are about to sign, and what we signed.

Both run the whole verifier, so whatever it would tell a stranger it tells us first. Before signing it sees
the same bytes under a throw-away key; after signing, our documents as they are published, and nothing from a
network.
"""

import asyncio
import functools
from datetime import datetime
from urllib.parse import urlsplit

import msgspec

from issuer.issuance import store
from issuer.issuance.choice import Wanted
from issuer.issuance.desk import Desk
from issuer.issuance.intent import Intended
from issuer.issuance.profiles import Signing
from issuer.organizations.keys import DID_MEDIA_TYPE, JWK_MEDIA_TYPE, key_path
from issuer.status.lists import list_path
from issuer.status.publish import publish_list
from keys.did.web import did_web
from keys.proofs.integrity_refused import IntegrityRefused
from keys.proofs.jose import JoseRefused
from keys.ring import KeyEntry, KeyRing, did_document
from keys.stores.memory import ThrowAway
from schemas.openbadges import OpenBadgeCredential
from schemas.problems import ProblemError
from schemas.report import Outcome, Report
from verifier import averify
from verifier.fetch import OK, Answer, Fetched, Need, Unreachable

# What depends on the credential's own bytes; the rest asks lists, trust sources and callers.
LINTED = ("carrier", "well_formed", "proof", "issuer_key", "signature", "shape", "validity")


class OwnDocuments:
    """A fetch that answers from given documents (path to body and media type) of our own host only."""

    def __init__(self, base_url: str, documents: dict[str, tuple[bytes, str]], at: datetime) -> None:
        self._host = urlsplit(base_url).netloc
        self._documents = documents
        self._at = at

    async def get(self, need: Need) -> Answer:
        """Return the document at this address, whether it is asked for by http or by https."""
        parts = urlsplit(need.url)
        found = self._documents.get(parts.path) if parts.netloc == self._host else None
        if found is None:
            return Unreachable(need.url, "fetch.offline", "This is not one of our published documents.")
        body, media_type = found
        return Fetched(need.url, body, media_type, OK, self._at, "our own publications")


async def lint(desk: Desk, organization_id: str, wanted: Wanted, credential: OpenBadgeCredential) -> None:
    """Step 3: let the verifier read the form that will be signed, under a throw-away key.

    Raise `credential.lint` for any finding.
    """
    now = desk.clock()
    signer = await asyncio.to_thread(_throw_away, wanted.algorithm)
    signing = Signing(desk.settings.base_url, organization_id, signer.public, now)
    try:
        draft = wanted.profile.draft(wanted.profile.payload(credential), signing)
    except (JoseRefused, IntegrityRefused) as refused:
        raise ProblemError("credential.lint", f"{refused.code}: {refused.detail}") from refused
    token = draft.finish(await signer.sign(draft.signing_input))
    ring = KeyRing([KeyEntry(public=signer.public, state="active", activated_at=now)])
    document = did_document(did_web(desk.settings.base_url, organization_id), ring)
    documents = {
        f"/o/{organization_id}/did.json": (msgspec.json.encode(document), DID_MEDIA_TYPE),
        key_path(organization_id, signer.public.kid): (
            msgspec.json.encode(signer.public.jwk),
            JWK_MEDIA_TYPE,
        ),
    }
    fetch = OwnDocuments(desk.settings.base_url, documents, now)
    report = await averify(token, fetch=fetch, clock=desk.clock)
    found = findings(report)
    if found:
        raise ProblemError("credential.lint", "; ".join(found))


@functools.cache
def _throw_away(algorithm: str) -> ThrowAway:
    """One for each algorithm and process: making an RSA key takes longer than everything else here."""
    return ThrowAway(algorithm)


def findings(report: Report) -> tuple[str, ...]:
    """Return what the verifier minds about the bytes themselves.

    An award of long ago may have expired meanwhile.
    """
    return tuple(
        f"{check.reason}: {check.detail}" + (f" ({check.source})" if check.check == "shape" else "")
        for check in report.checks
        if check.check in LINTED and check.outcome is not Outcome.PASS and check.reason != "validity.expired"
    )


async def verify_own(desk: Desk, organization_id: str, intended: Intended, token: str) -> None:
    """Step 6: verify what we signed against what we publish; raise `credential.self_check` otherwise."""
    report = await _judge(desk, organization_id, intended, token)
    if not _fine(report):
        # The first credential of a list, or a list that its job has not renewed yet.
        await publish_list(desk, organization_id, intended.status_list_id)
        report = await _judge(desk, organization_id, intended, token)
    if not _fine(report):
        reasons = sorted({check.reason for check in report.checks if check.outcome is not Outcome.PASS})
        raise ProblemError("credential.self_check", ", ".join(reasons))


async def _judge(desk: Desk, organization_id: str, intended: Intended, token: str) -> Report:
    paths = [
        f"/o/{organization_id}/did.json",
        key_path(organization_id, intended.kid),
        list_path(organization_id, intended.status_list_id),
    ]
    documents = await store.published(desk.pool, organization_id, paths)
    fetch = OwnDocuments(desk.settings.base_url, documents, desk.clock())
    return await averify(token, fetch=fetch, clock=desk.clock)


def _fine(report: Report) -> bool:
    current = report.currency in {"current", "expired"}
    return report.authenticity == "genuine" and current and not findings(report)
