"""The verdict in words: the rows of the table, in their order, and names that cannot bend a sentence."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from schemas.report import Claim, ClaimIssuer, Outcome, Reason, Report
from tests.unit.verifier.carriers.pictures import itxt, png
from tests.unit.verifier.world import NOW, World, edit, segment
from verifier import Policy, TrustStore
from verifier.phrases import _english_day, day, key_name
from verifier.trust import StatusCause
from verifier.words import Words, caution, plain, tidy, words

ON_HOLD = "Example Academy put it on hold on 23 November 2026. This is not a judgement; ask Example Academy."
CAUTION = "We did not check that this is the person before you."


async def said(world: World, document: dict[str, Any] | None = None, **asked: Any) -> Words:
    return words(await world.verify(world.sign(document), **asked))


async def test_green_is_earned(world: World) -> None:
    assert await said(world) == Words(
        "good",
        "seal",
        "Genuine and current",
        "Example Academy awarded SQL for analysts, Working to Ada Lovelace on 3 May 2026. "
        "Register of Examples lists this issuer. Valid until 3 May 2028.",
    )
    own = await said(world, trust=TrustStore(own=lambda _issuer: True), expected_recipient="Ada Lovelace")
    assert own == Words(
        "good",
        "seal",
        "Genuine and current",
        "Issued here by Example Academy, who awarded SQL for analysts, Working to Ada Lovelace on "
        "3 May 2026. "
        "Valid until 3 May 2028.",
    )
    endless = await said(world, world.badge(validUntil=...))
    assert "until" not in endless.sentence


async def test_an_unknown_issuer_is_neutral(world: World) -> None:
    found = await said(world, trust=TrustStore())
    assert (found.look, found.seal, found.headline) == (
        "neutral",
        "outline",
        "Genuine signature, issuer not known to us",
    )
    assert found.sentence == (
        "Whoever controls issuer.example signed this. They call themselves “Example Academy”; nobody we "
        "rely on has confirmed that."
    )


async def test_what_was_asked_for_and_is_not_so(world: World) -> None:
    found = await said(world, expected_recipient="Grace Hopper")
    assert (found.look, found.seal, found.headline) == ("warn", "caution", "Genuine, but not for this person")
    assert found.sentence == "It names Ada Lovelace, and that is not whom you expect."
    found = await said(world, policy=Policy(max_age_days=1))
    assert (found.look, found.headline) == ("warn", "Genuine, but it does not meet what you asked")
    assert found.sentence.startswith("It is older than 1 day.")
    found = await said(world, edit(world.badge(), "credentialSubject/achievement/name", ...))
    assert (found.look, found.seal, found.headline) == ("bad", "caution", "Not a valid credential")
    assert "An achievement must have a name." in found.sentence
    found = await said(world, edit(world.badge(), "exp", "soon"))
    assert (found.look, found.headline) == ("bad", "Not a valid credential")


async def test_a_withdrawal_is_told_whatever_else_is_wrong(world: World) -> None:
    world.publish_list(world.list_credential(world.set_bit()))
    assert "Its issuer has withdrawn it." in (await said(world, expected_recipient="Grace Hopper")).sentence
    suspended = TrustStore(cause=lambda _url, _index: StatusCause("suspended"))
    found = await said(world, expected_recipient="Grace Hopper", trust=suspended)
    assert "Its issuer has put it on hold." in found.sentence


async def test_what_we_did_not_check_is_said_beside_it(world: World) -> None:
    assert caution(await world.verify(world.sign())) == CAUTION
    assert CAUTION in (await world.verify(world.sign())).sentence
    assert CAUTION not in (await world.verify(world.sign(), expected_recipient="Grace Hopper")).sentence
    assert caution(await world.verify(world.sign(), expected_recipient="Ada Lovelace")) == ""
    assert caution(await world.verify("hello")) == ""


async def test_something_left_open_is_never_green(world: World) -> None:
    nameless = edit(world.badge(), "credentialSubject/identifier", [])
    demands: list[dict[str, Any]] = [
        {"expected_recipient": "x", "document": nameless},
        {"policy": Policy(require=("endorsements",))},
        {"policy": Policy(require=("standing",)), "trust": TrustStore()},
    ]
    for asked in demands:
        found = await said(world, **asked)
        assert (found.look, found.seal) == ("neutral", "question")
        assert found.headline == "Genuine. We could not check everything you asked"
        assert found.sentence


async def test_currency_in_words(world: World) -> None:
    token = world.sign()
    del world.published[world.list_url]
    found = words(await world.verify(token))
    assert (found.look, found.seal, found.headline) == (
        "neutral",
        "question",
        "Genuine. We could not check if it still stands",
    )
    assert found.sentence == (
        "The issuer's list of withdrawn credentials could not be reached at 12:00 UTC on "
        "23 November 2026. Try again, or ask Example Academy."
    )
    world.publish(world.list_url, b"nonsense")
    found = words(await world.verify(token))
    assert found.sentence.startswith("The list is not a signed credential.")
    assert found.sentence.endswith("Try again, or ask Example Academy.")
    world.publish_list(world.list_credential(validUntil=...))
    world.now = NOW + timedelta(days=700)
    found = words(await world.verify(token))
    assert (found.look, found.seal, found.headline) == ("warn", "clock", "Genuine. Expired on 3 May 2028")
    assert found.sentence.startswith(
        "It was valid from 3 May 2026 to 3 May 2028. The skill was measured 2 years ago."
    )
    found = await said(world, world.badge(evidence=...))
    assert found.sentence.endswith("to 3 May 2028. It was awarded 2 years ago.")
    world.now = NOW - timedelta(days=700)
    found = words(await world.verify(token))
    assert (found.look, found.seal, found.headline) == ("warn", "clock", "Genuine. Valid from 3 May 2026")
    assert found.sentence == ""


@pytest.mark.parametrize(
    ("cause", "look", "seal", "headline", "sentence"),
    [
        (
            None,
            "bad",
            "struck",
            "Withdrawn by its issuer",
            "Example Academy withdrew this copy. There may be a newer one: open the holder's link, or ask.",
        ),
        (
            StatusCause("revoked", NOW),
            "bad",
            "struck",
            "Withdrawn by its issuer",
            "Example Academy withdrew it on 23 November 2026.",
        ),
        (
            StatusCause("suspended", NOW),
            "warn",
            "pause",
            "Genuine, but on hold",
            ON_HOLD,
        ),
        (
            StatusCause("suspended"),
            "warn",
            "pause",
            "Genuine, but on hold",
            "Example Academy put it on hold. This is not a judgement; ask Example Academy.",
        ),
        (
            StatusCause("superseded", NOW),
            "warn",
            "caution",
            "Genuine, but replaced by a newer copy",
            "Example Academy replaced this copy by a newer one. Ask the holder for the current copy.",
        ),
    ],
)
async def test_status_in_words(
    world: World, cause: StatusCause | None, look: str, seal: str, headline: str, sentence: str
) -> None:
    world.publish_list(world.list_credential(world.set_bit()))
    found = await said(world, trust=TrustStore(cause=lambda _url, _index: cause))
    assert (found.look, found.seal, found.headline) == (look, seal, headline)
    assert found.sentence == f"{sentence}"


async def test_not_genuine(world: World) -> None:
    token = world.sign()
    for evidence, why in (
        (token[:-4] + ("AAAA" if not token.endswith("AAAA") else "QQQQ"), "changed after it was signed"),
        (world.sign(kid="other"), "not signed by the issuer that it names"),
        ('{"type": "VerifiableCredential"}', "Nobody signed it"),
        (world.sign(alg="none"), "algorithm"),
    ):
        found = words(await world.verify(evidence))
        assert (found.look, found.seal, found.headline) == ("bad", "broken", "Not genuine")
        assert why in found.sentence
        assert found.sentence.endswith("Do not rely on it.")
    world.publish(f"{world.base}/keys/{world.key.kid}", b"", status=410)
    world.publish_keys()
    assert "declared stolen" in words(await world.verify(token)).sentence


async def test_a_damaged_credential_is_told_without_a_parsers_words(world: World) -> None:
    head, payload, signature = world.sign().split(".")
    for evidence in (
        f"{head}.{payload[:-40]}.{signature}",  # cut short
        f"{head}.{payload}",
        f"{head}.!{payload}.{signature}",
        f"{segment(b'{')}.{payload}.{signature}",
        '{"type": ["VerifiableCredential"], "type": []}',
        "{",
    ):
        report = await world.verify(evidence)
        assert report.verdict == "invalid"
        assert words(report) == Words(
            "bad",
            "broken",
            "Not genuine",
            "It is damaged, incomplete or was changed after it was signed. "
            "Ask for the original file or link.",
        )


async def test_what_is_no_credential_is_called_that(world: World) -> None:
    for evidence, headline in (
        ("hello", "We found no credential in this"),
        (" ", "This is not a credential"),
        ('{"a": 1}', "This is not a credential"),
        ("[]", "This is not a credential"),
        (png(), "We found no credential in this"),
    ):
        report = await world.verify(evidence)
        assert report.verdict == "invalid"
        found = words(report)
        assert (found.look, found.seal, found.headline) == ("neutral", "caution", headline)
        assert found.sentence.endswith("Paste the credential's text, or a link to it.")


async def test_pictures_that_do_not_help(world: World) -> None:
    for evidence, headline, advice in (
        (png(itxt(b"eyJ"), itxt(b"eyJ")), "More than one credential", "Hand over one at a time."),
        (png(itxt(b"eyJ", sound=False)), "This picture cannot be read", "Ask for the original file or link."),
        (png(width=9_000, height=9_000), "We could not check this", "Try a smaller picture, or paste the"),
    ):
        found = words(await world.verify(evidence))
        assert (found.look, found.headline) == ("neutral", headline)
        assert advice in found.sentence


async def test_cannot_tell(world: World) -> None:
    for evidence, advice in (
        ("https://issuer.example/c/x", "Check the link"),
        ("%PDF-", "Paste its text or its link, or take a picture of its QR code."),
    ):
        found = words(await world.verify(evidence))
        assert (found.look, found.seal, found.headline) == ("neutral", "question", "We could not check this")
        assert advice in found.sentence
    world.published.clear()
    assert "ask the issuer" in words(await world.verify(world.sign())).sentence


async def test_a_report_without_details_still_has_words(world: World) -> None:
    """Reports travel as JSON: whoever shows one must not depend on every optional member."""
    report = await world.verify(world.sign())
    for currency in ("current", "expired", "not_yet", "suspended", "revoked", "cannot_tell"):
        bare = msgspec.structs.replace(report, claim=None, currency=currency)
        assert words(bare).sentence.count("  ") == 0
    unknown = await world.verify(world.sign(), trust=TrustStore())
    assert words(msgspec.structs.replace(unknown, claim=None)).look == "neutral"
    assert "an unknown date" in words(msgspec.structs.replace(report, claim=None)).sentence


def test_ages(report: Report) -> None:
    assert report.claim is not None
    for moment, age in (
        ("2026-05-03T10:00:00Z", "less than a day"),
        ("2026-05-05T09:00:00Z", "1 day"),
        ("2026-05-05T10:00:00Z", "2 days"),
        ("2026-07-02T10:00:00Z", "2 months"),
        ("2029-05-03T10:00:00Z", "3 years"),
    ):
        ended = msgspec.structs.replace(report.claim, valid_until=moment)
        old = msgspec.structs.replace(report, currency="expired", verified_at=moment, claim=ended)
        assert f"measured {age} ago" in words(old).sentence


@pytest.fixture
async def report(world: World) -> Report:
    return await world.verify(world.sign())


async def test_a_name_in_the_issuers_hands_cannot_bend_the_sentence(world: World) -> None:
    document = edit(world.badge(), "issuer/name", "Evil\u202egnivorp\n\x1b[31m University" + "y" * 200)
    sentence = (await said(world, document, trust=TrustStore())).sentence
    assert "\u202e" not in sentence
    assert "\x1b" not in sentence
    assert "\n" not in sentence
    assert "…”" in sentence


def test_tidy_and_plain() -> None:
    assert tidy(" a\n\tb\x00\u200bc ") == "a bc"
    assert plain("Ada") == "Ada"
    assert plain("עדה") == "\u2068עדה\u2069"
    assert plain("x" * 121) == "x" * 119 + "…"
    assert plain(" two  words ") == "two words"
    assert plain("Zoë") == "Zoë"
    assert key_name("did:key:z6Mk") == "did:key:z6Mk"
    assert key_name("did:jwk:" + "a" * 60_000 + "bcdefghi") == "did:jwk:aaaaaaaaaaa…bcdefghi"


def test_dates_that_are_long_are_not_remembered() -> None:
    _english_day.cache_clear()
    assert day("2026-05-03T09:30:00Z", str) == "3 May 2026"
    assert day("2026-05-03T09:30:00." + "0" * 60_000 + "Z", str) == "an unknown date"
    assert day(None, str) == "an unknown date"
    assert _english_day.cache_info().currsize == 1


def test_a_report_that_says_nothing_of_standing_is_not_green(report: Report) -> None:
    silent = tuple(found for found in report.checks if found.check != "standing")
    assert words(msgspec.structs.replace(report, checks=silent)).look == "neutral"
    nameless = Claim(issuer=ClaimIssuer("did:web:x", None, "x"))
    bare = msgspec.structs.replace(report, checks=silent, claim=nameless)
    assert "They give no name" in words(bare).sentence


def test_strings_pass_through_gettext(report: Report) -> None:
    asked: list[str] = []

    def gettext(text: str) -> str:
        asked.append(text)
        return f"<{text}>"

    found = words(report, gettext)
    assert found.headline == "<Genuine and current>"
    assert found.sentence.startswith("<Example Academy awarded ")
    assert "3 <May> 2026" in found.sentence


def test_a_time_that_is_not_a_time_has_words_too(report: Report) -> None:
    claim = msgspec.structs.replace(report.claim, valid_from="garbage") if report.claim else None
    assert "on an unknown date" in words(msgspec.structs.replace(report, claim=claim)).sentence


def test_outcomes_and_reasons_are_plain_strings() -> None:
    assert f"{Outcome.PASS} {Reason.SHAPE_OK}" == "pass shape.ok"
