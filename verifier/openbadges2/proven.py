"""What a proven assertion says, in the members of Open Badges 3.0, which the later steps know."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from schemas.report import Reason
from schemas.strict_json import StrictJsonError, loads
from schemas.times import TimeRefused, numeric_date
from verifier.fetch import Fetched
from verifier.issuer_key import CHECK, Published
from verifier.trail import Trail, stamp

# A recipient's property, short or as an IRI -> Open Badges 3.0's identity type.
_IDENTITIES = {"email": "emailAddress", "name": "name"}
_PREFIXES = ("http://schema.org/", "https://schema.org/", "schema:")


class Proven(Struct, frozen=True):
    """An assertion, its badge class and its issuer's profile, each from where it counts.

    `published` is the issuer's own document; `hosted` what was read at a hosted assertion's own address.
    """

    assertion: dict[str, Any]
    badge_class: dict[str, Any]
    profile: dict[str, Any]
    published: Published
    hosted: Fetched | None = None

    @property
    def document(self) -> dict[str, Any]:
        """The same as a credential; of what is not there, nothing is said."""
        found = {
            "id": self.assertion.get("id"),
            "issuer": {"id": self.published.issuer, "name": self.profile.get("name")},
            "credentialSubject": {**_subject(self.assertion), "achievement": _achievement(self.badge_class)},
        }
        for member, older in (("validFrom", "issuedOn"), ("validUntil", "expires")):
            if older in self.assertion:
                found[member] = _time(self.assertion[older])
        return found


class Unproven(Exception):  # noqa: N818 — the house's name: what a refusal is, not that it is an error
    """Why nobody stands behind an assertion; `certain` where that speaks against it."""

    def __init__(
        self,
        check: str,
        reason: Reason,
        detail: str,
        source: Fetched | str | None = None,
        *,
        certain: bool = False,
    ) -> None:
        super().__init__(detail)
        self.check, self.reason, self.detail = check, reason, detail
        self.source = source
        self.certain = certain

    def tell(self, trail: Trail) -> None:
        """Note it."""
        tell = trail.failed if self.certain else trail.unknown
        tell(self.check, self.reason, self.detail, source=self.source)


def profile_in(published: Published) -> dict[str, Any]:
    """The issuer's own profile, which its keys were read from as well; raises Unproven."""
    read = published.document
    profile = None if read is None else read_object(read.body)
    # A bare key or a set of keys has no such id.
    if profile is None or profile.get("id") != published.issuer:
        detail = "What was found at the issuer's address is not its profile."
        raise Unproven(CHECK, Reason.ISSUER_KEY_MALFORMED, detail, read)
    return profile


def read_object(body: bytes) -> dict[str, Any] | None:
    """The JSON object that was found at an address; None for anything else."""
    try:
        found = loads(body)
    except StrictJsonError:
        return None
    return found if isinstance(found, dict) else None


def _subject(assertion: Mapping[str, Any]) -> dict[str, Any]:
    recipient = assertion.get("recipient")
    if not isinstance(recipient, dict) or not isinstance(identity := recipient.get("identity"), str):
        return {}
    kind = str(recipient.get("type"))
    for prefix in _PREFIXES:
        kind = kind.removeprefix(prefix)
    algorithm, _, digest = identity.partition("$")
    # Some leave out what the identity itself shows; its digits may be of either case.
    hashed = recipient.get("hashed", bool(digest) and algorithm in ("sha256", "md5"))
    if kind in ("id", "url") and hashed is False:
        return {"id": identity}
    described = {
        "identityType": _IDENTITIES.get(kind, kind),
        "hashed": hashed,
        "identityHash": f"{algorithm}${digest.lower()}" if hashed is True else identity,
    }
    return {"identifier": described | ({"salt": recipient["salt"]} if "salt" in recipient else {})}


def _achievement(badge_class: Mapping[str, Any]) -> dict[str, Any]:
    members = ("id", "name", "description", "image", "criteria")
    found = {member: badge_class[member] for member in members if member in badge_class}
    if isinstance(found.get("criteria"), str):
        found["criteria"] = {"id": found["criteria"]}
    return found


def _time(value: Any) -> Any:
    """A dateTimeStamp; versions before 2.0 also count seconds. What is no time stays what it is."""
    try:
        return value if isinstance(value, str) else stamp(numeric_date(value))
    except TimeRefused:
        return value
