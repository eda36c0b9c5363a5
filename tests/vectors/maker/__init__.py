"""The families of cases, as one tuple."""

from collections.abc import Callable, Iterable
from functools import partial

from tests.vectors.maker import badge, issuers, jose, status
from verifier.conformance.case import Case

FAMILIES: tuple[Callable[[], Iterable[Case]], ...] = (
    partial(jose.cases, jose.OB_JWT),
    badge.cases,
    issuers.cases,
    status.cases,
)
