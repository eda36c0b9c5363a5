"""1EdTech Revocation List Status Method 1.0: a plain JSON list of withdrawn credentials, by their ids.

Nobody signs it. What speaks for it is that the credential, which is signed, names its address, and that it
is read over TLS from the issuer's own host; a list that stands elsewhere could be anybody's: unknown.
"""

from collections.abc import Generator, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec

from schemas.report import Reason
from schemas.status import RevocationList, RevokedCredential
from schemas.strict_json import StrictJsonError, loads
from verifier.fetch import LIMITS, Fetched, Need, Unreachable, present
from verifier.issuer_key import Published
from verifier.lint.rule import issuer_id
from verifier.question import Question
from verifier.status.finding import Finding, Refused, invalid
from verifier.words import plain

ENTRY_TYPE = "1EdTechRevocationList"

# It names no time of its own: for how long what was read from the issuer's host counts as what it says now.
_GREATEST_AGE = timedelta(hours=24)
# What a line of it takes in memory, in bytes.
_LINE = 256
_MEMBERS = ("revokedCredentials", "revokedCredential")  # the standard's name, and one that is met


def evaluate(
    entry: Mapping[str, Any], document: Mapping[str, Any], published: Published, question: Question
) -> Generator[Need, Any, Finding]:
    """Fetch the list from the issuer's own host, and look for the credential's id in it."""
    try:
        url, credential = _entry(entry, document, published)
    except Refused as refused:
        return Finding(refused.reason, refused.detail)
    answer = present((yield Need("status_list", url)))
    if isinstance(answer, Unreachable):
        detail = f"The issuer's list of withdrawn credentials could not be read. {answer.detail}"
        return Finding(Reason.STATUS_UNREACHABLE, detail, source=answer.url)
    try:
        revoked = _read(answer, url, published, question)
    except Refused as refused:
        return Finding(refused.reason, refused.detail, source=answer)
    line = revoked.get(credential)
    if line is not None and line.revoked:
        question.seen.withdraw(url, credential)
    # What was withdrawn stays so, unless the list says in so many words that it no longer is.
    elif line is not None or not question.seen.withdrew(url, credential):
        detail = "The issuer's list does not say that it was withdrawn."
        return Finding(Reason.STATUS_CLEAR, detail, source=answer)
    given = line.revocation_reason if line is not None else None
    said = f" It says: “{plain(given)}”." if given else ""
    return Finding(Reason.STATUS_REVOKED, f"The issuer has withdrawn this credential.{said}", source=answer)


def _entry(entry: Mapping[str, Any], document: Mapping[str, Any], published: Published) -> tuple[str, str]:
    """The list's address and the credential's id; raises Refused."""
    url, credential = entry.get("id"), document.get("id")
    if not isinstance(url, str):
        raise Refused(Reason.STATUS_MALFORMED, "The status entry does not say where its list stands.")
    if not isinstance(credential, str):
        detail = "The credential has no id by which a list could name it."
        raise Refused(Reason.STATUS_MALFORMED, detail)
    try:
        host: str | None = urlsplit(url).netloc.lower()
    except ValueError:
        host = None
    if not host or host != published.host:
        detail = "The list is not signed, and stands elsewhere than on the issuer's own host."
        raise Refused(Reason.STATUS_LIST_INVALID, detail)
    return url, credential


def _read(
    answer: Fetched, url: str, published: Published, question: Question
) -> Mapping[str, RevokedCredential]:
    """What the list says of each credential, by its id; raises Refused."""
    if question.now - answer.fetched_at > _GREATEST_AGE:
        raise Refused(Reason.STATUS_STALE, "The copy of the list is too old to rely on.")
    key = (ENTRY_TYPE, url, published.issuer, answer.body)
    found: Mapping[str, RevokedCredential] | None = question.seen.lists.get(key)
    if found is None:
        found = _take_apart(answer.body, url, published.issuer)
        question.seen.lists.put(key, found, len(answer.body) + _LINE * len(found))
    return found


def _take_apart(body: bytes, url: str, issuer: str) -> dict[str, RevokedCredential]:
    try:
        document = loads(body, max_bytes=LIMITS["status_list"])
        if not isinstance(document, dict) or not any(member in document for member in _MEMBERS):
            raise invalid("What was found is not a revocation list.")
        lines = [line for member in _MEMBERS for line in _lines(document.get(member))]
        named = {**document, "issuer": issuer_id(document), "revokedCredentials": lines}
        found = msgspec.convert(named, RevocationList)
    except StrictJsonError as refused:
        raise invalid(f"The list is not acceptable JSON. {refused.detail}") from None
    except msgspec.ValidationError as error:
        raise invalid(f"The list is malformed: {error}.") from None
    if found.issuer != issuer:
        raise invalid("The list is another issuer's.")
    if found.id != url:
        raise invalid("The list says that it belongs at another address.")
    # Of several lines about one credential, one that withdraws it counts.
    return {line.id: line for line in sorted(found.revoked_credentials, key=lambda line: line.revoked)}


def _lines(value: Any) -> list[Any]:
    """A member that may hold one, several or none."""
    return value if isinstance(value, list) else [] if value is None else [value]
