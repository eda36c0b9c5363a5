"""Interleaved rounds, CPU time, lower quartile: noise hits yardstick and subject alike."""

import statistics
import time
from collections.abc import Callable

Timed = Callable[[], object]
ROUNDS = 60
REPEAT = 20


def quartiles(subjects: dict[str, Timed], *, rounds: int = ROUNDS, repeat: int = REPEAT) -> dict[str, float]:
    """The lower quartile of CPU microseconds a call, for each subject, measured in turn."""
    for subject in subjects.values():
        subject()
    samples: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(rounds):
        for name, subject in subjects.items():
            begun = time.process_time_ns()
            for _ in range(repeat):
                subject()
            samples[name].append((time.process_time_ns() - begun) / repeat / 1_000)
    return {name: statistics.quantiles(times, n=4)[0] for name, times in samples.items()}
