"""Whether items are harder for a group than for others who can do as much: DIF of an assessment's answers.

Calibration compares (issuer/calibration/dif.py), on a Rasch scale of these very answers. Only what is still
kept can be compared.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping
from itertools import chain
from typing import TYPE_CHECKING
from uuid import UUID

from msgspec import Struct

from issuer.assessments.earlier.store import annulled
from issuer.assessments.scoring import NOTHING, evidence
from issuer.assessments.session import read
from issuer.assessments.sitting import open_bank
from issuer.db.pool import Db
from issuer.fairness import store

if TYPE_CHECKING:
    from issuer.calibration.dif import Dif

BATCH = 200
FEWEST = 200
"""Answers of each group, as in issuer/calibration/dif.py."""
FEWEST_ITEMS = 5
TOO_FEW = "Insufficient data: it takes five items with 200 answers of each group."
NOT_INSTALLED = "Not computed: it needs assay[measurement], which is not installed here."
Answers = dict[UUID, dict[str, bool]]
"""Session -> item -> whether it was right."""


class Flagged(Struct, frozen=True, rename="camel"):
    """An item in class B or C, with the ETS delta and its 95 % interval, to one decimal."""

    item: str
    ets: str
    delta: float
    low: float
    high: float
    sentence: str


class Functioning(Struct, frozen=True, rename="camel"):
    """Items compared between two groups, how many had too few answers, and those that need a look."""

    reference: str
    focal: str
    compared: int
    insufficient: int
    flagged: tuple[Flagged, ...]
    sentence: str


async def answers(db: Db, organization_id: str, members: Mapping[UUID, str]) -> Answers:
    """The answers of sessions whose group is known; a log of which only the decision is left has none.

    Items that were annulled are none of what people are matched by, and not compared.
    """
    found: Answers = {}
    unfit = await annulled(db, organization_id)
    sessions = sorted(members)
    for start in range(0, len(sessions), BATCH):
        logs = await store.logs(db, organization_id, sessions[start : start + BATCH])
        for session_id, events in logs.items():
            if events:  # otherwise its result is kept, its log is not
                session = read(events)
                bank = await open_bank(db, organization_id, session.started.bank_digest)
                gone = unfit.get(session.started.bank_digest, NOTHING)
                scored = chain.from_iterable(evidence(bank, session, gone))
                found[session_id] = {one.item: one.right for one in scored}
    return found


async def between(
    db: Db, organization_id: str, members: Mapping[UUID, str], groups: Collection[str]
) -> tuple[Functioning, ...]:
    """Read the answers of the members of these groups, and compare every item between the groups."""
    held = await answers(db, organization_id, members)
    # Seconds of figures: in a thread, so that the service goes on answering.
    return await asyncio.to_thread(functioning, held, members, groups)


def functioning(
    held: Answers, members: Mapping[UUID, str], groups: Collection[str]
) -> tuple[Functioning, ...]:
    """Compare every item between the largest of the groups and each of the others.

    Needs NumPy, and says so where it is not installed.
    """
    sizes = Counter(members[session] for session in held)
    ordered = sorted(groups, key=lambda name: (-sizes[name], name))
    return tuple(_compare(held, members, ordered[0], focal) for focal in ordered[1:])


def _compare(held: Answers, members: Mapping[UUID, str], reference: str, focal: str) -> Functioning:
    own = {session: rows for session, rows in held.items() if members[session] in {reference, focal}}
    told = Counter((members[session], item) for session, rows in own.items() for item in rows)
    right = Counter(item for rows in own.values() for item, correct in rows.items() if correct)
    items = sorted({item for _, item in told})
    fit = [
        item
        for item in items
        if min(told[reference, item], told[focal, item]) >= FEWEST
        and 0 < right[item] < told[reference, item] + told[focal, item]
    ]
    if len(fit) < FEWEST_ITEMS:
        return Functioning(reference, focal, 0, len(items), (), TOO_FEW)
    try:
        from issuer.fairness import matched  # noqa: PLC0415 - NumPy, which nothing else here needs
    except ModuleNotFoundError:
        return Functioning(reference, focal, 0, len(items), (), NOT_INSTALLED)
    sheets = [rows for rows in own.values() if rows.keys() & set(fit)]
    focals = [members[session] == focal for session, rows in own.items() if rows.keys() & set(fit)]
    found = matched.compare(sheets, focals, fit)
    if found is None:
        return Functioning(reference, focal, 0, len(items), (), TOO_FEW)
    flagged = tuple(_flagged(one, focal) for one in found if one.acts)
    compared = sum(one.d is not None for one in found)
    sentence = f"{compared} items compared. In need of a look: {len(flagged) or 'none'}."
    return Functioning(reference, focal, compared, len(items) - compared, flagged, sentence)


def _flagged(one: "Dif", focal: str) -> Flagged:
    delta, low, high = (round(value or 0.0, 1) for value in (one.d, one.low, one.high))
    way = "harder" if delta < 0 else "easier"
    sentence = f"It is {way} for {focal} than for others who can do as much."
    return Flagged(one.id, one.found, delta, low, high, sentence)
