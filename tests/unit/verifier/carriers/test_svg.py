"""Baked SVG pictures: found as they should be, refused where it is not certain what is meant, and baked."""

import sys
import tracemalloc

import pytest
from defusedxml.ElementTree import fromstring, tostring  # type: ignore[import-untyped] # it has no types

from tests.unit.verifier.carriers.test_png import found, refusal
from tests.untraced import seconds
from verifier.carriers import find
from verifier.carriers import svg as carrier
from verifier.web.seal import badge_svg

TOKEN = b"eyJhbGciOiJFUzI1NiJ9.e30.AA"
OPEN = (
    b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0" '
    b'viewBox="0 0 512 512">'
)
OPEN_2 = OPEN.replace(b"https://purl.imsglobal.org/ob/v3p0", b"http://openbadges.org")
SIGNED = b'<openbadges:credential verify="' + TOKEN + b'"></openbadges:credential>'


def embedded(text: bytes, attributes: bytes = b"", name: bytes = b"credential") -> bytes:
    return b"<openbadges:%s%s>\n<![CDATA[\n%s\n]]></openbadges:%s>" % (name, attributes, text, name)


def picture(*parts: bytes, opened: bytes = OPEN) -> bytes:
    return opened + b"".join(parts) + b"<path d='M0 0'/></svg>"


@pytest.mark.parametrize(
    ("evidence", "kind", "data"),
    [
        (picture(SIGNED), "token", TOKEN),
        (b'\xef\xbb\xbf<?xml version="1.0" encoding="UTF-8"?>\n<!-- x -->' + picture(SIGNED), "token", TOKEN),
        (b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "a.dtd">' + picture(SIGNED), "token", TOKEN),
        (picture(embedded(b'{"a": "<\xc3\xa9>"}')), "json", b'{"a": "<\xc3\xa9>"}'),
        (picture(b"<g>", embedded(b"{}"), b"</g>"), "json", b"{}"),
        (
            picture(embedded(b"{}", b' verify="https://a.example/1"', b"assertion"), opened=OPEN_2),
            "json",
            b"{}",
        ),
        (
            picture(b'<openbadges:assertion verify="https://a.example/1"/>', opened=OPEN_2),
            "link",
            b"https://a.example/1",
        ),
        (picture(SIGNED.replace(b"credential", b"assertion"), opened=OPEN_2), "token", TOKEN),
    ],
)
def test_what_is_baked_in(evidence: bytes, kind: str, data: bytes) -> None:
    seen = found(evidence)
    assert (seen.kind, seen.data) == (kind, data)
    assert seen.detail.startswith("Baked into an SVG picture: a ")


ENTITIES = b'<!DOCTYPE svg [<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY %c "&%c;&%c;&%c;&%c;">' % (98 + index, *(97 + index,) * 4) for index in range(20)
)
EXTERNAL = b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("evidence", "reason"),
    [
        (picture(), "carrier.unrecognised"),
        (picture(SIGNED, opened=OPEN_2), "carrier.unrecognised"),
        (picture(SIGNED, SIGNED), "carrier.ambiguous"),
        (picture(SIGNED, embedded(b"{}")), "carrier.ambiguous"),
        (picture(embedded(b"{}", b' verify="' + TOKEN + b'"')), "carrier.ambiguous"),
        (picture(embedded(b"hello")), "carrier.unrecognised"),
        (picture(b"<openbadges:credential/>"), "carrier.unrecognised"),
        (picture(SIGNED)[:-1], "carrier.damaged"),
        (picture(SIGNED) + b"<", "carrier.damaged"),
        (picture(b"&nothing;"), "carrier.damaged"),
        (b'<?xml version="1.0" encoding="klingon"?>' + picture(SIGNED), "carrier.damaged"),
        (ENTITIES + b"]>" + picture(embedded(b"{}"), b"&u;"), "carrier.damaged"),
        (EXTERNAL + picture(b"<openbadges:credential>&x;</openbadges:credential>"), "carrier.damaged"),
        (picture(b"<g/>" * 20_000, SIGNED), "carrier.damaged"),
        (picture(embedded(b"{" + b" " * 300_000 + b"}")), "carrier.too_large"),
    ],
)
def test_what_is_refused(evidence: bytes, reason: str) -> None:
    assert refusal(evidence) == reason


@pytest.mark.parametrize("evidence", [b"<", b"<html>", b"<?xml version='1.0'?><a/>", b"<svg/>", b"< <"])
def test_other_documents_are_not_ours(evidence: bytes) -> None:
    seen = find(evidence)
    assert seen is None or seen.kind == "refused"
    assert find(b"<html><body><svg/></body></html>") is None


HOSTILE = (
    picture(b"\n" * 500_000),
    picture(b"<g>" * 150_000),
    picture(b"<g/>" * 125_000),
    picture(b"<openbadges:credential>", b"x\n" * 250_000, b"</openbadges:credential>"),
    picture(b"<g ", b" ".join(b"a%d=''" % index for index in range(50_000)), b"/>"),
    picture(b"<!-- " + b"-a" * 250_000 + b" -->"),
    b"<svg " + b"x" * 500_000,
    ENTITIES + b"]>" + picture(b"&u;" * 150_000),
)


@pytest.mark.parametrize("evidence", HOSTILE)
def test_no_document_costs_much(evidence: bytes) -> None:
    tracemalloc.start()
    find(evidence)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 32 * 1_048_576
    assert seconds(lambda: find(evidence)) < 0.2


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "defusedxml.ElementTree", None)
    assert found(picture(SIGNED)).kind == "unsupported"


DRAWN = badge_svg("Ada & Co", "SQL", "Fluent").encode()


@pytest.mark.parametrize("credential", [TOKEN, b'{"@context": ["a]]>b", "]]&gt;"]}', '{"é": "😀"}'.encode()])
def test_baking(credential: bytes) -> None:
    baked = carrier.bake(DRAWN, credential)
    assert found(baked).data == credential.replace(b"]]>", b"]]\\u003e")
    assert baked.count(b"xmlns:openbadges") == 1
    assert (b"CDATA" in baked) == (credential != TOKEN)
    drawn, before = fromstring(baked), fromstring(DRAWN)
    badge = drawn[0]
    assert badge.tag == f"{{{carrier.NAMESPACE}}}credential"
    drawn.remove(badge)
    assert tostring(drawn) == tostring(before)


@pytest.mark.parametrize("drawing", [b"", b"<svg/>", picture(SIGNED), b"\x89PNG", EXTERNAL + picture()])
def test_what_nothing_is_baked_into(drawing: bytes) -> None:
    with pytest.raises(ValueError, match="not an SVG picture without a credential"):
        carrier.bake(drawing, TOKEN)


@pytest.mark.parametrize("credential", [b"", b"hello", b"https://issuer.example/1"])
def test_what_is_not_baked(credential: bytes) -> None:
    with pytest.raises(ValueError, match="not a credential"):
        carrier.bake(DRAWN, credential)
