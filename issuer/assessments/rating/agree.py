"""How raters agree: exact agreement and Cohen's kappa for each criterion, from the logs."""

from collections.abc import Iterable
from uuid import UUID

from msgspec import Struct

from issuer.assessments.kinds.task import RATERS, Agreement, agreement, met, pooled, votes
from issuer.assessments.rating import store
from issuer.assessments.sitting import open_bank
from issuer.assessments.versions import same_question
from issuer.db.pool import Db
from schemas.assessment import Bank, Rating
from schemas.items import Task
from schemas.problems import ProblemError

FEWEST = 20
"""Works that two persons rated, below which a public document says nothing of how they agree."""

DECIMALS = 2


class CriterionAgreement(Struct, frozen=True, rename="camel"):
    """Agreement of the first two raters on one criterion of a task, over `works` that both rated.

    `exact` is the share with the same points, `kappa` Cohen's (unweighted); None where undefined.
    """

    item: str
    criterion: str
    name: str
    works: int
    exact: float | None
    kappa: float | None


class BankAgreement(Struct, frozen=True, rename="camel"):
    """Agreement on all tasks of one bank version; `thirds` counts the works of which two raters differed."""

    bank_digest: str
    version: str
    thirds: int
    criteria: tuple[CriterionAgreement, ...]


async def agreement_of(db: Db, organization_id: str, bank_digest: str) -> BankAgreement:
    """Return how raters agree on the tasks of a bank version; raises problem `assessment.unknown`."""
    bank = await open_bank(db, organization_id, bank_digest)
    given = await store.ratings(db, organization_id, bank_digest)
    return summarise(bank, bank_digest, _works(given))


async def agreement_by_version(db: Db, organization_id: str, slug: str) -> tuple[BankAgreement, ...]:
    """Return how raters agree on each bank of an assessment, the latest first.

    Raises problem `assessment.unknown`.
    """
    digests = await store.bank_digests(db, organization_id, slug)
    if not digests:
        raise ProblemError("assessment.unknown")
    return tuple([await agreement_of(db, organization_id, one) for one in digests])


async def known_agreement(db: Db, organization_id: str, slug: str, bank: Bank) -> Agreement | None:
    """How raters agreed so far on the tasks of this bank, in whichever version of the assessment. Pooled.

    None where fewer works were rated than say something, and than a single one would show in.
    """
    tasks = {item.id: item for item in bank.items if isinstance(item, Task) and item.state == "live"}
    found: list[tuple[Task, Rating, Rating]] = []
    for bank_digest in await store.bank_digests(db, organization_id, slug) if tasks else ():
        before = await open_bank(db, organization_id, bank_digest)
        given = await store.ratings(db, organization_id, bank_digest)
        for work in _works(given):
            task, was = tasks.get(work[0].item), before.item(work[0].item)
            if task is None or was is None or not same_question(was, task):
                continue
            counted = votes(task, work)
            if len(counted) >= RATERS:
                found.append((task, counted[0], counted[1]))
    if len(found) < FEWEST:
        return None
    agreed = pooled(found)
    return Agreement(agreed.works, _rounded(agreed.exact), _rounded(agreed.kappa))


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, DECIMALS)


def _works(given: Iterable[tuple[UUID, Rating]]) -> tuple[tuple[Rating, ...], ...]:
    """Of each session and task, the ratings in the order in which they were given."""
    works: dict[tuple[UUID, str], list[Rating]] = {}
    for session_id, rating in given:
        works.setdefault((session_id, rating.item), []).append(rating)
    return tuple(map(tuple, works.values()))


def summarise(bank: Bank, bank_digest: str, works: tuple[tuple[Rating, ...], ...]) -> BankAgreement:
    """Agreement over works; each is its ratings of one task, in the order in which they were given. Pure."""
    rows: list[CriterionAgreement] = []
    thirds = 0
    for task in (item for item in bank.items if isinstance(item, Task)):
        counted = [votes(task, work) for work in works if work[0].item == task.id]
        pairs = [(work[0], work[1]) for work in counted if len(work) >= RATERS]
        thirds += sum(None in met(task, pair).values() for pair in pairs)
        names = {one.id: one.name for one in task.rubric}
        rows += [_row(task.id, one, names[one], found) for one, found in agreement(task, pairs).items()]
    return BankAgreement(bank_digest, bank.version, thirds, tuple(rows))


def _row(item: str, criterion: str, name: str, found: Agreement) -> CriterionAgreement:
    return CriterionAgreement(item, criterion, name, found.works, found.exact, found.kappa)
