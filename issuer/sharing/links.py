"""Following a share link of our own: the credential behind it, with one SELECT and no HTTP."""

import re
from urllib.parse import urlsplit

from issuer.db.pool import unavailable
from issuer.issuance.desk import Desk
from issuer.issuance.intent import place
from issuer.issuance.profiles import BY_NAME, PROFILES, FormProfile
from issuer.people.sealing import unwrap_person_key
from issuer.sharing.store import SharedRow, shared
from schemas.problems import ProblemError
from verifier.fetch import OK, Answer, Fetch, Fetched, Need, Unreachable

_FILES = {profile.file: profile for profile in PROFILES}
_PATH = re.compile(rf"/c/([^/]+)(?:/({'|'.join(map(re.escape, _FILES))}))?")


class OwnLinks:
    """A verifier's fetch that opens our own share links; everything else is asked of `otherwise`."""

    def __init__(self, desk: Desk, otherwise: Fetch) -> None:
        self._desk = desk
        self._host = urlsplit(desk.settings.base_url).netloc
        self._otherwise = otherwise

    async def get(self, need: Need) -> Answer:
        """Answer with the credential, as somebody who opens the link would get it."""
        link = self._link(need)
        if link is None:
            return await self._otherwise.get(need)
        token, file = link.groups()
        try:
            row, credential = await find(self._desk, token, *(_FILES[name] for name in (file,) if name))
        except ProblemError as problem:
            detail = problem.detail or problem.kind.title
            return Unreachable(need.url, "fetch.failed", detail)
        media_type = BY_NAME[row.profile].media_type
        return Fetched(need.url, credential.encode(), media_type, OK, self._desk.clock(), "this service")

    def _link(self, need: Need) -> re.Match[str] | None:
        if need.kind != "credential":
            return None
        try:
            parts = urlsplit(need.url)
        except ValueError:
            return None
        return _PATH.fullmatch(parts.path) if parts.netloc.lower() == self._host else None


async def find(desk: Desk, token: str, *profiles: FormProfile) -> tuple[SharedRow, str]:
    """Return what a link shows and the credential as released, with one SELECT.

    It is the form in the first of these profiles, the primary one where none is named. Raise problem
    `share.unknown`.
    """
    names = [profile.name for profile in profiles or PROFILES]
    with unavailable():
        row = await shared(desk.pool, token, desk.clock(), names)
    if row is None:
        raise ProblemError("share.unknown")
    key = unwrap_person_key(desk.keystore, row.organization_id, row.person_id, row.wrapped_key)
    opened = key.open(row.secured_sealed, place("secured", row.award_id, row.profile, row.generation))
    return row, opened.decode()
