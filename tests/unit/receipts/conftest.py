from typing import Any

import pytest

from issuer.issuance.desk import Desk
from issuer.receipts.register import register
from tests.unit.receipts.provider import ORG, PROGRAM, Key, Register, Registered, Signed, request, sign


@pytest.fixture(scope="session")
def key() -> Key:
    return Key()


@pytest.fixture
def signed(desk: Desk, key: Key) -> Signed:
    """Signs a receipt; `by` another key, `header` and claims changed."""

    def make(*, by: Key | None = None, **changed: Any) -> bytes:
        return sign(desk, by or key, **changed)

    return make


@pytest.fixture
def registered(desk: Desk, key: Key) -> Register:
    """Registers the provider, its program too."""

    async def make(**changed: Any) -> Registered:
        asked = await request(desk, key, **({"program": PROGRAM} | changed))
        return await register(desk.pool, ORG, asked, principal_id=None, at=desk.clock())

    return make
