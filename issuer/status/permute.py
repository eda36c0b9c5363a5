"""The order in which a list's indexes are given out.

A keyed permutation, so that an index says nothing of when. A balanced Feistel network over the next even
power of two, walked until the result lies inside the list. Being a permutation it gives each index exactly
once; its key stays in the key store, so nobody outside can undo it.
"""

from collections.abc import Callable
from uuid import UUID

PURPOSE = "status-index"
# Four rounds make a pseudo-random permutation (Luby and Rackoff); the domain is small, so there are more.
ROUNDS = 8


def permute(mac: Callable[[str, bytes], bytes], list_id: UUID, length: int, counter: int) -> int:
    """Return the index, in [0, length), of the `counter`-th credential of a list (0 is the first).

    `mac(purpose, message)` is HMAC-SHA-256 under a key that never leaves the store. Raises ValueError outside
    the list.
    """
    if not 0 <= counter < length:
        raise ValueError(f"{counter} is not inside a list of {length}")
    half = max(1, ((length - 1).bit_length() + 1) // 2)
    value = counter
    while True:
        value = _feistel(mac, list_id, half, value)
        if value < length:
            return value


def _feistel(mac: Callable[[str, bytes], bytes], list_id: UUID, half: int, value: int) -> int:
    mask = (1 << half) - 1
    left, right = value >> half, value & mask
    for number in range(ROUNDS):
        message = list_id.bytes + bytes([number, half]) + right.to_bytes(4)
        left, right = right, left ^ (int.from_bytes(mac(PURPOSE, message)[:4]) & mask)
    return left << half | right
