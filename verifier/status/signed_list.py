"""A status list as a signed credential: verified once, inflated once, and judged afresh each time.

Bitstring Status List 1.0 and its predecessor StatusList2021 share all of this; their modules say how entry
and list are written.
"""

import zlib
from collections.abc import Callable, Generator
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from keys.public import KeyRefused
from schemas.report import Reason
from schemas.times import TimeRefused, numeric_date
from verifier.fetch import Fetched, Need, Unreachable, present
from verifier.formats import Opened
from verifier.issuer_key import Listed, Published
from verifier.lint.rule import issuer_id
from verifier.question import Question
from verifier.sandbox import Chore
from verifier.status.finding import Finding, Refused, invalid
from verifier.status.secured import open_list
from verifier.validity import Period, period

# Section 2.2: fewer entries would let a list single people out. At most 2 MiB are ever inflated.
FEWEST_ENTRIES = 131_072
MOST_BITS = 16_777_216

_DEFAULT_TTL = timedelta(minutes=5)
_LONGEST_TTL_MS = 2**40
# A copy from a trust folder is not believed for longer than this, whatever its validUntil says.
_GREATEST_AGE = timedelta(days=30)
# Nor is a list that names no end, after it was issued: many issuers sign theirs anew only when it changes.
_GREATEST_AGE_WITHOUT_END = timedelta(days=365)


class Kind(Struct, frozen=True):
    """How one method writes its list: the types, the first context, and what `encodedList` encodes."""

    credential_type: str
    list_type: str
    contexts: tuple[str, ...]
    decode: Callable[[str], bytes]


class Place(Struct, frozen=True):
    """What an entry points to: the status of `size` bits at `index` of the list at `url`."""

    url: str
    index: int
    purpose: str
    size: int = 1


class SignedList(Struct, frozen=True):
    """A list whose signature holds and whose form is right; nothing of it is judged by the clock yet.

    Index 0 is the left-most bit.
    """

    id: str | None
    purposes: tuple[str, ...]
    size: int | None
    bits: bytes
    period: Period
    issued: datetime | None
    ttl: timedelta | None

    def value(self, place: Place) -> int:
        """The status at a place; raises Refused for a list that is too short for it, or too short at all."""
        if len(self.bits) * 8 // place.size < FEWEST_ENTRIES:
            detail = f"The list has fewer than {FEWEST_ENTRIES} entries."
            raise Refused(Reason.STATUS_LIST_LENGTH, detail)
        first = place.index * place.size
        end = first + place.size
        if end > len(self.bits) * 8:
            raise Refused(Reason.STATUS_RANGE, "The credential's index lies beyond the end of its list.")
        covering = int.from_bytes(self.bits[first // 8 : (end + 7) // 8])
        return covering >> -end % 8 & (1 << place.size) - 1


class Read(Struct, frozen=True):
    """A status that was read: its value, and which issue of the list it was read from."""

    value: int
    answer: Fetched
    issued: datetime | None


class _Subject(Struct, frozen=True, rename="camel"):
    type: str | tuple[str, ...]
    status_purpose: str | tuple[str, ...]
    encoded_list: str
    ttl: int | None = None
    status_size: int | None = None


class _Credential(Struct, frozen=True, rename="camel"):
    context: tuple[Any, ...] = msgspec.field(name="@context")
    type: str | tuple[str, ...]
    credential_subject: _Subject
    id: str | None = None


def look_up(
    place: Place, kind: Kind, published: Published, question: Question
) -> Generator[Need | Chore, Any, "Read | Finding"]:
    """The status at `place`; or a finding that says why there is none."""
    answer = present((yield Need("status_list", place.url)))
    if isinstance(answer, Unreachable):
        detail = f"The issuer's list of withdrawn credentials could not be read. {answer.detail}"
        return Finding(Reason.STATUS_UNREACHABLE, detail, source=answer.url)
    try:
        memo = _memo(kind, published, answer)
        found = _verified_before(memo, question)
        if found is None:
            found = yield from _verify(memo, kind, published, question)
        _check(found, place, answer, question)
        return Read(found.value(place), answer, found.issued)
    except Refused as refused:
        return Finding(refused.reason, refused.detail, source=answer)


_Memo = tuple[str, str, bytes, bytes]


def _memo(kind: Kind, published: Published, answer: Fetched) -> _Memo:
    """What a verified list depends on: its bytes, and whose keys it was verified by.

    The bytes themselves and no digest: their hash is kept with them, and equal ones are mostly the same.
    """
    keys = b"" if published.document is None else published.document.body
    return kind.list_type, published.issuer, keys, answer.body


def _verified_before(memo: _Memo, question: Question) -> SignedList | None:
    """The list, if these bytes were verified by keys that may still verify; raises Refused."""
    held: tuple[tuple[Listed, ...], SignedList] | None = question.seen.lists.get(memo)
    if held is None:
        return None
    signers, found = held
    try:
        for signer in signers:
            signer.public(question.now)
    except KeyRefused as refused:
        raise invalid(refused.detail) from None
    return found


def _verify(
    memo: _Memo, kind: Kind, published: Published, question: Question
) -> Generator[Need | Chore, Any, SignedList]:
    """Open the list, check its signature, take it apart; raises Refused."""
    body = memo[-1]
    opened = yield from open_list(body, published, question)
    found = _take_apart(opened, kind, published.issuer)
    signers = tuple(filter(None, (published.select(proof.kid) for proof in opened.proofs)))
    # A key that was read from an address of its own may be gone by now: such a list is verified each time.
    if len(signers) == len(opened.proofs):
        question.seen.lists.put(memo, (signers, found), len(found.bits) + sum(map(len, memo)))
    return found


def _take_apart(opened: Opened, kind: Kind, issuer: str) -> SignedList:
    """What a list whose signature holds says; raises Refused."""
    document = opened.document
    try:
        credential = msgspec.convert(document, _Credential)
    except msgspec.ValidationError as error:
        raise invalid(f"The list is malformed: {error}.") from None
    subject = credential.credential_subject
    if kind.credential_type not in _all(credential.type) or kind.list_type not in _all(subject.type):
        raise invalid("What was found is not a status list.")
    if not credential.context or credential.context[0] not in kind.contexts:
        raise invalid("The list is not a credential of the data model that it belongs to.")
    # The entry may name a list of another issuer's (section 2.2, note); see docs/decisions/0016.
    if issuer_id(document) != issuer:
        raise invalid("The list is another issuer's.")
    try:
        when = period(document, opened.ends)
        issued = numeric_date(document["iat"]) if "iat" in document else when.start
    except TimeRefused as refused:
        raise invalid(f"A time of the list is malformed. {refused}") from None
    return SignedList(
        id=credential.id,
        purposes=_all(subject.status_purpose),
        size=subject.status_size,
        bits=inflate(kind.decode(subject.encoded_list)),
        # It begins when it was made, if that is later than it says.
        period=Period(max(filter(None, (when.start, issued)), default=None), when.end),
        issued=issued,
        ttl=None if subject.ttl is None else _milliseconds(subject.ttl),
    )


def _check(found: SignedList, place: Place, answer: Fetched, question: Question) -> None:
    """Is it this entry's list, in its period, and not an old one passed off as current? Raises Refused."""
    # A list need not name itself; one that does names this address.
    if found.id is not None and found.id != place.url:
        raise invalid("The list says that it belongs at another address.")
    if place.purpose not in found.purposes:
        raise invalid("The list is kept for another purpose.")
    if found.size not in (None, place.size):
        raise invalid("The list's entries are of another size than the credential's.")
    _check_period(found, question.now)
    _check_age(found, place.url, answer, question)


def _check_period(found: SignedList, now: datetime) -> None:
    when = found.period.at(now)
    if when == "expired":
        raise Refused(Reason.STATUS_STALE, "The list has expired and no newer one was found.")
    if when == "not_yet":
        raise invalid("The list is dated in the future.")
    if found.period.end is not None or found.issued is None:
        return
    if now - found.issued > _GREATEST_AGE_WITHOUT_END:
        raise Refused(Reason.STATUS_STALE, "The list names no end of its validity and is too old to rely on.")


def _check_age(found: SignedList, url: str, answer: Fetched, question: Question) -> None:
    """Refuse a list that is older than one seen before, and a copy that was kept for too long."""
    newest = question.seen.newest(url)
    if found.issued is not None:
        older = newest is not None and found.issued < newest
        # An older issue may come from a cache for as long as its issuer allows.
        cached = _DEFAULT_TTL if found.ttl is None else found.ttl
        if older and question.now - found.issued > cached:
            raise Refused(
                Reason.STATUS_STALE, "A newer issue of this list was seen before; this one is out of date."
            )
        question.seen.note(url, found.issued)
    elif newest is not None:
        raise Refused(
            Reason.STATUS_STALE, "A dated issue of this list was seen before; this one has no date."
        )
    kept, most = question.now - answer.fetched_at, _GREATEST_AGE
    # Nobody answered: a list that names no end counts until its issuer wants to be asked again.
    if answer.stale is not None and found.period.end is None and found.ttl is not None:
        most = found.ttl
    if kept > most:
        raise Refused(Reason.STATUS_STALE, "The copy of the list is too old to rely on.")


def inflate(compressed: bytes) -> bytes:
    """GZIP (RFC 1952), one member, to its end and within the bound; raises Refused."""
    stream = zlib.decompressobj(wbits=31)
    try:
        bits = stream.decompress(compressed, MOST_BITS // 8 + 1)
    except zlib.error:
        raise invalid("The list cannot be decompressed.") from None
    if len(bits) > MOST_BITS // 8:
        raise invalid(f"The list has more than {MOST_BITS} bits.")
    if not stream.eof or stream.unused_data:
        raise invalid("The list is cut off, or something follows it.")
    return bits


def _all(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


def _milliseconds(ttl: int) -> timedelta:
    return timedelta(milliseconds=min(max(ttl, 0), _LONGEST_TTL_MS))
