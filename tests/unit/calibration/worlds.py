"""Published response patterns, and answers of people who are known because we made them up."""

from typing import NamedTuple

import numpy as np

from issuer.calibration.curves import Floats, Integers, Items, probabilities
from issuer.calibration.responses import Responses, matrix

# Bock and Lieberman (1970): people with each pattern 00000, 00001, … 11111, item 1 first, 1 = right.
LSAT6 = "3 6 2 11 1 1 3 4 1 8 0 16 0 3 2 15 10 29 14 81 3 28 15 80 16 56 21 173 11 61 28 298"
LSAT7 = "12 19 1 7 3 19 3 17 10 5 3 7 7 23 8 28 7 39 11 34 14 51 15 90 6 25 7 35 18 136 32 308"


class World(NamedTuple):
    """Items as they truly are, the people's abilities, and what they answered."""

    items: Items
    abilities: Floats
    responses: Responses


def patterns(counts: str) -> Responses:
    rows = [
        [int(digit) for digit in f"{n:05b}"]
        for n, times in enumerate(counts.split())
        for _ in range(int(times))
    ]
    return named(np.array(rows))


def named(scores: Integers) -> Responses:
    persons = [f"p{n}" for n in range(len(scores))]
    return matrix(persons, [f"i{n:03d}" for n in range(1, scores.shape[1] + 1)], scores)


def draw(
    seed: int,
    people: int,
    size: int,
    *,
    spread: float = 0.3,
    asymptote: float = 0.0,
    thresholds: int = 1,
    missing: float = 0.0,
    mean: float = 0.0,
    sd: float = 1.0,
) -> World:
    """Items with a ~ LogN(0, spread) and b ~ N(0, 1), people from N(mean, sd), answers missing at random."""
    chance = np.random.default_rng(seed)
    slope = np.exp(spread * chance.standard_normal(size))
    difficulties = np.sort(chance.standard_normal((size, thresholds)), axis=1) + 0.5 * np.arange(thresholds)
    items = Items(
        slope,
        -slope[:, None] * difficulties,
        np.full(size, asymptote),
        np.full(size, thresholds, dtype=np.int64),
    )
    abilities = mean + sd * chance.standard_normal(people)
    return World(items, abilities, named(answers(chance, items, abilities, missing)))


def answers(chance: np.random.Generator, items: Items, abilities: Floats, missing: float = 0.0) -> Integers:
    """Scores (N, J) drawn from the items' own curves."""
    reached = probabilities(items, abilities).cumsum(axis=1)[:, :-1]
    drawn = chance.random((len(items.slope), len(abilities)))
    scores: Integers = (drawn[:, None] > reached).sum(axis=1).T.astype(np.int64)
    return np.where(chance.random(scores.shape) < missing, -1, scores)
