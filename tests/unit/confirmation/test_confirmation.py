"""From a supervisor's code to the raised credential, or to a person's decision; and who gets nowhere."""

import base64
from collections.abc import Awaitable
from typing import Any

import msgspec
import pytest

from issuer.assessments import store as assessments
from issuer.assessments.demonstration import ORGANIZATION_ID
from issuer.assessments.rating.raters import forget_rater
from issuer.assessments.replay import replay
from issuer.confirmation import store
from issuer.confirmation.begin import enter
from issuer.confirmation.cases import decide, waiting_for
from issuer.confirmation.code import ATTEMPTS_AT_MOST
from issuer.confirmation.lift import lift, settle_all
from issuer.confirmation.sit import answer, open_sat, time_out
from issuer.confirmation.supervise import open_confirmation
from issuer.db.pool import transaction
from issuer.issuance.choice import parse
from issuer.issuance.decide import decide as awarded
from issuer.issuance.desk import Desk
from issuer.issuance.intent import commit_intent
from issuer.issuance.issue import gather, issue
from issuer.issuance.store import attempt
from issuer.organizations.tokens import Principal
from issuer.people.erase import erase
from issuer.review.reproduce import reproduce, reproduce_all
from issuer.sharing.aftermath import aftermath
from issuer.status.change import reinstate, suspend
from schemas.assessment import Event
from schemas.problems import ProblemError
from tests.unit.assessments.banks import calibrated, uncalibrated
from tests.unit.confirmation.conftest import Clock, Hold, Holder, Who
from verifier.claim import ASSURANCES

WHY = "The fire alarm rang."


async def refusal(act: Awaitable[object]) -> str:
    with pytest.raises(ProblemError) as refused:
        await act
    return refused.value.code


async def of_award(desk: Desk, one: Holder) -> store.Confirmation:
    found = await store.latest(desk.pool, ORGANIZATION_ID, one.award)
    assert found is not None
    return found


async def assurance_of(desk: Desk, one: Holder) -> str:
    """What the credential that is shown now declares."""
    token = (await issue(desk, ORGANIZATION_ID, one.session)).token
    body = token.split(".")[1]
    credential = msgspec.json.decode(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return next(
        str(result["value"])
        for result in credential["credentialSubject"]["result"]
        if result["resultDescription"].endswith("#assurance")
    )


async def raised(desk: Desk, one: Holder) -> bool:
    return await lift(desk, aftermath(desk).issue, ORGANIZATION_ID, (await of_award(desk, one)).id)


@pytest.mark.parametrize("kind", ["plain", "adaptive"])
async def test_a_sitting_on_unseen_items_that_fits_raises_the_assurance(
    desk: Desk, holder: Hold, sat: Any, kind: str
) -> None:
    one = await holder(kind)
    assert await assurance_of(desk, one) == "unsupervised"
    secret, step = await sat(one, 1)
    assert step is not None
    assert step.confirmed
    found = await of_award(desk, one)
    assert (found.verdict, found.raised_at) == ("confirmed", None)
    log = (await open_sat(desk.pool, secret)).sitting.log
    assert log is not None
    assert log.seen.isdisjoint(one.asked)
    assert len(log.seen) == 12
    assert log.started.confirms is not None
    assert str(one.session) not in msgspec.json.encode(log.started).decode()

    assert await raised(desk, one)
    assert await assurance_of(desk, one) == "confirmed"
    again = await issue(desk, ORGANIZATION_ID, one.session)
    assert again.credential_id == one.issued.credential_id
    assert again.token != one.issued.token
    assert not await raised(desk, one)

    bank = calibrated(60) if kind == "adaptive" else uncalibrated(60)
    assert found.session_id is not None
    events = await assessments.events(desk.pool, ORGANIZATION_ID, found.session_id)
    assert replay(bank, [Event(event.kind, event.body) for event in events]) == log
    assert (await reproduce(desk.pool, ORGANIZATION_ID, found.session_id)).verdict == "same"
    assert {one.verdict async for one in reproduce_all(desk.pool, ORGANIZATION_ID)} == {"same"}


@pytest.mark.parametrize("kind", ["plain", "adaptive"])
async def test_a_sitting_that_does_not_fit_changes_nothing_before_a_person_decides(
    desk: Desk, holder: Hold, sat: Any, who: Who, kind: str
) -> None:
    one = await holder(kind)
    _, step = await sat(one, 10)
    assert step is not None
    assert not step.confirmed
    assert not await raised(desk, one)
    assert await assurance_of(desk, one) == "unsupervised"
    reviewer = await who("reviewer")
    (case,) = await waiting_for(desk.pool, reviewer, limit=5)
    assert case.judgement is not None
    assert case.judgement.verdict == "inconsistent"
    assert (case.judgement.points, case.judgement.answered) == (2, 12)
    assert "Kim" not in repr(case)

    said: list[str] = []
    for choice in ("raise", "raise", "leave"):
        act = decide(desk.pool, desk.keystore, reviewer, case.id, choice, WHY, at=desk.clock())
        try:
            said.append(str(await act))
        except ProblemError as problem:
            said.append(problem.code)
    assert said == ["True", "False", "confirmation.decided"]
    assert await waiting_for(desk.pool, reviewer, limit=5) == ()
    await settle_all(desk, aftermath(desk).issue)
    assert await assurance_of(desk, one) == "confirmed"


async def test_what_fits_and_is_not_sure_any_more_is_a_persons_case_and_may_be_repeated(
    desk: Desk, holder: Hold, sat: Any, opened: Any, who: Who
) -> None:
    one = await holder("plain", wrong=5)  # 15 of 20: just enough for the level "basic", of .3, and more
    held = await of_first_level(desk, one)
    _, step = await sat(one, 6)
    assert step is not None
    found = await of_award(desk, one)
    assert found.verdict in {"unsure", "inconsistent"}, held
    assert await refusal(opened(one.award)) == "confirmation.done"
    reviewer = await who("reviewer")
    await decide(desk.pool, desk.keystore, reviewer, found.id, "again", WHY, at=desk.clock())
    secret, _ = await sat(one)
    log = (await open_sat(desk.pool, secret)).sitting.log
    assert log is not None
    first = await assessments.events(desk.pool, ORGANIZATION_ID, found.session_id)  # type: ignore[arg-type]  # judged
    asked = {event.item_id for event in first if event.item_id}
    assert log.seen.isdisjoint(one.asked | asked)


async def of_first_level(desk: Desk, one: Holder) -> str:
    award = await store.confirmable(desk.pool, ORGANIZATION_ID, one.award)
    assert award is not None
    return award.level


async def test_a_code_opens_once_for_its_person_and_not_after_five_wrong_ones(
    desk: Desk, holder: Hold, publish: Any, opened: Any, clock: Clock
) -> None:
    slug = await publish("plain")
    one, other = await holder(slug=slug), await holder(slug=slug, email="lee@example.org")

    async def tried(code: str, whose: Holder = one) -> str:
        try:
            return await enter(desk.pool, desk.keystore, whose.token, code, clock)
        except ProblemError as problem:
            return problem.code

    code = (await opened(one.award)).code
    await opened(other.award)
    assert await tried(code, other) == "confirmation.code"
    await opened(one.award)  # a newer code: the one before is worth nothing
    assert await tried(code) == "confirmation.code"
    for _ in range(ATTEMPTS_AT_MOST):
        code = (await opened(one.award)).code
        for guess in range(ATTEMPTS_AT_MOST - 1):
            assert await tried(f"0000-000{guess}") == "confirmation.code"
        break
    assert (await of_award(desk, one)).attempts == ATTEMPTS_AT_MOST - 1
    assert await tried("") == "confirmation.code"
    assert await tried(code) == "confirmation.code"  # right, and too late
    code = (await opened(one.award)).code
    clock.advance(minutes=15)
    assert await tried(code) == "confirmation.code"
    code = (await opened(one.award)).code
    clock.advance(minutes=14)
    assert (await tried(f" {code.lower().replace('-', ' ')} ")).startswith(ORGANIZATION_ID)
    assert await tried(code) == "confirmation.code"  # used
    stored = await desk.pool.fetchval(
        "SELECT string_agg(encode(code_mac, 'escape'), ' ') FROM confirmation WHERE organization_id = $1",
        ORGANIZATION_ID,
    )
    assert code not in stored


async def test_a_lost_page_goes_on_with_a_new_code_of_the_same_supervisor(
    desk: Desk, holder: Hold, opened: Any, sit: Any, clock: Clock
) -> None:
    one = await holder()
    first = await enter(desk.pool, desk.keystore, one.token, (await opened(one.award)).code, clock)
    await sit(first, at_most=5)
    wanted = (await open_sat(desk.pool, first)).sitting.current
    assert await refusal(opened(one.award, "another")) == "confirmation.supervisor"
    async with transaction(desk.pool) as db:
        await forget_rater(db, ORGANIZATION_ID, (await of_award(desk, one)).supervisor, at=clock())
    same = {"role": "proctor", "email": "invigilator@people.example"}  # in another role by now
    again = await opened(one.award, **same)
    assert again.resumes
    second = await enter(desk.pool, desk.keystore, one.token, again.code, clock)
    assert (await open_sat(desk.pool, second)).sitting.current == wanted
    assert await refusal(open_sat(desk.pool, first)) == "confirmation.unknown"
    given = {"option": ("o1",)}
    assert wanted is not None
    for did in ("recorded", "repeated"):
        step = await answer(desk.pool, desk.keystore, second, wanted.item, given, clock)
        assert step.did == did
    step = await answer(desk.pool, desk.keystore, second, wanted.item, {"option": ("o2",)}, clock)
    assert step.did == "kept"
    step = await sit(second)
    assert step.confirmed
    assert await refusal(opened(one.award, **same)) == "confirmation.done"


async def test_time_ends_a_sitting_also_when_nobody_comes_back(
    desk: Desk, holder: Hold, sat: Any, who: Who, clock: Clock
) -> None:
    one = await holder("adaptive")
    secret, _ = await sat(one, at_most=4)
    found = await of_award(desk, one)
    await settle_all(desk, aftermath(desk).issue)
    assert (await time_out(desk.pool, desk.keystore, ORGANIZATION_ID, found.id, clock)).did == "repeated"
    assert (await of_award(desk, one)).verdict is None
    clock.advance(minutes=25)
    await settle_all(desk, aftermath(desk).issue)
    found = await of_award(desk, one)
    assert found.verdict == "unfinished"
    assert found.session_id is not None
    by = await who("reviewer")
    act = decide(desk.pool, desk.keystore, by, found.id, "raise", WHY, at=clock())
    assert await refusal(act) == "confirmation.unfinished"
    assert (await reproduce(desk.pool, ORGANIZATION_ID, found.session_id)).verdict == "same"
    current = (await open_sat(desk.pool, secret)).sitting.current
    assert current is None


async def test_who_may_not_supervise_or_decide(
    desk: Desk, holder: Hold, sat: Any, opened: Any, who: Who
) -> None:
    one = await holder()
    refused = {
        "program": await refusal(opened(one.award, "robot", person=False)),
        "nobody": await refusal(opened(one.award, "unnamed", named=False)),
        "candidate": await refusal(opened(one.award, "self", email="KIM@example.org")),
        "unknown": await refusal(opened(one.session)),
    }
    assert refused == {
        "program": "confirmation.person",
        "nobody": "principal.unnamed",
        "candidate": "confirmation.own",
        "unknown": "credential.unknown",
    }
    supervisor = await who("invigilator")
    foreign = Principal("acme", *(getattr(supervisor, name) for name in supervisor.__struct_fields__[1:]))
    act = open_confirmation(desk.pool, desk.keystore, foreign, one.award, "known", at=desk.clock())
    assert await refusal(act) == "principal.unnamed"
    await sat(one, 12)
    case = (await of_award(desk, one)).id

    async def decided(by: Principal, why: str = WHY) -> str:
        return await refusal(decide(desk.pool, desk.keystore, by, case, "raise", why, at=desk.clock()))

    assert await decided(supervisor) == "confirmation.supervised"
    assert await waiting_for(desk.pool, supervisor, limit=5) == ()
    async with transaction(desk.pool) as db:
        await forget_rater(db, ORGANIZATION_ID, supervisor.id, at=desk.clock())
    same = await who("head of exams", email="invigilator@people.example")
    assert await decided(same) == "confirmation.supervised"
    assert await waiting_for(desk.pool, same, limit=5) == ()
    assert await decided(await who("self", email="kim@example.org")) == "confirmation.own"
    assert await decided(await who("robot", person=False)) == "confirmation.person"
    assert await decided(await who("reviewer"), " ") == "confirmation.why"
    assert await decided(await who("reviewer"), "\x07") == "confirmation.why"


async def test_own_cases_hide_no_others(desk: Desk, holder: Hold, sat: Any, who: Who) -> None:
    one, other = await holder(), await holder(email="lee@example.org", slug="plain-60-unsupervised")
    await sat(one, 12)
    desk.clock.advance(minutes=1)  # type: ignore[attr-defined]  # the clock of the tests
    await sat(other, 12)
    (case,) = await waiting_for(desk.pool, await who("self", email="kim@example.org"), limit=1)
    assert case.id == (await of_award(desk, other)).id


async def test_what_cannot_be_confirmed(
    desk: Desk, holder: Hold, publish: Any, opened: Any, sat: Any
) -> None:
    small = await holder(items=31)
    assert await refusal(opened(small.award)) == "confirmation.too_few"
    supervised = await holder(assurance="supervised")
    assert await refusal(opened(supervised.award)) == "confirmation.assured"
    one = await holder(email="lee@example.org", slug=await publish("plain", items=80))
    await suspend(desk, ORGANIZATION_ID, one.award, "A look.")
    assert await refusal(opened(one.award)) == "credential.suspended"
    await reinstate(desk, ORGANIZATION_ID, one.award)
    await sat(one)
    await suspend(desk, ORGANIZATION_ID, one.award, "A look.")
    assert not await raised(desk, one)  # on hold: later
    await reinstate(desk, ORGANIZATION_ID, one.award)
    await settle_all(desk, aftermath(desk).issue)
    assert await assurance_of(desk, one) == "confirmed"
    await desk.pool.execute(
        "UPDATE session SET answers_deleted_at = now() WHERE organization_id = $1", ORGANIZATION_ID
    )
    assert await refusal(opened(small.award)) == "confirmation.source"


async def test_a_form_drawn_from_before_is_not_released_after(desk: Desk, holder: Hold, sat: Any) -> None:
    """Whoever gathered what a document is made of before the assurance was raised begins again."""
    one = await holder()
    found = await attempt(desk.pool, ORGANIZATION_ID, one.session)
    assert found is not None
    award: Any = awarded(found)
    before = await gather(desk, award)
    await sat(one)
    confirmation = await of_award(desk, one)

    async def later(*_: object) -> None:
        return None

    assert await lift(desk, later, ORGANIZATION_ID, confirmation.id)  # dies before the successor is signed
    (wanted,) = parse([("ob3-jwt", None)])
    assert await commit_intent(desk, award, wanted, before, None) is None
    assert await assurance_of(desk, one) == "confirmed"


async def test_erasing_leaves_a_sitting_that_knows_nobody(
    desk: Desk, holder: Hold, sat: Any, who: Who
) -> None:
    one = await holder()
    secret, _ = await sat(one, 12)
    found = await of_award(desk, one)
    await decide(desk.pool, desk.keystore, await who("reviewer"), found.id, "leave", WHY, at=desk.clock())
    await erase(desk.pool, ORGANIZATION_ID, found.person_id, at=desk.clock())
    assert await refusal(open_sat(desk.pool, secret)) == "confirmation.unknown"
    assert await store.latest(desk.pool, ORGANIZATION_ID, one.award) is None
    rows = await desk.pool.fetch(
        "SELECT id, confirming FROM session WHERE organization_id = $1", ORGANIZATION_ID
    )
    assert sorted(row["confirming"] for row in rows) == [False, True]
    assert {row["id"] for row in rows}.isdisjoint({one.session, found.session_id})
    assert {one.verdict async for one in reproduce_all(desk.pool, ORGANIZATION_ID)} == {"same"}


async def test_a_death_in_the_middle_of_an_answer_loses_nothing(
    desk: Desk, holder: Hold, opened: Any, sit: Any, clock: Clock
) -> None:
    one = await holder()
    secret = await enter(desk.pool, desk.keystore, one.token, (await opened(one.award)).code, clock)
    await sit(secret, at_most=11)
    before = (await open_sat(desk.pool, secret)).sitting

    class Dead(Exception):  # noqa: N818 - the process, not an error
        pass

    def dying() -> Any:
        raise Dead

    assert before.current is not None
    with pytest.raises(Dead):
        await answer(desk.pool, desk.keystore, secret, before.current.item, {"option": ("o1",)}, dying)
    after = (await open_sat(desk.pool, secret)).sitting
    assert (after.current, after.events) == (before.current, before.events)
    async with transaction(desk.pool) as db:
        assert await store.open_of_award(db, ORGANIZATION_ID, one.award) is not None
    step = await sit(secret)
    assert step.confirmed
    await settle_all(desk, aftermath(desk).issue)  # what the page would have done
    assert await assurance_of(desk, one) == "confirmed"
    assert "confirmed" in ASSURANCES
