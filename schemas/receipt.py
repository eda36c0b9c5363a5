"""Assessment receipts: what an outside provider states of one person's result, in one canonical form.

A member that a provider leaves away is *unstated*: it is shown as such and never guessed.
"""

import math
import re
import unicodedata
from datetime import datetime
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta, Struct

from schemas.assessment import Assurance
from schemas.complaints import in_words
from schemas.times import TimeRefused, date_time_stamp

TYPE = "assessment-receipt+jwt"
MEDIA_TYPE = "application/jwt"
UNSTATED: Literal["unstated"] = "unstated"
StatedAssurance = Assurance | Literal["unstated"]
# Each with what it is at least: the later, the less is left open about who answered.
ASSURANCES: tuple[StatedAssurance, ...] = (UNSTATED, *get_args(Assurance))
# How we know that a receipt is its provider's: by its own signature, by the token that it was sent with, or
# from whoever operates this service.
Secured = Literal["signature", "token", "operator"]

Text = Annotated[str, Meta(min_length=1, max_length=200)]
Digest = Annotated[str, Meta(pattern=r"^sha256-[0-9a-f]{64}\Z")]
# As RFC 3986 has it, without what could end it in another syntax.
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\\x7f-\x9f]+")
_URI_AT_MOST = 500
# Marks of a link or of markup: these words are signed into a credential, whose readers may render Markdown.
_MARKUP = re.compile(r"[<>\[\]`\\]|://")
# Unicode Standard Annex 9, section 2: what makes text read other than it is written.
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class ReceiptRefused(ValueError):  # noqa: N818 — the house's name: what a refusal is, not that it is an error
    """A receipt that says something it must not, or contradicts itself; `code` is a problem code."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class Scale(Struct, frozen=True, forbid_unknown_fields=True):
    """The least and the greatest score that there can be."""

    min: Annotated[float, Meta(description="The least score.", examples=[0])]
    max: Annotated[float, Meta(description="The greatest score.", examples=[100])]

    def holds(self, value: float) -> bool:
        """Whether a score, or a cut, can stand on this scale."""
        return self.min <= value <= self.max


class Receipt(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """One result of one person; the claims of the JWS where the provider signs.

    `sub` is `mailto:` and an e-mail address, or `urn:uuid:` and the id of an invitation or a person of ours;
    `name` is how somebody who is new here writes their name. `score`, `cut` and `error` (the standard error)
    are on `scale`; `cut` is the one that `level` asks for. `iat` is a NumericDate, `completed_at` a
    dateTimeStamp, `evidence_digest` `sha256-` and hexadecimal.
    """

    iss: str
    jti: Text
    iat: float
    aud: str | tuple[str, ...]
    sub: Annotated[str, Meta(min_length=1, max_length=400)]
    assessment: str
    name: str | None = None
    version: Text | None = None
    score: float | None = None
    scale: Scale | None = None
    error: float | None = None
    cut: float | None = None
    level: Text | None = None
    evidence_digest: Digest | None = None
    assurance: Assurance | None = None
    permitted_aids: Text | None = None
    completed_at: str | None = None

    @property
    def unstated(self) -> tuple[str, ...]:
        """The optional members that the provider left away, by their names in the receipt."""
        return tuple(name for field, name in _OPTIONAL if getattr(self, field) is None)

    @property
    def completed(self) -> datetime | None:
        """When the assessment was completed, in UTC; raises TimeRefused for what is no time."""
        return None if self.completed_at is None else date_time_stamp(self.completed_at)

    @property
    def sure(self) -> StatedAssurance:
        """How sure the provider says one can be of who answered."""
        return self.assurance or UNSTATED


_OPTIONAL = tuple(
    (field.name, field.encode_name)
    for field in msgspec.structs.fields(Receipt)
    if field.default is None and field.name != "name"
)


def receipt(members: Any) -> Receipt:
    """Convert and check plain members (from strict JSON); raises ReceiptRefused.

    Codes: receipt.malformed, receipt.score and receipt.cut (off the scale, or without one).
    """
    try:
        found = msgspec.convert(members, Receipt)
    except msgspec.ValidationError as error:
        raise ReceiptRefused("receipt.malformed", in_words(str(error), whole="The receipt")) from None
    _numbers(found)
    _words(found)
    return found


def is_uri(text: str) -> bool:
    """Whether this is an absolute URI of at most 500 characters."""
    return len(text) <= _URI_AT_MOST and _URI.fullmatch(text) is not None


def is_plain(text: str) -> bool:
    """Whether this is words and nothing else: no control, no change of direction, no link, no markup."""
    unfit = any(unicodedata.category(sign) in {"Cc", "Cs", "Co", "Zl", "Zp"} for sign in text)
    return not unfit and _OVERRIDES.isdisjoint(text) and _MARKUP.search(text) is None


def _numbers(found: Receipt) -> None:
    scale, error = found.scale, found.error
    stated = (found.score, found.cut, error, *((scale.min, scale.max) if scale else ()))
    if not all(math.isfinite(value) for value in stated if value is not None):
        raise ReceiptRefused("receipt.malformed", "A number is beyond what can be counted with.")
    if scale is not None and scale.min >= scale.max:
        raise ReceiptRefused("receipt.malformed", "The scale's min must be less than its max.")
    if error is not None and error <= 0:
        raise ReceiptRefused("receipt.malformed", "The error must be more than 0.")
    for name, value in (("score", found.score), ("cut", found.cut)):
        if value is None:
            continue
        if scale is None:
            raise ReceiptRefused(f"receipt.{name}", f"The {name} is stated, but not the scale that it is on.")
        if not scale.holds(value):
            raise ReceiptRefused(
                f"receipt.{name}", f"The {name} is outside the scale from {scale.min:g} to {scale.max:g}."
            )


def _words(found: Receipt) -> None:
    for name, uri in (("iss", found.iss), ("assessment", found.assessment)):
        if not is_uri(uri):
            raise ReceiptRefused("receipt.malformed", f"{name} must be an absolute URI.")
    words = {"version": found.version, "level": found.level, "permittedAids": found.permitted_aids}
    for name, text in words.items():
        if text is not None and not is_plain(text):
            raise ReceiptRefused("receipt.malformed", f"{name} must be plain words, without links or markup.")
    try:
        _ = found.completed
    except TimeRefused as refused:
        raise ReceiptRefused("receipt.malformed", f"completedAt is {refused}.") from None
