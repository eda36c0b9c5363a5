"""Response files: what is read, and the sentence for each thing that is refused."""

import hashlib

import numpy as np
import pytest

from issuer.calibration.refused import CalibrationRefused, named
from issuer.calibration.responses import MAX_BYTES, check, matrix, read
from schemas.items import Model

GOOD = b"person,a,b,c\nk1,1,0,\nk2,0,,1\nk3,,,\n"


def refusal(document: bytes) -> CalibrationRefused:
    with pytest.raises(CalibrationRefused) as refused:
        read(document)
    return refused.value


def test_people_are_rows_and_what_was_not_met_is_empty() -> None:
    responses = read(GOOD)
    assert responses.persons == ("k1", "k2")
    assert responses.items == ("a", "b", "c")
    assert responses.scores.tolist() == [[1, 0, -1], [0, -1, 1]]
    assert responses.dropped == 1
    assert responses.met.tolist() == [2, 1, 1]


@pytest.mark.parametrize(
    "other",
    [
        b"\xef\xbb\xbf" + GOOD,
        GOOD.replace(b",", b";"),
        GOOD.replace(b",", b"\t"),
        GOOD.replace(b"\n", b"\r\n"),
        GOOD + b"\n\n",
        GOOD + b",,,\n , ,,\n",
        GOOD.rstrip(b"\n"),
        GOOD.replace(b"\n", b"\r"),
        GOOD.replace(b",1", b",1.0"),
        GOOD.replace(b"k1,1", b'"k1", 1 '),
    ],
)
def test_what_spreadsheets_write_is_read_alike(other: bytes) -> None:
    assert read(other).scores.tolist() == read(GOOD).scores.tolist()


@pytest.mark.parametrize(
    ("document", "code", "says"),
    [
        ("Käfer,a\n".encode("latin-1"), "responses.encoding", "byte 1"),
        ("person,a\nk,1\n".encode("utf-16"), "responses.encoding", "UTF-8"),
        (b'person,a\n"k,1\n', "responses.csv", "not CSV"),
        (b"", "responses.header", "first line"),
        (b"person\nk\n", "responses.header", "first line"),
        (b"person,a,\nk,1,1\n", "responses.header", "first line"),
        (b"person,a,a\nk,1,1\n", "responses.header", "a more than once"),
        (b"person,a,b\nk,1\n", "responses.ragged", "Line 2 has 2 cells; the first line has 3"),
        (b"person,a\n,1\n", "responses.person", "Line 2"),
        (b"person,a\nk,1\nm,1\nk,0\n", "responses.duplicate", "Lines 2 and 4"),
        (b"person,a,b\nk,1,-1\n", "responses.score", "Line 2, item b: '-1'"),
        (b"person,a\nk,1.5\n", "responses.score", "'1.5'"),
        (b"person,a\nk,NA\n", "responses.score", "nothing where the item was not met"),
        (b"person,a\nk,21\n", "responses.score", "from 0 to 20"),
        (b"person,a\nk,\n", "responses.none", "no response"),
        (b"person,a\n", "responses.none", "no response"),
        (b" " * (MAX_BYTES + 1), "responses.size", "200 MB"),
    ],
)
def test_a_file_that_is_not_as_it_must_be_is_refused_by_place(document: bytes, code: str, says: str) -> None:
    refused = refusal(document)
    assert refused.code == code
    assert says in refused.detail


def test_the_digest_is_of_the_answers_and_not_of_who_gave_them_or_in_which_order() -> None:
    first = read(GOOD).digest()
    assert first == read(b"who,c,b,a\nx,1,,0\ny,,0,1\n").digest()
    assert first != read(b"person,a,b,c\nk1,1,1,\nk2,0,,1\n").digest()
    assert first != read(b"person,a,b,d\nk1,1,0,\nk2,0,,1\n").digest()
    assert first == hashlib.sha256(b'["a","b","c"]\n0,,1\n1,0,\n').hexdigest()  # as documented


SIX = np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0], [1, 1, 0], [1, 1, 1], [0, 0, 0]])


@pytest.mark.parametrize(
    ("scores", "model", "most", "code", "says"),
    [
        (SIX, "2pl", {"a": 1, "b": 1}, "responses.unknown_item", "no item c"),
        (
            2 * SIX,
            "grm",
            {"a": 1, "b": 2, "c": 2},
            "responses.score",
            "item a: 2 points, but the item gives 1",
        ),
        (2 * SIX, "2pl", None, "calibration.points", "describes: a, b, c"),
        (SIX, "2pl", {"a": 1, "b": 1, "c": 2}, "calibration.points", "c"),
        (SIX * [1, 0, 1], "2pl", None, "calibration.separation", "b"),
        (SIX * [1, 1, 0] + [0, 0, 1], "rasch", None, "calibration.separation", "c"),
        (
            2 * SIX,
            "grm",
            None,
            "calibration.empty_category",
            "Item a: nobody scored 1 although somebody scored 2",
        ),
        (SIX[:, :2], "2pl", None, "calibration.too_few_items", "three items"),
    ],
)
def test_responses_that_a_model_or_bank_cannot_take_are_refused(
    scores: "np.ndarray[tuple[int, int], np.dtype[np.int64]]",
    model: Model,
    most: dict[str, int] | None,
    code: str,
    says: str,
) -> None:
    responses = matrix([f"k{n}" for n in range(6)], "abc"[: scores.shape[1]], scores)
    with pytest.raises(CalibrationRefused) as refused:
        check(responses, model, most)
    assert refused.value.code == code
    assert says in refused.value.detail


def test_what_fits_passes() -> None:
    responses = matrix([f"k{n}" for n in range(6)], "abc", SIX)
    check(responses, "2pl", {"a": 1, "b": 1, "c": 1, "d": 4})
    check(responses, "grm")


def test_items_can_be_left_out() -> None:
    left = read(GOOD).without(["a", "b"])
    assert (left.items, left.persons, left.dropped) == (("c",), ("k2",), 2)
    with pytest.raises(CalibrationRefused) as refused:
        left.without(["a"])
    assert refused.value.code == "responses.unknown_item"


def test_long_lists_are_cut() -> None:
    assert named([str(n) for n in range(12)]) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more"
