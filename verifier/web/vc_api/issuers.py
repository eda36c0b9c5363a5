"""The conformance ring: one issuer for each profile, each a did:key, made at start and held in memory."""

from collections.abc import Callable, Generator, Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from keys.did.key import did_key
from keys.proofs import data_integrity, jose
from keys.proofs.data_integrity import Draft
from keys.proofs.integrity_refused import IntegrityRefused
from keys.proofs.jose import JoseRefused
from keys.proofs.rdfc import HardGraph
from keys.stores.memory import ThrowAway
from schemas.credential import CREDENTIALS_V1, CREDENTIALS_V2
from schemas.problems import ProblemError
from verifier.fetch import Answer, Fetched, Need, Unreachable
from verifier.lint import Securing, Severity, lint, profile_of
from verifier.sandbox import Chore, Done, shared
from verifier.trail import stamp
from verifier.web.vc_api.lists import MEDIA_TYPES, StatusList

# Profile -> the algorithm of its key.
PROFILES = {"vc+jwt": "ES256", "eddsa-rdfc-2022": "EdDSA", "eddsa-jcs-2022": "EdDSA"}
PURPOSES = ("revocation", "suspension")
DATA_INTEGRITY_V2 = "https://w3id.org/security/data-integrity/v2"
Clock = Callable[[], datetime]


class Issuer(Struct, frozen=True):
    """One profile with its key; `did` is the only id under which it signs."""

    profile: str
    signer: ThrowAway
    did: str

    async def secure(self, document: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        """Sign a document as it is; raises ProblemError vc_api.not_signed."""
        method = f"{self.did}#{self.did.removeprefix('did:key:')}"
        try:
            if self.profile == "vc+jwt":
                token = jose.draft(msgspec.json.encode(document), typ="vc+jwt", cty="vc", kid=method)
                return enveloped(token.finish(await self.signer.sign(token.signing_input)))
            draft = await drafted(
                data_integrity.drafting(
                    document, verification_method=method, cryptosuite=self.profile, created=stamp(now)
                )
            )
            signature = await self.signer.sign(draft.signing_input)
        except (IntegrityRefused, JoseRefused) as refused:
            raise ProblemError("vc_api.not_signed", refused.detail, reason=refused.code) from refused
        secured: dict[str, Any] = msgspec.json.decode(draft.finish(signature))
        return secured


async def drafted(steps: Generator[HardGraph, bytes | None, Draft]) -> Draft:
    """Prepare a proof; graphs whose parts are alike go to the sandbox. Raises IntegrityRefused."""
    try:
        graph = next(steps)
        while True:
            done = await shared().run(Chore("graph", graph.nquads))
            graph = steps.send(done.data if isinstance(done, Done) else None)
    except StopIteration as ended:
        draft: Draft = ended.value
        return draft


class Conformance:
    """The ring and its status lists. It is a Fetch as well: its own lists are answered from memory."""

    def __init__(self, base_url: str, clock: Clock) -> None:
        """Make the keys; `base_url` is where the lists are reached."""
        self.base_url = base_url
        self.clock = clock
        self.issuers = {
            profile: Issuer(profile, signer, did_key(signer.public))
            for profile, signer in ((profile, ThrowAway(alg)) for profile, alg in PROFILES.items())
        }
        self.lists: dict[str, StatusList] = {}

    async def issue(
        self, profile: str, credential: dict[str, Any], options: dict[str, Any]
    ) -> dict[str, Any]:
        """Return the secured credential.

        Raises ProblemError vc_api.issuer, vc_api.credential, vc_api.not_signed or status.full.
        """
        issuer = self.issuers[profile]
        document = {**credential, "issuer": own_issuer(credential.get("issuer", issuer.did), issuer.did)}
        if profile != "vc+jwt":
            inject_context(document)
        for purpose in purposes(options):
            self._list_entry(issuer, document, purpose)
        refuse_unfit(document)
        return await issuer.secure(document, self.clock())

    def _list_entry(self, issuer: Issuer, document: dict[str, Any], purpose: str) -> None:
        url = f"{self.base_url}/vc-api/status/{issuer.profile}/{purpose}"
        if url not in self.lists:
            self.lists[url] = StatusList(url, issuer.did, purpose)
        entry = self.lists[url].allocate(document.get("id"))
        others = document.get("credentialStatus")
        document["credentialStatus"] = entry if others is None else [*_listed(others), entry]

    def set_status(self, credential_id: str, purpose: str, *, status: bool) -> None:
        """Set or clear a credential's bit.

        Raises ProblemError credential.unknown, or credential.revoked: revoking is final (section 2.1).
        """
        found = [
            each for each in self.lists.values() if each.purpose == purpose and credential_id in each.indexes
        ]
        if not found:
            raise ProblemError("credential.unknown")
        if purpose == "revocation" and not status:
            raise ProblemError("credential.revoked")
        for each in found:
            each.set(credential_id, status=status)

    async def published(self, url: str) -> tuple[bytes, str] | None:
        """Return a list as it stands now, secured, and its media type; None for what is no list of ours."""
        found = self.lists.get(url)
        if found is None:
            return None
        profile = url.split("/")[-2]
        now = self.clock()
        secured = await self.issuers[profile].secure(found.credential(now), now)
        if profile == "vc+jwt":
            return secured["id"].partition(",")[2].encode(), MEDIA_TYPES[profile]
        return msgspec.json.encode(secured), MEDIA_TYPES[profile]

    async def get(self, need: Need) -> Answer:
        """Answer for our own lists, and for nothing else."""
        found = await self.published(need.url) if need.kind == "status_list" else None
        if found is None:
            return Unreachable(need.url, "fetch.offline", "This is no status list of the VC API's own.")
        body, media_type = found
        return Fetched(need.url, body, media_type, 200, self.clock(), self.base_url)


def enveloped(token: str) -> dict[str, Any]:
    """Return a token as an object of the data model (section 4.13)."""
    return {
        "@context": [CREDENTIALS_V2],
        "type": "EnvelopedVerifiableCredential",
        "id": f"data:application/vc+jwt,{token}",
    }


def inject_context(document: dict[str, Any]) -> None:
    """Add the context of Data Integrity to a document of the older model, which lacks a proof's terms."""
    contexts = document.get("@context")
    if isinstance(contexts, list) and contexts[:1] == [CREDENTIALS_V1] and DATA_INTEGRITY_V2 not in contexts:
        document["@context"] = [*contexts, DATA_INTEGRITY_V2]


def own_issuer(given: Any, did: str) -> Any:
    """Return the issuer as given; raises ProblemError vc_api.issuer for any id but our own.

    An organisation's is refused like every other.
    """
    named = given.get("id") if isinstance(given, dict) else given
    if named != did:
        raise ProblemError("vc_api.issuer")
    return given


def purposes(options: Mapping[str, Any]) -> list[str]:
    """Return the purposes of the status entries that are asked for; raises ProblemError vc_api.credential."""
    wanted = _listed(options.get("credentialStatus", []))
    found = [entry.get("statusPurpose", "revocation") for entry in wanted if isinstance(entry, dict)]
    if len(found) != len(wanted) or any(purpose not in PURPOSES for purpose in found):
        raise ProblemError("vc_api.credential", "The status purpose is revocation or suspension.")
    return found


def refuse_unfit(document: Mapping[str, Any]) -> None:
    """Refuse what breaks a rule, or could not be judged by all; raises ProblemError vc_api.credential.

    The rules are those of embedded proofs in every profile: nothing undefined is signed here.
    """
    for found in lint(document, profile_of(document, Securing.PROOF)):
        if found.severity is not Severity.WARNING:
            raise ProblemError(
                "vc_api.credential", found.detail, reason=str(found.reason), pointer=found.pointer
            )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
