"""What the taking pages are drawn from: pure functions from a sitting to a template's context.

No view of a question holds its key or a rationale, and no view of an outcome holds a question.
"""

from datetime import datetime
from math import ceil
from typing import Any

from msgspec import Struct

from issuer.assessments import languages
from issuer.assessments.aftermath import Standing
from issuer.assessments.again import again
from issuer.assessments.begin import on_proportion
from issuer.assessments.forms import step_length
from issuer.assessments.keeping import Keeping
from issuer.assessments.kinds import Fields, show
from issuer.assessments.languages import item_texts, language_of, offered, preferred, tongue
from issuer.assessments.scoring import FEWEST_FOR_A_BAND, scored_room
from issuer.assessments.sitting import Sitting
from issuer.measurement.rule import reference_level
from schemas.assessment import Area, AreaBand, Assurance, Band, Decided, Link
from schemas.problems import ProblemError

BEFORE = "issuer.assessments/take_before.html"
QUESTION = "issuer.assessments/take_question.html"
OUTCOME = "issuer.assessments/take_outcome.html"
RATING = "issuer.assessments/take_rating.html"
PAUSED = "issuer.assessments/take_paused.html"
CLOSED = "issuer.assessments/take_closed.html"

MINUTES_AN_ITEM = 1.25
MINUTES_A_TASK = 15


class BandView(Struct, frozen=True):
    """One area's band in words' terms, with its uncertainty (whole percent, 80 %)."""

    name: str
    band: Band
    asked: int
    low: int
    high: int
    links: tuple[Link, ...]


def heading(sitting: Sitting, organization: str, language: str | None = None) -> dict[str, Any]:
    """What every page of an assessment begins with, in the sitting's language or another of the bank's."""
    chosen = language or (
        sitting.bank.language if sitting.log is None else language_of(sitting.bank, sitting.log.started)
    )
    return {
        "organization": organization,
        "assessment": languages.title(sitting.bank, chosen),
        "tongue": tongue(chosen),
    }


def before(
    sitting: Sitting, token: str, organization: str, person: str, *, accepts: str, kept: Keeping
) -> dict[str, Any]:
    """The page before the start: what is measured, how long it takes, what is allowed, who sees it.

    `accepts` is the browser's Accept-Language: the language that is offered first.
    """
    language = preferred(sitting.bank.languages, accepts)
    conditions, achievement = sitting.assessment.conditions, sitting.achievement
    adaptive = conditions.delivery == "adaptive"
    first = conditions.items_at_first if adaptive else conditions.items_per_step
    least = conditions.items_at_least if adaptive else first
    likely = (least + first) / 2
    allowed = conditions.minutes_per_step
    return {
        **heading(sitting, organization, language),
        "languages": offered(sitting.bank),
        "person": person,
        "areas": languages.areas(sitting.bank, language),
        "kept": kept,
        "levels": achievement.levels,
        "items_at_least": least,
        "items_per_step": first,
        "items_at_most": conditions.items_at_most,
        "tasks": conditions.tasks,
        "minutes": ceil((likely * MINUTES_AN_ITEM + conditions.tasks * MINUTES_A_TASK) / 5) * 5,
        "limit": None if allowed is None else round(allowed * sitting.invitation.time_multiplier),
        "pauses": conditions.pauses,
        "permitted_aids": conditions.permitted_aids,
        "assurance": conditions.assurance,
        "threshold": achievement.threshold,
        "valid_months": achievement.valid_months,
        "expires": sitting.invitation.expires_at,
        "action": f"/take/{token}/start",
    }


def question(
    sitting: Sitting,
    token: str,
    organization: str,
    now: datetime,
    *,
    given: Fields | None = None,
    error: str | None = None,
) -> dict[str, Any]:
    """The question that is next; raises ValueError between steps."""
    placed, log = sitting.current, sitting.log
    item = None if placed is None else sitting.bank.item(placed.item)
    if placed is None or log is None or item is None:
        raise ValueError("no question is open")
    asked = [one.item for form in log.open_forms for one in form.items]
    adaptive, reached = log.started.delivery == "adaptive", sitting.reached
    texts = item_texts(sitting.bank, language_of(sitting.bank, log.started), item.id)
    return {
        **heading(sitting, organization),
        "question": show(item, placed.options, texts),
        "number": asked.index(placed.item) + 1,
        "total": None if adaptive else len(asked),
        "most": step_length(log) + log.started.pilots_per_step,
        "step": log.step,
        "minutes_left": minutes_left(sitting, now),
        "pause_action": f"/take/{token}/pause" if log.may_pause else None,
        "action": f"/take/{token}/answers",
        "reached": sitting.achievement.level(reached) if reached else None,
        "finish_action": f"/take/{token}/finish" if reached else None,
        "given": given or {},
        "error": error,
    }


def minutes_left(sitting: Sitting, now: datetime) -> int | None:
    """Minutes left for the step under way, begun ones counted whole; None without a limit."""
    session, log = sitting.session, sitting.log
    if session is None or log is None or log.seconds_allowed is None:
        return None
    second = int((now - session.created_at).total_seconds())
    return max(ceil((log.seconds_allowed - log.seconds_spent(second)) / 60), 1)


def paused(sitting: Sitting, token: str, organization: str, now: datetime) -> dict[str, Any]:
    """The page while the clock stands; raises ValueError before the start."""
    if sitting.log is None:
        raise ValueError("nothing was started")
    return {
        **heading(sitting, organization),
        "minutes_left": minutes_left(sitting, now),
        "pauses_left": sitting.log.started.pauses - sitting.log.pauses,
        "action": f"/take/{token}/resume",
    }


def outcome(
    sitting: Sitting, token: str, organization: str, person: str, standing: Standing | None, now: datetime
) -> dict[str, Any]:
    """The page after a step; score and error are for the taker, and no question is shown again."""
    decision, log, achievement = sitting.decision, sitting.log, sitting.achievement
    if decision is None or log is None or log.decided is None:
        raise ValueError("no step is finished")
    awarded, open_ = decision.outcome == "award", decision.outcome == "continue"
    room = min(log.started.items_per_step, scored_room(sitting.bank, log))
    reached = achievement.level(decision.reached) if decision.reached else None
    score, error = on_proportion(sitting.bank, log.started, decision)
    language = language_of(sitting.bank, log.started)
    corrected = standing and standing.corrected
    shown = corrected or decision.level
    annulled = standing is not None and standing.annulled
    following = sitting.session and again(
        sitting.session, achievement, sitting.assessment.conditions, annulled=annulled
    )
    if corrected == achievement.levels[-1].code:
        following = None  # there is no more to show
    may_begin = following and following.since <= now < sitting.invitation.expires_at
    return {
        **heading(sitting, organization),
        "languages": offered(sitting.bank),
        "person": person,
        "outcome": "award" if corrected else decision.outcome,
        "corrected": corrected is not None,
        "measured": languages.description(sitting.bank, language),
        "level": achievement.level(shown) if shown else None,
        "reached": reached if open_ else None,
        "levels": achievement.levels,
        "asked": decision.asked,
        "right": decision.right,
        **_uncounted(log.decided),
        "adaptive": log.started.delivery == "adaptive",
        "tasks": sitting.assessment.conditions.tasks > 0,
        "score": score,
        "error": error,
        "again": following.since if following else None,
        "again_action": f"/take/{token}/start" if may_begin else None,
        "threshold": log.started.threshold,
        "items_per_step": room,
        "compared": achievement.level(reference_level(decision).code),
        **_by_area(languages.areas(sitting.bank, language), log.decided.bands),
        "continue_action": f"/take/{token}/continue" if open_ else None,
        "finish_action": f"/take/{token}/finish" if open_ and reached else None,
        "signing": awarded and standing is None,
        "review": f"/take/{token}/review" if sitting.finished or log.started.epoch > 1 else None,
        **_standing(standing, token, sitting.assessment.conditions.assurance),
    }


def _uncounted(decided: Decided) -> dict[str, int]:
    """How many questions count neither way: of a part that was stopped in, and those that proved unfit."""
    return {"set_aside": decided.set_aside, "unfit": len(decided.annulled)}


def _standing(standing: Standing | None, token: str, assurance: Assurance) -> dict[str, Any]:
    """How a released credential stands, and what its holder can do with it and its links."""
    if standing is None:
        names = ("share_action", "unshare_action", "confirmation", "standing", "standing_since", "reason")
        return dict.fromkeys(names)
    alone = assurance in {"unsupervised", "identity-checked"}
    confirmable = alone and standing.standing == "good" and not standing.corrected
    return {
        "confirmation": f"/take/{token}/confirmation" if confirmable else None,
        "share_action": None if standing.standing == "revoked" else f"/take/{token}/share",
        "unshare_action": f"/take/{token}/unshare" if standing.links else None,
        "standing": standing.standing,
        "standing_since": standing.since,
        "reason": standing.reason,
    }


def _by_area(areas: tuple[Area, ...], decided: tuple[AreaBand, ...]) -> dict[str, Any]:
    """Each area's band, and how many questions it takes where no area had as many."""
    silent = all(one.band == "too_few" for one in decided)
    return {"bands": bands(areas, decided), "silent_below": FEWEST_FOR_A_BAND if silent else None}


def bands(areas: tuple[Area, ...], decided: tuple[AreaBand, ...]) -> tuple[BandView, ...]:
    """Bands by the areas' names, with the author's links to learning."""
    named = {area.id: area for area in areas}
    return tuple(
        BandView(
            named[band.area].name,
            band.band,
            band.asked,
            band.low,
            band.high,
            named[band.area].links,
        )
        for band in decided
    )


def sentence(problem: ProblemError) -> str:
    """One kind sentence for the page."""
    return problem.detail or f"{problem.kind.title} {problem.kind.advice}"
