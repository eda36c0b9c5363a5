"""A performance task (QTI extendedTextInteraction): a text that two persons rate on a rubric.

Each criterion is one piece of evidence. It is met, or not, when two raters agree; where they do not, a third
one settles it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from msgspec import Struct

from issuer.assessments.kinds.choice import ID
from issuer.assessments.kinds.kind import (
    AnswerRefused,
    Fields,
    Given,
    Kind,
    ShownItem,
    Texts,
    nothing_to_order,
    single,
)
from issuer.assessments.kinds.written import seal, sealed, storable
from schemas.assessment import Rating
from schemas.items import Criterion, Task

MOST_WORDS = 5000
CHARACTERS_A_WORD = 12  # on average and with its space, far above any language that sets words apart
RATERS = 2
RATERS_AT_MOST = 3


class Agreement(Struct, frozen=True):
    """How two raters agree on a criterion, or on all of them (`pooled`), over `works` that both rated.

    `exact` is the share of works to which they gave the same points, `kappa` Cohen's, of the points
    (unweighted): agreement beyond chance, 1 at most. None where undefined: no work, or for kappa, each rater
    gave the same points throughout.
    """

    works: int
    exact: float | None
    kappa: float | None


def met(item: Task, ratings: Sequence[Rating]) -> dict[str, bool | None]:
    """Whether each criterion is met, by its id; None while two persons have not decided it.

    Of each rater the first rating counts, and of the raters the first three. Two who agree decide; where two
    differ, the third decides. Raises ValueError for points that the rubric does not have (`lint_rating`).
    """
    for rating in ratings:
        for finding in lint_rating(item, rating):
            raise ValueError(finding)
    return {one.id: _decided(one, votes(item, ratings)) for one in item.rubric}


def votes(item: Task, ratings: Sequence[Rating]) -> tuple[Rating, ...]:
    """The ratings of this task that count: each rater's first, of three raters at most."""
    first: dict[str, Rating] = {}
    for rating in ratings:
        if rating.item == item.id:
            first.setdefault(rating.rater, rating)
    return tuple(first.values())[:RATERS_AT_MOST]


def lint_rating(item: Task, rating: Rating) -> Iterator[str]:
    """A sentence for each thing that makes this no rating of the task."""
    if rating.item != item.id:
        yield f"The rating is of {rating.item}, not of {item.id}."
    criteria = {one.id: {level.points for level in one.levels} for one in item.rubric}
    yield from (f"Criterion {name!r} has no points." for name in criteria if name not in rating.points)
    for name, points in rating.points.items():
        if name not in criteria:
            yield f"The task has no criterion {name!r}."
        elif points not in criteria[name]:
            yield f"Criterion {name!r} has no level of {points} points."


def agreement(item: Task, works: Sequence[tuple[Rating, Rating]]) -> dict[str, Agreement]:
    """Agreement by criterion, over works with their first two raters' ratings (in the order of rating)."""
    return {
        one.id: _agreement(
            len(works), [[(first.points[one.id], second.points[one.id]) for first, second in works]]
        )
        for one in item.rubric
    }


def pooled(works: Sequence[tuple[Task, Rating, Rating]]) -> Agreement:
    """Agreement over all criteria of several tasks; each work has its first two raters' ratings.

    `exact` is the share of the judgements (a criterion of a work) with the same points, `kappa` the pooled
    one: chance agreement is that of each criterion, weighted by its works (De Vries and others 2008).
    """
    by_criterion: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for task, first, second in works:
        for one in task.rubric:
            pair = first.points[one.id], second.points[one.id]
            by_criterion.setdefault((task.id, one.id), []).append(pair)
    return _agreement(len(works), list(by_criterion.values()))


def _agreement(works: int, judged: Sequence[Sequence[tuple[int, int]]]) -> Agreement:
    """Agreement over criteria; of each, the points of both raters, work by work."""
    n = sum(map(len, judged))
    if not n:
        return Agreement(works, None, None)
    same = sum(first == second for pairs in judged for first, second in pairs)
    by_chance = sum((_by_chance(pairs) for pairs in judged), Fraction())
    kappa = None if by_chance == n else float((same - by_chance) / (n - by_chance))
    return Agreement(works, same / n, kappa)


def _by_chance(pairs: Sequence[tuple[int, int]]) -> Fraction:
    """In how many works chance alone would give the same points, by what each rater gives how often."""
    firsts, seconds = Counter(first for first, _ in pairs), Counter(second for _, second in pairs)
    return Fraction(sum(firsts[points] * seconds[points] for points in firsts), max(len(pairs), 1))


def _decided(criterion: Criterion, counted: Sequence[Rating]) -> bool | None:
    verdicts = [rating.points[criterion.id] >= criterion.needed for rating in counted]
    yes = sum(verdicts[:RATERS])
    if len(verdicts) < RATERS:
        return None
    if yes in {0, RATERS}:
        return yes == RATERS
    return verdicts[RATERS] if len(verdicts) > RATERS else None


def _lint(item: Task) -> Iterator[str]:
    where = f"Item {item.id}"
    if not 1 <= item.words_at_most <= MOST_WORDS:
        yield f"{where} must allow between 1 and {MOST_WORDS} words."
    if item.aids is not None and not item.aids.strip():
        yield f"{where} has empty aids; leave them out where the assessment's own hold."
    if not item.rubric:
        yield f"{where} has no criterion to rate."
    names = Counter(one.name.strip() for one in item.rubric)
    for name, n in Counter(one.id for one in item.rubric).items():
        if n > 1 or not ID.fullmatch(name):
            yield f"{where} has the criterion id {name!r}, which is malformed or used twice."
    for one in item.rubric:
        yield from _lint_criterion(f"{where}, criterion {one.id!r},", one)
        if names[one.name.strip()] > 1:
            yield f"{where}, criterion {one.id!r}, has the same name as another criterion."


def _lint_criterion(where: str, criterion: Criterion) -> Iterator[str]:
    if not criterion.name.strip():
        yield f"{where} has no name."
    points = [level.points for level in criterion.levels]
    if len(points) < 2:  # noqa: PLR2004 - met and not met
        yield f"{where} needs at least 2 levels."
    if points and (points[0] != 0 or any(low >= high for low, high in pairwise(points))):
        yield f"{where} has levels whose points do not ascend from 0."
    if criterion.needed not in points[1:]:
        yield f"{where} needs {criterion.needed} points, which is not a level above the lowest."
    for level in criterion.levels:
        if not level.description.strip():
            yield f"{where} has a level of {level.points} points without description."


def _places(item: Task) -> dict[str, str]:
    shown = {} if item.aids is None else {"aids": item.aids}
    for one in item.rubric:
        shown[f"rubric.{one.id}"] = one.name
        shown |= {f"rubric.{one.id}.{level.points}": level.description for level in one.levels}
    return shown


def _read(item: Task, fields: Fields, seed: bytes) -> Given:
    text = storable(single(fields, "work")).strip()
    if not text:
        raise AnswerRefused("answer.missing", "Write your answer, then go on.")
    words = len(text.split())
    if words > item.words_at_most:
        raise AnswerRefused(
            "answer.too_long",
            f"You wrote {words} words. {item.words_at_most} is the most: shorten your text.",
        )
    longest = item.words_at_most * CHARACTERS_A_WORD
    if len(text) > longest:
        raise AnswerRefused(
            "answer.too_long", f"You wrote {len(text)} characters. {longest} is the most: shorten your text."
        )
    return Given((seal(text, seed),), text)


def _valid(_item: Task, selected: tuple[str, ...]) -> bool:
    return sealed(selected)


def _score(_item: Task, _selected: tuple[str, ...], _seed: bytes) -> int:
    return 0


def _most(item: Task) -> int:
    return len(item.rubric)


def _show(item: Task, _order: tuple[str, ...], texts: Texts) -> ShownItem:
    return ShownItem(
        item.id,
        item.kind,
        texts["stem"],
        texts.get("exhibit"),
        words_at_most=item.words_at_most,
        aids=texts.get("aids"),
        rubric=tuple(
            (texts[f"rubric.{one.id}"], texts[f"rubric.{one.id}.{one.needed}"]) for one in item.rubric
        ),
    )


TASK = Kind(Task, _lint, _places, nothing_to_order, _read, _valid, _score, _most, _show)
