"""The API documentation is true: its examples run, its problems and scopes are those that really occur."""

import copy
import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from issuer.app import create_app
from issuer.db.pool import connect
from issuer.issuance.desk import Desk
from issuer.organizations.tokens import SCOPES
from issuer.people.erase import erase
from issuer.sharing.desk import open_desk
from schemas.problems import PROBLEMS
from tests.unit.receipts.ways import delivered
from verifier.web import api_docs

Finished = Callable[..., Awaitable[UUID]]
Bearer = Callable[..., Awaitable[dict[str, str]]]
NOWHERE = "postgresql://assay@/assay?host=%2Fnowhere"
PROBLEM = "application/problem+json"
# They need a defect of ours, a key that cannot be used, or somebody who is quicker: see tests/unit/issuance.
RARE = {"credential.lint", "credential.self_check", "credential.signing"}
IDS = (
    "credential_id",
    "invitation_id",
    "provider_id",
    "assessment_id",
    "assessment",
    "annulment_id",
    "request_id",
    "suspension_id",
    "attribute",
    "case_id",
)
RACED = {
    "createCredential": {"credential.suspended", "credential.revoked", "person.erased"},
    # A person's token meets them: see tests/unit/assessments/test_rating.py.
    "readRatings": {"principal.unnamed"},
    "createRating": {
        "principal.unnamed",
        "rating.unknown",
        "rating.own",
        "rating.given",
        "rating.closed",
        "rating.points",
    },
    # Likewise, persons' tokens: see tests/unit/review.
    "createAnnulment": {"principal.unnamed", "annulment.interested"},
    "approveAnnulment": {
        "annulment.interested",
        "annulment.closed",
        "annulment.digest",
        "annulment.stale",
        "principal.unnamed",
        "approval.interested",
        "approval.own",
        "approval.given",
    },
    "rejectAnnulment": {"annulment.closed", "principal.unnamed", "approval.interested"},
    # Likewise: see tests/unit/fairness/test_api.py.
    "createSuspension": {"item.unknown", "item.suspended"},
    "liftSuspension": {"suspension.unknown"},
    "createGroupQuestion": {"groups.question", "groups.asked"},
    "deleteGroupQuestion": {"groups.unknown"},
    # Likewise: see tests/unit/confirmation.
    "createConfirmation": {
        "principal.unnamed",
        "credential.unknown",
        "credential.suspended",
        "credential.revoked",
        "confirmation.own",
        "confirmation.assured",
        "confirmation.source",
        "confirmation.too_few",
        "confirmation.done",
        "confirmation.supervisor",
    },
    "decideConfirmationCase": {
        "principal.unnamed",
        "confirmation.unknown",
        "confirmation.own",
        "confirmation.supervised",
        "confirmation.unfinished",
        "confirmation.decided",
        "confirmation.why",
    },
    "readConfirmationCases": {"principal.unnamed"},
    "readReview": {"review.unknown", "review.own", "review.rated", "principal.unnamed"},
    "beginReview": {"review.unknown", "review.own", "review.rated", "principal.unnamed", "review.answered"},
    "answerReview": {
        "review.unknown",
        "review.own",
        "review.rated",
        "principal.unnamed",
        "review.answered",
        "review.unmet",
        "annulment.unknown",
    },
}


@pytest.fixture
async def document(client: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get("/openapi.json")).json()
    return found


def operations(document: dict[str, Any]) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Method, path and description of every operation that needs a token, by its id."""
    return {
        found["operationId"]: (method.upper(), path, found)
        for path, item in document["paths"].items()
        for method, found in item.items()
        if "security" in found
    }


def body(found: dict[str, Any]) -> Any:
    if "application/json" not in found.get("requestBody", {}).get("content", {}):
        return None
    return copy.deepcopy(found["requestBody"]["content"]["application/json"]["example"])


def codes(found: dict[str, Any]) -> set[str]:
    return {
        code
        for response in found["responses"].values()
        for code in response["content"].get(PROBLEM, {}).get("examples", {})
    }


def alike(told: Any, example: Any) -> bool:
    """Whether an answer has the members of its example, at every depth, and values of their kinds."""
    if isinstance(example, dict):
        return (
            isinstance(told, dict)
            and told.keys() == example.keys()
            and all(alike(told[name], example[name]) for name in example)
        )
    if isinstance(example, list):
        return isinstance(told, list) and all(alike(one, example[0]) for one in told)
    return None in {told, example} or isinstance(told, type(example))


async def test_the_documented_examples_run(
    client: httpx.AsyncClient, desk: Desk, document: dict[str, Any], finished: Finished, bearer: Bearer
) -> None:
    headers = await bearer()
    known = operations(document)
    made = invitation = ""
    provider: dict[str, str] = {}
    for name in (
        "createInvitation",
        "createCredential",
        "readInvitation",
        "readCredential",
        "suspendCredential",
        "reinstateCredential",
        "revokeCredential",
        "readForms",
        "chooseForms",
        "createProvider",
        "readProviders",
        "createStatements",
        "createScore",
        "revokeProvider",
        "createAnnulment",
        "readAnnulment",
        "readAnnulments",
        "readReviews",
        "readFairnessReport",
        "readSuspensions",
        "readGroupQuestions",
    ):
        method, path, found = known.pop(name)
        sent = body(found)
        if name == "createCredential":  # the one example that must name something that is here
            assert set(sent) == {"session"}
            sent = {"session": str(await finished())}
        if name == "createProvider":  # another one
            sent["assessments"][0]["achievement"] = str(
                await desk.pool.fetchval("SELECT id FROM achievement")
            )
        if name == "createScore":  # and another one
            sent["userId"] = invitation
        if name == "createStatements":
            headers = await bearer(program="example-tests")
        named = {"invitation_id": invitation, "assessment": "sql-for-analysts"}
        at = path.format(**dict.fromkeys(IDS, made) | named | provider)
        answer = await client.request(method, at, headers=headers, json=sent)
        assert answer.is_success, (name, answer.text)
        told = answer.json()
        example = found["responses"][str(answer.status_code)]["content"]["application/json"]["example"]
        assert alike(told, example), (name, told, example)
        assert told.get("standing") == example.get("standing")
        if name == "createInvitation":
            invitation = told["id"]
        if name == "createProvider":
            provider = {"provider_id": told["id"], "assessment_id": told["assessments"][0]["id"]}
        if name == "createAnnulment":
            provider |= {"annulment_id": told["id"]}
        if name == "createCredential":
            made = told["id"]
            again = await client.request(method, path, headers=headers, json=sent)
            assert (again.status_code, again.json()) == (200, told)
            assert "200" in found["responses"]
    # What is signed or no JSON has no example that could run: see tests/unit/receipts. Nor has what only a
    # person's token may do: see tests/unit/assessments/test_rating.py and tests/unit/review.
    no_example = {"createReceipts", "createResult", "createLines"}
    persons = {"readRatings", "createRating", "readAgreement", "approveAnnulment", "rejectAnnulment"}
    persons |= {"readReview", "beginReview", "answerReview"}
    persons |= {"createSuspension", "liftSuspension", "createGroupQuestion", "deleteGroupQuestion"}
    persons |= {"createConfirmation", "readConfirmationCases", "decideConfirmationCase"}
    no_example |= {"readFairnessPage"}
    assert set(known) == no_example | persons


async def test_the_verifiers_example_runs(client: httpx.AsyncClient, document: dict[str, Any]) -> None:
    found = document["paths"]["/api/verify"]["post"]
    answer = await client.post("/api/verify", json=body(found))
    assert (answer.status_code, answer.json()["verdict"]) == (200, "invalid")
    assert set(answer.json()) <= set(document["components"]["schemas"]["Report"]["properties"])


async def test_the_documented_scope_is_the_one_that_is_needed(
    client: httpx.AsyncClient, document: dict[str, Any], bearer: Bearer
) -> None:
    for name, (method, path, found) in operations(document).items():
        ((scope,),) = [way["bearer"] for way in found["security"]]
        at = path.format(**dict.fromkeys(IDS, uuid4()))
        sent = body(found)
        without = await client.request(method, at, json=sent, headers=await bearer(*(set(SCOPES) - {scope})))
        assert (without.status_code, without.json()["code"]) == (403, "token.scope"), name
        allowed = await client.request(method, at, json=sent, headers=await bearer(scope))
        assert allowed.is_success or allowed.json()["code"] != "token.scope"
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


async def ways(
    client: httpx.AsyncClient, desk: Desk, finished: Finished, bearer: Bearer
) -> dict[str, list[Any]]:
    """Per operation: credential ids and bodies that end in a problem of its own."""
    headers = await bearer()

    async def credential(*then: str) -> tuple[str, str]:
        session = str(await finished(email=f"{uuid4().hex}@example.org"))
        answer = await client.post("/api/credentials", json={"session": session}, headers=headers)
        made = answer.json()["id"]
        for verb in then:
            sent = {"reason": "Under review."}
            await client.post(f"/api/credentials/{made}/{verb}", json=sent, headers=headers)
        return session, made

    async def erased(session: str) -> None:
        person = await desk.pool.fetchval(
            "SELECT person_id FROM session_person WHERE session_id = $1", UUID(session)
        )
        await erase(desk.pool, "demo", person, at=desk.clock())

    def invitation(**person: str) -> dict[str, Any]:
        known = {"name": "Ada", "email": "ada@example.org"}
        return {"assessment": "sql-for-analysts", "person": known | person}

    achievement = str(
        await desk.pool.fetchval(
            "SELECT id FROM achievement WHERE name = 'SQL for analysts' AND revision = 1"
        )
    )

    def provider(**changed: Any) -> dict[str, Any]:
        mapped = {"uri": "https://tests.example/a", "title": "A", "achievement": achievement, "revision": 1}
        known = {"issuer": "https://tests.example", "name": "Tests", "program": "tests"}
        return {**known, "assessments": [{**mapped, "levels": {"pass": "working"}, **changed}]}

    good, gone = await credential(), await credential("revoke")
    lost = await credential("suspend")
    await erased(lost[0])
    reason, nothing = {"reason": "A mistake."}, str(uuid4())
    unfit = {"bank": "sql-for-analysts", "items": ["sel-01"], "cause": "key", "why": "It is wrong."}
    proposed = (await client.post("/api/annulments", json=unfit, headers=headers)).json()
    approval = {"digest": proposed["digest"]}
    return {
        "createInvitation": [
            ("", {**invitation(), "assessment": "nothing"}),
            ("", invitation(name="  ")),
            ("", invitation(email="nobody")),
        ],
        "readInvitation": [(nothing, None), ("x", None)],
        "createCredential": [
            ("", {"session": nothing}),
            ("", {"invitation": nothing}),
            ("", {"receipt": nothing}),
            ("", {"session": str(await finished(email="u@example.org", outcome=None, level=None))}),
            ("", {"session": str(await finished(email="n@example.org", outcome="not_yet", level=None))}),
        ],
        "createProvider": [
            ("", provider(levels={})),
            ("", provider(achievement=nothing)),
            ("", provider()),
            ("", provider()),
        ],
        "readProviders": [],
        "revokeProvider": [(nothing, None), ("x", None)],
        "readRatings": [("", None)],
        "createRating": [("", {"session": nothing, "item": "x", "points": {}})],
        "readAgreement": [(nothing, None)],
        "readReviews": [],
        "readFairnessReport": [(nothing, None)],
        "readFairnessPage": [(nothing, None)],
        "readSuspensions": [],
        "createSuspension": [("", {"bank": "sql-for-analysts", "item": "sel-01"})],
        "liftSuspension": [(nothing, None), ("x", None)],
        "readGroupQuestions": [],
        "createGroupQuestion": [("", {"attribute": "age", "options": ["a", "b"], "purpose": "To see."})],
        "deleteGroupQuestion": [("age", None)],
        "readReview": [(nothing, None), ("x", None)],
        "beginReview": [(nothing, None), ("x", None)],
        "answerReview": [(nothing, {"words": "No."}), ("x", {"words": "No."}), (nothing, {"words": " "})],
        "createAnnulment": [("", {**unfit, "bank": nothing}), ("", {**unfit, "why": " "})],
        "readAnnulments": [],
        "readAnnulment": [(nothing, None), ("x", None)],
        "approveAnnulment": [(nothing, approval), ("x", approval), (proposed["id"], approval)],
        "rejectAnnulment": [
            (nothing, {}),
            ("x", {}),
            (nothing, {"keepSuspended": "x"}),
            (proposed["id"], {}, await bearer(program="other")),
        ],
        "createConfirmation": [("", {"credential": nothing, "identity": "document"})],
        "readConfirmationCases": [("", None)],
        "decideConfirmationCase": [(nothing, {"decision": "leave", "why": "It fits."}), ("x", None)],
        "readForms": [],
        "chooseForms": [
            ("", {"forms": []}),
            ("", {"forms": [{"profile": "paper"}]}),
            ("", {"forms": [{"profile": "ob3-jwt", "algorithm": "none"}]}),
            ("", {"forms": [{"profile": "ob3-jwt"}, {"profile": "ob3-jwt"}]}),
        ],
        "readCredential": [(nothing, None), ("x", None)],
        "revokeCredential": [(nothing, reason), ("x", reason), (good[1], {"reason": " "})],
        "suspendCredential": [
            (nothing, reason),
            ("x", reason),
            (good[1], {"reason": " "}),
            (gone[1], reason),
        ],
        "reinstateCredential": [
            (nothing, None),
            ("x", None),
            (good[1], None),
            (gone[1], None),
            (lost[1], None),
        ],
    }


async def test_the_documented_problems_are_those_that_occur(
    client: httpx.AsyncClient, desk: Desk, document: dict[str, Any], finished: Finished, bearer: Bearer
) -> None:
    headers = await bearer()
    special: dict[str, list[Any]] = {
        **await ways(client, desk, finished, bearer),
        **await delivered(desk, client, bearer),
    }
    for name, (method, path, found) in operations(document).items():
        at = path.format(**dict.fromkeys(IDS, uuid4()))
        seen: set[str] = set()

        def note(answer: httpx.Response) -> None:
            code = answer.json()["code"]
            assert answer.headers["content-type"] == PROBLEM
            assert answer.status_code == PROBLEMS[code].status
            seen.add(code)  # noqa: B023 - called in this very round

        note(await client.request(method, at, json=body(found)))
        note(await client.request(method, at, json=body(found), headers={"Authorization": "Bearer x"}))
        narrow = set(SCOPES) - {found["security"][0]["bearer"][0]}
        note(await client.request(method, at, json=body(found), headers=await bearer(*narrow)))
        if body(found) is not None:
            for content in (b"{", b"{}", b"[" * 5_000, b" " * 1_100_000):
                typed = {**headers, "Content-Type": "application/json"}
                note(await client.request(method, at, content=content, headers=typed))
        elif "requestBody" in found:
            note(await client.request(method, at, content=b" " * 1_100_000, headers=headers))
            note(await client.request(method, at, content=b"", headers=headers))
        for made, sent, whose in [(*way, None)[:3] for way in special[name]]:
            where = path.format(**dict.fromkeys(IDS, made))
            given = {"content": sent} if isinstance(sent, bytes) else {"json": sent}
            answer = await client.request(method, where, headers=whose or headers, **given)
            if not answer.is_success:  # the first of two that are the same
                note(answer)
        documented = codes(found) - {"database.unavailable"} - RARE - RACED.get(name, set())
        assert seen == documented, (name, seen ^ documented)


async def test_without_a_database_that_is_the_problem(
    desk: Desk, document: dict[str, Any], bearer: Bearer
) -> None:
    headers = await bearer()
    away = open_desk(await connect(NOWHERE), desk.keystore, desk.settings, desk.publications, desk.clock)
    transport = httpx.ASGITransport(app=create_app(away), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=desk.settings.base_url) as client:
        for method, path, found in operations(document).values():
            at = path.format(**dict.fromkeys(IDS, uuid4()))
            answer = await client.request(method, at, json=body(found), headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (503, "database.unavailable")
            assert "database.unavailable" in codes(found)


async def test_every_member_and_operation_has_a_meaning(
    client: httpx.AsyncClient, document: dict[str, Any]
) -> None:
    page = (await client.get("/docs/api")).text
    for operation in api_docs.operations(document):
        assert operation.summary
        assert operation.description
        told = [
            *operation.parameters,
            *(row for one in operation.bodies for row in one.rows),
            *(row for one in operation.answers for row in one.rows),
        ]
        assert [row.name for row in told if not row.description] == [], operation.path
        for answer in operation.answers:
            assert all(f"/docs/problems#{code}" in page for code, _ in answer.problems)
    assert "Bad request syntax" not in json.dumps(document)
    assert "Document created" not in json.dumps(document)
