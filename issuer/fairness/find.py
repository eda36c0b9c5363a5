"""Find what a person names by its ids: a bank in any of its versions, an item of it."""

from issuer.assessments.sitting import open_bank
from issuer.db.pool import Db
from issuer.fairness import store
from schemas.assessment import Bank
from schemas.problems import ProblemError


async def versions(db: Db, organization_id: str, bank_id: str) -> tuple[Bank, ...]:
    """Every version of a bank that the organisation has used, the newest first."""
    digests = await store.bank_digests(db, organization_id)
    banks = [await open_bank(db, organization_id, digest) for digest in digests]
    return tuple(bank for bank in banks if bank.id == bank_id)


async def title_of(db: Db, organization_id: str, bank_id: str, item_id: str) -> str:
    """The title of the newest version of a bank that holds an item; raises problem `item.unknown`."""
    for bank in await versions(db, organization_id, bank_id):
        if bank.item(item_id) is not None:
            return bank.title
    raise ProblemError("item.unknown")
