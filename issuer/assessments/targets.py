"""Whether an assessment may be published: what it would do, simulated, against what it must do. Pure.

Before calibration the error rates are shipped or simulated on the spot; a calibrated bank needs the figures
that `assay assessment simulate --offer --write` wrote for this very bank, levels, threshold and conditions.
"""

from collections.abc import Callable, Iterator

from msgspec import Struct

from issuer.assessments.begin import cuts
from issuer.assessments.create import bounded, choices, plan_of
from issuer.assessments.record import Simulation
from issuer.assessments.scoring import ENGINE_VERSION
from issuer.assessments.simulate import shipped_simulation, simulate_uncalibrated
from issuer.measurement.selection import EXPOSURE_CAP
from issuer.simulation import gate
from issuer.simulation.figures import Figures, about
from issuer.simulation.sound import WORLDS, doubts
from issuer.skills.store import Level
from schemas.assessment import Bank, Conditions, LevelCut
from schemas.problems import ProblemError
from schemas.wording import many

HOW = (
    "Nobody simulated this assessment yet. Run: assay assessment simulate BANK.json --offer OFFER.json "
    "--seeds 6 --write FIGURES.json, then publish with --figures FIGURES.json."
)


class Intended(Struct, frozen=True):
    """An assessment that somebody means to publish; `bank_digest` is SHA-256 in hexadecimal."""

    bank: Bank
    bank_digest: str
    levels: tuple[Level, ...]
    threshold: float
    conditions: Conditions

    @property
    def placed(self) -> tuple[LevelCut, ...]:
        """The levels' cuts on the scale of the sessions; raises problem `bank.unfit`."""
        try:
            return cuts(self.bank, self.levels)
        except ValueError as error:
            raise ProblemError("bank.unfit", f"A level's cut cannot be placed: {error}.") from error

    @property
    def about(self) -> str:
        """What figures for it are about."""
        kept = bounded(self.bank, self.conditions)
        return about(self.bank_digest, self.placed, self.threshold, kept, ENGINE_VERSION)


class Evidence(Struct, frozen=True):
    """Error rates for the record: `simulation` before calibration, `figures` after it."""

    simulation: Simulation | None = None
    figures: Figures | None = None

    @property
    def rates(self) -> tuple[float | None, float | None]:
        """The share of awards that are false, and of those qualified for the lowest level who go without."""
        if self.figures is not None:
            true = self.figures.worlds[0]
            return true.false_among_awards, true.qualified_missed
        if self.simulation is not None:
            return self.simulation.false_among_awards, self.simulation.rates[0].qualified_missed
        return None, None

    @property
    def sentence(self) -> str:
        """Both error rates, for whoever chooses the threshold."""
        false, missed = ("unknown" if rate is None else f"{rate:.1%}" for rate in self.rates)
        return f"{false} of awards are false, and {missed} of the qualified miss the lowest level."


Judge = Callable[[Intended, Figures | None], Evidence]


def judge(intended: Intended, figures: Figures | None) -> Evidence:
    """Let an assessment pass that does what it must, simulated, and return the figures for its record.

    Before calibration it may take some seconds. Raises problem `bank.targets`, which names every target that
    is missed and what would mend it, and `figures.needed` or `figures.unfit`.
    """
    if intended.bank.tier == "uncalibrated":
        if figures is not None:
            raise ProblemError("figures.unfit", "A bank that is not calibrated takes no figures.")
        return _before_calibration(intended)
    if figures is None:
        raise ProblemError("figures.needed", HOW)
    return _after_calibration(intended, figures)


def _before_calibration(intended: Intended) -> Evidence:
    bank, threshold = intended.bank, intended.threshold
    plan = plan_of(intended.levels, threshold, bounded(bank, intended.conditions))
    found = shipped_simulation(plan, choices(bank)) or simulate_uncalibrated(plan, choices(bank))
    _refuse(targets_before(found, threshold))
    return Evidence(simulation=found)


def _after_calibration(intended: Intended, figures: Figures) -> Evidence:
    if figures.about != intended.about or figures.threshold != intended.threshold:
        raise ProblemError(
            "figures.unfit",
            "They were simulated for another version of the bank, other levels, another threshold, other "
            "conditions or another version of the engine.",
        )
    seeds = figures.seeds
    if tuple(range(seeds[0], seeds[0] + len(seeds)) if seeds else ()) != seeds:
        raise ProblemError("figures.unfit", "Their seeds do not follow each other, as the record says them.")
    if len(seeds) < gate.FEWEST_SEEDS:
        raise ProblemError("figures.unfit", f"They need {gate.FEWEST_SEEDS} seeds.")
    if figures.examinees < gate.FEWEST_PEOPLE:
        raise ProblemError("figures.unfit", f"They need {gate.FEWEST_PEOPLE:,} people a world and seed.")
    for wrong in _of_the_bank(intended, figures):
        raise ProblemError("figures.unfit", wrong)
    _refuse(targets_after(figures, intended.conditions))
    for doubt in doubts(figures):
        raise ProblemError("figures.unfit", doubt)
    return Evidence(figures=figures)


def _of_the_bank(intended: Intended, figures: Figures) -> Iterator[str]:
    """What figures say of bank, levels and worlds that is not so: their digest says what was meant alone."""
    if [(world.name, world.says) for world in figures.worlds] != list(WORLDS.items()):
        yield f"Their worlds must be {', '.join(WORLDS)}, and say what these are."
    bank, live = intended.bank, choices(intended.bank)
    if figures.items != live:
        yield f"They are of {many(figures.items, 'item')}; of the bank are asked: {live}."
    if bank.calibration == "uncalibrated" or (figures.tier, figures.model) != (
        bank.tier,
        bank.calibration.model,
    ):
        yield f"They are of the tier {figures.tier} and the model {figures.model}; the bank has another."
    placed = [(level.code, level.cut) for level in intended.placed]
    if any([(level.code, level.cut) for level in world.levels] != placed for world in figures.worlds):
        yield "They are of other levels or cuts."


def targets_before(found: Simulation, threshold: float) -> tuple[gate.Target, ...]:
    """What these rates of an uncalibrated bank are held against."""
    return gate.before_calibration(found.false_among_awards, found.rates[0].qualified_missed, threshold)


def targets_after(figures: Figures, conditions: Conditions) -> tuple[gate.Target, ...]:
    """What these figures of a calibrated bank are held against."""
    adaptive = conditions.delivery == "adaptive"
    usual = EXPOSURE_CAP if adaptive else 1.0
    cap = usual if conditions.exposure_cap is None else conditions.exposure_cap
    return gate.after_calibration(figures, cap, adaptive=adaptive)


def _refuse(targets: tuple[gate.Target, ...]) -> None:
    missed = [one.sentence for one in targets if not one.met]
    if missed:
        raise ProblemError("bank.targets", ". ".join(f"{one[0].upper()}{one[1:]}" for one in missed) + ".")
