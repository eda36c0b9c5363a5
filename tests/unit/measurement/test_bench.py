"""What `make bench-measurement` and `make soak` run, on few people: every row is there and sane."""

import msgspec
import pytest

from bench import adaptive, calibration, dif, fairness, long, measurement, replays, soak, uncalibrated
from bench.rows import Row, as_objects, over_seeds, table
from issuer.simulation.lifetime import lifetime
from issuer.simulation.run import Trial


def test_a_row_says_whether_its_bar_is_kept_and_how_much_is_luck() -> None:
    kept = over_seeds("share", [0.01, 0.02, 0.03], 0.025)
    missed = over_seeds("share", [0.92], 0.93, at_most=False)
    told = Row(name="told", measured=9.0, bar=None)
    assert (kept.verdict, kept.worst, kept.seeds) == ("met", 0.03, 3)
    assert kept.error == pytest.approx(0.01 / 3**0.5)
    assert (missed.verdict, missed.worst, missed.error, told.verdict, told.kept) == (
        "MISSED", None, None, "told", True,
    )  # fmt: skip
    lines = table([kept, missed, told])
    assert [line.split()[0] for line in lines[1:]] == ["met", "MISSED", "told"]
    assert len({len(line) for line in lines}) == 1
    assert as_objects([missed])[0]["verdict"] == "MISSED"
    with pytest.raises(ValueError, match="nothing was measured"):
        over_seeds("share", [], 1)


@pytest.fixture(scope="module")
def small() -> tuple[adaptive.World, ...]:
    return adaptive.worlds([1, 2], lambda seed: adaptive.drawn(seed, 120), people=100, processes=1)


def test_adaptive_rows_of_a_small_run(small: tuple[adaptive.World, ...]) -> None:
    rows = {row.name: row for row in (*adaptive.rows(small), *adaptive.told(small))}
    assert len(rows) == 21
    assert rows["largest exposure of an item, one sitting"].kept
    assert 15 <= rows["mean items, one sitting"].measured <= 40
    assert rows["accuracy at the cut, one sitting"].measured > 0.85
    assert rows["the same, as the sessions state it (mean of 1 - P)"].measured < 0.04
    assert {row.seeds for row in rows.values()} == {2}
    people = sum(people for people, _, _ in small[0].tenths)
    assert people == 200


def test_each_seed_draws_a_bank_of_its_own_and_the_same_again() -> None:
    assert adaptive.drawn(1).parameters == adaptive.drawn(1).parameters != adaptive.drawn(2).parameters
    assert len(adaptive.synthetic(1).ids) == adaptive.ITEMS


def test_before_calibration() -> None:
    rows = {row.name: row for row in uncalibrated.rows([1, 2], people=400)}
    assert len(rows) == 8
    assert 0.2 < rows["uncalibrated, 150 items: qualified missed"].measured < 0.6
    assert rows["uncalibrated, 60 items: false among awards, worst seed"].measured < 0.15


def test_differential_functioning_and_leaks() -> None:
    found, clean, of_log_odds = dif.rows(range(1, 5))
    assert found.measured >= 0.7, "sixteen shifted items decide no bar of .90"
    assert clean.kept
    assert of_log_odds.measured >= 0.5
    assert fairness.leaks([1, 2], runs=20, people=500).measured <= 200


def test_published_values_and_a_known_truth_are_estimated() -> None:
    assert all(row.kept for row in calibration.published())
    _, a, b = calibration.recovered(1)
    assert a <= 0.08
    assert b <= 0.10


def test_sessions_replay_in_a_process_that_hashes_otherwise() -> None:
    time, identity = replays.rows(people=2)
    assert identity.measured == 1
    assert 0 < time.measured < 1_000


def test_a_log_that_was_changed_is_not_counted_as_reproduced() -> None:
    log = replays.played(1, seed=3)[0]
    assert replays.identical(log)
    body = log.events[-1].body.replace(b'"outcome"', b'"outkome"')
    events = (*log.events[:-1], msgspec.structs.replace(log.events[-1], body=body))
    assert not replays.identical(log._replace(events=events))


def test_false_awards_of_a_lifetime_stay_bounded_and_everybody_is_counted_once() -> None:
    trial = Trial(adaptive.drawn(1, 120), adaptive.LEVELS, adaptive.THRESHOLD, adaptive.CONDITIONS, 200)
    first, second = lifetime(trial, 2, 1)
    assert first.awarded <= second.awarded
    assert second.missed <= first.missed
    assert second.false <= 0.1
    grown = lifetime(trial, 2, 1, growth=0.25)
    assert grown[0] == first
    assert grown[1].awarded >= first.awarded


def test_a_long_simulation_goes_on_where_it_was(small: tuple[adaptive.World, ...]) -> None:
    kept: dict[str, list[float]] = {}
    for seed in (1, 2):
        long.add(kept, {"sum x": 2.0, "y": float(seed)})
    assert kept == {"sum x": [4.0], "y": [1.0, 2.0]}
    worlds: dict[str, list[float]] = {}
    long.add(worlds, long.of_one_seed(small))
    names = [row.name for row in long.LONG["worlds"].rows(worlds)]
    assert "largest error of a stated probability, weaker" in names
    assert len(names) == 21
    assert set(long.LONG) <= set(soak.stages())


def test_every_part_has_its_place_and_few_seeds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(measurement.parts(range(1, 11))) == 7
    monkeypatch.setattr("sys.argv", ["bench.measurement", "--seeds", "2"])
    with pytest.raises(SystemExit) as refused:
        measurement.main()
    assert refused.value.code == 2
