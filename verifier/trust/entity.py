"""Entity statements (OpenID Federation 1.0, section 3): read strictly, within their time, and well signed."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from keys.proofs.jose import JoseRefused, Secured, read
from schemas.federation import EntityStatement
from schemas.times import TimeRefused, numeric_date
from verifier.fetch import Fetched
from verifier.trust.pinned_keys import NamedKey, check_signature, published
from verifier.trust.registry import LEEWAY
from verifier.trust.source import Refused

TYPE = "entity-statement+jwt"
WELL_KNOWN = "/.well-known/openid-federation"


class Entity(Struct, frozen=True):
    """A statement that is well-formed and within its time; nothing is said of its signature yet."""

    statement: EntityStatement
    token: Secured
    answer: Fetched

    @property
    def keys(self) -> tuple[NamedKey, ...]:
        """The subject's federation keys as the statement gives them."""
        return published(self.statement.jwks.keys) if self.statement.jwks else ()

    @property
    def name(self) -> str | None:
        """What the statement calls its subject."""
        found = (self.statement.metadata or {}).get("federation_entity", {}).get("organization_name")
        return found if isinstance(found, str) and found else None

    @property
    def fetch_endpoint(self) -> str:
        """Where the subject states its subordinates (section 5.1.1); raises Refused."""
        found = (self.statement.metadata or {}).get("federation_entity", {}).get("federation_fetch_endpoint")
        if not isinstance(found, str) or not found.startswith("https://") or "#" in found:
            raise Refused("invalid", f"{self.statement.sub} names no address for statements of others.")
        return found

    def check(self, keys: Sequence[NamedKey], whose: str) -> None:
        """Raise Refused unless one of these keys, the one that the token names, signed the statement."""
        check_signature(self.token, keys, whose)


def read_entity(answer: Fetched, now: datetime) -> Entity:
    """Read what was fetched (section 3.2, all but who signed it); raises Refused."""
    try:
        token = read(answer.body.strip(), types=(TYPE,))
        statement = msgspec.convert(token.document, EntityStatement)
        issued, until = numeric_date(statement.iat), numeric_date(statement.exp)
    except JoseRefused as refused:
        raise Refused("invalid", f"It is not an entity statement: {refused.detail}") from None
    except (msgspec.ValidationError, TimeRefused) as error:
        raise Refused("invalid", f"It is not an entity statement: {error}.") from None
    if token.typ is None or not token.kid:
        raise Refused("invalid", "An entity statement names its type and its key.")
    if statement.crit is not None or statement.metadata_policy_crit is not None:
        raise Refused("invalid", "It demands an extension that we do not know.")
    _check_members(statement)
    if issued > now + LEEWAY:
        raise Refused("invalid", "It claims to have been made in the future.")
    if now >= until + LEEWAY:
        raise Refused("stale", f"The statement of {statement.iss} has expired.")
    return Entity(statement, token, answer)


def _check_members(statement: EntityStatement) -> None:
    """Raise Refused for members that belong to the other kind of statement, or that are malformed."""
    ours = {
        "authority_hints": statement.authority_hints,
        "metadata_policy": statement.metadata_policy,
        "constraints": statement.constraints,
    }
    foreign = ("metadata_policy", "constraints") if statement.is_configuration else ("authority_hints",)
    if any(ours[name] is not None for name in foreign):
        raise Refused("invalid", f"It holds members of another kind of statement: {', '.join(foreign)}.")
    if statement.authority_hints == ():
        raise Refused("invalid", "Its list of superiors is empty.")
    if any(value is None for told in (statement.metadata or {}).values() for value in told.values()):
        raise Refused("invalid", "Its metadata holds a null.")
    limit = statement.constraints.max_path_length if statement.constraints else None
    if limit is not None and limit < 0:
        raise Refused("invalid", "Its greatest length of a path is negative.")


def permits(statement: EntityStatement, below: Sequence[str]) -> bool:
    """Whether a superior's constraints (section 6.2) allow the entities `below`: the leaf first, then up.

    `below` ends with the statement's own subject; all of it but the leaf are intermediates.
    """
    constraints = statement.constraints
    if constraints is None:
        return True
    if constraints.max_path_length is not None and len(below) - 1 > constraints.max_path_length:
        return False
    naming = constraints.naming_constraints or {}
    permitted, excluded = naming.get("permitted"), naming.get("excluded", ())
    hosts = [urlsplit(entity).hostname or "" for entity in below]
    return all(
        not any(_within(host, name) for name in excluded)
        and (permitted is None or any(_within(host, name) for name in permitted))
        for host in hosts
    )


def _within(host: str, name: str) -> bool:
    """A name constraint (RFC 5280, section 4.2.1.10): with a leading dot a domain's hosts, else one host."""
    name = name.lower()
    return host.endswith(name) if name.startswith(".") else host == name
