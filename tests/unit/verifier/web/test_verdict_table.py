"""The table of verdicts, row by row, from a signed credential to the page: colour, seal, words, order.

What a row says must stand in the Report's sentence (command line, API) and on the page, in the same words.
"""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from keys.did.jwk import did_jwk
from keys.did.key import did_key
from schemas.report import Report
from tests.unit.verifier.world import NOW, Key, World, edit
from verifier import Policy, TrustStore
from verifier.fetch import Unreachable
from verifier.trust import StatusCause
from verifier.trust.registry import Registry
from verifier.web.verdict import verdict_page

CAUTION = "We did not check that this is the person before you."
STRANGER = TrustStore()
ACHIEVEMENT = "credentialSubject/achievement"
REGISTER = "https://register.example/issuers.json"
Row = tuple[str, str, str, str]
Make = Callable[[World], dict[str, Any]]


def registers(world: World, *bodies: Any, pinned: bool = False) -> TrustStore:
    """Registers that say this of the world's issuer; None is out of reach."""
    for number, body in enumerate(bodies):
        url = f"{REGISTER}?{number}"
        if body is not None:
            listed = [{"id": world.did, **body}] if isinstance(body, dict) else []
            world.publish(url, msgspec.json.encode({"issuers": listed}))
    sources = tuple(Registry(f"Register {number}", f"{REGISTER}?{number}") for number in range(len(bodies)))
    return TrustStore(pinned={world.did: "Register of Examples"} if pinned else {}, sources=sources)


def withdrawn(world: World, cause: StatusCause | None = None, **more: Any) -> dict[str, Any]:
    world.publish_list(world.list_credential(world.set_bit()))
    return {"trust": TrustStore(cause=lambda _url, _index: cause), **more}


def unreachable_list(world: World) -> dict[str, Any]:
    world.published[world.list_url] = Unreachable(world.list_url, "fetch.timeout", "No answer.")
    return {}


def at(world: World, days: int) -> dict[str, Any]:
    world.publish_list(world.list_credential(validFrom=..., validUntil=...))
    world.now = NOW + timedelta(days=days)
    return {}


def elsewhere(world: World) -> dict[str, Any]:
    """An https issuer whose own document names no keys; the key stands at another address of its host."""
    issuer, kid = "https://academy.example/issuers/7", "https://academy.example/keys/1"
    profile = {"id": issuer, "type": ["Profile"], "name": "Example Academy"}
    world.publish(issuer, msgspec.json.encode(profile))
    world.publish(kid, msgspec.json.encode(world.key.jwk))
    document = world.claims(world.badge(issuer=profile, iss=..., credentialStatus=...))
    trust = TrustStore(pinned={issuer: "Register of Examples"})
    return {"evidence": world.sign(document, kid=kid), "trust": trust}


def forged(world: World) -> dict[str, Any]:
    head, _, signature = world.sign().split(".")
    other = world.sign(edit(world.badge(), "credentialSubject/result/1/achievedLevel", "x")).split(".")[1]
    return {"evidence": f"{head}.{other}.{signature}"}


def without_keys(world: World) -> dict[str, Any]:
    token = world.sign()
    world.published.clear()
    return {"evidence": token}


def listed(world: World, **entry: Any) -> dict[str, Any]:
    return {"trust": registers(world, entry)}


# What is asked; look, seal, headline, and how the first sentence reads.
TABLE: dict[str, tuple[Make, Row]] = {
    "not for this person": (
        lambda _world: {"expected_recipient": "Grace Hopper"},
        ("warn", "caution", "Genuine, but not for this person", "It names Ada Lovelace, and that is not"),
    ),
    "not what you asked": (
        lambda _world: {"policy": Policy(accept_issuers=("did:web:other.example",))},
        ("warn", "caution", "Genuine, but it does not meet what you asked", "Its issuer is not one that you"),
    ),
    "not what you asked, and withdrawn": (
        lambda world: withdrawn(world, policy=Policy(max_age_days=1)),
        (
            "warn", "caution", "Genuine, but it does not meet what you asked",
            "It is older than 1 day. Its issuer has withdrawn it.",
        ),
    ),
    "a required standing that is a warning": (
        lambda world: listed(world, status="distrusted") | {"policy": Policy(require=("standing",))},
        (
            "warn", "caution", "Genuine, but it does not meet what you asked",
            "Register 0 warns of this issuer. You require: standing.",
        ),
    ),
    "not a valid credential": (
        lambda world: {"evidence": world.sign(edit(world.badge(), f"{ACHIEVEMENT}/name", ...))},
        ("bad", "caution", "Not a valid credential", "An achievement must have a name."),
    ),
    "vouched for": (
        lambda world: listed(world, name="Example Academy"),
        (
            "good", "seal", "Genuine and current",
            ("Example Academy awarded SQL for analysts, Working to Ada Lovelace on 3 May 2026. "
             "Register 0 lists this issuer. Valid until 3 May 2028."),
        ),
    ),
    "vouched for, though another register knows nothing": (
        lambda world: {"trust": registers(world, {}, [])},
        ("good", "seal", "Genuine and current", "Example Academy awarded SQL for analysts, Working to Ada"),
    ),
    "unknown": (
        lambda _world: {"trust": STRANGER},
        (
            "neutral", "outline", "Genuine signature, issuer not known to us",
            ("Whoever controls issuer.example signed this. They call themselves “Example Academy”; "
             "nobody we rely on has confirmed that."),
        ),
    ),
    "unknown, and a register is out of reach": (
        lambda world: {"trust": registers(world, None)},
        (
            "neutral", "outline", "Genuine signature, issuer not known to us",
            ("Whoever controls issuer.example signed this. They call themselves “Example Academy”; "
             "nobody we rely on has confirmed that. Register 0 could not be asked."),
        ),
    ),
    "unknown, and a register does not count": (
        lambda world: {"trust": registers(world, {"status": "odd"})},
        (
            "neutral", "outline", "Genuine signature, issuer not known to us",
            ("Whoever controls issuer.example signed this. They call themselves “Example Academy”; "
             "nobody we rely on has confirmed that. Register 0 cannot be relied on now."),
        ),
    ),
    "listed only once upon a time": (
        lambda world: listed(world, validUntil="2020-01-01T00:00:00Z"),
        ("neutral", "outline", "Genuine signature, issuer not known to us", "Whoever controls issuer."),
    ),
    "a warning about the issuer": (
        lambda world: {"trust": registers(world, {}, {"status": "distrusted"}, pinned=True)},
        (
            "warn", "caution", "Genuine, but there is a warning about its issuer",
            "Register 1 warns of this issuer. Whoever controls issuer.example signed this.",
        ),
    ),
    "vouched for, but a register is out of reach": (
        lambda world: {"trust": registers(world, None, pinned=True)},
        (
            "neutral", "question", "Genuine. We could not ask everyone whom we rely on",
            "Register 0 could not be asked about this issuer.",
        ),
    ),
    "known under another name": (
        lambda world: listed(world, name="Corner School"),
        (
            "neutral", "outline", "Genuine signature, issuer known under another name",
            ("Register 0 knows this issuer as “Corner School”; the credential calls it “Example Academy”. "
             "Whoever controls issuer.example signed this."),
        ),
    ),
    "a key that its issuer does not list": (
        elsewhere,
        (
            "neutral", "outline", "Genuine signature, but its issuer does not list the key",
            ("The issuer's document names no keys; the key that signed this stands on the issuer's host. "
             "They call themselves “Example Academy”; nobody we rely on has confirmed that."),
        ),
    ),
    "our own organisation": (
        lambda _world: {"trust": TrustStore(own=lambda _issuer: True)},
        (
            "good", "seal", "Genuine and current",
            "Issued here by Example Academy, who awarded SQL for analysts, Working to Ada Lovelace on 3 May",
        ),
    ),
    "could not check if it still stands": (
        unreachable_list,
        (
            "neutral", "question", "Genuine. We could not check if it still stands",
            ("The issuer's list of withdrawn credentials could not be reached at 12:00 UTC on 23 November "
             "2026. Try again, or ask Example Academy."),
        ),
    ),
    "known, but not lately enough": (
        lambda world: {
            "policy": Policy(max_status_age_seconds=0),
            "clock": lambda: world.now + timedelta(hours=1),
        },
        (
            "neutral", "question", "Genuine. We could not check everything you asked",
            "Whether it was withdrawn was found out more than 0 seconds ago. Ask again.",
        ),
    ),
    "a required standing that is unknown": (
        lambda _world: {"trust": STRANGER, "policy": Policy(require=("standing",))},
        (
            "neutral", "question", "Genuine. We could not check everything you asked",
            ("Nobody that we rely on has confirmed who controls this issuer. You require what could not be "
             "determined: standing."),
        ),
    ),
    "expired": (
        lambda world: at(world, 700),
        (
            "warn", "clock", "Genuine. Expired on 3 May 2028",
            "It was valid from 3 May 2026 to 3 May 2028. The skill was measured 2 years ago.",
        ),
    ),
    "on hold": (
        lambda world: withdrawn(world, StatusCause("suspended", NOW)),
        (
            "warn", "pause", "Genuine, but on hold",
            "Example Academy put it on hold on 23 November 2026. This is not a judgement; ask",
        ),
    ),
    "not yet": (
        lambda world: at(world, -700),
        ("warn", "clock", "Genuine. Valid from 3 May 2026", ""),
    ),
    "withdrawn": (
        lambda world: withdrawn(world, StatusCause("revoked", NOW)),
        ("bad", "struck", "Withdrawn by its issuer", "Example Academy withdrew it on 23 November 2026."),
    ),
    "cannot tell": (
        without_keys,
        ("neutral", "question", "We could not check this", ""),
    ),
    "changed after it was signed": (
        forged,
        ("bad", "broken", "Not genuine", "It was changed after it was signed"),
    ),
    "not the issuer's key": (
        lambda world: {"evidence": world.sign(key=Key())},
        ("bad", "broken", "Not genuine", "It was not signed by the issuer that it names. Do not rely on it."),
    ),
}  # fmt: skip
GREEN = {"vouched for", "vouched for, though another register knows nothing", "our own organisation"}


async def answered(world: World, make: Make) -> Report:
    asked = make(world)
    return await world.verify(asked.pop("evidence", None) or world.sign(), **asked)


def text_of(page: bytes) -> str:
    body = page.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"</?(bdi|strong|code|span)[^>]*>", "", body)).split())


def in_order(text: str, *parts: str) -> bool:
    places = [text.find(part) for part in parts if part]
    return -1 not in places and places == sorted(places)


@pytest.mark.parametrize("row", TABLE)
async def test_each_row(world: World, row: str) -> None:
    make, (look, seal, headline, sentence) = TABLE[row]
    report = await answered(world, make)
    assert report.sentence.startswith(f"{headline}. {sentence}"), report.sentence
    page = verdict_page(report)
    shown = page.decode()
    assert f'class="verdict look-{look}" data-verdict="{look}" data-seal="{seal}"' in shown
    assert re.findall(r"look-\w+", shown) == [f"look-{look}"]
    assert f'<svg class="seal seal-{seal}"' in shown
    told = ["Who", CAUTION, "What and how well", "How it was measured", "How fresh", "Issued by"]
    if report.authenticity != "genuine":
        told = []
    elif row == "not for this person":
        told.remove(CAUTION)
    text = re.sub(r"<[^>]+>", " ", text_of(page))
    text = " ".join(text.split())
    assert in_order(text, headline, sentence, *told, "Show every check", "Check another"), text
    # Every finding is there, behind a click, with its code, its source and when that was obtained.
    for found in report.checks:
        assert found.reason in text
        assert found.source is None or " ".join(found.source.split()) in text
    assert report.input_digest in text
    assert report.verifier in text
    assert (look == "good") == (row in GREEN)


async def test_never_green_for_what_was_not_checked(world: World) -> None:
    """Whatever is unknown in a Report, the page is not green; and green says who vouches."""
    for row, (make, _) in TABLE.items():
        fresh = World()
        report = await answered(fresh, make)
        green = b"look-good" in verdict_page(report)
        assert green == (row in GREEN)
        if green:
            assert {found.outcome for found in report.of("standing")} <= {"pass", "warn"}
            assert (report.verdict, report.authenticity, report.currency) == ("valid", "genuine", "current")
    assert world.asked == []


@pytest.mark.parametrize("method", [did_key, did_jwk])
async def test_harvard_on_a_strangers_key(world: World, method: Callable[..., str]) -> None:
    """Genuine, never green, and the key comes before the name that it gives itself."""
    key = Key("EdDSA")
    did = method(key.public)
    profile = {"id": did, "type": ["Profile"], "name": "Harvard University"}
    document = world.claims(world.badge(issuer=profile, iss=..., credentialStatus=...))
    kid = f"{did}#0" if method is did_jwk else key.kid
    report = await world.verify(world.sign(document, key=key, kid=kid))
    assert (report.authenticity, report.verdict) == ("genuine", "valid")
    assert report.claim is not None
    assert report.claim.issuer is not None
    assert report.claim.issuer.domain is None
    page = verdict_page(report)
    assert b"look-neutral" in page
    assert b"look-good" not in page
    text = " ".join(re.sub(r"<[^>]+>", " ", text_of(page)).split())
    short = f"{did[:19]}…{did[-8:]}"
    first = f"Whoever holds the key {short} signed this. They call themselves “Harvard University”; nobody"
    assert in_order(text, "Genuine signature, issuer not known to us", first)
    issued = text.partition("Issued by")[2]
    assert in_order(issued, "A key, not a domain", did, "calls itself Harvard University")
    assert "Whoever controls" not in text


async def test_a_name_cannot_close_its_quotation_marks(world: World) -> None:
    for name in ("Harvard”. Harvard is listed by “us", 'Harvard". Confirmed by "us', "Harvard\u202e\n“"):
        document = edit(world.badge(), "issuer/name", name)
        report = await world.verify(world.sign(document), trust=STRANGER)
        quoted = report.sentence.partition("themselves “")[2].partition("”; nobody")[0]
        assert "Harvard" in quoted
        assert not set(quoted) & set('“”"\u202e\n')
        assert report.sentence.count("“") == 1
    crafty = edit(world.badge(), "issuer/name", "Corner” and “School")
    report = await world.verify(world.sign(crafty), **listed(world, name="Corner School"))
    assert report.sentence.count("“") == report.sentence.count("”") == 2


@pytest.mark.parametrize(
    ("name", "flagged"),
    [
        ("p\u0430ypal.com", "mixes Cyrillic and Latin letters"),
        ("The P\u03b1ypal Academy", "mixes Greek and Latin letters"),
        ("Université de Genève", None),
        ("Московский University", None),
        ("ソニーBank", None),
    ],
)
async def test_names_in_letters_that_look_alike_are_flagged(
    world: World, name: str, flagged: str | None
) -> None:
    report = await world.verify(world.sign(edit(world.badge(), "issuer/name", name)), trust=STRANGER)
    assert report.claim is not None
    assert report.claim.issuer is not None
    assert (report.claim.issuer.notice is not None) == (flagged is not None)
    assert (flagged or "") in text_of(verdict_page(report))


async def test_a_look_alike_domain_is_flagged_beside_it() -> None:
    world = World("did:web:xn--pypal-4ve.com")
    report = await world.verify(world.sign(), trust=STRANGER)
    text = " ".join(re.sub(r"<[^>]+>", " ", text_of(verdict_page(report))).split())
    first, _, issued = text.partition("Issued by")
    assert "Whoever controls xn--pypal-4ve.com signed this." in first
    assert in_order(issued, "xn--pypal-4ve.com", "p\u0430ypal.com", "It mixes Cyrillic and Latin letters.")
