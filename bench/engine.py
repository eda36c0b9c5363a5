"""The adaptive engine in a world that is known: `python -m bench.engine [PEOPLE] [SEED]`.

300 2PL items, a ~ LogN(0, .3), b ~ N(0, 1), five areas, cut .5, ability ~ N(0, 1), true parameters. Everybody
takes 15 to 60 items in one sitting and goes on to 80 where that leaves it open; the exposure cap counts in
the order of the sessions. The engine's own functions choose and decide, so 5,000 people take some minutes.
"""

import random
import sys
import time
from collections import Counter
from fractions import Fraction
from math import exp

from bench.rows import Row
from issuer.measurement.ability import Posterior, start
from issuer.measurement.models import probability
from issuer.measurement.rule import settle
from issuer.measurement.selection import Candidate, at_cap, choose
from schemas.assessment import LevelState
from schemas.items import Parameters

ITEMS, CUT, THRESHOLD = 300, 0.5, 0.95
AT_LEAST, SITTING, AT_MOST = 15, 60, 80
AREAS = tuple(f"area{n}" for n in range(5))


class World:
    """A drawn bank, and how often each item was met by how many sessions."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - a simulation, to be repeated by its seed
        self.bank = {
            f"i{n}": Candidate(f"i{n}", AREAS[n % 5], Parameters("2pl", exp(draw(0, 0.3)), draw(0, 1)))
            for n, draw in ((n, self.chance.gauss) for n in range(ITEMS))
        }
        self.given: Counter[str] = Counter()
        self.in_one_sitting: Counter[str] = Counter()
        self.sessions = 0
        self.costs: list[float] = []

    def rank(self, *_: object) -> bytes:
        return self.chance.randbytes(8)

    def take(self, ability: float) -> tuple[int, LevelState, LevelState, bool]:
        """Items and state at the end of one sitting, the state pooled, and on which side one would be put."""
        self.sessions += 1
        found, unseen, covered = start(), dict(self.bank), Counter[str]()
        state: tuple[LevelState, ...] = ("undecided",)
        sitting: tuple[int, LevelState, bool] | None = None
        barred = {name for name in self.bank if at_cap(self.given[name], self.sessions)}
        for asked in range(1, AT_MOST + 1):
            found = self._ask(found, unseen, covered, ability, barred)
            above = found.at_or_above(CUT)
            if asked >= AT_LEAST:
                state = settle(state, (above,), THRESHOLD, within=asked not in (SITTING, AT_MOST))
            if sitting is None and (state[0] != "undecided" or asked == SITTING):
                sitting = asked, state[0], above >= Fraction(1, 2)
                self.in_one_sitting.update(self.bank.keys() - unseen.keys())
            if state[0] != "undecided":
                break
        assert sitting is not None
        return sitting[0], sitting[1], state[0], sitting[2]

    def _ask(
        self,
        found: Posterior,
        unseen: dict[str, Candidate],
        covered: Counter[str],
        ability: float,
        barred: set[str],
    ) -> Posterior:
        begun = time.process_time()
        choice = choose(unseen.values(), covered, dict.fromkeys(AREAS, 1), found.mean, self.rank, barred)
        self.costs.append(time.process_time() - begun)
        assert choice is not None
        item = unseen.pop(choice.item)
        self.given[item.id] += 1
        covered[item.area] += 1
        return found.after(item.parameters, int(self.chance.random() < probability(item.parameters, ability)))


def rows(people: int = 5_000, seed: int = 1) -> list[Row]:
    world = World(seed)
    seen: Counter[str] = Counter()
    for _ in range(people):
        ability = world.chance.gauss(0, 1)
        items, sitting, pooled, above = world.take(ability)
        qualified = ability >= CUT
        seen["items"] += items
        seen["accurate"] += above == qualified
        seen["qualified"] += qualified
        seen["missed"] += qualified and pooled != "reached"
        for name, state in (("sitting", sitting), ("pooled", pooled)):
            seen[f"{name} awards"] += state == "reached"
            seen[f"{name} false"] += state == "reached" and not qualified
    exposed = max(world.in_one_sitting.values()) / people
    return [
        Row("false among awards, one sitting", seen["sitting false"] / seen["sitting awards"], 0.025),
        Row("false among awards, pooled to 80", seen["pooled false"] / seen["pooled awards"], 0.035),
        Row("qualified missed, pooled to 80", seen["missed"] / seen["qualified"], 0.30),
        Row("accuracy at the cut, one sitting", seen["accurate"] / people, 0.93, at_most=False),
        Row("mean items, one sitting", seen["items"] / people, 27),
        Row("largest exposure, one sitting", exposed, 0.25),
        Row("choice of an item, 99th percentile, ms", 1e3 * sorted(world.costs)[-len(world.costs) // 100], 5),
    ]


if __name__ == "__main__":
    for row in rows(*(int(word) for word in sys.argv[1:3])):
        print(f"{'kept' if row.kept else 'MISSED':7}{row.name:42}{row.measured:8.4f}  bar {row.bar}")
