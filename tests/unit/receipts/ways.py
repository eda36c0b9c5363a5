"""Deliveries over HTTP that end in each documented problem: path id, body, and headers or None."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import httpx

from issuer.issuance.desk import Desk
from issuer.people.enroll import find
from issuer.receipts.register import register, revoke
from tests.unit.receipts.provider import (
    BARE,
    ISSUER,
    ORG,
    PROGRAM,
    SCORED,
    STRICT,
    TEST,
    Key,
    request,
    sign,
)

Bearer = Callable[..., Awaitable[dict[str, str]]]
Way = tuple[str, Any, dict[str, str] | None]
HEAD = "id,email,name,assessment,score,min,max,error,cut,level,assurance"


def score(person: object, **changed: Any) -> dict[str, Any]:
    """An AGS score."""
    return {
        "userId": str(person),
        "timestamp": "2026-11-23T08:55:00Z",
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "scoreGiven": 83,
        "scoreMaximum": 100,
    } | changed


def statement(**changed: Any) -> dict[str, Any]:
    """An xAPI statement."""
    return {
        "id": str(uuid4()),
        "actor": {"mbox": "mailto:ada@example.org", "name": "Ada Lovelace"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"},
        "object": {"id": TEST, "objectType": "Activity"},
        "result": {"score": {"raw": 83, "min": 0, "max": 100}, "success": True},
        "timestamp": "2026-11-23T08:55:00Z",
    } | changed


def result(person: object, score: object = 83, *, inner: str = "", **changed: str) -> bytes:
    """A QTI 3 assessmentResult; without a `score` there is no outcome, `inner` stands beside the test's."""
    bounds = {"cardinality": "single", "baseType": "float", "normalMinimum": "0", "normalMaximum": "100"}
    stamp = changed.pop("datestamp", "2026-11-23T08:55:00Z")
    attributes = "".join(f' {key}="{value}"' for key, value in (bounds | changed).items())
    outcome = f'<outcomeVariable identifier="SCORE"{attributes}><value>{score}</value></outcomeVariable>'
    session = '<sessionIdentifier sourceID="https://tests.example.org" identifier="s"/>'
    return (
        '<assessmentResult xmlns="http://www.imsglobal.org/xsd/imsqti_result_v3p0">'
        f'<context sourcedId="{person}">{session}</context>'
        f'<testResult identifier="t" datestamp="{stamp}">{"" if score is None else outcome}</testResult>'
        f'<itemResult identifier="i" datestamp="{stamp}" sessionStatus="final"/>{inner}</assessmentResult>'
    ).encode()


def line(**changed: Any) -> str:
    """A line below HEAD."""
    stated = {
        "id": uuid4(),
        "email": "ada@example.org",
        "name": "Ada Lovelace",
        "assessment": TEST,
        "score": 83,
        "min": 0,
        "max": 100,
        "level": "pass",
    } | changed
    return ",".join(str(stated.get(name, "")) for name in HEAD.split(","))


def file(*lines: str, head: str = HEAD) -> bytes:
    """A CSV file."""
    return "\r\n".join((head, *lines, "")).encode()


async def delivered(desk: Desk, client: httpx.AsyncClient, bearer: Bearer) -> dict[str, list[Way]]:
    """Register providers, and return per operation what is refused, each in another way."""
    key, at = Key(), desk.clock()
    asked = await request(desk, key, program=PROGRAM)
    _, assessments = await register(desk.pool, ORG, asked, principal_id=None, at=at)
    ids = {one.mapped.uri: str(one.id) for one in assessments}
    gone, _ = await register(
        desk.pool,
        ORG,
        await request(desk, key, issuer="https://gone.example", program="gone"),
        principal_id=None,
        at=at,
    )
    await revoke(desk.pool, ORG, gone.id, principal_id=None, at=at)
    far = await request(desk, None, issuer="https://far.example", jwksUrl="https://127.0.0.1/jwks.json")
    await register(desk.pool, ORG, far, principal_id=None, at=at)
    program, lost = await bearer(program=PROGRAM), await bearer(program="gone")
    invited = {"assessment": "sql-for-analysts", "person": {"name": "Ada", "email": "ada@example.org"}}
    answer = await client.post("/api/invitations", json=invited, headers=program)
    return {
        "createReceipts": _signed(desk, key),
        "createScore": _scores(ids, answer.json()["id"], program, lost),
        "createResult": _results(ids, answer.json()["id"], program, lost),
        "createStatements": _statements(program, lost),
        "createLines": _lines(program, lost, await find(desk.pool, desk.keystore, ORG, "ada@example.org")),
    }


def _signed(desk: Desk, key: Key) -> list[Way]:
    once = sign(desk, key)
    tokens = [
        once,
        once,
        sign(desk, key, iss="https://nobody.example"),
        sign(desk, key, iss="https://gone.example"),
        sign(desk, key, iss="https://far.example"),
        sign(desk, key, header={"kid": "other"}),
        sign(desk, key, header={"kid": "k1", "typ": "JWT"}),
        sign(desk, Key()),
        sign(desk, key, aud="https://other.example"),
        sign(desk, key, iat=1),
        sign(desk, key, cut=101),
        sign(desk, key, score=101),
        sign(desk, key, level="superb"),
        sign(desk, key, assessment=f"{ISSUER}/other"),
        sign(desk, key, assessment=SCORED, level=None, assurance=None),
        sign(desk, key, assessment=STRICT, level=None, error=None),
        sign(desk, key, sub="mailto:nobody"),
        sign(desk, key, sub="mailto:new@example.org", name=" "),
        sign(desk, key, sub=f"urn:uuid:{uuid4()}"),
    ]
    return [("", {"receipts": [token.decode()]}, None) for token in tokens]


def _scores(ids: dict[str, str], person: str, program: dict[str, str], lost: dict[str, str]) -> list[Way]:
    return [
        (ids[BARE], score(person), program),
        (ids[BARE], score(person), program),
        (ids[BARE], score(person), lost),
        (ids[BARE], score(person, scoreMaximum=50, scoreGiven=40), program),
        (ids[BARE], score(person, gradingProgress="Pending"), program),
        (ids[BARE], score(uuid4()), program),
        (ids[BARE], {}, program),
        (ids[TEST], score(person), program),
        (ids[SCORED], score(person), program),
        (ids[STRICT], score(person), program),
        (str(uuid4()), score(person), program),
        ("x", score(person), program),
    ]


def _results(ids: dict[str, str], person: str, program: dict[str, str], lost: dict[str, str]) -> list[Way]:
    pending = '<itemResult identifier="j" sessionStatus="pendingResponseProcessing"/>'
    return [
        (ids[BARE], result(person), program),
        (ids[BARE], result(person), program),
        (ids[BARE], result(person), lost),
        (ids[BARE], result(person, normalMaximum="50"), program),
        (ids[BARE], result(person, masteryValue="101"), program),
        (ids[BARE], result(person, inner=pending), program),
        (ids[BARE], result(uuid4()), program),
        (ids[BARE], b"<x/>", program),
        (ids[TEST], result(person), program),
        (ids[SCORED], result(person), program),
        (ids[STRICT], result(person), program),
        (str(uuid4()), result(person), program),
        ("x", result(person), program),
    ]


def _statements(program: dict[str, str], lost: dict[str, str]) -> list[Way]:
    once, unsure = statement(), {"score": {"raw": 83, "min": 0, "max": 100}}
    sent = [
        once,
        once,
        {},
        statement(object={"id": f"{ISSUER}/other"}),
        statement(result=unsure),
        statement(result={"score": {"raw": 3}}),
        statement(result={"completion": False}),
        statement(object={"id": STRICT}, result=unsure),
        statement(object={"id": SCORED}, result=unsure),
        statement(actor={"account": {"homePage": "https://other.example", "name": "ada"}}),
        statement(actor={"mbox": "mailto:nobody"}),
        statement(actor={"mbox": "mailto:new@example.org", "name": " "}),
    ]
    return [*(("", one, program) for one in sent), ("", statement(), lost)]


def _lines(program: dict[str, str], lost: dict[str, str], known: UUID | None) -> list[Way]:
    once = line()
    assert known is not None
    sent = [
        file(once),
        file(once),
        b"\xff",
        file(line(level="superb")),
        file(line(score=101)),
        file(line(cut=101)),
        file(line(assessment=f"{ISSUER}/other")),
        file(line(assessment=SCORED, level="")),
        file(line(assessment=STRICT, level="")),
        file(line(email="nobody")),
        file(line(email="new@example.org", name="")),
        file(line(email="new@example.org", name="\u202eAda")),
    ]
    return [*(("", one, program) for one in sent), ("", file(line()), lost)]
