"""The simulator follows the engine's own rules, and its command says what it found or why it refuses."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner

from issuer.assessments.bank import shipped
from issuer.assessments.offers import intend, read_offer
from issuer.assessments.simulating import command
from issuer.measurement import rule
from issuer.measurement.selection import Candidate, choose
from issuer.settings import StartRefused
from issuer.simulation.adaptive import Chooser, Luck
from issuer.simulation.figures import Figures
from issuer.simulation.pool import Pool, pool_from
from issuer.simulation.run import Trial, simulate
from issuer.simulation.sessions import settle
from issuer.simulation.sound import WORLDS, doubts
from schemas.assessment import Conditions, LevelCut
from schemas.items import Parameters

ADAPTIVE = Conditions(permitted_aids="None.", delivery="adaptive")


def pool(count: int, seed: int = 1) -> Pool:
    drawn = np.random.default_rng(seed)
    slopes, places = np.exp(0.3 * drawn.standard_normal(count)), drawn.standard_normal(count)
    ids = [f"q{n:03d}" for n in range(count)]
    parameters = [Parameters("2pl", float(a), float(b)) for a, b in zip(slopes, places, strict=True)]
    return pool_from(ids, [f"area{n % 5}" for n in range(count)], parameters)


def test_it_chooses_what_the_engine_chooses() -> None:
    items, drawn = pool(60), np.random.default_rng(7)
    chooser = Chooser(items)
    may = drawn.random((40, 60)) < 0.5
    covered = drawn.integers(0, 4, (40, 5))
    theta = drawn.standard_normal(40)
    luck = Luck(drawn.random((40, 5)), drawn.random((40, 60)), drawn.random((40, 60)))
    chosen = chooser.choose(may, covered, theta, luck)
    for n in range(40):

        def order(*parts: Any, n: int = n) -> bytes:
            kind, name = parts
            place = int(name[4:]) if kind == "area" else items.ids.index(name)
            return f"{getattr(luck, kind)[n, place]:.17f}".encode()

        candidates = [
            Candidate(name, f"area{at % 5}", items.parameters[at])
            for at, name in enumerate(items.ids)
            if may[n, at]
        ]
        counts = {f"area{at}": int(covered[n, at]) for at in range(5)}
        found = choose(candidates, counts, dict.fromkeys(counts, 1), float(theta[n]), order)
        assert found is not None
        assert items.ids[chosen[n]] == found.item


def test_it_settles_levels_as_the_engine_does() -> None:
    said = (0.949999, 0.95, 0.959999, 0.96, 0.05, 0.050001, 0.5)
    names = {"reached": 1, "undecided": 0, "not_reached": -1}
    for within in (True, False):
        found = settle(np.zeros((7, 1), dtype=np.int64), np.array(said)[:, None], 0.95, np.full(7, within))
        wanted = [
            rule.settle(("undecided",), (Fraction(str(p)),).__getitem__, 0.95, within=within)[0] for p in said
        ]
        assert found[:, 0].tolist() == [names[state] for state in wanted]
    assert [
        bool(rule.award_from(0.95, within=w) == Fraction(f)) for w, f in ((True, "0.96"), (False, "0.95"))
    ]


def test_every_world_is_simulated_and_the_same_seed_gives_the_same_figures() -> None:
    trial = Trial(pool(80), (LevelCut("cut", 0.5),), 0.95, ADAPTIVE, 100)
    figures = simulate(trial, (3,), engine="test", processes=1)
    assert [(world.name, world.says) for world in figures.worlds] == list(WORLDS.items())
    assert list(WORLDS) == [
        "true", "estimated", "guessing", "five traits", "weaker", "stronger", "local dependence",
    ]  # fmt: skip
    assert list(doubts(figures)) == []
    true = figures.worlds[0]
    assert true.accuracy > 0.8
    assert 15 <= true.mean_items <= 60
    assert true.error_by_ability
    again = simulate(trial._replace(people=101), (3,), engine="other", processes=1)
    assert again.about != figures.about


@pytest.fixture
def run(tmp_path: Path) -> Any:
    def ran(document: Any, *options: str, bank: bool = False) -> Any:
        path = tmp_path / "file.json"
        path.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())
        arguments = [str(path)] if bank else ["--parameters", str(path)]
        result = CliRunner().invoke(command, [*arguments, *options])
        if isinstance(result.exception, StartRefused):
            return result.exception.code
        assert result.exit_code == 0, (result.output, result.exception)
        return result.stdout

    return ran


def listed(**changes: Any) -> dict[str, Any]:
    items = pool(60)
    rows = [
        {"id": name, "area": "one", "model": "2pl", "a": own.a, "b": own.b}
        for name, own in zip(items.ids, items.parameters, strict=True)
    ]
    return {"items": rows, "cut": 0.5} | changes


def test_the_command_prints_a_table_or_json(run: Any) -> None:
    found = json.loads(run(listed(), "--examinees", "100", "--json"))
    assert found["worlds"][0]["name"] == "true"
    assert {"accuracy", "false_among_awards", "qualified_missed", "mean_items", "max_exposure"} <= found[
        "worlds"
    ][0].keys()


def test_an_offer_is_simulated_as_it_is_published(run: Any, tmp_path: Path) -> None:
    """A fixed form of a calibrated bank: the same twenty for everybody, looked at when a step ends."""
    offer, figures = json.loads(shipped("synthetic.offer")), tmp_path / "figures.json"
    offer["conditions"] = {"permittedAids": "None.", "delivery": "fixed", "itemsAtMost": 40}
    (tmp_path / "offer.json").write_text(json.dumps(offer))
    named = "--offer", str(tmp_path / "offer.json")
    said = run(shipped("synthetic"), *named, "--examinees", "100", "--write", str(figures), bank=True)
    assert "Missed, of " in said
    found = msgspec.json.decode(figures.read_bytes(), type=Figures)
    true = found.worlds[0]
    assert (true.mean_items, true.max_exposure, true.mean_items_pooled <= 40) == (20, 1, True)
    assert found.about == intend(read_offer(json.dumps(offer).encode()), shipped("synthetic")).about
    assert run(shipped("synthetic"), *named, "--cut", ".5", bank=True) == "simulation.offer"
    before = "--offer", str(tmp_path / "before.json"), "--examinees", "100", "--seeds", "1"
    (tmp_path / "before.json").write_bytes(shipped("sql-for-analysts.offer"))
    assert "uncalibrated" in run(shipped(), *before, bank=True)
    assert run(shipped(), *before, "--write", str(tmp_path / "b"), bank=True) == "simulation.write"
    (tmp_path / "before.json").write_text("{}")
    assert run(shipped(), *before, bank=True) == "offer.invalid"


def test_before_calibration_each_seed_draws_other_items(run: Any) -> None:
    bank = shipped("working-with-ai")
    found = json.loads(run(bank, "--examinees", "100", "--seeds", "2", "--json", bank=True))
    assert (found["tier"], found["worlds"][0]["name"]) == ("uncalibrated", "uncalibrated")
    said = run(bank, "--examinees", "100", "--seeds", "1", bank=True)
    assert "QUALIFIED MISSED" in said
    assert run(bank, "--cut", "2", bank=True) == "simulation.cut"
    assert run(bank, "--examinees", "1", bank=True) == "simulation.people"


@pytest.mark.parametrize(
    ("document", "options", "code"),
    [
        (b"{", (), "simulation.json"),
        ({"items": 3}, (), "simulation.shape"),
        ({"items": [], "cut": 0}, (), "simulation.no_items"),
        (listed(cut=9), (), "simulation.cut"),
        (listed(), ("--cut", "-7"), "simulation.cut"),
        (listed(), ("--threshold", "1.5"), "simulation.threshold"),
        (listed(), ("--cap", "0"), "simulation.cap"),
        (listed(), ("--examinees", "9"), "simulation.people"),
        ({"items": listed()["items"][:5], "cut": 0}, (), "simulation.items"),
        ({"items": listed()["items"][:1] * 2, "cut": 0}, (), "simulation.duplicate"),
        ({"items": [{"id": "a", "a": -1, "b": 0}], "cut": 0}, (), "simulation.parameters"),
        ({"items": [{"id": "a", "a": 1, "b": [0]}], "cut": 0}, (), "simulation.parameters"),
    ],
)
def test_what_cannot_be_simulated_is_refused(
    run: Any, document: Any, options: tuple[str, ...], code: str
) -> None:
    assert run(document, *options) == code
