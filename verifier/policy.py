"""What a caller requires for its purpose, beyond what every credential must pass."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from schemas.complaints import in_words
from schemas.report import CHECKS, Outcome, Reason
from schemas.strict_json import StrictJsonError, loads
from schemas.times import TimeRefused, date_time_stamp
from schemas.wording import many
from verifier.claim import claim
from verifier.errors import PolicyRefused
from verifier.trail import Trail

# Steps 1 to 8 are required of every credential; a policy adds to them and never takes away.
ALWAYS = CHECKS[:8]

_LONGEST_NAME = 40  # of a check, as far as a mistyped one is repeated
_DAY = timedelta(days=1).total_seconds()
_TOLD = {Outcome.PASS, Outcome.WARN}


class Policy(Struct, frozen=True, forbid_unknown_fields=True):
    """What must be so; every member that is given counts.

    `require`: checks that must pass besides steps 1 to 8. `accept_issuers`: ids of issuers. `max_age_days`:
    the greatest age since `validFrom`. `max_status_age_seconds`: how long ago the evidence that it was not
    withdrawn may have been obtained. `accept_assurance`: codes, one of which it must declare.
    An empty policy is refused: whoever gives one means something by it.
    """

    require: tuple[str, ...] = ()
    accept_issuers: tuple[str, ...] | None = None
    max_age_days: int | None = None
    max_status_age_seconds: int | None = None
    accept_assurance: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be meant; raises PolicyRefused."""
        if self.accept_issuers == ():
            raise PolicyRefused("policy.empty", "The policy accepts no issuer at all.")
        if self.accept_assurance == ():
            raise PolicyRefused("policy.empty", "The policy accepts no assurance at all.")
        limits = (self.max_age_days, self.max_status_age_seconds)
        if not (self.require or self.accept_issuers or self.accept_assurance) and limits == (None, None):
            raise PolicyRefused(
                "policy.empty", "The policy requires nothing; leave it out for the usual one."
            )
        if any(limit is not None and limit < 0 for limit in limits):
            raise PolicyRefused("policy.malformed", "The greatest age cannot be negative.")
        unknown = [name for name in self.require if name not in CHECKS or name == "policy"]
        if unknown:
            known = f"A policy can require these checks: {', '.join(CHECKS[:-1])}"
            # Told only where it could be a name that somebody mistyped.
            name = unknown[0] if len(unknown[0]) <= _LONGEST_NAME and unknown[0].isidentifier() else ""
            detail = f"{known}; {name} is none." if name else f"{known}."
            raise PolicyRefused("policy.unknown_check", detail)


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
        detail = f"The policy is not understood: {in_words(str(error), 'it')}"
        raise PolicyRefused("policy.malformed", detail) from None


def judge(
    policy: Policy | None, trail: Trail, document: Mapping[str, Any], issuer: str, now: datetime
) -> None:
    """Step 12: does the credential meet what this caller requires? Whatever is not met is told."""
    if policy is None:
        detail = "You set no requirement of your own; the usual ones apply."
        trail.add("policy", Outcome.SKIPPED, Reason.POLICY_NOT_GIVEN, detail)
        return
    failed = [*_failed(policy, document, issuer, now), *_unmet(policy, trail)]
    for reason, detail in failed:
        trail.failed("policy", reason, detail)
    opened = [*_open(policy, trail, now)]
    for reason, detail in opened:
        trail.unknown("policy", reason, detail)
    if not failed and not opened:
        trail.passed("policy", Reason.POLICY_MET, "It meets what you require.")


def _failed(
    policy: Policy, document: Mapping[str, Any], issuer: str, now: datetime
) -> Iterator[tuple[Reason, str]]:
    """What the credential itself does not meet."""
    if policy.accept_issuers is not None and issuer not in policy.accept_issuers:
        yield Reason.POLICY_ISSUER_NOT_ACCEPTED, "Its issuer is not one that you accept."
    days = policy.max_age_days
    began = document.get("validFrom", document.get("issuanceDate"))
    if days is not None and _older(began, now, days * _DAY):
        yield Reason.POLICY_TOO_OLD, f"It is older than {days} day{'' if days == 1 else 's'}."
    if policy.accept_assurance is not None:
        declared = claim(document, issuer).assurance
        if declared is None:
            detail = "You ask how far one can be sure who answered, and it does not say."
            yield Reason.POLICY_ASSURANCE_NOT_ACCEPTED, detail
        elif declared.code not in policy.accept_assurance:
            accepted = ", ".join(policy.accept_assurance)
            detail = f"You accept only: {accepted}. It was issued as: {declared.code}."
            yield Reason.POLICY_ASSURANCE_NOT_ACCEPTED, detail


def _unmet(policy: Policy, trail: Trail) -> Iterator[tuple[Reason, str]]:
    unmet = [name for name in policy.require if Outcome.FAIL in trail.outcomes(name)]
    if unmet:
        yield Reason.POLICY_UNMET, f"You require: {', '.join(unmet)}."


def _open(policy: Policy, trail: Trail, now: datetime) -> Iterator[tuple[Reason, str]]:
    """What could not be determined: it is nothing against the credential."""
    undetermined = [
        name
        for name in policy.require
        if Outcome.FAIL not in trail.outcomes(name) and not trail.outcomes(name) <= _TOLD
    ]
    if undetermined:
        detail = f"You require what could not be determined: {', '.join(undetermined)}."
        yield Reason.POLICY_UNDETERMINED, detail
    seconds = policy.max_status_age_seconds
    if seconds is not None:
        times = [found.time for found in trail.checks if found.check == "status" and found.time]
        if any(_older(time, now, seconds) for time in times):
            detail = (
                f"Whether it was withdrawn was found out more than {many(seconds, 'second')} ago. Ask again."
            )
            yield Reason.POLICY_STATUS_TOO_OLD, detail


def _older(moment: Any, now: datetime, seconds: float) -> bool:
    """Whether this was longer ago than so many seconds; without a readable date it counts as older."""
    try:
        return (now - date_time_stamp(moment)).total_seconds() > seconds
    except TimeRefused:
        return True
