"""Step 8 for Open Badges 2.0: a hosted assertion says it itself, of a signed one its issuer's list does.

Nobody signs the `RevocationList`. What speaks for it is that the issuer's own profile names it and that it
stands on the issuer's own host.
"""

from collections.abc import Generator, Mapping
from datetime import timedelta
from typing import Any

from schemas.report import Reason
from schemas.strict_json import StrictJsonError, loads
from verifier.fetch import LIMITS, Fetched, Need, Unreachable, present
from verifier.lint.rule import issuer_id
from verifier.openbadges2.members import authority
from verifier.openbadges2.proven import Proven
from verifier.phrases import plain
from verifier.question import Question
from verifier.status.finding import Finding, Refused, invalid
from verifier.trail import Trail

# Neither names a time of its own: for how long what was read counts as what its issuer says now.
_GREATEST_AGE = timedelta(hours=24)


def status(proven: Proven, question: Question, trail: Trail) -> Generator[Need, Any, list[Finding]]:
    """What the issuer says now; without any list, it offers no way to withdraw what it signed."""
    said = proven.assertion.get("revoked")
    if said is True:
        finding = _revoked(proven.assertion, proven.hosted)
    elif said not in (None, False):
        finding = Finding(Reason.STATUS_MALFORMED, "It does not say by true or false if it was withdrawn.")
    elif proven.hosted is not None:
        finding = _still_hosted(proven.hosted, proven.assertion["id"], question)
    elif "revocationList" not in proven.profile:
        trail.passed("status", Reason.STATUS_NONE, "The issuer offers no list of withdrawn assertions.")
        return []
    else:
        finding = yield from _listed(proven, question)
    trail.add("status", finding.outcome, finding.reason, finding.detail, source=finding.source)
    return [finding]


def _still_hosted(answer: Fetched, address: str, question: Question) -> Finding:
    if question.seen.withdrew(address, address):
        return Finding(Reason.STATUS_REVOKED, "Its issuer had withdrawn it before.", source=answer)
    if question.now - answer.fetched_at > _GREATEST_AGE:
        return Finding(Reason.STATUS_STALE, "The copy of it is too old to rely on.", source=answer)
    return Finding(Reason.STATUS_CLEAR, "Its address does not say that it was withdrawn.", source=answer)


def _listed(proven: Proven, question: Question) -> Generator[Need, Any, Finding]:
    """Whether the list that the profile names has the assertion in it, by its id or its older `uid`."""
    url, host = proven.profile["revocationList"], proven.published.host
    if not isinstance(url, str) or authority(url) != host:
        detail = "The list is not signed, and stands elsewhere than on the issuer's own host."
        return Finding(Reason.STATUS_LIST_INVALID, detail)
    answer = present((yield Need("status_list", url)))
    if isinstance(answer, Unreachable):
        detail = f"The issuer's list of withdrawn assertions could not be read. {answer.detail}"
        return Finding(Reason.STATUS_UNREACHABLE, detail, source=answer.url)
    try:
        lines = _lines(answer, url, proven.published.issuer, question)
    except Refused as refused:
        return Finding(refused.reason, refused.detail, source=answer)
    # The shape asks for at least one of them.
    names = [name for member in ("id", "uid") if isinstance(name := proven.assertion.get(member), str)]
    listed = [name for name in names if name in lines]
    if not listed and not any(question.seen.withdrew(url, name) for name in names):
        detail = "The issuer's list does not say that it was withdrawn."
        return Finding(Reason.STATUS_CLEAR, detail, source=answer)
    for name in listed:  # not the other one, which the list does not name: it may be another badge's
        question.seen.withdraw(url, name)
    return _revoked(lines[listed[0]] if listed else {}, answer)


def _lines(answer: Fetched, url: str, issuer: str, question: Question) -> dict[str, Mapping[str, Any]]:
    """What the list says of each assertion, by id or `uid`; raises Refused."""
    if question.now - answer.fetched_at > _GREATEST_AGE:
        raise Refused(Reason.STATUS_STALE, "The copy of the list is too old to rely on.")
    try:
        found = loads(answer.body, max_bytes=LIMITS["status_list"])
    except StrictJsonError as refused:
        raise invalid(f"The list is not acceptable JSON. {refused.detail}") from None
    revoked = found.get("revokedAssertions") if isinstance(found, dict) else None
    if not isinstance(revoked, list):
        raise invalid("What was found is not a list of withdrawn assertions.")
    if found.get("id", url) != url or issuer_id(found) not in (None, issuer):
        raise invalid("The list is another issuer's, or belongs at another address.")
    lines: dict[str, Mapping[str, Any]] = {}
    for entry in revoked:
        line = entry if isinstance(entry, dict) else {"id": entry}
        for member in ("id", "uid"):
            if isinstance(name := line.get(member), str):
                lines[name] = line
    return lines


def _revoked(said: Mapping[str, Any], source: Fetched | None) -> Finding:
    given = said.get("revocationReason")
    why = f" It says: “{plain(given)}”." if isinstance(given, str) and given else ""
    return Finding(Reason.STATUS_REVOKED, f"The issuer has withdrawn this.{why}", source=source)
