"""Which forms an organisation releases its awards in: as it chose, or the default while it made no choice.

A choice holds for every award in good standing: the reconciling job adds a form that an earlier one lacks.
Forms that were released under another choice stay what they are, and get their successors all the same.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from issuer import audit
from issuer.db.pool import Db, Pool, transaction
from issuer.issuance.profiles import BY_NAME, DEFAULT, PROFILES, FormProfile
from issuer.issuance.store import Form
from issuer.organizations.keys import activate, publish_keys, ring
from issuer.organizations.store import lock_organization
from issuer.settings import Settings
from keys.stores.file import FileStore
from schemas.problems import ProblemError


class Wanted(msgspec.Struct, frozen=True):
    """A form to have, and the algorithm that new ones are signed with."""

    profile: FormProfile
    algorithm: str

    def __str__(self) -> str:
        return f"{self.profile.name}:{self.algorithm}"


def default() -> tuple[Wanted, ...]:
    """Return what is released for an organisation that made no choice."""
    return tuple(Wanted(profile, profile.algorithms[0]) for profile in PROFILES if profile.name in DEFAULT)


async def chosen(db: Db, organization_id: str) -> tuple[Wanted, ...]:
    """Return the forms that the organisation wants, in the order of importance; never none."""
    return await _stored(db, organization_id) or default()


def wanted(choice: Iterable[Wanted], forms: Iterable[Form]) -> tuple[Wanted, ...]:
    """Return the forms that one award should have: those chosen, and those that it has or is getting."""
    algorithms = {one.profile.name: one.algorithm for one in choice}
    for form in forms:
        if form.state != "abandoned" and form.profile in BY_NAME:
            algorithms.setdefault(form.profile, BY_NAME[form.profile].algorithms[0])
    return tuple(
        Wanted(profile, algorithms[profile.name]) for profile in PROFILES if profile.name in algorithms
    )


def parse(named: Sequence[tuple[str, str | None]]) -> tuple[Wanted, ...]:
    """Return a choice from names of profiles and algorithms (None: the profile's usual one).

    Raises problems `forms.none`, `forms.unknown`, `forms.algorithm`, `forms.repeated`.
    """
    if not named:
        raise ProblemError("forms.none")
    if len({name for name, _ in named}) != len(named):
        raise ProblemError("forms.repeated")
    for name, algorithm in named:
        if name not in BY_NAME:
            raise ProblemError("forms.unknown", f"The forms are {', '.join(BY_NAME)}.")
        possible = BY_NAME[name].algorithms
        if algorithm is not None and algorithm not in possible:
            raise ProblemError("forms.algorithm", f"{name} is signed with {' or '.join(possible)}.")
    asked = dict(named)
    return tuple(
        Wanted(profile, asked[profile.name] or profile.algorithms[0])
        for profile in PROFILES
        if profile.name in asked
    )


async def choose(
    pool: Pool,
    keystore: FileStore,
    settings: Settings,
    organization_id: str,
    choice: tuple[Wanted, ...],
    clock: Callable[[], datetime],
    *,
    principal_id: UUID | None = None,
) -> None:
    """Release awards in these forms from now on; what is released already stays.

    Keys that are missing are made and published in the same commit. Repeating a choice changes nothing.
    """
    async with transaction(pool) as db:
        await lock_organization(db, organization_id)
        if await _stored(db, organization_id) == choice:
            return
        at = clock()
        await db.execute("DELETE FROM organization_form WHERE organization_id = $1", organization_id)
        await db.executemany(
            "INSERT INTO organization_form (organization_id, profile, algorithm, chosen_at)"
            " VALUES ($1, $2, $3, $4)",
            [(organization_id, one.profile.name, one.algorithm, at) for one in choice],
        )
        said = " ".join(map(str, choice))
        await audit.append(db, organization_id, "forms.chosen", said, principal_id=principal_id, at=at)
        algorithms = {one.algorithm for one in choice}
        await _make_keys(db, keystore, settings, organization_id, algorithms, at, principal_id)


async def ensure_keys(
    pool: Pool, keystore: FileStore, settings: Settings, clock: Callable[[], datetime]
) -> int:
    """Make the keys that organisations lack for their forms; returns how many organisations lacked one.

    An organisation from before a form became part of the default has no key for it.
    """
    rows = await pool.fetch(
        "SELECT DISTINCT wanted.organization_id FROM ("
        "SELECT organization_id, algorithm FROM organization_form UNION ALL"
        " SELECT organization.id, algorithm FROM organization CROSS JOIN unnest($1::text[]) AS algorithm"
        " WHERE NOT EXISTS (SELECT FROM organization_form AS form"
        "  WHERE form.organization_id = organization.id)) AS wanted"
        " WHERE NOT EXISTS (SELECT FROM issuer_key AS key"
        "  WHERE key.organization_id = wanted.organization_id AND key.algorithm = wanted.algorithm"
        "  AND key.state = 'active')",
        [one.algorithm for one in default()],
    )
    for row in rows:
        organization_id = row["organization_id"]
        async with transaction(pool) as db:
            await lock_organization(db, organization_id)
            algorithms = {one.algorithm for one in await chosen(db, organization_id)}
            await _make_keys(db, keystore, settings, organization_id, algorithms, clock(), None)
    return len(rows)


async def _make_keys(
    db: Db,
    keystore: FileStore,
    settings: Settings,
    organization_id: str,
    algorithms: Iterable[str],
    at: datetime,
    principal_id: UUID | None,
) -> None:
    key_ring = await ring(db, organization_id)
    missing = [name for name in sorted(algorithms) if key_ring.active(name) is None]
    for algorithm in missing:
        await activate(db, keystore, organization_id, algorithm, principal_id=principal_id, at=at)
    if missing:
        await publish_keys(db, await ring(db, organization_id), organization_id, settings, at)


async def _stored(db: Db, organization_id: str) -> tuple[Wanted, ...]:
    """Return the choice as written; a profile that this version does not know counts for nothing."""
    rows = await db.fetch(
        "SELECT profile, algorithm FROM organization_form WHERE organization_id = $1", organization_id
    )
    algorithms = {row["profile"]: row["algorithm"] for row in rows}
    return tuple(
        Wanted(profile, algorithms[profile.name]) for profile in PROFILES if profile.name in algorithms
    )
