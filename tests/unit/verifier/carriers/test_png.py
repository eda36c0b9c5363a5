"""Baked PNG pictures: found as they should be, refused where it is not certain what is meant, and baked."""

import io
import zlib

import pytest
from PIL import Image

from tests.unit.verifier.carriers.pictures import SIGNATURE, chunk, itxt, png
from verifier.carriers import find
from verifier.carriers import png as carrier
from verifier.carriers.found import Found

TOKEN = b"eyJhbGciOiJFUzI1NiJ9.e30.AA"
BADGE = b"openbadgecredential"


def found(evidence: bytes) -> Found:
    seen = find(evidence)
    assert seen is not None
    return seen


def refusal(evidence: bytes) -> str:
    seen = found(evidence)
    assert (seen.kind, seen.data) == ("refused", b"")
    assert seen.reason is not None
    return seen.reason.value


@pytest.mark.parametrize(
    ("text", "kind", "detail"),
    [
        (TOKEN, "token", "Baked into a PNG picture: a compact token."),
        (b' {"@context": []} ', "json", "Baked into a PNG picture: a JSON document."),
        (b"https://issuer.example/assertions/1", "link", "Baked into a PNG picture: a link."),
    ],
)
@pytest.mark.parametrize("keyword", [BADGE, b"openbadges"])
def test_what_is_baked_in(keyword: bytes, text: bytes, kind: str, detail: str) -> None:
    for evidence in (
        png(itxt(text, keyword)),
        png(itxt(text, keyword, before=b"\0\0en\0\xc3\xa9\0")),
        png(itxt(zlib.compress(text), keyword, before=b"\1\0\0\0")),
        png(itxt(b"Ada", b"Author"), itxt(text, keyword), chunk(b"tEXt", b"openbadges\0https://a.example/")),
    ):
        seen = found(evidence)
        assert (seen.kind, seen.data, seen.detail) == (kind, text.strip(), detail)


def test_whatever_comes_after_the_picture_is_no_part_of_it() -> None:
    assert found(png(itxt(TOKEN)) + itxt(b"another")).data == TOKEN
    assert found(png() + itxt(TOKEN)).kind == "picture"


def test_a_picture_cut_off_after_its_credential_still_has_it() -> None:
    whole = png(itxt(TOKEN))
    assert found(whole[:-20]).data == TOKEN
    for end in range(len(SIGNATURE), whole.index(TOKEN) + len(TOKEN) + 4):
        assert found(whole[:end]).kind == "picture"


def test_the_picture_itself_is_not_decoded() -> None:
    assert found(png(itxt(TOKEN), width=20_000, height=20_000)).data == TOKEN
    wrong = chunk(b"IHDR", bytes(13), 1)
    assert found(SIGNATURE + wrong + itxt(TOKEN)).data == TOKEN


@pytest.mark.parametrize(
    ("chunks", "reason"),
    [
        ((itxt(TOKEN), itxt(TOKEN)), "carrier.ambiguous"),
        ((itxt(TOKEN), itxt(b'{"@context": []}', b"openbadges")), "carrier.ambiguous"),
        ((itxt(TOKEN), itxt(TOKEN, sound=False)), "carrier.ambiguous"),
        ((itxt(TOKEN, sound=False),), "carrier.damaged"),
        ((chunk(b"iTXt", BADGE + b"\0\0"),), "carrier.damaged"),
        ((chunk(b"iTXt", BADGE + b"\0\0\0en"),), "carrier.damaged"),
        ((itxt(TOKEN, before=b"\2\0\0\0"),), "carrier.damaged"),
        ((itxt(TOKEN, before=b"\0\1\0\0"),), "carrier.damaged"),
        ((itxt(TOKEN, before=b"\1\0\0\0"),), "carrier.damaged"),
        ((itxt(zlib.compress(TOKEN)[:-6], before=b"\1\0\0\0"),), "carrier.damaged"),
        ((itxt(b"", before=b"\1\0\0\0"),), "carrier.damaged"),
        ((chunk(b"tEXt", b"x\0") * 10_000,), "carrier.damaged"),
        ((itxt(b"hello"),), "carrier.unrecognised"),
        ((itxt(b""),), "carrier.unrecognised"),
        ((itxt(b"eyJ" + bytes(262_142)),), "carrier.too_large"),
    ],
)
def test_what_is_refused(chunks: tuple[bytes, ...], reason: str) -> None:
    assert refusal(png(*chunks)) == reason


def test_a_bomb_is_inflated_no_further_than_it_may_be_read() -> None:
    bomb = zlib.compress(bytes(1 << 25))
    for levels in (bomb, zlib.compress(bomb)):
        assert refusal(png(itxt(levels, before=b"\1\0\0\0"))) in {"carrier.too_large", "carrier.unrecognised"}
    assert refusal(png(itxt(bomb, before=b"\1\0\0\0"))) == "carrier.too_large"


def test_baking() -> None:
    out = io.BytesIO()
    Image.new("RGB", (3, 2), "red").save(out, "PNG")
    for credential in (TOKEN, '{"@context": ["é"]}'.encode()):
        baked = carrier.bake(out.getvalue(), credential)
        assert found(baked).data == credential
        picture = Image.open(io.BytesIO(baked))
        assert picture.getpixel((0, 0)) == (255, 0, 0)
        assert picture.info["openbadgecredential"] == credential.decode()
        assert (picture.info["openbadgecredential"].lang, picture.info["openbadgecredential"].tkey) == (
            "",
            "",
        )


@pytest.mark.parametrize(
    "picture", [b"", SIGNATURE, b"GIF89a", png(itxt(TOKEN)), SIGNATURE + chunk(b"IDAT", bytes(40))]
)
def test_what_nothing_is_baked_into(picture: bytes) -> None:
    with pytest.raises(ValueError, match="not a PNG picture without a credential"):
        carrier.bake(picture, TOKEN)
