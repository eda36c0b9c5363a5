"""Compile the pinned JSON-LD contexts to `schemas/terms.json`.

When a pin changes: `python -c "from schemas.compile_contexts import write; write()"`; a test compares. The
contexts are data of an installed package (extra `contexts`) that is never imported; nothing is fetched.
"""

import hashlib
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from schemas import strict_json

TARGET = Path(__file__).with_name("terms.json")

# What a table without IRIs can stand for; anything beyond would need a full JSON-LD processor.
_CONTEXT_KEYWORDS = {"@protected", "@version"}
_TERM_KEYWORDS = {"@id", "@type", "@container", "@context", "@protected"}
_CONTAINERS = {None, "@set", "@list", "@graph"}


class Pin(NamedTuple):
    """A context's address and the document that we hold for it; `seen` is when that address served it."""

    url: str
    file: str
    sha256: str
    seen: str


_OB = "https://purl.imsglobal.org/spec/ob/v3p0/"
PINS = (
    Pin(
        "https://www.w3.org/ns/credentials/v2",
        "credentials-v2.json",
        "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734",
        "2026-07-03",
    ),
    Pin(
        _OB + "context-3.0.1.json",
        "ob-v3p0-context-3.0.1.json",
        "5f3d9dd6288ef437ff8286cf95ffbff609c748a66f24a1e9450c45ca64be1571",
        "2026-07-03",
    ),
    Pin(
        _OB + "context-3.0.2.json",
        "ob-v3p0-context-3.0.2.json",
        "00666ad080ba407687ed1846b7f5e7495f5019042b202a727de47c48a1755c53",
        "2026-07-03",
    ),
    Pin(
        _OB + "context-3.0.3.json",
        "ob-v3p0-context-3.0.3.json",
        "3d34f4d4ef1bce691106e63798beb5e7b862ba841423f5ee1e53ab7ddf3bca84",
        "2026-07-03",
    ),
    Pin(
        _OB + "extensions.json",
        "ob-v3p0-extensions.json",
        "87c06c81bc2317663bf288d740d94fddd2818c4342b186270ff6371dfaa63f93",
        "2026-07-12",
    ),
    Pin(
        "https://w3id.org/security/data-integrity/v2",
        "security-data-integrity-v2.json",
        "67f21e6e33a6c14e5ccfd2fc7865f7474fb71a04af7e94136cb399dfac8ae8f4",
        "2026-07-03",
    ),
    Pin(
        "https://w3id.org/security/multikey/v1",
        "security-multikey-v1.json",
        "ba2c182de2d92f7e47184bcca8fcf0beaee6d3986c527bf664c195bbc7c58597",
        "2026-07-03",
    ),
)


class UncompilableError(Exception):
    """A context that changed under its pin, or that needs more than a table of terms."""


def compile_terms(read: Callable[[str], bytes], pins: tuple[Pin, ...] = PINS) -> bytes:
    """The content of terms.json; `read` gives a pinned file's bytes. Raises UncompilableError.

    `contexts`: address -> its scope's number, digest and date. `scopes`: term -> null (nothing special),
    a keyword (`@id`, `@type`: an alias; `@json`: a literal), the number of the scope that the term opens
    (as a type or as a member), or -1 where it resets to no context at all.
    """
    scopes: list[dict[str, Any]] = []
    contexts = {}
    for pin in pins:
        raw = read(pin.file)
        if hashlib.sha256(raw).hexdigest() != pin.sha256:
            raise UncompilableError(f"{pin.file} is not the document that was pinned for {pin.url}")
        scope = _scope(strict_json.loads(raw)["@context"], scopes)
        contexts[pin.url] = {"scope": scope, "sha256": pin.sha256, "seen": pin.seen}
    lines = [b'{"contexts":{']
    lines.append(b",\n".join(_line(url) + b":" + _line(entry) for url, entry in contexts.items()))
    lines += [b'},"scopes":[', b",\n".join(map(_line, scopes)), b"]}\n"]
    return b"\n".join(lines)


def _scope(context: dict[str, Any], scopes: list[dict[str, Any]]) -> int:
    """The number of the scope that `context` defines; equal scopes share one."""
    terms = {}
    for term, definition in context.items():
        if not term.startswith("@"):
            terms[term] = _entry(term, definition, scopes)
        elif term not in _CONTEXT_KEYWORDS:
            raise UncompilableError(f"{term} in a context")
    if terms not in scopes:
        scopes.append(terms)
    return scopes.index(terms)


def _entry(term: str, definition: Any, scopes: list[dict[str, Any]]) -> str | int | None:
    if definition in ("@id", "@type"):
        return str(definition)
    if isinstance(definition, str):
        definition = {"@id": definition}
    if not isinstance(definition, dict) or not isinstance(definition.get("@id"), str):
        raise UncompilableError(f"{term}: not defined by an IRI")
    if definition.keys() - _TERM_KEYWORDS or definition.get("@container") not in _CONTAINERS:
        raise UncompilableError(f"{term}: needs more than a table")
    if "@context" in definition:
        return -1 if definition["@context"] is None else _scope(definition["@context"], scopes)
    return "@json" if definition.get("@type") == "@json" else None


def _line(value: Any) -> bytes:
    return msgspec.json.encode(value, order="sorted")


def installed(file: str) -> bytes:
    """A pinned file's bytes out of the installed package; the package itself is not imported."""
    spec = find_spec("openbadgeslib")
    if spec is None or spec.origin is None:
        raise UncompilableError("openbadgeslib is not installed (extra contexts)")
    return (Path(spec.origin).parent / "ob3" / "contexts" / file).read_bytes()


def write(target: Path = TARGET) -> None:
    """Write terms.json anew."""
    target.write_bytes(compile_terms(installed))
