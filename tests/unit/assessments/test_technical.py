"""Record and technical report of every tier: what they state, what they leave unstated, what stays out."""

import json
from collections.abc import Mapping
from itertools import chain
from typing import Any

import msgspec
import pytest

from issuer.assessments import precision
from issuer.assessments.bank import digest, read_bank, shipped
from issuer.assessments.documents import Documents, documents
from issuer.assessments.kinds.task import Agreement
from issuer.assessments.record import Level, Plan, SimulatedRates, Simulation, record_digest
from issuer.assessments.stated import Basis, item_parameters
from issuer.assessments.technical import technical_report
from issuer.measurement import ability
from issuer.measurement.characteristic import ability_at
from issuer.measurement.models import information
from issuer.simulation.figures import Band, ConfidenceBin, Extremes, Figures, LevelFigures, WorldFigures
from schemas.assessment import Bank, Calibration, Conditions, DifSummary, FitSummary, LevelCut, Translation
from schemas.items import Parameters, Task
from schemas.standard import Panel, SetLevel, Standard

BANK = read_bank(shipped("working-with-ai"))
LEVELS = (Level("working", "Working", "Everyday.", 0.5), Level("proficient", "Proficient", "Hard.", 0.7))
PLAN = Plan(LEVELS, 0.95, 20, 80, "confirmed", "AI tools are allowed.")
SIMPLE = Conditions(permitted_aids="None.", epochs=1)
FIGURES = Figures(
    about="ab" * 32,
    tier="2pl",
    scale="ability",
    model="2PL, a ~ LogN(0, .3), b ~ N(0, 1)",
    items=211,
    examinees=5000,
    seeds=(1, 2, 3, 4, 5, 6),
    threshold=0.95,
    worlds=tuple(
        WorldFigures(
            name=name,
            says="What is assumed.",
            accuracy=0.94,
            false_among_awards=0.021,
            qualified_missed=0.28,
            mean_items=26.6,
            max_exposure=0.246,
            false_among_awards_one_sitting=0.018,
            false_among_awards_pooled=0.021,
            mean_items_pooled=31.0,
            max_exposure_pooled=0.249,
            awarded=0.3,
            confidence=0.02,
            levels=(LevelFigures("working", 0.0, 0.94, 0.02, None),),
            worst=Extremes(0.93, 0.03, 0.02, 0.03, 0.3, 27.0, 0.25),
            confidence_bins=(ConfidenceBin(0.9, 1.0, 300, 0.97, 0.98),),
            error_by_ability=(Band(None, 0.0, 100, 0.1, 0.3, 0.31, 0.0, 20.0),),
        )
        for name in ("true", "weaker")
    ),
)
STANDARD = Standard(
    bank="cd" * 32,
    method="angoff",
    levels=(SetLevel("working", 0.0, "ability", 0.05, 0.5, 0.01, 0.1),),
    panel=Panel("six analysts", 6, 2, {"working": (0.1, 0.05)}),
    items=211,
    ratings="ef" * 32,
)


def calibrated(bank: Bank = BANK, source: Any = "recorded", model: Any = "2pl", **findings: Any) -> Bank:
    """The bank with made-up parameters on all items."""
    items = [
        msgspec.structs.replace(
            item,
            parameters=Parameters(
                model, 0.8 + n % 7 / 10, b if model != "grm" else (b, b + 0.5), se_a=0.1, se_b=0.2, n=500 + n
            ),
        )
        for n, item in enumerate(bank.items)
        for b in [n % 40 / 10 - 2]
    ]
    found = Calibration(model, source, 2000, "12" * 32, -12345.678, **findings)
    return msgspec.structs.replace(bank, calibration=found, items=tuple(items))


FOUND: Any = {"fit": FitSummary(211, 3, "p below .05"), "dif": (DifSummary("A against B", 200, 5, 1, 5, 2),)}


def made(bank: Bank = BANK, **basis: Any) -> Documents:
    chosen = Basis(**{"conditions": SIMPLE, "cuts": cuts_of(bank), **basis})
    return documents("Acme", bank, digest(b""), PLAN, chosen)


def cuts_of(bank: Bank) -> tuple[LevelCut, ...]:
    """The levels' cuts on ability, or as they are."""
    own = [item.parameters for item in bank.items if item.parameters]
    return tuple(LevelCut(level.code, ability_at(own, level.cut) if own else level.cut) for level in LEVELS)


def both(found: Documents) -> tuple[dict[str, Any], dict[str, Any]]:
    return json.loads(found.record), json.loads(found.report)


ADAPTIVE = Conditions(
    permitted_aids="None.", delivery="adaptive", assurance="confirmed", tasks=2, pilots_per_step=3,
    minutes_per_step=30.0, pauses=1, cool_down_days=30,
)  # fmt: skip


def test_an_adaptive_assessment_says_how_items_are_chosen_when_it_is_decided_and_what_comes_later() -> None:
    bank = calibrated()
    record, _ = both(made(bank, conditions=ADAPTIVE, figures=FIGURES, standard=STANDARD))
    assert record["form"]["delivery"] == "adaptive"
    assert "most information" in record["form"]["selection"]
    assert record["form"]["exposureCap"] == 0.25
    assert record["form"]["itemsBeforeADecisionAtLeast"] == 15
    assert record["form"]["unscoredItemsPerStep"] == 3
    assert record["bank"]["itemParameters"] == {
        "model": "2pl", "source": "recorded", "people": 2000, "responses": "sha256-" + "12" * 32,
        "logLikelihood": -12345.678,
    }  # fmt: skip
    rule = record["rule"]
    assert rule["scale"] == "ability"
    assert "after every answer from number 15 on" in rule["statement"]
    assert [one["cut"] for one in rule["cutsOnAbility"]] == [one.cut for one in cuts_of(bank)]
    assert rule["epochs"]["thresholds"] == [0.95, 0.975, 0.9875]
    assert "0.25 more variance on the scale of ability" in rule["epochs"]["statement"]
    assert rule["standardSetting"]["panel"]["size"] == 6
    assert rule["standardSetting"]["levels"][0]["standardError"] == 0.05
    assert "bank" not in rule["standardSetting"]
    assert [world["name"] for world in record["errorRates"]["worlds"]] == ["true", "weaker"]
    assert record["errorRates"]["worlds"][0]["worstSeed"]["falseAmongAwards"] == 0.03
    assert record["conditions"]["time"] == {"minutesPerStep": 30.0, "pauses": 1}
    assert "never the reason" in record["conditions"]["accommodation"]
    assert record["conditions"]["itemsToConfirm"] == 12
    assert any("recorded responses of 2,000 persons" in limit for limit in record["limits"])
    assert not any("difficulty is the author's" in limit for limit in record["limits"])


def test_tasks_have_two_raters_and_an_agreement_that_is_unstated_until_it_is_known() -> None:
    record, _ = both(made(conditions=ADAPTIVE))
    told = record["form"]["performanceTasks"]
    own = [item for item in BANK.items if isinstance(item, Task)]
    assert told["perSession"] == 2
    assert "two persons who do not see each other's points" in told["rating"]
    assert told["withAidsOfTheirOwn"] == sum(task.aids is not None for task in own)
    assert told["agreement"] == "unstated"
    found = made(conditions=ADAPTIVE, agreement=Agreement(40, 0.85, 0.7))
    agreed = both(found)[0]["form"]["performanceTasks"]["agreement"]
    assert agreed == {"works": 40, "exact": 0.85, "kappa": 0.7}
    assert b"the same points in 85.0 of 100 judgements" in found.page
    assert b"pooled over the criteria, is 0.70" in found.page
    assert b"is undefined" in made(conditions=ADAPTIVE, agreement=Agreement(40, 1.0, None)).page
    assert "performanceTasks" not in both(made())[0]["form"]


def test_whole_forms_state_no_more_than_applies() -> None:
    record, _ = both(made(standard=None))
    assert record["rule"]["scale"] == "proportion"
    assert not record["rule"].keys() & {"epochs", "cutsOnAbility"}
    assert not record["form"].keys() & {"exposureCap", "unscoredItemsPerStep", "itemsBeforeADecisionAtLeast"}
    assert record["conditions"]["time"] == "no limit"
    assert record["conditions"]["languages"] == ["en"]
    assert not record["conditions"].keys() & {"translation", "itemsToConfirm"}
    capped = both(made(conditions=Conditions(permitted_aids="", delivery="fixed", exposure_cap=0.4)))[0]
    assert capped["form"]["exposureCap"] == 0.4
    assert "same items for everybody" in capped["form"]["selection"]
    assert capped["rule"]["epochs"]["statement"].count("0.01 more variance on the scale of proportion") == 1


def test_languages_enemies_points_and_an_older_scale_are_stated_where_they_are() -> None:
    first, *others = BANK.items
    bank = msgspec.structs.replace(
        calibrated(model="grm"),
        translations={"de": Translation("", "", {}, {})},
    )
    assert isinstance(bank.calibration, Calibration)
    calibration = msgspec.structs.replace(bank.calibration, linked_to="34" * 32)
    hostile = msgspec.structs.replace(bank.items[0], enemies=(others[0].id,))
    bank = msgspec.structs.replace(bank, calibration=calibration, items=(hostile, *bank.items[1:]))
    record, _ = both(made(bank))
    assert first.id != others[0].id
    assert record["conditions"]["languages"] == ["en", "de"]
    assert "not examined" in record["conditions"]["translation"]
    assert record["form"]["enemies"] == "never asked together"
    assert record["form"]["itemScoring"].startswith("in points")
    assert record["bank"]["itemParameters"]["onTheScaleOf"] == "sha256-" + "34" * 32
    assert "when a step ends" in record["rule"]["statement"]


def test_simulated_responses_are_said_loudly_everywhere() -> None:
    found = made(calibrated(source="simulated"))
    record, report = both(found)
    for document in (record, report):
        assert document["notice"].startswith("SYNTHETIC")
        assert document["limits"][1].startswith("SYNTHETIC")
        assert document["bank"]["itemParameters"]["source"] == "simulated"
    assert found.page.decode().index("SYNTHETIC") < found.page.decode().index("What is asked")
    assert "notice" not in both(made(calibrated()))[0]
    assert item_parameters(BANK) == "none"


def test_the_record_names_the_report_and_the_report_names_itself_by_its_digest() -> None:
    found = made(figures=FIGURES)
    page, report = json.loads(found.record)["technicalReport"]
    assert page["digest"] == f"sha256-{record_digest(found.page)}"
    assert report["digest"] == f"sha256-{record_digest(found.report)}"
    assert page["href"] == f"../reports/{record_digest(found.page)}"
    assert f'href="{report["href"]}"'.encode() in found.page
    assert found == made(figures=FIGURES)


def test_no_item_is_in_any_document() -> None:
    bank = calibrated(**FOUND)
    for found in (made(), made(bank, conditions=ADAPTIVE, figures=FIGURES)):
        for document in (found.record, found.report, found.page):
            text = document.decode()
            assert not [item.id for item in bank.items if f'"{item.id}"' in text or f">{item.id}<" in text]
            assert not [item.id for item in bank.items if item.stem[:40] in text]


def test_findings_are_counted_and_what_nobody_looked_at_is_unstated() -> None:
    found = made(calibrated(**FOUND))
    record, report = both(found)
    assert report["itemFit"] == {"items": 211, "misfits": 3, "criterion": "p below .05"}
    assert report["differentialItemFunctioning"] == [
        {"comparison": "A against B", "a": 200, "b": 5, "c": 1, "insufficient": 5, "notComputed": 2}
    ]
    assert record["bank"]["itemParameters"].keys().isdisjoint({"fit", "dif"})
    assert b"not compared because they give points 2" in found.page
    _, report = both(made(calibrated()))
    assert report["itemFit"] == report["differentialItemFunctioning"] == "unstated"
    _, report = both(made())
    assert report["itemFit"] == report["differentialItemFunctioning"] == "unstated"
    assert report["errorRates"] == "unstated"
    assert report["itemStatistics"] == "none"
    counted = report["itemCounts"]
    assert sum(counted["byState"].values()) == len(BANK.items)
    assert sum(counted["byKind"].values()) == sum(area["live"] for area in counted["byArea"])


def test_before_calibration_the_page_says_both_error_rates() -> None:
    rates = (SimulatedRates("working", 0.03, 0.31), SimulatedRates("proficient", 0.05, 0.5))
    simulation = Simulation("a world", 5000, 20, "the worst seed", 57.9, 0.047, rates)
    chosen = Basis(conditions=SIMPLE, cuts=cuts_of(BANK))
    page = documents("Acme", BANK, digest(b""), PLAN, chosen, simulation=simulation).page.decode()
    assert "4.7 of 100 awards went to people below the cut" in page
    assert "31.0 of 100 people who qualify for the lowest level went without" in page


def test_parameters_are_told_by_their_distribution() -> None:
    bank = calibrated()
    _, report = both(made(bank))
    told = report["itemStatistics"]
    assert told["responsesPerItem"]["least"] == 500
    assert (told["difficulty"]["least"], told["difficulty"]["most"]) == (-2.0, 1.9)
    assert told["difficultyError"]["median"] == 0.2
    assert told["lowerAsymptote"] == "unstated"
    assert sum(one["count"] for one in told["difficulties"]) == len(bank.items)
    assert all(one["to"] - one["from"] == 0.5 for one in told["difficulties"])
    single = msgspec.structs.replace(bank, items=bank.items[:1])
    one = json.loads(technical_report(single, "", PLAN, Basis(conditions=SIMPLE, cuts=())))
    assert one["itemStatistics"]["difficulty"]["sd"] is None


def test_a_session_is_as_sure_as_its_information_says() -> None:
    bank = calibrated()
    asked = [item for item in bank.items if not isinstance(item, Task)]
    own = {
        area.id: [item.parameters for item in asked if item.area == area.id and item.parameters]
        for area in bank.areas
    }
    on_the_fly, adaptive = (precision.session(bank, 40, adaptive=one) for one in (False, True))
    at = precision.ABILITIES.index(0.5)
    mean = sum(8 * sum(information(one, 0.5) for one in items) / len(items) for items in own.values())
    best = sum(sum(sorted(information(one, 0.5) for one in items)[-8:]) for items in own.values())
    assert on_the_fly.points[at].standard_error == pytest.approx((1 + mean) ** -0.5, abs=1e-3)
    assert adaptive.points[at].standard_error == pytest.approx((1 + best) ** -0.5, abs=1e-3)
    assert adaptive.reliability is not None
    assert on_the_fly.reliability is not None
    assert adaptive.reliability > on_the_fly.reliability > 0.8
    # The scoring engine agrees, near the answers that are most likely.
    best_items = [sorted(items, key=lambda one: -information(one, 0.0))[:8] for items in own.values()]
    evidence = [ability.Evidence(one, n % 2) for n, one in enumerate(chain(*best_items))]
    found = ability.posterior(evidence)
    middle = precision.ABILITIES.index(round(found.mean * 4) / 4)
    assert adaptive.points[middle].standard_error == pytest.approx(found.sd, abs=0.03)
    assert dict(precision.bank_information(bank))[0.5] > 1 / on_the_fly.points[at].standard_error ** 2


def test_before_calibration_a_session_is_as_sure_as_counting_makes_it() -> None:
    session = precision.session(BANK, 20, adaptive=False)
    assert session.reliability is None
    assert session.points[9].at == 0.5
    assert session.points[9].standard_error == pytest.approx((0.25 / 23) ** 0.5, abs=1e-3)


def test_lengths_in_between_take_a_part_of_an_item() -> None:
    bank = calibrated()
    areas = len(bank.areas)
    low, mid, high = (
        precision.session(bank, items, adaptive=True).points[16].standard_error
        for items in (areas * 3, areas * 3 + 2, areas * 4)
    )
    assert low > mid > high


def test_the_simulated_error_by_ability_is_in_the_report_alone() -> None:
    record, report = both(made(figures=FIGURES, conditions=ADAPTIVE))
    assert report["errorRates"]["errorByAbility"][0]["statedError"] == 0.31
    assert report["errorRates"]["confidence"][0]["said"] == 0.97
    assert not record["errorRates"].keys() & {"errorByAbility", "confidence"}
    assert [session["items"] for session in report["precision"]["sessions"]] == [15, 27, 80]
    assert isinstance(report["measures"], Mapping)
