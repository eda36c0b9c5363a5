"""What /api/ratings takes and tells; the meanings and examples are those of the API documentation."""

from datetime import date
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

SessionId = Annotated[
    UUID,
    Meta(
        description="The session that the work belongs to. It names nobody.",
        examples=["5f0c1d8a-3f0e-4b8e-8a53-1d2f6f6d9a10"],
    ),
]
ItemId = Annotated[
    str,
    Meta(min_length=1, max_length=100, description="The task's id in its bank.", examples=["brief-the-team"]),
]
Points = Annotated[
    dict[str, int],
    Meta(
        max_length=50,
        description="The points of one level for each criterion of the rubric.",
        examples=[{"accuracy": 2, "audience": 1}],
    ),
]
CriterionId = Annotated[str, Meta(description="The criterion's id in the rubric.", examples=["accuracy"])]
CriterionName = Annotated[
    str, Meta(description="What it is about.", examples=["The figures are those of the table"])
]


class ShownLevel(Struct, frozen=True):
    """A level of a criterion."""

    points: Annotated[int, Meta(description="What it earns.", examples=[1])]
    description: Annotated[
        str, Meta(description="What a work of this level looks like.", examples=["One figure is wrong."])
    ]


class ShownCriterion(Struct, frozen=True):
    """A criterion of the rubric. Which level is enough is not said: what is rated is the work."""

    id: CriterionId
    name: CriterionName
    levels: Annotated[tuple[ShownLevel, ...], Meta(description="Its levels, the lowest first.")]


class WaitingWork(Struct, frozen=True, rename="camel"):
    """A work that waits for a rating by you, and nothing about whoever wrote it."""

    session: SessionId
    item: ItemId
    assessment: Annotated[str, Meta(description="What is assessed.", examples=["Working with AI at work"])]
    stem: Annotated[str, Meta(description="What was asked.", examples=["Brief the team in 150 words."])]
    exhibit: Annotated[
        str | None, Meta(description="The material that was given, if any.", examples=["month | orders"])
    ]
    aids: Annotated[
        str,
        Meta(
            description="What was permitted as help.",
            examples=["AI tools are permitted. Say what you used them for."],
        ),
    ]
    words_at_most: Annotated[int, Meta(description="How many words were allowed.", examples=[200])]
    words: Annotated[
        str,
        Meta(
            description="What was written: a stranger's text, to be shown as plain text.",
            examples=["Orders fell by a tenth in March."],
        ),
    ]
    since: Annotated[date, Meta(description="The day on which it was written.", examples=["2026-11-23"])]
    rubric: Annotated[tuple[ShownCriterion, ...], Meta(description="What to rate it by.")]
    language: Annotated[
        str,
        Meta(
            description="The language in which its writer was asked, as a tag. Task and rubric are shown in "
            "the bank's own.",
            examples=["de"],
        ),
    ]


class WaitingWorks(Struct, frozen=True):
    """What there is for you to rate."""

    works: Annotated[
        tuple[WaitingWork, ...],
        Meta(description="The oldest first, 20 at most: others follow when these are rated."),
    ]


class RatingRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Your rating of a work."""

    session: SessionId
    item: ItemId
    points: Points


class RatingRecorded(Struct, frozen=True):
    """The rating as it stands. Whether others agree is not told: each rates by themselves."""

    session: SessionId
    item: ItemId
    points: Points


class CriterionAgreed(Struct, frozen=True):
    """How the first two raters agree on a criterion."""

    item: ItemId
    criterion: CriterionId
    name: CriterionName
    works: Annotated[int, Meta(description="Works that two persons have rated.", examples=[42])]
    exact: Annotated[
        float | None,
        Meta(description="The share of them with the same points; null without any.", examples=[0.881]),
    ]
    kappa: Annotated[
        float | None,
        Meta(
            description="Cohen's kappa of the points, unweighted: agreement beyond chance, 1 at most; null "
            "where it is undefined, as when both always gave the same points.",
            examples=[0.76],
        ),
    ]


class BankAgreed(Struct, frozen=True, rename="camel"):
    """Agreement on the tasks of one version of the bank."""

    bank: Annotated[
        str,
        Meta(
            description="The version's digest.",
            examples=["sha256-9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
        ),
    ]
    version: Annotated[str, Meta(description="What the version is called.", examples=["1.0.0"])]
    thirds: Annotated[
        int, Meta(description="Works that a third person reads, or has read, as two differed.", examples=[5])
    ]
    criteria: Annotated[tuple[CriterionAgreed, ...], Meta(description="Each criterion of each task.")]


class Agreed(Struct, frozen=True):
    """How raters agree, by version of the bank."""

    versions: Annotated[tuple[BankAgreed, ...], Meta(description="The latest first.")]
