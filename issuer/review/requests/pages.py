"""The page of a request for a review: a plain form for whoever has the link, and how far the request is."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER
from msgspec.structs import replace

from issuer.assessments.sitting import Sitting, open_sitting
from issuer.assessments.views import heading
from issuer.db.pool import Pool, unavailable
from issuer.organizations.store import load_organization
from issuer.people.sealing import person_key
from issuer.review.requests import store
from issuer.review.requests.ask import OFTEN, ask
from issuer.review.requests.followed import Followed, followed
from issuer.review.requests.words import AT_MOST
from keys.stores.file import FileStore
from schemas.problems import ProblemError
from verifier.web.bodies import read_form
from verifier.web.pages import page
from verifier.web.problems import prefers_html

Clock: TypeAlias = Callable[[], datetime]
AnyRequest: TypeAlias = Request[Any, Any, Any]

REVIEW = "issuer.review.requests/review.html"
SHOWN_AGAIN = 20_000  # characters of what was sent, where it cannot be taken
# The page of the assessment says these better, and has what to do next.
ELSEWHERE = ("invitation.unknown", "person.erased", "session.unfinished", "session.not_started")


@get("/take/{token:str}/review", include_in_schema=False)
async def show(
    request: AnyRequest,
    token: FromPath[str],
    pool: NamedDependency[Pool],
    keystore: NamedDependency[FileStore],
) -> Response[bytes] | Redirect:
    """Show the form, or how far the request is and what was answered."""
    try:
        with unavailable():
            return await _page(token, pool, keystore)
    except ProblemError as problem:
        return _elsewhere(request, problem, token)


@post("/take/{token:str}/review", include_in_schema=False)
async def send(
    request: AnyRequest,
    token: FromPath[str],
    pool: NamedDependency[Pool],
    keystore: NamedDependency[FileStore],
    clock: NamedDependency[Clock],
) -> Response[bytes] | Redirect:
    """Take a request, and show that it is there; what cannot be taken stays in its field."""
    sent = (await read_form(request)).get("words", "")
    words = sent if isinstance(sent, str) else ""
    try:
        await ask(pool, keystore, token, words, clock)
    except ProblemError as problem:
        if not _wants_page(request) or problem.code not in {"review.words", "review.open", "review.often"}:
            return _elsewhere(request, problem, token)
        if problem.code == "review.words":
            with unavailable():
                return await _page(token, pool, keystore, words[:SHOWN_AGAIN], problem)
    return Redirect(f"/take/{token}/review", status_code=HTTP_303_SEE_OTHER)


async def _page(
    token: str, pool: Pool, keystore: FileStore, given: str = "", problem: ProblemError | None = None
) -> Response[bytes]:
    sitting = await open_sitting(pool, token)
    organization_id, person_id = sitting.invitation.organization_id, sitting.invitation.person_id
    made = await store.requests_of(pool, organization_id, person_id, sitting.assessment.slug)
    if not made and not sitting.finished:
        raise ProblemError("session.unfinished")
    organization = (await load_organization(pool, organization_id)).name
    key = await person_key(pool, keystore, organization_id, person_id)
    told = [_named(sitting, await followed(pool, key, one)) for one in made]
    own = [one for one in made if sitting.session is not None and one.session_id == sitting.session.id]
    is_open, often = any(one.answered_at is None for one in own), len(own) >= OFTEN
    may_ask = sitting.finished and not is_open and not often
    return page(
        REVIEW,
        status=200 if problem is None else problem.kind.status,
        **_context(sitting, organization, token, told),
        action=f"/take/{token}/review" if may_ask else None,
        often=often and not is_open,
        given=given,
        error=None if problem is None else problem.detail,
    )


def _context(sitting: Sitting, organization: str, token: str, told: Sequence[Followed]) -> dict[str, Any]:
    return {
        **heading(sitting, organization),
        "back": f"/take/{token}",
        "requests": told,
        "at_most": AT_MOST,
    }


def _named(sitting: Sitting, one: Followed) -> Followed:
    """With the level's name in place of its code."""
    return one if one.level is None else replace(one, level=sitting.achievement.level(one.level).name)


def _elsewhere(request: AnyRequest, problem: ProblemError, token: str) -> Redirect:
    """Lead to the page that says why there is nothing to ask; a program gets the problem."""
    if problem.code in ELSEWHERE and _wants_page(request):
        return Redirect(f"/take/{token}", status_code=HTTP_303_SEE_OTHER)
    raise problem


def _wants_page(request: AnyRequest) -> bool:
    return prefers_html(request.headers.get("accept", ""))


handlers = (show, send)
