"""did:web (W3C Credentials Community Group report): the address of a DID's document, and its reading."""

import re
from urllib.parse import urlsplit

import msgspec

from keys.did.refused import DidRefused
from schemas.did import DidDocument
from schemas.strict_json import StrictJsonError, loads

PREFIX = "did:web:"
MAX_DOCUMENT_BYTES = 65_536

_MAX_DID = 1_024
_MAX_HOST = 253
_MAX_PORT = 65_535
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_SEGMENT = re.compile(r"[A-Za-z0-9._~-]+")


def locate(did: str) -> str:
    """The HTTPS URL of the document; raises DidRefused.

    Stricter than the report where a host could be read in two ways: lower-case DNS names only, no IP address
    in any notation, no percent-encoding but the port's `%3A`, no empty or dot segment, no fragment.
    """
    if not did.startswith(PREFIX):
        raise DidRefused("did.method", "The identifier is not a did:web.")
    if len(did) > _MAX_DID:
        raise _malformed("The did:web is too long.")
    authority, *segments = did.removeprefix(PREFIX).split(":")
    host, encoded_colon, port = authority.replace("%3a", "%3A").partition("%3A")
    _check_host(host)
    if encoded_colon and not (_PORT.fullmatch(port) and int(port) <= _MAX_PORT):
        raise _malformed("The did:web names an impossible port.")
    for segment in segments:
        if not _SEGMENT.fullmatch(segment) or segment in (".", ".."):
            raise _malformed("The did:web has a path segment that is empty, a dot, or not plain.")
    path = "/".join(segments) or ".well-known"
    return f"https://{host}{':' + port if port else ''}/{path}/did.json"


def parse(data: bytes, did: str) -> DidDocument:
    """Read the document that was found for `did`; raises DidRefused when it is not of that very DID."""
    try:
        document = msgspec.convert(loads(data, max_bytes=MAX_DOCUMENT_BYTES), DidDocument)
    except StrictJsonError as error:
        raise DidRefused("did.document", f"The DID document is not acceptable JSON: {error.detail}") from None
    except msgspec.ValidationError as error:
        raise DidRefused("did.document", f"The DID document has the wrong shape: {error}.") from None
    if document.id != did:
        raise DidRefused("did.mismatch", "The DID document names another DID as its id.")
    return document


def did_web(base_url: str, org: str) -> str:
    """The identifier of organisation `org` of the service at `base_url`: `did:web:<host>[%3A<port>]:o:<org>`.

    Raises DidRefused where the result could not be located again (an IP address, user information, a query).
    """
    try:
        parts = urlsplit(base_url)
        port = parts.port
    except ValueError:
        raise _malformed("The base URL cannot be read.") from None
    odd = parts.username or parts.password or parts.query or parts.fragment
    if parts.scheme not in ("https", "http") or not parts.hostname or odd:
        raise _malformed("The base URL is not a plain http or https address.")
    segments = [segment for segment in parts.path.split("/") if segment]
    did = PREFIX + ":".join([parts.hostname + (f"%3A{port}" if port else ""), *segments, "o", org])
    locate(did)
    return did


def _check_host(host: str) -> None:
    """A DNS name in lower case that no reader takes for an IP address (WHATWG URL, "ends in a number")."""
    labels = host.split(".")
    if len(host) > _MAX_HOST or not all(_LABEL.fullmatch(label) for label in labels):
        raise _malformed("The did:web does not name a host in lower-case DNS form.")
    if labels[-1].isdigit() or re.fullmatch(r"0x[0-9a-f]*", labels[-1]):
        raise _malformed("The did:web names an IP address.")


def _malformed(detail: str) -> DidRefused:
    return DidRefused("did.malformed", detail)
