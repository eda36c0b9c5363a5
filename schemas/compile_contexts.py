"""Compile the pinned JSON-LD contexts to `schemas/terms.json`.

When a pin changes: `make terms`; a test compares. The contexts are data of installed packages (extra
`contexts`) that are never imported, or written down in `schemas/written_contexts.py`; nothing is fetched.
"""

import hashlib
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from schemas import strict_json
from schemas.written_contexts import WRITTEN

TARGET = Path(__file__).with_name("terms.json")

# What a row of `schemas/scopes.py` can say; anything beyond would need a full JSON-LD processor.
_CONTEXT_KEYWORDS = {"@protected", "@version"}
_TERM_KEYWORDS = {"@id", "@type", "@container", "@context", "@protected"}
_CONTAINERS = {None, "@set", "@list", "@graph"}
_TYPES = {"@id", "@vocab", "@json"}
# A simple definition whose IRI ends like this can begin compact IRIs (JSON-LD 1.1 API, section 4.2.2).
_GEN_DELIMS = tuple(":/?#[]@")
_RESET = -1


class Pin(NamedTuple):
    """A context's address and the document that we hold for it; `seen` is when that address served it."""

    url: str
    file: str
    sha256: str
    seen: str


_W3 = "https://w3id.org/security/"
_OB = "https://purl.imsglobal.org/spec/ob/v3p0/"
# Packages that carry contexts, and where.
_BADGES = "openbadgeslib/ob3/contexts/"
_PYLD = "pyld/documentloader/frozen/bundled/"
PINS = (
    Pin(
        "https://www.w3.org/ns/credentials/v2",
        _BADGES + "credentials-v2.json",
        "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734",
        "2026-07-03",
    ),
    Pin(
        "https://www.w3.org/2018/credentials/v1",
        _PYLD + "credentials-v1.jsonld",
        "00d7dd6d3ad8b920e3e550dd3a3d9090bffcac84cdbf943da6924b3e0a5c8bb8",
        "2026-11-25",
    ),
    Pin(
        _OB + "context-3.0.1.json",
        _BADGES + "ob-v3p0-context-3.0.1.json",
        "5f3d9dd6288ef437ff8286cf95ffbff609c748a66f24a1e9450c45ca64be1571",
        "2026-07-03",
    ),
    Pin(
        _OB + "context-3.0.2.json",
        _BADGES + "ob-v3p0-context-3.0.2.json",
        "00666ad080ba407687ed1846b7f5e7495f5019042b202a727de47c48a1755c53",
        "2026-07-03",
    ),
    Pin(
        _OB + "context-3.0.3.json",
        _BADGES + "ob-v3p0-context-3.0.3.json",
        "3d34f4d4ef1bce691106e63798beb5e7b862ba841423f5ee1e53ab7ddf3bca84",
        "2026-07-03",
    ),
    Pin(
        _OB + "extensions.json",
        _BADGES + "ob-v3p0-extensions.json",
        "87c06c81bc2317663bf288d740d94fddd2818c4342b186270ff6371dfaa63f93",
        "2026-07-12",
    ),
    Pin(
        _W3 + "data-integrity/v2",
        _BADGES + "security-data-integrity-v2.json",
        "67f21e6e33a6c14e5ccfd2fc7865f7474fb71a04af7e94136cb399dfac8ae8f4",
        "2026-07-03",
    ),
    Pin(
        _W3 + "multikey/v1",
        _BADGES + "security-multikey-v1.json",
        "ba2c182de2d92f7e47184bcca8fcf0beaee6d3986c527bf664c195bbc7c58597",
        "2026-07-03",
    ),
    Pin(
        _W3 + "suites/ed25519-2020/v1",
        _PYLD + "security-ed25519-2020-v1.jsonld",
        "b9e1ab971fd8bf2c7553e0c4a9438e0b9450afde1ea1ca5b2492368b9f549588",
        "2026-11-25",
    ),
    Pin(
        "https://www.w3.org/ns/did/v1",
        _PYLD + "did-v1.jsonld",
        "62c1054bf404d6dd3a4b26b64f830fd72095f6a26edc4469908c94351352ce5f",
        "2026-11-25",
    ),
)


class UncompilableError(Exception):
    """A context that changed under its pin, or that needs more than a table of terms."""


def compile_terms(read: Callable[[str], bytes], pins: tuple[Pin, ...] = PINS) -> bytes:
    """The content of terms.json; `read` gives a pinned file's bytes. Raises UncompilableError.

    `contexts`: address -> its scope's number, digest and date. `scopes`: term -> a keyword (`@id`, `@type`:
    an alias) or a row as in `schemas/scopes.py`: IRI, type, container, the number of the scope that the term
    opens (as a type or as a member; -1 resets to no context at all), protected, prefix. IRIs stand as
    written: what a compact one means depends on where its scope is opened.
    """
    scopes: list[dict[str, Any]] = []
    contexts = {}
    for pin in pins:
        raw = read(pin.file)
        if hashlib.sha256(raw).hexdigest() != pin.sha256:
            raise UncompilableError(f"{pin.file} is not the document that was pinned for {pin.url}")
        scope = _scope(strict_json.loads(raw)["@context"], scopes)
        sha384 = hashlib.sha384(raw).hexdigest()
        contexts[pin.url] = {"scope": scope, "sha256": pin.sha256, "sha384": sha384, "seen": pin.seen}
    for written in WRITTEN:
        scope = _scope(written.context, scopes)
        digests = {"sha256": written.sha256, "sha384": written.sha384}
        contexts[written.url] = {"scope": scope, **digests, "seen": written.seen}
    lines = [b'{"contexts":{']
    lines.append(b",\n".join(_line(url) + b":" + _line(entry) for url, entry in contexts.items()))
    lines += [b'},"scopes":[', b",\n".join(map(_line, scopes)), b"]}\n"]
    return b"\n".join(lines)


def _scope(context: dict[str, Any], scopes: list[dict[str, Any]]) -> int:
    """The number of the scope that `context` defines; equal scopes share one."""
    terms = {}
    protected = context.get("@protected", False)
    for term, definition in context.items():
        if not term.startswith("@"):
            terms[term] = _entry(term, definition, scopes, protected=protected)
        elif term not in _CONTEXT_KEYWORDS:
            raise UncompilableError(f"{term} in a context")
    if terms not in scopes:
        scopes.append(terms)
    return scopes.index(terms)


def _entry(term: str, definition: Any, scopes: list[dict[str, Any]], *, protected: bool) -> str | list[Any]:
    if definition in ("@id", "@type"):
        return str(definition)
    prefix = isinstance(definition, str) and definition.endswith(_GEN_DELIMS)
    if isinstance(definition, str):
        definition = {"@id": definition}
    if ":" in term or not isinstance(definition, dict) or not isinstance(definition.get("@id"), str):
        raise UncompilableError(f"{term}: not a plain name defined by an IRI")
    if definition.keys() - _TERM_KEYWORDS or definition.get("@container") not in _CONTAINERS:
        raise UncompilableError(f"{term}: needs more than a table")
    kind = definition.get("@type")
    if definition["@id"].startswith("@") or (str(kind).startswith("@") and kind not in _TYPES):
        raise UncompilableError(f"{term}: a keyword that no table has")
    scope = None
    if "@context" in definition:
        scope = _RESET if definition["@context"] is None else _scope(definition["@context"], scopes)
    protected = definition.get("@protected", protected)
    return [definition["@id"], kind, definition.get("@container"), scope, protected, prefix]


def _line(value: Any) -> bytes:
    return msgspec.json.encode(value, order="sorted")


def installed(file: str) -> bytes:
    """A pinned file's bytes out of its installed package; the package itself is not imported."""
    package, _, path = file.partition("/")
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise UncompilableError(f"{package} is not installed (extra contexts)")
    return (Path(spec.origin).parent / path).read_bytes()


def write(target: Path = TARGET) -> None:
    """Write terms.json anew."""
    target.write_bytes(compile_terms(installed))
