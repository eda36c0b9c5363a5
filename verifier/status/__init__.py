"""Step 8: is it withdrawn? Every entry is evaluated. One module per status method, one line in the table."""

from collections.abc import Generator, Mapping
from typing import Any

from schemas.report import Reason
from verifier.fetch import Need
from verifier.issuer_key import Published
from verifier.question import Question
from verifier.sandbox import Chore
from verifier.status import bitstring, revocation_list, status_list_2021
from verifier.status.finding import PROCESSING_ERRORS, Finding
from verifier.trail import Trail

__all__ = ["METHODS", "PROCESSING_ERRORS", "Finding", "status"]

# Entry type -> what evaluates it.
METHODS = {
    bitstring.ENTRY_TYPE: bitstring.evaluate,
    status_list_2021.ENTRY_TYPE: status_list_2021.evaluate,
    revocation_list.ENTRY_TYPE: revocation_list.evaluate,
}

_MAX_ENTRIES = 8


def status(
    document: Mapping[str, Any], published: Published, question: Question, trail: Trail
) -> Generator[Need | Chore, Any, list[Finding]]:
    """What each entry of `credentialStatus` says; without any, the issuer offers no way to withdraw."""
    value = document.get("credentialStatus", [])
    entries = value if isinstance(value, list) else [value]
    if not entries:
        trail.passed("status", Reason.STATUS_NONE, "The issuer offers no list of withdrawn credentials.")
        return []
    findings = []
    for entry in entries[:_MAX_ENTRIES]:
        kind = entry.get("type") if isinstance(entry, dict) else None
        kind = kind[0] if isinstance(kind, list) and len(kind) == 1 else kind
        method = METHODS.get(kind) if isinstance(kind, str) else None
        if method is None:
            finding = Finding(
                Reason.STATUS_UNSUPPORTED, "This kind of status entry is not one that we can evaluate."
            )
        else:
            finding = yield from method(entry, document, published, question)
        findings.append(finding)
    if len(entries) > _MAX_ENTRIES:
        detail = f"More than {_MAX_ENTRIES} status entries: the others were not evaluated."
        findings.append(Finding(Reason.STATUS_UNSUPPORTED, detail))
    for finding in findings:
        trail.add("status", finding.outcome, finding.reason, finding.detail, source=finding.source)
    return findings
