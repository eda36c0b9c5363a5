"""An item as it stands in a person's first attempt, the one that an item of ours gives.

QTI lets an adaptive item be tried again, and any item have buttons that end an attempt and bring up a hint or
the solution. In the first attempt the number of attempts is 1, no such button was pressed, and what is shown
from the outset belongs to the question. What is asked only after an attempt cannot be asked here.
"""

from typing import Final

from msgspec import Struct

from issuer.imports.declarations import OutcomeVariable, outcomes
from issuer.imports.markup import QTI, Element
from issuer.imports.refusals import ImportRefused, named

AGAIN: Final = "that one may try again: the first attempt counts"
BUTTON: Final = "qti-end-attempt-interaction"
_STANDS_AS: Final = {"qti-feedback-block": "div", "qti-feedback-inline": "span"}
_FEEDBACK: Final = frozenset({*_STANDS_AS, "qti-modal-feedback"})


class _Outset(Struct, frozen=True):
    """What holds when the item is first seen: outcomes, and the responses that buttons give."""

    outcomes: dict[str, OutcomeVariable]
    buttons: frozenset[str]


def first_attempt(item: Element) -> tuple[Element, tuple[str, ...]]:
    """A copy of the item without what comes after the first attempt, and what that leaves out.

    Raises ImportRefused item.adaptive where something is asked only later.
    """
    buttons = [element for element in item.walk() if element.name == BUTTON]
    outset = _Outset(outcomes(item), frozenset(one.get("response-identifier") for one in buttons))
    lost = [AGAIN] if item.get("adaptive") in {"true", "1"} else []
    lost += [f"the button {named(one.get('title'))}, which ends an attempt" for one in buttons]
    return _copy(item, outset), tuple(dict.fromkeys(lost))


def _copy(element: Element, outset: _Outset) -> Element:
    copy = Element(element.space, element.name, element.attributes)
    for child in element.children:
        copy.children += [child] if isinstance(child, str) else _kept(child, outset)
    return copy


def _kept(element: Element, outset: _Outset) -> list[Element | str]:
    """What stands for an element in the first attempt."""
    name, identifier = element.name, element.get("identifier")
    if name == BUTTON or (name == "qti-response-declaration" and identifier in outset.buttons):
        return []
    if name == "qti-variable" and identifier == "numAttempts":
        return [_constant("integer", "1")]
    if name == "qti-variable" and identifier in outset.buttons:
        return [_constant("boolean", "false")]
    copy = _copy(element, outset)
    if name in _STANDS_AS and _shown(element, outset):
        copy.name, copy.attributes = _STANDS_AS[name], {}
    elif name in _FEEDBACK and (asked := [one for one in copy.walk() if one.name.endswith("-interaction")]):
        raise ImportRefused(
            "item.adaptive",
            f"{named(asked[0].name)} stands in feedback: it is asked only after an attempt. "
            "Make it an item of its own.",
        )
    return [copy]


def _shown(feedback: Element, outset: _Outset) -> bool:
    """Whether feedback is shown before anything was answered."""
    found = outset.outcomes.get(feedback.get("outcome-identifier"))
    default = found.default if found else None
    held = default is not None and feedback.get("identifier") in default.atoms
    return held == (feedback.get("show-hide", "show") == "show")


def _constant(base: str, text: str) -> Element:
    element = Element(QTI, "qti-base-value", {"base-type": base})
    element.children = [text]
    return element
