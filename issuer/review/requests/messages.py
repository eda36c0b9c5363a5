"""What /api/reviews takes and tells; the meanings and examples are those of the API documentation."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

from issuer.review.requests.followed import Became, State
from issuer.review.requests.words import AT_MOST

RequestId = Annotated[
    UUID, Meta(description="The request's id.", examples=["c1f7a0de-53e1-4f8c-9d55-0a3b7f2d6e90"])
]
SessionId = Annotated[
    UUID,
    Meta(
        description="The session that it is about. It names nobody.",
        examples=["5f0c1d8a-3f0e-4b8e-8a53-1d2f6f6d9a10"],
    ),
]
StateOf = Annotated[
    State,
    Meta(description="`received`, `begun` (somebody looks at it) or `answered`.", examples=["received"]),
]
Asked = Annotated[date, Meta(description="The day on which it was asked.", examples=["2026-11-26"])]
AnnulmentId = Annotated[
    UUID | None,
    Meta(description="The proposal that was made because of it; null for none.", examples=[None]),
]


class WaitingRequest(Struct, frozen=True):
    """A request that nobody has answered yet."""

    id: RequestId
    session: SessionId
    assessment: Annotated[
        str, Meta(description="The assessment's short name.", examples=["sql-for-analysts"])
    ]
    asked: Asked
    state: StateOf


class WaitingRequests(Struct, frozen=True):
    """What waits for an answer."""

    requests: Annotated[
        tuple[WaitingRequest, ...],
        Meta(description="The oldest first, 100 at most; not your own."),
    ]


class ShownQuestion(Struct, frozen=True):
    """A question as it was asked, and what was given."""

    item: Annotated[str, Meta(description="The item's id in the bank.", examples=["sel-01"])]
    step: Annotated[int, Meta(description="The part in which it was asked, from 1.", examples=[1])]
    stem: Annotated[str, Meta(description="What was asked.", examples=["What does `SELECT 1` return?"])]
    given: Annotated[
        tuple[str, ...],
        Meta(
            description="What was given, in the words of the options; nothing means skipped. Of a task what "
            "was written, while it is kept; of a short answer the log has a keyed hash only.",
            examples=[["One row"]],
        ),
    ]
    points: Annotated[
        int | None,
        Meta(description="What it earned; null if it was tried out and counts for nothing.", examples=[1]),
    ]
    most: Annotated[int | None, Meta(description="The most that it can earn.", examples=[1])]
    annulled: Annotated[bool, Meta(description="Whether it does not count any more.", examples=[False])]
    suspended: Annotated[bool, Meta(description="Whether it is not asked at present.", examples=[False])]
    definition: Annotated[
        dict[str, Any],
        Meta(
            description="The item as its bank has it, with key and rationales: for reviewers only.",
            examples=[{"id": "sel-01", "kind": "single", "key": ["a"]}],
        ),
    ]


class ShownLevel(Struct, frozen=True):
    """How a level stood at a decision."""

    code: Annotated[str, Meta(description="The level's code.", examples=["working"])]
    cut: Annotated[float, Meta(description="Its cut on the session's scale.", examples=[0.6])]
    probability: Annotated[
        float, Meta(description="The probability of being at or above it.", examples=[0.971])
    ]
    state: Annotated[str, Meta(description="What was decided of it.", examples=["reached"])]


class ShownDecision(Struct, frozen=True):
    """A decision, as it was made when a part ended."""

    outcome: Annotated[str, Meta(description="`award`, `not_yet` or `continue`.", examples=["award"])]
    level: Annotated[str | None, Meta(description="The level awarded; null for none.", examples=["working"])]
    right: Annotated[int, Meta(description="Pieces of evidence that were right.", examples=[17])]
    asked: Annotated[int, Meta(description="Of how many.", examples=[20])]
    stopped: Annotated[bool, Meta(description="Whether the taker ended it there.", examples=[False])]
    levels: Annotated[tuple[ShownLevel, ...], Meta(description="Each level, the lowest first.")]


class ShownReplay(Struct, frozen=True):
    """Whether the result follows from the log."""

    verdict: Annotated[
        str,
        Meta(
            description="`same` byte for byte, `different`, or `impossible` to replay here.",
            examples=["same"],
        ),
    ]
    events: Annotated[int, Meta(description="How many events the log has.", examples=[22])]
    code: Annotated[str | None, Meta(description="Unless it is the same: why.", examples=[None])]
    detail: Annotated[str | None, Meta(description="That in a sentence.", examples=[None])]


class ReviewRequested(Struct, frozen=True, rename="camel"):
    """A request with its words and its session's replayed story, and nothing that says whose it is."""

    id: RequestId
    session: SessionId
    asked: Asked
    state: StateOf
    words: Annotated[
        str | None,
        Meta(
            description="What the person wrote: a stranger's text, to be shown as plain text; null once it "
            "was deleted.",
            examples=["In question 7 both answers are right."],
        ),
    ]
    answered_at: Annotated[datetime | None, Meta(description="When it was answered.", examples=[None])]
    answer: Annotated[
        str | None, Meta(description="What the person was answered; null before.", examples=[None])
    ]
    annulment: AnnulmentId
    became: Annotated[
        Became | None,
        Meta(
            description="What their page says became of it, once it is answered: `stands`, `deciding`, "
            "`rejected`, `raised`, `same`, `kept` or `withdrawn`.",
            examples=[None],
        ),
    ]
    replay: Annotated[ShownReplay, Meta(description="Whether the result follows from the log.")]
    bank: Annotated[str | None, Meta(description="The bank's id.", examples=["sql-for-analysts"])]
    version: Annotated[str | None, Meta(description="The bank's version.", examples=["1.0.0"])]
    questions: Annotated[
        tuple[ShownQuestion, ...],
        Meta(description="What was asked, in order; nothing if the log does not replay."),
    ]
    decisions: Annotated[
        tuple[ShownDecision, ...], Meta(description="What was decided, in order; the last one stands.")
    ]


class AnswerRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Your answer, for the person to read."""

    words: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=2 * AT_MOST,
            description="What you found, in plain words of 1 to 2,000 characters. They are mailed to the "
            "person, and stand on their page.",
            examples=["You are right: the key named the wrong answer. Two other persons decide on it now."],
        ),
    ]
    annulment: AnnulmentId = None


class RequestStands(Struct, frozen=True):
    """How far the request is now."""

    id: RequestId
    state: Annotated[
        State,
        Meta(description="`begun` or `answered`.", examples=["begun"]),
    ]
