import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.unit.verifier.network import HOST, Make, Redirected, Resolver, Server
from tests.unit.verifier.world import NOW, World
from verifier import Https, TrustStore


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def stranger() -> World:
    """An issuer that nobody vouches for."""
    other = World("did:web:stranger.example")
    other.trust = TrustStore()
    return other


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
async def server(certificate: Path) -> AsyncIterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    served = Server()
    listening = await asyncio.start_server(served.serve, "127.0.0.1", 0, ssl=context)
    served.listens(listening)
    yield served
    listening.close()


@pytest.fixture
async def local_server() -> AsyncIterator[Server]:
    served = Server()
    listening = await asyncio.start_server(served.serve, "127.0.0.1", 0)
    served.listens(listening)
    yield served
    listening.close()


@pytest.fixture
def https(server: Server, certificate: Path) -> Make:
    """An Https whose resolver gives a public address and whose connections lead to the test's server."""

    def make(
        resolver: Resolver | None = None,
        network: Redirected | None = None,
        *,
        seconds: float = 3.0,
        trusting: bool = True,
        clock: Callable[[], datetime] = lambda: NOW,
        **asked: Any,
    ) -> Https:
        return Https(
            clock=clock,
            resolve=resolver or Resolver(("8.8.8.8",)),
            network=network or Redirected(server.port),
            tls=ssl.create_default_context(cafile=str(certificate)) if trusting else None,
            seconds=seconds,
            **asked,
        )

    return make
