from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

import pytest

from issuer.mail import TEXTS, FolderRoute, Letter, MailFailed, compose, route

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
ID = UUID("00000000-0000-4000-8000-000000000001")
LETTER = Letter("https://example.org/take/demo.secret", "SQL for analysts", datetime(2027, 5, 3, tzinfo=UTC))


def written(kind: str = "mail.invitation", letter: Letter = LETTER, **changes: str) -> EmailMessage:
    values = {
        "domain": "example.org",
        "sender": "Assay <assay@example.org>",
        "organization": "Northwind",
        "name": "Ada Lovelace",
        "email": "ada@example.org",
        **changes,
    }
    return compose(kind, letter, message_id=ID, at=AT, **values)


def read(message: EmailMessage) -> EmailMessage:
    parsed = message_from_bytes(bytes(message), policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


@pytest.mark.parametrize("kind", list(TEXTS))
def test_a_message_says_who_what_and_where(kind: str) -> None:
    message = read(written(kind))
    body = message.get_content()
    assert message["To"] == "ada@example.org"
    assert message["From"] == "Northwind <assay@example.org>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert "Hello Ada Lovelace," in body
    assert "SQL for analysts" in message["Subject"]
    assert "SQL for analysts" in body
    # News of a change comes without a link: nobody learns to follow one.
    linked = kind in {"mail.invitation", "mail.credential"}
    assert (f"\n{LETTER.link}\n" in body.replace("\r\n", "\n")) is linked
    # Who is sent back to the invitation is told how long it works.
    assert ("3 May 2027" in body) is (linked or kind == "mail.rated")
    assert "!" not in body
    assert max(len(line) for line in body.splitlines() if "://" not in line) <= 72


def test_a_link_without_an_end_promises_none() -> None:
    assert "works until" not in read(written(letter=Letter("https://example.org/c/x", "SQL"))).get_content()


@pytest.mark.parametrize("name", ["Ada Lovelace", "Łukasz 王"])
def test_a_long_link_stays_in_one_piece_in_the_file_itself(name: str) -> None:
    link = "https://assay.a-rather-long-organisation-name.example.org/take/demo." + "A" * 43
    assert f"\r\n{link}\r\n".encode() in bytes(written(letter=Letter(link, "SQL"), name=name))


def test_the_same_job_writes_the_same_bytes_under_the_same_id() -> None:
    assert bytes(written()) == bytes(written())
    assert written()["Message-ID"] == f"<{ID}@example.org>"


@pytest.mark.parametrize(
    "changes",
    [
        {"email": "ada@example.org\r\nBcc: eve@example.org"},
        {"email": "ada@example.org, eve@example.org"},
        {"organization": "North\nBcc: eve@example.org"},
        {"sender": "no address"},
        {"domain": "example.org>\r\nBcc: eve@example.org"},
    ],
)
def test_nothing_breaks_out_of_its_header(changes: dict[str, str]) -> None:
    with pytest.raises(MailFailed) as caught:
        written("mail.invitation", LETTER, **changes)
    assert caught.value.final
    assert caught.value.code == "mail.header"
    assert "eve" not in str(caught.value)


def test_a_title_with_a_line_break_is_refused_not_folded() -> None:
    with pytest.raises(MailFailed):
        written(letter=Letter("https://example.org/", "SQL\r\nBcc: eve@example.org"))


def test_braces_and_line_breaks_in_names_stay_text() -> None:
    body = read(
        written(name="{link}\n\nOpen https://evil.example", organization="{0} & {name}")
    ).get_content()
    assert "Hello {link} Open https://evil.example," in body
    assert "{0} & {name}" in body


def test_names_and_addresses_of_every_script() -> None:
    message = written(name="Łukasz 王", email="łukasz@example.org", organization="Öl & Söhne, GmbH")
    assert "To: łukasz@example.org\r\n".encode() in bytes(message)
    assert message["From"].addresses[0].display_name == "Öl & Söhne, GmbH"
    assert '"Öl & Söhne, GmbH" <assay@example.org>'.encode() in bytes(message)
    assert "Łukasz 王" in read(message).get_content()


async def test_the_folder_takes_a_message_once_however_often_it_is_sent(tmp_path: Path) -> None:
    mail = route(None, tmp_path)
    await mail.send(written())
    await mail.send(written())
    (file,) = (tmp_path / "mail").iterdir()
    assert file.name == f"{ID}.eml"
    assert file.read_bytes() == bytes(written())
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0


async def test_a_folder_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("in the way")
    with pytest.raises(MailFailed) as caught:
        await FolderRoute(tmp_path / "mail").send(written())
    assert (caught.value.code, caught.value.final) == ("mail.folder", False)
