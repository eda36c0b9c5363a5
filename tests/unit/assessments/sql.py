"""Runs what an item of the SQL bank shows: tables from its exhibit, statements in SQLite and in PostgreSQL.

Tables and statements are read from the exhibit that a taker sees, so item and check cannot drift apart.
"""

import re
import sqlite3
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import asyncpg

from schemas.items import Item

Rows = list[tuple[Any, ...]]

# Tables for items whose exhibit only names the columns.
ELSEWHERE = {
    "agg-03": "sales (region text, product text, amount integer)",
    "agg-12": "orders (customer text, ordered_on date, amount integer)",
    "agg-14": "sales (region text, product text, amount integer)",
    "dq-02": "orders (order_id integer, placed_at timestamp)",
    "win-05": "orders (order_id integer, customer text, ordered_on date)",
}

FILL = {
    "agg-14": ["('N', 'a', 1), ('N', 'b', 2), ('S', 'a', 3), ('S', 'b', 4), ('N', 'a', 5)"],
    "dq-02": [
        "(1, '2026-03-01 00:00'), (2, '2026-03-30 23:59'), (3, '2026-03-31 00:00'), (4, '2026-03-31 18:20')"
    ],
}


def blocks(item: Item) -> tuple[dict[str, list[list[Any]]], list[str]]:
    """The exhibit's tables (name to rows, the first row the column names) and its statements."""
    tables: dict[str, list[list[Any]]] = {}
    statements = []
    for block in (item.exhibit or "").split("\n\n"):
        lines = block.split("\n")
        if len(lines) > 2 and set(lines[2]) <= set("-+"):
            rows = [[cell.strip() for cell in line.split("|")] for line in (lines[1], *lines[3:])]
            tables[lines[0]] = [list(rows[0]), *([_value(cell) for cell in row] for row in rows[1:])]
        elif block:
            statements.append(block)
    return tables, statements


def _value(cell: str) -> Any:
    if cell == "NULL":
        return None
    if cell.startswith("'"):
        return cell[1:-1]
    for number in (int, float):
        try:
            return number(cell)
        except ValueError:
            continue
    return cell


def database(item: Item) -> sqlite3.Connection:
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute("PRAGMA case_sensitive_like = ON")  # as in standard SQL and PostgreSQL
    for name, (columns, *rows) in blocks(item)[0].items():
        db.execute(f"CREATE TABLE {name} ({', '.join(columns)})")
        db.executemany(
            f"INSERT INTO {name} VALUES ({', '.join('?' * len(columns))})",  # noqa: S608 - our own bank
            rows,
        )
    return db


def run(item: Item, statement: str) -> Rows | None:
    """The rows, or None where the statement is refused."""
    db = database(item)
    try:
        return db.execute(statement).fetchall()
    except sqlite3.Error:
        return None
    finally:
        db.close()


def anyhow(rows: Rows | None) -> list[str] | None:
    """Comparable whatever the order; 0.4 and 2 * 1.0 / 5 are the same figure."""
    if rows is None:
        return None
    return sorted(
        repr(tuple(round(v, 9) + 0.0 if isinstance(v, int | float) else v for v in row)) for row in rows
    )


def column_type(cells: list[Any]) -> str:
    present = [cell for cell in cells if cell is not None]
    if all(isinstance(cell, int) for cell in present):
        return "integer"
    if all(isinstance(cell, int | float) for cell in present):
        return "numeric"
    for name, shape in (("date", r"\d{4}-\d\d-\d\d"), ("timestamp", r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")):
        if all(re.fullmatch(shape, str(cell)) for cell in present):
            return name
    return "text"


def literal(cell: Any) -> str:
    return "NULL" if cell is None else str(cell) if isinstance(cell, int | float) else f"'{cell}'"


def plain(cell: Any) -> Any:
    if isinstance(cell, Decimal):
        return float(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    return cell.isoformat() if isinstance(cell, date) else cell


class Postgres:
    """One connection; each item's tables live in a transaction that is rolled back."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self.connection = connection

    async def run(self, item: Item, statement: str, *, before: str = "") -> Rows | None:
        """The rows, or None where the statement is refused; `before` is run first, with the tables there."""
        transaction = self.connection.transaction()
        await transaction.start()
        try:
            for name, (columns, *rows) in blocks(item)[0].items():
                types = [column_type([row[n] for row in rows]) for n in range(len(columns))]
                shape = ", ".join(f"{c} {t}" for c, t in zip(columns, types, strict=True))
                cells = ", ".join(f"({', '.join(map(literal, row))})" for row in rows)
                await self.connection.execute(f"CREATE TEMP TABLE {name} ({shape})")
                await self.connection.execute(f"INSERT INTO {name} VALUES {cells}")  # noqa: S608 - our own bank
            if item.id in ELSEWHERE:
                await self.connection.execute(f"CREATE TEMP TABLE {ELSEWHERE[item.id]}")
                for row in FILL.get(item.id, ()):
                    await self.connection.execute(f"INSERT INTO {ELSEWHERE[item.id].split()[0]} VALUES {row}")  # noqa: S608 - our own bank
            if before:
                await self.connection.execute(before)
            return [tuple(map(plain, row)) for row in await self.connection.fetch(statement)]
        except asyncpg.PostgresError:
            return None
        finally:
            await transaction.rollback()
