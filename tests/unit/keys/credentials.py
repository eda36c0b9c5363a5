"""Credentials as people issue them and as nobody would, made by hypothesis: all of them sound JSON-LD."""

from typing import Any

from hypothesis import strategies as st

from keys.proofs.nquads import XSD
from schemas.contexts import known_contexts
from schemas.scopes import EMPTY, Active, Term, entered, opened, typed

V1 = "https://www.w3.org/2018/credentials/v1"
V2 = "https://www.w3.org/ns/credentials/v2"
OB = "https://purl.imsglobal.org/spec/ob/v3p0/"
EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v2"
CONTEXTS = (
    [V2],
    [V2, OB + "context-3.0.3.json"],
    [V2, OB + "context-3.0.2.json"],
    [V2, OB + "context-3.0.3.json", OB + "extensions.json", "https://w3id.org/security/multikey/v1"],
    [V1, OB + "context-3.0.1.json", DATA_INTEGRITY],
    [V1, OB + "context-3.0.3.json", "https://w3id.org/security/suites/ed25519-2020/v1"],
)

words = st.text(max_size=12) | st.sampled_from(
    ["Ada", 'a "quoted" \\ word', "tab\tline\nreturn\r", "Zoë", "\x7f\ufffe", "😀"]
)
iris = st.sampled_from(
    [
        "urn:uuid:1",
        "did:web:example.org",
        "https://example.org/a?b=c#d",
        "https://example.org/[1]",
        "urn:ü:😀",
        "mailto:a@example.org",
    ]
) | st.integers(0, 10**6).map("urn:example:{}".format)
numbers = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
literals = words | st.booleans() | numbers
tagged = st.builds(
    lambda text, tag: {"@value": text, "@language": tag}, words, st.sampled_from(["en", "de-AT", "zh-Hant"])
)
times = st.sampled_from(["2026-11-25T12:00:00Z", "2026-11-25T12:00:00.5+01:00"])


def some(value: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[Any]:
    """One of them, or several that differ."""
    return value | st.lists(value, min_size=1, max_size=most, unique_by=repr)


def node(kind: Any, required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"type": st.just(kind), **required}, optional=optional)


def badge(contexts: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """An Open Badge, or, without that context, a bare credential."""
    named = {"name": some(words | tagged, 2), "description": words | tagged} if V2 in contexts else {}
    criteria = node("Criteria", {}, {"narrative": words, "id": iris})
    alignment = node(
        ["Alignment"], {"targetName": words, "targetUrl": iris}, {"targetCode": words, "targetType": words}
    )
    levels = node(["RubricCriterionLevel"], {"id": iris, "level": words}, {"points": words})
    described = node(
        ["ResultDescription"],
        {"id": iris, "resultType": words},
        {
            "allowedValue": st.lists(words, max_size=4),
            "valueMax": words,
            "rubricCriterionLevel": some(levels),
        },
    )
    profile = node(["Profile"], {"id": iris}, {"url": iris, "email": words, "phone": words})
    achievement = node(
        ["Achievement"],
        {"id": iris, "criteria": criteria},
        {
            "alignment": some(alignment), "achievementType": words, "tag": some(words), "creator": profile,
            "resultDescription": some(described), "creditsAvailable": numbers, "version": words,
            "image": iris | node("Image", {"id": iris}, {"caption": words}),
        },
    )  # fmt: skip
    result = node(
        ["Result"], {"value": words}, {"resultDescription": iris, "achievedLevel": iris, "status": words}
    )
    identity = node(
        "IdentityObject",
        {"hashed": st.booleans(), "identityHash": words, "identityType": words},
        {"salt": words},
    )
    subject = node(
        ["AchievementSubject"],
        {"achievement": achievement},
        {
            "id": iris,
            "identifier": some(identity),
            "result": some(result, 4),
            "role": words,
            "creditsEarned": numbers,
        },
    )
    evidence = node(["Evidence"], {}, {"id": iris, "narrative": words, "genre": words, "audience": words})
    status = node(
        "BitstringStatusListEntry",
        {"statusPurpose": words, "statusListIndex": words, "statusListCredential": iris},
        {"id": iris},
    )
    optional = {"credentialStatus": status} if V2 in contexts else {}
    if len(contexts) == 1:
        subject = node(
            "urn:example:Type", {}, {"id": iris, "urn:example:says": some(literals | tagged), **named}
        )
        evidence = node(["urn:example:Evidence"], {}, {"id": iris})
    return st.fixed_dictionaries(
        {
            "@context": st.just(contexts),
            "type": st.just(["VerifiableCredential", "OpenBadgeCredential"][: len(contexts)]),
            "issuer": iris | (profile if len(contexts) > 1 else node("urn:example:Type", {"id": iris}, {})),
            "credentialSubject": subject,
        },
        optional={
            "id": iris, "evidence": some(evidence), **optional, **named,
            "validFrom": times, "urn:example:anything": some(literals),
            "proof": node(
                ["urn:example:Proof"], {"urn:example:by": words}, {}
            ),
        },
    )  # fmt: skip


badges = st.sampled_from(CONTEXTS).flatmap(badge)


def _odd_values(term: Term, inner: Active, outer: Active, depth: int) -> st.SearchStrategy[Any]:
    if term.type == "@json":
        return st.sampled_from([{"b": [1, 2.5, None], "a": "ü"}, [1, "x"], "text", 5, 1e30])
    below = opened(outer, term.scope, override=True)
    deeper = _odd_node(below, depth - 1) if depth else st.nothing()
    if term.container == "@graph":
        return deeper
    if term.type == "@id":
        return iris | deeper | literals
    if term.type == "@vocab":
        known = [
            name
            for name, found in opened(inner, term.scope, override=True).terms.items()
            if found.iri[0] != "@"
        ]
        return st.sampled_from(known) | iris
    typed_values = st.sampled_from(
        [{"@value": "2026", "@type": "urn:dt"}, {"@value": 5}, {"@value": True, "@type": XSD + "string"},
         {"@value": 1.5, "@type": XSD + "double"}, {"@value": 7, "@type": XSD + "double"}]
    )  # fmt: skip
    return literals | tagged | typed_values | deeper


@st.composite
def _odd_node(draw: st.DrawFn, active: Active, depth: int) -> dict[str, Any]:
    """A node with any types and members that its contexts define."""
    made: dict[str, Any] = {}
    if depth == _DEEPEST or draw(st.integers(0, 19)) == 0:
        named = st.lists(st.sampled_from(sorted(known_contexts())), max_size=2)
        made["@context"] = [*([draw(st.sampled_from([V1, V2]))] if depth == _DEEPEST else []), *draw(named)]
        active = entered(active, made["@context"])
    kinds = [name for name, term in active.terms.items() if term.iri[0] != "@" and not name[0].islower()]
    types = draw(st.lists(st.sampled_from([*kinds, "urn:example:Type"]), max_size=3, unique=True))
    inner = typed(active, tuple(types))
    if types and "type" in inner.terms:
        made["type"] = types if len(types) > 1 else draw(st.sampled_from([types, types[0]]))
    else:
        inner = active
    if "id" in inner.terms and draw(st.booleans()):
        made["id"] = draw(iris)
    names = [
        name
        for name, term in inner.terms.items()
        if term.iri[0] != "@" and name[0].islower() and not term.prefix
    ]
    for name in draw(st.lists(st.sampled_from([*names, "urn:example:member"]), max_size=4, unique=True)):
        term = inner.terms.get(name, Term(name))
        value = _odd_values(term, inner, active, depth)
        if value.is_empty:
            continue
        several = draw(st.booleans()) and term.type != "@json"
        made[name] = draw(st.lists(value, min_size=1, max_size=3) if several else value)
    return made


_DEEPEST = 3
oddities = _odd_node(EMPTY, _DEEPEST)
