"""A small writer of QTI 3: items of the test's own making, and items of ours as QTI would have them."""

import io
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest

from issuer.imports.build import Frame, build
from issuer.imports.importing import Imported, Wanted, asked_once, import_package
from issuer.imports.markup import QTI, parse
from issuer.imports.package import Package, beside
from issuer.imports.pictures import Pictures, Room
from issuer.imports.processing import read_processing
from issuer.imports.question import read_question
from issuer.imports.refusals import ImportRefused
from schemas.items import Inline, Item, Match, Multiple, Numeric, Order, Single, Text

TEMPLATES = "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/"
MATCH_CORRECT = f'<qti-response-processing template="{TEMPLATES}match_correct.xml"/>'
MAP_RESPONSE = f'<qti-response-processing template="{TEMPLATES}map_response"/>'
SCORE = '<qti-outcome-declaration identifier="SCORE" cardinality="single" base-type="float"/>'


def item(body: str, *parts: str, identifier: str = "q1", attributes: str = "") -> bytes:
    """An assessment item: its body's markup, and declarations and processing in any order."""
    around = "".join(part for part in parts if not part.startswith("<qti-response-processing"))
    after = "".join(part for part in parts if part.startswith("<qti-response-processing"))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<qti-assessment-item xmlns="{QTI}" '
        f'identifier={quoteattr(identifier)} title="t" {attributes}>{around}'
        f"<qti-item-body>{body}</qti-item-body>{after}</qti-assessment-item>"
    ).encode()


def response(
    correct: tuple[str, ...] = (),
    cardinality: str = "single",
    base: str = "identifier",
    mapping: Mapping[str, float | str] | None = None,
    identifier: str = "RESPONSE",
    bounds: str = "",
) -> str:
    values = "".join(f"<qti-value>{escape(one)}</qti-value>" for one in correct)
    known = f"<qti-correct-response>{values}</qti-correct-response>" if correct else ""
    entries = "".join(
        f'<qti-map-entry map-key={quoteattr(key)} mapped-value="{worth}"/>'
        for key, worth in (mapping or {}).items()
    )
    mapped = "" if mapping is None else f"<qti-mapping {bounds}>{entries}</qti-mapping>"
    return (
        f'<qti-response-declaration identifier="{identifier}" cardinality="{cardinality}" base-type="{base}">'
        f"{known}{mapped}</qti-response-declaration>"
    )


def outcome(
    identifier: str = "SCORE", base: str = "float", inner: str = "", cardinality: str = "single"
) -> str:
    return (
        f'<qti-outcome-declaration identifier="{identifier}" cardinality="{cardinality}" base-type="{base}">'
        f"{inner}</qti-outcome-declaration>"
    )


def default(value: str) -> str:
    return f"<qti-default-value><qti-value>{value}</qti-value></qti-default-value>"


def processing(*rules: str) -> str:
    return f"<qti-response-processing>{''.join(rules)}</qti-response-processing>"


def when(condition: str, then: str, otherwise: str = "") -> str:
    other = f"<qti-response-else>{otherwise}</qti-response-else>" if otherwise else ""
    return (
        f"<qti-response-condition><qti-response-if>{condition}{then}</qti-response-if>{other}"
        "</qti-response-condition>"
    )


def put(outcome_name: str, expression: str) -> str:
    return f'<qti-set-outcome-value identifier="{outcome_name}">{expression}</qti-set-outcome-value>'


def base(value: object, kind: str = "float") -> str:
    return f'<qti-base-value base-type="{kind}">{escape(str(value))}</qti-base-value>'


def variable(identifier: str = "RESPONSE") -> str:
    return f'<qti-variable identifier="{identifier}"/>'


def correct(identifier: str = "RESPONSE") -> str:
    return f'<qti-correct identifier="{identifier}"/>'


def marked(text: str) -> str:
    """A text of ours, its code between backticks as elements."""
    pieces = [escape(piece) for piece in text.split("`")]
    return "".join(f"<code>{piece}</code>" if place % 2 else piece for place, piece in enumerate(pieces))


def choices(names: Mapping[str, str], tag: str = "qti-simple-choice", more: str = "") -> str:
    return "".join(f'<{tag} identifier="{key}"{more}>{marked(text)}</{tag}>' for key, text in names.items())


def choice(
    names: Mapping[str, str], most: int = 1, prompt: str = "Which one?", identifier: str = "RESPONSE"
) -> str:
    return (
        f'<qti-choice-interaction response-identifier="{identifier}" shuffle="true" max-choices="{most}">'
        f"<qti-prompt>{marked(prompt)}</qti-prompt>{choices(names)}</qti-choice-interaction>"
    )


THREE = {"x": "Alpha", "y": "Beta", "z": "Gamma"}


ASSOCIABLE = "qti-simple-associable-choice"
SEASONS = {"w": "winter", "s": "summer"}
ENTRY = '<p>A word: <qti-text-entry-interaction response-identifier="RESPONSE"/></p>'


def refusal(document: bytes) -> str:
    with pytest.raises(ImportRefused) as caught:
        take(document)
    return caught.value.code


def match(first: dict[str, str], second: dict[str, str]) -> str:
    sets = "".join(
        f"<qti-simple-match-set>{choices(one, ASSOCIABLE)}</qti-simple-match-set>" for one in (first, second)
    )
    return (
        f'<p>Which is on which?</p><qti-match-interaction response-identifier="RESPONSE">{sets}'
        "</qti-match-interaction>"
    )


def pairs(ours: Match) -> set[tuple[str, str]]:
    options = {option.id: option.text for option in ours.options}
    targets = {target.id: target.text for target in ours.targets}
    return {(options[option], targets[target]) for option, target in ours.key.items()}


def field(identifier: str, names: dict[str, str]) -> str:
    return (
        f'<qti-inline-choice-interaction response-identifier="{identifier}">'
        f"{choices(names, 'qti-inline-choice')}</qti-inline-choice-interaction>"
    )


def hit(identifier: str) -> str:
    return f"<qti-match>{variable(identifier)}{correct(identifier)}</qti-match>"


def take(document: bytes) -> Item:
    """The one item of ours for an item of QTI; raises ImportRefused."""
    return taken(document)[0]


def taken(document: bytes) -> tuple[Item, tuple[str, ...]]:
    """As above, with what was left out."""
    root, lost = asked_once(parse(document))
    nothing = beside(Package(("q.xml",), lambda _: b""), "q.xml")
    question = read_question(root, Pictures(nothing, Room(0)))
    built = build(question, read_processing(root), Frame("q", "a", "live"))
    return built.item, lost + built.lost


def through(path: Path, **wanted: object) -> Imported:
    return import_package(path, Wanted("b", "B", **wanted))  # type: ignore[arg-type] # a test says which


def right_texts(item: Single | Multiple) -> set[str]:
    return {option.text for option in item.options if option.id in item.key}


def package(files: Mapping[str, bytes], *, links: tuple[str, ...] = ()) -> bytes:
    """A zip archive of these files."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (stat.S_IFLNK if name in links else stat.S_IFREG) << 16
            archive.writestr(entry, content)
    return held.getvalue()


def manifest(*names: str, metadata: str = "", kind: str = "imsqti_item_xmlv3p0") -> bytes:
    resources = "".join(
        f'<resource identifier="r{place}" type="{kind}" href={quoteattr(name)}>{metadata}'
        f"<file href={quoteattr(name)}/></resource>"
        for place, name in enumerate(names)
    )
    return (
        '<manifest xmlns="http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1" identifier="m">'
        f"<organizations/><resources>{resources}</resources></manifest>"
    ).encode()


def as_qti(ours: Item) -> bytes:
    """An item of ours as QTI 3, for the kinds that QTI has; the key stands in its declarations only."""
    shown = f"<pre>{escape(ours.exhibit)}</pre>" if ours.exhibit else ""
    around = f"<p>{marked(ours.stem)}</p>{shown}"
    match ours:
        case Single() | Multiple():
            several = isinstance(ours, Multiple)
            names = {option.id: option.text for option in ours.options}
            body = shown + choice(names, 0 if several else 1, ours.stem)
            kind = "multiple" if several else "single"
            return item(body, response(ours.key, kind), SCORE, MATCH_CORRECT, identifier=ours.id)
        case Order():
            names = {option.id: option.text for option in ours.options}
            lines = f"{choices(names)}</qti-order-interaction>"
            body = f'{around}<qti-order-interaction response-identifier="RESPONSE">{lines}'
            rules = _each_in_its_place(ours) if ours.partial else MATCH_CORRECT
            return item(body, response(ours.key, "ordered"), SCORE, rules, identifier=ours.id)
        case Match():
            return _match(ours, around)
        case Inline():
            return _inline(ours, around)
        case Text():
            declared = response((), "single", "string")
            body = f'{around}<p><qti-text-entry-interaction response-identifier="RESPONSE"/></p>'
            folds = "false" if "case" in ours.normalisation else "true"
            equal = [
                f'<qti-string-match case-sensitive="{folds}">{variable()}{base(one.text, "string")}'
                "</qti-string-match>"
                for one in ours.accepted
            ]
            rule = when(f"<qti-or>{''.join(equal)}</qti-or>", put("SCORE", base(1)))
            return item(body, declared, SCORE, processing(rule), identifier=ours.id)
        case Numeric():
            body = f'{around}<p><qti-text-entry-interaction response-identifier="RESPONSE"/></p>'
            near = f'<qti-equal tolerance-mode="absolute" tolerance="{ours.tolerance}">'
            rule = when(f"{near}{variable()}{base(ours.value)}</qti-equal>", put("SCORE", base(1)))
            return item(body, response((), "single", "float"), SCORE, processing(rule), identifier=ours.id)
        case _:
            raise NotImplementedError(ours.kind)


def _each_in_its_place(ours: Order) -> str:
    added = put("SCORE", f"<qti-sum>{variable('SCORE')}{base(1)}</qti-sum>")
    places = [
        f'<qti-match><qti-index n="{place}">{variable()}</qti-index>{base(name, "identifier")}</qti-match>'
        for place, name in enumerate(ours.key, 1)
    ]
    return processing(*(when(one, added) for one in places))


def _match(ours: Match, around: str) -> bytes:
    tag = "qti-simple-associable-choice"
    sets = [{one.id: one.text for one in side} for side in (ours.options, ours.targets)]
    several = ' match-max="0"'
    inner = "".join(
        f"<qti-simple-match-set>{choices(one, tag, several)}</qti-simple-match-set>" for one in sets
    )
    body = f'{around}<qti-match-interaction response-identifier="RESPONSE">{inner}</qti-match-interaction>'
    pairs = tuple(f"{option} {target}" for option, target in ours.key.items())
    mapping = dict.fromkeys(pairs, 1.0) if ours.partial else None
    declared = response(pairs, "multiple", "directedPair", mapping)
    rules = MAP_RESPONSE if ours.partial else MATCH_CORRECT
    return item(body, declared, SCORE, rules, identifier=ours.id)


def _inline(ours: Inline, around: str) -> bytes:
    text = escape(ours.text)
    declared, right = [], []
    for gap in ours.gaps:
        names = {option.id: option.text for option in gap.options}
        shown = choices(names, "qti-inline-choice")
        name = "qti-inline-choice-interaction"
        field = f'<{name} response-identifier="{gap.id}">{shown}</{name}>'
        text = text.replace(f"{{{{{gap.id}}}}}", field)
        declared.append(response((gap.key,), identifier=gap.id))
        right.append(f"<qti-match>{variable(gap.id)}{correct(gap.id)}</qti-match>")
    added = put("SCORE", f"<qti-sum>{variable('SCORE')}{base(1)}</qti-sum>")
    rules = (
        [when(one, added) for one in right]
        if ours.partial
        else [when(f"<qti-and>{''.join(right)}</qti-and>", added)]
    )
    return item(f"{around}<p>{text}</p>", *declared, SCORE, processing(*rules), identifier=ours.id)
