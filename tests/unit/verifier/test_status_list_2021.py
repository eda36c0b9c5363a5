"""StatusList2021: what came before Bitstring Status List 1.0, held to the same demands."""

import base64
import gzip
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.verifier.world import NOW, World, edit, stamp, told
from verifier import Seen

V1 = "https://www.w3.org/2018/credentials/v1"


def entry(world: World, **changes: Any) -> dict[str, Any]:
    made = {**world.badge()["credentialStatus"], "type": "StatusList2021Entry", **changes}
    return {name: value for name, value in made.items() if value is not ...}


def badge(world: World, **changes: Any) -> str:
    return world.sign(edit(world.badge(), "credentialStatus", entry(world, **changes)))


def publish(world: World, bits: bytes = bytes(16_384), **changes: Any) -> None:
    subject = {
        "type": "StatusList2021",
        "encodedList": base64.b64encode(gzip.compress(bits, mtime=0)).decode(),
        **changes.pop("subject", {}),
    }
    made = {
        "@context": [V1, "https://w3id.org/vc/status-list/2021/v1"],
        "type": ["VerifiableCredential", "StatusList2021Credential"],
        "issuanceDate": stamp(NOW - timedelta(hours=1)),
        "expirationDate": stamp(NOW + timedelta(days=7)),
        "validFrom": ...,
        "validUntil": ...,
    }
    world.publish_list(world.list_credential(subject=subject, **{**made, **changes}))


@pytest.mark.parametrize(
    ("purpose", "reason"), [("revocation", "status.revoked"), ("suspension", "status.suspended")]
)
async def test_bits_are_read(world: World, purpose: str, reason: str) -> None:
    publish(world, subject={"statusPurpose": purpose})
    assert told(await world.verify(badge(world, statusPurpose=purpose)), "status") == [
        ("pass", "status.clear")
    ]
    publish(world, world.set_bit(), subject={"statusPurpose": purpose})
    assert told(await world.verify(badge(world, statusPurpose=purpose)), "status") == [("fail", reason)]


async def test_base64_of_either_alphabet_padded_or_not(world: World) -> None:
    packed = gzip.compress(bytes(range(256)) * 64, mtime=0)
    texts = [base64.b64encode(packed).decode(), base64.urlsafe_b64encode(packed).decode()]
    assert texts[0] != texts[1]
    for text in (*texts, *(text.rstrip("=") for text in texts)):
        publish(world, subject={"encodedList": text})
        assert told(await world.verify(badge(world, statusListIndex="0")), "status")[0][1] == "status.clear"
    for text in (texts[0] + "-", "u" + texts[1], texts[0][:-5], "é", "A", "+/-_", "AA=A"):
        publish(world, subject={"encodedList": text})
        report = await world.verify(badge(world))
        assert told(report, "status") == [("unknown", "status.list_invalid")], text


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"statusListIndex": 94_567}, "status.malformed"),
        ({"statusListIndex": "-1"}, "status.malformed"),
        ({"statusListIndex": "131072"}, "status.range"),
        ({"statusListCredential": ...}, "status.malformed"),
        ({"id": "https://issuer.example/o/demo/status/4c1f"}, "status.malformed"),
        ({"statusPurpose": "message"}, "status.unsupported"),
        ({"statusSize": 2, "statusMessage": []}, "status.unsupported"),
    ],
)
async def test_entries_that_do_not_count(world: World, changes: dict[str, Any], reason: str) -> None:
    publish(world)
    assert told(await world.verify(badge(world, **changes)), "status") == [("unknown", reason)]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"issuer": "did:web:other.example"}, "status.list_invalid"),
        ({"id": "https://issuer.example/o/demo/status/other"}, "status.list_invalid"),
        ({"type": ["VerifiableCredential", "BitstringStatusListCredential"]}, "status.list_invalid"),
        ({"subject": {"type": "BitstringStatusList"}}, "status.list_invalid"),
        ({"subject": {"statusPurpose": "suspension"}}, "status.list_invalid"),
        ({"@context": ["https://example.org/v1"]}, "status.list_invalid"),
        ({"issuanceDate": "yesterday"}, "status.list_invalid"),
        ({"issuanceDate": stamp(NOW + timedelta(minutes=5))}, "status.list_invalid"),
        ({"expirationDate": stamp(NOW - timedelta(minutes=5))}, "status.stale"),
    ],
    ids=str,
)
async def test_lists_that_do_not_count(world: World, changes: dict[str, Any], reason: str) -> None:
    publish(world, **changes)
    assert told(await world.verify(badge(world)), "status") == [("unknown", reason)]


async def test_a_list_of_the_other_method_is_no_answer(world: World) -> None:
    seen = Seen()
    assert told(await world.verify(world.sign(), seen=seen), "status") == [("pass", "status.clear")]
    assert told(await world.verify(badge(world), seen=seen), "status") == [("unknown", "status.list_invalid")]


async def test_a_replayed_list_is_refused(world: World) -> None:
    seen = Seen()
    for hours, bits, reason in (
        (1, world.set_bit(7), "status.clear"),
        (2, bytes(16_384), "status.stale"),
    ):
        publish(world, bits, issuanceDate=stamp(NOW - timedelta(hours=hours)))
        assert told(await world.verify(badge(world), seen=seen), "status")[0][1] == reason


async def test_the_legacy_entry_hides_nothing(world: World) -> None:
    publish(world, world.set_bit())
    clear = {**entry(world), "statusListIndex": "1", "id": "urn:uuid:1"}
    for entries in ([clear, entry(world)], [entry(world), clear]):
        report = await world.verify(world.sign(edit(world.badge(), "credentialStatus", entries)))
        assert report.currency == "revoked"
