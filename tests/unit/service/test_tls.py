"""The files that HTTPS needs: what cannot be used is one clear sentence."""

import os
import re
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from issuer.settings import SettingsRefused, load
from issuer.tls import tls_context


def context(certificate: Path | None, key: Path | None, **environ: str) -> ssl.SSLContext | None:
    named = {"ASSAY_TLS_CERT": certificate, "ASSAY_TLS_KEY": key}
    return tls_context(load({**environ, **{name: str(file) for name, file in named.items() if file}}))


def test_without_a_certificate_there_is_no_tls() -> None:
    assert context(None, None) is None


def test_a_certificate_and_its_key(certificate: tuple[Path, Path]) -> None:
    found = context(*certificate)
    assert found is not None
    assert found.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_the_documented_way_to_try_it(tmp_path: Path) -> None:
    if shutil.which("openssl") is None and not os.environ.get("CI"):
        pytest.skip("openssl is not installed")
    running = (Path(__file__).parents[3] / "docs" / "running.md").read_text()
    (makes, serves) = re.findall(
        r"^```\n(openssl .*?)^(ASSAY_DATA_DIR=.*?)```", running, re.DOTALL | re.MULTILINE
    )[0]
    subprocess.run(["bash", "-euc", makes], cwd=tmp_path, check=True, capture_output=True, timeout=60)
    assert context(tmp_path / "cert.pem", tmp_path / "key.pem", ASSAY_PORT="8443") is not None
    assert "--port 8443 --tls-cert cert.pem --tls-key key.pem" in serves


def test_the_local_base_url_is_https_then(certificate: tuple[Path, Path]) -> None:
    environ = {"ASSAY_TLS_CERT": str(certificate[0]), "ASSAY_TLS_KEY": str(certificate[1])}
    assert load(environ).base_url == "https://localhost:8000"
    assert load({**environ, "ASSAY_PORT": "9000"}).base_url == "https://localhost:9000"
    assert load({**environ, "ASSAY_BASE_URL": "https://skills.example.org"}).port == 8000


def test_what_cannot_be_used(certificate: tuple[Path, Path], tmp_path: Path) -> None:
    missing, nonsense, encrypted = tmp_path / "missing", tmp_path / "nonsense", tmp_path / "encrypted"
    nonsense.write_text("once upon a time")
    key = ec.generate_private_key(ec.SECP256R1())
    encrypted.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    )
    other = tmp_path / "other"
    other.write_bytes(certificate[1].read_bytes()[:-60])
    refused: list[tuple[Path | None, Path | None, str]] = [
        (certificate[0], None, "tls.incomplete"),
        (None, certificate[1], "tls.incomplete"),
        (missing, certificate[1], "tls.unreadable"),
        (certificate[0], tmp_path, "tls.unreadable"),
        (certificate[0], encrypted, "tls.encrypted"),
        (certificate[0], other, "tls.unusable"),
        (certificate[1], certificate[1], "tls.unusable"),
        (nonsense, certificate[1], "tls.unusable"),
    ]
    for cert_file, key_file, code in refused:
        with pytest.raises(SettingsRefused) as raised:
            context(cert_file, key_file)
        assert raised.value.code == code
        assert raised.value.detail.endswith(".")


def test_the_base_url_must_say_https(certificate: tuple[Path, Path]) -> None:
    with pytest.raises(SettingsRefused, match="must begin with https"):
        context(*certificate, ASSAY_BASE_URL="http://localhost:8000")
