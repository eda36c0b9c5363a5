"""HTTPS without a proxy: the certificate and key that `assay serve --tls-cert --tls-key` names."""

import ssl

from issuer.settings import Settings, SettingsRefused


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """What the sockets speak, TLS 1.2 at least; None where the settings name no certificate.

    Raises:
        SettingsRefused: tls.incomplete, tls.base_url, tls.unreadable, tls.encrypted, tls.unusable
    """
    certificate, key = settings.tls_cert, settings.tls_key
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise SettingsRefused(
            "tls.incomplete", "HTTPS needs both a certificate and its key: name both files."
        )
    if not settings.base_url.startswith("https://"):
        raise SettingsRefused(
            "tls.base_url", f"With a certificate the base URL {settings.base_url} must begin with https."
        )
    for file in (certificate, key):
        try:
            file.read_bytes()
        except OSError as error:
            raise SettingsRefused(
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
            raise SettingsRefused(
                "tls.encrypted", f"The TLS key {key} is encrypted; it must be there without a passphrase."
            ) from error
        raise SettingsRefused(
            "tls.unusable",
            f"The TLS files {certificate} and {key} are not a certificate and its key in PEM form.",
        ) from error
    return context
