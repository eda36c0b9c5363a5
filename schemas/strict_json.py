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
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
# A string, or one that never ends, so that no text is looked at twice.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_BRACKETS = bytes(set(range(256)) - set(_STEPS))
_BOM = b"\xef\xbb\xbf"
# 309 digits: the shortest integers that a double may not hold; found after every digit is made a zero.
_LONG_NUMBER = b"0" * 309
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
    raw = _utf8(data, max_bytes)
    _bound(raw, max_depth)
    try:
        document = _FAST.decode(raw)
        # What encodes back to the same bytes had no duplicate member and nothing to normalise.
        if msgspec.json.encode(document) != raw or _LONG_NUMBER in raw.translate(_DIGITS):
            document = _careful(raw)
    except msgspec.DecodeError:  # malformed, or a number that only the careful reader can judge
        document = _careful(raw)
    return document


def _bound(raw: bytes, max_depth: int) -> None:
    """Refuse what nests too deep or holds too much, before it is decoded."""
    # Counting what also stands in strings bounds both from above; only beyond that are strings taken out.
    opened = raw.count(b"[") + raw.count(b"{")
    if opened <= max_depth and opened + raw.count(b",") <= MAX_VALUES:
        return
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


def _utf8(data: bytes | str, max_bytes: int) -> bytes:
    """The document's bytes, known to be UTF-8 without a byte order mark and within the bound."""
    if len(data) > max_bytes:
        raise _size(max_bytes)
    if isinstance(data, str):
        try:
            data = data.encode()
        except UnicodeEncodeError:
            raise _surrogate() from None
        if len(data) > max_bytes:
            raise _size(max_bytes)
    else:
        try:
            data.decode()
        except UnicodeDecodeError as error:
            raise StrictJsonError("json.utf8", f"Byte {error.start} does not belong to UTF-8 text.") from None
    if data.startswith(_BOM):
        raise StrictJsonError("json.bom", "The text starts with a byte order mark.")
    return data


def _careful(raw: bytes) -> Any:
    """Decode with every member pair in sight, and say precisely what is wrong."""
    text = raw.decode()
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


def _size(max_bytes: int) -> StrictJsonError:
    return StrictJsonError("json.size", f"The text is longer than {max_bytes} bytes.")


def _number() -> StrictJsonError:
    return StrictJsonError("json.number", "A number is beyond what a double can hold.")


def _surrogate() -> StrictJsonError:
    return StrictJsonError("json.surrogate", "A string holds half of a surrogate pair.")
