"""Exposure against its cap, with scipy as oracle."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from issuer.fairness.exposure import Exposed, at_least, over


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), st.floats(0.05, 0.9))
def test_the_tail_agrees_with_scipy(counts: tuple[int, int], share: float) -> None:
    sessions, shown = counts
    assert at_least(shown, sessions, share) == pytest.approx(
        float(binom.sf(shown - 1, sessions, share)), abs=1e-9
    )


@pytest.mark.parametrize(
    ("seen", "cap", "alarm"),
    [
        (Exposed(0, 0), 0.25, False),
        (Exposed(39, 39), 0.25, False),
        (Exposed(40, 40), 0.25, True),
        (Exposed(400, 100), 0.25, False),
        (Exposed(400, 110), 0.25, False),
        (Exposed(400, 140), 0.25, True),
        (Exposed(400, 400), None, False),
        (Exposed(400, 400), 1.0, False),
    ],
)
def test_over_the_cap(seen: Exposed, cap: float | None, *, alarm: bool) -> None:
    assert over(seen, cap) is alarm
