"""A hosted assertion (Open Badges 2.0, HostedBadge Verification): its own address is all the proof there is.

First what stands at its address (step 5), since only that says who issued it; then whether that issuer lets
its assertions stand there (step 4). Three requests at most: the assertion, which its id determines; and once
its host has confirmed it, its badge class and its issuer's profile.
"""

from collections.abc import Generator, Mapping
from typing import Any

from schemas.jcs import JcsRefused, canonical
from schemas.report import Outcome, Reason
from verifier.fetch import GONE, Answer, Fetched, Need, Unreachable, present
from verifier.formats.opened import Opened
from verifier.issuer_key import CHECK, published_keys
from verifier.lint.rule import named_id
from verifier.openbadges2.members import authority, issuer_of, texts, verification
from verifier.openbadges2.proven import Proven, Unproven, profile_in, read_object
from verifier.question import Question
from verifier.trail import Trail

_SIGNATURE = "signature"
_WITHDRAWAL = ("revoked", "revocationReason")


def hosted(opened: Opened, question: Question, trail: Trail) -> Generator[Need, Any, Proven | None]:
    """Steps 5 and 4; notes why not and gives None where nobody stands behind the assertion."""
    try:
        return (yield from _proven(opened.document, trail))
    except _Gone as gone:
        address = opened.document["id"]
        question.seen.withdraw(address, address)
        gone.tell(trail)
        trail.failed("status", Reason.STATUS_REVOKED, gone.detail, source=gone.source)
    except Unproven as unproven:
        unproven.tell(trail)
    return None


class _Gone(Unproven):
    """Withdrawn, whatever it was: nothing is left with which it could be compared."""

    def __init__(self, source: Fetched) -> None:
        detail = "At the address at which it is hosted stands only that it was withdrawn."
        super().__init__(_SIGNATURE, Reason.SIGNATURE_HOSTED_GONE, detail, source)


def _proven(handed: dict[str, Any], trail: Trail) -> Generator[Need, Any, Proven | None]:
    answer = yield Need("badge_object", handed["id"])
    read, assertion = _confirmed(answer, handed)
    badge_class = yield from _badge_class(assertion)
    issuer = issuer_of(badge_class)
    if authority(issuer) is None:
        detail = "Its badge class names no issuer by an https address."
        raise Unproven(CHECK, Reason.ISSUER_KEY_UNSUPPORTED, detail)
    published = yield from published_keys(issuer, trail)
    if published is None:
        return None
    profile = profile_in(published)
    outcome, reason, detail = _scope(profile, published.issuer, handed["id"], badge_class.get("id"))
    trail.add(CHECK, outcome, reason, detail, source=published.document)
    if outcome is Outcome.FAIL:
        return None
    if _renamed(handed.get("badge"), badge_class, profile):
        detail = "Its badge class or its issuer has another name now than in what you handed over."
        raise Unproven(_SIGNATURE, Reason.SIGNATURE_HOSTED_RENAMED, detail, read)
    detail = "Nobody signed it; its own address answers with the same."
    trail.passed(_SIGNATURE, Reason.SIGNATURE_HOSTED, detail, source=read)
    return Proven(assertion, badge_class, profile, published, read)


def _confirmed(answer: Answer, handed: Mapping[str, Any]) -> tuple[Fetched, dict[str, Any]]:
    """The assertion as it stands at its address, if everything that was handed over stands there."""
    if isinstance(answer, Unreachable):
        detail = f"The address at which it is hosted could not be read. {answer.detail}"
        raise Unproven(_SIGNATURE, Reason.SIGNATURE_HOSTED_UNREAD, detail, answer.url)
    if answer.status == GONE:
        raise _Gone(answer)
    found = read_object(answer.body)
    if found is None:
        detail = "What was found at the address at which it is hosted is not a JSON object."
        raise Unproven(_SIGNATURE, Reason.SIGNATURE_HOSTED_UNREAD, detail, answer)
    members = [member for member in handed if member not in _WITHDRAWAL]
    there = [member for member in members if member in found]
    if "id" in there and all(_same(member, handed[member], found[member]) for member in there):
        if len(there) == len(members):
            return answer, found
        if found.get("revoked") is True:  # then it may be stripped to its id
            raise _Gone(answer)
    detail = "Its own address says something else than what you handed over."
    raise Unproven(_SIGNATURE, Reason.SIGNATURE_HOSTED_DIFFERS, detail, answer, certain=True)


def _same(member: str, handed: Any, found: Any) -> bool:
    """Whether both are one JSON value; of a badge class it is enough to be the one of the same id."""
    if member == "badge":
        ids = [named_id({member: value}, member) for value in (handed, found)]
        if None not in ids:
            return ids[0] == ids[1]
    try:
        return canonical(handed) == canonical(found)
    except JcsRefused:
        return False


def _badge_class(assertion: Mapping[str, Any]) -> Generator[Need, Any, dict[str, Any]]:
    """The badge class, which the host has in its assertion or names there; raises Unproven."""
    badge = assertion.get("badge")
    if isinstance(badge, dict) and "issuer" in badge:
        return badge
    url = named_id(assertion, "badge")
    if url is None or authority(url) is None:
        detail = "Its badge class, which would say who issued it, has no https address."
        raise Unproven(CHECK, Reason.ISSUER_KEY_UNSUPPORTED, detail)
    answer = present((yield Need("badge_object", url)))
    if isinstance(answer, Unreachable):
        detail = f"Its badge class, which would say who issued it, could not be read. {answer.detail}"
        raise Unproven(CHECK, Reason.ISSUER_KEY_UNREACHABLE, detail, answer.url)
    found = read_object(answer.body)
    if found is None or found.get("id") != url:
        detail = "What was found in the place of its badge class is not that badge class."
        raise Unproven(CHECK, Reason.ISSUER_KEY_MALFORMED, detail, answer)
    return found


def _scope(
    profile: Mapping[str, Any], issuer: str, assertion_id: str, badge_id: Any
) -> tuple[Outcome, Reason, str]:
    """Whether the issuer's assertions may stand at this address (Open Badges 2.0, VerificationObject)."""
    rule, host = verification(profile), authority(assertion_id)
    if "allowedOrigins" in rule or "startsWith" in rule:
        origins = [origin.lower() for origin in texts(rule, "allowedOrigins")]
        # A beginning ends within the path: `https://issuer.example` is none of `https://issuer.example.net`.
        beginnings = [
            beginning
            for beginning in texts(rule, "startsWith")
            if assertion_id.startswith(beginning) and authority(beginning) == host
        ]
        if ("allowedOrigins" not in rule or host in origins) and ("startsWith" not in rule or beginnings):
            detail = "The issuer's own profile says that its assertions stand there."
            return Outcome.PASS, Reason.ISSUER_KEY_HOSTED, detail
        detail = "The issuer's own profile says that its assertions stand elsewhere."
        return Outcome.FAIL, Reason.ISSUER_KEY_UNTRUSTED, detail
    scheme, _, rest = badge_id.partition("://") if isinstance(badge_id, str) else ("", "", "")
    # An embedded badge class is not fetched, and may have kept an id from before its host spoke https.
    elsewhere = scheme in ("https", "http") and authority(f"https://{rest}") != host
    if authority(issuer) == host and not elsewhere:
        detail = "It stands on its issuer's host; the issuer's profile does not say where its assertions do."
        return Outcome.WARN, Reason.ISSUER_KEY_HOSTED_SAME_ORIGIN, detail
    detail = "It stands on another host than its issuer's, whose profile does not speak of that."
    return Outcome.FAIL, Reason.ISSUER_KEY_UNTRUSTED, detail


def _renamed(handed: Any, badge_class: Mapping[str, Any], profile: Mapping[str, Any]) -> bool:
    """Whether what was handed over calls achievement or issuer otherwise than they are called now."""
    if not isinstance(handed, dict):
        return False
    issuer = handed.get("issuer")
    pairs = [(handed, badge_class), (issuer if isinstance(issuer, dict) else {}, profile)]
    return any("name" in shown and shown["name"] != now.get("name") for shown, now in pairs)
