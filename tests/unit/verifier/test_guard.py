"""SSRF: where a request may go, judged by the address's text and by what it resolves to."""

import pytest

from verifier.errors import OriginRefused
from verifier.guard import UrlRefused, aim, authority_of, loopback, permitted

LOCAL = (("http", "localhost:8000"),)


def test_public_addresses() -> None:
    target = aim("https://Issuer.example/o/demo/did.json?x=1", ())
    assert (target.scheme, target.host, target.port, target.path) == (
        "https",
        "issuer.example",
        443,
        "/o/demo/did.json?x=1",
    )
    assert not target.local
    assert target.authority == "issuer.example"
    assert aim("https://issuer.example:8443", ()).authority == "issuer.example:8443"
    assert aim("https://issuer.example:8443", ()).path == "/"


@pytest.mark.parametrize(
    "url",
    [
        "http://issuer.example/",
        "ftp://issuer.example/",
        "file:///etc/passwd",
        "https://user@issuer.example/",
        "https://@issuer.example/",
        "https:///path",
        "https://issuer.example/#fragment",
        "https://issuer.example\\@evil.example/",
        "https://issuer.example:99999/",
        "https://issuer.example:x/",
        "https://issuer.example:22/",
        "https://issuer.example:0/",
        "https://issuer.example:1023/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[bad/",
        "https://localhost/",
        "https://intranet/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://192.168.0.1./",
        "https://a..example/",
        "https://-a.example/",
        "https://exämple.org/",
        "https://issuer.example/a b",
        "https://issuer.example/\r\nHost: evil",
        "https://issuer.example/" + "a" * 2_048,
        "http://localhost:8001/",
        "http://localhost:8000.evil.example/",
        "http://localhost:8000@evil.example/",
        "http://evil.example/localhost:8000",
    ],
)
def test_refused_addresses(url: str) -> None:
    with pytest.raises(UrlRefused):
        aim(url, LOCAL)


def test_ports() -> None:
    assert aim("https://issuer.example:1024/", ()).port == 1024
    assert aim("https://issuer.example:443/", (), link=True).port == 443
    assert aim("https://issuer.example/", (), link=True).port == 443
    assert aim("http://localhost:8000/", LOCAL, link=True).port == 8000
    with pytest.raises(UrlRefused, match="port"):
        aim("https://issuer.example:8443/", (), link=True)


def test_an_origin_that_the_user_names() -> None:
    for url in (
        "http://localhost:8000/o/demo",
        "https://localhost:8000/o/demo",
        "HTTP://LOCALHOST:8000/o/demo",
    ):
        target = aim(url, LOCAL)
        assert (target.scheme, target.authority, target.path, target.local) == (
            "http",
            "localhost:8000",
            "/o/demo",
            True,
        )
    plain = (authority_of("http://localhost/"),)
    assert aim("https://localhost/did.json", plain).port == 80
    assert aim("http://localhost:80/did.json", plain).authority == "localhost"
    secure = (authority_of("https://localhost:8443"),)
    assert aim("https://localhost:8443/", secure).scheme == "https"
    with pytest.raises(UrlRefused):
        aim("http://localhost:8443/", secure)
    assert aim("http://[::1]:8000/", (authority_of("http://[::1]:8000"),)).host == "::1"


@pytest.mark.parametrize(
    "origin",
    [
        "localhost:8000",
        "http://",
        "http://localhost:8000/path",
        "http://localhost?x",
        "http://a@b",
        "ftp://localhost",
        "http://localhost:x",
        "http://[x",
        "http://local host",
    ],
)
def test_malformed_origins(origin: str) -> None:
    with pytest.raises(OriginRefused) as refused:
        authority_of(origin)
    assert refused.value.code == "origin.malformed"


@pytest.mark.parametrize(
    "origin", ["https://example.org", "http://192.168.1.1:8000", "http://localhost.example", "http://[::2]"]
)
def test_a_local_origin_is_on_the_readers_own_machine(origin: str) -> None:
    with pytest.raises(OriginRefused, match="own machine") as refused:
        authority_of(origin)
    assert refused.value.code == "origin.not_local"


def test_loopback_by_its_text() -> None:
    assert all(map(loopback, ("localhost", "LOCALHOST.", "demo.localhost", "127.0.0.1", "::1", "[::1]")))
    assert not any(map(loopback, ("", "localhost.example", "10.0.0.1", "example.org", "[x]")))
    for url in ("https://localhost:8000/o/demo/did.json", "https://127.0.0.1/", "https://[::1]/"):
        with pytest.raises(UrlRefused, match="own machine"):
            aim(url, ())


def test_the_address_that_is_really_asked() -> None:
    assert (
        aim("https://LocalHost:8000/o/demo/did.json?x", LOCAL).url
        == "http://localhost:8000/o/demo/did.json?x"
    )
    assert aim("https://issuer.example:443", ()).url == "https://issuer.example/"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "::1", "0.0.0.0", "::", "10.0.0.1", "172.16.0.1", "192.168.1.1",  # noqa: S104 — judged
        "169.254.169.254", "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "100.64.0.1", "100.100.100.200",
        "192.0.0.192", "168.63.129.16", "224.0.0.1", "240.0.0.1", "255.255.255.255", "ff02::1",
        "::ffff:8.8.8.8", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
        "3fff::1", "3fff:fff:ffff::", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "not an address", "",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public(address: str) -> None:
    assert not permitted(address, local=False)


def test_public_and_loopback_addresses() -> None:
    for address in ("8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808"):
        assert permitted(address, local=False)
        assert not permitted(address, local=True)
    for address in ("127.0.0.1", "::1", "127.9.9.9"):
        assert permitted(address, local=True)
    assert not permitted("10.0.0.1", local=True)
