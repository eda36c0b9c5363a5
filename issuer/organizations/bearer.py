"""Who asks the API: told from the token before anything else of a request is read."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from litestar import Request, Router
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.types import Guard

from issuer.db.pool import Pool, unavailable
from issuer.organizations.tokens import Principal, authenticate


def guarded(
    handlers: Sequence[HTTPRouteHandler], pool: Callable[[], Pool], clock: Callable[[], datetime]
) -> Router:
    """Return the API's routes behind the scope that each one's `security` names; they get a `principal`.

    `pool` gives the pool, or raises problem `database.unavailable`.
    """
    return Router(
        path="/",
        route_handlers=list(handlers),
        guards=[_guard(pool, clock)],
        dependencies={"principal": Provide(_principal, sync_to_thread=False)},
    )


def _guard(pool: Callable[[], Pool], clock: Callable[[], datetime]) -> Guard:
    async def authorise(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        # A handler that names no scope, or several, is a defect of ours: nobody may call it.
        ((scope,),) = [way["bearer"] for way in getattr(handler, "security", None) or ()]
        with unavailable():
            connection.scope["user"] = await authenticate(
                pool(), connection.headers.get("authorization"), scope, clock()
            )

    return authorise


def _principal(request: Request[Principal, Any, Any]) -> Principal:
    return request.user
