import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from issuer.logs import JsonLines, configure


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("assay.test")
    logger.addHandler(handler)
    logger.setLevel("INFO")
    logger.propagate = False
    yield stream
    logger.removeHandler(handler)
    logger.propagate = True


def _last(stream: io.StringIO) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(stream.getvalue().splitlines()[-1])
    return line


LOG = logging.getLogger("assay.test")


def test_a_line_is_one_json_object(written: io.StringIO) -> None:
    LOG.info("outbox.again", extra={"job": "1", "attempts": 2})
    line = _last(written)
    assert line.pop("time").startswith("20")
    assert line == {
        "level": "info",
        "logger": "assay.test",
        "event": "outbox.again",
        "job": "1",
        "attempts": 2,
    }


def test_an_access_line_contributes_its_members(written: io.StringIO) -> None:
    LOG.info("%s", '{"requestId":"x","status":200}')
    assert _last(written)["requestId"] == "x"
    assert "event" not in _last(written)
    LOG.info("{not json")
    assert _last(written)["event"] == "{not json"


def test_an_exception_is_told_without_its_words(written: io.StringIO) -> None:
    try:
        int("robin.marsh@example.org")
    except ValueError:
        LOG.exception("job.failed")
    assert "robin" not in written.getvalue()
    assert _last(written)["exception"] == "ValueError"
    assert "test_logs.py" in _last(written)["at"][-1]


def test_the_whole_process_is_configured(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    try:
        configure("warning")
        logging.getLogger("assay.any").warning("said")
        logging.getLogger("assay.any").info("not said")
    finally:
        for handler in list(root.handlers):
            root.removeHandler(handler)
        for handler in before:
            root.addHandler(handler)
        root.setLevel(level)
    said = capsys.readouterr().err
    assert json.loads(said)["event"] == "said"
    assert sys.stderr is not None
