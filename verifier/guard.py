"""Where a request may go: addresses of the public internet, over https, and origins that the *user* named.

A credential names addresses; whoever wrote it must not be able to make the verifier reach into its own
network.
"""

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from msgspec import Struct

from verifier.errors import OriginRefused

MAX_URL = 2_048

_VISIBLE = re.compile(r"[!-~]+")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_DEFAULT_PORTS = {"https": 443, "http": 80}
# Below this, ports belong to services that speak something else.
_FIRST_FREE_PORT = 1_024
# Public by number, yet a cloud's own configuration service.
_METADATA = frozenset({ipaddress.ip_address("168.63.129.16")})
# IANA's special-purpose registries, where `is_global` of older Pythons says otherwise.
_SPECIAL = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "64:ff9b:1::/48",
        "2001::/23",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
    )
)
# RFC 6052: an IPv4 address in the last four bytes, reached through a translator.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Target(Struct, frozen=True):
    """Where to connect, and for what. `local`: the user named this origin, so loopback it must be."""

    scheme: str
    host: str
    port: int
    path: str
    local: bool

    @property
    def authority(self) -> str:
        """`host[:port]` as the Host header wants it."""
        return self.host if self.port == _DEFAULT_PORTS[self.scheme] else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The address that is really asked, which may be http where https was named."""
        return f"{self.scheme}://{self.authority}{self.path}"


class UrlRefused(ValueError):  # noqa: N818 — the house's name: what a refusal is, not that it is an error
    """An address that no request may go to; the message is a sentence."""


def loopback(host: str) -> bool:
    """Whether a host's text names the reader's own machine: localhost (RFC 6761) or a loopback address."""
    host = host.removesuffix(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def authority_of(origin: str) -> tuple[str, str]:
    """Scheme and authority of a local origin, `http://localhost:8000`; raises OriginRefused."""
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    plain = parts.scheme in _DEFAULT_PORTS and parts.path in ("", "/") and not (parts.query or parts.fragment)
    if not plain or not parts.hostname or "@" in parts.netloc or not _VISIBLE.fullmatch(origin):
        raise OriginRefused("origin.malformed", "A local origin looks like http://localhost:8000.")
    if not loopback(parts.hostname):
        raise OriginRefused(
            "origin.not_local",
            f"A local origin is on your own machine, and {parts.hostname} is not. Public addresses need no "
            "permission.",
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return parts.scheme, host if port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"


def aim(url: str, local: Iterable[tuple[str, str]], *, link: bool = False) -> Target:
    """Judge an address by its text; `local` are the user's origins as `authority_of` gives them.

    A `link` leads to port 443 only; a did:web and a status list may also name a port from 1024.
    An https address whose authority is a local http origin's becomes http: did:web knows no other scheme.
    Raises UrlRefused.
    """
    if len(url) > MAX_URL or not _VISIBLE.fullmatch(url):
        raise UrlRefused("The address is too long or holds characters that no address may hold.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UrlRefused("The address cannot be read.") from None
    host = parts.hostname or ""
    if parts.scheme not in _DEFAULT_PORTS or not host or "@" in parts.netloc or parts.fragment or "\\" in url:
        raise UrlRefused("The address is not a plain https address.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    for scheme, authority in local:
        if _same(parts.scheme, parts.netloc.lower(), scheme, authority):
            named = port or _DEFAULT_PORTS[scheme]
            return Target(scheme=scheme, host=host, port=named, path=path, local=True)
    if parts.scheme != "https":
        raise UrlRefused("The address is not an https address.")
    _check_name(host)
    if port not in (None, 443) and (link or port < _FIRST_FREE_PORT):
        raise UrlRefused("The address names a port that is not asked.")
    return Target(scheme="https", host=host, port=port or 443, path=path, local=False)


def _same(scheme: str, netloc: str, local_scheme: str, local_authority: str) -> bool:
    """Whether an address stands at a local origin; its own default port may be written or not."""
    if scheme == local_scheme:
        netloc = netloc.removesuffix(f":{_DEFAULT_PORTS[scheme]}")
    return scheme in ("https", local_scheme) and netloc == local_authority


def _check_name(host: str) -> None:
    """A DNS name of two labels or more, and no IP address (WHATWG URL, "ends in a number")."""
    if loopback(host):
        raise UrlRefused("The address is on the verifier's own machine, where it is not permitted to ask.")
    labels = host.removesuffix(".").split(".")
    if len(labels) == 1 or not all(_LABEL.fullmatch(label) for label in labels):
        raise UrlRefused("The address does not name a host on the public internet.")
    if _NUMBER.fullmatch(labels[-1]):
        raise UrlRefused("The address names its host by number.")


def permitted(address: str, *, local: bool) -> bool:
    """Whether this resolved address may be connected to: loopback for local targets, else public."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if local:
        return found.is_loopback
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped or found.sixtofour:
            return False
        if found in _NAT64:
            found = ipaddress.IPv4Address(found.packed[-4:])
    special = found in _METADATA or any(found in network for network in _SPECIAL)
    return found.is_global and not (found.is_multicast or found.is_reserved or special)
