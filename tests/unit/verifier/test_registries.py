"""Registries, plain and signed: what they say of an issuer, and which of them count for nothing."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from tests.unit.verifier.world import NOW, Key, World, edit, told
from verifier import Policy, TrustStore
from verifier.fetch import Fetched, Unreachable
from verifier.trust import Standing
from verifier.trust.pinned_keys import pinned
from verifier.trust.registry import Registry, plain_contents
from verifier.trust.signed_registry import TYPE, signed_contents

URL = "https://register.example/issuers.json"
NAME = "Register of Examples"
DID = "did:web:issuer.example:o:demo"
AT = "2026-11-23T12:00:00Z"


def document(*issuers: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"issuers": list(issuers) or [{"id": DID, "name": "Example Academy"}], **more}


def ask(registry: Registry, body: bytes | dict[str, Any] | None, now: datetime = NOW) -> Standing:
    """What the registry says, where its address answers like this."""
    asking = registry.ask(DID, now)
    need = next(asking)
    assert (need.kind, need.url) == ("registry", URL)
    answer: Any = Unreachable(URL, "fetch.timeout", "No full answer within 3 seconds.")
    if body is not None:
        raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
        answer = Fetched(URL, raw, "application/json", 200, NOW, "https://register.example")
    with pytest.raises(StopIteration) as done:
        asking.send(answer)
    found: Standing = done.value.value
    return found


def registry(read: Callable[[bytes], Any] | None = None) -> Registry:
    return Registry(NAME, URL, read=read)


def test_a_listed_issuer_is_vouched_for_by_name_and_time() -> None:
    assert ask(registry(), document()) == Standing(
        NAME, "vouched", f"{NAME} lists this issuer as “Example Academy”. ({URL})", NOW, ("Example Academy",)
    )
    until = document({"id": DID, "validUntil": "2027-05-03T00:00:00Z", "alsoKnownAs": ["Academy"]})
    found = ask(registry(), until)
    assert found.statement == f"{NAME} lists this issuer as “Academy”, until 2027-05-03. ({URL})"
    assert ask(registry(), document({"id": DID})).names == ()


def test_who_is_not_listed_or_not_now() -> None:
    other = document({"id": "did:web:other.example"})
    assert ask(registry(), other).says == "not_listed"
    past = ask(registry(), document({"id": DID, "validUntil": "2026-11-01T00:00:00Z"}))
    assert past.says == "lapsed"
    assert "only until 2026-11-01" in past.statement
    future = ask(registry(), document({"id": DID, "validFrom": "2027-01-01T00:00:00Z"}))
    assert future.says == "lapsed"
    assert "not list this issuer yet" in future.statement
    # Two periods: what holds now counts, whatever else was.
    both = document({"id": DID, "validUntil": "2026-11-01T00:00:00Z"}, {"id": DID, "validFrom": AT})
    assert ask(registry(), both).says == "vouched"


def test_a_warning_outweighs_every_other_entry() -> None:
    warned = document(
        {"id": DID}, {"id": DID, "status": "distrusted", "reason": "It sells badges."}, {"id": DID}
    )
    found = ask(registry(), warned)
    assert found.says == "distrusted"
    assert found.statement == f"{NAME} warns of this issuer. It says: It sells badges. ({URL})"
    assert ask(registry(), document({"id": DID, "status": "distrusted"})).says == "distrusted"
    over = document({"id": DID, "status": "distrusted", "validUntil": "2026-01-01T00:00:00Z"}, {"id": DID})
    assert ask(registry(), over).says == "vouched"


def test_the_list_by_did_of_the_digital_credentials_consortium() -> None:
    older = {
        "meta": {"created": "2020-12-02"},
        "registry": {DID: {"name": "Example Academy", "url": "https://x"}},
    }
    assert ask(registry(), older).names == ("Example Academy",)
    assert ask(registry(), {"registry": {}}).says == "not_listed"
    assert ask(registry(), {"registry": []}).says == "invalid"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"<html>",
        b'{"issuers": [], "issuers": []}',
        b'{"issuers": [{"id": "did:web:x", "Status": "distrusted"}]}',
        b'{"issuers": [{"id": "did:web:x", "status": "suspended"}]}',
        b'{"issuers": [{"id": "did:web:x", "validUntil": "2026-11-01T00:00:00"}]}',
        b'{"issuers": [{"name": "x"}]}',
        b'{"issuers": [], "validUntil": "soon"}',
    ],
)
def test_what_is_no_registry_says_so_and_vouches_for_nobody(body: bytes) -> None:
    found = ask(registry(), body)
    assert found.says == "invalid"
    assert found.statement.startswith(
        f"What was found in the place of {NAME} does not count. It is not "
    ) or ("offset" in found.statement)
    assert found.at == NOW


def test_a_registry_has_its_own_time() -> None:
    ended = document(validUntil="2026-11-23T11:00:00Z")
    assert ask(registry(), ended).says == "stale"
    assert ask(registry(), ended).statement.startswith(
        f"{NAME} is out of date. It could be relied on until 2026"
    )
    within = ask(registry(), document(validUntil=AT), NOW + timedelta(seconds=59))
    assert within.says == "vouched"
    assert ask(registry(), document(validUntil=AT), NOW + timedelta(seconds=60)).says == "stale"
    assert ask(registry(), document(updated="2026-11-24T00:00:00Z")).says == "stale"
    assert ask(registry(), document(updated=AT)).says == "vouched"


def test_out_of_reach_and_gone() -> None:
    found = ask(registry(), None)
    assert (found.says, found.at) == ("unreachable", None)
    assert found.statement == (
        f"{NAME} could not be asked about this issuer. No full answer within 3 seconds. ({URL})"
    )
    asking = registry().ask(DID, NOW)
    next(asking)
    with pytest.raises(StopIteration) as done:
        asking.send(Fetched(URL, b"", "", 410, NOW, "x"))
    assert done.value.value.says == "unreachable"


def test_an_earlier_answer_is_told_as_one() -> None:
    asking = registry().ask(DID, NOW + timedelta(hours=1))
    next(asking)
    failed = Unreachable(URL, "fetch.timeout", "No full answer.")
    with pytest.raises(StopIteration) as done:
        asking.send(Fetched(URL, msgspec.json.encode(document()), "", 200, NOW, "x", failed))
    assert done.value.value.at == NOW
    assert "could not be asked again" in done.value.value.statement


def test_the_same_bytes_are_read_once() -> None:
    read: list[bytes] = []

    def counted(body: bytes) -> Any:
        read.append(body)
        return plain_contents(body)

    one = registry(counted)
    for _ in range(3):
        ask(one, document())
    ask(one, document(updated=AT))
    assert len(read) == 2


# The same list, signed.


KEY = Key()


def token(key: Key = KEY, header: Mapping[str, Any] | None = None, **claims: Any) -> bytes:
    times = {"iat": NOW.timestamp() - 60, "exp": NOW.timestamp() + 3600}
    payload = {name: value for name, value in document(**{**times, **claims}).items() if value is not ...}
    usual = {"alg": "ES256", "kid": key.kid, "typ": TYPE}
    made = {name: value for name, value in {**usual, **(header or {})}.items() if value is not ...}
    return key.token(made, msgspec.json.encode(payload)).encode()


def signed(*keys: Mapping[str, Any]) -> Registry:
    found = pinned(keys or (KEY.jwk,))
    return registry(lambda body: signed_contents(found, body))


def test_a_signed_registry_vouches() -> None:
    assert ask(signed(), token()).says == "vouched"
    assert ask(signed(), b" " + token() + b"\n").says == "vouched"
    # Named as its JWK names it, or not at all: it is a pinned key either way.
    assert (
        ask(signed({**KEY.jwk, "kid": "registry-1"}), token(header={"kid": "registry-1"})).says == "vouched"
    )
    assert ask(signed(Key().jwk, KEY.jwk), token(header={"kid": ...})).says == "vouched"


def test_forged_foreign_and_unsigned_registries_do_not_count() -> None:
    thief = Key()
    head, _, signature = token().decode().split(".")
    changed = token(name="Another").decode().split(".")[1]
    for body, why in (
        (token(thief), "not among those pinned"),
        (token(thief, {"kid": KEY.kid}), "signature does not hold"),
        (token(thief, {"kid": KEY.kid, "jwk": thief.jwk}), "signature does not hold"),
        (f"{head}.{changed}.{signature}".encode(), "signature does not hold"),
        (token(header={"alg": "none"}), "algorithm"),
        (token(header={"typ": "JWT"}), "another type"),
        (token(header={"typ": ...}), "of type issuer-registry+jwt"),
        (msgspec.json.encode(document()), "not a signed registry"),
        (token(exp=...), "iat and exp are required"),
        (token(iat="today"), "not a registry"),
        (token(iat=...), "iat and exp are required"),
        (token(extra=1), "not a registry"),
    ):
        found = ask(signed(), body)
        assert (found.says, why in found.statement) == ("invalid", True), (why, found.statement)


def test_a_signed_registry_counts_until_its_end() -> None:
    assert ask(signed(), token(), NOW + timedelta(seconds=3_600 + 59)).says == "vouched"
    assert ask(signed(), token(), NOW + timedelta(seconds=3_600 + 60)).says == "stale"
    assert ask(signed(), token(iat=NOW.timestamp() + 61)).says == "stale"
    assert ask(signed(), token(validUntil="2026-11-23T11:00:00Z")).says == "stale"
    assert ask(signed(), token(validUntil="2027-11-23T11:00:00Z"), NOW + timedelta(hours=2)).says == "stale"


# Within a verification.


def relying(*sources: Registry, **more: Any) -> TrustStore:
    return TrustStore(sources=sources, **more)


async def test_the_report_names_source_statement_and_time(world: World) -> None:
    world.publish(URL, msgspec.json.encode(document()))
    report = await world.verify(world.sign(), trust=relying(registry()))
    (found,) = report.of("standing")
    assert (found.source, found.time) == (NAME, AT)
    assert found.detail == f"{NAME} lists this issuer as “Example Academy”. ({URL})"
    assert told(report, "standing") == [("pass", "standing.vouched")]
    assert [need.kind for need in world.asked] == ["issuer_key", "status_list", "registry"]


async def test_nobody_is_asked_about_what_nobody_signed(world: World) -> None:
    await world.verify(world.sign(key=Key()), trust=relying(registry()))
    assert "registry" not in {need.kind for need in world.asked}
    own = relying(registry(), own=lambda _issuer: True)
    await world.verify(world.sign(), trust=own)
    assert "registry" not in {need.kind for need in world.asked}


async def test_all_sources_are_told_and_one_warning_beats_all_praise(world: World) -> None:
    for number, body in enumerate(
        (
            document(),
            document({"id": "did:web:other.example"}),
            document({"id": DID, "status": "distrusted"}),
            document({"id": DID, "validUntil": "2020-01-01T00:00:00Z"}),
        )
    ):
        world.publish(f"{URL}?{number}", msgspec.json.encode(body))
    sources = tuple(Registry(f"R{number}", f"{URL}?{number}") for number in range(5))
    asked = {"trust": relying(*sources, pinned={DID: "Me"}), "policy": Policy(require=("standing",))}
    report = await world.verify(world.sign(), **asked)
    assert told(report, "standing") == [
        ("fail", "standing.distrusted"),
        ("pass", "standing.vouched"),
        ("pass", "standing.vouched"),
        ("warn", "standing.not_listed"),
        ("warn", "standing.lapsed"),
        ("unknown", "standing.unreachable"),
    ]
    assert [found.source for found in report.of("standing")] == ["R2", "Me", "R0", "R1", "R3", "R4"]
    assert report.verdict == "invalid"
    # Standing is told by default: without a policy that requires it, the verdict is about the credential.
    assert (await world.verify(world.sign(), trust=asked["trust"])).verdict == "valid"


async def test_of_two_sources_the_one_that_warns_is_told_first(world: World) -> None:
    world.publish(f"{URL}?0", msgspec.json.encode(document()))
    world.publish(f"{URL}?1", msgspec.json.encode(document({"id": DID, "status": "distrusted"})))
    sources = tuple(Registry(f"R{number}", f"{URL}?{number}") for number in range(2))
    report = await world.verify(world.sign(), trust=relying(*sources))
    assert told(report, "standing") == [("fail", "standing.distrusted"), ("pass", "standing.vouched")]


async def test_of_a_stranger_it_is_said_who_could_not_be_asked(world: World) -> None:
    report = await world.verify(world.sign(), trust=relying(registry()))
    assert f"{NAME} could not be asked." in report.sentence
    world.publish(URL, b"no registry")
    report = await world.verify(world.sign(), trust=relying(registry()))
    assert f"{NAME} cannot be relied on now." in report.sentence


async def test_a_warning_alone_is_the_whole_answer(world: World) -> None:
    world.publish(URL, msgspec.json.encode(document({"id": DID, "status": "distrusted"})))
    report = await world.verify(world.sign(), trust=relying(registry()))
    assert told(report, "standing") == [("fail", "standing.distrusted")]


async def test_standing_where_the_policy_requires_it(world: World) -> None:
    required = Policy(require=("standing",))
    for sources, verdict in (
        (("r",), "valid"),
        (("r", "other"), "valid"),  # that another register knows nothing leaves nothing open
        (("r", "down"), "undetermined"),  # what is out of reach might warn
        (("other",), "undetermined"),
        (("stale",), "undetermined"),
        ((), "undetermined"),
    ):
        world.publish("https://r.example/", msgspec.json.encode(document()))
        world.publish("https://other.example/", msgspec.json.encode({"issuers": []}))
        world.publish(
            "https://stale.example/", msgspec.json.encode(document(validUntil="2026-01-01T00:00:00Z"))
        )
        trust = relying(*(Registry(name, f"https://{name}.example/") for name in sources))
        report = await world.verify(world.sign(), trust=trust, policy=required)
        assert report.verdict == verdict, sources


async def test_an_issuer_under_another_name_than_it_is_listed(world: World) -> None:
    world.publish(URL, msgspec.json.encode(document({"id": DID, "name": "Corner School"})))
    trust = relying(registry())
    harvard = edit(world.badge(), "issuer/name", "Harvard University")
    report = await world.verify(world.sign(harvard), trust=trust)
    assert told(report, "standing") == [("pass", "standing.vouched"), ("warn", "standing.other_name")]
    assert report.of("standing")[1].detail == (
        f"{NAME} knows this issuer as “Corner School”; the credential calls it “Harvard University”."
    )
    for name, others in (
        ("Corner  SCHOOL", 0),
        ({"@value": "Corner School", "@language": "en"}, 0),
        ({"@value": "Harvard"}, 1),
        (["Harvard"], 1),
        (["Corner School"], 0),
        (["Corner School", "Harvard"], 0),  # no name is claimed from this
        (..., 0),
    ):
        report = await world.verify(world.sign(edit(world.badge(), "issuer/name", name)), trust=trust)
        codes = [reason for _, reason in told(report, "standing")]
        assert codes.count("standing.other_name") == others, name
    # Who is only known by an id claims no name against it.
    world.publish(URL, msgspec.json.encode(document({"id": DID})))
    assert len((await world.verify(world.sign(harvard), trust=trust)).of("standing")) == 1


def test_times_are_shown_in_utc() -> None:
    assert (
        "until 2027-01-01"
        in ask(registry(), document({"id": DID, "validUntil": "2026-12-31T23:30:00-05:00"})).statement
    )
    assert NOW.tzinfo is UTC
