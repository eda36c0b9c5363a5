"""Inline choice (QTI inlineChoiceInteraction): a text with gaps, each filled from its own options."""

import re
from collections import Counter
from collections.abc import Iterator
from math import prod

from issuer.assessments.kinds import credit
from issuer.assessments.kinds.choice import ID, lint_options, shown_options, shuffled
from issuer.assessments.kinds.kind import (
    AnswerRefused,
    Fields,
    Given,
    Kind,
    Rank,
    ShownGap,
    ShownItem,
    Texts,
    single,
)
from schemas.items import Inline

FEWEST = 2
_GAP = re.compile(r"\{\{(.*?)\}\}")


def gaps_of(text: str) -> list[str]:
    """The ids of the gaps in a text, in the order in which they stand there."""
    return _GAP.findall(text)


def _lint(item: Inline) -> Iterator[str]:
    where = f"Item {item.id}"
    own = [gap.id for gap in item.gaps]
    if not own:
        yield f"{where} has no gap."
    for name, n in Counter(own).items():
        if n > 1 or not ID.fullmatch(name):
            yield f"{where} has the gap id {name!r}, which is malformed or used twice."
    if sorted(gaps_of(item.text)) != sorted(own):
        yield f"{where} has a text that does not name each of its gaps once, as in {{{{gap}}}}."
    for gap in item.gaps:
        yield from lint_options(f"{where}, gap {gap.id!r}", gap.options, FEWEST)
        if gap.key not in {option.id for option in gap.options}:
            yield f"{where}, gap {gap.id!r}, has a key that is not among its options."
    fillings = {f"{gap.id}>{option.id}" for gap in item.gaps for option in gap.options}
    yield from credit.lint_parts(where, item, fillings, _right(item))


def _right(item: Inline) -> frozenset[str]:
    return frozenset(f"{gap.id}>{gap.key}" for gap in item.gaps)


def _places(item: Inline) -> dict[str, str]:
    options = {f"gaps.{gap.id}.{option.id}": option.text for gap in item.gaps for option in gap.options}
    return {"text": item.text} | options


def _order(item: Inline, rank: Rank) -> tuple[str, ...]:
    return tuple(
        f"{gap.id}>{name}"
        for gap in item.gaps
        for name in shuffled((option.id for option in gap.options), rank, "option", item.id, gap.id)
    )


def _read(item: Inline, fields: Fields, _seed: bytes) -> Given:
    given = {gap.id: single(fields, f"gap.{gap.id}") for gap in item.gaps}
    if not all(given.values()):
        raise AnswerRefused("answer.missing", "Fill each gap, then go on.")
    selected = tuple(f"{gap}>{option}" for gap, option in given.items())
    if not _valid(item, selected):
        raise AnswerRefused("answer.option", "One of the chosen answers does not belong to this question.")
    return Given(selected)


def _valid(item: Inline, selected: tuple[str, ...]) -> bool:
    return len(selected) == len(item.gaps) and all(
        one in {f"{gap.id}>{option.id}" for option in gap.options}
        for one, gap in zip(selected, item.gaps, strict=True)
    )


def _score(item: Inline, selected: tuple[str, ...], _seed: bytes) -> int:
    return credit.worth(item, _right(item), selected)


def _most(item: Inline) -> int:
    return credit.most(item, len(item.gaps))


def _chance(item: Inline) -> float:
    return 1 / prod(len(gap.options) for gap in item.gaps)


def _show(item: Inline, order: tuple[str, ...], texts: Texts) -> ShownItem:
    *pieces, last = _GAP.split(texts["text"])
    gaps = [
        ShownGap(
            before,
            gap,
            shown_options(
                (name.removeprefix(f"{gap}>") for name in order if name.startswith(f"{gap}>")),
                texts,
                f"gaps.{gap}",
            ),
        )
        for before, gap in zip(pieces[::2], pieces[1::2], strict=True)
    ]
    return ShownItem(item.id, item.kind, texts["stem"], texts.get("exhibit"), gaps=(*gaps, ShownGap(last)))


INLINE = Kind(Inline, _lint, _places, _order, _read, _valid, _score, _most, _show, _chance)
