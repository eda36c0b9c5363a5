"""One test vector: what a verifier is handed, what it may know, and what it must answer.

tests/vectors/README.md explains the members; tests/vectors/schema.json is made from these Structs.
"""

import base64
import binascii
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from schemas.report import Authenticity, Currency, Verdict
from verifier.recorded import Body, Recording, Relied

_DRAFT = "https://json-schema.org/draft/2020-12/schema"

Identifier = Annotated[str, Meta(pattern=r"^[a-z0-9.+-]+(/[a-z0-9.+-]+)+$")]


# A reason code of docs/verification-steps.md; not listed here, or every new code would change the schema.
Code = Annotated[str, Meta(pattern=r"^[a-z0-9_]+\.[a-z0-9_]+$")]


class CaseRefused(ValueError):  # noqa: N818 — the house's name: what a refusal is, not that it is an error
    """A vector that cannot be read."""


class Input(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The evidence: `text` where it is text, else `base64`; exactly one."""

    text: str | None = None
    base64: str | None = None

    def __post_init__(self) -> None:
        """Refuse neither, both, and base64 that is none."""
        if (self.text is None) is (self.base64 is None):
            raise ValueError("an input is text or base64")
        self.content()

    def content(self) -> bytes:
        """The bytes that a verifier is handed."""
        if self.base64 is None:
            return (self.text or "").encode()
        try:
            return base64.b64decode(self.base64, validate=True)
        except binascii.Error:
            raise ValueError("the input's base64 is not base64") from None


class Expect(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The one right answer; each of `reasons` is among the findings."""

    verdict: Verdict
    authenticity: Authenticity
    currency: Currency
    reasons: tuple[Code, ...] = ()


class Case(Struct, frozen=True, forbid_unknown_fields=True, rename="camel", omit_defaults=True):
    """A vector. `clock` is the time at which it is asked, `network` all that answers there and then."""

    id: Identifier
    title: str
    format: str
    standard: str
    input: Input
    clock: Annotated[datetime, Meta(tz=True)]
    expect: Expect
    media_type: str | None = None
    network: dict[str, Body] = {}
    trust: Relied = Relied()
    policy: dict[str, Any] | None = None
    expected_recipient: str | None = None
    nonce: str | None = None
    audience: str | None = None

    @property
    def recording(self) -> Recording:
        """What the verifier may ask, and whom it relies on."""
        return Recording(self.network, self.trust)


def read_case(data: bytes) -> Case:
    """A vector from its JSON text; raises CaseRefused."""
    try:
        return msgspec.json.decode(data, type=Case)
    except msgspec.DecodeError as error:
        raise CaseRefused(str(error)) from None


def read_cases(folder: Path) -> Iterator[Case]:
    """The vectors of a folder, in the order of their ids: `<folder>/<id>.json`; raises CaseRefused."""
    for path in sorted(folder.glob("*/**/*.json")):
        case = read_case(path.read_bytes())
        if folder / f"{case.id}.json" != path:
            raise CaseRefused(f"{path.relative_to(folder)} holds the case {case.id}")
        yield case


def schema() -> dict[str, Any]:
    """The JSON Schema of a vector."""
    return {"$schema": _DRAFT, **msgspec.json.schema(Case)}
