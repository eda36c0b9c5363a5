"""What the catalogue of problems says of each code (schemas/problems.py)."""

import msgspec


class ProblemType(msgspec.Struct, frozen=True):
    """One row of the catalogue.

    `title` is the sentence that a person reads, `status` the HTTP status, `advice` what to do about it.
    """

    title: str
    status: int
    advice: str
