"""Contexts that stand in the document itself, and vocabularies: what they may say, and that PyLD agrees."""

import json
from typing import Any

import pytest
from pyld import jsonld

from keys.proofs import rdfc
from keys.proofs.integrity_refused import IntegrityRefused
from schemas.compile_contexts import PINS, installed
from schemas.contexts import contradictory, undefined_terms, unknown_contexts
from schemas.scopes import held, inline

V2 = "https://www.w3.org/ns/credentials/v2"
EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
CREDENTIALS = "https://www.w3.org/2018/credentials#"
CONTEXTS = {
    **{pin.url: json.loads(installed(pin.file)) for pin in PINS},
    EXAMPLES: {"@context": {"@vocab": "https://www.w3.org/ns/credentials/examples#"}},
}


def credential(*contexts: Any, **members: Any) -> dict[str, Any]:
    return {
        "@context": [V2, *contexts],
        "id": "urn:uuid:1",
        "type": ["VerifiableCredential"],
        "issuer": "did:example:issuer",
        "credentialSubject": {"id": "did:example:subject"},
        **members,
    }


def loader(url: str, _options: Any) -> dict[str, Any]:
    kind = "application/ld+json"
    return {"contextUrl": None, "documentUrl": url, "document": CONTEXTS[url], "contentType": kind}


def by_pyld(document: dict[str, Any]) -> str:
    options = {"documentLoader": loader, "format": "application/n-quads", "algorithm": "URDNA2015"}
    return str(jsonld.normalize(document, options))


DEGREE = {"Degree": "https://example.org/#Degree", "grade": "https://example.org/terms/grade"}
SUBJECT = {"id": "did:example:subject", "type": "Degree", "grade": "A"}


@pytest.mark.parametrize(
    "document",
    [
        credential(DEGREE, type=["VerifiableCredential", "Degree"], credentialSubject=SUBJECT),
        credential({**DEGREE, "@protected": True, "@version": 1.1}, credentialSubject=SUBJECT),
        credential({**DEGREE, "@protected": True}, DEGREE, credentialSubject=SUBJECT),
        credential({"@context": DEGREE}, credentialSubject=SUBJECT),
        credential({"Degree": "urn:example:Degree"}, type=["VerifiableCredential", "Degree"]),
        credential(credentialSubject={"@context": DEGREE, **SUBJECT}),
        credential(EXAMPLES, type=["VerifiableCredential", "UniversityDegreeCredential"]),
        credential(EXAMPLES, credentialSubject={"degree": {"type": "BachelorDegree", "name": "BA"}}),
        credential(
            EXAMPLES, DEGREE, credentialSubject={**SUBJECT, "alumniOf": {"name": "X", "employer": "Y"}}
        ),
        credential(EXAMPLES, evidence=[{"type": "DocumentVerification", "verifier": "https://example.edu"}]),
    ],
)
def test_what_they_define_is_signed_as_a_full_processor_would(document: dict[str, Any]) -> None:
    assert unknown_contexts(document) == undefined_terms(document) == []
    assert not contradictory(document)
    assert rdfc.settled(rdfc.canonical(document)).decode() == by_pyld(document)


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"@protected": True},
        {"@vocab": None},
        {"@context": "https://example.org/"},
        {"@context": {"rank": "https://example.org/#grade"}},
        {"@vocab": "https://example.org/#"},
        {"@base": "https://example.org/"},
        {"@version": 1.0, "grade": "https://example.org/#grade"},
        {"@protected": 1, "grade": "https://example.org/#grade"},
        {"grade": "https ://not-a-url#grade"},
        {"grade": "https://example.org/#>grade"},
        {"grade": {"@id": "https://example.org/#grade"}},
        {"grade": None},
        {"grade": "@type"},
        {"grade": "ex:grade"},
        {"gr:ade": "https://example.org/#gr:ade"},
        {"ex": "https://example.org/#"},
        {f"t{number}": f"https://example.org/#t{number}" for number in range(65)},
        # Whoever may call a signed thing by another name hides it from readers of the JSON.
        {"rank": "https://example.org/#grade"},
        {"grade": "https://example.org/#upgrade"},
        {"hidden": CREDENTIALS + "credentialStatus"},
        {"credentialStatus": CREDENTIALS + "credentialStatus"},
    ],
)
def test_what_could_do_more_than_abbreviate_is_not_one_that_we_hold(context: Any) -> None:
    document = credential(context)
    assert inline(context) is None
    assert not held(context)
    assert unknown_contexts(document) == ["inline at /@context/1"]
    with pytest.raises(IntegrityRefused, match="context_unknown"):
        rdfc.settled(rdfc.canonical(document))


@pytest.mark.parametrize(
    "contexts",
    [
        ({"VerifiableCredential": "https://example.org/#VerifiableCredential"},),
        ({"@protected": True, "A": "https://example.org/1#A"}, {"A": "https://example.org/2#A"}),
        ({"@protected": True, "A": "https://example.org/1#A"}, None),
    ],
)
def test_a_protected_term_is_not_redefined(contexts: Any) -> None:
    document = credential(*contexts, type=["VerifiableCredential", "A"])
    assert contradictory(document)
    with pytest.raises(IntegrityRefused):
        rdfc.settled(rdfc.canonical(document))
    with pytest.raises(jsonld.JsonLdError):
        jsonld.expand(document, {"documentLoader": loader})


def test_a_vocabulary_defines_plain_names_only() -> None:
    document = credential(EXAMPLES, **{"a/b": 1, "@index": 2, "ex:x": 3, "über": 4, "name": "x", "fine": 5})
    assert undefined_terms(document) == ["/a~1b", "/@index", "/über"]
    without = credential(EXAMPLES, None, fine=5)
    assert "/fine" in undefined_terms(without)


def test_one_context_may_stand_alone() -> None:
    document = {"@context": DEGREE, "grade": "A", "other": 1}
    assert unknown_contexts(document) == []
    assert undefined_terms(document) == ["/other"]
