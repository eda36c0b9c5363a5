"""Step 6, and the issuer's last look before a signature: is this document what the standards ask for?

One rule per function; a rule is a row with its reason code, citation and severity. `lint` never raises
and never stops at the first finding.
"""

from collections.abc import Mapping
from typing import Any

from verifier.lint import credential, jwt, openbadges
from verifier.lint.rule import Finding, Profile, Rule, Severity

__all__ = ["RULES", "Finding", "Profile", "Rule", "Severity", "lint"]

# Every module's rows, in the order in which findings are told.
RULES: tuple[Rule, ...] = (*credential.RULES, *openbadges.RULES, *jwt.RULES)


def lint(document: Mapping[str, Any], profile: Profile = Profile.OPEN_BADGES_JWT) -> tuple[Finding, ...]:
    """Every finding in the document (the JWT's payload, registered claims included) under this profile."""
    return tuple(
        Finding(rule.reason, rule.severity, rule.citation, pointer, detail)
        for rule in RULES
        if profile in rule.profiles
        for pointer, detail in rule.examine(document)
    )
