"""What an assessment must do, simulated, before anybody may take it: its targets, and what would mend a miss.

Pure: figures that are shipped or stored are judged without running anything. The bars are those of a
threshold of .95 (docs/decisions/0035): a lower threshold promises less, so false awards may be more in
proportion; a higher one misses more people, and must keep false awards at least as low.
"""

from collections.abc import Iterator
from math import ceil

from msgspec import Struct

from issuer.measurement.selection import ROOM
from issuer.simulation.figures import Figures, WorldFigures
from schemas.wording import many

USUAL_DOUBT = 0.05
"""1 - .95: what the bars below are for."""

FALSE_IN_ONE_SITTING = 0.025
FALSE_POOLED = 0.035
FALSE_IN_THE_WORST_WORLD = 0.045
FALSE_BEFORE_CALIBRATION = 0.05
MISSED = 0.30
MISSED_BY_WHOLE_FORMS = 0.40
MISSED_FOR_CERTAINTY = 3.75
"""How much more may be missed for each unit of threshold above .95: .15 at .99."""
ACCURACY = 0.93
CONFIDENCE = 0.05

FEWEST_PEOPLE, FEWEST_SEEDS = 5_000, 6

STRICTER = "choose a higher threshold, or calibrate with more responses"
MORE = "add items that tell people near the cut apart, let a session ask more, or choose a lower threshold"


class Target(Struct, frozen=True):
    """One thing that an assessment must do; `found` is None where nobody could be counted, which is no pass.

    `bar` is the most that `found` may be, or with `least` the least.
    """

    name: str
    found: float | None
    bar: float
    mend: str
    least: bool = False

    @property
    def met(self) -> bool:
        """Whether the bar is held."""
        if self.found is None:
            return False
        return self.found >= self.bar if self.least else self.found <= self.bar

    @property
    def sentence(self) -> str:
        """What is wrong and what would mend it."""
        found = "nobody to count" if self.found is None else f"{self.found:.3f}"
        return f"{self.name}: {found}, {'at least' if self.least else 'at most'} {self.bar:.3f}; {self.mend}"


def before_calibration(
    false_among_awards: float | None, qualified_missed: float | None, threshold: float
) -> tuple[Target, ...]:
    """The targets of an uncalibrated bank: the worst of all seeds counts."""
    return (
        Target(
            "false among awards",
            false_among_awards,
            _false(FALSE_BEFORE_CALIBRATION, threshold),
            "add items, move the levels' cuts towards the middle of the bank, or choose a higher threshold",
        ),
        Target(
            "qualified missed, lowest level",
            qualified_missed,
            _missed(MISSED_BY_WHOLE_FORMS, threshold),
            "let a session ask more, move the lowest cut towards the middle of the bank, or choose a lower "
            "threshold",
        ),
    )


def after_calibration(figures: Figures, cap: float, *, adaptive: bool) -> tuple[Target, ...]:
    """The targets of a calibrated bank: the mean of the seeds in the true world, and the worst world.

    `cap` is the largest share of people who may meet an item, 1 for no limit.
    """
    return tuple(_after(figures, cap, adaptive=adaptive))


def _after(figures: Figures, cap: float, *, adaptive: bool) -> Iterator[Target]:
    true, threshold = figures.worlds[0], figures.threshold
    yield Target(
        "false among awards in one sitting",
        true.false_among_awards_one_sitting,
        _false(FALSE_IN_ONE_SITTING, threshold),
        STRICTER,
    )
    yield Target(
        "false among awards, pooled",
        true.false_among_awards_pooled,
        _false(FALSE_POOLED, threshold),
        STRICTER,
    )
    worst = max(figures.worlds, key=_false_share)
    yield Target(
        f"false among awards in the worst world ({worst.name})",
        worst.false_among_awards,
        _false(FALSE_IN_THE_WORST_WORLD, threshold),
        STRICTER,
    )
    yield Target(
        "qualified missed, lowest level, pooled",
        true.qualified_missed,
        _missed(MISSED if adaptive else MISSED_BY_WHOLE_FORMS, threshold),
        MORE,
    )
    yield Target("stated confidence off by", true.confidence, CONFIDENCE, "calibrate with more responses")
    if adaptive:
        yield Target("accuracy at the cut", true.accuracy, ACCURACY, MORE, least=True)
    if cap < 1:
        yield from _exposure(figures, true, cap)


def _exposure(figures: Figures, true: WorldFigures, cap: float) -> Iterator[Target]:
    """Mean exposure is what a session asks over the bank's size; the cap must leave room to choose."""
    needed = ceil(true.mean_items_pooled / (ROOM * cap))
    yield Target(
        "share of people who meet the item most shown",
        max(true.max_exposure, true.max_exposure_pooled),
        cap,
        "add items of the kind that is asked most",
    )
    yield Target(
        "share of people who meet an item, on average",
        round(true.mean_items_pooled / figures.items, 4),
        round(ROOM * cap, 4),
        f"the bank has {many(figures.items, 'live item')} and needs {needed}",
    )


def _false_share(world: WorldFigures) -> float:
    return 1.0 if world.false_among_awards is None else world.false_among_awards


def _false(bar: float, threshold: float) -> float:
    return bar * max((1 - threshold) / USUAL_DOUBT, 1.0)


def _missed(bar: float, threshold: float) -> float:
    return bar + MISSED_FOR_CERTAINTY * max(threshold - (1 - USUAL_DOUBT), 0.0)
