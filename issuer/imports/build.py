"""The item of ours for a question of QTI: one function for each way, its key derived and checked."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct

from issuer.assessments import kinds
from issuer.imports.flow import Feedback, Spot, written
from issuer.imports.interactions import Choice, Interaction
from issuer.imports.keys import bound, derive
from issuer.imports.processing import Processing
from issuer.imports.question import NO_REASON, Question, letters, one_inline, split
from issuer.imports.ranges import ranges
from issuer.imports.refusals import ImportRefused
from issuer.imports.run import Run
from issuer.imports.spaces import Given, Space, associated, space
from issuer.imports.values import NUMERIC, Value
from issuer.imports.weights import Key
from issuer.imports.written import texts
from schemas.items import (
    Accepted,
    Credit,
    Gap,
    Inline,
    Item,
    Match,
    Multiple,
    Nearly,
    Numeric,
    Option,
    Order,
    Picture,
    Single,
    State,
    Target,
    Text,
)

_SEED = b"\0" * 32


class Frame(Struct, frozen=True):
    """What an item of ours has besides what it asks."""

    id: str
    area: str
    state: State
    pictures: tuple[Picture, ...] = ()

    def __call__(self) -> dict[str, Any]:
        """The members, for an item's constructor."""
        return {"id": self.id, "area": self.area, "state": self.state, "pictures": self.pictures}


class Built(Struct, frozen=True):
    """An item, and what of the imported one it does not keep."""

    item: Item
    lost: tuple[str, ...]


def build(question: Question, processing: Processing, frame: Frame) -> Built:
    """The item; raises ImportRefused."""
    bound(list(question.interactions), processing)
    if len(question.interactions) > 1:
        if not one_inline(question):
            names = ", ".join(dict.fromkeys(one.name for one in question.interactions))
            raise ImportRefused(
                "item.interactions",
                f"The item has {len(question.interactions)} interactions ({names}) for one score; "
                "give each an item of its own.",
            )
        return _inline(question, processing, frame)
    return _WAYS[question.only.name](question, processing, frame)


def _choice(question: Question, processing: Processing, frame: Frame) -> Built:
    asked = question.only
    response = processing.responses[asked.response]
    one = space(asked, response)
    key = derive(processing, [one], counts="weights")
    names = letters(question.identifier, asked.choices)
    options = _options(asked.choices, names, lambda identifier: _shown(question, processing, one, identifier))
    right = tuple(sorted(names[identifier] for _, identifier in key.right))
    passage = _passage(asked)
    stem, exhibit = question.stem(), question.exhibit(passage)
    kind = Single if one.places == 1 else Multiple
    credit = _credit(key, lambda _, identifier: names[identifier])
    item = kind(**frame(), stem=stem, exhibit=exhibit, options=options, key=right, credit=credit)
    order = [option.id for option in options]

    def selected(given: Given) -> list[str]:
        return sorted((names[identifier] for _, identifier in given), key=order.index)

    return _built(item, key, selected, question.lost)


def _credit(key: Key, part: Callable[[str, str], str]) -> Credit | None:
    """The key's weights as our items have them; `part` is what is recorded for a place and what is in it."""
    if key.credit is None:
        return None
    other = Counter(sorted(key.credit.parts.values())).most_common(1)[0][0]
    named = ((part(*where), points) for where, points in key.credit.parts.items() if points != other)
    return Credit(dict(sorted(named)), key.credit.most, other)


def _passage(asked: Interaction) -> str:
    """The text around hot texts, these in brackets."""
    if asked.passage is None:
        return ""
    texts = {choice.identifier: choice.text for choice in asked.choices}
    return written(asked.passage.paragraphs, lambda spot: f"[{texts[spot.element.get('identifier')]}]")


def _shown(question: Question, processing: Processing, one: Space, identifier: str) -> str:
    """The feedback that this choice alone brings up, where one is to be chosen."""
    if one.places != 1:
        return ""
    place = next(one.answers())[0][0]
    return _feedback(question.feedback, processing.run({one.response: one.value(((place, identifier),))}))


def _feedback(feedback: Iterable[Feedback], run: Run) -> str:
    said = []
    for each in feedback:
        value = run.outcomes.get(each.outcome)
        if (value is not None and each.identifier in value.atoms) == each.shows and each.text:
            said.append(each.text)
    return " ".join(dict.fromkeys(said))


def _options(
    choices: Iterable[Choice], names: dict[str, str], reason: Callable[[str], str] = lambda _: ""
) -> tuple[Option, ...]:
    found = [
        Option(names[one.identifier], one.text, one.feedback or reason(one.identifier) or NO_REASON)
        for one in choices
    ]
    return tuple(sorted(found, key=lambda option: (len(option.id), option.id)))


def _order(question: Question, processing: Processing, frame: Frame) -> Built:
    asked = question.only
    key = derive(processing, [space(asked, processing.responses[asked.response])], counts="equal")
    names = letters(question.identifier, asked.choices)
    item = Order(
        **frame(),
        stem=question.stem(),
        exhibit=question.exhibit(),
        options=_options(asked.choices, names),
        key=tuple(names[identifier] for _, identifier in key.right),
        partial=key.partial,
    )
    return _built(item, key, lambda given: [names[identifier] for _, identifier in given], question.lost)


def _match(question: Question, processing: Processing, frame: Frame) -> Built:
    """From the first set to the second, or, where choices of the first have no or several partners, back."""
    try:
        return _matched(question, processing, frame, turned=False)
    except ImportRefused as refused:
        if refused.code not in {"item.ambiguous", "item.derivation", "item.constant"}:
            raise
        try:
            return _matched(question, processing, frame, turned=True)
        except ImportRefused:
            raise refused from None


def _matched(question: Question, processing: Processing, frame: Frame, *, turned: bool) -> Built:
    asked = question.only
    one = space(asked, processing.responses[asked.response], turned=turned)
    sides = (asked.targets, asked.choices) if turned else (asked.choices, asked.targets)
    return _pairs(question, processing, frame, one, sides, ())


def _associate(question: Question, processing: Processing, frame: Frame) -> Built:
    asked = question.only
    response = processing.responses[asked.response]
    own = {choice.identifier: choice for choice in asked.choices}
    firsts, seconds = associated(response, tuple(own))
    sides = (tuple(own[name] for name in firsts), tuple(own[name] for name in seconds))
    lost = ("that the two sides of a pair stood in one list",)
    return _pairs(question, processing, frame, space(asked, response), sides, lost)


def _pairs(
    question: Question,
    processing: Processing,
    frame: Frame,
    one: Space,
    sides: tuple[tuple[Choice, ...], tuple[Choice, ...]],
    lost: tuple[str, ...],
) -> Built:
    key = derive(processing, [one], counts="both")
    names, targets = letters(question.identifier, sides[0]), letters(question.identifier, sides[1], "t-")
    options = _options(sides[0], names)
    item = Match(
        **frame(),
        stem=question.stem(),
        exhibit=question.exhibit(),
        options=options,
        targets=tuple(Target(option.id, option.text) for option in _options(sides[1], targets)),
        key=dict(sorted((names[slot], targets[fill]) for slot, fill in key.right)),
        partial=key.partial,
        credit=_credit(key, lambda slot, fill: f"{names[slot]}>{targets[fill]}"),
    )
    order = [option.id for option in options]

    def selected(given: Given) -> list[str]:
        pairs = sorted(
            ((names[slot], targets[fill]) for slot, fill in given), key=lambda one: order.index(one[0])
        )
        return [f"{option}>{target}" for option, target in pairs]

    lost = (*question.lost, *lost, "that a line may be left without a partner")
    return _built(item, key, selected, lost)


def _gap_match(question: Question, processing: Processing, frame: Frame) -> Built:
    asked = question.only
    key = derive(processing, [space(asked, processing.responses[asked.response])], counts="both")
    ids = {gap: f"g{place}" for place, gap in enumerate(asked.gaps, 1)}
    names = letters(question.identifier, asked.choices)
    passage = asked.passage.paragraphs if asked.passage else []
    text = _text(written(passage, lambda spot: f"\0{ids[spot.element.get('identifier')]}\0"))
    right = dict(key.right)
    item = Inline(
        **frame(),
        stem=question.stem() or "Fill each gap.",
        exhibit=question.exhibit(),
        text=text,
        gaps=tuple(Gap(ids[gap], _options(asked.choices, names), names[right[gap]]) for gap in asked.gaps),
        partial=key.partial,
        credit=_credit(key, lambda gap, fill: f"{ids[gap]}>{names[fill]}"),
    )
    lost = (*question.lost, "that a text fits into one gap only, or that a gap may stay empty")
    return _built(item, key, lambda given: [f"{ids[gap]}>{names[fill]}" for gap, fill in given], lost)


def _text(marked: str) -> str:
    """A text with its gaps between NULs as our gaps; braces of its own would read as gaps."""
    if "{{" in marked or "}}" in marked:
        raise ImportRefused("item.text", "The text has double braces, which mark gaps in our items.")
    pieces = marked.split("\0")
    return "".join(f"{{{{{piece}}}}}" if place % 2 else piece for place, piece in enumerate(pieces))


def _inline(question: Question, processing: Processing, frame: Frame) -> Built:
    spaces = [space(one, processing.responses[one.response]) for one in question.interactions]
    if any(one.places > 1 for one in spaces):
        raise ImportRefused("item.interactions", "A choice of several stands beside other interactions.")
    key = derive(processing, spaces, counts="both")
    ids = {one.response: f"g{place}" for place, one in enumerate(question.interactions, 1)}
    names = {
        one.response: letters(f"{question.identifier}\0{one.response}", one.choices)
        for one in question.interactions
    }
    right = _by_response(spaces, key.right)
    gaps = tuple(
        Gap(
            ids[one.response],
            _options(one.choices, names[one.response], _alone(question, processing, each)),
            names[one.response][right[one.response]],
        )
        for one, each in zip(question.interactions, spaces, strict=True)
    )
    before, rest = split(question.flow.paragraphs)

    def gap(spot: Spot) -> str:
        asked = question.of[id(spot.element)]
        return f"{asked.prompt} \0{ids[asked.response]}\0".lstrip()

    item = Inline(
        **frame(),
        stem=written(before, lambda _: "") or "Fill each gap.",
        exhibit=question.exhibit(),
        text=_text(written(rest, gap)),
        gaps=gaps,
        partial=key.partial,
        credit=_credit(key, lambda response, choice: f"{ids[response]}>{names[response][choice]}"),
    )

    def selected(given: Given) -> list[str]:
        return [f"{ids[r]}>{names[r][choice]}" for r, choice in _by_response(spaces, given).items()]

    return _built(item, key, selected, question.lost)


def _alone(question: Question, processing: Processing, one: Space) -> Callable[[str], str]:
    """Feedback on a choice, where no other interaction shares it."""
    if len(question.interactions) > 1:
        return lambda _: ""
    return lambda identifier: _shown(question, processing, one, identifier)


def _by_response(spaces: list[Space], given: Given) -> dict[str, str]:
    return {one.response: identifier for one, (_, identifier) in zip(spaces, given, strict=True)}


def _entry(question: Question, processing: Processing, frame: Frame) -> Built:
    response = processing.responses[question.only.response]
    if response.cardinality != "single" or response.base not in {"string", *NUMERIC}:
        raise ImportRefused("item.declaration", "A text entry gives one text or one number.")
    alone = [one for one in question.flow.paragraphs if any(isinstance(piece, str) for piece in one)]
    stem, exhibit = written(alone, lambda _: "____"), question.exhibit()

    def reason(value: Value) -> str:
        return _feedback(question.feedback, processing.run({response.identifier: value})) or NO_REASON

    if response.base == "string":
        found = texts(processing, response.identifier)
        accepted = tuple(
            Accepted(text, reason(Value("string", "single", (text,))), points)
            for text, points in found.accepted
        )
        text = Text(
            **frame(), stem=stem, exhibit=exhibit, accepted=accepted, normalisation=found.normalisation
        )
        _check_written(text, "text", found.tried)
        return Built(text, (*question.lost, "the difference between compatible characters (NFKC)"))
    numbers = ranges(processing, response.identifier)
    best, *others = numbers.found
    number = Numeric(
        **frame(),
        stem=stem,
        exhibit=exhibit,
        **best._asdict(),
        rationale=reason(Value(response.base, "single", (numbers.right,))),
        nearly=tuple(Nearly(**other._asdict()) for other in others),
    )
    _check_written(number, "number", numbers.tried)
    wholes = response.base == "integer" and numbers.found[-1].tolerance != "0"
    return Built(number, (*question.lost, *(["that only whole numbers can be written"] if wholes else [])))


def _built(item: Item, key: Key, selected: Callable[[Given], list[str]], lost: tuple[str, ...]) -> Built:
    """The item, whose own scoring gives every answer tried the points that the response processing gives."""
    _fit(item)
    for given, points in key.tried:
        if kinds.score(item, tuple(selected(given)), _SEED) != points:  # pragma: no cover - a defect of ours
            raise ImportRefused("item.derivation", "Our scoring differs from the response processing.")
    worth = [points for _, points in key.tried]
    if worth.count(max(worth)) > 1:
        lost = (*lost, "that other answers are worth as much as the one that is shown as right")
    return Built(item, lost)


def _check_written(item: Text | Numeric, field: str, tried: tuple[tuple[str, int], ...]) -> None:
    _fit(item)
    for answer, points in tried:
        try:
            given = kinds.read(item, {field: [answer]}, _SEED).selected
            ours = kinds.score(item, given, _SEED)
        except kinds.AnswerRefused:
            ours = 0
        if ours != points:
            raise ImportRefused(
                "item.derivation", "An answer that our items read in another way would be scored otherwise."
            )


def _fit(item: Item) -> None:
    for finding in kinds.lint(item):
        raise ImportRefused("item.unfit", finding)


_WAYS: dict[str, Callable[[Question, Processing, Frame], Built]] = {
    "qti-choice-interaction": _choice,
    "qti-hottext-interaction": _choice,
    "qti-inline-choice-interaction": _inline,
    "qti-order-interaction": _order,
    "qti-match-interaction": _match,
    "qti-associate-interaction": _associate,
    "qti-gap-match-interaction": _gap_match,
    "qti-text-entry-interaction": _entry,
}
