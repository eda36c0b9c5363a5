import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
import pytest

from issuer import audit
from issuer.db.pool import Pool, transaction
from issuer.organizations import store
from issuer.organizations.create import create_organization
from issuer.organizations.keys import compromise, key_path, ring, rotate
from issuer.organizations.store import Organization
from issuer.settings import Settings
from keys.did.web import locate, parse
from keys.public import PublicKey
from keys.stores.file import FileStore
from schemas.did import assertion_methods
from schemas.problems import ProblemError

Clock = Callable[[], datetime]
DID = "did:web:localhost%3A8000:o:north"


async def published(pool: Pool, path: str, organization_id: str = "north") -> tuple[str, Any, bool]:
    row = await pool.fetchrow(
        "SELECT media_type, body, gone FROM publication WHERE organization_id = $1 AND path = $2",
        organization_id,
        path,
    )
    assert row is not None
    return row["media_type"], row["body"], row["gone"]


async def assert_published(pool: Pool, kids: list[str]) -> None:
    """The DID document, the key set and the single JWKs say the same: these keys, and no other."""
    media_type, body, _ = await published(pool, "/o/north/did.json")
    assert media_type == "application/did+json"
    document = parse(body, DID)
    methods = [method.id for method in assertion_methods(document)]
    assert sorted(id_ for id_ in methods if "#z6Mk" not in id_) == sorted(f"{DID}#{kid}" for kid in kids)
    media_type, body, _ = await published(pool, "/o/north/jwks.json")
    assert media_type == "application/jwk-set+json"
    assert sorted(key["kid"] for key in msgspec.json.decode(body)["keys"]) == sorted(kids)
    assert b'"d"' not in body
    for kid in kids:
        media_type, body, gone = await published(pool, key_path("north", kid))
        assert (media_type, gone) == ("application/jwk+json", False)
        assert PublicKey.from_jwk(msgspec.json.decode(body)).kid == kid


async def of(pool: Pool, algorithm: str) -> PublicKey:
    active = (await ring(pool, "north")).active(algorithm)
    assert active is not None
    return active.public


async def test_an_organisation_is_published_where_its_did_says(north: Pool, keystore: FileStore) -> None:
    assert locate(DID) == "https://localhost:8000/o/north/did.json"
    key_ring = await ring(north, "north")
    assert sorted(entry.public.algorithm for entry in key_ring.entries) == ["ES256", "EdDSA"]
    await assert_published(north, [entry.public.kid for entry in key_ring.entries])
    for entry in key_ring.entries:
        signature = await keystore.signer(entry.public.kid).sign(b"hello")
        assert entry.public.verify(b"hello", signature)
        active = key_ring.active(entry.public.algorithm)
        assert active is not None
        assert active.public == entry.public
    assert (await audit.verify_chain(north, "north")).sequence == 3


async def test_rotation_keeps_every_old_key_published(
    north: Pool, keystore: FileStore, settings: Settings, clock: Clock
) -> None:
    first = [entry.public for entry in (await ring(north, "north")).entries]
    signatures = [await keystore.signer(public.kid).sign(b"hello") for public in first]
    new = [key for _ in range(3) for key in await rotate(north, keystore, settings, "north", clock)]
    assert [key.algorithm for key in new] == ["ES256", "EdDSA"] * 3
    key_ring = await ring(north, "north")
    await assert_published(north, [public.kid for public in (*first, *new)])
    states = [entry.state for entry in key_ring.entries]
    assert sorted(states) == ["active"] * 2 + ["retired"] * 6
    for newest in new[-2:]:
        active = key_ring.active(newest.algorithm)
        assert active is not None
        assert active.public.kid == newest.kid
    for public, signature in zip(first, signatures, strict=True):
        old = key_ring.get(public.kid)
        assert old is not None
        assert old.public.verify(b"hello", signature)
        assert old.retired_at == clock()
    await audit.verify_chain(north, "north")


@pytest.mark.parametrize(("algorithm", "other"), [("ES256", "EdDSA"), ("EdDSA", "ES256")])
async def test_a_compromised_active_key_is_gone_and_replaced(
    north: Pool, keystore: FileStore, settings: Settings, clock: Clock, algorithm: str, other: str
) -> None:
    bad, good = await of(north, algorithm), await of(north, other)
    successor = await compromise(north, keystore, settings, "north", bad.kid, clock)
    assert successor is not None
    assert successor.algorithm == algorithm
    await assert_published(north, [successor.kid, good.kid])
    _, body, _ = await published(north, "/o/north/did.json")
    assert (bad.multibase or "").encode() not in body
    assert await published(north, key_path("north", bad.kid)) == ("application/jwk+json", b"", True)
    entry = (await ring(north, "north")).get(bad.kid)
    assert entry is not None
    assert (entry.state, entry.compromised_at) == ("compromised", clock())
    actions = [row["action"] for row in await north.fetch(ACTIONS, "north")]
    assert actions[3:] == ["key.compromised", "key.activated"]
    assert await compromise(north, keystore, settings, "north", bad.kid, clock) is None
    assert len(await north.fetch(ACTIONS, "north")) == len(actions)


async def test_a_compromised_old_key_leaves_the_active_one_alone(
    north: Pool, keystore: FileStore, settings: Settings, clock: Clock
) -> None:
    old, other = await of(north, "ES256"), await of(north, "EdDSA")
    (active,) = await rotate(north, keystore, settings, "north", clock, algorithm="ES256")
    assert await compromise(north, keystore, settings, "north", old.kid, clock) is None
    await assert_published(north, [active.kid, other.kid])
    assert (await published(north, key_path("north", old.kid)))[2] is True
    (later,) = await rotate(north, keystore, settings, "north", clock, algorithm="ES256")
    await assert_published(north, [active.kid, later.kid, other.kid])


async def test_only_an_algorithm_that_is_used_is_rotated(
    north: Pool, keystore: FileStore, settings: Settings, clock: Clock
) -> None:
    with pytest.raises(ProblemError) as caught:
        await rotate(north, keystore, settings, "north", clock, algorithm="RS256")
    assert caught.value.code == "key.algorithm"
    assert len((await ring(north, "north")).entries) == 2


async def test_keys_of_others_are_unknown(
    north: Pool, keystore: FileStore, settings: Settings, clock: Clock
) -> None:
    theirs = (await ring(north, "south")).entries[0].public.kid
    for organization_id, kid, code in (
        ("north", theirs, "key.unknown"),
        ("north", "x" * 43, "key.unknown"),
        ("nobody", theirs, "organization.unknown"),
    ):
        with pytest.raises(ProblemError) as caught:
            await compromise(north, keystore, settings, organization_id, kid, clock)
        assert caught.value.code == code
    with pytest.raises(ProblemError):
        await rotate(north, keystore, settings, "nobody", clock)
    assert len(keystore.kids()) == len(set(keystore.kids()))


async def test_rotations_at_once_leave_one_active_key(
    north: Pool, keystore: FileStore, settings: Settings, clock: Clock
) -> None:
    made = await asyncio.gather(*(rotate(north, keystore, settings, "north", clock) for _ in range(6)))
    key_ring = await ring(north, "north")
    assert len(key_ring.entries) == 14
    active = [entry.public.algorithm for entry in key_ring.entries if entry.state == "active"]
    assert sorted(active) == ["ES256", "EdDSA"]
    await assert_published(north, [entry.public.kid for entry in key_ring.entries])
    assert {key.kid for both in made for key in both} < {entry.public.kid for entry in key_ring.entries}
    await audit.verify_chain(north, "north")


async def test_a_crash_before_the_row_leaves_an_unused_file_and_nothing_else(
    north: Pool, keystore: FileStore, settings: Settings, clock: Clock
) -> None:
    before = await ring(north, "north")
    await north.execute("ALTER TABLE issuer_key ADD CHECK (state <> 'retired')")
    kids = set(keystore.kids())
    with pytest.raises(Exception, match="issuer_key"):
        await rotate(north, keystore, settings, "north", clock)
    assert len(set(keystore.kids()) - kids) == 1  # the first of the two was not even noted
    assert [entry.public.kid for entry in (await ring(north, "north")).entries] == [
        entry.public.kid for entry in before.entries
    ]
    assert (await audit.verify_chain(north, "north")).sequence == 3


@pytest.mark.parametrize("short", ["", "x", "X1", "1x", "a_b", "a" * 32, "north\n", "a.b", "ümlaut"])
async def test_short_ids_that_cannot_stand_in_a_did(
    pool: Pool, keystore: FileStore, settings: Settings, clock: Clock, short: str
) -> None:
    named = Organization(short, "Somebody", None, demo=False, created_at=clock())
    with pytest.raises(ProblemError) as caught:
        async with transaction(pool) as db:
            await create_organization(db, keystore, settings, named)
    assert caught.value.code == "organization.id"


@pytest.mark.parametrize("name", ["", " ", "x" * 201, "North\nWind"])
async def test_an_organisation_needs_a_name(
    pool: Pool, keystore: FileStore, settings: Settings, clock: Clock, name: str
) -> None:
    named = Organization("east", name, None, demo=False, created_at=clock())
    with pytest.raises(ProblemError):
        async with transaction(pool) as db:
            await create_organization(db, keystore, settings, named)


async def test_a_short_id_is_used_once(
    north: Pool, keystore: FileStore, settings: Settings, clock: Clock
) -> None:
    again = Organization("north", "Another", None, demo=False, created_at=clock())
    with pytest.raises(ProblemError) as caught:
        async with transaction(north) as db:
            await create_organization(db, keystore, settings, again)
    assert caught.value.code == "organization.exists"
    assert (await store.load_organization(north, "north")).name == "North"
    with pytest.raises(ProblemError):
        await store.load_organization(north, "nobody")


ACTIONS = "SELECT action FROM audit WHERE organization_id = $1 ORDER BY sequence"
