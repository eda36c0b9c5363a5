"""The cryptosuites of embedded proofs, as one table: a new suite of these families is one row here."""

import hashlib
from collections.abc import Callable, Generator
from functools import partial
from typing import Any, NamedTuple

from keys.proofs import rdfc
from keys.proofs.integrity_refused import IntegrityRefused
from keys.proofs.rdfc import HardGraph
from schemas import jcs

DATA_INTEGRITY = "DataIntegrityProof"

Canonical = Generator[HardGraph, bytes | None, bytes]


class Suite(NamedTuple):
    """How a suite canonicalises and hashes, and JOSE's name of its signature algorithm."""

    name: str
    type: str
    canonicalise: Callable[[dict[str, Any]], Canonical]
    hash: Callable[[bytes], Any]
    alg: str
    signature_bytes: int
    # Whether the proof holds the contexts that were signed (JCS), or those of the document count (RDFC).
    own_context: bool


def _jcs(document: dict[str, Any]) -> Canonical:
    """RFC 8785; a generator like the other, though nothing is ever hard here."""
    yield from ()
    try:
        return jcs.canonical(document)
    except jcs.JcsRefused as refused:
        raise IntegrityRefused("shape.number", str(refused)) from None


_SHA256, _SHA384 = hashlib.sha256, hashlib.sha384
_rdfc_384 = partial(rdfc.canonical, digest=_SHA384)
# VC Data Integrity EdDSA and ECDSA Cryptosuites 1.0; with P-384, SHA-384 numbers blank nodes too.
SUITES = (
    Suite("eddsa-rdfc-2022", DATA_INTEGRITY, rdfc.canonical, _SHA256, "EdDSA", 64, own_context=False),
    Suite("eddsa-jcs-2022", DATA_INTEGRITY, _jcs, _SHA256, "EdDSA", 64, own_context=True),
    Suite("ecdsa-rdfc-2019", DATA_INTEGRITY, rdfc.canonical, _SHA256, "ES256", 64, own_context=False),
    Suite("ecdsa-rdfc-2019", DATA_INTEGRITY, _rdfc_384, _SHA384, "ES384", 96, own_context=False),
    Suite("ecdsa-jcs-2019", DATA_INTEGRITY, _jcs, _SHA256, "ES256", 64, own_context=True),
    Suite("ecdsa-jcs-2019", DATA_INTEGRITY, _jcs, _SHA384, "ES384", 96, own_context=True),
    Suite("", "Ed25519Signature2020", rdfc.canonical, _SHA256, "EdDSA", 64, own_context=False),
)
