"""Rules of related resources: VC Data Model 2.0, section 5.3."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from keys import base58, base64url
from schemas.contexts import known_digests
from schemas.report import Reason
from verifier.lint.profile import CREDENTIAL, MODEL_2
from verifier.lint.rule import Rule, Severity, Spot, each, is_url, objects

_SRI = re.compile(r"sha(256|384|512)-([A-Za-z0-9+/]+)={0,2}", re.ASCII)
_TO_URL = str.maketrans("+/", "-_")
# Lengths in bytes of the digests that we can compare; a multihash has two bytes before.
_COMPARED = (32, 48)


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


def resources_match(document: Mapping[str, Any]) -> Iterator[Spot]:
    """A digest of what we hold is the right one. What we do not hold is not fetched, and not compared."""
    for where, value in objects(document, "relatedResource"):
        known = known_digests(value["id"]) if isinstance(value.get("id"), str) else frozenset()
        for member, read in (("digestSRI", _sri), ("digestMultibase", _multibase)):
            if known and member in value:
                digest = read(value[member])
                if digest is None or (len(digest) in _COMPARED and digest.hex() not in known):
                    yield f"{where}/{member}", "The resource is not the one that was pinned by its digest."


def _sri(value: Any) -> bytes | None:
    """The digest in Subresource Integrity's form."""
    found = _SRI.fullmatch(value) if isinstance(value, str) else None
    return None if found is None else _decoded(found[2].translate(_TO_URL).encode())


def _multibase(value: Any) -> bytes | None:
    """The digest in multibase `u` or `z`, alone or as a multihash."""
    if not isinstance(value, str):
        return None
    raw = _base58(value[1:].encode()) if value[:1] == "z" else _decoded(value[1:].encode())
    if value[:1] not in {"u", "z"} or raw is None:
        return None
    return raw if len(raw) in _COMPARED else raw[2:]


def _decoded(text: bytes) -> bytes | None:
    try:
        return base64url.decode(text)
    except ValueError:
        return None


def _base58(text: bytes) -> bytes | None:
    try:
        return base58.decode(text)
    except ValueError:
        return None


_VC = "VC Data Model 2.0, section 5.3"
_CREDENTIAL_2 = CREDENTIAL & MODEL_2

RULES = (
    Rule(Reason.SHAPE_RELATED_RESOURCE, Severity.ERROR, _VC, related_resources, _CREDENTIAL_2),
    Rule(Reason.SHAPE_RELATED_RESOURCE, Severity.ERROR, _VC, resources_match, _CREDENTIAL_2),
)
