"""HTTPS without a proxy: a certificate and its key, as files."""

import ssl
from pathlib import Path


class TlsRefused(ValueError):  # noqa: N818 — the house's name: what a refusal is, not that it is an error
    """Files that cannot be used: tls.incomplete, tls.unreadable, tls.encrypted, tls.unusable."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


def server_context(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """Return what the sockets speak, TLS 1.2 at least; None where neither is named. Raises TlsRefused."""
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise TlsRefused(
            "tls.incomplete", "HTTPS needs both a certificate and its key: --tls-cert and --tls-key."
        )
    for file in (certificate, key):
        try:
            file.read_bytes()
        except OSError as error:
            raise TlsRefused(
                "tls.unreadable", f"The TLS file {file} cannot be read: {error.strerror}."
            ) from error
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.set_alpn_protocols(["http/1.1"])
    asked = False

    def no_passphrase() -> str:
        nonlocal asked
        asked = True
        return ""

    try:
        # Without a passphrase of ours, OpenSSL would ask at the terminal and wait.
        context.load_cert_chain(certificate, key, no_passphrase)
    except ssl.SSLError as error:
        if asked:
            raise TlsRefused(
                "tls.encrypted", f"The TLS key {key} is encrypted; it must be there without a passphrase."
            ) from error
        raise TlsRefused(
            "tls.unusable",
            f"The TLS files {certificate} and {key} are not a certificate and its key in PEM form.",
        ) from error
    return context
