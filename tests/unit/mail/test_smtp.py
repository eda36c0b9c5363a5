"""Against a real SMTP server: a small one, on a socket of this machine, with and without TLS."""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from issuer.mail import Letter, MailFailed, Route, SmtpRoute, compose, route

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


class Sink:
    """Speaks enough SMTP (RFC 5321, 3207, 4954) to take a message; remembers what it heard."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, replies: dict[str, str] | None = None) -> None:
        self.tls = tls
        self.replies = replies or {}
        self.heard: list[str] = []
        self.messages: list[tuple[bytes, bool]] = []

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        secure = writer.get_extra_info("ssl_object") is not None
        writer.write(b"220 sink\r\n")
        while line := (await reader.readline()).decode().strip():
            verb = line.split()[0].upper()
            self.heard.append(verb)
            if verb in self.replies:
                writer.write(f"{self.replies[verb]}\r\n".encode())
            elif verb == "EHLO":
                offers = ["sink", "AUTH PLAIN", "SMTPUTF8", "8BITMIME"]
                offers += ["STARTTLS"] if self.tls and not secure else []
                writer.write("".join(f"250-{offer}\r\n" for offer in offers).encode() + b"250 HELP\r\n")
            elif verb == "STARTTLS" and self.tls:
                writer.write(b"220 go\r\n")
                await writer.drain()
                await writer.start_tls(self.tls)
                secure = True
            elif verb == "AUTH":
                writer.write(b"235 in\r\n")
            elif verb == "DATA":
                writer.write(b"354 go\r\n")
                self.messages.append((await reader.readuntil(b"\r\n.\r\n"), secure))
                writer.write(b"250 taken\r\n")
            elif verb == "QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 ok\r\n")
            await writer.drain()
        writer.close()

    @asynccontextmanager
    async def listening(self, *, implicit: bool = False) -> AsyncIterator[int]:
        server = await asyncio.start_server(self.talk, "127.0.0.1", 0, ssl=self.tls if implicit else None)
        async with server:
            yield server.sockets[0].getsockname()[1]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            ),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "localhost.pem"
    file.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


@pytest.fixture
def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def client_tls(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


def message(email: str = "ada@example.org") -> EmailMessage:
    return compose(
        "mail.invitation",
        Letter("https://example.org/take/demo.secret", "SQL for analysts"),
        message_id=UUID("00000000-0000-4000-8000-000000000001"),
        domain="example.org",
        sender="assay@example.org",
        organization="Northwind",
        name="Ada Lovelace",
        email=email,
        at=AT,
    )


async def failure(mail: Route) -> tuple[str, bool]:
    with pytest.raises(MailFailed) as caught:
        await mail.send(message())
    return caught.value.code, caught.value.final


async def test_starttls_with_a_login(server_tls: ssl.SSLContext, client_tls: ssl.SSLContext) -> None:
    sink = Sink(tls=server_tls)
    async with sink.listening() as port:
        await SmtpRoute(f"smtp://us%40er:p%3Aw@127.0.0.1:{port}", tls=client_tls).send(message())
    ((body, secure),) = sink.messages
    assert secure
    assert b"https://example.org/take/demo.secret" in body
    assert sink.heard.index("STARTTLS") < sink.heard.index("AUTH") < sink.heard.index("DATA")


async def test_tls_from_the_first_byte(server_tls: ssl.SSLContext, client_tls: ssl.SSLContext) -> None:
    sink = Sink(tls=server_tls)
    async with sink.listening(implicit=True) as port:
        await SmtpRoute(f"smtps://localhost:{port}", tls=client_tls).send(message("łukasz@example.org"))
    ((body, secure),) = sink.messages
    assert secure
    assert "łukasz@example.org".encode() in body


async def test_a_certificate_that_nobody_vouches_for_is_refused(server_tls: ssl.SSLContext) -> None:
    sink = Sink(tls=server_tls)
    async with sink.listening() as port:
        assert await failure(route(f"smtp://user:secret@127.0.0.1:{port}", Path())) == (
            "mail.unreachable",
            False,
        )
    assert "AUTH" not in sink.heard
    assert sink.messages == []


async def test_without_tls_only_this_machine_is_talked_to(monkeypatch: pytest.MonkeyPatch) -> None:
    sink = Sink()
    async with sink.listening() as port:
        await SmtpRoute(f"smtp://127.0.0.1:{port}").send(message())
        assert sink.messages[0][1] is False
        monkeypatch.setattr("issuer.mail.LOOPBACK", frozenset[str]())
        assert await failure(SmtpRoute(f"smtp://user:secret@127.0.0.1:{port}")) == ("mail.no_tls", False)
    assert len(sink.messages) == 1
    assert "AUTH" not in sink.heard


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        ({"RCPT": "550 no such user"}, ("mail.recipient", True)),
        ({"RCPT": "451 try later"}, ("mail.recipient", False)),
        ({"MAIL": "554 go away"}, ("mail.refused", True)),
        ({"DATA": "451 full"}, ("mail.refused", False)),
        ({"AUTH": "535 wrong"}, ("mail.login", False)),
    ],
)
async def test_what_the_server_says_decides_whether_to_try_again(
    replies: dict[str, str], expected: tuple[str, bool]
) -> None:
    sink = Sink(replies=replies)
    async with sink.listening() as port:
        assert await failure(SmtpRoute(f"smtp://user:secret@127.0.0.1:{port}")) == expected


async def test_a_server_that_cannot_say_an_address_is_final() -> None:
    sink = Sink(replies={"EHLO": "250 sink"})
    async with sink.listening() as port:
        with pytest.raises(MailFailed) as caught:
            await SmtpRoute(f"smtp://127.0.0.1:{port}").send(message("łukasz@example.org"))
    assert (caught.value.code, caught.value.final) == ("mail.unsupported", True)


async def test_nobody_listens(unused_tcp_port: int) -> None:
    assert await failure(SmtpRoute(f"smtp://127.0.0.1:{unused_tcp_port}")) == ("mail.unreachable", False)


@pytest.mark.parametrize("url", ["http://example.org", "smtp://", "mail.example.org"])
def test_an_address_that_is_no_smtp_server(url: str) -> None:
    with pytest.raises(MailFailed) as caught:
        SmtpRoute(url)
    assert caught.value.code == "mail.url"


def test_ports_by_scheme() -> None:
    assert SmtpRoute("smtp://mail.example.org").port == 587
    assert SmtpRoute("smtps://mail.example.org").port == 465
