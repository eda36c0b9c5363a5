"""Other people's verifiers and issuers from PyPI, kept offline: whatever they fetch is answered from here."""

import json
from collections.abc import Callable
from typing import Any

import jwt
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key
from joserfc.jwt import JWTClaimsRegistry
from openbadgeslib.ob3.signer import OB3Signer
from openbadgeslib.ob3.verifier import OB3Verifier
from openvc import VerificationPolicy, verify_credential
from openvc.did.base import DidResolverRegistry
from openvc.did.did_web import DidWebResolver
from openvc.resolvers import default_status_list_resolver

from tests.interop.material import DID, NOW, Item, Network, signer
from tests.vectors.maker.keys import Key
from tests.vectors.maker.world import Document
from verifier.times import date_time_stamp


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
    read = jws.deserialize_compact(
        item.evidence, import_key(json.dumps(signer(item.alg).jwk)), algorithms=[item.alg]
    )
    payload = json.loads(read.payload)
    JWTClaimsRegistry(leeway=60).validate(payload)
    _times(payload)


def _times(payload: Document) -> None:
    """`vc+jwt` has its times in the credential, which a JOSE library does not know."""
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
    )


def openbadgeslib(item: Item, network: Network) -> None:
    """A verifier of Open Badges: signature by a key that is given to it, issuer, times, status."""
    fetch = _text(network)
    public = signer(item.alg).private.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    verifier = OB3Verifier(pem, issuer_did=DID)
    verifier.verify(item.evidence, check_status=True, download=lambda url: fetch(url).encode())


# What they make: a token of `document`, in the issuer's name.


def make_pyjwt(document: Document, by: Key, header: Document) -> str:
    return jwt.encode(document, by.private, algorithm=by.alg, headers=header)


def make_joserfc(document: Document, by: Key, header: Document) -> str:
    private = import_key(private_jwk(by))
    made = {"alg": by.alg, **header}
    return jws.serialize_compact(made, json.dumps(document), private, algorithms=[by.alg])


def make_openbadgeslib(document: Document, by: Key, _header: Document) -> str:
    """Its tokens have `jwk` in the header and no kid."""
    return OB3Signer(_pem(by), by.alg).sign_payload(document)


def _pem(by: Key) -> bytes:
    return bytes(by.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def private_jwk(by: Key) -> dict[str, Any]:
    """The test key with its private half, for those who sign."""
    kinds: dict[str, Any] = {"EC": ECKey, "RSA": RSAKey, "OKP": OKPKey}
    found: dict[str, Any] = kinds[by.jwk["kty"]].import_key(_pem(by)).as_dict(private=True)
    return found
