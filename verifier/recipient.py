"""Step 10: is this the person that the caller expects, by id, e-mail address or name?"""

import contextlib
import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from schemas.report import Outcome, Reason
from verifier.lint.rule import objects, subjects
from verifier.question import Question
from verifier.trail import Trail

CHECK = "recipient"

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
_ID = re.compile(r"(urn|did|https?|mailto|tel):\S+", re.IGNORECASE)


def recipient(document: Mapping[str, Any], question: Question, trail: Trail) -> None:
    """Note whether the credential is about the expected person, as far as it can be told."""
    if question.nonce is not None or question.audience is not None:
        detail = "You asked for its holder's presentation of it; this is the credential alone."
        trail.unknown(CHECK, Reason.RECIPIENT_NOT_PRESENTED, detail)
    if question.expected_recipient is not None:
        outcome, reason, detail = match(document, question.expected_recipient)
        trail.add(CHECK, outcome, reason, detail)
    elif not trail.outcomes(CHECK):
        detail = "Nobody said whom to expect: we did not check that this is the person before you."
        trail.add(CHECK, Outcome.SKIPPED, Reason.RECIPIENT_NOT_ASKED, detail)


def match(document: Mapping[str, Any], expected: str) -> tuple[Outcome, Reason, str]:
    """Compare an e-mail address, an id or a name with what the credential says of its recipient."""
    expected = expected.strip()
    if _EMAIL.fullmatch(expected):
        kind, found = "e-mail address", list(_compare(document, "emailAddress", email_forms(expected)))
    elif _ID.fullmatch(expected):
        kind = "id"
        found = [subject["id"] == expected for _, subject in subjects(document) if "id" in subject]
    else:
        kind, found = "name", list(_compare(document, "name", name_forms(expected)))
    if True in found:
        return Outcome.PASS, Reason.RECIPIENT_MATCHED, f"The {kind} that you expect is the recipient's."
    if False in found:
        return Outcome.FAIL, Reason.RECIPIENT_MISMATCH, f"The {kind} that you expect is not the recipient's."
    return (
        Outcome.UNKNOWN,
        Reason.RECIPIENT_CANNOT_MATCH,
        f"The credential does not let us compare the {kind}.",
    )


def _compare(document: Mapping[str, Any], kind: str, forms: set[str]) -> Iterator[bool]:
    """For each identity of this kind that can be compared, whether one of the forms is it."""
    for _, subject in subjects(document):
        for _, identity in objects(subject, "identifier"):
            value, salt = identity.get("identityHash"), identity.get("salt", "")
            if (
                identity.get("identityType") != kind
                or not isinstance(value, str)
                or not isinstance(salt, str)
            ):
                continue
            if identity.get("hashed") is False:
                yield bool(forms & (email_forms(value) if kind == "emailAddress" else name_forms(value)))
            elif identity.get("hashed") is True and value.startswith("sha256$"):
                yield any(value == _digest(form, salt) for form in forms)


def _digest(identity: str, salt: str) -> str:
    """OB 3.0, IdentityHash: SHA-256 of the identity followed by the salt."""
    return "sha256$" + hashlib.sha256(f"{identity}{salt}".encode("utf-8", "surrogatepass")).hexdigest()


def email_forms(address: str) -> set[str]:
    """The address as given, in lower case, and with its domain in ASCII: issuers hash one of these."""
    composed = unicodedata.normalize("NFC", address.strip())
    local, _, domain = composed.lower().rpartition("@")
    forms = {address.strip(), composed, composed.lower()}
    with contextlib.suppress(UnicodeError):
        forms.add(f"{local}@{domain.encode('idna').decode()}")
    return forms


def name_forms(name: str) -> set[str]:
    """The name as given, and without differences of case, spacing and composition."""
    return {name, " ".join(unicodedata.normalize("NFC", name).casefold().split())}
