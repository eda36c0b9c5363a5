"""The JSON Canonicalization Scheme (RFC 8785): one text for each JSON value.

msgspec writes the same text in a twentieth of the time, except for floats and for members whose names sort
otherwise as UTF-16 than as code points; only those take the long way.
"""

import math
from json.encoder import encode_basestring
from typing import Any

import msgspec

# Beyond, a reader who holds doubles may take one integer for another (RFC 7493, section 2.2).
_GREATEST = 2**53 - 1
_SORTED = msgspec.json.Encoder(order="sorted")
# As MessagePack, a float begins with CB and an integer of 64 bits with CF or D3; in UTF-8, what sorts
# otherwise as UTF-16, from U+E000 on, with EE or above. Where none of these bytes is, there is none of that.
_PACKED = msgspec.msgpack.Encoder()
_PLAIN = bytes(set(range(0xEE)) - {0xCB, 0xCF, 0xD3})
# ECMAScript writes no exponent from 1e-6 up to 1e21 (Number::toString, ECMA-262 6.1.6.1.20).
_PLAIN_ABOVE, _PLAIN_UP_TO = -6, 21


class JcsRefused(ValueError):  # noqa: N818 — the house's name: what a refusal is, not that it is an error
    """A value without a canonical text: no JSON, or a number that not every reader reads alike."""


def canonical(value: Any) -> bytes:
    """The canonical UTF-8 text of what `strict_json.loads` gives; raises JcsRefused."""
    try:
        return _SORTED.encode(value) if _is_plain(value) else _written(value).encode()
    except UnicodeEncodeError:
        raise JcsRefused("A string holds half of a surrogate pair.") from None


def _is_plain(value: Any) -> bool:
    try:
        return not _PACKED.encode(value).translate(None, _PLAIN)
    except OverflowError:  # an integer of more than 64 bits
        return False


def _safe(integer: int) -> int:
    """An integer that every reader holds exactly, be it a double for him or not."""
    if abs(integer) > _GREATEST:
        try:
            same = number(float(integer)) == str(integer)
        except OverflowError:
            same = False
        if not same:
            raise JcsRefused("An integer is one that not every reader holds exactly.")
    return integer


def _written(value: Any) -> str:
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda member: member[0].encode("utf-16-be"))
        return "{" + ",".join(f"{encode_basestring(name)}:{_written(item)}" for name, item in members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_written, value)) + "]"
    if isinstance(value, float):
        return number(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(_safe(value))
    raise JcsRefused("This is not a JSON value.")


def number(value: float) -> str:
    """A double as ECMAScript writes it; infinities and NaN raise JcsRefused."""
    if not math.isfinite(value):
        raise JcsRefused("A number is beyond what a double can hold.")
    # repr gives the shortest digits that read back, as ECMAScript demands; only the layout differs.
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = fraction.rstrip("0") if fraction.strip("0") else ""
    digits = (whole + fraction).lstrip("0")
    if not digits:
        return "0"
    # The value is 0.digits times 10^point.
    point = len(whole) + int(exponent or 0)
    if whole == "0":
        point = int(exponent or 0) - (len(fraction) - len(fraction.lstrip("0")))
    digits = digits.rstrip("0")
    return ("-" if value < 0 else "") + _laid_out(digits, point)


def _laid_out(digits: str, point: int) -> str:
    if _PLAIN_ABOVE < point <= _PLAIN_UP_TO:
        if point <= 0:
            return "0." + "0" * -point + digits
        if len(digits) <= point:
            return digits + "0" * (point - len(digits))
        return digits[:point] + "." + digits[point:]
    sign = "+" if point > 0 else "-"
    mantissa = digits[0] + ("." + digits[1:] if digits[1:] else "")
    return f"{mantissa}e{sign}{abs(point - 1)}"
