"""A network that was written down answers within the bounds of a real one."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from verifier.errors import TrustRefused
from verifier.fetch import LIMITS, Answer, Fetched, Kind, Need, Unreachable
from verifier.recorded import Recorded, read_recording

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
URL = "https://issuer.example/did.json"


async def ask(answer: dict[str, Any], kind: Kind = "issuer_key", url: str = URL) -> Answer:
    recording = read_recording(msgspec.json.encode({"network": {URL: answer}}))
    return await Recorded(recording, lambda: NOW).get(Need(kind, url))


async def test_what_was_recorded_is_told() -> None:
    told = await ask({"body": "é", "mediaType": "application/did+json"})
    assert told == Fetched(URL, "é".encode(), "application/did+json", 200, NOW, "a recorded network")
    told = await ask({"base64": "/w=="})
    assert isinstance(told, Fetched)
    assert (told.body, told.media_type) == (b"\xff", "application/json")
    gone = await ask({"status": 410})
    assert isinstance(gone, Fetched)
    assert (gone.status, gone.body) == (410, b"")


async def test_what_was_not_is_out_of_reach() -> None:
    for answer, url, code in (
        ({"body": "{}"}, "https://elsewhere.example/", "fetch.failed"),
        ({"status": 404}, URL, "fetch.status"),
        ({"body": "{}"}, "http://issuer.example/did.json", "fetch.refused"),
        ({"body": "x" * (LIMITS["issuer_key"] + 1)}, URL, "fetch.too_large"),
    ):
        told = await ask(answer, url=url)
        assert isinstance(told, Unreachable)
        assert told.code == code


def test_pinned_issuers_have_standing() -> None:
    recording = read_recording(b'{"trust": {"pinned": {"did:web:issuer.example": "Register"}}}')
    assert Recorded(recording, lambda: NOW).trust.pinned == {"did:web:issuer.example": "Register"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"network": {"https://a.example": {"body": "", "base64": ""}}}',
        '{"network": {"https://a.example": {"base64": "="}}}',
        '{"network": {"https://a.example": {"text": ""}}}',
        '{"network": {}, "network": {}}',
    ],
)
def test_what_is_no_recording_is_refused(text: str) -> None:
    with pytest.raises(TrustRefused) as refused:
        read_recording(text.encode())
    assert refused.value.code == "trust.malformed"
