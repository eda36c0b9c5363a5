"""Linking: the old scale is found again, drifting anchors are named, too few or too loose ones refused."""

import numpy as np
import pytest
from msgspec.structs import replace

from issuer.calibration.calibrate import calibrate
from issuer.calibration.link import link, linked
from issuer.calibration.refused import CalibrationRefused
from issuer.calibration.report import lines, report
from schemas.items import Model, Parameters
from tests.unit.calibration.worlds import World, draw


def truth(world: World, model: Model) -> dict[str, Parameters]:
    items = world.items
    return {
        name: Parameters(
            model, float(items.slope[j]), tuple(row) if model == "grm" else row[0], float(items.asymptote[j])
        )
        for j, (name, row) in enumerate(zip(world.responses.items, items.difficulties.tolist(), strict=True))
    }


@pytest.mark.parametrize("model", ["rasch", "2pl", "grm"])
def test_stronger_and_more_different_people_come_out_on_the_old_scale(model: Model) -> None:
    world = draw(
        5,
        1500,
        24,
        spread=0.0 if model == "rasch" else 0.3,
        thresholds=2 if model == "grm" else 1,
        mean=0.6,
        sd=1.2,
    )
    old = truth(world, model)
    anchors = dict(list(old.items())[:16])
    calibrated = calibrate(world.responses, model)
    found = link(calibrated, anchors)
    assert found.slope == pytest.approx(1.2, abs=0.1)
    assert found.shift == pytest.approx(0.6, abs=0.12)
    assert (len(found.anchors), found.drifting) == (16, ())
    moved = linked(calibrated, found)
    off = moved.fitted.items.difficulties - world.items.difficulties
    assert np.abs(off / moved.errors.difficulties).max() < 4
    printed = report(calibrated, link=found)
    assert printed.latent_sd == pytest.approx(found.slope, abs=1e-6)
    assert printed.latent_mean == pytest.approx(found.shift, abs=1e-6)
    assert printed.items[0].se_a > 0
    assert "On the old scale by 16 anchors" in "\n".join(lines(printed))


def test_anchors_that_moved_are_named_and_do_not_pull() -> None:
    world = draw(8, 1500, 20)
    old = truth(world, "2pl")
    names = list(old)
    for name in names[:2]:
        b = old[name].b
        assert isinstance(b, float)
        old[name] = replace(old[name], b=b + 1.0)
    found = link(calibrate(world.responses, "2pl"), old)
    assert set(names[:2]) <= set(found.drifting)
    assert len(found.drifting) <= 3
    assert found.shift == pytest.approx(0.0, abs=0.1)


def test_what_carries_no_scale_is_refused() -> None:
    world = draw(8, 1500, 20)
    calibrated, old = calibrate(world.responses, "2pl"), truth(world, "2pl")
    loose = {
        name: replace(one, b=-one.b if isinstance(one.b, float) and n % 3 == 0 else one.b)
        for n, (name, one) in enumerate(old.items())
    }
    eleven = dict(list(old.items())[:11])
    moved = {name: replace(one, b=5.0) if n < 2 else one for n, (name, one) in enumerate(eleven.items())}
    for scale, code in (
        (dict(list(old.items())[:9]), "link.too_few_anchors"),
        (loose, "link.drift"),
        (moved, "link.too_few_anchors"),
        ({name: replace(one, model="rasch") for name, one in old.items()}, "link.model"),
    ):
        with pytest.raises(CalibrationRefused) as refused:
            link(calibrated, scale)
        assert refused.value.code == code
