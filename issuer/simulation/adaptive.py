"""Sessions of many people at once, by the engine's own rules (issuer/measurement/selection.py).

Adaptive ones, and whole forms of calibrated items: those take an item at random of the area covered least,
and are looked at when a step ends; where the form is fixed, everybody draws the same.

Concurrency is played out, not assumed away: `AT_ONCE` sessions are under way, each asks an item in turn, and
whoever is done makes room for the next person. Within a turn the items are counted one session after another,
as the service counts them, so that no cap is broken; whoever finds an item gone chooses again without it.
"""

from typing import NamedTuple

import numpy as np

from issuer.calibration.curves import Flags, Floats, Integers
from issuer.measurement.ability import DECIMALS, STANDARD, start
from issuer.measurement.selection import AMONG_THE_BEST, EXPOSURE_CAP, SESSIONS_AT_FIRST
from issuer.simulation.pool import Pool, information, items_of, likelihoods
from issuer.simulation.sessions import OPEN, Look, Taken, at_or_above, moments, settle
from schemas.assessment import Conditions

AT_ONCE = 100
NOBODY = -1


class Luck(NamedTuple):
    """Random places in order for n choices: of areas (n, A), of items of equal information, of the best."""

    area: Floats
    equal: Floats
    best: Floats


class Begin(NamedTuple):
    """Where N people start from who were here before: `weights` (N, Q) are their priors, by node.

    `may` (N, J) is what each may be asked; what a session asks, and its enemies, are taken out of it.
    """

    weights: Floats
    may: Flags


class Chooser:
    """The engine's choice of the next item, for many sessions at once."""

    def __init__(self, pool: Pool) -> None:
        self.items = items_of(pool.parameters)
        self.weights = pool.weights
        listed = [np.flatnonzero(pool.area == one) for one in range(len(pool.weights))]
        self.size = len(pool.area)
        # One column more stands for no item, so that areas of all sizes are rows of one array.
        self.of_area = np.full((len(listed), max(AMONG_THE_BEST, *map(len, listed))), self.size)
        for row, own in zip(self.of_area, listed, strict=True):
            row[: len(own)] = own

    def choose(self, may: Flags, covered: Integers, theta: Floats | None, luck: Luck) -> Integers:
        """The next item for each of n sessions, -1 where there is none.

        `may` (n, J) says which items are unseen, no enemies of seen ones and not barred; `covered` (n, A)
        counts the items asked by area; `theta` (n) are the estimates, None where they do not matter.
        """
        padded = np.concatenate([may, np.zeros((len(may), 1), dtype=bool)], axis=1)
        has_any: Flags = np.logical_or.reduce(padded[:, self.of_area], axis=2)
        share = np.where(has_any, covered / self.weights, np.inf)
        least = share == share.min(axis=1, keepdims=True)
        area = np.where(least & has_any, luck.area, np.inf).argmin(axis=1)
        columns = self.of_area[area]
        rows = np.arange(len(may))[:, None]
        there = np.minimum(columns, self.size - 1)
        told = np.zeros(there.shape)
        if theta is not None:
            told = information(type(self.items)(*(one[there] for one in self.items)), theta[:, None])
        # Whole millionths in order of information, and a fraction of one that tells equals apart.
        place = luck.equal[rows, there] - np.rint(told * 10**DECIMALS)
        place = np.where(padded[rows, columns], place, np.inf)
        best = np.argpartition(place, AMONG_THE_BEST - 1, axis=1)[:, :AMONG_THE_BEST]
        chance = np.where(np.isfinite(place[rows, best]), luck.best[rows, there[rows, best]], np.inf)
        chosen = columns[rows[:, 0], best[rows[:, 0], chance.argmin(axis=1)]]
        there_is_one: Flags = np.logical_or.reduce(has_any, axis=1)
        return np.where(there_is_one, chosen, NOBODY)


class _Desk:
    """The sessions under way, by slot, and how often each item was met."""

    def __init__(
        self, pool: Pool, conditions: Conditions, cuts: tuple[float, ...], threshold: float, begin: Begin
    ) -> None:
        self.pool, self.conditions, self.cuts, self.threshold = pool, conditions, cuts, threshold
        self.begin = begin
        self.chooser, self.tables = Chooser(pool), likelihoods(pool.parameters)
        self.adaptive = conditions.delivery == "adaptive"
        usual = EXPOSURE_CAP if self.adaptive else 1.0
        plan = usual if conditions.exposure_cap is None else conditions.exposure_cap
        self.first = conditions.items_at_first if self.adaptive else conditions.items_per_step
        self.caps = np.where(np.isnan(pool.caps), plan, pool.caps)
        size = len(pool.ids)
        self.at_most = min(conditions.items_at_most, size)
        self.given, self.sessions = np.zeros(size, dtype=np.int64), 0
        self.person = np.full(AT_ONCE, NOBODY)
        self.weights = np.ones((AT_ONCE, begin.weights.shape[1]))
        self.may = np.ones((AT_ONCE, size), dtype=bool)
        self.seen = np.zeros((AT_ONCE, size), dtype=bool)
        self.covered = np.zeros((AT_ONCE, len(pool.weights)), dtype=np.int64)
        self.asked = np.zeros(AT_ONCE, dtype=np.int64)
        self.states = np.zeros((AT_ONCE, len(cuts)), dtype=np.int64)
        self.goes_on = np.zeros(AT_ONCE, dtype=bool)
        self.form: Luck | None = None

    def admit(self, people: Integers) -> int:
        """Give the next people the free slots; how many found one."""
        slots = np.flatnonzero(self.person == NOBODY)[: len(people)]
        self.person[slots] = people[: len(slots)]
        new = self.person[slots]
        self.weights[slots], self.may[slots], self.seen[slots] = (
            self.begin.weights[new],
            self.begin.may[new],
            False,
        )
        self.covered[slots], self.asked[slots], self.states[slots], self.goes_on[slots] = 0, 0, OPEN, False
        self.sessions += len(slots)
        return len(slots)

    def ask(self, slots: Integers, chance: np.random.Generator) -> Integers:
        """Choose an item for each of these slots, within the caps; -1 where there is none."""
        theta = moments(self.weights[slots])[0] if self.adaptive else None
        left = np.floor(self.caps * max(self.sessions, SESSIONS_AT_FIRST) + 1e-9).astype(np.int64)
        left -= self.given
        luck = self.luck(slots, chance)
        items, waiting = np.full(len(slots), NOBODY), np.arange(len(slots))
        while waiting.size:
            may = self.may[slots[waiting]] & (left > 0)
            own = Luck(*(one[waiting] for one in luck))
            estimates = None if theta is None else theta[waiting]
            chosen = self.chooser.choose(may, self.covered[slots[waiting]], estimates, own)
            settled = (chosen == NOBODY) | (_turns(chosen) < left[chosen])
            items[waiting[settled]] = chosen[settled]
            taken = chosen[settled & (chosen != NOBODY)]
            left -= np.bincount(taken, minlength=len(self.given))
            waiting = waiting[~settled]
        return items

    def luck(self, slots: Integers, chance: np.random.Generator) -> Luck:
        """Everybody's own; in a fixed form the same for all who are at the same place."""
        sizes = len(self.pool.weights), len(self.given), len(self.given)
        if self.conditions.delivery != "fixed":
            return Luck(*(chance.random((len(slots), size)) for size in sizes))
        place = self.asked[slots]
        if self.form is None:
            self.form = Luck(*(chance.random((self.at_most + 1, size)) for size in sizes))
        return Luck(*(one[place] for one in self.form))

    def answer(self, slots: Integers, items: Integers, scores: Integers) -> None:
        """Take answers in: posteriors, what may still be asked, what was covered."""
        weights = self.weights[slots] * self.tables[items, scores]
        self.weights[slots] = weights / weights.sum(axis=1, keepdims=True)
        self.seen[slots, items] = True
        self.may[slots] &= ~self.pool.hostile[items]
        self.may[slots, items] = False
        self.covered[slots, self.pool.area[items]] += 1
        self.asked[slots] += 1
        self.given += np.bincount(items, minlength=len(self.given))

    def look(self, slots: Integers) -> Floats:
        """Settle the levels where it is time; the probabilities (n, L)."""
        found = np.stack([at_or_above(self.weights[slots], cut) for cut in self.cuts], axis=1)
        later = self.asked[slots] - self.first
        ends = (later >= 0) & (later % self.conditions.items_per_step == 0)
        ends |= self.asked[slots] >= self.at_most
        due = self.asked[slots] >= self.conditions.items_at_least if self.adaptive else ends
        within = ~ends
        self.states[slots[due]] = settle(self.states[slots[due]], found[due], self.threshold, within[due])
        return found


def take(
    pool: Pool,
    scores: Integers,
    conditions: Conditions,
    cuts: tuple[float, ...],
    threshold: float,
    chance: np.random.Generator,
    begin: Begin | None = None,
) -> Taken:
    """Let everybody of `scores` (N, J) take an assessment to its end, continuing included.

    With `begin` they were here before, and its `may` is kept up to date.
    """
    people, size = scores.shape
    everybody = begin or fresh(people, size)
    taken = Taken(Look.blank(people, len(cuts), size), Look.blank(people, len(cuts), size))
    desk, admitted = _Desk(pool, conditions, cuts, threshold, everybody), 0
    while True:
        admitted += desk.admit(np.arange(admitted, people))
        slots = np.flatnonzero(desk.person != NOBODY)
        if not slots.size:
            return taken
        items = desk.ask(slots, chance)
        some, chosen = slots[items != NOBODY], items[items != NOBODY]
        desk.answer(some, chosen, scores[desk.person[some], chosen])
        found = desk.look(slots)
        done = (
            (desk.states[slots] != OPEN).all(axis=1) | (desk.asked[slots] >= desk.at_most) | (items == NOBODY)
        )
        first = ~desk.goes_on[slots] & (done | (desk.asked[slots] >= desk.first))
        _note(taken.sitting, desk, slots[first], found[first])
        desk.goes_on[slots[first]] = True
        _note(taken.pooled, desk, slots[done], found[done])
        if begin is not None:
            begin.may[desk.person[slots[done]]] = desk.may[slots[done]]
        desk.person[slots[done]] = NOBODY


def fresh(people: int, items: int) -> Begin:
    """Everybody before their first session: the prior is the same for all, and nothing was asked."""
    prior = np.array(start(STANDARD).weights) / start(STANDARD).sum
    return Begin(
        np.broadcast_to(prior, (people, len(prior))), np.broadcast_to(np.array([True]), (people, items))
    )


def _note(look: Look, desk: _Desk, slots: Integers, found: Floats) -> None:
    who = desk.person[slots]
    look.asked[who], look.states[who], look.probability[who] = desk.asked[slots], desk.states[slots], found
    look.estimate[who], look.error[who] = moments(desk.weights[slots])
    look.met[:] += desk.seen[slots].sum(axis=0)


def _turns(chosen: Integers) -> Integers:
    """How many before each chose the same."""
    order = np.argsort(chosen, kind="stable")
    ordered = chosen[order]
    begins = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    turns = np.empty(len(chosen), dtype=np.int64)
    turns[order] = np.arange(len(chosen)) - np.repeat(begins, np.diff(np.r_[begins, len(chosen)]))
    return turns
