"""A server for the bench, as a process of its own: `python -m bench.server bare | verifier < documents.json`.

Prints its port. `verifier` is the verifier's whole web application under the server that production uses,
with all its middleware; it answers from the documents on its standard input instead of a network.
"""

import functools
import sys

import msgspec
import uvicorn

from bench.material import NOW, ORGANIZATION, Kept
from verifier import Seen, TrustStore, averify
from verifier.web.app import WebSettings, create_app, listen
from verifier.web.asgi import App, Receive, Scope, Send
from verifier.web.connections import guarded_server

_HEADERS = [(b"content-type", b"text/plain"), (b"content-length", b"2")]


async def bare(_scope: Scope, _receive: Receive, send: Send) -> None:
    """The least that an ASGI application can answer."""
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": b"ok"})


def verifier() -> App:
    """The web application over the documents on standard input."""
    documents = msgspec.json.decode(sys.stdin.buffer.read(), type=dict[str, tuple[bytes, str]])
    trust = TrustStore(pinned={f"did:web:assay.example:o:{ORGANIZATION}": "the bench"}, pinned_at=NOW)
    bound = functools.partial(averify, trust=trust, fetch=Kept(documents), clock=lambda: NOW, seen=Seen())
    return create_app(WebSettings(), verify=bound)


def main() -> None:
    """Serve until killed."""
    application = {"bare": lambda: bare, "verifier": verifier}[sys.argv[1]]()
    guarded = guarded_server() if sys.argv[1] == "verifier" else {"access_log": False, "ws": "none"}
    sockets = listen("127.0.0.1", 0)
    print(sockets[0].getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(application, log_level="critical", lifespan="off", **guarded)).run(
        sockets=sockets
    )


if __name__ == "__main__":
    main()
