"""What /api/annulments takes and tells; the meanings and examples are those of the API documentation."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from issuer.review.annulments.propose import WHY_AT_MOST, Cause
from issuer.review.annulments.store import State

DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

BankId = Annotated[
    str, Meta(min_length=1, max_length=100, description="The bank's id.", examples=["sql-for-analysts"])
]
Items = Annotated[
    tuple[Annotated[str, Meta(min_length=1, max_length=100)], ...],
    Meta(
        min_length=1,
        max_length=200,
        description="The items that are not to count, by their ids in the bank.",
        examples=[["sel-01"]],
    ),
]
Why = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=WHY_AT_MOST,
        description="Why, in words for the people whose result changes: it stands in their letters.",
        examples=["The key named an answer that is wrong in PostgreSQL."],
    ),
]
CauseOf = Annotated[
    Cause,
    Meta(
        description="`key`: its key or text is unfit. `leak`: its answer had become known.", examples=["key"]
    ),
]
Digest = Annotated[
    str,
    Meta(
        pattern="^sha256-[0-9a-f]{64}$",
        description="SHA-256 over the proposal and its whole list: what an approval says yes to.",
        examples=[f"sha256-{DIGEST}"],
    ),
]
AnnulmentId = Annotated[
    UUID, Meta(description="The proposal's id.", examples=["1d7e0b52-8a0e-4a55-9f0a-3f8f5f0b7c11"])
]


class ProposalRequest(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Items that are not to count any more."""

    bank: BankId
    items: Items
    cause: CauseOf
    why: Why
    versions: Annotated[
        tuple[Annotated[str, Meta(pattern="^sha256-[0-9a-f]{64}$")], ...],
        Meta(
            max_length=200,
            description="Only in these versions of the bank, by digest; none named means in every one.",
        ),
    ] = ()


class ApprovalRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """That you approve the list with this digest, and how far."""

    digest: Digest
    withdraw: Annotated[
        bool,
        Meta(
            description="Also withdraw credentials that the remaining answers refute. Done only if everybody "
            "who approves says so; otherwise nobody loses anything.",
            examples=[False],
        ),
    ] = False


class RejectionRequest(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """That nothing is to follow from the proposal."""

    keep_suspended: Annotated[
        bool,
        Meta(
            description="Leave the items out of what is asked all the same, until a person lifts it.",
            examples=[False],
        ),
    ] = False


class ListedResult(Struct, frozen=True, rename="camel"):
    """A session of which the remaining answers show another level than its person holds.

    Or a supervised sitting that would not confirm the level any more.
    """

    session: Annotated[
        UUID,
        Meta(description="The session. It names nobody.", examples=["5f0c1d8a-3f0e-4b8e-8a53-1d2f6f6d9a10"]),
    ]
    before: Annotated[
        str | None, Meta(description="The level that is held now; null for none.", examples=["foundation"])
    ]
    after: Annotated[
        str | None,
        Meta(description="The level that the remaining answers show; null for none.", examples=["working"]),
    ]
    follows: Annotated[
        str,
        Meta(
            description="What approving leads to: `award` (a credential of the new level is issued), `keep` "
            "(less is shown now, less surely: nothing is taken away), or `withdraw` (the remaining answers "
            "decide against the level: withdrawn if everybody who approves says so, kept otherwise).",
            examples=["award"],
        ),
    ]
    credential: Annotated[
        UUID | None,
        Meta(
            description="The credential that stands now; null where there is none.",
            examples=["0b3d1c22-6d5f-4c0e-9a44-5f2f3b6c7d88"],
        ),
    ]
    confirmation: Annotated[
        Literal["inconsistent", "unsure", "unfinished"] | None,
        Meta(
            description="The session is a supervised sitting that raised the credential's assurance; without "
            "the items this is what it would have shown. Null for any other session.",
            examples=[None],
        ),
    ]


class GivenApproval(Struct, frozen=True):
    """That a person approved."""

    by: Annotated[UUID, Meta(description="The principal.", examples=["7a1f0c9e-2b1d-4f57-8d8e-9c0b1a2d3e4f"])]
    at: Annotated[datetime, Meta(description="When.", examples=["2026-11-26T15:00:00Z"])]
    withdraw: Annotated[
        bool, Meta(description="Whether they approved withdrawing credentials too.", examples=[False])
    ]
    stands: Annotated[
        bool, Meta(description="Whether it counts: its token was not revoked since.", examples=[True])
    ]


class Proposal(Struct, frozen=True, rename="camel"):
    """A proposal, without its list."""

    id: AnnulmentId
    bank: BankId
    items: Items
    cause: CauseOf
    why: Why
    state: Annotated[
        State,
        Meta(
            description="`open`; `executed`; `rejected`; `void`: the list had changed, and `replacedBy` "
            "has the new one.",
            examples=["open"],
        ),
    ]
    digest: Digest
    proposed_at: Annotated[datetime, Meta(description="When.", examples=["2026-11-26T14:30:00Z"])]
    met: Annotated[
        int,
        Meta(
            description="Finished sessions that were asked one of the items, or started from one that was.",
            examples=[212],
        ),
    ]
    unreadable: Annotated[
        int, Meta(description="Of these, left as they are: their log does not replay.", examples=[0])
    ]
    held_back: Annotated[
        int,
        Meta(
            description="Of these, left as they are: their credential is on hold, or was withdrawn for "
            "another reason.",
            examples=[1],
        ),
    ]
    replaces: Annotated[
        UUID | None, Meta(description="The proposal whose list had changed; null for none.", examples=[None])
    ]
    replaced_by: Annotated[
        UUID | None, Meta(description="The proposal that took its place; null for none.", examples=[None])
    ]
    approvals: Annotated[tuple[GivenApproval, ...], Meta(description="Who approved it so far.")]
    needed: Annotated[
        int,
        Meta(description="How many approvals it takes, of persons who did not propose it.", examples=[2]),
    ]


class ProposalWithList(Proposal, frozen=True, rename="camel"):
    """A proposal with its whole list, in order of the sessions' ids: everybody else's result stays."""

    consequences: Annotated[tuple[ListedResult, ...], Meta(description="The list.")]


class Proposals(Struct, frozen=True):
    """Every proposal that there ever was."""

    annulments: Annotated[tuple[Proposal, ...], Meta(description="The newest first.")]


class ProposalRejected(Struct, frozen=True, rename="camel"):
    """The proposal is rejected for good."""

    id: AnnulmentId
    asked_again: Annotated[
        tuple[str, ...],
        Meta(description="The items that may be asked again.", examples=[["sel-01"]]),
    ]
