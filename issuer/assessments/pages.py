"""The pages of taking an assessment: plain forms, one address, every action answered by a redirect."""

import functools
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from issuer.assessments import take, telemetry, views
from issuer.assessments.aftermath import Aftermath
from issuer.assessments.earlier.counts import as_it_counts
from issuer.assessments.finish import settle
from issuer.assessments.keeping import keeping
from issuer.assessments.kinds import Fields
from issuer.assessments.sitting import Sitting, open_organization, open_sitting, refuse_expired
from issuer.db.pool import Pool, unavailable
from issuer.organizations.retention import rules
from issuer.people.enroll import load
from keys.stores.file import FileStore
from schemas.problems import ProblemError
from verifier.web.bodies import read_form
from verifier.web.pages import page
from verifier.web.problems import prefers_html

Clock: TypeAlias = Callable[[], datetime]
AnyRequest: TypeAlias = Request[Any, Any, Any]

# What a page can say about the action before it; the address carries only the word.
NOTICES = {
    "kept": "You had answered that question before. Your first answer stands; this is the next question.",
    "late": "The time for this part was over. What you had answered before counts, and only that.",
    "unshared": "Every link to your credential is ended: none of them opens it any more.",
    "later": "Your result is safe. The credential is not ready yet; open this page again in a moment.",
}
_CLOSED = {
    "invitation.unknown": "unknown",
    "invitation.expired": "expired",
    "person.erased": "erased",
}


@get("/take/{token:str}", include_in_schema=False)
async def show(
    request: AnyRequest,
    token: FromPath[str],
    pool: NamedDependency[Pool],
    keystore: NamedDependency[FileStore],
    clock: NamedDependency[Clock],
    aftermath: NamedDependency[Aftermath],
) -> Response[bytes] | Redirect:
    """Show whatever comes next: what to expect, the next question, or how it went."""
    notice = NOTICES.get(request.query_params.get("notice", ""))
    try:
        with unavailable():
            sitting = await open_sitting(pool, token)
            now = clock()
            refuse_expired(sitting, now)
            if sitting.is_late(now):
                step = await take.time_out(pool, token, clock)
                return await _forward(step, token, aftermath)
            accepts = request.headers.get("accept-language", "")
            return await _next_page(sitting, token, pool, keystore, aftermath, notice, accepts, now)
    except ProblemError as problem:
        return await _closed(request, problem, token, pool)


@post("/take/{token:str}/start", include_in_schema=False)
async def start(
    request: AnyRequest, token: FromPath[str], pool: NamedDependency[Pool], clock: NamedDependency[Clock]
) -> Response[bytes] | Redirect:
    """Begin in the language that was chosen, and show the first question."""
    language = _text(await read_form(request), "language") or None
    return await _act(functools.partial(take.start, language=language), request, token, pool, clock)


@post("/take/{token:str}/answers", include_in_schema=False)
async def answers(
    request: AnyRequest,
    token: FromPath[str],
    pool: NamedDependency[Pool],
    keystore: NamedDependency[FileStore],
    clock: NamedDependency[Clock],
    aftermath: NamedDependency[Aftermath],
) -> Response[bytes] | Redirect:
    """Record an answer, and show the next question or the outcome."""
    form = await read_form(request)
    item, fields = _text(form, "item"), {name: _texts(form, name) for name in form if name != "item"}
    try:
        step = await take.answer(pool, keystore, token, item, fields, clock)
    except ProblemError as problem:
        return await _again(request, problem, token, (item, fields), pool, clock())
    if step.did == "kept" and not _wants_page(request):
        raise ProblemError("answer.changed")
    return await _forward(step, token, aftermath)


@post("/take/{token:str}/continue", include_in_schema=False)
async def go_on(
    request: AnyRequest, token: FromPath[str], pool: NamedDependency[Pool], clock: NamedDependency[Clock]
) -> Response[bytes] | Redirect:
    """Ask the next questions."""
    return await _act(take.go_on, request, token, pool, clock)


@post("/take/{token:str}/pause", include_in_schema=False)
async def pause(
    request: AnyRequest, token: FromPath[str], pool: NamedDependency[Pool], clock: NamedDependency[Clock]
) -> Response[bytes] | Redirect:
    """Stop the clock."""
    return await _act(take.pause, request, token, pool, clock)


@post("/take/{token:str}/resume", include_in_schema=False)
async def resume(
    request: AnyRequest, token: FromPath[str], pool: NamedDependency[Pool], clock: NamedDependency[Clock]
) -> Response[bytes] | Redirect:
    """Let the clock go on."""
    return await _act(take.resume, request, token, pool, clock)


@post("/take/{token:str}/finish", include_in_schema=False)
async def finish(
    request: AnyRequest,
    token: FromPath[str],
    pool: NamedDependency[Pool],
    clock: NamedDependency[Clock],
    aftermath: NamedDependency[Aftermath],
) -> Response[bytes] | Redirect:
    """Stop here with the level that is reached."""
    try:
        step = await take.stop_here(pool, token, clock)
    except ProblemError as problem:
        return await _closed(request, problem, token, pool)
    return await _forward(step, token, aftermath)


@post("/take/{token:str}/share", include_in_schema=False)
async def share(
    request: AnyRequest,
    token: FromPath[str],
    pool: NamedDependency[Pool],
    aftermath: NamedDependency[Aftermath],
) -> Response[bytes] | Redirect:
    """Make a share link and open it; `?new` makes its page say once what it is."""
    try:
        place = await _awarded(token, pool, aftermath)
    except ProblemError as problem:
        return await _closed(request, problem, token, pool)
    if await aftermath.standing(*place) is None and not await settle(aftermath.issue, *place):
        return _back(token, "later")
    link = await aftermath.share(*place)
    return Redirect(f"{link}?new", status_code=HTTP_303_SEE_OTHER)


@post("/take/{token:str}/unshare", include_in_schema=False)
async def unshare(
    request: AnyRequest,
    token: FromPath[str],
    pool: NamedDependency[Pool],
    aftermath: NamedDependency[Aftermath],
) -> Response[bytes] | Redirect:
    """End every link to the credential, the one that was mailed too."""
    try:
        place = await _awarded(token, pool, aftermath)
    except ProblemError as problem:
        return await _closed(request, problem, token, pool)
    await aftermath.unshare(*place)
    return _back(token, "unshared")


async def _awarded(token: str, pool: Pool, aftermath: Aftermath) -> tuple[str, UUID]:
    """Return the organisation's and the session's id; raises `award.not_awarded` without an award."""
    with unavailable():
        sitting = await open_sitting(pool, token)
    session = sitting.session
    if session is None or session.finished_at is None:
        raise ProblemError("award.not_awarded")
    place = session.organization_id, session.id
    if session.outcome != "award" and await aftermath.standing(*place) is None:
        raise ProblemError("award.not_awarded")
    return place


async def _next_page(
    sitting: Sitting,
    token: str,
    pool: Pool,
    keystore: FileStore,
    aftermath: Aftermath,
    notice: str | None,
    accepts: str,
    now: datetime,
) -> Response[bytes]:
    organization_id = sitting.invitation.organization_id
    organization = (await open_organization(pool, organization_id)).name
    if sitting.current is not None:
        return page(views.QUESTION, **views.question(sitting, token, organization, now), notice=notice)
    if sitting.log is not None and sitting.log.paused:
        return page(views.PAUSED, **views.paused(sitting, token, organization, now))
    if sitting.waits_for_raters:
        return page(views.RATING, **views.heading(sitting, organization))
    person = (await load(pool, keystore, organization_id, sitting.invitation.person_id)).name
    kept = keeping(await rules(pool, organization_id), sitting)
    if sitting.session is None:
        recorded = await telemetry.switched(pool, organization_id)
        shown = views.before(sitting, token, organization, person, accepts=accepts, kept=kept)
        return page(views.BEFORE, **shown, recorded=recorded)
    standing = None
    if sitting.finished:
        standing = await aftermath.standing(organization_id, sitting.session.id)
        due = standing is None and sitting.session.outcome == "award"
        if due and await settle(aftermath.issue, organization_id, sitting.session.id):
            standing = await aftermath.standing(organization_id, sitting.session.id)
    asks = await aftermath.asks(organization_id)
    counting = await as_it_counts(pool, sitting)
    shown = views.outcome(counting, token, organization, person, standing, now)
    groups = f"/take/{token}/groups" if asks else None
    return page(views.OUTCOME, **shown, kept=kept, groups=groups, notice=notice)


async def _act(
    act: Callable[[Pool, str, Clock], Awaitable[take.Step]],
    request: AnyRequest,
    token: str,
    pool: Pool,
    clock: Clock,
) -> Response[bytes] | Redirect:
    """Do what was asked, and show what comes next."""
    try:
        await act(pool, token, clock)
    except ProblemError as problem:
        return await _closed(request, problem, token, pool)
    return _back(token)


async def _forward(step: take.Step, token: str, aftermath: Aftermath) -> Redirect:
    """Ask for the credential as soon as it is earned, then show the next page."""
    if step.awarded:
        await settle(aftermath.issue, step.organization_id, step.session_id)
    return _back(token, step.did if step.did in NOTICES else None)


async def _again(
    request: AnyRequest,
    problem: ProblemError,
    token: str,
    sent: tuple[str, Fields],
    pool: Pool,
    now: datetime,
) -> Response[bytes] | Redirect:
    """Show the question that is next, with what was wrong; what was given stays there."""
    item, fields = sent
    if problem.code == "session.paused" and _wants_page(request):
        return _back(token)
    if not problem.code.startswith("answer.") or not _wants_page(request):
        return await _closed(request, problem, token, pool)
    with unavailable():
        sitting = await open_sitting(pool, token)
        organization = (await open_organization(pool, sitting.invitation.organization_id)).name
    if sitting.current is None:
        return _back(token)
    given = fields if item == sitting.current.item else None
    shown = views.question(sitting, token, organization, now, given=given, error=views.sentence(problem))
    return page(views.QUESTION, status=problem.kind.status, **shown, notice=None)


async def _closed(request: AnyRequest, problem: ProblemError, token: str, pool: Pool) -> Response[bytes]:
    """Show why a link opens nothing any more; other problems are rendered where all are."""
    reason = _CLOSED.get(problem.code) if _wants_page(request) else None
    if reason is None:
        raise problem
    named: dict[str, Any] = {"organization": None, "assessment": None, "tongue": None}
    if reason == "expired":
        with unavailable():
            sitting = await open_sitting(pool, token)
            organization = (await open_organization(pool, sitting.invitation.organization_id)).name
            named = views.heading(sitting, organization)
    return page(
        views.CLOSED,
        status=problem.kind.status,
        reason=reason,
        **named,
        code=problem.code,
        request_id=request.scope.get("state", {}).get("request_id"),
    )


def _back(token: str, notice: str | None = None) -> Redirect:
    said = f"?notice={notice}" if notice else ""
    return Redirect(f"/take/{token}{said}", status_code=HTTP_303_SEE_OTHER)


def _wants_page(request: AnyRequest) -> bool:
    """Whether a problem is told on a page; a program gets it as application/problem+json."""
    return prefers_html(request.headers.get("accept", ""))


def _text(form: FormMultiDict, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def _texts(form: FormMultiDict, name: str) -> tuple[str, ...]:
    return tuple(value if isinstance(value, str) else "" for value in form.getall(name, []))


handlers = (show, start, answers, go_on, pause, resume, finish, share, unshare)
