"""Is it true? Verify credentials as a library, offline if need be: bytes in, a Report out.

from verifier import verify

report = verify(token)
print(report.verdict, report.sentence)
"""

from schemas.report import Report
from verifier.drive import averify, verify
from verifier.errors import PolicyRefused, TrustRefused
from verifier.fetch import VERSION, First, Offline
from verifier.flights import Once
from verifier.https import Https
from verifier.policy import Policy
from verifier.seen import Seen
from verifier.trust import Snapshot, TrustStore

__all__ = [
    "VERSION",
    "First",
    "Https",
    "Offline",
    "Once",
    "Policy",
    "PolicyRefused",
    "Report",
    "Seen",
    "Snapshot",
    "TrustRefused",
    "TrustStore",
    "averify",
    "verify",
]
