import hashlib
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pyld import jsonld

from keys.proofs import rdfc
from keys.proofs.integrity_refused import IntegrityRefused
from keys.proofs.quads import END, Dataset, Node, Quad
from tests.unit.keys import oracle
from tests.unit.keys.credentials import badges, oddities
from verifier.sandbox import Chore, Done, Undone, shared
from verifier.sandbox.worker import graph

_NODE = r"(_:\S+|<[^>]*>)"
_QUAD = re.compile(rf"{_NODE} (<[^>]*>) (_:\S+|<[^>]*>|\".*\"\S*)(?: {_NODE})? \.")


def dataset(nquads: str) -> Dataset:
    """N-Quads whose texts are canonical, taken apart."""
    numbers: dict[str, int] = {}

    def named(name: str | None) -> Node | None:
        return numbers.setdefault(name, len(numbers)) if name and name[0] == "_" else name

    texts: dict[Node, list[str]] = {}
    links = []
    for line in dict.fromkeys(filter(None, nquads.split("\n"))):
        found = _QUAD.fullmatch(line)
        assert found, line
        subject, predicate, item, inside = named(found[1]), found[2], named(found[3]), named(found[4])
        assert subject is not None
        ground = None if isinstance(item, int) else f" {predicate} {item}{END}"
        if ground and inside is None:
            texts.setdefault(subject, []).append(ground)
        else:
            links.append(Quad(subject, ground or f" {predicate} ", item if ground is None else None, inside))  # type: ignore[arg-type] # a number then
    return Dataset(texts, links, len(numbers))


def in_time(nquads: bytes) -> bytes | None:
    """What the sandbox answers."""
    answer = shared().wait(Chore("graph", nquads))
    return answer.data if isinstance(answer, Done) else None


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(badges)
def test_every_credential_has_the_text_that_others_find(document: Any) -> None:
    try:
        ours = rdfc.settled(rdfc.canonical(document), graph)
    except IntegrityRefused as refused:
        assume(refused.code != "shape.not_signed")
        raise
    assert ours == oracle.canonical(document)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(oddities)
def test_what_nobody_would_issue_has_it_too_or_is_refused(document: Any) -> None:
    try:
        ours = rdfc.settled(rdfc.canonical(document), graph)
    except IntegrityRefused as refused:
        # Contexts that contradict each other are an error for everybody.
        if refused.code == "shape.context":
            with pytest.raises(jsonld.JsonLdError):
                oracle.nquads(document)
        return
    assert ours == oracle.canonical(document)


def asking(asked: list[bytes]) -> Callable[[bytes], bytes]:
    """What answers hard graphs, and remembers that it was asked."""

    def solve(nquads: bytes) -> bytes:
        asked.append(nquads)
        return graph(nquads)

    return solve


_BLANKS = st.sampled_from(["_:x", "_:y", "_:z"])


@given(
    st.lists(
        st.tuples(
            _BLANKS | st.just("<urn:s>"),
            st.sampled_from(["<urn:p>", "<urn:q>"]),
            _BLANKS | st.sampled_from(["<urn:o>", '"o"']),
            st.just("") | st.just("") | _BLANKS,
        ),
        max_size=7,
    )
)
def test_small_graphs_that_no_document_draws(quads: list[tuple[str, str, str, str]]) -> None:
    """With nodes that point to themselves, to each other, and to graphs of their own name."""
    text = "".join(" ".join(filter(None, quad)) + " .\n" for quad in quads)
    assert rdfc.settled(rdfc.canonical_quads(dataset(text)), graph) == graph(text.encode())


@pytest.mark.corpora
def test_other_peoples_graphs(corpora: Path) -> None:
    folder = corpora / "rdf-canon" / "rdfc10"
    easy = 0
    for given_file in sorted(folder.glob("*-in.nq")):
        expected = folder / given_file.name.replace("-in.nq", "-rdfc10.nq")
        if not expected.exists():
            continue
        digest = hashlib.sha384 if given_file.name == "test075-in.nq" else hashlib.sha256
        begun, asked = time.process_time(), list[bytes]()
        text = rdfc.settled(rdfc.canonical_quads(dataset(unescaped(given_file)), digest), asking(asked))
        assert time.process_time() - begun < 1, given_file.name
        assert text == expected.read_bytes(), given_file.name
        easy += not asked
    assert easy >= 20


def unescaped(file: Path) -> str:
    """A file whose literals are canonical already, as pyoxigraph writes them."""
    import pyoxigraph as ox  # noqa: PLC0415 - only here

    quads = ox.parse(path=str(file), format=ox.RdfFormat.N_QUADS)
    written = ox.serialize(quads, format=ox.RdfFormat.N_QUADS)
    assert written is not None
    return written.decode()


@pytest.mark.corpora
def test_a_poisonous_graph_ends_in_its_budget(corpora: Path) -> None:
    poison = dataset((corpora / "rdf-canon" / "rdfc10" / "test074-in.nq").read_text())
    asked = next(rdfc.canonical_quads(poison))
    answer = shared().wait(Chore("graph", asked.nquads))
    assert isinstance(answer, Undone)
    with pytest.raises(IntegrityRefused, match=r"proof\.complexity"):
        rdfc.settled(rdfc.canonical_quads(poison), in_time)


V2 = "https://www.w3.org/ns/credentials/v2"
OB = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"


def test_hard_graphs_are_asked_for_and_believed() -> None:
    twin = {"type": "urn:x:T", "urn:x:p": {"type": "urn:x:c"}}
    document = {"@context": [V2, OB], "type": "VerifiableCredential", "evidence": [twin, {**twin}]}
    steps = rdfc.canonical(document)
    asked = next(steps)
    assert asked.nquads == b"".join(sorted(asked.nquads.splitlines(keepends=True)))
    with pytest.raises(StopIteration) as ended:
        steps.send(graph(asked.nquads))
    assert ended.value.value == oracle.canonical(document)
    with pytest.raises(IntegrityRefused, match=r"proof\.complexity"):
        rdfc.settled(rdfc.canonical(document))
