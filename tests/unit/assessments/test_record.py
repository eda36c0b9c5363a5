import base64
import hashlib
import json

import pytest

from issuer.assessments.assemble import admissible
from issuer.assessments.bank import digest, read_bank, shipped
from issuer.assessments.record import (
    Level,
    Plan,
    SimulatedRates,
    Simulation,
    assessment_record,
    digest_sri,
    record_digest,
)
from issuer.assessments.scoring import ENGINE_VERSION
from issuer.assessments.simulate import plan_key, shipped_simulation, simulate_uncalibrated
from schemas.assessment import LevelCut

BANK = read_bank(shipped())
SCORED = len(admissible(BANK, frozenset()))  # without the tasks
PLAN = Plan(
    levels=(
        Level("working", "Working", "Everyday questions.", 0.5),
        Level("proficient", "Proficient", "Hard ones.", 0.7),
    ),
    threshold=0.95,
    items_per_step=20,
    items_at_most=80,
    assurance="unsupervised",
    permitted_aids="Documentation; no other help.",
)


def test_a_record_says_what_was_measured_how_and_with_what_limits() -> None:
    record = json.loads(assessment_record(BANK, digest(shipped()), PLAN))
    assert record["bank"] == {
        "id": "sql-for-analysts",
        "version": BANK.version,
        "digest": f"sha256-{digest(shipped())}",
        "items": 217,
        "calibration": "uncalibrated",
        "itemParameters": "none",
    }
    assert [area["items"] for area in record["measures"]["areas"]] == [43, 44, 43, 43, 44]
    assert record["rule"]["tier"] == "uncalibrated"
    assert record["rule"]["threshold"] == 0.95
    assert [level["cut"] for level in record["rule"]["levels"]] == [0.5, 0.7]
    assert record["rule"]["standardSetting"] == "author's choice, no panel"
    assert record["form"]["engine"] == ENGINE_VERSION
    assert record["errorRates"] == "unstated"
    assert "help from people or AI tools not excluded" in record["conditions"]["assuranceStatement"]
    assert record["conditions"]["permittedAids"] == PLAN.permitted_aids
    assert any("Not the sole basis" in limit for limit in record["limits"])


def test_the_same_record_is_the_same_bytes_and_its_name_is_their_digest() -> None:
    first, second = (assessment_record(read_bank(shipped()), digest(shipped()), PLAN) for _ in range(2))
    assert first == second
    assert record_digest(first) == hashlib.sha256(first).hexdigest()
    assert base64.b64decode(digest_sri(first).removeprefix("sha256-")).hex() == record_digest(first)
    assert (
        first
        == json.dumps(json.loads(first), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    )


def test_records_of_before_are_the_same_bytes() -> None:
    # Credentials in the world pin these digests.
    for simulation, pinned in (
        (None, "11d4d8b3c054beb9a7cffb8a1c0d34289142948432a2b3428b2d9a50ace6510a"),
        (
            shipped_simulation(PLAN, SCORED),
            "9ef8085a03686bf4ec5374a3a5164db18c3647ff7ba39e35681d4409619a13f4",
        ),
    ):
        record = assessment_record(BANK, digest(shipped()), PLAN, simulation)
        assert record_digest(record.replace(ENGINE_VERSION.encode(), b"assay-2")) == pinned


def test_a_record_gives_no_item_away() -> None:
    record = assessment_record(BANK, digest(shipped()), PLAN).decode()
    assert not any(item.stem in record or f'"{item.id}"' in record for item in BANK.items)


def test_a_level_is_a_cut_to_scoring() -> None:
    assert PLAN.levels[0].level_cut == LevelCut("working", 0.5)


def test_error_rates_are_stated_where_they_were_simulated() -> None:
    simulation = shipped_simulation(PLAN, SCORED)
    assert simulation is not None
    stated = json.loads(assessment_record(BANK, digest(shipped()), PLAN, simulation))["errorRates"]
    assert (stated["people"], stated["seeds"], stated["figures"]) == (5000, 20, "the worst seed")
    assert stated["falseAmongAwards"] <= 0.05
    assert shipped_simulation(PLAN, 99) is None


def test_the_shipped_rates_are_reproduced_in_kind_by_a_small_run() -> None:
    small = simulate_uncalibrated(PLAN, SCORED, people=600, seeds=2)
    shipped_rates = shipped_simulation(PLAN, SCORED)
    assert shipped_rates is not None
    assert small.mean_items == pytest.approx(shipped_rates.mean_items, abs=3)
    assert small.false_among_awards is not None
    assert small.false_among_awards < 0.06
    assert small.rates[0].qualified_missed == pytest.approx(shipped_rates.rates[0].qualified_missed, abs=0.1)
    assert small == simulate_uncalibrated(PLAN, SCORED, people=600, seeds=2)


def test_rates_of_what_never_happens_are_unknown() -> None:
    far = Plan((Level("far", "Far", "Out of reach.", 0.999),), 0.99, 5, 8, "unsupervised", "none")
    run = simulate_uncalibrated(far, 8, people=5, seeds=1)
    assert run.rates == (SimulatedRates("far", None, None),)
    assert run.false_among_awards is None
    assert isinstance(run, Simulation)
    assert plan_key(far, 8) == "items=8 step=5 most=8 t=0.99 far=0.999"
