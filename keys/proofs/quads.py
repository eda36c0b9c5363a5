"""A JSON document as the RDF dataset that a JSON-LD 1.1 processor makes of it: one walk over the tables.

Stricter than a processor, because what it drops or merges in silence is what a signature does not cover:
every member and type is defined, every id is an absolute IRI, nothing is null, empty or repeated, and what
has a term is named by it. Then nobody can change what a reader of the JSON sees and leave the dataset as it
was.
"""

from typing import Any, NamedTuple

from keys.proofs.integrity_refused import IntegrityRefused
from keys.proofs.nquads import (
    RDF,
    absolute_iri,
    escaped,
    iri,
    json_literal,
    not_signed,
    number,
    suffix,
    value_object,
)
from schemas.scopes import (
    EMPTY,
    Active,
    Plan,
    Term,
    all_held,
    entered,
    key_of,
    known_iris,
    opened,
    planned,
    typed,
)

_TYPE = f" <{RDF}type> "
_FIRST, _REST, _NIL = f" <{RDF}first> ", f" <{RDF}rest> ", f"<{RDF}nil>"
MAX_QUADS = 20_000
# Keywords under which RDF has statements; what else looks like one is dropped, or an alias' other name.
_SAYING_MORE = frozenset(("@graph", "@included", "@nest", "@reverse"))
_NAMING = frozenset(("id", "@context"))

# A term as N-Quads write it, or the number of a blank node.
Node = str | int
END = " .\n"


class Quad(NamedTuple):
    """A statement with more than one blank node, or in a named graph.

    `predicate` has spaces around it; with `object` None it has the object at its end, and END.
    """

    subject: Node
    predicate: str
    object: int | None
    graph: Node | None


class Dataset(NamedTuple):
    """Statements without repetitions; blank nodes are numbered from 0 to `blanks`.

    `texts` has what is said of each subject in the default graph, as the lines of N-Quads go on after it;
    `links` all other statements.
    """

    texts: dict[Node, list[str]]
    links: list[Quad]
    blanks: int


class _Step(NamedTuple):
    """What one member of a node becomes: `predicate`, then an object; `suffix` ends a text."""

    kind: str
    predicate: str = ""
    suffix: str = ""
    container: str | None = None
    datatype: str | None = None
    child: Active = EMPTY
    # Where the text of an `@vocab` member is looked up.
    words: Active = EMPTY
    types: tuple[str, ...] = ()


# Of each member: what its text stands between, if a text is all that it may be, and the step.
_Steps = list[tuple[str, str, _Step]]


def quads(document: dict[str, Any]) -> Dataset:
    """The dataset that a document stands for; raises IntegrityRefused."""
    walk = _Walk(document.get("id"))
    try:
        walk.node(document, EMPTY, None, bare=False)
    except TypeError:
        raise IntegrityRefused("shape.undefined_term", "A type is no text.") from None
    for subject in walk.repeated & walk.texts.keys():
        walk.texts[subject] = [*dict.fromkeys(walk.texts[subject])]
    links = [*dict.fromkeys(walk.links)] if walk.repeated else walk.links
    return Dataset(walk.texts, links, walk.blanks)


class _Walk:
    """The statements so far; of `root`, the id of the document, nothing may be said further down."""

    def __init__(self, root: Any) -> None:
        self.texts: dict[Node, list[str]] = {}
        self.links: list[Quad] = []
        self.blanks = 0
        # Of what has an id and is described in two places, something may have been said twice.
        self.repeated: set[Node] = set()
        self._root = root
        self._described: set[tuple[Node, Node | None]] = set()
        self._left = MAX_QUADS

    def blank(self) -> int:
        self.blanks += 1
        return self.blanks - 1

    def node(self, node: dict[str, Any], active: Active, graph: Node | None, *, bare: bool = True) -> Node:
        """Add what is said of a node; `bare`: it may be a mere reference."""
        plan = active.plans.get(key_of(node)) or _seen_first(node, active)
        if len(node) <= len(_NAMING) and node.keys() <= _NAMING:
            if not (bare and "id" in node):
                raise not_signed("An object says nothing.")
            return iri(node["id"])
        subject = self.subject(node, graph) if "id" in node else self.blank()
        texts: list[str] = []
        steps: _Steps = plan.steps or _steps(plan, node)
        # Most members are texts, and this is where the time goes.
        for value, (begin, end, step) in zip(node.values(), steps, strict=True):
            if begin and value.__class__ is str:
                if step.kind == "@id":
                    iri(value)
                elif not (value.isprintable() and '"' not in value and "\\" not in value):
                    value = escaped(value)  # noqa: PLW2901 — the same text as it is written
                texts.append(begin + value + end)
            elif step.kind == "types":
                texts += step.types
            elif step.predicate:
                self.member(subject, step, value, graph, texts)
        self.said(subject, texts, graph)
        return subject

    def member(self, subject: Node, step: _Step, value: Any, graph: Node | None, texts: list[str]) -> None:
        alone = value.__class__ is dict and step.container is None and step.kind != "@json"
        if alone and "@value" not in value:
            self.add(subject, step.predicate, self.node(value, step.child, graph), graph, texts)
            return
        for term in self.terms(step, value, graph):
            self.add(subject, step.predicate, term, graph, texts)

    def said(self, subject: Node, texts: list[str], graph: Node | None) -> None:
        self._left -= len(texts)
        if self._left < len(self.links):
            raise IntegrityRefused("proof.complexity", f"It makes more than {MAX_QUADS} statements.")
        if graph is not None:
            self.links += [Quad(subject, text, None, graph) for text in texts]
        elif subject in self.texts:
            self.texts[subject] += texts
        else:
            self.texts[subject] = texts

    def add(self, subject: Node, predicate: str, term: Node, graph: Node | None, texts: list[str]) -> None:
        if isinstance(term, int):
            self.links.append(Quad(subject, predicate, term, graph))
        else:
            texts.append(f"{predicate}{term}{END}")

    def subject(self, node: dict[str, Any], graph: Node | None) -> Node:
        name = iri(node["id"])
        if (name, graph) in self._described:
            if node["id"] == self._root:
                # Else members of the document could be moved to where a reader does not look for them.
                raise not_signed("What is said of the document itself stands in two places.")
            self.repeated.add(name)
        self._described.add((name, graph))
        return name

    def terms(self, step: _Step, value: Any, graph: Node | None) -> list[Node]:
        """The objects that a member's value becomes."""
        if step.container == "@list":
            return [self.listed(step, value, graph)]
        if not isinstance(value, list) or step.kind == "@json":
            return [self.term(step, value, graph)]
        terms = [self.term(step, item, graph) for item in value]
        if not terms or len(set(terms)) != len(terms):
            raise not_signed("A list is empty, or holds something twice.")
        return terms

    def listed(self, step: _Step, value: Any, graph: Node | None) -> Node:
        """The head of an ordered list (RDF Schema 1.1, section 5.2: first, rest, nil)."""
        head: Node = _NIL
        for item in reversed(value if isinstance(value, list) else [value]):
            cell, texts = self.blank(), list[str]()
            self.add(cell, _FIRST, self.term(step, item, graph), graph, texts)
            self.add(cell, _REST, head, graph, texts)
            self.said(cell, texts, graph)
            head = cell
        return head

    def term(self, step: _Step, value: Any, graph: Node | None) -> Node:
        """The object that one value becomes."""
        if step.kind == "@json":
            return json_literal(value)
        if isinstance(value, dict) and "@value" not in value:
            if step.container != "@graph":
                return self.node(value, step.child, graph)
            inner = self.blank()
            self.node(value, step.child, inner, bare=False)
            return inner
        if value is None or isinstance(value, list) or step.container == "@graph":
            raise not_signed("There is null, an array in an array, or a value where an object must stand.")
        if isinstance(value, str):
            return _text(step, value)
        return value_object(value) if isinstance(value, dict) else number(value, step.datatype)


def _text(step: _Step, value: str) -> str:
    if step.kind == "@id":
        return iri(value)
    return _word(value, step.words) if step.kind == "@vocab" else f'"{escaped(value)}{step.suffix}'


def _seen_first(node: dict[str, Any], active: Active) -> Plan:
    """The plan of a node of a new kind, or of one that has a context of its own."""
    if "@context" in node:
        context = node["@context"]
        if not all_held(context):
            raise IntegrityRefused("shape.context_unknown", "It names a context that we do not hold.")
        active = entered(active, context)
    return planned(active, node) or _odd_plan(active, node)


def _odd_plan(active: Active, node: dict[str, Any]) -> Plan:
    """The plan of a node with members or types that are IRIs, or a refusal."""
    _agreeing(active)
    types = node.get("type", [])
    types = tuple(types) if isinstance(types, list) else (types,)
    for name in types:
        if name not in active.terms or active.terms[name].iri[0] == "@":
            _foreign(name)
    inner = typed(active, types)
    _agreeing(inner)
    terms = []
    for name in node:
        if name == "@context":
            terms.append(Term(name))
        elif name in inner.terms:
            terms.append(inner.terms[name])
        else:
            _keyword(name)
            terms.append(Term(_foreign(name)))
    children = tuple(
        None if term.iri[0] == "@" else opened(active, term.scope, override=True) for term in terms
    )
    return Plan(active, inner, tuple(terms), children)


def _agreeing(active: Active) -> None:
    if active.conflict:
        raise IntegrityRefused("shape.context", "Its contexts redefine a protected term.")


def _keyword(name: str) -> None:
    if name in _SAYING_MORE:
        raise IntegrityRefused("proof.unsupported", "It uses a keyword of JSON-LD that we do not read.")
    if name[:1] == "@":
        raise not_signed("A member is a keyword that stands for a term, or that RDF drops.")


def _foreign(name: str) -> str:
    """An IRI without a term in our contexts; who names the IRI of a term hides it from readers of JSON."""
    if not absolute_iri().fullmatch(name):
        raise IntegrityRefused("shape.undefined_term", "No context defines one of the members or types.")
    if name in known_iris():
        raise not_signed("A member or type is named by its IRI instead of its term.")
    return name


def _steps(plan: Plan, node: dict[str, Any]) -> _Steps:
    """What becomes of each member; kept with the plan, because it depends on names and types only."""
    _agreeing(plan.inner)
    named = [term.iri for term in plan.terms]
    if len(set(named)) != len(named):
        raise not_signed("Two members say the same.")
    steps: _Steps = []
    for name, term in zip(node, plan.terms, strict=True):
        if name == "type":
            steps.append(("", "", _types(node["type"], plan.outer)))
        elif term.iri[0] == "@":
            steps.append(("", "", _Step("skip")))
        else:
            step = _step(term, plan)
            begin, end = {"text": ('"', step.suffix), "@id": ("<", ">")}.get(step.kind, ("", ""))
            plain = begin and step.container in (None, "@set")
            steps.append((step.predicate + begin if plain else "", end + END, step))
    plan.steps = steps
    return steps


def _types(value: Any, active: Active) -> _Step:
    kinds = value if isinstance(value, list) else [value]
    iris = [active.terms[kind].iri if kind in active.terms else kind for kind in kinds]
    if not iris or len(set(iris)) != len(iris):
        raise not_signed("There is no type, or one type twice.")
    return _Step("types", types=tuple(f"{_TYPE}<{kind}>{END}" for kind in iris))


def _step(term: Term, plan: Plan) -> _Step:
    predicate, child = f" <{term.iri}> ", opened(plan.outer, term.scope, override=True)
    if term.type in ("@id", "@vocab", "@json"):
        words = opened(plan.inner, term.scope, override=True)
        return _Step(term.type, predicate, container=term.container, child=child, words=words)
    return _Step("text", predicate, suffix(term.type), term.container, term.type, child)


def _word(value: str, words: Active) -> str:
    """The value of an `@vocab` member: a term, or an IRI that has none."""
    term = words.terms.get(value)
    if term is None:
        return f"<{_foreign(value)}>"
    if term.iri[0] == "@":
        raise IntegrityRefused("shape.undefined_term", "A value is a keyword's alias.")
    return f"<{term.iri}>"
