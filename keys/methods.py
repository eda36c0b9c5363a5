"""Verification methods (Controlled Identifiers 1.0, section 2.2): the forms in which a key is published.

Two readers want two forms of one key: VC-JOSE-COSE a `publicKeyJwk`, Data Integrity a `publicKeyMultibase`.
"""

import msgspec

from keys import base58, pem
from keys.algorithms import BY_NAME
from keys.public import KeyRefused, PublicKey
from schemas.did import VerificationMethod

# The types that others publish keys in, and the algorithms that a type confines its key to.
_JWK_TYPES = {"JsonWebKey": None, "JsonWebKey2020": None}
_MULTIBASE_TYPES = {
    "Multikey": None,
    "Ed25519VerificationKey2020": "EdDSA",
    "P256VerificationKey2021": "ES256",
    "P384VerificationKey2021": "ES384",
}


# A form of before Multikey: the key's bytes, without the prefix that says of which type they are.
_BASE58_TYPES = {"Ed25519VerificationKey2018": BY_NAME["EdDSA"].multikey}
# Open Badges 2.0's type, whose key is PEM text.
_PEM_TYPE = "CryptographicKey"


def jwk_method(did: str, key: PublicKey) -> VerificationMethod:
    """The method `<did>#<thumbprint>`, where readers of JOSE look."""
    jwk = msgspec.to_builtins(key.jwk)
    return VerificationMethod(id=f"{did}#{key.kid}", type="JsonWebKey", controller=did, public_key_jwk=jwk)


def multikey_method(did: str, key: PublicKey) -> VerificationMethod:
    """The method `<did>#<multibase>`, where readers of Data Integrity look; also did:key's only one.

    Raises KeyRefused where Multikey has no form for the key (RSA).
    """
    text = key.multibase
    if text is None:
        raise KeyRefused("key.algorithm", "Multikey has no form for this type of key.")
    return VerificationMethod(id=f"{did}#{text}", type="Multikey", controller=did, public_key_multibase=text)


def public_key(method: VerificationMethod) -> PublicKey:
    """The key that `method` holds, in the one form that its type has; raises KeyRefused.

    A method with two keys is refused (they could differ), and so is one that shows a private key.
    """
    forms = (
        method.public_key_jwk,
        method.public_key_multibase,
        method.public_key_base58,
        method.public_key_pem,
    )
    if forms.count(None) < len(forms) - 1:
        raise KeyRefused("key.malformed", "The verification method holds two keys.")
    if method.public_key_jwk is not None and method.type in _JWK_TYPES:
        return PublicKey.from_jwk(method.public_key_jwk)
    if method.public_key_multibase is not None and method.type in _MULTIBASE_TYPES:
        key = PublicKey.from_multibase(method.public_key_multibase)
        if _MULTIBASE_TYPES[method.type] in (None, key.algorithm):
            return key
    if method.public_key_base58 is not None and method.type in _BASE58_TYPES:
        return _of_base58(method.public_key_base58, _BASE58_TYPES[method.type])
    if method.public_key_pem is not None and method.type == _PEM_TYPE:
        return pem.public_key(method.public_key_pem)
    raise KeyRefused("key.malformed", "The verification method holds no key of a form that its type has.")


def _of_base58(text: str, prefix: bytes) -> PublicKey:
    try:
        raw = base58.decode(text.encode())
    except ValueError:
        raise KeyRefused("key.malformed", "The verification method's key is not base58btc.") from None
    return PublicKey.from_multibase("z" + base58.encode(prefix + raw).decode())
