"""Match (QTI matchInteraction): each option gets a target; a target may serve several options or none."""

from collections.abc import Iterator

from issuer.assessments.kinds import credit
from issuer.assessments.kinds.choice import lint_named, lint_options, option_places, shown_options, shuffled
from issuer.assessments.kinds.kind import AnswerRefused, Fields, Given, Kind, Rank, ShownItem, Texts, single
from schemas.items import Match

FEWEST = 2


def _lint(item: Match) -> Iterator[str]:
    where = f"Item {item.id}"
    yield from lint_options(where, item.options, FEWEST)
    yield from lint_named(where, "target", item.targets, FEWEST)
    own, targets = {option.id for option in item.options}, {target.id for target in item.targets}
    if set(item.key) != own:
        yield f"{where} has a key that does not name each of its options once."
    for option, target in item.key.items():
        if target not in targets:
            yield f"{where}, option {option!r}, has a key that is not among the targets."
    pairs = {f"{option}>{target}" for option in own for target in targets}
    yield from credit.lint_parts(where, item, pairs, _right(item))


def _right(item: Match) -> frozenset[str]:
    return frozenset(f"{option}>{target}" for option, target in item.key.items())


def _places(item: Match) -> dict[str, str]:
    return option_places(item) | {f"targets.{target.id}": target.text for target in item.targets}


def _order(item: Match, rank: Rank) -> tuple[str, ...]:
    options = shuffled((option.id for option in item.options), rank, "option", item.id)
    return options + shuffled((target.id for target in item.targets), rank, "target", item.id)


def _read(item: Match, fields: Fields, _seed: bytes) -> Given:
    given = {option.id: single(fields, f"match.{option.id}") for option in item.options}
    if not all(given.values()):
        raise AnswerRefused("answer.missing", "Choose a match for each line, then go on.")
    if not set(given.values()) <= {target.id for target in item.targets}:
        raise AnswerRefused("answer.option", "One of the chosen answers does not belong to this question.")
    return Given(tuple(f"{option}>{target}" for option, target in given.items()))


def _valid(item: Match, selected: tuple[str, ...]) -> bool:
    targets = {target.id for target in item.targets}
    pairs = [one.split(">") for one in selected]
    return [one[0] for one in pairs] == [option.id for option in item.options] and all(
        len(one) == 2 and one[1] in targets  # noqa: PLR2004 - an option and a target
        for one in pairs
    )


def _score(item: Match, selected: tuple[str, ...], _seed: bytes) -> int:
    return credit.worth(item, _right(item), selected)


def _most(item: Match) -> int:
    return credit.most(item, len(item.options))


def _chance(item: Match) -> float:
    return float(len(item.targets)) ** -len(item.options)


def _show(item: Match, order: tuple[str, ...], texts: Texts) -> ShownItem:
    options, targets = order[: len(item.options)], order[len(item.options) :]
    return ShownItem(
        item.id,
        item.kind,
        texts["stem"],
        texts.get("exhibit"),
        options=shown_options(options, texts),
        targets=shown_options(targets, texts, "targets"),
    )


MATCH = Kind(Match, _lint, _places, _order, _read, _valid, _score, _most, _show, _chance)
