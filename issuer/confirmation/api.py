"""/api/confirmations: a supervisor opens one; a person decides what a sitting did not settle."""

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter

from issuer.assessments.aftermath import Aftermath
from issuer.confirmation.cases import Waiting, decide, waiting_for
from issuer.confirmation.judge import Judgement
from issuer.confirmation.lift import lift
from issuer.confirmation.messages import (
    CaseDecided,
    CaseRequest,
    ConfirmationOpened,
    ConfirmationRequest,
    Figures,
    WaitingCase,
    WaitingCases,
)
from issuer.confirmation.supervise import open_confirmation
from issuer.db.pool import Pool, unavailable
from issuer.organizations.tokens import AUTHENTICATED, Principal, Scope
from issuer.status.desk import StatusDesk
from verifier.web.openapi import Documented
from verifier.web.problems import ASKED

SUPERVISE: Scope = "confirmations:supervise"
DECIDE: Scope = "confirmations:decide"
OK = 200
AT_MOST = 50
PEOPLE = ("confirmation.person", "principal.unnamed")

CaseIdOf = Annotated[UUID, PathParameter(description="The case's id.")]


@post(
    "/api/confirmations",
    tags=["Confirmations"],
    summary="Open a supervised confirmation",
    operation_id="createConfirmation",
    security=[{"bearer": [SUPERVISE]}],
    response_description="The code to say to the person who sits before you.",
    opt={
        "documented": Documented(
            (
                *ASKED,
                *AUTHENTICATED,
                *PEOPLE,
                "credential.unknown",
                "credential.suspended",
                "credential.revoked",
                "confirmation.own",
                "confirmation.assured",
                "confirmation.source",
                "confirmation.too_few",
                "confirmation.done",
                "confirmation.supervisor",
            )
        )
    },
)
async def create_confirmation(
    data: JSONBody[ConfirmationRequest],
    desk: NamedDependency[StatusDesk],
    principal: NamedDependency[Principal],
) -> ConfirmationOpened:
    """Open a short supervised sitting for a credential's holder: the code works for a quarter of an hour.

    Ask again for a new code, also where a sitting broke off: it goes on at its question; its clock ran on.
    """
    with unavailable():
        opened = await open_confirmation(
            desk.pool, desk.keystore, principal, data.credential, data.identity, at=desk.clock()
        )
    return ConfirmationOpened(opened.id, opened.code, opened.expires_at, opened.resumes)


@get(
    "/api/confirmations/cases",
    tags=["Confirmations"],
    summary="List the cases that wait for a person",
    operation_id="readConfirmationCases",
    security=[{"bearer": [DECIDE]}],
    response_description="Sittings that settled nothing by themselves.",
    opt={"documented": Documented((*AUTHENTICATED, *PEOPLE))},
)
async def read_cases(pool: NamedDependency[Pool], principal: NamedDependency[Principal]) -> WaitingCases:
    """List cases that wait for you, the oldest first, without anything about who the person is."""
    with unavailable():
        found = await waiting_for(pool, principal, limit=AT_MOST)
    return WaitingCases(tuple(map(_shown, found)))


@post(
    "/api/confirmations/cases/{case_id:uuid}",
    status_code=OK,
    tags=["Confirmations"],
    summary="Decide a case",
    operation_id="decideConfirmationCase",
    security=[{"bearer": [DECIDE]}],
    response_description="It is decided, and the person is told.",
    opt={
        "documented": Documented(
            (
                *ASKED,
                *AUTHENTICATED,
                *PEOPLE,
                "request.not_found",
                "confirmation.unknown",
                "confirmation.own",
                "confirmation.supervised",
                "confirmation.unfinished",
                "confirmation.decided",
                "confirmation.why",
            )
        )
    },
)
async def decide_case(
    case_id: CaseIdOf,
    data: JSONBody[CaseRequest],
    desk: NamedDependency[StatusDesk],
    aftermath: NamedDependency[Aftermath],
    principal: NamedDependency[Principal],
) -> CaseDecided:
    """Decide what a sitting did not settle. Until somebody does, the credential stays as it is."""
    with unavailable():
        await decide(desk.pool, desk.keystore, principal, case_id, data.decision, data.why, at=desk.clock())
        await lift(desk, aftermath.issue, principal.organization_id, case_id, principal.id)
    return CaseDecided(case_id, data.decision)


def _shown(one: Waiting) -> WaitingCase:
    return WaitingCase(
        id=one.id,
        session=one.session_id,
        assessment=one.title,
        level=one.level,
        reason=None if one.judgement is None else one.judgement.verdict,
        identity=one.identity,
        since=one.since,
        figures=None if one.judgement is None else _figures(one.judgement),
    )


def _figures(found: Judgement) -> Figures:
    return Figures(
        planned=found.planned,
        asked=found.asked,
        answered=found.answered,
        points=found.points,
        expected=None if found.predicted is None else round(found.predicted.expected, 1),
        lower_tail=None if found.predicted is None else round(float(found.predicted.lower_tail), 4),
        probability=found.probability,
        threshold=found.threshold,
    )


handlers = (create_confirmation, read_cases, decide_case)
