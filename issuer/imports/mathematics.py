"""Presentation MathML in one line of text: E = mc², (a + b)/2, √2, d/(dθ).

The form is that of Unicode Technical Note 28 ("nearly plain-text mathematics"): parentheses are added where a
fraction, a root or an exponent would otherwise take in more or less than it does. What has no such form
(tables, accents, limits above and below, bold letters) is refused.
"""

import re
from collections.abc import Sequence
from typing import Final, Literal

from msgspec import Struct

from issuer.imports.characters import LOWERED, RAISED, clean
from issuer.imports.markup import Element
from issuer.imports.refusals import ImportRefused, named

MATHML: Final = "http://www.w3.org/1998/Math/MathML"
_ROWS: Final = frozenset({"math", "mrow", "mstyle", "mpadded"})
_UNSEEN: Final = frozenset("\u2061\u2062\u2063\u2064")  # function application, invisible times, comma, plus
_BINARY: Final = frozenset("+-\u2212±∓×·⋅÷∗*=≠<>≤≥≈≡∼≅∝→←↔⇒⇐⇔↦∈∉⊂⊆⊃⊇∪∩∧∨∘∥⊥∖")  # noqa: RUF001 - the signs themselves
_TIGHT: Final = frozenset("/!.%°′″…:|‖∠¬∂∇∑∏∫∞√∀∃∅ℝℕℤℚℂ")  # noqa: RUF001 - the signs themselves
_OPENING, _CLOSING, _BETWEEN = frozenset("([{⟨⌊⌈"), frozenset(")]}⟩⌋⌉"), frozenset(",;")
_FENCES: Final = _OPENING | _CLOSING | frozenset("|‖")
_MARKS: Final = {"′": "′", "'": "′", "″": "″", "∘": "°", "°": "°", "%": "%"}  # noqa: RUF001 - the signs themselves

_TIMES: Final = frozenset("×·⋅÷∗*/∘")  # noqa: RUF001 - the signs themselves
_PLAIN: Final = re.compile(r"\w+([.,][0-9]+)*")

Kind = Literal["letter", "word", "number", "text", "fenced", "fraction", "binary", "open", "tight", "between"]
"""What decides about spaces: `binary` signs stand between two things, `tight` ones are set without spaces."""


class Piece(Struct, frozen=True):
    """A part of a row as text; one that is not `whole` needs parentheses to be raised or have an exponent."""

    text: str
    kind: Kind
    whole: bool = True


def mathematics(math: Element) -> str:
    """What a `math` element shows, in a line; raises ImportRefused."""
    for element in math.walk():
        if element.space != MATHML:
            raise _refused(f"{named(element.name)} stands in mathematical notation")
        if element.get("mathvariant", "italic") not in {"italic", "normal"}:
            raise _refused(f"a letter is {named(element.get('mathvariant'))}")
    text = _joined(_row(math))
    if not text:
        raise _refused("it shows nothing")
    return text


def _refused(what: str) -> ImportRefused:
    return ImportRefused("item.mathematics", f"The notation has no form in a line of text: {what}.")


def _row(element: Element) -> list[Piece]:
    """The pieces in a row; rows in it are only grouped there, and show nothing of it."""
    return [piece for child in element.elements() for piece in _pieces(child)]


def _pieces(element: Element) -> list[Piece]:
    name = element.name
    if name in _ROWS and name != "math":
        return _row(element)
    if name == "semantics":
        return [piece for child in element.elements()[:1] for piece in _pieces(child)]
    if name == "mspace":
        return []
    if name in {"mi", "mn", "mtext"}:
        return _word(element)
    if name == "mo":
        return _operator(_characters(element))
    return [_composed(element)]


def _characters(element: Element) -> str:
    if element.elements():
        raise _refused(f"markup stands in {named(element.name)}")
    return " ".join(clean(element.text()).split())


def _word(element: Element) -> list[Piece]:
    text = _characters(element)
    if not text:
        return []
    kind: Kind = "letter" if len(text) == 1 else "word"
    if element.name != "mi":
        kind = "text" if element.name == "mtext" else "number"
    return [Piece(text, kind, whole=_PLAIN.fullmatch(text) is not None)]


def _operator(text: str) -> list[Piece]:
    if text in _UNSEEN or not text:
        return []
    for kind, signs in _KINDS:
        if text in signs:
            return [Piece(text, kind)]
    if text.isalpha():
        return [Piece(text, "word")]
    raise _refused(f"the sign {named(text)} is not known")


_KINDS: tuple[tuple[Kind, frozenset[str]], ...] = (
    ("binary", _BINARY),
    ("open", _OPENING),
    ("tight", _TIGHT | _CLOSING),
    ("between", _BETWEEN),
)


def _composed(element: Element) -> Piece:
    """A piece that is made of others."""
    name, parts = element.name, [_pieces(child) for child in element.elements()]
    if name == "mfenced":
        return _fenced(element, parts)
    if name == "msqrt" and any(parts):
        return Piece(f"√{_group([piece for part in parts for piece in part])}", "fenced", whole=False)
    if name not in _PARTS or len(parts) != _PARTS[name] or not all(parts):
        raise _refused(f"{named(name)} is not read")
    if name == "mfrac":
        above, below = (_group(part, raised=True) for part in parts)
        return Piece(f"{above}/{below}", "fraction", whole=False)
    if name == "mroot":
        return Piece(f"{_root(parts[1])}√{_group(parts[0])}", "fenced", whole=False)
    lower = _lowered(parts[1]) if name in {"msub", "msubsup"} else ""
    upper = _raised(parts[-1]) if name in {"msup", "msubsup"} else ""
    kind = parts[0][0].kind if len(parts[0]) == 1 and not {"^", "_"} & {*lower, *upper} else "word"
    return Piece(f"{_group(parts[0])}{lower}{upper}", kind, whole=False)


_PARTS: Final = {"mfrac": 2, "mroot": 2, "msup": 2, "msub": 2, "msubsup": 3}


def _fenced(element: Element, parts: list[list[Piece]]) -> Piece:
    before, after = element.get("open", "("), element.get("close", ")")
    if {before, after} - _FENCES or element.get("separators", ",") != ",":
        raise _refused("something stands between unusual signs")
    return Piece(f"{before}{', '.join(map(_joined, parts))}{after}", "fenced")


def _raised(pieces: list[Piece]) -> str:
    text = _joined(pieces)
    if text in _MARKS:
        return _MARKS[text]
    tight = text.replace(" ", "")
    return _in(tight, RAISED) if set(tight) <= set(RAISED) else f"^{_group(pieces)}"


def _lowered(pieces: list[Piece]) -> str:
    tight = _joined(pieces).replace(" ", "")
    return _in(tight, LOWERED) if set(tight) <= set(LOWERED) else f"_{_group(pieces)}"


def _root(pieces: list[Piece]) -> str:
    text = _joined(pieces)
    if not set(text) <= set(RAISED):
        raise _refused(f"a root of {named(text)}")
    return _in(text, RAISED)


def _in(text: str, forms: dict[str, str]) -> str:
    return "".join(forms[one] for one in text)


def _group(pieces: list[Piece], *, raised: bool = False) -> str:
    """Pieces as one: in parentheses, unless they are one already; `raised` says that exponents may stand."""
    text, first = _joined(pieces), pieces[0]
    one = len(pieces) == 1 and (first.whole or (raised and first.kind != "fraction"))
    return text if one else f"({text})"


def _joined(pieces: Sequence[Piece]) -> str:
    """A row as text."""
    text, last = "", None
    for at, piece in enumerate(pieces):
        following = pieces[at + 1] if at + 1 < len(pieces) else None
        shown = piece.text
        if piece.kind == "fraction" and not (_loose(last) and _loose(following)):
            shown = f"({shown})"
        if piece.kind == "binary" and last and last.kind not in {"binary", "open", "between"}:
            shown = f" {shown} " if following else f" {shown}"
        elif piece.kind == "between":
            shown = f"{shown} "
        elif last and (last.kind, piece.kind) in _APART:
            shown = f" {shown}"
        text, last = text + shown, piece
    return text.strip()


def _loose(beside: Piece | None) -> bool:
    """Whether a fraction may stand beside it without parentheses."""
    return beside is None or (beside.kind in {"binary", "between"} and beside.text not in _TIMES)


_SAID: tuple[Kind, ...] = ("letter", "word", "number", "fenced", "fraction", "text")
# Two that would run together, or read as something else: sin x, x 2, 2 3, √2 x.
_APART: Final[frozenset[tuple[Kind, Kind]]] = frozenset(
    [("word", one) for one in ("letter", "word", "number", "text")]
    + [(one, "word") for one in ("letter", "number", "fenced", "fraction")]
    + [("letter", "number"), ("number", "number"), ("fenced", "letter"), ("fenced", "number")]
    + [("text", one) for one in _SAID]
    + [(one, "text") for one in _SAID]
)
