"""Presentations: every credential in them by the same steps, and step 10: who shows them, to whom, when.

A withdrawn credential cannot hide behind another one: the findings of all of them are the presentation's.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from schemas.report import Outcome, Reason
from schemas.times import TimeRefused, date_time_stamp, numeric_date
from verifier.authenticity import Signed
from verifier.formats import Opened
from verifier.lint.rule import each, subjects
from verifier.question import Question
from verifier.trail import Trail

CHECK = "recipient"
MOST_CREDENTIALS = 16

_GREATEST_AGE = timedelta(minutes=5)
_LEEWAY = timedelta(seconds=60)


def credentials(presentation: Mapping[str, Any]) -> list[Any]:
    """What a presentation encloses, in order."""
    return [value for _, value in each(presentation, "verifiableCredential")]


def holder(presented: Signed, shown: list[Opened], question: Question, trail: Trail) -> None:
    """Step 10: the key that signed the presentation is the holder's, and it answers what was asked."""
    reason, detail = _occasion(presented, question)
    if reason is not None:
        trail.failed(CHECK, reason, detail)
        return
    others = [number for number, opened in enumerate(shown, 1) if not _about(opened, presented.signer)]
    if others:
        detail = "Whoever shows it has proven a key, but it is not the key of the person whom it is about."
        trail.unknown(CHECK, Reason.RECIPIENT_NOT_HOLDER, detail)
    elif question.nonce is None:
        detail = "Its holder has signed this, but nobody asked for a fresh answer: it may have been copied."
        trail.add(CHECK, Outcome.WARN, Reason.RECIPIENT_REPLAYABLE, detail)
    else:
        detail = "Its holder has signed this, for you and in answer to what you asked."
        trail.passed(CHECK, Reason.RECIPIENT_PRESENTED, detail)


def _about(opened: Opened, holder_id: str) -> bool:
    """Whether every subject of a credential is this holder."""
    ids = {subject.get("id") for _, subject in subjects(opened.document)}
    return ids == {holder_id}


def _occasion(presented: Signed, question: Question) -> tuple[Reason | None, str]:
    """Whether the presentation answers this caller, now; a nonce or audience that is missing does not."""
    binding = presented.opened.binding
    if question.nonce is not None and binding.nonce != question.nonce:
        return Reason.RECIPIENT_NONCE, "The presentation does not answer what you asked (nonce)."
    if question.audience is not None and question.audience not in binding.audience:
        return Reason.RECIPIENT_AUDIENCE, "The presentation is not meant for you (audience)."
    if question.nonce is None:
        return None, ""
    if binding.created is not None:
        try:
            read = date_time_stamp if isinstance(binding.created, str) else numeric_date
            age = question.now - read(binding.created)
        except TimeRefused as refused:
            return Reason.RECIPIENT_STALE, f"The presentation's time is {refused}."
        if not -_LEEWAY <= age <= _GREATEST_AGE + _LEEWAY:
            return Reason.RECIPIENT_STALE, "The presentation was not made within the last five minutes."
    return None, ""
