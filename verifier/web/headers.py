"""Security headers on every response, errors included: plain ASGI, because frameworks forget 404 and 422."""

from collections.abc import Sequence
from functools import lru_cache

from verifier.web.asgi import App, Message, Receive, Scope, Send

Header = tuple[bytes, bytes]


def always(camera: bytes = b"()", connect: bytes = b"") -> tuple[Header, ...]:
    """Return the headers of every response; `camera` is who may use it, `connect` another directive."""
    policy = (
        b"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
        b"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    permissions = b"camera=%s, microphone=(), geolocation=(), payment=(), usb=()" % camera
    return (
        (b"content-security-policy", policy + connect),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"permissions-policy", permissions),
        (b"cross-origin-opener-policy", b"same-origin"),
    )


ALWAYS = always()
# One page looks for QR codes with the camera, and sends what it sees to us alone.
CAMERA = always(b"(self)", b"; connect-src 'self'")
CAMERA_PATH = "/verify"
# What a handler may decide for itself; public documents do (CORP cross-origin, their own caching).
UNLESS_GIVEN: tuple[Header, ...] = (
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
HSTS = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")
# For documents that anyone may read from anywhere: DID documents, keys, lists, records, achievements.
PUBLIC: tuple[Header, ...] = (
    (b"access-control-allow-origin", b"*"),
    (b"cross-origin-resource-policy", b"cross-origin"),
)


def secure(app: App, *, https: bool) -> App:
    """Return the application with the headers on each response; `https`: it is reached by https only."""
    hsts = (HSTS,) if https else ()
    usual, camera = (*ALWAYS, *hsts), (*CAMERA, *hsts)
    names = frozenset(name for name, _ in usual)

    async def secured(scope: Scope, receive: Receive, send: Send) -> None:
        fixed = camera if scope.get("path") == CAMERA_PATH else usual

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = complete(message["headers"], fixed, names)
            await send(message)

        await app(scope, receive, send_secured if scope["type"] == "http" else send)

    return secured


def complete(given: Sequence[Header], fixed: tuple[Header, ...], names: frozenset[bytes]) -> list[Header]:
    """Return the given headers, ours in place of their namesakes, and defaults where none was given."""
    clean, added = _added(tuple([name for name, _ in given]), fixed, names)
    kept = given if clean else [header for header in given if header[0].lower() not in names]
    return [*kept, *added]


@lru_cache(maxsize=128)
def _added(
    given: tuple[bytes, ...], fixed: tuple[Header, ...], names: frozenset[bytes]
) -> tuple[bool, tuple[Header, ...]]:
    """Whether none of these names is one of ours, and what is added; handlers give few sets of names."""
    present = {name.lower() for name in given}
    return present.isdisjoint(names), (*fixed, *(one for one in UNLESS_GIVEN if one[0] not in present))
