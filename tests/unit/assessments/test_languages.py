"""A sitting has one language: what is offered, chosen, shown and recorded, and that it scores nothing."""

import json
from typing import Any

import httpx
import msgspec
import pytest
from msgspec.structs import replace

from issuer.assessments import kinds, store, take
from issuer.assessments.bank import read_bank
from issuer.assessments.course import decision_for
from issuer.assessments.create import create_assessment
from issuer.assessments.forms import form_for
from issuer.assessments.invite import Wanted, invite
from issuer.assessments.kinds.written import seal
from issuer.assessments.languages import Tongue, areas, chosen, offered, preferred, tongue
from issuer.assessments.lint import lint
from issuer.assessments.replay import replay
from issuer.assessments.scoring import ENGINE_VERSION, evidence
from issuer.assessments.session import Session
from issuer.assessments.sitting import open_sitting
from issuer.db.pool import Pool, transaction
from issuer.organizations.create import machine
from issuer.skills.store import load_achievement
from keys.stores.file import FileStore
from schemas.assessment import Answer, Bank, Conditions, Event, LevelCut, Started
from schemas.items import Accepted, Text
from schemas.problems import ProblemError

HTML = {"Accept": "text/html"}
ARABIC = "في"


def translated(document: bytes, *languages: str) -> bytes:
    """The bank with all its texts in other languages too: each begins with the language's tag."""
    bank = read_bank(document)

    def said(language: str, text: str) -> str:
        return f"{ARABIC if language == 'ar' else language}: {text}"

    translations = {
        language: {
            "title": said(language, bank.title),
            "description": said(language, bank.description),
            "areas": {
                area.id: {
                    "name": said(language, area.name),
                    "description": said(language, area.description),
                }
                for area in bank.areas
            },
            "items": {
                item.id: {place: said(language, text) for place, text in kinds.places(item).items()}
                for item in bank.items
            },
        }
        for language in languages
    }
    return json.dumps(json.loads(document) | {"translations": translations}).encode()


@pytest.fixture
def document(bank_bytes: bytes) -> bytes:
    return translated(bank_bytes, "de", "ar")


@pytest.fixture
async def token(
    pool: Pool, keystore: FileStore, settings: Any, house: Any, clock: Any, document: bytes
) -> str:
    """The link's token of an assessment in three languages."""
    held = house.assessment
    achievement = await load_achievement(pool, "acme", held.achievement_id, held.achievement_revision)
    conditions = Conditions(permitted_aids="None.", items_per_step=4, items_at_most=12, cool_down_days=1)
    async with transaction(pool) as db:
        principal = await machine(db, "acme", "portal", at=clock())
        await create_assessment(
            db, achievement, document, "worded", conditions, principal_id=principal, at=clock()
        )
    wanted = Wanted("worded", "Kim Example", "kim@example.org")
    link = (await invite(pool, keystore, settings, "acme", principal, wanted, at=clock())).link
    return link.rpartition("/")[2]


@pytest.mark.parametrize(
    ("accepts", "language"),
    [
        ("", "en"),
        ("fr, it;q=0.5", "en"),
        ("de", "de"),
        ("de-AT, en;q=0.9", "de"),
        ("en;q=0.3, PT;q=0.9", "pt-BR"),
        ("pt-PT", "pt-BR"),
        ("de;q=0, *;q=1", "en"),
        ("de;q=x, de;q=9, de;q=nan, pt", "pt-BR"),
        (";;,,=q;q, " * 999, "en"),
    ],
)
def test_the_browser_says_what_is_offered_first(accepts: str, language: str) -> None:
    assert preferred(("en", "de", "pt-BR"), accepts) == language


@pytest.mark.parametrize(
    ("tag", "name", "direction"),
    [
        ("de", "Deutsch", "ltr"),
        ("de-AT", "Deutsch (de-AT)", "ltr"),
        ("ar", "العربية", "rtl"),
        ("ar-Latn", "العربية (ar-Latn)", "ltr"),
        ("pa-Arab", "pa-Arab", "rtl"),
        ("qaa", "qaa", "ltr"),
    ],
)
def test_a_language_has_its_own_name_and_direction(tag: str, name: str, direction: str) -> None:
    assert tongue(tag) == Tongue(tag, name, direction)


def test_what_is_chosen_stands_in_the_log_where_there_was_a_choice(document: bytes) -> None:
    bank = read_bank(document)
    single = replace(bank, translations={})
    assert [one.tag for one in offered(bank)] == ["en", "ar", "de"]
    assert offered(single) == ()
    assert [area.name for area in areas(bank, "de")] == ["de: First area", "de: Second area"]
    assert (chosen(bank, None), chosen(bank, "de"), chosen(bank, None, "ar")) == ("en", "de", "ar")
    assert chosen(bank, "en", "ar") == "en"
    assert chosen(bank, None, "fr") == "en"  # a language that a later version does not have
    assert (chosen(single, None), chosen(single, "en"), chosen(single, None, "de")) == (None, None, None)
    with pytest.raises(ProblemError) as refused:
        chosen(single, "de")
    assert refused.value.code == "session.language"


def started(language: str | None) -> Started:
    return Started(
        engine=ENGINE_VERSION,
        bank_digest="0" * 64,
        seed="07" * 32,
        levels=(LevelCut("basic", 0.5),),
        threshold=0.8,
        items_per_step=6,
        items_at_most=12,
        language=language,
    )


def test_a_log_without_a_language_is_written_as_it_was() -> None:
    assert b"language" not in msgspec.json.encode(started(None))
    assert b'"language":"de"' in msgspec.json.encode(started("de"))


def test_the_same_answers_are_the_same_form_and_decision_in_every_language(document: bytes) -> None:
    bank = read_bank(document)
    found = set()
    for language in (None, *bank.languages):
        session = Session(started(language))
        session.forms.append(form_for(bank, session))
        session.answers += [Answer(name, ("o1",)) for name in session.unanswered]
        found.add(msgspec.json.encode((session.forms, decision_for(bank, session))))
    assert len(found) == 1


def with_text(bank: Bank, *accepted: Accepted) -> Bank:
    """The bank with its first item a short text instead."""
    first = bank.items[0]
    item = Text(id=first.id, area=first.area, stem=first.stem, accepted=accepted)
    texts = {
        language: replace(one, items={**one.items, first.id: {"stem": one.items[first.id]["stem"]}})
        for language, one in bank.translations.items()
    }
    return replace(bank, items=(item, *bank.items[1:]), translations=texts)


BOTH, GIFT, GABE = (
    Accepted("present", "In every language."),
    Accepted("gift", "English; poison in German.", language="en"),
    Accepted("gabe", "German.", language="de"),
)


def test_an_accepted_answer_with_a_language_counts_in_that_language_alone(document: bytes) -> None:
    bank = with_text(read_bank(document), BOTH, GIFT, GABE)
    assert list(lint(bank)) == []
    name = bank.items[0].id

    def right(word: str, language: str | None) -> bool:
        session = Session(started(language))
        session.forms.append(form_for(bank, session))
        placed = replace(session.forms[0].items[0], item=name, options=())
        session.forms[0] = replace(session.forms[0], items=(placed,))
        session.answers.append(Answer(name, (seal(word, bytes.fromhex("07" * 32)),)))
        return evidence(bank, session)[0][0].right

    assert [right("gift", language) for language in (None, "en", "de", "ar")] == [True, True, False, False]
    assert [right("gabe", language) for language in (None, "en", "de", "ar")] == [False, False, True, False]
    assert all(right("present", language) for language in (None, "en", "de", "ar"))


@pytest.mark.parametrize(
    ("accepted", "says"),
    [
        ((GIFT, GABE), "accepts no answer in 'ar' that has all its points"),
        ((BOTH, replace(GIFT, points=2)), "accepts no answer in 'de' that has all its points"),
        ((BOTH, replace(GABE, language="fr")), "which is no language of the bank"),
        ((BOTH, replace(GIFT, text="Present")), "another accepted answer after normalisation"),
        ((BOTH, GIFT, replace(GIFT, text="GIFT")), "another accepted answer after normalisation"),
    ],
)
def test_everybody_can_be_right_in_their_language(
    document: bytes, accepted: tuple[Accepted, ...], says: str
) -> None:
    assert any(says in one for one in lint(with_text(read_bank(document), *accepted)))


def test_one_word_may_be_accepted_in_two_languages_each_for_its_reason(document: bytes) -> None:
    same = (BOTH, GIFT, replace(GIFT, language="de"))
    assert list(lint(with_text(read_bank(document), *same))) == []


async def test_all_of_a_sitting_is_in_the_language_that_was_chosen(
    pool: Pool, client: httpx.AsyncClient, token: str, document: bytes
) -> None:
    before = await client.get(f"/take/{token}", headers={**HTML, "Accept-Language": "ar-EG, de;q=0.5"})
    assert '<option value="ar" lang="ar" dir="rtl" selected>العربية</option>' in before.text
    assert '<option value="en">English</option>' in before.text
    assert f'<h1 lang="ar" dir="rtl">{ARABIC}: A small test</h1>' in before.text
    refused = await client.post(f"/take/{token}/start", data={"language": "fr"}, headers=HTML)
    assert (refused.status_code, "session.language" in refused.text) == (422, True)
    assert await pool.fetchval("SELECT count(*) FROM session") == 0
    for language in ("ar", "de"):  # the second press changes nothing
        went = await client.post(f"/take/{token}/start", data={"language": language}, headers=HTML)
        assert went.status_code == 303
    while (current := (await open_sitting(pool, token)).current) is not None:
        page = (await client.get(f"/take/{token}", headers={**HTML, "Accept-Language": "de"})).text
        assert f'<legend><h1 lang="ar" dir="rtl">{ARABIC}: Question ' in page
        assert page.count(f'<span lang="ar" dir="rtl">{ARABIC}: Answer ') == len(current.options)
        sent = {"item": current.item, "option": "o4"}
        await client.post(f"/take/{token}/answers", data=sent, headers=HTML)
    outcome = (await client.get(f"/take/{token}", headers=HTML)).text
    assert f'<strong lang="ar" dir="rtl">{ARABIC}: First area</strong>' in outcome
    sitting = await open_sitting(pool, token)
    assert sitting.session is not None
    events = [Event(one.kind, one.body) for one in await store.events(pool, "acme", sitting.session.id)]
    assert b'"language":"ar"' in events[0].body
    assert replay(document, events).started.language == "ar"


async def test_the_next_epoch_is_chosen_again_and_else_as_before(
    pool: Pool, keystore: FileStore, client: httpx.AsyncClient, token: str, clock: Any
) -> None:
    async def fail(language: str | None) -> str | None:
        await take.start(pool, token, clock, language)
        while (current := (await open_sitting(pool, token)).current) is not None:
            await take.answer(pool, keystore, token, current.item, {"option": ("o4",)}, clock)
        sitting = await open_sitting(pool, token)
        assert sitting.finished
        assert sitting.log is not None
        clock.advance(days=2)
        return sitting.log.started.language

    assert await fail("de") == "de"
    again = (await client.get(f"/take/{token}", headers=HTML)).text
    assert '<option value="de" lang="de" dir="ltr" selected>Deutsch</option>' in again
    assert await fail(None) == "de"
    assert await fail("ar") == "ar"
