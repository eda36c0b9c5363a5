"""Bitstring Status List v1.0: the entry, the list's signature, issuer, purpose, length, age, then the bit.

The list is a credential secured as `vc+jwt` (VC-JOSE-COSE) by a key of the same issuer, whose document
step 4 read.
"""

import re
import zlib
from collections.abc import Generator, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from keys.base64url import Base64UrlError, decode
from keys.proofs.jose import JoseRefused, Secured, read
from keys.public import KeyRefused
from schemas.credential import CREDENTIALS_V2
from schemas.report import Reason
from schemas.status import BitstringStatusListCredential, BitstringStatusListEntry
from verifier.fetch import GONE, Answer, Fetched, Need, Unreachable
from verifier.issuer_key import Published
from verifier.lint.rule import issuer_id
from verifier.question import Question
from verifier.status.finding import Finding
from verifier.times import TimeRefused, numeric_date
from verifier.trust import StatusCause
from verifier.validity import Period, period

ENTRY_TYPE = "BitstringStatusListEntry"
PURPOSES = ("revocation", "suspension")

# Section 6.1: fewer entries would let a list single people out. At most 2 MiB are ever inflated.
FEWEST_ENTRIES = 131_072
MOST_ENTRIES = 16_777_216
_DEFAULT_TTL_MS = 300_000
# A copy from a trust folder is not believed for longer than this, whatever its validUntil says.
_GREATEST_AGE = timedelta(days=30)
# Nor is a list that names no end, after it was issued: many issuers sign theirs anew only when it changes.
_GREATEST_AGE_WITHOUT_END = timedelta(days=365)
_INDEX = re.compile(r"0|[1-9][0-9]{0,9}", re.ASCII)


class Refused(Exception):  # noqa: N818 — the house's name: what a refusal is, not that it is an error
    """A list that does not count, and why."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class StatusList(Struct, frozen=True):
    """A list that was verified: its bits (index 0 is the left-most) and when it was issued."""

    bits: bytes
    issued: datetime | None
    ttl: timedelta


def evaluate(
    entry: Mapping[str, Any], published: Published, question: Question
) -> Generator[Need, Answer, Finding]:
    """Fetch the entry's list, verify it, read the bit."""
    try:
        named, index = _entry(entry)
    except Refused as refused:
        return Finding(refused.reason, refused.detail)
    url = named.status_list_credential
    answer = yield Need("status_list", url)
    if isinstance(answer, Unreachable) or answer.status == GONE:
        why = answer.detail if isinstance(answer, Unreachable) else "It was withdrawn."
        detail = f"The issuer's list of withdrawn credentials could not be read. {why}"
        return Finding(Reason.STATUS_UNREACHABLE, detail, source=answer.url)
    try:
        found = read_list(answer, named, published, question.now)
        _check_age(found, url, answer, question)
    except Refused as refused:
        return Finding(refused.reason, refused.detail, source=answer)
    if index >= len(found.bits) * 8:
        detail = "The credential's index lies beyond the end of its list."
        return Finding(Reason.STATUS_RANGE, detail, source=answer)
    if not found.bits[index // 8] >> (7 - index % 8) & 1:
        return Finding(
            Reason.STATUS_CLEAR, "The issuer's list does not say that it was withdrawn.", source=answer
        )
    return _set(named.status_purpose, question.trust.status_cause(url, index), answer)


def _entry(entry: Mapping[str, Any]) -> tuple[BitstringStatusListEntry, int]:
    """The entry (section 2.1) and its index; raises Refused."""
    try:
        named = msgspec.convert({**entry, "type": ENTRY_TYPE}, BitstringStatusListEntry)
    except msgspec.ValidationError as error:
        raise Refused(Reason.STATUS_MALFORMED, f"The status entry is malformed: {error}.") from None
    if not _INDEX.fullmatch(named.status_list_index):
        raise Refused(Reason.STATUS_MALFORMED, "The status entry's index is not a base-10 number.")
    if named.id == named.status_list_credential:
        raise Refused(Reason.STATUS_MALFORMED, "The status entry's id must not be its list's address.")
    if named.status_purpose not in PURPOSES or named.status_size not in (None, 1):
        raise Refused(
            Reason.STATUS_UNSUPPORTED, "The status entry's purpose or size is not one that we evaluate."
        )
    return named, int(named.status_list_index)


def _set(purpose: str, cause: StatusCause | None, answer: Fetched) -> Finding:
    """What a set bit means; to strangers a suspension under `revocation` is a withdrawal: fail closed."""
    if cause is None:
        cause = StatusCause("revoked" if purpose == "revocation" else "suspended")
    reason, detail = {
        "revoked": (Reason.STATUS_REVOKED, "The issuer has withdrawn this credential."),
        "suspended": (Reason.STATUS_SUSPENDED, "The issuer has put this credential on hold."),
        "superseded": (Reason.STATUS_SUPERSEDED, "The issuer has replaced this copy by a newer one."),
    }[cause.cause]
    return Finding(reason, detail, source=answer, since=cause.since)


def read_list(
    answer: Fetched, entry: BitstringStatusListEntry, published: Published, now: datetime
) -> StatusList:
    """Verify the list that was fetched for `entry`; raises Refused."""
    secured = _verified(answer.body, published, now)
    try:
        # An issuer may stand in an object; only its id matters here.
        document = {**secured.document, "issuer": issuer_id(secured.document)}
        credential = msgspec.convert(document, BitstringStatusListCredential)
    except msgspec.ValidationError as error:
        raise _invalid(f"The list is malformed: {error}.") from None
    subject = credential.credential_subject
    types = (credential.type,) if isinstance(credential.type, str) else credential.type
    purposes = (
        (subject.status_purpose,) if isinstance(subject.status_purpose, str) else subject.status_purpose
    )
    if "BitstringStatusListCredential" not in types or subject.type != "BitstringStatusList":
        raise _invalid("What was found is not a status list.")
    if credential.context[:1] != (CREDENTIALS_V2,) or "vc" in secured.document:
        raise _invalid("The list is not a credential of the W3C data model 2.0.")
    if {credential.issuer, secured.document.get("iss", credential.issuer)} != {published.issuer}:
        raise _invalid("The list is another issuer's.")
    if credential.id != entry.status_list_credential:
        raise _invalid("The list says that it belongs at another address.")
    if entry.status_purpose not in purposes:
        raise _invalid("The list is kept for another purpose.")
    issued = _current(secured.document, now)
    ttl = _DEFAULT_TTL_MS if subject.ttl is None else subject.ttl
    return StatusList(_inflate(subject.encoded_list), issued, timedelta(milliseconds=min(max(ttl, 0), 2**40)))


def _verified(body: bytes, published: Published, now: datetime) -> Secured:
    """The list's token, signed by a key that the credential's own issuer lists."""
    try:
        secured = read(body.strip())
    except JoseRefused as refused:
        raise _invalid(f"The list is not a signed token. {refused.detail}") from None
    if secured.typ != "vc+jwt" or secured.header.get("cty", "vc") != "vc":
        raise _invalid("The list's token is of another type than a credential.")
    listed = published.select(secured.kid)
    if listed is None:
        raise _invalid("The list is not signed by a key that the issuer publishes.")
    try:
        key = listed.public(now)
    except KeyRefused as refused:
        raise _invalid(refused.detail) from None
    failure = secured.check(key)
    if failure is not None:
        raise _invalid(f"The list's signature does not hold. {failure.detail}")
    return secured


def _current(document: Mapping[str, Any], now: datetime) -> datetime | None:
    """When the list was issued, if it says so and is still in its period; raises Refused."""
    try:
        when = period(document)
        issued = numeric_date(document["iat"]) if "iat" in document else when.start
    except TimeRefused as refused:
        raise _invalid(f"A time of the list is malformed. {refused}") from None
    if when.at(now) == "expired":
        raise Refused(Reason.STATUS_STALE, "The list has expired and no newer one was found.")
    if "not_yet" in (when.at(now), Period(issued, None).at(now)):
        raise _invalid("The list is dated in the future.")
    if when.end is None and issued is not None and now - issued > _GREATEST_AGE_WITHOUT_END:
        raise Refused(Reason.STATUS_STALE, "The list names no end of its validity and is too old to rely on.")
    return issued


def _check_age(found: StatusList, url: str, answer: Fetched, question: Question) -> None:
    """Refuse a list that is older than one seen before, and a copy that was kept for too long."""
    newest = question.seen.newest(url)
    if found.issued is not None:
        if newest is not None and found.issued < newest and question.now - found.issued > found.ttl:
            raise Refused(
                Reason.STATUS_STALE, "A newer issue of this list was seen before; this one is out of date."
            )
        question.seen.note(url, found.issued)
    elif newest is not None:
        raise Refused(
            Reason.STATUS_STALE, "A dated issue of this list was seen before; this one has no date."
        )
    if question.now - answer.fetched_at > _GREATEST_AGE:
        raise Refused(Reason.STATUS_STALE, "The copy of the list is too old to rely on.")


def _inflate(encoded: str) -> bytes:
    """Multibase base64url, then GZIP, to the end and within the bound; raises Refused."""
    if not encoded.startswith("u"):
        raise _invalid("The list is not in multibase base64url.")
    stream = zlib.decompressobj(wbits=31)
    try:
        bits = stream.decompress(decode(encoded[1:].encode("ascii", "replace")), MOST_ENTRIES // 8 + 1)
    except (Base64UrlError, zlib.error):
        raise _invalid("The list cannot be decompressed.") from None
    if len(bits) > MOST_ENTRIES // 8:
        raise _invalid(f"The list has more than {MOST_ENTRIES} entries.")
    if not stream.eof or stream.unused_data:
        raise _invalid("The list is cut off, or something follows it.")
    if len(bits) * 8 < FEWEST_ENTRIES:
        raise _invalid(f"The list has fewer than {FEWEST_ENTRIES} entries.")
    return bits


def _invalid(detail: str) -> Refused:
    return Refused(Reason.STATUS_LIST_INVALID, detail)
