import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.did import DidRefused
from keys.did.web import did_web, locate, parse


def code(did: str) -> str:
    with pytest.raises(DidRefused) as refused:
        locate(did)
    assert str(refused.value) == f"{refused.value.code}: {refused.value.detail}"
    return refused.value.code


@pytest.mark.parametrize(
    ("did", "url"),
    [
        # The report's own examples.
        ("did:web:w3c-ccg.github.io", "https://w3c-ccg.github.io/.well-known/did.json"),
        ("did:web:w3c-ccg.github.io:user:alice", "https://w3c-ccg.github.io/user/alice/did.json"),
        ("did:web:example.com%3A3000:user:alice", "https://example.com:3000/user/alice/did.json"),
        ("did:web:localhost%3A8000:o:demo", "https://localhost:8000/o/demo/did.json"),
        ("did:web:localhost%3a8000", "https://localhost:8000/.well-known/did.json"),
        ("did:web:xn--80ak6aa92e.com:O:a_B~c-1.2", "https://xn--80ak6aa92e.com/O/a_B~c-1.2/did.json"),
        ("did:web:1.example", "https://1.example/.well-known/did.json"),
    ],
)
def test_located(did: str, url: str) -> None:
    assert locate(did) == url


@pytest.mark.parametrize(
    "did",
    [
        "did:web:",
        "did:web::o:demo",
        "did:web:Example.org",
        "did:web:example.org:",
        "did:web:example.org::demo",
        "did:web:example.org:.:demo",
        "did:web:example.org:..:demo",
        "did:web:example.org:a%2Fb",
        "did:web:example.org:a/b",
        "did:web:example.org:a%00",
        "did:web:example.org#key",
        "did:web:example.org:o#key",
        "did:web:example.org:o?x",
        "did:web:example.org.",
        "did:web:-a.org",
        "did:web:a-.org",
        "did:web:a..org",
        "did:web:user@example.org",
        "did:web:exämple.org",
        "did:web:exa mple.org",
        "did:web:example.org\n",
        "did:web:example.org:o\n",
        "did:web:" + "a" * 64 + ".org",
        "did:web:" + "a." * 126 + "org",
        "did:web:example.org:" + "a" * 1_024,
        "did:web:127.0.0.1",
        "did:web:127.0.0.1%3A8000",
        "did:web:2130706433",
        "did:web:0x7f000001",
        "did:web:0x7f.1",
        "did:web:127.0x",
        "did:web:1.2.3.0x0a",
        "did:web:[%3A%3A1]",
        "did:web:%3A%3A1",
        "did:web:example.org%3A",
        "did:web:example.org%3A0",
        "did:web:example.org%3A080",
        "did:web:example.org%3A65536",
        "did:web:example.org%3A99999999",
        "did:web:example.org%3A80%3A80",
        "did:web:example.org%3Aa",
        "did:web:example.org%3A٣",
    ],
)
def test_malformed(did: str) -> None:
    assert code(did) == "did.malformed"


@pytest.mark.parametrize(
    "did", ["", "did:key:z6Mk", "DID:web:example.org", "did:WEB:example.org", "https://example.org"]
)
def test_another_method(did: str) -> None:
    assert code(did) == "did.method"


@given(st.text("ab0.-_~%3A:/#?@x[]\\ \n", max_size=30))
def test_what_is_located_is_one_https_address_of_that_host(rest: str) -> None:
    try:
        url = locate(f"did:web:{rest}")
    except DidRefused:
        return
    host = rest.partition(":")[0].partition("%3A")[0]
    assert url.startswith((f"https://{host}/", f"https://{host}:"))
    assert url.endswith("/did.json")
    assert not set(url.removeprefix("https://")) & set("#?@[]\\ \n%")


def test_the_did_of_an_organisation() -> None:
    assert did_web("http://localhost:8000", "demo") == "did:web:localhost%3A8000:o:demo"
    assert did_web("https://Skills.Example.org/", "acme") == "did:web:skills.example.org:o:acme"
    assert did_web("https://example.org/badges/v1/", "acme") == "did:web:example.org:badges:v1:o:acme"


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "localhost:8000",
        "ftp://example.org",
        "http://127.0.0.1:8000",
        "http://[::1]:8000",
        "https://user:secret@example.org",
        "https://:secret@example.org",
        "https://example.org?x=1",
        "https://example.org#x",
        "https://example.org:99999",
        "https://[",
        "https://example.org/a%20b",
    ],
)
def test_a_base_url_that_makes_no_did(base_url: str) -> None:
    with pytest.raises(DidRefused) as refused:
        did_web(base_url, "demo")
    assert refused.value.code == "did.malformed"
    assert "secret" not in str(refused.value)


DID = "did:web:example.org:o:demo"


def test_a_document_of_that_very_did() -> None:
    document = parse(json.dumps({"id": DID, "assertionMethod": ["#a"], "service": []}).encode(), DID)
    assert document.id == DID
    assert document.assertion_method == ("#a",)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "did.document"),
        (b"[]", "did.document"),
        (b"{}", "did.document"),
        (b'{"id":"did:web:example.org:o:demo","id":"did:web:example.org:o:demo"}', "did.document"),
        (b'{"id":"did:web:example.org:o:demo","assertionMethod":"#a"}', "did.document"),
        (b'{"id":"did:web:example.org:o:demo"}' + b" " * 65_536, "did.document"),
        (b'{"id":"did:web:example.org:o:demo#"}', "did.mismatch"),
        (b'{"id":"did:web:example.org:o:other"}', "did.mismatch"),
    ],
)
def test_a_document_that_is_refused(data: bytes, expected: str) -> None:
    with pytest.raises(DidRefused) as refused:
        parse(data, DID)
    assert refused.value.code == expected
