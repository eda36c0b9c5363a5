"""Bitstring Status List 1.0, section 2.1: what the values of an entry mean, for every purpose and size."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from schemas.report import Reason, Report
from tests.unit.verifier.world import NOW, Key, World, edit, stamp, told
from verifier import Seen, status
from verifier.fetch import Fetched

CODES = "https://issuer.example/codes"


def messages(size: int) -> list[dict[str, str]]:
    return [{"status": hex(value), "message": f"Stage {value}"} for value in range(1 << size)]


def entry(world: World, purpose: str, **members: Any) -> dict[str, Any]:
    return {**world.badge()["credentialStatus"], "statusPurpose": purpose, **members}


def packed(size: int, values: dict[int, int], entries: int = 131_072) -> bytes:
    """Lay values out as section 3.3 says, bit by bit: the slow way, as an oracle."""
    bits = ["0"] * (entries * size)
    for index, value in values.items():
        bits[index * size : (index + 1) * size] = f"{value:0{size}b}"
    return int("".join(bits), 2).to_bytes(entries * size // 8)


async def asked(world: World, made: dict[str, Any], bits: bytes, **subject: Any) -> Report:
    world.publish_list(
        world.list_credential(bits, subject={"statusPurpose": made["statusPurpose"], **subject})
    )
    return await world.verify(world.sign(edit(world.badge(), "credentialStatus", made)))


@pytest.mark.parametrize("size", range(1, 9))
async def test_values_of_every_size(world: World, size: int) -> None:
    for index in (0, 1, 94_567, 131_071):
        value = 1 + index * 7 % ((1 << size) - 1)
        made = entry(
            world,
            "message",
            statusListIndex=str(index),
            statusSize=size,
            statusMessage=messages(size),
            statusReference=CODES,
        )
        noise = {near: (1 << size) - 1 for near in (index - 1, index + 1) if 0 <= near < 131_072}
        report = await asked(world, made, packed(size, {**noise, index: value}))
        (found,) = report.of("status")
        assert (found.outcome, found.reason) == ("warn", "status.message")
        assert found.detail.endswith(f"(value {value:#x}). It says: “Stage {value}”.")
        assert (report.currency, report.verdict) == ("current", "valid")
        report = await asked(world, made, packed(size, noise))
        (found,) = report.of("status")
        assert (found.outcome, found.reason) == ("pass", "status.clear")
        assert found.detail.endswith("It says: “Stage 0”.")
        past = {**made, "statusListIndex": "131072"}
        assert told(await asked(world, past, packed(size, {})), "status") == [("unknown", "status.range")]


async def test_a_list_of_wide_entries_must_be_longer(world: World) -> None:
    made = entry(world, "message", statusSize=2, statusMessage=messages(2))
    for length, reason in ((32_767, "status.list_length"), (32_768, "status.clear")):
        assert told(await asked(world, made, bytes(length)), "status")[0][1] == reason


@pytest.mark.parametrize(
    ("purpose", "outcome", "reason", "currency"),
    [
        ("revocation", "fail", "status.revoked", "revoked"),
        ("suspension", "fail", "status.suspended", "suspended"),
        ("message", "warn", "status.message", "current"),
        ("refresh", "warn", "status.refresh", "current"),
    ],
)
async def test_what_a_set_value_does_for_each_purpose(
    world: World, purpose: str, outcome: str, reason: str, currency: str
) -> None:
    for members in ({}, {"statusSize": 1}, {"statusSize": 2, "statusMessage": messages(2)}):
        made = entry(world, purpose, **members)
        size = members.get("statusSize", 1)
        assert isinstance(size, int)
        report = await asked(world, made, packed(size, {94_567: 1}))
        assert told(report, "status") == [(outcome, reason)]
        assert report.currency == currency
        report = await asked(world, made, packed(size, {}))
        assert told(report, "status") == [("pass", "status.clear")]


async def test_a_warning_hides_no_withdrawal(world: World) -> None:
    made = [entry(world, "refresh"), entry(world, "message"), entry(world, "revocation")]
    purposes = ["refresh", "message", "revocation"]
    world.publish_list(world.list_credential(world.set_bit(), subject={"statusPurpose": purposes}))
    for entries in (made, made[::-1]):
        report = await world.verify(world.sign(edit(world.badge(), "credentialStatus", entries)))
        assert report.currency == "revoked"
        assert {reason for _, reason in told(report, "status")} == {
            "status.refresh",
            "status.message",
            "status.revoked",
        }


async def test_messages_are_short_and_steer_nobody(world: World) -> None:
    hostile = "\x1b[31m\u202eread\n" + "x" * 10_000
    for message, expected in (
        (hostile, "It says: “[31mread x"),
        ("undefined", "(value 0x1)."),
        ("قيد المراجعة", "It says: “\u2068قيد المراجعة\u2069”."),
    ):
        made = entry(
            world,
            "message",
            statusMessage=[{"status": "0x0", "message": ""}, {"status": "0X1", "message": message}],
        )
        (found,) = (await asked(world, made, world.set_bit())).of("status")
        assert expected in found.detail
        assert found.detail.isprintable() or "\u2068" in found.detail
        assert len(found.detail) < 300


@pytest.mark.parametrize(
    "told_messages",
    [
        [],
        messages(1)[:1],
        [*messages(1), {"status": "0x2", "message": "More"}],
        [{"status": "0x1", "message": "Twice"}] * 2,
        [{"status": "0", "message": "No prefix"}, messages(1)[1]],
        [{"status": "0xzz", "message": "No number"}, messages(1)[1]],
        [{"status": "0x0"}, messages(1)[1]],
        [{"status": 0, "message": "A number"}, messages(1)[1]],
        {"0x0": "An object"},
        "text",
    ],
    ids=str,
)
async def test_malformed_messages(world: World, told_messages: Any) -> None:
    made = entry(world, "message", statusMessage=told_messages)
    report = await asked(world, made, world.set_bit())
    assert told(report, "status") == [("unknown", "status.malformed")]
    assert report.verdict != "valid"


async def test_more_members_in_a_message_are_allowed(world: World) -> None:
    told_messages = [{**message, "colour": "green"} for message in messages(1)]
    report = await asked(world, entry(world, "message", statusMessage=told_messages), world.set_bit())
    assert told(report, "status") == [("warn", "status.message")]


async def test_entry_and_list_must_agree_on_the_size(world: World) -> None:
    made = entry(world, "message", statusSize=2, statusMessage=messages(2))
    for size, reason in ((2, "status.clear"), (1, "status.list_invalid"), (4, "status.list_invalid")):
        assert told(await asked(world, made, bytes(65_536), statusSize=size), "status")[0][1] == reason


async def test_a_revocation_that_was_seen_is_never_taken_back(world: World) -> None:
    """An older issue that is still within its ttl, or a newer one, cannot bring a credential back."""
    seen = Seen()
    for purpose, currency in (("suspension", "current"), ("revocation", "revoked")):
        made = edit(world.badge(), "credentialStatus/statusPurpose", purpose)
        kept_for = {"statusPurpose": purpose}
        world.publish_list(world.list_credential(world.set_bit(), subject=kept_for))
        await world.verify(world.sign(made), seen=seen)
        world.publish_list(world.list_credential(subject=kept_for))
        assert (await world.verify(world.sign(made), seen=seen)).currency == currency
    other = edit(world.badge(), "credentialStatus/statusListIndex", "7")
    assert (await world.verify(world.sign(other), seen=seen)).currency == "current"


def test_every_error_of_the_standard_has_its_reasons() -> None:
    assert set(status.PROCESSING_ERRORS.values()) == {
        "STATUS_RETRIEVAL_ERROR",
        "STATUS_VERIFICATION_ERROR",
        "STATUS_LIST_LENGTH_ERROR",
        "RANGE_ERROR",
        "MALFORMED_VALUE_ERROR",
    }
    undetermined = {reason for reason in Reason if reason.startswith("status.")} - {
        reason for reason in Reason if status.Finding(reason, "").currency != "cannot_tell"
    }
    assert undetermined - {Reason.STATUS_NONE} == {*status.PROCESSING_ERRORS, Reason.STATUS_UNSUPPORTED}


# What was verified once.


async def test_a_list_is_verified_once_for_the_same_bytes_and_keys(world: World) -> None:
    seen = Seen()
    token = world.sign()
    await world.verify(token, seen=seen)
    (key,) = seen.lists._held
    held = seen.lists.get(key)
    for _ in range(3):
        await world.verify(token, seen=seen)
    assert seen.lists.get(key) is held
    world.publish_list(world.list_credential(world.set_bit()))
    assert (await world.verify(token, seen=seen)).currency == "revoked"
    assert len(seen.lists._held) == 2


async def test_what_was_verified_is_judged_afresh(world: World) -> None:
    """Neither another clock, another purpose, another address nor another issuer's keys find it good."""
    seen = Seen()
    await world.verify(world.sign(), seen=seen)
    suspended = edit(world.badge(), "credentialStatus/statusPurpose", "suspension")
    assert told(await world.verify(world.sign(suspended), seen=seen), "status")[0][1] == "status.list_invalid"
    elsewhere = f"{world.base}/status/other"
    world.published[elsewhere] = world.published[world.list_url]
    moved = edit(world.badge(), "credentialStatus/statusListCredential", elsewhere)
    assert told(await world.verify(world.sign(moved), seen=seen), "status")[0][1] == "status.list_invalid"
    thief = World("did:web:thief.example")
    thief.published[world.list_url] = world.published[world.list_url]
    stolen = edit(thief.badge(), "credentialStatus/statusListCredential", world.list_url)
    assert told(await thief.verify(thief.sign(stolen), seen=seen), "status")[0][1] == "status.list_invalid"


async def test_a_key_that_the_issuer_no_longer_lists_signs_no_list_that_was_verified(world: World) -> None:
    seen = Seen()
    await world.verify(world.sign(), seen=seen)
    old, new = world.key, Key()
    world.publish_keys(new)
    world.key = new
    world.publish_list(key=old)
    assert told(await world.verify(world.sign(), seen=seen), "status") == [("unknown", "status.list_invalid")]


async def test_a_key_that_has_ended_since_signs_no_list_that_was_verified(world: World) -> None:
    seen = Seen()
    (document,) = (found for url, found in world.published.items() if url.endswith("did.json"))
    assert isinstance(document, Fetched)
    keys = msgspec.json.decode(document.body)
    other = Key()
    method = {**keys["verificationMethod"][0], "publicKeyJwk": other.jwk, "id": f"{world.did}#{other.kid}"}
    keys["verificationMethod"].append({**method, "expires": stamp(NOW + timedelta(hours=1))})
    keys["assertionMethod"].append(method["id"])
    world.publish(document.url, msgspec.json.encode(keys))
    world.publish_list(key=other)
    for hours, reason in ((0, "status.clear"), (2, "status.list_invalid")):
        world.now = NOW + timedelta(hours=hours)
        assert told(await world.verify(world.sign(), seen=seen), "status")[0][1] == reason


async def test_a_key_from_an_address_of_its_own_is_asked_for_each_time(world: World) -> None:
    """What it says may have changed: such a list is verified anew."""
    issuer, address = "https://issuer.example/profile", "https://issuer.example/keys/1"
    profile = {"id": issuer, "type": ["Profile"], "name": "Example Academy"}
    world.publish(issuer, msgspec.json.encode(profile))
    world.publish(address, msgspec.json.encode(world.key.jwk))
    token = world.sign(world.claims(world.badge(issuer=profile, iss=...)), kid=address)
    header = {"alg": "ES256", "kid": address, "typ": "vc+jwt"}
    world.publish_list(world.list_credential(issuer=issuer, iss=issuer), header=header)
    seen = Seen()
    assert told(await world.verify(token, seen=seen), "status") == [("pass", "status.clear")]
    assert len(seen.lists._held) == 0
    world.publish(address, b"", status=410)
    assert (await world.verify(token, seen=seen)).authenticity == "not_genuine"


def test_what_was_verified_is_bounded() -> None:
    lists = Seen().lists
    for number in range(100):
        lists.put(("list", str(number)), number, 1_000_000)
        assert lists.get(("list", "0")) == 0  # used all the time, so kept
    assert (lists.get(("list", "1")), lists.get(("list", "99"))) == (None, 99)
    assert lists._bytes < 34_000_000
    before = lists._bytes
    lists.put(("list", "0"), "again", 5)
    assert (lists.get(("list", "0")), lists._bytes) == ("again", before - 999_995)


def test_what_was_withdrawn_is_bounded() -> None:
    seen = Seen()
    for index in range(70_000):
        seen.withdraw("https://issuer.example/list", index)
    assert not seen.withdrew("https://issuer.example/list", 0)
    assert seen.withdrew("https://issuer.example/list", 69_999)
