"""What is published with an assessment: its technical report, for programs and for people, and its record.

Each is named by the digest of its bytes; the record names the report, and each credential names the record.
"""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from issuer.assessments import plots
from issuer.assessments.record import MEDIA_TYPE, Plan, Simulation, assessment_record, record_digest
from issuer.assessments.stated import Basis, Linked
from issuer.assessments.technical import technical_report
from issuer.db.pool import Connection
from issuer.publications.store import publish
from schemas.assessment import Bank
from verifier.web.render import render

PAGE = "issuer.assessments/technical_report.html"
HTML = "text/html; charset=utf-8"


class Documents(Struct, frozen=True):
    """The bytes of the record, of the report as JSON, and of the report as a page."""

    record: bytes
    report: bytes
    page: bytes


def record_path(organization_id: str, record: str) -> str:
    """Return where an assessment record is published, by the SHA-256 of its bytes in hexadecimal."""
    return f"/o/{organization_id}/records/{record}"


def report_path(organization_id: str, report: str) -> str:
    """Return where a technical report is published, by the SHA-256 of its bytes in hexadecimal."""
    return f"/o/{organization_id}/reports/{report}"


def documents(
    organization: str,
    bank: Bank,
    bank_digest: str,
    plan: Plan,
    basis: Basis,
    *,
    simulation: Simulation | None = None,
) -> Documents:
    """All three; `organization` is the name that stands above the page."""
    report = technical_report(bank, bank_digest, plan, basis, simulation=simulation)
    json = _linked(report, MEDIA_TYPE)
    page = render(PAGE, organization=organization, json=json.href, **view(msgspec.json.decode(report)))
    basis = replace(basis, reports=(_linked(page, HTML), json))
    record = assessment_record(bank, bank_digest, plan, simulation, basis)
    return Documents(record, report, page)


async def publish_documents(db: Connection, organization_id: str, made: Documents, *, at: datetime) -> None:
    """Publish report and record, in the caller's transaction."""
    for path, media_type, body in (
        (report_path(organization_id, record_digest(made.report)), MEDIA_TYPE, made.report),
        (report_path(organization_id, record_digest(made.page)), HTML, made.page),
        (record_path(organization_id, record_digest(made.record)), MEDIA_TYPE, made.record),
    ):
        await publish(db, organization_id, path, media_type, body, at=at)


def view(report: dict[str, Any]) -> dict[str, Any]:
    """What the page is drawn from: the report itself, and its drawings."""
    on_ability = report["rule"]["scale"] == "ability"
    levels = report["rule"]["cutsOnAbility"] if on_ability else report["rule"]["levels"]
    sessions = report["precision"]["sessions"]
    lines = [[(one["at"], one["standardError"]) for one in session["points"]] for session in sessions]
    rates, statistics = report["errorRates"], report["itemStatistics"]
    return {
        "report": report,
        "on_ability": on_ability,
        "worlds": rates.get("worlds") if isinstance(rates, dict) else None,
        "errors": plots.curves(
            lines, [level["cut"] for level in levels], "Standard error of a result; the figures are below."
        ),
        "rows": [
            (points[0]["at"], [point["standardError"] for point in points])
            for points in zip(*(session["points"] for session in sessions), strict=True)
        ],
        "difficulties": plots.bars(
            [(one["from"], one["to"], one["count"]) for one in statistics["difficulties"]],
            "How many questions there are by difficulty.",
        )
        if isinstance(statistics, dict)
        else None,
    }


def _linked(body: bytes, media_type: str) -> Linked:
    digest = record_digest(body)
    return Linked(f"../reports/{digest}", media_type, f"sha256-{digest}")
