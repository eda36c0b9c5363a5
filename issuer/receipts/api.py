"""/api/receipts: results of outside providers, signed ones and those of LTI, QTI, xAPI and CSV.

Bodies are read as bytes: what was delivered is kept, and strict JSON is the only door.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import PathParameter

from issuer.db.pool import Pool
from issuer.organizations.tokens import AUTHENTICATED, Principal, Scope
from issuer.receipts.accept import accept
from issuer.receipts.bodies import AGS_BODY, CSV_BODY, QTI_BODY, SIGNED_BODY, XAPI_BODY
from issuer.receipts.deliver import Settle, bound, deliver_ags, deliver_csv, deliver_qti, deliver_xapi
from issuer.receipts.messages import AcceptedReceipts, told_receipt
from issuer.receipts.read import Delivery, named, read_signed
from issuer.settings import Settings
from keys.stores.file import FileStore
from schemas.problems import ProblemError
from schemas.strict_json import StrictJsonError, loads
from verifier.https import Https
from verifier.web.openapi import Documented

SCOPE: Scope = "receipts:write"
RECEIPTS_AT_MOST = 500
JSON = "application/json"

# What a delivery of any kind may be refused with, for the API documentation.
ANY = (
    *AUTHENTICATED,
    "request.too_large",
    "receipt.malformed",
    "receipt.revoked",
    "receipt.assessment",
    "receipt.level",
    "receipt.score",
    "receipt.error",
    "receipt.assurance",
    "receipt.subject",
    "receipt.replayed",
)
SIGNED = (
    "receipt.type",
    "receipt.provider",
    "receipt.key",
    "receipt.keys_unreachable",
    "receipt.signature",
    "receipt.audience",
    "receipt.stale",
    "receipt.cut",
    "person.email",
    "person.name",
)

AssessmentId = Annotated[
    UUID, PathParameter(description="The mapped assessment's id, from when its provider was registered.")
]
Bodied = Request[Principal, Any, Any]


@post(
    "/api/receipts",
    tags=["Receipts"],
    summary="Deliver signed receipts",
    operation_id="createReceipts",
    security=[{"bearer": [SCOPE]}],
    response_description="All of them are stored.",
    opt={"documented": Documented((*ANY, *SIGNED), body=SIGNED_BODY)},
)
async def create_receipts(
    request: Bodied,
    pool: NamedDependency[Pool],
    keystore: NamedDependency[FileStore],
    settings: NamedDependency[Settings],
    clock: NamedDependency[Callable[[], datetime]],
    fetch: NamedDependency[Https],
    settle: NamedDependency[Settle],
    principal: NamedDependency[Principal],
) -> AcceptedReceipts:
    """Deliver receipts that their provider signed, one or several, whoever sends them.

    All are stored or none. What they lead to is issued at once, and the holder is told by mail.
    """
    at, organization_id = clock(), principal.organization_id
    tokens = _tokens(await request.body(), request.headers.get("content-type", ""))
    read = []
    for number, token in enumerate(tokens, 1):
        place = f"Receipt {number}" if len(tokens) > 1 else None
        with named(place):
            one = await read_signed(pool, fetch, settings, organization_id, token, at=at)
        read.append(msgspec.structs.replace(one, place=place))
    return await _stored(pool, keystore, settle, principal, read, at)


@post(
    "/api/receipts/lineitems/{assessment_id:uuid}/scores",
    tags=["Receipts"],
    summary="Deliver a score by LTI AGS",
    operation_id="createScore",
    security=[{"bearer": [SCOPE]}],
    response_description="It is stored.",
    opt={
        "documented": Documented(
            (*ANY, "request.not_found", "receipt.unbound", "receipt.unfinished"),
            body=AGS_BODY,
        )
    },
)
async def create_score(
    assessment_id: AssessmentId,
    request: Bodied,
    pool: NamedDependency[Pool],
    keystore: NamedDependency[FileStore],
    settings: NamedDependency[Settings],
    clock: NamedDependency[Callable[[], datetime]],
    settle: NamedDependency[Settle],
    principal: NamedDependency[Principal],
) -> AcceptedReceipts:
    """Deliver a score of LTI Assignment and Grade Services 2.0, with the token of the provider's program.

    Only a completed activity that is fully graded counts. The line item is `/api/receipts/lineitems/{id}`.
    """
    at, body = clock(), await request.body()
    provider = await bound(pool, principal.organization_id, principal.id)
    read = await deliver_ags(pool, settings, provider, assessment_id, body, at=at)
    return await _stored(pool, keystore, settle, principal, read, at)


@post(
    "/api/receipts/lineitems/{assessment_id:uuid}/results",
    tags=["Receipts"],
    summary="Deliver a result of QTI",
    operation_id="createResult",
    security=[{"bearer": [SCOPE]}],
    response_description="It is stored.",
    opt={
        "documented": Documented(
            (*ANY, "request.not_found", "receipt.unbound", "receipt.unfinished", "receipt.cut"),
            body=QTI_BODY,
        )
    },
)
async def create_result(
    assessment_id: AssessmentId,
    request: Bodied,
    pool: NamedDependency[Pool],
    keystore: NamedDependency[FileStore],
    settings: NamedDependency[Settings],
    clock: NamedDependency[Callable[[], datetime]],
    settle: NamedDependency[Settle],
    principal: NamedDependency[Principal],
) -> AcceptedReceipts:
    """Deliver an assessmentResult of QTI 3 Results Reporting, with the token of the provider's program.

    Only a test of which nothing is still to be scored counts; the answers in it are not kept.
    """
    at, body = clock(), await request.body()
    provider = await bound(pool, principal.organization_id, principal.id)
    read = await deliver_qti(pool, settings, provider, assessment_id, body, at=at)
    return await _stored(pool, keystore, settle, principal, read, at)


@post(
    "/api/receipts/xapi",
    tags=["Receipts"],
    summary="Deliver xAPI statements",
    operation_id="createStatements",
    security=[{"bearer": [SCOPE]}],
    response_description="All of them are stored.",
    opt={
        "documented": Documented(
            (*ANY, "receipt.unbound", "receipt.unfinished", "person.email", "person.name"),
            body=XAPI_BODY,
        )
    },
)
async def create_statements(
    request: Bodied,
    pool: NamedDependency[Pool],
    keystore: NamedDependency[FileStore],
    settings: NamedDependency[Settings],
    clock: NamedDependency[Callable[[], datetime]],
    settle: NamedDependency[Settle],
    principal: NamedDependency[Principal],
) -> AcceptedReceipts:
    """Deliver an xAPI statement about a result, or a list of them, with the token of the provider's program.

    The object's id is the assessment; the statement's `id` is required, since by it a repetition is told.
    """
    at, body = clock(), await request.body()
    provider = await bound(pool, principal.organization_id, principal.id)
    return await _stored(pool, keystore, settle, principal, deliver_xapi(settings, provider, body, at=at), at)


@post(
    "/api/receipts/csv",
    tags=["Receipts"],
    summary="Deliver results as CSV",
    operation_id="createLines",
    security=[{"bearer": [SCOPE]}],
    response_description="All of them are stored.",
    opt={
        "documented": Documented(
            (*ANY, "receipt.unbound", "receipt.cut", "person.email", "person.name"), body=CSV_BODY
        )
    },
)
async def create_lines(
    request: Bodied,
    pool: NamedDependency[Pool],
    keystore: NamedDependency[FileStore],
    settings: NamedDependency[Settings],
    clock: NamedDependency[Callable[[], datetime]],
    settle: NamedDependency[Settle],
    principal: NamedDependency[Principal],
) -> AcceptedReceipts:
    """Deliver results as lines of a CSV file, with the token of the provider's program.

    One line that is wrong is refused by its number, and nothing of the file is stored.
    """
    at, body = clock(), await request.body()
    provider = await bound(pool, principal.organization_id, principal.id)
    return await _stored(pool, keystore, settle, principal, deliver_csv(settings, provider, body, at=at), at)


def _tokens(body: bytes, media_type: str) -> Sequence[bytes]:
    """The receipts in a body: one as it is, or several in JSON; raises `receipt.malformed`."""
    if media_type.partition(";")[0].strip().lower() != JSON:
        return (body,)
    try:
        document = loads(body)
    except StrictJsonError as error:
        raise ProblemError("receipt.malformed", error.detail) from None
    listed = document.get("receipts") if isinstance(document, dict) and len(document) == 1 else None
    texts = [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
    if not 0 < len(texts) <= RECEIPTS_AT_MOST or listed != texts:
        raise ProblemError(
            "receipt.malformed", f"Send an object with `receipts`, a list of 1 to {RECEIPTS_AT_MOST} texts."
        )
    return [text.encode() for text in texts]


async def _stored(
    pool: Pool,
    keystore: FileStore,
    settle: Settle,
    principal: Principal,
    read: Sequence[Delivery],
    at: datetime,
) -> AcceptedReceipts:
    """Store all, then give each its credential: it is told only once what it rests on is committed."""
    accepted = await accept(pool, keystore, principal.organization_id, read, principal_id=principal.id, at=at)
    told = []
    for one in accepted:
        reached = one.judged.level is not None
        told.append(told_receipt(one, await settle(principal.organization_id, one.id) if reached else None))
    return AcceptedReceipts(tuple(told))


handlers = (create_receipts, create_score, create_result, create_statements, create_lines)
