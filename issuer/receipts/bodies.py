"""The bodies of /api/receipts for the API documentation: no type describes them, being read as bytes."""

from typing import Any

from issuer.receipts import ags, qti
from issuer.receipts.lines import OPTIONAL, REQUIRED
from schemas.receipt import MEDIA_TYPE

JSON, CSV = "application/json", "text/csv"


def _object(**members: tuple[str, str]) -> dict[str, Any]:
    """A JSON object, each member with its type and meaning."""
    return {
        "type": "object",
        "properties": {
            name: {"type": kind, "description": meaning} for name, (kind, meaning) in members.items()
        },
    }


SIGNED_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        MEDIA_TYPE: {"schema": {"type": "string"}},
        JSON: {
            "schema": {
                "type": "object",
                "properties": {
                    "receipts": {
                        "type": "array",
                        "items": {"type": "string"},
                        "description": "Compact JWS, 1 to 500 of them.",
                    }
                },
            },
            "example": {"receipts": ["eyJhbGciOiJFUzI1NiIs…"]},
        },
    },
}

_SCORE = _object(
    userId=("string", "The id of an invitation or of a person of yours."),
    timestamp=("string", "When the score came about; another one for every change."),
    activityProgress=("string", "Must be `Completed`."),
    gradingProgress=("string", "Must be `FullyGraded`."),
    scoreGiven=("number", "The score."),
    scoreMaximum=("number", "The greatest score; the least is 0."),
)
_SCORE_EXAMPLE = {
    "userId": "0b9f6f0e-6a0c-4a52-9d57-0c1f4f6c6f5e",
    "timestamp": "2026-11-23T08:55:00Z",
    "activityProgress": "Completed",
    "gradingProgress": "FullyGraded",
    "scoreGiven": 83,
    "scoreMaximum": 100,
}
AGS_BODY: dict[str, Any] = {
    "required": True,
    "content": {name: {"schema": _SCORE, "example": _SCORE_EXAMPLE} for name in (ags.MEDIA_TYPE, JSON)},
}

QTI_BODY: dict[str, Any] = {
    "required": True,
    "description": "An `assessmentResult` with one `context`, whose `sourcedId` is the id of an invitation "
    "or of a person of yours, and one `testResult`. Its outcome `SCORE` has `normalMinimum` and "
    "`normalMaximum`; `masteryValue` is the cut.",
    "content": {name: {"schema": {"type": "string"}} for name in (qti.MEDIA_TYPE, "text/xml")},
}

XAPI_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        JSON: {
            "schema": _object(
                id=("string", "A UUID; the same statement twice is refused."),
                actor=(
                    "object",
                    "With `mbox`, or an `account` at this service whose name is an id of yours.",
                ),
                verb=("object", "What was done; not looked at but for `voided`."),
                object=("object", "The activity: its `id` is the assessment."),
                result=("object", "`score`, `success` (the level `passed` or `failed`), `completion`."),
                timestamp=("string", "When it was completed."),
            ),
            "example": {
                "id": "5f0c1d8a-3f0e-4b8e-8a53-1d2f6f6d9a10",
                "actor": {"mbox": "mailto:ada@example.org", "name": "Ada Lovelace"},
                "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"},
                "object": {"id": "https://tests.example.org/sql"},
                "result": {"score": {"raw": 83, "min": 0, "max": 100}, "success": True},
                "timestamp": "2026-11-23T08:55:00Z",
            },
        }
    },
}

CSV_BODY: dict[str, Any] = {
    "required": True,
    "description": f"A head that names {', '.join(REQUIRED)}, and may name {', '.join(OPTIONAL)}; then a "
    "line for each result. An empty field is unstated.",
    "content": {CSV: {"schema": {"type": "string"}}},
}
