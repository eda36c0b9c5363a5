"""The keys of the SQL bank's other kinds, checked by running them: order, match, inline, text, numeric, task.

What is right must come out, and nothing else may: every other order of the lines, every other filling of the
gaps is run too.
"""

from collections.abc import AsyncIterator, Iterable
from itertools import permutations, product

import asyncpg
import pytest

from issuer.assessments.bank import read_bank, shipped
from issuer.assessments.kinds.written import normalise
from schemas.items import Inline, Item, Match, Numeric, Order, Task, Text
from tests.unit.assessments import sql_keys
from tests.unit.assessments.sql import Postgres, Rows, anyhow, blocks, database, run

BANK = read_bank(shipped())

# The one cell, or the number of rows, that the exhibit's statement returns is the value.
CELLS = ("join-43", "agg-42", "agg-43", "win-43", "dq-43")
COUNTS = ("sel-42", "join-42", "win-42")

# The lines in order make a statement that returns these rows, in this order.
LINES: dict[str, Rows] = {
    "sel-35": [(3,), (5,), (1,)],
    "join-34": [("Ana", 50), ("Bo", None)],
    "agg-34": [("South", 300), ("North", 130)],
    "win-35": [("Ana",)],
}

# The options in this frame give values that ascend in the order of the key; SQLite and PostgreSQL, or one.
ASCENDING = {"join-35": "SELECT COUNT(*) {}", "agg-35": "SELECT {} FROM ratings"}
ASCENDING_IN_POSTGRES = {"dq-34": "SELECT CAST('{}' AS timestamptz)", "dq-35": "SELECT {}"}

# Each option in this frame returns what its target says: values, joined in this way.
MATCHES = {
    "sel-36": ("SELECT code FROM parts WHERE {}", " and "),
    "sel-37": ("SELECT {}", ""),
    "join-37": ("SELECT name FROM may {} SELECT name FROM june", ", "),
    "win-36": ("SELECT {} OVER (ORDER BY points DESC) FROM results", ", "),
    "win-37": (
        "SELECT n FROM (SELECT day, SUM(amount) OVER (ORDER BY day {}) AS n FROM sales) t WHERE day = 3",
        "",
    ),
}
MATCHES_IN_POSTGRES = {
    "agg-37": ("SELECT COUNT(*) FROM (SELECT 1 FROM sales {}) t", ""),
    "dq-37": ("SELECT {} FROM orders", ""),
}

# The text with the keyed options in its gaps returns these rows, and with any others it does not.
FILLED: dict[str, Rows] = {
    "sel-38": [(1,), (4,)],
    "sel-39": [(1, "small"), (2, "medium"), (3, "medium"), (4, "large"), (5, "large")],
    "join-38": [("Desk", 2), ("Lamp", 1), ("Mat", 0)],
    "join-39": [("Bo",), ("Cy",)],
    "agg-38": [("Ana",)],
    "agg-39": [("North", 50), ("South", 33.3)],
    "win-38": [(2,), (4,)],
    "win-39": [("ana", 1, 4), ("ana", 5, None), ("bo", 2, 1), ("bo", 3, None), ("cy", 4, None)],
}
FILLED_IN_POSTGRES: dict[str, Rows] = {
    "dq-38": [(2,), (3,), (4,)],
    "dq-39": [("Spring", 12.5), ("Summer", None), ("Autumn", 12.5)],
}

# The exhibit's statement returns these rows with each accepted text in its gap, and not with these others.
WRITTEN: dict[str, tuple[Rows, tuple[str, ...]]] = {
    "sel-40": ([("Norway",), ("Sweden",), ("Poland",)], ("ALL", "UNIQUE", "FIRST")),
    "join-40": ([("Ana", 10), ("Bo", None)], ("JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN")),
    "agg-40": ([("North", 2, 1), ("South", 1, 0)], ("WHERE", "HAVING", "OVER", "WHEN")),
    "agg-41": ([(0,)], ("NULLIF", "SUM", "COUNT")),
    "win-40": ([("Ana",)], ("AS", "CREATE TABLE", "SELECT", "USING")),
    "win-41": ([(1, None), (2, 20), (3, -30)], ("LEAD", "FIRST_VALUE", "MAX")),
    "dq-41": ([(20,)], ("INTEGER", "CONVERT", "TO_NUMBER")),
}
WRITTEN_IN_POSTGRES: dict[str, tuple[Rows, tuple[str, ...]]] = {
    "sel-41": ([(1,), (2,)], ("LIKE", "=", "~~", "SIMILAR TO")),
    "join-41": ([("ana",), ("cy",)], ("UNION", "INTERSECT", "JOIN", "MINUS", "NOT IN")),
    "dq-40": ([("AB12",)], ("LTRIM", "RTRIM", "UPPER", "LENGTH")),
}

# Ideas, words and conclusions: nothing that could be run says whether they are right.
JUDGED = {
    *("sel-11", "sel-19", "sel-33", "join-17", "join-19", "join-32", "join-36", "agg-10", "agg-15", "agg-18"),
    *("agg-19", "agg-36", "win-16", "win-19", "win-29", "win-32", "win-34", "dq-05", "dq-06", "dq-09"),
    *("dq-17", "dq-18", "dq-19", "dq-23", "dq-25", "dq-26", "dq-27", "dq-28", "dq-30", "dq-32", "dq-36"),
}
# Each has a test of its own, here or in test_sql_bank.py.
ALONE = {
    *("sel-12", "sel-18", "sel-20", "sel-25", "sel-27", "sel-34", "sel-43", "join-07", "join-15", "join-18"),
    *("join-44", "agg-03", "agg-12", "agg-14", "agg-16", "agg-32", "win-03", "win-05", "win-20", "win-25"),
    *("win-28", "dq-02", "dq-12", "dq-42", "dq-44"),
}


def test_whatever_can_be_run_is_run() -> None:
    tables: list[Iterable[str]] = [
        *(sql_keys.RETURNS, sql_keys.ROWS, sql_keys.STATEMENTS, sql_keys.FRAMED, sql_keys.IN_POSTGRES),
        *(CELLS, COUNTS, LINES, ASCENDING, ASCENDING_IN_POSTGRES, MATCHES, MATCHES_IN_POSTGRES),
        *(FILLED, FILLED_IN_POSTGRES, WRITTEN, WRITTEN_IN_POSTGRES, JUDGED, ALONE),
    ]
    names = [name for table in tables for name in table]
    assert sorted(names) == sorted(item.id for item in BANK.items)


def code(text: str) -> str:
    return text.strip("`")


def found(name: str) -> Item:
    item = BANK.item(name)
    assert item is not None
    return item


def numeric(name: str) -> Numeric:
    item = found(name)
    assert isinstance(item, Numeric)
    return item


def lines(name: str) -> tuple[Order, list[str]]:
    """The item and its options' texts, in the order of the key."""
    item = found(name)
    assert isinstance(item, Order)
    text = {option.id: code(option.text) for option in item.options}
    return item, [text[one] for one in item.key]


@pytest.mark.parametrize("name", CELLS)
def test_the_cell_is_the_value(name: str) -> None:
    item = numeric(name)
    assert run(item, blocks(item)[1][0]) == [(int(item.value),)]


@pytest.mark.parametrize("name", COUNTS)
def test_the_number_of_rows_is_the_value(name: str) -> None:
    item = numeric(name)
    assert len(run(item, blocks(item)[1][0]) or []) == int(item.value)


def test_the_last_page_is_shorter() -> None:
    item = numeric("sel-43")
    db = database(item)
    db.execute("CREATE TABLE results (title)")
    db.executemany("INSERT INTO results VALUES (?)", [(f"Result {n}",) for n in range(47)])
    assert len(db.execute(blocks(item)[1][0]).fetchall()) == int(item.value)
    db.close()


def test_the_rows_come_in_the_order_of_the_key() -> None:
    item, texts = lines("sel-34")
    assert [f"Order {row[0]}" for row in run(item, blocks(item)[1][0]) or []] == [
        text.partition(" (")[0] for text in texts
    ]


@pytest.mark.parametrize("name", LINES)
def test_no_other_order_of_the_lines_makes_the_query(name: str) -> None:
    item, texts = lines(name)
    right = []
    db = database(item)
    for order in permutations(texts):
        try:
            if db.execute("\n".join(order)).fetchall() == LINES[name]:
                right.append(list(order))
        except db.Error:
            continue
    db.close()
    assert right == [texts]


@pytest.mark.parametrize("name", ASCENDING)
def test_the_values_ascend_in_the_order_of_the_key(name: str) -> None:
    item, texts = lines(name)
    values = [(run(item, ASCENDING[name].format(text)) or [])[0][0] for text in texts]
    assert values == sorted(set(values))


def pairs(name: str) -> tuple[Match, list[tuple[str, str]]]:
    """The item, and each option's text with that of its target."""
    item = found(name)
    assert isinstance(item, Match)
    targets = {target.id: target.text for target in item.targets}
    return item, [(code(option.text), targets[item.key[option.id]]) for option in item.options]


def joined(rows: Rows | None, by: str) -> str:
    return by.join(sorted("NULL" if row[0] is None else str(row[0]) for row in rows or []))


@pytest.mark.parametrize("name", MATCHES)
def test_each_option_gives_its_target(name: str) -> None:
    item, matched = pairs(name)
    frame, by = MATCHES[name]
    for option, target in matched:
        assert joined(run(item, frame.format(option)), by) == target, option


def fillings(name: str) -> tuple[Inline, dict[tuple[str, ...], str]]:
    """The item, and its text filled in every way, by the options that fill it."""
    item = found(name)
    assert isinstance(item, Inline)
    ways = {}
    for chosen in product(*(gap.options for gap in item.gaps)):
        text = item.text
        for gap, option in zip(item.gaps, chosen, strict=True):
            text = text.replace("{{" + gap.id + "}}", code(option.text))
        ways[tuple(option.id for option in chosen)] = text
    return item, ways


@pytest.mark.parametrize("name", FILLED)
def test_only_the_keyed_options_fill_the_gaps(name: str) -> None:
    item, ways = fillings(name)
    wanted = anyhow(FILLED[name])
    right = [way for way, statement in ways.items() if anyhow(run(item, statement)) == wanted]
    assert right == [tuple(gap.key for gap in item.gaps)]


def writings(name: str, others: tuple[str, ...]) -> tuple[Text, list[str], list[str]]:
    """The item, its statement with each accepted text, and with each of the others."""
    item = found(name)
    assert isinstance(item, Text)
    accepted = [one.text for one in item.accepted]
    known = {normalise(text, item.normalisation) for text in accepted}
    assert known.isdisjoint(normalise(text, item.normalisation) for text in others)
    (statement,) = blocks(item)[1]
    assert statement.count("____") == 1
    return (
        item,
        [statement.replace("____", text) for text in accepted],
        [statement.replace("____", text) for text in others],
    )


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_accepted_works_and_what_is_near_does_not(name: str) -> None:
    rows, others = WRITTEN[name]
    item, right, wrong = writings(name, others)
    assert all(anyhow(run(item, statement)) == anyhow(rows) for statement in right)
    assert not any(anyhow(run(item, statement)) == anyhow(rows) for statement in wrong)


def task(name: str) -> tuple[Task, str]:
    """The item and the statement that the taker is to judge."""
    item = found(name)
    assert isinstance(item, Task)
    return item, blocks(item)[1][-1]


OWED = (
    "SELECT (SELECT SUM(amount) FROM invoices) - (SELECT COALESCE(SUM(amount), 0) FROM payments)",
    """
    SELECT SUM(i.amount - COALESCE(p.paid, 0))
    FROM invoices i
    LEFT JOIN (SELECT invoice_id, SUM(amount) AS paid FROM payments GROUP BY invoice_id) p
      ON p.invoice_id = i.invoice_id
    """,
)
LATE = (
    "SELECT carrier, ROUND(AVG(late), 3) FROM deliveries "
    "WHERE promised_at >= '2026-03-01' AND promised_at < '2026-04-01' GROUP BY carrier"
)


def test_the_dashboard_is_wrong_as_told_and_can_be_put_right() -> None:
    item, shown = task("join-44")
    assert run(item, shown) == [(130,)]
    assert [run(item, statement) for statement in OWED] == [[(110,)], [(110,)]]


@pytest.fixture
async def postgres(server: str) -> AsyncIterator[Postgres]:
    connection = await asyncpg.connect(server)
    yield Postgres(connection)
    await connection.close()


async def test_postgres_agrees_with_numbers_and_lines(postgres: Postgres) -> None:
    for name in (*CELLS, "dq-42"):
        item = numeric(name)
        assert await postgres.run(item, blocks(item)[1][0]) == [(int(item.value),)], name
    for name in COUNTS:
        item = numeric(name)
        assert len(await postgres.run(item, blocks(item)[1][0]) or []) == int(item.value), name
    for name, rows in LINES.items():
        made, texts = lines(name)
        assert await postgres.run(made, "\n".join(texts)) == rows, name
    for name, frame in (ASCENDING | ASCENDING_IN_POSTGRES).items():
        made, texts = lines(name)
        values = [(await postgres.run(made, frame.format(text)) or [])[0][0] for text in texts]
        assert values == sorted(set(values)), name


async def test_postgres_agrees_with_matches_gaps_and_texts(postgres: Postgres) -> None:
    for name, (frame, by) in (MATCHES | MATCHES_IN_POSTGRES).items():
        match, matched = pairs(name)
        for option, target in matched:
            assert joined(await postgres.run(match, frame.format(option)), by) == target, option
    for name, rows in (FILLED | FILLED_IN_POSTGRES).items():
        inline, ways = fillings(name)
        got = {way: anyhow(await postgres.run(inline, statement)) for way, statement in ways.items()}
        right = [way for way, found_rows in got.items() if found_rows == anyhow(rows)]
        assert right == [tuple(gap.key for gap in inline.gaps)], name
    for name, (rows, others) in (WRITTEN | WRITTEN_IN_POSTGRES).items():
        text, right_ones, wrong_ones = writings(name, others)
        for statement in right_ones:
            assert anyhow(await postgres.run(text, statement)) == anyhow(rows), statement
        for statement in wrong_ones:
            assert anyhow(await postgres.run(text, statement)) != anyhow(rows), statement


async def test_postgres_agrees_with_the_tasks(postgres: Postgres) -> None:
    item, shown = task("join-44")
    assert await postgres.run(item, shown) == [(130,)]
    assert [await postgres.run(item, statement) for statement in OWED] == [[(110,)], [(110,)]]
    item, shown = task("dq-44")
    assert anyhow(await postgres.run(item, shown)) == anyhow([("Nord", 0), ("Swift", 0)])
    assert anyhow(await postgres.run(item, LATE)) == anyhow([("Nord", 0.333), ("Swift", 0.5)])
