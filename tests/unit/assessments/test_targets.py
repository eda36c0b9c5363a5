"""Publishing is refused while a simulated target fails: what is named, and for which figures."""

import json
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from issuer.assessments.bank import shipped
from issuer.assessments.offers import fit, read_offer
from issuer.assessments.targets import judge
from issuer.simulation.figures import Figures
from issuer.simulation.gate import Target, after_calibration
from schemas.problems import ProblemError

BANK = shipped("synthetic")
OFFER = read_offer(shipped("synthetic.offer"))
FIGURES = msgspec.json.decode(shipped("synthetic.figures"), type=Figures)
TRUE = FIGURES.worlds[0]


def refusal(figures: Figures | None, **changes: Any) -> ProblemError:
    offer = msgspec.convert(_merged(msgspec.to_builtins(OFFER), changes), type(OFFER))
    with pytest.raises(ProblemError) as refused:
        fit(offer, BANK, figures=figures)
    return refused.value


def _merged(document: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    for part, more in changes.items():
        document[part] = {**document[part], **more}
    return document


def with_true(**changes: Any) -> Figures:
    return replace(FIGURES, worlds=(replace(TRUE, **changes), *FIGURES.worlds[1:]))


def test_the_shipped_figures_hold_every_bar() -> None:
    assert fit(OFFER, BANK, figures=FIGURES).evidence.figures == FIGURES
    assert (FIGURES.examinees, len(FIGURES.seeds)) == (5000, 6)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"false_among_awards_one_sitting": 0.0251}, "False among awards in one sitting: 0.025"),
        ({"false_among_awards_pooled": 0.036}, "pooled: 0.036, at most 0.035"),
        ({"false_among_awards_pooled": None}, "nobody to count"),
        ({"qualified_missed": 0.31}, "Qualified missed"),
        ({"qualified_missed": None}, "nobody to count"),
        ({"confidence": 0.06}, "Stated confidence"),
        ({"accuracy": 0.92}, "at least 0.930"),
        ({"max_exposure_pooled": 0.26}, "most shown: 0.260"),
        ({"mean_items_pooled": 75.0}, "needs 375"),
    ],
)
def test_each_target_that_is_missed_is_named(changes: dict[str, Any], says: str) -> None:
    refused = refusal(with_true(**changes))
    assert refused.code == "bank.targets"
    assert says in str(refused.detail)


def test_the_worst_world_counts_and_all_misses_are_said_at_once() -> None:
    worse = tuple(
        replace(world, false_among_awards=0.046) if world.name == "weaker" else world
        for world in with_true(accuracy=0.9).worlds
    )
    detail = str(refusal(replace(FIGURES, worlds=worse)).detail)
    assert "worst world (weaker): 0.046, at most 0.045" in detail
    assert "Accuracy" in detail


@pytest.mark.parametrize(
    "changes",
    [
        {"achievement": {"threshold": 0.9}},
        {"conditions": {"itemsAtFirst": 40}},
        {"conditions": {"exposureCap": 0.3}},
        {"achievement": {"levels": [{"code": "a", "name": "A", "description": "A.", "cut": 0.5}]}},
    ],
)
def test_figures_of_something_else_are_refused(changes: dict[str, Any]) -> None:
    assert refusal(FIGURES, **changes).code == "figures.unfit"


@pytest.mark.parametrize(
    "changes",
    [
        {"seeds": (1,)},
        {"seeds": ()},
        {"seeds": (1, 1, 2, 3, 4, 5)},
        {"examinees": 4999},
        {"worlds": (TRUE,)},
        {"worlds": (TRUE,) * 7},
        {"worlds": ()},
        {"worlds": (*FIGURES.worlds[:-1], replace(FIGURES.worlds[-1], name="kind"))},
        {"worlds": (*FIGURES.worlds[:-1], replace(FIGURES.worlds[-1], says="nothing was wrong"))},
        {"items": 3000},
        {"tier": "3pl"},
        {"model": "rasch"},
        {"worlds": tuple(replace(one, levels=()) for one in FIGURES.worlds)},
    ],
)
def test_figures_that_say_too_little_are_refused(changes: dict[str, Any]) -> None:
    assert refusal(replace(FIGURES, **changes)).code == "figures.unfit"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"false_among_awards": 0.0}, "contradict"),
        ({"false_among_awards_one_sitting": 0.001}, "contradict"),
        ({"qualified_missed": 0.1}, "contradict"),
        ({"confidence": 0.01}, "contradict"),
        ({"accuracy": 0.99}, "contradict"),
        ({"mean_items_pooled": 10.0}, "contradict"),
        ({"worst": replace(TRUE.worst, false_among_awards_pooled=0.01)}, "contradict"),
        ({"worst": replace(TRUE.worst, qualified_missed=None)}, "contradict"),
        ({"worst": replace(TRUE.worst, false_among_awards=0.0)}, "contradict"),
        ({"max_exposure": -0.5}, "between 0 and 1"),
        ({"confidence_bins": TRUE.confidence_bins[:-1]}, "30,000 people"),
        ({"error_by_ability": TRUE.error_by_ability[1:]}, "30,000 people"),
    ],
)
def test_figures_that_were_written_by_hand_contradict_themselves(changes: dict[str, Any], says: str) -> None:
    low = {"false_among_awards_pooled": 0.001} if "false_among_awards_one_sitting" in changes else {}
    refused = refusal(with_true(**changes, **low))
    assert (refused.code, says in str(refused.detail)) == ("figures.unfit", True)


def test_another_version_of_the_bank_needs_figures_of_its_own() -> None:
    bank = json.loads(BANK)
    bank["version"] = "1.0.1"
    with pytest.raises(ProblemError) as refused:
        fit(OFFER, json.dumps(bank).encode(), figures=FIGURES)
    assert refused.value.code == "figures.unfit"


def test_a_calibrated_bank_needs_figures_and_an_uncalibrated_one_takes_none() -> None:
    refused = refusal(None)
    assert refused.code == "figures.needed"
    assert "--offer" in str(refused.detail)
    with pytest.raises(ProblemError) as unfit:
        fit(read_offer(shipped("sql-for-analysts.offer")), shipped(), figures=FIGURES)
    assert unfit.value.code == "figures.unfit"


def test_before_calibration_the_rates_are_simulated_and_judged() -> None:
    offer = json.loads(shipped("sql-for-analysts.offer"))
    fitting = fit(read_offer(json.dumps(offer).encode()), shipped())
    assert fitting.evidence.simulation is not None
    assert fitting.evidence.sentence.startswith("4.4% of awards are false")
    offer["achievement"]["levels"][0]["cut"], offer["achievement"]["levels"][1]["cut"] = 0.6, 0.8
    with pytest.raises(ProblemError) as refused:
        fit(read_offer(json.dumps(offer).encode()), shipped())
    assert refused.value.code == "bank.targets"
    assert "0.052, at most 0.050" in str(refused.value.detail)
    assert "0.418, at most 0.400" in str(refused.value.detail)


def test_bars_follow_the_threshold() -> None:
    """A lower one promises less; a higher one may miss more, and never be wrong more often."""

    def bars(threshold: float) -> dict[str, Target]:
        found = after_calibration(replace(FIGURES, threshold=threshold), 0.25, adaptive=True)
        return {target.name: target for target in found}

    low, usual, high = bars(0.8), bars(0.95), bars(0.99)
    sitting, missed = "false among awards in one sitting", "qualified missed, lowest level, pooled"
    assert (low[sitting].bar, usual[sitting].bar, high[sitting].bar) == pytest.approx((0.1, 0.025, 0.025))
    assert (low[missed].bar, usual[missed].bar, high[missed].bar) == pytest.approx((0.3, 0.3, 0.45))


def test_nobody_to_count_is_no_pass() -> None:
    assert not Target("x", None, 1.0, "y").met
    assert not Target("x", None, 0.0, "y", least=True).met


def test_judging_is_what_fitting_does_unless_told_otherwise() -> None:
    assert fit.__kwdefaults__ is not None
    assert fit.__kwdefaults__["judge"] is judge
