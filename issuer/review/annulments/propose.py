"""Propose an annulment: compute what would follow, write it down under a digest, ask the items no more."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid4

import msgspec
from msgspec import Struct

from issuer import audit
from issuer.assessments.rating.store import own_persons
from issuer.assessments.sitting import open_bank
from issuer.db.pool import Connection, Db, Pool, transaction
from issuer.fairness.store import bank_digests
from issuer.fairness.suspend import suspend, suspension
from issuer.organizations.tokens import Principal
from issuer.review.annulments import store
from issuer.review.annulments.consequences import basis, consequences
from issuer.review.annulments.store import Annulment, Consequence, Scope
from issuer.review.store import is_known, is_listed
from keys.stores.file import FileStore
from schemas.problems import ProblemError

Cause = Literal["key", "leak"]
WHY_AT_MOST = 500  # characters


class Wanted(Struct, frozen=True):
    """What is to be annulled: items of a bank, by their ids, and why, in words for whoever met them.

    `bank_digests`: only these versions; none named means every version that holds one of the items.
    """

    bank_id: str
    items: tuple[str, ...]
    cause: Cause
    why: str
    bank_digests: tuple[str, ...] = ()


async def propose(
    pool: Pool, keystore: FileStore, principal: Principal, wanted: Wanted, *, at: datetime
) -> UUID:
    """Write a proposal with its list and suspend the items at once; returns the proposal's id.

    Nobody's result changes by it. A program may propose; of a person it is known who they are, so that they
    cannot approve it in another role, and no result of theirs is on the list. Raises problem `item.unknown`,
    `annulment.why`, `principal.unnamed`, `annulment.interested`.
    """
    organization_id = principal.organization_id
    if not await is_known(pool, organization_id, principal.id):
        raise ProblemError("principal.unnamed")
    own = await own_persons(pool, organization_id, principal.id)
    why = wanted.why.strip()
    if not why.replace("\n", " ").isprintable() or not 0 < len(why) <= WHY_AT_MOST:
        raise ProblemError("annulment.why")
    scope, title = await _scope(pool, organization_id, wanted)
    found = await consequences(pool, organization_id, await basis(pool, organization_id, scope))
    proposal = Annulment(
        organization_id=organization_id,
        id=uuid4(),
        bank_id=scope.bank_id,
        items=scope.items,
        bank_digests=scope.bank_digests,
        cause=wanted.cause,
        why=why,
        met=found.met,
        unreadable=found.unreadable,
        held_back=found.held_back,
        digest=b"",
        proposed_by=principal.id,
        proposed_with=principal.token_id,
        proposed_at=at,
    )
    proposal = msgspec.structs.replace(proposal, digest=digest(proposal, found.consequences))
    async with transaction(pool) as db:
        await store.insert(db, proposal, found.consequences)
        if await is_listed(db, organization_id, proposal.id, own):
            raise ProblemError("annulment.interested")  # nothing of it is kept
        await _suspend(db, keystore, proposal, title)
        await audit.append(
            db,
            organization_id,
            "annulment.proposed",
            str(proposal.id),
            principal_id=principal.id,
            digest=proposal.digest,
            at=at,
        )
    return proposal.id


def digest(proposal: Annulment, listed: Sequence[Consequence]) -> bytes:
    """SHA-256 over everything that whoever approves says yes to: the proposal, and its list in full."""
    content = {
        "organization": proposal.organization_id,
        "annulment": str(proposal.id),
        "bank": proposal.bank_id,
        "items": proposal.items,
        "bankDigests": proposal.bank_digests,
        "cause": proposal.cause,
        "why": proposal.why,
        "met": proposal.met,
        "unreadable": proposal.unreadable,
        "heldBack": proposal.held_back,
        "consequences": listed,
    }
    return hashlib.sha256(msgspec.json.encode(content, order="sorted")).digest()


async def _scope(db: Db, organization_id: str, wanted: Wanted) -> tuple[Scope, str]:
    """The versions in which the items do not count, and the bank's title."""
    held = dict[str, frozenset[str]]()
    title = ""
    for bank_digest in await bank_digests(db, organization_id):
        bank = await open_bank(db, organization_id, bank_digest)
        if bank.id == wanted.bank_id:
            held[bank_digest] = frozenset(item.id for item in bank.items)
            title = title or bank.title
    chosen = {name: items for name, items in held.items() if name in (wanted.bank_digests or held)}
    items = tuple(sorted(set(wanted.items)))
    known = frozenset[str]().union(*chosen.values())
    if not items or not known.issuperset(items) or not chosen.keys() >= set(wanted.bank_digests):
        raise ProblemError("item.unknown")
    digests = tuple(sorted(name for name, inside in chosen.items() if inside & set(items)))
    return Scope(wanted.bank_id, items, digests), title


async def _suspend(db: Connection, keystore: FileStore, proposal: Annulment, title: str) -> None:
    reason: Cause = "key" if proposal.cause == "key" else "leak"
    for item in proposal.items:
        place = proposal.organization_id, proposal.bank_id, item
        by, at = proposal.proposed_by, proposal.proposed_at
        await suspend(db, keystore, suspension(place, reason, by=by, at=at), title)
