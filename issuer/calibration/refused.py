"""Why a calibration was refused: a stable code and one sentence."""

from collections.abc import Sequence

NAMED_AT_MOST = 10


class CalibrationRefused(Exception):  # noqa: N818 - a refusal with a stable code, not an error of ours
    """`code` is stable; `detail` is a sentence that names the place."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def named(ids: Sequence[str]) -> str:
    """Ids for a sentence: the first ten, and how many more there are."""
    listed = ", ".join(ids[:NAMED_AT_MOST])
    return listed if len(ids) <= NAMED_AT_MOST else f"{listed} and {len(ids) - NAMED_AT_MOST} more"
