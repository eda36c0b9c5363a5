"""What /api/confirmations takes and tells; the meanings and examples are those of the API documentation."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from issuer.confirmation.cases import WHY_AT_MOST
from issuer.confirmation.store import Choice, Identity, Verdict

IdentityOf = Annotated[
    Identity,
    Meta(
        description="How you know who sits there, as you declare it: `document`: you saw an identity "
        "document. `known`: you know the person.",
        examples=["document"],
    ),
]
CaseId = Annotated[
    UUID, Meta(description="The case's id.", examples=["7c1f0c0e-5a0c-4f0e-9d57-0c1f4f6c6f5e"])
]
Decision = Annotated[
    Choice,
    Meta(
        description="`raise`: the credential is issued again and says that it is confirmed. `leave`: it "
        "stays as it is. `again`: another sitting is allowed.",
        examples=["again"],
    ),
]


class ConfirmationRequest(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The credential that a person who sits before you wants confirmed."""

    credential: Annotated[
        UUID,
        Meta(
            description="The credential's id, which its holder reads to you from their page.",
            examples=["5b0c7a3e-0a57-5a42-8d0f-2f5e0b1c9a77"],
        ),
    ]
    identity: IdentityOf


class ConfirmationOpened(Struct, frozen=True, rename="camel"):
    """The code to say to the person, told once."""

    id: Annotated[
        UUID,
        Meta(description="The confirmation's id.", examples=["7c1f0c0e-5a0c-4f0e-9d57-0c1f4f6c6f5e"]),
    ]
    code: Annotated[
        str,
        Meta(
            description="What the person enters on their own page. It works once, and is kept nowhere.",
            examples=["7Q2M-K9RD"],
        ),
    ]
    expires_at: Annotated[
        datetime, Meta(description="Until when the code works.", examples=["2026-11-26T09:15:00Z"])
    ]
    resumes: Annotated[
        bool,
        Meta(
            description="Whether a sitting that has begun goes on with it, at its question.", examples=[False]
        ),
    ]


class Figures(Struct, frozen=True, rename="camel"):
    """What the sitting showed, and what the first result had let expect of it."""

    planned: Annotated[int, Meta(description="Questions that were to be asked.", examples=[12])]
    asked: Annotated[int, Meta(description="Questions that were asked.", examples=[12])]
    answered: Annotated[int, Meta(description="Questions that were answered in time.", examples=[12])]
    points: Annotated[int, Meta(description="Points reached: one for a right answer.", examples=[5])]
    expected: Annotated[
        float | None,
        Meta(
            description="Points that the first result let expect on average; null where time ran out before "
            "all questions were asked.",
            examples=[9.1],
        ),
    ]
    lower_tail: Annotated[
        float | None,
        Meta(
            description="How often somebody of that first result would have so few points or fewer, by "
            "chance; at .05 or less the two are inconsistent. Null where time ran out before all questions "
            "were asked: nothing was to be expected of a sitting that ended when it suited.",
            examples=[0.02],
        ),
    ]
    probability: Annotated[
        float,
        Meta(
            description="Probability, on the answers of both sittings, of being at or above the level.",
            examples=[0.71],
        ),
    ]
    threshold: Annotated[float, Meta(description="What the award rule asks of it.", examples=[0.95])]


class WaitingCase(Struct, frozen=True, rename="camel"):
    """A sitting that settled nothing by itself. It tells nothing about who the person is."""

    id: CaseId
    session: Annotated[
        UUID | None,
        Meta(
            description="The sitting's session, for `assay assessment replay`.",
            examples=["2f4f6c6f-5a0c-4f0e-9d57-0c1f4f6c6f5e"],
        ),
    ]
    assessment: Annotated[str, Meta(description="The assessment's title.", examples=["SQL for analysts"])]
    level: Annotated[str, Meta(description="The level that the credential names.", examples=["practitioner"])]
    reason: Annotated[
        Verdict | None,
        Meta(
            description="`inconsistent`: the sitting showed less than the first result lets expect. "
            "`unsure`: it fits, and leaves more doubt about the level. `unfinished`: too few "
            "questions were answered. Null where the answers were deleted since.",
            examples=["inconsistent"],
        ),
    ]
    identity: IdentityOf
    since: Annotated[
        datetime | None, Meta(description="When the sitting ended.", examples=["2026-11-26T09:31:00Z"])
    ]
    figures: Annotated[Figures | None, Meta(description="Null where the answers were deleted since.")]


class WaitingCases(Struct, frozen=True, rename="camel"):
    """Cases that wait for a person, the oldest first."""

    cases: Annotated[tuple[WaitingCase, ...], Meta(description="Without your own, and those you supervised.")]


class CaseRequest(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What a person decides, and why."""

    decision: Decision
    why: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=WHY_AT_MOST,
            description="Why, in words for the person, who reads them on their page.",
            examples=["The fire alarm rang after four questions."],
        ),
    ]


class CaseDecided(Struct, frozen=True, rename="camel"):
    """What was decided; the person is told."""

    id: CaseId
    decision: Decision
