"""No query reaches across organisations: each names organization_id where it chooses a tenant's rows.

SQL stands as literal text beside its function, so it can be read without running it.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MIGRATIONS = ROOT / "issuer" / "db" / "migrations"
VERB = re.compile(r"\s*(SELECT|UPDATE|DELETE FROM|INSERT INTO|WITH)\s")
TABLE = re.compile(
    r"\bINSERT INTO ([a-z_]+)\b|\b(?:FROM|JOIN|UPDATE|USING)\s+(?:ONLY\s+)?([a-z_]+)\b(?!\s*\()"
)
SETTLED = re.compile(r"\borganization_id\b|\borganization\.id\b")

# (file below issuer/, part of the statement): why it may look at every organisation at once.
ALLOWED = {
    ("db/deployment.py", "SELECT FROM credential_form"): "the base URL is everybody's",
    ("db/deployment.py", "SELECT FROM publication"): "the base URL is everybody's",
    ("rebase.py", "SELECT id FROM organization ORDER BY id"): "the base URL is everybody's",
    ("rebase.py", "SELECT organization_id, id, revision FROM achievement"): "the base URL is everybody's",
    ("publications/store.py", "WHERE version > $1"): "every worker mirrors what all organisations publish",
    ("organizations/trust.py", "SELECT id FROM organization ORDER BY id"): "the operator exports all of them",
    ("organizations/store.py", "SELECT id FROM organization ORDER BY id"): "a command finds the only one",
}


def tables() -> tuple[set[str], set[str]]:
    """The tables with an organization_id, and those that belong to the deployment."""
    text = "".join(file.read_text() for file in sorted(MIGRATIONS.glob("*.sql")))
    made = re.findall(r"CREATE TABLE ([a-z_]+) \((.*?)\n\);", text, re.DOTALL)
    tenant = {name for name, body in made if re.search(r"^\s+organization_id\s", body, re.MULTILINE)}
    return tenant, {name for name, _ in made} - tenant


TENANT, DEPLOYMENT = tables()


def texts(tree: ast.Module) -> Iterator[str]:
    """Every string of a module, with the module's own constants filled into f-strings and sums."""
    constants: dict[str, str] = {}
    for line in tree.body:
        if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
            constants[line.targets[0].id] = whole(line.value, constants) or ""
    inner: set[int] = set()
    for node in ast.walk(tree):
        if id(node) in inner:
            continue
        text = whole(node, constants)
        if text is not None and not isinstance(node, ast.Name):
            inner.update(id(child) for child in ast.walk(node))
            yield text


def whole(node: ast.AST, constants: dict[str, str]) -> str | None:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name):
            return constants.get(name)
        case ast.JoinedStr(values=values):
            parts = (value.value if isinstance(value, ast.FormattedValue) else value for value in values)
            return "".join(whole(part, constants) or "?" for part in parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            sides = whole(left, constants), whole(right, constants)
            return None if sides == (None, None) else "".join(side or "?" for side in sides)
        case _:
            return None


def reaches_across(statement: str) -> str | None:
    """Say what is wrong with a statement, or None."""
    named = [inserted or other for inserted, other in TABLE.findall(statement)]
    if statement.lstrip().startswith("INSERT INTO"):
        columns = re.match(r"\s*INSERT INTO [a-z_]+ \(([^)]*)\)", statement)
        if named[0] in TENANT and (columns is None or "organization_id" not in columns[1]):
            return "inserts without naming organization_id"
        named = named[1:]
    held = [name for name in named if name in TENANT]
    if "organization" in named and not held:
        return None if re.search(r"WHERE (organization\.)?id = \$", statement) else "reads every organisation"
    if not held:
        return None
    chosen = re.split(r"\b(?:WHERE|ON)\b", statement, maxsplit=1)[1:]
    settled = len(SETTLED.findall(chosen[0])) if chosen else 0
    return None if settled >= len(held) else f"{settled} of {len(held)} tables chosen by organization_id"


def statements() -> list[tuple[str, str]]:
    return [
        (str(path.relative_to(ROOT / "issuer")), text)
        for path in sorted((ROOT / "issuer").rglob("*.py"))
        for text in texts(ast.parse(path.read_text()))
        if VERB.match(text) and TABLE.search(text)
    ]


def test_every_statement_stays_within_its_organisation() -> None:
    found = statements()
    assert len(found) > 40, "the test no longer finds the statements"
    prefixes = {
        text for name, text in found if any(n == name and t != text and t.startswith(text) for n, t in found)
    }
    across = [
        f"{name}: {wrong}: {text}"
        for name, text in found
        if text not in prefixes
        and (wrong := reaches_across(text))
        and not any(name == file and part in text for file, part in ALLOWED)
    ]
    assert across == []


def test_every_exception_is_still_needed() -> None:
    found = statements()
    assert [
        (file, part)
        for file, part in ALLOWED
        if not any(name == file and part in text and reaches_across(text) for name, text in found)
    ] == []


def test_tables_are_a_tenants_or_known_to_be_the_deployments() -> None:
    assert {"person", "award", "session", "audit", "publication"} <= TENANT
    assert {"deployment", "organization", "publication_version"} == DEPLOYMENT


WITHIN = (
    "SELECT name FROM skill WHERE organization_id = $1 AND id = $2",
    "SELECT name FROM organization WHERE id = $1",
    "SELECT version FROM publication_version",
    "INSERT INTO skill (organization_id, id) VALUES ($1, $2)",
)
ACROSS = (
    "SELECT name FROM skill WHERE id = $1",
    "SELECT organization_id FROM skill WHERE id = $1",
    "DELETE FROM invitation",
    "UPDATE person SET erased_at = $1 WHERE id = $2",
    "SELECT 1 FROM award a JOIN person p ON p.id = a.person_id WHERE a.organization_id = $1",
    "SELECT name FROM organization",
    "INSERT INTO skill (id) VALUES ($1)",
    "INSERT INTO skill (organization_id, id) SELECT $1, id FROM achievement",
)


@pytest.mark.parametrize("statement", WITHIN)
def test_what_stays_within(statement: str) -> None:
    assert reaches_across(statement) is None


@pytest.mark.parametrize("statement", ACROSS)
def test_what_reaches_across_is_found(statement: str) -> None:
    assert reaches_across(statement)
