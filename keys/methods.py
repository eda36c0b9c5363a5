"""The key of a verification method (Controlled Identifiers 1.0, section 2.2), where its type says it is."""

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


def public_key(method: VerificationMethod) -> PublicKey:
    """The key that `method` holds, in the one form that its type has; raises KeyRefused.

    A method with two keys is refused (they could differ), and so is one that shows a private key.
    """
    if method.public_key_jwk is not None and method.public_key_multibase is not None:
        raise KeyRefused("key.malformed", "The verification method holds two keys.")
    if method.public_key_jwk is not None and method.type in _JWK_TYPES:
        return PublicKey.from_jwk(method.public_key_jwk)
    if method.public_key_multibase is not None and method.type in _MULTIBASE_TYPES:
        key = PublicKey.from_multibase(method.public_key_multibase)
        if _MULTIBASE_TYPES[method.type] in (None, key.algorithm):
            return key
    raise KeyRefused("key.malformed", "The verification method holds no key of a form that its type has.")
