"""Embedded proofs: VC Data Integrity 1.0, EdDSA and ECDSA Cryptosuites 1.0. No I/O and no private key.

Read: `read(document)` gives every proof. `covered = yield from proof.covered()` canonicalises (a hard graph
is yielded for whoever can bound it), and `covered.check(public)` verifies. Write: `draft(…)`, sign,
`finish`.

A proof speaks for its `document` and nothing else: without proofs, and under the contexts that were signed.
"""

from collections.abc import Callable, Generator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from keys.proofs import proof_members, rdfc
from keys.proofs.integrity_refused import IntegrityRefused
from keys.proofs.jose import Failure
from keys.proofs.proof_members import listed
from keys.proofs.rdfc import HardGraph
from keys.proofs.suites import DATA_INTEGRITY, SUITES, Suite
from keys.public import PublicKey

MAX_PROOFS = 16


class Covered(Struct, frozen=True):
    """What a signature covers (`signing_input`), and the signature."""

    signing_input: bytes
    signature: bytes
    alg: str

    def check(self, public: PublicKey) -> Failure | None:
        """None when `public` signed this; its own algorithm must be the suite's."""
        if public.algorithm != self.alg:
            return Failure("proof.algorithm", "The cryptosuite's algorithm is not the key's.")
        if not public.verify(self.signing_input, self.signature):
            return Failure("signature.invalid", "The signature does not match the content and the key.")
        return None


class EmbeddedProof(Struct, frozen=True):
    """One proof, nothing verified yet.

    `failure` says why it cannot be verified: structure, an unknown suite or a broken chain; its other
    members are then what could be read. `config` is the proof without its value; `chained` are the proofs
    that it covers.
    """

    document: dict[str, Any]
    config: dict[str, Any]
    suite: Suite | None = None
    failure: Failure | None = None
    signature: bytes = b""
    domain: tuple[str, ...] = ()
    chained: tuple[dict[str, Any], ...] = ()

    @property
    def alg(self) -> str | None:
        """JOSE's name of the algorithm; None where the suite is unknown."""
        return self.suite.alg if self.suite else None

    @property
    def kid(self) -> str | None:
        """The verification method: what the proof says of its key."""
        return self._text("verificationMethod")

    @property
    def jwk(self) -> None:
        """Embedded proofs carry no key."""
        return

    @property
    def cryptosuite(self) -> str | None:
        """The suite's name, or, for a suite from before there were names, the proof's type."""
        return self._text("cryptosuite") or self._text("type")

    @property
    def id(self) -> str | None:
        """The proof's own id."""
        return self._text("id")

    @property
    def purpose(self) -> str | None:
        """What it was made for: the verification method must be listed for it."""
        return self._text("proofPurpose")

    @property
    def created(self) -> str | None:
        """When it was made, as it says."""
        return self._text("created")

    @property
    def expires(self) -> str | None:
        """When it ends."""
        return self._text("expires")

    @property
    def previous(self) -> tuple[str, ...]:
        """The ids of the proofs that it covers."""
        return tuple(proof["id"] for proof in self.chained)

    @property
    def challenge(self) -> str | None:
        """What the asker of a presentation chose."""
        return self._text("challenge")

    def _text(self, member: str) -> str | None:
        value = self.config.get(member)
        return value if isinstance(value, str) else None

    def covered(self) -> Generator[HardGraph, bytes | None, Covered]:
        """What must be verified, canonicalised; raises IntegrityRefused."""
        suite = self.suite
        if suite is None or self.failure is not None:
            failure = self.failure or Failure("proof.unsupported", "The suite is not one that we read.")
            raise IntegrityRefused(failure.code, failure.detail)
        document, config = self.document, self.config
        if self.chained:
            document = {**document, "proof": list(self.chained)}
        if not suite.own_context and "@context" not in config:
            config = {"@context": document.get("@context"), **config}
        # The proof first: VC Data Integrity EdDSA Cryptosuites 1.0, sections 3.2.4 and 3.3.4.
        digest = suite.hash((yield from suite.canonicalise(config))).digest()
        digest += suite.hash((yield from suite.canonicalise(document))).digest()
        return Covered(digest, self.signature, suite.alg)


class Draft(Struct, frozen=True):
    """What must be signed. Sign `signing_input` anywhere, then `finish`."""

    signing_input: bytes
    signature_bytes: int
    document: dict[str, Any]
    config: dict[str, Any]

    def finish(self, signature: bytes) -> bytes:
        """The secured document as JSON; a signature of the wrong length raises ValueError."""
        if len(signature) != self.signature_bytes:
            raise ValueError("the signature has the wrong length for its suite")
        proof = {**self.config, "proofValue": proof_members.proof_value(signature)}
        others = listed(self.document.get("proof", []))
        return msgspec.json.encode({**self.document, "proof": [*others, proof] if others else proof})


def read(document: Mapping[str, Any]) -> tuple[EmbeddedProof, ...]:
    """Every proof of a document, in order; raises IntegrityRefused where there is none that could be read.

    A proof that cannot be verified stands among them with its `failure`: each is judged for itself.
    """
    proofs = listed(document.get("proof", []))
    if not proofs:
        raise IntegrityRefused("proof.missing", "Nobody signed this: anyone could have written it.")
    if len(proofs) > MAX_PROOFS:
        raise IntegrityRefused("proof.complexity", f"It has more than {MAX_PROOFS} proofs.")
    if not all(isinstance(proof, dict) for proof in proofs):
        raise IntegrityRefused("proof.malformed", "A proof is no object.")
    bare = {name: value for name, value in document.items() if name != "proof"}
    return tuple(_read(bare, proof, proofs) for proof in proofs)


def draft(
    document: Mapping[str, Any],
    *,
    verification_method: str,
    solve: Callable[[bytes], bytes | None] = lambda _: None,
    **options: Any,
) -> Draft:
    """Like `drafting`, at once: `solve` answers hard graphs; without it they are proof.complexity."""
    return rdfc.settled(drafting(document, verification_method=verification_method, **options), solve)


def drafting(
    document: Mapping[str, Any],
    *,
    verification_method: str,
    cryptosuite: str = "eddsa-rdfc-2022",
    alg: str = "EdDSA",
    purpose: str = "assertionMethod",
    created: str | None = None,
    expires: str | None = None,
    domain: str | list[str] | None = None,
    challenge: str | None = None,
    previous: str | list[str] | None = None,
    id: str | None = None,  # noqa: A002 — the standard's name
) -> Generator[HardGraph, bytes | None, Draft]:
    """Prepare a proof of `document`, which may have others; `previous` are the ids of those it covers.

    Times are dateTimeStamps. Raises IntegrityRefused for what `read` would refuse later.
    """
    suite = next(
        (row for row in SUITES if (row.type, row.name, row.alg) == (DATA_INTEGRITY, cryptosuite, alg)), None
    )
    if suite is None:
        raise IntegrityRefused("proof.unsupported", "The suite with this algorithm is not in our table.")
    members = {
        "@context": document.get("@context") if suite.own_context else None,
        "id": id,
        "type": DATA_INTEGRITY,
        "cryptosuite": cryptosuite,
        "created": created,
        "expires": expires,
        "verificationMethod": verification_method,
        "proofPurpose": purpose,
        "domain": domain,
        "challenge": challenge,
        "previousProof": previous,
    }
    config = {name: value for name, value in members.items() if value is not None}
    others = listed(document.get("proof", []))
    unsigned = {**config, "proofValue": proof_members.proof_value(bytes(suite.signature_bytes))}
    proof = read({**document, "proof": [*others, unsigned]})[-1]
    covered = yield from proof.covered()
    return Draft(covered.signing_input, suite.signature_bytes, dict(document), config)


def _read(document: dict[str, Any], proof: dict[str, Any], proofs: list[dict[str, Any]]) -> EmbeddedProof:
    config = {name: value for name, value in proof.items() if name != "proofValue"}
    try:
        proof_members.check(proof)
        rows = proof_members.suites(proof)
        signature = proof_members.signature(proof)
        suite = proof_members.suite_of(rows, len(signature))
        if suite.own_context and "@context" in proof:
            document = proof_members.in_context(document, proof["@context"])
        chained = proof_members.chained(proof, proofs)
    except IntegrityRefused as refused:
        return EmbeddedProof(document, config, failure=Failure(refused.code, refused.detail))
    domain = tuple(listed(proof.get("domain", [])))
    return EmbeddedProof(document, config, suite, None, signature, domain, chained)
