"""What may be asked, and the balanced choice of a step: unseen, even over areas, determined by a seed."""

import hmac
from collections.abc import Callable, Collection, Iterable
from collections.abc import Set as AbstractSet
from fractions import Fraction

from issuer.assessments import kinds
from schemas.assessment import Bank, Placed
from schemas.items import Item, State, Task

ITEMS_PER_STEP = 20


def admissible(
    bank: Bank, seen: AbstractSet[str], *, state: State = "live", tasks: bool = False
) -> tuple[Item, ...]:
    """The items that may be asked: in this state, unseen, no enemy of one that was seen.

    `tasks` asks for performance tasks, otherwise for all other kinds.
    """
    hostile = {enemy for item in bank.items if item.enemies and item.id in seen for enemy in item.enemies}
    closed = seen | hostile
    return tuple(
        item
        for item in bank.items
        if item.id not in closed
        and item.state == state
        and isinstance(item, Task) == tasks
        and (not item.enemies or seen.isdisjoint(item.enemies))
    )


def next_items(
    bank: Bank,
    seen: AbstractSet[str],
    seed: bytes,
    step: int,
    n: int = ITEMS_PER_STEP,
    *,
    unasked: AbstractSet[str] = frozenset(),
) -> tuple[str, ...]:
    """The ids of the next `n` items in the order to ask them; fewer when there are no more unseen ones.

    `seen` holds the ids asked so far, `seed` is an HMAC key, `step` counts from 1, `unasked` are not to be
    asked now. Each item comes from the area that is covered least for its weight. The order of the bank's
    items makes no difference.
    """
    unseen: dict[str, list[Item]] = {area.id: [] for area in bank.areas}
    covered = dict.fromkeys(unseen, 0)
    weight = {area.id: area.weight for area in bank.areas}
    for item in bank.items:
        covered[item.area] += item.id in seen
    for item in admissible(bank, seen):
        if item.id not in unasked:
            unseen[item.area].append(item)
    for items in unseen.values():
        items.sort(key=lambda item: rank(seed, "item", step, item.id), reverse=True)
    turn = {area: rank(seed, "area", step, area) for area in unseen}
    chosen: dict[str, Item] = {}
    while len(chosen) < n and any(unseen.values()):
        area = min(
            (area for area in unseen if unseen[area]),
            key=lambda area: (Fraction(covered[area], weight[area]), turn[area]),
        )
        item = unseen[area].pop()
        if _peaceful(item, chosen.values()):
            covered[area] += 1
            chosen[item.id] = item
    return tuple(sorted(chosen, key=lambda name: rank(seed, "place", step, name)))


def apart(items: Iterable[Item]) -> int:
    """How many of these are sure to be asked together, whichever is chosen first.

    Of items that are enemies, directly or by others between them, one counts.
    """
    found = {item.id: item for item in items}
    hostile: dict[str, set[str]] = {name: set() for name in found}
    for name, item in found.items():
        for enemy in found.keys() & set(item.enemies):
            hostile[name].add(enemy)
            hostile[enemy].add(name)
    left, groups = set(hostile), 0
    while left:
        groups += 1
        near = [left.pop()]
        while near:
            further = hostile[near.pop()] & left
            left -= further
            near += further
    return groups


def option_order(item: Item, seed: bytes) -> tuple[str, ...]:
    """The ids of what can be chosen, in the order this session shows them."""
    return kinds.order(item, ranked(seed))


def place(item: Item, seed: bytes, *, pilot: bool = False) -> Placed:
    """The item's place in a form, with what can be chosen in the order this session shows it."""
    return Placed(item.id, option_order(item, seed), pilot)


def draw(items: Collection[Item], seed: bytes, step: int, n: int, word: str) -> tuple[Item, ...]:
    """Any `n` of these items (all, if there are fewer), by the seed and a word that names the purpose."""
    return tuple(sorted(items, key=lambda item: rank(seed, word, step, item.id))[: max(n, 0)])


def ranked(seed: bytes, *before: object) -> Callable[..., bytes]:
    """A seeded order for any parts, apart from those under other words before them."""
    return lambda *parts: rank(seed, *before, *parts)


def rank(seed: bytes, *parts: object) -> bytes:
    """A place in a seeded order. NUL separates: no id contains it (see bank lint)."""
    return hmac.digest(seed, "\0".join(map(str, parts)).encode(), "sha256")


def _peaceful(item: Item, others: Collection[Item]) -> bool:
    return not any(item.id in other.enemies or other.id in item.enemies for other in others)
