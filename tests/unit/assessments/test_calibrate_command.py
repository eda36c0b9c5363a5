"""`assay assessment calibrate`: published values, banks written whole or not at all, every refusal."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from issuer.assessments.bank import digest, read_bank, shipped
from issuer.assessments.calibrating.cli import command
from issuer.calibration.calibrate import calibrate
from issuer.calibration.curves import Integers
from issuer.calibration.fit import MISFIT, item_fit, misfits
from issuer.calibration.refused import CalibrationRefused
from issuer.calibration.report import report
from issuer.calibration.responses import Responses
from issuer.settings import StartRefused
from schemas.assessment import FitSummary
from tests.unit.calibration.worlds import LSAT6, LSAT7, draw, named, patterns


def save(path: Path, responses: Responses, ids: list[str] | None = None) -> Path:
    cells = [["" if score < 0 else str(score) for score in row] for row in responses.scores.tolist()]
    lines = [["person", *(ids or responses.items)]]
    lines += [[person, *row] for person, row in zip(responses.persons, cells, strict=True)]
    path.write_text("".join(",".join(line) + "\n" for line in lines))
    return path


def run(*arguments: object) -> tuple[str, StartRefused | None]:
    done = CliRunner().invoke(command, [str(one) for one in arguments])
    assert done.exception is None or isinstance(done.exception, StartRefused | SystemExit), done.output
    return done.output, done.exception if isinstance(done.exception, StartRefused) else None


def found(*arguments: object) -> dict[str, Any]:
    output, refused = run(*arguments, "--json")
    assert refused is None, refused
    made: dict[str, Any] = json.loads(output)
    return made


def test_lsat6_and_lsat7_come_out_as_published(tmp_path: Path) -> None:
    two = found(save(tmp_path / "6.csv", patterns(LSAT6)), "--model", "2pl")
    assert (two["model"], two["n"], two["latent_sd"]) == ("2pl", 1000, 1.0)
    assert two["log_likelihood"] == pytest.approx(-2466.653, abs=0.001)
    assert [item["b"] for item in two["items"]] == pytest.approx(
        [-3.3597, -1.3696, -0.2799, -1.8659, -3.1236], abs=0.003
    )
    assert [item["se_a"] for item in two["items"]] == pytest.approx(
        [0.2581, 0.1867, 0.2326, 0.1852, 0.2100], abs=0.001
    )
    rasch = found(tmp_path / "6.csv", "--model", "rasch")
    assert [item["a"] for item in rasch["items"]] == [1.0] * 5
    assert rasch["latent_sd"] == pytest.approx(0.7551, abs=0.001)
    assert [item["b"] for item in rasch["items"]] == pytest.approx(
        [-2.7300, -0.9986, -0.2399, -1.3065, -2.0994], abs=0.001
    )
    seven = found(save(tmp_path / "7.csv", patterns(LSAT7)), "--model", "2pl")
    assert [item["a"] for item in seven["items"]] == pytest.approx(
        [0.988, 1.081, 1.706, 0.765, 0.736], abs=0.003
    )


def test_people_read_a_table_with_notes(tmp_path: Path) -> None:
    few = draw(2, 300, 8)
    output, refused = run(save(tmp_path / "few.csv", few.responses), "--model", "2pl", "--prior", "eb")
    assert refused is None
    assert output.startswith("2pl: 300 people, 8 items, log-likelihood -")
    assert "Note: Fewer than 500 responses, which the model 2pl needs" in output
    assert "Note: A prior learned from 8 items" in output
    against = Responses(
        few.responses.persons,
        few.responses.items,
        np.where(np.arange(8) == 0, 1 - few.responses.scores, few.responses.scores),
        0,
    )
    assert "i001 wrong more often" in run(save(tmp_path / "key.csv", against), "--model", "2pl")[0]


def test_three_parameters_and_thresholds_are_printed_by_name(tmp_path: Path) -> None:
    guessed = found(save(tmp_path / "3.csv", draw(2, 1000, 8, asymptote=0.2).responses), "--model", "3pl")
    assert all(0 < item["c"] < 0.5 < 1000 * item["se_c"] for item in guessed["items"])
    world = draw(2, 1000, 6, thresholds=3)
    save(tmp_path / "g.csv", world.responses)
    graded = found(tmp_path / "g.csv", "--model", "grm")
    assert [item["b"] for item in graded["items"]] == [
        pytest.approx(list(row), abs=0.5) for row in world.items.difficulties
    ]
    assert all(len(item["se_b"]) == 3 for item in graded["items"])
    assert "-" in run(tmp_path / "g.csv", "--model", "grm")[0]
    assert "c" in run(tmp_path / "3.csv", "--model", "3pl")[0]


def test_items_that_fit_are_not_flagged_and_others_are() -> None:
    """One item of twenty: able people think too far and half of them get it wrong."""
    world = draw(4, 1500, 20, missing=0.3)
    scores: Integers = world.responses.scores.copy()
    chance = np.random.default_rng(1)
    trapped = (world.abilities > 0.3) & (chance.random(len(scores)) < 0.5) & (scores[:, 7] == 1)
    scores[trapped, 7] = 0
    fits = item_fit(calibrate(named(scores), "2pl"))
    assert [n for n, misfit in enumerate(misfits(fits)) if misfit] == [7]
    others = [fit for n, fit in enumerate(fits) if n != 7]
    assert all(0.9 < fit.outfit < 1.1 and 0.97 < fit.infit < 1.03 for fit in others)


def test_fit_says_what_it_cannot_say() -> None:
    few = report(calibrate(draw(1, 30, 5, spread=0.1).responses, "rasch"))
    assert any(item.fit.p is None and item.fit.gap is None for item in few.items)


def test_answers_that_determine_nothing_are_refused() -> None:
    with pytest.raises(CalibrationRefused) as refused:
        calibrate(patterns("3 2 2 3 2 3 3 3"), "2pl")
    assert refused.value.code == "calibration.not_identified"


ITEMS = 12


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """A bank called SYNTHETIC: ten live items, one pilot, one retired, cut out of a shipped one."""
    document = json.loads(shipped())
    singles = [item for item in document["items"] if item["kind"] == "single"][:ITEMS]
    document |= {"id": "synthetic-small", "title": "SYNTHETIC, small", "items": singles, "translations": {}}
    document["areas"] = [area for area in document["areas"] if area["id"] in {i["area"] for i in singles}]
    for item in singles:
        item.pop("enemies", None)
    singles[-2]["state"], singles[-1]["state"] = "pilot", "retired"
    path = tmp_path / "bank.json"
    path.write_text(json.dumps(document))
    return path


def ids(bank: Path) -> list[str]:
    return [item["id"] for item in json.loads(bank.read_bytes())["items"]][:-1]


def test_a_version_is_written_with_parameters_and_their_source(bank: Path, tmp_path: Path) -> None:
    world = draw(6, 600, ITEMS - 1)
    csv = save(tmp_path / "r.csv", world.responses, ids(bank))
    new = tmp_path / "new.json"
    options = ("--model", "2pl", "--bank", bank, "--version", "9.0.0", "--write", new)
    output, refused = run(csv, *options, "--source", "simulated")
    assert refused is None, refused
    assert "synthetic-small 9.0.0" in output
    made = read_bank(new.read_bytes())
    assert made.calibration != "uncalibrated"
    assert (made.calibration.source, made.calibration.people, made.tier) == ("simulated", 600, "2pl")
    assert len(made.calibration.responses) == 64
    assert made.calibration.fit == FitSummary(ITEMS - 1, 0, MISFIT)
    assert made.calibration.dif == ()
    estimated = found(csv, "--model", "2pl")["items"]
    for item, one in zip(made.items, estimated, strict=False):
        assert item.parameters is not None
        assert (item.parameters.a, item.parameters.b, item.parameters.n) == (one["a"], one["b"], 600)
    assert made.items[-1].parameters is None
    _, again = run(csv, *options, "--source", "simulated")
    assert again is not None
    assert again.code == "bank.exists"


def test_a_rasch_bank_is_on_the_scale_of_everybody(bank: Path, tmp_path: Path) -> None:
    csv = save(tmp_path / "r.csv", draw(6, 300, ITEMS - 1, spread=0).responses, ids(bank))
    new = tmp_path / "new.json"
    run(csv, "--model", "rasch", "--bank", bank, "--version", "9", "--write", new)
    made = read_bank(new.read_bytes())
    slopes = {item.parameters.a for item in made.items if item.parameters}
    assert slopes == {found(csv, "--model", "rasch")["latent_sd"]}


def test_a_pilot_item_waits_for_responses(bank: Path, tmp_path: Path) -> None:
    world = draw(6, 600, ITEMS - 1)
    world.responses.scores[:200, -1] = -1
    csv = save(tmp_path / "r.csv", world.responses, ids(bank))
    new = tmp_path / "new.json"
    output, _ = run(csv, "--model", "2pl", "--bank", bank, "--version", "9", "--write", new)
    assert f"Without parameters yet, for want of responses: {ids(bank)[-1]}." in output
    assert read_bank(new.read_bytes()).items[-2].parameters is None


def test_what_may_not_be_written_is_not(bank: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.json"
    write = ("--model", "2pl", "--bank", bank, "--version", "9.0.0", "--write", new)
    full = save(tmp_path / "r.csv", draw(6, 600, ITEMS - 1).responses, ids(bank))
    few = save(tmp_path / "few.csv", draw(6, 300, ITEMS - 1).responses, ids(bank))
    real = tmp_path / "real.json"
    real.write_text(bank.read_text().replace("synthetic", "sql").replace("SYNTHETIC", "SQL"))
    foreign = save(tmp_path / "f.csv", draw(6, 600, 5).responses)
    unfit = ("--without", ids(bank)[0])
    same = json.loads(bank.read_bytes())["version"]
    for arguments, code in (
        ((few, *write), "calibration.too_few_people"),
        ((full, *write, "--bank", real, "--source", "simulated"), "calibration.source"),
        ((full, *write, *unfit), "calibration.unfit"),
        ((full, *write, "--version", same), "calibration.unfit"),
        ((foreign, *write), "responses.unknown_item"),
        ((full, "--model", "rasch", "--prior", "eb"), "calibration.prior"),
        ((tmp_path / "none.csv", "--model", "2pl"), "responses.unreadable"),
        ((bank, "--model", "2pl"), "responses.header"),
        ((full, "--model", "2pl", "--bank", full), "bank.json"),
        ((full, "--model", "2pl", "--without", "who"), "responses.unknown_item"),
        ((full, *write[:-1], tmp_path / "no" / "new.json"), "bank.unwritable"),
    ):
        _, refused = run(*arguments)
        assert refused is not None, arguments
        assert refused.code == code, refused
    assert "--write needs --bank and --version" in run(full, "--model", "2pl", "--write", new)[0]
    assert not new.exists()


def test_groups_are_compared_item_by_item(tmp_path: Path) -> None:
    world = draw(2, 600, 8)
    csv = save(tmp_path / "r.csv", world.responses)
    groups = tmp_path / "groups.csv"
    groups.write_text("person,group\n" + "".join(f"p{n},{'ab'[n % 2]}\n" for n in range(450)))
    compared = found(csv, "--model", "2pl", "--groups", groups, "--reference", "a")["dif"]
    assert [(one["group"], one["n_reference"], one["n_focal"]) for one in compared] == [("b", 225, 225)] * 8
    output, _ = run(csv, "--model", "2pl", "--groups", groups, "--reference", "a")
    assert "class" in output
    _, refused = run(csv, "--model", "2pl", "--groups", groups, "--reference", "c")
    assert refused is not None
    assert refused.code == "dif.empty_group"
    assert "go together" in run(csv, "--model", "2pl", "--groups", groups)[0]


def test_a_version_says_how_its_items_fit_and_whether_they_serve_both_groups(
    bank: Path, tmp_path: Path
) -> None:
    """One item is a trap for the able, and one far harder for group b; a third few of a group met."""
    world = draw(4, 1500, ITEMS - 1)
    scores: Integers = world.responses.scores.copy()
    chance = np.random.default_rng(1)
    trapped = (world.abilities > 0.8) & (chance.random(len(scores)) < 0.7) & (scores[:, 7] == 1)
    scores[trapped, 7] = 0
    of_b = np.arange(len(scores)) % 2 == 1
    scores[of_b & (chance.random(len(scores)) < 0.6), 3] = 0
    scores[np.flatnonzero(of_b)[150:], 10] = -1
    csv = save(tmp_path / "r.csv", named(scores), ids(bank))
    people = [line.partition(",")[0] for line in csv.read_text().splitlines()[1:]]
    groups, new = tmp_path / "groups.csv", tmp_path / "new.json"
    groups.write_text("person,group\n" + "".join(f"{who},{'ab'[n % 2]}\n" for n, who in enumerate(people)))
    compared = "--groups", groups, "--reference", "a"
    output, refused = run(csv, "--model", "2pl", "--bank", bank, "--version", "9", "--write", new, *compared)
    assert refused is None, (output, refused)
    made = read_bank(new.read_bytes()).calibration
    assert made != "uncalibrated"
    assert made.fit == FitSummary(ITEMS - 1, 1, MISFIT)
    assert [(one.comparison, one.b + one.c, one.insufficient) for one in made.dif] == [("b against a", 1, 1)]
    assert made.dif[0].a == ITEMS - 3


def test_a_version_stays_on_the_scale_of_the_one_before(bank: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    csv = save(tmp_path / "r.csv", draw(6, 1000, ITEMS - 1).responses, ids(bank))
    run(csv, "--model", "2pl", "--bank", bank, "--version", "1", "--write", first)
    later = draw(6, 1000, ITEMS - 1, mean=0.8).responses
    csv = save(tmp_path / "later.csv", later, ids(bank))
    options = ("--model", "2pl", "--link", first)
    shown = found(csv, *options)
    assert shown["latent_mean"] == pytest.approx(0.8, abs=0.2)
    assert shown["link"] == {"anchors": 11, "drifting": []}
    output, refused = run(csv, *options, "--bank", first, "--version", "2", "--write", second)
    assert refused is None, refused
    assert "On the old scale by 11 anchors" in output
    made = read_bank(second.read_bytes())
    assert made.calibration != "uncalibrated"
    assert made.calibration.linked_to == digest(first.read_bytes())
