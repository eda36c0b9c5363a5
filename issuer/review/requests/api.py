"""/api/reviews: what people ask to have looked at again, the replayed session, and the answer."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter

from issuer.assessments.rating.store import own_persons
from issuer.db.pool import Pool, unavailable
from issuer.organizations.tokens import AUTHENTICATED, Principal, Scope
from issuer.review.requests import store
from issuer.review.requests.answer import answer, begin
from issuer.review.requests.messages import (
    AnswerRequest,
    RequestStands,
    ReviewRequested,
    ShownDecision,
    ShownLevel,
    ShownQuestion,
    ShownReplay,
    WaitingRequest,
    WaitingRequests,
)
from issuer.review.requests.show import Shown, show
from keys.stores.file import FileStore
from schemas.assessment import Decision
from verifier.web.openapi import Documented
from verifier.web.problems import ASKED

READ: Scope = "review:read"
PROPOSE: Scope = "review:propose"
OK = 200
WAITING_AT_MOST = 100

RequestId = Annotated[UUID, PathParameter(description="The request's id.")]
Clock = Callable[[], datetime]
ONE = (
    *AUTHENTICATED,
    "request.not_found",
    "review.unknown",
    "review.own",
    "review.rated",
    "approval.person",
    "principal.unnamed",
)


@get(
    "/api/reviews",
    tags=["Review"],
    summary="List requests for a review",
    operation_id="readReviews",
    security=[{"bearer": [READ]}],
    response_description="What waits for an answer.",
    opt={"documented": Documented(AUTHENTICATED)},
)
async def read_reviews(pool: NamedDependency[Pool], principal: NamedDependency[Principal]) -> WaitingRequests:
    """List requests that nobody has answered, the oldest first: no words, and nobody's name."""
    with unavailable():
        own = await own_persons(pool, principal.organization_id, principal.id)
        found = await store.waiting(pool, principal.organization_id, besides=own, limit=WAITING_AT_MOST)
    return WaitingRequests(
        tuple(
            WaitingRequest(
                one.id,
                one.session_id,
                one.assessment,
                one.asked_at.date(),
                "received" if one.begun_at is None else "begun",
            )
            for one in found
        )
    )


@get(
    "/api/reviews/{request_id:uuid}",
    tags=["Review"],
    summary="Read a request and its session",
    operation_id="readReview",
    security=[{"bearer": [READ]}],
    response_description="The request, and the replayed session.",
    opt={"documented": Documented(ONE)},
)
async def read_review(
    request_id: RequestId,
    pool: NamedDependency[Pool],
    keystore: NamedDependency[FileStore],
    clock: NamedDependency[Clock],
    principal: NamedDependency[Principal],
) -> ReviewRequested:
    """Read what a person wrote, and their session as it replays: asked, given, decided; not who it is.

    Only a person reads it, and nobody a request of their own. Where they wrote a text for a task, that it
    was read stands in the audit log.
    """
    with unavailable():
        return _told(await show(pool, keystore, principal, request_id, at=clock()))


@post(
    "/api/reviews/{request_id:uuid}/begin",
    status_code=OK,
    tags=["Review"],
    summary="Say that you look at a request",
    operation_id="beginReview",
    security=[{"bearer": [PROPOSE]}],
    response_description="The person's page says so.",
    opt={"documented": Documented((*ONE, "review.answered"))},
)
async def begin_review(
    request_id: RequestId,
    pool: NamedDependency[Pool],
    clock: NamedDependency[Clock],
    principal: NamedDependency[Principal],
) -> RequestStands:
    """Say that somebody looks at it. The person sees that it is being looked at, not by whom."""
    with unavailable():
        await begin(pool, principal, request_id, at=clock())
    return RequestStands(request_id, "begun")


@post(
    "/api/reviews/{request_id:uuid}/answer",
    status_code=OK,
    tags=["Review"],
    summary="Answer a request",
    operation_id="answerReview",
    security=[{"bearer": [PROPOSE]}],
    response_description="The person is told.",
    opt={
        "documented": Documented(
            (*ASKED, *ONE, "review.words", "review.answered", "annulment.unknown", "review.unmet"),
            {"state": "answered"},
        )
    },
)
async def answer_review(
    request_id: RequestId,
    data: JSONBody[AnswerRequest],
    pool: NamedDependency[Pool],
    keystore: NamedDependency[FileStore],
    clock: NamedDependency[Clock],
    principal: NamedDependency[Principal],
) -> RequestStands:
    """Answer a request once, in your own words; the person gets them by mail and on their page.

    Name the proposal that you made because of it, if you made one: their page follows what becomes of it.
    The answer alone changes no result.
    """
    with unavailable():
        await answer(
            pool, keystore, principal, request_id, data.words, annulment_id=data.annulment, at=clock()
        )
    return RequestStands(request_id, "answered")


def _told(shown: Shown) -> ReviewRequested:
    one, story, point = shown.request, shown.story, shown.story.replayed.point
    return ReviewRequested(
        id=one.id,
        session=one.session_id,
        asked=one.asked_at.date(),
        state=shown.followed.state,
        words=shown.followed.words,
        answered_at=one.answered_at,
        answer=shown.followed.answer,
        annulment=one.annulment_id,
        became=shown.followed.became,
        replay=ShownReplay(
            story.replayed.verdict,
            story.replayed.events,
            None if point is None else point.code,
            None if point is None else point.detail,
        ),
        bank=story.bank,
        version=story.version,
        questions=tuple(
            ShownQuestion(
                question.item,
                question.step,
                question.stem,
                question.given,
                question.points,
                question.most,
                question.annulled,
                question.suspended,
                question.definition,
            )
            for question in story.questions
        ),
        decisions=tuple(map(_decision, story.decisions)),
    )


def _decision(one: Decision) -> ShownDecision:
    levels = tuple(ShownLevel(level.code, level.cut, level.probability, level.state) for level in one.levels)
    return ShownDecision(one.outcome, one.level, one.right, one.asked, one.stopped, levels)


handlers = (read_reviews, read_review, begin_review, answer_review)
