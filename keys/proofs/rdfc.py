"""RDF Dataset Canonicalization (RDFC-1.0): one text for each dataset, whatever its blank nodes are called.

Blank nodes that differ in what is said of them are numbered by the hash of that. Where two are alike, the
full algorithm is needed; it can be made to run for ever, so it is yielded as a `HardGraph` for whoever can
bound it.
"""

import hashlib
from collections.abc import Callable, Generator
from typing import Any, TypeVar

from msgspec import Struct

from keys.proofs.integrity_refused import IntegrityRefused
from keys.proofs.quads import END, Dataset, Quad, quads

T = TypeVar("T")
Digest = Callable[[bytes], Any]


class HardGraph(Struct, frozen=True):
    """N-Quads whose canonical form is asked for; the answer is that text, or None if it could not be had."""

    nquads: bytes


def canonical(
    document: dict[str, Any], digest: Digest = hashlib.sha256
) -> Generator[HardGraph, bytes | None, bytes]:
    """The canonical N-Quads of a JSON-LD document; raises IntegrityRefused."""
    return (yield from canonical_quads(quads(document), digest))


def canonical_quads(
    dataset: Dataset, digest: Digest = hashlib.sha256
) -> Generator[HardGraph, bytes | None, bytes]:
    """The canonical N-Quads of a dataset; hard graphs are asked for by SHA-256 only."""
    hashes, labels = _first_degree(dataset, digest), [""] * dataset.blanks
    if len(set(hashes)) < dataset.blanks:
        if digest is not hashlib.sha256:
            raise IntegrityRefused(
                "proof.unsupported", "Its parts are too much alike for us to read them with SHA-384."
            )
        answer = yield HardGraph(_written(dataset, [f"_:b{blank}" for blank in range(dataset.blanks)]))
        if answer is None:
            raise IntegrityRefused(
                "proof.complexity", "Its parts are too much alike to be told apart in time."
            )
        return answer
    for position, blank in enumerate(sorted(range(dataset.blanks), key=hashes.__getitem__)):
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


def _first_degree(dataset: Dataset, digest: Digest) -> list[bytes]:
    """RDFC-1.0, section 4.6: what is said of each blank node, itself called _:a and any other _:z."""
    said: list[list[str]] = [[] for _ in range(dataset.blanks)]
    for subject, texts in dataset.texts.items():
        texts.sort()  # once, for here and for the end
        if isinstance(subject, int):
            said[subject] += map("_:a".__add__, texts)
    for quad in dataset.links:
        subject, predicate, item, graph = quad
        if graph is None and item is not None and item != subject:  # one object in another: most of them
            if isinstance(subject, int):
                said[subject].append(f"_:a{predicate}_:z{END}")
                subject = "_:z"
            said[item].append(f"{subject}{predicate}_:a{END}")
        else:
            for blank in {subject, item, graph}:
                if isinstance(blank, int):
                    said[blank].append(_line(quad, _Masks(blank)))
    return [digest("".join(sorted(lines)).encode()).digest() for lines in said]


class _Masks:
    def __init__(self, blank: int) -> None:
        self._blank = blank

    def __call__(self, node: int) -> str:
        return "_:a" if node == self._blank else "_:z"


def _written(dataset: Dataset, labels: list[str]) -> bytes:
    lines: list[str] = []
    for subject, texts in dataset.texts.items():
        lines += map((labels[subject] if isinstance(subject, int) else subject).__add__, texts)
    lines += [_line(quad, labels.__getitem__) for quad in dataset.links]
    lines.sort()
    return "".join(lines).encode()


def _line(quad: Quad, label: Callable[[int], str]) -> str:
    subject, predicate, item, graph = quad
    name = label(subject) if isinstance(subject, int) else subject
    if graph is None and item is not None:
        return f"{name}{predicate}{label(item)}{END}"
    line = f"{name}{predicate}".removesuffix(END) + (label(item) if item is not None else "")
    return f"{line} {label(graph) if isinstance(graph, int) else graph}{END}"
