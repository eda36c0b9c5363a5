"""JSON-LD contexts by pinned digest, and which members they define; nothing is ever fetched.

A member that no context defines is dropped by every JSON-LD processor, so it escapes a signature over RDF,
and a reader cannot know what it means. `terms.json` holds what the pinned contexts define (`compile_contexts`
makes it); this module walks a document with it as JSON-LD 1.1 expansion would (section 5.1).
"""

from collections.abc import Iterator
from typing import Any

from schemas.scopes import (
    ABSOLUTE_IRI,
    EMPTY,
    LITERAL,
    Active,
    Plan,
    entered,
    held,
    key_of,
    opened,
    planned,
    tables,
    too_many,
    typed,
)

_LITERAL = frozenset(("@context", "@id", "@type", "@value", "@language"))
_ENCLOSING = frozenset(("@graph", "@list", "@set"))
LONGEST_POINTER = 256


def known_contexts() -> dict[str, str]:
    """The contexts that we hold: address -> SHA-256 of the document, hexadecimal."""
    return {url: context.sha256 for url, context in tables().contexts.items()}


# Documents that an address served before the one that we hold: credentials made then name their digests.
_EARLIER = {
    "https://www.w3.org/ns/credentials/v2": (
        "24a18c90e9856d526111f29376e302d970b2bd10182e33959995b0207d7043b9",
        "35239c36999d2155312091af194a1edb61634d6ad789a5e5b19f2aebdd762dd9d1dcaada40eda7ef921c6b8c0ae107a0",
    ),
}


def known_digests(url: str) -> frozenset[str]:
    """SHA-256 and SHA-384, hexadecimal, of what this address serves or served; nothing if we hold it not."""
    context = tables().contexts.get(url)
    if context is None:
        return frozenset()
    return frozenset((context.sha256, context.sha384, *_EARLIER.get(url, ())))


def fits(document: Any) -> bool:
    """Whether we hold every context and everything is defined by plain terms: in microseconds.

    Where this is so, `unknown_contexts` and `undefined_terms` find nothing; otherwise they say what and
    where.
    """
    try:
        return isinstance(document, dict) and _fits(document)
    except TypeError:  # a type or a context that is no text
        return False


def _fits(document: dict[str, Any]) -> bool:
    # Every value of every credential passes here; kinds of nodes that were seen before cost one look-up.
    waiting: list[tuple[dict[str, Any], Active | None]] = [(document, EMPTY)]
    for node, active in waiting:
        if active is None:
            return False
        plan = active.plans.get(key_of(node)) or _seen_first(node, active)
        if plan is None:
            return False
        for value, child in zip(node.values(), plan.children, strict=False):
            if value.__class__ is str:
                continue
            if value.__class__ is dict:
                waiting.append((value, child))
            elif value.__class__ is list:
                waiting += [(item, child) for item in value if item.__class__ is dict]
                if list in map(type, value):
                    return False
    return True


def _seen_first(node: dict[str, Any], active: Active) -> Plan | None:
    """The plan of a node of a new kind, of a literal, or of one that has a context of its own."""
    if "@value" in node:
        return LITERAL if node.keys() <= _LITERAL - {"@context"} else None
    if "@context" in node:
        context, known = node["@context"], tables().contexts
        if not all(entry in known for entry in (context if isinstance(context, list) else (context,))):
            return None
        active = entered(active, context)
    return planned(active, node)


def unknown_contexts(document: Any) -> list[str]:
    """The contexts named at any depth that we do not hold: addresses, or `inline at <pointer>`.

    Where a node writes down too many, that is all of them.

    Where this is not empty, `undefined_terms` can only speak for the contexts that we do hold.
    """
    if fits(document):
        return []
    found: dict[str, None] = {}
    for pointer, context in _named_contexts(document):
        if context is not None and not held(context):
            found[context if isinstance(context, str) else f"inline at {pointer}"] = None
    return list(found)


def contradictory(document: dict[str, Any]) -> bool:
    """Whether the document's contexts redefine a protected term: a JSON-LD processor gives up there."""
    active = entered(EMPTY, document.get("@context"))
    kinds = [kind for _, kind in _types(document, active, "") if isinstance(kind, str)]
    return typed(active, tuple(kinds)).conflict


def undefined_terms(document: Any) -> list[str]:
    """JSON pointers of the members and types that do not resolve in the scope of their node.

    Under an undefined member nothing else is reported. Type-scoped contexts do not propagate to other nodes,
    property-scoped ones do. An absolute IRI resolves as it stands.
    """
    found: list[str] = []
    if not fits(document):
        _walk(document, EMPTY, "", found)
    return found


def _walk(value: Any, active: Active, pointer: str, found: list[str]) -> None:
    if isinstance(value, list):
        for position, item in enumerate(value):
            _walk(item, active, below(pointer, position), found)
    elif isinstance(value, dict):
        # Literals and bare references keep the inner scope, but hold nothing that it could define.
        if "@context" in value:
            active = entered(active, value["@context"])
        _node(value, active, pointer, found)


def _node(node: dict[str, Any], outer: Active, pointer: str, found: list[str]) -> None:
    types: list[str] = []
    for where, kind in _types(node, outer, pointer):
        if isinstance(kind, str) and _resolves(kind, outer):
            types.append(kind)
        else:
            found.append(where)
    terms = typed(outer, tuple(types)).terms
    for name, value in node.items():
        term = terms.get(name)
        if term is None:
            if name in _LITERAL:
                continue
            if name not in _ENCLOSING and not ABSOLUTE_IRI.fullmatch(name):
                found.append(below(pointer, name))
                continue
        elif term.iri[0] == "@" or term.type == "@json":
            continue
        if isinstance(value, dict | list):
            inner = outer if term is None else opened(outer, term.scope, override=True)
            _walk(value, inner, below(pointer, name), found)


def _types(node: dict[str, Any], active: Active, pointer: str) -> Iterator[tuple[str, Any]]:
    """The node's types, as found, each with its pointer; a literal's type is a datatype and not meant."""
    for name, value in node.items():
        alias = active.terms.get(name)
        if "@value" not in node and (name if alias is None else alias.iri) == "@type":
            yield from _each(value, below(pointer, name))


def _each(value: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    """A value that stands alone or in a list, with its pointer."""
    if isinstance(value, list):
        yield from ((below(pointer, position), item) for position, item in enumerate(value))
    else:
        yield pointer, value


def _resolves(kind: str, active: Active) -> bool:
    """Whether a type is a term (and not a keyword's alias) or an absolute IRI."""
    term = active.terms.get(kind)
    return ABSOLUTE_IRI.fullmatch(kind) is not None if term is None else term.iri[0] != "@"


def _named_contexts(document: Any) -> Iterator[tuple[str, Any]]:
    """Every single context in the document with its pointer, in document order."""
    waiting = [("", document)]
    while waiting:
        pointer, value = waiting.pop()
        if isinstance(value, dict):
            if "@context" in value:
                contexts, where = value["@context"], f"{pointer}/@context"
                yield from [(where, contexts)] if too_many(contexts) else _each(contexts, where)
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
