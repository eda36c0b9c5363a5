"""What stands in for a source that cannot be reached, and what never does; one request for many askers."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.verifier.network import HOST, URL, Make, Redirected, Resolver, Server, ask, code, plain
from tests.unit.verifier.world import NOW
from verifier import Https, Once
from verifier.fetch import Answer, Fetched, Kind, Need, Unreachable

HOUR = timedelta(hours=1)
LIST = f"https://{HOST}/o/demo/status/4c1f"


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> Any:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def fetched(answer: Answer) -> Fetched:
    assert isinstance(answer, Fetched), answer
    return answer


# A copy stands in for a source that cannot be reached.


async def test_a_copy_is_used_for_a_day_when_the_network_is_cut(
    https: Make, server: Server, clock: Clock
) -> None:
    fetch = https(clock=clock)
    first = fetched(await ask(fetch))
    server.cut()
    for passed, usable in ((HOUR, True), (24 * HOUR, True), (24 * HOUR + timedelta(seconds=1), False)):
        clock.now = NOW + passed
        answer = await ask(fetch)
        if usable:
            copy = fetched(answer)
            assert (copy.body, copy.fetched_at) == (first.body, NOW)
            assert copy.stale is not None
            assert copy.stale.code == "fetch.failed"
        else:
            assert code(answer) == "fetch.failed"
    assert first.stale is None


async def test_the_caller_says_for_how_long(https: Make, server: Server, clock: Clock) -> None:
    fetch = https(clock=clock, copy_age=HOUR)
    await ask(fetch)
    server.cut()
    clock.now = NOW + HOUR
    assert fetched(await ask(fetch)).stale is not None
    clock.now += timedelta(seconds=1)
    assert code(await ask(fetch)) == "fetch.failed"


async def test_what_never_answered_has_no_copy(https: Make, server: Server, clock: Clock) -> None:
    fetch = https(clock=clock)
    server.cut()
    for _ in range(2):
        assert code(await ask(fetch)) == "fetch.failed"
        clock.now += HOUR


@pytest.mark.parametrize("status", ["500 Oops", "503 Busy", "429 Slow Down"])
async def test_a_server_that_fails_on_its_own_side_has_not_answered(
    https: Make, server: Server, clock: Clock, status: str
) -> None:
    fetch = https(clock=clock)
    await ask(fetch)
    server.reply = plain(b"", status)
    clock.now += HOUR
    for _ in range(2):  # asked, then remembered
        assert fetched(await ask(fetch)).stale is not None
    assert len(server.requests) == 2


async def test_silence_and_our_own_limits_are_outages(https: Make, server: Server, clock: Clock) -> None:
    fetch = https(clock=clock, seconds=0.2)
    await ask(fetch)

    async def silent(writer: asyncio.StreamWriter) -> None:
        await writer.wait_closed()

    server.reply = silent
    clock.now += HOUR
    stale = fetched(await ask(fetch)).stale
    assert stale is not None
    assert stale.code == "fetch.timeout"
    clock.now += HOUR
    fetch._asking = 32
    stale = fetched(await ask(fetch)).stale
    assert stale is not None
    assert stale.code == "fetch.busy"


@pytest.mark.parametrize("kind", ["status_list", "badge_object"])
async def test_our_own_limits_keep_no_withdrawal_quiet(
    https: Make, server: Server, clock: Clock, kind: Kind
) -> None:
    fetch, minutes = https(clock=clock), timedelta(minutes=5)
    await fetch.get(Need(kind, URL))
    fetch._asking = 32
    clock.now += minutes
    assert fetched(await fetch.get(Need(kind, URL))).stale is not None
    clock.now += timedelta(seconds=1)
    assert code(await fetch.get(Need(kind, URL))) == "fetch.busy"
    server.cut()  # which costs whoever does it more: then the copy serves for a day
    fetch._asking = 0
    assert fetched(await fetch.get(Need(kind, URL))).stale is not None


@pytest.mark.parametrize(
    ("status", "fields", "expected"),
    [
        ("404 Not Found", (), "fetch.status"),
        ("401 Who", (), "fetch.status"),
        ("302 Found", ("Location: https://elsewhere.example/",), "fetch.redirect"),
        ("304 Not Modified", (), "fetch.status"),
    ],
)
async def test_whoever_answers_something_else_has_answered(
    https: Make, server: Server, clock: Clock, status: str, fields: tuple[str, ...], expected: str
) -> None:
    fetch = https(clock=clock)
    await ask(fetch)
    server.reply = plain(b"", status, *fields)
    clock.now += HOUR
    assert code(await ask(fetch)) == expected
    server.cut()  # and the copy is gone for good
    clock.now += HOUR
    assert code(await ask(fetch)) == "fetch.failed"


async def test_what_is_gone_stays_gone_when_the_network_is_cut(
    https: Make, server: Server, clock: Clock
) -> None:
    fetch = https(clock=clock)
    await ask(fetch)
    server.reply = plain(b"", "410 Gone")
    clock.now += HOUR
    assert fetched(await ask(fetch)).status == 410
    server.cut()
    clock.now += HOUR
    assert fetched(await ask(fetch)).status == 410


async def test_the_copy_is_always_the_last_answer(https: Make, server: Server, clock: Clock) -> None:
    fetch = https(clock=clock)
    await ask(fetch)
    server.reply = plain(b"newer")
    clock.now += HOUR
    await ask(fetch)
    server.cut()
    clock.now += HOUR
    assert fetched(await ask(fetch)).body == b"newer"


async def test_links_leave_no_copy(https: Make, server: Server) -> None:
    fetch = https()
    await ask(fetch, kind="credential")
    server.cut()
    assert code(await ask(fetch, kind="credential")) == "fetch.failed"


async def test_what_is_used_is_kept_longest(https: Make, server: Server, clock: Clock) -> None:
    server.reply = plain(b"x" * 1_000_000)
    fetch = https(clock=clock)
    await ask(fetch, LIST, "status_list")
    for number in range(20):
        await ask(fetch, f"{URL}?{number}", "status_list")
        await ask(fetch, LIST, "status_list")
    server.cut()
    clock.now += HOUR
    assert fetched(await ask(fetch, LIST, "status_list")).stale is not None
    assert code(await ask(fetch, f"{URL}?0", "status_list")) == "fetch.failed"


# Asking whether anything changed.


async def test_an_unchanged_document_is_not_sent_again(https: Make, server: Server, clock: Clock) -> None:
    fetch = https(clock=clock)
    server.reply = plain(b"[1]", "200 OK", 'ETag: W/"one"')
    first = fetched(await ask(fetch, LIST, "status_list"))
    server.reply = plain(b"", "304 Not Modified")
    clock.now += HOUR
    again = fetched(await ask(fetch, LIST, "status_list"))
    assert 'if-none-match: w/"one"' in server.requests[-1].lower()
    assert (again.body, again.fetched_at, again.stale) == (b"[1]", NOW + HOUR, None)
    assert again.body is first.body
    clock.now += HOUR  # and the tag is still known
    await ask(fetch, LIST, "status_list")
    assert 'if-none-match: w/"one"' in server.requests[-1].lower()
    server.reply = plain(b"[2]", "200 OK")
    clock.now += HOUR
    assert fetched(await ask(fetch, LIST, "status_list")).body == b"[2]"
    clock.now += HOUR
    await ask(fetch, LIST, "status_list")
    assert "if-none-match" not in server.requests[-1].lower()


@pytest.mark.parametrize("tag", ["one", '"on e"', '"' + "x" * 256 + '"', ""])
async def test_tags_that_are_no_tags_are_not_sent_back(
    https: Make, server: Server, clock: Clock, tag: str
) -> None:
    fetch = https(clock=clock)
    server.reply = plain(b"[1]", "200 OK", f"ETag: {tag}")
    await ask(fetch)
    clock.now += HOUR
    await ask(fetch)
    assert "if-none-match" not in server.requests[-1].lower()


async def test_nothing_changed_is_no_answer_where_nothing_is_held_any_more(
    https: Make, server: Server, clock: Clock
) -> None:
    fetch = https(clock=clock)
    server.reply = plain(b"[1]", "200 OK", 'ETag: "one"')
    await ask(fetch)

    async def forget(writer: asyncio.StreamWriter) -> None:
        fetch._memory._drop(Need("issuer_key", URL))
        await plain(b"", "304 Not Modified")(writer)

    server.reply = forget
    clock.now += HOUR
    assert code(await ask(fetch)) == "fetch.status"


# One request for many askers.


async def test_who_asks_at_the_same_moment_shares_one_request(https: Make, server: Server) -> None:
    fetch = https()
    answers = await asyncio.gather(*(ask(fetch) for _ in range(200)))
    assert len(server.requests) == 1
    assert {id(answer) for answer in answers} == {id(answers[0])}
    other: list[tuple[str, Kind]] = [(URL, "status_list"), (f"{URL}?", "issuer_key")]
    await asyncio.gather(*(ask(fetch, url, kind) for url, kind in other * 50))
    assert len(server.requests) == 3


async def test_who_goes_away_takes_nobody_s_answer_along(https: Make, server: Server) -> None:
    fetch = https()
    leaving, staying = (asyncio.ensure_future(ask(fetch)) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    assert fetched(await staying).body == b"{}"
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert len(server.requests) == 1


def test_each_event_loop_asks_for_itself() -> None:
    fetch = Https(resolve=Resolver(()), network=Redirected(1))
    for url in (URL, LIST):
        assert code(asyncio.run(ask(fetch, url))) == "fetch.failed"
    assert fetch._flights._aloft == {}


class Counting:
    """A source that changes its mind, and counts."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[Need] = []

    async def get(self, need: Need) -> Answer:
        self.asked.append(need)
        await asyncio.sleep(0)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def answered(body: bytes) -> Fetched:
    return Fetched(URL, body, "", 200, NOW, "here")


async def test_once_asks_once_for_all_of_a_request() -> None:
    source = Counting(answered(b"1"), Unreachable(URL, "fetch.failed", "No."), answered(b"3"))
    once = Once()
    first = await asyncio.gather(*(once.get(Need("issuer_key", URL), source) for _ in range(100)))
    assert {fetched(answer).body for answer in first} == {b"1"}
    for _ in range(3):
        assert code(await once.get(Need("status_list", LIST), source)) == "fetch.failed"
        assert fetched(await once.get(Need("issuer_key", URL), source)).body == b"1"
    assert len(source.asked) == 2


async def test_once_remembers_neither_links_nor_our_own_limits() -> None:
    source = Counting(Unreachable(URL, "fetch.busy", "Busy."), answered(b"2"))
    once = Once()
    assert code(await once.get(Need("issuer_key", URL), source)) == "fetch.busy"
    assert fetched(await once.get(Need("issuer_key", URL), source)).body == b"2"
    for _ in range(2):
        await once.get(Need("credential", URL), source)
    assert len(source.asked) == 4


async def test_once_is_bounded() -> None:
    once, source = Once(), Counting(answered(bytes(1_000_000)))
    for number in range(100):
        await once.get(Need("status_list", f"{LIST}?{number}"), source)
    assert once._bytes < 68_000_000
    assert len(once._answers) == 67
