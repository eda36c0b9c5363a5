"""Partial credit with weights, as kinds whose answers have parts count it."""

from collections.abc import Collection, Iterable, Iterator

from schemas.items import Credit, Inline, Match

MOST_POINTS = 20  # as many as a response matrix holds (issuer.calibration.responses)


def points(credit: Credit, selected: Iterable[str]) -> int:
    """What an answer is worth: the sum of its parts, held between 0 and the most."""
    total = sum(credit.parts.get(part, credit.other) for part in selected)
    return min(max(total, 0), credit.most)


def worth(item: Match | Inline, right: Collection[str], selected: Collection[str]) -> int:
    """What an answer in parts is worth: by its credit, or by how many parts are right, or all or nothing."""
    if item.credit is not None:
        return points(item.credit, selected)
    same = len(set(right).intersection(selected))
    return same if item.partial else int(same == len(right))


def most(item: Match | Inline, parts: int) -> int:
    """The most points of an item whose right answer has so many parts."""
    if item.credit is not None:
        return item.credit.most
    return parts if item.partial else 1


def lint(where: str, credit: Credit | None, possible: Collection[str], right: Iterable[str]) -> Iterator[str]:
    """What can be wrong with an item's credit: `possible` are all parts, `right` those of the key."""
    if credit is None:
        return
    if not 1 <= credit.most <= MOST_POINTS:
        yield f"{where} gives {credit.most} points at most; it must be 1 to {MOST_POINTS}."
    for part in credit.parts:
        if part not in possible:
            yield f"{where} has credit for {part!r}, which is no part of an answer."
    if points(credit, right) != credit.most:
        yield f"{where} has a key that is not worth the most points."


def lint_parts(
    where: str, item: Match | Inline, possible: Collection[str], right: Iterable[str]
) -> Iterator[str]:
    """The same of an item that can also be `partial`, which is another way of counting."""
    yield from lint(where, item.credit, possible, right)
    if item.partial and item.credit is not None:
        yield f"{where} is both partial and has credit; it is scored in one way."
