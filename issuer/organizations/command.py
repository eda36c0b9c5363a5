"""What a command works with: settings, key store and database, opened for one piece of work.

And what commands have in common: which organisation is meant, and lists in columns.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TypeVar

import rich_click as click
from msgspec import Struct
from rich.cells import cell_len

from issuer.db.deployment import fix_base_url
from issuer.db.embedded.supervisor import running
from issuer.db.migrate import migrate
from issuer.db.pool import Pool, connect, unavailable
from issuer.organizations import store
from issuer.settings import Settings, StartRefused, known_data_folder, load, passphrase
from keys.stores.file import FileStore, StoreRefused
from schemas.problems import ProblemError

KEYS_FOLDER = "keys"  # below the data folder
GAP = "  "

organization_option = click.option(
    "--organization",
    metavar="ID",
    help="The short id of the organisation; may be left away where there is only one.",
)
by_option = click.option(
    "--by",
    "role",
    metavar="ROLE",
    required=True,
    help="Who decides: a role such as 'test manager', never a name.",
)

Answer = TypeVar("Answer")
Decorated = TypeVar("Decorated", bound=Callable[..., object])


def token_option(whose: str, scope: str) -> Callable[[Decorated], Decorated]:
    """The option of a command that somebody gives with a token of their own, as they would over HTTP."""
    return click.option(
        "--token",
        envvar="ASSAY_TOKEN",
        required=True,
        help=f"{whose} own token, with the scope {scope}; in ASSAY_TOKEN others do not see it.",
    )


class Opened(Struct, frozen=True):
    """The collaborators of a command; `clock` gives aware UTC."""

    pool: Pool
    keystore: FileStore
    settings: Settings
    clock: Callable[[], datetime]


def utc_now() -> datetime:
    """The system's clock."""
    return datetime.now(UTC)


def work(piece: Callable[[Opened], Awaitable[Answer]], environ: Mapping[str, str] | None = None) -> Answer:
    """Do a piece of work with the running service's database, or one that is started for it.

    The data folder must be there: only `serve`, `demo` and `migrate` make one.

    Raises StartRefused with a code and one sentence, for problems of every kind.
    """
    settings = load(os.environ if environ is None else environ)
    try:
        keystore = FileStore.open(known_data_folder(settings) / KEYS_FOLDER, passphrase(settings))
        with ExitStack() as stack:
            dsn = settings.database_url or stack.enter_context(running(settings.data_dir))
            return asyncio.run(_opened(dsn, piece, keystore, settings))
    except ProblemError as problem:
        raise refusal(problem) from problem
    except StoreRefused as refused:
        raise StartRefused(refused.code, refused.detail) from refused


def refusal(problem: ProblemError) -> StartRefused:
    """A problem as a command line says it."""
    return StartRefused(problem.code, problem.detail or problem.kind.title)


async def _opened(
    dsn: str, piece: Callable[[Opened], Awaitable[Answer]], keystore: FileStore, settings: Settings
) -> Answer:
    pool = await connect(dsn, size=2)
    try:
        await migrate(pool, clock=utc_now)
        await fix_base_url(pool, settings.base_url, at=utc_now())
        with unavailable():
            return await piece(Opened(pool, keystore, settings, utc_now))
    finally:
        pool.terminate()


async def chosen(opened: Opened, named: str | None) -> str:
    """Return the id of the organisation that is meant: the named one, or the only one.

    Raises problem `organization.unknown`, also where there is none yet, or `organization.unnamed` with the
    ids to choose from.
    """
    if named is not None:
        return (await store.load_organization(opened.pool, named)).id
    ids = await store.organization_ids(opened.pool)
    if not ids:
        raise ProblemError("organization.unknown", "There is no organisation here yet.")
    if len(ids) > 1:
        listed = ", ".join(ids)
        raise ProblemError(
            "organization.unnamed",
            f"There are several organisations here: {listed}. Say which one with --organization.",
        )
    return ids[0]


def columns(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return lines for people to read: a head, then the rows, each column as wide as its widest cell."""
    lines = [head, *rows]
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        GAP.join(
            cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    )
