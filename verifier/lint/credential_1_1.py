"""Rules of the W3C Verifiable Credentials Data Model 1.1, where they are not those of 2.0."""

from collections.abc import Iterator, Mapping
from typing import Any

from schemas.credential import CREDENTIALS_V1
from schemas.report import Reason
from schemas.times import TimeRefused, date_time_stamp
from verifier.lint.profile import CREDENTIAL, MODEL_1_1
from verifier.lint.rule import Rule, Severity, Spot, is_url


def context_first_1_1(document: Mapping[str, Any]) -> Iterator[Spot]:
    """The first context is the data model's own, and each further one a URL or an object."""
    contexts = document.get("@context")
    if not isinstance(contexts, list) or contexts[:1] != [CREDENTIALS_V1]:
        yield "/@context", f"The first context must be {CREDENTIALS_V1}."
        return
    for position, context in enumerate(contexts):
        if not is_url(context) and not isinstance(context, dict):
            yield f"/@context/{position}", "A context must be a URL or an object."


def times_are_times_1_1(document: Mapping[str, Any]) -> Iterator[Spot]:
    """There is an issuanceDate; it and expirationDate are dates with times, in this order.

    Open Badges 3.0 was on both data models for a while: validFrom and validUntil count as well.
    """
    if "issuanceDate" not in document and "validFrom" not in document:
        yield "/issuanceDate", "There must be an issuanceDate."
    moments = []
    for member in ("issuanceDate", "validFrom", "expirationDate", "validUntil"):
        try:
            if member in document:
                moments.append((member, date_time_stamp(document[member])))
        except TimeRefused as refused:
            yield f"/{member}", f"{member} is {refused}."
    starts = [moment for member, moment in moments if member in {"issuanceDate", "validFrom"}]
    for member, end in moments[len(starts) :]:
        if starts and end < max(starts):
            yield f"/{member}", f"{member} must not be before the beginning."


_VC_1_1 = "VC Data Model 1.1, section "

RULES = (
    Rule(Reason.SHAPE_CONTEXT, Severity.ERROR, _VC_1_1 + "4.1", context_first_1_1, MODEL_1_1),
    Rule(Reason.SHAPE_TIMES, Severity.ERROR, _VC_1_1 + "4.6", times_are_times_1_1, CREDENTIAL & MODEL_1_1),
)
