"""Open Badges 3.0 (context 3.0.3): the nouns of the information model, as our credentials write them.

Optional members are absent, never null; `type` is always written; times are dateTimeStamps (strings).
Other members are refused: these nouns also tell an ordinary badge from one that wants a closer look
(verifier.lint).
"""

from msgspec import Struct, field

from schemas.credential import CREDENTIALS_V2, OneOrMany, RelatedResource
from schemas.status import BitstringStatusListEntry

OPEN_BADGES_3 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"


class Image(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """An image by URL or data URL; `caption` is its text alternative."""

    id: str
    type: str = field(default_factory=lambda: "Image")
    caption: str | None = None


class Criteria(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """How the achievement is earned; `narrative` is Markdown. A node with only `narrative` is allowed."""

    id: str | None = None
    narrative: str | None = None


class Alignment(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """A link from an achievement or a result to an entry of a skills framework."""

    type: OneOrMany = field(default_factory=lambda: ("Alignment",))
    target_name: str
    target_url: str
    target_code: str | None = None
    target_description: str | None = None
    target_framework: str | None = None
    target_type: str | None = None


class IdentifierEntry(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """Another identifier of a profile or achievement, and of which kind it is."""

    type: str = field(default_factory=lambda: "IdentifierEntry")
    identifier: str
    identifier_type: str


class IdentityObject(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """Who the recipient is; hashed as `sha256$<hex of SHA-256(identity + salt)>` where `hashed` is true."""

    type: str = field(default_factory=lambda: "IdentityObject")
    hashed: bool
    identity_hash: str
    identity_type: str
    salt: str | None = None


class Profile(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """An issuer (or creator), in its own words: only `id` is proven by a signature."""

    id: str
    type: OneOrMany = field(default_factory=lambda: ("Profile",))
    name: str | None = None
    url: str | None = None
    description: str | None = None
    email: str | None = None
    image: Image | None = None
    other_identifier: tuple[IdentifierEntry, ...] = ()


class RubricCriterionLevel(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """One level of a rubric; `points` is a string by the standard."""

    id: str
    type: OneOrMany = field(default_factory=lambda: ("RubricCriterionLevel",))
    name: str
    description: str | None = None
    level: str | None = None
    points: str | None = None
    alignment: tuple[Alignment, ...] = ()


class ResultDescription(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """What kind of result an achievement can have; `result_type` is the standard's or `ext:…`."""

    id: str
    type: OneOrMany = field(default_factory=lambda: ("ResultDescription",))
    name: str
    result_type: str
    allowed_value: tuple[str, ...] = ()
    required_level: str | None = None
    required_value: str | None = None
    rubric_criterion_level: tuple[RubricCriterionLevel, ...] = ()
    value_min: str | None = None
    value_max: str | None = None
    alignment: tuple[Alignment, ...] = ()


class Result(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """A result; `result_description` names its description's id, `achieved_level` its level's."""

    type: OneOrMany = field(default_factory=lambda: ("Result",))
    result_description: str | None = None
    achieved_level: str | None = None
    value: str | None = None
    status: str | None = None
    alignment: tuple[Alignment, ...] = ()


class Achievement(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """What can be achieved: one revision, under an id of its own."""

    id: str
    type: OneOrMany = field(default_factory=lambda: ("Achievement",))
    name: str
    description: str
    criteria: Criteria
    achievement_type: str | None = None
    alignment: tuple[Alignment, ...] = ()
    creator: Profile | None = None
    field_of_study: str | None = None
    human_code: str | None = None
    image: Image | None = None
    in_language: str | None = None
    other_identifier: tuple[IdentifierEntry, ...] = ()
    result_description: tuple[ResultDescription, ...] = ()
    specialization: str | None = None
    tag: tuple[str, ...] = ()
    version: str | None = None


class Evidence(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What the award rests on; `id` is the evidence's URL."""

    id: str | None = None
    type: OneOrMany = field(default_factory=lambda: ("Evidence",))
    name: str | None = None
    narrative: str | None = None
    description: str | None = None
    genre: str | None = None
    audience: str | None = None


class AchievementSubject(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """The recipient and what they achieved; `id` or `identifier` is required by the standard."""

    id: str | None = None
    type: OneOrMany = field(default_factory=lambda: ("AchievementSubject",))
    identifier: tuple[IdentityObject, ...] = ()
    achievement: Achievement
    activity_start_date: str | None = None
    activity_end_date: str | None = None
    result: tuple[Result, ...] = ()
    role: str | None = None


class OpenBadgeCredential(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """An Open Badge on VC Data Model 2.0; `credential_status` is a single object, unlike VC 2.0's."""

    context: tuple[str, ...] = field(name="@context", default_factory=lambda: (CREDENTIALS_V2, OPEN_BADGES_3))
    id: str
    type: OneOrMany = field(default_factory=lambda: ("VerifiableCredential", "OpenBadgeCredential"))
    name: str | None = None
    description: str | None = None
    image: Image | None = None
    issuer: Profile
    valid_from: str
    valid_until: str | None = None
    awarded_date: str | None = None
    credential_subject: AchievementSubject
    credential_status: BitstringStatusListEntry | None = None
    evidence: tuple[Evidence, ...] = ()
    related_resource: tuple[RelatedResource, ...] = ()


class OpenBadgeToken(OpenBadgeCredential, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The payload of the JWT form: the badge, and the claims of RFC 7519 that repeat it, times in seconds."""

    iss: str | None = None
    sub: str | None = None
    jti: str | None = None
    nbf: int | None = None
    exp: int | None = None
