"""What changing a status needs at hand; the desk of the issuance cycle has it all."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, runtime_checkable

import asyncpg

from issuer.settings import Settings
from keys.stores.file import FileStore


@runtime_checkable  # handlers are given one, and what they are given is checked
class StatusDesk(Protocol):
    """Collaborators: the database, the key store that signs lists, whose lists they are, and aware UTC."""

    @property
    def pool(self) -> asyncpg.Pool: ...  # noqa: D102 - the class says it

    @property
    def keystore(self) -> FileStore: ...  # noqa: D102 - likewise

    @property
    def settings(self) -> Settings: ...  # noqa: D102 - likewise

    @property
    def clock(self) -> Callable[[], datetime]: ...  # noqa: D102 - likewise
