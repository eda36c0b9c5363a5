"""The keys of the SQL bank's choice items, checked by running what they show (tables in sql_keys.py).

All run in SQLite and in PostgreSQL; where an item is about PostgreSQL's own ways, in PostgreSQL only.
"""

from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import pytest
from msgspec.structs import replace

from issuer.assessments.bank import read_bank, shipped
from schemas.items import Multiple, Single
from tests.unit.assessments.sql import Postgres, Rows, anyhow, blocks, database, run
from tests.unit.assessments.sql_keys import FRAMED, IN_POSTGRES, RETURNS, ROWS, STATEMENTS

Choice = Single | Multiple
BANK = read_bank(shipped())


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


@pytest.mark.parametrize("name", FRAMED)
def test_exactly_the_keyed_parts_make_the_rows_wanted(name: str) -> None:
    item, (frame, rows) = found(name), FRAMED[name]
    wanted = anyhow(rows)
    keyed_by(item, {o.id: anyhow(run(item, frame.format(o.text))) == wanted for o in item.options})


def test_the_keyed_query_sorts_as_wanted() -> None:
    item = found("sel-25")
    keyed_by(item, {o.id: run(item, o.text) == [(2,), (4,), (3,), (1,)] for o in item.options})


def test_keyed_aggregates_are_the_same_when_every_row_is_there_twice() -> None:
    item = found("agg-32")
    same = {}
    for option in item.options:
        db = database(item)
        before = db.execute(option.text).fetchall()
        db.execute("INSERT INTO orders SELECT * FROM orders")
        same[option.id] = db.execute(option.text).fetchall() == before
        db.close()
    keyed_by(item, same)


@pytest.fixture
async def postgres(server: str) -> AsyncIterator[Postgres]:
    connection = await asyncpg.connect(server)
    yield Postgres(connection)
    await connection.close()


async def exactly_keyed(run: Callable[..., Any], name: str, frame: str, wanted: Rows) -> None:
    item = found(name)
    rows = {option.id: anyhow(await run(item, frame.format(option.text))) for option in item.options}
    assert {option for option, got in rows.items() if got == anyhow(wanted)} == set(item.key), name


async def test_postgres_agrees_with_every_key(postgres: Postgres) -> None:
    run = postgres.run
    for name, (rows, _) in RETURNS.items():
        assert anyhow(await run(found(name), blocks(found(name))[1][0])) == anyhow(rows), name
    for name, count in ROWS.items():
        assert len(await run(found(name), blocks(found(name))[1][0]) or []) == count, name
    for name, wanted in STATEMENTS.items():
        await exactly_keyed(run, name, "{}", wanted)
    for name, (frame, wanted) in (IN_POSTGRES | FRAMED).items():
        await exactly_keyed(run, name, frame, wanted)
    await exactly_keyed(run, "sel-20", "SELECT {}", [(True,)])


async def test_postgres_refuses_what_the_items_say_it_refuses(postgres: Postgres) -> None:
    run = postgres.run
    for name in ("sel-12", "agg-03", "agg-12", "win-05", "win-25", "win-28", "dq-07"):
        assert await run(found(name), blocks(found(name))[1][0]) is None, name
    assert await run(found("agg-03"), blocks(found("agg-03"))[1][0] + ", product") == []
    assert len(await run(found("agg-14"), blocks(found("agg-14"))[1][0]) or []) == 7
    march = await run(found("dq-02"), blocks(found("dq-02"))[1][0])
    assert [row[0] for row in march or []] == [1, 2, 3]


async def test_the_refused_order_of_expressions_is_right_the_other_way_round(postgres: Postgres) -> None:
    item = found("win-28")
    (statement,) = blocks(item)[1]
    large, totals = statement.removeprefix("WITH ").rpartition("\nSELECT")[0].split(",\n", 1)
    turned = f"WITH {totals}, {large} SELECT customer FROM large"  # noqa: S608 - our own bank
    assert await postgres.run(item, turned) == [("Ana",)]


async def test_only_the_keyed_condition_looks_rows_up_in_the_index(postgres: Postgres) -> None:
    item = found("sel-27")
    used = {}
    for option in item.options:
        query = f"SELECT order_id FROM orders WHERE {option.text}"  # noqa: S608 - our own bank
        assert anyhow(await postgres.run(item, query)) == anyhow([(2,), (3,)]), option.id
        prepared = "CREATE INDEX ON orders (ordered_on); SET LOCAL enable_seqscan = off"
        plan = await postgres.run(item, f"EXPLAIN {query}", before=prepared)
        used[option.id] = any("Index Cond" in row[0] for row in plan or [])
    keyed_by(item, used)
