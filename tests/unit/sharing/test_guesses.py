"""Guessing links: nothing is ever hit. `make soak` asks 100,000 times."""

import os
import random
import secrets
from collections.abc import Awaitable, Callable
from uuid import UUID

import httpx

from issuer.db.pool import transaction
from issuer.issuance.desk import Desk
from issuer.issuance.issue import issue
from issuer.sharing.store import create_share

GUESSES = int(os.environ.get("ASSAY_GUESSES", "300"))
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


async def test_no_guess_opens_a_link(
    client: httpx.AsyncClient, desk: Desk, finished: Callable[..., Awaitable[UUID]]
) -> None:
    issued = await issue(desk, "demo", await finished())
    async with transaction(desk.pool) as db:
        token = await create_share(db, "demo", issued.award_id, desk.clock())
    assert (await client.get(f"/c/{token}")).status_code == 200
    chance = random.Random(GUESSES)  # noqa: S311 - repeatable, not secret
    for number in range(GUESSES):
        near = list(token)
        near[chance.randrange(len("demo."), len(token))] = chance.choice(ALPHABET)
        guess = "".join(near) if number % 2 else f"demo.{secrets.token_urlsafe(32)}"
        if guess != token:
            assert (await client.get(f"/c/{guess}/credential.jwt")).status_code == 404, number
