"""Entity statements of OpenID Federation 1.0: what one entity says of itself or of a subordinate."""

from typing import Any

from msgspec import Struct

from schemas.jwk import JwkSet


class Constraints(Struct, frozen=True):
    """Constraints of a subordinate statement (section 6.2); unknown ones are ignored, as it asks."""

    max_path_length: int | None = None
    naming_constraints: dict[str, tuple[str, ...]] | None = None
    allowed_entity_types: tuple[str, ...] | None = None


class EntityStatement(Struct, frozen=True):
    """The claims of an entity statement (section 3.1) that decide whether and for whom it counts.

    An *entity configuration* has `iss` equal to `sub`; everything else is a *subordinate statement*. `jwks`
    is optional only because registries state DIDs that bring keys of their own.
    """

    iss: str
    sub: str
    iat: float
    exp: float
    jwks: JwkSet | None = None
    authority_hints: tuple[str, ...] | None = None
    metadata: dict[str, dict[str, Any]] | None = None
    metadata_policy: dict[str, Any] | None = None
    metadata_policy_crit: tuple[str, ...] | None = None
    constraints: Constraints | None = None
    crit: tuple[str, ...] | None = None

    @property
    def is_configuration(self) -> bool:
        """Whether the entity speaks of itself."""
        return self.iss == self.sub
