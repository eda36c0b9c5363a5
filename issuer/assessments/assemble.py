"""Choose the next items: unseen, balanced over areas, and determined by the session's seed alone."""

import hmac
from collections.abc import Set as AbstractSet

from issuer.assessments import kinds
from schemas.assessment import Bank, Form, Placed
from schemas.items import Item

ITEMS_PER_STEP = 20


def next_items(
    bank: Bank, seen: AbstractSet[str], seed: bytes, step: int, n: int = ITEMS_PER_STEP
) -> tuple[str, ...]:
    """The ids of the next `n` items in the order to ask them; fewer when the bank has no more unseen ones.

    `seen` holds the ids asked so far, `seed` is the session's HMAC key, `step` counts from 1. Each item comes
    from the area covered least so far. The order of the bank's items makes no difference.
    """
    unseen: dict[str, list[str]] = {area.id: [] for area in bank.areas}
    covered = dict.fromkeys(unseen, 0)
    for item in bank.items:
        if item.id in seen:
            covered[item.area] += 1
        else:
            unseen[item.area].append(item.id)
    for ids in unseen.values():
        ids.sort(key=lambda name: _rank(seed, "item", step, name), reverse=True)
    turn = {area: _rank(seed, "area", step, area) for area in unseen}
    chosen: list[str] = []
    while len(chosen) < n and any(unseen.values()):
        area = min((area for area in unseen if unseen[area]), key=lambda area: (covered[area], turn[area]))
        covered[area] += 1
        chosen.append(unseen[area].pop())
    return tuple(sorted(chosen, key=lambda name: _rank(seed, "place", step, name)))


def option_order(item: Item, seed: bytes) -> tuple[str, ...]:
    """The ids of what can be chosen, in the order this session shows them."""
    return kinds.order(item, lambda *parts: _rank(seed, *parts))


def next_form(bank: Bank, seen: AbstractSet[str], seed: bytes, step: int, n: int = ITEMS_PER_STEP) -> Form:
    """The form of one step: `next_items`, each with its `option_order`; empty when the bank is used up."""
    items = {item.id: item for item in bank.items}
    chosen = next_items(bank, seen, seed, step, n)
    return Form(step, tuple(Placed(name, option_order(items[name], seed)) for name in chosen))


def _rank(seed: bytes, *parts: object) -> bytes:
    """A place in a seeded order. NUL separates: no id contains it (see bank lint)."""
    return hmac.digest(seed, "\0".join(map(str, parts)).encode(), "sha256")
