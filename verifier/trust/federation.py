"""A federation (OpenID Federation 1.0): from an issuer up to a trust anchor whose keys the caller pins.

An issuer with a web address (https, or a did:web) is looked for from below: its own entity configuration,
each superior's statement about it, up to the anchor; every signature, time and constraint on the way is
checked. Registries that state DIDs themselves are asked from above: the anchor's statement about that DID.
Metadata policies and trust marks are not read: nothing that they govern is relied on.
"""

from collections.abc import Generator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from msgspec import Struct

from keys.did.refused import DidRefused
from keys.did.web import locate
from verifier.errors import TrustRefused
from verifier.fetch import GONE, Answer, Fetched, Need, Unreachable
from verifier.trust.entity import WELL_KNOWN, Entity, permits, read_entity
from verifier.trust.pinned_keys import NamedKey, pinned
from verifier.trust.registry import refusal
from verifier.trust.source import Refused, Standing

# A stranger's entity configuration decides whom we ask: so often at most, so far up, and so many superiors.
MOST_FETCHES = 12
LONGEST_PATH = 4
MOST_HINTS = 8
MEDIA_TYPE = "application/entity-statement+jwt"
# Section 8.9: how one says that it has no such statement, or knows no identifiers of that kind.
NO_SUCH = frozenset({400, 404})


class Federation(Struct, frozen=True):
    """An anchor, its pinned keys and what it is called; `entity_types`: one of them must be the issuer's."""

    name: str
    anchor: str
    keys: tuple[NamedKey, ...]
    entity_types: tuple[str, ...] = ()

    def ask(self, issuer_id: str, now: datetime) -> Generator[Need, Answer, Standing]:
        """Say whether the anchor, itself or through others, states this issuer."""
        search = _Search(self, now)
        try:
            if issuer_id.startswith("did:") and (found := (yield from search.stated(issuer_id))):
                return found
            entity = entity_of(issuer_id)
            if entity is not None and (found := (yield from search.climbed(entity))):
                return found
        except Refused as refused:
            return refusal(self.name, self.anchor, refused, search.at)
        detail = f"{self.name} does not list this issuer. ({self.anchor})"
        return Standing(self.name, "not_listed", detail, search.at)


def entity_of(issuer_id: str) -> str | None:
    """The entity identifier that belongs to an issuer: its https address, or that of its did:web."""
    if issuer_id.startswith("https://"):
        parts = urlsplit(issuer_id)
        return None if parts.query or parts.fragment else issuer_id
    try:
        return locate(issuer_id).removesuffix("/did.json").removesuffix("/.well-known")
    except DidRefused:
        return None


class _Search:
    """One look for one issuer: what was fetched, how often, and what went wrong on the way."""

    def __init__(self, federation: Federation, now: datetime) -> None:
        self._federation = federation
        self._now = now
        self._read: dict[str, Entity] = {}
        self._asked = 0
        self.at: datetime | None = None

    def stated(self, issuer_id: str) -> Generator[Need, Answer, Standing | None]:
        """The anchor's own statement about a DID; None where it has none."""
        anchor = yield from self._configuration(self._federation.anchor)
        found = yield from self._statement(anchor, issuer_id)
        return None if found is None else self._vouched(found, [])

    def climbed(self, entity: str) -> Generator[Need, Answer, Standing | None]:
        """A trust chain (section 4) from an entity to the anchor; None where there is none.

        Raises Refused where one might exist but could not be followed.
        """
        leaf = yield from self._optional(entity.removesuffix("/") + WELL_KNOWN)
        if leaf is None:
            return None
        self._check_own(leaf, entity)
        if entity == self._federation.anchor:
            return self._vouched(leaf, [])
        failures: list[Refused] = []
        statements = yield from self._above(leaf, [], failures)
        if statements is None:
            if failures:
                raise failures[0]
            return None
        wanted = {*self._federation.entity_types}
        if wanted and not wanted & self._types(leaf, statements):
            return None
        return self._vouched(statements[0], [one.statement.iss for one in statements[:-1]])

    def _above(
        self, subject: Entity, below: list[Entity], failures: list[Refused]
    ) -> Generator[Need, Answer, list[Entity] | None]:
        """The statements from `subject` up to the anchor, the lowest first; None where no way leads there.

        `below` are the statements so far; each superior is tried in turn, the anchor first.
        """
        anchor = self._federation.anchor
        hints = sorted(subject.statement.authority_hints or (), key=lambda hint: hint != anchor)[:MOST_HINTS]
        passed = {subject.statement.sub, *(one.statement.sub for one in below)}
        for hint in hints:
            if hint in passed or len(below) > LONGEST_PATH:
                continue
            try:
                superior = yield from self._configuration(hint)
                statement = yield from self._statement(superior, subject.statement.sub)
                if statement is None:
                    continue
                path = [*below, statement]
                _check_link(subject, path)
            except Refused as refused:
                failures.append(refused)
                continue
            if hint == anchor:
                return path
            found = yield from self._above(superior, path, failures)
            if found is not None:
                return found
        return None

    def _configuration(self, entity: str) -> Generator[Need, Answer, Entity]:
        """An entity's own configuration, well signed: the anchor's by its pinned keys; raises Refused."""
        found = yield from self._fetched(entity.removesuffix("/") + WELL_KNOWN)
        self._check_own(found, entity)
        return found

    def _check_own(self, found: Entity, entity: str) -> None:
        if (found.statement.iss, found.statement.sub) != (entity, entity):
            raise Refused("invalid", f"What {entity} publishes is not its own configuration.")
        found.check(found.keys, "that it states of itself")
        if entity == self._federation.anchor:
            found.check(self._federation.keys, "pinned for it")

    def _statement(self, superior: Entity, subject: str) -> Generator[Need, Answer, Entity | None]:
        """A superior's statement about a subject, well signed; None where it knows none; raises Refused."""
        endpoint = superior.fetch_endpoint
        mark = "&" if urlsplit(endpoint).query else "?"
        found = yield from self._optional(f"{endpoint}{mark}sub={quote(subject, safe='')}")
        if found is None:
            return None
        if (found.statement.iss, found.statement.sub) != (superior.statement.sub, subject):
            raise Refused("invalid", f"What {superior.statement.sub} answers is about something else.")
        found.check(superior.keys, f"that {superior.statement.sub} states of itself")
        return found

    def _optional(self, url: str) -> Generator[Need, Answer, Entity | None]:
        """What stands at an address; None where it says that there is nothing; raises Refused."""
        try:
            return (yield from self._fetched(url))
        except _Nothing:
            return None

    def _fetched(self, url: str) -> Generator[Need, Answer, Entity]:
        """A statement that is well-formed and within its time; raises Refused."""
        if url in self._read:
            return self._read[url]
        if self._asked >= MOST_FETCHES:
            raise Refused("invalid", "The way to the anchor has too many turnings.")
        self._asked += 1
        answer = yield Need("entity_statement", url)
        if isinstance(answer, Unreachable):
            kind = _Nothing if answer.status in NO_SUCH else Refused
            raise kind("unreachable", answer.detail)
        if answer.status == GONE:
            raise _Nothing("unreachable", "It is no longer there.")
        if url.endswith(WELL_KNOWN) and answer.media_type != MEDIA_TYPE:
            # Many addresses that belong to no federation answer everything with some page.
            raise _Nothing("unreachable", f"Its answer is not of type {MEDIA_TYPE}.")
        self._note(answer)
        self._read[url] = read_entity(answer, self._now)
        return self._read[url]

    def _note(self, answer: Fetched) -> None:
        """The answer as a whole is as old as the oldest that it rests on."""
        self.at = answer.fetched_at if self.at is None else min(self.at, answer.fetched_at)

    @staticmethod
    def _types(leaf: Entity, statements: list[Entity]) -> set[str]:
        """The leaf's entity types, as far as everybody above permits them (section 6.2.3)."""
        found = {*(leaf.statement.metadata or {})}
        for one in statements:
            limits = one.statement.constraints
            if limits is not None and limits.allowed_entity_types is not None:
                found &= {*limits.allowed_entity_types, "federation_entity"}
        return found

    def _vouched(self, statement: Entity, intermediates: list[str]) -> Standing:
        """What is told of a statement that holds; the name is the one that its superior gives."""
        federation = self._federation
        known = f" as “{statement.name}”" if statement.name else ""
        through = f" through {', '.join(intermediates)}" if intermediates else ""
        detail = f"{federation.name} vouches for this issuer{known}{through}. ({federation.anchor})"
        names = () if statement.name is None else (statement.name,)
        return Standing(federation.name, "vouched", detail, self.at, names)


def _check_link(subject: Entity, path: list[Entity]) -> None:
    """Raise Refused unless the last statement of the path is of the keys that sign below, and permits it."""
    above = path[-1]
    subject.check(above.keys, f"that {above.statement.iss} states")
    if not permits(above.statement, [one.statement.sub for one in path]):
        raise Refused("invalid", f"{above.statement.iss} does not permit a chain like this one.")


class _Nothing(Refused):
    """The one who was asked says that there is no such thing."""


class Configured(
    Struct, frozen=True, tag="federation", tag_field="kind", forbid_unknown_fields=True, omit_defaults=True
):
    """As it stands in a trust file: the federation called `name`, its anchor and the anchor's keys (JWKs)."""

    name: str
    anchor: str
    keys: tuple[dict[str, Any], ...]
    entity_types: tuple[str, ...] = ()

    def open(self, folder: Path, now: datetime) -> Federation:  # noqa: ARG002 — as every source is opened
        """The source; raises TrustRefused."""
        if not self.anchor.startswith("https://"):
            raise TrustRefused("trust.malformed", "A federation's anchor begins with https://.")
        return Federation(self.name, self.anchor, pinned(self.keys), self.entity_types)
