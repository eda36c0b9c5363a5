"""lz*: about normal for people whom the model fits, low for those who knew the hard items."""

import random
from statistics import fmean, stdev

from issuer.fairness.fit import lz_star
from issuer.measurement.models import probability
from schemas.items import Parameters

RNG = random.Random(8)  # noqa: S311 - a simulation that repeats
ITEMS = [Parameters("2pl", RNG.lognormvariate(0, 0.3), RNG.gauss(0, 1)) for _ in range(40)]


def values(*, known: int = 0, people: int = 150) -> list[float]:
    hard = sorted(ITEMS, key=lambda item: -float(str(item.b)))[:known]
    found = []
    for _ in range(people):
        theta = RNG.gauss(-0.5 if known else 0, 1)
        answered = [
            (item, RNG.random() < (0.95 if item in hard else probability(item, theta))) for item in ITEMS
        ]
        value = lz_star(answered)
        assert value is not None
        found.append(value)
    return found


def test_about_normal_for_people_whom_the_model_fits() -> None:
    found = values()
    assert abs(fmean(found)) < 0.25
    assert 0.85 < stdev(found) < 1.15
    assert sum(value < -1.645 for value in found) / len(found) < 0.1


def test_low_for_those_who_knew_the_hard_items() -> None:
    assert fmean(values(known=10, people=100)) < -1


def test_all_right_or_all_wrong_is_still_a_number() -> None:
    assert lz_star([(item, True) for item in ITEMS]) is not None
    assert lz_star([(item, False) for item in ITEMS]) is not None


def test_no_value_where_it_would_mean_nothing() -> None:
    assert lz_star([(item, True) for item in ITEMS[:9]]) is None
    graded = Parameters("grm", 1.0, (-1.0, 1.0))
    assert lz_star([(graded, True)] * 20) is None
    same = Parameters("rasch", 1.0, 0.0)
    assert lz_star([(same, number % 2 == 0) for number in range(20)]) is None
