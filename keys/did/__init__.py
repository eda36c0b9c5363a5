"""DID methods, one module each: where a document is, and what it says.

A method's documents are either found at an address (`locate`, then `parse`) or follow from the identifier
alone (`resolve`).
"""

from collections.abc import Callable
from typing import NamedTuple

from keys.did import jwk, key, web
from keys.did.refused import MAX_DID, DidRefused
from schemas.did import DidDocument

__all__ = ["LOCATED", "SELF_CONTAINED", "DidRefused", "locate", "parse", "resolve"]


class Located(NamedTuple):
    """A method whose documents stand at an address."""

    locate: Callable[[str], str]
    parse: Callable[[bytes, str], DidDocument]


# Method name -> what reads it.
LOCATED = {"web": Located(web.locate, web.parse)}
SELF_CONTAINED: dict[str, Callable[[str], DidDocument]] = {"key": key.resolve, "jwk": jwk.resolve}


def locate(did: str) -> str | None:
    """The HTTPS URL of the document of `did`, None where it follows from the identifier.

    Raises DidRefused: did.method for a method that we do not read.
    """
    name = _method(did)
    return None if name in SELF_CONTAINED else LOCATED[name].locate(did)


def parse(data: bytes, did: str) -> DidDocument:
    """Read the document that was found for `did` at `locate(did)`; raises DidRefused unless it is its own."""
    return LOCATED[_method(did)].parse(data, did)


def resolve(did: str) -> DidDocument:
    """The document that follows from `did` alone; raises DidRefused."""
    return SELF_CONTAINED[_method(did)](did)


def _method(did: str) -> str:
    """The name of a method that we read; raises DidRefused."""
    scheme, _, rest = did.partition(":")
    name = rest.partition(":")[0]
    if scheme != "did" or (name not in LOCATED and name not in SELF_CONTAINED):
        detail = f"This version finds no keys for identifiers that begin with {scheme[:20]}:{name[:40]}."
        raise DidRefused("did.method", detail)
    if len(did) > MAX_DID:
        raise DidRefused("did.malformed", "The DID is too long.")
    return name
