"""The posterior on the grid against adaptive quadrature, and what holds of it whatever the items."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats

from issuer.measurement.ability import NODES, STANDARD, Evidence, posterior, standings, start, table
from issuer.measurement.models import categories, most
from issuer.measurement.selection import Candidate, choose
from schemas.assessment import Prior
from schemas.items import Parameters
from tests.untraced import seconds


def evidence(seed: int, n: int, theta: float = 0.4, model: str = "2pl") -> list[Evidence]:
    random = np.random.default_rng(seed)
    found = []
    for _ in range(n):
        a, b = float(np.exp(random.normal(0, 0.3))), float(random.normal(theta, 0.7))
        item = Parameters("grm", a, (b - 0.7, b, b + 0.6)) if model == "grm" else Parameters("2pl", a, b)
        scores = categories(item, theta)
        found.append(Evidence(item, int(random.choice(len(scores), p=np.array(scores) / sum(scores)))))
    return found


def quadrature(answers: list[Evidence], prior: Prior, cut: float) -> tuple[float, float, float]:
    """Mean, standard deviation and P(theta >= cut), by Simpson's rule on some thousand nodes either side."""

    def moments(low: float, high: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        nodes = np.linspace(low, high, 2001)
        told = stats.norm.logpdf(nodes, prior.mean, prior.sd)
        for item, score in answers:
            above_each = [special.expit(item.a * (nodes - b)) for b in np.ravel(item.b)]
            at_least = np.stack([np.ones_like(nodes), *above_each, np.zeros_like(nodes)])
            told += np.log(at_least[score] - at_least[score + 1])
        return np.array([integrate.simpson(nodes**power * np.exp(told + 20), x=nodes) for power in (0, 1, 2)])

    below, above = moments(-7.0, cut), moments(cut, 7.0)
    area, first, second = below + above
    return first / area, math.sqrt(second / area - (first / area) ** 2), above[0] / area


@pytest.mark.parametrize("model", ["2pl", "grm"])
@pytest.mark.parametrize(
    ("n", "prior"), [(1, STANDARD), (15, STANDARD), (60, STANDARD), (40, Prior(mean=1.2, sd=0.4))]
)
def test_mean_error_and_probability_agree_with_quadrature(n: int, prior: Prior, model: str) -> None:
    answers = evidence(n, n, model=model)
    found = posterior(answers, prior)
    for cut in (0.0, 0.123, 0.47, 0.53):
        mean, sd, above = quadrature(answers, prior, cut)
        assert float(found.at_or_above(cut)) == pytest.approx(above, abs=1e-4)
        assert found.mean == pytest.approx(mean, abs=1e-5)
        assert found.sd == pytest.approx(sd, abs=1e-5)


@pytest.mark.parametrize(("sd", "within"), [(0.1, 4e-4), (0.15, 1e-4), (0.3, 1e-5), (1.0, 1e-6)])
def test_probability_at_any_cut_of_a_normal_is_the_normals(sd: float, within: float) -> None:
    found = start(Prior(mean=0.2, sd=sd))
    for cut in np.linspace(-1.5, 1.5, 301):
        above = float(stats.norm.sf(cut, 0.2, sd))
        assert float(found.at_or_above(float(cut))) == pytest.approx(above, abs=within)


def test_six_decimals_of_everything_that_decides() -> None:
    found = posterior(evidence(3, 20))
    assert (round(found.mean, 6), round(found.sd, 6)) == (found.mean, found.sd)
    assert 10**6 % found.at_or_above(0.5).denominator == 0


@given(st.integers(0, 1000), st.integers(0, 40), st.floats(-4, 4), st.floats(0.0, 1.0))
@settings(max_examples=30, deadline=None)
def test_a_higher_cut_is_never_more_probable(seed: int, n: int, cut: float, more: float) -> None:
    found = posterior(evidence(seed, n))
    assert 0 <= found.at_or_above(cut + more) <= found.at_or_above(cut) <= 1


def test_the_order_of_answers_makes_no_difference_and_prefixes_are_the_looks() -> None:
    answers = evidence(5, 30, model="grm")
    looks = list(standings(answers, (0.0, 0.5)))
    assert len(looks) == 31
    for n, look in enumerate(looks):
        found = posterior(answers[:n])
        assert (look.probability(0), look.probability(1)) == (found.at_or_above(0.0), found.at_or_above(0.5))
        assert (look.estimate(), look.asked) == ((found.mean, found.sd), n)
        assert look.right == sum(score == most(item) for item, score in answers[:n])
    assert posterior(answers[::-1]).mean == posterior(answers).mean


def test_what_the_grid_cannot_hold_is_refused() -> None:
    for cut in (-5.1, 5.1, math.inf):
        with pytest.raises(ValueError, match="a cut on the ability scale"):
            start().at_or_above(cut)
    for prior in (Prior(sd=0.05), Prior(sd=2.5), Prior(mean=-3.5)):
        with pytest.raises(ValueError, match="a prior has"):
            start(prior)
    for score in (-1, 2):
        with pytest.raises(ValueError, match="none of the item's, 0 to 1"):
            start().after(Parameters("2pl", 1.0, 0.0), score)


def test_hundreds_of_answers_fit() -> None:
    item = Parameters("2pl", 1.5, 0.0)
    found = posterior(Evidence(item, n % 2) for n in range(800))
    assert found.mean == pytest.approx(0.0, abs=1e-6)
    assert 0 < found.sd < 0.06


def test_tables_are_likelihoods_by_score() -> None:
    item = Parameters("grm", 1.2, (-0.5, 0.5))
    assert len(table(item)) == 3
    assert [row[90] for row in table(item)] == list(categories(item, NODES[90]))


def test_pinned_to_the_last_decimal() -> None:
    """These figures are in logs: an engine that gives others needs another version."""
    found = posterior(
        [
            Evidence(Parameters("2pl", 1.1, -0.4), 1),
            Evidence(Parameters("2pl", 0.8, 0.3), 0),
            Evidence(Parameters("3pl", 1.4, 0.9, 0.2), 1),
            Evidence(Parameters("grm", 0.9, (-1.0, 0.2, 1.1)), 2),
        ]
    )
    assert (found.mean, found.sd, found.at_or_above(0.5)) == PINNED


PINNED = (0.436747, 0.75626, Fraction(236161, 500000))


def test_next_item_costs_less_than_five_milliseconds() -> None:
    answers = evidence(1, 39)
    random = np.random.default_rng(2)
    candidates = [
        Candidate(f"i{n}", f"area{n % 5}", Parameters("2pl", float(np.exp(random.normal(0, 0.3))), float(b)))
        for n, b in enumerate(random.normal(0, 1, 300))
    ]
    weights = {f"area{n}": 1 for n in range(5)}

    def next_item() -> None:
        looks = list(standings(answers, (0.5,)))
        choose(
            candidates, {"area1": 1}, weights, looks[-1].estimate()[0], lambda *parts: repr(parts).encode()
        )

    assert seconds(next_item, rounds=20) < 0.005
