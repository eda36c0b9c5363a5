"""Who asks for JSON gets the embedded proof; who asks for a token, or for nothing, the token."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.publications.accept import prefers_proof


@pytest.mark.parametrize(
    "accept",
    [
        "application/vc",
        "application/ld+json",
        "application/json",
        "APPLICATION/JSON",
        "application/vc+ld+json",
        "application/ld+json, application/json",
        "application/json, */*",
        "application/json, text/plain, */*",
        "application/vc+jwt;q=0.5, application/vc",
        "application/vc+jwt;q=0, application/json;q=0.1",
        'application/ld+json;profile="a,b"',
    ],
)
def test_json_is_asked_for(accept: str) -> None:
    assert prefers_proof(accept.encode())


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "application/*",
        "application/vc+jwt",
        "application/jwt",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "application/vc+jwt, application/vc;q=0.9, application/json;q=0.7, */*;q=0.1",
        "application/vc+jwt, application/vc",
        "application/json;q=0",
        "application/json;q=0.5, */*",
        "application/json;q=",
        "application/json;q=nan",
        ";;,,;q=1",
    ],
)
def test_the_token_is_what_the_address_has(accept: str) -> None:
    assert not prefers_proof(accept.encode())


@given(st.binary(max_size=2_000))
def test_any_header_is_understood_somehow(accept: bytes) -> None:
    assert prefers_proof(accept) in (True, False)
