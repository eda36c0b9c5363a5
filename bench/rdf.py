"""Embedded proofs: what verifying them costs beside others, who canonicalise with a JSON-LD processor.

From bytes to the answer: strict JSON, the proof, both canonical texts, digests, the signature. Hard graphs
are solved in this process, as the sandbox does in its own, so that their CPU time is counted.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec.structs import replace
from pyld import jsonld

from bench.material import make
from bench.measure import Timed, quartiles
from keys import base58
from keys.base64url import encode
from keys.proofs import rdfc
from keys.proofs.data_integrity import draft, read
from keys.proofs.integrity_refused import IntegrityRefused
from keys.proofs.suites import Canonical
from keys.public import PublicKey
from schemas import strict_json
from schemas.compile_contexts import PINS, installed
from verifier.sandbox import worker

METHOD = "did:web:assay.example:o:bench#key"
RDFC, JCS = "eddsa-rdfc-2022", "eddsa-jcs-2022"
COMMON, HARD = "common shape", "labels by pyoxigraph"
BARS = {COMMON: 18.0, HARD: 8.0, JCS: 2.8}
ROUNDS, REPEAT = 30, 10

_CLAIMS = ("iss", "sub", "nbf", "exp", "jti")
_CONTEXTS = {pin.url: json.loads(installed(pin.file)) for pin in PINS}
_SCRIPT = Path(__file__).with_name("digitalbazaar.mjs")

Verify = Callable[[bytes], bool]


def rows() -> list[tuple[str, float, float]]:
    """Name, bar and ratio of each comparison; a peer that is not installed is named on standard error."""
    private = Ed25519PrivateKey.generate()
    secured = {
        COMMON: _secured(_badge(), private, RDFC),
        HARD: _secured(_with_twins(_badge()), private, RDFC),
        JCS: _secured(_badge(), private, JCS),
    }
    subjects: dict[str, Timed] = {}
    for name, raw in secured.items():
        peer = _ours(private, rfc8785.dumps) if name == JCS else _pyld(private.public_key())
        for who, verify in (("ours", _ours(private)), ("theirs", peer)):
            _assert_refuses_mutants(verify, raw)
            if who == "ours" and name != JCS:
                _assert_ours_refuses_what_rdf_drops(verify, raw)
            subjects[f"{name}, {who}"] = partial(verify, raw)
    times = quartiles(subjects, rounds=ROUNDS, repeat=REPEAT)
    ours = {name: times[f"{name}, ours"] for name in secured}
    found = [
        (f"{RDFC}, {COMMON}: PyLD to ours, times faster", times[f"{COMMON}, theirs"] / ours[COMMON]),
        (f"{RDFC}, {HARD}: PyLD to ours, times faster", times[f"{HARD}, theirs"] / ours[HARD]),
        (f"{JCS}: the rfc8785 package to ours, times faster", times[f"{JCS}, theirs"] / ours[JCS]),
        *(
            (f"{RDFC}, {name}: @digitalbazaar/vc to ours, times faster", theirs / ours[name])
            for name, theirs in _digitalbazaar(
                {COMMON: secured[COMMON], HARD: secured[HARD]}, private
            ).items()
        ),
    ]
    return [(name, next(bar for part, bar in BARS.items() if part in name), ratio) for name, ratio in found]


def _badge() -> dict[str, Any]:
    document: dict[str, Any] = msgspec.json.decode(make().payload)
    return {name: value for name, value in document.items() if name not in _CLAIMS}


def _with_twins(document: dict[str, Any]) -> dict[str, Any]:
    """The same with two evidences that nothing tells apart."""
    evidence = [{"type": ["Evidence"], "name": "Work", "narrative": "The same, twice."} for _ in range(2)]
    return {**document, "evidence": evidence}


def _secured(document: dict[str, Any], private: Ed25519PrivateKey, suite: str) -> bytes:
    prepared = draft(
        document,
        verification_method=METHOD,
        cryptosuite=suite,
        created="2026-11-23T12:00:00Z",
        solve=worker.graph,
    )
    raw = prepared.finish(private.sign(prepared.signing_input))
    if len(raw) < 4_096:
        raise SystemExit("The bench's credential is shorter than 4 kB.")
    return raw


def _ours(private: Ed25519PrivateKey, jcs: Callable[[Any], bytes] | None = None) -> Verify:
    """Our verification; with `jcs` in place of our own RFC 8785."""
    x = encode(private.public_key().public_bytes_raw()).decode()
    public = PublicKey.from_jwk({"kty": "OKP", "crv": "Ed25519", "x": x})

    def canonicalise(document: dict[str, Any]) -> Canonical:
        yield from ()
        return jcs(document) if jcs else b""

    def verify(raw: bytes) -> bool:
        (proof,) = read(strict_json.loads(raw))
        if jcs and proof.suite:
            proof = replace(proof, suite=proof.suite._replace(canonicalise=canonicalise))
        try:
            return rdfc.settled(proof.covered(), worker.graph).check(public) is None
        except IntegrityRefused:
            return False

    return verify


def _pyld(public: Ed25519PublicKey) -> Verify:
    """The least that somebody needs who has PyLD: no check but the signature."""
    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": _load}

    def verify(raw: bytes) -> bool:
        document = json.loads(raw)
        config = {**document.pop("proof"), "@context": document["@context"]}
        signature = base58.decode(config.pop("proofValue")[1:].encode())
        texts = (jsonld.normalize(part, options).encode() for part in (config, document))
        try:
            public.verify(signature, b"".join(hashlib.sha256(text).digest() for text in texts))
        except InvalidSignature:
            return False
        return True

    return verify


def _load(url: str, _options: Any) -> dict[str, Any]:
    """Static, so that PyLD keeps what it made of a context: its best case."""
    return {"contextUrl": None, "documentUrl": url, "document": _CONTEXTS[url], "tag": "static"}


def _mutant(raw: bytes) -> bytes:
    return raw.replace(b"SQL", b"PL1", 1)


def _assert_refuses_mutants(verify: Verify, raw: bytes) -> None:
    if not verify(raw) or verify(_mutant(raw)):
        raise SystemExit("A function that is timed does not tell its credential from a mutant.")


def _assert_ours_refuses_what_rdf_drops(verify: Verify, raw: bytes) -> None:
    """What others accept, because it is not signed."""
    for mutant in (b'{"colour":"red",', b'{"refreshService":null,', b'{"termsOfUse":[],'):
        if verify(mutant + raw[1:]):
            raise SystemExit("The function that is timed accepts what the signature does not cover.")


def _digitalbazaar(secured: dict[str, bytes], private: Ed25519PrivateKey) -> dict[str, float]:
    """Microseconds of the npm package for each credential; empty where it is not installed."""
    modules = Path(os.environ.get("ASSAY_NODE_MODULES", "tests/interop/node_modules"))
    node = shutil.which("node")
    if node is None or not (modules / "@digitalbazaar" / "vc").is_dir():
        print("@digitalbazaar/vc is not installed: not compared", file=sys.stderr)
        return {}
    multikey = b"\xed\x01" + private.public_key().public_bytes_raw()
    controller = METHOD.partition("#")[0]
    method = {
        "@context": "https://w3id.org/security/multikey/v1",
        "id": METHOD,
        "type": "Multikey",
        "controller": controller,
        "publicKeyMultibase": "z" + base58.encode(multikey).decode(),
    }
    owner = {"@context": "https://www.w3.org/ns/did/v1", "id": controller, "assertionMethod": [METHOD]}
    texts = {
        name: {"credential": secured[name].decode(), "mutant": _mutant(secured[name]).decode()}
        for name in (COMMON, HARD)
    }
    asked = {
        "documents": {**_CONTEXTS, METHOD: method, controller: owner},
        "now": "2026-11-23T12:00:01Z",
        "items": texts,
        "rounds": ROUNDS,
    }
    # A module on the command line finds packages from the folder it is run in.
    command = [node, "--input-type=module", "-e", _SCRIPT.read_text()]
    done = subprocess.run(
        command, input=msgspec.json.encode(asked), cwd=modules.parent, capture_output=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"@digitalbazaar/vc: {done.stderr.decode()[-400:]}")
    found: dict[str, float] = msgspec.json.decode(done.stdout)
    return found
