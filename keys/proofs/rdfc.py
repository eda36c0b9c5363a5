"""RDF Dataset Canonicalization (RDFC-1.0): one text for each dataset, whatever its blank nodes are called.

Blank nodes that differ in what is said of them are numbered by the hash of that. Where two are alike, the
full algorithm is needed; it can be made to run for ever, so it is yielded as a `HardGraph` for whoever can
bound it.
"""

import hashlib
from collections.abc import Callable, Generator
from functools import partial
from typing import Any, TypeVar

from msgspec import Struct

from keys.proofs.integrity_refused import IntegrityRefused
from keys.proofs.quads import END, Quad, quads

T = TypeVar("T")


class HardGraph(Struct, frozen=True):
    """N-Quads whose canonical form is asked for; the answer is that text, or None if it could not be had."""

    nquads: bytes


def canonical(document: dict[str, Any]) -> Generator[HardGraph, bytes | None, bytes]:
    """The canonical N-Quads of a JSON-LD document; raises IntegrityRefused."""
    return (yield from canonical_quads(*quads(document)))


def canonical_quads(dataset: list[Quad], blanks: int) -> Generator[HardGraph, bytes | None, bytes]:
    """The canonical N-Quads of a dataset without repetitions, whose blank nodes are numbered from 0."""
    hashes = _first_degree(dataset, blanks)
    if len(set(hashes)) < blanks:
        answer = yield HardGraph(_written(dataset, [f"_:b{blank}" for blank in range(blanks)]))
        if answer is None:
            raise IntegrityRefused(
                "proof.complexity", "Its parts are too much alike to be told apart in good time."
            )
        return answer
    labels = [""] * blanks
    for position, blank in enumerate(sorted(range(blanks), key=hashes.__getitem__)):
        labels[blank] = f"_:c14n{position}"
    return _written(dataset, labels)


def settled(
    steps: Generator[HardGraph, bytes | None, T], solve: Callable[[bytes], bytes | None] = lambda _: None
) -> T:
    """Drive a generator of this kind to its end; without `solve` every hard graph is proof.complexity."""
    try:
        asked = next(steps)
        while True:
            asked = steps.send(solve(asked.nquads))
    except StopIteration as ended:
        value: T = ended.value
        return value


def _first_degree(dataset: list[Quad], blanks: int) -> list[bytes]:
    """RDFC-1.0, section 4.6: what is said of each blank node, itself called _:a and any other _:z."""
    said: list[list[str]] = [[] for _ in range(blanks)]
    for subject, predicate, item, graph in dataset:
        if item is None and graph is None:
            if isinstance(subject, int):
                said[subject].append("_:a" + predicate)
        else:
            quad = (subject, predicate, item, graph)
            for blank in {node for node in (subject, item, graph) if isinstance(node, int)}:
                said[blank].append(_line(quad, partial(_masked, blank)))
    return [hashlib.sha256("".join(sorted(lines)).encode()).digest() for lines in said]


def _written(dataset: list[Quad], labels: list[str]) -> bytes:
    lines = [
        (labels[quad[0]] if isinstance(quad[0], int) else quad[0]) + quad[1]
        if quad[2] is None and quad[3] is None
        else _line(quad, labels.__getitem__)
        for quad in dataset
    ]
    lines.sort()
    return "".join(lines).encode()


def _masked(blank: int, node: int) -> str:
    return "_:a" if node == blank else "_:z"


def _line(quad: Quad, label: Callable[[int], str]) -> str:
    subject, predicate, item, graph = (label(part) if isinstance(part, int) else part for part in quad)
    text = f"{subject}{predicate}{item}" if item is not None else f"{subject}{predicate}".removesuffix(END)
    return f"{text} {graph}{END}" if graph is not None else text + END
