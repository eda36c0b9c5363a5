"""Replayed byte for byte: `python -m bench.replays [PEOPLE]`.

Simulated people take the shipped banks (bench/sessions.py). Another process, in which Python hashes strings
otherwise, reads their logs and recomputes every form and decision. Each log is replayed as it is, and once
with a byte of it changed: the replay must then refuse it, or the figure would say nothing.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import msgspec

from bench.rows import Row, table
from bench.sessions import BANKS, Log, Shown, bank_of, logs
from issuer.assessments.bank import BankRefused, shipped
from issuer.assessments.course import due
from issuer.assessments.forms import form_for
from issuer.assessments.replay import ReplayRefused, replay
from issuer.assessments.session import read
from issuer.measurement import ability
from schemas.assessment import Bank, Event, Form

PEOPLE = 200
TURNS = 3
ROOT = Path(__file__).parents[1]
READ = "--read"


def played(people: int = PEOPLE, seed: int = 1) -> list[Log]:
    """The logs of so many people, one after the other, who share the banks' exposure."""
    chance, shown = Random(f"{seed}/replays"), dict[str, Shown]()  # noqa: S311 - a simulation
    return [log for _ in range(people) for log in logs(chance, shown)]


def next_item(found: list[Log]) -> float:
    """CPU milliseconds from an answer to the next question of an adaptive session, 99th percentile.

    Scoring everything anew, deciding, choosing. Each is timed three times, in turns with all others so that
    no cache knows it, and the least counts: what else the machine does is not the engine's.
    """
    bank = bank_of("synthetic")
    for item in bank.items:  # a service has met every item after its first minute
        assert item.parameters
        ability.table(item.parameters)
    asked = [
        (log.events[:n], msgspec.json.decode(event.body, type=Form))
        for log in found
        if log.bank == "synthetic"
        for n, event in enumerate(log.events)
        if event.kind == "form" and log.events[n - 1].kind == "answered"
    ]
    turns = [[_seconds(bank, *one) for one in asked] for _ in range(TURNS)]
    least: list[float] = sorted(map(min, *turns))
    return 1e3 * least[-1 - len(least) // 100]


def _seconds(bank: Bank, events: tuple[Event, ...], form: Form) -> float:
    session = read(events)
    begun = time.process_time()
    assert due(bank, session) == "form"
    chosen = form_for(bank, session, frozenset(form.barred), form.second)
    seconds = time.process_time() - begun
    assert chosen == form
    return seconds


def identical(log: Log) -> bool:
    """Whether the log is reproduced, byte for byte, and not if a byte of one computed event is another."""
    document = shipped(log.bank)
    try:
        if replay(document, log.events) != read(log.events):
            return False
    except ReplayRefused:
        return False
    return _refused(document, log.events)


def _refused(document: bytes, events: tuple[Event, ...]) -> bool:
    at = max(n for n, event in enumerate(events) if event.kind == "decided")
    body = events[at].body.replace(b'"score":0.', b'"score":1.').replace(b'"right":', b'"right":1')
    try:
        replay(document, (*events[:at], Event("decided", body), *events[at + 1 :]))
    except (ReplayRefused, BankRefused):
        return True
    return False


def case(chance: Random) -> bool:
    """One person by themselves, with a bank of which some items are at their cap already."""
    return all(map(identical, logs(chance, {name: worn(name, chance) for name in BANKS})))


def worn(name: str, chance: Random) -> Shown:
    """A bank that a thousand sessions have used."""
    shown = Shown()
    shown.sessions = 1_000
    shown.items.update({item.id: chance.randint(150, 255) for item in bank_of(name).items})
    return shown


def elsewhere(found: list[Log]) -> int:
    """How many of the logs a process of another hash seed reproduces."""
    command = [sys.executable, "-m", "bench.replays", READ]
    other = str(int(os.environ.get("PYTHONHASHSEED", "0").replace("random", "0")) + 1)
    environment = {**os.environ, "PYTHONHASHSEED": other}
    done = subprocess.run(
        command,
        input=msgspec.json.encode(found),
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=environment,
        check=True,
    )
    return int(done.stdout)


def rows(people: int = PEOPLE, seed: int = 1) -> list[Row]:
    found = played(people, seed)
    name = f"replay identity, share of {len(found)} sessions"
    return [
        Row(name="next item of 300, 99th percentile of CPU, ms", measured=next_item(found), bar=5),
        Row(name=name, measured=elsewhere(found) / len(found), bar=1, at_most=False),
    ]


def main() -> None:
    if sys.argv[1:] == [READ]:
        given = msgspec.json.decode(sys.stdin.buffer.read(), type=list[Log])
        print(sum(map(identical, given)))
        return
    print("\n".join(table(rows(*map(int, sys.argv[1:2])))))


if __name__ == "__main__":
    main()
