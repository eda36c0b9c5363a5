"""/api/annulments: propose that items count no more, read what would follow, approve or reject it."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter

from issuer.db.pool import Pool, unavailable
from issuer.organizations.tokens import AUTHENTICATED, Principal, Scope
from issuer.review.annulments.approve import NEEDED, approve, reject
from issuer.review.annulments.messages import (
    ApprovalRequest,
    GivenApproval,
    ListedResult,
    Proposal,
    ProposalRejected,
    ProposalRequest,
    Proposals,
    ProposalWithList,
    RejectionRequest,
)
from issuer.review.annulments.propose import Wanted, propose
from issuer.review.annulments.shown import Shown, follows, look_at, look_at_all
from keys.stores.file import FileStore
from verifier.web.openapi import Documented
from verifier.web.problems import ASKED

READ: Scope = "review:read"
PROPOSE: Scope = "review:propose"
APPROVE: Scope = "review:approve"
OK = 200

AnnulmentId = Annotated[UUID, PathParameter(description="The proposal's id.")]
Clock = Callable[[], datetime]
ONE = (*AUTHENTICATED, "request.not_found", "annulment.unknown")
DECIDING = (*ONE, "annulment.closed", "approval.person", "principal.unnamed", "approval.interested")


@post(
    "/api/annulments",
    tags=["Review"],
    summary="Propose to annul items",
    operation_id="createAnnulment",
    security=[{"bearer": [PROPOSE]}],
    response_description="It is proposed, with its list.",
    opt={
        "documented": Documented(
            (
                *ASKED,
                *AUTHENTICATED,
                "item.unknown",
                "annulment.why",
                "annulment.interested",
                "principal.unnamed",
            )
        )
    },
)
async def create_annulment(
    data: JSONBody[ProposalRequest],
    pool: NamedDependency[Pool],
    keystore: NamedDependency[FileStore],
    clock: NamedDependency[Clock],
    principal: NamedDependency[Principal],
) -> ProposalWithList:
    """Propose that items do not count any more. They are not asked from now on; no result changes by it.

    Everybody who finished with one of them is scored again, and those whose level would change are listed.
    Two other persons approve that list before anything follows from it.
    """
    versions = tuple(one.removeprefix("sha256-") for one in data.versions)
    wanted = Wanted(data.bank, data.items, data.cause, data.why, versions)
    with unavailable():
        made = await propose(pool, keystore, principal, wanted, at=clock())
        return _with_list(await look_at(pool, principal.organization_id, made))


@get(
    "/api/annulments",
    tags=["Review"],
    summary="List proposals to annul items",
    operation_id="readAnnulments",
    security=[{"bearer": [READ]}],
    response_description="Every proposal.",
    opt={"documented": Documented(AUTHENTICATED)},
)
async def read_annulments(pool: NamedDependency[Pool], principal: NamedDependency[Principal]) -> Proposals:
    """List every proposal, with what became of it."""
    with unavailable():
        found = await look_at_all(pool, principal.organization_id)
    return Proposals(tuple(Proposal(**_members(one)) for one in found))


@get(
    "/api/annulments/{annulment_id:uuid}",
    tags=["Review"],
    summary="Read a proposal and its list",
    operation_id="readAnnulment",
    security=[{"bearer": [READ]}],
    response_description="The proposal, and what would follow from it.",
    opt={"documented": Documented(ONE)},
)
async def read_annulment(
    annulment_id: AnnulmentId, pool: NamedDependency[Pool], principal: NamedDependency[Principal]
) -> ProposalWithList:
    """Read a proposal with all that would follow from it: new awards, and what is kept or withdrawn."""
    with unavailable():
        return _with_list(await look_at(pool, principal.organization_id, annulment_id))


@post(
    "/api/annulments/{annulment_id:uuid}/approve",
    status_code=OK,
    tags=["Review"],
    summary="Approve a proposal's list",
    operation_id="approveAnnulment",
    security=[{"bearer": [APPROVE]}],
    response_description="Your approval counts.",
    opt={
        "documented": Documented(
            (
                *ASKED,
                *DECIDING,
                "annulment.digest",
                "annulment.stale",
                "annulment.interested",
                "approval.own",
                "approval.given",
            )
        )
    },
)
async def approve_annulment(
    annulment_id: AnnulmentId,
    data: JSONBody[ApprovalRequest],
    pool: NamedDependency[Pool],
    clock: NamedDependency[Clock],
    principal: NamedDependency[Principal],
) -> ProposalWithList:
    """Approve exactly the list that you read, by its digest, with a token of your own.

    With the second approval the service carries it out within a minute. Whoever proposed it cannot approve
    it, nor can anybody whose own result is on the list, and a person counts once. A list that would be
    another by now is proposed anew, and is to be read again.
    """
    seen = bytes.fromhex(data.digest.removeprefix("sha256-"))
    with unavailable():
        await approve(pool, principal, annulment_id, seen, withdraw=data.withdraw, at=clock())
        return _with_list(await look_at(pool, principal.organization_id, annulment_id))


@post(
    "/api/annulments/{annulment_id:uuid}/reject",
    status_code=OK,
    tags=["Review"],
    summary="Reject a proposal",
    operation_id="rejectAnnulment",
    security=[{"bearer": [APPROVE]}],
    response_description="Nothing follows from it.",
    opt={"documented": Documented((*ASKED, *DECIDING))},
)
async def reject_annulment(
    annulment_id: AnnulmentId,
    data: JSONBody[RejectionRequest],
    pool: NamedDependency[Pool],
    clock: NamedDependency[Clock],
    principal: NamedDependency[Principal],
) -> ProposalRejected:
    """Reject a proposal for good. The items that it had suspended are asked again, unless you say otherwise.

    One person is enough: nothing changes for anybody.
    """
    with unavailable():
        asked = await reject(pool, principal, annulment_id, keep_suspended=data.keep_suspended, at=clock())
    return ProposalRejected(annulment_id, asked)


def _members(shown: Shown) -> dict[str, Any]:
    one = shown.proposal
    return {
        "id": one.id,
        "bank": one.bank_id,
        "items": one.items,
        "cause": one.cause,
        "why": one.why,
        "state": one.state,
        "digest": f"sha256-{one.digest.hex()}",
        "proposed_at": one.proposed_at,
        "met": one.met,
        "unreadable": one.unreadable,
        "held_back": one.held_back,
        "replaces": one.replaces,
        "replaced_by": shown.successor,
        "approvals": tuple(
            GivenApproval(given.principal_id, given.at, given.withdraw, given.stands)
            for given in shown.approvals
        ),
        "needed": NEEDED,
    }


def _with_list(shown: Shown) -> ProposalWithList:
    lines = tuple(
        ListedResult(one.session, one.before, one.after, follows(one), one.award, one.confirmation)
        for one in shown.listed
    )
    return ProposalWithList(**_members(shown), consequences=lines)


handlers = (create_annulment, read_annulments, read_annulment, approve_annulment, reject_annulment)
