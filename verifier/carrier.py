"""Step 1: what was handed over? Text is recognised, a picture is decoded, a link is followed; each once."""

from collections.abc import Generator
from typing import Any

from schemas.report import Outcome, Reason
from verifier.carriers import MAX_EVIDENCE, find, most, picture
from verifier.carriers.found import Found, refused
from verifier.fetch import GONE, Answer, Fetched, Need, Unreachable
from verifier.sandbox import Chore, Done, Undone
from verifier.trail import Trail

_NOTHING = "It is no token, JSON document, link or picture that could hold one."
_PAGE = "The link leads to a web page. Look there for a file or picture of the credential."
_ONWARD = "The link leads on, to another link or a picture. What stands there can be handed over itself."


def carrier(evidence: bytes, trail: Trail) -> Generator[Need | Chore, Any, Found | None]:
    """Return the token or JSON text, wherever it was; or say why there is none.

    A Chore is answered by Done or Undone, a Need by an Answer. A QR code may hold a link, and a link lead to
    a picture with a credential baked into it; no link and no picture to be decoded is followed beyond.
    """
    found, source = _within_bounds(evidence), None
    if found.kind == "picture":
        found = yield from _decode(found)
    if found.kind == "link":
        answer = yield from _follow(found.data.decode())
        if isinstance(answer, Unreachable) or answer.status == GONE:
            why = answer.detail if isinstance(answer, Unreachable) else "It is no longer there."
            detail = f"The link could not be opened. {why}"
            trail.unknown("carrier", Reason.CARRIER_UNREACHABLE, detail, source=answer.url)
            return None
        found, source = _within_bounds(answer.body), answer
        if found.kind in ("link", "picture"):
            found = refused(Reason.CARRIER_UNRECOGNISED, _ONWARD)
        elif found.reason is Reason.CARRIER_UNRECOGNISED and answer.media_type.startswith("text/html"):
            found = refused(Reason.CARRIER_UNRECOGNISED, _PAGE)
    return _told(found, source, trail)


def _within_bounds(evidence: bytes) -> Found:
    if len(evidence) > MAX_EVIDENCE and len(evidence) > (limit := most(evidence)):
        return refused(Reason.CARRIER_TOO_LARGE, f"This is longer than {limit} bytes.")
    if not evidence.strip():
        return refused(Reason.CARRIER_EMPTY, "There is nothing here.")
    return find(evidence) or refused(Reason.CARRIER_UNRECOGNISED, _NOTHING)


def _decode(found: Found) -> Generator[Chore, Done | Undone, Found]:
    return picture.decoded((yield Chore("picture", found.data)))


def _follow(url: str) -> Generator[Need, Answer, Answer]:
    return (yield Need("credential", url))


def _told(found: Found, source: Fetched | None, trail: Trail) -> Found | None:
    if found.kind == "unsupported":
        trail.unknown("carrier", Reason.CARRIER_UNSUPPORTED, found.detail, source=source)
        return None
    if found.reason is not None:
        # Where nobody looked, nothing can be said against it.
        outcome = Outcome.UNKNOWN if found.reason is Reason.CARRIER_NOT_DECODED else Outcome.FAIL
        trail.add("carrier", outcome, found.reason, found.detail, source=source)
        return None
    reason = Reason.CARRIER_TOKEN if found.kind == "token" else Reason.CARRIER_JSON
    trail.passed("carrier", reason, found.detail, source=source)
    return found
