"""The only door for untrusted JSON (RFC 8259, I-JSON RFC 7493).

Two readers of one document must never see two documents: duplicate members, lone surrogates, bad UTF-8, a
byte order mark and numbers that no double can hold are refused, and so are size, depth and number of values
beyond a bound, before anything is built from them.
"""

import json
import math
import re
from itertools import accumulate
from typing import Any, NoReturn

import msgspec

MAX_BYTES = 1_048_576
MAX_DEPTH = 64
# A value costs up to a hundred times its text once it is an object; credentials have some hundreds of them.
MAX_CONTAINERS = 20_000
MAX_VALUES = 60_000

# Its own reading of long decimals takes 20 times longer than float(); an infinity does not encode back.
_FAST = msgspec.json.Decoder(float_hook=float)
_ENCODER = msgspec.json.Encoder()
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
# A string, or one that never ends, so that no text is looked at twice.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_BRACKETS = bytes(set(range(256)) - set(_STEPS))
_NOT_OPENING = bytes(set(range(256)) - set(b"[{"))
_BOM = b"\xef\xbb\xbf"
# 309 digits: the shortest integers that a double may not hold. Every digit is made a zero, and then four of
# them stand in a row in every 64th byte wherever so many stand in a row.
_LONG_NUMBER, _SAMPLED, _EVERY = b"0" * 309, b"0" * 4, 64
_DIGITS = bytes.maketrans(b"123456789", b"000000000")


class StrictJsonError(ValueError):
    """A document that was refused: `code` is stable, `detail` is a sentence without the document's content.

    Codes: json.syntax, json.utf8, json.bom, json.duplicate_key, json.depth, json.complexity, json.size,
    json.number, json.surrogate.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


def loads(data: bytes | str, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Any:
    """Decode one JSON text to dict, list, str, int, float, bool or None, exactly as `json.loads` would.

    A scalar has depth 0, `[]` has depth 1. Raises StrictJsonError.
    """
    raw = _bytes(data, max_bytes)
    _bound(raw, max_depth)
    try:
        document = _FAST.decode(raw)
        # What encodes back to the same bytes is UTF-8, had no duplicate member, and nothing to normalise.
        if _ENCODER.encode(document) == raw and not _holds_long_number(raw):
            return document
    except (msgspec.DecodeError, UnicodeError):  # malformed, or what only the careful reader can judge
        pass
    return _careful(raw)


def _bytes(data: bytes | str, max_bytes: int) -> bytes:
    """The document's bytes, within the bound."""
    if len(data) <= max_bytes and isinstance(data, str):
        try:
            data = data.encode()
        except UnicodeEncodeError:
            raise _surrogate() from None
    if len(data) > max_bytes or isinstance(data, str):
        raise StrictJsonError("json.size", f"The text is longer than {max_bytes} bytes.")
    return data


def _holds_long_number(raw: bytes) -> bool:
    """Whether an integer may be beyond a double; digits in a string count too."""
    return _SAMPLED in raw[::_EVERY].translate(_DIGITS) and _LONG_NUMBER in raw.translate(_DIGITS)


def _bound(raw: bytes, max_depth: int) -> None:
    """Refuse what nests too deep or holds too much, before it is decoded."""
    # Counting what also stands in strings bounds both from above; only beyond that are strings taken out.
    opened = len(raw.translate(None, _NOT_OPENING))
    short = len(raw) <= MAX_VALUES
    if opened <= max_depth and (short or opened + raw.count(b",") <= MAX_VALUES):
        return
    if short and b"\\" not in raw:  # every other piece between quotation marks is a string
        bare, strings = b"".join(raw.split(b'"')[::2]), 0
    else:
        # Names included, there are at most two strings to a value.
        bare, strings = _STRING.subn(b"", raw, 2 * MAX_VALUES + 1)
    brackets = bare.translate(None, _NO_BRACKETS)[: 2 * MAX_CONTAINERS]
    if max(accumulate(map(_STEPS.__getitem__, brackets)), default=0) > max_depth:
        raise StrictJsonError("json.depth", f"Arrays and objects nest deeper than {max_depth} levels.")
    opened = bare.count(b"[") + bare.count(b"{")
    values = opened + max(bare.count(b","), strings // 2)
    if opened > MAX_CONTAINERS or values > MAX_VALUES:
        detail = f"It holds more than {MAX_CONTAINERS} arrays and objects, or than {MAX_VALUES} values."
        raise StrictJsonError("json.complexity", detail)


def _careful(raw: bytes) -> Any:
    """Decode with every member pair in sight, and say precisely what is wrong."""
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise StrictJsonError("json.utf8", f"Byte {error.start} does not belong to UTF-8 text.") from None
    if raw.startswith(_BOM):
        raise StrictJsonError("json.bom", "The text starts with a byte order mark.")
    try:
        document = _READER.decode(text)
    except json.JSONDecodeError as error:
        raise StrictJsonError("json.syntax", f"{error.msg} (character {error.pos}).") from None
    if _SURROGATE.search(text):
        try:
            json.dumps(document, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise _surrogate() from None
    return document


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise StrictJsonError("json.duplicate_key", "An object names the same member twice.")
    return members


def _integer(digits: str) -> int:
    # Before int(), which takes quadratic time: what a double can hold has 309 digits at most.
    if not math.isfinite(float(digits)):
        raise _number()
    return int(digits)


def _double(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise _number()
    return value


def _constant(name: str) -> NoReturn:
    raise StrictJsonError("json.syntax", f"{name} is not JSON.")


_READER = json.JSONDecoder(
    object_pairs_hook=_members, parse_int=_integer, parse_float=_double, parse_constant=_constant
)


def _number() -> StrictJsonError:
    return StrictJsonError("json.number", "A number is beyond what a double can hold.")


def _surrogate() -> StrictJsonError:
    return StrictJsonError("json.surrogate", "A string holds half of a surrogate pair.")
