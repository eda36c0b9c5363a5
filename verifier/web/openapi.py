"""The API as an OpenAPI 3.1 document: the verifier's operations, and those of another document."""

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from schemas.problems import PROBLEMS, Problem
from schemas.report import Report
from verifier.policy import Policy
from verifier.recipient import LONGEST_EXPECTED
from verifier.web.api import Asked
from verifier.web.batch import Answered
from verifier.web.example import ANSWERED, ASKED
from verifier.web.meanings import MEANINGS
from verifier.web.report_schema import PATH

PREFIX = "#/components/schemas/"
JSON = "application/json"
NDJSON = "application/x-ndjson"
PROBLEM = "application/problem+json"
# What the evidence itself may be called.
TEXTS = (
    "application/jwt",
    "application/vc+jwt",
    "application/vp+jwt",
    "application/vc",
    "application/vp",
    "application/ld+json",
    "text/plain",
)
SUCCESS = "2"
REFUSED = (
    "request.malformed",
    "policy.malformed",
    "policy.empty",
    "policy.unknown_check",
    "request.too_slow",
    "request.too_large",
    "request.content_encoding",
    "request.charset",
    "service.unavailable",
)
REFUSED_FORM = ("request.invalid",)
REFUSED_BATCH = (
    *(code for code in REFUSED if code != "request.too_large"),
    "batch.too_large",
    "batch.busy",
)
DEEPEST = 3  # members of members of members; deeper ones are for readers of the document itself
NOTHING = object()  # no example, where null would be one


class Documented(Struct, frozen=True):
    """What a framework cannot know of an operation.

    `problems` are the codes that it may answer, `answer` members of its example that are not the usual ones;
    `body` is the request body of an operation that reads it by itself.
    """

    problems: tuple[str, ...] = ()
    answer: dict[str, Any] = {}
    body: dict[str, Any] = {}


def document(
    title: str,
    version: str,
    introduction: str,
    others: Mapping[str, Any] | None = None,
    documented: Mapping[str, Documented] | None = None,
) -> dict[str, Any]:
    """Return the OpenAPI document: the verifier's operations, and what `others` (another such document) has.

    `documented` says more about their operations, by operationId. Bodies get an example that is put together
    from the examples of their members.
    """
    given = others or {}
    schemas = {**given.get("components", {}).get("schemas", {}), **our_schemas()}
    known = {
        "verify": Documented((*REFUSED, *REFUSED_FORM)),
        "verifyBatch": Documented(REFUSED_BATCH),
        **(documented or {}),
    }
    paths = {
        "/api/verify": {"post": verify_operation()},
        "/api/verify/batch": {"post": batch_operation()},
        **given.get("paths", {}),
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "description": introduction},
        "paths": {
            path: {
                method: completed(found, known.get(found.get("operationId", ""), Documented()), schemas)
                for method, found in item.items()
            }
            for path, item in paths.items()
        },
        "components": {**given.get("components", {}), "schemas": schemas},
    }


def our_schemas() -> dict[str, Any]:
    """Return what our documents look like, by name, each member with its meaning."""
    _, ours = msgspec.json.schema_components(
        [Report, Asked, Answered, Policy, Problem], ref_template=PREFIX + "{name}"
    )
    for found in ours.values():
        found["description"] = inspect.cleandoc(found.get("description", ""))
    # Read by parts of their own, which say what is wrong with them (verifier.policy, verifier.web.problems).
    ours["Asked"]["properties"]["policy"] = {"anyOf": [{"$ref": PREFIX + "Policy"}, {"type": "null"}]}
    ours["Answered"]["properties"]["problem"] = {"$ref": PREFIX + "Problem"}
    # As sent, with the member that every problem answer has besides (verifier.web.problems).
    ours["Problem"]["properties"]["requestId"] = {"type": "string"}
    for name, meanings in MEANINGS.items():
        for member, text in meanings.items():
            ours[name]["properties"][member]["description"] = text
    ours["Report"]["externalDocs"] = {"url": PATH, "description": "As JSON Schema."}
    ours["Reason"]["externalDocs"] = {"url": "/docs/reasons", "description": "What every code means."}
    return ours


def verify_operation() -> dict[str, Any]:
    """Return POST /api/verify; docs/verify-api.md has the same contract as one table."""
    text = {"schema": {"type": "string"}}
    return {
        "operationId": "verify",
        "summary": "Verify a credential",
        "description": "Send the credential itself, or JSON with the credential and what you require.\n\n"
        "`application/json` without a top-level `@context` is the wrapper; its evidence stands in `input`. "
        "`multipart/form-data` has it in its part `file`. "
        "Every other type, a missing one, and JSON with `@context`, is the evidence, byte for byte.\n\n"
        "The answer is always a Report, also for what is not a credential at all. Only a malformed wrapper, "
        "a bad policy, more than 1 MB (a picture: 5 MB), or an encoding other than plain UTF-8 is a problem.",
        "requestBody": {
            "required": True,
            "content": {
                JSON: {"schema": {"$ref": PREFIX + "Asked"}, "example": ASKED},
                "multipart/form-data": {"schema": form_schema()},
                **dict.fromkeys(TEXTS, text),
                "image/*": {},
                "application/octet-stream": {},
            },
        },
        "responses": {
            "200": {
                "description": "What was found, whatever it is.",
                "content": {JSON: {"schema": {"$ref": PREFIX + "Report"}, "example": ANSWERED}},
            },
        },
    }


def form_schema() -> dict[str, Any]:
    """Return the form: the wrapper's members, with a file in place of its text."""
    return {
        "type": "object",
        "required": ["file"],
        "properties": {
            "file": {"type": "string", "format": "binary", "description": "The evidence, such as a picture."},
            **{name: {**schema, "description": meaning} for name, schema, meaning in beside()},
        },
    }


def beside() -> Iterable[tuple[str, dict[str, Any], str]]:
    """Yield what stands beside the evidence in a form or a query, all of it text: name, schema, meaning."""
    for name in Asked.__struct_fields__[1:]:
        schema: dict[str, Any] = {"type": "string", "maxLength": LONGEST_EXPECTED}
        meaning = MEANINGS["Asked"][name]
        if name == "policy":
            schema = {
                "type": "string",
                "contentMediaType": JSON,
                "contentSchema": {"$ref": PREFIX + "Policy"},
            }
            meaning += ' As JSON, such as `{"require": ["standing"]}`.'
        yield name, schema, meaning


def batch_operation() -> dict[str, Any]:
    """Return POST /api/verify/batch."""
    text = {"schema": {"type": "string"}}
    return {
        "operationId": "verifyBatch",
        "summary": "Verify many credentials",
        "description": "One credential a line, one answer a line, in the same order: "
        '`{"line": 17, "report": {…}}`. A line is a JSON string, the same wrapper as for one credential, or '
        "the credential's own JSON or token. What the query asks holds for every line whose wrapper does not "
        "say otherwise. Links are not opened.\n\n"
        "At most 10,000 lines and 200 MB. The first answer is sent when all lines have arrived.",
        "parameters": [
            {"name": name, "in": "query", "required": False, "description": meaning, "schema": schema}
            for name, schema, meaning in beside()
        ],
        "requestBody": {"required": True, "content": {NDJSON: text}},
        "responses": {
            "200": {
                "description": "A line for each, whatever was found.",
                "content": {NDJSON: {"schema": {"$ref": PREFIX + "Answered"}}},
            },
        },
    }


def completed(operation: Mapping[str, Any], known: Documented, schemas: Mapping[str, Any]) -> dict[str, Any]:
    """Return an operation with its examples, and with its own problems as the only answers but success."""
    done = {**operation, "requestBody": known.body} if known.body else dict(operation)
    if "requestBody" in done:
        done["requestBody"] = exemplified(done["requestBody"], schemas)
    answers = {
        status: exemplified(response, schemas, known.answer)
        for status, response in sorted(operation.get("responses", {}).items())
        if status.startswith(SUCCESS)
    }
    return {**done, "responses": {**answers, **problem_answers(known.problems)}}


def problem_answers(codes: Iterable[str]) -> dict[str, Any]:
    """Return the answers, by status, that tell these problems: each code is an example of its own."""
    answers: dict[str, Any] = {}
    for code in sorted(codes, key=lambda code: PROBLEMS[code].status):
        kind = PROBLEMS[code]
        status = str(kind.status)
        document = Problem(f"/docs/problems#{code}", kind.title, kind.status, code)
        told = answers.setdefault(
            status, {"content": {PROBLEM: {"schema": {"$ref": PREFIX + "Problem"}, "examples": {}}}}
        )
        examples = told["content"][PROBLEM]["examples"]
        examples[code] = {"summary": kind.title, "value": msgspec.to_builtins(document)}
        told["description"] = " ".join(f"`{named}`: {PROBLEMS[named].title}" for named in examples)
    return answers


def exemplified(
    message: Mapping[str, Any], schemas: Mapping[str, Any], special: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return a body or response whose JSON has an example, where its members have some."""
    content = dict(message.get("content", {}))
    if JSON in content and "example" not in content[JSON]:
        example = example_of(content[JSON].get("schema", {}), schemas)
        if example is not NOTHING:
            content[JSON] = {**content[JSON], "example": {**example, **(special or {})}}
    return {**message, "content": content} if content else dict(message)


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any], depth: int = 1) -> Any:
    """Return a schema's first example, or one made of its members' examples, or NOTHING."""
    if schema.get("examples"):
        return schema["examples"][0]
    if depth > DEEPEST:
        return NOTHING
    found = resolve(schema, schemas)
    if "items" in found:
        item = example_of(found["items"], schemas, depth)
        return NOTHING if item is NOTHING else [item]
    members = {
        name: example_of(member, schemas, depth + 1) for name, member in found.get("properties", {}).items()
    }
    return {name: value for name, value in members.items() if value is not NOTHING} or NOTHING


def resolve(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a schema comes down to: the one that it refers to, or its only choice besides null."""
    if "$ref" in schema:
        return resolve(schemas.get(schema["$ref"].removeprefix(PREFIX), {}), schemas)
    for combined in ("allOf", "anyOf", "oneOf"):
        choices = [part for part in schema.get(combined, ()) if part.get("type") != "null"]
        if len(choices) == 1:
            return resolve(choices[0], schemas)
    return schema
