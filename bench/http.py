"""Over HTTP: the server's CPU time a request, with production's middleware, beside a bare ASGI answer.

The client sends one request after the other over one connection; its own work does not count.
"""

import http.client
import itertools
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import msgspec

from bench.material import make
from bench.verification import BARS, CREDENTIALS, bare, numbered, signer

OVER_HTTP = {"ES256": 2.7, "EdDSA": 2.1}
SEEN_BEFORE = 0.45

_ROUNDS = 25
_REQUESTS = 100


class _Server(NamedTuple):
    pid: int
    connection: http.client.HTTPConnection

    def cpu(self) -> float:
        """Microseconds that the server has used so far: its clock as clock_getcpuclockid(3) numbers it."""
        return time.clock_gettime_ns(~self.pid << 3 | 2) / 1_000

    def get(self) -> None:
        self.connection.request("GET", "/")
        self.connection.getresponse().read()

    def verify(self, token: bytes) -> bytes:
        self.connection.request("POST", "/api/verify", token, {"Content-Type": "application/jwt"})
        return self.connection.getresponse().read()


def rows() -> list[tuple[str, float, float]]:
    """Name, bar and ratio of each comparison."""
    return [row for alg in BARS for row in _rows(alg)]


def _rows(alg: str) -> Iterator[tuple[str, float, float]]:
    bench = make(alg)
    sign = signer(bench)
    tokens = [sign(numbered(bench.payload, number)) for number in range(CREDENTIALS)]
    documents = msgspec.json.encode(bench.fetch.bodies())
    with _serving("bare", b"") as plain, _serving("verifier", documents) as service:
        _assert_honest(service, tokens[0])
        once = itertools.cycle(tokens)
        samples: dict[str, list[float]] = {"new": [], "seen": [], "get": [], "bare": []}
        alone = bare(bench)
        for _ in range(_ROUNDS):
            samples["new"].append(_spent(service, lambda: service.verify(next(once))))
            samples["seen"].append(_spent(service, lambda: service.verify(tokens[0])))
            samples["get"].append(_spent(plain, plain.get))
            samples["bare"].append(_spent_here(alone))
    times = {name: statistics.quantiles(each, n=4)[0] for name, each in samples.items()}
    yield f"the same over HTTP ÷ bare {alg} verification", OVER_HTTP[alg], times["new"] / times["bare"]
    name = f"seen before, {alg} ÷ a bare ASGI GET, requests a second"
    yield name, SEEN_BEFORE, times["get"] / times["seen"]


def _spent(server: _Server, ask: Callable[[], object]) -> float:
    before = server.cpu()
    for _ in range(_REQUESTS):
        ask()
    return (server.cpu() - before) / _REQUESTS


def _spent_here(verify: Callable[[], object]) -> float:
    before = time.process_time_ns()
    for _ in range(_REQUESTS):
        verify()
    return (time.process_time_ns() - before) / _REQUESTS / 1_000


def _assert_honest(server: _Server, token: bytes) -> None:
    last = b"A" if token[-2:-1] != b"A" else b"B"
    for evidence, verdict in (
        (token, "valid"),
        (token[:-2] + last + token[-1:], "invalid"),
        (token, "valid"),
    ):
        if msgspec.json.decode(server.verify(evidence))["verdict"] != verdict:
            raise SystemExit(f"The service that is timed does not find {verdict} what is.")


@contextmanager
def _serving(what: str, documents: bytes) -> Iterator[_Server]:
    command = [sys.executable, "-m", "bench.server", what]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(documents)
        process.stdin.close()
        port = int(process.stdout.readline())
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            yield _Server(process.pid, connection)
        finally:
            connection.close()
            process.kill()
