"""The verifier as a service of its own: page and API, no issuer, no database."""

import errno
import functools
import logging
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn
from litestar import Litestar
from litestar.di import Provide
from msgspec import Struct

from verifier import VERSION, First, Https, Seen, averify
from verifier.fetch import Fetch
from verifier.trust import open_trust
from verifier.web import api_docs, batch, openapi, report_schema
from verifier.web.api import Verify, verify_api
from verifier.web.asgi import App
from verifier.web.connections import guarded_server
from verifier.web.dispatch import allow, dispatch
from verifier.web.headers import secure
from verifier.web.pages import LONGER, handlers, send_static
from verifier.web.problems import exception_handlers
from verifier.web.requests import request_log
from verifier.web.vc_api import Access, Conformance, mounted

Clock = Callable[[], datetime]
BACKLOG = 2048
INTRODUCTION = (
    "Hand over a credential, get one honest answer: is it genuine, does it still stand, and who says so."
)


class WebSettings(Struct, frozen=True):
    """How the verifier runs alone.

    `base_url` is where people reach it, without a trailing slash; `trust` are trust files (docs/trust.md) and
    folders made by `assay trust export`; `local_origins` may be reached by http, such as
    http://localhost:8000. `vc_api` says who may use the VC API for conformance suites; None: nobody.
    """

    base_url: str = "http://localhost:8001"
    trust: tuple[Path, ...] = ()
    local_origins: tuple[str, ...] = ()
    vc_api: Access | None = None


def utc_now() -> datetime:
    """Return the time, aware, in UTC."""
    return datetime.now(UTC)


def bound_verify(settings: WebSettings, clock: Clock, *own: Fetch) -> Verify:
    """Return the verifier with the sources of trust, the network and the clock that these settings name.

    `own` are asked before the network. Raises TrustRefused.
    """
    store, folders = open_trust(settings.trust, clock())
    fetch = First(*folders, *own, Https(settings.local_origins, clock=clock))
    return functools.partial(averify, trust=store, fetch=fetch, clock=clock, seen=Seen())


def create_app(settings: WebSettings, clock: Clock = utc_now, verify: Verify | None = None) -> App:
    """Return the application. `verify` replaces the verifier that the settings describe."""
    conformance = None if settings.vc_api is None else Conformance(settings.base_url, clock)
    own = () if conformance is None else (conformance,)
    bound = verify or bound_verify(settings, clock, *own)
    pages = Litestar(
        route_handlers=[*handlers],
        dependencies={"verify": Provide(lambda: bound, sync_to_thread=False)},
        exception_handlers=exception_handlers(settings.base_url),
        openapi_config=None,
        logging_config=None,
    )
    api = openapi.document("Verifier API", VERSION, INTRODUCTION)
    document, documentation = api_docs.send_openapi(api, settings.base_url)
    front = dispatch(
        pages,
        exact={
            "/api/verify": verify_api(bound, settings.base_url, pages),
            batch.PATH: batch.batch_api(bound, settings.base_url),
            "/openapi.json": document,
            "/docs/api": documentation,
            report_schema.PATH: report_schema.send_report_schema(settings.base_url),
        },
        prefixes={
            "/static/": allow(send_static(settings.base_url), ("GET", "HEAD"), settings.base_url),
            **mounted(conformance, bound, settings.vc_api, settings.base_url),
        },
        base_url=settings.base_url,
        longer=LONGER,
        spooled={batch.PATH},
    )
    return request_log(secure(front, https=urlsplit(settings.base_url).scheme == "https"), clock)


def serve(settings: WebSettings, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
    """Run the application until it is stopped; raises OSError where the address or port cannot be had."""
    application = create_app(settings)
    sockets = listen(host, port)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    config = uvicorn.Config(
        application,
        log_level="warning",
        ssl_context_factory=None if tls is None else lambda _config, _default: tls,
        **guarded_server(),
    )
    uvicorn.Server(config).run(sockets=sockets)


def listen(host: str, port: int) -> list[socket.socket]:
    """Return a listening socket for each address of `host`; localhost has two, where the machine has both.

    Raises OSError where the port is taken at any of them, or none can be had.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    sockets: list[socket.socket] = []
    refused: OSError | None = None
    for family, _type, _protocol, _name, address in found:
        try:
            sockets.append(socket.create_server(address[:2], family=family, backlog=BACKLOG))
        except OSError as error:
            refused = error
            if error.errno == errno.EADDRINUSE:
                break
    if refused is not None and (refused.errno == errno.EADDRINUSE or not sockets):
        for opened in sockets:
            opened.close()
        raise refused
    return sockets
