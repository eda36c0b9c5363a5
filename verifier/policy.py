"""What a caller requires for its purpose, beyond what every credential must pass."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from schemas.report import CHECKS, Outcome, Reason
from schemas.strict_json import StrictJsonError, loads
from verifier.errors import PolicyRefused
from verifier.times import TimeRefused, date_time_stamp
from verifier.trail import Trail

# Steps 1 to 8 are required of every credential; a policy adds to them and never takes away.
ALWAYS = CHECKS[:8]


class Policy(Struct, frozen=True, forbid_unknown_fields=True):
    """Checks that must pass, issuers that are accepted, the greatest age in days since `validFrom`.

    An empty policy is refused (PolicyRefused): whoever gives one means something by it.
    """

    require: tuple[str, ...] = ()
    accept_issuers: tuple[str, ...] | None = None
    max_age_days: int | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be meant; raises PolicyRefused."""
        if not self.require and not self.accept_issuers and self.max_age_days is None:
            raise PolicyRefused(
                "policy.empty", "The policy requires nothing; leave it out for the usual one."
            )
        if self.accept_issuers == ():
            raise PolicyRefused("policy.empty", "The policy accepts no issuer at all.")
        if self.max_age_days is not None and self.max_age_days < 0:
            raise PolicyRefused("policy.malformed", "The greatest age cannot be negative.")
        unknown = [name for name in self.require if name not in CHECKS or name == "policy"]
        if unknown:
            raise PolicyRefused(
                "policy.unknown_check", f"A policy can require these checks: {', '.join(CHECKS[:-1])}."
            )


def read_policy(data: bytes | str | dict[str, Any]) -> Policy:
    """A policy from its JSON text, or from the object in it; raises PolicyRefused."""
    try:
        document = data if isinstance(data, dict) else loads(data)
        return msgspec.convert(document, Policy)
    except StrictJsonError as error:
        raise PolicyRefused(
            "policy.malformed", f"The policy is not acceptable JSON: {error.detail}"
        ) from None
    except msgspec.ValidationError as error:
        if isinstance(error.__cause__, PolicyRefused):
            raise error.__cause__ from None
        raise PolicyRefused("policy.malformed", f"The policy is not understood: {error}.") from None


def judge(
    policy: Policy | None, trail: Trail, document: Mapping[str, Any], issuer: str, now: datetime
) -> None:
    """Step 12: does the credential meet what this caller requires?"""
    if policy is None:
        detail = "You set no requirement of your own; the usual ones apply."
        trail.add("policy", Outcome.SKIPPED, Reason.POLICY_NOT_GIVEN, detail)
        return
    unmet = [name for name in policy.require if Outcome.FAIL in trail.outcomes(name)]
    told = {Outcome.PASS, Outcome.WARN}
    open_ones = [name for name in policy.require if not trail.outcomes(name) <= told]
    if policy.accept_issuers is not None and issuer not in policy.accept_issuers:
        trail.failed("policy", Reason.POLICY_ISSUER_NOT_ACCEPTED, "Its issuer is not one that you accept.")
    elif policy.max_age_days is not None and _older(document, now, policy.max_age_days):
        trail.failed("policy", Reason.POLICY_TOO_OLD, f"It is older than {policy.max_age_days} days.")
    elif unmet:
        trail.failed("policy", Reason.POLICY_UNMET, f"You require: {', '.join(unmet)}.")
    elif open_ones:
        detail = f"You require what could not be determined: {', '.join(open_ones)}."
        trail.unknown("policy", Reason.POLICY_UNDETERMINED, detail)
    else:
        trail.passed("policy", Reason.POLICY_MET, "It meets what you require.")


def _older(document: Mapping[str, Any], now: datetime, days: int) -> bool:
    """Whether it became valid longer ago than this; without a readable date it counts as older."""
    try:
        return now - date_time_stamp(document.get("validFrom")) > timedelta(days=days)
    except (TimeRefused, OverflowError):
        return True
