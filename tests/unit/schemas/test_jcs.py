import math
import struct
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import strict_json
from schemas.jcs import JcsRefused, canonical, number

# Every part of the code space in which the three sorts (bytes, code points, UTF-16) could differ.
EDGES = '\x00\x1f\x7f\x80\u07ff\u0800\ud7ff\ue000\ufb33\ufffe\uffff\U00010000\U0001f600\U0010ffff"\\/\b\f'
texts = st.text(max_size=6) | st.text(EDGES, max_size=4)
safe = st.integers(-(2**53) + 1, 2**53 - 1)
doubles = st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | safe | doubles | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=20,
)


@settings(max_examples=400)
@given(values)
def test_it_is_what_another_implementation_writes(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)
    assert canonical(strict_json.loads(canonical(value))) == canonical(value)


@given(st.floats(1e15, 1e22))
def test_integers_that_are_doubles_have_one_text(value: float) -> None:
    if float.is_integer(value) and value < 1e21:
        assert canonical(int(number(value))) == canonical(value)
    assert canonical(strict_json.loads(canonical(value))) == canonical(value)


@settings(max_examples=1000)
@given(st.integers(0, 2**64 - 1))
def test_every_double_is_written_as_ecmascript_does(bits: int) -> None:
    (value,) = struct.unpack(">d", bits.to_bytes(8))
    if math.isfinite(value):
        assert number(value) == rfc8785.dumps(value).decode()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (-0.0, "0"), (1.0, "1"), (-1.5, "-1.5"), (100.0, "100"), (1e20, "100000000000000000000"),
        (1e21, "1e+21"), (1.5e300, "1.5e+300"), (1e-6, "0.000001"), (1e-7, "1e-7"), (1.25e-9, "1.25e-9"),
        (333333333.33333329, "333333333.3333333"), (123456.75, "123456.75"), (5e-324, "5e-324"),
        (9007199254740992.0, "9007199254740992"), (0.001, "0.001"),
    ],
)  # fmt: skip
def test_numbers(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    "value",
    [2**53 + 1, -(2**53) - 1, [1.5, 2**53 + 1], 10**21, 10**400,
     math.inf, [-math.inf], math.nan, "\ud800", {"\udc00": 1}, {"a": ["\ud800", 1.5]}, [1.5, b"x"]],
)  # fmt: skip
def test_what_has_no_canonical_text_is_refused(value: Any) -> None:
    with pytest.raises(JcsRefused):
        canonical(value)


@pytest.mark.corpora
def test_other_peoples_pairs(corpora: Path) -> None:
    given = sorted((corpora / "jcs" / "input").iterdir())
    assert len(given) == 6
    for file in given:
        expected = (corpora / "jcs" / "output" / file.name).read_bytes()
        assert canonical(strict_json.loads(file.read_bytes())) == expected, file.name
        digits = (corpora / "jcs" / "outhex" / file.with_suffix(".txt").name).read_text()
        assert bytes.fromhex(digits) == expected
