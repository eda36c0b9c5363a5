"""QTI 3 Results Reporting: the result of a test becomes a receipt. Pure.

As with LTI a line item is one of our mapped assessments, and `sourcedId` the id of an invitation or a person
of ours. Of outcomes only the test's `SCORE` is looked at, its `masteryValue` is the cut. QTI knows no level
and no error, and a `datestamp` without an offset is no moment: those stay unstated. Answers are not kept.
"""

import hashlib
import re
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from issuer.receipts.pieces import Piece
from issuer.receipts.store import Provider, ProviderAssessment
from issuer.strict_xml import Element, XmlRefused, parse
from schemas.receipt import ReceiptRefused, receipt

MEDIA_TYPE = "application/xml"
RESULTS = "http://www.imsglobal.org/xsd/imsqti_result_v3p0"
SCORE = "SCORE"
# Sessions of items that are still to be given or to be scored.
_PENDING = frozenset({"pendingSubmission", "pendingResponseProcessing"})
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_OFFSET = re.compile(r".+T.+(Z|[+-][0-9]{2}:[0-9]{2})")


class Result(Struct, frozen=True, rename="camel", omit_defaults=True):
    """What is looked at of an assessmentResult, and kept; `digest` is SHA-256 of all that was delivered."""

    sourced_id: str
    sessions: tuple[tuple[str, str], ...]
    test: str
    datestamp: str
    digest: str
    score: float | None = None
    least: float | None = None
    greatest: float | None = None
    mastery: float | None = None


def from_qti(
    body: bytes, provider: Provider, assessment: ProviderAssessment, audience: str, at: float
) -> Piece:
    """Return the receipt that an assessmentResult is; `at` is when it arrived, a NumericDate.

    A result is known by line item, candidate, sessions, test and `datestamp`. Raises ReceiptRefused; codes
    besides those of `schemas.receipt.receipt`: receipt.unfinished, receipt.subject.
    """
    result = _read(body)
    person = _uuid(result.sourced_id)  # in one spelling: the same result spelled otherwise is the same result
    name = msgspec.json.encode(
        (str(assessment.id), str(person), result.sessions, result.test, result.datestamp)
    )
    found = receipt(
        {
            "iss": provider.issuer,
            "jti": f"qti:{hashlib.sha256(name).hexdigest()}",
            "iat": at,
            "aud": audience,
            "sub": f"urn:uuid:{person}",
            "assessment": assessment.mapped.uri,
            **({"version": assessment.mapped.version} if assessment.mapped.version else {}),
            **({"completedAt": result.datestamp} if _OFFSET.fullmatch(result.datestamp) else {}),
            **_stated(result),
        }
    )
    return Piece(found, msgspec.json.encode(result))


def _read(body: bytes) -> Result:
    try:
        root = parse(body)
    except XmlRefused as error:
        raise ReceiptRefused("receipt.malformed", error.detail) from None
    if (root.space, root.name) != (RESULTS, "assessmentResult"):
        raise _malformed("It is no assessmentResult of QTI 3.")
    if any(one.get("sessionStatus") in _PENDING for one in root.elements("itemResult")):
        raise ReceiptRefused("receipt.unfinished", "An item is still to be given or to be scored.")
    context, test = _one(root, "context"), _one(root, "testResult")
    sessions = context.elements("sessionIdentifier")
    outcome = [one for one in test.elements("outcomeVariable") if one.get("identifier") == SCORE]
    if len(outcome) > 1:
        raise _malformed(f"The test has {SCORE} more than once.")
    return Result(
        sourced_id=context.get("sourcedId"),
        sessions=tuple((one.get("sourceID"), one.get("identifier")) for one in sessions),
        test=_given(test, "identifier"),
        datestamp=_given(test, "datestamp"),
        digest=hashlib.sha256(body).hexdigest(),
        **(_numbers(outcome[0]) if outcome else {}),
    )


def _numbers(outcome: Element) -> dict[str, float | None]:
    values = outcome.elements("value")
    if outcome.get("cardinality") != "single" or outcome.get("baseType") not in {"float", "integer"}:
        raise _malformed(f"{SCORE} must be a single float or integer.")
    if len(values) > 1:
        raise _malformed(f"{SCORE} has several values.")
    return {
        "score": _number(SCORE, values[0].text().strip()) if values else None,
        "least": _number("normalMinimum", outcome.get("normalMinimum")),
        "greatest": _number("normalMaximum", outcome.get("normalMaximum")),
        "mastery": _number("masteryValue", outcome.get("masteryValue")),
    }


def _number(name: str, text: str) -> float | None:
    if not text:
        return None
    if _NUMBER.fullmatch(text) is None:
        raise _malformed(f"{name} must be a number, as in 12.5.")
    return float(text)


def _stated(result: Result) -> dict[str, Any]:
    """Score and cut on the scale that the outcome declares; nothing where it has neither."""
    if result.score is None and result.mastery is None:
        return {}
    if result.least is None or result.greatest is None:
        raise ReceiptRefused("receipt.score", f"{SCORE} needs its normalMinimum and normalMaximum.")
    return {
        "scale": {"min": result.least, "max": result.greatest},
        **({} if result.score is None else {"score": result.score}),
        **({} if result.mastery is None else {"cut": result.mastery}),
    }


def _one(root: Element, name: str) -> Element:
    found = root.elements(name)
    if len(found) != 1:
        raise _malformed(f"It must have one {name}.")
    return found[0]


def _given(element: Element, name: str) -> str:
    if not element.get(name):
        raise _malformed(f"{element.name} must have its {name}.")
    return element.get(name)


def _malformed(detail: str) -> ReceiptRefused:
    return ReceiptRefused("receipt.malformed", detail)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text.removeprefix("urn:uuid:"))
    except ValueError:
        raise ReceiptRefused(
            "receipt.subject", "sourcedId must be the id of an invitation or a person of ours."
        ) from None
