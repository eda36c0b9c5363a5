"""did:key (W3C Credentials Community Group draft): the identifier is the key, as a Multikey."""

from keys.did.refused import DidRefused
from keys.methods import multikey_method
from keys.public import KeyRefused, PublicKey
from schemas.did import DID_V1, MULTIKEY_V1, DidDocument

PREFIX = "did:key:"


def resolve(did: str) -> DidDocument:
    """The document that follows from the identifier: one method, `did:key:z…#z…`, for all that signs.

    Raises DidRefused; for a type of key that our table lacks with did.method.
    """
    try:
        key = PublicKey.from_multibase(did.removeprefix(PREFIX))
    except KeyRefused as refused:
        code = "did.method" if refused.code == "key.algorithm" else "did.malformed"
        raise DidRefused(code, f"The did:key is not of a key that we can use. {refused.detail}") from None
    return document(key)


def did_key(key: PublicKey) -> str:
    """The identifier of `key`; raises DidRefused where Multikey has no form for it (RSA)."""
    if key.multibase is None:
        raise DidRefused("did.method", "A did:key of this type of key is not made.")
    return PREFIX + key.multibase


def document(key: PublicKey) -> DidDocument:
    """The document of `key`'s own did:key; raises DidRefused likewise."""
    did = did_key(key)
    method = multikey_method(did, key)
    return DidDocument(
        context=(DID_V1, MULTIKEY_V1),
        id=did,
        verification_method=(method,),
        assertion_method=(method.id,),
        authentication=(method.id,),
    )
