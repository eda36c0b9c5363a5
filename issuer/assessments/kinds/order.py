"""Put in order (QTI orderInteraction): every option gets a place, 1, 2, …; all are right or none, or each."""

from collections.abc import Iterator
from math import factorial

from issuer.assessments.kinds.choice import lint_options, option_places, shown_options, shuffled
from issuer.assessments.kinds.kind import (
    AnswerRefused,
    Fields,
    Given,
    Kind,
    Rank,
    ShownItem,
    Texts,
    single,
)
from schemas.items import Order


def _lint(item: Order) -> Iterator[str]:
    yield from lint_options(f"Item {item.id}", item.options)
    if sorted(item.key) != sorted(option.id for option in item.options):
        yield f"Item {item.id} has a key that does not name each of its options once."


def _order(item: Order, rank: Rank) -> tuple[str, ...]:
    return shuffled((option.id for option in item.options), rank, "option", item.id)


def _read(item: Order, fields: Fields, _seed: bytes) -> Given:
    own = [option.id for option in item.options]
    given = {name: single(fields, f"place.{name}").strip() for name in own}
    numbers = [str(number) for number in range(1, len(own) + 1)]
    if not all(given.values()):
        raise AnswerRefused("answer.missing", "Give each line a place, then go on.")
    if any(number not in numbers for number in given.values()):
        raise AnswerRefused("answer.option", f"The places go from 1 to {len(own)}.")
    if len(set(given.values())) < len(own):
        raise AnswerRefused("answer.place_taken", "Two lines have the same place. Give each line its own.")
    return Given(tuple(sorted(own, key=lambda name: numbers.index(given[name]))))


def _valid(item: Order, selected: tuple[str, ...]) -> bool:
    return sorted(selected) == sorted(option.id for option in item.options)


def _score(item: Order, selected: tuple[str, ...], _seed: bytes) -> int:
    if item.partial:
        return sum(one == right for one, right in zip(selected, item.key, strict=True))
    return int(selected == item.key)


def _most(item: Order) -> int:
    return len(item.key) if item.partial else 1


def _chance(item: Order) -> float:
    return 1 / factorial(len(item.options))


def _show(item: Order, order: tuple[str, ...], texts: Texts) -> ShownItem:
    return ShownItem(
        item.id, item.kind, texts["stem"], texts.get("exhibit"), options=shown_options(order, texts)
    )


ORDER = Kind(Order, _lint, option_places, _order, _read, _valid, _score, _most, _show, _chance)
