"""The guarded network against real sockets: a fake resolver, and a server of our own on loopback."""

import asyncio
import sys
import threading
from datetime import timedelta

import pytest

from tests.unit.verifier.network import HOST, URL, Make, Redirected, Resolver, Server, ask, code, plain
from tests.unit.verifier.world import NOW
from verifier import First, Https, Offline
from verifier.fetch import LIMITS, Answer, Fetched, Kind, Need, Unreachable
from verifier.wire import Pinned, resolve


async def test_a_document_is_fetched(https: Make, server: Server) -> None:
    server.reply = plain(b'{"id": 1}')
    answer = await ask(https())
    assert answer == Fetched(URL, b'{"id": 1}', "application/json", 200, NOW, f"https://{HOST}")
    assert server.requests[0].startswith("GET /o/demo/did.json HTTP/1.1\r\nHost: issuer.example\r\n")
    assert "accept-encoding: identity" in server.requests[0].lower()


async def test_one_resolution_and_the_pinned_address(https: Make, server: Server) -> None:
    """A name that turns from public to loopback is asked for once, and connected to where it was judged."""
    resolver, network = Resolver(("8.8.8.8",), ("127.0.0.1",)), Redirected(server.port)
    assert isinstance(await ask(https(resolver, network)), Fetched)
    assert resolver.asked == [(HOST, 443)]
    assert network.connected == ["8.8.8.8:443"]


@pytest.mark.parametrize("inside", ["127.0.0.1", "::1", "169.254.169.254", "::ffff:10.0.0.1", "10.1.2.3"])
async def test_an_inside_address_is_refused_even_among_public_ones(
    https: Make, server: Server, inside: str
) -> None:
    network = Redirected(server.port)
    for addresses in ((inside,), ("8.8.8.8", inside)):
        assert code(await ask(https(Resolver(addresses), network))) == "fetch.failed"
    assert network.connected == []


async def test_the_next_address_is_tried(https: Make, server: Server) -> None:
    network = Redirected(server.port, unreachable=("8.8.8.8",))
    assert isinstance(await ask(https(Resolver(("8.8.8.8", "8.8.4.4")), network)), Fetched)
    assert network.connected == ["8.8.8.8:443", "8.8.4.4:443"]
    network = Redirected(server.port, unreachable=("8.8.8.8",))
    assert code(await ask(https(Resolver(("8.8.8.8",)), network))) == "fetch.failed"


async def test_no_such_host_and_refused_addresses(https: Make) -> None:
    assert code(await ask(https(Resolver(())))) == "fetch.failed"
    resolver = Resolver(("8.8.8.8",))
    assert code(await ask(https(resolver), "https://2130706433/")) == "fetch.refused"
    assert code(await ask(https(resolver), "http://issuer.example/")) == "fetch.refused"
    assert resolver.asked == []


async def test_redirects_are_not_followed(https: Make, server: Server) -> None:
    server.reply = plain(b"", "302 Found", "Location: https://169.254.169.254/")
    assert code(await ask(https())) == "fetch.redirect"
    assert len(server.requests) == 1


async def test_other_statuses(https: Make, server: Server) -> None:
    told = {
        "404 Not Found": "fetch.status",
        "500 Oops": "fetch.unavailable",
        "429 Too Many Requests": "fetch.unavailable",
        "304 Not Modified": "fetch.status",
    }
    for status, expected in told.items():
        server.reply = plain(b"", status)
        assert code(await ask(https())) == expected
    server.reply = plain(b"gone", "410 Gone")
    answer = await ask(https())
    assert isinstance(answer, Fetched)
    assert (answer.status, answer.body) == (410, b"")


@pytest.mark.parametrize("kind", ["issuer_key", "status_list"])
async def test_size_is_bounded(https: Make, server: Server, kind: Kind) -> None:
    server.reply = plain(b"x" * LIMITS[kind])
    assert isinstance(await ask(https(), kind=kind), Fetched)
    server.reply = plain(b"x" * (LIMITS[kind] + 1))
    assert code(await ask(https(), kind=kind)) == "fetch.too_large"


async def test_compressed_answers_are_refused(https: Make, server: Server) -> None:
    server.reply = plain(b"\x1f\x8b", "200 OK", "Content-Encoding: gzip")
    assert code(await ask(https())) == "fetch.failed"


async def test_a_slow_drip_ends_with_the_time(https: Make, server: Server) -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.01)

    server.reply = drip
    began = asyncio.get_running_loop().time()
    assert code(await ask(https(seconds=0.3))) == "fetch.timeout"
    assert asyncio.get_running_loop().time() - began < 2


async def test_a_resolver_that_hangs_ends_with_the_time(https: Make) -> None:
    class Hanging(Resolver):
        async def __call__(self, host: str, port: int) -> tuple[str, ...]:
            await asyncio.Event().wait()
            return await super().__call__(host, port)

    assert code(await ask(https(Hanging(()), seconds=0.05))) == "fetch.timeout"


async def test_what_is_no_http(https: Make, server: Server) -> None:
    async def noise(writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH\r\n\r\n")

    server.reply = noise
    assert code(await ask(https())) == "fetch.failed"


async def test_certificates_are_checked(https: Make, server: Server) -> None:
    assert code(await ask(https(trusting=False))) == "fetch.failed"
    assert code(await ask(https(), "https://other.example/")) == "fetch.failed"
    assert server.requests == []


async def test_environment_proxies_are_not_used(
    https: Make, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    network = Redirected(server.port)
    assert isinstance(await ask(https(network=network)), Fetched)
    assert network.connected == ["8.8.8.8:443"]


# Memory and budget.


async def test_answers_are_remembered_for_a_while(https: Make, server: Server) -> None:
    now = [NOW]
    fetch = https(clock=lambda: now[0])
    for _ in range(3):
        await ask(fetch)
        await ask(fetch, kind="status_list")
        await ask(fetch, kind="credential")
    assert len(server.requests) == 1 + 1 + 3
    now[0] += timedelta(seconds=10)
    await ask(fetch)
    await ask(fetch, kind="status_list")
    assert len(server.requests) == 6
    now[0] += timedelta(seconds=50)
    await ask(fetch)
    assert len(server.requests) == 7


async def test_failures_are_remembered_too(https: Make, server: Server) -> None:
    now = [NOW]
    fetch = https(clock=lambda: now[0])
    server.reply = plain(b"", "404 Not Found")
    missing = await ask(fetch)
    assert isinstance(missing, Unreachable)
    assert (missing.code, missing.status) == ("fetch.status", 404)
    server.reply = plain(b"{}")
    assert code(await ask(fetch)) == "fetch.status"
    assert len(server.requests) == 1
    now[0] += timedelta(seconds=10)
    assert isinstance(await ask(fetch), Fetched)


async def test_memory_is_bounded(https: Make, server: Server) -> None:
    server.reply = plain(b"x" * 1_000_000)
    now = [NOW]
    fetch = https(clock=lambda: now[0])
    for number in range(20):
        await ask(fetch, f"{URL}?{number}", "status_list")
    await ask(fetch, f"{URL}?19", "status_list")
    assert len(server.requests) == 20
    await ask(fetch, f"{URL}?0", "status_list")
    assert len(server.requests) == 21
    assert fetch._memory._bytes < 17_000_000


async def test_one_address_is_asked_only_so_often_by_whatever_name(https: Make, server: Server) -> None:
    now = [NOW]
    network = Redirected(server.port, unreachable=("8.8.8.8",))
    fetch = https(network=network, clock=lambda: now[0])
    codes = [code(await ask(fetch, f"https://{number}.example/")) for number in range(61)]
    assert codes == ["fetch.failed"] * 60 + ["fetch.budget"]
    assert len(network.connected) == 60
    fetch._resolve = Resolver(("8.8.4.4", *["8.8.8.8"] * 3, "9.9.9.9"))
    assert code(await ask(fetch, "https://several.example/")) == "fetch.budget"
    now[0] += timedelta(minutes=1)
    assert code(await ask(fetch, "https://several.example/")) == "fetch.failed"
    assert "9.9.9.9:443" not in network.connected


async def test_all_addresses_together_are_asked_only_so_often(https: Make) -> None:
    now = [NOW]
    fetch = https(Resolver(()), clock=lambda: now[0])
    codes = [code(await ask(fetch, f"https://{number}.example/")) for number in range(1_201)]
    assert codes == ["fetch.failed"] * 1_200 + ["fetch.budget"]
    now[0] += timedelta(minutes=1)
    assert code(await ask(fetch, "https://1200.example/")) == "fetch.failed"
    for number in range(5_000):
        fetch._budget.allows(str(number), NOW, 1)
    assert len(fetch._budget._asked) == 4_801


async def test_only_so_many_are_asked_at_once(https: Make) -> None:
    class Slow(Resolver):
        answered = asyncio.Event()

        async def __call__(self, host: str, port: int) -> tuple[str, ...]:
            await self.answered.wait()
            return await super().__call__(host, port)

    slow = Slow(())
    fetch = https(slow)
    asked = [asyncio.ensure_future(ask(fetch, f"https://{number}.example/")) for number in range(40)]
    assert [code(answer) for answer in await asyncio.gather(*asked[32:])] == ["fetch.busy"] * 8
    assert not any(one.done() for one in asked[:32])
    slow.answered.set()
    assert [code(answer) for answer in await asyncio.gather(*asked[:32])] == ["fetch.failed"] * 32
    # It was not of the address, so it is not remembered of it.
    assert code(await ask(fetch, "https://39.example/")) == "fetch.failed"


async def test_only_so_many_threads_wait_for_the_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that nobody waits for any more still counts until the system has answered it."""
    answered = threading.Event()

    def hanging(*_asked: object, **_how: object) -> list[object]:
        answered.wait()
        return []

    monkeypatch.setattr("verifier.wire.socket.getaddrinfo", hanging)
    before = set(threading.enumerate())
    fetch = Https(clock=lambda: NOW, seconds=0.05)
    for expected in ("fetch.timeout", "fetch.busy"):
        answers = await asyncio.gather(*(ask(fetch, f"https://{expected}{n}.example/") for n in range(32)))
        assert {code(answer) for answer in answers} == {expected}
    waiting = set(threading.enumerate()) - before
    assert len(waiting) <= 32
    answered.set()
    for thread in waiting:
        thread.join(5)
    assert await resolve("issuer.example", 443) == ()


async def test_outsiders_are_told_the_same_of_every_name(https: Make, server: Server) -> None:
    """A name may be unknown, lead inside, or be silent: nobody can map the network by asking."""
    told = set()
    for addresses in ((), ("10.0.0.1",), ("127.0.0.1",), ("169.254.169.254",), ("8.8.8.8",)):
        fetch = https(Resolver(addresses), Redirected(server.port, unreachable=("8.8.8.8",)))
        answer = await ask(fetch, kind="credential")
        assert isinstance(answer, Unreachable)
        told.add((answer.code, answer.detail))
    assert told == {("fetch.failed", "Nobody answers there.")}


async def test_links_lead_to_the_usual_port_only(https: Make) -> None:
    fetch = https()
    assert code(await ask(fetch, "https://issuer.example:8443/", "credential")) == "fetch.refused"
    assert isinstance(await ask(fetch, "https://issuer.example:8443/", "issuer_key"), Fetched)
    assert code(await ask(fetch, "https://issuer.example:25/", "issuer_key")) == "fetch.refused"


async def test_what_must_not_be_given_again_is_not_kept(https: Make) -> None:
    fetch = https()
    assert isinstance(await ask(fetch, kind="credential"), Fetched)
    assert (len(fetch._memory._kept), fetch._memory._bytes) == (0, 0)


# Local origins.


async def test_a_local_origin_is_reached_by_http(local_server: Server) -> None:
    origin = f"http://localhost:{local_server.port}"
    fetch = Https((origin,), clock=lambda: NOW)
    answer = await ask(fetch, f"https://localhost:{local_server.port}/o/demo/did.json")
    assert isinstance(answer, Fetched)
    assert answer.source == origin
    assert answer.url == f"{origin}/o/demo/did.json"  # what was read, not what did:web says
    assert f"Host: localhost:{local_server.port}" in local_server.requests[0]
    assert code(await ask(fetch, "http://localhost:1/")) == "fetch.refused"
    assert code(await ask(Https(clock=lambda: NOW), f"{origin}/x")) == "fetch.refused"


async def test_a_local_origin_must_be_loopback(local_server: Server) -> None:
    network = Redirected(local_server.port)
    fetch = Https(("http://router.localhost",), resolve=Resolver(("192.168.1.1",)), network=network)
    assert code(await ask(fetch, "http://router.localhost/")) == "fetch.failed"
    assert network.connected == []


# The parts that the tests above replace.


async def test_the_systems_resolver() -> None:
    assert set(await resolve("localhost", 80)) <= {"127.0.0.1", "::1"}
    assert await resolve("nobody.invalid", 80) == ()
    assert await resolve("a" * 70 + ".invalid", 80) == ()


async def test_a_resolver_whose_asker_is_gone() -> None:
    waiting = asyncio.ensure_future(resolve("localhost", 80))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    for _ in range(100):
        await asyncio.sleep(0.001)


async def test_pinned_takes_the_last_address_without_a_shorter_limit(local_server: Server) -> None:
    network = Redirected(local_server.port)
    stream = await Pinned(("8.8.8.8",), network).connect_tcp("elsewhere", 443)
    await stream.aclose()
    assert network.connected == ["8.8.8.8:443"]


async def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "verifier.wire", raising=False)
    monkeypatch.delattr("verifier.wire", raising=False)
    monkeypatch.setitem(sys.modules, "httpcore", None)
    assert code(await ask(Https())) == "fetch.not_installed"


async def test_offline_and_first() -> None:
    class Silent:
        async def get(self, need: Need) -> Answer:
            return Unreachable(need.url, "fetch.timeout", "Slow.")

    class Speaking:
        async def get(self, need: Need) -> Answer:
            return Fetched(need.url, b"", "", 200, NOW, "here")

    need = Need("issuer_key", URL)
    assert code(await Offline().get(need)) == "fetch.offline"
    assert code(await First().get(need)) == "fetch.offline"
    assert code(await First(Silent()).get(need)) == "fetch.timeout"
    assert isinstance(await First(Silent(), Speaking(), Silent()).get(need), Fetched)
