"""A registry of issuers as plain JSON: a file of one's own, or a document at an https address.

Nothing but the file system, or TLS, says that it is the registry's: whoever needs more uses a signed one.
"""

from collections.abc import Callable, Generator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from schemas.registry import ListedIssuer, RegistryByDid, RegistryDocument
from schemas.strict_json import StrictJsonError, loads
from verifier.errors import TrustRefused
from verifier.fetch import LIMITS, Answer, Fetched, Need
from verifier.trust.source import Refused, Says, Standing, fetched

LEEWAY = timedelta(seconds=60)


class Contents(Struct, frozen=True):
    """A registry that was read: its entries by issuer, when it was written and until when it counts."""

    issuers: dict[str, list[ListedIssuer]]
    updated: datetime | None = None
    until: datetime | None = None


class Registry:
    """A registry at an https address (`url`), or one that was read from a file (`body`).

    `read` makes contents of the bytes, or raises Refused. What was read is remembered by its bytes: the same
    answer is not read twice.
    """

    def __init__(
        self,
        name: str,
        url: str,
        body: Fetched | None = None,
        read: Callable[[bytes], "Contents"] | None = None,
    ) -> None:
        """`name` is who vouches; `url` where, or the file's name; `body` the file as it was read."""
        self.name = name
        self._url = url
        self._body = body
        self._read = read or plain_contents
        self._last: tuple[bytes, Contents] | None = None

    def ask(self, issuer_id: str, now: datetime) -> Generator[Need, Answer, Standing | None]:
        """Say what the registry says; it always says something."""
        at = None
        try:
            answer = self._body or (yield from fetched(Need("registry", self._url)))
            at = answer.fetched_at
            found = self.contents(answer.body)
            _check_times(found, now)
        except Refused as refused:
            return refusal(self.name, self._url, refused, at)
        says, statement, names = judge(self.name, found.issuers.get(issuer_id, ()), now)
        # The fetcher may have had to fall back on an earlier answer (RFC 5861, section 4).
        copy = "" if answer.stale is None else " It could not be asked again; this is what it said before."
        return Standing(self.name, says, f"{statement}{copy} ({self._url})", at, names)

    def contents(self, body: bytes) -> Contents:
        """What these bytes hold; raises Refused."""
        if self._last is None or self._last[0] != body:
            self._last = body, self._read(body)
        return self._last[1]


def _check_times(found: Contents, now: datetime) -> None:
    """Raise Refused outside the time for which the registry may be relied on."""
    if found.until is not None and now >= found.until + LEEWAY:
        raise Refused("stale", f"It could be relied on until {_day(found.until)} only.")
    if found.updated is not None and found.updated > now + LEEWAY:
        raise Refused("stale", "It claims to have been written in the future.")


def refusal(name: str, where: str, refused: Refused, at: datetime | None = None) -> Standing:
    """What is told of a source that could not be asked or does not count."""
    said = {
        "unreachable": f"{name} could not be asked about this issuer.",
        "invalid": f"What was found in the place of {name} does not count.",
        "stale": f"{name} is out of date.",
    }[refused.says]
    return Standing(name, refused.says, f"{said} {refused.detail} ({where})", at)


def plain_contents(body: bytes) -> Contents:
    """The contents of unsigned JSON; raises Refused."""
    try:
        document = loads(body, max_bytes=LIMITS["registry"])
        if isinstance(document, dict) and "registry" in document:
            return _by_did(document)
    except StrictJsonError as error:
        raise Refused("invalid", f"It is not acceptable JSON: {error.detail}") from None
    except msgspec.ValidationError as error:
        raise Refused("invalid", f"It is not a registry: {error}.") from None
    return contents(registry_document(document))


def registry_document(document: Any) -> RegistryDocument:
    """The document, strictly: an unknown member might be one that matters; raises Refused."""
    try:
        found = msgspec.convert(document, RegistryDocument)
    except msgspec.ValidationError as error:
        raise Refused("invalid", f"It is not a registry: {error}.") from None
    times = [found.updated, found.valid_until]
    times += [time for listed in found.issuers for time in (listed.valid_from, listed.valid_until)]
    if any(time is not None and time.tzinfo is None for time in times):
        raise Refused("invalid", "A time in it has no offset.")
    return found


def contents(found: RegistryDocument) -> Contents:
    """The entries by issuer; an issuer may have several, for several periods."""
    issuers: dict[str, list[ListedIssuer]] = {}
    for listed in found.issuers:
        issuers.setdefault(listed.id, []).append(listed)
    return Contents(issuers, found.updated, found.valid_until)


def _by_did(document: dict[str, Any]) -> Contents:
    found = msgspec.convert(document, RegistryByDid)
    return Contents({did: [ListedIssuer(did, entry.name)] for did, entry in found.registry.items()})


def judge(name: str, entries: Sequence[ListedIssuer], now: datetime) -> tuple[Says, str, tuple[str, ...]]:
    """What these entries of one issuer say together: a warning in force outweighs everything else."""
    in_force = [listed for listed in entries if _begun(listed, now) and not _ended(listed, now)]
    for listed in in_force:
        if listed.status == "distrusted":
            why = f" It says: {listed.reason}" if listed.reason else ""
            return "distrusted", f"{name} warns of this issuer.{why}", ()
    if in_force:
        names = tuple(
            name for listed in in_force for name in (listed.name, *listed.also_known_as) if name is not None
        )
        known = f" as “{names[0]}”" if names else ""
        until = max((listed.valid_until for listed in in_force if listed.valid_until), default=None)
        period = f", until {_day(until)}" if until else ""
        return "vouched", f"{name} lists this issuer{known}{period}.", names
    if not entries:
        return "not_listed", f"{name} does not list this issuer.", ()
    listed = entries[-1]
    if listed.valid_until is not None and _ended(listed, now):
        return "lapsed", f"{name} listed this issuer only until {_day(listed.valid_until)}.", ()
    return "lapsed", f"{name} does not list this issuer yet.", ()


def _begun(listed: ListedIssuer, now: datetime) -> bool:
    return listed.valid_from is None or listed.valid_from <= now + LEEWAY


def _ended(listed: ListedIssuer, now: datetime) -> bool:
    return listed.valid_until is not None and now >= listed.valid_until + LEEWAY


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d")


def file_body(folder: Path, file: str, now: datetime) -> Fetched:
    """A registry's file as it stands now; raises TrustRefused where it cannot be read."""
    path = folder / file
    try:
        with path.open("rb") as opened:
            body = opened.read(LIMITS["registry"] + 1)
    except OSError:
        raise TrustRefused("trust.unreadable", f"The registry {path.name} cannot be read.") from None
    return Fetched(path.name, body, "application/json", 200, now, path.name)


class Configured(
    Struct, frozen=True, tag="registry", tag_field="kind", forbid_unknown_fields=True, omit_defaults=True
):
    """As it stands in a trust file: a registry called `name`, in a `file` beside it or at a `url`."""

    name: str
    url: str | None = None
    file: str | None = None

    def open(self, folder: Path, now: datetime) -> Registry:
        """The source; raises TrustRefused for a file that is no registry, and for none or two places."""
        where, body = place(self.url, self.file, folder, now)
        return certain(Registry(self.name, where, body), body)


def place(url: str | None, file: str | None, folder: Path, now: datetime) -> tuple[str, Fetched | None]:
    """Where a registry stands, and its bytes where it is a file; raises TrustRefused."""
    if (url is None) is (file is None):
        raise TrustRefused("trust.malformed", "A registry has either a url or a file.")
    if file is not None:
        body = file_body(folder, file, now)
        return body.url, body
    if url is None or not url.startswith("https://"):
        raise TrustRefused("trust.malformed", "A registry's url begins with https://.")
    return url, None


def certain(registry: Registry, body: Fetched | None) -> Registry:
    """Read a file at once, so that a mistake in it is told to whoever made it; raises TrustRefused."""
    try:
        if body is not None:
            registry.contents(body.body)
    except Refused as refused:
        raise TrustRefused(
            "trust.malformed", f"The registry {registry.name} is not understood: {refused.detail}"
        ) from None
    return registry
