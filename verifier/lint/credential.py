"""Rules of the W3C Verifiable Credentials Data Model 2.0 and of Bitstring Status List 1.0."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from schemas.contexts import below, undefined_terms, unknown_contexts
from schemas.credential import CREDENTIALS_V2
from schemas.report import Reason
from verifier.lint.rule import BOTH, Rule, Severity, Spot, each, is_url, issuer_id, objects, types
from verifier.times import TimeRefused, date_time_stamp

# Claims of RFC 7519 stand beside the credential's members and are no terms of JSON-LD.
_CLAIMS = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti"})
_TYPED = ("credentialStatus", "credentialSchema", "refreshService", "termsOfUse", "evidence")
_INDEX = re.compile(r"0|[1-9][0-9]*", re.ASCII)
_TOLD_AT_MOST = 20


def context_first(document: Mapping[str, Any]) -> Iterator[Spot]:
    """The first context is the data model's own."""
    contexts = document.get("@context")
    if not isinstance(contexts, list) or contexts[:1] != [CREDENTIALS_V2]:
        yield "/@context", f"The first context must be {CREDENTIALS_V2}."


def context_known(document: Mapping[str, Any]) -> Iterator[Spot]:
    """A context that we do not hold could say anything, and none is ever fetched."""
    for context in unknown_contexts(dict(document))[:_TOLD_AT_MOST]:
        yield "/@context", f"This context is not one that we hold: {context}"


def terms_defined(document: Mapping[str, Any]) -> Iterator[Spot]:
    """Members and types that no context defines mean nothing to other readers."""
    credential = {name: value for name, value in document.items() if name not in _CLAIMS}
    for pointer in undefined_terms(credential)[:_TOLD_AT_MOST]:
        yield pointer, "No context defines this member or type."


def credential_type(document: Mapping[str, Any]) -> Iterator[Spot]:
    """The type names a verifiable credential."""
    if "VerifiableCredential" not in types(document):
        yield "/type", "The type must include VerifiableCredential."


def credential_id(document: Mapping[str, Any]) -> Iterator[Spot]:
    """An id is a URL."""
    if "id" in document and not is_url(document["id"]):
        yield "/id", "The id must be a URL."


def issuer_named(document: Mapping[str, Any]) -> Iterator[Spot]:
    """The issuer is a URL or an object whose id is one."""
    if not is_url(issuer_id(document)):
        yield "/issuer", "The issuer must be a URL, or an object with a URL as its id."


def subject_present(document: Mapping[str, Any]) -> Iterator[Spot]:
    """A credential says something about somebody."""
    subjects = list(each(document, "credentialSubject"))
    if not subjects:
        yield "/credentialSubject", "There must be a credentialSubject."
    for where, subject in subjects:
        if not isinstance(subject, dict) or not subject:
            yield where, "A credentialSubject must be an object with at least one member."
        elif "id" in subject and not is_url(subject["id"]):
            yield f"{where}/id", "A subject's id must be a URL."


def times_are_times(document: Mapping[str, Any]) -> Iterator[Spot]:
    """The times validFrom and validUntil are dateTimeStamps."""
    for member in ("validFrom", "validUntil"):
        try:
            if member in document:
                date_time_stamp(document[member])
        except TimeRefused as refused:
            yield f"/{member}", f"{member} is {refused}."


def status_entries(document: Mapping[str, Any]) -> Iterator[Spot]:
    """A Bitstring entry names a purpose, an index as a base-10 string, and its list."""
    for where, entry in objects(document, "credentialStatus"):
        if "BitstringStatusListEntry" not in types(entry):
            continue
        if not isinstance(entry.get("statusPurpose"), str):
            yield f"{where}/statusPurpose", "A status entry must name its purpose."
        index = entry.get("statusListIndex")
        if not isinstance(index, str) or not _INDEX.fullmatch(index):
            yield f"{where}/statusListIndex", "A status entry's index must be a base-10 number as a string."
        if not is_url(entry.get("statusListCredential")):
            yield f"{where}/statusListCredential", "A status entry must name its list by URL."
        elif entry.get("id") == entry["statusListCredential"]:
            yield f"{where}/id", "A status entry's id must not be its list's URL."


def objects_typed(document: Mapping[str, Any]) -> Iterator[Spot]:
    """Status, schema, refresh, terms of use and evidence objects say what they are."""
    for member in _TYPED:
        for where, value in each(document, member):
            if not isinstance(value, dict) or not types(value):
                yield where, "This must be an object with a type."


def related_resources(document: Mapping[str, Any]) -> Iterator[Spot]:
    """Every related resource has an id of its own and a digest."""
    ids: set[str] = set()
    for where, value in each(document, "relatedResource"):
        if not isinstance(value, dict) or not is_url(value.get("id")):
            yield where, "A related resource must have a URL as its id."
            continue
        if value["id"] in ids:
            yield f"{where}/id", "Two related resources have the same id."
        ids.add(value["id"])
        if not isinstance(value.get("digestSRI", value.get("digestMultibase")), str):
            yield where, "A related resource must carry a digest."


def nothing_null(document: Mapping[str, Any]) -> Iterator[Spot]:
    """JSON-LD drops null: a member that says nothing should be absent."""
    yield from islice(_nulls(document) if _holds_null(document) else (), _TOLD_AT_MOST)


def _nulls(document: Any) -> Iterator[Spot]:
    waiting: list[tuple[str, Any]] = [("", document)]
    while waiting:
        pointer, value = waiting.pop()
        for name, item in value.items() if isinstance(value, dict) else enumerate(value):
            if item is None:
                yield below(pointer, name), "A member that says nothing should be absent, not null."
            elif isinstance(item, dict | list):
                waiting.append((below(pointer, name), item))


def _holds_null(document: Any) -> bool:
    """Whether there is one at all; only then is it worth saying where."""
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if value is None:
            return True
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return False


_VC = "VC Data Model 2.0, section "

RULES = (
    Rule(Reason.SHAPE_CONTEXT, Severity.ERROR, _VC + "4.3", context_first, BOTH),
    Rule(Reason.SHAPE_CONTEXT_UNKNOWN, Severity.UNKNOWN, _VC + "5.2", context_known, BOTH),
    Rule(Reason.SHAPE_UNDEFINED_TERM, Severity.WARNING, _VC + "5.2", terms_defined, BOTH),
    Rule(Reason.SHAPE_TYPE, Severity.ERROR, _VC + "4.5", credential_type, BOTH),
    Rule(Reason.SHAPE_ID, Severity.ERROR, _VC + "4.4", credential_id, BOTH),
    Rule(Reason.SHAPE_ISSUER, Severity.ERROR, _VC + "4.7", issuer_named, BOTH),
    Rule(Reason.SHAPE_SUBJECT, Severity.ERROR, _VC + "4.8", subject_present, BOTH),
    Rule(Reason.SHAPE_TIMES, Severity.ERROR, _VC + "4.9", times_are_times, BOTH),
    Rule(Reason.SHAPE_STATUS, Severity.ERROR, "Bitstring Status List 1.0, section 2.1", status_entries, BOTH),
    Rule(Reason.SHAPE_TYPED, Severity.ERROR, _VC + "4.5", objects_typed, BOTH),
    Rule(Reason.SHAPE_RELATED_RESOURCE, Severity.ERROR, _VC + "5.3", related_resources, BOTH),
    Rule(Reason.SHAPE_NULL, Severity.WARNING, _VC + "5.2", nothing_null, BOTH),
)
