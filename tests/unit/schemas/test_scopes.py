"""Active contexts: what is shared, what is forgotten, and that nobody sneaks past what is kept."""

import itertools
from typing import Any

import pytest

from schemas.contexts import fits, undefined_terms, unknown_contexts
from schemas.scopes import EMPTY, entered, known_iris, opened, planned, prefixes, tables, typed

V1 = "https://www.w3.org/2018/credentials/v1"
V2 = "https://www.w3.org/ns/credentials/v2"
OB = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"


def test_a_compact_iri_means_what_its_prefix_means_where_the_scope_is_opened() -> None:
    older = entered(EMPTY, [V1, "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json"])
    assert typed(older, ("Achievement",)).terms["version"].type == "https://www.w3.org/2001/XMLSchema#string"
    # Context 3.0.3 uses the prefix xsd and defines none: its datatype is the name itself.
    assert entered(EMPTY, [V2, OB]).terms["awardedDate"].type == "xsd:dateTime"
    prefixed = typed(entered(EMPTY, V1), ("VerifiableCredential",))
    dated = entered(prefixed, OB).terms["awardedDate"].type
    assert dated == "http://www.w3.org/2001/XMLSchema#dateTime"
    assert entered(EMPTY, OB).terms["AchievementCredential"].iri.endswith("#OpenBadgeCredential")


def test_protected_terms() -> None:
    both = entered(EMPTY, [V2, OB])
    assert not both.conflict
    assert entered(both, [V2, OB]) is both
    assert entered(EMPTY, [V2, V1]).conflict
    assert entered(entered(EMPTY, [V2, V1]), OB).conflict
    # Only a property may set everything aside.
    assert entered(both, None).conflict
    assert opened(both, -1, override=True) is EMPTY
    assert opened(both, None) is both
    assert entered(both, 7) is both
    assert typed(both, ("Bogus", "urn:x")) is both


def test_what_the_tables_know() -> None:
    assert prefixes() == {"cred", "sec", "xsd"}
    assert "https://www.w3.org/2018/credentials#credentialStatus" in known_iris()
    assert not any(iri[0] == "@" for iri in known_iris())
    assert len(tables().scopes) < 100


def test_kinds_of_nodes_are_forgotten_rather_than_piled_up() -> None:
    active = entered(EMPTY, [V2, OB])
    names = [name for name, term in active.terms.items() if term.iri[0] != "@"]
    for chosen in itertools.islice(itertools.combinations(names, 3), 2_000):
        assert planned(active, dict.fromkeys(chosen, "x"))
        assert len(active.plans) <= 256
    before = len(active.plans)
    assert planned(active, {"type": ["Profile"] * 17, "id": "urn:x"})
    assert planned(active, {"type": "Bogus"}) is planned(active, {"bogus": 1}) is None
    assert len(active.plans) == before


@pytest.mark.parametrize(
    "members",
    [
        {"evidence": [[]]},
        {"evidence": [{"type": "Evidence"}, []]},
        {"name": {"@value": "x", "@index": "y"}},
        {"name": {"@value": {"@context": "https://example.org/"}}},
        {"issuer": {"id": {"@context": "https://example.org/"}}},
        {"issuer": {"type": ["Profile", {}]}},
        {"issuer": {"type": {}}},
        {"issuer": {"type": 7}},
        {"issuer": {"type": True, "id": "urn:x"}},
        {"issuer": {"@type": "Profile"}},
        {"issuer": {"@context": [V2, {}]}},
        {"issuer": {"@context": "https://example.org/"}},
        {"urn:example:member": "x"},
        {"type": "VerifiableCredential", "credentialStatus": 7, "bogus": 1},
        {"cnf": {"jwk": {"kty": "EC"}}},
    ],
)
def test_what_takes_a_second_look(members: dict[str, Any]) -> None:
    assert not fits({"@context": [V2, OB], "type": ["VerifiableCredential"], **members})


def test_a_context_is_looked_at_wherever_it_stands() -> None:
    def credential(context: Any) -> dict[str, Any]:
        return {
            "@context": [V2, OB],
            "type": ["VerifiableCredential"],
            "evidence": [{"@context": context, "type": "Evidence", "genre": "x"}],
        }

    assert fits(credential([V2, OB]))
    assert fits(credential(V2))
    assert unknown_contexts(credential("https://example.org/")) == ["https://example.org/"]
    assert fits(credential([V2, OB]))
    assert not fits(credential([V2, OB, "https://example.org/"]))
    assert not fits(credential(None))


def test_no_vocabulary_takes_the_names_of_keywords() -> None:
    loose = {
        "@context": "https://www.w3.org/ns/credentials/examples/v2",
        "id": "urn:x",
        "type": "y",
        "colour": "z",
    }
    assert undefined_terms(loose) == ["/id", "/type"]
    assert undefined_terms({**loose, "@context": [V2, loose["@context"]]}) == []


def test_what_fits_has_nothing_to_be_told() -> None:
    document = {
        "@context": [V2, OB],
        "type": ["VerifiableCredential"],
        "name": [{"@value": "x", "@language": "en"}, "y"],
        "credentialSubject": {
            "type": "AchievementSubject",
            "creditsEarned": 1.5,
            "result": [{"type": "Result"}],
        },
    }
    assert fits(document)
    assert undefined_terms(document) == unknown_contexts(document) == []
    assert not fits([document])
    assert not fits("x")
