"""The standard as a document: written once, and read again for the bank that it was set on."""

import json
from collections.abc import Iterator
from itertools import pairwise

import msgspec

from issuer.assessments.standard.ratings import FEWEST_PANELLISTS
from issuer.assessments.standard.refused import StandardRefused
from issuer.measurement.ability import LARGEST_CUT
from schemas.assessment import Bank, Scale
from schemas.standard import Standard
from schemas.strict_json import StrictJsonError, loads


def encode(standard: Standard) -> bytes:
    """The document's bytes, for people to read too."""
    return (json.dumps(msgspec.to_builtins(standard), ensure_ascii=False, indent=2) + "\n").encode()


def read_standard(document: bytes, bank: Bank, bank_digest: str) -> Standard:
    """The standard in these bytes; `bank_digest` is the SHA-256, hexadecimal, of the bank that it is for.

    Raises StandardRefused: standard.json, standard.shape, standard.bank, standard.sense.
    """
    try:
        standard = msgspec.convert(loads(document), Standard)
    except StrictJsonError as error:
        raise StandardRefused("standard.json", f"The standard is not strict JSON: {error.detail}") from error
    except msgspec.ValidationError as error:
        raise StandardRefused(
            "standard.shape", f"The standard does not have the form of one: {error}"
        ) from error
    if standard.bank != bank_digest:
        raise StandardRefused(
            "standard.bank",
            "The panel judged another version of the bank. Let a panel judge this one, or publish that one.",
        )
    for finding in lint_standard(standard, bank):
        raise StandardRefused("standard.sense", f"The standard cannot be: {finding}")
    return standard


def lint_standard(standard: Standard, bank: Bank) -> Iterator[str]:
    """What a document that our own command wrote for the bank does not say."""
    scale: Scale = "proportion" if bank.calibration == "uncalibrated" else "ability"
    cuts = [level.cut for level in standard.levels]
    if not cuts or any(low >= high for low, high in pairwise(cuts)):
        yield "its levels do not ascend by their cuts."
    for level in standard.levels:
        low, high = (0.0, 1.0) if scale == "proportion" else (-LARGEST_CUT, LARGEST_CUT)
        if level.scale != scale or not low < level.cut < high or level.standard_error < 0:
            yield f"the cut of the level {level.code} is none on the scale of {scale}."
        if len(standard.panel.spread.get(level.code, ())) != standard.panel.rounds:
            yield f"the level {level.code} has no spread for each round."
    if standard.panel.size < FEWEST_PANELLISTS or standard.panel.rounds < 1:
        yield "a panel is two persons at least, in one round at least."
