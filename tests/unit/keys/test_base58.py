import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.base58 import ALPHABET, MAX_TEXT, Base58Error, decode, encode


@given(st.binary(max_size=100))
def test_there_and_back(raw: bytes) -> None:
    assert decode(encode(raw)) == raw


@given(st.text(ALPHABET.decode(), max_size=40))
def test_exactly_one_text_for_each_sequence_of_bytes(text: str) -> None:
    assert encode(decode(text.encode())) == text.encode()


@pytest.mark.parametrize(
    ("raw", "text"),
    # draft-msporny-base58, section 5.
    [
        (b"Hello World!", b"2NEpo7TZRRrLZSi2U"),
        (
            b"The quick brown fox jumps over the lazy dog.",
            b"USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z",
        ),
        (bytes.fromhex("0000287fb4cd"), b"11233QC4"),
        (b"", b""),
    ],
)
def test_vectors(raw: bytes, text: bytes) -> None:
    assert encode(raw) == text
    assert decode(text) == raw


@pytest.mark.parametrize("text", [b"0", b"O", b"I", b"l", b"1 ", b"\xc3\xa9", b"1" * (MAX_TEXT + 1)])
def test_refused(text: bytes) -> None:
    with pytest.raises(Base58Error):
        decode(text)
