"""The small mistakes that could be made in our code: where they could be, and the module with one in it."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[1]
# Pages and runners: their tests are browsers and processes.
NOT_DRAWN = ("verifier/web/", "verifier/conformance/")
# Said of a class, for whoever reads and for the type checker: no test would hold what nobody writes.
DECLARED = frozenset({"frozen", "kw_only", "slots", "gc", "total"})

_COMPARE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Add,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
}


class Mutant(msgspec.Struct, frozen=True):
    """One change. `number` counts the file's nodes; `lines` are where it stands, and its statement.

    The name says the scope, the text and the change: it outlives whatever moves lines about. `function` is
    the qualified name of the outermost function that runs the node, None where importing the module does.
    """

    path: str
    name: str
    number: int
    lines: tuple[int, ...]
    function: str | None


class _Place(msgspec.Struct):
    scope: str
    statement: ast.AST
    parent: ast.AST
    function: str | None = None


def mutants(rooms: list[str]) -> list[Mutant]:
    """Every mutant of the rooms (folders or files), in a fixed order."""
    found: list[Mutant] = []
    for room in rooms:
        for path in sorted((ROOT / room).rglob("*.py")) if (ROOT / room).is_dir() else [ROOT / room]:
            name = str(path.relative_to(ROOT))
            if not name.startswith(NOT_DRAWN):
                found += _of(name, ast.parse(path.read_text()))
    return found


def _of(path: str, tree: ast.Module) -> Iterator[Mutant]:
    skipped = {id(inner) for part in _untouchable(tree) for inner in ast.walk(part)}
    places = {id(node): place for node, place in _places(tree, _Place("module", tree, tree))}
    seen: Counter[str] = Counter()
    for number, node in enumerate(ast.walk(tree)):
        what = None if id(node) in skipped else _change(node)
        if what is None:
            continue
        place = places[id(node)]
        shown = place.parent if isinstance(node, ast.Constant) else getattr(node, "test", node)
        text = " ".join(ast.unparse(shown).split())
        name = f"{path} {place.scope}: {text if len(text) <= 90 else text[:89] + '…'} | {what}"
        seen[name] += 1
        lines = {getattr(node, "lineno", 0), getattr(place.statement, "lineno", 0)}
        again = f" ({seen[name]})" if seen[name] > 1 else ""
        yield Mutant(path, name + again, number, tuple(sorted(lines)), place.function)


def _places(node: ast.AST, at: _Place) -> Iterator[tuple[ast.AST, _Place]]:
    for child in ast.iter_child_nodes(node):
        statement = child if isinstance(child, ast.stmt) else at.statement
        function = at.function
        # A default or a decorator is run by whoever runs the `def`.
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and child in node.body:
            function = function or at.scope
        yield child, _Place(at.scope, statement, node, function)
        scope = at.scope
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            scope = child.name if scope == "module" else f"{scope}.{child.name}"
        yield from _places(child, _Place(scope, statement, child, function))


def _untouchable(tree: ast.AST) -> Iterator[ast.AST]:
    """Annotations, declarations, docstrings and messages for people: no behaviour that a test should hold."""
    for node in ast.walk(tree):
        match node:
            case ast.AnnAssign(annotation=part) | ast.arg(annotation=ast.expr() as part):
                yield part
            case ast.FunctionDef(returns=ast.expr() as part):
                yield part
            case ast.AsyncFunctionDef(returns=ast.expr() as part):
                yield part
            case ast.ClassDef(keywords=keywords):
                yield from (keyword for keyword in keywords if keyword.arg in DECLARED)
            case ast.Expr(value=ast.Constant()) | ast.JoinedStr() | ast.Raise() | ast.ImportFrom():
                yield node


def _change(node: ast.AST) -> str | None:  # noqa: C901, PLR0911 - one case for each kind of mistake
    """What could be done to a node, if anything."""
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in _COMPARE:
            return f"{type(operator).__name__} -> {_COMPARE[type(operator)].__name__}"
        case ast.BinOp(op=operator) if type(operator) in _OPERATORS:
            return f"{type(operator).__name__} -> {_OPERATORS[type(operator)].__name__}"
        case ast.BoolOp(op=ast.And()):
            return "And -> Or"
        case ast.BoolOp(op=ast.Or()):
            return "Or -> And"
        case ast.If() | ast.IfExp() | ast.While():
            return "condition negated"
        case ast.UnaryOp(op=ast.Not()):
            return "Not dropped"
        case ast.Constant(value=bool()):
            return "boolean turned"
        case ast.Constant(value=int()):
            return "number + 1"
        case ast.Return(value=ast.Constant(value=None)):
            return None
        case ast.Return(value=ast.expr()):
            return "returns None"
        case ast.Continue():
            return "continue -> break"
        case _:
            return None


def apply(source: str, mutant: Mutant) -> str:
    """The module with the change in it."""
    tree = ast.parse(source)
    node = next(found for number, found in enumerate(ast.walk(tree)) if number == mutant.number)
    match node:
        case ast.Compare():
            node.ops = [_COMPARE[type(node.ops[0])]()]
        case ast.BinOp():
            node.op = _OPERATORS[type(node.op)]()
        case ast.BoolOp():
            node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        case ast.If() | ast.IfExp() | ast.While():
            node.test = ast.UnaryOp(ast.Not(), node.test)
        case ast.UnaryOp():
            node.op, node.operand = ast.Not(), ast.UnaryOp(ast.Not(), node.operand)
        case ast.Constant(value=bool(value)):
            node.value = not value
        case ast.Constant(value=int(number)):
            node.value = number + 1
        case ast.Return():
            node.value = ast.Constant(None)
        case _:
            return ast.unparse(_Breaks(node).visit(tree))
    return ast.unparse(ast.fix_missing_locations(tree))


class _Breaks(ast.NodeTransformer):
    """Replaces one `continue`."""

    def __init__(self, target: ast.AST) -> None:
        self._target = target

    def visit_Continue(self, node: ast.Continue) -> ast.AST:
        return ast.Break() if node is self._target else node
