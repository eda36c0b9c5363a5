"""/.well-known/security.txt: whom to tell about a weakness (RFC 9116)."""

from collections.abc import Callable
from datetime import datetime, timedelta

from issuer.settings import Settings
from schemas.problems import ProblemError
from verifier.web.asgi import App, Receive, Scope, Send
from verifier.web.dispatch import answer

PATH = "/.well-known/security.txt"
TEXT = b"text/plain; charset=utf-8"
# RFC 9116, section 2.5.5: less than a year; whoever reads it later asks again.
VALID_FOR = timedelta(days=90)


def security_txt(settings: Settings, clock: Callable[[], datetime]) -> App:
    """Answer with the operator's contact; problem `request.not_found` where none is set."""

    async def handle(scope: Scope, _receive: Receive, send: Send) -> None:
        if settings.contact is None:
            raise ProblemError("request.not_found", "The operator of this deployment has named no contact.")
        expires = (clock() + VALID_FOR).replace(hour=0, minute=0, second=0, microsecond=0)
        lines = (
            f"Contact: {settings.contact}",
            f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
            f"Canonical: {settings.base_url}{PATH}",
        )
        await answer(
            send, "".join(f"{line}\n" for line in lines).encode(), TEXT, head=scope["method"] == "HEAD"
        )

    return handle
