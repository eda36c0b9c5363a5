"""Step 2 of the issuance cycle: the Open Badges 3.0 document of an award. Pure.

The same arguments, the same bytes. In it: the level, what each level asks for, the award rule, the
calibration tier, assurance and validity. Never in it: answers, item ids, times, scores, failed attempts,
comparisons with others, protected attributes, probabilities.
"""

import base64
import calendar
import hashlib
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from issuer.assessments.documents import record_path
from issuer.assessments.record import ASSURANCE_SENTENCES
from issuer.issuance.decide import Award
from issuer.skills.documents import achievement_document, proportion
from issuer.skills.store import Achievement, Skill
from issuer.status.lists import list_path, stamp
from keys.did.web import did_web
from schemas.assessment import Tier
from schemas.credential import RelatedResource
from schemas.openbadges import (
    AchievementSubject,
    Evidence,
    IdentityObject,
    OpenBadgeCredential,
    Profile,
    Result,
)
from schemas.receipt import UNSTATED, StatedAssurance
from schemas.status import BitstringStatusListEntry
from verifier.claim import ASSURANCES

MONTHS_A_YEAR = 12
# By tier, how hard each question is, after who set the pass marks.
TIERS: dict[Tier, str] = {
    "uncalibrated": "nobody has measured yet how hard each question is",
    "rasch": "how hard each question is was estimated from recorded answers (Rasch model)",
    "2pl": "how hard each question is was estimated from recorded answers (two-parameter model)",
    "3pl": "how hard each question is was estimated from recorded answers (three-parameter model)",
    "graded-response": "how hard each question is was estimated from recorded answers (graded response)",
}
CALIBRATION_UNSTATED = "How its questions were calibrated is not stated."
SYNTHETIC = (
    "SYNTHETIC: how hard each question is comes from simulated answers, so this says nothing about the "
    "person. For demonstrations only."
)
# What the results say of a cut or rule of ours that another's assessment did not have.
NOT_APPLIED = "not applied"


class Outside(msgspec.Struct, frozen=True):
    """What is to be said of an outside provider's assessment, sentence by sentence.

    `probable`: our own award rule decided, by the standard error that the provider states.
    """

    sentences: tuple[str, ...]
    probable: bool


class Assessed(msgspec.Struct, frozen=True):
    """How it was measured: the assessment's title and conditions, and the record that says the rest.

    `synthetic`: no person's answers are behind the calibration. `panel` set the pass marks, or if None the
    author did.
    """

    title: str
    assurance: StatedAssurance
    permitted_aids: str
    calibration: Tier | Literal["unstated"]
    record_digest: str
    outside: Outside | None = None
    synthetic: bool = False
    panel: str | None = None


class Recipient(msgspec.Struct, frozen=True):
    """The person, as the credential names them; `email` normalised, `salt` only for this draft."""

    subject: UUID
    name: str
    email: str
    salt: str


class Material(msgspec.Struct, frozen=True):
    """Everything that a document is made of, besides the award itself and its place in a status list."""

    base_url: str
    organization_name: str
    organization_url: str | None
    recipient: Recipient
    achievement: Achievement
    skill: Skill
    assessed: Assessed


def document(award: Award, material: Material, list_id: UUID, index: int) -> OpenBadgeCredential:
    """Return the credential (OB 3.0 on VC Data Model 2.0), its one status entry at `index` of the list."""
    record = material.base_url + record_path(award.organization_id, material.assessed.record_digest)
    return OpenBadgeCredential(
        id=award.id.urn,
        name=material.achievement.name,
        issuer=Profile(
            id=did_web(material.base_url, award.organization_id),
            name=material.organization_name,
            url=material.organization_url,
        ),
        valid_from=stamp(award.decided_at),
        valid_until=stamp(months_later(award.decided_at, material.achievement.valid_months)),
        credential_subject=_subject(award, material),
        credential_status=_status(award.organization_id, material.base_url, list_id, index),
        evidence=(
            Evidence(
                id=record,
                name=material.assessed.title,
                narrative=narrative(material.assessed, award.decided_at),
                genre="Assessment",
            ),
        ),
        related_resource=(
            RelatedResource(id=record, media_type="application/json", digest_sri=_sri(material.assessed)),
        ),
    )


def registered_claims(credential: OpenBadgeCredential) -> dict[str, str | int | None]:
    """Return the claims with which OB 3.0's JWT form repeats the credential (integrity chapter)."""
    return {
        "iss": credential.issuer.id,
        "jti": credential.id,
        "sub": credential.credential_subject.id,
        "nbf": _numeric(credential.valid_from),
        "exp": _numeric(credential.valid_until),
    }


def identity_hash(email: str, salt: str) -> str:
    """Return an OB IdentityHash.

    `sha256$` and the hexadecimal digest of the identity followed by the salt.
    """
    return "sha256$" + hashlib.sha256(f"{email}{salt}".encode()).hexdigest()


def months_later(at: datetime, months: int) -> datetime:
    """Return the same day and time some months later, or the last day of a month that is shorter."""
    count = at.year * MONTHS_A_YEAR + at.month - 1 + months
    year, month = divmod(count, MONTHS_A_YEAR)
    day = min(at.day, calendar.monthrange(year, month + 1)[1])
    return at.replace(year=year, month=month + 1, day=day)


def narrative(assessed: Assessed, at: datetime) -> str:
    """Say in plain words how it was measured, and what that leaves open."""
    finished = (
        f"Assessment “{assessed.title}”, finished on {at.day} {calendar.month_name[at.month]} {at.year}."
    )
    sentences = (
        *(assessed.outside.sentences if assessed.outside else (finished,)),
        ASSURANCES[UNSTATED] if assessed.assurance == UNSTATED else ASSURANCE_SENTENCES[assessed.assurance],
        assessed.permitted_aids,
        calibration(assessed),
        "Not to be the sole basis of a decision about a person.",
    )
    return " ".join(sentences)


def calibration(assessed: Assessed) -> str:
    """Say who set the pass marks and what is known of the questions."""
    if assessed.calibration == UNSTATED:
        return CALIBRATION_UNSTATED
    if assessed.synthetic:
        return SYNTHETIC
    marks = "are the author's judgement" if assessed.panel is None else f"were set by {assessed.panel}"
    return f"The pass marks {marks}; {TIERS[assessed.calibration]}."


def _subject(award: Award, material: Material) -> AchievementSubject:
    achievement = achievement_document(material.base_url, material.achievement, material.skill)
    recipient, outside = material.recipient, material.assessed.outside
    return AchievementSubject(
        id=recipient.subject.urn,
        identifier=(
            IdentityObject(
                hashed=True,
                identity_hash=identity_hash(recipient.email, recipient.salt),
                identity_type="emailAddress",
                salt=recipient.salt,
            ),
            IdentityObject(hashed=False, identity_hash=recipient.name, identity_type="name"),
        ),
        achievement=achievement,
        result=(
            Result(
                result_description=f"{achievement.id}#level",
                achieved_level=f"{achievement.id}#{award.level}",
            ),
            Result(
                result_description=f"{achievement.id}#cut-{award.level}",
                value="reached" if outside is None else NOT_APPLIED,
            ),
            Result(
                result_description=f"{achievement.id}#award-rule",
                value=f"at least {proportion(material.achievement.threshold)}"
                if outside is None or outside.probable
                else NOT_APPLIED,
            ),
            Result(result_description=f"{achievement.id}#tier", value=material.assessed.calibration),
            Result(result_description=f"{achievement.id}#assurance", value=material.assessed.assurance),
        ),
    )


def _sri(assessed: Assessed) -> str:
    """`digestSRI` as in Subresource Integrity: the algorithm, and standard base64 of the digest."""
    return "sha256-" + base64.b64encode(bytes.fromhex(assessed.record_digest)).decode()


def _status(organization_id: str, base_url: str, list_id: UUID, index: int) -> BitstringStatusListEntry:
    url = base_url + list_path(organization_id, list_id)
    return BitstringStatusListEntry(
        id=f"{url}#{index}",
        status_purpose="revocation",
        status_list_index=str(index),
        status_list_credential=url,
    )


def _numeric(stamped: str | None) -> int:
    return int(datetime.fromisoformat(stamped or "").timestamp())
