"""What a rule is, and how rules look at a document that may be anything."""

import re
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct

from schemas.report import Reason
from verifier.lint.profile import Profile

# Where (a JSON pointer) and what, in one sentence.
Spot = tuple[str, str]

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\\x7f]+")


class Severity(StrEnum):
    """What a finding does to the check: an error fails it, `unknown` leaves it open, a warning only tells."""

    ERROR = "error"
    UNKNOWN = "unknown"
    WARNING = "warning"


class Rule(Struct, frozen=True):
    """One rule of one standard."""

    reason: Reason
    severity: Severity
    citation: str
    examine: Callable[[Mapping[str, Any]], Iterator[Spot]]
    profiles: frozenset[Profile]


class Finding(Struct, frozen=True):
    """One breach: `pointer` is a JSON pointer into the document."""

    reason: Reason
    severity: Severity
    citation: str
    pointer: str
    detail: str


def is_url(value: Any) -> bool:
    """An absolute IRI with a scheme."""
    return isinstance(value, str) and _IRI.fullmatch(value) is not None


def is_text(value: Any) -> bool:
    """A string with something in it, or a language-tagged value (VC Data Model 2.0, section 11.1)."""
    if isinstance(value, dict):
        value = value.get("@value")
    return isinstance(value, str) and bool(value.strip())


def each(holder: Mapping[str, Any], member: str, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """The values of a member that may stand alone or in a list, with their pointers."""
    if member in holder:
        value = holder[member]
        if isinstance(value, list):
            yield from ((f"{pointer}/{member}/{position}", item) for position, item in enumerate(value))
        else:
            yield f"{pointer}/{member}", value


def objects(
    holder: Mapping[str, Any], member: str, pointer: str = ""
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Like `each`, only the objects."""
    yield from ((where, value) for where, value in each(holder, member, pointer) if isinstance(value, dict))


def inside(holder: Mapping[str, Any], member: str) -> list[dict[str, Any]]:
    """Like `objects`, for whoever needs no pointers."""
    value = holder.get(member)
    if isinstance(value, dict):
        return [value]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def types(node: Mapping[str, Any]) -> set[str]:
    """The node's types."""
    named = node.get("type")
    return {value for value in (named if isinstance(named, list) else (named,)) if isinstance(value, str)}


def subjects(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The credential's subjects."""
    return objects(document, "credentialSubject")


def achievements(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The subjects' achievements."""
    for where, subject in subjects(document):
        yield from objects(subject, "achievement", where)


def issuer_id(document: Mapping[str, Any]) -> str | None:
    """The issuer's id, whether it stands alone or in an object."""
    return named_id(document, "issuer")


def named_id(document: Mapping[str, Any], member: str) -> str | None:
    """The id of a member that may stand alone or be an object with an id."""
    named = document.get(member)
    value = named.get("id") if isinstance(named, dict) else named
    return value if isinstance(value, str) and value else None
