"""What item parameters say of a person with ability theta: Rasch, 2PL, 3PL and graded response.

Logistic metric, D = 1. A dichotomous item is right with c + (1 - c) / (1 + exp(-a (theta - b))), with c = 0
but for 3PL; Rasch is the model with one a for all items. In the graded response model the score is at least k
with 1 / (1 + exp(-a (theta - b_k))).
"""

from itertools import pairwise

from issuer.measurement.arithmetic import logistic, total
from schemas.items import Parameters


def probability(parameters: Parameters, theta: float) -> float:
    """The probability of the full score."""
    return categories(parameters, theta)[-1]


def categories(parameters: Parameters, theta: float) -> tuple[float, ...]:
    """The probabilities of the scores 0, 1, …, m; they add up to 1. Dichotomous models have two."""
    if isinstance(parameters.b, tuple):
        at_least = [1.0, *(logistic(parameters.a * (theta - b)) for b in parameters.b), 0.0]
        return tuple(max(low - high, 0.0) for low, high in pairwise(at_least))
    right = parameters.c + (1.0 - parameters.c) * logistic(parameters.a * (theta - parameters.b))
    return 1.0 - right, right


def expected(parameters: Parameters, theta: float) -> float:
    """The expected score as a proportion of the full one, 0 to 1: it rises with theta."""
    found = categories(parameters, theta)
    return total(score * probable for score, probable in enumerate(found)) / (len(found) - 1)


def information(parameters: Parameters, theta: float) -> float:
    """Fisher information about theta: the sum over the scores of P'^2 / P."""
    a, b, c = parameters.a, parameters.b, parameters.c
    if isinstance(b, tuple):
        at_least = [logistic(a * (theta - threshold)) for threshold in b]
        slopes = [0.0, *(a * p * (1.0 - p) for p in at_least), 0.0]
        changes = [low - high for low, high in pairwise(slopes)]
        found = zip(categories(parameters, theta), changes, strict=True)
        return total(change * change / p for p, change in found if p > 0.0)
    above = logistic(a * (theta - b))
    right = c + (1.0 - c) * above
    return a * a * (1.0 - c) * above * above * (1.0 - above) / right if right > 0.0 else 0.0


def most(parameters: Parameters) -> int:
    """The highest score that the model knows."""
    return len(parameters.b) if isinstance(parameters.b, tuple) else 1
