"""The status list as a document: bits, GZIP, and the credential around them (Bitstring Status List 1.0)."""

import base64
import gzip
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from keys.did.web import did_web
from keys.proofs import data_integrity, jose
from keys.signer import Signer
from schemas.status import BitstringStatusList, BitstringStatusListCredential

MEDIA_TYPE = "application/vc+jwt"
PROVED_MEDIA_TYPE = "application/vc"
LENGTH = 131_072  # the least that the standard allows (section 6.1): the herd that an index hides in
TTL_MILLISECONDS = 300_000
LIFETIME = timedelta(days=7)
# Re-signed when less than this is left, so that a service that was away for days still has a list that holds.
RENEW_BEFORE = timedelta(days=3)
CAUSES_MEDIA_TYPE = "application/json"


class Cause(msgspec.Struct, frozen=True):
    """Why a bit is set, which the list itself does not say.

    Revoked, suspended or superseded, and since when.
    """

    cause: str
    since: datetime


def list_path(organization_id: str, list_id: UUID) -> str:
    """Return the path under which the signed list is published."""
    return f"/o/{organization_id}/status/{list_id}"


def causes_path(organization_id: str, list_id: UUID) -> str:
    """Return the path of our own workers' entry about why bits are set.

    Nothing below /private is ever answered.
    """
    return f"/private{list_path(organization_id, list_id)}/causes"


def encode(length: int, indexes: Iterable[int]) -> str:
    """Return `encodedList`: GZIP in multibase `u`; index 0 is the left-most bit.

    The same bits give the same text.
    """
    bits = bytearray(length // 8)
    for index in indexes:
        bits[index >> 3] |= 0x80 >> (index & 7)
    return "u" + base64.urlsafe_b64encode(gzip.compress(bits, mtime=0)).rstrip(b"=").decode()


def stamp(at: datetime) -> str:
    """Return a dateTimeStamp in UTC, whole seconds."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def document(
    base_url: str, organization_id: str, list_id: UUID, length: int, indexes: Iterable[int], *, at: datetime
) -> dict[str, Any]:
    """Return the list's credential, to be signed."""
    url = base_url + list_path(organization_id, list_id)
    issuer = did_web(base_url, organization_id)
    credential = BitstringStatusListCredential(
        id=url,
        issuer=issuer,
        valid_from=stamp(at),
        valid_until=stamp(at + LIFETIME),
        credential_subject=BitstringStatusList(
            id=f"{url}#list",
            status_purpose="revocation",
            encoded_list=encode(length, indexes),
            ttl=TTL_MILLISECONDS,
        ),
    )
    # Through JSON: with lists, as readers of JSON-LD expect, where the structs have tuples.
    members: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(credential))
    return members


def payload(credential: Mapping[str, Any]) -> bytes:
    """Return the JSON of the list's token: with `iss`, as VC-JOSE-COSE section 4.1.2 asks for."""
    return msgspec.json.encode({"iss": credential["issuer"], **credential})


async def sign(credential: Mapping[str, Any], signer: Signer) -> str:
    """Return the list as a compact JWS; its `kid` is the RFC 7638 thumbprint that the JWKS lists."""
    draft = jose.draft(payload(credential), typ="vc+jwt", kid=signer.public.kid, alg=signer.public.algorithm)
    return draft.finish(await signer.sign(draft.signing_input))


async def prove(credential: Mapping[str, Any], signer: Signer) -> bytes:
    """Return the list with an embedded proof (eddsa-rdfc-2022) by an Ed25519 key, named as a Multikey."""
    draft = data_integrity.draft(
        credential,
        verification_method=f"{credential['issuer']}#{signer.public.multibase}",
        created=credential["validFrom"],
    )
    return draft.finish(await signer.sign(draft.signing_input))
