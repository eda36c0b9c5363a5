"""xAPI (IEEE 9274.1.1): a statement about a result becomes a receipt. Pure.

The object's id is the assessment, the statement's id the receipt's. Of levels xAPI knows
`success` alone: that is `passed` or `failed` here; and neither error nor cut: those stay unstated.
"""

from functools import partial
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from issuer.receipts.pieces import Piece, at
from issuer.receipts.store import Provider
from schemas.complaints import in_words
from schemas.receipt import Receipt, ReceiptRefused, receipt
from schemas.strict_json import StrictJsonError, loads

PASSED, FAILED = "passed", "failed"
STATEMENTS_AT_MOST = 200
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
# IEEE 9274.1.1, section 4.2.4.2: what a scaled score can be.
_SCALED = {"min": -1, "max": 1}


class Account(Struct, frozen=True, rename="camel"):
    """Whom a system knows by this name."""

    home_page: str
    name: str


class Actor(Struct, frozen=True, rename="camel"):
    """Whose result it is: by `mbox`, or by an account whose name is an id of ours."""

    mbox: str | None = None
    account: Account | None = None
    name: str | None = None


class Named(Struct, frozen=True, rename="camel"):
    """A verb or an activity, by its IRI."""

    id: str
    object_type: str | None = None


class Grade(Struct, frozen=True):
    """A score: `raw` between `min` and `max`, or `scaled` from -1 to 1."""

    scaled: float | None = None
    raw: float | None = None
    min: float | None = None
    max: float | None = None


class Outcome(Struct, frozen=True):
    """A result; `completion` false means that it is none yet."""

    score: Grade | None = None
    success: bool | None = None
    completion: bool | None = None


class Statement(Struct, frozen=True):
    """What is looked at of a statement."""

    id: Annotated[str, Meta(pattern="^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\\Z")]
    actor: Actor
    verb: Named
    object: Named
    result: Outcome
    timestamp: str | None = None
    version: str | None = None
    context: dict[str, Any] = {}


def from_xapi(
    body: bytes, provider: Provider, audience: str, base_url: str, when: float
) -> tuple[Piece, ...]:
    """Return the receipts that a statement, or a list of them, are, each with its own JSON.

    `when` they arrived is a NumericDate; accounts of `base_url` name people by ids of ours. Raises
    ReceiptRefused; codes besides those of `schemas.receipt.receipt`: receipt.unfinished, receipt.subject.
    """
    try:
        document = loads(body)
    except StrictJsonError as error:
        raise ReceiptRefused("receipt.malformed", error.detail) from None
    if not isinstance(document, list):
        return (Piece(_receipt(document, provider, audience, base_url, when), msgspec.json.encode(document)),)
    if not 0 < len(document) <= STATEMENTS_AT_MOST:
        raise ReceiptRefused("receipt.malformed", f"Send 1 to {STATEMENTS_AT_MOST} statements at once.")
    found = []
    for number, one in enumerate(document, 1):
        place = f"Statement {number}"
        read = at(place, partial(_receipt, one, provider, audience, base_url, when))
        found.append(Piece(read, msgspec.json.encode(one), place))
    return tuple(found)


def _receipt(members: Any, provider: Provider, audience: str, base_url: str, when: float) -> Receipt:
    try:
        statement = msgspec.convert(members, Statement)
    except msgspec.ValidationError as error:
        raise ReceiptRefused("receipt.malformed", in_words(str(error), whole="The statement")) from None
    if statement.verb.id == VOIDED or statement.object.object_type not in {None, "Activity"}:
        raise ReceiptRefused("receipt.malformed", "Only statements about an activity's result are receipts.")
    if statement.result.completion is False:
        raise ReceiptRefused("receipt.unfinished", "result.completion must not be false.")
    stated = {
        "name": statement.actor.name,
        "version": statement.context.get("revision"),
        "level": {None: None, True: PASSED, False: FAILED}[statement.result.success],
        "completedAt": statement.timestamp,
        **_score(statement.result.score or Grade()),
    }
    return receipt(
        {
            "iss": provider.issuer,
            "jti": statement.id.lower(),
            "iat": when,
            "aud": audience,
            "sub": _subject(statement.actor, base_url),
            "assessment": statement.object.id,
            **{name: value for name, value in stated.items() if value is not None},
        }
    )


def _score(grade: Grade) -> dict[str, Any]:
    """The score on its own scale: the raw one where its bounds are stated, else the scaled one."""
    if grade.raw is not None and grade.min is not None and grade.max is not None:
        return {"score": grade.raw, "scale": {"min": grade.min, "max": grade.max}}
    if grade.scaled is not None:
        return {"score": grade.scaled, "scale": _SCALED}
    if grade.raw is not None:
        raise ReceiptRefused("receipt.score", "A raw score needs its min and max.")
    return {}


def _subject(actor: Actor, base_url: str) -> str:
    if actor.mbox is not None and actor.account is None:
        return actor.mbox
    if actor.account is not None and actor.mbox is None and actor.account.home_page.rstrip("/") == base_url:
        return f"urn:uuid:{actor.account.name}"
    raise ReceiptRefused(
        "receipt.subject", "The actor must have an mbox, or an account here whose name is an id of ours."
    )
