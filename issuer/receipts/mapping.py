"""What an organisation declares of a provider: its keys, and which assessment of it leads to what of ours."""

import math
from itertools import pairwise
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

from issuer.skills.store import Achievement
from schemas.problems import ProblemError
from schemas.receipt import Scale, StatedAssurance, Text, is_plain, is_uri

ASSESSMENTS_AT_MOST = 100


class Cut(Struct, frozen=True, forbid_unknown_fields=True):
    """The least score for a level of ours."""

    level: Annotated[str, Meta(description="The code of a level of ours.", examples=["working"])]
    score: Annotated[float, Meta(description="The least score that reaches it.", examples=[70])]


class Mapped(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """One assessment of the provider's, and what its results lead to here."""

    uri: Annotated[
        str,
        Meta(
            description="The assessment, as receipts name it: an absolute URI.",
            examples=["https://tests.example.org/sql"],
        ),
    ]
    title: Annotated[
        Text,
        Meta(description="What to call it, in the credential too.", examples=["SQL proficiency test"]),
    ]
    achievement: Annotated[
        UUID,
        Meta(
            description="The achievement of ours: from `/o/<org>/achievements/<achievement>/<revision>`.",
            examples=["c1f7c1de-4f0b-4d5c-9a64-0e6f1b7f2b33"],
        ),
    ]
    revision: Annotated[int, Meta(ge=1, le=2_147_483_647, description="Its revision.", examples=[1])]
    version: Annotated[
        Text | None,
        Meta(description="Only this version of it; whatever the version if left away.", examples=[None]),
    ] = None
    levels: Annotated[
        dict[str, str | None],
        Meta(
            description="Each level that the provider may state, with the code of ours; null: not yet.",
            examples=[{"passed": "working", "failed": None}],
        ),
    ] = {}
    scale: Annotated[
        Scale | None,
        Meta(
            description="The scale that `cuts` are on: a receipt must state the same.",
            examples=[{"min": 0, "max": 100}],
        ),
    ] = None
    cuts: Annotated[
        tuple[Cut, ...],
        Meta(description="For receipts that state no level: what each level of ours takes, ascending."),
    ] = ()
    accept_without_error: Annotated[
        bool,
        Meta(
            description="Whether `cuts` decide by the bare score where no standard error is stated.",
            examples=[True],
        ),
    ] = False
    least_assurance: Annotated[
        StatedAssurance,
        Meta(
            description="The least assurance that is accepted: `unstated`, `unsupervised`, "
            "`identity-checked`, `supervised` or `confirmed`, in this order.",
            examples=["unstated"],
        ),
    ] = "unstated"


class ProviderRequest(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """An outside assessment provider, how its receipts are known, and what they lead to."""

    issuer: Annotated[
        str,
        Meta(
            description="The `iss` of its receipts: an absolute URI.", examples=["https://tests.example.org"]
        ),
    ]
    name: Annotated[
        Text, Meta(description="What to call it, in credentials too.", examples=["Example Tests"])
    ]
    assessments: Annotated[
        tuple[Mapped, ...],
        Meta(description=f"Its assessments, 1 to {ASSESSMENTS_AT_MOST}, and what they lead to."),
    ]
    jwks: Annotated[
        dict[str, Any] | None,
        Meta(description="Its public keys, a JWK set (RFC 7517); or `jwksUrl` instead.", examples=[None]),
    ] = None
    jwks_url: Annotated[
        str | None,
        Meta(
            description="Where its public keys stand: https, asked for when a receipt comes.",
            examples=["https://tests.example.org/jwks.json"],
        ),
    ] = None
    program: Annotated[
        Text | None,
        Meta(
            description="The program whose tokens may deliver for it what is not signed (LTI, xAPI, CSV), as "
            "in `assay token create PROGRAM`; left away: only signed receipts.",
            examples=["example-tests"],
        ),
    ] = None


def check_provider(asked: ProviderRequest) -> None:
    """Refuse what cannot be a provider; raises problem `provider.invalid` with the first thing wrong."""
    if not is_uri(asked.issuer):
        raise _invalid("The issuer must be an absolute URI.")
    if not is_plain(asked.name):
        raise _invalid("The name must be plain words, without links or markup.")
    if asked.jwks is not None and asked.jwks_url is not None:
        raise _invalid("Give its keys or their address, not both.")
    if asked.jwks is None and asked.jwks_url is None and asked.program is None:
        raise _invalid("Give its keys (jwks), their address (jwksUrl), or the program that delivers for it.")
    if not 0 < len(asked.assessments) <= ASSESSMENTS_AT_MOST:
        raise _invalid(f"Map 1 to {ASSESSMENTS_AT_MOST} assessments.")
    seen = [(one.uri, one.version) for one in asked.assessments]
    if len(set(seen)) < len(seen):
        raise _invalid("An assessment is mapped twice: each URI and version once.")


def check_mapped(mapped: Mapped, achievement: Achievement) -> None:
    """Refuse a mapping that could not decide, or not honestly; raises problem `provider.invalid`."""
    where = f"In the mapping of {mapped.uri}: " if is_uri(mapped.uri) else ""
    codes = {level.code for level in achievement.levels}
    for complaint, wrong in (
        ("The assessment must be named by an absolute URI.", not where),
        ("title must be plain words, without links or markup.", not is_plain(mapped.title)),
        ("version must be plain words.", mapped.version is not None and not is_plain(mapped.version)),
        ("map levels, or give cuts.", not mapped.levels and not mapped.cuts),
        ("a level to be mapped must be plain words.", not all(map(is_plain, mapped.levels))),
        (
            "a level is not one of the achievement's.",
            not {*(ours for ours in mapped.levels.values() if ours is not None)} <= codes
            or not {cut.level for cut in mapped.cuts} <= codes,
        ),
        (
            "cuts need the scale that they are on, and a scale needs cuts.",
            bool(mapped.cuts) != bool(mapped.scale),
        ),
        ("the scale's min must be less than its max.", not _rises(mapped.scale)),
        ("a cut is outside the scale.", not _on(mapped)),
        (
            "cuts must ascend with the achievement's levels, each level once.",
            not _ascending(mapped, achievement),
        ),
        (
            "this revision's document has no place for what a provider leaves unstated. Make a new one.",
            not achievement.outside,
        ),
    ):
        if wrong:
            raise _invalid(where + complaint if where else complaint)


def _rises(scale: Scale | None) -> bool:
    return scale is None or (math.isfinite(scale.min) and math.isfinite(scale.max) and scale.min < scale.max)


def _on(mapped: Mapped) -> bool:
    return mapped.scale is None or all(mapped.scale.holds(cut.score) for cut in mapped.cuts)


def _ascending(mapped: Mapped, achievement: Achievement) -> bool:
    places = {level.code: place for place, level in enumerate(achievement.levels)}
    rising = [(places.get(cut.level, -1), cut.score) for cut in mapped.cuts]
    return all(low[0] < high[0] and low[1] < high[1] for low, high in pairwise(rising))


def _invalid(detail: str) -> ProblemError:
    return ProblemError("provider.invalid", detail)
