"""Cuts by judgement: what a panel's ratings amount to, on both scales, and everything that is refused."""

import json
import re
import resource
import shlex
import statistics
from pathlib import Path
from typing import Any

import msgspec
import pytest
import rich_click as click
from click.testing import CliRunner
from scipy.optimize import brentq

from issuer.assessing import assessment
from issuer.assessments.bank import digest, parse_bank, read_bank
from issuer.assessments.standard.angoff import angoff
from issuer.assessments.standard.bookmark import booklet, bookmark
from issuer.assessments.standard.document import encode, read_standard
from issuer.assessments.standard.refused import StandardRefused
from issuer.measurement.characteristic import cut_on_ability, expected_proportion
from issuer.measurement.models import categories
from issuer.settings import StartRefused
from schemas.assessment import Bank
from schemas.standard import Standard

PEOPLE = ("Ana Lovelace", "Bo", "Cem")


def calibrated(bank_bytes: bytes, source: str = "recorded", **own: Any) -> bytes:
    """The small bank with 2PL parameters; `own` changes those of its first item."""
    document = json.loads(bank_bytes)
    document["calibration"] = {
        "model": own.get("model", "2pl"), "source": source, "people": 600, "responses": "0" * 64,
        "logLikelihood": -1.5,
    }  # fmt: skip
    for n, item in enumerate(document["items"]):
        item["parameters"] = {"model": "2pl", "a": 1.0 + n / 20, "b": -1.5 + n / 4, "n": 600}
    document["items"][0]["parameters"] |= own
    return json.dumps(document).encode()


def lines(*rows: tuple[object, ...], head: str = "panellist,item,level,round,rating") -> bytes:
    return "\n".join((head, *(",".join(map(str, row)) for row in rows))).encode()


def judged(bank: Bank, *, rounds: int = 2) -> list[tuple[object, ...]]:
    """A whole panel's ratings: each person has an own idea, and later rounds are closer together."""
    return [
        (person, item.id, level, number, round(base + 0.03 * n / number + 0.01 * (at % 3), 3))
        for number in range(1, rounds + 1)
        for n, person in enumerate(PEOPLE)
        for level, base in (("working", 0.4), ("proficient", 0.6))
        for at, item in enumerate(bank.items)
    ]


def run(*arguments: object) -> tuple[str, StartRefused | None]:
    """What a command printed, and why it was refused."""
    done = CliRunner().invoke(assessment, ["standard", *map(str, arguments)], standalone_mode=False)
    assert done.exception is None or isinstance(done.exception, StartRefused | click.ClickException), done
    return done.stdout, done.exception if isinstance(done.exception, StartRefused) else None


@pytest.fixture
def bank(bank_bytes: bytes) -> Bank:
    return read_bank(bank_bytes)


def test_the_last_round_sets_the_cut_with_the_error_of_the_panel(bank: Bank) -> None:
    standard = angoff(lines(*judged(bank)), bank, "d" * 64, "three analysts")
    own = [0.4 + 0.015 * n + 0.01 for n in range(3)]
    assert [level.code for level in standard.levels] == ["working", "proficient"]
    working = standard.levels[0]
    assert working.scale == "proportion"
    assert working.cut == pytest.approx(statistics.mean(own))
    assert working.standard_error == pytest.approx(statistics.stdev(own) / 3**0.5, abs=1e-6)
    first, last = standard.panel.spread["working"]
    assert first == pytest.approx(2 * last)
    assert last == pytest.approx(statistics.stdev(own))
    assert (standard.panel.size, standard.panel.rounds, standard.items) == (3, 2, 12)
    assert working.proportion is working.misfit is None


def test_no_name_leaves_the_file_and_neither_names_nor_order_change_the_digest(bank: Bank) -> None:
    rows = judged(bank)
    standard = angoff(lines(*rows), bank, "d" * 64, "three analysts")
    assert not [name for name in PEOPLE if name.casefold() in encode(standard).decode().casefold()]
    renamed = [(f"x{PEOPLE.index(str(row[0]))}", *row[1:]) for row in reversed(rows)]
    assert angoff(lines(*renamed), bank, "d" * 64, "three analysts") == standard
    rows[0] = (*rows[0][:4], 0.9)
    assert angoff(lines(*rows), bank, "d" * 64, "three analysts").ratings != standard.ratings


def test_on_a_calibrated_bank_cut_and_error_go_over_to_ability(bank_bytes: bytes) -> None:
    bank = read_bank(calibrated(bank_bytes))
    parameters = [item.parameters for item in bank.items if item.parameters]
    working = angoff(lines(*judged(bank)), bank, "d" * 64, "analysts").levels[0]
    assert working.scale == "ability"
    assert working.proportion is not None
    assert working.proportion_error is not None
    assert working.misfit is not None
    assert expected_proportion(parameters, working.cut) == pytest.approx(working.proportion, abs=1e-6)
    # The delta method is the curve's slope: one error away in proportion is one error away in ability.
    away = expected_proportion(parameters, working.cut + working.standard_error) - working.proportion
    assert away == pytest.approx(working.proportion_error, rel=0.02)
    assert 0.1 < working.misfit < 0.4


def test_ratings_that_follow_the_parameters_do_not_differ_from_them(bank_bytes: bytes) -> None:
    bank = read_bank(calibrated(bank_bytes))
    rows = [
        (person, item.id, "working", 1, round(categories(item.parameters, 0.25)[-1], 6))
        for person in PEOPLE
        for item in bank.items
        if item.parameters
    ]
    (level,) = angoff(lines(*rows), bank, "d" * 64, "analysts").levels
    assert level.cut == pytest.approx(0.25, abs=1e-5)
    assert level.standard_error == 0
    assert level.misfit == pytest.approx(0, abs=1e-5)


def test_spreadsheets_are_read_as_they_are_saved(bank: Bank) -> None:
    rows = judged(bank, rounds=1)
    expected = angoff(lines(*rows), bank, "d" * 64, "analysts")
    cells = [f"{str(row[4]).replace('.', ',')};{row[2]};{row[0]} ;{row[1]}" for row in rows]
    text = "\r\n".join(["Rating;Level;Panellist;Item", *cells, ";;;"])
    assert angoff(text.encode("utf-8-sig"), bank, "d" * 64, "analysts") == expected


@pytest.mark.parametrize(
    ("code", "at", "row"),
    [
        ("standard.unknown_item", 0, ("Bo", "nobody", "working", 1, 0.5)),
        ("standard.not_live", 0, ("Bo", "item-11", "working", 1, 0.5)),
        ("standard.rating", 0, ("Bo", "item-00", "working", 1, 1.01)),
        ("standard.rating", 0, ("Bo", "item-00", "working", 1, "nan")),
        ("standard.rating", 0, ("Bo", "item-00", "working", 1, "")),
        ("standard.panellist", 0, (" ", "item-00", "working", 1, 0.5)),
        ("standard.level", 0, ("Bo", "item-00", "Working!", 1, 0.5)),
        ("standard.round", 0, ("Bo", "item-00", "working", 0, 0.5)),
        ("standard.round", 0, ("Bo", "item-00", "working", 5, 0.5)),
        ("standard.ragged", 0, ("Bo", "item-00")),
        ("standard.csv", 0, ('Bo"x,"y', "item-00", "working", 1, 0.5)),
        ("standard.duplicate", -1, ("ANA  lovelace", "item-00", "working", 1, 0.5)),
        ("standard.missing", -1, ("Dee", "item-00", "working", 1, 0.5)),
    ],
)
def test_what_no_panel_can_have_given(bank_bytes: bytes, code: str, at: int, row: tuple[object, ...]) -> None:
    document = json.loads(bank_bytes)
    document["items"][11]["state"] = "draft"
    bank = read_bank(json.dumps(document).encode())
    rows = [one for one in judged(bank) if one[1] != "item-11"]
    rows.insert(at % (len(rows) + 1), row)
    with pytest.raises(StandardRefused) as refused:
        angoff(lines(*rows), bank, "d" * 64, "analysts")
    assert refused.value.code == code


def test_what_is_no_panel(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = judged(bank)

    def code(document: bytes, name: str = "analysts") -> str:
        with pytest.raises(StandardRefused) as refused:
            angoff(document, bank, "d" * 64, name)
        return refused.value.code

    assert code(lines()) == "standard.none"
    assert code(b"") == "standard.header"
    assert code(lines(*rows, head="panellist,item,level,round,rating,why")) == "standard.header"
    assert code(lines(*rows, head="panellist,item,item,round,rating")) == "standard.header"
    assert code(b"\xff\xfe") == "standard.encoding"
    assert code(lines(*(row for row in rows if row[0] == "Bo"))) == "standard.one_panellist"
    assert code(lines(*(row for row in rows if row[3] != 1))) == "standard.round"
    assert code(lines(*rows[1:])) == "standard.missing"
    assert code(lines(*((*row[:4], 1) for row in rows))) == "standard.cut"
    assert code(lines(*((*row[:4], 0.5) for row in rows))) == "standard.levels"
    assert code(lines(*rows), "Bob and the others, with ANA Lovelace") == "standard.panel_name"
    assert code(lines(*rows), " ") == "standard.panel_name"
    monkeypatch.setattr("issuer.assessments.standard.ratings.MAX_BYTES", 10)
    assert code(lines(*rows)) == "standard.size"


def test_a_cut_that_guessing_alone_would_reach_is_none_on_ability(bank_bytes: bytes) -> None:
    document = json.loads(calibrated(bank_bytes))
    document["calibration"]["model"] = "3pl"
    for item in document["items"]:
        item["parameters"] |= {"model": "3pl", "c": 0.45}
    bank = parse_bank(json.dumps(document).encode())
    with pytest.raises(StandardRefused) as refused:
        angoff(lines(*judged(bank)), bank, "d" * 64, "analysts")
    assert refused.value.code == "standard.cut"
    assert "no ability on the scale" in refused.value.detail
    with pytest.raises(StandardRefused) as refused:
        booklet(bank, 0.4)
    assert refused.value.code == "standard.guessing"


MARKS = "panellist,level,round,item"


def test_a_booklet_goes_from_easy_to_hard_by_the_response_probability(bank_bytes: bytes) -> None:
    bank = read_bank(calibrated(bank_bytes))
    pages = booklet(bank)
    assert len(pages) == 12
    assert sorted(page.ability for page in pages) == [page.ability for page in pages]
    for page in pages:
        item = bank.item(page.item)
        assert item is not None
        own = item.parameters
        assert own is not None
        there = brentq(lambda x, own=own: categories(own, x)[-1] - 0.67, -9, 9)
        assert page.ability == pytest.approx(there, abs=1e-6)


def test_an_item_in_points_has_a_page_for_each(bank_bytes: bytes) -> None:
    document = json.loads(calibrated(bank_bytes))
    document["calibration"]["model"] = "grm"
    for item in document["items"]:
        item["parameters"] |= {"model": "grm", "b": [item["parameters"]["b"]]}
    document["items"][3]["parameters"]["b"] = [-1.0, 0.9]
    bank = parse_bank(json.dumps(document).encode())
    pages = booklet(bank)
    assert len(pages) == 13
    low, high = (page for page in pages if page.item == "item-03")
    assert (low.points, high.points) == (1, 2)
    assert high.ability - low.ability == pytest.approx(1.9)
    head = "panellist,level,item,points"
    marks = lines(("Ana", "working", "item-03", 2), ("Bo", "working", "item-05", ""), head=head)
    assert bookmark(marks, bank, "d" * 64, "analysts").panel.size == 2
    with pytest.raises(StandardRefused) as refused:
        bookmark(marks.replace(b"item-03,2", b"item-03,"), bank, "d" * 64, "analysts")
    assert refused.value.code == "standard.points"


def test_bookmarks_lie_between_two_pages_and_the_panel_between_its_members(bank_bytes: bytes) -> None:
    bank = read_bank(calibrated(bank_bytes))
    pages = booklet(bank)
    at = {"Ana": 4, "Bo": 5, "Cem": 7}
    marks = [(person, "working", 1, pages[n].item) for person, n in at.items()]
    standard = bookmark(lines(*marks, head=MARKS), bank, "d" * 64, "analysts")
    own = [(pages[n - 1].ability + pages[n].ability) / 2 for n in at.values()]
    (level,) = standard.levels
    assert level.cut == pytest.approx(statistics.mean(own), abs=1e-6)
    assert level.standard_error == pytest.approx(statistics.stdev(own) / 3**0.5, abs=1e-6)
    assert (level.scale, standard.items, standard.response_probability) == ("ability", 12, 0.67)
    parameters = [item.parameters for item in bank.items if item.parameters]
    assert level.proportion is not None
    assert level.proportion_error is not None
    theta, error = cut_on_ability(parameters, level.proportion, level.proportion_error)
    assert theta == pytest.approx(level.cut, abs=1e-5)
    assert error == pytest.approx(level.standard_error, abs=1e-5)


def test_bookmarks_that_are_none(bank: Bank, bank_bytes: bytes) -> None:
    document = json.loads(calibrated(bank_bytes))
    document["items"][11]["state"] = "draft"
    marked = read_bank(json.dumps(document).encode())
    pages = booklet(marked)
    good = [(person, "working", 1, pages[4].item) for person in PEOPLE]

    def code(*rows: tuple[object, ...], bank: Bank = marked) -> str:
        with pytest.raises(StandardRefused) as refused:
            bookmark(lines(*rows, head=MARKS), bank, "d" * 64, "analysts")
        return refused.value.code

    assert code(*good, bank=bank) == "standard.uncalibrated"
    assert code(*good, ("Dee", "working", 1, "nobody")) == "standard.unknown_item"
    assert code(*good, ("Dee", "working", 1, "item-11")) == "standard.not_live"
    assert code(*good, ("Dee", "working", 1, pages[0].item)) == "standard.first_page"
    assert code(*good, ("bo", "working", 1, pages[5].item)) == "standard.duplicate"
    assert code(*good, ("Bo", "working", 2, pages[5].item)) == "standard.missing"
    for item in document["items"]:
        item["parameters"]["b"] += 9
    far = parse_bank(json.dumps(document).encode())
    assert code(*good, bank=far) == "standard.cut"


def test_the_commands_say_write_and_refuse(bank_bytes: bytes, tmp_path: Path) -> None:
    bank_file, ratings, written = (tmp_path / name for name in ("bank.json", "ratings.csv", "standard.json"))
    bank_file.write_bytes(bank_bytes)
    bank = read_bank(bank_bytes)
    ratings.write_bytes(lines(*judged(bank)))
    arguments = ("angoff", ratings, "--bank", bank_file, "--write", written)
    said, refused = run(*arguments, "--panel", "three analysts")
    assert refused is None
    assert "Angoff on small 1 (uncalibrated): 3 panellists, 2 rounds, 12 items." in said
    assert "working: 42.5% of the bank, standard error 0.9%" in said
    assert "3 panellists say little" in said
    standard = read_standard(written.read_bytes(), bank, digest(bank_bytes))
    assert standard.panel.name == "three analysts"
    before = written.read_bytes()
    again = run(*arguments)[1]
    assert again is not None
    assert (again.code, written.read_bytes()) == ("standard.exists", before)
    as_json, _ = run("angoff", ratings, "--bank", bank_file, "--json", "--panel", "three analysts")
    assert as_json.encode() == before
    ratings.write_bytes(lines(*judged(bank)[1:]))
    other = tmp_path / "other.json"
    said, refused = run("angoff", ratings, "--bank", bank_file, "--write", other)
    assert refused is not None
    assert (refused.code, said, other.exists()) == ("standard.missing", "", False)
    for refused, code in (
        (run("angoff", tmp_path / "none.csv", "--bank", bank_file)[1], "standard.unreadable"),
        (run("angoff", ratings, "--bank", ratings)[1], "bank.json"),
        (run("booklet", "--bank", bank_file)[1], "standard.uncalibrated"),
    ):
        assert refused is not None
        assert refused.code == code


def test_the_commands_on_a_synthetic_bank(bank_bytes: bytes, tmp_path: Path) -> None:
    bank_file, ratings = tmp_path / "bank.json", tmp_path / "marks.csv"
    bank_file.write_bytes(calibrated(bank_bytes, "simulated"))
    pages = booklet(read_bank(bank_file.read_bytes()))
    said, _ = run("booklet", "--bank", bank_file)
    assert said.splitlines()[:2] == [
        "page,item,points,ability",
        f"1,{pages[0].item},1,{pages[0].ability:.3f}",
    ]
    ratings.write_bytes(lines(*((f"p{n}", "working", 1, pages[3 + n].item) for n in range(6)), head=MARKS))
    said, _ = run("bookmark", ratings, "--bank", bank_file)
    assert "Bookmark on small 1 (2pl): 6 panellists, 1 round, 12 pages." in said
    assert "SYNTHETIC" in said
    assert "say little" not in said
    ratings.write_bytes(lines(*judged(read_bank(bank_file.read_bytes()))))
    assert "% of the bank" in run("angoff", ratings, "--bank", bank_file)[0]


def test_nothing_is_left_of_a_file_that_could_not_be_written_whole(bank_bytes: bytes, tmp_path: Path) -> None:
    bank_file, ratings, written = (tmp_path / name for name in ("bank.json", "ratings.csv", "standard.json"))
    bank_file.write_bytes(bank_bytes)
    ratings.write_bytes(lines(*judged(read_bank(bank_bytes))))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        refused = run("angoff", ratings, "--bank", bank_file, "--write", written)[1]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert refused is not None
    assert refused.code == "standard.unwritable"
    assert not written.exists()
    refused = run("angoff", ratings, "--bank", bank_file, "--write", tmp_path / "no" / "standard.json")[1]
    assert refused is not None
    assert refused.code == "standard.unwritable"


def test_the_documented_example_says_what_the_documentation_says(tmp_path: Path) -> None:
    docs = Path(__file__).parents[3] / "docs"
    prose = (docs / "standard-setting.md").read_text()
    example = re.findall(r"```json\n(.*?)```", (docs / "assessments.md").read_text(), re.DOTALL)[0]
    (tmp_path / "kinds.json").write_text(example)
    (tmp_path / "ratings.csv").write_text(re.findall(r"```csv\n(.*?)```", prose, re.DOTALL)[0])
    told = re.findall(r"```\n\$ (.*?)```", prose, re.DOTALL)[0].splitlines()
    arguments = shlex.split(told[0].removeprefix("assay assessment standard "))
    files = [tmp_path / one if re.fullmatch(r"[a-z]+\.(csv|json)", one) else one for one in arguments]
    said, refused = run(*files)
    assert refused is None
    assert said.splitlines()[:-1] == told[1:]
    document = json.loads((tmp_path / "standard.json").read_text())
    members = set(re.findall(r"`([a-zA-Z]+)`", prose))
    assert document.keys() | document["levels"][0].keys() | document["panel"].keys() <= members
    raised = {
        code
        for file in (docs.parent / "issuer/assessments/standard").glob("*.py")
        for code in re.findall(r'"standard(\.[a-z_]+)"', file.read_text())
    }
    assert raised <= set(re.findall(r"`(?:standard)?(\.[a-z_]+)`", prose))


def test_a_standard_is_read_for_its_own_bank_only(bank: Bank, bank_bytes: bytes) -> None:
    standard = angoff(lines(*judged(bank)), bank, "d" * 64, "analysts")
    assert read_standard(encode(standard), bank, "d" * 64) == standard

    def code(document: bytes, digest: str = "d" * 64, bank: Bank = bank) -> str:
        with pytest.raises(StandardRefused) as refused:
            read_standard(document, bank, digest)
        return refused.value.code

    def changed(**changes: Any) -> bytes:
        return encode(msgspec.structs.replace(standard, **changes))

    assert code(encode(standard), "e" * 64) == "standard.bank"
    assert code(encode(standard), bank=read_bank(calibrated(bank_bytes))) == "standard.sense"
    assert code(b"{") == "standard.json"
    assert code(b"{}") == "standard.shape"
    assert code(changed(levels=())) == "standard.sense"
    assert code(changed(levels=standard.levels[::-1])) == "standard.sense"
    assert code(changed(panel=msgspec.structs.replace(standard.panel, size=1))) == "standard.sense"
    assert code(changed(panel=msgspec.structs.replace(standard.panel, spread={}))) == "standard.sense"
    assert isinstance(standard, Standard)
