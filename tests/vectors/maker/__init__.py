"""The families of cases, as one tuple."""

from collections.abc import Callable, Iterable
from functools import partial

from tests.vectors.maker import (
    badge,
    badges2,
    endorsed,
    integrity,
    issuers,
    jose,
    older,
    pictures,
    presented,
    status,
    vouching,
    w3c,
)
from verifier.conformance.case import Case

FAMILIES: tuple[Callable[[], Iterable[Case]], ...] = (
    partial(jose.cases, jose.OB_JWT),
    badge.cases,
    issuers.cases,
    status.cases,
    partial(jose.cases, jose.VC_JWT),
    w3c.cases,
    integrity.cases,
    presented.cases,
    older.cases,
    badges2.cases,
    pictures.cases,
    endorsed.cases,
    vouching.cases,
)
