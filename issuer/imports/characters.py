"""Characters: which may stand in an item, and the raised and lowered forms that Unicode has."""

import unicodedata
from typing import Final

from issuer.imports.refusals import ImportRefused

RAISED: Final = dict(zip("0123456789+-\u2212=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ", strict=True))
LOWERED: Final = dict(zip("0123456789+-\u2212=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎", strict=True))


def clean(text: str) -> str:
    """Text as it may stand in an item; raises ImportRefused for characters that mean something else there."""
    for one in text:
        if one == "`":
            raise ImportRefused("item.text", "The text has a backtick, which sets code in our items.")
        if unicodedata.category(one) in {"Cc", "Cs", "Co", "Cn"} and one not in "\t\n\r":
            raise ImportRefused(
                "item.text", f"The text has the character U+{ord(one):04X}, which is no text."
            )
    return text
