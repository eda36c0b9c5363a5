"""Damage to genuine credentials of every form, in short; `make soak` does it a hundred thousand times."""

from random import Random

from bench.mutations import FORMS, controls, damaged, judged

CONTROLS = controls()


def test_every_form_is_among_them() -> None:
    assert {case.format for case in CONTROLS} == set(FORMS)


async def test_the_undamaged_are_valid() -> None:
    for case in CONTROLS:
        report = await judged(case, case.input.content())
        assert report.verdict == "valid", case.id


async def test_the_damaged_never_are() -> None:
    tried = 0
    for number in range(2_000):
        chance = Random(f"short/{number}")  # noqa: S311 - repeatable, not secret
        case = chance.choice(CONTROLS)
        evidence = damaged(case, CONTROLS, chance)
        if evidence is not None:
            report = await judged(case, evidence)
            assert report.verdict != "valid", (number, case.id)
            tried += 1
    assert tried > 1_500
