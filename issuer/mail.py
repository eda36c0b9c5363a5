"""Mail: plain text, by SMTP or, in local use, into a folder.

Delivery is at least once. A message's bytes and its Message-ID follow from the job that asks for it, so a
mailbox that gets one twice can tell.
"""

import asyncio
import os
import smtplib
import ssl
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit
from uuid import UUID

import msgspec

TIMEOUT_SECONDS = 20.0
_NOT_IN_ADDRESSES = frozenset(' \t\r\n,;:<>()[]\\"')
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class MailFailed(Exception):  # noqa: N818 - a failure that is expected and handled, not a defect
    """A message was not delivered; `final` where no further attempt can help, `code` quotes no address."""

    def __init__(self, code: str, *, final: bool) -> None:
        self.code = code
        self.final = final
        super().__init__(code)


class Letter(msgspec.Struct, frozen=True):
    """What a message says: a secret link (or none), what it is about, until when the link works, and news."""

    link: str
    title: str
    expires_at: datetime | None = None
    news: str = ""


class Route(Protocol):
    """Somewhere a composed message can be handed over."""

    async def send(self, message: EmailMessage) -> None:
        """Return once the message is taken; raise `MailFailed` otherwise."""
        ...


def compose(
    kind: str,
    letter: Letter,
    *,
    message_id: UUID,
    domain: str,
    sender: str,
    organization: str,
    name: str,
    email: str,
    at: datetime,
) -> EmailMessage:
    """Return the message of a kind in `TEXTS`; `MailFailed` where a value would break out of its header."""
    subject, body = TEXTS[kind]
    message = EmailMessage(policy=SMTP if email.isascii() else SMTPUTF8)
    try:
        message["Message-ID"] = f"<{message_id}@{domain}>"
        message["Date"] = format_datetime(at)
        message["From"] = _address(parseaddr(sender)[1], organization)
        message["To"] = _address(email)
        message["Subject"] = subject.format(title=letter.title)
    except (ValueError, MessageError) as error:
        raise MailFailed("mail.header", final=True) from error
    message["Auto-Submitted"] = "auto-generated"
    until = "" if letter.expires_at is None else EXPIRY.format(date=in_words(letter.expires_at))
    text = body.format(
        name=_one_line(name),
        organization=_one_line(organization),
        title=_one_line(letter.title),
        link=letter.link,
        until=until,
        news=letter.news,
    )
    # Never quoted-printable: it would break a long link in two, for whoever opens the file itself.
    message.set_content(text, cte="7bit" if text.isascii() else "8bit")
    return message


def in_words(moment: datetime) -> str:
    """Return a day as people write it, for example "3 May 2026"."""
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"


def _address(address: str, display_name: str = "") -> Address:
    local, _, domain = address.rpartition("@")
    if not local or not domain or set(address) & _NOT_IN_ADDRESSES or "@" in local:
        raise ValueError("not one plain address")
    return Address(display_name, local, domain)


def _one_line(text: str) -> str:
    return " ".join(text.split())


class FolderRoute:
    """Each message is one `.eml` file, named by its Message-ID and readable by this account only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def send(self, message: EmailMessage) -> None:
        """Write the file atomically; the same message again replaces it."""
        await asyncio.to_thread(self._write, message)

    def _write(self, message: EmailMessage) -> None:
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = self.folder / f".{name}.{os.getpid()}"
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(bytes(message))
            draft.replace(self.folder / f"{name}.eml")
        except OSError as error:
            raise MailFailed("mail.folder", final=False) from error


class SmtpRoute:
    """An SMTP server named by a URL: `smtps://user:password@host:465`, or `smtp://…:587` with STARTTLS.

    Without TLS nothing is said to any host but this machine's own. `tls` replaces the system's trust, for a
    private CA.
    """

    def __init__(
        self, url: str, *, tls: ssl.SSLContext | None = None, timeout: float = TIMEOUT_SECONDS
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise MailFailed("mail.url", final=True)
        self.implicit = parts.scheme == "smtps"
        self.host = parts.hostname
        self.port = parts.port or (465 if self.implicit else 587)
        self.login = (
            None if parts.username is None else (unquote(parts.username), unquote(parts.password or ""))
        )
        self.tls = tls or ssl.create_default_context()
        self.timeout = timeout

    async def send(self, message: EmailMessage) -> None:
        """Hand the message to the server, in a thread of its own."""
        await asyncio.to_thread(self._deliver, message)

    def _deliver(self, message: EmailMessage) -> None:
        try:
            with self._connect() as server:
                if self.login is not None:
                    server.login(*self.login)
                # RFC 6152; with an address beyond ASCII, smtplib says it itself.
                plain = str(message["To"]).isascii() and server.has_extn("8bitmime")
                server.send_message(message, mail_options=("BODY=8BITMIME",) if plain else ())
        except smtplib.SMTPAuthenticationError as error:
            # The operator's to mend, and soon: the recipient has done nothing wrong.
            raise MailFailed("mail.login", final=False) from error
        except smtplib.SMTPRecipientsRefused as error:
            replies = [code for code, _ in error.recipients.values()]
            raise MailFailed("mail.recipient", final=all(code >= 500 for code in replies)) from error  # noqa: PLR2004 - 5yz, RFC 5321, section 4.2.1
        except smtplib.SMTPNotSupportedError as error:
            raise MailFailed("mail.unsupported", final=True) from error
        except smtplib.SMTPResponseException as error:
            raise MailFailed("mail.refused", final=error.smtp_code >= 500) from error  # noqa: PLR2004 - as above
        except (smtplib.SMTPException, OSError) as error:
            raise MailFailed("mail.unreachable", final=False) from error

    def _connect(self) -> smtplib.SMTP:
        if self.implicit:
            return smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=self.tls)
        server = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=self.tls)
            server.ehlo()
        elif self.host not in LOOPBACK:
            server.close()
            raise MailFailed("mail.no_tls", final=False)
        return server


def route(smtp_url: str | None, data_dir: Path) -> Route:
    """Return the configured SMTP server, or the folder `mail` below the data folder where there is none."""
    return FolderRoute(data_dir / "mail") if smtp_url is None else SmtpRoute(smtp_url)


MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

EXPIRY = """
It works until {date}.
"""

# kind of the job -> subject and text
TEXTS: dict[str, tuple[str, str]] = {
    "mail.invitation": (
        "Your invitation: {title}",
        """Hello {name},

you are invited to an assessment.

    What:  {title}
    From:  {organization}

Open this link when you have a quiet moment:

{link}

The first page tells you what is measured, how long it takes, which
help is allowed and who sees the result. Nothing starts before you say
so. You can stop at any time and come back with the same link: it keeps
your place.

The link is for you alone. Please do not pass it on.
{until}
If you did not expect this message, you need not do anything.
""",
    ),
    "mail.credential": (
        "Your credential: {title}",
        """Hello {name},

there is a credential for you.

    What:  {title}
    From:  {organization}

You can look at it, keep a copy and share it here:

{link}

Anyone who has this link can see the credential and check that it is
genuine. You decide who gets it.
{until}
""",
    ),
    "mail.status": (
        "About your credential: {title}",
        """Hello {name},

something has changed about a credential of yours.

    What:  {title}
    From:  {organization}

{news}

The link of your invitation shows where it stands. This message holds
no link on purpose.

If you think that this is wrong, ask the organisation that issued it.
""",
    ),
    "mail.review": (
        "About your result: {title}",
        """Hello {name},

there is news about a result of yours.

    What:  {title}
    From:  {organization}

{news}

The link of your invitation shows where it stands. This message holds
no link on purpose.
""",
    ),
    "mail.asked": (
        "A request for a review: {title}",
        """Hello {name},

somebody asks to have a result looked at again.

    Assessment:  {title}
    At:          {organization}

{news}

You get this because your organisation named you as the person to tell.
""",
    ),
    "mail.answered": (
        "Your request for a review: {title}",
        """Hello {name},

you asked to have a result looked at again. A person has, and answers:

{news}

    What:  {title}
    From:  {organization}

The link of your invitation leads to your result; from there you see
this answer and what changes because of it. This message holds no link
on purpose. If something is left open, you can ask there once more.
""",
    ),
    "mail.confirmation": (
        "Your supervised sitting: {title}",
        """Hello {name},

there is news about the supervised sitting that was to confirm your
result.

    What:  {title}
    From:  {organization}

{news}

The link of your invitation shows where it stands. This message holds
no link on purpose.

If you think that something is wrong, ask the organisation: a person
can look at it again.
""",
    ),
    "mail.rated": (
        "Your text was read: {title}",
        """Hello {name},

the people who rate your text have read it, and there is news.

    What:  {title}
    From:  {organization}

{news}

Open the link of your invitation to see it. This message holds no link
on purpose.
{until}
If you think that something is wrong, ask the organisation: a person
can look at it again.
""",
    ),
    "mail.item": (
        "Taken out for now: {title}",
        """Hello {name},

a question of an assessment of yours is not asked any more for now.

    Question:  {title}
    At:        {organization}

{news}

You get this because your organisation named you as the person to tell.
""",
    ),
}
