"""Whether the VC API for conformance suites is there, and for whom: off unless somebody asks for it."""

from issuer.settings import Settings, SettingsRefused
from verifier.web.vc_api import Access, AccessRefused, grant


def conformance_access(settings: Settings) -> Access | None:
    """Who may use the VC API; None where it is off.

    Raises:
        SettingsRefused: settings.vc_api
    """
    try:
        found = grant(settings.vc_api, settings.vc_api_token, settings.listen)
    except AccessRefused as refused:
        raise SettingsRefused("settings.vc_api", str(refused)) from refused
    if settings.vc_api == "open" and not settings.local:
        raise SettingsRefused(
            "settings.vc_api", "The VC API is opened only where the base URL is this machine's: localhost."
        )
    if found is not None and settings.workers > 1:
        raise SettingsRefused(
            "settings.vc_api", "The VC API needs workers = 1: its keys are in the memory of one process."
        )
    return found
