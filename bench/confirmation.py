"""What a supervised confirmation finds: `python -m bench.confirmation [PEOPLE] [SEED]`.

Awarded people whose first result was their own, and others who had help in it that lifted their ability by a
stated amount, sit the confirmation by themselves. Printed is what becomes of them: confirmed, inconsistent,
or unsure. The rule and the predictive distributions are the service's own.
"""

import sys
from collections import Counter
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from issuer.confirmation.judge import ALONE_AT_LEAST
from issuer.measurement import ability, consistency, proportion
from issuer.measurement.epochs import ability_prior
from schemas.assessment import Prior
from schemas.items import Parameters

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

CUT, THRESHOLD, ITEMS = 0.5, 0.95, 300
PLAIN_ITEMS, PLAIN_FIRST, FIRST = 150, 40, 27
LENGTHS = (12, 20)
HELP = (0.0, 1.0, 2.0)
TRUE = ("everybody", "truly below the cut")


def main(people: int, seed: int) -> None:
    """Print one row for each tier, length and amount of help."""
    print(f"{people} people, seed {seed}; shares of those who were awarded")
    print("tier          length  help  who                   n  confirmed  inconsistent  unsure")
    for tier, sit in (("2PL", calibrated), ("uncalibrated", plain)):
        for length in LENGTHS:
            for lift in HELP:
                found = list(sit(np.random.default_rng(seed), people, length, lift))
                for whose in TRUE:
                    kept = [verdict for verdict, below in found if below or whose == TRUE[0]]
                    shares = Counter(kept)
                    row = "  ".join(
                        f"{shares[name] / max(len(kept), 1):>10.3f}"
                        for name in ("confirmed", "inconsistent", "unsure")
                    )
                    print(f"{tier:<13} {length:>6}  {lift:>4}  {whose:<20} {len(kept):>4} {row}")


def calibrated(rng: np.random.Generator, people: int, length: int, lift: float) -> Iterator[tuple[str, bool]]:
    """Verdicts and whether the person is truly below the cut; a 2PL bank, items chosen near the cut."""
    a, b = np.exp(rng.normal(0, 0.3, ITEMS)), rng.normal(0, 1, ITEMS)
    theta = rng.normal(0, 1, people)
    near = 1 / (1 + np.exp(-a * (CUT - b)))
    useful = np.argsort(-(a**2) * near * (1 - near))[: ITEMS // 2]
    for one in theta:
        order = rng.permutation(useful)
        first, then = order[:FIRST], order[FIRST : FIRST + length]
        held = ability.posterior(_evidence(rng, one + lift, a[first], b[first]))
        if float(held.at_or_above(CUT)) < THRESHOLD:
            continue
        prior = ability_prior(*held.moments, growth=0.0)
        later = _evidence(rng, one, a[then], b[then])
        predicted = consistency.of_ability(
            prior, [met.parameters for met in later], sum(met.score for met in later)
        )
        both = float(ability.posterior(later, prior).at_or_above(CUT))
        alone = float(ability.posterior(later).at_or_above(CUT))
        yield _verdict(predicted.consistent, both, alone), bool(one < CUT)


def plain(rng: np.random.Generator, people: int, length: int, lift: float) -> Iterator[tuple[str, bool]]:
    """The same before anybody calibrated the bank: items at random, the cut a share of the bank."""
    a, b = np.exp(rng.normal(0, 0.3, PLAIN_ITEMS)), rng.normal(0, 1, PLAIN_ITEMS)
    cut = round(float(np.mean(1 / (1 + np.exp(-a * (CUT - b))))), 3)
    for one in rng.normal(0, 1, people):
        order = rng.permutation(PLAIN_ITEMS)
        first, then = order[:PLAIN_FIRST], order[PLAIN_FIRST : PLAIN_FIRST + length]
        right = int(_right(rng, one + lift, a[first], b[first]).sum())
        if float(proportion.probability_at_or_above(cut, right, PLAIN_FIRST)) < THRESHOLD:
            continue
        prior = Prior(right=right, wrong=PLAIN_FIRST - right)
        later = int(_right(rng, one, a[then], b[then]).sum())
        predicted = consistency.of_proportion(prior, later, length)
        both = float(proportion.probability_at_or_above(cut, later, length, prior))
        alone = float(proportion.probability_at_or_above(cut, later, length))
        yield _verdict(predicted.consistent, both, alone), bool(one < CUT)


def _verdict(consistent: bool, both: float, alone: float) -> str:  # noqa: FBT001 - of one person
    if not consistent:
        return "inconsistent"
    return "confirmed" if both >= THRESHOLD and alone >= ALONE_AT_LEAST else "unsure"


def _right(rng: np.random.Generator, theta: float, a: Floats, b: Floats) -> Bools:
    return rng.random(len(a)) < 1 / (1 + np.exp(-a * (theta - b)))


def _evidence(rng: np.random.Generator, theta: float, a: Floats, b: Floats) -> tuple[ability.Evidence, ...]:
    answers = _right(rng, theta, a, b)
    return tuple(
        ability.Evidence(Parameters("2pl", float(slope), float(place)), int(right))
        for slope, place, right in zip(a, b, answers, strict=True)
    )


if __name__ == "__main__":
    main(*(int(told) for told in (*sys.argv[1:], *("2000", "7")[len(sys.argv) - 1 :])))
