import hashlib
import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pyld import jsonld

from schemas.compile_contexts import PINS, TARGET, Pin, UncompilableError, compile_terms, installed, write
from schemas.contexts import known_contexts, known_digests, undefined_terms, unknown_contexts
from schemas.scopes import EMPTY, entered
from schemas.written_contexts import WRITTEN

V2 = "https://www.w3.org/ns/credentials/v2"
OB = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
CONTEXTS = {
    **{pin.url: json.loads(installed(pin.file)) for pin in PINS},
    **{written.url: {"@context": written.context} for written in WRITTEN},
}


def badge(**members: Any) -> dict[str, Any]:
    return {
        "@context": [V2, OB],
        "id": "urn:uuid:1",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        **members,
    }


def test_the_table_is_what_the_pinned_contexts_compile_to(tmp_path: Path) -> None:
    write(tmp_path / "terms.json")
    assert TARGET.read_bytes() == (tmp_path / "terms.json").read_bytes()
    assert known_contexts() == {one.url: one.sha256 for one in (*PINS, *WRITTEN)}
    for written in WRITTEN:
        assert {written.sha256, written.sha384} <= known_digests(written.url)
    for pin in PINS:
        assert {pin.sha256, hashlib.sha384(installed(pin.file)).hexdigest()} <= known_digests(pin.url)
    assert known_digests("https://example.org/c") == frozenset()


def pinned(context: Any) -> tuple[Any, tuple[Pin, ...]]:
    raw = json.dumps({"@context": context}).encode()
    return lambda _: raw, (
        Pin("https://example.org/c", "c.json", hashlib.sha256(raw).hexdigest(), "2026-11-23"),
    )


@pytest.mark.parametrize(
    "context",
    [
        {"@vocab": "https://example.org/"},
        {"@import": "https://example.org/"},
        {"term": None},
        {"term": ["https://example.org/"]},
        {"term": {"@reverse": "https://example.org/"}},
        {"term": {"@id": None}},
        {"term": {"@id": "https://example.org/", "@language": "en"}},
        {"term": {"@id": "https://example.org/", "@container": "@index"}},
        {"Type": {"@id": "https://example.org/", "@context": {"@base": "https://example.org/"}}},
        {"term": {"@id": "@json"}},
        {"term": {"@id": "https://example.org/", "@type": "@none"}},
        {"a:term": "https://example.org/"},
    ],
)
def test_contexts_beyond_a_table_are_refused_not_misread(context: Any) -> None:
    with pytest.raises(UncompilableError):
        compile_terms(*pinned(context))


def test_a_context_that_changed_under_its_pin_is_refused() -> None:
    with pytest.raises(UncompilableError, match="not the document that was pinned"):
        compile_terms(lambda file: installed(file) + b" ")


def test_without_the_package_that_carries_them_contexts_cannot_be_compiled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("schemas.compile_contexts.find_spec", lambda _: None)
    with pytest.raises(UncompilableError, match="not installed"):
        installed("credentials-v2.json")


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        (V2, []),
        ([V2, OB], []),
        (None, []),
        ("https://example.org/c", ["https://example.org/c"]),
        ([V2, {"@vocab": "https://example.org/"}], ["inline at /@context/1"]),
        ({"a": "https://example.org/"}, ["inline at /@context"]),
        ([V2, 1, None], ["inline at /@context/1"]),
        ([V2] * 17, []),
        ([V2, *({f"a{number}": f"urn:x:a{number}"} for number in range(16))], []),
        ([V2, *({f"a{number}": f"urn:x:a{number}"} for number in range(17))], ["inline at /@context"]),
        ([V2 + "/"], [V2 + "/"]),
    ],
)
def test_unknown_contexts(context: Any, expected: list[str]) -> None:
    assert unknown_contexts({"@context": context}) == expected


def test_unknown_contexts_at_depth_once_each_in_order() -> None:
    document = badge(
        issuer={"@context": "https://example.org/b", "x": [{"@context": [V2, "https://example.org/a"]}]},
        evidence=[{"@context": "https://example.org/b", "a/b": {"@context": {}}}],
    )
    assert unknown_contexts(document) == [
        "https://example.org/b",
        "https://example.org/a",
        "inline at /evidence/0/a~1b/@context",
    ]
    assert unknown_contexts("text") == unknown_contexts([]) == []


def test_members_are_looked_up_in_the_scope_of_their_node() -> None:
    # `achievement` is defined for an AchievementSubject only, `validFrom` for a VerifiableCredential only.
    subject = {
        "type": "AchievementSubject",
        "achievement": {"type": "Achievement", "achievement": 1, "validFrom": 1},
    }
    document = badge(
        credentialSubject=subject, achievement=1, evidence=[{"genre": 1}, {"type": ["Evidence"], "genre": 1}]
    )
    assert undefined_terms(document) == [
        "/credentialSubject/achievement/achievement",
        "/credentialSubject/achievement/validFrom",
        "/achievement",
        "/evidence/0/genre",
    ]


def test_property_scoped_contexts_reach_down() -> None:
    entry = {
        "type": "BitstringStatusListEntry",
        "statusMessage": [{"status": "0x0", "message": "ok", "ttl": 1}],
    }
    assert undefined_terms({"@context": V2, "credentialStatus": entry}) == ["/credentialStatus"]
    document = badge(credentialStatus=entry)
    assert undefined_terms(document) == ["/credentialStatus/statusMessage/0/ttl"]


def test_a_presentation_resets_the_context_of_what_it_holds() -> None:
    presentation = {
        "@context": V2,
        "type": "VerifiablePresentation",
        "holder": "did:web:example.org",
        "verifiableCredential": [badge(name="n"), {"type": "VerifiableCredential", "name": "n"}],
    }
    assert undefined_terms(presentation) == [
        "/verifiableCredential/1/type",
        "/verifiableCredential/1/name",
    ]


def test_types() -> None:
    document = badge(
        issuer={
            "id": "did:web:example.org",
            "type": ["Profile", "Bogus", "https://example.org/Type", 7, "type", "_:b", ""],
        }
    )
    assert undefined_terms(document) == [f"/issuer/type/{position}" for position in (1, 3, 4, 5, 6)]
    assert undefined_terms(badge(issuer={"@type": "Bogus"})) == ["/issuer/@type"]


def test_literals_and_keywords() -> None:
    document = badge(
        name={"@value": "n", "@language": "en"},
        evidence={"@list": [{"type": "Evidence", "bogus": 1}]},
        validFrom={"@value": "2026", "@type": "bogus"},
        cnf={"jwk": {"anything": {"goes": 1}}, "bogus": 1},
        description={"@value": "d", "@direction": "ltr", "@index": "i"},
    )
    assert undefined_terms(document) == [
        "/evidence/@list/0/bogus",
        "/cnf/bogus",
        "/description/@direction",
        "/description/@index",
    ]


def test_absolute_iris_resolve_as_they_stand() -> None:
    document = badge(
        **{"https://example.org/p": {"name": 1, "bogus": 1}, "a b:c": 1, "x~/y": 1, "ex:>": 1, "_:b": 1}
    )
    assert undefined_terms(document) == [
        "/https:~1~1example.org~1p/bogus",
        "/a b:c",
        "/x~0~1y",
        "/ex:>",
        "/_:b",
    ]


def test_without_context_nothing_is_defined() -> None:
    assert undefined_terms({"id": "urn:uuid:1", "name": "n"}) == ["/id", "/name"]
    assert undefined_terms(badge(issuer={"@context": None, "name": "n"})) == ["/issuer/name"]
    assert undefined_terms([1, "a", None]) == []
    assert undefined_terms({"@context": "https://example.org/unknown", "name": 1}) == ["/name"]


def test_a_bare_reference_stays_in_its_node_scope() -> None:
    document = badge(credentialSubject={"type": "AchievementSubject", "achievement": {"id": "urn:uuid:1"}})
    assert undefined_terms(document) == []


def test_repeated_contexts_do_not_pile_up() -> None:
    document = badge(issuer={"@context": [V2, OB] * 10_000, "name": "n", "bogus": 1})
    assert undefined_terms(document) == ["/issuer/bogus"]
    assert entered(EMPTY, [V2, OB] * 10_000) is entered(EMPTY, [V2, OB])


# Each may follow the data model's own; another edition of one of them would contradict it.
NESTED = [
    V2,
    OB,
    *(url for url in CONTEXTS if any(part in url for part in ("extensions", "data-integrity", "multikey"))),
    *(written.url for written in WRITTEN),
]
TERMS = sorted(
    {
        term
        for context in (CONTEXTS[url] for url in NESTED)
        for term in itertools.chain(
            context["@context"],
            *(
                definition["@context"]
                for definition in context["@context"].values()
                if isinstance(definition, dict) and definition.get("@context")
            ),
        )
        if not term.startswith("@")
    }
)
MEMBERS = [
    term
    for term in TERMS
    if term[:1].islower() and term not in ("id", "type", "proof", "verifiableCredential")
]
TYPES = [term for term in TERMS if term[:1].isupper() or term[:1].isdigit()]


def nodes(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(
        lambda types, members: {"type": types, **members},
        st.lists(st.sampled_from([*TYPES, "Bogus", "urn:example:Type"]), min_size=1, max_size=2, unique=True),
        st.dictionaries(st.sampled_from([*MEMBERS, "bogus", "urn:example:member"]), inner, max_size=4),
    )


DOCUMENTS = nodes(
    st.recursive(st.just("leaf"), lambda inner: nodes(inner) | st.lists(inner, max_size=2), max_leaves=12)
)


def number(value: Any, pointer: str, leaves: dict[str, str]) -> Any:
    """Give every leaf a text of its own, and keep its pointer."""
    if isinstance(value, list):
        return [number(item, f"{pointer}/{position}", leaves) for position, item in enumerate(value)]
    if isinstance(value, dict):
        return {
            name: v if name == "type" else number(v, f"{pointer}/{name}", leaves) for name, v in value.items()
        }
    leaves[pointer] = f"urn:leaf:{len(leaves)}:"
    return leaves[pointer]


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(DOCUMENTS)
def test_agrees_with_a_full_json_ld_processor(document: Any) -> None:
    leaves: dict[str, str] = {}
    node = number(document, "/credentialSubject", leaves)
    whole = badge(credentialSubject={**node, "@context": NESTED})
    try:
        expanded = json.dumps(jsonld.expand(whole, {"documentLoader": loader}))
    except jsonld.JsonLdError:
        # Two types whose protected terms contradict each other: no question for a table.
        assume(condition=False)
    found = undefined_terms(whole)
    for pointer, leaf in leaves.items():
        dropped = any(pointer == undefined or pointer.startswith(undefined + "/") for undefined in found)
        assert (leaf not in expanded) == dropped, pointer
    assert ('Bogus"' in expanded) == any(undefined.split("/")[-2] == "type" for undefined in found)


def loader(url: str, _options: Any) -> dict[str, Any]:
    return {
        "contextUrl": None,
        "documentUrl": url,
        "document": CONTEXTS[url],
        "contentType": "application/ld+json",
    }
