"""Groups compared item by item with calibration's own functions, which need NumPy."""

from collections.abc import Mapping, Sequence

import numpy as np

from issuer.calibration.calibrate import calibrate
from issuer.calibration.dif import Dif, dif
from issuer.calibration.refused import CalibrationRefused
from issuer.calibration.responses import NOT_MET, Responses


def compare(
    sheets: Sequence[Mapping[str, bool]], focals: Sequence[bool], items: Sequence[str]
) -> tuple[Dif, ...] | None:
    """Each item between the others and the focal group; None where the answers cannot be calibrated."""
    scores = np.array([[int(sheet.get(item, NOT_MET)) for item in items] for sheet in sheets], dtype=np.int64)
    persons = tuple(map(str, range(len(sheets))))
    focal = np.array(focals)
    try:
        calibrated = calibrate(Responses(persons, tuple(items), scores, 0), "rasch")
    except CalibrationRefused:
        return None
    return dif(calibrated, {"reference": ~focal, "focal": focal})
