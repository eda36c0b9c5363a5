"""The assessment record of an outside assessment: what we know of it, what was declared, what stays unstated.

Published like the records of our own assessments, addressed by its digest; nothing about any person.
"""

import msgspec

from issuer.receipts.mapping import Mapped
from issuer.skills.store import Achievement
from schemas.receipt import UNSTATED

RULES = {
    "levels": "Where the provider states a level, its decision is taken over, by the map given here.",
    "cuts": "Where it states none, a level of ours is reached when the probability of being at or above its "
    "cut is at least the threshold, with the standard error that the provider states, normal errors and a "
    "flat prior.",
    "bare": "Where no standard error is stated, the bare score decides; that was declared acceptable.",
    "refused": "A result without a level and without a standard error is refused.",
}
LIMITS = (
    "Not the sole basis of a decision about a person.",
    "The assessment is another organisation's: its items, calibration and error rates are not known here.",
    "What the provider leaves away is unstated; nothing is guessed.",
)


def outside_record(issuer: str, name: str, mapped: Mapped, achievement: Achievement) -> bytes:
    """The record as canonical bytes: the same arguments give the same bytes on every machine."""
    document = {
        "type": "AssessmentRecord",
        "measures": {"title": mapped.title},
        "provider": {"id": issuer, "name": name},
        "assessment": {"id": mapped.uri, "version": mapped.version or "any; each credential names its own"},
        "rule": {
            "statement": _rules(mapped),
            "threshold": achievement.threshold if mapped.cuts else "not applied",
            "levels": [
                {"code": level.code, "name": level.name, "description": level.description}
                for level in achievement.levels
            ],
            "levelsOfTheProvider": {theirs: ours or "not yet" for theirs, ours in mapped.levels.items()},
            "cuts": msgspec.to_builtins(mapped.cuts),
            "scale": msgspec.to_builtins(mapped.scale) if mapped.scale else UNSTATED,
            "standardSetting": "cuts declared by the organisation that issues" if mapped.cuts else UNSTATED,
            "tier": UNSTATED,
        },
        "errorRates": UNSTATED,
        "conditions": {"leastAssurance": mapped.least_assurance},
        "limits": LIMITS,
    }
    return msgspec.json.encode(document, order="sorted")


def _rules(mapped: Mapped) -> str:
    used = ["levels"] if mapped.levels else []
    if mapped.cuts:
        used += ["cuts", "bare" if mapped.accept_without_error else "refused"]
    return " ".join(RULES[name] for name in used)
