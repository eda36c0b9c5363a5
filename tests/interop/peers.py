"""Other people's verifiers and issuers from PyPI, kept offline: whatever they fetch is answered from here."""

import hashlib
import json
import warnings
from collections.abc import Callable
from typing import Any

import jwt
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key
from joserfc.jwt import JWTClaimsRegistry
from openbadgeslib.ob3.credential import OpenBadgeCredential
from openbadgeslib.ob3.ldp import OB3LdpSigner, OB3LdpVerifier
from openbadgeslib.ob3.signer import OB3Signer
from openbadgeslib.ob3.verifier import OB3Verifier
from openvc import Ed25519SigningKey, P256SigningKey, VerificationPolicy, verify_credential
from openvc.did.base import DidResolverRegistry
from openvc.did.did_web import DidWebResolver
from openvc.proof.data_integrity import DataIntegrityProofSuite
from openvc.proof.di_jcs import EddsaJcsProofSuite
from openvc.proof.vc_jwt import VcJwtProofSuite
from openvc.resolvers import default_status_list_resolver

from schemas.times import date_time_stamp
from tests.interop.material import CONTEXTS, DID, NOW, Item, Network, kid, multikey, signer
from tests.vectors.maker.embed import canonical
from tests.vectors.maker.keys import Key, unbase58
from tests.vectors.maker.world import Document

# joserfc finds EdDSA old (RFC 9864), and says so at every use.
warnings.filterwarnings("ignore", message="EdDSA is deprecated")


class Refused(Exception):  # noqa: N818 - what happened, not that it is an error
    """A check of the peer's caller failed."""


def _text(network: Network) -> Callable[[str], str]:
    def fetch(url: str) -> str:
        if url not in network:
            raise OSError(f"nobody answers at {url}")
        return network[url][1]

    return fetch


def pyjwt(item: Item, _network: Network) -> None:
    """A JOSE library: signature and times, with a key that is given to it."""
    public = jwt.PyJWK(signer(item.alg).jwk, item.alg)
    payload = jwt.decode(item.evidence, public, algorithms=[item.alg], leeway=60)
    _times(payload)


def joserfc(item: Item, _network: Network) -> None:
    """Another one."""
    jwk: dict[str, str | list[str]] = {**signer(item.alg).jwk}
    read = jws.deserialize_compact(item.evidence, import_key(jwk), algorithms=[item.alg])
    payload = json.loads(read.payload)
    JWTClaimsRegistry(leeway=60).validate(payload)
    _times(payload)


def _times(payload: Document) -> None:
    """`vc+jwt` and documents have their times in the credential, which such a library does not know."""
    start, end = date_time_stamp(payload["validFrom"]), date_time_stamp(payload["validUntil"])
    if not start <= NOW <= end:
        raise Refused("outside its period of validity")


def openvc(item: Item, network: Network) -> None:
    """A verifier: signature by the issuer's DID document, times, status."""
    fetch = _text(network)
    resolver = DidResolverRegistry([DidWebResolver(lambda url: json.loads(fetch(url)))])
    evidence = json.loads(item.evidence) if item.evidence.startswith("{") else item.evidence
    verify_credential(
        evidence,
        policy=VerificationPolicy(require_status_issuer_binding=True),
        resolver=resolver,
        resolve_status_list=default_status_list_resolver(resolver=resolver, fetch=fetch),
        extra_contexts=CONTEXTS,
    )


def openbadgeslib(item: Item, network: Network) -> None:
    """A verifier of Open Badges: signature by a key that is given to it, issuer, times, status."""
    fetch = _text(network)
    public = signer(item.alg).private.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    kind: Any = OB3LdpVerifier if item.evidence.startswith("{") else OB3Verifier
    kind(pem, issuer_did=DID).verify(
        item.evidence, check_status=True, download=lambda url: fetch(url).encode()
    )


def canonicaliser(item: Item, _network: Network) -> None:
    """PyLD or rfc8785 and a page of the standard: signature and times."""
    document = json.loads(item.evidence)
    proof = document.pop("proof")
    suite, value = proof["cryptosuite"], proof.pop("proofValue")
    if proof["proofPurpose"] != "assertionMethod":
        raise Refused("made for another purpose")
    config = {**proof, "@context": document["@context"]}
    message = b"".join(hashlib.sha256(canonical(part, suite)).digest() for part in (config, document))
    try:
        signer("EdDSA").private.public_key().verify(unbase58(value[1:]), message)
    except InvalidSignature:
        raise Refused("the signature does not match") from None
    _times(document)


# What they make: a credential in the issuer's name.


def make_pyjwt(document: Document, header: Document, by: Key) -> str:
    return jwt.encode(document, by.private, algorithm=by.alg, headers=header)


def make_joserfc(document: Document, header: Document, by: Key) -> str:
    made = {"alg": by.alg, **header}
    return jws.serialize_compact(made, json.dumps(document), import_key(private_jwk(by)), algorithms=[by.alg])


def make_openbadgeslib(document: Document, _header: Document, by: Key) -> str:
    """Its tokens have `jwk` in the header and no kid."""
    return OB3Signer(_pem(by), by.alg).sign_payload(document)


def make_openvc(document: Document, header: Document, by: Key) -> str:
    """An embedded proof of the suite that `header` names."""
    suite: Any = DataIntegrityProofSuite() if header["suite"] == "eddsa-rdfc-2022" else EddsaJcsProofSuite()
    contexts = {"extra_contexts": CONTEXTS} if header["suite"] == "eddsa-rdfc-2022" else {}
    private = Ed25519SigningKey.from_pem(_pem(by), multikey(signer("EdDSA")))
    method = multikey(signer("EdDSA"))
    return json.dumps(suite.add_proof(document, signing_key=private, verification_method=method, **contexts))


def make_openvc_token(document: Document, _header: Document, by: Key) -> str:
    """A token of the data model 1.1, with a claim `vc`."""
    private = P256SigningKey.from_pem(_pem(by), kid(signer("ES256")))
    return VcJwtProofSuite().sign(document, signing_key=private, expires_in_s=3_600)


def make_openbadgeslib_embedded(document: Document, _header: Document, by: Key) -> str:
    """From its own model of a badge, which is not quite ours."""
    credential = OpenBadgeCredential.from_vc_document(document)
    return OB3LdpSigner(_pem(by), multikey(signer("EdDSA"))).sign_to_json(credential)


def _pem(by: Key) -> bytes:
    return bytes(by.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def private_jwk(by: Key) -> dict[str, Any]:
    """The test key with its private half, for those who sign."""
    kinds: dict[str, Any] = {"EC": ECKey, "RSA": RSAKey, "OKP": OKPKey}
    found: dict[str, Any] = kinds[by.jwk["kty"]].import_key(_pem(by)).as_dict(private=True)
    return found
