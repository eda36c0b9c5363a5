"""1EdTech Revocation List: unsigned, so only the issuer's own host speaks for it."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tests.unit.verifier.world import NOW, World, edit, told
from verifier import Seen

URL = "https://issuer.example/o/demo/status/revocations.json"


def badge(world: World, **changes: Any) -> str:
    entry = {"id": URL, "type": "1EdTechRevocationList", **changes}
    entry = {name: value for name, value in entry.items() if value is not ...}
    return world.sign(edit(world.badge(), "credentialStatus", entry))


def line(world: World, **changes: Any) -> dict[str, Any]:
    return {"id": world.badge()["id"], **changes}


def publish(world: World, *lines: Any, **changes: Any) -> None:
    made = {"id": URL, "issuer": world.did, "revokedCredentials": list(lines), **changes}
    made = {name: value for name, value in made.items() if value is not ...}
    world.publish(URL, msgspec.json.encode(made))


async def test_a_credential_that_is_not_named_is_clear(world: World) -> None:
    for lines in ((), (line(world, id="urn:uuid:other"),), (line(world, revoked=False),)):
        publish(world, *lines)
        report = await world.verify(badge(world))
        assert told(report, "status") == [("pass", "status.clear")]
        assert report.currency == "current"


async def test_a_credential_that_is_named_is_withdrawn(world: World) -> None:
    other = {"id": "urn:uuid:other"}
    for lines in (
        (line(world),),
        (other, line(world, revoked=True)),
        (line(world, revoked=False), line(world), other),
    ):
        publish(world, *lines)
        report = await world.verify(badge(world))
        assert told(report, "status") == [("fail", "status.revoked")]
        assert (report.verdict, report.currency) == ("invalid", "revoked")
    publish(world, revokedCredentials=line(world))  # one alone, as JSON-LD writes it
    assert (await world.verify(badge(world))).currency == "revoked"
    publish(world, revokedCredentials=..., revokedCredential=[line(world)])
    assert (await world.verify(badge(world))).currency == "revoked"
    publish(world, revokedCredential=[line(world)])
    assert (await world.verify(badge(world))).currency == "revoked"


async def test_the_reason_is_told_and_steers_nobody(world: World) -> None:
    publish(world, line(world, revocationReason="Issued\x1b[31m by\nmistake. " + "x" * 9_999))
    (found,) = (await world.verify(badge(world))).of("status")
    assert found.detail.startswith(
        "The issuer has withdrawn this credential. It says: “Issued[31m by mistake."
    )
    assert len(found.detail) < 300


async def test_the_issuer_may_be_an_object(world: World) -> None:
    publish(world, issuer={"id": world.did, "type": "Profile"})
    assert told(await world.verify(badge(world)), "status") == [("pass", "status.clear")]


@pytest.mark.parametrize(
    "where",
    [
        "https://elsewhere.example/o/demo/status/revocations.json",
        "https://issuer.example:8443/revocations.json",
        "https://issuer.example@elsewhere.example/revocations.json",
        "https://[",
        "revocations.json",
        "urn:uuid:1",
        "",
    ],
)
async def test_a_list_that_stands_elsewhere_is_nobody_s_word(world: World, where: str) -> None:
    before = len(world.asked)
    report = await world.verify(badge(world, id=where))
    assert told(report, "status") == [("unknown", "status.list_invalid")]
    assert report.currency == "cannot_tell"
    assert report.verdict != "valid"
    assert [need.kind for need in world.asked[before:]] == ["issuer_key"]


async def test_entries_that_do_not_count(world: World) -> None:
    for address in (..., 7, [URL]):
        assert told(await world.verify(badge(world, id=address)), "status") == [
            ("unknown", "status.malformed")
        ]
    entry = {"id": URL, "type": "1EdTechRevocationList"}
    nameless = edit(edit(world.badge(), "credentialStatus", entry), "id", ...)
    assert told(await world.verify(world.sign(nameless)), "status") == [("unknown", "status.malformed")]


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "did:web:other.example"},
        {"issuer": ...},
        {"id": "https://issuer.example/other"},
        {"id": ...},
        {"revokedCredentials": ...},
        {"revokedCredentials": [7]},
        {"revokedCredentials": [{}]},
        {"revokedCredentials": [{"id": 7}]},
        {"revokedCredentials": [{"id": "urn:uuid:1", "revoked": "true"}]},
        {"revokedCredentials": "urn:uuid:1"},
    ],
    ids=str,
)
async def test_lists_that_do_not_count(world: World, changes: dict[str, Any]) -> None:
    publish(world, **changes)
    report = await world.verify(badge(world))
    assert told(report, "status") == [("unknown", "status.list_invalid")]
    assert report.verdict == "undetermined"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"id": 1, "id": 2}', b"\xff", b"{}"])
async def test_what_is_no_list(world: World, body: bytes) -> None:
    world.publish(URL, body)
    assert told(await world.verify(badge(world)), "status") == [("unknown", "status.list_invalid")]


async def test_a_list_that_cannot_be_read_is_unknown(world: World) -> None:
    assert told(await world.verify(badge(world)), "status") == [("unknown", "status.unreachable")]
    world.publish(URL, b"", status=410)
    assert told(await world.verify(badge(world)), "status") == [("unknown", "status.unreachable")]


async def test_what_was_read_counts_for_a_day(world: World) -> None:
    publish(world)
    for seconds, reason in ((0, "status.clear"), (1, "status.stale")):
        world.now = NOW + timedelta(hours=24, seconds=seconds)
        assert told(await world.verify(badge(world)), "status")[0][1] == reason


async def test_a_withdrawal_that_was_seen_is_never_taken_back(world: World) -> None:
    seen = Seen()
    publish(world, line(world))
    assert (await world.verify(badge(world), seen=seen)).currency == "revoked"
    publish(world)
    for _ in range(2):  # read, then remembered
        assert (await world.verify(badge(world), seen=seen)).currency == "revoked"
    assert (await world.verify(badge(world))).currency == "current"
    publish(world, line(world, revoked=False))  # unless the issuer says in so many words that it counts again
    assert (await world.verify(badge(world), seen=seen)).currency == "current"


async def test_what_is_remembered_of_a_list_is_counted_by_its_lines(world: World) -> None:
    seen = Seen()
    publish(world, *(line(world, id=f"urn:{number}") for number in range(1_000)))
    await world.verify(badge(world), seen=seen)
    assert seen.lists._bytes > 256_000
