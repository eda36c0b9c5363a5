"""Read a bank document: strict JSON, the schema, then lint; the digest is that of the bytes."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from importlib import resources

import msgspec

from issuer.assessments import kinds
from issuer.assessments.kinds.choice import ID
from schemas.assessment import Bank
from schemas.strict_json import StrictJsonError, loads

MAX_BYTES = 8 * 1024 * 1024


class BankRefused(Exception):  # noqa: N818 - a refusal with a stable code, not an error of ours
    """`code` is bank.json, bank.shape or bank.lint; `detail` is a sentence that names the place."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def shipped(name: str = "sql-for-analysts") -> bytes:
    """The document of a bank that comes with the product, exactly as it is to be digested."""
    return resources.files("issuer.assessments").joinpath("banks", f"{name}.json").read_bytes()


def digest(document: bytes) -> str:
    """SHA-256 of a bank's bytes, hexadecimal."""
    return hashlib.sha256(document).hexdigest()


def read_bank(document: bytes) -> Bank:
    """The bank in these bytes; raises BankRefused, naming the first thing that is wrong."""
    try:
        bank = msgspec.convert(loads(document, max_bytes=MAX_BYTES), Bank)
    except StrictJsonError as error:
        raise BankRefused("bank.json", f"The bank is not strict JSON: {error.detail}") from error
    except msgspec.ValidationError as error:
        raise BankRefused("bank.shape", f"The bank does not have the form of a bank: {error}") from error
    for finding in lint(bank):
        raise BankRefused("bank.lint", finding)
    return bank


def lint(bank: Bank) -> Iterator[str]:
    """A sentence for each thing that would make the bank unfit to use."""
    if not bank.areas or not bank.items:
        yield "The bank needs at least one area and one item."
    areas = [area.id for area in bank.areas]
    ids = areas + [item.id for item in bank.items]
    yield from (f"The id {name!r} is used more than once." for name, n in Counter(ids).items() if n > 1)
    yield from (
        f"The id {name!r} may hold lower-case letters, digits, '.', '_', '-' only."
        for name in ids
        if not ID.fullmatch(name)
    )
    for area in bank.areas:
        if not any(item.area == area.id for item in bank.items):
            yield f"Area {area.id} has no items."
        if any(not link.url.startswith("https://") for link in area.links):
            yield f"Area {area.id} has a link that is not https."
    for item in bank.items:
        if item.area not in areas:
            yield f"Item {item.id} is in an area that the bank does not have."
        yield from kinds.lint(item)
