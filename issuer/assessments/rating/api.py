"""/api/ratings: works that wait for a rater, blind; ratings; and how raters agree."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, PathParameter

from issuer.assessments.aftermath import Aftermath
from issuer.assessments.finish import settle
from issuer.assessments.rating.agree import BankAgreement, agreement_by_version
from issuer.assessments.rating.messages import (
    Agreed,
    BankAgreed,
    CriterionAgreed,
    RatingRecorded,
    RatingRequest,
    ShownCriterion,
    ShownLevel,
    WaitingWork,
    WaitingWorks,
)
from issuer.assessments.rating.rate import Given, rate
from issuer.assessments.rating.works import Waiting, waiting_for
from issuer.db.pool import Pool, unavailable
from issuer.organizations.tokens import AUTHENTICATED, Principal, Scope
from keys.stores.file import FileStore
from verifier.web.openapi import Documented
from verifier.web.problems import ASKED

SCOPE: Scope = "ratings:write"
READ: Scope = "ratings:read"
CREATED, OK = 201, 200
WORKS_AT_MOST = 20

AssessmentName = Annotated[str, PathParameter(description="The assessment's short name.")]


@get(
    "/api/ratings",
    tags=["Ratings"],
    summary="List the works that wait for your rating",
    operation_id="readRatings",
    security=[{"bearer": [SCOPE]}],
    response_description="What there is for you to rate.",
    opt={"documented": Documented((*AUTHENTICATED, "rating.person", "principal.unnamed"))},
)
async def read_ratings(
    pool: NamedDependency[Pool], keystore: NamedDependency[FileStore], principal: NamedDependency[Principal]
) -> WaitingWorks:
    """List works that wait for a rating by you, the oldest first, without anything about who wrote them.

    A work waits until two persons agree on each criterion, or a third has settled it. You never see your own,
    nor what others gave.
    """
    with unavailable():
        found = await waiting_for(pool, keystore, principal, limit=WORKS_AT_MOST)
    return WaitingWorks(tuple(map(_shown, found)))


@post(
    "/api/ratings",
    tags=["Ratings"],
    summary="Rate a work",
    operation_id="createRating",
    security=[{"bearer": [SCOPE]}],
    response_description="The rating is recorded.",
    responses={
        OK: ResponseSpec(RatingRecorded, generate_examples=False, description="The same was recorded before.")
    },
    opt={
        "documented": Documented(
            (
                *ASKED,
                *AUTHENTICATED,
                "rating.person",
                "principal.unnamed",
                "rating.unknown",
                "rating.own",
                "rating.given",
                "rating.closed",
                "rating.points",
            )
        )
    },
)
async def create_rating(
    data: JSONBody[RatingRequest],
    pool: NamedDependency[Pool],
    keystore: NamedDependency[FileStore],
    clock: NamedDependency[Callable[[], datetime]],
    aftermath: NamedDependency[Aftermath],
    principal: NamedDependency[Principal],
) -> Response[RatingRecorded]:
    """Rate a work by its rubric. Your first rating counts and stays; the same again changes nothing.

    The rating that settles the last criterion decides the assessment's step: a credential that is earned is
    issued at once, and the person is told by mail.
    """
    given = Given(data.session, data.item, data.points)
    done = await rate(pool, keystore, principal, given, clock)
    if done.awarded:
        await settle(aftermath.issue, done.organization_id, done.session_id)
    told = RatingRecorded(data.session, data.item, data.points)
    return Response(told, status_code=CREATED if done.did == "recorded" else OK)


@get(
    "/api/ratings/agreement/{assessment:str}",
    tags=["Ratings"],
    summary="Ask how raters agree",
    operation_id="readAgreement",
    security=[{"bearer": [READ]}],
    response_description="Agreement by criterion.",
    opt={"documented": Documented((*AUTHENTICATED, "assessment.unknown"))},
)
async def read_agreement(
    assessment: AssessmentName, pool: NamedDependency[Pool], principal: NamedDependency[Principal]
) -> Agreed:
    """Ask how the first two raters agree: exact agreement and Cohen's kappa for each criterion.

    Few works say little. A rater's token cannot ask: one work more would tell what another rater gave.
    """
    with unavailable():
        found = await agreement_by_version(pool, principal.organization_id, assessment)
    return Agreed(tuple(map(_agreed, found)))


def _shown(one: Waiting) -> WaitingWork:
    rubric = tuple(
        ShownCriterion(
            criterion.id,
            criterion.name,
            tuple(ShownLevel(level.points, level.description) for level in criterion.levels),
        )
        for criterion in one.task.rubric
    )
    return WaitingWork(
        session=one.session_id,
        item=one.task.id,
        assessment=one.title,
        stem=one.task.stem,
        exhibit=one.task.exhibit,
        aids=one.aids,
        words_at_most=one.task.words_at_most,
        words=one.words,
        since=one.since,
        rubric=rubric,
        language=one.language,
    )


def _agreed(found: BankAgreement) -> BankAgreed:
    criteria = tuple(
        CriterionAgreed(one.item, one.criterion, one.name, one.works, one.exact, one.kappa)
        for one in found.criteria
    )
    return BankAgreed(f"sha256-{found.bank_digest}", found.version, found.thirds, criteria)


handlers = (read_ratings, create_rating, read_agreement)
