"""What a confirmation rests on: the result that still stands, unseen questions, and a whole sitting."""

from collections.abc import Collection
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from issuer.assessments import take
from issuer.assessments.bank import read_bank
from issuer.assessments.demonstration import ORGANIZATION_ID
from issuer.assessments.earlier.counts import as_it_counts
from issuer.assessments.invite import Wanted, invite
from issuer.assessments.rating.raters import forget_rater
from issuer.assessments.sitting import open_sitting
from issuer.confirmation.begin import enter
from issuer.confirmation.cases import decide, waiting_for
from issuer.confirmation.lift import settle_all
from issuer.confirmation.plan import enough
from issuer.confirmation.sit import open_sat
from issuer.db.pool import transaction
from issuer.fairness.retention.delete import delete_expired
from issuer.fairness.watch import watch
from issuer.issuance.desk import Desk
from issuer.organizations.create import machine, person_in
from issuer.organizations.retention import Rule, set_rule
from issuer.review.annulments import store as annulments
from issuer.review.annulments.approve import approve
from issuer.review.annulments.execute import execute
from issuer.review.annulments.propose import Wanted as Proposed
from issuer.review.annulments.propose import propose
from issuer.review.annulments.shown import follows
from issuer.review.reproduce import reproduce
from issuer.sharing.aftermath import aftermath
from issuer.status.change import reinstate, suspend
from schemas.assessment import Prior
from tests.unit.assessments.banks import uncalibrated
from tests.unit.confirmation.conftest import RIGHT, WRONG, Clock, Hold, Who
from tests.unit.confirmation.test_confirmation import assurance_of, of_award, raised, refusal

BANK = "uncalibrated"
WHY = "The key named an answer that is wrong."


@pytest.fixture
def propose_(desk: Desk, who: Who) -> Any:
    """Proposes that items do not count any more; returns the proposal."""

    async def make(items: Collection[str]) -> annulments.Annulment:
        wanted = Proposed(BANK, tuple(sorted(items)), "key", WHY)
        made = await propose(desk.pool, desk.keystore, await who("author"), wanted, at=desk.clock())
        found = await annulments.annulment(desk.pool, ORGANIZATION_ID, made)
        assert found is not None
        return found

    return make


@pytest.fixture
def annul(desk: Desk, who: Who, propose_: Any) -> Any:
    """Annuls items: proposed by one, approved by two others, executed; returns the lines of its list."""

    async def make(items: Collection[str]) -> dict[UUID, annulments.Consequence]:
        proposal = await propose_(items)
        for role in ("head", "deputy"):
            by = await who(role)
            await approve(desk.pool, by, proposal.id, proposal.digest, withdraw=True, at=desk.clock())
        assert (await execute(desk, ORGANIZATION_ID, proposal.id)).state == "executed"
        return await listed(desk, proposal)

    return make


async def listed(desk: Desk, proposal: annulments.Annulment) -> dict[UUID, annulments.Consequence]:
    lines = await annulments.listed(desk.pool, ORGANIZATION_ID, proposal.id)
    return {line.consequence.session: line.consequence for line in lines}


async def right_of(desk: Desk, session: UUID, *, given: str = RIGHT) -> list[str]:
    rows = await desk.pool.fetch(
        "SELECT item_id FROM session_event WHERE session_id = $1 AND kind = 'answered'"
        " AND position($2 IN body) > 0 ORDER BY sequence",
        session,
        f'"{given}"'.encode(),
    )
    return [row["item_id"] for row in rows]


async def begun(desk: Desk, slug: str, email: str = "kim@example.org") -> str:
    """The secret of a new invitation's link, behind which a session has begun."""
    async with transaction(desk.pool) as db:
        by = await machine(db, ORGANIZATION_ID, "portal", at=desk.clock())
    wanted = Wanted(slug, "Kim Example", email)
    invited = await invite(
        desk.pool, desk.keystore, desk.settings, ORGANIZATION_ID, by, wanted, at=desk.clock()
    )
    token = invited.link.rpartition("/")[2]
    await take.start(desk.pool, token, desk.clock)
    return token


async def test_the_result_that_is_confirmed_is_the_one_that_still_stands(
    desk: Desk, holder: Hold, sat: Any, annul: Any
) -> None:
    one = await holder(wrong=5)
    right = await right_of(desk, one.session)
    lines = await annul(right[:4])  # 11 of 16 are left: less sure, and kept
    assert {line.before for line in lines.values()} <= {"high"}
    secret, _ = await sat(one)
    log = (await open_sat(desk.pool, secret)).sitting.log
    assert log is not None
    assert log.started.prior == Prior(right=11, wrong=5)
    found = await of_award(desk, one)
    assert found.session_id is not None
    assert (await reproduce(desk.pool, ORGANIZATION_ID, found.session_id)).verdict == "same"


async def test_of_a_case_nothing_counts_that_was_annulled(
    desk: Desk, holder: Hold, sat: Any, annul: Any, who: Who
) -> None:
    one = await holder()
    await sat(one, 10)
    found = await of_award(desk, one)
    assert found.session_id is not None
    await annul(await right_of(desk, found.session_id, given=WRONG))
    reviewer = await who("reviewer")
    (case,) = await waiting_for(desk.pool, reviewer, limit=5)
    assert case.judgement is not None
    assert (case.judgement.verdict, case.judgement.answered, case.judgement.points) == ("unfinished", 2, 2)
    act = decide(desk.pool, desk.keystore, reviewer, case.id, "raise", WHY, at=desk.clock())
    assert await refusal(act) == "confirmation.unfinished"


async def test_nothing_is_raised_on_answers_that_were_annulled_meanwhile(
    desk: Desk, holder: Hold, sat: Any, annul: Any, who: Who
) -> None:
    one = await holder()
    await sat(one)
    found = await of_award(desk, one)
    assert (found.verdict, found.raised_at) == ("confirmed", None)
    assert found.session_id is not None
    await annul((await right_of(desk, found.session_id))[:4])  # eight of twelve are too few
    await settle_all(desk, aftermath(desk).issue)
    assert not await raised(desk, one)
    assert (await of_award(desk, one)).verdict == "unfinished"
    assert await assurance_of(desk, one) == "unsupervised"
    (case,) = await waiting_for(desk.pool, await who("reviewer"), limit=5)
    assert case.id == found.id
    async with transaction(desk.pool) as db:
        await forget_rater(db, ORGANIZATION_ID, found.supervisor, at=desk.clock())
    same = await who("head of exams", email="invigilator@people.example")
    assert await waiting_for(desk.pool, same, limit=5) == ()


async def test_what_waits_to_be_raised_is_not_deleted_before(
    desk: Desk, holder: Hold, sat: Any, annul: Any, clock: Clock
) -> None:
    """On hold for longer than answers are kept: then annulled, then free again."""
    one = await holder()
    await sat(one)
    found = await of_award(desk, one)
    assert found.session_id is not None
    await suspend(desk, ORGANIZATION_ID, one.award, "A look.")
    other = await holder(email="lee@example.org", slug="plain-60-unsupervised")
    clock.advance(days=60)
    async with transaction(desk.pool) as db:
        by = await person_in(db, ORGANIZATION_ID, "data protection officer", at=clock())
        await set_rule(db, ORGANIZATION_ID, Rule("answers", 30), by=by, at=clock())
    await watch(desk.pool, desk.keystore, clock)
    assert await delete_expired(desk.pool, clock) == 1
    assert await right_of(desk, other.session) == []
    sitting = await right_of(desk, found.session_id)
    assert (len(await right_of(desk, one.session)), len(sitting)) == (20, 12)
    await annul(sitting[:4])
    await reinstate(desk, ORGANIZATION_ID, one.award)
    await settle_all(desk, aftermath(desk).issue)
    assert not await raised(desk, one)
    assert (await of_award(desk, one)).verdict == "unfinished"


@pytest.mark.parametrize("lost", ["deleted", "broken"])
@pytest.mark.parametrize("annulled", [1, 0])
async def test_what_cannot_be_told_any_more_raises_nothing_and_holds_up_nobody(
    desk: Desk, holder: Hold, sat: Any, annul: Any, who: Who, lost: str, annulled: int
) -> None:
    """Deleted answers stand for what they showed, while nothing of their bank was annulled."""
    one = await holder()
    await sat(one)
    other = await holder(email="lee@example.org", slug="plain-60-unsupervised")
    await sat(other)
    found = await of_award(desk, one)
    sitting = found.session_id
    if annulled:
        await annul((await right_of(desk, one.session))[:annulled])
    await desk.pool.execute(
        "DELETE FROM session_event WHERE session_id = $1 AND kind IN ('form', 'answered')"
        if lost == "deleted"
        else "UPDATE session_event SET body = '{}' WHERE session_id = $1 AND kind = 'form'",
        sitting,
    )
    await settle_all(desk, aftermath(desk).issue)
    assert (await of_award(desk, other)).raised_at is not None
    raises = lost == "deleted" and not annulled
    found = await of_award(desk, one)
    assert (found.verdict, found.raised_at is not None) == ("confirmed" if raises else "unfinished", raises)
    if not raises:
        reviewer = await who("reviewer")
        (case,) = await waiting_for(desk.pool, reviewer, limit=5)
        assert (case.id, case.judgement) == (found.id, None)
        act = decide(desk.pool, desk.keystore, reviewer, case.id, "raise", WHY, at=desk.clock())
        assert await refusal(act) == "confirmation.unfinished"


@pytest.mark.parametrize("of", ["sitting", "first"])
async def test_a_list_names_the_confirmations_that_rested_on_it(
    desk: Desk, holder: Hold, sat: Any, propose_: Any, annul: Any, who: Who, of: str
) -> None:
    """Two persons see it; nothing is taken away by it, and it is named once."""
    one = await holder(wrong=0 if of == "sitting" else 4)
    await sat(one, 1)
    found = await of_award(desk, one)
    assert found.session_id is not None
    assert found.verdict == "confirmed"
    assert await raised(desk, one)
    asked = await right_of(desk, found.session_id if of == "sitting" else one.session)
    harmless = (await right_of(desk, found.session_id))[:1]
    assert found.session_id not in await listed(desk, await propose_(harmless))
    gone = asked[:4] if of == "sitting" else asked[:13]
    proposal = await propose_(gone)
    line = (await listed(desk, proposal))[found.session_id]
    assert line.before == line.after is not None
    assert (line.award, line.raises, line.refuted, follows(line)) == (one.award, False, False, "keep")
    assert line.confirmation == ("unfinished" if of == "sitting" else "unsure")
    own = await who("self", email="kim@example.org")  # whoever is on the list does not approve it
    act = approve(desk.pool, own, proposal.id, proposal.digest, withdraw=True, at=desk.clock())
    assert await refusal(act) == "approval.interested"
    wanted = Proposed(BANK, tuple(sorted(gone)), "key", WHY)
    proposing = propose(desk.pool, desk.keystore, own, wanted, at=desk.clock())
    assert await refusal(proposing) == "annulment.interested"  # nor do they propose it
    await annul(gone)
    assert found.session_id not in await listed(desk, await propose_(gone))
    assert await assurance_of(desk, one) == "confirmed"
    await desk.pool.execute(
        "UPDATE session_event SET body = '{}' WHERE session_id = $1 AND kind = 'answered'", found.session_id
    )
    assert (await propose_(asked)).unreadable == 1  # and all others are told of all the same


async def test_a_list_names_later_attempts_that_started_from_what_was_annulled(
    desk: Desk, holder: Hold, annul: Any, propose_: Any, clock: Clock
) -> None:
    one = await holder(wrong=6)
    first = (await open_sitting(desk.pool, one.token)).session
    assert first is not None
    assert first.level == "basic"
    clock.advance(days=100)
    two = await holder(slug="plain-60-unsupervised", wrong=4)
    second = (await open_sitting(desk.pool, two.token)).session
    assert second is not None
    assert (second.epoch, second.level) == (2, "high")
    gone = await right_of(desk, one.session)
    assert not two.asked.intersection(gone)
    before = await open_sitting(desk.pool, two.token)
    assert await as_it_counts(desk.pool, before) is before
    line = (await annul(gone))[two.session]
    page = await as_it_counts(desk.pool, before)
    assert page.decision is not None
    assert before.decision is not None
    assert (page.decision.asked, page.decision.level) == (20, "high")
    assert page.decision.standard_error > before.decision.standard_error  # less was held of them before
    assert (line.before, line.after, line.award) == ("high", "basic", two.award)
    await desk.pool.execute(
        "UPDATE session_event SET body = '{}' WHERE session_id = $1 AND kind = 'decided'", one.session
    )
    assert (await propose_(gone)).unreadable == 2  # the first one, and the one that started from it


@pytest.mark.parametrize(("answered", "verdict"), [(10, "unfinished"), (11, "confirmed")])
async def test_nobody_stops_a_sitting_when_it_suits_them(
    desk: Desk, holder: Hold, sat: Any, clock: Clock, who: Who, answered: int, verdict: str
) -> None:
    """Of twelve questions that come one by one; the last one, left open, is one that was not answered."""
    one = await holder("adaptive")
    await sat(one, at_most=answered)
    clock.advance(minutes=25)
    await settle_all(desk, aftermath(desk).issue)
    assert (await of_award(desk, one)).verdict == verdict
    assert await assurance_of(desk, one) == ("confirmed" if verdict == "confirmed" else "unsupervised")
    if verdict == "unfinished":
        reviewer = await who("reviewer")
        (case,) = await waiting_for(desk.pool, reviewer, limit=5)
        assert case.judgement is not None
        assert (case.judgement.predicted, case.judgement.asked) == (None, 11)
        act = decide(desk.pool, desk.keystore, reviewer, case.id, "raise", WHY, at=clock())
        assert await refusal(act) == "confirmation.unfinished"


@pytest.mark.parametrize("kind", ["plain", "adaptive"])
async def test_no_sitting_opens_without_enough_questions_that_may_be_asked(
    desk: Desk, holder: Hold, opened: Any, kind: str
) -> None:
    one = await holder(kind)
    unseen = sorted({f"q{number:02d}" for number in range(60)} - one.asked)
    for place, item in enumerate(unseen[11:]):
        if place == 1:  # twelve are left
            await opened(one.award)
        await desk.pool.execute(
            "INSERT INTO item_suspension (organization_id, id, bank_id, item_id, reason, since)"
            " VALUES ($1, $2, $3, $4, 'leak', $5)",
            ORGANIZATION_ID,
            uuid4(),
            BANK if kind == "plain" else "calibrated",
            item,
            desk.clock(),
        )
    assert await refusal(opened(one.award)) == "confirmation.too_few"


async def test_unseen_is_what_no_session_with_the_bank_asked_nor_one_whose_answers_are_gone(
    desk: Desk, holder: Hold, publish: Any, opened: Any, clock: Clock
) -> None:
    """Another assessment asks from the same bank; a session that was left there is deleted."""
    other, third = await publish("plain", items=61), await publish("plain", items=62)
    left = await begun(desk, other)
    abandoned = (await open_sitting(desk.pool, left)).log
    assert abandoned is not None
    clock.advance(days=60)
    async with transaction(desk.pool) as db:
        by = await person_in(db, ORGANIZATION_ID, "data protection officer", at=clock())
        await set_rule(db, ORGANIZATION_ID, Rule("answers", 30), by=by, at=clock())
    assert await delete_expired(desk.pool, clock) == 1
    anew = (await open_sitting(desk.pool, await begun(desk, other))).log
    assert anew is not None
    assert anew.seen.isdisjoint(abandoned.seen)
    met = (await open_sitting(desk.pool, await begun(desk, third))).log
    assert met is not None
    one = await holder(items=90)
    secret = await enter(desk.pool, desk.keystore, one.token, (await opened(one.award)).code, clock)
    log = (await open_sat(desk.pool, secret)).sitting.log
    assert log is not None
    seen = one.asked | abandoned.seen | anew.seen | met.seen
    assert len(log.seen) == 12
    assert log.seen.isdisjoint(seen)
    assert set(log.started.excluded) == seen
    two = await holder(email="lee@example.org", slug="plain-90-unsupervised")
    person: UUID = await desk.pool.fetchval("SELECT person_id FROM award WHERE id = $1", two.award)
    await desk.pool.execute("INSERT INTO item_met VALUES ($1, $2, $3, NULL)", ORGANIZATION_ID, person, BANK)
    assert await refusal(opened(two.award)) == "confirmation.source"


def test_of_enemies_one_is_asked_however_they_hang_together() -> None:
    bank = read_bank(uncalibrated(60))
    chain = {f"q{number:02d}": f"q{number + 1:02d}" for number in range(9)}  # ten in a row, each to the next
    items = tuple(replace(one, enemies=(chain[one.id],)) if one.id in chain else one for one in bank.items)
    enemies = replace(bank, items=items)
    barred = [f"q{number:02d}" for number in range(21, 60)]
    for held, count in ((bank, 21), (enemies, 12)):
        assert enough(held, (), barred, count, scale="proportion")
        assert not enough(held, (), barred, count + 1, scale="proportion")
