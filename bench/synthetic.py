"""The bank called SYNTHETIC, made again from nothing: `make synthetic`.

300 sums, differences, products, sequences and remainders, in English and German. Drawn people of drawn
abilities answer drawn items (a ~ LogN(0, .3), b ~ N(0, 1)), and `assay assessment calibrate` estimates the
items from these answers, as it would from people's. So the engine has a calibrated bank to show itself with,
and nothing in it says anything about anybody.
"""

import json
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from issuer.assessments import simulating
from issuer.assessments.calibrating.cli import command

FILE = Path(__file__).parents[1] / "issuer" / "assessments" / "banks" / "synthetic.json"
ITEMS, PEOPLE, SEED = 300, 2_000, 2026
SEEDS = 6
VERSION = "1.0.0"

Made = tuple[str, str, int, tuple[tuple[int, str], ...]]
"""Stem in English and in German, the answer, and wrong answers with what leads to them."""


def _sum(draw: random.Random) -> Made:
    one, two = draw.sample(range(12, 90), 2)
    wrong = (
        (one + two - 1, "One too few"),
        (one + two + 10, "A ten too many"),
        (abs(one - two), "A difference"),
    )
    return f"What is {one} + {two}?", f"Was ist {one} + {two}?", one + two, wrong


def _difference(draw: random.Random) -> Made:
    one, two = draw.randint(60, 99), draw.randint(11, 25)
    right = one - two
    wrong = ((right + 1, "One too many"), (right - 10, "A ten too few"), (one + two, "A sum"))
    return f"What is {one} - {two}?", f"Was ist {one} - {two}?", right, wrong


def _product(draw: random.Random) -> Made:
    one, two = draw.randint(6, 19), draw.randint(4, 9)
    right = one * two
    wrong = ((right - two, f"{two} too few"), (right + one, f"{one} too many"), (one + two, "A sum"))
    return f"What is {one} times {two}?", f"Was ist {one} mal {two}?", right, wrong


def _sequence(draw: random.Random) -> Made:
    first, step = draw.randint(1, 40), draw.randint(3, 12)
    shown = ", ".join(str(first + n * step) for n in range(4))
    right = first + 4 * step
    wrong = ((right - 1, "One too few"), (right + step, "The number after it"), (right + 1, "One too many"))
    return f"Which number comes next: {shown}?", f"Welche Zahl folgt: {shown}?", right, wrong


def _remainder(draw: random.Random) -> Made:
    by = draw.randint(6, 12)
    whole, right = draw.randint(3, 12), draw.randint(1, by - 2)
    of = whole * by + right
    wrong = (
        (right + 1, "One too many"),
        (0, "Nothing is left over only of multiples"),
        (by, "That is the divisor"),
    )
    return (
        f"What is left over when {of} is divided by {by}?",
        f"Welcher Rest bleibt bei {of} durch {by}?",
        right,
        wrong,
    )


AREAS: tuple[tuple[str, str, str, Callable[[random.Random], Made]], ...] = (
    ("sums", "Sums", "Summen", _sum),
    ("differences", "Differences", "Differenzen", _difference),
    ("products", "Products", "Produkte", _product),
    ("sequences", "Sequences", "Zahlenfolgen", _sequence),
    ("remainders", "Remainders", "Reste", _remainder),
)


def content(items: int = ITEMS) -> dict[str, Any]:
    """The bank without any figure: what is asked and what is right."""
    draw = random.Random(SEED)  # noqa: S311 - content to be repeated, not a secret
    made: list[dict[str, Any]] = []
    german: dict[str, dict[str, str]] = {}
    seen: set[str] = set()
    while len(made) < items:
        area, _, _, kind = AREAS[len(made) % len(AREAS)]
        stem, stem_de, right, wrong = kind(draw)
        if stem in seen or len({right, *(value for value, _ in wrong)}) < 4:
            continue
        seen.add(stem)
        answers = [
            (right, f"Right: it is {right}."),
            *((value, f"{why}: it is {right}.") for value, why in wrong),
        ]
        draw.shuffle(answers)
        options = [
            {"id": letter, "text": str(value), "rationale": why}
            for letter, (value, why) in zip("abcd", answers, strict=True)
        ]
        name = f"{area}-{len(made) // len(AREAS) + 1:02d}"
        key = [option["id"] for option in options if option["text"] == str(right)]
        made.append(
            {"id": name, "area": area, "kind": "single", "stem": stem, "options": options, "key": key}
        )
        german[name] = {"stem": stem_de} | {f"options.{one['id']}": one["text"] for one in options}
    return _bank(made, german)


def _bank(items: list[dict[str, Any]], german: dict[str, dict[str, str]]) -> dict[str, Any]:
    says = "Made to show the adaptive engine. Its figures come from simulated responses; no person answered."
    sagt = (
        "Zeigt das adaptive Verfahren. Die Kennwerte stammen aus simulierten Antworten, von keinem Menschen."
    )
    task, aufgabe = "Made-up exercises: {}.", "Erfundene Aufgaben: {}."
    return {
        "id": "synthetic",
        "version": "0.1.0",
        "title": "SYNTHETIC: figures and patterns",
        "language": "en",
        "description": says,
        "calibration": "uncalibrated",
        "standardSetting": "author's choice, no panel",
        "areas": [
            {"id": area, "name": name, "description": task.format(name.lower()), "links": []}
            for area, name, _, _ in AREAS
        ],
        "items": items,
        "translations": {
            "de": {
                "title": "SYNTHETIC: Zahlen und Muster",
                "description": sagt,
                "areas": {
                    area: {"name": name, "description": aufgabe.format(name)} for area, _, name, _ in AREAS
                },
                "items": german,
            }
        },
    }


def responses(ids: list[str], people: int = PEOPLE) -> str:
    """The answers of drawn people to drawn items, as the CSV that the command reads."""
    chance = np.random.default_rng(SEED)
    a = np.exp(0.3 * chance.standard_normal(len(ids)))
    b = chance.standard_normal(len(ids))
    theta = chance.standard_normal(people)
    right = chance.random((people, len(ids))) < 1 / (1 + np.exp(-a * (theta[:, None] - b)))
    lines = [
        ["person", *ids],
        *([f"drawn-{n}", *map(str, row)] for n, row in enumerate(right.astype(int).tolist())),
    ]
    return "".join(",".join(line) + "\n" for line in lines)


def make(to: Path, items: int = ITEMS, people: int = PEOPLE) -> None:
    """Write the calibrated bank to a file that is not there yet."""
    bank = content(items)
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = Path(folder, "bank.json"), Path(folder, "responses.csv")
        asked.write_text(json.dumps(bank, ensure_ascii=False))
        answered.write_text(responses([item["id"] for item in bank["items"]], people))
        options = [
            "--model",
            "2pl",
            "--bank",
            asked,
            "--version",
            VERSION,
            "--write",
            to,
            "--source",
            "simulated",
        ]
        if items >= 50:
            options += ["--prior", "eb"]
        command.main([str(one) for one in (answered, *options)], standalone_mode=False)


def simulate(bank: Path, offer: Path, to: Path) -> None:
    """Write the figures that publishing the offer needs, to a file that is not there yet."""
    options = (bank, "--offer", offer, "--seeds", SEEDS, "--write", to)
    simulating.command.main([str(one) for one in options], standalone_mode=False)


if __name__ == "__main__":
    offer, figures = FILE.with_suffix(".offer.json"), FILE.with_suffix(".figures.json")
    for made in (FILE, figures):
        made.unlink(missing_ok=True)
    make(FILE)
    simulate(FILE, offer, figures)
    sys.stdout.flush()
