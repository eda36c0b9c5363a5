"""What a credential says of an outside result, in plain words: who stated what, and what nobody did. Pure."""

import calendar
from datetime import datetime

from issuer.receipts.accept import Kept
from issuer.receipts.store import Provider
from schemas.receipt import Receipt

# The optional members of a receipt, as people say them.
MEMBERS = {
    "version": "the assessment's version",
    "score": "the score",
    "scale": "the scale",
    "error": "the standard error",
    "cut": "the cut score",
    "level": "a level",
    "evidenceDigest": "a digest of its evidence",
    "assurance": "how it was supervised",
    "permittedAids": "which aids were permitted",
    "completedAt": "when it was completed",
}
SECURED = {
    "signature": "The provider signed the result with its own key.",
    "token": "The provider did not sign the result: it came with the token of its delivering program.",
    "operator": "The provider did not sign the result: the issuer's operator imported it from a file.",
}


def circumstances(
    provider: Provider, kept: Kept, *, secured: str, digest: bytes, at: datetime
) -> tuple[str, ...]:
    """Return the sentences that an award's evidence has of its receipt; `at` is when it was received.

    The score is not among them: forms without selective disclosure hold none.
    """
    receipt = kept.receipt
    version = f", version {receipt.version}" if receipt.version else ""
    completed = f", completed on {day(receipt.completed)}" if receipt.completed else ""
    return (
        f"Not the issuer's own assessment: {receipt.assessment}{version}{completed}.",
        f"{provider.name} ({provider.issuer}) stated its result, which was received on {day(at)}.",
        SECURED[secured],
        _decided(kept),
        *_cut(receipt),
        *((f"Its evidence has the digest {receipt.evidence_digest}.",) if receipt.evidence_digest else ()),
        f"Not stated: {_listed(receipt.unstated)}." if receipt.unstated else "Nothing was left unstated.",
        f"Digest of the receipt: sha256-{digest.hex()}.",
    )


def day(at: datetime) -> str:
    """Return a day in words: 3 May 2026."""
    return f"{at.day} {calendar.month_name[at.month]} {at.year}"


def _decided(kept: Kept) -> str:
    if not kept.judged.ours:
        return f"The provider states the level “{kept.receipt.level}”; the issuer takes its decision over."
    if kept.judged.probable:
        return "No level is stated; the issuer's own cut and award rule decided, with the stated error."
    return "No level and no error are stated; the issuer's own cut decided by the bare score."


def _cut(receipt: Receipt) -> tuple[str, ...]:
    scale = receipt.scale
    if receipt.cut is None or scale is None:
        return ()
    return (f"The provider's cut is {receipt.cut:g} on a scale from {scale.min:g} to {scale.max:g}.",)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(MEMBERS[name] for name in names)
