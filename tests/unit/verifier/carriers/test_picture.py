"""Pictures with QR codes, from their bytes to the Report; the sandbox really decodes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.verifier.carriers.pictures import both, itxt, png, qr
from tests.unit.verifier.world import World, told
from verifier.carriers import MAX_PICTURE, find, most, svg
from verifier.carriers.picture import decoded
from verifier.sandbox import Done, Sandbox, Undone
from verifier.web.seal import badge_svg

DRAWING = svg.bake(badge_svg("Northwind", "SQL", "Fluent").encode(), b"eyJhbGciOiJFUzI1NiJ9.e30.AA")
LINK = "https://issuer.example/c/demo.abc"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
async def test_a_picture_of_the_code_on_a_share_page(world: World, kind: str) -> None:
    world.publish(LINK, world.sign().encode(), "text/plain")
    report = await world.verify(qr(f"{LINK}/verify", kind))
    assert report.verdict == "valid"
    assert world.asked[0].url == LINK
    assert report.of("carrier")[0].source == f"{LINK} (the test)"


async def test_a_credential_in_the_code_itself(world: World) -> None:
    report = await world.verify(qr("eyJhbGciOiJFUzI1NiJ9.e30.AA"))
    assert told(report, "carrier") == [("pass", "carrier.token")]
    assert report.of("carrier")[0].detail == "In the QR code of a picture: a compact token."
    assert report.authenticity == "not_genuine"


async def test_no_second_link_and_no_second_picture_is_followed(world: World) -> None:
    for body in (LINK.encode(), qr(f"{LINK}/verify"), qr("eyJhbGciOiJFUzI1NiJ9.e30.AA")):
        world.asked.clear()
        world.publish(LINK, body)
        report = await world.verify(qr(f"{LINK}/verify"))
        assert told(report, "carrier") == [("fail", "carrier.unrecognised")]
        assert len(world.asked) == 1
    world.publish(LINK, png(itxt(world.sign().encode())))
    assert (await world.verify(qr(LINK))).verdict == "valid"


async def test_baked_pictures(world: World) -> None:
    token = world.sign().encode()
    report = await world.verify(png(itxt(token)))
    assert report.verdict == "valid"
    assert report.of("carrier")[0].detail == "Baked into a PNG picture: a compact token."
    svg = (
        b'<svg xmlns="http://www.w3.org/2000/svg"><c:credential xmlns:c="https://purl.imsglobal.org/ob/v3p0"'
    )
    assert (await world.verify(svg + b' verify="' + token + b'"/></svg>')).verdict == "valid"


@pytest.mark.parametrize(
    ("evidence", "finding", "verdict"),
    [
        (png(), ("fail", "carrier.unrecognised"), "invalid"),
        (qr("hello"), ("fail", "carrier.unrecognised"), "invalid"),
        (both(LINK, f"{LINK}d"), ("fail", "carrier.ambiguous"), "invalid"),
        (png()[:45], ("fail", "carrier.damaged"), "invalid"),
        (b"\xff\xd8\xff\xe0", ("fail", "carrier.damaged"), "invalid"),
        (png(width=20_000, height=20_000), ("unknown", "carrier.not_decoded"), "undetermined"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", ("unknown", "carrier.unsupported"), "undetermined"),
        (png()[:8] + bytes(MAX_PICTURE), ("fail", "carrier.too_large"), "invalid"),
        (b"<svg>" + bytes(524_288), ("fail", "carrier.too_large"), "invalid"),
    ],
)
async def test_pictures_without_a_credential(
    world: World, evidence: bytes, finding: tuple[str, str], verdict: str
) -> None:
    report = await world.verify(evidence)
    assert told(report, "carrier") == [finding]
    assert (report.verdict, report.authenticity) == (verdict, "cannot_tell")
    assert world.asked == []


async def test_the_same_link_twice_is_one(world: World) -> None:
    world.publish(LINK, world.sign().encode())
    assert (await world.verify(both(LINK, f"{LINK}/verify"))).verdict == "valid"
    assert (await world.verify(both(LINK, "hello"))).verdict == "valid"


async def test_where_nothing_can_be_decoded(world: World) -> None:
    closed = Sandbox()
    closed.close()
    report = await world.verify(qr(LINK), sandbox=closed)
    assert told(report, "carrier") == [("unknown", "carrier.not_decoded")]
    assert report.verdict == "undetermined"


def test_what_the_sandbox_says() -> None:
    assert decoded(Undone("sandbox.time", "Why.")).detail == "Why."
    assert decoded(Done(b'["\\ud800"]')).kind == "refused"
    assert decoded(Done(b'["hello", "https://a.example/"]')).data == b"https://a.example/"


def test_bounds() -> None:
    assert most(b"RIFF") == most(b"eyJ") == 262_144
    assert most(b" <svg") == 524_288
    assert most(b"RIFF0000WEBP") == most(png()) == most(b"GIF89a") == MAX_PICTURE
    found = find(b"GIF87a")
    assert found is not None
    assert found.kind == "picture"


WHOLE = (png(itxt(b"eyJhbGciOiJFUzI1NiJ9.e30.AA"), itxt(b"Ada", b"Author")), qr(LINK), DRAWING)


@given(st.sampled_from(WHOLE), st.data())
def test_damaged_pictures_are_always_told_apart_from_credentials(whole: bytes, data: st.DataObject) -> None:
    """Bytes changed, taken away and put in, anywhere: something is found or nothing, and nothing raises."""
    changed = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(changed)))
        changed[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    found = find(bytes(changed))
    assert found is None or (found.kind == "refused") == (found.reason is not None)
