"""LTI Assignment and Grade Services 2.0: a score becomes a receipt. Pure.

A platform's line item is one of our mapped assessments; `userId` is the id of an invitation or a person of
ours. AGS knows no level, no cut and no error: those stay unstated.
"""

import hashlib
from uuid import UUID

import msgspec
from msgspec import Struct

from issuer.receipts.store import Provider, ProviderAssessment
from schemas.complaints import in_words
from schemas.receipt import Receipt, ReceiptRefused, receipt
from schemas.strict_json import StrictJsonError, loads

MEDIA_TYPE = "application/vnd.ims.lis.v1.score+json"
COMPLETED, GRADED = "Completed", "FullyGraded"


class Score(Struct, frozen=True, rename="camel"):
    """A score as AGS 2.0, section 3.4.7, has it; other members (extensions, `comment`) are not looked at."""

    user_id: str
    timestamp: str
    activity_progress: str
    grading_progress: str
    score_given: float | None = None
    score_maximum: float | None = None


def from_ags(
    body: bytes, provider: Provider, assessment: ProviderAssessment, audience: str, at: float
) -> Receipt:
    """Return the receipt that a score is; `at` is when it arrived, a NumericDate.

    A score is known by its line item, user and `timestamp`, which AGS requires to be another one for every
    change. Raises ReceiptRefused; codes besides those of `schemas.receipt.receipt`: receipt.unfinished.
    """
    score = _read(body)
    if (score.activity_progress, score.grading_progress) != (COMPLETED, GRADED):
        raise ReceiptRefused(
            "receipt.unfinished", f"activityProgress must be {COMPLETED}, and gradingProgress {GRADED}."
        )
    if score.score_given is None or score.score_maximum is None:
        raise ReceiptRefused("receipt.score", "A graded score needs scoreGiven and scoreMaximum.")
    if score.score_maximum <= 0:
        raise ReceiptRefused("receipt.score", "scoreMaximum must be more than 0.")
    person = _uuid(score.user_id)  # in one spelling: the same score spelled otherwise is the same score
    name = msgspec.json.encode((str(assessment.id), str(person), score.timestamp))
    return receipt(
        {
            "iss": provider.issuer,
            "jti": f"ags:{hashlib.sha256(name).hexdigest()}",
            "iat": at,
            "aud": audience,
            "sub": f"urn:uuid:{person}",
            "assessment": assessment.mapped.uri,
            **({"version": assessment.mapped.version} if assessment.mapped.version else {}),
            "score": score.score_given,
            "scale": {"min": 0, "max": score.score_maximum},
            "completedAt": score.timestamp,
        }
    )


def _read(body: bytes) -> Score:
    try:
        return msgspec.convert(loads(body), Score)
    except StrictJsonError as error:
        raise ReceiptRefused("receipt.malformed", error.detail) from None
    except msgspec.ValidationError as error:
        raise ReceiptRefused("receipt.malformed", in_words(str(error), whole="The score")) from None


def _uuid(text: str) -> UUID:
    try:
        return UUID(text.removeprefix("urn:uuid:"))
    except ValueError:
        raise ReceiptRefused(
            "receipt.subject", "userId must be the id of an invitation or a person of ours."
        ) from None
