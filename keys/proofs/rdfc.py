"""RDF Dataset Canonicalization (RDFC-1.0): one text for each dataset, whatever its blank nodes are called.

Blank nodes that differ in what is said of them are numbered by the hash of that. Where two are alike, the full
algorithm is needed; it can be made to run for ever, so it is yielded as a `HardGraph` for whoever can bound it.
"""

import hashlib
from collections.abc import Generator
from typing import Any

from msgspec import Struct

from keys.proofs.quads import Node, Quad, RdfRefused, quads


class HardGraph(Struct, frozen=True):
    """N-Quads whose canonical form is asked for; the answer is that text, or None if it could not be had."""

    nquads: bytes


def canonical(document: dict[str, Any]) -> Generator[HardGraph, bytes | None, bytes]:
    """The canonical N-Quads of a JSON-LD document; raises RdfRefused."""
    return (yield from canonical_quads(*quads(document)))


def canonical_quads(dataset: list[Quad], blanks: int) -> Generator[HardGraph, bytes | None, bytes]:
    """The canonical N-Quads of a dataset without repetitions, whose blank nodes are numbered from 0."""
    hashes = _first_degree(dataset, blanks)
    if len(set(hashes)) < blanks:
        answer = yield HardGraph(_written(dataset, [f"_:b{blank}" for blank in range(blanks)]))
        if answer is None:
            raise RdfRefused("proof.complexity", "Its parts are too much alike to be told apart in good time.")
        return answer
    labels = [""] * blanks
    for position, blank in enumerate(sorted(range(blanks), key=hashes.__getitem__)):
        labels[blank] = f"_:c14n{position}"
    return _written(dataset, labels)


def solve(nquads: bytes) -> bytes:
    """The canonical form of a hard graph, however long that takes: for a process that may be killed, or our own.

    Needs pyoxigraph (extra rdf). `nquads` is checked: every IRI is one that no parser could misread.
    """
    from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, parse, serialize  # noqa: PLC0415 — an extra

    # Lenient, because brackets stand in IRIs that others sign.
    dataset = Dataset(parse(nquads, RdfFormat.N_QUADS, lenient=True))
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    written = serialize(dataset, format=RdfFormat.N_QUADS)
    return b"".join(sorted(line + b"\n" for line in written.split(b"\n") if line))


def _first_degree(dataset: list[Quad], blanks: int) -> list[bytes]:
    """RDFC-1.0, section 4.6: what is said of each blank node, itself called _:a and any other _:z."""
    said: list[list[str]] = [[] for _ in range(blanks)]
    for subject, predicate, item, graph in dataset:
        if item is None and graph is None:
            if isinstance(subject, int):
                said[subject].append(f"_:a{predicate} .\n")
        else:
            nodes = (subject, item, graph)
            for blank in {node for node in nodes if isinstance(node, int)}:
                masked = ["_:a" if node == blank else "_:z" if isinstance(node, int) else node for node in nodes]
                said[blank].append(_line(masked[0], predicate, masked[1], masked[2]))
    return [hashlib.sha256("".join(sorted(lines)).encode()).digest() for lines in said]


def _written(dataset: list[Quad], labels: list[str]) -> bytes:
    def named(node: Node | None) -> str | None:
        return labels[node] if isinstance(node, int) else node

    return "".join(
        sorted(_line(named(subject), predicate, named(item), named(graph)) for subject, predicate, item, graph in dataset)
    ).encode()


def _line(subject: str | None, predicate: str, item: str | None, graph: str | None) -> str:
    return f"{subject}{predicate}{item or ''}{' ' if graph and item else ''}{graph or ''} .\n"
