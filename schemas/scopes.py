"""What JSON-LD contexts make of a node: JSON-LD 1.1 API, section 4.1, over the compiled tables.

An `Active` is an active context. Terms are resolved when a scope is opened on it, as the standard does,
because a compact IRI in a definition means what its prefix means there. Everything is kept and shared: a
document costs look-ups only.
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

# Nothing that could end an IRI in N-Quads, or that a parser might read as an escape.
ABSOLUTE_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\\x7f]*")
_RESET = -1
# Actives and plans that are kept; strangers' documents can ask for any number of them.
_KEPT = 512
_KEPT_PLANS = 256
_LONGEST_KEY = 16
_CONTEXT_KEYWORDS = frozenset(("@protected", "@version"))
# A prefix and a name: not `https://…`, not a keyword, not what begins with a scheme of the standards' own
# IRIs.
_COMPACT = re.compile(r"(?!https?:|urn:)[^:@]+(:(?!//)|$)")


class Term(NamedTuple):
    """A term definition. The `iri` of an alias is a keyword; `type` is @id, @vocab, @json or a datatype."""

    iri: str
    type: str | None = None
    container: str | None = None
    scope: int | None = None
    protected: bool = False
    prefix: bool = False


class _Context(Struct, frozen=True):
    scope: int
    sha256: str
    sha384: str
    seen: str


class Tables(Struct, frozen=True):
    """`schemas/terms.json`, as `compile_contexts` describes it."""

    contexts: dict[str, _Context]
    scopes: tuple[dict[str, str | tuple[str, str | None, str | None, int | None, bool, bool]], ...]


@cache
def tables() -> Tables:
    """The compiled tables, read once."""
    return msgspec.json.decode(files("schemas").joinpath("terms.json").read_bytes(), type=Tables)


class _Rows(NamedTuple):
    """A scope's definitions; `dynamic` names those whose meaning depends on where the scope is opened."""

    terms: dict[str, Term]
    dynamic: tuple[str, ...]


@cache
def _rows(scope: int) -> _Rows:
    written = {
        name: Term(row, protected=True) if isinstance(row, str) else Term(*row)
        for name, row in tables().scopes[scope].items()
    }
    terms = {name: _resolved(term, written, {}) for name, term in written.items()}
    unsettled = [
        name for name, term in terms.items() if _COMPACT.match(term.iri) or _COMPACT.match(term.type or "")
    ]
    return _Rows(terms, tuple(unsettled))


# Contexts that define nothing but where names without a term belong: address -> that vocabulary.
VOCABULARIES = {
    "https://www.w3.org/ns/credentials/examples/v2": "https://www.w3.org/ns/credentials/examples#",
}
# Not what stands for a keyword in every context of ours.
_NAME = re.compile(r"(?!(?:id|type)\Z)[A-Za-z][A-Za-z0-9_-]{0,99}")
_INLINE = re.compile(r"(?:https?://|urn:)[^\x00-\x20<>\"{}|^`\\\x7f]*[#/:]")
_INLINE_TERMS = 64
# Such contexts of one node: each copies every term there was before.
MOST_INLINE = 16
_VERSION = 1.1


class _Vocabulary(dict[str, Term]):
    """Terms, and a vocabulary in which every other plain name stands under that very name."""

    def __init__(self, terms: Mapping[str, Term], iri: str) -> None:
        super().__init__(terms)
        self.iri = iri

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (isinstance(name, str) and _NAME.fullmatch(name) is not None)

    def __missing__(self, name: str) -> Term:
        if name not in self:
            raise KeyError(name)
        return Term(self.iri + name)

    def get(self, name: str, default: Any = None) -> Any:
        try:
            return self[name]
        except KeyError:
            return default


class Inline(NamedTuple):
    """A context written into the document itself that only abbreviates IRIs by their last parts."""

    terms: tuple[tuple[str, str], ...]
    protected: bool


def inline(context: Mapping[str, Any]) -> Inline | None:
    """What a context in the document defines; None for one that might do more than abbreviate.

    A name must be its IRI's last part, no IRI may be one that our contexts have a term for, and none may
    begin compact IRIs. So nothing that is signed over RDF can be called something else without breaking
    the signature.
    """
    if context.keys() == {"@context"} and isinstance(context["@context"], dict):
        context = context["@context"]  # as a document at an address would hold it
    names = [name for name in context if name not in _CONTEXT_KEYWORDS]
    protected = context.get("@protected", False)
    if not 0 < len(names) <= _INLINE_TERMS or not isinstance(protected, bool):
        return None
    if context.get("@version", _VERSION) != _VERSION:
        return None
    for name in names:
        iri = context[name]
        if not isinstance(iri, str) or not _NAME.fullmatch(name) or not iri.endswith(name):
            return None
        if not _INLINE.fullmatch(iri.removesuffix(name)) or iri in known_iris():
            return None
    return Inline(tuple((name, context[name]) for name in names), protected)


def held(context: Any) -> bool:
    """Whether we know what one context means: an address that we hold, or one written into the document."""
    if isinstance(context, str):
        return context in tables().contexts or context in VOCABULARIES
    return isinstance(context, dict) and inline(context) is not None


def too_many(contexts: Any) -> bool:
    """Whether a node writes down more contexts than we follow; then none of its contexts counts as held."""
    if not isinstance(contexts, list) or len(contexts) <= MOST_INLINE:
        return False
    return sum(isinstance(entry, dict) for entry in contexts) > MOST_INLINE


def all_held(contexts: Any) -> bool:
    """Whether we know what a node's `@context` means, which may be several."""
    if not isinstance(contexts, list):
        return held(contexts)
    return not too_many(contexts) and all(map(held, contexts))


class Active:
    """An active context: its terms, and whether a protected term was redefined on the way here.

    `conflict` is the error on which a JSON-LD processor gives up; no signature over RDF can exist then.
    """

    __slots__ = ("conflict", "plans", "terms")

    def __init__(self, terms: Mapping[str, Term], *, conflict: bool = False) -> None:
        """Use `opened` and `entered`, which share them."""
        self.terms = terms
        self.conflict = conflict
        self.plans: dict[Any, Plan] = {}

    def keep(self, key: Any, plan: "Plan") -> None:
        """Keep what was worked out for nodes of one kind; forget all rather than grow."""
        if len(self.plans) >= _KEPT_PLANS:
            self.plans.clear()
        self.plans[key] = plan


EMPTY = Active({})


@lru_cache(maxsize=_KEPT)
def opened(active: Active, scope: int | None, *, override: bool = False) -> Active:
    """The active context after a local one; `override` for a property's own, which may redefine anything."""
    if scope is None:
        return active
    if scope == _RESET:
        clash = not override and any(term.protected for term in active.terms.values())
        return Active({}, conflict=True) if clash or active.conflict else EMPTY
    rows, dynamic = _rows(scope)
    if dynamic:
        rows = {**rows, **{name: _resolved(rows[name], rows, active.terms) for name in dynamic}}
    return _defined(active, rows, override=override)


def _defined(active: Active, rows: Mapping[str, Term], *, override: bool) -> Active:
    # What is protected stays as it is, unless it is said again or overridden.
    kept = (
        []
        if override
        else [name for name in rows.keys() & active.terms.keys() if active.terms[name].protected]
    )
    conflict = active.conflict or any(_differ(rows[name], active.terms[name]) for name in kept)
    terms: dict[str, Term] = {
        **active.terms,
        **rows,
        **{name: rows[name]._replace(protected=True) for name in kept},
    }
    if isinstance(active.terms, _Vocabulary):
        terms = _Vocabulary(terms, active.terms.iri)
    return (
        active if terms == active.terms and conflict == active.conflict else Active(terms, conflict=conflict)
    )


def _differ(one: Term, other: Term) -> bool:
    return one._replace(protected=True) != other._replace(protected=True)


def _resolved(term: Term, local: Mapping[str, Term], outer: Mapping[str, Term]) -> Term:
    kind = term.type
    if kind is not None and kind[0] != "@":
        kind = _expanded(kind, local, outer)
    return term._replace(iri=_expanded(term.iri, local, outer), type=kind)


def _expanded(written: str, local: Mapping[str, Term], outer: Mapping[str, Term]) -> str:
    """An IRI in a definition: a term, a compact IRI, or as it stands."""
    for terms in (local, outer):
        if (term := terms.get(written)) is not None:
            return _expanded(term.iri, local, outer)
    prefix, _, rest = written.partition(":")
    term = local.get(prefix) or outer.get(prefix)
    if term is not None and term.prefix and not rest.startswith("//"):
        return term.iri + rest
    return written


def entered(active: Active, context: Any) -> Active:
    """The active context after a node's own `@context`; contexts that we do not hold change nothing."""
    if isinstance(context, dict):
        context = [context]
    if isinstance(context, list) and not too_many(context):
        contexts = tuple(
            inline(entry) if isinstance(entry, dict) else entry
            for entry in context
            if entry is None or isinstance(entry, str) or held(entry)
        )
        # A long list is no key to keep.
        return (_listed if len(contexts) <= _LONGEST_KEY else _listed.__wrapped__)(active, contexts)
    return _listed(active, (context,)) if context is None or isinstance(context, str) else active


@lru_cache(maxsize=_KEPT)
def _listed(active: Active, contexts: tuple[str | Inline | None, ...]) -> Active:
    for entry in contexts:
        if entry is None:
            active = opened(active, _RESET)
        elif isinstance(entry, Inline):
            rows = {name: Term(iri, protected=entry.protected) for name, iri in entry.terms}
            active = _defined(active, rows, override=False)
        elif entry in VOCABULARIES:
            active = Active(_Vocabulary(active.terms, VOCABULARIES[entry]), conflict=active.conflict)
        elif known := tables().contexts.get(entry):
            active = opened(active, known.scope)
    return active


def typed(active: Active, types: tuple[str, ...]) -> Active:
    """The active context inside a node with these types: their scopes in the order of their names."""
    inner = active
    for name in sorted(types):
        if (term := active.terms.get(name)) is not None and term.scope is not None:
            inner = opened(inner, term.scope)
    return inner


class Plan:
    """How nodes of one kind are read: with these types and members, in this order, in one active context.

    `outer` is in force around the node's types, `inner` inside; `terms` are the members' definitions, and
    `children` the active contexts of what they hold: None where there is nothing to look at. `steps` is room
    for what a reader makes of it.
    """

    __slots__ = ("children", "inner", "outer", "steps", "terms")

    def __init__(
        self, outer: Active, inner: Active, terms: tuple[Term, ...], children: tuple[Active | None, ...]
    ) -> None:
        """Use `planned`."""
        self.outer = outer
        self.inner = inner
        self.terms = terms
        self.children = children
        self.steps: Any = None


# No member of a literal holds anything that a context could define.
LITERAL = Plan(EMPTY, EMPTY, (), (None,) * 5)
_CONTEXT = Term("@context")


def key_of(node: dict[str, Any]) -> tuple[Any, ...]:
    """What a node's plan depends on: its types and its members, in order."""
    kind = node.get("type")
    return (tuple(kind) if kind.__class__ is list else kind, *node)


def planned(outer: Active, node: dict[str, Any]) -> Plan | None:
    """The plan for a node whose members and types are all plain terms; None where one is not.

    `outer` includes the node's own `@context`. Raises TypeError for a type that is no text.
    """
    found = key_of(node)
    kind = found[0]
    # A node with a context of its own must not be found by who has not looked at that context.
    key = ("@context", found) if "@context" in node else found
    plan = outer.plans.get(key)
    if plan is None:
        types = kind if isinstance(kind, tuple) else (kind,)
        plan = _plan(outer, types, node)
        # Names of a stranger's own choosing are not kept: they could be any number, and of any length.
        if plan is not None and len(types) <= _LONGEST_KEY and _names().issuperset((*types, *node)):
            outer.keep(key, plan)
    return plan


def _plan(outer: Active, types: tuple[Any, ...], node: dict[str, Any]) -> Plan | None:
    if "type" not in node:
        types = ()
    if not all(outer.terms.get(name, _CONTEXT).iri[0] != "@" for name in types):
        return None
    inner = typed(outer, types)
    terms = [_CONTEXT if name == "@context" else inner.terms.get(name) for name in node]
    defined = tuple(term for term in terms if term is not None)
    if len(defined) != len(node):
        return None
    # Type-scoped contexts do not reach other nodes; what a member itself opens does.
    children = tuple(
        None if term.iri[0] == "@" or term.type == "@json" else opened(outer, term.scope, override=True)
        for term in defined
    )
    return Plan(outer, inner, defined, children)


@cache
def _names() -> frozenset[str | None]:
    """Every term of ours; None stands for no type at all."""
    rows = (_rows(number).terms for number in range(len(tables().scopes)))
    return frozenset(("@context", None, *(name for terms in rows for name in terms)))


@cache
def known_iris() -> frozenset[str]:
    """Every IRI that some context of ours has a term for."""
    return frozenset(term.iri for term in _all_terms() if term.iri[0] != "@" and not term.prefix)


@cache
def prefixes() -> frozenset[str]:
    """The terms with which compact IRIs may begin."""
    numbers = range(len(tables().scopes))
    return frozenset(name for n in numbers for name, term in _rows(n).terms.items() if term.prefix)


def _all_terms() -> list[Term]:
    return [term for number in range(len(tables().scopes)) for term in _rows(number).terms.values()]
