"""One is one, and everything else is many."""

import pytest

from schemas.wording import many


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 days"),
        (1, "1 day"),
        (2, "2 days"),
        (1.0, "1 day"),
        (0.5, "0.5 days"),
        (12_345_678, "12345678 days"),
    ],
)
def test_a_number_has_the_noun_that_people_say(count: float, said: str) -> None:
    assert many(count, "day") == said
