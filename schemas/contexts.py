"""JSON-LD contexts by pinned digest, and which members they define; nothing is ever fetched.

A member that no context defines is dropped by every JSON-LD processor, so it escapes a signature over RDF,
and a reader cannot know what it means. `terms.json` holds what the pinned contexts define (`compile_contexts`
makes it); this module walks a document with it as JSON-LD 1.1 expansion would (section 5.1).
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]*")
_LITERAL = frozenset(("@context", "@id", "@type", "@value", "@language"))
_ENCLOSING = frozenset(("@graph", "@list", "@set"))
_RESET = -1
LONGEST_POINTER = 256

# What a term stands for: see compile_terms.
Entry = str | int | None
# The scopes that are in force, the last one winning.
Chain = tuple[int, ...]


class _Context(Struct, frozen=True):
    scope: int
    sha256: str
    seen: str


class _Tables(Struct, frozen=True):
    contexts: dict[str, _Context]
    scopes: tuple[dict[str, Entry], ...]


@cache
def _tables() -> _Tables:
    return msgspec.json.decode(files("schemas").joinpath("terms.json").read_bytes(), type=_Tables)


def known_contexts() -> dict[str, str]:
    """The contexts that we hold: address -> SHA-256 of the document, hexadecimal."""
    return {url: context.sha256 for url, context in _tables().contexts.items()}


def unknown_contexts(document: Any) -> list[str]:
    """The contexts named at any depth that we do not hold: addresses, or `inline at <pointer>`.

    Where this is not empty, `undefined_terms` can only speak for the contexts that we do hold.
    """
    known = _tables().contexts
    found: dict[str, None] = {}
    for pointer, context in _named_contexts(document):
        if isinstance(context, str):
            if context not in known:
                found[context] = None
        elif context is not None:
            found[f"inline at {pointer}"] = None
    return list(found)


def undefined_terms(document: Any) -> list[str]:
    """JSON pointers of the members and types that do not resolve in the scope of their node.

    Under an undefined member nothing else is reported. Type-scoped contexts do not propagate to other nodes,
    property-scoped ones do. An absolute IRI resolves as it stands.
    """
    found: list[str] = []
    _walk(document, _Scope(()), "", found)
    return found


class _Scope(NamedTuple):
    """What is in force where a value stands."""

    chain: Chain
    # What was in force before the enclosing node's types opened theirs, which other nodes do not inherit.
    before: Chain | None = None
    # The scope that the member itself opens.
    opens: Entry = None


def _walk(value: Any, scope: _Scope, pointer: str, found: list[str]) -> None:
    if isinstance(value, list):
        for position, item in enumerate(value):
            _walk(item, scope, below(pointer, position), found)
    elif isinstance(value, dict):
        # Literals and bare references keep the inner scope, but hold nothing that it could define.
        chain = _opened(scope.chain if scope.before is None else scope.before, scope.opens)
        if "@context" in value:
            chain = _entered(chain, value["@context"])
        _node(value, chain, pointer, found)


def _node(node: dict[str, Any], outer: Chain, pointer: str, found: list[str]) -> None:
    types: list[str] = []
    for where, kind in _types(node, outer, pointer):
        if isinstance(kind, str) and _resolves(kind, outer):
            types.append(kind)
        else:
            found.append(where)
    # JSON-LD applies type-scoped contexts in the order of the types' names, each found in the outer scope.
    inner = outer
    for kind in sorted(types):
        inner = _opened(inner, _terms(outer).get(kind))
    before = outer if inner != outer else None
    terms = _terms(inner)
    for name, value in node.items():
        if name not in terms and name not in _LITERAL and name not in _ENCLOSING and not _IRI.fullmatch(name):
            found.append(below(pointer, name))
        elif isinstance(value, dict | list) and name not in _LITERAL:
            opens = terms.get(name)
            if not isinstance(opens, str):
                _walk(value, _Scope(inner, before, opens), below(pointer, name), found)


def _types(node: dict[str, Any], chain: Chain, pointer: str) -> Iterator[tuple[str, Any]]:
    """The node's types, as found, each with its pointer; a literal's type is a datatype and not meant."""
    terms = _terms(chain)
    for name, value in node.items():
        if "@value" not in node and terms.get(name, name) == "@type":
            yield from _each(value, below(pointer, name))


def _each(value: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    """A value that stands alone or in a list, with its pointer."""
    if isinstance(value, list):
        yield from ((below(pointer, position), item) for position, item in enumerate(value))
    else:
        yield pointer, value


def _resolves(kind: str, chain: Chain) -> bool:
    """Whether a type is a term (and not a keyword's alias) or an absolute IRI."""
    return _terms(chain).get(kind, "@id") not in ("@id", "@type") or _IRI.fullmatch(kind) is not None


def _entered(chain: Chain, context: Any) -> Chain:
    """The chain after a node's own `@context`; contexts that we do not hold change nothing."""
    for _, entry in _each(context, ""):
        if entry is None:
            chain = ()
        elif isinstance(entry, str) and (known := _tables().contexts.get(entry)):
            chain = _opened(chain, known.scope)
    return chain


@lru_cache(maxsize=256)
def _opened(chain: Chain, scope: Entry) -> Chain:
    if not isinstance(scope, int):
        return chain
    if scope == _RESET:
        return ()
    # A scope's last application overrides its earlier ones, so a chain is never longer than the table.
    return (*(earlier for earlier in chain if earlier != scope), scope)


@lru_cache(maxsize=256)
def _terms(chain: Chain) -> dict[str, Entry]:
    terms: dict[str, Entry] = {}
    for scope in chain:
        terms |= _tables().scopes[scope]
    return terms


def _named_contexts(document: Any) -> Iterator[tuple[str, Any]]:
    """Every single context in the document with its pointer, in document order."""
    waiting = [("", document)]
    while waiting:
        pointer, value = waiting.pop()
        if isinstance(value, dict):
            if "@context" in value:
                yield from _each(value["@context"], f"{pointer}/@context")
            inner = [
                (name, v) for name, v in value.items() if isinstance(v, dict | list) and name != "@context"
            ]
            waiting += [(below(pointer, name), v) for name, v in reversed(inner)]
        elif isinstance(value, list):
            waiting += [(below(pointer, position), item) for position, item in reversed([*enumerate(value)])]


def below(pointer: str, step: str | int) -> str:
    """The JSON pointer (RFC 6901) one step further down; one that is too long to be read ends early.

    Whoever wrote a document chose its members' names, and a long one stands in every pointer below it.
    """
    name = str(step)[:LONGEST_POINTER].replace("~", "~0").replace("/", "~1")
    return f"{pointer}/{name}"[:LONGEST_POINTER]
