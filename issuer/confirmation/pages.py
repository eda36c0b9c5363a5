"""The pages of a confirmation: the code behind the person's link, the sitting, and what it said."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from issuer.assessments import views
from issuer.assessments.aftermath import Aftermath
from issuer.assessments.kinds import Fields
from issuer.assessments.pages import NOTICES
from issuer.assessments.sitting import open_sitting
from issuer.confirmation import store
from issuer.confirmation.basis.ground import RAISED_FROM
from issuer.confirmation.begin import enter
from issuer.confirmation.cases import why
from issuer.confirmation.lift import lift
from issuer.confirmation.plan import MINUTES_A_QUESTION, length
from issuer.confirmation.sit import Sat, Step, answer, open_sat, time_out
from issuer.confirmation.store import Confirmation
from issuer.db.pool import Pool, unavailable
from issuer.organizations.store import load_organization
from issuer.people.sealing import person_key
from issuer.status.desk import StatusDesk
from keys.stores.file import FileStore
from schemas.problems import ProblemError
from verifier.web.bodies import read_form
from verifier.web.pages import page
from verifier.web.problems import prefers_html

Clock: TypeAlias = Callable[[], datetime]
AnyRequest: TypeAlias = Request[Any, Any, Any]

CODE = "issuer.confirmation/confirm_code.html"
QUESTION = "issuer.confirmation/confirm_question.html"
END = "issuer.confirmation/confirm_end.html"


@get("/take/{token:str}/confirmation", include_in_schema=False)
async def show(
    token: FromPath[str], pool: NamedDependency[Pool], keystore: NamedDependency[FileStore]
) -> Response[bytes]:
    """Say what a confirmation is and take the code; or say what one of before showed."""
    with unavailable():
        return page(CODE, **await _code_page(token, pool, keystore), error=None)


@post("/take/{token:str}/confirmation", include_in_schema=False)
async def begin(
    request: AnyRequest,
    token: FromPath[str],
    pool: NamedDependency[Pool],
    keystore: NamedDependency[FileStore],
    clock: NamedDependency[Clock],
) -> Response[bytes] | Redirect:
    """Use the code, and go to the sitting's own address."""
    code = (await read_form(request)).get("code", "")
    with unavailable():
        try:
            secret = await enter(pool, keystore, token, code if isinstance(code, str) else "", clock)
        except ProblemError as problem:
            if not problem.code.startswith("confirmation.") or not _wants_page(request):
                raise
            shown = await _code_page(token, pool, keystore)
            return page(CODE, problem.kind.status, **shown, error=views.sentence(problem))
    return _to(secret)


@get("/confirm/{secret:str}", include_in_schema=False)
async def sitting(
    request: AnyRequest,
    secret: FromPath[str],
    pool: NamedDependency[Pool],
    keystore: NamedDependency[FileStore],
    clock: NamedDependency[Clock],
    desk: NamedDependency[StatusDesk],
    aftermath: NamedDependency[Aftermath],
) -> Response[bytes] | Redirect:
    """Show the question that is next, or what the sitting showed."""
    with unavailable():
        sat = await open_sat(pool, secret)
        now = clock()
        if sat.sitting.is_late(now):
            one = sat.confirmation
            step = await time_out(pool, keystore, one.organization_id, one.id, clock)
            await _follow(step, desk, aftermath)
            return _to(secret, "late")
        organization = (await load_organization(pool, sat.confirmation.organization_id)).name
        if sat.sitting.current is not None:
            shown = _question(sat, secret, organization, now)
            notice = NOTICES.get(request.query_params.get("notice", ""))
            return page(QUESTION, **shown, notice=notice)
        told = await _told(pool, keystore, sat.confirmation)
    return page(END, organization=organization, assessment=sat.sitting.bank.title, **told)


@post("/confirm/{secret:str}/answers", include_in_schema=False)
async def answers(
    request: AnyRequest,
    secret: FromPath[str],
    pool: NamedDependency[Pool],
    keystore: NamedDependency[FileStore],
    clock: NamedDependency[Clock],
    desk: NamedDependency[StatusDesk],
    aftermath: NamedDependency[Aftermath],
) -> Response[bytes] | Redirect:
    """Record an answer, and show the next question or the end."""
    form = await read_form(request)
    fields = {name: tuple(map(_text, form.getall(name, []))) for name in form if name != "item"}
    item = _text(form.get("item", ""))
    with unavailable():
        try:
            step = await answer(pool, keystore, secret, item, fields, clock)
        except ProblemError as problem:
            if not problem.code.startswith("answer.") or not _wants_page(request):
                raise
            return await _again(problem, secret, (item, fields), pool, clock())
        await _follow(step, desk, aftermath)
    if step.did == "kept" and not _wants_page(request):
        raise ProblemError("answer.changed")
    return _to(secret, step.did if step.did in NOTICES else "")


async def _again(
    problem: ProblemError, secret: str, sent: tuple[str, Fields], pool: Pool, now: datetime
) -> Response[bytes] | Redirect:
    """Show the question that is next, with what was wrong; what was given stays there."""
    sat = await open_sat(pool, secret)
    if sat.sitting.current is None:
        return _to(secret)
    organization = (await load_organization(pool, sat.confirmation.organization_id)).name
    given = sent[1] if sent[0] == sat.sitting.current.item else None
    shown = _question(sat, secret, organization, now, given=given, error=views.sentence(problem))
    return page(QUESTION, problem.kind.status, **shown, notice=None)


def _question(
    sat: Sat,
    secret: str,
    organization: str,
    now: datetime,
    *,
    given: Fields | None = None,
    error: str | None = None,
) -> dict[str, Any]:
    shown = views.question(sat.sitting, secret, organization, now, given=given, error=error)
    return {**shown, "total": shown["total"] or shown["most"], "action": f"/confirm/{secret}/answers"}


async def _code_page(token: str, pool: Pool, keystore: FileStore) -> dict[str, Any]:
    """What the page of the code is drawn from; raises problem `award.not_awarded` without a credential."""
    taken = await open_sitting(pool, token)
    organization_id = taken.invitation.organization_id
    award_id = await store.award_of(pool, organization_id, taken.invitation.person_id, taken.assessment.slug)
    if award_id is None:
        raise ProblemError("award.not_awarded")
    conditions = taken.assessment.conditions
    count = length(conditions)
    latest = await store.latest(pool, organization_id, award_id)
    told = {} if latest is None else await _told(pool, keystore, latest)
    return {
        "organization": (await load_organization(pool, organization_id)).name,
        "assessment": taken.bank.title,
        "credential": award_id,
        "count": count,
        "minutes": round(MINUTES_A_QUESTION * count * taken.invitation.time_multiplier),
        "permitted_aids": conditions.permitted_aids,
        "possible": conditions.assurance in RAISED_FROM,
        "action": f"/take/{token}/confirmation",
        "result": f"/take/{token}",
        "state": "none",
        "why": None,
        **told,
    }


async def _told(pool: Pool, keystore: FileStore, one: Confirmation) -> dict[str, Any]:
    """Where a confirmation stands, in the pages' words: `state` and a person's reason."""
    if one.verdict is None:
        return {"state": "none" if one.session_id is None else "open", "why": None}
    if one.verdict == "confirmed" or one.raised_at is not None:
        return {"state": "confirmed", "why": None}
    case = await store.case(pool, one.organization_id, one.id)
    if case is None or case.decision is None:
        return {"state": one.verdict, "why": None}
    key = await person_key(pool, keystore, one.organization_id, one.person_id)
    return {"state": case.decision, "why": why(key, case)}


async def _follow(step: Step, desk: StatusDesk, aftermath: Aftermath) -> None:
    """Raise the assurance as soon as it is confirmed; what fails here is for the job."""
    if step.confirmed:
        await lift(desk, aftermath.issue, step.organization_id, step.confirmation_id)


def _to(secret: str, notice: str = "") -> Redirect:
    said = f"?notice={notice}" if notice else ""
    return Redirect(f"/confirm/{secret}{said}", status_code=HTTP_303_SEE_OTHER)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _wants_page(request: AnyRequest) -> bool:
    return prefers_html(request.headers.get("accept", ""))


handlers = (show, begin, sitting, answers)
