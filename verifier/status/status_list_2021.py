"""StatusList2021, from which Bitstring Status List 1.0 came: one bit an entry, and no multibase.

W3C Verifiable Credentials Status List v2021 (Working Draft, 27 April 2023), on the data model 1.1 or 2.0.
"""

import base64
import binascii
import re
from collections.abc import Generator, Mapping
from typing import Any

import msgspec

from schemas.credential import CREDENTIALS_V1, CREDENTIALS_V2
from schemas.report import Reason
from schemas.status import BitstringStatusListEntry
from verifier.fetch import Need
from verifier.issuer_key import Published
from verifier.question import Question
from verifier.sandbox import Chore
from verifier.status.bitstring import index_of, withdrawn_or_not
from verifier.status.finding import Finding, Refused, invalid
from verifier.status.signed_list import Kind, Place, look_up

ENTRY_TYPE = "StatusList2021Entry"
PURPOSES = ("revocation", "suspension")

# The draft says base64; its authors' own software writes base64url. Either, not a mixture.
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}", re.ASCII)
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*={0,2}", re.ASCII)


def evaluate(
    entry: Mapping[str, Any], _document: Mapping[str, Any], published: Published, question: Question
) -> Generator[Need | Chore, Any, Finding]:
    """Fetch the entry's list, verify it, read the bit."""
    try:
        place = _entry(entry)
    except Refused as refused:
        return Finding(refused.reason, refused.detail)
    found = yield from look_up(place, _LIST, published, question)
    if isinstance(found, Finding):
        return found
    return withdrawn_or_not(found, place, question)


def _entry(entry: Mapping[str, Any]) -> Place:
    """The entry (section 4.1); raises Refused."""
    try:
        named = msgspec.convert(entry, BitstringStatusListEntry)
    except msgspec.ValidationError as error:
        raise Refused(Reason.STATUS_MALFORMED, f"The status entry is malformed: {error}.") from None
    if named.id == named.status_list_credential:
        detail = "The status entry's id must not be its list's address."
        raise Refused(Reason.STATUS_MALFORMED, detail)
    if named.status_purpose not in PURPOSES or named.status_size not in (None, 1):
        detail = "The status entry's purpose or size is not one that we evaluate."
        raise Refused(Reason.STATUS_UNSUPPORTED, detail)
    return Place(named.status_list_credential, index_of(named.status_list_index), named.status_purpose)


def _base64(encoded: str) -> bytes:
    """Base64 (RFC 4648, section 4 or 5), padded or not; raises Refused."""
    if _BASE64.fullmatch(encoded) or _BASE64URL.fullmatch(encoded):
        bare = encoded.rstrip("=").translate({ord("-"): "+", ord("_"): "/"})
        try:
            return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
        except binascii.Error:
            pass
    raise invalid("The list is not in base64.")


_LIST = Kind("StatusList2021Credential", "StatusList2021", (CREDENTIALS_V1, CREDENTIALS_V2), _base64)
