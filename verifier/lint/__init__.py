"""Step 6, and the issuer's last look before a signature: is this document what the standards ask for?

One rule per function; a rule is a row with its reason code, citation and severity. `lint` never raises
and never stops at the first finding.
"""

from collections.abc import Mapping
from typing import Any

from verifier.lint import assertion, credential, credential_1_1, jwt, openbadges, presentation, related, terms
from verifier.lint.choose import profile_of
from verifier.lint.ordinary import ordinary
from verifier.lint.profile import Profile, Securing
from verifier.lint.rule import Finding, Rule, Severity

__all__ = ["RULES", "Finding", "Profile", "Rule", "Securing", "Severity", "lint", "profile_of"]

# Every module's rows, in the order in which findings are told.
RULES: tuple[Rule, ...] = (
    *credential.RULES,
    *credential_1_1.RULES,
    *related.RULES,
    *presentation.RULES,
    *terms.RULES,
    *openbadges.RULES,
    *jwt.RULES,
    *assertion.RULES,
)

_BY_PROFILE = {profile: tuple(rule for rule in RULES if profile in rule.profiles) for profile in Profile}


def lint(
    document: Mapping[str, Any], profile: Profile = Profile.OPEN_BADGES_JWT, raw: bytes | None = None
) -> tuple[Finding, ...]:
    """Every finding in the document under this profile.

    The document is a JWT's payload, registered claims included, or the JSON with or without its proof; from a
    token with a `vc` or `vp` claim, what that claim holds. With the text that it was read from (`raw`), an
    ordinary badge is recognised at once.
    """
    if raw is not None and ordinary(document, profile, raw):
        return ()
    return tuple(
        Finding(rule.reason, rule.severity, rule.citation, pointer, detail)
        for rule in _BY_PROFILE[profile]
        for pointer, detail in rule.examine(document)
    )
