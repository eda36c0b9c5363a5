"""What stays out of a credential, in every form of it: canaries in all places where it would come from."""

import base64
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from uuid import UUID

import msgspec
import pytest

from issuer.assessments import store as assessments
from issuer.assessments.record import panel_of
from issuer.db.pool import transaction
from issuer.fairness.groups import store as groups
from issuer.fairness.groups.store import Question
from issuer.fairness.store import keep_fit
from issuer.issuance.choice import choose, parse
from issuer.issuance.desk import Desk
from issuer.issuance.draft import CALIBRATION_UNSTATED, SYNTHETIC, TIERS, Assessed, calibration
from issuer.issuance.issue import issue
from issuer.issuance.profiles import PROFILES
from issuer.organizations.create import machine
from issuer.skills.documents import proportion
from schemas.assessment import Answer, AreaBand, Decided, Decision, Form, LevelProbability, Placed

ORG = "demo"
Finished = Callable[..., Awaitable[UUID]]

ITEM, ANSWER, FAILED = "canary-item", "canary-answer", "canary-failed"
ATTRIBUTE, GROUP, PURPOSE, WORDS = "canary-attribute", "canary-group", "canary-purpose", b"canary-words"
PROBABILITY, SCORE, ERROR, FIT, SECOND = 0.987612, 0.771234, 0.054321, -3.141592, 98765
# What none of the second list may bring in, whatever is added to credentials: names of members and values.
SUBJECTS = re.compile(
    r"answer(?!s and)|item|question.?id|seconds|response.?time|duration|latency|flag|telemetry|fit\b|attempt|"
    r"epoch|percentile|rank|quantile|gender|ethnic|disab|religio|date.?of.?birth|biometr|keystroke|face|voice|"
    r"probabilit|posterior|scaled.?score|accommodat|multiplier",
    re.IGNORECASE,
)


def decided(outcome: Any, level: str | None) -> Decided:
    standing = LevelProbability("working", 0.5, PROBABILITY, "reached")
    return Decided(
        Decision(outcome, level, level, (standing,), 17, 20, SCORE, ERROR),
        (AreaBand("canary-area", "stronger", 17, 20, 61, 97),),
    )


async def log(desk: Desk, session: UUID, item: str, body: Decided) -> None:
    """A session's log with canaries: what was asked, what was answered, when, and how it stood."""
    events: tuple[tuple[Any, str | None, msgspec.Struct], ...] = (
        ("form", None, Form(1, (Placed(item, (ANSWER,)),), barred=(f"{item}-barred",), second=SECOND)),
        ("answered", item, Answer(item, (ANSWER,))),
        ("decided", None, body),
    )
    for sequence, (kind, of, event) in enumerate(events, 1):
        line = assessments.StoredEvent(sequence, kind, of, msgspec.json.encode(event), desk.clock())
        await assessments.append_event(desk.pool, ORG, session, line)


@pytest.fixture
async def tokens(desk: Desk, finished: Finished, clock: Any) -> dict[str, str]:
    """The credential of a person with all that, in every form; bytes by profile."""
    asked = parse([(profile.name, None) for profile in PROFILES])
    await choose(desk.pool, desk.keystore, desk.settings, ORG, asked, desk.clock)
    failed = await finished(outcome="not_yet", level=None)
    await log(desk, failed, FAILED, decided("not_yet", None))
    clock.advance(days=100)
    session = await finished(epoch=2)
    await log(desk, session, ITEM, decided("award", "working"))
    async with transaction(desk.pool) as db:
        by = await machine(db, ORG, "canary-machine", at=desk.clock())
        await keep_fit(db, ORG, session, FIT)
        question = Question(ATTRIBUTE, (GROUP, "other"), PURPOSE, desk.clock())
        assert await groups.insert_question(db, ORG, question, by=by)
        person = await db.fetchval("SELECT person_id FROM session_person WHERE session_id = $1", session)
        await db.execute(
            "INSERT INTO group_answer (organization_id, attribute, person_id, option_sealed, own)"
            " VALUES ($1, $2, $3, $4, true)",
            ORG, ATTRIBUTE, person, GROUP.encode(),
        )  # fmt: skip
        await db.execute(
            "INSERT INTO session_work (organization_id, session_id, item_id, person_id, words_sealed,"
            " created_at) VALUES ($1, $2, $3, $4, $5, $6)",
            ORG, session, ITEM, person, WORDS, desk.clock(),
        )  # fmt: skip
        ids = [str(failed), str(session), str(person), str(by)]
    issued = await issue(desk, ORG, session)
    return {one.profile.name: one.token for one in (issued, *issued.others)} | {"ids": " ".join(ids)}


def layers(token: str) -> Iterator[str]:
    """A form's bytes, and whatever in it decodes from base64, over and over: payloads, disclosures."""
    waiting, seen = [token], set()
    while waiting:
        text = waiting.pop()
        if text in seen:
            continue
        seen.add(text)
        yield text
        for part in re.findall(r"[A-Za-z0-9_-]{16,}", text.replace("+", "-").replace("/", "_")):
            try:
                waiting.append(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode())
            except ValueError:
                continue


def values(document: Any) -> Iterator[str]:
    """Every member's name and every text or number in a document."""
    if isinstance(document, dict):
        for name, inner in document.items():
            yield name
            yield from values(inner)
    elif isinstance(document, list):
        for inner in document:
            yield from values(inner)
    else:
        yield str(document)


async def test_no_form_holds_a_canary(tokens: dict[str, str]) -> None:
    forms = {profile.name: profile for profile in PROFILES}
    ids = tokens["ids"].split()
    assert tokens.keys() == {*forms, "ids"}
    for name, profile in forms.items():
        every = "\n".join(layers(tokens[name]))
        assert "SQL for analysts" in every, "nothing was decoded"
        assert "canary" not in every.lower(), name
        for number in (PROBABILITY, SCORE, ERROR, FIT, SECOND):
            assert str(number).strip("-") not in every, (name, number)
            assert str(number * 100).strip("-")[:5] not in every, (name, number)
        assert not [one for one in ids if one in every], name
        document = profile.read(tokens[name])
        assert document["credentialSubject"]["result"], "the results are looked at too"


async def test_no_form_says_a_word_of_the_second_list(tokens: dict[str, str]) -> None:
    allowed = {
        # What the award rule asks for, of everybody; and the level's own description, an author's words.
        "Probability of being at or above the cut score that awards a level",
    }
    for profile in PROFILES:
        document = profile.read(tokens[profile.name])
        achievement = document["credentialSubject"]["achievement"]
        own = {achievement["criteria"]["narrative"], *(
            level["description"] for found in achievement["resultDescription"]
            for level in found.get("rubricCriterionLevel", [])
        )}  # fmt: skip
        assert document.pop("@context")
        said = [one for one in values(document) if one not in allowed | own]
        assert [one for one in said if SUBJECTS.search(one)] == [], profile.name


@pytest.mark.parametrize(
    "leak",
    [{"responseTime": 4}, {"percentile": 93}, {"flags": []}, {"note": "third attempt"}, {"itemIds": [1]}],
)
def test_the_second_list_would_be_noticed(leak: dict[str, Any]) -> None:
    assert any(SUBJECTS.search(one) for one in values(leak))
    hidden = base64.urlsafe_b64encode(json.dumps(["salt", "x", "canary-item"]).encode()).decode().rstrip("=")
    assert any("canary" in one for one in layers(f"eyJh.{hidden}~"))


def test_every_tier_says_who_set_the_marks_and_what_is_known_of_the_questions() -> None:
    def said(tier: Any, **more: Any) -> str:
        return calibration(Assessed("SQL", "unsupervised", "None.", tier, "ab" * 32, **more))

    assert said("uncalibrated") == (
        "The pass marks are the author's judgement; nobody has measured yet how hard each question is."
    )
    panel = "a panel of 6 persons (Angoff)"
    assert said("2pl", panel=panel) == (
        f"The pass marks were set by {panel}; how hard each question is was estimated from recorded answers "
        "(two-parameter model)."
    )
    assert all(said(tier).endswith(f"{words}.") for tier, words in TIERS.items())
    assert said("rasch", synthetic=True) == SYNTHETIC
    assert said("unstated") == CALIBRATION_UNSTATED
    record = {"rule": {"standardSetting": {"method": "angoff", "panel": {"size": 6}}}}
    assert panel_of(json.dumps(record).encode()) == panel
    assert panel_of(b'{"rule": {"standardSetting": "no panel"}}') is None


def test_a_cut_is_stated_as_exactly_as_it_decides() -> None:
    assert [proportion(cut) for cut in (0.5, 0.95, 0.6125, 0.975, 0.123457)] == [
        "0.50", "0.95", "0.6125", "0.975", "0.123457",
    ]  # fmt: skip


async def test_a_calibrated_synthetic_bank_leads_to_a_credential_that_says_so(
    desk: Desk, finished: Finished
) -> None:
    session = await finished()
    await desk.pool.execute(
        "UPDATE bank SET document = convert_to(jsonb_set(convert_from(document, 'UTF8')::jsonb,"
        " '{calibration}', $1::jsonb)::text, 'UTF8')",
        '{"model": "2pl", "source": "simulated"}',
    )
    issued = await issue(desk, ORG, session)
    document = issued.profile.read(issued.token)
    assert SYNTHETIC in document["evidence"][0]["narrative"]
    tiers = [
        one["value"] for one in document["credentialSubject"]["result"] if "#tier" in one["resultDescription"]
    ]
    assert tiers == ["2pl"]
