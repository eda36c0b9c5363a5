"""Groups compared item by item: what is found, what is left alone, what cannot be said, what is refused."""

import numpy as np
import pytest

from issuer.calibration.calibrate import calibrate
from issuer.calibration.curves import Flags
from issuer.calibration.dif import _item, _round, dif, members, read_groups
from issuer.calibration.refused import CalibrationRefused
from tests.unit.calibration.worlds import answers, draw, named


def test_groups_that_differ_in_ability_and_met_different_items_are_not_blamed_on_items() -> None:
    """The second group is weaker by half a standard deviation, and everybody met two thirds of the items."""
    world = draw(11, 2400, 40)
    weaker = np.arange(2400) >= 1200
    chance = np.random.default_rng(3)
    scores = answers(chance, world.items, world.abilities - 0.5 * weaker, missing=0.33)
    found = dif(calibrate(named(scores), "2pl"), {"all": ~weaker, "others": weaker})
    assert sum(one.acts for one in found) <= 1
    assert all(one.low is not None and one.d is not None and one.low < one.d for one in found)


def test_matching_ends_on_the_items_that_do_not_differ() -> None:
    """Twelve of 40 items are harder for one group: one round blames others too, and two still miss one."""
    world, others = draw(11, 1000, 40), np.arange(1000) >= 500
    chance, shifted = np.random.default_rng(2), np.arange(40) < 12
    as_drawn, harder = (answers(chance, world.items, world.abilities - less) for less in (0, 0.75))
    calibrated = calibrate(named(np.where(others[:, None] & shifted, harder, as_drawn)), "2pl")

    def after(kept: Flags) -> Flags:
        """Which items a round leaves alone that matches on these."""
        return np.array([not one.acts for one in _round(calibrated, ~others, others, "others", kept)])

    found = np.array([not one.acts for one in dif(calibrated, {"all": ~others, "others": others})])
    first = after(np.ones(40, dtype=bool))
    assert (first[12:].sum(), after(first)[:12].sum(), found.tolist()) == (25, 1, (~shifted).tolist())
    assert after(found).tolist() == found.tolist()


def test_the_odds_ratio_and_its_error_are_those_of_the_formula() -> None:
    """One table, 40/10 against 25/25: odds ratio 4; the error is then Woolf's, sqrt(sum of 1 / n)."""
    found = _item("i", "g", (50, 50), np.array([[40.0], [10.0], [25.0], [25.0]]))
    assert found.d == pytest.approx(-2.35 * np.log(4), abs=1e-6)
    assert found.low == pytest.approx(
        -2.35 * (np.log(4) + 1.959964 * np.sqrt(1 / 40 + 1 / 10 + 2 / 25)), abs=1e-5
    )
    assert found.found == "C"
    one_sided = _item("i", "g", (50, 50), np.array([[50.0], [0.0], [25.0], [25.0]]))
    assert one_sided.found == "insufficient data"


def test_what_cannot_be_said_is_not_said() -> None:
    graded = draw(2, 500, 4, thresholds=2)
    half = np.arange(500) < 250
    assert {one.found for one in dif(calibrate(graded.responses, "grm"), {"a": half, "b": ~half})} == {
        "not computed"
    }
    few = np.arange(500) < 150
    found = dif(calibrate(draw(2, 500, 8).responses, "2pl"), {"a": ~few, "b": few})
    assert {(one.found, one.d, one.n_focal) for one in found} == {("insufficient data", None, 150)}


def test_groups_are_read_and_matched() -> None:
    groups = read_groups(b"person;group\r\np0;a\r\np1;b\r\n;\r\np2;\r\nelse;a\r\n")
    assert groups == {"p0": "a", "p1": "b", "p2": "", "else": "a"}
    found = members(named(np.ones((3, 3), dtype=np.int64)), groups, "b")
    assert {name: rows.tolist() for name, rows in found.items()} == {
        "b": [False, True, False],
        "a": [True, False, False],
    }


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (b"", "groups.header"),
        (b"person\np\n", "groups.header"),
        (b"person,group\np\n", "groups.ragged"),
        (b"person,group\np,a\np,b\n", "groups.duplicate"),
        (b"person,group\np0,a\np1,a\n", "dif.empty_group"),
        (b"person,group\np0,b\np1,b\n", "dif.empty_group"),
        (b"person,group\np0,a\nelse,b\n", "dif.empty_group"),
    ],
)
def test_groups_that_cannot_be_compared_are_refused(document: bytes, code: str) -> None:
    with pytest.raises(CalibrationRefused) as refused:
        members(named(np.ones((3, 3), dtype=np.int64)), read_groups(document), "a")
    assert refused.value.code == code
