"""The answer's page: words, colour, seal and order of every row of the verdict."""

import html
import re
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from schemas.report import (
    Check,
    Claim,
    ClaimAssessment,
    ClaimIssuer,
    ClaimLevel,
    Enclosed,
    Outcome,
    Reason,
    Report,
)
from verifier.web.render import followable
from verifier.web.verdict import check_word, freshness, outcome_word, percent, tell, verdict_page

CLAIMED = ["Who", "What and how well", "How it was measured", "How fresh", "Issued by"]
UNKNOWN = ("unknown", "standing.unknown", "No source that we rely on lists this issuer.")
VOUCHED = ("pass", "standing.vouched", "A register lists it.")
NOT_MET = ("fail", "policy.unmet", "The issuer is not one that you accept.")
OTHER = ("fail", "recipient.mismatch", "It names somebody else.")
UNREAD = ("unknown", "status.unreachable", "The issuer's list could not be reached.")

# verdict, authenticity, currency, checks; look, seal, headline, words of the first sentence
ROWS: dict[str, tuple[Any, ...]] = {
    "policy": ("invalid", "genuine", "current", {"policy": NOT_MET}, "warn", "caution",
        "Genuine, but it does not meet what you asked", "not one that you accept"),
    "recipient": ("invalid", "genuine", "current", {"recipient": OTHER}, "warn", "caution",
        "Genuine, but not for this person", "Ada Lovelace"),
    "shape": ("invalid", "genuine", "current", {"shape": ("fail", "shape.achievement", "It has no name.")},
        "bad", "caution", "Not a valid credential", "It has no name."),
    "vouched": ("valid", "genuine", "current", {"standing": VOUCHED}, "good", "seal",
        "Genuine and current", "the register of examples lists this issuer"),
    "unknown": ("valid", "genuine", "current", {"standing": UNKNOWN}, "neutral", "outline",
        "Genuine signature, issuer not known to us", "Whoever controls issuer.example signed this"),
    "own": ("valid", "genuine", "current", {}, "good", "seal", "Genuine and current", "Issued here by"),
    "unread": ("undetermined", "genuine", "cannot_tell", {"status": UNREAD}, "neutral", "question",
        "Genuine. We could not check if it still stands", "could not be reached"),
    "expired": ("invalid", "genuine", "expired", {"validity": ("fail", "validity.expired", "Expired.")},
        "warn", "clock", "Genuine. Expired on 26 June 2026", "It was valid from 26 June 2024"),
    "suspended": ("invalid", "genuine", "suspended", {"status": ("fail", "status.suspended", "On hold.")},
        "warn", "pause", "Genuine, but on hold", "This is not a judgement"),
    "not_yet": ("invalid", "genuine", "not_yet", {"validity": ("fail", "validity.not_yet", "Not yet.")},
        "warn", "clock", "Genuine. Valid from 26 June 2026", ""),
    "revoked": ("invalid", "genuine", "revoked", {"status": ("fail", "status.revoked", "Withdrawn.")},
        "bad", "struck", "Withdrawn by its issuer", "Northwind Analytics withdrew this copy."),
}  # fmt: skip
UNCLAIMED: dict[str, tuple[Any, ...]] = {
    "cannot_tell": ("undetermined", "cannot_tell", "cannot_tell",
        {"issuer_key": ("unknown", "issuer_key.unreachable", "The issuer's keys could not be reached.")},
        "neutral", "question", "We could not check this", "could not be reached"),
    "changed": ("invalid", "not_genuine", "cannot_tell",
        {"signature": ("fail", "signature.invalid", "It does not fit.")},
        "bad", "broken", "Not genuine", "Do not rely on it."),
    "not_theirs": ("invalid", "not_genuine", "cannot_tell",
        {"issuer_key": ("fail", "issuer_key.untrusted", "Not listed.")},
        "bad", "broken", "Not genuine", "It was not signed by the issuer that it names."),
}  # fmt: skip


def text_of(page: bytes) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.decode())).split())


def in_order(text: str, *parts: str) -> bool:
    places = [text.find(part) for part in parts if part]
    return -1 not in places and places == sorted(places)


@pytest.mark.parametrize("row", [*ROWS, *UNCLAIMED])
def test_each_row(report: Callable[..., Report], claim: Callable[..., Claim], row: str) -> None:
    verdict, authenticity, currency, checks, look, seal, headline, sentence = {**ROWS, **UNCLAIMED}[row]
    times = {"valid_from": "2024-06-26T09:00:00Z", "valid_until": "2026-06-26T09:00:00Z"}
    claimed = claim(**times if row == "expired" else {}) if row in ROWS else None
    page = verdict_page(report(verdict, authenticity, currency, claimed, **checks))
    shown = page.decode()
    assert f'class="verdict look-{look}" data-verdict="{look}" data-seal="{seal}"' in shown
    assert shown.count("<h1") == 1
    assert f'<svg class="seal seal-{seal}"' in shown
    assert re.findall(r"look-\w+", shown) == [f"look-{look}"]
    told = [*CLAIMED, "What we did not check"] if row in ROWS else []
    text = text_of(page).partition("Skip to the content")[2]
    assert in_order(text, headline, sentence, *told, "Show every check", "Check another", "assay/0"), text
    assert ("Unseen questions." in text) is (row in ROWS)


def test_green_is_earned_by_standing_alone_of_the_four(
    report: Callable[..., Report], claim: Callable[..., Claim]
) -> None:
    for row, (verdict, authenticity, currency, checks, *_) in {**ROWS, **UNCLAIMED}.items():
        page = verdict_page(report(verdict, authenticity, currency, claim(), **checks))
        assert (b"look-good" in page) is (row in {"own", "vouched"}), row


def test_a_stranger_that_calls_itself_harvard_is_never_green(
    report: Callable[..., Report], claim: Callable[..., Claim]
) -> None:
    issuer = ClaimIssuer(
        "did:web:xn--p-7sbc.example", "Harvard University", "xn--p-7sbc.example", "Mixed scripts."
    )
    page = verdict_page(report(claim=claim(issuer=issuer), standing=UNKNOWN))
    text = text_of(page)
    assert b"look-neutral" in page
    assert b"look-good" not in page
    issued_by = text.partition("Issued by")[2]
    assert in_order(issued_by, "xn--p-7sbc.example", "calls itself Harvard University", "Mixed scripts.")


def test_assurance_and_the_person_are_always_told(
    report: Callable[..., Report], claim: Callable[..., Claim]
) -> None:
    text = text_of(verdict_page(report(claim=claim())))
    assert "Help from people or AI tools not excluded." in text
    assert text.count("We did not check that this is the person before you.") == 1
    assert "Who answered the questions: nobody supervised the sitting." in text
    matched = text_of(verdict_page(report(claim=claim(), recipient=("pass", "recipient.matched", "It is."))))
    assert "It names the person whom you asked about." in matched
    assert "We did not check that this is the person" not in matched
    other = text_of(verdict_page(report("invalid", claim=claim(), recipient=OTHER)))
    assert "This is not the person whom you asked about." in other


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (("pass", "recipient.presented", "Signed for you."), "Whoever showed it to you holds its key."),
        (
            ("fail", "recipient.nonce", "It does not answer what you asked."),
            "It does not answer what you asked.",
        ),
        (
            ("warn", "recipient.replayable", "Not asked."),
            "We did not check that this is the person before you.",
        ),
    ],
)
def test_a_presentation_is_told_as_one(
    report: Callable[..., Report], claim: Callable[..., Claim], found: Any, said: str
) -> None:
    verdict = "invalid" if found[0] == "fail" else "valid"
    assert tell(report(verdict, claim=claim(), recipient=found)).person == said


def test_where_nothing_could_be_checked_that_is_told(report: Callable[..., Report]) -> None:
    opened = {"carrier": ("unknown", "carrier.unsupported", "This is a PDF document.")}
    (said,) = tell(report("undetermined", "cannot_tell", "cannot_tell", **opened)).unchecked
    assert said.startswith("Whether its issuer signed it")
    nothing = {"carrier": ("fail", "carrier.unrecognised", "Nothing.")}
    assert tell(report("invalid", "cannot_tell", "cannot_tell", **nothing)).unchecked == ()


def test_supervision_is_told_once_even_where_the_narrative_tells_it(
    report: Callable[..., Report], claim: Callable[..., Claim]
) -> None:
    told = ClaimAssessment("SQL", "Finished in May. Help from people or AI tools not excluded.", None)
    text = text_of(verdict_page(report(claim=claim(assessment=told))))
    assert text.count("Help from people or AI tools not excluded.") == 1
    assert (
        tell(report(claim=claim(assessment=None))).assurance == "Help from people or AI tools not excluded."
    )


@pytest.mark.parametrize(
    ("cut", "shown"),
    [("0.70", 70), (".5", 50), ("1.0", 100), ("1", 100), ("0", 0), ("70", None), ("B+", None), (None, None)],
)
def test_the_cut_of_the_level_reached(
    report: Callable[..., Report], claim: Callable[..., Claim], cut: str | None, shown: int | None
) -> None:
    page = verdict_page(report(claim=claim(level=ClaimLevel("Practitioner", cut=cut))))
    assert ("of such questions" in text_of(page)) is (shown is not None)
    assert percent(cut) == shown


def test_a_comparison_leaves_the_person_out_of_what_was_not_checked(
    report: Callable[..., Report], claim: Callable[..., Claim]
) -> None:
    assert tell(report("invalid", claim=claim(assurance=None), recipient=OTHER)).unchecked == ()


def test_what_was_not_checked_never_stays_empty(
    report: Callable[..., Report], claim: Callable[..., Claim]
) -> None:
    assert tell(report(claim=claim(assurance=None))).unchecked == (
        "Whether the person before you is the one whom the credential names.",
    )
    endorsed = tell(report(claim=claim(), endorsements=("skipped", "endorsements.not_checked", "Not read.")))
    assert endorsed.unchecked[-1] == "Not read."


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "//evil", "http://[", None, ""]
)
def test_only_web_addresses_are_links(
    report: Callable[..., Report], claim: Callable[..., Claim], address: str | None
) -> None:
    assert followable(address) is None
    page = verdict_page(report(claim=claim(assessment=ClaimAssessment("x", None, address))))
    assert b"Assessment record" not in page


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("2026-11-23T00:00:00Z", None, "Measured today, on 23 November 2026. It names no end of validity."),
        (
            "2026-11-22T00:00:00Z",
            "2027-01-01T00:00:00Z",
            "Measured yesterday, on 22 November 2026. Valid until 1",
        ),
        (
            "2026-10-01T00:00:00Z",
            "2026-11-01T00:00:00Z",
            "Measured 53 days ago, on 1 October 2026. It was valid",
        ),
        ("2022-10-01T00:00:00Z", None, "Measured 4 years ago"),
        ("2027-10-01T00:00:00Z", None, "Valid from 1 October 2027."),
        ("some day", "never", "Valid from some day. Valid until never."),
        ("2026-10-01T00:00:00", "2027-10-01", "Valid from 2026-10-01T00:00:00. Valid until 2027-10-01."),
        (None, None, "It names no end of validity."),
    ],
)
def test_freshness(start: str | None, end: str | None, said: str) -> None:
    measured = Claim(valid_from=start, valid_until=end, assessment=ClaimAssessment("SQL for analysts"))
    assert freshness(measured, "2026-11-23T14:05:00Z").startswith(said)
    awarded = msgspec.structs.replace(measured, assessment=None)
    assert freshness(awarded, "2026-11-23T14:05:00Z").startswith(said.replace("Measured", "Awarded"))


def test_words_for_outcomes_and_checks() -> None:
    assert [outcome_word(name) for name in ("pass", "warn", "fail", "unknown", "skipped")] == [
        "Passed", "Note", "Failed", "Not known", "Not asked",
    ]  # fmt: skip
    assert check_word("signature") == "Signature"
    assert check_word("something_new") == "something_new"


def test_what_is_enclosed_has_a_line_of_its_own(
    report: Callable[..., Report], claim: Callable[..., Claim]
) -> None:
    unknown = report(claim=claim(), standing=UNKNOWN)
    signed = Enclosed("credential", "valid", "genuine", "current", unknown.claim, unknown.checks)
    by_key = claim(issuer=ClaimIssuer("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"))
    praise = Enclosed("endorsement", "valid", "genuine", "current", by_key, unknown.checks)
    forged = report("invalid", "not_genuine", "cannot_tell", signature=("fail", "signature.invalid", "No."))
    false = Enclosed("endorsement", "invalid", "not_genuine", "cannot_tell", None, forged.checks)
    page = verdict_page(msgspec.structs.replace(report(claim=claim()), enclosed=(signed, praise, false)))
    text = text_of(page).partition("Inside it")[2]
    stranger = "Genuine signature, issuer not known to us"
    assert in_order(text, "Credential", "SQL for analysts", "issuer.example", stranger, "Endorsement")
    assert "did:key:z6MkhaXgBZD…EGta2doK" in text
    assert text.count("Not genuine") == 1
    assert "Inside it" not in text_of(verdict_page(report(claim=claim())))


def test_a_name_stands_by_itself_only_where_nothing_speaks_against_it(
    report: Callable[..., Report], claim: Callable[..., Claim]
) -> None:
    for checks, believed in (
        ({}, True),
        ({"standing": VOUCHED}, True),
        ({"standing": UNKNOWN}, False),
        ({"standing": ("fail", "standing.distrusted", "A register warns.")}, False),
        ({"issuer_key": ("warn", "issuer_key.same_origin", "On the same host.")}, False),
    ):
        text = text_of(verdict_page(report(claim=claim(), **checks)))
        assert ("calls itself Northwind Analytics" in text) is not believed, checks
    other = Check("standing", Outcome.WARN, Reason.STANDING_OTHER_NAME, "Another name.", "R")
    vouching = report(claim=claim(), standing=VOUCHED)
    both = msgspec.structs.replace(vouching, checks=(*vouching.checks, other))
    assert "calls itself Northwind Analytics" in text_of(verdict_page(both))


async def test_the_page_answers_a_real_credential(web: httpx.AsyncClient, world: Any) -> None:
    genuine = await web.post("/verify", data={"input": world.sign()})
    assert genuine.status_code == 200
    assert b'data-verdict="good"' in genuine.content
    tampered = await web.post(
        "/verify", files={"input": (None, ""), "file": ("x.jwt", world.sign()[:-4] + "AAAA")}
    )
    assert b'data-verdict="bad"' in tampered.content
