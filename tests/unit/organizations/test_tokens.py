from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from issuer import audit
from issuer.db.pool import Pool, transaction
from issuer.organizations import store
from issuer.organizations.create import create_machine, machine
from issuer.organizations.tokens import SCOPES, Principal, authenticate, create_token, new_token, revoke_token
from schemas.problems import ProblemError

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


async def made(
    pool: Pool, *, scopes: tuple[str, ...] = ("credentials:read",), expires_at: datetime | None = None
) -> tuple[store.Token, str]:
    async with transaction(pool) as db:
        principal_id = await machine(db, "north", "portal", at=AT)
        return await create_token(db, "north", principal_id, "portal", scopes, at=AT, expires_at=expires_at)


async def refused(
    pool: Pool, authorization: str | None, scope: str = "credentials:read"
) -> tuple[str, str | None]:
    with pytest.raises(ProblemError) as caught:
        await authenticate(pool, authorization, scope, AT)
    return caught.value.code, caught.value.detail


async def test_a_token_names_its_principal(north: Pool) -> None:
    token, text = await made(north)
    principal = await authenticate(north, f"Bearer {text}", "credentials:read", AT)
    assert principal == Principal(
        "north", token.principal_id, "machine", "portal", ("machine",), ("credentials:read",), token.id
    )
    assert await authenticate(north, f"bearer  {text} ", "credentials:read", AT) == principal
    await audit.verify_chain(north, "north")


async def test_only_a_hash_is_kept(north: Pool) -> None:
    token, text = await made(north)
    assert text.startswith("assay_north.")
    assert len(text.partition(".")[2]) == 43
    row = await north.fetchrow("SELECT * FROM api_token")
    assert row is not None
    assert all(text.partition(".")[2] not in str(value) for value in row.values())
    assert len(row["token_hash"]) == 32
    assert text not in repr(token)


async def test_scopes_are_enforced(north: Pool) -> None:
    _, text = await made(north, scopes=("credentials:read", "credentials:issue"))
    await authenticate(north, f"Bearer {text}", "credentials:issue", AT)
    for scope in set(SCOPES) - {"credentials:read", "credentials:issue"}:
        code, detail = await refused(north, f"Bearer {text}", scope)
        assert code == "token.scope"
        assert scope in str(detail)


async def test_unknown_expired_and_revoked_look_alike(north: Pool) -> None:
    _, expired = await made(north, expires_at=AT)
    token, revoked = await made(north)
    async with transaction(north) as db:
        assert await revoke_token(db, "north", token.id, at=AT)
        assert not await revoke_token(db, "north", token.id, at=AT)
        assert not await revoke_token(db, "south", token.id, at=AT)
    _, standing = await made(north, expires_at=AT + timedelta(seconds=1))
    await authenticate(north, f"Bearer {standing}", "credentials:read", AT)
    answers = {
        await refused(north, f"Bearer {text}")
        for text in (
            expired,
            revoked,
            new_token("north"),
            new_token("nobody"),
            standing.replace("north", "south"),
            standing[:-1] + ("A" if standing[-1] != "A" else "B"),
        )
    }
    assert answers == {("token.invalid", None)}


async def test_a_scope_is_not_told_to_whom_it_does_not_belong(north: Pool) -> None:
    _, expired = await made(north, expires_at=AT)
    assert await refused(north, f"Bearer {expired}", "credentials:issue") == ("token.invalid", None)


@pytest.mark.parametrize("authorization", [None, "", "  "])
async def test_no_token(north: Pool, authorization: str | None) -> None:
    assert await refused(north, authorization) == ("token.missing", None)


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer",
        "Bearer x",
        "Basic dXNlcjpwdw==",
        "Bearer assay_north." + "A" * 42,
        "Bearer assay_north." + "A" * 44,
        "Bearer assay_North." + "A" * 43,
        "Bearer assay_north." + "A" * 42 + "=",
        "Bearer assay_north.\x00" + "A" * 42,
        "Bearer assay_north." + "A" * 43 + "\n",
        "Bearer " + "A" * 100_000,
        "Bearer assay_" + "a" * 32 + "." + "A" * 43,
        "Bearer assay_north.' OR true --" + "A" * 26,
        "Bearer assay_ñorth." + "A" * 43,
    ],
)
async def test_what_is_no_token_is_refused_without_asking_the_database(authorization: str) -> None:
    class Unreachable:
        """Anything that is asked of it fails the test."""

    assert await refused(Unreachable(), authorization) == ("token.invalid", None)  # type: ignore[arg-type] # must not be used


@pytest.mark.parametrize("scopes", [(), ("everything",), ("credentials:read", "x")])
async def test_tokens_need_known_scopes(north: Pool, scopes: tuple[str, ...]) -> None:
    with pytest.raises(ProblemError) as caught:
        await made(north, scopes=scopes)
    assert caught.value.code == "token.scope"
    assert await store.tokens(north, "north") == ()


async def test_the_list_tells_everything_but_the_secret(north: Pool) -> None:
    first, text = await made(north, expires_at=AT + timedelta(days=1))
    second, _ = await made(north)
    async with transaction(north) as db:
        await revoke_token(db, "north", second.id, at=AT)
    listed = await store.tokens(north, "north")
    assert {token.id: token.revoked_at for token in listed} == {first.id: None, second.id: AT}
    assert {token.label for token in listed} == {"portal"}
    assert len({token.principal_id for token in listed}) == 1
    assert text.partition(".")[2] not in repr(listed)
    assert await store.tokens(north, "south") == ()


async def test_a_token_belongs_to_a_principal_of_its_own_organisation(north: Pool) -> None:
    async with transaction(north) as db:
        theirs = await create_machine(db, "south", "portal", (), at=AT)
    for stranger in (theirs, uuid4()):
        with pytest.raises(Exception, match="api_token"):
            async with transaction(north) as db:
                await create_token(db, "north", stranger, "x", ("credentials:read",), at=AT)
