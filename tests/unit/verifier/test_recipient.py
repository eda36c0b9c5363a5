"""Step 10: whom the caller expects, against what the credential says."""

import asyncio
from functools import partial
from typing import Any

import pytest

from issuer.people.email import normalise_email
from tests.unit.verifier.world import World, edit, hashed, told
from tests.untraced import seconds


@pytest.mark.parametrize(
    ("expected", "finding"),
    [
        ("ada@example.org", ("pass", "recipient.matched")),
        (" Ada@Example.org ", ("pass", "recipient.matched")),
        ("grace@example.org", ("fail", "recipient.mismatch")),
        ("Ada Lovelace", ("pass", "recipient.matched")),
        ("ada  LOVELACE", ("pass", "recipient.matched")),
        ("Grace Hopper", ("fail", "recipient.mismatch")),
        ("urn:uuid:9f7d4bb5-5d6c-4f6e-9a57-51b2e5a7c001", ("pass", "recipient.matched")),
        ("did:web:ada.example", ("fail", "recipient.mismatch")),
    ],
)
async def test_expectations(world: World, expected: str, finding: tuple[str, str]) -> None:
    report = await world.verify(world.sign(), expected_recipient=expected)
    assert told(report, "recipient") == [finding]
    assert report.verdict == ("valid" if finding[0] == "pass" else "invalid")
    assert "person before you" not in report.sentence


@pytest.mark.parametrize(
    "identity",
    [
        {"hashed": True, "identityHash": "md5$00", "identityType": "emailAddress"},
        {"hashed": True, "identityHash": 7, "identityType": "emailAddress"},
        {"hashed": True, "identityHash": "sha256$00", "identityType": "emailAddress", "salt": 7},
        {"hashed": "no", "identityHash": "ada@example.org", "identityType": "emailAddress"},
        {"hashed": False, "identityHash": "ada@example.org", "identityType": "ext:other"},
    ],
)
async def test_what_cannot_be_compared_is_unknown(world: World, identity: dict[str, Any]) -> None:
    document = edit(world.badge(), "credentialSubject/identifier", [{"type": "IdentityObject", **identity}])
    report = await world.verify(world.sign(document), expected_recipient="ada@example.org")
    assert told(report, "recipient") == [("unknown", "recipient.cannot_match")]
    assert report.verdict != "valid"


async def test_plain_addresses_and_other_spellings(world: World) -> None:
    plain = {
        "type": "IdentityObject",
        "hashed": False,
        "identityHash": "Ada@Example.org",
        "identityType": "emailAddress",
    }
    document = edit(world.badge(), "credentialSubject/identifier", [plain])
    report = await world.verify(world.sign(document), expected_recipient="ada@example.org")
    assert told(report, "recipient") == [("pass", "recipient.matched")]
    ascii_hash = {
        "type": "IdentityObject",
        "hashed": True,
        "identityHash": hashed("ada@xn--bcher-kva.example", ""),
        "identityType": "emailAddress",
    }
    document = edit(world.badge(), "credentialSubject/identifier", [ascii_hash])
    report = await world.verify(world.sign(document), expected_recipient="ada@bücher.example")
    assert told(report, "recipient") == [("pass", "recipient.matched")]
    report = await world.verify(world.sign(document), expected_recipient="ada@" + "ü" * 80)
    assert told(report, "recipient") == [("fail", "recipient.mismatch")]


def identity(value: str, kind: str = "emailAddress") -> dict[str, Any]:
    return {"type": "IdentityObject", "hashed": True, "identityHash": value, "identityType": kind}


async def compared(world: World, expected: str, *identities: dict[str, Any]) -> str:
    document = edit(world.badge(), "credentialSubject/identifier", list(identities))
    report = await world.verify(world.sign(document), expected_recipient=expected)
    return told(report, "recipient")[0][1].removeprefix("recipient.")


# Pairs that name two domains, though older rules (IDNA 2003) map the first to the second.
DEVIATIONS = (
    ("ada@stra\u00dfe.de", "ada@strasse.de"),
    ("ada@\u03b2\u03cc\u03bb\u03bf\u03c2.example", "ada@\u03b2\u03cc\u03bb\u03bf\u03c3.example"),
    ("ada@\u0dc1\u0dca\u200d\u0dbb\u0dd3.example", "ada@\u0dc1\u0dca\u0dbb\u0dd3.example"),
    (
        "ada@\u0646\u0627\u0645\u0647\u200c\u0627\u06cc.example",
        "ada@\u0646\u0627\u0645\u0647\u0627\u06cc.example",
    ),
)


@pytest.mark.parametrize(("one", "other"), [*DEVIATIONS, *(pair[::-1] for pair in DEVIATIONS)])
async def test_domains_that_only_look_alike_are_two(world: World, one: str, other: str) -> None:
    """What the issuer hashes of an address matches that address, and not its neighbour."""
    written = identity(hashed(normalise_email(one), ""))
    assert await compared(world, one, written) == "matched"
    assert await compared(world, other, written) == "mismatch"


@pytest.mark.parametrize(
    "typed",
    [
        "Ada@B\u00dcCHER.Example",
        "ada@BU\u0308CHER.example",
        "ada@STRA\u1e9eE.de",
        "ada@\u0392\u038c\u039b\u039f\u03a3.example",
        "ada@\u0130stanbul.example",
        "\u0130da@example.org",
        "\u039f\u0394\u039f\u03a3@example.org",
        "ada@XN--BCHER-KVA.example",
        "ada@\u4f8b\u3048.\u30c6\u30b9\u30c8",
    ],
)
async def test_an_address_matches_however_it_was_typed(world: World, typed: str) -> None:
    assert await compared(world, typed, identity(hashed(normalise_email(typed), ""))) == "matched"


async def test_what_is_no_address_never_matches(world: World) -> None:
    written = identity(hashed("ada@example.org", ""))
    for expected in ("ada@\ud800.example", "ada@" + "\u00fc" * 64 + ".example", "a" * 250 + "@example.org"):
        assert await compared(world, expected, written) == "mismatch"
    assert await compared(world, "ada@example.org" + " " * 1_010, written) == "cannot_match"


async def test_many_identities_are_not_compared(world: World) -> None:
    for kind, expected in (("emailAddress", "ada@example.org"), ("name", "Ada Lovelace")):
        written = identity(hashed(expected, ""), kind)
        assert await compared(world, expected, *[identity("sha256$", kind)] * 15, written) == "matched"
        assert await compared(world, expected, *[identity("sha256$", kind)] * 16, written) == "cannot_match"


@pytest.mark.parametrize("long", ["\u00e4" * 80_000, "\u00e4." * 50_000, "\u0130" * 80_000])
def test_a_long_address_costs_little(world: World, long: str) -> None:
    plain = {"type": "IdentityObject", "hashed": False, "identityType": "emailAddress"}
    document = edit(
        world.badge(), "credentialSubject/identifier", [{**plain, "identityHash": f"ada@{long}.example"}]
    )
    token = world.sign(document)

    def compare(expected: str) -> None:
        asyncio.run(world.verify(token, expected_recipient=expected))

    for expected in ("ada@example.org", f"ada@{long[:1_000]}.example", f"ada@{long}.example"):
        assert seconds(partial(compare, expected)) < 0.2


async def test_a_nonce_asks_for_a_presentation(world: World) -> None:
    for asked in ({"nonce": "n"}, {"audience": "https://verifier.example"}):
        report = await world.verify(world.sign(), **asked)
        assert told(report, "recipient") == [("unknown", "recipient.not_presented")]
        assert report.verdict == "undetermined"
    report = await world.verify(world.sign(), nonce="n", expected_recipient="Ada Lovelace")
    assert told(report, "recipient") == [
        ("unknown", "recipient.not_presented"),
        ("pass", "recipient.matched"),
    ]
    assert report.verdict == "undetermined"


async def test_lone_surrogates_in_a_salt_are_no_crash(world: World) -> None:
    report = await world.verify(world.sign(), expected_recipient="ada\ud800@example.org")
    assert told(report, "recipient") == [("fail", "recipient.mismatch")]
