"""Publishing from one document: what becomes of it, its next version, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from issuer.assessments import store
from issuer.assessments.bank import digest, shipped
from issuer.assessments.documents import record_path, report_path
from issuer.assessments.offers import fit, publish_offer, read_offer
from issuer.assessments.publish import publish
from issuer.assessments.targets import Evidence
from issuer.db.pool import Pool, transaction
from issuer.settings import StartRefused
from keys.stores.file import Costs, FileStore
from schemas.problems import ProblemError
from schemas.standard import Panel, SetLevel, Standard
from tests.unit.assessments.banks import calibrated


def document(**changes: Any) -> dict[str, Any]:
    offer: dict[str, Any] = json.loads(shipped("sql-for-analysts.offer"))
    offer["conditions"] = {"permittedAids": "None.", "itemsPerStep": 4, "itemsAtMost": 12}
    for path, value in changes.items():
        *parents, last = path.split("__")
        place: Any = offer
        for name in parents:
            place = place[int(name)] if isinstance(place, list) else place[name]
        if value is None:
            del place[last]
        else:
            place[last] = value
    return offer


@pytest.fixture
def offered(pool: Pool, house: Any, bank_bytes: bytes, clock: Any, settings: Any) -> Any:
    assert house

    async def made(bank: bytes = bank_bytes, standard: Any = None, **changes: Any) -> store.Assessment:
        offer = read_offer(json.dumps(document(**changes)).encode())
        # Versions and refusals are looked at here, of banks too small for anything else.
        fitting = fit(offer, bank, standard=standard, judge=lambda _intended, _figures: Evidence())
        async with transaction(pool) as db:
            return await publish_offer(db, settings.base_url, "acme", fitting, principal_id=None, at=clock())

    return made


async def test_what_is_unchanged_keeps_its_revision_and_what_is_changed_gets_the_next(offered: Any) -> None:
    first = await offered()
    longer = await offered(conditions__itemsPerStep=6)
    stricter = await offered(achievement__threshold=0.9)
    renamed = await offered(skill__name="Databases", achievement__threshold=0.9)
    found = [(one.version, one.achievement_revision) for one in (first, longer, stricter, renamed)]
    assert found == [(1, 1), (2, 1), (3, 2), (4, 3)]
    assert len({one.achievement_id for one in (first, longer, stricter, renamed)}) == 1
    assert (await offered(assessment="other")).achievement_id != first.achievement_id


def panel(bank: bytes, *levels: SetLevel) -> Standard:
    spread: dict[str, tuple[float, ...]] = {level.code: (0.05,) for level in levels}
    return Standard(
        bank=digest(bank), method="angoff", levels=levels, panel=Panel("Analysts", 5, 1, spread), items=12,
        ratings="0" * 64,
    )  # fmt: skip


async def test_a_panels_cuts_stand_where_the_offer_has_none(
    pool: Pool, offered: Any, bank_bytes: bytes
) -> None:
    set_levels = (
        SetLevel("working", 0.45, "proportion", 0.03),
        SetLevel("proficient", 0.65, "proportion", 0.03),
    )
    without = {"achievement__levels__0__cut": None, "achievement__levels__1__cut": None}
    made = await offered(standard=panel(bank_bytes, *set_levels), **without)
    path = record_path("acme", made.record_digest)
    record = json.loads(await pool.fetchval("SELECT body FROM publication WHERE path = $1", path))
    assert record["rule"]["standardSetting"]["panel"]["size"] == 5
    for linked in record["technicalReport"]:
        named = linked["href"].rpartition("/")[2]
        kept = await pool.fetchrow(
            "SELECT body, media_type FROM publication WHERE path = $1", report_path("acme", named)
        )
        assert kept is not None
        assert digest(kept["body"]) == named == linked["digest"].removeprefix("sha256-")
        assert kept["media_type"] == linked["mediaType"]
    rows = await pool.fetch("SELECT cut FROM achievement_level WHERE code IN ('working', 'proficient')")
    assert sorted(row["cut"] for row in rows) == [0.45, 0.65]
    for standard, changes, code in (
        (None, without, "offer.invalid"),
        (panel(bank_bytes, *set_levels), {}, "standard.unfit"),
        (panel(bank_bytes, set_levels[0]), without, "standard.unfit"),
        (panel(b"another", *set_levels), without, "standard.unfit"),
    ):
        with pytest.raises(ProblemError) as refused:
            await offered(standard=standard, assessment="refused", **changes)
        assert refused.value.code == code
    assert await store.assessment_by_slug(pool, "acme", "refused") is None


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"assessment": "SQL"}, "short name"),
        ({"achievement__threshold": 0.5}, "threshold"),
        ({"achievement__levels": []}, "needs a level"),
        ({"achievement__levels__0__cut": 0.05}, "whoever guesses at everything is right at"),
        ({"achievement__levels__0__code": "Working!"}, "level code"),
        ({"achievement__levels__0__cut": 1.5}, "between 0 and 1"),
        ({"achievement__levels__0__cut": 0.9}, "ascend"),
        ({"achievement__validMonths": 0}, "form of an offer"),
        ({"skill__alignments__0__url": "javascript:x"}, "web address"),
        ({"conditions__epochs": 0}, "epochs"),
        ({"conditions__delivery": "adaptive", "conditions__itemsAtMost": 80}, "calibrated"),
        ({"conditions__surprise": 1}, "surprise"),
        ({"conditions__tasks": 1}, "live in the bank: 0"),
    ],
)
async def test_what_is_wrong_is_named_and_nothing_is_published(
    pool: Pool, offered: Any, changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(ProblemError) as refused:
        await offered(**changes)
    assert says in str(refused.value.detail)
    assert await store.assessment_by_slug(pool, "acme", "sql-for-analysts") is None


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(ProblemError, match="strict JSON"):
        read_offer(b"{")


async def test_only_a_demonstration_publishes_what_was_simulated(
    pool: Pool, offered: Any, clock: Any
) -> None:
    assert clock
    bank = json.loads(calibrated())
    bank["calibration"]["source"] = "simulated"
    synthetic = json.dumps(bank).encode()
    with pytest.raises(ProblemError) as refused:
        await offered(bank=synthetic)
    assert refused.value.code == "bank.synthetic"
    await pool.execute("UPDATE organization SET demo = true WHERE id = 'acme'")
    assert (await offered(bank=synthetic)).version == 1


async def test_a_cut_that_nobody_reaches_is_refused(offered: Any) -> None:
    levels = document()["achievement"]["levels"]
    levels[1]["cut"] = 0.9999
    with pytest.raises(ProblemError, match="cannot be placed"):
        await offered(bank=calibrated(), achievement__levels=levels)


def test_the_command_publishes_and_says_what_to_do_next(
    house: Any, database_url: str, tmp_path: Path
) -> None:
    assert house
    folder = tmp_path / "service"
    folder.mkdir()
    FileStore.open(folder / "keys", "passphrase", Costs(memory_kib=8, iterations=1, lanes=1))
    (tmp_path / "bank.json").write_bytes(shipped())
    (tmp_path / "offer.json").write_bytes(shipped("sql-for-analysts.offer"))
    (tmp_path / "cuts.json").write_text("{}")
    environment = {
        "ASSAY_DATABASE_URL": database_url,
        "ASSAY_DATA_DIR": str(folder),
        "ASSAY_PASSPHRASE": "passphrase",
    }

    def run(*more: str) -> Any:
        arguments = (str(tmp_path / "offer.json"), "--bank", str(tmp_path / "bank.json"), *more)
        return CliRunner(env=environment).invoke(publish, arguments)

    said = run()
    assert said.output == (
        "Published sql-for-analysts, version 1: invite people to 'sql-for-analysts'.\n"
        "Simulated at 0.95: 4.4% of awards are false, and 32.1% of the qualified miss the lowest level.\n"
    )
    for option, code in (("--standard", "standard.invalid"), ("--figures", "figures.invalid")):
        refused = run(option, str(tmp_path / "cuts.json")).exception
        assert isinstance(refused, StartRefused)
        assert refused.code == code
    (tmp_path / "offer.json").write_text("[]")
    refused = run().exception
    assert isinstance(refused, StartRefused)
    assert refused.code == "offer.invalid"


def test_the_documents_example_is_an_offer() -> None:
    text = (Path(__file__).parents[3] / "docs" / "assessments.md").read_text()
    example = text.partition("## Publish it")[2].partition("```json\n")[2].partition("```")[0]
    offer = read_offer(example.encode())
    assert offer.conditions.minutes_per_step == 40
