"""Performance tasks from the words to the decision: sealed, rated blind by two persons, and replayed."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from issuer.assessments import store as assessments
from issuer.assessments import take
from issuer.assessments.create import create_assessment
from issuer.assessments.documents import record_path
from issuer.assessments.invite import Wanted, invite
from issuer.assessments.kinds.task import agreement, lint_rating, met, pooled
from issuer.assessments.rating.agree import agreement_by_version
from issuer.assessments.rating.cli import told
from issuer.assessments.rating.rate import Given, rate
from issuer.assessments.rating.raters import forget_rater, name_rater
from issuer.assessments.rating.works import waiting_for
from issuer.assessments.replay import replay
from issuer.assessments.sitting import Sitting, open_sitting
from issuer.db.pool import Pool, transaction
from issuer.organizations.create import machine, person_in
from issuer.organizations.tokens import Principal, authenticate, create_token
from issuer.people.erase import erase
from issuer.review.requests.answer import answer, begin
from issuer.review.requests.ask import ask
from issuer.review.requests.cli import told as listed
from issuer.review.requests.show import show
from issuer.review.requests.story import SEALED
from issuer.skills.store import load_achievement
from keys.stores.file import FileStore
from schemas.assessment import Conditions, Event, Rating
from schemas.items import Criterion, RubricLevel, Task
from schemas.problems import ProblemError

HTML = {"Accept": "text/html"}
WORDS = "Dear all,\nMARKER-OF-WORDS: orders fell by a tenth."
SOUND, WEAK = {"figures": 2, "tone": 1}, {"figures": 0, "tone": 0}

LEVELS = (RubricLevel(0, "None."), RubricLevel(1, "Some."), RubricLevel(2, "All."))
TASK = Task(
    id="brief",
    area="first",
    stem="Brief the team.",
    aids="AI tools are permitted.",
    words_at_most=50,
    rubric=(Criterion("figures", "Figures", LEVELS, 2), Criterion("tone", "Tone", LEVELS[:2], 1)),
)

Give = Callable[..., Awaitable[Any]]
Rater = Callable[..., Awaitable[Principal]]


@pytest.fixture
def document(bank_bytes: bytes) -> bytes:
    """The small bank with a task."""
    bank = json.loads(bank_bytes)
    bank["items"].append(msgspec.to_builtins(TASK))
    return json.dumps(bank).encode()


@pytest.fixture
async def invited(
    pool: Pool, keystore: FileStore, settings: Any, house: Any, clock: Any, document: bytes
) -> Callable[..., Awaitable[str]]:
    """Invites to an assessment whose first step has four questions and the task."""
    held = house.assessment
    achievement = await load_achievement(pool, "acme", held.achievement_id, held.achievement_revision)
    conditions = Conditions(permitted_aids="None.", items_per_step=4, items_at_most=12, tasks=1)
    async with transaction(pool) as db:
        principal = await machine(db, "acme", "portal", at=clock())
        await create_assessment(
            db, achievement, document, "tasks", conditions, principal_id=principal, at=clock()
        )

    async def make(email: str = "kim@example.org") -> str:
        wanted = Wanted("tasks", "Kim Example", email)
        link = (await invite(pool, keystore, settings, "acme", principal, wanted, at=clock())).link
        return link.rpartition("/")[2]

    return make


@pytest.fixture
def rater(pool: Pool, keystore: FileStore, clock: Any) -> Rater:
    """Makes a rater's token and tells who it is: each role another person, unless `email` says who, or ""."""

    async def make(role: str, email: str | None = None, *, person: bool = True) -> Principal:
        async with transaction(pool) as db:
            principal_id = await (person_in if person else machine)(db, "acme", role, at=clock())
            email = f"{role.replace(' ', '-')}@raters.example" if email is None else email
            if email and person:
                assert principal_id == await name_rater(db, keystore, "acme", role, email, at=clock())
            _, text = await create_token(db, "acme", principal_id, role, ("ratings:write",), at=clock())
        return await authenticate(pool, f"Bearer {text}", "ratings:write", clock())

    return make


@pytest.fixture
def give(pool: Pool, keystore: FileStore, clock: Any) -> Give:
    async def given(rater: Principal, session: UUID, points: dict[str, int], item: str = TASK.id) -> Any:
        return await rate(pool, keystore, rater, Given(session, item, points), clock)

    return given


async def hand_in(
    pool: Pool, keystore: FileStore, token: str, clock: Any, key: Any, right: int = 4
) -> Sitting:
    """Answers the first step, so many of its questions right, and hands a text in."""
    await take.start(pool, token, clock)
    while (current := (await open_sitting(pool, token)).current) is not None:
        fields = (
            {"option": key(current.item) if right > 0 else ("o2",)} if current.options else {"work": (WORDS,)}
        )
        right -= 1
        await take.answer(pool, keystore, token, current.item, fields, clock)
    sitting = await open_sitting(pool, token)
    assert sitting.waits_for_raters
    return sitting


def session_id(sitting: Sitting) -> UUID:
    assert sitting.session is not None
    return sitting.session.id


async def refusal(waits: Awaitable[Any]) -> str:
    with pytest.raises(ProblemError) as refused:
        await waits
    return refused.value.code


async def replayed(pool: Pool, token: str, document: bytes) -> Sitting:
    """The log as it stands gives the same session again, byte for byte."""
    sitting = await open_sitting(pool, token)
    events = await assessments.events(pool, "acme", session_id(sitting))
    assert replay(document, [Event(one.kind, one.body) for one in events]) == sitting.log
    return sitting


async def test_two_persons_decide_and_the_log_replays(
    pool: Pool,
    keystore: FileStore,
    clock: Any,
    key: Any,
    invited: Any,
    rater: Rater,
    give: Give,
    document: bytes,
) -> None:
    token = await invited()
    sitting = await hand_in(pool, keystore, token, clock, key)
    session = session_id(sitting)
    log = b"".join(one.body for one in await assessments.events(pool, "acme", session))
    assert b"MARKER" not in log
    assert b"MARKER" not in await pool.fetchval("SELECT words_sealed FROM session_work")
    with pytest.raises(ProblemError):
        await take.stop_here(pool, token, clock)
    assert (await take.go_on(pool, token, clock)).did == "repeated"
    clock.advance(days=30)  # the invitation has expired; the wait is not the taker's
    one, two = await rater("one"), await rater("two")
    (work,) = await waiting_for(pool, keystore, one, limit=9)
    assert (work.session_id, work.task, work.words, work.aids) == (session, TASK, WORDS, TASK.aids)
    assert "Kim" not in repr(work)
    assert "  | MARKER-OF-WORDS: orders fell by a tenth.\n\nfigures: Figures\n  0  None." in told(work)
    first = await give(one, session, SOUND)
    assert (first.did, first.decision) == ("recorded", None)
    assert await waiting_for(pool, keystore, one, limit=9) == ()
    assert (await waiting_for(pool, keystore, two, limit=9)) == (work,)
    assert (await give(one, session, dict(reversed(SOUND.items())))).did == "repeated"
    assert await refusal(give(one, session, WEAK)) == "rating.given"
    last = await give(two, session, SOUND)
    assert last.decision is not None
    assert (last.awarded, last.decision.asked, last.decision.right) == (True, 6, 6)
    assert await refusal(give(await rater("three"), session, SOUND)) == "rating.closed"
    assert (await give(two, session, SOUND)).did == "repeated"
    ended = await replayed(pool, token, document)
    assert (ended.finished, ended.waits_for_raters) == (True, False)
    actions = [row["action"] for row in await pool.fetch("SELECT action FROM audit ORDER BY sequence")]
    assert actions.count("work.rated") == 2
    assert "mail.rated" not in [row["kind"] for row in await pool.fetch("SELECT kind FROM outbox")]


async def test_a_reviewer_reads_what_was_written_and_that_stands_in_the_audit_log(
    pool: Pool,
    keystore: FileStore,
    clock: Any,
    key: Any,
    invited: Any,
    rater: Rater,
    give: Give,
) -> None:
    token = await invited()
    session = session_id(await hand_in(pool, keystore, token, clock, key))
    for role in ("one", "two"):
        await give(await rater(role), session, SOUND)
    request = await ask(pool, keystore, token, "Did anybody read my text?", clock)
    reviewer = await rater("reviewer")

    async def shown() -> str:
        return listed(await show(pool, keystore, reviewer, request, at=clock()))

    said = await shown()
    assert "gave:\n      | Dear all,\n      | MARKER-OF-WORDS: orders fell by a tenth.\n" in said
    assert "Kim" not in said
    wrote = "SELECT principal_id FROM audit WHERE action = 'review.work_read' AND reference = $1"
    assert [one["principal_id"] for one in await pool.fetch(wrote, str(request))] == [reviewer.id]
    with pytest.raises(ProblemError):
        await show(pool, keystore, await rater("kim", "kim@example.org"), request, at=clock())
    judged = show(pool, keystore, await rater("two"), request, at=clock())
    assert await refusal(judged) == "review.rated"
    await pool.execute("DELETE FROM session_work")  # as the rule of retention does
    assert f"| {SEALED}" in await shown()
    assert len(await pool.fetch(wrote, str(request))) == 1
    judged = show(pool, keystore, await rater("two"), request, at=clock())
    assert await refusal(judged) == "review.rated"  # the log has this role


async def test_who_rated_a_text_answers_no_review_of_it_in_another_role_either(
    pool: Pool, keystore: FileStore, clock: Any, key: Any, invited: Any, rater: Rater, give: Give
) -> None:
    token = await invited()
    session = session_id(await hand_in(pool, keystore, token, clock, key))
    await give(await rater("one"), session, SOUND)
    before = await rater("two", "ren@example.org")
    assert (await give(before, session, SOUND)).awarded
    async with transaction(pool) as db:
        await forget_rater(db, "acme", before.id, at=clock())
    ren, heir = await rater("reviewer", "ren@example.org"), await rater("two", "kit@example.org")
    request = await ask(pool, keystore, token, "Read my text again.", clock)
    for _ in range(2):
        assert await refusal(begin(pool, ren, request, at=clock())) == "review.rated"
        judged = answer(pool, keystore, ren, request, "We read it again.", at=clock())
        assert await refusal(judged) == "review.rated"
        await begin(pool, heir, request, at=clock())  # the same role, another person
        # A rule for answers takes the ratings from the log; the text has one of its own.
        await pool.execute("DELETE FROM session_event WHERE kind = 'rated'")


async def test_a_third_settles_what_two_differ_on_and_the_person_can_go_on(
    pool: Pool,
    keystore: FileStore,
    clock: Any,
    key: Any,
    invited: Any,
    rater: Rater,
    give: Give,
    document: bytes,
) -> None:
    token = await invited()
    session = session_id(await hand_in(pool, keystore, token, clock, key, right=2))
    clock.advance(days=30)
    await give(await rater("one"), session, SOUND)
    assert (await give(await rater("two"), session, {"figures": 1, "tone": 1})).decision is None
    (found,) = await agreement_by_version(pool, "acme", "tasks")
    assert found.thirds == 1  # it waits for them
    decision = (await give(await rater("three"), session, {"figures": 2, "tone": 0})).decision
    assert (decision.outcome, decision.right, decision.asked) == ("continue", 4, 6)
    assert (await take.go_on(pool, token, clock)).did == "recorded"  # the link works again
    await replayed(pool, token, document)
    assert await pool.fetchval("SELECT count(*) FROM outbox WHERE kind = 'mail.rated'") == 1
    assert await pool.fetchval("SELECT max(expires_at) FROM invitation") == clock() + timedelta(days=14)
    (found,) = await agreement_by_version(pool, "acme", "tasks")
    assert found.thirds == 1
    assert [(one.criterion, one.works, one.exact) for one in found.criteria] == [
        ("figures", 1, 0.0),
        ("tone", 1, 1.0),
    ]
    assert await refusal(agreement_by_version(pool, "acme", "nothing")) == "assessment.unknown"


async def test_one_person_counts_once_a_program_never_and_nobody_rates_themselves(
    pool: Pool, keystore: FileStore, clock: Any, key: Any, invited: Any, rater: Rater, give: Give
) -> None:
    session = session_id(await hand_in(pool, keystore, await invited(), clock, key))
    await give(await rater("one"), session, SOUND)
    assert (await give(await rater("one"), session, SOUND)).did == "repeated"  # another token of the same
    program = await rater("program", person=False)
    assert await refusal(give(program, session, SOUND)) == "rating.person"
    assert await refusal(waiting_for(pool, keystore, program, limit=9)) == "rating.person"
    own = await rater("two", "KIM@example.org")
    assert await refusal(give(own, session, SOUND)) == "rating.own"
    assert await waiting_for(pool, keystore, own, limit=9) == ()
    assert await refusal(rater("second role", "kim@example.org")) == "principal.email"
    assert await refusal(rater("two", "other@example.org")) == "principal.email"
    other = await rater("three")
    for wrong in ({"figures": 2}, {**SOUND, "more": 1}, {**SOUND, "tone": 2}):
        assert await refusal(give(other, session, wrong)) == "rating.points"
    assert await refusal(give(other, session, SOUND, "item-00")) == "rating.unknown"
    assert await refusal(give(other, uuid4(), SOUND)) == "rating.unknown"
    assert (await open_sitting(pool, await invited())).waits_for_raters


async def test_nobody_rates_as_nobody_or_twice_under_another_role(
    pool: Pool, keystore: FileStore, clock: Any, key: Any, invited: Any, rater: Rater, give: Give
) -> None:
    session = session_id(await hand_in(pool, keystore, await invited(), clock, key))
    nobody = await rater("nobody", "")
    assert await refusal(give(nobody, session, SOUND)) == "principal.unnamed"
    assert await refusal(waiting_for(pool, keystore, nobody, limit=9)) == "principal.unnamed"
    one = await rater("one", "ren@example.org")
    await give(one, session, SOUND)
    async with transaction(pool) as db:
        await forget_rater(db, "acme", one.id, at=clock())
    stale = await pool.fetchval(
        "SELECT count(*) FROM api_token WHERE revoked_at IS NULL AND principal_id = $1", one.id
    )
    again = await rater("other role", "ren@example.org")
    assert stale == 0
    assert await waiting_for(pool, keystore, again, limit=9) == ()
    assert await refusal(give(again, session, SOUND)) == "rating.given"
    heir = await rater("one", "kit@example.org")  # the same role, another person
    assert heir.id != one.id
    assert (await give(heir, session, SOUND)).awarded
    assert len(await pool.fetchval("SELECT raters FROM session_work")) == 2  # for whoever contests it


async def test_before_all_is_answered_no_work_waits(
    pool: Pool, keystore: FileStore, clock: Any, invited: Any, rater: Rater, give: Give
) -> None:
    token = await invited()
    await take.start(pool, token, clock)
    await take.answer(pool, keystore, token, TASK.id, {"work": (WORDS,)}, clock)
    sitting = await open_sitting(pool, token)
    one = await rater("one")
    assert await waiting_for(pool, keystore, one, limit=9) == ()
    assert await refusal(give(one, session_id(sitting), SOUND)) == "rating.closed"


async def test_raters_at_once_append_one_after_another(
    pool: Pool,
    keystore: FileStore,
    clock: Any,
    key: Any,
    invited: Any,
    rater: Rater,
    give: Give,
    document: bytes,
) -> None:
    token = await invited()
    session = session_id(await hand_in(pool, keystore, token, clock, key))
    raters = [await rater(f"rater {n}") for n in range(4)]
    done = await asyncio.gather(*(give(one, session, SOUND) for one in raters), return_exceptions=True)
    closed = [one.code for one in done if isinstance(one, ProblemError)]
    assert closed == ["rating.closed"] * 2
    await replayed(pool, token, document)


async def test_words_and_event_are_there_together_or_not_at_all(
    pool: Pool, keystore: FileStore, clock: Any, invited: Any
) -> None:
    token = await invited()
    await take.start(pool, token, clock)
    await pool.execute(
        "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'"
    )
    await pool.execute("CREATE TRIGGER die AFTER INSERT ON session_work EXECUTE FUNCTION die()")
    answer = {"work": (WORDS,)}
    assert await refusal(take.answer(pool, keystore, token, TASK.id, answer, clock)) == "database.unavailable"
    log = (await open_sitting(pool, token)).log
    assert log is not None
    assert TASK.id in log.unanswered
    await pool.execute("DROP TRIGGER die ON session_work")
    assert (await take.answer(pool, keystore, token, TASK.id, answer, clock)).did == "recorded"
    assert (await take.answer(pool, keystore, token, TASK.id, answer, clock)).did == "repeated"
    assert await pool.fetchval("SELECT count(*) FROM session_work") == 1


async def test_an_erased_persons_words_are_gone(
    pool: Pool, keystore: FileStore, clock: Any, key: Any, invited: Any, rater: Rater, give: Give
) -> None:
    session = session_id(await hand_in(pool, keystore, await invited(), clock, key))
    await invited("ren@example.org")
    one, kim = await rater("one", "ren@example.org"), await rater("two", "kim@example.org")
    await give(one, session, SOUND)
    assert len(await pool.fetchval("SELECT raters FROM session_work")) == 1
    for known in await pool.fetch("SELECT p.id FROM person p JOIN principal USING (email_hmac)"):
        if known["id"] != await pool.fetchval("SELECT person_id FROM session_work"):
            await erase(pool, "acme", known["id"], at=clock())
    assert await pool.fetchval("SELECT raters FROM session_work") == []  # nothing remembers who rated
    person = await pool.fetchval("SELECT person_id FROM session_work")
    await erase(pool, "acme", person, at=clock())
    assert await pool.fetchval("SELECT count(*) FROM session_work") == 0
    assert await pool.fetchval("SELECT email_hmac FROM principal WHERE id = $1", kim.id) is None
    assert await pool.fetchval("SELECT forgotten_at FROM principal WHERE id = $1", kim.id) == clock()
    works = "SELECT count(*) FROM api_token WHERE principal_id = $1 AND revoked_at IS NULL"
    assert await pool.fetchval(works, kim.id) == 0
    assert await pool.fetchval("SELECT count(*) FROM session_event WHERE kind = 'rated'") == 1
    three = await rater("three")
    assert await waiting_for(pool, keystore, three, limit=9) == ()
    assert await refusal(give(three, session, SOUND)) == "rating.unknown"


async def test_over_http_and_on_the_page(
    pool: Pool, keystore: FileStore, clock: Any, key: Any, invited: Any, client: httpx.AsyncClient
) -> None:
    token = await invited()
    before = await client.get(f"/take/{token}", headers=HTML)
    assert "1 text to write" in before.text
    session = str(session_id(await hand_in(pool, keystore, token, clock, key)))
    clock.advance(days=30)
    waits = await client.get(f"/take/{token}", headers=HTML)
    assert waits.status_code == 200
    assert "Two people read your text" in waits.text
    given = {"session": session, "item": TASK.id, "points": SOUND}
    statuses, headers = list[int](), dict[str, str]()
    for role in ("one", "two"):
        async with transaction(pool) as db:
            principal = await name_rater(db, keystore, "acme", role, f"{role}@raters.example", at=clock())
            scopes = ("ratings:write", "ratings:read")
            _, text = await create_token(db, "acme", principal, role, scopes, at=clock())
        headers = {"Authorization": f"Bearer {text}"}
        (work,) = (await client.get("/api/ratings", headers=headers)).json()["works"]
        assert (work["session"], work["words"], work["wordsAtMost"]) == (session, WORDS, 50)
        assert [level["points"] for level in work["rubric"][0]["levels"]] == [0, 1, 2]
        assert "needed" not in json.dumps(work)
        answers = [await client.post("/api/ratings", json=given, headers=headers) for _ in range(2)]
        statuses += [answer.status_code for answer in answers]
    assert statuses == [201, 200, 201, 200]
    other = await client.post("/api/ratings", json={**given, "points": WEAK}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "rating.given")
    agreed = await client.get("/api/ratings/agreement/tasks", headers=headers)
    (version,) = agreed.json()["versions"]
    assert version["thirds"] == 0
    assert [(one["works"], one["exact"]) for one in version["criteria"]] == [(1, 1.0), (1, 1.0)]
    after = await client.get(f"/take/{token}", headers=HTML)
    assert "You reached" in after.text
    assert await pool.fetchval("SELECT count(*) FROM award WHERE organization_id = 'acme'") == 1


def rated(rater: str, figures: int, tone: int = 0) -> Rating:
    return Rating(TASK.id, rater, {"figures": figures, "tone": tone})


def test_two_who_agree_decide_and_of_each_the_first_counts() -> None:
    assert met(TASK, []) == {"figures": None, "tone": None}
    assert met(TASK, [rated("a", 2), rated("a", 0)]) == {"figures": None, "tone": None}
    assert met(TASK, [rated("a", 2), rated("b", 1)]) == {"figures": None, "tone": False}
    assert met(TASK, [rated("a", 0), rated("b", 1)])["figures"] is False  # both below what is needed
    settled = [rated("a", 2), rated("b", 1, 1), rated("c", 2, 1)]
    assert met(TASK, settled) == met(TASK, [*settled, rated("d", 0)]) == {"figures": True, "tone": True}
    with pytest.raises(ValueError, match="no level of 9 points"):
        met(TASK, [rated("a", 9)])


def test_what_is_no_rating_is_said() -> None:
    assert list(lint_rating(TASK, rated("a", 1))) == []
    wrong = Rating("other", "a", {"figures": 7, "wit": 1})
    assert list(lint_rating(TASK, wrong)) == [
        "The rating is of other, not of brief.",
        "Criterion 'tone' has no points.",
        "Criterion 'figures' has no level of 7 points.",
        "The task has no criterion 'wit'.",
    ]


# Two readers of 50 grant applications (yes/yes 20, yes/no 5, no/yes 10, no/no 15): po .70, pe .50, kappa .40.
# Two pairs with the same exact agreement of .60 and other margins (45 15 25 15, and 25 35 5 35 of 100): kappa
# .1304 and .2593.
KAPPAS = (
    ((20, 5, 10, 15), 0.70, 0.40),
    ((45, 15, 25, 15), 0.60, 0.1304),
    ((25, 35, 5, 35), 0.60, 0.2593),
    ((5, 0, 0, 5), 1.0, 1.0),
    ((0, 5, 5, 0), 0.0, -1.0),
)


@pytest.mark.parametrize(("table", "exact", "kappa"), KAPPAS)
def test_kappa_is_that_of_published_tables(
    table: tuple[int, int, int, int], exact: float, kappa: float
) -> None:
    cells = zip(table, ((1, 1), (1, 0), (0, 1), (0, 0)), strict=True)
    works = [(rated("a", 0, one), rated("b", 0, other)) for n, (one, other) in cells for _ in range(n)]
    found = agreement(TASK, works)
    assert found["tone"].works == sum(table)
    assert found["tone"].exact == pytest.approx(exact, abs=1e-12)
    assert found["tone"].kappa == pytest.approx(kappa, abs=5e-5)
    assert (found["figures"].exact, found["figures"].kappa) == (
        1.0,
        None,
    )  # always the same: nothing to compare
    assert agreement(TASK, [])["tone"].exact is None
    # Always the same is what chance would give too: the figures raise what is exact, and leave kappa alone.
    n = sum(table)
    all_of_it = pooled([(TASK, *work) for work in works])
    assert all_of_it.works == n
    assert all_of_it.exact == pytest.approx((1 + exact) / 2)
    assert all_of_it.kappa == pytest.approx(kappa, abs=5e-5)
    assert pooled([(TASK, rated("a", 2), rated("b", 2))]).kappa is None
    assert pooled([]).exact is None


async def test_the_next_version_states_how_raters_agreed_on_the_tasks_that_stay(
    pool: Pool,
    keystore: FileStore,
    clock: Any,
    key: Any,
    invited: Any,
    rater: Rater,
    give: Give,
    house: Any,
    document: bytes,
) -> None:
    """Over twenty works and more, so that one work more does not tell what another rater gave."""
    session = session_id(await hand_in(pool, keystore, await invited(), clock, key))
    await give(await rater("one"), session, SOUND)
    await give(await rater("two"), session, {"figures": 1, "tone": 1})
    achievement = await load_achievement(
        pool, "acme", house.assessment.achievement_id, house.assessment.achievement_revision
    )
    conditions = Conditions(permitted_aids="None.", items_per_step=4, items_at_most=12, tasks=1)

    async def stated(bank: bytes = document) -> Any:
        async with transaction(pool) as db:
            made = await create_assessment(
                db, achievement, bank, "tasks", conditions, principal_id=None, at=clock()
            )
            body = await db.fetchval(
                "SELECT body FROM publication WHERE path = $1", record_path("acme", made.record_digest)
            )
        return json.loads(body)["form"]["performanceTasks"]["agreement"]

    assert await stated() == "unstated"
    await pool.execute(
        "WITH others AS (INSERT INTO session (organization_id, id, assessment_id, epoch, created_at)"
        " SELECT organization_id, gen_random_uuid(), assessment_id, epoch, created_at"
        " FROM session, generate_series(1, 19) WHERE id = $1 RETURNING organization_id, id)"
        " INSERT INTO session_event (organization_id, session_id, sequence, kind, body, at)"
        " SELECT o.organization_id, o.id, e.sequence, e.kind, e.body, e.at"
        " FROM others o, session_event e WHERE e.session_id = $1 AND e.kind = 'rated'",
        session,
    )
    assert await stated() == {"works": 20, "exact": 0.5, "kappa": 0.0}
    other = json.loads(document)
    other["items"][-1]["stem"] = "Brief somebody else."
    assert await stated(json.dumps(other).encode()) == "unstated"
