"""The keys of the shipped bank, checked by running what its items show.

Tables and statements are read from the exhibit that a taker sees, so item and check cannot drift apart. All
run in SQLite and in PostgreSQL; where the item is about PostgreSQL's own ways, in PostgreSQL only.
"""

import re
import sqlite3
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from msgspec.structs import replace

from issuer.assessments.bank import read_bank, shipped
from schemas.items import Multiple, Single

Choice = Single | Multiple
BANK = read_bank(shipped())
Rows = list[tuple[Any, ...]]

# The exhibit's statement returns these rows, in this order where it sorts; the keyed option says this.
RETURNS: dict[str, tuple[Rows, str]] = {
    "sel-03": ([(1,), (2,), (4,)], "1, 2 and 4"),
    "sel-04": ([(10,), (15,), (20,)], "10, 15 and 20"),
    "sel-13": ([(3, "medium")], "medium"),
    "sel-14": ([("Bo", 33)], "33"),
    "join-05": ([(350,)], "350"),
    "agg-01": ([(5, 3, 2)], "5, 3, 2"),
    "agg-02": ([(3,)], "3"),
    "agg-05": ([(None, 0)], "One row: NULL and 0"),
    "agg-07": ([(5,)], "5"),
    "agg-13": ([(3,)], "3"),
    "win-02": ([("Ana", 1), ("Bo", 2), ("Cy", 2), ("Di", 4)], "4"),
    "win-06": ([(1, 10), (2, 30), (3, 35)], "10, 30, 35"),
    "win-07": ([(1, 10), (2, 60), (3, 60), (4, 100)], "60"),
    "win-08": ([(1, None), (2, 20), (3, -30)], "NULL, 20, -30"),
    "win-11": ([(1, 10), (2, 15), (3, 30), (4, 40)], "15"),
    "win-14": ([(2,)], "2"),
    "win-15": ([(4, 4)], "4 and 4"),
    "dq-01": ([("10",), ("100",), ("25",), ("9",)], "10, 100, 25, 9"),
    "dq-03": ([(3,)], "3"),
    "dq-08": (
        [(200,)],
        "One very large order pulls the average up; the median of 12 describes a usual order better.",
    ),
    "dq-10": (
        [(0.99, 1.0)],
        "The total is rounded after adding, the lines before; rounded lines add up to 0.99.",
    ),
    "dq-13": ([("15/06/2026",)], "15/06/2026"),
    "dq-15": ([(45,)], "45; the day without sales is missing, and over three days the average is 30"),
    "sel-07": ([], "The subquery returns a NULL, so NOT IN is never true for any product."),
}

# The exhibit's statement returns this many rows, and the keyed option is that number.
ROWS = {
    "sel-05": 2,
    "sel-08": 3,
    "join-01": 3,
    "join-02": 5,
    "join-09": 4,
    "join-10": 5,
    "join-11": 1,
    "agg-06": 3,
    "win-01": 5,
    "dq-14": 1,
}

# The options are statements, and exactly the keyed ones return these rows, in any order.
STATEMENTS: dict[str, Rows] = {
    "sel-01": [("Ana",), ("Bo",)],
    "sel-02": [(2,), (4,)],
    "sel-06": [(1,), (3,), (4,), (5,)],
    "sel-09": [("A12",), ("AB7",)],
    "sel-15": [(1, 80), (2, 80), (3, 50)],
    "sel-16": [(2,), (3,)],
    "sel-17": [(1,), (2,), (3,)],
    "join-03": [("Cy",)],
    "join-04": [("Ana", 100), ("Bo", None), ("Cy", None)],
    "join-06": [(240, 5)],
    "join-08": [("Ida", None), ("Jon", "Ida"), ("Kim", "Ida"), ("Lea", "Jon")],
    "join-12": [("Ana",), ("Cy",)],
    "join-13": [(1, 10), (2, 12)],
    "join-14": [("Ana", 2), ("Bo", 1), ("Cy", 0)],
    "join-16": [(3,)],
    "join-20": [("Bo",), ("Cy",)],
    "agg-04": [("Ana",)],
    "agg-08": [(0.4,)],
    "agg-09": [(38,)],
    "agg-11": [("a@x.no",)],
    "agg-17": [("North", 2, 1), ("South", 2, 0)],
    "agg-20": [(25,)],
    "win-04": [(2,), (3,)],
    "win-09": [("A", 1, None), ("A", 2, 20), ("B", 1, None), ("B", 2, -10)],
    "win-10": [("Desk", 50.0), ("Lamp", 30.0), ("Mat", 20.0)],
    "win-12": [("Kim",)],
    "win-13": [("Jon",), ("Lea",)],
    "win-17": [("Jon",), ("Kim",), ("Lea",)],
    "win-18": [("Ana", 1, 10), ("Ana", 2, 30), ("Bo", 1, 5), ("Bo", 3, 12)],
    "dq-04": [("bergen", 1), ("oslo", 3)],
    "dq-20": [("AB12",)],
}


# What SQLite does differently: the statement around an option's text, and the rows that keyed options give.
IN_POSTGRES: dict[str, tuple[str, Rows]] = {
    "sel-10": ("SELECT offer_id, discount FROM offers {} LIMIT 2", [(3, 40), (4, 25)]),
    "dq-07": ("SELECT name, {} FROM campaigns", [("Spring", 5.0), ("Summer", None)]),
    "dq-11": ("SELECT {} FROM contacts", [("example.com",), ("mail.example",)]),
    "dq-16": ("SELECT order_id FROM orders WHERE {}", [(1,), (2,)]),
}

# Tables for items whose exhibit only names the columns.
ELSEWHERE = {
    "agg-03": "sales (region text, product text, amount integer)",
    "agg-12": "orders (customer text, ordered_on date, amount integer)",
    "agg-14": "sales (region text, product text, amount integer)",
    "dq-02": "orders (order_id integer, placed_at timestamp)",
    "win-05": "orders (order_id integer, customer text, ordered_on date)",
}


def blocks(item: Choice) -> tuple[dict[str, list[list[Any]]], list[str]]:
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


def database(item: Choice) -> sqlite3.Connection:
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute("PRAGMA case_sensitive_like = ON")  # as in standard SQL and PostgreSQL
    for name, (columns, *rows) in blocks(item)[0].items():
        db.execute(f"CREATE TABLE {name} ({', '.join(columns)})")
        db.executemany(
            f"INSERT INTO {name} VALUES ({', '.join('?' * len(columns))})",  # noqa: S608 - our own bank
            rows,
        )
    return db


def run(item: Choice, statement: str) -> Rows | None:
    """The rows, or None where the statement is refused."""
    db = database(item)
    try:
        return db.execute(statement).fetchall()
    except sqlite3.Error:
        return None
    finally:
        db.close()


def exhibit_rows(item: Choice) -> Rows:
    (statement,) = blocks(item)[1]
    rows = run(item, statement)
    assert rows is not None
    return rows


def found(name: str) -> Choice:
    """The item with its options as somebody would run them, without the marks of code."""
    item = BANK.item(name)
    assert isinstance(item, Single | Multiple)
    options = tuple(replace(option, text=option.text.strip("`")) for option in item.options)
    return replace(item, options=options)


def keyed_text(item: Choice) -> str:
    (key,) = item.key
    return next(option.text for option in item.options if option.id == key)


def anyhow(rows: Rows | None) -> list[str] | None:
    """Comparable whatever the order; 0.4 and 2 * 1.0 / 5 are the same figure."""
    if rows is None:
        return None
    return sorted(
        repr(tuple(round(v, 9) + 0.0 if isinstance(v, int | float) else v for v in row)) for row in rows
    )


def keyed_by(item: Choice, is_right: dict[str, bool]) -> None:
    assert {name for name, right in is_right.items() if right} == set(item.key)


@pytest.mark.parametrize("name", RETURNS)
def test_the_exhibit_returns_what_the_key_says(name: str) -> None:
    rows, says = RETURNS[name]
    item = found(name)
    assert keyed_text(item) == says
    assert anyhow(exhibit_rows(item)) == anyhow(rows)
    if "ORDER BY" in blocks(item)[1][0].rsplit(")", 1)[-1]:
        assert exhibit_rows(item) == rows


@pytest.mark.parametrize("name", ROWS)
def test_the_exhibit_returns_as_many_rows_as_the_key_says(name: str) -> None:
    item = found(name)
    assert len(exhibit_rows(item)) == ROWS[name]
    assert keyed_text(item) == str(ROWS[name])


@pytest.mark.parametrize("name", STATEMENTS)
def test_exactly_the_keyed_statements_return_the_rows_wanted(name: str) -> None:
    item = found(name)
    wanted = anyhow(STATEMENTS[name])
    keyed_by(item, {option.id: anyhow(run(item, option.text)) == wanted for option in item.options})


def test_keyed_conditions_are_true_in_three_valued_logic() -> None:
    item = found("sel-20")
    keyed_by(item, {option.id: run(item, f"SELECT {option.text}") == [(1,)] for option in item.options})


def test_keyed_rows_survive_not() -> None:
    item = found("sel-18")
    kept = {row[0] for row in exhibit_rows(item)}
    keyed_by(item, {option.id: int(option.text.split()[1]) in kept for option in item.options})


def test_keyed_visits_have_no_gap() -> None:
    item = found("win-20")
    first = {f"{visitor}, day {day}" for visitor, day, gap in exhibit_rows(item) if gap is None}
    keyed_by(item, {option.id: option.text in first for option in item.options})


def test_keyed_aggregates_change_with_a_row_without_amount() -> None:
    item = found("agg-16")
    changed = {}
    for option in item.options:
        db = database(item)
        before = db.execute(option.text).fetchall()
        db.execute("INSERT INTO orders VALUES (3, NULL)")
        changed[option.id] = db.execute(option.text).fetchall() != before
        db.close()
    keyed_by(item, changed)


def test_keyed_joins_keep_every_order() -> None:
    item = found("join-18")
    keyed_by(
        item, {option.id: {(10,), (11,)} <= set(run(item, option.text) or []) for option in item.options}
    )


def test_union_and_union_all() -> None:
    item = found("join-15")
    (both,) = blocks(item)[1]
    counts = [len(run(item, line.split(": ", 1)[1]) or []) for line in both.split("\n")]
    assert keyed_text(item) == "Query 1 returns {} rows, query 2 returns {} rows.".format(*counts)


def test_the_band_column_is_a_dense_rank() -> None:
    item = found("win-03")
    rank = {o.id: run(item, f"SELECT name, price, {o.text} FROM products") for o in item.options}  # noqa: S608 - own bank
    shown = run(item, "SELECT * FROM products")
    keyed_by(item, {name: anyhow(rows) == anyhow(shown) for name, rows in rank.items()})


def test_the_share_fell_although_it_rose_in_each_channel() -> None:
    shares: dict[int, float] = dict(
        run(found("dq-12"), "SELECT month, SUM(orders) * 100.0 / SUM(visits) FROM conversion GROUP BY month")
        or []
    )
    assert shares == {1: 15.0, 2: 13.75}


def test_most_items_are_checked_by_running_them() -> None:
    assert len(RETURNS) + len(ROWS) + len(STATEMENTS) >= 60


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
    return cell.isoformat() if isinstance(cell, date | datetime) else cell


class Postgres:
    """One connection; each item's tables live in a transaction that is rolled back."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self.connection = connection

    async def run(self, item: Choice, statement: str) -> Rows | None:
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
            return [tuple(map(plain, row)) for row in await self.connection.fetch(statement)]
        except asyncpg.PostgresError:
            return None
        finally:
            await transaction.rollback()


FILL = {
    "agg-14": ["('N', 'a', 1), ('N', 'b', 2), ('S', 'a', 3), ('S', 'b', 4), ('N', 'a', 5)"],
    "dq-02": [
        "(1, '2026-03-01 00:00'), (2, '2026-03-30 23:59'), (3, '2026-03-31 00:00'), (4, '2026-03-31 18:20')"
    ],
}


async def test_postgres_agrees_with_every_key(server: str) -> None:
    connection = await asyncpg.connect(server)
    run = Postgres(connection).run
    try:
        for name, (rows, _) in RETURNS.items():
            assert anyhow(await run(found(name), blocks(found(name))[1][0])) == anyhow(rows), name
        for name, count in ROWS.items():
            assert len(await run(found(name), blocks(found(name))[1][0]) or []) == count, name
        for name, wanted in STATEMENTS.items():
            await exactly_keyed(run, name, "{}", wanted)
        for name, (frame, wanted) in IN_POSTGRES.items():
            await exactly_keyed(run, name, frame, wanted)
        await exactly_keyed(run, "sel-20", "SELECT {}", [(True,)])
    finally:
        await connection.close()


async def exactly_keyed(run: Callable[..., Any], name: str, frame: str, wanted: Rows) -> None:
    item = found(name)
    rows = {option.id: anyhow(await run(item, frame.format(option.text))) for option in item.options}
    assert {option for option, got in rows.items() if got == anyhow(wanted)} == set(item.key), name


async def test_postgres_refuses_what_the_items_say_it_refuses(server: str) -> None:
    connection = await asyncpg.connect(server)
    run = Postgres(connection).run
    try:
        for name in ("sel-12", "agg-03", "agg-12", "win-05", "dq-07"):
            assert await run(found(name), blocks(found(name))[1][0]) is None, name
        assert await run(found("agg-03"), blocks(found("agg-03"))[1][0] + ", product") == []
        assert len(await run(found("agg-14"), blocks(found("agg-14"))[1][0]) or []) == 7
        march = await run(found("dq-02"), blocks(found("dq-02"))[1][0])
        assert [row[0] for row in march or []] == [1, 2, 3]
    finally:
        await connection.close()
