"""Carriers: credentials baked into PNG and SVG pictures, QR codes, and pictures that were tampered with."""

import struct
import zlib
from collections.abc import Iterator
from typing import Any

import qrcode
from qrcode.constants import ERROR_CORRECT_L

from tests.vectors.maker.bits import chunk, deflate, itxt, png
from tests.vectors.maker.embed import secure
from tests.vectors.maker.jose import OB_JWT
from tests.vectors.maker.keys import compact, key
from tests.vectors.maker.world import ISSUER, body, case, forged, nothing, untold, valid
from verifier.conformance.case import Case, Expect

PNG, SVG, QR = "png", "svg", "qr"
KEYWORD = b"openbadgecredential"
WHITE = [[1] * 16] * 16
NAMES = 'xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0"'
LINK = "https://issuer.example/c/demo"


def cases() -> Iterator[Case]:
    yield from _png()
    yield from _svg()
    yield from _qr()
    yield from _others()


def _png() -> Iterator[Case]:
    rule = "Open Badges 3.0, 5.3.1; PNG (third edition), 5.3 and 11.3.3.4"
    token = OB_JWT.token()
    baked = itxt(KEYWORD, token.encode())
    document = compact(secure(ISSUER.badge(), ISSUER.key("EdDSA"), ISSUER.multikey))
    other = itxt(KEYWORD, OB_JWT.token(signer=key("attacker")).encode())

    def made(name: str, title: str, evidence: bytes, expect: Expect) -> Case:
        return case(f"{PNG}/{name}", title, rule, evidence, expect, media_type="image/png")

    right = valid("carrier.token", "signature.verified")
    whole = png(WHITE, baked)
    yield made("valid", "A token in an uncompressed iTXt chunk.", whole, right)
    yield made(
        "valid-json",
        "A badge with an embedded proof in the chunk.",
        png(WHITE, itxt(KEYWORD, document)),
        valid("carrier.json"),
    )
    yield made(
        "valid-after-other-text",
        "Other text chunks stand before it.",
        png(WHITE, (b"tEXt", b"Author\0Ada"), itxt(b"Comment", b"eyJ.e30.AA"), baked),
        right,
    )
    yield made(
        "valid-older-keyword",
        "The keyword of Open Badges 2.0.",
        png(WHITE, itxt(b"openbadges", token.encode())),
        right,
    )
    yield made("forged", "A forged token in the chunk.", png(WHITE, other), forged("signature.invalid"))
    ambiguous = nothing("carrier.ambiguous")
    yield made(
        "two-chunks",
        "Two badges in one picture: a genuine one and a forged one.",
        png(WHITE, baked, other),
        ambiguous,
    )
    yield made("two-chunks-reversed", "The same, the forged one first.", png(WHITE, other, baked), ambiguous)
    yield made(
        "two-keywords",
        "One under each of the two keywords.",
        png(WHITE, baked, itxt(b"openbadges", token.encode())),
        ambiguous,
    )
    damaged = nothing("carrier.damaged")
    start = whole.index(b"iTXt")
    size = struct.unpack(">I", whole[start - 4 : start])[0]
    place = start + 4 + size
    yield made(
        "checksum",
        "The chunk's checksum is wrong.",
        whole[:place] + b"\0\0\0\0" + whole[place + 4 :],
        damaged,
    )
    yield made(
        "compression-method",
        "An unknown compression method.",
        png(WHITE, (b"iTXt", KEYWORD + b"\0\1\7\0\0" + token.encode())),
        damaged,
    )
    yield made(
        "not-compressed",
        "Said to be compressed, and is not.",
        png(WHITE, (b"iTXt", KEYWORD + b"\0\1\0\0\0" + token.encode())),
        damaged,
    )
    yield made("cut", "The picture ends within the chunk.", whole[: start + 200], nothing())
    yield made(
        "bomb",
        "A compressed chunk that inflates to four megabytes.",
        png(WHITE, (b"iTXt", KEYWORD + b"\0\1\0\0\0" + _deflated(4_194_304))),
        nothing(),
    )
    yield made(
        "after-the-end",
        "The chunk stands behind the picture's end.",
        png(WHITE, after=chunk(*baked)),
        nothing("carrier.unrecognised"),
    )
    yield made("no-badge", "A picture without anything in it.", png(WHITE), nothing("carrier.unrecognised"))
    yield made(
        "keyword-prefix",
        "A keyword that only begins like the badge's.",
        png(WHITE, itxt(KEYWORD + b"s", token.encode())),
        nothing("carrier.unrecognised"),
    )
    yield made("empty-chunk", "The chunk is empty.", png(WHITE, itxt(KEYWORD, b"")), nothing())
    yield made("nonsense", "The chunk holds a word.", png(WHITE, itxt(KEYWORD, b"hello")), nothing())
    huge = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 1, 0, 0, 0, 0))
        + chunk(b"IDAT", b"\x78\x01\x03\0\0\0\0\1")
        + chunk(b"IEND", b"")
    )
    yield made(
        "pixels", "A picture that says it has 3,600 million pixels.", huge, untold("carrier.not_decoded")
    )


def _deflated(length: int) -> bytes:
    """Zeros, in blocks that any reader of RFC 1951 knows."""
    return b"\x78\x01" + deflate(bytes(length)) + struct.pack(">I", zlib.adler32(bytes(length)))


def _svg() -> Iterator[Case]:
    rule = "Open Badges 3.0, 5.3.2"
    token = OB_JWT.token()
    document = compact(secure(ISSUER.badge(), ISSUER.key("EdDSA"), ISSUER.multikey)).decode()
    false = OB_JWT.token(signer=key("attacker"))

    def made(name: str, title: str, inner: str, expect: Expect, before: str = "") -> Case:
        picture = f'{before}<svg {NAMES} viewBox="0 0 9 9">{inner}<rect width="9" height="9"/></svg>'
        return case(f"{SVG}/{name}", title, rule, picture, expect, media_type="image/svg+xml")

    def element(text: str) -> str:
        return f'<openbadges:credential verify="{text}"></openbadges:credential>'

    right = valid("carrier.token")
    yield made("valid", "A token in the attribute verify.", element(token), right)
    yield made(
        "valid-json",
        "A badge with an embedded proof in CDATA.",
        f"<openbadges:credential><![CDATA[{document}]]></openbadges:credential>",
        valid("carrier.json"),
    )
    yield made(
        "valid-declaration",
        "An XML declaration comes first.",
        element(token),
        right,
        '<?xml version="1.0" encoding="UTF-8"?>',
    )
    yield made("forged", "A forged token in the attribute.", element(false), forged("signature.invalid"))
    ambiguous = nothing("carrier.ambiguous")
    yield made("two-elements", "Two badges in one picture.", element(token) + element(false), ambiguous)
    yield made(
        "attribute-and-body",
        "One badge in the attribute and another one in the body.",
        f'<openbadges:credential verify="{token}"><![CDATA[{document}]]></openbadges:credential>',
        ambiguous,
    )
    yield made(
        "comment",
        "The badge stands in a comment.",
        f"<!-- {element(LINK)} -->",
        nothing("carrier.unrecognised"),
    )
    yield made(
        "other-namespace",
        "An element of that name in another namespace.",
        f'<x:credential xmlns:x="urn:x" verify="{token}"/>',
        nothing("carrier.unrecognised"),
    )
    yield made("none", "A picture without anything in it.", "", nothing("carrier.unrecognised"))
    yield made("not-closed", "The picture is no XML.", "<g>" + element(token), nothing("carrier.damaged"))
    entities = '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    yield made(
        "entities",
        "Entities that grow.",
        "<text>&b;</text>" + element(token),
        nothing("carrier.damaged"),
        entities,
    )
    external = '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    yield made(
        "external-entity",
        "An entity that reads a file.",
        "<text>&x;</text>" + element(token),
        nothing("carrier.damaged"),
        external,
    )
    link = {LINK: body(token, "text/plain")}
    linked = f'<svg {NAMES}><openbadges:credential verify="{LINK}"/></svg>'
    yield case(
        f"{SVG}/valid-link",
        "A link in the attribute.",
        rule,
        linked,
        right,
        network=ISSUER.network(urls=link),
    )


def _qr() -> Iterator[Case]:
    rule = "ISO/IEC 18004; docs/verification-steps.md, step 1"
    token = OB_JWT.token()

    def made(
        name: str, title: str, texts: tuple[str, ...], expect: Expect, urls: dict[str, Any] | None = None
    ) -> Case:
        network = ISSUER.network(urls=urls or {})
        return case(
            f"{QR}/{name}", title, rule, png(_code(*texts)), expect, network=network, media_type="image/png"
        )

    served = {LINK: body(token, "text/plain")}
    yield made(
        "valid-link",
        "A QR code with a link to the badge.",
        (LINK,),
        valid("carrier.token", "status.clear"),
        served,
    )
    yield made(
        "link-missing",
        "The link in the code answers 404.",
        (LINK,),
        untold("carrier.unreachable"),
        {LINK: body("", status=404)},
    )
    yield made(
        "link-forged",
        "The link in the code leads to a forged badge.",
        (LINK,),
        forged("signature.invalid"),
        {LINK: body(OB_JWT.token(signer=key("attacker")), "text/plain")},
    )
    for label, text in (
        ("loopback", "https://127.0.0.1/c"),
        ("plain-http", "http://issuer.example/c"),
        ("script", "javascript:alert(1)"),
        ("word", "hello"),
        ("phone", "tel:+4300000"),
    ):
        expect = (
            untold("carrier.unreachable")
            if label in ("loopback", "plain-http")
            else nothing("carrier.unrecognised")
        )
        yield made(label, f"A code with something that leads nowhere: {label}.", (text,), expect)
    yield made(
        "two-links",
        "Two codes with different links in one picture.",
        (LINK, f"{LINK}2"),
        nothing("carrier.ambiguous"),
        served,
    )


def _code(*texts: str) -> list[list[int]]:
    """QR codes side by side, four pixels a module, the mask fixed."""
    rows: list[list[int]] = []
    for text in texts:
        made = qrcode.QRCode(version=6, error_correction=ERROR_CORRECT_L, border=4, mask_pattern=3)
        made.add_data(text)
        made.make(fit=False)
        drawn = [
            [0 if dark else 1 for dark in row for _ in range(4)]
            for row in made.get_matrix()
            for _ in range(4)
        ]
        rows = [left + right for left, right in zip(rows, drawn, strict=True)] if rows else drawn
    return rows


def _others() -> Iterator[Case]:
    rule = "docs/verification-steps.md, step 1"
    rows: tuple[tuple[str, str, bytes, Expect], ...] = (
        (
            "pdf",
            "A PDF document, which this verifier does not read.",
            b"%PDF-1.7\n%%EOF",
            untold("carrier.unsupported"),
        ),
        (
            "heic",
            "A HEIC picture, which this verifier does not read.",
            b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
            untold("carrier.unsupported"),
        ),
        (
            "jpeg-cut",
            "A JPEG picture that ends at once.",
            b"\xff\xd8\xff\xe0\0\x10JFIF\0",
            nothing("carrier.damaged"),
        ),
        ("gif-cut", "A GIF picture that ends at once.", b"GIF89a\x01\0\x01\0", nothing("carrier.damaged")),
        (
            "sd-jwt",
            "An SD-JWT, which this verifier does not read.",
            b"eyJhbGciOiJFUzI1NiJ9.e30.AAAA~WyJhIiwiYiIsImMiXQ~",
            untold("carrier.unsupported"),
        ),
    )
    for name, title, evidence, expect in rows:
        yield case(f"carrier/{name}", title, rule, evidence, expect)
    yield case("carrier/valid-token", "A token as it stands.", rule, OB_JWT.token(), valid("carrier.token"))
