"""/health/live and /health/ready, answered in front of the framework."""

import msgspec

from issuer.publications.cache import Publications
from verifier.web.asgi import App, Receive, Scope, Send
from verifier.web.dispatch import answer

JSON = b"application/json"


class Ready(msgspec.Struct, frozen=True):
    """What /health/ready says: verification works, and whether the database does (`up` or `down`)."""

    status: str
    database: str


async def live(scope: Scope, _receive: Receive, send: Send) -> None:
    """The process answers."""
    await answer(send, b'{"status":"live"}', JSON, head=scope["method"] == "HEAD")


def ready(publications: Publications) -> App:
    """Ready once there is something to verify with, from the database or from files; then also without it."""

    async def handle(scope: Scope, _receive: Receive, send: Send) -> None:
        database = "up" if publications.database else "down"
        usable = publications.usable
        body = msgspec.json.encode(Ready("ready" if usable else "starting", database))
        await answer(send, body, JSON, status=200 if usable else 503, head=scope["method"] == "HEAD")

    return handle
