"""Following a share link of our own: the credential behind it, with one SELECT and no HTTP."""

import re
from urllib.parse import urlsplit

from issuer.db.pool import unavailable
from issuer.issuance.desk import Desk
from issuer.issuance.intent import place
from issuer.people.sealing import unwrap_person_key
from issuer.sharing.store import SharedRow, shared
from schemas.problems import ProblemError
from verifier.fetch import OK, Answer, Fetch, Fetched, Need, Unreachable

TEXT = "text/plain"  # what OB 3.0 asks of a JWT as a web resource
_PATH = re.compile(r"/c/([^/]+)(?:/credential\.jwt)?")


class OwnLinks:
    """A verifier's fetch that opens our own share links; everything else is asked of `otherwise`."""

    def __init__(self, desk: Desk, otherwise: Fetch) -> None:
        self._desk = desk
        self._host = urlsplit(desk.settings.base_url).netloc
        self._otherwise = otherwise

    async def get(self, need: Need) -> Answer:
        """Answer with the credential, as somebody who opens the link would get it."""
        token = self._token(need)
        if token is None:
            return await self._otherwise.get(need)
        try:
            _, credential = await find(self._desk, token)
        except ProblemError as problem:
            detail = problem.detail or problem.kind.title
            return Unreachable(need.url, "fetch.failed", detail)
        return Fetched(need.url, credential.encode(), TEXT, OK, self._desk.clock(), "this service")

    def _token(self, need: Need) -> str | None:
        if need.kind != "credential":
            return None
        try:
            parts = urlsplit(need.url)
        except ValueError:
            return None
        link = _PATH.fullmatch(parts.path) if parts.netloc.lower() == self._host else None
        return link[1] if link else None


async def find(desk: Desk, token: str) -> tuple[SharedRow, str]:
    """Return what a link shows and the credential as released, with one SELECT.

    Raise problem `share.unknown`.
    """
    with unavailable():
        row = await shared(desk.pool, token, desk.clock())
    if row is None:
        raise ProblemError("share.unknown")
    key = unwrap_person_key(desk.keystore, row.organization_id, row.person_id, row.wrapped_key)
    opened = key.open(row.secured_sealed, place("secured", row.award_id, row.generation))
    return row, opened.decode()
