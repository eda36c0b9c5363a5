import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.base64url import Base64UrlError, decode, encode


@given(st.binary(max_size=100))
def test_there_and_back(raw: bytes) -> None:
    assert encode(raw) == base64.urlsafe_b64encode(raw).rstrip(b"=")
    assert decode(encode(raw)) == raw


@given(st.text("ABCQgw-_048=+/ \n", max_size=8))
def test_exactly_one_text_for_each_sequence_of_bytes(text: str) -> None:
    try:
        raw = decode(text.encode())
    except Base64UrlError:
        return
    assert encode(raw) == text.encode()


@pytest.mark.parametrize(
    "text", [b"A", b"AAAAA", b"AB", b"AAB", b"AA==", b"A+", b"A/", b"AA\n", b" AA", b"\xc3\xa9"]
)
def test_refused(text: bytes) -> None:
    with pytest.raises(Base64UrlError):
        decode(text)
