"""The only wiring: collaborators in, one ASGI application out."""

import functools
import inspect
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import msgspec
from litestar import Litestar, Request, Response
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import ControllerRouterHandler, ExceptionHandlersMap

import issuer.assessments.api
import issuer.assessments.pages
import issuer.assessments.rating.api
import issuer.confirmation.api
import issuer.confirmation.pages
import issuer.fairness.api
import issuer.fairness.groups.pages
import issuer.issuance.api
import issuer.issuance.forms
import issuer.issuance.invitations
import issuer.receipts.api
import issuer.receipts.providers
import issuer.review.annulments.api
import issuer.review.requests.api
import issuer.review.requests.pages
import issuer.sharing.pages
from issuer.conformance import conformance_access
from issuer.contact import PATH as SECURITY
from issuer.contact import security_txt
from issuer.db.pool import is_down
from issuer.health import live, ready
from issuer.issuance.desk import Desk
from issuer.organizations.bearer import guarded
from issuer.publications.answer import Answer
from issuer.publications.cache import PUBLIC, Published
from issuer.sharing.aftermath import aftermath, settle
from issuer.sharing.links import OwnLinks
from issuer.status.trust import own_trust
from schemas.problems import ProblemError
from verifier import First, Seen, averify
from verifier.fetch import Fetch
from verifier.https import Https
from verifier.trust import open_trust
from verifier.web import api_docs, batch, openapi, pages, report_schema
from verifier.web.api import Verify, verify_api
from verifier.web.asgi import App
from verifier.web.dispatch import allow, dispatch
from verifier.web.headers import secure
from verifier.web.problems import exception_handlers
from verifier.web.requests import request_log
from verifier.web.vc_api import Conformance, mounted

READ = ("GET", "HEAD")
BODY_BYTES = 1_048_576
INTRODUCTION = (
    "Invite people to an assessment, issue what they have earned, withdraw what no longer holds; and verify "
    "any credential, ours or a stranger's. All calls but the verification need a token: `assay token create`."
)
BEARER = SecurityScheme(
    type="http",
    scheme="bearer",
    description="A token of your organisation, from `assay token create`. Each operation names its scope.",
)
API: tuple[HTTPRouteHandler, ...] = (
    *issuer.assessments.api.handlers,
    *issuer.assessments.rating.api.handlers,
    *issuer.fairness.api.handlers,
    *issuer.issuance.invitations.handlers,
    *issuer.issuance.api.handlers,
    *issuer.issuance.forms.handlers,
    *issuer.receipts.providers.handlers,
    *issuer.receipts.api.handlers,
    *issuer.review.requests.api.handlers,
    *issuer.review.annulments.api.handlers,
    *issuer.confirmation.api.handlers,
)
PAGES: tuple[ControllerRouterHandler, ...] = (
    *issuer.assessments.pages.handlers,
    *issuer.fairness.groups.pages.handlers,
    *issuer.review.requests.pages.handlers,
    *issuer.confirmation.pages.handlers,
    *issuer.sharing.pages.handlers,
    *pages.handlers,
)
DEPENDENCIES = (
    "pool",
    "keystore",
    "settings",
    "publications",
    "clock",
    "desk",
    "aftermath",
    "settle",
    "fetch",
    "verify",
    "principal",
)


def create_app(desk: Desk, prepared: Callable[[], bool] = lambda: True) -> App:
    """The application over open collaborators.

    While `prepared` says no (the database was never reached, or lacks migrations), what needs it is
    `database.unavailable`; verifying works.
    """
    base_url = desk.settings.base_url
    access = conformance_access(desk.settings)
    conformance = None if access is None else Conformance(base_url, desk.clock)
    bound = bound_verify(desk, *(() if conformance is None else (conformance,)))
    framework = Litestar(
        route_handlers=[guarded(API, _only_prepared(desk.pool, prepared), desk.clock), *PAGES],
        dependencies=_dependencies(desk, bound, prepared),
        exception_handlers=_exception_handlers(base_url),
        request_max_body_size=BODY_BYTES,
        openapi_config=None,
        logging_config=None,
    )
    document, documentation = _api_documentation(base_url)
    front = dispatch(
        framework,
        exact={
            "/api/verify": verify_api(bound, base_url, framework),
            batch.PATH: batch.batch_api(bound, base_url),
            "/health/live": allow(live, READ, base_url),
            "/health/ready": allow(ready(desk.publications), READ, base_url),
            "/openapi.json": document,
            "/docs/api": documentation,
            report_schema.PATH: report_schema.send_report_schema(base_url),
            SECURITY: allow(security_txt(desk.settings, desk.clock), READ, base_url),
        },
        prefixes={
            PUBLIC: Answer(desk.publications, base_url),
            "/static/": allow(pages.send_static(base_url), READ, base_url),
            **mounted(conformance, bound, access, base_url),
        },
        base_url=base_url,
        longer=pages.LONGER,
        spooled={batch.PATH},
    )
    return request_log(secure(front, https=urlsplit(base_url).scheme == "https"), desk.clock)


def bound_verify(desk: Desk, *own: Fetch) -> Verify:
    """The verifier that knows our own organisations and reads our own documents from memory, without SQL.

    A share link of ours costs one SELECT. `own` are asked first.
    """
    base_url = desk.settings.base_url
    relied_on, folders = open_trust(desk.settings.trust, desk.clock())
    others = First(*folders, Https(clock=desk.clock))
    published = Published(desk.publications, base_url, others, desk.clock)
    return functools.partial(
        averify,
        trust=own_trust(desk.publications, base_url, relied_on.sources),
        fetch=First(*own, OwnLinks(desk, published)),
        clock=desk.clock,
        seen=Seen(),
    )


def _dependencies(desk: Desk, verify: Verify, prepared: Callable[[], bool]) -> dict[str, Provide]:
    return _in_turn(
        {
            "clock": _given(desk.clock),
            "keystore": _given(desk.keystore),
            "settings": _given(desk.settings),
            "publications": _given(desk.publications),
            "fetch": _given(Https(clock=desk.clock)),
            "verify": _given(verify),
            "pool": _only_prepared(desk.pool, prepared),
            "aftermath": _only_prepared(aftermath(desk), prepared),
            "desk": _only_prepared(desk, prepared),
            "settle": _only_prepared(settle(desk), prepared),
        }
    )


def _in_turn(givers: Mapping[str, Callable[[], object]]) -> dict[str, Provide]:
    """Each asks for the one before it: several at once would begin a task group, dearer than all the rest.

    So none that always gives may stand behind one that may refuse.
    """
    provided: dict[str, Provide] = {}
    for name, give in givers.items():
        before = next(reversed(provided), None)
        provided[name] = Provide(give if before is None else _after(before, give), sync_to_thread=False)
    return provided


def _after(before: str, give: Callable[[], object]) -> Callable[..., object]:
    def given(**_before: object) -> object:
        return give()

    asked = inspect.Parameter(before, inspect.Parameter.KEYWORD_ONLY, annotation=NamedDependency[object])
    given.__signature__ = inspect.Signature([asked])  # type: ignore[attr-defined] # what litestar reads
    given.__annotations__ = {before: NamedDependency[object], "return": object}
    return given


def _only_prepared(held: object, prepared: Callable[[], bool]) -> Any:
    def give() -> object:
        if not prepared():
            raise ProblemError("database.unavailable")
        return held

    return give


def _given(held: object) -> Any:
    return lambda: held


def _exception_handlers(base_url: str) -> ExceptionHandlersMap:
    """Those of every web application of ours, and the database's: gone is 503, raced 409, unfit 422."""
    usual = exception_handlers(base_url)
    handle: Any = usual[Exception]

    def database(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
        if is_down(error):
            error = ProblemError("database.unavailable")
        elif isinstance(error, asyncpg.SerializationError | asyncpg.DeadlockDetectedError):
            error = ProblemError("database.conflict")
        elif isinstance(error, asyncpg.DataError):  # text with NUL, a number beyond its column
            error = ProblemError("request.invalid", "A value holds something that cannot be stored.")
        answer: Response[bytes] = handle(request, error)
        return answer

    lost = (
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
        asyncpg.InternalClientError,
        ConnectionError,
        TimeoutError,
    )
    return {**usual, **dict.fromkeys(lost, database)}


@functools.cache
def _api_documentation(base_url: str) -> tuple[App, App]:
    """/openapi.json and the page of it, written once a process: it takes as long as the wiring."""
    return api_docs.send_openapi(_api_document(), base_url)


@functools.cache
def _api_document() -> dict[str, Any]:
    """The OpenAPI document of our own routes and of /api/verify."""
    config = OpenAPIConfig(
        title="Assay",
        version=version("assay"),
        use_handler_docstrings=True,
        components=Components(security_schemes={"bearer": BEARER}),
    )
    given = {name: Provide(_given(None), sync_to_thread=False) for name in DEPENDENCIES}
    described = Litestar(
        route_handlers=[*API], openapi_config=config, dependencies=given, logging_config=None
    )
    others = msgspec.to_builtins(described.openapi_schema.to_schema())
    paths = {path: item for path, item in others.get("paths", {}).items() if path.startswith("/api/")}
    documented = {str(handler.operation_id): handler.opt["documented"] for handler in API}
    return openapi.document("Assay", version("assay"), INTRODUCTION, {**others, "paths": paths}, documented)
