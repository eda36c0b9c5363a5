"""Structured logs: one JSON object a line on standard error, without tracebacks' values or personal data."""

import logging
import sys
from datetime import UTC, datetime
from typing import Any

import msgspec

# What a LogRecord always has; whatever else is on it was passed as `extra`.
_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
FRAMES = 8


class JsonLines(logging.Formatter):
    """time, level, logger, event, and whatever was passed as `extra`.

    A message that is a JSON object already (access lines, failures) contributes its members. Of an exception
    only its kind and where it happened are told: messages of exceptions may quote what people typed.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        message = record.getMessage()
        members = _members(message)
        line |= {"event": message} if members is None else members
        line |= {name: value for name, value in vars(record).items() if name not in _USUAL}
        if record.exc_info and record.exc_info[1] is not None:
            line |= _failure(record.exc_info[1])
        return msgspec.json.encode(line, enc_hook=str).decode()


def _members(message: str) -> dict[str, Any] | None:
    if not message.startswith("{"):
        return None
    try:
        return msgspec.json.decode(message, type=dict[str, Any])
    except msgspec.DecodeError:
        return None


def _failure(error: BaseException) -> dict[str, Any]:
    frames = []
    at = error.__traceback__
    while at is not None:
        frames.append(f"{at.tb_frame.f_code.co_filename}:{at.tb_lineno}")
        at = at.tb_next
    return {"exception": type(error).__qualname__, "at": frames[-FRAMES:]}


def configure(level: str) -> None:
    """Send every log of this process to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    # The server's own words about each start and stop are ours to say.
    logging.getLogger("uvicorn").setLevel("WARNING")
    logging.getLogger("asyncio").setLevel("WARNING")
