"""SQL for publications. One row counts versions; its lock puts publishers in the order of their commits."""

import hashlib
from datetime import datetime

import msgspec

from issuer.db.pool import Db


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """One published document: `body` as it is served, `gone` where its address answers 410.

    `version` counts the changes of the whole deployment; `etag` is quoted, as in the header.
    """

    path: str
    media_type: str
    body: bytes
    gone: bool
    version: int
    published_at: datetime
    etag: str


async def publish(
    db: Db,
    organization_id: str,
    path: str,
    media_type: str,
    body: bytes,
    *,
    at: datetime,
    gone: bool = False,
) -> None:
    """Publish `body` at `path`, in the caller's transaction if `db` is in one.

    Publishers wait for one another until they commit, so that a reader who has seen version n never misses a
    smaller one. Publish last in a transaction.
    """
    await db.execute(
        "WITH next AS (UPDATE publication_version SET version = version + 1 RETURNING version)"
        " INSERT INTO publication (organization_id, path, media_type, body, gone, version, published_at)"
        " SELECT $1, $2, $3, $4, $5, next.version, $6 FROM next"
        " ON CONFLICT (organization_id, path) DO UPDATE SET media_type = excluded.media_type,"
        " body = excluded.body, gone = excluded.gone, version = excluded.version,"
        " published_at = excluded.published_at",
        organization_id,
        path,
        media_type,
        body,
        gone,
        at,
    )


def alternate_path(path: str) -> str:
    """Return where another form of the document at `path` is kept, for those who ask for it (Accept).

    Nobody is answered at this path itself.
    """
    return f"/private{path}/alternate"


async def hold(db: Db) -> None:
    """Wait for other publishers, and keep them waiting until the caller's transaction ends.

    What is read afterwards holds everything that was published before, and nothing comes in between.
    """
    await db.execute("SELECT version FROM publication_version FOR UPDATE")


async def version(db: Db) -> int:
    """The version of the newest publication; 0 where there is none."""
    return int(await db.fetchval("SELECT version FROM publication_version") or 0)


async def since(db: Db, seen: int) -> list[Publication]:
    """The publications changed after version `seen`, oldest change first."""
    rows = await db.fetch(
        "SELECT path, media_type, body, gone, version, published_at FROM publication"
        " WHERE version > $1 ORDER BY version",
        seen,
    )
    return [
        Publication(
            path=row["path"],
            media_type=row["media_type"],
            body=row["body"],
            gone=row["gone"],
            version=row["version"],
            published_at=row["published_at"],
            etag=etag(row["body"]),
        )
        for row in rows
    ]


def etag(body: bytes) -> str:
    """A strong entity tag (RFC 9110, section 8.8.3)."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'
