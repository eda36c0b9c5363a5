"""What a signature over RDF would not cover is refused: one mutant of each kind, in each place."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from keys.proofs import rdfc
from keys.proofs.integrity_refused import IntegrityRefused
from keys.proofs.quads import MAX_QUADS, quads
from tests.unit.keys import oracle
from tests.unit.keys.credentials import DATA_INTEGRITY, EXAMPLES, OB, V1, V2
from tests.unit.keys.documents import BADGE, DOCUMENTS, OLD_BADGE, PRESENTATION, changed, places
from verifier.sandbox.worker import graph

each = pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)


def text(document: Any) -> bytes:
    return rdfc.settled(rdfc.canonical(document), graph)


def refused(document: Any) -> str:
    with pytest.raises(IntegrityRefused) as found:
        text(document)
    return found.value.code


def told(document: Any) -> bytes | str:
    """The text, or the one refusal that a repeated value may get."""
    try:
        return text(document)
    except IntegrityRefused as found:
        return {"shape.not_signed": found.code}[found.code]


@each
def test_documents_have_the_text_that_others_find(document: Any) -> None:
    assert text(document) == oracle.canonical(document)


NOTHING: tuple[Any, ...] = (None, [], {}, {"@context": V2}, [None], [[]], [{}], {"@value": None})
NO_TEXT: tuple[Any, ...] = (None, 7, {}, [])


@each
def test_null_and_empty_are_refused_everywhere(document: Any) -> None:
    for place, value in places(document):
        if not place or place[-1] == "type" or (len(place) > 1 and place[-2] == "type"):
            continue
        for nothing in NOTHING:
            if place[-1] == "allowedValue" and nothing == []:
                continue  # an empty ordered list is said, and signed
            code = refused(changed(document, place, nothing))
            assert code in {"shape.not_signed", "shape.iri", "shape.undefined_term"}, (place, nothing)
        if isinstance(value, dict):
            assert refused(changed(document, (*place, "name"), None)) != "proof.complexity", place


@each
def test_arrays_in_arrays_are_refused(document: Any) -> None:
    for place, value in places(document):
        if place and place[-1] not in ("type", "id", "@value", "@language") and "type" not in place:
            assert refused(changed(document, place, [[value]])) in {"shape.not_signed", "shape.iri"}, place


@each
def test_what_is_repeated_is_refused_or_counts(document: Any) -> None:
    for place, value in places(document):
        if isinstance(value, list):
            assert told(changed(document, place, [*value, deepcopy(value[0])])) != told(document), place


@each
def test_undefined_members_and_types_are_refused(document: Any) -> None:
    for place, value in places(document):
        if isinstance(value, dict) and "@value" not in value:
            for name in ("colour", "_:b", "credentialSubjects", "a b:c", "ex:>", ""):
                assert refused(changed(document, (*place, name), "x")) == "shape.undefined_term", place
        if place and place[-1] == "type":
            kinds = value if isinstance(value, list) else [value]
            for kind in ("Colour", "_:b", "type", "id", ""):
                assert refused(changed(document, place, [*kinds, kind])) == "shape.undefined_term", place
            for odd in NO_TEXT:
                code = refused(changed(document, place, [*kinds, odd]))
                assert code in {"shape.undefined_term", "shape.not_signed"}, (place, odd)
            assert refused(changed(document, place, [*kinds, kinds[0]])) == "shape.not_signed"


@each
def test_directions_and_keywords_are_refused(document: Any) -> None:
    for place, value in places(document):
        if isinstance(value, dict):
            assert refused(changed(document, (*place, "@direction"), "rtl")) == "shape.not_signed", place
            for name in ("@index", "@graph", "@included", "@reverse", "@nest", "@list", "@set", "@base"):
                code = refused(changed(document, (*place, name), "x"))
                assert code in {"proof.unsupported", "shape.not_signed"}, (place, name)
        if place and isinstance(value, str) and "type" not in place and place[-1] != "id":
            hidden = {"@value": value, "@language": "en", "@direction": "ltr"}
            assert refused(changed(document, place, hidden)) in {"shape.not_signed", "shape.iri"}, place


# What a parser of N-Quads could read as an end, a comment, an escape, a graph or another line.
INJECTIONS = (
    ">.#", "\\u0061", "><urn:g", "\n", "\r", " ", '"', "<", "{", "}", "|", "^", "`", "\\", "\x7f", "\x00",
    "> .\n<urn:a> <urn:b> <urn:c",
)  # fmt: skip


def iri_places(document: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Where the dataset has an IRI because the document has one."""
    for place, value in places(document):
        if place and isinstance(value, str) and ":" in value and "\n" not in value:
            yield place, value


@each
def test_iris_that_a_parser_could_misread_are_refused(document: Any) -> None:
    known = text(document)
    found = 0
    for count, (place, value) in enumerate(iri_places(document)):
        for number, poison in enumerate(INJECTIONS):
            # At the end, inside, and before, in turn.
            spoiled = (value + poison, value[:7] + poison + value[7:], poison + value)[(count + number) % 3]
            mutant = changed(document, place, spoiled)
            try:
                made = text(mutant)
            except IntegrityRefused as refusal:
                found += refusal.code == "shape.iri"
            else:  # a literal then, whose text is escaped
                assert made != known
                assert number % 5 or made == oracle.canonical(mutant), (place, poison)
    assert found >= 2 * len(INJECTIONS)


@pytest.mark.parametrize("poison", INJECTIONS)
def test_members_types_datatypes_and_tags_cannot_inject(poison: str) -> None:
    for spoiled in (f"urn:x{poison}", f"{poison}urn:x"):
        assert refused({**BADGE, spoiled: "x"}) == "shape.undefined_term"
        assert refused({**BADGE, "type": [*BADGE["type"], spoiled]}) == "shape.undefined_term"
        assert refused({**BADGE, "name": {"@value": "x", "@type": spoiled}}) == "shape.iri"
        assert refused({**BADGE, "name": {"@value": "x", "@language": f"en{poison}"}}) == "shape.iri"
        assert refused({**BADGE, "urn:x": {"id": spoiled}}) == "shape.iri"
    relative = ["x", "#x", "/x", "//example.org/x", "_:b", "", ":x", "1a:x", 7, True, None, ["urn:x"]]
    assert {refused({**BADGE, "id": value}) for value in relative} == {"shape.iri"}


@pytest.mark.parametrize(
    ("contexts", "code"),
    [
        ([V2, "https://example.org/context"], "shape.context_unknown"),
        ([V2, {"@vocab": "https://example.org/"}], "shape.context_unknown"),
        ([V2, None], "shape.context_unknown"),
        ([V2, *[{"a": "urn:x:a"}] * 17], "shape.context_unknown"),
        ([V2, ["x"]], "shape.context_unknown"),
        (None, "shape.context_unknown"),
        ([V2, V1], "shape.context"),
    ],
)
def test_swapped_contexts(contexts: Any, code: str) -> None:
    assert refused({**BADGE, "@context": contexts}) == code
    assert refused({**BADGE, "issuer": {**BADGE["issuer"], "@context": contexts}}) == code
    assert refused({**BADGE, "@context": []}) == refused({**BADGE, "@context": V2}) == "shape.undefined_term"


@each
def test_a_context_with_a_vocabulary_names_what_has_no_term(document: Any) -> None:
    loose = {
        **document,
        "@context": [*document["@context"], EXAMPLES],
        "colour": {"type": "Shade", "deep": [1, "x"]},
    }
    assert text(loose) == oracle.canonical(loose)
    if len(document["@context"]) > 1:
        assert text({**document, "@context": [document["@context"][0], EXAMPLES]}) != text(document)


@each
def test_other_editions_of_a_context_never_have_the_same_text_for_other_members(document: Any) -> None:
    for contexts in (
        [V2],
        [V1],
        [V2, OB + "context-3.0.2.json"],
        [V1, OB + "context-3.0.3.json"],
        [DATA_INTEGRITY],
    ):
        try:
            made = text({**document, "@context": contexts})
        except IntegrityRefused:
            continue
        assert made == oracle.canonical({**document, "@context": contexts})


@each
def test_what_has_a_term_is_named_by_it(document: Any) -> None:
    """Else a status entry could be hidden from whoever reads the JSON, under the same signature."""
    renamed = {
        "credentialStatus": "https://www.w3.org/2018/credentials#credentialStatus",
        "validFrom": "https://www.w3.org/2018/credentials#validFrom",
        "issuer": "https://www.w3.org/2018/credentials#issuer",
        "holder": "https://www.w3.org/2018/credentials#holder",
        "type": "@type",
        "id": "@id",
    }
    for name, iri in renamed.items():
        if name in document:
            hidden = {iri if member == name else member: value for member, value in document.items()}
            assert refused(hidden) == "shape.not_signed", name
    kinds = [*document["type"], "https://www.w3.org/2018/credentials#VerifiableCredential"]
    assert refused({**document, "type": kinds}) == "shape.not_signed"


def test_compact_iris_are_refused() -> None:
    for compact in ("sec:x", "cred:credentialStatus", "xsd:string"):
        assert refused({**OLD_BADGE, compact: "x"}) == "shape.undefined_term"
        assert refused({**OLD_BADGE, "id": compact}) == "shape.iri"
    assert text({**OLD_BADGE, "id": "sec://host/x"}) == oracle.canonical({**OLD_BADGE, "id": "sec://host/x"})


def test_nothing_is_said_of_the_document_in_another_place() -> None:
    status = BADGE["credentialStatus"]
    moved = {name: value for name, value in BADGE.items() if name != "credentialStatus"}
    inner = {"id": BADGE["id"], "type": ["VerifiableCredential"], "credentialStatus": status}
    assert refused({**moved, "urn:x:see": inner}) == "shape.not_signed"
    reference = {**BADGE, "urn:x:see": {"id": BADGE["id"]}}
    assert text(reference) == oracle.canonical(reference)


def test_members_of_one_meaning_are_refused() -> None:
    achievement = BADGE["credentialSubject"]["achievement"]
    twice = {**achievement, "Criteria": {"narrative": "Another."}}
    document = changed(BADGE, ("credentialSubject", "achievement"), twice)
    assert refused(document) == "shape.not_signed"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (2**53 + 1, "shape.number"),
        (-(2**53) - 1, "shape.number"),
        ({"@value": "x", "@type": "urn:a", "@language": "en"}, "shape.not_signed"),
        ({"@value": "x", "@type": None}, "shape.not_signed"),
        ({"@value": "x", "name": "y"}, "shape.not_signed"),
        ({"@value": ["x"]}, "shape.not_signed"),
        ({"@value": {"a": 1}, "@type": "@json"}, "shape.iri"),
        ({"@value": 1, "@language": "en"}, "shape.iri"),
        ({"@value": "x", "@language": "e"}, None),
        ({"@value": "x", "@language": "en_GB"}, "shape.iri"),
        ({"@value": "x", "@language": 1}, "shape.iri"),
        ({"@value": 2.5, "@type": "urn:a"}, None),
        ({"@value": True}, None),
        (1e21, None),
        (-1e-7, None),
        (5.0, None),
        (2**53, None),
    ],
)
def test_literals(value: Any, code: str | None) -> None:
    document = {**BADGE, "urn:x:y": value}
    if code:
        assert refused(document) == code
    else:
        assert text(document) == oracle.canonical(document)


def test_json_literals_and_words() -> None:
    schema = {"id": "urn:x", "type": "JsonSchema", "jsonSchema": {"b": [1, 2.5, None], "a": "ü\n"}}
    document = {**BADGE, "credentialSchema": schema}
    with pytest.raises(IntegrityRefused):
        text({**document, "credentialSchema": {**schema, "jsonSchema": 2**53 + 1}})
    subject = {"type": "JsonSchema", "jsonSchema": schema["jsonSchema"]}
    document = {"@context": V2, "type": "VerifiableCredential", "credentialSubject": subject}
    assert text(document) == oracle.canonical(document)
    assert refused(changed(document, ("credentialSubject", "jsonSchema"), 2**53 + 1)) == "shape.number"
    purpose = {"type": "DataIntegrityProof", "proofPurpose": "authentication"}
    words = {"@context": V2, **purpose}
    assert text(words) == oracle.canonical(words)
    assert text({**words, "proofPurpose": "urn:x"}) == oracle.canonical({**words, "proofPurpose": "urn:x"})
    for wrong in ("Authentication", "https://w3id.org/security#assertionMethod", "type"):
        assert refused({**words, "proofPurpose": wrong}) in {"shape.undefined_term", "shape.not_signed"}


def test_graphs_hold_objects_that_say_something() -> None:
    for inner in ("urn:uuid:1", {"@context": V2, "id": "urn:x"}, {"@value": "x"}, 7, [BADGE, "urn:x"]):
        assert refused({**PRESENTATION, "verifiableCredential": inner}) == "shape.not_signed"
    alone = {"@context": V2, "type": "VerifiablePresentation", "verifiableCredential": BADGE}
    assert text(alone) == oracle.canonical(alone)


def test_a_single_value_of_an_ordered_list_is_a_list() -> None:
    place = ("credentialSubject", "achievement", "resultDescription", 0, "allowedValue")
    for value in ("low", ["low", "low"], []):
        document = changed(BADGE, place, value)
        assert text(document) == oracle.canonical(document)


def test_what_makes_too_many_statements_is_refused() -> None:
    many = {
        "@context": V2,
        "type": "VerifiableCredential",
        "name": [str(number) for number in range(MAX_QUADS)],
    }
    assert refused(many) == "proof.complexity"
    fitting = {**many, "name": many["name"][: MAX_QUADS - 1]}
    assert quads(fitting).blanks == 1
    nodes = {**many, "name": [{"type": "urn:x"} for _ in range(MAX_QUADS // 2)]}
    assert refused(nodes) == "proof.complexity"


def test_what_is_no_document_is_refused() -> None:
    for nothing in ({}, {"@context": V2}, {"@context": V2, "id": "urn:x"}):
        assert refused(nothing) == "shape.not_signed"
    assert refused({"name": "x"}) == "shape.undefined_term"
