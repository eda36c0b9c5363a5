import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from issuer.db.pool import Pool, transaction
from issuer.people.enroll import find, find_or_create, load, normalise_name
from issuer.people.erase import erase
from issuer.people.sealing import person_key
from keys.stores.file import FileStore
from schemas.problems import ProblemError

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


async def test_a_person_is_found_again_by_any_spelling_of_the_address(
    north: Pool, keystore: FileStore
) -> None:
    ada = await find_or_create(north, keystore, "north", " Ada   Lovelace ", "Ada@Example.org", AT)
    again = await find_or_create(north, keystore, "north", "A. L.", " ada@EXAMPLE.ORG ", AT)
    assert again == ada
    assert (ada.name, ada.email) == ("Ada Lovelace", "ada@example.org")
    assert await load(north, keystore, "north", ada.id) == ada
    assert await find(north, keystore, "north", "ADA@example.org") == ada.id
    assert await find(north, keystore, "north", "eve@example.org") is None


async def test_two_organisations_share_nothing(north: Pool, keystore: FileStore) -> None:
    here = await find_or_create(north, keystore, "north", "Ada", "ada@example.org", AT)
    there = await find_or_create(north, keystore, "south", "Ada", "ada@example.org", AT)
    assert here.id != there.id
    assert here.subject != there.subject
    rows = await north.fetch("SELECT email_hmac, wrapped_key FROM person ORDER BY organization_id")
    assert rows[0]["email_hmac"] != rows[1]["email_hmac"]
    with pytest.raises(ProblemError) as caught:
        await load(north, keystore, "south", here.id)
    assert caught.value.code == "person.unknown"


async def test_many_at_once_are_one_person(north: Pool, keystore: FileStore) -> None:
    async def enroll() -> object:
        async with transaction(north) as db:
            return await find_or_create(db, keystore, "north", "Ada", "ada@example.org", AT)

    people = await asyncio.gather(*(enroll() for _ in range(12)))
    assert len(set(map(str, people))) == 1
    assert await north.fetchval("SELECT count(*) FROM person") == 1


async def test_a_value_moved_to_another_column_or_person_does_not_open(
    north: Pool, keystore: FileStore
) -> None:
    ada = await find_or_create(north, keystore, "north", "Ada", "ada@example.org", AT)
    eve = await find_or_create(north, keystore, "north", "Eve", "eve@example.org", AT)
    key = await person_key(north, keystore, "north", eve.id)
    stolen = await north.fetchval("SELECT name_sealed FROM person WHERE id = $1", ada.id)
    with pytest.raises(Exception, match="does not belong here"):
        key.open(stolen, b"name")
    own = await north.fetchval("SELECT email_sealed FROM person WHERE id = $1", eve.id)
    assert key.open(own, b"email") == b"eve@example.org"
    with pytest.raises(Exception, match="does not belong here"):
        key.open(own, b"name")


@pytest.mark.parametrize(
    "name", ["Ada", "Łukasz 王小明", "O'Neil-Smith, Jr.", "👩🏽‍💻 Ada", "محمد", "x" * 200]
)
def test_names_as_people_write_them(name: str) -> None:
    assert normalise_name(f" {name}\t") == name


@pytest.mark.parametrize("name", ["", " \n", "x" * 201, "Ada\x00", "Ada\x1b[31m", "\ud800"])
def test_what_is_no_name(name: str) -> None:
    with pytest.raises(ProblemError) as caught:
        normalise_name(name)
    assert caught.value.code == "person.name"


async def test_somebody_who_is_erased_at_that_very_moment(north: Pool, keystore: FileStore) -> None:
    ada = await find_or_create(north, keystore, "north", "Ada", "ada@example.org", AT)

    class Between:
        """The database, with an erasure between the first question and the second."""

        async def fetchval(self, statement: str, *values: Any) -> Any:
            found = await north.fetchval(statement, *values)
            await erase(north, "north", ada.id, at=AT)
            return found

    db: Any = Between()
    with pytest.raises(ProblemError) as caught:
        await find_or_create(db, keystore, "north", "Ada", "ada@example.org", AT)
    assert caught.value.code == "database.conflict"


async def test_unknown_people(north: Pool, keystore: FileStore) -> None:
    with pytest.raises(ProblemError):
        await load(north, keystore, "north", uuid4())
