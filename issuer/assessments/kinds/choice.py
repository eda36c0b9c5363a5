"""Single and multiple choice (QTI choiceInteraction): right when exactly the keyed options are selected.

An item with `credit` counts its parts instead.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from issuer.assessments.kinds import credit
from issuer.assessments.kinds.kind import (
    AnswerRefused,
    Fields,
    Given,
    Kind,
    Rank,
    ShownItem,
    ShownOption,
    Texts,
)
from schemas.items import Match, Multiple, Option, Order, Single, Target

FEWEST_OPTIONS = 3
FEWEST_OF_A_SINGLE = 2  # true or false
ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def lint_options(where: str, options: tuple[Option, ...], fewest: int = FEWEST_OPTIONS) -> Iterator[str]:
    """What can be wrong with the options of any kind; `where` begins each sentence, as in "Item x"."""
    yield from lint_named(where, "option", options, fewest)
    for option in options:
        if not option.rationale.strip():
            yield f"{where}, option {option.id!r}, has no rationale."


def lint_named(
    where: str, what: str, named: tuple[Option, ...] | tuple[Target, ...], fewest: int
) -> Iterator[str]:
    """What can be wrong with things to choose, each with an id and a text; `what` names one of them."""
    if len(named) < fewest:
        yield f"{where} needs at least {fewest} {what}s."
    times = Counter(each.id for each in named)
    texts = Counter(each.text.strip() for each in named)
    for name, n in times.items():
        if n > 1 or not ID.fullmatch(name):
            yield f"{where} has the {what} id {name!r}, which is malformed or used twice."
    for each in named:
        if not each.text.strip():
            yield f"{where}, {what} {each.id!r}, has no text."
        elif texts[each.text.strip()] > 1:
            yield f"{where}, {what} {each.id!r}, has the same text as another {what}."


def shuffled(names: Iterable[str], rank: Rank, *place: str) -> tuple[str, ...]:
    """The ids in the session's order; `place` tells apart what is ordered."""
    return tuple(sorted(names, key=lambda name: rank(*place, name)))


def option_places(item: Single | Multiple | Order | Match) -> dict[str, str]:
    """The options' texts by place."""
    return {f"options.{option.id}": option.text for option in item.options}


def shown_options(names: Iterable[str], texts: Texts, place: str = "options") -> tuple[ShownOption, ...]:
    """What can be chosen, in the order given."""
    return tuple(ShownOption(name, texts[f"{place}.{name}"]) for name in names)


def _lint(item: Single | Multiple) -> Iterator[str]:
    fewest = FEWEST_OF_A_SINGLE if isinstance(item, Single) else FEWEST_OPTIONS
    yield from lint_options(f"Item {item.id}", item.options, fewest)
    own = [option.id for option in item.options]
    if not item.key or len(set(item.key)) < len(item.key) or not set(item.key) <= set(own):
        yield f"Item {item.id} has a key that is empty, repeated or not among its options."
    if isinstance(item, Single) and len(item.key) != 1:
        yield f"Item {item.id} is single choice and must have exactly one key."
    if isinstance(item, Multiple) and len(item.key) == len(own):
        yield f"Item {item.id} has no option to leave out."
    yield from credit.lint(f"Item {item.id}", item.credit, own, item.key)


def _order(item: Single | Multiple, rank: Rank) -> tuple[str, ...]:
    return shuffled((option.id for option in item.options), rank, "option", item.id)


def _canonical(item: Single | Multiple, selected: Iterable[str]) -> tuple[str, ...]:
    chosen = frozenset(selected)
    return tuple(option.id for option in item.options if option.id in chosen)


def _read(item: Single | Multiple, fields: Fields, _seed: bytes) -> Given:
    selected = fields.get("option", ())
    chosen = _canonical(item, selected)
    if not set(selected) <= set(chosen):
        raise AnswerRefused("answer.option", "One of the chosen answers does not belong to this question.")
    if isinstance(item, Single) and len(chosen) > 1:
        raise AnswerRefused("answer.one_only", "This question takes one answer, and several were chosen.")
    if not chosen:
        raise AnswerRefused("answer.missing", "Choose an answer, then go on.")
    return Given(chosen)


def _valid(item: Single | Multiple, selected: tuple[str, ...]) -> bool:
    alone = len(selected) == 1 or isinstance(item, Multiple)
    return alone and _canonical(item, selected) == selected


def _score(item: Single | Multiple, selected: tuple[str, ...], _seed: bytes) -> int:
    if item.credit is not None:
        return credit.points(item.credit, selected)
    return int(set(selected) == set(item.key))


def _most(item: Single | Multiple) -> int:
    return 1 if item.credit is None else item.credit.most


def _chance(item: Single | Multiple) -> float:
    count = len(item.options)
    return 1 / count if isinstance(item, Single) else 1 / (2**count - 1)


def _show(item: Single | Multiple, order: tuple[str, ...], texts: Texts) -> ShownItem:
    return ShownItem(
        item.id, item.kind, texts["stem"], texts.get("exhibit"), options=shown_options(order, texts)
    )


SINGLE = Kind(Single, _lint, option_places, _order, _read, _valid, _score, _most, _show, _chance)
MULTIPLE = Kind(Multiple, _lint, option_places, _order, _read, _valid, _score, _most, _show, _chance)
