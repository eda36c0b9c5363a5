"""From one version of a bank to the next: items go from draft to pilot to live to retired, and no way back.

From pilot on, people have answered an item. So it stays what it was: under one id, the same question in every
version, or else responses to two questions would be counted as one.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from schemas.assessment import Bank
from schemas.items import Item, State

STATES: tuple[State, ...] = ("draft", "pilot", "live", "retired")

# What may change while people answer an item: what is known of it, and when it is asked.
_MAY_CHANGE = frozenset({"state", "enemies", "skills", "exposureCap", "parameters", "rationale"})


def lint_version(old: Bank, new: Bank) -> Iterator[str]:
    """A sentence for each thing that a new version may not do to the one before it."""
    if new.id != old.id:
        yield f"The new version has the id {new.id!r}, and the one before it {old.id!r}."
    if new.version == old.version:
        yield f"Both versions are called {new.version!r}."
    if new.language != old.language:
        yield f"The new version is in {new.language}, and the one before it in {old.language}."
    items = {item.id: item for item in new.items}
    for before in old.items:
        after = items.get(before.id)
        if after is not None:
            yield from _item(before, after)
            yield from _words(old, new, before)
        elif before.state != "draft":
            yield f"Item {before.id} was {before.state} and is missing. Retire it instead."


def move(bank: Bank, states: Mapping[str, State], version: str) -> Bank:
    """The bank's next version, in which these items (ids) have these states; others stay as they are.

    Whether the step is allowed, `lint_version` says.
    """
    items = tuple(replace(item, state=states.get(item.id, item.state)) for item in bank.items)
    return replace(bank, version=version, items=items)


def same_question(before: Item, after: Item) -> bool:
    """Whether the same is asked and right in both, whatever is known of it and whenever it is asked."""
    return bool(_asked(msgspec.to_builtins(before)) == _asked(msgspec.to_builtins(after)))


def _item(before: Item, after: Item) -> Iterator[str]:
    if STATES.index(after.state) < STATES.index(before.state):
        yield f"Item {before.id} was {before.state} and cannot become {after.state} again."
    if before.state != "draft" and not same_question(before, after):
        yield (
            f"Item {before.id} was {before.state}, and under its id something else is asked or right now. "
            "Retire it, and give the new item an id of its own."
        )


def _words(old: Bank, new: Bank, item: Item) -> Iterator[str]:
    """Whether the item's translations are what they were, in languages that both versions have."""
    for language in old.translations.keys() & new.translations.keys() if item.state != "draft" else ():
        before, after = (one.translations[language].items.get(item.id) for one in (old, new))
        if before != after:
            yield f"Item {item.id} was {item.state}, and its translation {language!r} is another now."


def _asked(value: Any) -> Any:
    """What is asked and what is right, without what may change."""
    if isinstance(value, dict):
        return {name: _asked(one) for name, one in value.items() if name not in _MAY_CHANGE}
    return [_asked(one) for one in value] if isinstance(value, list | tuple) else value
