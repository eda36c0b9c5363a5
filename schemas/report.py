"""The verifier's answer: what was checked, what was found, and what follows from it.

A Report has two answers, authenticity and currency, and a verdict derived from them and the required checks.
"""

from enum import StrEnum
from typing import Literal

from msgspec import Struct


class Outcome(StrEnum):
    """What a check found. `unknown`: could not be determined. `skipped`: nobody asked, or not reached."""

    PASS = "pass"  # noqa: S105 — an outcome, not a password
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


# The checks in the order in which they run; docs/verification-steps.md carries the same numbers.
CHECKS = (
    "carrier",
    "well_formed",
    "proof",
    "issuer_key",
    "signature",
    "shape",
    "validity",
    "status",
    "standing",
    "recipient",
    "endorsements",
    "policy",
)


class Reason(StrEnum):
    """Stable codes: why a check found what it found. docs/verification-steps.md explains every one."""

    NOT_REACHED = "check.not_reached"

    CARRIER_TOKEN = "carrier.token"  # noqa: S105 — a reason code, not a password
    CARRIER_JSON = "carrier.json"
    CARRIER_EMPTY = "carrier.empty"
    CARRIER_AMBIGUOUS = "carrier.ambiguous"
    CARRIER_DAMAGED = "carrier.damaged"
    CARRIER_NOT_DECODED = "carrier.not_decoded"
    CARRIER_TOO_LARGE = "carrier.too_large"
    CARRIER_UNREACHABLE = "carrier.unreachable"
    CARRIER_UNRECOGNISED = "carrier.unrecognised"
    CARRIER_UNSUPPORTED = "carrier.unsupported"

    WELL_FORMED_OK = "well_formed.ok"
    WELL_FORMED_TOKEN = "well_formed.token"  # noqa: S105 — likewise
    WELL_FORMED_NOT_A_CREDENTIAL = "well_formed.not_a_credential"
    WELL_FORMED_ENVELOPE = "well_formed.envelope"
    JSON_SYNTAX = "json.syntax"
    JSON_UTF8 = "json.utf8"
    JSON_BOM = "json.bom"
    JSON_DUPLICATE_KEY = "json.duplicate_key"
    JSON_DEPTH = "json.depth"
    JSON_COMPLEXITY = "json.complexity"
    JSON_SIZE = "json.size"
    JSON_NUMBER = "json.number"
    JSON_SURROGATE = "json.surrogate"

    PROOF_RECOGNISED = "proof.recognised"
    PROOF_TYPE_MISSING = "proof.type_missing"
    PROOF_TYPE = "proof.type"
    PROOF_ALGORITHM = "proof.algorithm"
    PROOF_MISSING = "proof.missing"
    PROOF_UNSUPPORTED = "proof.unsupported"
    PROOF_HEADER = "proof.header"
    PROOF_HEADER_EXTRA = "proof.header_extra"
    PROOF_KEY_UNNAMED = "proof.key_unnamed"
    PROOF_ISSUER_MISMATCH = "proof.issuer_mismatch"
    PROOF_TIMES = "proof.times"
    PROOF_MALFORMED = "proof.malformed"
    PROOF_ENCODING = "proof.encoding"
    PROOF_CONTEXT = "proof.context"
    PROOF_PREVIOUS = "proof.previous"
    PROOF_PURPOSE = "proof.purpose"
    PROOF_NOT_COUNTED = "proof.not_counted"
    PROOF_COMPLEXITY = "proof.complexity"
    FORMAT_LEGACY = "format.legacy"

    ISSUER_KEY_LISTED = "issuer_key.listed"
    ISSUER_KEY_SAME_ORIGIN = "issuer_key.same_origin"
    ISSUER_KEY_HOSTED = "issuer_key.hosted"
    ISSUER_KEY_HOSTED_SAME_ORIGIN = "issuer_key.hosted_same_origin"
    ISSUER_KEY_UNTRUSTED = "issuer_key.untrusted"
    ISSUER_KEY_COMPROMISED = "issuer_key.compromised"
    ISSUER_KEY_UNREACHABLE = "issuer_key.unreachable"
    ISSUER_KEY_UNSUPPORTED = "issuer_key.unsupported"
    ISSUER_KEY_UNUSABLE = "issuer_key.unusable"
    ISSUER_KEY_ENDED = "issuer_key.ended"
    ISSUER_KEY_NOT_PUBLISHED = "issuer_key.not_published"
    ISSUER_KEY_MALFORMED = "issuer_key.malformed"
    ISSUER_KEY_NO_ISSUER = "issuer_key.no_issuer"

    SIGNATURE_VERIFIED = "signature.verified"
    SIGNATURE_INVALID = "signature.invalid"
    SIGNATURE_HOSTED = "signature.hosted"
    SIGNATURE_HOSTED_DIFFERS = "signature.hosted_differs"
    SIGNATURE_HOSTED_RENAMED = "signature.hosted_renamed"
    SIGNATURE_HOSTED_UNREAD = "signature.hosted_unread"
    SIGNATURE_HOSTED_GONE = "signature.hosted_gone"

    SHAPE_OK = "shape.ok"
    SHAPE_CONTEXT = "shape.context"
    SHAPE_CONTEXT_UNKNOWN = "shape.context_unknown"
    SHAPE_UNDEFINED_TERM = "shape.undefined_term"
    SHAPE_UNSIGNED_TERM = "shape.unsigned_term"
    SHAPE_TYPE = "shape.type"
    SHAPE_ID = "shape.id"
    SHAPE_ISSUER = "shape.issuer"
    SHAPE_SUBJECT = "shape.subject"
    SHAPE_TIMES = "shape.times"
    SHAPE_TEXT = "shape.text"
    SHAPE_STATUS = "shape.status"
    SHAPE_TYPED = "shape.typed"
    SHAPE_RELATED_RESOURCE = "shape.related_resource"
    SHAPE_ACHIEVEMENT = "shape.achievement"
    SHAPE_RESULT = "shape.result"
    SHAPE_IDENTITY = "shape.identity"
    SHAPE_ALIGNMENT = "shape.alignment"
    SHAPE_CLAIMS = "shape.claims"
    SHAPE_NULL = "shape.null"
    SHAPE_PRESENTATION = "shape.presentation"
    SHAPE_IRI = "shape.iri"
    SHAPE_NOT_SIGNED = "shape.not_signed"
    SHAPE_NUMBER = "shape.number"
    SHAPE_HOLDER = "shape.holder"
    SHAPE_ENCLOSED = "shape.enclosed"

    VALIDITY_CURRENT = "validity.current"
    VALIDITY_EXPIRED = "validity.expired"
    VALIDITY_NOT_YET = "validity.not_yet"
    VALIDITY_MALFORMED = "validity.malformed"

    STATUS_NONE = "status.none"
    STATUS_CLEAR = "status.clear"
    STATUS_REVOKED = "status.revoked"
    STATUS_SUSPENDED = "status.suspended"
    STATUS_SUPERSEDED = "status.superseded"
    STATUS_MESSAGE = "status.message"
    STATUS_REFRESH = "status.refresh"
    STATUS_UNREACHABLE = "status.unreachable"
    STATUS_LIST_INVALID = "status.list_invalid"
    STATUS_LIST_LENGTH = "status.list_length"
    STATUS_STALE = "status.stale"
    STATUS_RANGE = "status.range"
    STATUS_MALFORMED = "status.malformed"
    STATUS_UNSUPPORTED = "status.unsupported"

    STANDING_OWN = "standing.own"
    STANDING_VOUCHED = "standing.vouched"
    STANDING_UNKNOWN = "standing.unknown"
    STANDING_DISTRUSTED = "standing.distrusted"
    STANDING_NOT_LISTED = "standing.not_listed"
    STANDING_LAPSED = "standing.lapsed"
    STANDING_OTHER_NAME = "standing.other_name"
    STANDING_UNREACHABLE = "standing.unreachable"
    STANDING_INVALID = "standing.invalid"
    STANDING_STALE = "standing.stale"

    RECIPIENT_MATCHED = "recipient.matched"
    RECIPIENT_MISMATCH = "recipient.mismatch"
    RECIPIENT_CANNOT_MATCH = "recipient.cannot_match"
    RECIPIENT_NOT_ASKED = "recipient.not_asked"
    RECIPIENT_NOT_PRESENTED = "recipient.not_presented"
    RECIPIENT_PRESENTED = "recipient.presented"
    RECIPIENT_NOT_HOLDER = "recipient.not_holder"
    RECIPIENT_NONCE = "recipient.nonce"
    RECIPIENT_AUDIENCE = "recipient.audience"
    RECIPIENT_STALE = "recipient.stale"
    RECIPIENT_REPLAYABLE = "recipient.replayable"

    ENDORSEMENTS_NONE = "endorsements.none"
    ENDORSEMENTS_GENUINE = "endorsements.genuine"
    ENDORSEMENTS_NOT_GENUINE = "endorsements.not_genuine"
    ENDORSEMENTS_UNDETERMINED = "endorsements.undetermined"
    ENDORSEMENTS_NOT_CHECKED = "endorsements.not_checked"

    POLICY_NOT_GIVEN = "policy.not_given"
    POLICY_MET = "policy.met"
    POLICY_UNMET = "policy.unmet"
    POLICY_UNDETERMINED = "policy.undetermined"
    POLICY_ISSUER_NOT_ACCEPTED = "policy.issuer_not_accepted"
    POLICY_TOO_OLD = "policy.too_old"
    POLICY_STATUS_TOO_OLD = "policy.status_too_old"
    POLICY_ASSURANCE_NOT_ACCEPTED = "policy.assurance_not_accepted"


class Check(Struct, frozen=True, rename="camel", omit_defaults=True):
    """One finding. `check` is a name in CHECKS, `reason` a stable code, `detail` a sentence.

    `source` is what the finding relied on (a URL, a folder, a list's name), `time` when that source was
    obtained (RFC 3339, UTC).
    """

    check: str
    outcome: Outcome
    reason: Reason
    detail: str
    source: str | None = None
    time: str | None = None


class ClaimRecipient(Struct, frozen=True, rename="camel", omit_defaults=True):
    """Whom the credential is about: the subject's id, and the name the issuer gave in plain text, if any."""

    id: str | None = None
    name: str | None = None


class ClaimAchievement(Struct, frozen=True, rename="camel", omit_defaults=True):
    """What was achieved; `criteria` is the narrative, or else the URL, of what had to be shown."""

    id: str | None = None
    name: str | None = None
    description: str | None = None
    image: str | None = None
    criteria: str | None = None


class ClaimLevel(Struct, frozen=True, rename="camel", omit_defaults=True):
    """How well: the level reached on its scale (lowest first), the level asked for, and the cut behind it."""

    name: str
    description: str | None = None
    scale: tuple[str, ...] = ()
    required: str | None = None
    cut: str | None = None


class ClaimIssuer(Struct, frozen=True, rename="camel", omit_defaults=True):
    """Who signed: `domain` is proven, `name` its own claim, `notice` a warning of look-alikes."""

    id: str
    name: str | None = None
    domain: str | None = None
    notice: str | None = None


class ClaimAssurance(Struct, frozen=True, rename="camel", omit_defaults=True):
    """How sure one can be who answered: the declared code, and what it means in one sentence."""

    code: str
    sentence: str


class ClaimAssessment(Struct, frozen=True, rename="camel", omit_defaults=True):
    """How it was measured: the evidence's name and narrative, and the address of the assessment record."""

    name: str | None = None
    narrative: str | None = None
    record: str | None = None


class Claim(Struct, frozen=True, rename="camel", omit_defaults=True):
    """What a genuine credential says, as signed; never present unless the signature is genuine.

    Texts are the issuer's, unescaped and of any length and direction; times are RFC 3339 as they stand in it.
    """

    recipient: ClaimRecipient | None = None
    achievement: ClaimAchievement | None = None
    level: ClaimLevel | None = None
    issuer: ClaimIssuer | None = None
    valid_from: str | None = None
    valid_until: str | None = None
    assurance: ClaimAssurance | None = None
    assessment: ClaimAssessment | None = None


Verdict = Literal["valid", "invalid", "undetermined"]
Authenticity = Literal["genuine", "not_genuine", "cannot_tell"]
Currency = Literal["current", "not_yet", "expired", "suspended", "revoked", "cannot_tell"]


class Enclosed(Struct, frozen=True, rename="camel", omit_defaults=True):
    """What one credential inside another one, or inside a presentation, came to: by the same steps."""

    role: Literal["credential", "endorsement"]
    verdict: Verdict
    authenticity: Authenticity
    currency: Currency
    claim: Claim | None
    checks: tuple[Check, ...]


class Report(Struct, frozen=True, rename="camel", omit_defaults=True):
    """The whole answer. `since` is when a suspension or withdrawal began, where a source knows it.

    `enclosed` holds a presentation's credentials, whose checks also stand in `checks`, and endorsements,
    whose checks do not. `input_digest` is `sha256-` and the hexadecimal digest of the evidence as handed
    over; times are UTC.
    """

    verdict: Verdict
    authenticity: Authenticity
    currency: Currency
    sentence: str
    claim: Claim | None
    checks: tuple[Check, ...]
    input_digest: str
    verified_at: str
    verifier: str
    since: str | None = None
    enclosed: tuple[Enclosed, ...] = ()

    def of(self, check: str) -> tuple[Check, ...]:
        """Every finding of one check, in order: at least one, and more for several status entries."""
        return tuple(found for found in self.checks if found.check == check)
