from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from uuid import UUID, uuid4

import pytest

from issuer.audit import verify_chain
from issuer.db import outbox
from issuer.db.pool import Pool, transaction
from issuer.mail import FolderRoute, Letter, MailFailed
from issuer.people.enroll import Person, find_or_create
from issuer.people.erase import erase
from issuer.people.letters import GIVE_UP_AFTER, deliver, post
from issuer.people.sealing import person_key
from issuer.settings import Settings
from keys.stores.file import FileStore

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
LINK = "https://example.org/take/north.secret"


class Refusing:
    """A server that is out of order in one way; counts who asked."""

    def __init__(self, *, final: bool) -> None:
        self.final = final
        self.asked = 0

    async def send(self, message: EmailMessage) -> None:
        assert message["To"] == "ada@example.org"
        self.asked += 1
        raise MailFailed("mail.recipient", final=self.final)


@pytest.fixture
def folder(settings: Settings) -> FolderRoute:
    return FolderRoute(settings.data_dir / "mail")


@pytest.fixture
async def ada(north: Pool, keystore: FileStore) -> Person:
    return await find_or_create(north, keystore, "north", "Ada Lovelace", "ada@example.org", AT)


async def posted(pool: Pool, keystore: FileStore, ada: Person, reference: UUID | None = None) -> outbox.Job:
    async with transaction(pool) as db:
        key = await person_key(db, keystore, "north", ada.id)
        await post(db, key, "mail.invitation", reference or uuid4(), Letter(LINK, "SQL for analysts"), AT)
    (job,) = await outbox.claim(pool, AT)
    return job


async def actions(pool: Pool) -> list[str]:
    await verify_chain(pool, "north")
    return [row["action"] for row in await pool.fetch("SELECT action FROM audit ORDER BY sequence")]


async def test_a_letter_is_sent_and_its_link_forgotten(
    north: Pool, keystore: FileStore, settings: Settings, folder: FolderRoute, ada: Person
) -> None:
    job = await posted(north, keystore, ada)
    sealed = await north.fetchval("SELECT link_sealed FROM pending_link")
    assert b"secret" not in sealed
    await deliver(north, keystore, settings, folder, job, AT)
    (file,) = folder.folder.iterdir()
    text = file.read_text()
    assert "Hello Ada Lovelace," in text
    assert LINK in text
    assert f"<{job.id}@localhost>" in text
    assert await north.fetchval("SELECT count(*) FROM pending_link") == 0
    assert await actions(north) == ["mail.sent"]


async def test_after_a_crash_between_sending_and_noting_it_the_same_message_goes_out_again(
    north: Pool, keystore: FileStore, settings: Settings, folder: FolderRoute, ada: Person
) -> None:
    job = await posted(north, keystore, ada)
    waiting = await north.fetchrow("SELECT * FROM pending_link")
    assert waiting is not None
    await deliver(north, keystore, settings, folder, job, AT)
    before = [file.read_bytes() for file in folder.folder.iterdir()]
    await north.execute("INSERT INTO pending_link VALUES ($1, $2, $3, $4)", *waiting.values())
    await deliver(north, keystore, settings, folder, job, AT + timedelta(minutes=2))
    assert [file.read_bytes() for file in folder.folder.iterdir()] == before


async def test_done_twice_is_done_once(
    north: Pool, keystore: FileStore, settings: Settings, folder: FolderRoute, ada: Person
) -> None:
    job = await posted(north, keystore, ada)
    await deliver(north, keystore, settings, folder, job, AT)
    await deliver(north, keystore, settings, Refusing(final=True), job, AT)
    assert await actions(north) == ["mail.sent"]


async def test_a_passing_failure_keeps_the_link_until_it_is_given_up(
    north: Pool, keystore: FileStore, settings: Settings, ada: Person
) -> None:
    job = await posted(north, keystore, ada)
    mail = Refusing(final=False)
    with pytest.raises(MailFailed):
        await deliver(north, keystore, settings, mail, job, AT)
    assert await north.fetchval("SELECT count(*) FROM pending_link") == 1
    assert await actions(north) == []
    await deliver(north, keystore, settings, mail, job, AT + GIVE_UP_AFTER)
    assert await north.fetchval("SELECT count(*) FROM pending_link") == 0
    assert await actions(north) == ["mail.abandoned"]
    assert mail.asked == 2


async def test_a_final_failure_is_not_repeated(
    north: Pool, keystore: FileStore, settings: Settings, ada: Person
) -> None:
    job = await posted(north, keystore, ada)
    await deliver(north, keystore, settings, Refusing(final=True), job, AT)
    assert await actions(north) == ["mail.abandoned"]


async def test_nobody_is_written_to_after_their_erasure(
    north: Pool, keystore: FileStore, settings: Settings, ada: Person
) -> None:
    job = await posted(north, keystore, ada)
    await erase(north, "north", ada.id, at=AT)
    mail = Refusing(final=True)
    await deliver(north, keystore, settings, mail, job, AT)
    assert mail.asked == 0


async def test_a_link_moved_to_another_letter_is_never_sent(
    north: Pool, keystore: FileStore, settings: Settings, ada: Person
) -> None:
    job = await posted(north, keystore, ada)
    await north.execute(
        "UPDATE pending_link SET link_sealed = set_byte(link_sealed, 20, get_byte(link_sealed, 20) # 255)"
    )
    mail = Refusing(final=True)
    await deliver(north, keystore, settings, mail, job, AT)
    assert mail.asked == 0
    assert await actions(north) == ["mail.unreadable"]
