"""The command that measures the engine, on few people: figures repeat, and the exposure cap holds."""

from bench.engine import rows
from bench.rows import Row


def test_a_row_says_whether_its_bar_is_kept() -> None:
    assert Row("share", 0.02, 0.025).kept
    assert not Row("share", 0.03, 0.025).kept
    assert Row("share", 0.94, 0.93, at_most=False).kept
    assert not Row("share", 0.92, 0.93, at_most=False).kept


def test_a_run_is_repeatable() -> None:
    *figures, _ = zip(rows(15, seed=3), rows(15, seed=3), strict=True)
    assert all(one == other for one, other in figures)


def test_a_small_run_respects_the_cap() -> None:
    found = {row.name: row for row in rows(120, seed=3)}
    assert found["largest exposure, one sitting"].measured <= 0.25
    assert 15 <= found["mean items, one sitting"].measured <= 60
    assert found["accuracy at the cut, one sitting"].measured > 0.85
