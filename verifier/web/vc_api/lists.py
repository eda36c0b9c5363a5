"""Status lists of the conformance ring, in memory (Bitstring Status List 1.0)."""

import base64
import gzip
from datetime import datetime, timedelta
from typing import Any

import msgspec

from schemas.problems import ProblemError
from schemas.status import (
    BitstringStatusList,
    BitstringStatusListCredential,
    BitstringStatusListEntry,
)
from verifier.trail import stamp

LENGTH = 131_072  # the least that the standard allows (section 6.1)
LIFETIME = timedelta(days=1)
MEDIA_TYPES = {
    "vc+jwt": "application/vc+jwt",
    "eddsa-rdfc-2022": "application/vc",
    "eddsa-jcs-2022": "application/vc",
}


class StatusList:
    """One list of one issuer and purpose; `indexes` by credential id."""

    def __init__(self, url: str, issuer: str, purpose: str) -> None:
        """No bit is set."""
        self.url = url
        self.issuer = issuer
        self.purpose = purpose
        self.indexes: dict[str, int] = {}
        self._used = 0
        self._bits = bytearray(LENGTH // 8)

    def allocate(self, credential_id: Any) -> dict[str, Any]:
        """Return an entry for one credential; raises ProblemError status.full."""
        if self._used >= LENGTH:
            raise ProblemError("status.full")
        index = self._used
        self._used += 1
        if isinstance(credential_id, str):
            self.indexes[credential_id] = index
        entry = BitstringStatusListEntry(
            id=f"{self.url}#{index}",
            status_purpose=self.purpose,
            status_list_index=str(index),
            status_list_credential=self.url,
        )
        members: dict[str, Any] = msgspec.to_builtins(entry)
        return members

    def set(self, credential_id: str, *, status: bool) -> None:
        """Set or clear the bit of a credential that has one."""
        index = self.indexes[credential_id]
        mask = 0x80 >> (index & 7)
        self._bits[index >> 3] = self._bits[index >> 3] & ~mask | (mask if status else 0)

    def credential(self, now: datetime) -> dict[str, Any]:
        """Return the list as a credential that is to be signed."""
        encoded = base64.urlsafe_b64encode(gzip.compress(bytes(self._bits), mtime=0)).rstrip(b"=").decode()
        document = BitstringStatusListCredential(
            id=self.url,
            issuer=self.issuer,
            valid_from=stamp(now),
            valid_until=stamp(now + LIFETIME),
            credential_subject=BitstringStatusList(
                id=f"{self.url}#list", status_purpose=self.purpose, encoded_list="u" + encoded
            ),
        )
        members: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(document))
        return members
