"""From answers to evidence, and from evidence to a decision and bands, on the session's scale. Pure.

On `proportion` (issuer/measurement/proportion.py) an item is right or not, and the levels are looked at when
a step ends. On `ability` (issuer/measurement/ability.py) a score has the weight that the item's parameters
give it; an adaptive session looks after every answer, the others when a step ends.
"""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from fractions import Fraction
from itertools import accumulate, chain

from issuer.assessments import kinds
from issuer.assessments.assemble import admissible
from issuer.assessments.kinds.task import met
from issuer.assessments.languages import language_of, scored_in
from issuer.assessments.session import Session
from issuer.measurement import ability, proportion, rule
from issuer.measurement.ability import Evidence
from issuer.measurement.characteristic import expected_proportion
from issuer.measurement.rule import Standing
from schemas.assessment import AreaBand, Band, Bank, Decision, Scored, Started
from schemas.items import Item, Parameters, Task

ENGINE_VERSION = "assay-3"
"""Named in every session's first event; changes whenever a replay could give another result."""

_COUNTED_ENEMIES = frozenset({"assay-2", "uncalibrated-1"})
"""Engines that took what no session may be asked, enemies of what it was asked, for items that are left.

Where nothing else was left they offered to go on without end; their logs say so.
"""

ENGINES = frozenset({ENGINE_VERSION}) | _COUNTED_ENEMIES
"""Whose logs this engine reproduces: what came later is absent from a log of then."""

NOTHING: frozenset[str] = frozenset()

FEWEST_FOR_A_BAND = 4
_BAND_CERTAINTY = Fraction(8, 10)
_INTERVAL_TAIL = Fraction(1, 10)


def evidence(
    bank: Bank, session: Session, annulled: AbstractSet[str] = NOTHING
) -> tuple[tuple[Scored, ...], ...]:
    """What was asked and how it was answered, step by step in the order asked; no answer scores 0.

    Items that are tried out are none, and of an adaptive session's open step neither is the open question;
    nor are items that were annulled: by the last decision that the log holds, and `annulled` since. On
    `proportion` every criterion of a task is a piece of evidence of its own. Raises KeyError for an item that
    the bank does not hold.
    """
    items = {item.id: item for item in bank.items}
    given = {answer.item: answer.selected for answer in session.answers}
    steps: dict[int, list[Scored]] = {}
    waiting = set(session.unanswered) if session.started.delivery == "adaptive" else set()
    uncounted = waiting | annulled | session.annulled
    language = language_of(bank, session.started)
    for form in session.forms:
        scored = steps.setdefault(form.step, [])
        for placed in form.items:
            if not placed.pilot and placed.item not in uncounted:
                item = scored_in(items[placed.item], language)
                scored += _scored(item, given.get(placed.item, ()), session)
    return tuple(map(tuple, steps.values()))


def estimate(bank: Bank, session: Session) -> float:
    """The expected ability on all evidence so far: where an adaptive session looks for information."""
    found = chain.from_iterable(evidence(bank, session))
    return ability.posterior(weighed(bank, found), session.started.prior).mean


def scored_room(bank: Bank, session: Session) -> int:
    """How many scored items the session may still ask, as far as the bank reaches."""
    started = session.started
    scored = {placed.item for placed in session.placed if not placed.pilot}
    asked = sum(item.id in scored and _askable(item) for item in bank.items)
    if started.engine in _COUNTED_ENEMIES:
        askable = {item.id for item in bank.items if _askable(item)}
        return min(started.items_at_most, len(askable.difference(started.excluded))) - asked
    return min(started.items_at_most - asked, len(admissible(bank, session.seen.union(started.excluded))))


def _askable(item: Item) -> bool:
    return item.state == "live" and not isinstance(item, Task)


def decide(
    bank: Bank, started: Started, steps: Sequence[Sequence[Scored]], room: int, kept: str | None = None
) -> Decision:
    """Decide every level where it is first crossed; `steps` are the evidence that counts (`rule.decide`).

    `room` is how many scored items may still be asked (`scored_room`). Within a step that is looked at at its
    end, the order of the answers makes no difference.
    """
    at_most = sum(map(len, steps)) + max(room, 0)
    standings = _standings(bank, started, steps, at_most)
    least = started.items_at_least
    return rule.decide(standings, started.levels, started.threshold, at_most, least, kept=kept)


def bands(bank: Bank, started: Started, found: Sequence[Scored], cut: float) -> tuple[AreaBand, ...]:
    """A band for each area of the bank: how its own evidence stands against `cut`, on the session's scale."""
    by_area = {area.id: [one for one in found if one.area == area.id] for area in bank.areas}
    return tuple(_band(bank, started, area, own, cut) for area, own in by_area.items())


def _scored(item: Item, selected: tuple[str, ...], session: Session) -> Iterator[Scored]:
    if not isinstance(item, Task):
        seed = bytes.fromhex(session.started.seed)
        yield Scored(item.id, item.area, kinds.score(item, selected, seed), kinds.most(item))
        return
    criteria = met(item, [rating for rating in session.ratings if rating.item == item.id])
    points = [int(bool(selected) and bool(is_met)) for is_met in criteria.values()]
    if session.started.scale == "proportion":
        yield from (Scored(item.id, item.area, point) for point in points)
    else:
        yield Scored(item.id, item.area, sum(points), len(points))


def _standings(
    bank: Bank, started: Started, steps: Sequence[Sequence[Scored]], at_most: int
) -> Iterator[Standing]:
    cuts = [level.cut for level in started.levels]
    if started.scale == "proportion":
        right = accumulate(sum(scored.right for scored in step) for step in steps)
        asked = accumulate(map(len, steps))
        yield from proportion.standings(zip(right, asked, strict=True), cuts, started.prior)
        return
    met, adaptive = sum(map(len, steps)), started.delivery == "adaptive"
    ends = frozenset(accumulate(map(len, steps), initial=0))
    if adaptive:
        ends = _ends(started, steps) | {at_most}
    # Before `items_at_least` nothing is decided: there is nothing to look at, but where matters stand now.
    looks = range(min(started.items_at_least, met), met + 1) if adaptive else ends
    found = weighed(bank, chain.from_iterable(steps))
    for standing in ability.standings(found, cuts, started.prior, looks):
        yield standing._replace(within=standing.asked not in ends)


def _ends(started: Started, steps: Sequence[Sequence[Scored]]) -> frozenset[int]:
    """After how many pieces of evidence adaptive steps ended; one that was cut short has no end."""
    planned = (started.items_at_first or started.items_per_step, *[started.items_per_step] * len(steps))
    lengths = tuple(map(len, steps))
    ends = accumulate(lengths)
    return frozenset(end for end, n, most in zip(ends, lengths, planned, strict=False) if n >= most)


def weighed(bank: Bank, found: Iterable[Scored]) -> Iterator[Evidence]:
    """The evidence with the weight that the items' parameters give it; ValueError for one without any."""
    parameters = {item.id: item.parameters for item in bank.items}
    for scored in found:
        of_item = parameters[scored.item]
        if of_item is None:
            raise ValueError(f"item {scored.item} has no parameters, so no place on that scale")
        yield Evidence(of_item, scored.score if isinstance(of_item.b, tuple) else int(scored.right))


def _band(bank: Bank, started: Started, area: str, found: Sequence[Scored], cut: float) -> AreaBand:
    right, asked = sum(scored.right for scored in found), len(found)
    if started.scale == "proportion":
        probability = proportion.probability_at_or_above(cut, right, asked)
        low, high = proportion.interval(right, asked)
    else:
        posterior = ability.posterior(weighed(bank, found))
        probability = posterior.at_or_above(cut)
        own = [item.parameters for item in bank.items if item.area == area and item.parameters]
        low, high = _expected(own, posterior)
    band: Band = "as_expected"
    if asked < FEWEST_FOR_A_BAND:
        band = "too_few"
    elif probability >= _BAND_CERTAINTY:
        band = "stronger"
    elif probability <= 1 - _BAND_CERTAINTY:
        band = "work_on_this"
    return AreaBand(area, band, right, asked, low, high)


def _expected(area: Sequence[Parameters], posterior: ability.Posterior) -> tuple[int, int]:
    """The central 80 % of the ability, as the proportion of the area's items that it would answer right."""
    inside = [cut / 10 for cut in range(-50, 51)]
    above = [(cut, posterior.at_or_above(cut)) for cut in inside]
    low = max((cut for cut, share in above if share >= 1 - _INTERVAL_TAIL), default=inside[0])
    high = min((cut for cut, share in above if share <= _INTERVAL_TAIL), default=inside[-1])
    shares = expected_proportion(area, low), expected_proportion(area, high)
    return int(shares[0] * 100), min(int(shares[1] * 100) + 1, 100)
