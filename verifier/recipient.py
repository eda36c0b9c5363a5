"""Step 10: is this the person that the caller expects, by id, e-mail address or name?"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from schemas.report import Outcome, Reason
from verifier.lint.rule import objects, subjects
from verifier.question import Question
from verifier.trail import Trail

CHECK = "recipient"

# Characters of what a caller may expect; of an e-mail address (RFC 3696, erratum 1690); of a DNS label.
LONGEST_EXPECTED = 1_024
_LONGEST_ADDRESS = 254
_LONGEST_LABEL = 63
# Nobody has more names or addresses, and each of them costs a hash.
_MOST_IDENTITIES = 16

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
_ID = re.compile(r"(urn|did|https?|mailto|tel):\S+", re.IGNORECASE)


def recipient(
    document: Mapping[str, Any], question: Question, trail: Trail, *, presented: bool = False
) -> None:
    """Note whether the credential is about the expected person, as far as it can be told."""
    if not presented and (question.nonce is not None or question.audience is not None):
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
    if len(expected) > LONGEST_EXPECTED:
        detail = f"Whom you expect is written in more than {LONGEST_EXPECTED} characters."
        return Outcome.UNKNOWN, Reason.RECIPIENT_CANNOT_MATCH, detail
    expected = expected.strip()
    if _EMAIL.fullmatch(expected):
        kind, found = "e-mail address", _compare(document, "emailAddress", email_forms(expected))
    elif _ID.fullmatch(expected):
        kind = "id"
        found = {subject["id"] == expected for _, subject in subjects(document) if "id" in subject}
    else:
        kind, found = "name", _compare(document, "name", name_forms(expected))
    if True in found:
        return Outcome.PASS, Reason.RECIPIENT_MATCHED, f"The {kind} that you expect is the recipient's."
    if False in found:
        return Outcome.FAIL, Reason.RECIPIENT_MISMATCH, f"The {kind} that you expect is not the recipient's."
    return (
        Outcome.UNKNOWN,
        Reason.RECIPIENT_CANNOT_MATCH,
        f"The credential does not let us compare the {kind}.",
    )


def _compare(document: Mapping[str, Any], kind: str, forms: set[str]) -> set[bool]:
    """Whether one of the forms is an identity of this kind; empty where none or too many can be compared."""
    identities = list(islice(_comparable(document, kind), _MOST_IDENTITIES + 1))
    if len(identities) > _MOST_IDENTITIES:
        return set()
    spelled = email_forms if kind == "emailAddress" else name_forms
    return {
        any(value == _digest(form, salt) for form in forms) if hashed else bool(forms & spelled(value))
        for value, salt, hashed in identities
    }


def _comparable(document: Mapping[str, Any], kind: str) -> Iterator[tuple[str, str, bool]]:
    """Value, salt and whether it is a hash of every identity of this kind that we can compare."""
    for _, subject in subjects(document):
        for _, identity in objects(subject, "identifier"):
            value, salt = identity.get("identityHash"), identity.get("salt", "")
            hashed = identity.get("hashed")
            if (
                identity.get("identityType") == kind
                and isinstance(value, str)
                and isinstance(salt, str)
                and (hashed is False or (hashed is True and value.startswith("sha256$")))
            ):
                yield value, salt, hashed


def _digest(identity: str, salt: str) -> str:
    """OB 3.0, IdentityHash: SHA-256 of the identity followed by the salt."""
    return "sha256$" + hashlib.sha256(f"{identity}{salt}".encode("utf-8", "surrogatepass")).hexdigest()


def email_forms(address: str) -> set[str]:
    """The address as given, in lower case, and with its domain in ASCII: issuers hash one of these."""
    given = address.strip()
    if len(given) > _LONGEST_ADDRESS:
        return set()
    composed = unicodedata.normalize("NFC", given)
    local, _, domain = composed.rpartition("@")
    # Lower-casing can leave NFC (a dotted capital I, for one), so it is composed again.
    local = unicodedata.normalize("NFC", local.lower())
    host = ".".join(_ascii(label) for label in domain.split("."))
    return {given, composed, composed.lower(), f"{local}@{host}"}


def _ascii(label: str) -> str:
    """A domain's label in lower case and ASCII (RFC 5891); nothing is mapped to what names another domain."""
    # Letter by letter: text as a whole ends in a final sigma, which is a letter of its own in domains.
    lower = unicodedata.normalize("NFC", "".join(map(str.lower, label)))
    if lower.isascii() or len(lower) > _LONGEST_LABEL:
        return lower
    return f"xn--{lower.encode('punycode').decode()}"


def name_forms(name: str) -> set[str]:
    """The name as given, and without differences of case, spacing and composition."""
    return {name, " ".join(unicodedata.normalize("NFC", name).casefold().split())}
