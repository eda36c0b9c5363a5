"""Rules of JSON-LD: what no context defines has no meaning, and an embedded proof does not cover it."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from schemas.contexts import below, contradictory, undefined_terms, unknown_contexts
from schemas.report import Reason
from verifier.lint.profile import EVERY, JWT, PROOF
from verifier.lint.rule import Rule, Severity, Spot

# Claims of RFC 7519, RFC 7800 and OpenID that stand beside a token's document and are no terms of JSON-LD.
_CLAIMS = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "nonce", "cnf"})
_TOLD_AT_MOST = 20


def context_known(document: Mapping[str, Any]) -> Iterator[Spot]:
    """A context that we do not hold could say anything, and none is ever fetched."""
    for context in unknown_contexts(dict(document))[:_TOLD_AT_MOST]:
        yield "/@context", f"This context is not one that we hold: {context}"


def contexts_agree(document: Mapping[str, Any]) -> Iterator[Spot]:
    """No context redefines a protected term."""
    if contradictory(dict(document)):
        yield "/@context", "A context redefines a term that an earlier one protects."


def terms_defined(document: Mapping[str, Any]) -> Iterator[Spot]:
    """Members and types that no context defines mean nothing to other readers."""
    without_claims = {name: value for name, value in document.items() if name not in _CLAIMS}
    for pointer in _undefined(without_claims):
        yield pointer, "No context defines this member or type."


def terms_covered(document: Mapping[str, Any]) -> Iterator[Spot]:
    """What no context defines is dropped before a proof is made: anybody may add it."""
    for pointer in _undefined(dict(document)):
        yield pointer, "No context defines this member or type, so the proof does not cover it."


def _undefined(document: dict[str, Any]) -> Iterator[str]:
    # A text's direction is a keyword of JSON-LD. RDF drops it: the proofs over RDF refuse it themselves.
    found = (pointer for pointer in undefined_terms(document) if not pointer.endswith("/@direction"))
    yield from islice(found, _TOLD_AT_MOST)


def nothing_null(document: Mapping[str, Any]) -> Iterator[Spot]:
    """JSON-LD drops null: a member that says nothing should be absent."""
    yield from islice(_nulls(document) if _holds_null(document) else (), _TOLD_AT_MOST)


def _nulls(document: Any) -> Iterator[Spot]:
    waiting: list[tuple[str, Any]] = [("", document)]
    while waiting:
        pointer, value = waiting.pop()
        for name, item in value.items() if isinstance(value, dict) else enumerate(value):
            if item is None:
                yield below(pointer, name), "A member that says nothing should be absent, not null."
            elif isinstance(item, dict | list):
                waiting.append((below(pointer, name), item))


def _holds_null(document: Any) -> bool:
    """Whether there is one at all; only then is it worth saying where."""
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if value is None:
            return True
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return False


_VC = "VC Data Model 2.0, section 5.2"

RULES = (
    Rule(Reason.SHAPE_CONTEXT, Severity.ERROR, _VC, contexts_agree, EVERY),
    Rule(Reason.SHAPE_CONTEXT_UNKNOWN, Severity.UNKNOWN, _VC, context_known, EVERY),
    Rule(Reason.SHAPE_UNDEFINED_TERM, Severity.WARNING, _VC, terms_defined, JWT),
    Rule(Reason.SHAPE_UNSIGNED_TERM, Severity.ERROR, _VC, terms_covered, PROOF),
    Rule(Reason.SHAPE_NULL, Severity.WARNING, _VC, nothing_null, EVERY),
)
