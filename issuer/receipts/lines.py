"""CSV (RFC 4180): a file of results becomes receipts; a line that is wrong is refused by number. Pure.

The head names the columns; an empty field is unstated.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import msgspec

from issuer.receipts.pieces import Piece, at
from issuer.receipts.store import Provider
from schemas.receipt import Receipt, ReceiptRefused, receipt

REQUIRED = ("id", "email", "assessment")
# Column -> where it stands in a receipt.
OPTIONAL = {
    "name": "name",
    "version": "version",
    "score": "score",
    "min": "min",
    "max": "max",
    "error": "error",
    "cut": "cut",
    "level": "level",
    "evidence_digest": "evidenceDigest",
    "assurance": "assurance",
    "permitted_aids": "permittedAids",
    "completed_at": "completedAt",
}
NUMBERS = ("score", "min", "max", "error", "cut")
LINES_AT_MOST = 5_000
FIELD_AT_MOST = 1_000  # characters
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?", re.ASCII)


def from_csv(body: bytes, provider: Provider, audience: str, when: float) -> tuple[Piece, ...]:
    """Return the receipts in a file, each with its own fields as JSON; nothing if one of them is wrong.

    `when` is when it arrived, a NumericDate. Raises ReceiptRefused, its detail beginning with the line.
    """
    rows = _rows(body)
    head = next(rows, (1, []))[1]
    known = (*REQUIRED, *OPTIONAL)
    if len(set(head)) < len(head) or not set(REQUIRED) <= set(head) <= set(known):
        raise ReceiptRefused(
            "receipt.malformed",
            f"Line 1: the head must name {', '.join(REQUIRED)}, and may name {', '.join(OPTIONAL)}.",
        )
    found: list[Piece] = []
    for number, fields in rows:
        place = f"Line {number}"
        if len(fields) != len(head):
            raise ReceiptRefused(
                "receipt.malformed", f"{place}: it has {len(fields)} fields, the head {len(head)}."
            )
        line = dict(zip(head, fields, strict=True))
        one = at(place, partial(_receipt, line, provider, audience, when))
        found.append(Piece(one, msgspec.json.encode(line), place))
    if not found:
        raise ReceiptRefused("receipt.malformed", "There is no result in this file.")
    if len(found) > LINES_AT_MOST:
        raise ReceiptRefused("receipt.malformed", f"A file has at most {LINES_AT_MOST} results.")
    return tuple(found)


def _rows(body: bytes) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, each with the number of the line that it ends on."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ReceiptRefused("receipt.malformed", "The file is not UTF-8.") from None
    if "\0" in text:
        raise ReceiptRefused("receipt.malformed", "The file holds what is no text.")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            if max(map(len, row), default=0) > FIELD_AT_MOST:
                raise ReceiptRefused(
                    "receipt.malformed",
                    f"Line {reader.line_num}: a field has more than {FIELD_AT_MOST} characters.",
                )
            if row:
                yield reader.line_num, [field.strip() for field in row]
    except csv.Error:
        raise ReceiptRefused(
            "receipt.malformed", f"Line {reader.line_num}: this is not CSV: a quote stands where none may."
        ) from None


def _receipt(line: Mapping[str, str], provider: Provider, audience: str, when: float) -> Receipt:
    stated = {OPTIONAL[name]: _value(name, line[name]) for name in OPTIONAL if line.get(name)}
    least, greatest = stated.pop("min", None), stated.pop("max", None)
    if (least is None) != (greatest is None):
        raise ReceiptRefused("receipt.malformed", "A scale needs both min and max.")
    return receipt(
        {
            "iss": provider.issuer,
            "jti": line["id"],
            "iat": when,
            "aud": audience,
            "sub": f"mailto:{line['email']}",
            "assessment": line["assessment"],
            **stated,
            **({} if least is None else {"scale": {"min": least, "max": greatest}}),
        }
    )


def _value(column: str, text: str) -> Any:
    if column not in NUMBERS:
        return text
    if _NUMBER.fullmatch(text) is None:
        raise ReceiptRefused("receipt.malformed", f"{column} must be a number, as in 12.5.")
    return float(text)
