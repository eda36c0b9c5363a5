"""What a full dump of the database shows of a person: nothing before, and nothing openable after."""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from issuer.audit import append, verify_chain
from issuer.db.pool import Pool, transaction
from issuer.mail import Letter
from issuer.people.enroll import Person, find_or_create, load
from issuer.people.erase import erase
from issuer.people.letters import post
from issuer.people.sealing import PersonKey, SealBroken, person_key, unwrap_person_key
from keys.stores.file import FileStore, StoreRefused
from schemas.problems import ProblemError

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
NAME, EMAIL = "Ada Lovelace", "ada.lovelace@example.org"
SECURED = b"eyJhbGciOiJFUzI1NiJ9.eyJuYW1lIjoiQWRhIExvdmVsYWNlIn0.c2lnbmF0dXJl"
REASON = b"withdrawn at her own request"
LINK = "https://example.org/take/north.Pq3_secret"
PLAIN = (NAME.encode(), b"Lovelace", EMAIL.encode(), b"lovelace", SECURED, b"eyJhbGci", REASON, b"Pq3_secret")


async def dump(pool: Pool) -> dict[tuple[str, str], list[bytes]]:
    """Every value of every column of every table as bytes: bytea as it is, everything else as text."""
    columns = await pool.fetch(
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'public' ORDER BY table_name, ordinal_position"
    )
    found = {}
    for table, column, kind in columns:
        value = f'"{column}"' if kind == "bytea" else f"convert_to(\"{column}\"::text, 'UTF8')"
        rows = await pool.fetch(f'SELECT {value} AS value FROM "{table}" WHERE "{column}" IS NOT NULL')  # noqa: S608 - names from the catalogue
        found[table, column] = [bytes(row["value"]) for row in rows]
    return found


def shown(values: Iterable[list[bytes]], secrets: Iterable[bytes]) -> list[bytes]:
    """Which of the secrets stand anywhere, also as hexadecimal text."""
    everything = [value for column in values for value in column]
    return [
        secret
        for secret in secrets
        if any(secret in value or secret.hex().encode() in value.lower() for value in everything)
    ]


class Story:
    """A person with everything that can be stored about one."""

    def __init__(self, person: Person, session_id: UUID, award_id: UUID) -> None:
        self.person = person
        self.session_id = session_id
        self.award_id = award_id


async def told(pool: Pool, keystore: FileStore, organization_id: str, name: str, email: str) -> Story:
    async with transaction(pool) as db:
        person = await find_or_create(db, keystore, organization_id, name, email, AT)
        key = await person_key(db, keystore, organization_id, person.id)
        session_id, award_id, reference = uuid4(), uuid4(), uuid4()
        await post(db, key, "mail.invitation", reference, Letter(LINK, "SQL for analysts"), AT)
        values = {
            "org": organization_id,
            "at": AT,
            "hash": bytes(32),
            "person": person.id,
            "session": session_id,
            "award": award_id,
            "id": reference,
            "reason": key.seal(REASON, b"reason"),
            "draft": key.seal(b"draft of " + SECURED, b"draft"),
            "secured": key.seal(SECURED, b"secured"),
        }
        for statement in STORED.split(";"):
            names = [name for name in values if f":{name}" in statement]
            sql = statement
            for position, column in enumerate(names, 1):
                sql = sql.replace(f":{column}", f"${position}")
            await db.execute(sql, *(values[name] for name in names))
        await append(db, organization_id, "credential.released", str(award_id), digest=bytes(32), at=AT)
    return Story(person, session_id, award_id)


# One of everything that hangs on a person; `:name` stands for a value above.
STORED = """
INSERT INTO principal VALUES (:org, :id, 'machine', 'test', '{}', :at);
INSERT INTO skill VALUES (:org, :id, 'SQL', 'SQL', :at);
INSERT INTO achievement VALUES (:org, :id, 1, :id, 'SQL', 'SQL', 'SQL', 0.95, 24, :at);
INSERT INTO bank VALUES (:org, 'digest', :hash, :at) ON CONFLICT DO NOTHING;
INSERT INTO assessment
VALUES (:org, :id, :id::uuid::text, :id, 1, 'digest', 'x', 20, 80, 'unsupervised', '', :at);
INSERT INTO invitation VALUES (:org, :id, sha256(uuid_send(:id)), :id, :person, :id, :at, :at);
INSERT INTO session (organization_id, id, assessment_id, epoch, created_at)
VALUES (:org, :session, :id, 1, :at);
INSERT INTO session_person VALUES (:org, :session, :person, :id, 1);
INSERT INTO award
VALUES (:org, :award, :person, :id, 1, 'working', 'session', :session, :at, 'good', NULL, :reason);
INSERT INTO issuer_key VALUES (:org, 'kid', 'ES256', :hash, 'active', :at) ON CONFLICT DO NOTHING;
INSERT INTO status_list (organization_id, id, purpose, length, created_at)
VALUES (:org, :id, 'revocation', 131072, :at);
INSERT INTO credential_form
VALUES (:org, :award, 'ob3-jwt', 1, 'kid', :id, 7, 'released', :draft, :secured, :hash, :at, :at);
INSERT INTO share VALUES (:org, :id, sha256(uuid_send(:award)), :award, :at)
"""


async def test_a_dump_shows_nothing_readable_before_and_nothing_openable_after(
    north: Pool, keystore: FileStore
) -> None:
    ada = await told(north, keystore, "north", NAME, EMAIL)
    bob = await told(north, keystore, "north", "Bob", "bob@example.org")
    before = await dump(north)
    assert len(before) > 100
    assert all(
        before[column] for column in (("award", "reason_sealed"), ("credential_form", "secured_sealed"))
    )
    assert shown(before.values(), PLAIN) == []
    assert shown([[b"x " + NAME.encode()], [SECURED.hex().encode()]], PLAIN) != []
    kept = await north.fetchrow("SELECT * FROM person WHERE id = $1", ada.person.id)
    assert kept is not None
    old_key = await person_key(north, keystore, "north", ada.person.id)

    assert await erase(north, "north", ada.person.id, at=AT) is True

    after = await dump(north)
    assert shown(after.values(), PLAIN) == []
    # Her pseudonyms are no longer beside anything: what identified or opened is gone in every table.
    gone = [kept["email_hmac"], kept["wrapped_key"], kept["name_sealed"], kept["email_sealed"]]
    assert shown(after.values(), gone) == []
    sealed = [
        value for (_, column), values in after.items() if column.endswith("_sealed") for value in values
    ]
    hers = [value for value in sealed if opens(old_key, value)]
    assert len(hers) == 2, "draft and secured bytes stay as ciphertext whose key is destroyed"
    for wrapped in after["person", "wrapped_key"]:
        with pytest.raises(StoreRefused):
            unwrap_person_key(keystore, "north", ada.person.id, wrapped)
    with pytest.raises(ProblemError) as caught:
        await person_key(north, keystore, "north", ada.person.id)
    assert caught.value.code == "person.erased"
    with pytest.raises(ProblemError):
        await load(north, keystore, "north", ada.person.id)

    # Everybody else is untouched.
    assert (await load(north, keystore, "north", bob.person.id)).name == "Bob"
    assert len(after["session_person", "person_id"]) == len(after["pending_link", "id"]) == 1


def opens(key: PersonKey, sealed: bytes) -> bool:
    for context in (b"name", b"email", b"reason", b"draft", b"secured"):
        try:
            key.open(sealed, context)
        except SealBroken:
            continue
        return True
    return False


async def test_figures_stay_and_know_nobody(north: Pool, keystore: FileStore) -> None:
    ada = await told(north, keystore, "north", NAME, EMAIL)
    await north.execute(
        "INSERT INTO session_event VALUES ('north', $1, 1, 'started', NULL, 'x', $2)", ada.session_id, AT
    )
    await erase(north, "north", ada.person.id, at=AT)
    session = await north.fetchrow("SELECT id, created_at FROM session")
    assert session is not None
    assert session["created_at"] == AT.replace(hour=0)
    event = await north.fetchrow("SELECT session_id, body, at FROM session_event")
    assert event is not None
    assert tuple(event) == (session["id"], b"x", AT.replace(hour=0))
    award = await north.fetchrow("SELECT * FROM award WHERE id = $1", ada.award_id)
    assert award is not None
    assert award["source_id"] is None
    assert award["reason_sealed"] is None
    assert await north.fetchval("SELECT revoked_at FROM share") == AT
    for table in ("invitation", "session_person", "pending_link"):
        assert await north.fetchval(f"SELECT count(*) FROM {table}") == 0  # noqa: S608 - names from this test
    # The credential's id follows from the session's old id, which no figure carries any more.
    everywhere = await dump(north)
    columns = {column for column, values in everywhere.items() if str(ada.session_id).encode() in values}
    assert columns == set()
    await verify_chain(north, "north")
    last = await north.fetchrow("SELECT action, reference FROM audit ORDER BY sequence DESC LIMIT 1")
    assert last is not None
    assert tuple(last) == ("person.erased", str(ada.person.id))


async def test_the_same_address_is_a_new_person_afterwards(north: Pool, keystore: FileStore) -> None:
    ada = await told(north, keystore, "north", NAME, EMAIL)
    await erase(north, "north", ada.person.id, at=AT)
    again = await find_or_create(north, keystore, "north", NAME, EMAIL, AT)
    assert again.id != ada.person.id
    assert again.subject != ada.person.subject


async def test_erasing_twice_and_erasing_nobody(north: Pool, keystore: FileStore) -> None:
    ada = await told(north, keystore, "north", NAME, EMAIL)
    assert await erase(north, "north", ada.person.id, at=AT) is True
    assert await erase(north, "north", ada.person.id, at=AT) is False
    assert await north.fetchval("SELECT count(*) FROM audit WHERE action = 'person.erased'") == 1
    for organization_id, person_id in (("south", ada.person.id), ("north", uuid4())):
        with pytest.raises(ProblemError) as caught:
            await erase(north, organization_id, person_id, at=AT)
        assert caught.value.code == "person.unknown"
