"""Banks that tests publish."""

import json
from typing import Any


def calibrated(count: int = 40) -> bytes:
    """Items of two areas over the whole range of difficulty, calibrated; "o1" is right."""
    items = [
        {
            "id": f"q{number:02d}",
            "area": "first" if number % 2 else "second",
            "kind": "single",
            "stem": f"Question {number}?",
            "options": [{"id": f"o{n}", "text": f"Answer {n}", "rationale": "Because."} for n in (1, 2, 3)],
            "key": ["o1"],
            "parameters": {"model": "2pl", "a": 1.2, "b": 4 * number / (count - 1) - 2, "n": 600},
        }
        for number in range(count)
    ]
    areas: list[dict[str, Any]] = [
        {"id": name, "name": f"The {name} area", "description": "One.", "links": []}
        for name in ("first", "second")
    ]
    calibration = {"model": "2pl", "source": "recorded", "people": 600, "responses": "0" * 64}
    return json.dumps(
        {
            "id": "calibrated",
            "version": "1",
            "title": "A calibrated test",
            "language": "en",
            "description": "For tests.",
            "calibration": calibration | {"logLikelihood": -1.5},
            "standardSetting": "author's choice, no panel",
            "areas": areas,
            "items": items,
        }
    ).encode()


def uncalibrated(count: int = 60) -> bytes:
    """The same items before anybody measured them, as another bank."""
    bank = json.loads(calibrated(count))
    for item in bank["items"]:
        del item["parameters"]
    return json.dumps(bank | {"id": "uncalibrated", "calibration": "uncalibrated"}).encode()
