"""Single and multiple choice (QTI choiceInteraction): right when exactly the keyed options are selected."""

import re
from collections.abc import Iterator

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
from schemas.items import Multiple, Option, Single

FEWEST_OPTIONS = 3
ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def lint_options(item_id: str, options: tuple[Option, ...], fewest: int = FEWEST_OPTIONS) -> Iterator[str]:
    """What can be wrong with the options of any kind."""
    own = [option.id for option in options]
    if len(own) < fewest:
        yield f"Item {item_id} needs at least {fewest} options."
    if len(set(own)) < len(own) or not all(map(ID.fullmatch, own)):
        yield f"Item {item_id} has an option id that is malformed or used twice."
    if len({option.text.strip() for option in options}) < len(own):
        yield f"Item {item_id} has two options with the same text."
    if any(not option.text.strip() or not option.rationale.strip() for option in options):
        yield f"Item {item_id} has an option without text or rationale."


def _lint(item: Single | Multiple) -> Iterator[str]:
    yield from lint_options(item.id, item.options)
    own = [option.id for option in item.options]
    if not item.key or len(set(item.key)) < len(item.key) or not set(item.key) <= set(own):
        yield f"Item {item.id} has a key that is empty, repeated or not among its options."
    if isinstance(item, Single) and len(item.key) != 1:
        yield f"Item {item.id} is single choice and must have exactly one key."
    if isinstance(item, Multiple) and len(item.key) == len(own):
        yield f"Item {item.id} has no option to leave out."


def _order(item: Single | Multiple, rank: Rank) -> tuple[str, ...]:
    return tuple(
        sorted((option.id for option in item.options), key=lambda name: rank("option", item.id, name))
    )


def _read(item: Single | Multiple, fields: Fields, _seed: bytes) -> Given:
    selected = fields.get("option", ())
    own = tuple(option.id for option in item.options)
    if any(name not in own for name in selected):
        raise AnswerRefused("answer.option", "One of the chosen answers does not belong to this question.")
    chosen = tuple(name for name in own if name in selected)
    if isinstance(item, Single) and len(chosen) > 1:
        raise AnswerRefused("answer.one_only", "This question takes one answer, and several were chosen.")
    if not chosen:
        raise AnswerRefused("answer.missing", "Choose an answer, then go on.")
    return Given(chosen)


def _score(item: Single | Multiple, selected: tuple[str, ...], _seed: bytes) -> int:
    return int(set(selected) == set(item.key))


def _show(item: Single | Multiple, order: tuple[str, ...], texts: Texts) -> ShownItem:
    own = {option.id: texts.get(f"options.{option.id}", option.text) for option in item.options}
    return ShownItem(
        item.id,
        item.kind,
        texts.get("stem", item.stem),
        texts.get("exhibit", item.exhibit) if item.exhibit else None,
        options=tuple(ShownOption(name, own[name]) for name in order),
    )


SINGLE = Kind(Single, _lint, _order, _read, _score, lambda _: 1, _show)
MULTIPLE = Kind(Multiple, _lint, _order, _read, _score, lambda _: 1, _show)
