"""Words that people write to people: what they may hold, and how they are sealed."""

import textwrap
import unicodedata
from uuid import UUID

from issuer.people.enroll import OVERRIDES
from schemas.problems import ProblemError

AT_MOST = 2000  # characters
WIDE = 72  # a line of a letter


def read_words(text: str) -> str:
    """Return the text with plain line ends, in NFC; raises problem `review.words` with what to mend."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    if any(sign in OVERRIDES or (not _is_text(sign) and sign not in "\n\t") for sign in lines):
        raise ProblemError(
            "review.words", "It holds a sign that is no text. Write it again, or paste it without formatting."
        )
    words = unicodedata.normalize("NFC", lines).strip()
    if not words:
        raise ProblemError("review.words", "Write what should be looked at. One sentence is enough.")
    if len(words) > AT_MOST:
        beyond = f"It has {len(words):,} characters, and {AT_MOST:,} are possible. Shorten it a little."
        raise ProblemError("review.words", beyond)
    return words


def wrapped(words: str) -> str:
    """Return the words for a letter: no line is longer than mail can carry."""
    return "\n".join(textwrap.fill(line, WIDE) for line in words.split("\n"))


def context(request_id: UUID, what: bytes) -> bytes:
    """What binds sealed words to their place; `what` is `words` or `answer`."""
    return b"review\n" + request_id.bytes + what


def _is_text(sign: str) -> bool:
    return unicodedata.category(sign) not in {"Cc", "Cs"}
