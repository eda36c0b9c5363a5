"""The bank called SYNTHETIC is what its script and our own command make of nothing else."""

import json
from pathlib import Path

import numpy as np
import pytest

from bench.synthetic import content, make, responses
from issuer.assessments.bank import read_bank, shipped
from issuer.calibration.em import estimate
from issuer.calibration.fit import MISFIT
from issuer.calibration.parameters import Setting, data_of, start
from issuer.calibration.responses import read
from schemas.assessment import FitSummary


def test_what_is_asked_is_what_the_script_writes() -> None:
    bank = json.loads(shipped("synthetic"))
    for item in bank["items"]:
        assert item.pop("parameters")["n"] == 2_000
    made = content()
    del bank["calibration"], bank["version"], made["calibration"], made["version"]
    assert bank == made


def test_its_parameters_are_estimated_from_the_drawn_answers() -> None:
    bank = read_bank(shipped("synthetic"))
    answers = read(responses([item.id for item in bank.items]).encode())
    assert bank.calibration != "uncalibrated"
    assert (bank.calibration.source, bank.calibration.responses) == ("simulated", answers.digest())
    assert bank.calibration.fit == FitSummary(300, 0, MISFIT)
    setting, data = (
        Setting("2pl", empirical_bayes=True, held=np.zeros(300, dtype=bool)),
        data_of(answers.scores),
    )
    fitted = estimate(setting, data, start(setting, data), answers.items)
    shipped_ones = [item.parameters for item in bank.items if item.parameters]
    assert [one.a for one in shipped_ones] == pytest.approx(fitted.items.slope, abs=1e-3)
    assert [one.b for one in shipped_ones] == pytest.approx(fitted.items.difficulties[:, 0], abs=2e-3)


def test_a_small_one_is_made_in_one_go(tmp_path: Path) -> None:
    made = tmp_path / "small.json"
    make(made, items=10, people=600)
    bank = read_bank(made.read_bytes())
    assert (bank.tier, len(bank.items), set(bank.translations)) == ("2pl", 10, {"de"})


def test_every_key_is_right_by_computation() -> None:
    for item in content()["items"]:
        words = item["stem"].rstrip("?").replace(",", "").split()
        figures = [int(word) for word in words if word.isdigit()]
        right = {
            "sums": lambda given: given[0] + given[1],
            "differences": lambda given: given[0] - given[1],
            "products": lambda given: given[0] * given[1],
            "sequences": lambda given: 2 * given[-1] - given[-2],
            "remainders": lambda given: given[0] % given[1],
        }[item["area"]](figures)
        assert [one["text"] for one in item["options"] if one["id"] in item["key"]] == [str(right)]
