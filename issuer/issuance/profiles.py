"""The profiles that an award can be released in: a new secured form is one row here and nothing elsewhere.

The order is the order of importance: the first one that an award has is what its share page shows.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, Protocol

import msgspec

from issuer.issuance.draft import registered_claims
from issuer.organizations.keys import key_path
from issuer.status.lists import stamp
from keys.did.web import did_web
from keys.methods import multikey_method
from keys.proofs import data_integrity, jose
from keys.public import PublicKey
from schemas.openbadges import OpenBadgeCredential
from schemas.strict_json import loads


class Draft(Protocol):
    """What a key must sign, wherever it lives, and how the signature makes the form complete."""

    @property
    def signing_input(self) -> bytes: ...  # noqa: D102 - the class says it

    def finish(self, signature: bytes) -> str: ...  # noqa: D102 - likewise


class Signing(msgspec.Struct, frozen=True):
    """What a form says of its key, and when it was drafted; fixed once the draft is committed."""

    base_url: str
    organization_id: str
    public: PublicKey
    at: datetime

    @property
    def did(self) -> str:
        """The issuer."""
        return did_web(self.base_url, self.organization_id)

    @property
    def key_url(self) -> str:
        """The address that gives this one key as a JWK."""
        return self.base_url + key_path(self.organization_id, self.public.kid)


class FormProfile(msgspec.Struct, frozen=True):
    """One row: `algorithms` that its form can be signed with, the first one unless another is chosen.

    `payload` turns the credential into the bytes that are committed before signing, `draft` these into what
    is signed, `read` a released form into the credential. `file` is its name below a share link, `title` and
    `note` say to people what it is.
    """

    name: str
    algorithms: tuple[str, ...]
    payload: Callable[[OpenBadgeCredential], bytes]
    draft: Callable[[bytes, Signing], Draft]
    read: Callable[[str], dict[str, Any]]
    media_type: str
    file: str
    title: str
    note: str


def badge_payload(credential: OpenBadgeCredential) -> bytes:
    """The credential and the claims that repeat it (Open Badges 3.0, JSON Web Token proof format)."""
    return msgspec.json.encode({**msgspec.to_builtins(credential), **registered_claims(credential)})


def badge_draft(payload: bytes, signing: Signing) -> Draft:
    """`typ` JWT; `kid` is the address of the one key."""
    return jose.draft(payload, typ="JWT", kid=signing.key_url, alg=signing.public.algorithm)


def plain_payload(credential: OpenBadgeCredential) -> bytes:
    """The credential and nothing else."""
    return msgspec.json.encode(credential)


def credential_draft(payload: bytes, signing: Signing) -> Draft:
    """`typ` vc+jwt, `cty` vc; `kid` is the DID URL of the key (VC-JOSE-COSE, section 4.1)."""
    kid = f"{signing.did}#{signing.public.kid}"
    return jose.draft(payload, typ="vc+jwt", cty="vc", kid=kid, alg=signing.public.algorithm)


class _Embedded(msgspec.Struct, frozen=True):
    """A Data Integrity draft, finished as text."""

    inner: data_integrity.Draft

    @property
    def signing_input(self) -> bytes:
        return self.inner.signing_input

    def finish(self, signature: bytes) -> str:
        return self.inner.finish(signature).decode()


def embedded_draft(payload: bytes, signing: Signing, *, cryptosuite: str) -> Draft:
    """A Data Integrity proof; `verificationMethod` is the key's Multikey, `created` when it was drafted."""
    return _Embedded(
        data_integrity.draft(
            loads(payload),
            cryptosuite=cryptosuite,
            verification_method=multikey_method(signing.did, signing.public).id,
            created=stamp(signing.at),
        )
    )


def jose_document(token: str) -> dict[str, Any]:
    """The payload of a compact JWS of our own."""
    return jose.read(token).document


def json_document(text: str) -> dict[str, Any]:
    """A credential of our own without its proof."""
    return {name: value for name, value in loads(text.encode()).items() if name != "proof"}


PROFILES: tuple[FormProfile, ...] = (
    FormProfile(
        name="ob3-jwt",
        algorithms=("ES256", "RS256"),
        payload=badge_payload,
        draft=badge_draft,
        read=jose_document,
        media_type="text/plain",  # what Open Badges 3.0 asks of a JWT as a web resource
        file="credential.jwt",
        title="Credential",
        note="the signed file; verifies without us",
    ),
    FormProfile(
        name="vc+jwt",
        algorithms=("ES256", "ES384", "RS256", "EdDSA"),
        payload=plain_payload,
        draft=credential_draft,
        read=jose_document,
        media_type="application/vc+jwt",
        file="credential.vc.jwt",
        title="Credential for wallets",
        note="signed as a token of the W3C (vc+jwt)",
    ),
    FormProfile(
        name="eddsa-rdfc-2022",
        algorithms=("EdDSA",),
        payload=plain_payload,
        draft=partial(embedded_draft, cryptosuite="eddsa-rdfc-2022"),
        read=json_document,
        media_type="application/vc",
        file="credential.json",
        title="Credential as JSON",
        note="readable, with its proof inside (Data Integrity)",
    ),
    FormProfile(
        name="eddsa-jcs-2022",
        algorithms=("EdDSA",),
        payload=plain_payload,
        draft=partial(embedded_draft, cryptosuite="eddsa-jcs-2022"),
        read=json_document,
        media_type="application/vc",
        file="credential.jcs.json",
        title="Credential as plain JSON",
        note="with its proof inside, for software without linked data",
    ),
)

BY_NAME = {profile.name: profile for profile in PROFILES}
# What an organisation that made no choice releases.
DEFAULT = ("ob3-jwt", "eddsa-rdfc-2022")


def rank(name: str) -> int:
    """Return a profile's place in the order of importance; one that this version does not know is last."""
    return next((place for place, profile in enumerate(PROFILES) if profile.name == name), len(PROFILES))
