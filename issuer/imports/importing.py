"""Import a package: a bank of the items that can be the same here, and a refusal for each that cannot."""

import itertools
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

from issuer.assessments.bank import MAX_BYTES, BankRefused, read_bank
from issuer.imports.attempt import first_attempt
from issuer.imports.build import Frame, build
from issuer.imports.manifest import Listed, listed
from issuer.imports.markup import LANGUAGE, QTI, Element, parse
from issuer.imports.package import Package, beside, opened
from issuer.imports.pictures import Pictures, Room
from issuer.imports.processing import read_processing
from issuer.imports.question import read_question
from issuer.imports.refusals import ImportRefused, named
from issuer.imports.run import Budget
from issuer.imports.templates import LOST, drawn, is_template
from schemas.assessment import Area, Bank
from schemas.items import Item, State
from schemas.wording import many

MAX_ITEMS = 2_000
MAX_STEPS = 10_000_000  # evaluations of an operator, all items of a package together
_ROOTS = {"qti-assessment-item", "assessmentItem"}
_NOT_IN_ID = re.compile(r"[^a-z0-9._-]+")
AREA = "imported"


class Wanted(Struct, frozen=True):
    """What the one who imports decides; an `area` of None takes the manifest's."""

    bank_id: str
    title: str
    version: str = "1.0.0"
    language: str | None = None
    description: str | None = None
    area: str | None = None
    state: State = "draft"


class Taken(Struct, frozen=True, rename="camel"):
    """An item that was taken: its file, its identifiers there and here, its kind, what it does not keep."""

    file: str
    identifier: str
    id: str
    kind: str
    lost: tuple[str, ...]


class Refused(Struct, frozen=True, rename="camel"):
    """An item that was refused, with the reason."""

    file: str
    identifier: str
    code: str
    reason: str


class Imported(Struct, frozen=True):
    """The bank's document (None where no item could be taken) and what became of each item."""

    document: bytes | None
    taken: tuple[Taken, ...]
    refused: tuple[Refused, ...]


class _Ids:
    """Ids of ours for strangers' names, each once."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def of(self, name: str) -> str:
        """An id that is not used yet, close to the name."""
        ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
        stem = _NOT_IN_ID.sub("-", ascii_name).strip("-._")[:48] or "item"
        numbered = (f"{stem}-{number}" for number in itertools.count(2))
        found = next(one for one in itertools.chain([stem], numbered) if one not in self._used)
        self._used.add(found)
        return found


def import_package(path: Path, wanted: Wanted) -> Imported:
    """Read whatever stands at the path; raises ImportRefused where nothing can be."""
    _sound(wanted)
    with opened(path) as package:
        return import_items(package, _items(package), wanted)


def import_items(package: Package, items: Iterable[Listed], wanted: Wanted) -> Imported:
    """Read these items of an open package; raises ImportRefused where nothing can be read."""
    draft = _Draft(wanted)
    for one in items:
        draft.add(package, one)
    if not draft.taken and not draft.refused:
        raise ImportRefused("package.empty", "There is no assessment item in it.")
    return Imported(draft.document() if draft.items else None, tuple(draft.taken), tuple(draft.refused))


def _sound(wanted: Wanted) -> None:
    given = (wanted.bank_id, wanted.title, wanted.version, wanted.language, wanted.description, wanted.area)
    if any(text != _utf8(text) for text in given if text is not None):
        raise ImportRefused("bank.unfit", "What is said of the bank is not valid UTF-8.")


def _utf8(text: str) -> str:
    """A text whose bytes were no UTF-8 (file names and arguments may be so), with these spelt out."""
    return text.encode("utf-8", "backslashreplace").decode()


class _Draft:
    """A bank while its items come in."""

    def __init__(self, wanted: Wanted) -> None:
        self.items: list[Item] = []
        self.taken: list[Taken] = []
        self.refused: list[Refused] = []
        self._wanted = wanted
        self._ids = _Ids()
        self._areas: dict[str, Area] = {}
        self._seen: set[str] = set()
        self._languages: set[str] = set()
        self._budget = Budget(MAX_STEPS)
        self._room = Room(MAX_BYTES)

    def add(self, package: Package, one: Listed) -> None:
        """Take the item in a file, or refuse it."""
        identifier = ""
        try:
            root = parse(package.read(one.name))
            if root.name not in _ROOTS and len(package.names) > 1 and not one.declared:
                return  # tests, stimuli and results stand beside the items of a folder
            identifier = root.get("identifier")
            _whole(root, self._seen)
            root, lost = asked_once(root, self._budget)
            pictures = Pictures(beside(package, one.name), self._room)
            question = read_question(root, pictures)
            frame = Frame(self._ids.of(identifier), self._area(one).id, self._wanted.state, question.pictures)
            built = build(question, read_processing(root, self._budget), frame)
        except ImportRefused as error:
            self.refused.append(Refused(_utf8(one.name), identifier[:256], error.code, error.detail))
            return
        self.items.append(built.item)
        self._languages.add(root.get(LANGUAGE).lower())
        self.taken.append(
            Taken(_utf8(one.name), identifier, built.item.id, built.item.kind, (*lost, *built.lost))
        )

    def _area(self, one: Listed) -> Area:
        name = " ".join((self._wanted.area or one.area or AREA).split())[:100]
        if name not in self._areas:
            self._areas[name] = Area(self._ids.of(name), name, "Imported from QTI 3.", ())
        return self._areas[name]

    def document(self) -> bytes:
        """The bank's bytes: the same input gives the same bytes.

        They are read again and linted as any bank is, as if all its items were live already.
        """
        wanted, used = self._wanted, {item.area for item in self.items}
        of = many(len(self.items) + len(self.refused), "item")
        spoken = self._languages - {""}
        bank = Bank(
            id=wanted.bank_id,
            version=wanted.version,
            title=wanted.title,
            language=wanted.language or (min(spoken) if len(spoken) == 1 else "en"),
            description=wanted.description or f"Imported from QTI 3: {len(self.items)} of {of}.",
            calibration="uncalibrated",
            standard_setting="none: imported items, no cut was set",
            areas=tuple(area for area in self._areas.values() if area.id in used),
            items=tuple(self.items),
        )
        live = tuple(msgspec.structs.replace(item, state="live") for item in bank.items)
        try:
            read_bank(_bytes(msgspec.structs.replace(bank, items=live)))
        except BankRefused as error:
            raise ImportRefused("bank.unfit", error.detail) from error
        return _bytes(bank)


def _bytes(bank: Bank) -> bytes:
    return msgspec.json.format(msgspec.json.encode(bank), indent=1) + b"\n"


def asked_once(item: Element, whole: Budget | None = None) -> tuple[Element, tuple[str, ...]]:
    """The item as one question, answered once, and what that leaves out; raises ImportRefused."""
    if not is_template(item):
        return first_attempt(item)
    question, lost = first_attempt(drawn(item, whole))
    return question, (LOST, *lost)


def _items(package: Package) -> tuple[Listed, ...]:
    found = listed(package)
    if len(found) > MAX_ITEMS:
        raise ImportRefused("package.too_many", f"There are more than {MAX_ITEMS} items in it.")
    return found


def _whole(root: Element, seen: set[str]) -> None:
    """What holds for an item as a whole, before its question is read."""
    if root.name != "qti-assessment-item" or root.space != QTI:
        raise ImportRefused(
            "item.version", f"The file is {named(root.name)}, and no assessment item of QTI 3."
        )
    identifier = root.get("identifier")
    if not identifier or len(identifier) > 256 or identifier in seen:  # noqa: PLR2004 - longer than any id
        raise ImportRefused(
            "item.identifier", f"{named(identifier)} is no identifier, or another item's too."
        )
    seen.add(identifier)
    for element in root.elements():
        if element.name == "qti-companion-materials-info":
            raise ImportRefused(
                "item.stimulus",
                f"The item needs what {named(element.name)} names; put that into its body or a stimulus.",
            )
