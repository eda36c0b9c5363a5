"""Rules of the W3C Verifiable Credentials Data Model 2.0 and of Bitstring Status List 1.0."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from schemas.credential import CREDENTIALS_V2
from schemas.report import Reason
from schemas.times import TimeRefused, date_time_stamp
from verifier.lint.profile import CREDENTIAL, EVERY, MODEL_2
from verifier.lint.rule import Rule, Severity, Spot, each, is_url, issuer_id, objects, types

_TYPED = ("credentialStatus", "credentialSchema", "refreshService", "termsOfUse", "evidence")
_INDEX = re.compile(r"0|[1-9][0-9]*", re.ASCII)
# A language value object (section 11.1) and nothing else.
_VALUE_OBJECT = {"@value", "@language", "@direction"}
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*", re.ASCII)


def context_first(document: Mapping[str, Any]) -> Iterator[Spot]:
    """The first context is the data model's own, and each further one a URL or an object."""
    contexts = document.get("@context")
    if not isinstance(contexts, list) or contexts[:1] != [CREDENTIALS_V2]:
        yield "/@context", f"The first context must be {CREDENTIALS_V2}."
        return
    for position, context in enumerate(contexts):
        if not is_url(context) and not isinstance(context, dict):
            yield f"/@context/{position}", "A context must be a URL or an object."


def credential_type(document: Mapping[str, Any]) -> Iterator[Spot]:
    """The type names a verifiable credential, and every type is a text."""
    if "VerifiableCredential" not in types(document):
        yield "/type", "The type must include VerifiableCredential."


def types_are_texts(document: Mapping[str, Any]) -> Iterator[Spot]:
    """A type is a term or a URL, never a number or an object."""
    for where, value in each(document, "type"):
        if not isinstance(value, str):
            yield where, "A type must be a term or a URL."


def document_id(document: Mapping[str, Any]) -> Iterator[Spot]:
    """An id is one URL."""
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
    """The times validFrom and validUntil are dateTimeStamps, in this order."""
    moments = []
    for member in ("validFrom", "validUntil"):
        try:
            if member in document:
                moments.append(date_time_stamp(document[member]))
        except TimeRefused as refused:
            yield f"/{member}", f"{member} is {refused}."
    if moments != sorted(moments):
        yield "/validUntil", "validUntil must not be before validFrom."


def texts_are_texts(document: Mapping[str, Any]) -> Iterator[Spot]:
    """A name or description is a text, or language value objects; the issuer's, too."""
    for where, holder in [("", document), *objects(document, "issuer")]:
        for member in ("name", "description"):
            for spot, value in each(holder, member, where):
                if isinstance(value, dict):
                    yield from _language_value(value, spot)
                elif not isinstance(value, str):
                    yield spot, f"A {member} must be a text, or a text with its language."


def _language_value(value: Mapping[str, Any], where: str) -> Iterator[Spot]:
    """What breaks a language value object: section 11.1."""
    language, direction = value.get("@language", "en"), value.get("@direction", "ltr")
    if value.keys() - _VALUE_OBJECT or not isinstance(value.get("@value"), str):
        yield where, "A text with its language has @value, @language and @direction, and nothing else."
    elif (
        not isinstance(language, str) or not _LANGUAGE.fullmatch(language) or direction not in {"ltr", "rtl"}
    ):
        yield where, "A text's language must be a BCP 47 tag, and its direction ltr or rtl."


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


def objects_identified(document: Mapping[str, Any]) -> Iterator[Spot]:
    """What has an id has one URL as its id; a schema cannot do without."""
    for member in _TYPED:
        for where, value in objects(document, member):
            if "id" in value and not is_url(value["id"]):
                yield f"{where}/id", "The id must be a URL."
    for where, schema in objects(document, "credentialSchema"):
        if "id" not in schema:
            yield f"{where}/id", "A credentialSchema must have a URL as its id."


_VC = "VC Data Model 2.0, section "
_BITSTRING = "Bitstring Status List 1.0, section 2.1"
_CREDENTIAL_2 = CREDENTIAL & MODEL_2

RULES = (
    Rule(Reason.SHAPE_CONTEXT, Severity.ERROR, _VC + "4.3", context_first, MODEL_2),
    Rule(Reason.SHAPE_TYPE, Severity.ERROR, _VC + "4.5", credential_type, CREDENTIAL),
    Rule(Reason.SHAPE_TYPE, Severity.ERROR, _VC + "4.5", types_are_texts, EVERY),
    Rule(Reason.SHAPE_ID, Severity.ERROR, _VC + "4.4", document_id, EVERY),
    Rule(Reason.SHAPE_ISSUER, Severity.ERROR, _VC + "4.7", issuer_named, CREDENTIAL),
    Rule(Reason.SHAPE_SUBJECT, Severity.ERROR, _VC + "4.8", subject_present, CREDENTIAL),
    Rule(Reason.SHAPE_TIMES, Severity.ERROR, _VC + "4.9", times_are_times, _CREDENTIAL_2),
    Rule(Reason.SHAPE_TEXT, Severity.ERROR, _VC + "4.6", texts_are_texts, _CREDENTIAL_2),
    Rule(Reason.SHAPE_STATUS, Severity.ERROR, _BITSTRING, status_entries, CREDENTIAL),
    Rule(Reason.SHAPE_TYPED, Severity.ERROR, _VC + "4.5", objects_typed, CREDENTIAL),
    Rule(Reason.SHAPE_ID, Severity.ERROR, _VC + "4.4", objects_identified, CREDENTIAL),
)
