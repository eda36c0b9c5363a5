"""A network that was written down: every answer comes from one document, what it lacks cannot be reached.

    {"network": {"https://…": {"status": 200, "mediaType": "…", "body": "…"}},
     "trust": {"pinned": {"did:web:…": "name of who vouches"}}}

`base64` takes the place of `body` for bytes that are no text. It serves test vectors and their runner; what
is known about real issuers belongs in a trust folder, which says when each document was fetched.
"""

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from schemas.complaints import in_words
from schemas.strict_json import StrictJsonError, loads
from verifier.errors import TrustRefused
from verifier.fetch import GONE, LIMITS, OK, Answer, Clock, Fetched, Need, Unreachable
from verifier.guard import UrlRefused, aim
from verifier.trust import TrustStore
from verifier.trust.configured import Kind

# A recording may hold many answers.
MAX_RECORDING = 33_554_432


class Body(Struct, frozen=True, forbid_unknown_fields=True, rename="camel", omit_defaults=True):
    """One recorded answer; raises ValueError where it has both kinds of body or base64 that is none."""

    status: int = OK
    media_type: str = "application/json"
    body: str | None = None
    base64: str | None = None

    def __post_init__(self) -> None:
        """Refuse what could be meant in two ways."""
        if self.body is not None and self.base64 is not None:
            raise ValueError("an answer has a body or base64, not both")
        self.content()

    def content(self) -> bytes:
        """The bytes of the answer."""
        if self.base64 is None:
            return (self.body or "").encode()
        try:
            return base64.b64decode(self.base64, validate=True)
        except binascii.Error:
            raise ValueError("an answer's base64 is not base64") from None


class Relied(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Whom the caller relies on: `pinned`, issuer id to who vouches for it, and a trust file's sources."""

    pinned: Mapping[str, str] = {}
    sources: tuple[Kind, ...] = ()


class Recording(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The whole document."""

    network: Mapping[str, Body] = {}
    trust: Relied = Relied()


class Recorded:
    """A Fetch over a recording; `clock` says when an answer was obtained: just now."""

    def __init__(self, recording: Recording, clock: Clock) -> None:
        """Nothing is read later than now; raises TrustRefused for a source that cannot be opened."""
        self._answers = recording.network
        self._clock = clock
        relied = recording.trust
        sources = tuple(source.open(Path("/nowhere"), clock()) for source in relied.sources)
        self.trust = TrustStore(pinned=relied.pinned, sources=sources)

    async def get(self, need: Need) -> Answer:
        """The recorded answer, where the guard lets anybody ask, within the bounds of the network."""
        try:
            aim(need.url, (), link=need.kind == "credential")
        except UrlRefused as refused:
            return Unreachable(need.url, "fetch.refused", str(refused))
        found = self._answers.get(need.url)
        if found is None:
            return Unreachable(need.url, "fetch.failed", "Nobody answers there.")
        if found.status not in (OK, GONE):
            detail = f"The answer's status is {found.status}."
            return Unreachable(need.url, "fetch.status", detail, found.status)
        content = found.content()
        if len(content) > LIMITS[need.kind]:
            return Unreachable(need.url, "fetch.too_large", "The answer is larger than allowed.")
        return Fetched(need.url, content, found.media_type, found.status, self._clock(), "a recorded network")


def read_recording(data: bytes) -> Recording:
    """A recording from its JSON text; raises TrustRefused, code trust.malformed."""
    try:
        return msgspec.convert(loads(data, max_bytes=MAX_RECORDING), Recording)
    except (StrictJsonError, msgspec.ValidationError) as error:
        why = error.detail if isinstance(error, StrictJsonError) else in_words(str(error), "it")
        raise TrustRefused("trust.malformed", f"The recorded network is not understood: {why}") from None
