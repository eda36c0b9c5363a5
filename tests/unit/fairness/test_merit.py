"""The chance on merit, against the posterior of all other answers computed afresh."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.fairness.merit import on_merit
from issuer.measurement.ability import Evidence, posterior, table
from schemas.assessment import Prior
from schemas.items import Parameters

ITEMS = (
    Parameters("2pl", 1.2, -0.5),
    Parameters("rasch", 1.0, 0.7),
    Parameters("3pl", 1.5, 0.3, 0.2),
    Parameters("grm", 1.1, (-1.0, 0.4)),
)


@given(st.tuples(*(st.integers(0, 2 if isinstance(item.b, tuple) else 1) for item in ITEMS)))
def test_every_answer_is_judged_by_the_others(scores: tuple[int, ...]) -> None:
    evidence = list(map(Evidence, ITEMS, scores))
    for place, found in enumerate(on_merit(evidence, Prior())):
        others = posterior(evidence[:place] + evidence[place + 1 :])
        full = table(ITEMS[place])[-1]
        expected = sum(w * p for w, p in zip(others.weights, full, strict=True)) / others.sum
        assert found == pytest.approx(expected, rel=1e-9)


def test_nothing_answered_is_nothing_to_judge() -> None:
    assert on_merit([], Prior()) == ()
