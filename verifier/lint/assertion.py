"""Rules of Open Badges 2.0 for an assertion. What that version does not ask for is not asked for here."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from schemas.report import Reason
from verifier.lint.profile import OPEN_BADGES_2
from verifier.lint.rule import Rule, Severity, Spot, each, is_text, is_url, objects, types

CONTEXTS = ("https://w3id.org/openbadges/v2", "https://w3id.org/openbadges/v1")
_HASH = re.compile(r"(sha256\$[0-9a-fA-F]{64}|md5\$[0-9a-fA-F]{32})")


def assertion_context(document: Mapping[str, Any]) -> Iterator[Spot]:
    """The first context is that of version 2.0, or of the one before."""
    first = next((value for _, value in each(document, "@context")), None)
    if first not in CONTEXTS:
        yield "/@context", "The first context must be the one of Open Badges 2.0."


def assertion_type(document: Mapping[str, Any]) -> Iterator[Spot]:
    """It is an assertion."""
    if "Assertion" not in types(document):
        yield "/type", "The type must include Assertion."


def assertion_id(document: Mapping[str, Any]) -> Iterator[Spot]:
    """It has an id, or at least the `uid` of earlier versions."""
    if not is_url(document.get("id")) and not is_text(document.get("uid")):
        yield "/id", "An assertion must have a URL as its id."


def recipient(document: Mapping[str, Any]) -> Iterator[Spot]:
    """It is about somebody."""
    found = [value for _, value in objects(document, "recipient")]
    if not found or not all(is_text(one.get("identity")) and is_text(one.get("type")) for one in found):
        yield "/recipient", "The recipient must be an object with a type and an identity."


def issued(document: Mapping[str, Any]) -> Iterator[Spot]:
    """It says when it was awarded."""
    if "issuedOn" not in document:
        yield "/issuedOn", "An assertion must have an issuedOn."


def identity(document: Mapping[str, Any]) -> Iterator[Spot]:
    """A hash looks like one."""
    for where, found in objects(document, "recipient"):
        if found.get("hashed") is True and not _HASH.fullmatch(str(found.get("identity"))):
            yield f"{where}/identity", "A hashed identity must be sha256$ or md5$ and hexadecimal digits."


_OB2 = "Open Badges 2.0, "

RULES = (
    Rule(Reason.SHAPE_CONTEXT, Severity.ERROR, _OB2 + "Assertion", assertion_context, OPEN_BADGES_2),
    Rule(Reason.SHAPE_TYPE, Severity.ERROR, _OB2 + "Assertion", assertion_type, OPEN_BADGES_2),
    Rule(Reason.SHAPE_ID, Severity.ERROR, _OB2 + "Assertion", assertion_id, OPEN_BADGES_2),
    Rule(Reason.SHAPE_SUBJECT, Severity.ERROR, _OB2 + "Assertion", recipient, OPEN_BADGES_2),
    Rule(Reason.SHAPE_TIMES, Severity.ERROR, _OB2 + "Assertion", issued, OPEN_BADGES_2),
    Rule(Reason.SHAPE_IDENTITY, Severity.ERROR, _OB2 + "IdentityObject", identity, OPEN_BADGES_2),
)
