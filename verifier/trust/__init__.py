"""Whom the caller trusts, and who said so: sources of standing behind one interface; docs/trust.md.

`own` (this service's organisations), `pinned` (written down by the caller), `registry` (JSON),
`signed_registry` (one signed token), `federation` (OpenID Federation). All that are configured are asked, and
all are told.
"""

from verifier.trust.configured import KINDS, open_trust, read_sources
from verifier.trust.folder import INDEX, Snapshot, write_trust_folder
from verifier.trust.source import Source, Standing
from verifier.trust.store import StatusCause, TrustStore

__all__ = [
    "INDEX",
    "KINDS",
    "Snapshot",
    "Source",
    "Standing",
    "StatusCause",
    "TrustStore",
    "open_trust",
    "read_sources",
    "write_trust_folder",
]
