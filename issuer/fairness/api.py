"""/api/fairness: the report, items that are suspended, and what takers are asked about themselves."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter

from issuer.db.pool import Pool, transaction, unavailable
from issuer.fairness import store
from issuer.fairness.find import title_of
from issuer.fairness.groups import declare
from issuer.fairness.groups import store as groups
from issuer.fairness.messages import (
    DeletedQuestion,
    FairnessReport,
    GroupQuestion,
    GroupQuestionRequest,
    GroupQuestions,
    LiftedSuspension,
    ListedSuspension,
    MadeSuspension,
    SuspensionRequest,
    Suspensions,
    told,
)
from issuer.fairness.report import page, report
from issuer.fairness.suspend import lift, suspend, suspension
from issuer.organizations.tokens import AUTHENTICATED, Principal, Scope
from keys.stores.file import FileStore
from schemas.problems import ProblemError
from verifier.web.openapi import Documented
from verifier.web.problems import ASKED

READ: Scope = "fairness:read"
SUSPEND: Scope = "suspensions:write"
ASK: Scope = "groups:write"
OK = 200
HTML = "text/html"

Clock = Callable[[], datetime]
AssessmentName = Annotated[str, PathParameter(description="The assessment's short name.")]
SuspensionId = Annotated[UUID, PathParameter(description="The suspension's id.")]
AttributeName = Annotated[str, PathParameter(description="The attribute that is asked for.")]


@get(
    "/api/fairness/reports/{assessment:str}",
    tags=["Fairness"],
    summary="Read how people and items fared",
    operation_id="readFairnessReport",
    security=[{"bearer": [READ]}],
    response_description="The report of this moment.",
    opt={"documented": Documented((*AUTHENTICATED, "assessment.unknown"))},
)
async def read_report(
    assessment: AssessmentName,
    pool: NamedDependency[Pool],
    keystore: NamedDependency[FileStore],
    clock: NamedDependency[Clock],
    principal: NamedDependency[Principal],
) -> FairnessReport:
    """Read how people and items of an assessment fared, all its versions together.

    Groups, languages, content, items near an alarm, what is recorded: the same as `assay fairness report`.
    """
    with unavailable():
        return told(
            await report(pool, keystore, principal.organization_id, assessment, by=principal.id, at=clock())
        )


@get(
    "/api/fairness/reports/{assessment:str}/page",
    media_type=HTML,
    tags=["Fairness"],
    summary="Read the same as a page",
    operation_id="readFairnessPage",
    security=[{"bearer": [READ]}],
    response_description="One page by itself, without a script, that opens and prints anywhere.",
    opt={"documented": Documented((*AUTHENTICATED, "assessment.unknown"))},
)
async def read_page(
    assessment: AssessmentName,
    pool: NamedDependency[Pool],
    keystore: NamedDependency[FileStore],
    clock: NamedDependency[Clock],
    principal: NamedDependency[Principal],
) -> Response[bytes]:
    """Read the report as a page with its charts drawn, for people who must judge."""
    with unavailable():
        found = await report(
            pool, keystore, principal.organization_id, assessment, by=principal.id, at=clock()
        )
    return Response(page(found), media_type=HTML)


@get(
    "/api/fairness/suspensions",
    tags=["Fairness"],
    summary="List the items that are suspended",
    operation_id="readSuspensions",
    security=[{"bearer": [READ]}],
    response_description="What is not asked for now.",
    opt={"documented": Documented(AUTHENTICATED)},
)
async def read_suspensions(pool: NamedDependency[Pool], principal: NamedDependency[Principal]) -> Suspensions:
    """List the items that are not asked for now, and why."""
    with unavailable():
        found = await store.suspensions(pool, principal.organization_id)
    return Suspensions(
        tuple(
            ListedSuspension(
                one.id, one.bank_id, one.item_id, one.reason, one.since, one.suspended_by is None
            )
            for one in found
        )
    )


@post(
    "/api/fairness/suspensions",
    tags=["Fairness"],
    summary="Suspend an item",
    operation_id="createSuspension",
    security=[{"bearer": [SUSPEND]}],
    response_description="It is not asked any more.",
    opt={
        "documented": Documented(
            (*ASKED, *AUTHENTICATED, "fairness.person", "item.unknown", "item.suspended")
        )
    },
)
async def create_suspension(
    data: JSONBody[SuspensionRequest],
    pool: NamedDependency[Pool],
    keystore: NamedDependency[FileStore],
    clock: NamedDependency[Clock],
    principal: NamedDependency[Principal],
) -> MadeSuspension:
    """Ask an item no more, in any version of its bank, until a person lifts it. No result changes.

    The person whom the organisation named is told by mail.
    """
    by, organization_id = person(principal), principal.organization_id
    wanted = suspension((organization_id, data.bank, data.item), data.reason, by=by, at=clock())
    async with transaction(pool) as db:
        title = await title_of(db, organization_id, data.bank, data.item)
        if not await suspend(db, keystore, wanted, title):
            raise ProblemError("item.suspended")
    return MadeSuspension(wanted.id, data.bank, data.item)


@post(
    "/api/fairness/suspensions/{suspension_id:uuid}/lift",
    status_code=OK,
    tags=["Fairness"],
    summary="Lift a suspension",
    operation_id="liftSuspension",
    security=[{"bearer": [SUSPEND]}],
    response_description="The item may be asked again.",
    opt={
        "documented": Documented(
            (*AUTHENTICATED, "request.not_found", "fairness.person", "suspension.unknown")
        )
    },
)
async def lift_suspension(
    suspension_id: SuspensionId,
    pool: NamedDependency[Pool],
    clock: NamedDependency[Clock],
    principal: NamedDependency[Principal],
) -> LiftedSuspension:
    """Let a suspended item be asked again; its charts begin anew. Only a person does that."""
    by = person(principal)
    async with transaction(pool) as db:
        bank, item = await lift(db, principal.organization_id, suspension_id, by=by, at=clock())
    return LiftedSuspension(bank, item)


@get(
    "/api/fairness/groups",
    tags=["Fairness"],
    summary="List what takers are asked about themselves",
    operation_id="readGroupQuestions",
    security=[{"bearer": [READ]}],
    response_description="The attributes that are asked for.",
    opt={"documented": Documented(AUTHENTICATED)},
)
async def read_questions(
    pool: NamedDependency[Pool], principal: NamedDependency[Principal]
) -> GroupQuestions:
    """List the protected attributes that takers are asked for, with their options and what for."""
    with unavailable():
        found = await groups.questions(pool, principal.organization_id)
    return GroupQuestions(tuple(_shown(one) for one in found))


@post(
    "/api/fairness/groups",
    tags=["Fairness"],
    summary="Ask takers for a protected attribute",
    operation_id="createGroupQuestion",
    security=[{"bearer": [ASK]}],
    response_description="It is asked for from now on.",
    opt={
        "documented": Documented(
            (*ASKED, *AUTHENTICATED, "fairness.person", "groups.question", "groups.asked")
        )
    },
)
async def create_question(
    data: JSONBody[GroupQuestionRequest],
    pool: NamedDependency[Pool],
    clock: NamedDependency[Clock],
    principal: NamedDependency[Principal],
) -> GroupQuestion:
    """Ask takers for a protected attribute, on a page of their own after the assessment.

    Answering is free and can be withdrawn; only figures of groups of 20 people and more leave.
    """
    by = person(principal)
    question = groups.Question(data.attribute, data.options, data.purpose, clock())
    async with transaction(pool) as db:
        await declare.ask(db, principal.organization_id, question, by=by)
    return _shown(question)


@post(
    "/api/fairness/groups/{attribute:str}/delete",
    status_code=OK,
    tags=["Fairness"],
    summary="Ask for an attribute no more",
    operation_id="deleteGroupQuestion",
    security=[{"bearer": [ASK]}],
    response_description="It is not asked for any more.",
    opt={"documented": Documented((*AUTHENTICATED, "fairness.person", "groups.unknown"))},
)
async def delete_question(
    attribute: AttributeName,
    pool: NamedDependency[Pool],
    clock: NamedDependency[Clock],
    principal: NamedDependency[Principal],
) -> DeletedQuestion:
    """Ask for an attribute no more and delete every answer to it, which nothing brings back."""
    by = person(principal)
    async with transaction(pool) as db:
        await declare.stop_asking(db, principal.organization_id, attribute, by=by, at=clock())
    return DeletedQuestion(attribute)


def person(principal: Principal) -> UUID:
    """The principal's id; raises problem `fairness.person` for a program."""
    if principal.kind != "person":
        raise ProblemError("fairness.person")
    return principal.id


def _shown(question: groups.Question) -> GroupQuestion:
    return GroupQuestion(question.attribute, question.options, question.purpose, question.since)


handlers = (
    read_report,
    read_page,
    read_suspensions,
    create_suspension,
    lift_suspension,
    read_questions,
    create_question,
    delete_question,
)
