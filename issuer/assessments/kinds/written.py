"""Text entry (QTI textEntryInteraction): a short text, compared after normalisation.

Words are recorded as an HMAC under the session's seed. The seed also orders what is shown, by HMACs of texts
with a NUL in them; no text of a person has one.
"""

import hmac
import re
import unicodedata
from collections.abc import Iterator

from issuer.assessments.kinds.credit import MOST_POINTS
from issuer.assessments.kinds.kind import (
    AnswerRefused,
    Fields,
    Given,
    Kind,
    ShownItem,
    Texts,
    nothing_to_order,
    single,
)
from schemas.items import Normalisation, Text

LONGEST_TEXT = 200  # characters
_HMAC = re.compile(r"[0-9a-f]{64}")


def seal(text: str, seed: bytes) -> str:
    """What the log holds of a text: HMAC-SHA-256 under the session's seed, in hexadecimal."""
    return hmac.digest(seed, text.encode(), "sha256").hex()


def sealed(selected: tuple[str, ...]) -> bool:
    """Whether this is one such seal."""
    return len(selected) == 1 and _HMAC.fullmatch(selected[0]) is not None


def storable(text: str) -> str:
    """The text with plain line ends; raises AnswerRefused for lone surrogates and control characters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    if any(unicodedata.category(one) in {"Cc", "Cs"} and one not in "\n\t" for one in lines):
        raise AnswerRefused(
            "answer.characters", "The answer holds a character that is no text. Write it again."
        )
    return lines


def normalise(text: str, how: tuple[Normalisation, ...]) -> str:
    """The text as it is compared: NFKC, then what the item asks for."""
    text = unicodedata.normalize("NFKC", text)
    if "case" in how:
        text = unicodedata.normalize("NFKC", text.casefold())
    if "accents" in how:
        marked = unicodedata.normalize("NFKD", text)
        text = unicodedata.normalize("NFKC", "".join(c for c in marked if unicodedata.category(c) != "Mn"))
    if "punctuation" in how:
        text = "".join(c for c in text if not unicodedata.category(c).startswith("P"))
    if "space" in how:
        text = " ".join(text.split())
    return text


def _lint_text(item: Text) -> Iterator[str]:
    where = f"Item {item.id}"
    if not item.accepted:
        yield f"{where} has no accepted answer."
    seen: set[tuple[str, str | None]] = set()
    for accepted in item.accepted:
        text = normalise(accepted.text, item.normalisation)
        if not text.strip():
            yield f"{where} accepts {accepted.text!r}, of which nothing is left after normalisation."
        if len(accepted.text) > LONGEST_TEXT:
            yield f"{where} accepts a text of more than {LONGEST_TEXT} characters, which nobody can write."
        if _met_before(text, accepted.language, seen):
            yield f"{where} accepts {accepted.text!r}, which is another accepted answer after normalisation."
        if not accepted.rationale.strip():
            yield f"{where}, accepted answer {accepted.text!r}, has no rationale."
        if not 1 <= accepted.points <= MOST_POINTS:
            yield f"{where} gives {accepted.text!r} {accepted.points} points; it must be 1 to {MOST_POINTS}."
        seen.add((text, accepted.language))
    if len(set(item.normalisation)) < len(item.normalisation):
        yield f"{where} names a normalisation twice."


def _met_before(text: str, language: str | None, seen: set[tuple[str, str | None]]) -> bool:
    """Whether somebody could be right by two accepted answers at once."""
    return any(text == other and (own == language or None in {own, language}) for other, own in seen)


def _no_places(_item: Text) -> dict[str, str]:
    return {}


def _read_text(item: Text, fields: Fields, seed: bytes) -> Given:
    text = storable(single(fields, "text"))
    if len(text) > LONGEST_TEXT:
        raise AnswerRefused("answer.too_long", f"The answer may have {LONGEST_TEXT} characters at most.")
    if not text.strip():
        raise AnswerRefused("answer.missing", "Write an answer, then go on.")
    compared = normalise(text, item.normalisation)
    if not compared.strip():
        raise AnswerRefused("answer.missing", "Write an answer with letters or digits, then go on.")
    return Given((seal(compared, seed),))


def _valid_text(_item: Text, selected: tuple[str, ...]) -> bool:
    return sealed(selected)


def _score_text(item: Text, selected: tuple[str, ...], seed: bytes) -> int:
    points = 0  # all are compared, so that the time does not tell which one it was
    for accepted in item.accepted:
        same = hmac.compare_digest(seal(normalise(accepted.text, item.normalisation), seed), selected[0])
        points += same * accepted.points
    return points


def _most_of_text(item: Text) -> int:
    return max((accepted.points for accepted in item.accepted), default=1)


def _show_text(item: Text, _order: tuple[str, ...], texts: Texts) -> ShownItem:
    return ShownItem(item.id, item.kind, texts["stem"], texts.get("exhibit"))


TEXT = Kind(
    Text,
    _lint_text,
    _no_places,
    nothing_to_order,
    _read_text,
    _valid_text,
    _score_text,
    _most_of_text,
    _show_text,
)
