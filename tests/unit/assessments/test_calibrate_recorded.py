"""`assay assessment calibrate --assessment`: the very figures of the file, from the sessions alone."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from issuer.assessments import store
from issuer.assessments.bank import digest, read_bank
from issuer.assessments.calibrating.cli import command
from issuer.assessments.calibrating.recorded import FEWEST_PEOPLE, enough, of_rows, points
from issuer.assessments.session import Session
from issuer.calibration.refused import CalibrationRefused
from issuer.calibration.responses import NOT_MET, Responses
from issuer.db.pool import Pool, transaction
from issuer.organizations.create import create_organization
from issuer.organizations.store import Organization
from issuer.settings import Settings, StartRefused
from keys.stores.file import Costs, FileStore
from schemas.assessment import Answer, Calibration, Rating, Started
from schemas.items import Criterion, RubricLevel, Task
from tests.unit.assessments.annulled import annul
from tests.unit.assessments.test_calibrate_command import found, save
from tests.unit.calibration.worlds import draw

SEED = "05" * 32
CHEAP = Costs(memory_kib=8, iterations=1, lanes=1)
COPIES = """
INSERT INTO skill (organization_id, id, name, description, created_at)
    SELECT 'other', id, name, description, created_at FROM skill WHERE organization_id = 'acme';
INSERT INTO achievement (organization_id, id, revision, skill_id, name, description, criteria, threshold,
    valid_months, created_at)
    SELECT 'other', id, revision, skill_id, name, description, criteria, threshold, valid_months, created_at
    FROM achievement WHERE organization_id = 'acme';
INSERT INTO bank (organization_id, digest, document, created_at)
    SELECT 'other', digest, document, created_at FROM bank WHERE organization_id = 'acme';
"""
Run = Callable[..., Awaitable[tuple[str, str | None]]]


def started(bank_digest: str, language: str | None = None) -> Started:
    return Started("assay-3", bank_digest, SEED, (), 0.95, 4, 12, language=language)


class Sessions:
    """Sessions of an assessment, written as they stand in the database, without anybody's link."""

    def __init__(self, assessment: store.Assessment, key: Callable[[str], tuple[str, ...]], at: Any) -> None:
        self.assessment, self.key, self.at = assessment, key, at
        self.sessions: list[tuple[Any, ...]] = []
        self.events: list[tuple[Any, ...]] = []

    def add(self, scores: dict[str, int], *, epoch: int = 1, language: str | None = None) -> None:
        own, session = self.assessment, uuid4()
        self.sessions.append((own.organization_id, session, own.id, epoch, self.at))
        bodies: list[tuple[str, str | None, Any]] = [
            ("started", None, started(own.bank_digest, language)),
            *(("answered", n, Answer(n, self.key(n) if right else ("o2",))) for n, right in scores.items()),
        ]
        self.events += [
            (own.organization_id, session, number, kind, item, msgspec.json.encode(body), self.at)
            for number, (kind, item, body) in enumerate(bodies, 1)
        ]

    async def write(self, pool: Pool) -> None:
        await pool.executemany(
            "INSERT INTO session (organization_id, id, assessment_id, epoch, created_at)"
            " VALUES ($1, $2, $3, $4, $5)",
            self.sessions,
        )
        await pool.executemany(
            "INSERT INTO session_event (organization_id, session_id, sequence, kind, item_id, body, at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            self.events,
        )
        self.sessions, self.events = [], []


@pytest.fixture
def sessions(house: Any, key: Any, clock: Any) -> Sessions:
    return Sessions(house.assessment, key, clock())


@pytest.fixture
def run(database_url: str, tmp_path: Path) -> Run:
    """Runs the command as an operator does: what it says, and the code that it refuses with."""
    folder = tmp_path / "service"
    folder.mkdir()
    FileStore.open(folder / "keys", "passphrase", CHEAP)
    environment = {
        "ASSAY_DATABASE_URL": database_url,
        "ASSAY_DATA_DIR": str(folder),
        "ASSAY_PASSPHRASE": "passphrase",
    }

    async def runs(*arguments: object) -> tuple[str, str | None]:
        runner, given = CliRunner(env=environment), [str(one) for one in arguments]
        done = await asyncio.to_thread(runner.invoke, command, given)  # it has a loop of its own
        assert isinstance(done.exception, StartRefused | SystemExit | None), done.output
        return done.output, done.exception.code if isinstance(done.exception, StartRefused) else None

    return runs


def rows(responses: Responses) -> list[dict[str, int]]:
    return [
        {item: score for item, score in zip(responses.items, row, strict=True) if score != NOT_MET}
        for row in responses.scores.tolist()
    ]


@pytest.fixture
def answered(bank_bytes: bytes) -> Responses:
    """Of 300 people, sparse as adaptive forms are: a third of the answers is missing."""
    drawn = draw(6, 300, 12, missing=0.3).responses
    return drawn._replace(items=tuple(item.id for item in read_bank(bank_bytes).items))


async def test_the_same_answers_give_the_same_figures_as_their_file(
    pool: Pool, house: Any, sessions: Sessions, run: Run, answered: Responses, tmp_path: Path
) -> None:
    for number, row in enumerate(rows(answered)):
        sessions.add(row, language="de" if number % 3 else None)
    sessions.add(dict.fromkeys(answered.items, 1), epoch=2)  # neither this counts
    sessions.add({})  # nor this
    await sessions.write(pool)
    sessions.add(dict.fromkeys(answered.items, 1))  # nor what somebody answers once more under supervision
    supervised = sessions.sessions[0][1]
    await sessions.write(pool)
    await pool.execute("UPDATE session SET confirming = true WHERE id = $1", supervised)
    expected = found(save(tmp_path / "r.csv", answered), "--model", "2pl")
    output = ""
    for name in ("small", house.assessment.id):
        output, refused = await run(
            "--assessment", name, "--by", "psychometrician", "--model", "2pl", "--json"
        )
        assert refused is None
        assert json.loads(output) == expected
    assert not any(str(row["id"]) in output for row in await pool.fetch("SELECT id FROM session"))
    lines = await pool.fetch("SELECT reference, digest FROM audit WHERE action = 'responses.calibrated'")
    assert [(line["reference"], line["digest"].hex()) for line in lines] == [
        ("small 300", expected["responses"])
    ] * 2
    both = await run("--assessment", "small", "--by", "x", "--model", "2pl", "--by-language", "--json")
    assert {one["group"] for one in json.loads(both[0])["dif"]} == {"de"}
    # The next version, as from a file: here too few for one model, and enough for another.
    written = tmp_path / "new.json"
    write = ("--assessment", "small", "--by", "x", "--version", "2", "--write", written)
    assert (await run(*write, "--model", "2pl"))[1] == "calibration.too_few_people"
    assert not written.exists()
    output, refused = await run(*write, "--model", "rasch")
    assert refused is None, output
    made = read_bank(written.read_bytes())
    assert isinstance(made.calibration, Calibration)
    assert (made.calibration.responses, made.version) == (expected["responses"], "2")


async def test_another_bank_and_another_organisation_are_not_read(
    pool: Pool, settings: Settings, keystore: FileStore, house: Any, sessions: Sessions, run: Run, clock: Any
) -> None:
    for organization, bank_digest in (("acme", "f" * 64), ("other", None)):
        await elsewhere(pool, settings, keystore, sessions, organization, bank_digest, clock())
    own = ("--organization", "acme", "--by", "x", "--model", "rasch", "--assessment")
    assert (await run(*own, house.assessment.id))[1] == "calibration.too_few_people"  # the house's bank
    assert (await run(*own, "small"))[1] == "calibration.separation"  # the newest version's: all were right
    assert (await run(*own, "nothing"))[1] == "assessment.unknown"
    assert (await run(*own, uuid4()))[1] == "assessment.unknown"
    assert (await run("--organization", "other", *own[2:], house.assessment.id))[1] == "assessment.unknown"


async def elsewhere(
    pool: Pool,
    settings: Settings,
    keystore: FileStore,
    sessions: Sessions,
    organization: str,
    bank_digest: str | None,
    at: Any,
) -> None:
    """Thirty people who answered everything right, of another version or another organisation."""
    own = sessions.assessment
    async with transaction(pool) as db:
        if organization != own.organization_id:
            named = Organization(organization, "Other", None, demo=False, created_at=at)
            await create_organization(db, keystore, settings, named)
            await db.execute(COPIES)
        else:
            document = await store.bank_document(db, "acme", own.bank_digest)
            await store.insert_bank(db, "acme", str(bank_digest), document or b"", at=at)
        other = replace(
            own,
            organization_id=organization,
            id=uuid4(),
            version=1 if organization == "other" else 2,
            bank_digest=bank_digest or own.bank_digest,
        )
        await store.insert_assessment(db, other, at=at)
    theirs = Sessions(other, sessions.key, sessions.at)
    for _ in range(30):
        theirs.add({f"item-{number:02d}": 1 for number in range(12)})
    await theirs.write(pool)


async def test_figures_of_few_people_do_not_leave(pool: Pool, sessions: Sessions, run: Run) -> None:
    for number in range(FEWEST_PEOPLE - 1):
        sessions.add({f"item-{item:02d}": (number + item) % 2 for item in range(4)})
    await sessions.write(pool)
    options = ("--assessment", "small", "--by", "x", "--model", "rasch")
    assert (await run(*options))[1] == "calibration.too_few_people"
    assert await pool.fetchval("SELECT count(*) FROM audit WHERE action = 'responses.calibrated'") == 0
    sessions.add({f"item-{item:02d}": item % 2 for item in range(5)}, language="en")
    await sessions.write(pool)
    output, refused = await run(*options)
    assert refused is None
    assert "Note: Fewer than 20 people met item-04: left out, so no figures." in output
    assert "item-04 " not in output.partition("Note")[0]
    await annul(pool, "acme", sessions.assessment.bank_digest, ["item-03", "item-11"], at=sessions.at)
    output, refused = await run(*options)
    assert refused is None
    assert "Note: Annulled, so no figures: item-03." in output
    assert "item-03 " not in output.partition("Note")[0]
    assert (await run(*options, "--by-language"))[1] == "dif.empty_group"
    assert (await run(*options, "--without", "item-09"))[1] == "responses.unknown_item"


async def test_what_says_nothing_together_is_refused(tmp_path: Path, run: Run) -> None:
    file = tmp_path / "r.csv"
    file.write_text("person,a\n")
    model = ("--model", "rasch")
    for options in (
        (),
        (file, "--assessment", "small", "--by", "x"),
        (file, "--by", "x"),
        ("--assessment", "small"),
        ("--assessment", "small", "--by", "x", "--write", tmp_path / "w.json"),
        ("--assessment", "small", "--by", "x", "--source", "simulated"),
        (file, "--write", tmp_path / "w.json"),
        (file, "--groups", file),
    ):
        assert "Error" in (await run(*options, *model))[0]


def test_each_answer_has_its_points_once(bank_bytes: bytes, key: Any) -> None:
    levels = (RubricLevel(0, "None."), RubricLevel(1, "Some."))
    task = Task(
        id="brief",
        area="first",
        stem="Brief.",
        words_at_most=50,
        rubric=(Criterion("figures", "Figures", levels, 1), Criterion("tone", "Tone", levels, 1)),
    )
    bank = read_bank(bank_bytes)
    bank = replace(bank, items=(*bank.items, task))
    session = Session(started(digest(bank_bytes)))
    session.answers += [
        Answer("item-00", key("item-00")),
        Answer("item-02", ("o1",)),
        Answer("item-01", ()),
        Answer("brief", ("a" * 64,)),
    ]
    assert points(bank, session) == {"item-00": 1, "item-02": 0, "item-01": 0}
    session.ratings += [Rating("brief", rater, {"figures": 1, "tone": 0}) for rater in ("r", "s")]
    assert points(bank, session)["brief"] == 1
    few, left = enough(of_rows(bank, [*[{"item-00": 1}] * 20, {"item-01": 1}]))
    assert (few.items, left, few.dropped) == (("item-00",), ("item-01",), 1)
    with pytest.raises(CalibrationRefused):
        of_rows(bank, [])
    assert np.all(few.scores == 1)
