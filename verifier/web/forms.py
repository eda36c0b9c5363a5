"""POST /api/verify as multipart/form-data: the file, and beside it what the wrapper would say."""

from typing import Any

import msgspec
from litestar import Request, Response, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency

from schemas.complaints import in_words
from schemas.problems import ProblemError
from verifier.web.api import LIMIT, PICTURE_LIMIT, Short, Verify, read
from verifier.web.bodies import read_form


class Fields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The form without its file; `policy` is JSON."""

    policy: str | None = None
    expected_recipient: Short | None = None
    nonce: Short | None = None
    audience: Short | None = None


@post("/api/verify", include_in_schema=False, status_code=200, request_max_body_size=PICTURE_LIMIT + LIMIT)
async def verify_form(request: Request[Any, Any, Any], verify: NamedDependency[Verify]) -> Response[bytes]:
    """Answer one form with the Report; raises ProblemError request.malformed, .too_large or policy.*."""
    form = await read_form(request)
    given = form.dict()
    parts = given.pop("file", [])
    if len(parts) != 1 or any(len(values) != 1 for values in given.values()):
        raise ProblemError("request.malformed", "The form must have one part file, and no other part twice.")
    try:
        fields = msgspec.convert({name: values[0] for name, values in given.items()}, Fields)
        policy = None if fields.policy is None else msgspec.json.decode(fields.policy, type=dict[str, Any])
    except msgspec.ValidationError as error:
        raise ProblemError("request.malformed", in_words(str(error))) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise ProblemError("request.malformed", "The policy is not JSON.") from error
    report = await verify(
        await _content(parts[0]),
        policy=read(policy),
        expected_recipient=fields.expected_recipient,
        nonce=fields.nonce,
        audience=fields.audience,
    )
    return Response(msgspec.json.encode(report), media_type="application/json")


async def _content(part: UploadFile | str) -> bytes:
    if isinstance(part, str):
        return part.encode("utf-8", "surrogatepass")
    content = await part.read(PICTURE_LIMIT + 1)
    if len(content) > PICTURE_LIMIT:
        raise ProblemError("request.too_large")
    return content
