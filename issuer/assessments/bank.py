"""Read a bank document: strict JSON, the schema, then lint; the digest is that of the bytes."""

import hashlib
from importlib import resources

import msgspec

from issuer.assessments.lint import lint
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
    """The document of a bank that comes with the product, exactly as it is to be digested.

    `<name>.offer` is how the demonstration publishes it.
    """
    return resources.files("issuer.assessments").joinpath("banks", f"{name}.json").read_bytes()


def digest(document: bytes) -> str:
    """SHA-256 of a bank's bytes, hexadecimal."""
    return hashlib.sha256(document).hexdigest()


def read_bank(document: bytes) -> Bank:
    """The bank in these bytes; raises BankRefused, naming the first thing that is wrong."""
    bank = parse_bank(document)
    for finding in lint(bank):
        raise BankRefused("bank.lint", finding)
    return bank


def parse_bank(document: bytes) -> Bank:
    """The bank in these bytes as they are; raises BankRefused where they do not have the form of one."""
    try:
        return msgspec.convert(loads(document, max_bytes=MAX_BYTES), Bank)
    except StrictJsonError as error:
        raise BankRefused("bank.json", f"The bank is not strict JSON: {error.detail}") from error
    except msgspec.ValidationError as error:
        raise BankRefused("bank.shape", f"The bank does not have the form of a bank: {error}") from error
