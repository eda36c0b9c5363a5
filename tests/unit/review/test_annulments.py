"""Annulling items against a real database: a list, two persons, one transaction, and the cycle after it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import msgspec
import pytest
from msgspec import Struct

from issuer import audit
from issuer.assessments.bank import read_bank
from issuer.assessments.earlier.counts import as_it_counts
from issuer.assessments.exposure import barred
from issuer.assessments.rating.raters import forget_rater
from issuer.assessments.sitting import open_sitting
from issuer.db.pool import transaction
from issuer.fairness.store import suspensions
from issuer.fairness.suspend import lift
from issuer.issuance import store as awards
from issuer.issuance.desk import Desk
from issuer.issuance.issue import complete, issue
from issuer.issuance.reconcile import reconcile
from issuer.issuance.store import award_of
from issuer.measurement.epochs import proportion_prior
from issuer.organizations.tokens import Principal, revoke_token
from issuer.people.erase import erase
from issuer.publications.cache import Published
from issuer.review.annulments import store
from issuer.review.annulments.approve import approve, reject
from issuer.review.annulments.execute import decide_on, execute, execute_approved
from issuer.review.annulments.propose import Wanted, digest, propose
from issuer.review.annulments.shown import follows
from issuer.review.reproduce import reproduce
from issuer.status.change import revoke, standing, suspend
from issuer.status.publish import resign
from issuer.status.trust import own_trust
from keys.proofs import jose
from schemas.assessment import Conditions, Prior
from schemas.problems import ProblemError
from schemas.report import Report
from tests.unit.review.conftest import small_bank
from verifier import Offline, averify

ORG = "demo"
Take = Callable[..., Awaitable[Any]]
Who = Callable[..., Awaitable[Principal]]
MISSED = "item-00"
WHY = "The key named an answer that is wrong."


class Story(Struct):
    """Somebody whom the unfit items helped (high; else basic), and somebody whom they cost a level."""

    helped: Any
    harmed: Any
    items: tuple[str, ...]


@pytest.fixture
async def story(taken: Take) -> Story:
    harmed = await asked(taken, "harmed", MISSED, steps=1, stop=True)
    number, helped = 0, await taken("helped0@example.org")
    while len(helped.asked - harmed.asked) < 2:
        number += 1  # the same address would be the same person, who has finished
        helped = await taken(f"helped{number}@example.org")
    assert (helped.level, harmed.level) == ("high", "basic")
    return Story(helped, harmed, (MISSED, *sorted(helped.asked - harmed.asked - {MISSED})[:2]))


class Doubted(Struct):
    """Somebody who holds the higher level, and the items without which the others decide against it."""

    taken: Any
    items: tuple[str, ...]


@pytest.fixture
async def doubted(taken: Take, going: Take) -> Doubted:
    begun = await taken("doubted@example.org", steps=0)
    missed = sorted(begun.asked)[:2]
    found = await going(begun.token, set(missed))
    assert (found.level, len(found.asked)) == ("high", 12)
    return Doubted(found, tuple(sorted(found.asked - set(missed))[:9]))


async def asked(taken: Take, name: str, *items: str, **told: Any) -> Any:
    """Somebody who was asked the first of these items, and misses it, and none of the others."""
    for number in range(90):
        found = await taken(f"{name}{number}@example.org", {MISSED}, **told)
        if found.asked.intersection(items) == {items[0]}:
            return found
    raise AssertionError("nobody was asked the item")


async def proposed(desk: Desk, by: Principal, items: tuple[str, ...]) -> store.Annulment:
    wanted = Wanted("small", items, "key", WHY)
    made = await propose(desk.pool, desk.keystore, by, wanted, at=desk.clock())
    found = await store.annulment(desk.pool, ORG, made)
    assert found is not None
    return found


async def agree(desk: Desk, who: Principal, proposal: store.Annulment, *, withdraw: bool = False) -> int:
    return await approve(desk.pool, who, proposal.id, proposal.digest, withdraw=withdraw, at=desk.clock())


async def refusal(act: Awaitable[object]) -> str:
    with pytest.raises(ProblemError) as refused:
        await act
    return refused.value.code


async def verified(desk: Desk, award_id: UUID) -> tuple[Report, Any]:
    """What our verifier says of a credential as its holder has it."""
    issued = await issue_again(desk, award_id)
    await desk.publications.refresh()
    fetch = Published(desk.publications, desk.settings.base_url, Offline(), desk.clock)
    trust = own_trust(desk.publications, desk.settings.base_url)
    return await averify(issued.token, fetch=fetch, trust=trust, clock=desk.clock), issued


async def issue_again(desk: Desk, award_id: UUID) -> Any:
    row = await awards.award(desk.pool, ORG, award_id)
    assert row is not None
    return await complete(desk, row.decided())


async def held(desk: Desk, session: UUID) -> dict[str, tuple[UUID, str]]:
    """By level: the award that a session led to, first or corrected, and its standing."""
    (met,) = [
        one
        for one in await store.met(desk.pool, ORG, [f"item-{n:02d}" for n in range(12)], await digests(desk))
        if one.session_id == session
    ]
    return {award.level: (award.id, award.standing) for award in met.awards}


async def digests(desk: Desk) -> list[str]:
    return [row["digest"] for row in await desk.pool.fetch("SELECT digest FROM bank")]


async def test_two_persons_correct_results_and_nobody_loses_anything(
    desk: Desk, story: Story, principal: Who
) -> None:
    await issue(desk, ORG, story.helped.id)
    first = await issue(desk, ORG, story.harmed.id)
    proposal = await proposed(desk, await principal("portal", person=False), story.items)
    lines = {
        line.consequence.session: line.consequence for line in await store.listed(desk.pool, ORG, proposal.id)
    }
    told = {session: (one.before, one.after, one.raises) for session, one in lines.items()}
    assert told[story.helped.id] == ("high", "basic", False)
    assert lines[story.helped.id].undecided
    assert told[story.harmed.id] == ("basic", "high", True)
    assert lines[story.harmed.id].award == first.award_id
    assert proposal.met >= len(lines)
    suspended = await desk.pool.fetch("SELECT item_id, reason FROM item_suspension ORDER BY item_id")
    assert [tuple(row) for row in suspended] == [(item, "key") for item in sorted(story.items)]
    assert await agree(desk, await principal("head"), proposal) == 1
    assert await refusal(execute(desk, ORG, proposal.id)) == "annulment.unapproved"
    assert await agree(desk, await principal("deputy"), proposal, withdraw=True) == 2
    done = await execute(desk, ORG, proposal.id)
    assert (done.state, done.withdrawn) == ("executed", False)  # one of the two did not say so
    assert (await held(desk, story.helped.id))["high"][1] == "good"
    corrected = await held(desk, story.harmed.id)
    assert corrected["basic"] == (first.award_id, "good")
    report, issued = await verified(desk, corrected["high"][0])
    assert (report.verdict, report.currency) == ("valid", "current"), report
    assert not issued.created  # the execution had released it
    assert jose.read(issued.token).document["validFrom"] == jose.read(first.token).document["validFrom"]
    row = await desk.pool.fetchrow("SELECT * FROM session WHERE id = $1", story.harmed.id)
    assert row is not None
    assert (row["outcome"], row["level"]) == ("award", "basic")  # the log and what it says stay
    assert (await reproduce(desk.pool, ORG, story.harmed.id)).verdict == "same"
    letters = await desk.pool.fetch("SELECT kind FROM outbox WHERE kind = 'mail.review'")
    assert len(letters) == sum(one.raises for one in lines.values())
    again = await execute(desk, ORG, proposal.id)
    assert again == done
    assert await desk.pool.fetch("SELECT kind FROM outbox WHERE kind = 'mail.review'") == letters
    actions = [row["action"] for row in await desk.pool.fetch("SELECT action FROM audit ORDER BY sequence")]
    mine = [action for action in actions if action.startswith("annulment.")]
    assert mine == [
        "annulment.proposed",
        "annulment.approved",
        "annulment.approved_withdrawing",
        "annulment.executed",
    ]
    await audit.verify_chain(desk.pool, ORG)


async def test_what_the_answers_refute_is_withdrawn_where_both_say_so(
    desk: Desk, doubted: Doubted, principal: Who, taken: Take, clock: Any
) -> None:
    before = await issue(desk, ORG, doubted.taken.id)
    proposal = await proposed(desk, await principal("author"), doubted.items)
    (line,) = await store.listed(desk.pool, ORG, proposal.id)
    one = line.consequence
    assert (one.before, one.after, one.refuted, follows(one)) == ("high", "basic", True, "withdraw")
    for role in ("head", "deputy"):
        await agree(desk, await principal(role), proposal, withdraw=True)
    done = await execute(desk, ORG, proposal.id)
    assert done.withdrawn
    report, _ = await verified(desk, before.award_id)
    assert (report.verdict, report.authenticity, report.currency) == ("invalid", "genuine", "revoked")
    bits = await desk.pool.fetch(
        "SELECT status_cause FROM credential_form WHERE award_id = $1", before.award_id
    )
    assert [row["status_cause"] for row in bits] == ["revoked"]
    told = await standing(desk.pool, desk.keystore, ORG, before.award_id)
    assert told is not None
    assert told.reason is not None
    assert WHY in told.reason
    assert "show the level Basic. You can ask for a review" in told.reason
    left = await held(desk, doubted.taken.id)
    assert (left["high"][1], left["basic"][1]) == ("revoked", "good")
    report, _ = await verified(desk, left["basic"][0])
    assert (report.verdict, report.currency) == ("valid", "current")
    assert await desk.pool.fetchval("SELECT count(*) FROM outbox WHERE kind = 'mail.status'") == 1
    another = await proposed(desk, await principal("author"), doubted.items)
    assert await store.listed(desk.pool, ORG, another.id) == ()  # nothing is left to correct
    # The page of the result has the figures of the three that count, beside what was decided.
    found = await open_sitting(desk.pool, doubted.taken.token)
    page = (await as_it_counts(desk.pool, found)).log
    assert found.log is not None
    assert page is not None
    assert page.decided is not None
    decision = page.decided.decision
    assert (decision.level, decision.right, decision.asked) == ("high", 1, 3)
    assert sum(band.asked for band in page.decided.bands) == 3
    assert (page.decided.annulled, found.log.annulled) == (tuple(sorted(doubted.items)), frozenset())
    # They may show it with other items, after the cool-down.
    conditions = (await open_sitting(desk.pool, doubted.taken.token)).assessment.conditions
    for days, epoch in ((conditions.cool_down_days - 1, 1), (2, 2)):
        clock.advance(days=days)
        await taken("doubted@example.org", steps=0)
        begun = await open_sitting(desk.pool, doubted.taken.token)
        assert begun.session is not None
        assert begun.log is not None
        assert begun.session.epoch == epoch
        # What is held of them rests on the three questions that count: two wrong answers, and one right.
        assert begun.log.started.prior == (proportion_prior(1, 3, Prior()) if epoch > 1 else Prior())
        assert (await reproduce(desk.pool, ORG, begun.session.id)).verdict == "same"


async def test_a_level_that_is_only_less_sure_is_kept_whatever_both_say(
    desk: Desk, story: Story, principal: Who
) -> None:
    """Through no fault of theirs: what is left of the answers leaves it open, and decides nothing against."""
    await issue(desk, ORG, story.helped.id)
    proposal = await proposed(desk, await principal("author"), story.items)
    lines = [line.consequence for line in await store.listed(desk.pool, ORG, proposal.id)]
    (helped,) = [one for one in lines if one.session == story.helped.id]
    assert (helped.raises, helped.refuted, follows(helped)) == (False, False, "keep")
    for role in ("head", "deputy"):
        await agree(desk, await principal(role), proposal, withdraw=True)
    assert (await execute(desk, ORG, proposal.id)).withdrawn
    assert {level: standing for level, (_, standing) in (await held(desk, story.helped.id)).items()} == {
        "high": "good"
    }
    assert await desk.pool.fetchval("SELECT count(*) FROM outbox WHERE kind = 'mail.status'") == 0


async def test_nobody_approves_their_own_proposal_nor_twice(desk: Desk, story: Story, principal: Who) -> None:
    author, head = await principal("author"), await principal("head")
    proposal = await proposed(desk, author, story.items)
    assert await refusal(agree(desk, author, proposal)) == "approval.own"
    second = await principal("author")
    assert (second.id, second.token_id != author.token_id) == (author.id, True)
    assert await refusal(agree(desk, second, proposal)) == "approval.own"
    assert await refusal(agree(desk, await principal("portal", person=False), proposal)) == "approval.person"
    assert await agree(desk, head, proposal) == 1
    assert await agree(desk, head, proposal) == 1  # repeated, and counted once
    assert await refusal(agree(desk, head, proposal, withdraw=True)) == "approval.given"
    assert await refusal(agree(desk, await principal("head"), proposal)) == "approval.given"
    other = await principal("deputy")
    assert (
        await refusal(approve(desk.pool, other, proposal.id, bytes(32), withdraw=False, at=desk.clock()))
        == "annulment.digest"
    )
    assert await store.approved(desk.pool, 2) == ()
    assert await refusal(execute(desk, ORG, proposal.id)) == "annulment.unapproved"


async def test_nobody_proposes_what_changes_a_result_of_their_own(
    desk: Desk, story: Story, principal: Who
) -> None:
    gains = await principal("author", email=story.harmed.email)
    assert await refusal(proposed(desk, gains, story.items)) == "annulment.interested"
    assert await desk.pool.fetchval("SELECT count(*) FROM item_suspension") == 0
    # Whose result was not on the list when they proposed it, and is by now.
    proposal = await proposed(desk, await principal("other"), story.items)
    await desk.pool.execute("UPDATE annulment SET proposed_by = $1", gains.id)
    head = await principal("head")
    assert await refusal(agree(desk, head, proposal)) == "annulment.interested"
    same = await principal("deputy", email=story.helped.email)
    assert await refusal(agree(desk, same, proposal)) == "approval.interested"


async def test_one_person_does_not_bring_back_what_two_annulled(
    desk: Desk, story: Story, principal: Who, small_digest: str
) -> None:
    proposal = await proposed(desk, await principal("author"), story.items)
    for role in ("head", "deputy"):
        await agree(desk, await principal(role), proposal)
    await execute(desk, ORG, proposal.id)
    lifting = await principal("manager")
    async with transaction(desk.pool) as db:
        for one in await suspensions(db, ORG):
            await lift(db, ORG, one.id, by=lifting.id, at=desk.clock())
    bank, conditions = read_bank(small_bank()), Conditions(permitted_aids="None.")
    assert await barred(desk.pool, ORG, bank, small_digest, conditions) == set(story.items)
    assert await barred(desk.pool, ORG, bank, "0" * 64, conditions) == frozenset()  # a version that is mended


async def test_an_approval_counts_while_its_token_stands(desk: Desk, story: Story, principal: Who) -> None:
    proposal = await proposed(desk, await principal("author"), story.items)
    head, deputy, third = [await principal(role) for role in ("head", "deputy", "third")]
    await agree(desk, head, proposal)
    await agree(desk, deputy, proposal)
    async with transaction(desk.pool) as db:
        await revoke_token(db, ORG, head.token_id, at=desk.clock())
    assert await execute_approved(desk) == 0
    assert await refusal(execute(desk, ORG, proposal.id)) == "annulment.unapproved"
    assert await agree(desk, third, proposal) == 2
    # Who is known as nobody any more could be the other one by now: their approval does not count either.
    async with transaction(desk.pool) as db:
        await forget_rater(db, ORG, deputy.id, at=desk.clock())
    again = await principal("deputy's other role", email="deputy@reviewers.example")
    assert await execute_approved(desk) == 0
    assert await agree(desk, again, proposal) == 2
    async with transaction(desk.pool) as db:
        await forget_rater(db, ORG, proposal.proposed_by, at=desk.clock())
    late = await principal("late")
    assert await refusal(agree(desk, late, proposal)) == "principal.unnamed"
    unnamed = await principal("unnamed", named=False)
    assert await refusal(proposed(desk, unnamed, story.items)) == "principal.unnamed"
    assert await execute_approved(desk) == 1
    assert await execute_approved(desk) == 0


async def test_what_was_annulled_while_somebody_sat_there_does_not_count_for_them(
    desk: Desk, taken: Take, going: Take, principal: Who
) -> None:
    begun = await taken("late@example.org", steps=0)
    gone = tuple(sorted(begun.asked)[:2])
    proposal = await proposed(desk, await principal("author"), gone)
    for role in ("head", "deputy"):
        await agree(desk, await principal(role), proposal)
    assert (await execute(desk, ORG, proposal.id)).state == "executed"
    late = await going(begun.token)
    log = (await open_sitting(desk.pool, begun.token)).log
    assert log is not None
    assert log.decided is not None
    assert log.decided.annulled == gone
    assert log.decided.decision.asked == len(late.asked) - 2
    assert (await reproduce(desk.pool, ORG, late.id)).verdict == "same"
    again = await proposed(desk, await principal("author"), gone)
    assert await store.listed(desk.pool, ORG, again.id) == ()
    await desk.pool.execute("UPDATE annulment SET items = items[1:1] WHERE id = $1", proposal.id)
    told = await reproduce(desk.pool, ORG, late.id)  # a log that leaves out what nobody annulled
    assert told.point is not None
    assert (told.verdict, told.point.code) == ("different", "replay.annulled")
    assert gone[1] in told.point.detail


async def test_a_list_that_changed_voids_what_was_approved(
    desk: Desk, story: Story, principal: Who, taken: Take, going: Take, clock: Any
) -> None:
    late, later = [await asked(taken, name, *story.items, steps=0) for name in ("late", "later")]
    proposal = await proposed(desk, await principal("author"), story.items)
    for role in ("head", "deputy"):
        await agree(desk, await principal(role), proposal)
    late = await going(late.token, {MISSED}, steps=1, stop=True)
    clock.advance(minutes=1)
    done = await execute(desk, ORG, proposal.id)
    assert (done.state, done.withdrawn) == ("void", None)
    assert await desk.pool.fetchval("SELECT count(*) FROM award") == 0
    assert await refusal(agree(desk, await principal("third"), proposal)) == "annulment.closed"
    renewed, _ = await store.annulments(desk.pool, ORG)  # proposed instead, and approved by nobody
    assert (renewed.state, renewed.replaces, renewed.items) == ("open", proposal.id, story.items)
    assert await store.approvals(desk.pool, ORG, renewed.id) == ()
    sessions = {line.consequence.session for line in await store.listed(desk.pool, ORG, renewed.id)}
    assert late.id in sessions
    assert renewed.digest not in {proposal.digest, b""}
    assert await refusal(agree(desk, await principal("author"), renewed)) == "approval.own"
    # Another one ends meanwhile: the second person is told, and approves nothing that they did not see.
    await agree(desk, await principal("head"), renewed)
    await going(later.token, {MISSED}, steps=1, stop=True)
    clock.advance(minutes=1)
    with pytest.raises(ProblemError) as refused:
        await agree(desk, await principal("deputy"), renewed)
    assert refused.value.code == "annulment.stale"
    latest = (await store.annulments(desk.pool, ORG))[0]
    assert str(latest.id) in str(refused.value)
    assert await refusal(agree(desk, await principal("deputy"), renewed)) == "annulment.closed"
    assert await reject(desk.pool, await principal("head"), latest.id, at=desk.clock()) == story.items
    assert await desk.pool.fetchval("SELECT count(*) FROM item_suspension WHERE lifted_at IS NULL") == 0


async def test_whoever_decides_just_then_is_on_the_list_or_decides_without_the_items(
    desk: Desk, story: Story, principal: Who, taken: Take, going: Take, clock: Any
) -> None:
    late = await asked(taken, "late", *story.items, steps=0)
    proposal = await proposed(desk, await principal("author"), story.items)
    for role in ("head", "deputy"):
        await agree(desk, await principal(role), proposal)

    async def waiting(number: int) -> None:
        while await desk.pool.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted") < number:
            pass

    async with transaction(desk.pool) as db:  # both write an audit line, the last thing that they do
        await db.execute("SELECT FROM organization WHERE id = $1 FOR NO KEY UPDATE", ORG)
        deciding = asyncio.ensure_future(going(late.token, {MISSED}, steps=1, stop=True))
        await waiting(1)
        clock.advance(minutes=1)
        executing = asyncio.create_task(execute(desk, ORG, proposal.id))
        await waiting(2)
    await deciding
    assert (await executing).state == "void"
    renewed, _ = await store.annulments(desk.pool, ORG)
    assert late.id in {line.consequence.session for line in await store.listed(desk.pool, ORG, renewed.id)}


async def test_a_death_at_any_place_heals(desk: Desk, doubted: Doubted, principal: Who, clock: Any) -> None:
    before = await issue(desk, ORG, doubted.taken.id)
    proposal = await proposed(desk, await principal("author"), doubted.items)
    for role in ("head", "deputy"):
        await agree(desk, await principal(role), proposal, withdraw=True)
    # Killed here: approved and not executed. Then both the job and a request at once, and killed again before
    # anything is signed or published.
    done = await asyncio.gather(*(decide_on(desk, ORG, proposal.id) for _ in range(3)))
    assert {found.state for found, _ in done} == {"executed"}
    assert sorted(len(left.issued) for _, left in done)[:2] == [0, 0]
    corrected = (await held(desk, doubted.taken.id))["basic"][0]
    assert (
        await desk.pool.fetchval("SELECT count(*) FROM credential_form WHERE award_id = $1", corrected) == 0
    )
    await resign(desk)
    clock.advance(minutes=1)
    assert (await reconcile(desk)).reported == ()
    report, issued = await verified(desk, corrected)
    assert (report.verdict, issued.created) == ("valid", False)
    report, _ = await verified(desk, before.award_id)
    assert report.currency == "revoked"


async def test_erased_people_and_settled_cases_are_left_alone(
    desk: Desk, story: Story, principal: Who
) -> None:
    withdrawn = await issue(desk, ORG, story.helped.id)
    await revoke(desk, ORG, withdrawn.award_id, "Somebody else took it.")
    proposal = await proposed(desk, await principal("author"), story.items)
    listed = {line.consequence.session for line in await store.listed(desk.pool, ORG, proposal.id)}
    assert story.harmed.id in listed
    assert story.helped.id not in listed
    assert proposal.held_back == 1
    for role in ("head", "deputy"):
        await agree(desk, await principal(role), proposal)
    person = await desk.pool.fetchval(
        "SELECT person_id FROM session_person WHERE session_id = $1", story.harmed.id
    )
    await erase(desk.pool, ORG, person, at=desk.clock())
    done = await execute(desk, ORG, proposal.id)
    assert done.state == "executed"  # whoever was erased is on neither list
    assert await desk.pool.fetchval("SELECT count(*) FROM award WHERE person_id = $1", person) == 0


async def test_a_case_on_hold_and_a_log_that_does_not_replay_are_counted(
    desk: Desk, story: Story, principal: Who
) -> None:
    held_up = await issue(desk, ORG, story.helped.id)
    await suspend(desk, ORG, held_up.award_id, "Somebody is looking.")
    await desk.pool.execute(
        "UPDATE session_event SET body = body || ' '::bytea WHERE session_id = $1 AND kind = 'decided'",
        story.harmed.id,
    )
    proposal = await proposed(desk, await principal("author"), story.items)
    assert (proposal.held_back, proposal.unreadable) == (1, 1)
    sessions = {line.consequence.session for line in await store.listed(desk.pool, ORG, proposal.id)}
    assert sessions.isdisjoint({story.helped.id, story.harmed.id})


async def test_an_award_that_waits_to_be_drafted_is_withdrawn_all_the_same(
    desk: Desk, doubted: Doubted, principal: Who, clock: Any
) -> None:
    proposal = await proposed(desk, await principal("author"), doubted.items)
    for role in ("head", "deputy"):
        await agree(desk, await principal(role), proposal, withdraw=True)
    await execute(desk, ORG, proposal.id)
    clock.advance(minutes=1)
    await reconcile(desk)
    award = await award_of(desk.pool, ORG, doubted.taken.id)
    assert award is not None
    assert await desk.pool.fetchval("SELECT standing FROM award WHERE id = $1", award) == "revoked"
    assert await desk.pool.fetchval("SELECT count(*) FROM credential_form WHERE award_id = $1", award) == 0


async def test_rejected_is_final_and_nothing_of_another_organisation_is_touched(
    desk: Desk, story: Story, principal: Who
) -> None:
    author, head = await principal("author"), await principal("head")
    proposal = await proposed(desk, author, story.items)
    stranger = msgspec.structs.replace(head, organization_id="other")
    assert await refusal(agree(desk, stranger, proposal)) == "annulment.unknown"
    assert await refusal(reject(desk.pool, stranger, proposal.id, at=desk.clock())) == "annulment.unknown"
    assert await refusal(execute(desk, "other", proposal.id)) == "annulment.unknown"
    assert await store.annulments(desk.pool, "other") == ()
    machine = await principal("portal", person=False)
    assert await refusal(reject(desk.pool, machine, proposal.id, at=desk.clock())) == "approval.person"
    await reject(desk.pool, head, proposal.id, at=desk.clock())
    assert await refusal(agree(desk, head, proposal)) == "annulment.closed"
    assert await refusal(reject(desk.pool, head, proposal.id, at=desk.clock())) == "annulment.closed"
    assert (await execute(desk, ORG, proposal.id)).state == "rejected"


async def test_what_cannot_be_proposed(
    desk: Desk, assessment: str, principal: Who, small_digest: str
) -> None:
    author = await principal("author")
    (named,) = [name for name in await digests(desk) if name == small_digest]
    for wanted, code in (
        (Wanted(assessment, ("item-99",), "key", WHY), "item.unknown"),
        (Wanted("other", ("item-00",), "key", WHY), "item.unknown"),
        (Wanted(assessment, (), "key", WHY), "item.unknown"),
        (Wanted(assessment, ("item-00",), "key", WHY, ("0" * 64,)), "item.unknown"),
        (Wanted(assessment, ("item-00",), "key", " "), "annulment.why"),
        (Wanted(assessment, ("item-00",), "key", "x" * 501), "annulment.why"),
        (Wanted(assessment, ("item-00",), "key", "x\x07"), "annulment.why"),
    ):
        assert await refusal(propose(desk.pool, desk.keystore, author, wanted, at=desk.clock())) == code
    assert await desk.pool.fetchval("SELECT count(*) FROM annulment") == 0
    wanted = Wanted(assessment, ("item-00",), "leak", WHY, (named,))
    made = await propose(desk.pool, desk.keystore, author, wanted, at=desk.clock())
    found = await store.annulment(desk.pool, ORG, made)
    assert found is not None
    assert (found.bank_digests, found.met, found.digest) == ((named,), 0, digest(found, ()))
