"""Embedded proofs, made with PyLD and rfc8785 and nothing of ours: VC Data Integrity 1.0 and its suites."""

import hashlib
import importlib.util
import json
from functools import cache
from pathlib import Path
from typing import Any

import rfc8785
from pyld import jsonld
from pyld.documentloader.frozen import BUNDLED_CONTEXTS

from tests.vectors.maker.keys import Key, base58
from tests.vectors.maker.world import OB, Document, without

V1 = "https://www.w3.org/2018/credentials/v1"
ED2020 = "https://w3id.org/security/suites/ed25519-2020/v1"
CREATED = "2026-05-03T09:30:00Z"
_HASH = {"ES384": hashlib.sha384}
# Contexts that PyLD does not bring along, read as data.
_OTHERS = {
    "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json": "ob-v3p0-extensions.json",
    "https://w3id.org/security/multikey/v1": "security-multikey-v1.json",
    OB: "ob-v3p0-context-3.0.3.json",
    "https://w3id.org/security/data-integrity/v2": "security-data-integrity-v2.json",
}


@cache
def context(url: str) -> Any:
    if url in _OTHERS:
        found = importlib.util.find_spec("openbadgeslib")
        assert found is not None
        assert found.submodule_search_locations is not None
        folder = Path(found.submodule_search_locations[0]) / "ob3" / "contexts"
        return json.loads((folder / _OTHERS[url]).read_bytes())
    return json.loads(Path(BUNDLED_CONTEXTS[url]).read_bytes())


def _load(url: str, _options: Any) -> Document:
    return {"contextUrl": None, "documentUrl": url, "document": context(url)}


def canonical(document: Document, suite: str) -> bytes:
    """RFC 8785, or RDFC-1.0 in N-Quads."""
    if "jcs" in suite:
        return rfc8785.dumps(document)
    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": _load}
    text: str = jsonld.normalize(document, options)
    return text.encode()


def secure(
    document: Document,
    signer: Key,
    method: str,
    suite: str = "eddsa-rdfc-2022",
    *,
    previous: tuple[Document, ...] = (),
    **changes: Any,
) -> Document:
    """The document with a proof added; `changes` are members of the proof that are signed, or left out."""
    kind = (
        {"type": suite}
        if suite == "Ed25519Signature2020"
        else {"type": "DataIntegrityProof", "cryptosuite": suite}
    )
    config = without(
        {
            **kind,
            "created": CREATED,
            "verificationMethod": method,
            "proofPurpose": "assertionMethod",
            **changes,
        }
    )
    bare = {name: value for name, value in document.items() if name != "proof"}
    if previous:
        config["previousProof"] = [proof["id"] for proof in previous]
    signed = {**config, "@context": bare["@context"]}
    covered = {**bare, "proof": list(previous)} if previous else bare
    digest = _HASH.get(signer.alg, hashlib.sha256)
    message = b"".join(digest(canonical(part, suite)).digest() for part in (signed, covered))
    proof = {**(signed if "jcs" in suite else config), "proofValue": "z" + base58(signer.sign(message))}
    others = document.get("proof", [])
    others = others if isinstance(others, list) else [others]
    return {**bare, "proof": [*others, proof] if others else proof}
