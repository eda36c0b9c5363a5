"""Text entry of a number (QTI textEntryInteraction of base type float): exact decimals, no doubles."""

import re
import unicodedata
from collections.abc import Iterator
from fractions import Fraction

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
from issuer.assessments.kinds.written import storable
from schemas.items import Nearly, Numeric
from schemas.wording import many

LONGEST = 40  # characters as written
LARGEST_EXPONENT = 30
_LONGEST_CANONICAL = LONGEST + LARGEST_EXPONENT + 3
_CANONICAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?")
_PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_NUMBER = re.compile(r"([+-]?)([0-9]*)(?:[.,]([0-9]*))?(?:e([+-]?[0-9]{1,3}))?", re.IGNORECASE)
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}( [0-9]{3})+([.,][0-9]*)?")
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}([.,'\u2019][0-9]{3})+([.,][0-9]*)?")
_SPACE = re.compile(r"\s")
# Minus signs and dashes that keyboards and word processors put, full-width forms, the Arabic decimal comma.
_SIGNS = {0x2212: "-", 0x2013: "-", 0xFF0D: "-", 0xFF0B: "+", 0xFF0E: ".", 0xFF0C: ",", 0x066B: ","}


def _lint(item: Numeric) -> Iterator[str]:
    where = f"Item {item.id}"
    yield from _lint_range(where, item)
    for one in item.nearly:
        yield from _lint_range(f"{where}, nearly right at {one.value},", one)
        if not 1 <= one.points < item.points:
            yield f"{where} gives what is right in part {many(one.points, 'point')} of {item.points}."
    if not 1 <= item.points <= MOST_POINTS:
        yield f"{where} gives {item.points} points; it must be 1 to {MOST_POINTS}."
    if not item.rationale.strip():
        yield f"{where} has no rationale."
    if item.unit is not None and not item.unit.strip():
        yield f"{where} has an empty unit; leave it out."


def _lint_range(where: str, one: Numeric | Nearly) -> Iterator[str]:
    for name, number in (("value", one.value), ("tolerance", one.tolerance)):
        if not _PLAIN.fullmatch(number) or len(number) > LONGEST:
            yield (
                f"{where} has a {name} that is not a plain decimal of at most {LONGEST} characters, "
                "such as -12.50."
            )
    if one.tolerance.startswith("-"):
        yield f"{where} has a tolerance below zero."
    elif one.ends != "both" and not one.tolerance.strip("0."):
        yield f"{where} has a tolerance of zero, so both ends of the range are the value: no number is right."


def _unit(item: Numeric) -> dict[str, str]:
    return {} if item.unit is None else {"unit": item.unit}


def read_number(text: str) -> str:
    """The number as a plain decimal without needless zeros; raises AnswerRefused.

    A decimal comma or point, spaces between thousands and an exponent are understood. Other separators are
    refused rather than guessed at: 1,234 is either of two numbers.
    """
    written = "".join(_ascii(c) for c in text.strip()).translate(_SIGNS)
    if len(written) > LONGEST:
        raise AnswerRefused("answer.number", f"Write the number with {LONGEST} characters at most.")
    if _GROUPED.fullmatch(written):
        written = written.replace(" ", "")
    elif _ambiguous(written):
        raise AnswerRefused(
            "answer.number",
            "It is not clear which number this is. Do not separate thousands: 1234 or 1234.5.",
        )
    found = _NUMBER.fullmatch(written)
    if found is None or not (found[2] or found[3]):
        raise AnswerRefused("answer.number", "Write a number in digits, as in 12 or -0.5.")
    exponent = int(found[4] or 0)
    if abs(exponent) > LARGEST_EXPONENT:
        raise AnswerRefused(
            "answer.number", f"Write an exponent from -{LARGEST_EXPONENT} to {LARGEST_EXPONENT}."
        )
    return _canonical(found[1], found[2], found[3] or "", exponent)


def _ascii(character: str) -> str:
    """Any script's decimal digits and any space in ASCII; superscripts are no digits here."""
    if unicodedata.category(character) == "Nd":
        return str(unicodedata.decimal(character))
    return " " if _SPACE.match(character) else character


def _ambiguous(written: str) -> bool:
    """Whether it may separate thousands: 1,234 or 1.234,5 or 1'234, but neither 0,125 nor 1.234."""
    if not _THOUSANDS.fullmatch(written):
        return False
    lone_point = written.count(".") == 1 and not set(written) & set(",'\u2019")
    return not lone_point and not written.lstrip("+-").startswith("0")


def _canonical(sign: str, whole: str, fraction: str, exponent: int) -> str:
    digits, point = whole + fraction, len(whole) + exponent
    digits = "0" * max(-point, 0) + digits
    point = max(point, 0)
    digits += "0" * max(point - len(digits), 0)
    whole, fraction = digits[:point].lstrip("0") or "0", digits[point:].rstrip("0")
    plain = f"{whole}.{fraction}" if fraction else whole
    return f"-{plain}" if sign == "-" and plain != "0" else plain


def _read(item: Numeric, fields: Fields, _seed: bytes) -> Given:
    text = storable(single(fields, "number")).strip()
    if item.unit:
        text = text.removesuffix(item.unit)
    if not text.strip():
        raise AnswerRefused("answer.missing", "Write a number, then go on.")
    return Given((read_number(text),))


def _valid(_item: Numeric, selected: tuple[str, ...]) -> bool:
    if len(selected) != 1 or len(selected[0]) > _LONGEST_CANONICAL:
        return False
    return _CANONICAL.fullmatch(selected[0]) is not None and selected[0] != "-0"


def _score(item: Numeric, selected: tuple[str, ...], _seed: bytes) -> int:
    ranges: tuple[Numeric | Nearly, ...] = (item, *item.nearly)
    return max((one.points for one in ranges if _within(one, selected[0])), default=0)


def _within(one: Numeric | Nearly, number: str) -> bool:
    # Decimals as fractions: exact at any length, where Decimal rounds to its context's digits.
    above, tolerance = Fraction(number) - Fraction(one.value), Fraction(one.tolerance)
    if abs(above) == tolerance:
        return one.ends in {"both", "upper" if above > 0 else "lower"}
    return abs(above) < tolerance


def _most(item: Numeric) -> int:
    return item.points


def _show(item: Numeric, _order: tuple[str, ...], texts: Texts) -> ShownItem:
    return ShownItem(item.id, item.kind, texts["stem"], texts.get("exhibit"), unit=texts.get("unit"))


NUMERIC = Kind(Numeric, _lint, _unit, nothing_to_order, _read, _valid, _score, _most, _show)
