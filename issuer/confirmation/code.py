"""A supervisor's code: short enough to be said aloud, so it lives briefly, opens once, and few guesses count.

Eight signs of 32 are 40 random bits. What is stored is their MAC under a key outside the database: whoever
reads the database cannot try them all.
"""

import hmac
import secrets
from datetime import timedelta
from uuid import UUID

from keys.stores.file import FileStore

VALID_FOR = timedelta(minutes=15)
ATTEMPTS_AT_MOST = 5
# Without I, L, O and U: nothing looks like something else, and no word comes about (Crockford's base 32).
SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})


def draw() -> str:
    """A new code, in two groups as people read it, for example `7Q2M-K9RD`."""
    signs = "".join(secrets.choice(SIGNS) for _ in range(LENGTH))
    return f"{signs[: LENGTH // 2]}-{signs[LENGTH // 2 :]}"


def code_mac(keystore: FileStore, organization_id: str, confirmation_id: UUID, code: str) -> bytes:
    """What is kept of a code, bound to its confirmation; case, spaces and hyphens make no difference."""
    read = code.upper().translate(_READ_AS)
    return keystore.mac(f"confirmation:{organization_id}", confirmation_id.bytes + read.encode())


def matches(stored: bytes, presented: bytes) -> bool:
    """Whether two MACs are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(stored, presented)
