import contextlib
import json
import math
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.strict_json import MAX_BYTES, MAX_CONTAINERS, MAX_VALUES, StrictJsonError, loads
from tests.untraced import seconds

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
DOCUMENTS: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)
# The suite demands that parsers accept these; the house refuses duplicate members everywhere.
REFUSED_BY_DECISION = {"y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"}


def code(data: bytes | str, **limits: int) -> str:
    with pytest.raises(StrictJsonError) as refused:
        loads(data, **limits)
    assert str(refused.value) == f"{refused.value.code}: {refused.value.detail}"
    return refused.value.code


@pytest.mark.corpora
def test_json_test_suite_is_met_exactly(corpora: Path) -> None:
    accepted, refused = set(), set()
    for path in (corpora / "jsontestsuite" / "test_parsing").glob("*.json"):
        try:
            document = loads(path.read_bytes())
        except StrictJsonError:
            refused.add(path.name)
        else:
            accepted.add(path.name)
            # -0 apart (a float's repr), what is accepted is what the standard library reads.
            assert repr(document) == repr(json.loads(path.read_bytes()))
    assert {name for name in refused if name.startswith("y_")} == REFUSED_BY_DECISION
    assert {name for name in accepted if name.startswith("n_")} == set()
    assert len(accepted) + len(refused) == 318


@given(DOCUMENTS, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_agrees_with_the_standard_library(document: Any, indent: int | str | None, ascii_only: bool) -> None:  # noqa: FBT001 — hypothesis passes by position
    text = json.dumps(document, indent=indent, ensure_ascii=ascii_only)
    expected = json.loads(text)
    for data in (text, text.encode()):
        read = loads(data)
        assert read == expected
        assert repr(read) == repr(expected)  # 1 and 1.0, True and 1, -0.0 and 0 are equal but not the same


@given(
    DOCUMENTS, st.text(st.characters(exclude_categories=["Cs"])), st.integers(0, 10), st.booleans(), st.data()
)
def test_a_duplicate_member_is_refused_at_any_depth(
    value: Any,
    name: str,
    depth: int,
    same: bool,  # noqa: FBT001 — hypothesis passes by position
    data: st.DataObject,
) -> None:
    other = value if same else data.draw(SCALARS)
    between = data.draw(st.sampled_from(["", '"\\u0000between":0,']))
    # Two spellings of one name are one name.
    spelled = "".join(f"\\u{unit:04x}" for unit in memoryview(name.encode("utf-16-le", "strict")).cast("H"))
    second = data.draw(st.sampled_from([json.dumps(name), f'"{spelled}"']))
    text = f"{{{json.dumps(name)}:{json.dumps(value)},{between}{second}:{json.dumps(other)}}}"
    for _ in range(depth):
        text = data.draw(st.sampled_from([f"[{text}]", f'{{"a":{text}}}', f'[0,{text},""]']))
    assert code(text) == "json.duplicate_key"


@given(st.binary(max_size=64))
def test_total_over_bytes(data: bytes) -> None:
    try:
        document = loads(data)
    except StrictJsonError:
        return
    assert document == json.loads(data)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "json.syntax"),
        (b"{", "json.syntax"),
        (b"[1] 2", "json.syntax"),
        (b"NaN", "json.syntax"),
        (b"[-Infinity]", "json.syntax"),
        (b'"\x01"', "json.syntax"),
        (b"01", "json.syntax"),
        (b'"\xff"', "json.utf8"),
        (b'"\xed\xa0\x80"', "json.utf8"),
        (b"\xff\xfe1\x00", "json.utf8"),
        (b"\xef\xbb\xbf1", "json.bom"),
        ("\ufeff1", "json.bom"),
        (b'{"a":1,"a":1}', "json.duplicate_key"),
        (b'{"a":1,"\\u0061":2}', "json.duplicate_key"),
        (b"1e309", "json.number"),
        (b"[-1e309]", "json.number"),
        (b"1" * 310, "json.number"),
        (b"-" + b"9" * 309, "json.number"),
        (b"1" * 100_000, "json.number"),
        (b'"\\ud800"', "json.surrogate"),
        (b'["\\udc00\\ud800"]', "json.surrogate"),
        (b'[{"\\ud83d":0}]', "json.surrogate"),
        ('"\ud800"', "json.surrogate"),
        (b"[" * 100_000, "json.depth"),
        (b"[" * 100_000 + b"]" * 100_000, "json.depth"),
        (b" " + b"[" * 100_000 + b"]" * 100_000, "json.depth"),
        (b'["\\ud800",' + b"[" * 100_000, "json.depth"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "json.depth"),
        (b"[" * 65 + b"]" * 65, "json.depth"),
        (b"[" + b"[]," * 20_000 + b"0]", "json.complexity"),
        (b"[" + b"[]," * 20_000, "json.complexity"),
        (b"[" + b"0," * 60_000 + b"0]", "json.complexity"),
        (b"[" + b'"",' * 200_000 + b'""]', "json.complexity"),
        (b" " * 1_048_577, "json.size"),
        (" " * 1_048_577, "json.size"),
    ],
)
def test_refusals_have_stable_codes(data: bytes | str, expected: str) -> None:
    assert code(data) == expected


def test_limits_are_exact() -> None:
    assert loads(b"[" * 64 + b"]" * 64)
    assert loads("[[]]", max_depth=2) == [[]]
    assert code("[[[]]]", max_depth=2) == "json.depth"
    assert loads("1", max_depth=0) == 1
    assert loads('[{},{},{},"[[["]', max_depth=2) == [{}, {}, {}, "[[["]
    assert loads('"é"', max_bytes=4) == "é"
    assert code('"é"', max_bytes=3) == "json.size"
    assert code(b'"\xc3\xa9"', max_bytes=3) == "json.size"


def test_many_values_are_read_up_to_the_limit() -> None:
    assert len(loads(b"[" + b"[]," * (MAX_CONTAINERS - 2) + b"[]]")) == MAX_CONTAINERS - 1
    assert len(loads(b"[" + b"0," * (MAX_VALUES - 1) + b"0]")) == MAX_VALUES
    # Brackets and commas in a string count for nothing, wherever the string seems to end.
    for text in ('[{,"' * 70_000, '\\"],[' * 70_000, "\\" * 3):
        assert loads(json.dumps([text])) == [text]


DEEP = b"[" * 62 + b"]" * 62


@pytest.mark.parametrize(
    "data",
    [
        b"[" + b",".join([DEEP] * 8_388) + b"]",
        b"[" + b",".join([b"[ ]"] * 262_000) + b"]",
        b'["\\ud83d\\ude00",' + b",".join([b"[ ]"] * 19_998) + b"]",
        b"[" + b",".join([b'""'] * 349_000) + b"]",
        b"{" + b",".join(b'"%x":{"x":1 }' % number for number in range(19_998)) + b"}",
        b"{" + b",".join([b'"a":1'] * 59_998) + b"}",
        b"[" + b",".join([b"0.12345678901234567"] * 52_000) + b" ]",
        b"[" * 65 + b'"\\' * 500_000,
    ],
)
def test_a_hostile_document_costs_little(data: bytes) -> None:
    assert len(data) <= MAX_BYTES
    tracemalloc.start()
    _read(data)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 32_000_000
    assert seconds(lambda: _read(data)) < 0.2


def _read(data: bytes) -> None:
    with contextlib.suppress(StrictJsonError):
        loads(data)


def test_numbers_up_to_the_largest_double() -> None:
    assert loads(b"1.7976931348623157e308") == 1.7976931348623157e308
    assert loads(str(2**1023)) == 2**1023
    assert loads(str(-(2**1023))) == -(2**1023)
    assert loads(f'["{"9" * 400}"]') == ["9" * 400]
    assert loads(b"[123456789012345678901234567890 ]") == [123456789012345678901234567890]
    assert math.copysign(1, loads(b"-0.0")) == -1
    assert loads(b"1e-400") == 0


def test_strings_that_only_look_dangerous() -> None:
    assert loads(b'["\\ud83d\\ude00","\\\\ud800", "\\u00e9",{"\\u0061":1}]') == [
        "😀",
        "\\ud800",
        "é",
        {"a": 1},
    ]


def test_depth_is_exact_beside_strings_that_hold_brackets() -> None:
    """Whichever way strings are taken out: between quotation marks, or with the escapes in them."""
    for text in ('"[{["', '"]}]]"', '"\\"[[["', '"\\\\"', '""'):
        for depth, accepted in ((64, True), (65, False)):
            document = f"[{text}," * depth + text + "]" * depth
            if accepted:
                assert loads(document)
            else:
                assert code(document) == "json.depth"
                assert code(document + '"') == "json.depth"


@given(st.integers(0, 400), st.integers(300, 320), st.sampled_from(["", "-", "{", "["]))
def test_a_long_integer_is_noticed_wherever_it_stands(before: int, digits: int, sign: str) -> None:
    value = 10 ** (digits - 1) * 9
    negative = -value if sign == "-" else value
    document = f'["{"x" * before}",{negative}]'
    if math.log10(1.7976931348623157e308) > digits - 1 + math.log10(9):
        assert loads(document)[1] == negative
    else:
        assert code(document) == "json.number"
