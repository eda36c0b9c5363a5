"""/c/{token}: the page of a shared credential, its pictures, the credential itself, and its verification.

A link that was never made, has expired, was taken back, or leads to nobody any more gets one and the same
answer.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from issuer.db.pool import unavailable
from issuer.issuance.desk import Desk
from issuer.issuance.profiles import BY_NAME, PROFILES
from issuer.sharing import qr
from issuer.sharing.badge_png import badge_png
from issuer.sharing.links import find
from issuer.sharing.shown import context, read
from issuer.sharing.store import SharedRow, shared
from schemas.problems import ProblemError
from verifier.carriers import png, svg
from verifier.web.api import Verify
from verifier.web.pages import sent, verdict_page
from verifier.web.render import render
from verifier.web.seal import badge_svg

AnyRequest = Request[Any, Any, Any]

HTML = "text/html"
PNG = "image/png"
SVG = "image/svg+xml"
JSON = "application/json"
# How else a credential in JSON may be asked for.
MORE_GENERAL = {"application/ld+json": "application/vc", JSON: "application/vc"}
PRIVATE: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


@get("/c/{token:str}", include_in_schema=False)
async def show(
    request: AnyRequest,
    token: FromPath[str],
    desk: NamedDependency[Desk],
) -> Response[bytes]:
    """Show the credential; to whoever prefers the media type of a form that there is, that form itself."""
    offered = [HTML, *(profile.media_type for profile in PROFILES), *MORE_GENERAL]
    preferred = request.accept.best_match(offered, default=HTML)
    preferred = MORE_GENERAL.get(preferred, preferred)
    # A stable order: what is preferred first, then the others by their importance.
    row, credential = await find(
        desk, token, *sorted(PROFILES, key=lambda profile: profile.media_type != preferred)
    )
    if BY_NAME[row.profile].media_type == preferred:
        return _private(Response(credential.encode(), media_type=preferred), vary=True)
    shown = read(row, credential)
    answer = sent(
        render(
            "issuer.sharing/share.html", **context(desk, token, row, shown, new="new" in request.query_params)
        )
    )
    return _private(answer, vary=True)


@get([f"/c/{{token:str}}/{profile.file}" for profile in PROFILES], include_in_schema=False)
async def download(
    request: AnyRequest,
    token: FromPath[str],
    desk: NamedDependency[Desk],
) -> Response[bytes]:
    """Return one form exactly as it was released."""
    file = request.url.path.rpartition("/")[2]
    profile = next(profile for profile in PROFILES if profile.file == file)
    _, credential = await find(desk, token, profile)
    return _private(Response(credential.encode(), media_type=profile.media_type))


@get("/c/{token:str}/verify", include_in_schema=False)
async def check(
    request: AnyRequest,
    token: FromPath[str],
    desk: NamedDependency[Desk],
    verify: NamedDependency[Verify],
) -> Response[bytes]:
    """Verify this very credential now, as the QR code promises; as JSON where that is preferred."""
    _, credential = await find(desk, token)
    report = await verify(credential.encode())
    if request.accept.best_match([HTML, JSON], default=HTML) == JSON:
        return _private(Response(msgspec.json.encode(report), media_type=JSON), vary=True)
    return _private(sent(verdict_page(report, subject_link=f"/c/{token}")), vary=True)


@get("/c/{token:str}/badge.svg", include_in_schema=False)
async def badge(
    token: FromPath[str],
    desk: NamedDependency[Desk],
) -> Response[bytes]:
    """Draw the badge; struck once the credential is withdrawn."""
    row, credential = await find(desk, token)
    return _private(Response(_drawn(row, credential), media_type=SVG))


def _drawn(row: SharedRow, credential: str) -> bytes:
    shown = read(row, credential)
    drawn = badge_svg(
        shown.organization,
        shown.achievement.name,
        shown.level.name,
        position=shown.position,
        struck=row.standing == "revoked",
    )
    return drawn.encode("utf-8", "replace")


@get(["/c/{token:str}/credential.png", "/c/{token:str}/credential.svg"], include_in_schema=False)
async def baked(
    request: AnyRequest,
    token: FromPath[str],
    desk: NamedDependency[Desk],
) -> Response[bytes]:
    """Give the badge as a picture with the credential baked into it (Open Badges 3.0, 5.3)."""
    row, credential = await find(desk, token)
    if request.url.path.endswith(".svg"):
        picture = svg.bake(_drawn(row, credential), credential.encode())
        return _private(Response(picture, media_type=SVG))
    shown = read(row, credential)
    names = shown.organization, shown.achievement.name, shown.level.name
    struck = row.standing == "revoked"
    drawn = await asyncio.to_thread(badge_png, *names, shown.position, struck=struck)
    return _private(Response(png.bake(drawn, credential.encode()), media_type=PNG))


@get(["/c/{token:str}/qr.png", "/c/{token:str}/qr.svg"], include_in_schema=False)
async def code(
    request: AnyRequest,
    token: FromPath[str],
    desk: NamedDependency[Desk],
) -> Response[bytes]:
    """Draw the QR code that opens the verification of this credential."""
    with unavailable():
        if await shared(desk.pool, token, desk.clock(), tuple(BY_NAME)) is None:
            raise ProblemError("share.unknown")
    url = f"{desk.settings.base_url}/c/{token}/verify"
    if request.url.path.endswith(".png"):
        return _private(Response(qr.png(url), media_type=PNG))
    return _private(Response(qr.svg(url), media_type=SVG))


def _private(answer: Response[bytes], *, vary: bool = False) -> Response[bytes]:
    for name, value in PRIVATE.items():
        answer.headers[name] = value
    if vary:
        answer.headers["Vary"] = "Accept"
    return answer


handlers = (show, download, check, badge, baked, code)
