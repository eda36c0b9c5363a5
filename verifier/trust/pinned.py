"""Issuers that the caller wrote down itself, with the name of who vouches for them."""

from collections.abc import Generator, Mapping
from datetime import datetime
from pathlib import Path

from msgspec import Struct, field

from verifier.errors import TrustRefused
from verifier.fetch import Answer, Need
from verifier.trust.source import Standing

_SCHEMES = ("did:", "https://", "http://")
_LONGEST = 60  # of an id, as far as it is repeated


class Pinned(Struct, frozen=True):
    """`issuers` maps an issuer's id to who vouches for it; `at` is when that was written down."""

    issuers: Mapping[str, str] = field(default_factory=dict)
    at: datetime | None = None

    def ask(self, issuer_id: str, now: datetime) -> Generator[Need, Answer, Standing | None]:  # noqa: ARG002 — as every source is asked
        """Say who vouches for the issuer, or nothing: a list of one's own claims no completeness."""
        yield from ()
        return self.said(issuer_id)

    def said(self, issuer_id: str) -> Standing | None:
        """The same, at once."""
        source = self.issuers.get(issuer_id)
        if source is None:
            return None
        return Standing(source, "vouched", f"{source} lists this issuer.", self.at)


class Configured(
    Struct, frozen=True, tag="pinned", tag_field="kind", forbid_unknown_fields=True, omit_defaults=True
):
    """As it stands in a trust file: these issuers are vouched for by `name`."""

    name: str
    issuers: tuple[str, ...]

    def open(self, folder: Path, now: datetime) -> Pinned:  # noqa: ARG002 — as every source is opened
        """The source; it was written down by now at the latest. Raises TrustRefused for what is no id."""
        odd = next((one for one in self.issuers if not one.startswith(_SCHEMES)), None)
        if odd is not None:
            # A bare domain would match no credential, and whoever wrote it would believe that it does.
            detail = f"An issuer's id begins with did: or https://, and {odd[:_LONGEST]!a} does not."
            raise TrustRefused("trust.malformed", detail)
        return Pinned(dict.fromkeys(self.issuers, self.name), now)
