"""Bitstring Status List v1.0: what an entry's value means for each purpose.

`revocation` and `suspension` take the credential's currency away. `message` and `refresh` do not (section
2.1): they are told, as a warning. A purpose of an ecosystem's own could mean anything: unknown.
"""

import re
from collections.abc import Generator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from keys.base64url import Base64UrlError, decode
from schemas.credential import CREDENTIALS_V2
from schemas.report import Reason
from schemas.status import BitstringStatusListEntry, StatusMessage
from verifier.fetch import Need
from verifier.issuer_key import Published
from verifier.lint.rule import is_url
from verifier.question import Question
from verifier.sandbox import Chore
from verifier.status.finding import Finding, Refused, invalid
from verifier.status.signed_list import Kind, Place, Read, look_up
from verifier.trust import StatusCause
from verifier.words import plain

ENTRY_TYPE = "BitstringStatusListEntry"
PURPOSES = ("revocation", "suspension", "message", "refresh")

_MOST_BITS_AN_ENTRY = 8
_INDEX = re.compile(r"0|[1-9][0-9]{0,9}", re.ASCII)
_STATUS = re.compile(r"0x[0-9a-f]{1,2}", re.ASCII | re.IGNORECASE)


class _Entry(Struct, frozen=True):
    place: Place
    messages: Mapping[int, str]


def evaluate(
    entry: Mapping[str, Any], _document: Mapping[str, Any], published: Published, question: Question
) -> Generator[Need | Chore, Any, Finding]:
    """Fetch the entry's list, verify it, read the value."""
    try:
        read = _entry(entry)
    except Refused as refused:
        return Finding(refused.reason, refused.detail)
    found = yield from look_up(read.place, _LIST, published, question)
    if isinstance(found, Finding):
        return found
    said = _said(read.messages.get(found.value))
    if read.place.purpose == "message" and found.value:
        detail = f"The issuer's list holds a message about this credential (value {found.value:#x}).{said}"
        return Finding(Reason.STATUS_MESSAGE, detail, source=found.answer, issued=found.issued)
    if read.place.purpose == "refresh" and found.value:
        detail = f"The issuer says that a newer version of this credential can be had.{said}"
        return Finding(Reason.STATUS_REFRESH, detail, source=found.answer, issued=found.issued)
    return withdrawn_or_not(found, read.place, question, said)


def withdrawn_or_not(found: Read, place: Place, question: Question, said: str = "") -> Finding:
    """What a value under `revocation` or `suspension` says; `said` is the issuer's own sentence, if any.

    Revoking cannot be undone (section 2.1): what was once seen set stays set, whichever list comes next.
    """
    final = place.purpose == "revocation"
    if found.value and final:
        question.seen.withdraw(place.url, place.index)
    if not found.value and not (final and question.seen.withdrew(place.url, place.index)):
        detail = f"The issuer's list does not say that it was withdrawn.{said}"
        return Finding(Reason.STATUS_CLEAR, detail, source=found.answer, issued=found.issued)
    cause = question.trust.status_cause(place.url, place.index)
    if cause is None:
        # To strangers a suspension under `revocation` is a withdrawal: fail closed.
        cause = StatusCause("revoked" if final else "suspended")
    reason, detail = {
        "revoked": (Reason.STATUS_REVOKED, "The issuer has withdrawn this credential."),
        "suspended": (Reason.STATUS_SUSPENDED, "The issuer has put this credential on hold."),
        "superseded": (Reason.STATUS_SUPERSEDED, "The issuer has replaced this copy by a newer one."),
    }[cause.cause]
    return Finding(reason, detail + said, source=found.answer, since=cause.since, issued=found.issued)


def _entry(entry: Mapping[str, Any]) -> _Entry:
    """The entry (section 2.1); raises Refused."""
    try:
        named = msgspec.convert(entry, BitstringStatusListEntry)
    except msgspec.ValidationError as error:
        raise _malformed(f"The status entry is malformed: {error}.") from None
    if named.id == named.status_list_credential:
        raise _malformed("The status entry's id must not be its list's address.")
    if named.status_purpose not in PURPOSES:
        raise Refused(Reason.STATUS_UNSUPPORTED, "The status entry's purpose is not one that we evaluate.")
    size = 1 if named.status_size is None else named.status_size
    if size < 1:
        raise _malformed("The status entry's size is not a number of bits.")
    if size > _MOST_BITS_AN_ENTRY:
        detail = f"The status entry takes more than {_MOST_BITS_AN_ENTRY} bits."
        raise Refused(Reason.STATUS_UNSUPPORTED, detail)
    place = Place(named.status_list_credential, index_of(named.status_list_index), named.status_purpose, size)
    return _Entry(place, _messages(named, size))


def index_of(text: str) -> int:
    """A base-10 number without sign or leading zeros; raises Refused."""
    if not _INDEX.fullmatch(text):
        raise _malformed("The status entry's index is not a base-10 number.")
    return int(text)


def _messages(named: BitstringStatusListEntry, size: int) -> dict[int, str]:
    """What each value means: one message for every value, where there are any; more than a bit needs them."""
    references = named.status_reference
    references = (references,) if isinstance(references, str) else references or ()
    if not all(is_url(reference) for reference in references):
        raise _malformed("The status entry's reference is not a URL.")
    if named.status_message is None:
        if size > 1:
            raise _malformed("The status entry does not say what its values mean.")
        return {}
    messages = {_value(message): message.message for message in named.status_message}
    if len(named.status_message) != 1 << size or messages.keys() != set(range(1 << size)):
        raise _malformed("The status entry does not have one message for every value.")
    return messages


def _value(message: StatusMessage) -> int:
    if not _STATUS.fullmatch(message.status):
        raise _malformed("A status message's value is not hexadecimal.")
    return int(message.status, 16)


def _said(message: str | None) -> str:
    """The issuer's own words, which may be anything, as one short line."""
    if message is None or message == "undefined":
        return ""
    return f" It says: “{plain(message)}”."


def _multibase(encoded: str) -> bytes:
    """Multibase `u`: base64url without padding (section 2.2); raises Refused."""
    try:
        if encoded.startswith("u"):
            return decode(encoded[1:].encode("ascii", "replace"))
    except Base64UrlError:
        pass
    raise invalid("The list is not in multibase base64url.")


def _malformed(detail: str) -> Refused:
    return Refused(Reason.STATUS_MALFORMED, detail)


_LIST = Kind("BitstringStatusListCredential", "BitstringStatusList", (CREDENTIALS_V2,), _multibase)
