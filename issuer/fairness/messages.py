"""What /api/fairness takes and tells; the meanings and examples are those of the API documentation."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from issuer.fairness.groups.declare import OPTION_AT_MOST, OPTIONS_AT_MOST, PURPOSE_AT_MOST
from issuer.fairness.report import Report

RATE = {"people": 40, "percent": 55, "sentence": "About 55 % of 40 people or more got an award."}
BankId = Annotated[
    str, Meta(min_length=1, max_length=100, description="The bank's id.", examples=["sql-for-analysts"])
]
ItemId = Annotated[
    str, Meta(min_length=1, max_length=100, description="The item's id in its bank.", examples=["sel-01"])
]
SuspensionId = Annotated[
    UUID, Meta(description="The suspension's id.", examples=["6f1a52a0-54a5-4f3f-9a0e-0a4d6b1f7d51"])
]
Attribute = Annotated[
    str, Meta(max_length=31, description="What is asked for: a word in lower case.", examples=["age-group"])
]
Options = Annotated[
    tuple[Annotated[str, Meta(min_length=1, max_length=OPTION_AT_MOST)], ...],
    Meta(
        min_length=2,
        max_length=OPTIONS_AT_MOST,
        description="The answers to choose among.",
        examples=[["under 40", "40 and over"]],
    ),
]
Purpose = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=PURPOSE_AT_MOST,
        description="What for, in words that people read before they answer.",
        examples=["To see whether questions treat people alike."],
    ),
]
Section = dict[str, Any]


class FairnessReport(Struct, frozen=True, rename="camel"):
    """How people and items fared. No figure is of fewer than 20 people; shares are in fives.

    Nor do two reports differ by fewer: people are counted once in 30 days, and a group moves by 20 or stands.
    """

    organization: Annotated[str, Meta(description="Whose assessment it is.", examples=["Northwind"])]
    assessment: Annotated[str, Meta(description="Its short name.", examples=["sql-for-analysts"])]
    title: Annotated[str, Meta(description="What it is called.", examples=["SQL for analysts"])]
    bank: BankId
    bank_version: Annotated[str, Meta(description="The newest version.", examples=["2.0.0"])]
    tier: Annotated[str, Meta(description="How far it is calibrated.", examples=["uncalibrated"])]
    at: Annotated[str, Meta(description="The day of the report.", examples=["2026-11-26"])]
    fared: Annotated[
        Section,
        Meta(
            description="How many began, in tens; how often they finished and got an award, also with more "
            "time.",
            examples=[
                {
                    "began": 40,
                    "finished": RATE,
                    "awarded": RATE,
                    "longer": RATE,
                    "awardedWithLonger": RATE,
                }
            ],
        ),
    ]
    areas: Annotated[
        tuple[Section, ...],
        Meta(
            description="Answers by content area, in percent, beside the share that was meant.",
            examples=[[{"name": "Joins", "items": 43, "answers": 810, "share": 21, "meant": 20}]],
        ),
    ]
    sessions: Annotated[int, Meta(description="Sessions that the charts have read.", examples=[412])]
    items: Annotated[
        tuple[Section, ...],
        Meta(
            description="Each item's charts, the nearest to an alarm first, told every twenty responses: the "
            "leak sum, its course before and its limit, and the share of sessions that were shown it.",
            examples=[
                [
                    {
                        "id": "sel-01",
                        "responses": 80,
                        "leak": 1.27,
                        "limit": 4.9,
                        "course": [0.4, 1.1, 0.9],
                        "exposure": 0.19,
                        "cap": 0.25,
                        "state": "asked",
                    }
                ]
            ],
        ),
    ]
    attributes: Annotated[
        tuple[Section, ...],
        Meta(
            description="Adverse impact by attribute: rates of the groups that may be shown, and pairs of "
            "them with ratio, probability and power.",
            examples=[
                [
                    {
                        "attribute": "age-group",
                        "purpose": "To see whether questions treat people alike.",
                        "groups": [{"name": "under 40", "rate": RATE}],
                        "hidden": 20,
                        "comparisons": [],
                        "sentence": "Insufficient data: it takes two groups of 20 people and more.",
                    }
                ]
            ],
        ),
    ]
    functioning: Annotated[
        tuple[Section, ...],
        Meta(
            description="Items compared between the groups of each attribute (Mantel-Haenszel), with those "
            "in the classes B and C of ETS.",
            examples=[[{"attribute": "age-group", "pairs": []}]],
        ),
    ]
    languages: Annotated[
        Section | None,
        Meta(
            description="Where the bank has several languages: `rates` of awards by language, `pairs` of "
            "them compared item by item, and a `sentence`. null otherwise.",
            examples=[None],
        ),
    ]
    recorded: Annotated[
        tuple[Section, ...],
        Meta(
            description="Telemetry signals that are on, and what for.",
            examples=[[{"signal": "fit", "purpose": "To see what the model misses."}]],
        ),
    ]
    unusual: Annotated[
        Section | None,
        Meta(
            description="How often the pattern of answers is unusual, as a rate; null with that signal off.",
            examples=[None],
        ),
    ]
    limits: Annotated[
        tuple[str, ...],
        Meta(
            description="What none of this says.",
            examples=[["A finding says where people must look."]],
        ),
    ]


class ListedSuspension(Struct, frozen=True, rename="camel"):
    """An item that is not asked for now, in any version of its bank."""

    id: SuspensionId
    bank: BankId
    item: ItemId
    reason: Annotated[
        str,
        Meta(
            description="`leak` or `exposure`: a chart alarmed. `key`: its key or text is in doubt. "
            "`person`: somebody decided so.",
            examples=["leak"],
        ),
    ]
    since: Annotated[datetime, Meta(description="From when on.", examples=["2026-11-26T14:05:00Z"])]
    by_chart: Annotated[
        bool, Meta(description="Whether a chart took it out, and no person.", examples=[True])
    ]


class Suspensions(Struct, frozen=True):
    """What is suspended now."""

    suspensions: Annotated[tuple[ListedSuspension, ...], Meta(description="The oldest first.")]


class SuspensionRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """An item that is not to be asked any more."""

    bank: BankId
    item: ItemId
    reason: Annotated[
        Literal["key", "person"],
        Meta(description="`key`: its key or text is in doubt.", examples=["key"]),
    ] = "person"


class MadeSuspension(Struct, frozen=True):
    """The suspension that stands now."""

    id: SuspensionId
    bank: BankId
    item: ItemId


class LiftedSuspension(Struct, frozen=True):
    """An item that may be asked again; its charts begin anew."""

    bank: BankId
    item: ItemId


class GroupQuestion(Struct, frozen=True):
    """A protected attribute that takers are asked for."""

    attribute: Attribute
    options: Options
    purpose: Purpose
    since: Annotated[datetime, Meta(description="From when on.", examples=["2026-11-26T14:05:00Z"])]


class GroupQuestions(Struct, frozen=True):
    """What takers are asked for. What they answered is told by no operation."""

    questions: Annotated[tuple[GroupQuestion, ...], Meta(description="By the attributes' names.")]


class GroupQuestionRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A protected attribute to ask takers for, after their assessment."""

    attribute: Attribute
    options: Options
    purpose: Purpose


class DeletedQuestion(Struct, frozen=True):
    """An attribute that is not asked for any more; every answer to it is deleted."""

    attribute: Attribute


def told(found: Report) -> FairnessReport:
    """The report as the API tells it."""
    return msgspec.convert(msgspec.to_builtins(found), FairnessReport)
