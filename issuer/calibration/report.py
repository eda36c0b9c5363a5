"""The result of a calibration as it is printed: one object for programs, one table for people."""

from collections import Counter
from collections.abc import Iterator, Sequence
from math import isnan

from msgspec import UNSET, Struct, UnsetType

from issuer.calibration.calibrate import Calibrated, Estimate, estimates, latent_sd, rounded, warnings
from issuer.calibration.dif import Class, Dif
from issuer.calibration.fit import MISFIT, ItemFit, item_fit, misfits
from issuer.calibration.link import Link, linked
from schemas.assessment import DifSummary, FitSummary
from schemas.items import Model

CLASSES: tuple[Class, ...] = ("A", "B", "C", "insufficient data", "not computed")
"""In the order of the summary's fields."""


class Fit(Struct, frozen=True):
    """How an item fits (issuer/calibration/fit.py); None where too few people met it to say."""

    infit: float
    outfit: float
    chi_square: float | None
    df: int
    p: float | None
    gap: float | None
    misfit: bool


class Item(Estimate, frozen=True, kw_only=True):
    """An item's parameters, their standard errors, and its fit."""

    fit: Fit


class OldScale(Struct, frozen=True):
    """The scale that the figures are on: how many items carry the link, and which drifted away from it."""

    anchors: int
    drifting: tuple[str, ...]


class Report(Struct, frozen=True, kw_only=True):
    """`n` people with an answer at least; `left_out` met no item that was calibrated.

    The people have `latent_mean` and `latent_sd` on the scale of the parameters: mean 0, unless linked to an
    older scale (`link`). `dif` is there where groups were compared.
    """

    model: Model
    n: int
    left_out: int
    log_likelihood: float
    latent_sd: float
    latent_mean: float = 0.0
    responses: str
    items: tuple[Item, ...]
    warnings: tuple[str, ...]
    dif: tuple[Dif, ...] | UnsetType = UNSET
    link: OldScale | UnsetType = UNSET


def report(
    calibrated: Calibrated, compared: tuple[Dif, ...] | UnsetType = UNSET, link: Link | None = None
) -> Report:
    """Parameters, errors and fit of every item, what to be careful with, and groups if compared."""
    fits = item_fit(calibrated)
    flags = misfits(fits)
    printed = estimates(calibrated) if link is None else estimates(linked(calibrated, link), linked=True)
    items = tuple(
        Item(**{name: getattr(one, name) for name in one.__struct_fields__}, fit=_fit(fit, misfit=misfit))
        for one, fit, misfit in zip(printed, fits, flags, strict=True)
    )
    return Report(
        model=calibrated.setting.model,
        n=len(calibrated.responses.persons),
        left_out=calibrated.responses.dropped,
        log_likelihood=rounded(calibrated.fitted.log_likelihood),
        latent_sd=latent_sd(calibrated) if link is None else rounded(link.slope),
        latent_mean=0.0 if link is None else rounded(link.shift),
        link=UNSET if link is None else OldScale(len(link.anchors), link.drifting),
        responses=calibrated.responses.digest(),
        items=items,
        warnings=warnings(calibrated),
        dif=compared,
    )


def fit_summary(found: Report) -> FitSummary | None:
    """How many items do not fit, of those of which that can be said; None if there is no such item."""
    looked_at = [item.fit for item in found.items if item.fit.p is not None]
    return FitSummary(len(looked_at), sum(fit.misfit for fit in looked_at), MISFIT) if looked_at else None


def dif_summaries(found: Report, reference: str) -> tuple[DifSummary, ...]:
    """How many items differ, one comparison with the reference group after the other."""
    compared = () if found.dif is UNSET else found.dif
    return tuple(
        _summary(f"{group} against {reference}", Counter(one.found for one in compared if one.group == group))
        for group in dict.fromkeys(one.group for one in compared)
    )


def _summary(comparison: str, by_class: Counter[Class]) -> DifSummary:
    of_class = (by_class[one] for one in CLASSES)
    return DifSummary(comparison, *of_class)


def lines(found: Report) -> Iterator[str]:
    """The report for people to read."""
    head = f"{found.model}: {found.n:,} people, {len(found.items)} items, log-likelihood "
    yield f"{head}{found.log_likelihood:.3f}, latent SD {found.latent_sd:.4f}"
    rows = [[item.id, f"{item.n:,}", *_parameters(item), *_fitting(item.fit)] for item in found.items]
    if found.link is not UNSET:
        drifting = ", ".join(found.link.drifting) or "none"
        yield f"On the old scale by {found.link.anchors} anchors: mean {found.latent_mean:.4f}"
        yield f"Anchors that drifted: {drifting}"
    asymptote = ["c", "se"] if found.model == "3pl" else []
    yield from table(
        ["item", "n", "a", "se", "b", "se", *asymptote, "infit", "outfit", "p", "gap", ""],
        rows,
    )
    yield from (f"Note: {warning}" for warning in found.warnings)
    if found.dif is not UNSET:
        yield ""
        rows = [
            [one.id, one.group, f"{one.n_reference:,}", f"{one.n_focal:,}", *_compared(one)]
            for one in found.dif
        ]
        yield from table(["item", "group", "reference", "focal", "D", "from", "to", "class"], rows)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines in columns: the first to the left, figures to the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        first, *others = (
            cell.rjust(width) if n else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join((first, *others)).rstrip()


def _parameters(item: Item) -> Iterator[str]:
    yield f"{item.a:.3f}"
    yield f"{item.se_a:.3f}" if item.se_a else "-"
    for several in (item.b, item.se_b):
        yield " ".join(f"{one:.3f}" for one in (several if isinstance(several, tuple) else (several,)))
    if isinstance(item.c, float) and isinstance(item.se_c, float):
        yield f"{item.c:.3f}"
        yield f"{item.se_c:.3f}"


def _fitting(fit: Fit) -> Iterator[str]:
    yield f"{fit.infit:.2f}"
    yield f"{fit.outfit:.2f}"
    yield "-" if fit.p is None else f"{fit.p:.3f}"
    yield "-" if fit.gap is None else f"{fit.gap:.3f}"
    yield "misfit" if fit.misfit else ""


def _compared(one: Dif) -> Iterator[str]:
    for value in (one.d, one.low, one.high):
        yield "-" if value is None else f"{value:.2f}"
    yield one.found


def _fit(fit: ItemFit, *, misfit: bool) -> Fit:
    chi_square, p, gap = (
        None if isnan(value) else rounded(value) for value in (fit.chi_square, fit.p, fit.gap)
    )
    return Fit(rounded(fit.infit), rounded(fit.outfit), chi_square, fit.df, p, gap, misfit)
