"""The members of an embedded proof (VC Data Integrity 1.0, section 2.1), and what they lead to."""

from typing import Any

from keys import base58
from keys.proofs.integrity_refused import IntegrityRefused
from keys.proofs.suites import SUITES, Suite
from schemas.times import TimeRefused, date_time_stamp

MAX_TEXT = 1_024
_REQUIRED = frozenset(("type", "verificationMethod", "proofPurpose"))
_TEXTS = _REQUIRED | {"id", "cryptosuite", "challenge", "nonce"}
_SETS = frozenset(("domain", "previousProof"))
_TIMES = frozenset(("created", "expires"))


def check(proof: dict[str, Any]) -> None:
    """Refuse as proof.malformed what is not of its kind; `proofValue` and `@context` are others' business."""
    if missing := _REQUIRED - proof.keys():
        raise IntegrityRefused("proof.malformed", f"The proof has no {min(missing)}.")
    for name, value in proof.items():
        if name in _TEXTS or name in _SETS:
            texts = value if name in _SETS and isinstance(value, list) else (value,)
            if not all(isinstance(text, str) and len(text) <= MAX_TEXT for text in texts):
                raise IntegrityRefused("proof.malformed", f"The proof's {name} is no short text.")
        elif name in _TIMES:
            try:
                date_time_stamp(value)
            except TimeRefused:
                detail = f"The proof's {name} is no time with an offset."
                raise IntegrityRefused("proof.malformed", detail) from None


def signature(proof: dict[str, Any]) -> bytes:
    """The proofValue's bytes: multibase, of which these suites use base58btc only."""
    value = proof.get("proofValue")
    if not isinstance(value, str) or value[:1] != "z":
        raise IntegrityRefused("proof.encoding", "The proofValue is no base58btc text that begins with z.")
    try:
        return base58.decode(value[1:].encode("ascii", "replace"))
    except base58.Base58Error:
        raise IntegrityRefused("proof.encoding", "The proofValue is not base58btc of a signature.") from None


def proof_value(signature: bytes) -> str:
    """A signature as `proofValue` holds it."""
    return "z" + base58.encode(signature).decode()


def suites(proof: dict[str, Any]) -> list[Suite]:
    """The table's rows of its suite, asked first: others write their signatures in other ways."""
    rows = [row for row in SUITES if (row.type, row.name) == (proof["type"], proof.get("cryptosuite", ""))]
    if not rows:
        raise IntegrityRefused("proof.unsupported", "It is secured with a suite that we do not read.")
    return rows


def suite_of(rows: list[Suite], signature_bytes: int) -> Suite:
    """The row for a signature; the length of an ECDSA signature says which curve it was made on."""
    for row in rows:
        if row.signature_bytes == signature_bytes:
            return row
    raise IntegrityRefused("proof.encoding", "The proofValue has the wrong length for its suite.")


def in_context(document: dict[str, Any], signed: Any) -> dict[str, Any]:
    """The document under the contexts that were signed, which others may follow.

    VC Data Integrity EdDSA Cryptosuites 1.0, section 3.3.2.
    """
    contexts, first = listed(document.get("@context")), listed(signed)
    if contexts[: len(first)] != first:
        raise IntegrityRefused(
            "proof.context", "The proof was made under other contexts than the document's."
        )
    return {**document, "@context": signed}


def chained(proof: dict[str, Any], proofs: list[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """The proofs that this one covers, in its order (VC Data Integrity 1.0, section 4.5)."""
    found: list[dict[str, Any]] = []
    for name in listed(proof.get("previousProof", [])):
        named = [other for other in proofs if other.get("id") == name]
        if len(named) != 1 or _among(named[0], found):
            raise IntegrityRefused(
                "proof.previous", "A proof that it names as previous is not there just once."
            )
        found += named
    waiting = list(found)
    for other in waiting:
        if other is proof:
            raise IntegrityRefused("proof.previous", "Its previous proofs lead back to it.")
        names = listed(other.get("previousProof", []))
        waiting += [one for one in proofs if one.get("id") in names and not _among(one, waiting)]
    return tuple(found)


def listed(value: Any) -> list[Any]:
    """A value that may stand alone or in a list, as a list."""
    return value if isinstance(value, list) else [value]


def _among(proof: dict[str, Any], proofs: list[dict[str, Any]]) -> bool:
    return any(proof is other for other in proofs)
