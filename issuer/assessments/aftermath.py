"""What happens after an award, as the taking pages see it: handed in by whoever wires the application."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from issuer.assessments.finish import Issue


class Standing(Struct, frozen=True):
    """How the released credential stands, with the reason that only its holder reads.

    `links` is how many share links open it now, with the one that was mailed. `corrected` is the level that
    the result was corrected to since, by its code: the credential is then the one for it.
    `annulled`: a level was withdrawn because items do not count any more.
    """

    standing: str  # good, suspended or revoked
    since: datetime | None
    reason: str | None
    links: int = 0
    corrected: str | None = None
    annulled: bool = False


class Aftermath(Struct, frozen=True):
    """Four callables over (organisation's id, session's id), and one over the organisation's.

    `issue` releases the credential and can be repeated; `standing` is None before the release; `share` makes
    a share link and returns its absolute address; `unshare` ends every link and returns how many there were.
    `asks` says whether the organisation asks takers, of their own accord, for protected attributes.
    """

    issue: Issue
    standing: Callable[[str, UUID], Awaitable[Standing | None]]
    share: Callable[[str, UUID], Awaitable[str]]
    unshare: Callable[[str, UUID], Awaitable[int]]
    asks: Callable[[str], Awaitable[bool]]
