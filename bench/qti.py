"""How many items of a folder of QTI 3 are taken: python -m bench.qti FOLDER.

Two figures that are easily taken for each other: how many items use only a vocabulary that is read here, and
how many become items that score every answer as they did. With --refused each refusal is printed.

Each item is an import of its own, which may refer to the other files of the folder; items with the same bytes
count once. The figures in docs/qti.md are of 1EdTech's public examples, which are no part of this repository.
"""

import hashlib
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from issuer.assessments.bank import MAX_BYTES
from issuer.imports.attempt import BUTTON
from issuer.imports.importing import Wanted, asked_once, import_items
from issuer.imports.interactions import EIGHT
from issuer.imports.manifest import Listed
from issuer.imports.markup import Element, parse
from issuer.imports.package import Package, beside, opened
from issuer.imports.pictures import Pictures, Room
from issuer.imports.processing import OPERATORS, RULES, read_processing
from issuer.imports.question import read_question
from issuer.imports.refusals import ImportRefused


def main() -> None:
    counts: Counter[str] = Counter()
    of = 0
    with opened(Path(sys.argv[1])) as package:
        for name, root in _items(package):
            of += 1
            counts.update(names(root))
            counts["read: body and response processing are understood"] += _read(package, name, root)
            imported = import_items(package, [Listed(name, declared=True)], Wanted("bench", "Bench"))
            counts.update(f"taken as {taken.kind}" for taken in imported.taken)
            counts.update(f"refused {refused.code}" for refused in imported.refused)
            counts["taken: every answer scores as it does there"] += len(imported.taken)
            for refused in imported.refused if "--refused" in sys.argv else ():
                print(f"{refused.code}  {name}  {refused.reason}")
    print(f"{of} different items")
    for what, count in counts.most_common():
        print(f"{count:5} {count / of:5.0%}  {what}")


def _items(package: Package) -> Iterator[tuple[str, Element]]:
    seen: set[bytes] = set()
    for name in (one for one in package.names if one.endswith(".xml")):
        content = package.read(name)
        try:
            root = parse(content)
        except ImportRefused:
            continue  # packages of examples hold other XML
        digest = hashlib.sha256(content).digest()
        if root.name == "qti-assessment-item" and digest not in seen:
            seen.add(digest)
            yield name, root


def _read(package: Package, name: str, root: Element) -> bool:
    try:
        one, _ = asked_once(root)
        read_question(one, Pictures(beside(package, name), Room(MAX_BYTES)))
        read_processing(one)
    except ImportRefused:
        return False
    return True


def names(root: Element) -> list[str]:
    """What of an item is read here, by name alone."""
    interactions = {one.name for one in root.walk() if one.name.endswith("-interaction")} - {BUTTON}
    if not interactions or not interactions <= set(EIGHT):
        return []
    found = ["vocabulary: only interactions that are read"]
    rules = root.first("qti-response-processing")
    used = {one.name for one in rules.walk() if one is not rules} if rules is not None else set()
    if used <= {*OPERATORS, *RULES} and not (rules and "_point" in rules.get("template")):
        found.append("vocabulary: and only operators that are evaluated")
        if rules is not None:
            found.append("vocabulary: and with response processing")
    return found


if __name__ == "__main__":
    main()
