"""LTI AGS, QTI, xAPI, CSV: each becomes the same receipt; any bytes at all are a problem, never a failure."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.receipts.ags import from_ags
from issuer.receipts.lines import LINES_AT_MOST, from_csv
from issuer.receipts.mapping import Mapped
from issuer.receipts.pieces import Piece
from issuer.receipts.qti import from_qti
from issuer.receipts.store import Provider, ProviderAssessment
from issuer.receipts.xapi import from_xapi
from schemas.problems import PROBLEMS
from schemas.receipt import Receipt, ReceiptRefused, Scale
from tests.unit.receipts.provider import ISSUER, TEST
from tests.unit.receipts.ways import HEAD, file, line, result, score, statement

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
NOW = AT.timestamp()
BASE, AUDIENCE = "https://assay.example", "did:web:assay.example:o:demo"
PROVIDER = Provider("demo", UUID(int=1), ISSUER, "Example Tests", None, b"", None, AT)
MAPPED = Mapped(TEST, "SQL", UUID(int=2), 1, version="2026.1")
ASSESSMENT = ProviderAssessment("demo", UUID(int=3), PROVIDER.id, MAPPED, "ab" * 32, AT)
PERSON = UUID(int=4)


def ags(body: bytes) -> Receipt:
    return from_ags(body, PROVIDER, ASSESSMENT, AUDIENCE, NOW)


def qti(body: bytes) -> Receipt:
    return from_qti(body, PROVIDER, ASSESSMENT, AUDIENCE, NOW).receipt


def xapi(body: bytes) -> tuple[Piece, ...]:
    return from_xapi(body, PROVIDER, AUDIENCE, BASE, NOW)


def csv(body: bytes) -> tuple[Piece, ...]:
    return from_csv(body, PROVIDER, AUDIENCE, NOW)


def refused(read: Callable[[bytes], object], body: bytes) -> ReceiptRefused:
    with pytest.raises(ReceiptRefused) as caught:
        read(body)
    return caught.value


def dumped(value: object) -> bytes:
    return json.dumps(value).encode()


def test_a_score_is_a_receipt_that_states_what_ags_knows() -> None:
    found = ags(dumped(score(PERSON, comment="Well done", extra={"x": 1})))
    assert (found.iss, found.aud, found.sub) == (ISSUER, AUDIENCE, f"urn:uuid:{PERSON}")
    assert (found.assessment, found.version, found.score, found.scale) == (TEST, "2026.1", 83, Scale(0, 100))
    assert found.completed_at == "2026-11-23T08:55:00Z"
    assert found.unstated == ("error", "cut", "level", "evidenceDigest", "assurance", "permittedAids")


def test_the_same_score_has_the_same_id_and_another_has_another() -> None:
    names = [
        ags(dumped(one)).jti
        for one in (
            score(PERSON),
            score(PERSON, scoreGiven=12),
            score(PERSON, timestamp="2026-11-23T08:56:00Z"),
            score(uuid4()),
        )
    ]
    assert names[0] == names[1], "the same moment cannot have two results"
    assert len(set(names)) == 3


@pytest.mark.parametrize("grading", ["Pending", "PendingManual", "Failed", "NotReady", "fullygraded", ""])
def test_only_fully_graded_counts(grading: str) -> None:
    assert refused(ags, dumped(score(PERSON, gradingProgress=grading))).code == "receipt.unfinished"


@pytest.mark.parametrize("activity", ["Initialized", "Started", "InProgress", "Submitted", ""])
def test_only_completed_counts(activity: str) -> None:
    assert refused(ags, dumped(score(PERSON, activityProgress=activity))).code == "receipt.unfinished"


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("receipt.score", {"scoreGiven": 101}),
        ("receipt.score", {"scoreGiven": -1}),
        ("receipt.score", {"scoreGiven": None}),
        ("receipt.score", {"scoreMaximum": None}),
        ("receipt.score", {"scoreMaximum": 0}),
        ("receipt.subject", {"userId": "ada"}),
        ("receipt.malformed", {"userId": 7}),
        ("receipt.malformed", {"timestamp": "today"}),
        ("receipt.malformed", {"scoreGiven": "83"}),
    ],
)
def test_scores_that_are_refused(code: str, changed: dict[str, Any]) -> None:
    assert refused(ags, dumped(score(PERSON, **changed))).code == code


def test_a_result_is_a_receipt_that_states_what_qti_knows() -> None:
    found = qti(result(PERSON, masteryValue="60"))
    assert (found.iss, found.aud, found.sub) == (ISSUER, AUDIENCE, f"urn:uuid:{PERSON}")
    assert (found.assessment, found.version, found.score, found.cut) == (TEST, "2026.1", 83, 60)
    assert (found.scale, found.completed_at) == (Scale(0, 100), "2026-11-23T08:55:00Z")
    assert found.unstated == ("error", "level", "evidenceDigest", "assurance", "permittedAids")


def test_what_a_result_leaves_open_is_unstated() -> None:
    found = qti(result(f"urn:uuid:{PERSON}", None, datestamp="2026-11-23T08:55:00.988"))
    assert {"score", "scale", "cut", "level", "completedAt"} <= set(found.unstated)
    assert qti(result(PERSON).replace(b"<value>83</value>", b"")).score is None
    kept = from_qti(result(PERSON, inner="<secret/>"), PROVIDER, ASSESSMENT, AUDIENCE, NOW).original
    assert set(json.loads(kept)) == {
        *("sourcedId", "sessions", "test", "datestamp", "digest", "score", "least", "greatest")
    }, "answers are not kept"


def test_the_same_result_has_the_same_id_and_another_has_another() -> None:
    session = result(PERSON).replace(b'identifier="s"', b'identifier="s2"')
    later, again = result(PERSON, datestamp="2026-11-23T08:56:00Z"), result(PERSON, 12)
    names = [qti(one).jti for one in (result(PERSON), again, later, session, result(uuid4()))]
    assert names[0] == names[1], "the same moment of the same session cannot have two results"
    assert len(set(names)) == 4


@pytest.mark.parametrize(
    ("code", "body"),
    [
        ("receipt.unfinished", result(PERSON, inner='<itemResult sessionStatus="pendingSubmission"/>')),
        ("receipt.score", result(PERSON, 101)),
        ("receipt.score", result(PERSON, normalMinimum="")),
        ("receipt.score", result(PERSON, normalMaximum="")),
        ("receipt.cut", result(PERSON, masteryValue="-1")),
        ("receipt.subject", result("ada")),
        ("receipt.malformed", result(PERSON, "8,3")),
        ("receipt.malformed", result(PERSON, "1e3")),
        ("receipt.malformed", result(PERSON, "NaN")),
        ("receipt.malformed", result(PERSON, baseType="string")),
        ("receipt.malformed", result(PERSON, cardinality="multiple")),
        ("receipt.malformed", result(PERSON, normalMinimum="9", normalMaximum="9")),
        ("receipt.malformed", result(PERSON).replace(b"<value>", b"<value/><value>")),
        ("receipt.malformed", result(PERSON, datestamp="")),
        ("receipt.malformed", result(PERSON, datestamp="xT0Z")),
        ("receipt.malformed", result(PERSON).replace(b"v3p0", b"v2p2")),
        ("receipt.malformed", result(PERSON, inner='<testResult identifier="u"/>')),
        ("receipt.malformed", result(PERSON).replace(b"context", b"contexts")),
        (
            "receipt.malformed",
            result(PERSON).replace(b"</testResult>", b'<outcomeVariable identifier="SCORE"/></testResult>'),
        ),
        ("receipt.malformed", b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>'),
        ("receipt.malformed", b"<a>" * 100_000),
    ],
)
def test_results_that_are_refused(code: str, body: bytes) -> None:
    assert refused(qti, body).code == code


def test_a_statement_is_a_receipt_that_states_what_xapi_knows() -> None:
    ((found, original, place),) = [
        (one.receipt, one.original, one.place) for one in xapi(dumped(statement()))
    ]
    assert (found.sub, found.name, found.level) == ("mailto:ada@example.org", "Ada Lovelace", "passed")
    assert (found.score, found.scale) == (83, Scale(0, 100))
    assert json.loads(original)["object"]["id"] == TEST
    assert place is None
    assert set(found.unstated) == {"version", "error", "cut", "evidenceDigest", "assurance", "permittedAids"}


@pytest.mark.parametrize(
    ("result", "level", "given", "scale"),
    [
        ({"success": False}, "failed", None, None),
        ({}, None, None, None),
        ({"score": {"scaled": 0.83}}, None, 0.83, Scale(-1, 1)),
        ({"score": {"scaled": -0.5, "raw": 3}, "completion": True}, None, -0.5, Scale(-1, 1)),
        ({"score": {"scaled": 0.5, "raw": 3, "min": 0, "max": 6}}, None, 3, Scale(0, 6)),
    ],
)
def test_results_of_a_statement(
    result: dict[str, Any], level: str | None, given: float | None, scale: Scale | None
) -> None:
    (piece,) = xapi(dumped(statement(result=result, context={"revision": "7"})))
    found = piece.receipt
    assert (found.level, found.score, found.scale, found.version) == (level, given, scale, "7")


def test_an_account_here_names_an_id_of_ours() -> None:
    actor = {"account": {"homePage": f"{BASE}/", "name": str(PERSON)}}
    assert xapi(dumped(statement(actor=actor)))[0].receipt.sub == f"urn:uuid:{PERSON}"


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("receipt.subject", {"actor": {}}),
        ("receipt.subject", {"actor": {"account": {"homePage": "https://other.example", "name": "1"}}}),
        (
            "receipt.subject",
            {"actor": {"mbox": "mailto:a@b.example", "account": {"homePage": BASE, "name": "1"}}},
        ),
        ("receipt.unfinished", {"result": {"completion": False, "success": True}}),
        ("receipt.score", {"result": {"score": {"raw": 7}}}),
        ("receipt.score", {"result": {"score": {"scaled": 1.01}}}),
        ("receipt.score", {"result": {"score": {"raw": 7, "min": 0, "max": 6}}}),
        ("receipt.malformed", {"id": "1"}),
        ("receipt.malformed", {"id": None}),
        ("receipt.malformed", {"object": {"id": TEST, "objectType": "StatementRef"}}),
        ("receipt.malformed", {"verb": {"id": "http://adlnet.gov/expapi/verbs/voided"}}),
        ("receipt.malformed", {"result": None}),
        ("receipt.malformed", {"timestamp": "soon"}),
        ("receipt.malformed", {"context": {"revision": 7}}),
        ("receipt.malformed", {"object": {"id": "no uri"}}),
    ],
)
def test_statements_that_are_refused(code: str, changed: dict[str, Any]) -> None:
    assert refused(xapi, dumped(statement(**changed))).code == code


def test_of_several_statements_the_wrong_one_is_named() -> None:
    assert [one.place for one in xapi(dumped([statement(), statement()]))] == ["Statement 1", "Statement 2"]
    wrong = refused(xapi, dumped([statement(), statement(result={"completion": False})]))
    assert (wrong.code, wrong.detail[:13]) == ("receipt.unfinished", "Statement 2: ")
    for body in ([], [statement()] * 201):
        assert refused(xapi, dumped(body)).code == "receipt.malformed"


def test_lines_are_receipts() -> None:
    (first, second) = csv(
        b"\xef\xbb\xbf" + file(line(error=2.5, cut=70, assurance="supervised"), "", line(level=""))
    )
    found = first.receipt
    assert (found.score, found.scale, found.error, found.cut) == (83, Scale(0, 100), 2.5, 70)
    assert (found.level, found.assurance, found.sub) == ("pass", "supervised", "mailto:ada@example.org")
    assert second.receipt.level is None
    assert (first.place, second.place) == ("Line 2", "Line 4")


@pytest.mark.parametrize(
    ("code", "body", "said"),
    [
        ("malformed", b"", "Line 1: the head must name id, email, assessment"),
        ("malformed", b"id,email\n", "Line 1"),
        ("malformed", b"id,email,assessment,id\n", "Line 1"),
        ("malformed", b"id,email,assessment,grade\n", "Line 1"),
        ("malformed", file(), "There is no result"),
        ("malformed", file(line(), line() + ",x"), "Line 3: it has 12 fields, the head 11."),
        ("malformed", file(line(id="")), "Line 2: jti must not be empty."),
        ("malformed", file(line(score="8,3")), "Line 2: it has 12"),
        ("malformed", file(line(score="1e3")), "Line 2: score must be a number"),
        ("malformed", file(line(score="nan")), "Line 2: score must be a number"),
        ("malformed", file(line(score="٣")), "Line 2: score must be a number"),
        ("malformed", file(line(min="")), "Line 2: A scale needs both min and max."),
        ("malformed", file(line(), line(), line(assurance="sure")), "Line 4: assurance"),
        ("malformed", file(line(name="x" * 1001)), "more than 1000 characters"),
        ("malformed", file('a,"b'), "this is not CSV"),
        ("malformed", file('a,"b"c'), "this is not CSV"),
        ("malformed", file(line(name="a\0b")), "no text"),
        ("malformed", b"\xff\xfe", "not UTF-8"),
        ("score", file(line(), line(score=101)), "Line 3: The score is outside the scale"),
        ("cut", file(line(cut=-1)), "Line 2: The cut is outside the scale"),
    ],
)
def test_files_that_are_refused(code: str, body: bytes, said: str) -> None:
    wrong = refused(csv, body)
    assert (wrong.code, said in wrong.detail) == (f"receipt.{code}", True), wrong


def test_a_file_is_bounded() -> None:
    assert "at most" in refused(csv, file(*[line()] * (LINES_AT_MOST + 1))).detail


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
READERS: tuple[Callable[[bytes], object], ...] = (ags, qti, xapi, csv)


def judged(read: Callable[[bytes], object], body: bytes) -> None:
    """Read it, or be told in a sentence with a code of the catalogue why not; nothing else may be raised."""
    wrong = None
    try:
        read(body)
    except ReceiptRefused as refusal:
        wrong = refusal
    assert wrong is None or (wrong.code in PROBLEMS and wrong.detail.endswith("."))


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_or_read(body: bytes) -> None:
    for read in READERS:
        judged(read, body)


@given(st.sampled_from(sorted({**score(PERSON), **statement()})), JSON)
def test_any_value_of_a_member_is_refused_or_read(name: str, value: object) -> None:
    for read, whole in ((ags, score(PERSON)), (xapi, statement())):
        judged(read, dumped({**whole, name: value}))


@given(st.sampled_from(HEAD.split(",")), st.text(max_size=40))
def test_any_field_of_a_line_is_refused_or_read(name: str, value: str) -> None:
    judged(csv, file(line(**{name: value})).decode().encode("utf-8", "replace"))


@given(
    st.sampled_from(
        ["score", "baseType", "cardinality", "normalMinimum", "masteryValue", "datestamp", "person"]
    ),
    st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters='<&"'), max_size=40),
)
def test_any_value_in_a_result_is_refused_or_read(name: str, value: str) -> None:
    judged(qti, result(value) if name == "person" else result(PERSON, **{name: value}))
