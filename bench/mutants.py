"""Mutation testing of `verifier/` and `keys/`: which small mistakes in our code would no test notice?

    python -m bench.mutants 200 [verifier/status keys/proofs …]

Draws mutants by a seed, one at a time: a comparison turned round, a condition negated, a number or text
changed, an operator exchanged, nothing returned. For each, tests run in a copy of the tree, those of the same
name first, until one fails, or for three times as long as they usually take. What was tried stands in
docs/mutants.json and is not tried again; survivors are named by file, line and change. `make soak` draws as
many as are wanted.
"""

import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[1]
COUNTS = ROOT / "docs" / "mutants.json"
SEED = 20_261_125
TIMES_AS_LONG = 3
ROOMS = ("keys", "verifier")
# Tests that say much about these rooms in little time; a mutant that they let live is tried on no others.
TESTS = (
    *("tests/unit/keys", "tests/unit/verifier", "tests/unit/schemas", "tests/golden"),
    "tests/conformance/test_vectors.py",
)
SLOW = ("tests/unit/verifier/web", "tests/unit/verifier/test_conformance.py", "tests/unit/verifier/sandbox")

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
    ast.BitOr: ast.BitAnd,
}


class Counts(msgspec.Struct, kw_only=True):
    """What was tried: `killed` by a test, `timeout` is as good as killed; `survivors` by name."""

    seed: int = SEED
    tried: list[str] = []
    killed: int = 0
    timeout: int = 0
    survivors: list[str] = []
    last_run: str = ""

    @property
    def score(self) -> float:
        return round(100 * (self.killed + self.timeout) / max(1, len(self.tried)), 1)


class Mutant(msgspec.Struct, frozen=True):
    """One change: the node's number in the file's tree, and what becomes of it."""

    path: str
    number: int
    line: int
    what: str

    @property
    def name(self) -> str:
        return f"{self.path}:{self.line}:{self.number} {self.what}"


def mutants(rooms: Sequence[str]) -> list[Mutant]:
    """Every mutant of the rooms, in a fixed order."""
    found = []
    for room in rooms:
        for path in sorted((ROOT / room).rglob("*.py")) if (ROOT / room).is_dir() else [ROOT / room]:
            name = str(path.relative_to(ROOT))
            if "/web/" in name or "/conformance/" in name:
                continue  # pages and runners: their tests are browsers and processes
            tree = ast.parse(path.read_text())
            skipped = _untouchable(tree)
            for number, node in enumerate(ast.walk(tree)):
                if id(node) not in skipped and (what := _change(node)) is not None:
                    found.append(Mutant(name, number, getattr(node, "lineno", 0), what))
    return found


def _untouchable(tree: ast.AST) -> set[int]:
    """Annotations, docstrings and messages for people: no behaviour that a test should hold."""
    skipped: set[int] = set()
    for node in ast.walk(tree):
        parts: list[ast.AST | None] = []
        if isinstance(node, ast.AnnAssign):
            parts = [node.annotation]
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            arguments = [*node.args.args, *node.args.kwonlyargs, *node.args.posonlyargs]
            parts = [node.returns, *(argument.annotation for argument in arguments)]
        elif (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) or isinstance(
            node, ast.JoinedStr | ast.Raise | ast.Import | ast.ImportFrom
        ):
            parts = [node]
        for part in parts:
            if part is not None:
                skipped.update(id(inner) for inner in ast.walk(part))
    return skipped


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
            return ast.unparse(_Breaks(mutant.number, tree).visit(tree))
    return ast.unparse(ast.fix_missing_locations(tree))


class _Breaks(ast.NodeTransformer):
    """Replaces one `continue`."""

    def __init__(self, number: int, tree: ast.AST) -> None:
        self._target = next(node for at, node in enumerate(ast.walk(tree)) if at == number)

    def visit_Continue(self, node: ast.Continue) -> ast.AST:
        return ast.Break() if node is self._target else node


def every_test() -> list[str]:
    """The test files that are run, all of them."""
    found = sorted(str(file.relative_to(ROOT)) for root in TESTS for file in _files(ROOT / root))
    return [name for name in found if not name.startswith(SLOW)]


def near(path: str) -> list[str]:
    """The test files whose names share most words with the module's: they are asked first."""
    words = {word for part in Path(path).with_suffix("").parts for word in part.split("_")}
    words -= {"verifier", "keys", "schemas"}
    shared = {name: sum(word in Path(name).stem for word in words) for name in every_test()}
    most = max(shared.values())
    return [name for name, count in shared.items() if count == most] if most else []


def _files(root: Path) -> Iterator[Path]:
    yield from root.rglob("test_*.py") if root.is_dir() else [root]


def attempt(mutant: Mutant, copy: Path, seconds: float) -> str:
    """`killed`, `timeout` (after `seconds`) or `survived`."""
    file = copy / mutant.path
    original = file.read_text()
    file.write_text(apply(original, mutant))
    try:
        close = near(mutant.path)
        if close and _fails(close, copy, seconds):
            return "killed"
        return "killed" if _fails(every_test(), copy, seconds) else "survived"
    except subprocess.TimeoutExpired:
        return "timeout"
    finally:
        file.write_text(original)


def _fails(tests: list[str], copy: Path, seconds: float | None = None) -> bool:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command, cwd=copy, env=environment, capture_output=True, timeout=seconds, check=False
    )
    return done.returncode != 0


def counts() -> Counts:
    """What was done so far, or the beginning."""
    return msgspec.json.decode(COUNTS.read_bytes(), type=Counts) if COUNTS.exists() else Counts()


def run(amount: int, rooms: Sequence[str] = ROOMS) -> Counts:
    """Try so many mutants that were not tried before."""
    state = counts()
    order = mutants(rooms)
    random.Random(state.seed).shuffle(order)  # noqa: S311 - repeatable, not secret
    waiting = [mutant for mutant in order if mutant.name not in set(state.tried)][:amount]
    with tempfile.TemporaryDirectory(prefix="assay-mutants-") as folder:
        copy = Path(folder) / "tree"
        ignored = shutil.ignore_patterns(".git", ".venv", "var", "__pycache__", "*_cache")
        shutil.copytree(ROOT, copy, ignore=ignored)
        begun = time.monotonic()
        if _fails(every_test(), copy):
            sys.exit("The tests fail without any mutant: nothing can be said.")
        seconds = TIMES_AS_LONG * (time.monotonic() - begun)
        for mutant in waiting:
            outcome = attempt(mutant, copy, seconds)
            state.tried.append(mutant.name)
            state.killed += outcome == "killed"
            state.timeout += outcome == "timeout"
            if outcome == "survived":
                state.survivors.append(mutant.name)
            state.last_run = datetime.now(UTC).date().isoformat()
            _write(state)
            print(f"{outcome:9} {mutant.name}  ({state.score} % of {len(state.tried)})", flush=True)
    return state


def _write(state: Counts) -> None:
    partial = COUNTS.with_suffix(".partial")
    partial.write_bytes(msgspec.json.format(msgspec.json.encode(state), indent=2) + b"\n")
    partial.replace(COUNTS)


if __name__ == "__main__":
    run(int(sys.argv[1]), sys.argv[2:] or ROOMS)
