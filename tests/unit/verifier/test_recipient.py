"""Step 10: whom the caller expects, against what the credential says."""

from typing import Any

import pytest

from tests.unit.verifier.world import World, edit, hashed, told


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
