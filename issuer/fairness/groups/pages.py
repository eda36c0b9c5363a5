"""The page on which a taker may say which groups they belong to, change it, and withdraw: theirs alone.

It stands apart from the assessment: reached from the result by a link, stored elsewhere, seen by no decision.
It opens for as long as the link does, also after the invitation's end: who may answer may withdraw.
"""

from typing import Any, TypeAlias
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER
from msgspec import Struct

from issuer.assessments import views
from issuer.assessments.keeping import keeping
from issuer.assessments.sitting import open_sitting
from issuer.db.pool import Db, Pool, transaction, unavailable
from issuer.fairness.groups.declare import declare, own_option
from issuer.fairness.groups.store import questions
from issuer.fairness.impact import FEWEST
from issuer.organizations.retention import rules
from issuer.organizations.store import load_organization
from keys.stores.file import FileStore
from schemas.problems import ProblemError
from verifier.web.bodies import read_form
from verifier.web.pages import page

PAGE = "issuer.fairness/take_groups.html"
FIELD = "group."
AnyRequest: TypeAlias = Request[Any, Any, Any]


class Asked(Struct, frozen=True):
    """An attribute as its page shows it; `given` is what the person answered, None where they did not."""

    field: str
    name: str
    purpose: str
    options: tuple[str, ...]
    given: str | None


@get("/take/{token:str}/groups", include_in_schema=False)
async def show(
    request: AnyRequest,
    token: FromPath[str],
    pool: NamedDependency[Pool],
    keystore: NamedDependency[FileStore],
) -> Response[bytes]:
    """Show what is asked, what for, who sees it, and what the person answered."""
    with unavailable():
        sitting = await open_sitting(pool, token)
        organization_id, person_id = sitting.invitation.organization_id, sitting.invitation.person_id
        organization = (await load_organization(pool, organization_id)).name
        asked = await _asked(pool, keystore, organization_id, person_id)
        until = keeping(await rules(pool, organization_id), sitting).link_until
    return page(
        PAGE,
        **views.heading(sitting, organization),
        asked=asked,
        fewest=FEWEST,
        until=until,
        saved="saved" in request.query_params,
        action=f"/take/{token}/groups",
        back=f"/take/{token}",
    )


@post("/take/{token:str}/groups", include_in_schema=False)
async def answer(
    request: AnyRequest,
    token: FromPath[str],
    pool: NamedDependency[Pool],
    keystore: NamedDependency[FileStore],
) -> Redirect:
    """Keep what the person chose, all of it or nothing; an empty choice withdraws."""
    form = await read_form(request)
    async with transaction(pool) as db:
        invitation = (await open_sitting(db, token)).invitation
        for question in await questions(db, invitation.organization_id):
            given = form.get(f"{FIELD}{question.attribute}")
            if given is None:
                continue
            if not isinstance(given, str):
                raise ProblemError("groups.option")
            told = question.attribute, given or None
            await declare(db, keystore, invitation.organization_id, invitation.person_id, told, own=True)
    return Redirect(f"/take/{token}/groups?saved", status_code=HTTP_303_SEE_OTHER)


async def _asked(db: Db, keystore: FileStore, organization_id: str, person_id: UUID) -> tuple[Asked, ...]:
    found = [
        Asked(
            f"{FIELD}{one.attribute}",
            one.attribute.replace("-", " ").capitalize(),
            one.purpose,
            one.options,
            await own_option(db, keystore, organization_id, person_id, one),
        )
        for one in await questions(db, organization_id)
    ]
    return tuple(found)


handlers = (show, answer)
