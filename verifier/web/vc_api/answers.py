"""A Report as the VC API tells it: `verified`, `errors` and `warnings`, each a problem of RFC 9457."""

from typing import Any

import msgspec

from schemas.report import Check, Outcome, Reason, Report

VC = "https://www.w3.org/TR/vc-data-model-2.0/"
DATA_MODEL = "https://www.w3.org/TR/vc-data-model#"
SECURITY = "https://w3id.org/security#"
STATUS_LIST = "https://www.w3.org/ns/credentials/status-list#"

# What must be sure before anything is `verified`; the rest is told as a warning.
ALWAYS = ("carrier", "well_formed", "proof", "issuer_key", "signature", "shape")
# Reason or check -> the type of problem that the standards have for it.
TYPES = {
    "carrier": DATA_MODEL + "PARSING_ERROR",
    "well_formed": DATA_MODEL + "PARSING_ERROR",
    "proof": SECURITY + "PROOF_VERIFICATION_ERROR",
    "issuer_key": SECURITY + "INVALID_VERIFICATION_METHOD",
    "signature": DATA_MODEL + "CRYPTOGRAPHIC_SECURITY_ERROR",
    "shape": DATA_MODEL + "MALFORMED_VALUE_ERROR",
    "validity": VC + "#validity-period",
    "status": VC + "#status",
    "recipient": SECURITY + "INVALID_CHALLENGE_ERROR",
    Reason.STATUS_UNREACHABLE: STATUS_LIST + "STATUS_RETRIEVAL_ERROR",
    Reason.STATUS_LIST_INVALID: STATUS_LIST + "STATUS_VERIFICATION_ERROR",
    Reason.STATUS_RANGE: STATUS_LIST + "RANGE_ERROR",
    Reason.STATUS_MALFORMED: STATUS_LIST + "MALFORMED_VALUE_ERROR",
}


def answer(report: Report, options: dict[str, Any], *, empty: bool = False) -> tuple[int, bytes]:
    """Return status and body: 200 where it is verified, else 400, as the suites expect.

    `options.checks`, if given, names which of validity and status must hold besides the proof. `empty`: a
    presentation that shows nothing, which says no more than that somebody has a key.
    """
    tolerated = {Reason.SHAPE_PRESENTATION} if empty else set()
    errors = [found for found in report.checks if found.reason not in tolerated and is_error(found, options)]
    warnings = [
        found
        for found in report.checks
        if found not in errors and found.outcome in {Outcome.WARN, Outcome.FAIL, Outcome.UNKNOWN}
    ]
    reached = {found.check for found in report.checks if found.outcome is not Outcome.SKIPPED}
    verified = not errors and reached.issuperset(ALWAYS)
    body = {
        "verified": verified,
        "errors": [told(found) for found in errors],
        "warnings": [told(found) for found in warnings],
        "report": report,
    }
    return 200 if verified else 400, msgspec.json.encode(body)


def is_error(found: Check, options: dict[str, Any]) -> bool:
    """Tell whether a finding keeps the document from being verified."""
    if found.check in ALWAYS:
        return found.outcome in {Outcome.FAIL, Outcome.UNKNOWN}
    if found.check == "recipient":
        return found.outcome is Outcome.FAIL
    checks = options.get("checks")
    names = {"validity": "validity", "status": "credentialStatus"}
    if found.check not in names or (isinstance(checks, list) and names[found.check] not in checks):
        return False
    return found.outcome in {Outcome.FAIL, Outcome.UNKNOWN}


def told(found: Check) -> dict[str, Any]:
    """Return one finding as a problem."""
    kind = TYPES.get(found.reason) or TYPES.get(found.check, VC + "#verification")
    return {
        "type": kind,
        "title": found.check.replace("_", " "),
        "detail": found.detail,
        "code": found.reason,
    }
