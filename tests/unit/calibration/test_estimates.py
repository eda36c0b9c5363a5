"""Estimates against published values, against the truth behind drawn answers, and against reordering."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issuer.calibration.curves import Flags, Items
from issuer.calibration.em import Fitted, estimate
from issuer.calibration.information import Errors, standard_errors
from issuer.calibration.parameters import Setting, data_of, start
from issuer.calibration.refused import CalibrationRefused
from issuer.calibration.responses import Responses
from schemas.items import Model
from tests.unit.calibration.worlds import LSAT6, LSAT7, draw, named, patterns


def fit(
    responses: Responses,
    model: Model,
    *,
    eb: bool = False,
    held: Flags | None = None,
    known: Items | None = None,
) -> tuple[Fitted, Errors]:
    size = len(responses.items)
    setting = Setting(model, eb, np.zeros(size, dtype=bool) if held is None else held)
    data = data_of(responses.scores)
    fitted = estimate(setting, data, start(setting, data, known), responses.items)
    return fitted, standard_errors(setting, data, fitted)


def test_lsat6_2pl_is_as_published() -> None:
    fitted, errors = fit(patterns(LSAT6), "2pl")
    assert fitted.items.slope == pytest.approx([0.8254, 0.7229, 0.8905, 0.6886, 0.6575], abs=0.003)
    assert fitted.items.difficulties[:, 0] == pytest.approx(
        [-3.3597, -1.3696, -0.2799, -1.8659, -3.1236], abs=0.003
    )
    assert fitted.log_likelihood == pytest.approx(-2466.653, abs=0.001)
    # Standard errors as ltm prints them (Rizopoulos 2006).
    assert errors.slope == pytest.approx([0.2581, 0.1867, 0.2326, 0.1852, 0.2100], abs=0.001)
    assert errors.difficulties[:, 0] == pytest.approx([0.8669, 0.3073, 0.0997, 0.4341, 0.8700], abs=0.002)


def test_lsat6_rasch_is_as_published() -> None:
    fitted, errors = fit(patterns(LSAT6), "rasch")
    assert fitted.items.slope == pytest.approx([0.7551] * 5, abs=0.001)
    assert fitted.items.difficulties[:, 0] == pytest.approx(
        [-3.6153, -1.3224, -0.3176, -1.7301, -2.7802], abs=0.001
    )
    assert fitted.log_likelihood == pytest.approx(-2466.938, abs=0.001)
    assert errors.slope == pytest.approx([0.0694] * 5, abs=0.001)


def test_lsat7_2pl_is_as_published() -> None:
    fitted, _ = fit(patterns(LSAT7), "2pl")
    assert fitted.items.slope == pytest.approx([0.988, 1.081, 1.706, 0.765, 0.736], abs=0.003)
    assert fitted.items.intercepts[:, 0] == pytest.approx([1.856, 0.808, 1.804, 0.486, 1.855], abs=0.003)
    assert fitted.log_likelihood == pytest.approx(-2658.805, abs=0.001)


@pytest.mark.parametrize(
    ("model", "people", "size", "missing"),
    [
        ("rasch", 800, 20, 0.0),
        ("2pl", 800, 20, 0.0),
        ("2pl", 800, 40, 0.5),
        ("grm", 800, 10, 0.0),
        ("3pl", 2000, 20, 0.0),
    ],
)
def test_errors_are_as_large_as_they_are_said_to_be(
    model: Model, people: int, size: int, missing: float
) -> None:
    """Over four worlds, estimates miss the truth as their errors say: one in twenty by 1.96 of them."""
    misses: list[float] = []
    for seed in range(4):
        world = draw(
            seed,
            people,
            size,
            missing=missing,
            spread=0.0 if model == "rasch" else 0.3,
            asymptote=0.2 if model == "3pl" else 0.0,
            thresholds=3 if model == "grm" else 1,
        )
        fitted, errors = fit(world.responses, model)
        if model != "rasch":  # one common slope is one figure only
            misses += ((fitted.items.slope - world.items.slope) / errors.slope).tolist()
        misses += (
            ((fitted.items.difficulties - world.items.difficulties) / errors.difficulties).ravel().tolist()
        )
        if model == "3pl":
            misses += ((fitted.items.asymptote - world.items.asymptote) / errors.asymptote).tolist()
    assert 0.7 < np.std(misses) < 1.15
    assert 0.91 < np.mean(np.abs(misses) < 1.96) < 0.985


def test_empirical_bayes_draws_slopes_together_and_is_nearer_the_truth() -> None:
    world = draw(3, 500, 80, spread=0.2)
    plain, _ = fit(world.responses, "2pl")
    drawn, errors = fit(world.responses, "2pl", eb=True)

    def off(fitted: Fitted) -> float:
        return float(np.sqrt(np.mean((fitted.items.slope - world.items.slope) ** 2)))

    assert off(drawn) < off(plain)
    assert np.std(drawn.items.slope) < np.std(plain.items.slope)
    assert np.mean(np.abs(drawn.items.slope - world.items.slope) < 1.96 * errors.slope) > 0.9


@pytest.mark.parametrize("model", ["rasch", "2pl"])
def test_held_items_keep_their_parameters_and_the_scale(model: Model) -> None:
    """The people are stronger than those of the old scale: new items still come out on the old scale."""
    world = draw(5, 2000, 20, spread=0.0 if model == "rasch" else 0.3, mean=0.6, sd=1.2)
    held = np.arange(20) < 12
    fitted, errors = fit(world.responses, model, held=held, known=world.items)
    assert fitted.items.slope[held] == pytest.approx(world.items.slope[held])
    assert fitted.items.difficulties[held] == pytest.approx(world.items.difficulties[held])
    assert np.isnan(errors.difficulties[held]).all()
    assert fitted.state.mean == pytest.approx(0.6, abs=0.12)
    assert fitted.state.sd == pytest.approx(1.2, abs=0.12)
    off = (fitted.items.difficulties - world.items.difficulties)[~held]
    assert np.abs(off / errors.difficulties[~held]).max() < 3.5


@settings(max_examples=8, deadline=None)
@given(st.randoms(use_true_random=False))
def test_order_changes_nothing(random: Any) -> None:
    responses = draw(7, 300, 8, missing=0.2).responses
    rows = random.sample(range(len(responses.persons)), len(responses.persons))
    columns = random.sample(range(8), 8)
    moved = Responses(
        tuple(responses.persons[n] for n in rows),
        tuple(responses.items[n] for n in columns),
        responses.scores[np.ix_(rows, columns)],
        0,
    )
    assert moved.digest() == responses.digest()
    plain, other = fit(responses, "2pl"), fit(moved, "2pl")
    assert other[0].log_likelihood == pytest.approx(plain[0].log_likelihood, abs=1e-5)
    assert other[0].items.slope == pytest.approx(plain[0].items.slope[columns], abs=2e-3)
    assert other[1].slope == pytest.approx(plain[1].slope[columns], abs=2e-3)


def test_answers_that_separate_people_are_refused() -> None:
    """Every item repeats the first: whoever has one right has all right."""
    same = np.repeat(np.arange(200)[:, None] % 2, 5, axis=1)
    with pytest.raises(CalibrationRefused) as refused:
        fit(named(same), "2pl")
    assert refused.value.code == "calibration.separation"
