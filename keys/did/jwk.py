"""did:jwk (community draft): the identifier is the key, as a JWK in base64url; its one method is `#0`."""

import msgspec

from keys.base64url import decode, encode
from keys.did.refused import DidRefused
from keys.public import PublicKey
from schemas.did import DID_V1, JWK_V1, DidDocument, VerificationMethod
from schemas.strict_json import loads

PREFIX = "did:jwk:"


def resolve(did: str) -> DidDocument:
    """The document that follows from the identifier; a key whose `use` is not `sig` may assert nothing.

    Raises DidRefused; whether the JWK is one that verifies is `PublicKey.from_jwk`'s question.
    """
    try:
        jwk = loads(decode(did.removeprefix(PREFIX).encode()))
    except ValueError:  # those of base64url and strict JSON, and half of a surrogate pair
        raise DidRefused("did.malformed", "The did:jwk is not base64url of strict JSON.") from None
    if not isinstance(jwk, dict):
        raise DidRefused("did.malformed", "The did:jwk is not a JSON object.")
    method = VerificationMethod(id=f"{did}#0", type="JsonWebKey", controller=did, public_key_jwk=jwk)
    signing = (method.id,) if jwk.get("use", "sig") == "sig" else ()
    return DidDocument(
        context=(DID_V1, JWK_V1),
        id=did,
        verification_method=(method,),
        assertion_method=signing,
        authentication=signing,
    )


def did_jwk(key: PublicKey) -> str:
    """The identifier of `key`, from what we publish of it."""
    return PREFIX + encode(msgspec.json.encode(key.jwk)).decode()
