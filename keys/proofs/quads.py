"""A JSON document as the RDF dataset that a JSON-LD 1.1 processor makes of it, in one walk over compiled contexts.

Stricter than a processor, because what it drops or merges in silence is what a signature does not cover: every
member and type is defined, every id is an absolute IRI, nothing is null, empty or repeated, and what has a term is
named by it. Then nobody can change what a reader of the JSON sees and leave the dataset as it was.
"""

import re
from functools import cache
from typing import Any, NamedTuple

from schemas import jcs
from schemas.scopes import EMPTY, Active, Plan, Term, entered, known_iris, opened, planned, prefixes, tables, typed

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XSD = "http://www.w3.org/2001/XMLSchema#"
_TYPE = f" <{_RDF}type> "
_FIRST, _REST, _NIL = f" <{_RDF}first> ", f" <{_RDF}rest> ", f"<{_RDF}nil>"
_JSON = f'"^^<{_RDF}JSON>'
MAX_QUADS = 20_000
# Beyond, two readers may take one number for two (RFC 7493, section 2.2).
_GREATEST = 2**53 - 1
# From here on a number without a fraction is a double too (JSON-LD 1.1 API, section 8.2.2).
_INTEGERS_END = 1e21
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_LITERAL = frozenset(("@value", "@type", "@language"))
# What canonical N-Quads escape (RDFC-1.0, section 5).
_ESCAPED = re.compile('[\x00-\x1f"\\\\\x7f\ufffe\uffff]')
_SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}

# A term as N-Quads write it, or the number of a blank node.
Node = str | int
# Subject; predicate with spaces around it; object, if it is blank, else it stands with the predicate; graph.
Quad = tuple[Node, str, int | None, Node | None]


class RdfRefused(ValueError):  # noqa: N818 — the house's name: what a refusal is, not that it is an error
    """A document that a signature over RDF would not cover entirely; `code` is stable.

    shape.undefined_term, shape.context_unknown (a context that we do not hold), shape.context (contexts that
    contradict each other), shape.iri (no absolute IRI, or one that a parser could misread), shape.not_signed
    (what RDF drops or merges), shape.number, proof.unsupported (JSON-LD that we do not read), proof.complexity.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class _Step(NamedTuple):
    """What one member of a node becomes: `predicate`, then an object; `suffix` ends a text with its datatype."""

    kind: str
    predicate: str = ""
    suffix: str = '"'
    container: str | None = None
    datatype: str | None = None
    child: Active = EMPTY
    # Where the text of an `@vocab` member is looked up.
    words: Active = EMPTY
    types: tuple[str, ...] = ()


def quads(document: dict[str, Any]) -> tuple[list[Quad], int]:
    """The dataset without repetitions, and how many blank nodes it has; raises RdfRefused."""
    walk = _Walk(document.get("id"))
    try:
        walk.node(document, EMPTY, None, bare=False)
    except TypeError:
        raise RdfRefused("shape.undefined_term", "A type or a context is no text.") from None
    return [*dict.fromkeys(walk.quads)], walk.blanks


class _Walk:
    """The statements so far; `root` is the id of the document, of which nothing may be said further down."""

    def __init__(self, root: Any) -> None:
        self.quads: list[Quad] = []
        self.blanks = 0
        self._root = root
        self._described = False

    def blank(self) -> int:
        self.blanks += 1
        return self.blanks - 1

    def node(self, node: dict[str, Any], active: Active, graph: Node | None, *, bare: bool = True) -> Node:
        """Add a node's statements; `bare`: it may be a mere reference."""
        if "@context" in node:
            active = _entered(active, node["@context"])
        plan = planned(active, node) or _odd_plan(active, node)
        steps: list[_Step] = plan.steps
        if steps is None:
            steps = plan.steps = _steps(plan, active, node)
        subject = _iri(node["id"]) if "id" in node else self.blank()
        if len(node) <= 2 and node.keys() <= {"id", "@context"}:
            if not (bare and "id" in node):
                raise _not_signed("An object says nothing.")
            return subject
        if "id" in node and node["id"] == self._root:
            # Else members of the document could be moved to where a reader does not look for them.
            if self._described:
                raise _not_signed("What is said of the document itself stands in two places.")
            self._described = True
        quads = self.quads
        for value, step in zip(node.values(), steps, strict=True):
            if step.kind == "text" and value.__class__ is str:
                text = _ESCAPED.sub(_escape, value) if _ESCAPED.search(value) else value
                quads.append((subject, f'{step.predicate}"{text}{step.suffix}', None, graph))
            elif step.kind == "types":
                quads += [(subject, kind, None, graph) for kind in step.types]
            elif step.predicate:
                self.member(subject, step, value, graph)
        if len(quads) > MAX_QUADS:
            raise RdfRefused("proof.complexity", f"It makes more than {MAX_QUADS} statements.")
        return subject

    def member(self, subject: Node, step: _Step, value: Any, graph: Node | None) -> None:
        if step.container == "@list":
            self.add(subject, step.predicate, self.listed(step, value, graph), graph)
        elif not isinstance(value, list) or step.kind == "json":
            self.add(subject, step.predicate, self.object(step, value, graph), graph)
        elif value:
            objects = [self.object(step, item, graph) for item in value]
            if len(set(objects)) != len(objects):
                raise _not_signed("A list holds something twice.")
            for item in objects:
                self.add(subject, step.predicate, item, graph)
        else:
            raise _not_signed("A list is empty.")

    def add(self, subject: Node, predicate: str, item: Node, graph: Node | None) -> None:
        if isinstance(item, int):
            self.quads.append((subject, predicate, item, graph))
        else:
            self.quads.append((subject, predicate + item, None, graph))

    def listed(self, step: _Step, value: Any, graph: Node | None) -> Node:
        """The head of an ordered list (RDF 1.1 Semantics: first, rest, nil)."""
        head: Node = _NIL
        for item in reversed(value if isinstance(value, list) else [value]):
            cell = self.blank()
            self.add(cell, _FIRST, self.object(step, item, graph), graph)
            self.add(cell, _REST, head, graph)
            head = cell
        return head

    def object(self, step: _Step, value: Any, graph: Node | None) -> Node:
        if step.kind == "json":
            return _json(value)
        if isinstance(value, dict) and "@value" not in value:
            if step.container != "@graph":
                return self.node(value, step.child, graph)
            inner = self.blank()
            self.node(value, step.child, inner, bare=False)
            return inner
        if value is None or isinstance(value, list) or step.container == "@graph":
            raise _not_signed("There is null, an array in an array, or a value where an object must stand.")
        if isinstance(value, dict):
            return _literal(value)
        if not isinstance(value, str):
            return _number(value, step.datatype)
        if step.kind == "text":
            return f'"{_ESCAPED.sub(_escape, value)}{step.suffix}'
        return _iri(value) if step.kind == "@id" else _word(value, step.words)


def _entered(active: Active, context: Any) -> Active:
    held = tables().contexts
    if not all(entry in held for entry in (context if isinstance(context, list) else (context,))):
        raise RdfRefused("shape.context_unknown", "It names a context that we do not hold.")
    return entered(active, context)


def _odd_plan(active: Active, node: dict[str, Any]) -> Plan:
    """The plan of a node with members or types that are IRIs, or a refusal."""
    types = node.get("type", [])
    types = tuple(types) if isinstance(types, list) else (types,)
    for name in types:
        if name not in active.terms or active.terms[name].iri[0] == "@":
            _foreign(name)
    inner = typed(active, types)
    terms = []
    for name in node:
        if name == "@context":
            terms.append(Term(name))
        elif name in inner.terms:
            terms.append(inner.terms[name])
        else:
            _keyword(name)
            terms.append(Term(_foreign(name)))
    children = tuple(None if term.iri[0] == "@" else opened(active, term.scope, override=True) for term in terms)
    return Plan(inner, tuple(terms), children)


def _keyword(name: str) -> None:
    if name in ("@id", "@type", "@direction"):
        raise _not_signed("A member is a keyword that stands for a term, or that RDF drops.")
    if name[:1] == "@":
        raise RdfRefused("proof.unsupported", "It uses a keyword of JSON-LD that we do not read.")


def _foreign(name: str) -> str:
    """An IRI that none of our contexts has a term for; who names a term's IRI hides it from readers of JSON."""
    if not _absolute().fullmatch(name):
        raise RdfRefused("shape.undefined_term", "No context defines one of the members or types.")
    if name in known_iris():
        raise _not_signed("A member or type is named by its IRI instead of its term.")
    return name


def _steps(plan: Plan, active: Active, node: dict[str, Any]) -> list[_Step]:
    if plan.inner.conflict:
        raise RdfRefused("shape.context", "Its contexts redefine a protected term.")
    return [
        _step(term, name, active, plan, node) if term.iri[0] != "@" or name == "type" else _Step("skip")
        for name, term in zip(node, plan.terms, strict=True)
    ]


def _step(term: Term, name: str, active: Active, plan: Plan, node: dict[str, Any]) -> _Step:
    if name == "type":
        kinds = node[name] if isinstance(node[name], list) else [node[name]]
        iris = [active.terms[kind].iri if kind in active.terms else kind for kind in kinds]
        if not iris or len(set(iris)) != len(iris):
            raise _not_signed("There is no type, or one type twice.")
        return _Step("types", types=tuple(f"{_TYPE}<{iri}>" for iri in iris))
    child = opened(active, term.scope, override=True)
    predicate = f" <{term.iri}> "
    if term.type in ("@id", "@vocab", "@json"):
        words = opened(plan.inner, term.scope, override=True)
        kind = "json" if term.type == "@json" else term.type
        return _Step(kind, predicate, container=term.container, child=child, words=words)
    kind = "odd" if term.container in ("@list", "@graph") else "text"
    return _Step("text", predicate, _suffix(term.type), term.container, term.type, child)


def _suffix(datatype: str | None) -> str:
    return '"' if datatype in (None, _XSD + "string") else f'"^^<{datatype}>'


def _literal(value: dict[str, Any]) -> str:
    """A value object (JSON-LD 1.1, section 9.5) with a language or a datatype, or neither."""
    content, kind, language = value["@value"], value.get("@type"), value.get("@language")
    if value.keys() - _LITERAL or (kind is not None and language is not None) or None in value.values():
        raise _not_signed("A literal has a direction or another member that is not signed.")
    if language is not None:
        if not isinstance(content, str) or not isinstance(language, str) or not _LANGUAGE.fullmatch(language):
            raise RdfRefused("shape.iri", "A language tag is none, or its literal no text.")
        return f'"{_ESCAPED.sub(_escape, content)}"@{language.lower()}'
    if kind is not None:
        _iri(kind)
    if isinstance(content, str):
        return f'"{_ESCAPED.sub(_escape, content)}{_suffix(kind)}'
    return _number(content, kind)


def _json(value: Any) -> str:
    try:
        text = jcs.canonical(value).decode()
    except jcs.JcsRefused as refused:
        raise RdfRefused("shape.number", str(refused)) from None
    return f'"{_ESCAPED.sub(_escape, text)}{_JSON}'


def _number(value: Any, datatype: str | None) -> str:
    """A number or a boolean (JSON-LD 1.1 API, section 8.2.2)."""
    if isinstance(value, bool):
        return f'"{str(value).lower()}{_suffix(datatype or _XSD + "boolean")}'
    if not isinstance(value, int | float):
        raise _not_signed("A literal is no text, number or boolean.")
    if isinstance(value, int) and abs(value) > _GREATEST:
        raise RdfRefused("shape.number", "An integer is beyond what every reader holds exactly.")
    if datatype == _XSD + "double" or value % 1 or abs(value) >= _INTEGERS_END:
        mantissa, _, exponent = f"{value:.15E}".partition("E")
        text = f"{mantissa[:3]}{mantissa[3:].rstrip('0')}" if value >= 0 else _negative(mantissa)
        return f'"{text}E{int(exponent)}{_suffix(datatype or _XSD + "double")}'
    return f'"{int(value)}{_suffix(datatype or _XSD + "integer")}'


def _iri(value: Any) -> str:
    if not isinstance(value, str) or not _absolute().fullmatch(value):
        raise RdfRefused("shape.iri", "An id is no absolute IRI, or one that a parser could misread.")
    return f"<{value}>"


def _word(value: str, words: Active) -> str:
    """The value of an `@vocab` member: a term, or an IRI that has none."""
    term = words.terms.get(value)
    if term is None:
        return f"<{_foreign(value)}>"
    if term.iri[0] == "@":
        raise RdfRefused("shape.undefined_term", "A value is a keyword's alias.")
    return f"<{term.iri}>"


@cache
def _absolute() -> re.Pattern[str]:
    """An absolute IRI that nothing can end early or escape, and that is no compact one."""
    compact = "|".join(sorted(map(re.escape, prefixes())))
    return re.compile(rf"(?!(?:{compact}):(?!//))[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{{}}|^`\\\x7f]*")


def _escape(found: re.Match[str]) -> str:
    character = found.group()
    return _SHORT.get(character) or f"\\u{ord(character):04X}"


def _not_signed(detail: str) -> RdfRefused:
    return RdfRefused("shape.not_signed", detail)
