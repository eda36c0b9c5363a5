"""The VC API, for conformance suites; docs/vc-api.md says what it answers and where it leaves the draft.

It signs with a ring of keys that is made when it starts and is gone when it ends, and under no issuer id but
their own. It lives in this room because nothing here can reach an organisation's keys (docs/decisions/0019).
"""

from verifier.web.vc_api.access import Access, AccessRefused, grant
from verifier.web.vc_api.issuers import Conformance
from verifier.web.vc_api.routes import mounted

__all__ = ["Access", "AccessRefused", "Conformance", "grant", "mounted"]
