"""What a taker's other answers say about one answer: the chance of being fully right on merit."""

from collections.abc import Sequence
from operator import mul, truediv

from issuer.measurement.ability import Evidence, posterior, table
from issuer.measurement.arithmetic import total
from schemas.assessment import Prior


def on_merit(evidence: Sequence[Evidence], prior: Prior) -> tuple[float, ...]:
    """For each answer, the probability of the full score, given all the other answers and the prior.

    The answer itself is divided out: somebody who knows an item must not look abler for it.
    """
    weights = posterior(evidence, prior).weights
    found = []
    for parameters, score in evidence:
        curves = table(parameters)
        others = tuple(map(truediv, weights, curves[score]))
        found.append(total(map(mul, others, curves[-1])) / total(others))
    return tuple(found)
