"""What goes to and fro: credentials in every form, made now, and the forgeries that must be refused.

Ours are what the issuer's own code drafts, form by form, signed with test keys. Peers look at the system's
clock, so the times are around now.
"""

import asyncio
import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec

from bench.material import BASE, INDEX, LIST, ORGANIZATION, award, material
from issuer.issuance.draft import document
from issuer.issuance.profiles import PROFILES, FormProfile, Signing
from issuer.organizations.keys import key_path
from issuer.status import lists
from keys.did.web import did_web, locate
from keys.public import PublicKey
from keys.ring import KeyEntry, KeyRing, did_document
from tests.vectors.maker.embed import ED2020, V1, context
from tests.vectors.maker.keys import Key, compact, key, segment
from tests.vectors.maker.world import OB, V2, Document, edit

ALGORITHMS = ("ES256", "ES384", "RS256", "EdDSA")
NOW = datetime.now(UTC).replace(microsecond=0)
DID = did_web(BASE, ORGANIZATION)
LIST_URL = BASE + lists.list_path(ORGANIZATION, LIST)
# By address, as whoever expands JSON-LD wants them: nothing is fetched.
CONTEXTS = {
    url: context(url)
    for url in (
        *(V1, V2, OB, ED2020, "https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"),
        *(
            "https://w3id.org/security/data-integrity/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
        ),
    )
}


class Item(NamedTuple):
    """Evidence in one form; `needs` is the check that a forgery is refused by."""

    form: str
    name: str
    needs: str
    evidence: str
    alg: str = "ES256"

    @property
    def genuine(self) -> bool:
        return self.name == "genuine"

    @property
    def id(self) -> str:
        return f"{self.form}: {self.name}"


def signer(alg: str) -> Key:
    """The issuer's key for an algorithm."""
    return key(DID, alg)


def public(found: Key) -> PublicKey:
    return PublicKey.from_jwk(found.jwk)


def kid(found: Key) -> str:
    """The absolute id of the verification method."""
    return f"{DID}#{found.thumbprint}"


def multikey(found: Key) -> str:
    """The id of the same key as a Multikey, for embedded proofs."""
    return f"{DID}#{found.multibase}"


Network = dict[str, tuple[str, str]]


class Signer:
    """A test key as the product's signers are."""

    def __init__(self, found: Key) -> None:
        self._key = found
        self.public = public(found)

    async def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


def network(alg: str, *revoked: int, proven: bool = False) -> Network:
    """What the issuer publishes, its list signed with this algorithm: URL to media type and text.

    `proven`: the list has an embedded proof, as whoever asks for JSON is given it.
    """
    found = {one: signer(one) for one in ALGORITHMS}
    ring = KeyRing([KeyEntry(public=public(one), state="active", activated_at=NOW) for one in found.values()])
    at = NOW - timedelta(hours=1)
    listed = lists.document(BASE, ORGANIZATION, LIST, lists.LENGTH, revoked, at=at)
    if proven:
        made = asyncio.run(lists.prove(listed, Signer(found["EdDSA"]))).decode()
    else:
        made = asyncio.run(lists.sign(listed, Signer(found[alg])))
    return {
        locate(DID): ("application/did+json", msgspec.json.encode(did_document(DID, ring)).decode()),
        LIST_URL: ("application/vc" if proven else lists.MEDIA_TYPE, made),
        **{
            BASE + key_path(ORGANIZATION, one.thumbprint): ("application/jwk+json", json.dumps(one.jwk))
            for one in found.values()
        },
    }


# By algorithm; and for whoever asks for JSON.
JSON = "JSON"
PUBLISHED = {alg: network(alg) for alg in ALGORITHMS} | {JSON: network("EdDSA", proven=True)}
REVOKED = {alg: network(alg, INDEX) for alg in ALGORITHMS} | {JSON: network("EdDSA", INDEX, proven=True)}


def payload(profile: FormProfile, *, at: datetime | None = None) -> bytes:
    """What the issuer intends to sign: a badge that was decided a month ago, or at another time."""
    decided = msgspec.structs.replace(award(), decided_at=at or NOW - timedelta(days=30))
    return profile.payload(document(decided, material(), LIST, INDEX))


def older(document: Document, *contexts: str) -> Document:
    """The same on the data model 1.1, which has other names for times."""
    made = {**document, "@context": [V1, OB, *contexts]}
    made["issuanceDate"] = made.pop("validFrom")
    made.pop("validUntil")
    # Neither is defined there.
    return {
        name: value for name, value in made.items() if name not in ("credentialStatus", "relatedResource")
    }


def sign(profile: FormProfile, content: bytes, by: Key, named: Key | None = None) -> str:
    """A form by the product's draft; `named` is the key that it names, where that is not the signer's."""
    signing = Signing(BASE, ORGANIZATION, public(named or by), NOW - timedelta(minutes=1))
    draft = profile.draft(content, signing)
    return draft.finish(by.sign(draft.signing_input))


def ours() -> Iterator[Item]:
    """Every form that the product releases, in every algorithm it has, and what was done to them."""
    for profile in PROFILES:
        for alg in profile.algorithms:
            yield from _ours(profile, alg)


def _ours(profile: FormProfile, alg: str) -> Iterator[Item]:
    name, by = f"{profile.name} {alg}", signer(alg)
    content = payload(profile)
    genuine = sign(profile, content, by)
    yield Item(name, "genuine", "signature", genuine, alg)
    for change, evidence in forgeries(genuine).items():
        yield Item(name, change, "signature", evidence, alg)
    yield Item(name, "other key", "signature", sign(profile, content, key("attacker", alg), by), alg)
    old, future = NOW - timedelta(days=365 * 4), NOW + timedelta(days=1)
    yield Item(name, "expired", "time", sign(profile, payload(profile, at=old), by), alg)
    yield Item(name, "not yet valid", "time", sign(profile, payload(profile, at=future), by), alg)
    stranger = content.replace(f'"{DID}"'.encode(), b'"did:web:stranger.example"')
    yield Item(name, "other issuer", "issuer", sign(profile, stranger, by), alg)
    yield Item(name, "revoked", "status", genuine, alg)


def forgeries(evidence: str) -> dict[str, str]:
    """What anybody can do without a key."""
    return (
        _document_forgeries(json.loads(evidence)) if evidence.startswith("{") else _token_forgeries(evidence)
    )


def _token_forgeries(token: str) -> dict[str, str]:
    header, content, signature = token.split(".")
    changed = segment(compact(_renamed(json.loads(_bytes(content)))))
    named = json.loads(_bytes(header))
    other = "B" if signature[10] == "A" else "A"
    return {
        "content changed": f"{header}.{changed}.{signature}",
        "signature changed": f"{header}.{content}.{signature[:10]}{other}{signature[11:]}",
        "unsecured": f"{segment(compact({**named, 'alg': 'none'}))}.{content}.",
        "header changed": f"{segment(compact({**named, 'x': 1}))}.{content}.{signature}",
    }


def _document_forgeries(signed: Document) -> dict[str, str]:
    """Data Integrity: also what a reader who drops or adds terms would not see."""
    proof = signed["proof"]
    last = proof["proofValue"][-1]
    changed = proof["proofValue"][:-1] + ("2" if last == "1" else "1")
    without = {name: value for name, value in signed.items() if name != "proof"}
    return {
        "content changed": _text(_renamed(signed)),
        "signature changed": _text({**signed, "proof": {**proof, "proofValue": changed}}),
        "unsecured": _text(without),
        "proof changed": _text({**signed, "proof": {**proof, "created": "2001-01-01T00:00:00Z"}}),
        "term dropped": _text({name: value for name, value in signed.items() if name not in _TIMES}),
        "term added": _text({**signed, "clearance": "top secret"}),
        "purpose changed": _text({**signed, "proof": {**proof, "proofPurpose": "authentication"}}),
    }


_TIMES = ("validUntil", "issuanceDate")


def _renamed(content: Document) -> Document:
    within = "vc/" if "vc" in content else ""
    return edit(content, f"{within}credentialSubject/achievement/name", "Medicine")


def _text(content: Document) -> str:
    return compact(content).decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
