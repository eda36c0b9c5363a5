"""The network is cut after one warm-up: known issuers go on being verified for a day, and it is said."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from schemas.report import Reason, Report
from tests.unit.verifier.network import Make, Server, plain
from tests.unit.verifier.world import NOW, World, edit, told
from verifier import Https, Seen, averify
from verifier.fetch import Fetched, Unreachable
from verifier.status.finding import Finding
from verifier.web.verdict import verdict_page
from verifier.words import last_read

HOUR = timedelta(hours=1)
LAST_READ = "What its issuer publishes was last read on 23 November 2026 at 12:00 (UTC)."
SAYS_SO = "From a copy of 2026-11-23T12:00:00Z; the issuer could not be reached."


def serve(server: Server, world: World) -> None:
    """Let the server answer what the issuer publishes."""
    for url, published in world.published.items():
        assert isinstance(published, Fetched)
        status = "200 OK" if published.status == 200 else "410 Gone"
        server.paths[urlsplit(url).path] = plain(published.body, status)


class Verifier:
    """A verifier that runs on while its clock moves, with the real fetcher over real sockets."""

    def __init__(self, make: Callable[..., Https], world: World) -> None:
        self.fetch = make(clock=lambda: world.now)
        self.world = world
        self.seen = Seen()

    async def __call__(self, token: str | None = None) -> Report:
        now = self.world.now
        token = token or self.world.sign()
        return await averify(
            token, fetch=self.fetch, clock=lambda: now, trust=self.world.trust, seen=self.seen
        )


@pytest.fixture
def verifier(https: Make, server: Server, world: World) -> Verifier:
    serve(server, world)
    return Verifier(https, world)


async def test_it_goes_on_for_a_day_and_says_so(verifier: Verifier, server: Server, world: World) -> None:
    warm = await verifier()
    assert warm.verdict == "valid"
    assert not any("copy" in found.detail for found in warm.checks)
    assert last_read(warm) == ""
    server.cut()
    for passed in (HOUR, 24 * HOUR):
        world.now = NOW + passed
        report = await verifier()
        assert (report.verdict, report.currency) == ("valid", "current")
        for check in ("issuer_key", "status"):
            (found,) = report.of(check)
            assert found.detail.endswith(SAYS_SO)
            assert found.time == "2026-11-23T12:00:00Z"
        assert LAST_READ in report.sentence
        assert LAST_READ in verdict_page(report).decode()
    world.now = NOW + 24 * HOUR + timedelta(seconds=1)
    report = await verifier()
    assert (report.verdict, report.authenticity) == ("undetermined", "cannot_tell")
    assert told(report, "issuer_key") == [("unknown", "issuer_key.unreachable")]


async def test_an_issuer_that_was_not_seen_before_is_unknown(verifier: Verifier, server: Server) -> None:
    server.cut()
    report = await verifier()
    assert report.verdict == "undetermined"


async def test_a_list_ends_with_its_own_end(verifier: Verifier, server: Server, world: World) -> None:
    world.publish_list(world.list_credential(validUntil="2026-11-23T15:00:00Z"))
    serve(server, world)
    await verifier()
    server.cut()
    for passed, reason in ((3 * HOUR, "status.clear"), (3 * HOUR + timedelta(seconds=61), "status.stale")):
        world.now = NOW + passed
        assert told(await verifier(), "status")[0][1] == reason


@pytest.mark.parametrize(
    ("subject", "longest"), [({"ttl": 7_200_000}, 2 * HOUR), ({"ttl": None}, 24 * HOUR), ({}, HOUR / 12)]
)
async def test_a_list_without_an_end_counts_until_its_issuer_wants_to_be_asked_again(
    verifier: Verifier, server: Server, world: World, subject: dict[str, Any], longest: timedelta
) -> None:
    document = world.list_credential(validUntil=..., subject=subject)
    if document["credentialSubject"]["ttl"] is None:
        del document["credentialSubject"]["ttl"]
    world.publish_list(document)
    serve(server, world)
    await verifier()
    server.cut()
    world.now = NOW + longest
    assert told(await verifier(), "status") == [("pass", "status.clear")]
    if longest < 24 * HOUR:
        world.now += timedelta(seconds=1)
        assert told(await verifier(), "status") == [("unknown", "status.stale")]


async def test_a_revocation_is_not_turned_around(verifier: Verifier, server: Server, world: World) -> None:
    assert (await verifier()).currency == "current"
    world.now = NOW + HOUR
    world.publish_list(world.list_credential(world.set_bit(), validFrom="2026-11-23T12:30:00Z"))
    serve(server, world)
    assert (await verifier()).currency == "revoked"
    server.cut()
    for hours in (2, 24):
        world.now = NOW + hours * HOUR
        assert (await verifier()).currency == "revoked"


async def test_a_compromised_key_stays_compromised(verifier: Verifier, server: Server, world: World) -> None:
    await verifier()
    kid = f"{world.base}/keys/{world.key.kid}"
    other = type(world.key)()
    world.publish_keys(other)
    world.publish(kid, b"", status=410)
    serve(server, world)
    world.now = NOW + HOUR
    for _ in range(2):
        report = await verifier()
        assert told(report, "issuer_key") == [("fail", "issuer_key.compromised")]
        server.cut()
        world.now += HOUR


async def test_a_list_that_is_not_there_any_more_has_no_copy(
    verifier: Verifier, server: Server, world: World
) -> None:
    await verifier()
    server.paths[urlsplit(world.list_url).path] = plain(b"", "404 Not Found")
    world.now = NOW + HOUR
    for _ in range(2):
        assert told(await verifier(), "status") == [("unknown", "status.unreachable")]
        server.cut()
        world.now += HOUR


async def test_an_unchanged_list_is_as_fresh_as_its_answer(
    verifier: Verifier, server: Server, world: World
) -> None:
    """A 304 says that the list is still this one; the list's own end still holds."""
    path = urlsplit(world.list_url).path
    published = world.published[world.list_url]
    assert isinstance(published, Fetched)
    server.paths[path] = plain(published.body, "200 OK", 'ETag: "1"')
    await verifier()
    server.paths[path] = plain(b"", "304 Not Modified")
    for passed, reason in ((2 * HOUR, "status.clear"), (170 * HOUR, "status.stale")):
        world.now = NOW + passed
        (found,) = (await verifier()).of("status")
        assert found.reason == reason
        assert found.time == (world.now).strftime("%Y-%m-%dT%H:%M:%SZ")


async def test_an_unsigned_list_too(verifier: Verifier, server: Server, world: World) -> None:
    url = f"{world.base}/revocations.json"
    token = world.sign(edit(world.badge(), "credentialStatus", {"id": url, "type": "1EdTechRevocationList"}))
    body = f'{{"id": "{url}", "issuer": "{world.did}", "revokedCredentials": []}}'
    server.paths[urlsplit(url).path] = plain(body.encode())
    assert told(await verifier(token), "status") == [("pass", "status.clear")]
    server.cut()
    world.now = NOW + 24 * HOUR
    (found,) = (await verifier(token)).of("status")
    assert found.detail.endswith(SAYS_SO)


async def test_what_was_read_just_now_needs_no_mention(world: World) -> None:
    for minutes, said in ((0, ""), (9, ""), (9.99, ""), (10, LAST_READ)):
        world.now = NOW + timedelta(minutes=minutes)
        assert last_read(await world.verify(world.sign())) == said
    world.now = NOW + timedelta(minutes=5)
    world.publish_keys(world.key)
    world.publish_list()
    world.now = NOW + timedelta(minutes=12)  # another ten minutes by the clock on the wall, seven in truth
    assert last_read(await world.verify(world.sign())) == ""
    revoked = edit(world.badge(), "credentialStatus/statusListIndex", "7")
    world.publish_list(world.list_credential(world.set_bit(7)))
    world.now += HOUR
    assert last_read(await world.verify(world.sign(revoked))) == ""


def test_the_age_of_what_a_finding_relies_on() -> None:
    """For policies: how long ago the list was had from its issuer."""
    read = Fetched("https://issuer.example/list", b"", "", 200, NOW, "https://issuer.example")
    assert Finding(Reason.STATUS_CLEAR, "", source=read).age(NOW + HOUR) == HOUR
    unread = Unreachable("https://issuer.example/list", "fetch.timeout", "Slow.")
    assert Finding(Reason.STATUS_UNREACHABLE, "", source=unread.url).age(NOW) is None
