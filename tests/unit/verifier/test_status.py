"""Step 8: a list counts only if everything about it is right; otherwise the answer is never valid."""

import gzip
import resource
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from tests.unit.verifier.world import NOW, Key, World, edit, segment, stamp, told
from verifier import Seen, TrustStore
from verifier.fetch import Fetched, Unreachable
from verifier.trust import StatusCause

SINCE = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)


async def test_a_set_bit_is_a_withdrawal(world: World) -> None:
    world.publish_list(world.list_credential(world.set_bit()))
    report = await world.verify(world.sign())
    assert told(report, "status") == [("fail", "status.revoked")]
    assert (report.verdict, report.authenticity, report.currency) == ("invalid", "genuine", "revoked")
    assert report.since is None


async def test_only_the_own_bit_counts_and_zero_is_the_left_most(world: World) -> None:
    for index in (94_566, 94_568, 0, 131_071):
        world.publish_list(world.list_credential(world.set_bit(index)))
        assert (await world.verify(world.sign())).currency == "current"
        moved = edit(world.badge(), "credentialStatus/statusListIndex", str(index))
        assert (await world.verify(world.sign(moved))).currency == "revoked"
    first = b"\x80" + bytes(16_383)
    world.publish_list(world.list_credential(first))
    moved = edit(world.badge(), "credentialStatus/statusListIndex", "0")
    assert (await world.verify(world.sign(moved))).currency == "revoked"


@pytest.mark.parametrize(
    ("cause", "reason", "currency"),
    [
        ("suspended", "suspended", "suspended"),
        ("superseded", "superseded", "revoked"),
        ("revoked", "revoked", "revoked"),
    ],
)
async def test_our_own_service_knows_why(world: World, cause: Any, reason: str, currency: str) -> None:
    asked = []

    def why(url: str, index: int) -> StatusCause:
        asked.append((url, index))
        return StatusCause(cause, SINCE)

    world.publish_list(world.list_credential(world.set_bit()))
    report = await world.verify(world.sign(), trust=TrustStore(cause=why))
    assert told(report, "status") == [("fail", f"status.{reason}")]
    assert (report.currency, report.since) == (currency, "2026-11-01T08:00:00Z")
    assert asked == [(world.list_url, 94_567)]


async def test_a_suspension_entry_says_so_itself(world: World) -> None:
    bits = world.set_bit()
    world.publish_list(world.list_credential(bits, subject={"statusPurpose": ["revocation", "suspension"]}))
    document = edit(world.badge(), "credentialStatus/statusPurpose", "suspension")
    assert told(await world.verify(world.sign(document)), "status") == [("fail", "status.suspended")]


async def test_no_entry_no_list(world: World) -> None:
    report = await world.verify(world.sign(edit(world.badge(), "credentialStatus", ...)))
    assert told(report, "status") == [("pass", "status.none")]
    assert report.verdict == "valid"


async def test_every_entry_is_evaluated(world: World) -> None:
    world.publish_list(world.list_credential(world.set_bit()))
    good = world.badge()["credentialStatus"] | {"statusListIndex": "1", "id": "urn:uuid:1"}
    bad = world.badge()["credentialStatus"]
    odd = {"type": "1EdTechRevocationList", "id": "https://issuer.example/revoked"}
    for entries in ([good, bad], [bad, good], [good, odd, bad], [odd, bad]):
        report = await world.verify(world.sign(edit(world.badge(), "credentialStatus", entries)))
        assert report.currency == "revoked"
        assert len(report.of("status")) == len(entries)
    report = await world.verify(world.sign(edit(world.badge(), "credentialStatus", [good, odd])))
    assert report.currency == "cannot_tell"
    assert report.verdict == "invalid"  # Open Badges allows a single entry
    many = await world.verify(world.sign(edit(world.badge(), "credentialStatus", [good] * 9)))
    assert told(many, "status")[-1] == ("unknown", "status.unsupported")
    assert sum(need.kind == "status_list" for need in world.asked) < 40


@pytest.mark.parametrize(
    "entry", ["text", 7, {}, {"type": 7}, {"type": ["A", "B"]}, {"type": "RevocationList2020"}]
)
async def test_entries_that_we_cannot_evaluate(world: World, entry: Any) -> None:
    report = await world.verify(world.sign(edit(world.badge(), "credentialStatus", entry)))
    assert told(report, "status") == [("unknown", "status.unsupported")]
    assert report.currency == "cannot_tell"
    assert report.verdict != "valid"


@pytest.mark.parametrize(
    ("member", "value", "reason"),
    [
        ("statusListIndex", 94_567, "status.malformed"),
        ("statusListIndex", "-1", "status.malformed"),
        ("statusListIndex", "0x10", "status.malformed"),
        ("statusListIndex", "٣", "status.malformed"),
        ("statusListIndex", "131072", "status.range"),
        ("statusListCredential", ..., "status.malformed"),
        ("id", "LIST", "status.malformed"),
        ("statusPurpose", "clearance", "status.unsupported"),
        ("statusSize", 9, "status.unsupported"),
        ("statusSize", 2, "status.malformed"),
        ("statusSize", 0, "status.malformed"),
        ("statusSize", "1", "status.malformed"),
        ("statusReference", "no address", "status.malformed"),
        ("statusReference", ["https://issuer.example/codes", "7"], "status.malformed"),
        ("statusReference", 7, "status.malformed"),
    ],
)
async def test_malformed_entries(world: World, member: str, value: Any, reason: str) -> None:
    value = world.list_url if value == "LIST" else value
    document = edit(world.badge(), f"credentialStatus/{member}", value)
    report = await world.verify(world.sign(document))
    assert told(report, "status") == [("unknown", reason)]
    assert report.verdict != "valid"


async def test_an_entry_with_its_type_in_a_list_is_evaluated(world: World) -> None:
    document = edit(world.badge(), "credentialStatus/type", ["BitstringStatusListEntry"])
    assert told(await world.verify(world.sign(document)), "status") == [("pass", "status.clear")]


async def test_unreachable_is_never_valid(world: World) -> None:
    for missing in (Unreachable(world.list_url, "fetch.timeout", "Slow."), None):
        if missing is None:
            world.publish(world.list_url, b"", status=410)
        else:
            world.published[world.list_url] = missing
        report = await world.verify(world.sign())
        assert told(report, "status") == [("unknown", "status.unreachable")]
        assert (report.verdict, report.authenticity, report.currency) == (
            "undetermined",
            "genuine",
            "cannot_tell",
        )


def squeezed(raw: bytes) -> dict[str, Any]:
    return {"subject": {"encodedList": "u" + segment(raw)}}


BITS = gzip.compress(bytes(16_384), mtime=0)


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "did:web:other.example"},
        {"iss": "did:web:other.example"},
        {"issuer": "did:web:other.example", "iss": "did:web:other.example"},
        {"id": "https://issuer.example/o/demo/status/other"},
        {"type": ["VerifiableCredential"]},
        {"@context": ["https://www.w3.org/2018/credentials/v1"]},
        {"@context": []},
        {"@context": [{"a": "urn:a"}]},
        {"vc": {}},
        {"credentialSubject": {"type": "Other", "statusPurpose": "revocation", "encodedList": "uAA"}},
        {"credentialSubject": 7},
        {"validFrom": stamp(NOW + timedelta(minutes=5))},
        {"validFrom": "yesterday"},
        {"iat": "1790000000"},
        {"subject": {"statusPurpose": "suspension"}},
        {"subject": {"statusPurpose": ["message"]}},
        {"subject": {"encodedList": "zAAAA"}},
        {"subject": {"encodedList": "u====", "statusPurpose": "revocation"}},
        squeezed(gzip.compress(bytes(2_097_153), mtime=0)),  # more than we ever inflate
        squeezed(gzip.compress(bytes(64 * 2**20), mtime=0)),  # a bomb
        squeezed(BITS[:-4]),  # cut off
        squeezed(BITS + b"more"),  # trailing data
        squeezed(BITS + BITS),  # a second member
        squeezed(BITS[:20] + b"\x00" + BITS[21:]),  # damaged
        squeezed(b""),
        squeezed(b"not gzip at all"),
    ],
    ids=lambda changes: str(changes)[:50],
)
async def test_lists_that_do_not_count(world: World, changes: dict[str, Any]) -> None:
    world.publish_list(world.list_credential(**changes))
    report = await world.verify(world.sign())
    assert told(report, "status") == [("unknown", "status.list_invalid")]
    assert (report.verdict, report.currency) == ("undetermined", "cannot_tell")


async def test_lists_that_are_too_short_to_hide_anybody(world: World) -> None:
    nested = gzip.compress(BITS, mtime=0)  # what is inside is not opened again
    for raw in (gzip.compress(bytes(16_383), mtime=0), nested, gzip.compress(b"", mtime=0)):
        world.publish_list(world.list_credential(**squeezed(raw)))
        report = await world.verify(world.sign())
        assert told(report, "status") == [("unknown", "status.list_length")]
        assert report.verdict == "undetermined"


async def test_a_bomb_is_not_inflated(world: World) -> None:
    bomb = zlib.compressobj(9, wbits=31)
    block = bomb.compress(bytes(2**20)) + bomb.flush(zlib.Z_FULL_FLUSH)
    head, block = block[:10], block[10:]
    raw = head + block * 1_024  # 1 GiB: after a full flush, the same bytes mean the same again
    assert zlib.decompressobj(wbits=31).decompress(raw, 2**21) == bytes(2**21)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    world.publish_list(world.list_credential(**squeezed(raw)))
    report = await world.verify(world.sign())
    assert told(report, "status") == [("unknown", "status.list_invalid")]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 65_536  # KiB


async def test_list_tokens_that_do_not_count(world: World) -> None:
    usual = {"alg": "ES256", "kid": world.key.kid, "typ": "vc+jwt"}
    headers: list[dict[str, Any]] = [
        {**usual, "typ": "JWT"},
        {"alg": "ES256", "kid": world.key.kid},
        {**usual, "cty": "vp"},
        {**usual, "kid": "unknown"},
        {"alg": "ES256", "typ": "vc+jwt"},
        {**usual, "alg": "none"},
    ]
    for header in headers:
        world.publish_list(header=header)
        assert told(await world.verify(world.sign()), "status") == [("unknown", "status.list_invalid")], (
            header
        )
    world.publish_list(key=Key(), header=usual)
    assert told(await world.verify(world.sign()), "status") == [("unknown", "status.list_invalid")]
    world.publish(world.list_url, b"<html>")
    assert told(await world.verify(world.sign()), "status") == [("unknown", "status.list_invalid")]


async def test_lists_that_do_count(world: World) -> None:
    for header in (
        {"alg": "ES256", "kid": world.key.kid, "typ": "vc+jwt", "cty": "vc"},
        {"alg": "ES256", "kid": f"{world.did}#{world.key.kid}", "typ": "vc+jwt"},
        {"alg": "ES256", "kid": f"{world.base}/keys/{world.key.kid}", "typ": "vc+jwt"},
    ):
        world.publish_list(header=header)
        assert told(await world.verify(world.sign()), "status") == [("pass", "status.clear")]
    issuer = {"id": world.did, "name": "Example Academy"}
    changes = {"issuer": issuer, "type": ["BitstringStatusListCredential", "VerifiableCredential"]}
    world.publish_list(world.list_credential(bytes(2_097_152), **changes))
    assert told(await world.verify(world.sign()), "status") == [("pass", "status.clear")]
    world.publish_list(world.list_credential(id=...))  # section 2.2: a list need not name itself
    assert told(await world.verify(world.sign()), "status") == [("pass", "status.clear")]


async def test_a_listed_key_that_is_unusable_signs_no_list(world: World) -> None:
    other = Key()
    world.publish_keys(world.key, other)
    published = world.published[f"{world.base}/did.json"]
    assert isinstance(published, Fetched)
    document = msgspec.json.decode(published.body)
    document["verificationMethod"][1]["publicKeyJwk"]["use"] = "enc"
    world.publish(f"{world.base}/did.json", msgspec.json.encode(document))
    world.publish_list(key=other)
    assert told(await world.verify(world.sign()), "status") == [("unknown", "status.list_invalid")]


async def test_an_expired_list_is_stale(world: World) -> None:
    for edge, reason in ((60, "status.clear"), (61, "status.stale")):
        world.now = NOW + timedelta(days=7, seconds=edge)
        assert told(await world.verify(world.sign()), "status")[0][1] == reason


async def test_a_copy_that_was_kept_too_long_is_stale(world: World) -> None:
    world.publish_list(world.list_credential(validUntil=...))
    world.now = NOW + timedelta(days=30)
    assert told(await world.verify(world.sign()), "status") == [("pass", "status.clear")]
    world.now = NOW + timedelta(days=30, seconds=1)
    assert told(await world.verify(world.sign()), "status") == [("unknown", "status.stale")]


async def test_a_replayed_list_is_refused(world: World) -> None:
    seen = Seen()
    before = world.list_credential(validFrom=stamp(NOW - timedelta(hours=2)))
    after = world.list_credential(world.set_bit(), validFrom=stamp(NOW - timedelta(hours=1)))
    world.publish_list(before)
    assert (await world.verify(world.sign(), seen=seen)).currency == "current"
    world.publish_list(after)
    assert (await world.verify(world.sign(), seen=seen)).currency == "revoked"
    world.publish_list(before)
    report = await world.verify(world.sign(), seen=seen)
    assert told(report, "status") == [("unknown", "status.stale")]
    assert report.verdict == "undetermined"


async def test_an_older_list_within_its_ttl_is_a_cache_and_no_replay(world: World) -> None:
    seen = Seen()
    for minutes, issued in ((0, NOW - timedelta(minutes=1)), (0, NOW - timedelta(minutes=4))):
        world.now = NOW + timedelta(minutes=minutes)
        world.publish_list(world.list_credential(iat=int(issued.timestamp())))
        assert (await world.verify(world.sign(), seen=seen)).currency == "current"
    world.publish_list(
        world.list_credential(iat=int((NOW - timedelta(minutes=4)).timestamp()), subject={"ttl": -5})
    )
    assert (await world.verify(world.sign(), seen=seen)).currency == "cannot_tell"


async def test_a_list_without_times_can_be_read_and_not_remembered(world: World) -> None:
    seen = Seen()
    document = world.list_credential(validFrom=..., validUntil=...)
    del document["credentialSubject"]["ttl"]
    world.publish_list(document)
    assert (await world.verify(world.sign(), seen=seen)).currency == "current"
    assert seen.newest(world.list_url) is None


async def test_a_list_without_times_is_no_way_around_a_dated_one(world: World) -> None:
    seen = Seen()
    undated = world.list_credential(validFrom=..., validUntil=...)
    world.publish_list(world.list_credential(world.set_bit()))
    assert (await world.verify(world.sign(), seen=seen)).currency == "revoked"
    world.publish_list(undated)
    report = await world.verify(world.sign(), seen=seen)
    assert told(report, "status") == [("unknown", "status.stale")]


@pytest.mark.parametrize("member", ["iat", "validFrom"])
async def test_a_list_from_the_future_is_refused_and_not_remembered(world: World, member: str) -> None:
    seen = Seen()
    for seconds, reason in ((61, "status.list_invalid"), (60, "status.clear")):
        issued = NOW + timedelta(seconds=seconds)
        value = int(issued.timestamp()) if member == "iat" else stamp(issued)
        world.publish_list(world.list_credential() | {member: value})
        assert told(await world.verify(world.sign(), seen=seen), "status")[0][1] == reason
        assert seen.newest(world.list_url) == (issued if seconds == 60 else None)


async def test_a_list_without_an_end_is_not_believed_for_ever(world: World) -> None:
    for seconds, reason in ((0, "status.clear"), (1, "status.stale")):
        issued = NOW - timedelta(days=365, seconds=seconds)
        for dated in ({"validFrom": stamp(issued)}, {"validFrom": ..., "iat": int(issued.timestamp())}):
            world.publish_list(world.list_credential(validUntil=..., **dated))
            assert told(await world.verify(world.sign()), "status")[0][1] == reason
    world.publish_list(world.list_credential(validFrom=stamp(NOW - timedelta(days=366))))
    assert told(await world.verify(world.sign()), "status")[0][1] == "status.clear"


def test_what_was_seen_is_bounded() -> None:
    seen = Seen()
    for number in range(5_000):
        seen.note(f"https://issuer.example/{number}", NOW)
    assert seen.newest("https://issuer.example/0") is None
    assert seen.newest("https://issuer.example/4999") == NOW
    seen.note("https://issuer.example/4999", NOW - timedelta(days=1))
    assert seen.newest("https://issuer.example/4999") == NOW


async def test_revocation_flips_exactly_once(world: World) -> None:
    token, seen, answers = world.sign(), Seen(), []
    for step in range(20):
        if step == 10:
            world.publish_list(world.list_credential(world.set_bit(), validFrom=stamp(NOW)))
        answers.append((await world.verify(token, seen=seen)).currency)
    assert answers == ["current"] * 10 + ["revoked"] * 10


async def test_what_is_remembered_of_lists_is_counted_whole(world: World) -> None:
    """The keys that it was verified by as well: their document may be longer than the list."""
    seen = Seen()
    await world.verify(world.sign(), seen=seen)
    answers = [world.published[url] for url in (f"{world.base}/did.json", world.list_url)]
    held = sum(len(answer.body) for answer in answers if isinstance(answer, Fetched))
    assert seen.lists._bytes > held + 16_384
