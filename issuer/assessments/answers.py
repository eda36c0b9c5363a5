"""Accept an answer: only for an item that was asked, only with its own options."""

from collections.abc import Iterable, Sequence

from schemas.assessment import Answer, Bank, Form
from schemas.items import Multiple, Single


class AnswerRefused(Exception):  # noqa: N818 - a refusal with a stable code, not an error of ours
    """`code` is answer.not_asked, answer.unknown_option or answer.one_only; `detail` is a sentence."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def accept(bank: Bank, forms: Iterable[Form], item_id: str, selected: Sequence[str]) -> Answer:
    """The answer as it is to be recorded; raises AnswerRefused.

    Options are put in the item's own order and repeated ones once, so that the same choice is the same bytes.
    Nothing selected means skipped, and is not right.
    """
    asked = any(placed.item == item_id for form in forms for placed in form.items)
    item = bank.item(item_id) if asked else None
    if not isinstance(item, Single | Multiple):
        raise AnswerRefused("answer.not_asked", "This question was not asked in this session.")
    own = tuple(option.id for option in item.options)
    if any(name not in own for name in selected):
        raise AnswerRefused(
            "answer.unknown_option", "One of the chosen answers does not belong to this question."
        )
    chosen = tuple(name for name in own if name in selected)
    if isinstance(item, Single) and len(chosen) > 1:
        raise AnswerRefused("answer.one_only", "This question takes one answer, and several were chosen.")
    return Answer(item_id, chosen)
