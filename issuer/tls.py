"""HTTPS without a proxy: the certificate and key that `assay serve --tls-cert --tls-key` names."""

import ssl

from issuer.settings import Settings, SettingsRefused
from verifier.web.tls import TlsRefused, server_context


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """What the sockets speak; None where the settings name no certificate.

    Raises:
        SettingsRefused: tls.incomplete, tls.unreadable, tls.encrypted, tls.unusable, tls.base_url
    """
    try:
        context = server_context(settings.tls_cert, settings.tls_key)
    except TlsRefused as refused:
        raise SettingsRefused(refused.code, refused.detail) from refused
    if context is not None and not settings.base_url.startswith("https://"):
        raise SettingsRefused(
            "tls.base_url", f"With a certificate the base URL {settings.base_url} must begin with https."
        )
    return context
