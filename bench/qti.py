"""How many items of a folder of QTI 3 are taken: python -m bench.qti FOLDER.

Each item is an import of its own, which may refer to the other files of the folder; items with the same bytes
count once. The figures in docs/qti.md are of 1EdTech's public examples, which are no part of this repository.
"""

import hashlib
import sys
from collections import Counter
from pathlib import Path

from issuer.imports.importing import Wanted, import_items
from issuer.imports.interactions import EIGHT
from issuer.imports.manifest import Listed
from issuer.imports.markup import Element, parse
from issuer.imports.package import opened
from issuer.imports.processing import OPERATORS, RULES
from issuer.imports.refusals import ImportRefused


def main() -> None:
    counts: Counter[str] = Counter()
    seen: set[bytes] = set()
    with opened(Path(sys.argv[1])) as package:
        for name in (one for one in package.names if one.endswith(".xml")):
            content = package.read(name)
            try:
                root = parse(content)
            except ImportRefused:
                continue  # packages of examples hold other XML
            digest = hashlib.sha256(content).digest()
            if root.name == "qti-assessment-item" and digest not in seen:
                seen.add(digest)
                counts.update(names(root))
                imported = import_items(package, [Listed(name, declared=True)], Wanted("bench", "Bench"))
                counts.update(f"taken as {taken.kind}" for taken in imported.taken)
                counts.update(f"refused {refused.code}" for refused in imported.refused)
                counts["taken"] += len(imported.taken)
    print(f"{len(seen)} different items")
    for name, count in counts.most_common():
        print(f"{count:5} {count / len(seen):5.0%}  {name}")


def names(root: Element) -> list[str]:
    """What of an item is read here, by name alone."""
    interactions = {one.name for one in root.walk() if one.name.endswith("-interaction")}
    if not interactions or not interactions <= set(EIGHT):
        return []
    found = ["only interactions that are read"]
    rules = root.first("qti-response-processing")
    used = {one.name for one in rules.walk() if one is not rules} if rules is not None else set()
    if used <= {*OPERATORS, *RULES} and not (rules and "_point" in rules.get("template")):
        found.append("and only operators that are evaluated")
        if root.get("adaptive") != "true" and not any(
            one.name.startswith("qti-template") for one in root.walk()
        ):
            found.append("and neither adaptive nor a template")
    return found


if __name__ == "__main__":
    main()
