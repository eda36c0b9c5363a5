"""What became of a request, as its person is told: how far it is, and what it changed."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from issuer.db.pool import Db
from issuer.people.sealing import PersonKey
from issuer.review.annulments import store as annulments
from issuer.review.annulments.store import Annulment
from issuer.review.requests import store
from issuer.review.requests.answer import opened
from issuer.review.requests.store import Change, Request

State = Literal["received", "begun", "answered"]
Became = Literal["stands", "deciding", "rejected", "raised", "same", "kept", "withdrawn"]


class Followed(Struct, frozen=True):
    """A request as its person sees it.

    `became`, once it is answered: `stands`: nothing was proposed. `deciding`: two persons have not decided
    yet whether a question still counts. `rejected`: it does. Otherwise it does not, and the result computed
    without it is `raised` to the level with the code `level`, the `same`, less sure and `kept`, or the level
    was refuted and `withdrawn`. Words and answer are None once they were deleted.
    """

    state: State
    asked_at: datetime
    answered_at: datetime | None
    words: str | None
    answer: str | None
    became: Became | None
    level: str | None


def state(request: Request) -> State:
    """How far a request is."""
    if request.answered_at is not None:
        return "answered"
    return "received" if request.begun_at is None else "begun"


async def followed(db: Db, key: PersonKey, request: Request) -> Followed:
    """Return a request with what became of it until now."""
    words, answer = opened(key, request)
    found, change = None, None
    if request.annulment_id is not None:
        found = await _latest(db, request.organization_id, request.annulment_id)
    if found is not None:
        change = await store.change(db, request.organization_id, found.id, request.session_id)
    became = None if request.answered_at is None else became_of(found, change)
    level = change.level_after if became == "raised" and change is not None else None
    return Followed(state(request), request.asked_at, request.answered_at, words, answer, became, level)


async def _latest(db: Db, organization_id: str, annulment_id: UUID) -> Annulment | None:
    """The proposal, or the one that has taken its place because its list had changed."""
    successor: UUID | None = annulment_id
    while successor is not None:
        annulment_id = successor
        successor = await annulments.replaced_by(db, organization_id, annulment_id)
    return await annulments.annulment(db, organization_id, annulment_id)


def became_of(proposal: Annulment | None, change: Change | None) -> Became:
    """What an answered request led to: by what was proposed, and what its list says of the session. Pure."""
    if proposal is None:
        return "stands"
    if proposal.state != "executed":
        return "rejected" if proposal.state == "rejected" else "deciding"
    if change is None:
        return "same"
    if change.raises:
        return "raised"
    return "withdrawn" if change.refuted and proposal.withdrawn else "kept"
