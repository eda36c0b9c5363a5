"""What the page of a shared credential shows: read from the credential itself, as it was signed."""

from datetime import datetime
from urllib.parse import unquote

import msgspec

from issuer.issuance.desk import Desk
from issuer.issuance.draft import NOT_APPLIED
from issuer.issuance.profiles import BY_NAME, PROFILES
from issuer.sharing.store import SharedRow
from schemas.openbadges import OpenBadgeToken, RubricCriterionLevel


class ShownAchievement(msgspec.Struct, frozen=True):
    """What was achieved."""

    name: str
    description: str
    criteria: str


class ShownLevel(msgspec.Struct, frozen=True):
    """A level of the scale; `percent` is its cut, the share of such questions that it takes.

    None where the level was reached in somebody else's assessment, which had no such cut.
    """

    name: str
    description: str
    percent: int | None


class ShownAlignment(msgspec.Struct, frozen=True):
    """What the achievement corresponds to in somebody's framework."""

    name: str
    framework: str
    url: str
    code: str | None


class Shown(msgspec.Struct, frozen=True):
    """Everything on the page that comes from the credential; texts are plain, times aware UTC."""

    organization: str
    domain: str
    recipient: str
    achievement: ShownAchievement
    level: ShownLevel
    levels: tuple[ShownLevel, ...]
    position: tuple[int, int]
    awarded: datetime
    valid_until: datetime
    assessment: str
    assurance: str
    narrative: str | None
    record_url: str | None
    alignments: tuple[ShownAlignment, ...]


def read(row: SharedRow, token: str) -> Shown:
    """Take our own credential apart. Nothing is verified here: it was before it was released."""
    credential = msgspec.convert(BY_NAME[row.profile].read(token), OpenBadgeToken)
    subject = credential.credential_subject
    achievement = subject.achievement
    cuts = {found.id: found.required_value or "" for found in achievement.result_description}
    scale = [level for found in achievement.result_description for level in found.rubric_criterion_level]
    reached = next(result.achieved_level for result in subject.result if result.achieved_level)
    position = next(place for place, level in enumerate(scale, 1) if level.id == reached)
    assurance = next(
        result.value for result in subject.result if (result.result_description or "").endswith("#assurance")
    )
    evidence = credential.evidence[0]
    outside = any(
        result.value == NOT_APPLIED and "#cut-" in (result.result_description or "")
        for result in subject.result
    )
    if outside:
        cuts = {}
    return Shown(
        organization=credential.issuer.name or "",
        domain=unquote(credential.issuer.id.split(":")[2]),
        recipient=next(who.identity_hash for who in subject.identifier if not who.hashed),
        achievement=ShownAchievement(
            achievement.name, achievement.description, achievement.criteria.narrative or ""
        ),
        level=_level(scale[position - 1], cuts),
        levels=tuple(_level(level, cuts) for level in scale),
        position=(position, len(scale)),
        awarded=datetime.fromisoformat(credential.valid_from),
        valid_until=datetime.fromisoformat(credential.valid_until or ""),
        assessment=evidence.name or "",
        assurance=assurance or "",
        narrative=evidence.narrative if outside else None,
        record_url=evidence.id,
        alignments=tuple(
            ShownAlignment(goal.target_name, goal.target_framework or "", goal.target_url, goal.target_code)
            for goal in achievement.alignment
        ),
    )


def context(desk: Desk, token: str, row: SharedRow, shown: Shown, *, new: bool) -> dict[str, object]:
    """Return what the template needs besides `shown`'s own names; `new` for a link that was just made."""
    link = f"{desk.settings.base_url}/c/{token}"
    return {
        **{name: getattr(shown, name) for name in shown.__struct_fields__ if name != "position"},
        "now": desk.clock(),
        "standing": row.standing,
        "standing_since": row.standing_since,
        "permitted_aids": row.permitted_aids,
        "link": link,
        "new": new,
        "verify_url": f"/c/{token}/verify",
        "badge_url": f"/c/{token}/badge.svg",
        "baked_png_url": f"/c/{token}/credential.png",
        "baked_svg_url": f"/c/{token}/credential.svg",
        "qr_svg_url": f"/c/{token}/qr.svg",
        "qr_png_url": f"/c/{token}/qr.png",
        "downloads": [
            (f"/c/{token}/{profile.file}", profile.title, profile.note)
            for profile in PROFILES
            if profile.name in row.profiles
        ],
    }


def _level(level: RubricCriterionLevel, cuts: dict[str, str]) -> ShownLevel:
    achievement, _, code = level.id.rpartition("#")
    cut = cuts.get(f"{achievement}#cut-{code}")
    return ShownLevel(level.name, level.description or "", None if cut is None else round(float(cut) * 100))
