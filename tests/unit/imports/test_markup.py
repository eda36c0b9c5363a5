"""A stranger's XML: what is read, and what is refused within limits of time and memory."""

import contextlib
import time
import tracemalloc

import pytest

from issuer.imports import markup
from issuer.imports.flow import plain, read_flow, written
from issuer.imports.markup import QTI, Element, parse
from issuer.imports.refusals import ImportRefused

WRAP = f'<p xmlns="{QTI}">%s</p>'


def refused(content: bytes) -> str:
    with pytest.raises(ImportRefused) as caught:
        parse(content)
    assert caught.value.detail.endswith(".")
    return caught.value.code


def test_elements_text_and_attributes_are_read_and_comments_are_not() -> None:
    root = parse(b'<a x=" 1 ">one<!-- no --> two<b/><![CDATA[<three>]]><?pi no?></a>')
    assert (root.name, root.space, root.get("x"), root.text()) == ("a", "", "1", "one two<three>")
    assert [child.name for child in root.elements()] == ["b"]
    assert root.first("c") is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_encodings_of_xml_are_read(encoding: str) -> None:
    assert parse("<a>Zürich</a>".encode(encoding)).text() == "Zürich"
    declared = encoding.removesuffix("-sig")
    assert parse(f'<?xml version="1.0" encoding="{declared}"?><a>ü</a>'.encode(encoding)).text() == "ü"


BILLION = (
    b"<!DOCTYPE a [<!ENTITY x0 'ha'>"
    + b"".join(b"<!ENTITY x%d '%s'>" % (n + 1, b"&x%d;" % n * 10) for n in range(9))
    + b"]><a>&x9;</a>"
)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "xml.malformed"),
        (b"no", "xml.malformed"),
        (b"<a><b></a>", "xml.malformed"),
        (b"<a>&nope;</a>", "xml.malformed"),
        (b"<a/><b/>", "xml.malformed"),
        (BILLION, "xml.declares"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "xml.declares"),
        (b'<!DOCTYPE a [<!ENTITY e SYSTEM "https://example.org/e">]><a>&e;</a>', "xml.declares"),
        (b'<!DOCTYPE a [<!ENTITY % p SYSTEM "p.dtd">%p;]><a/>', "xml.declares"),
        (b"<!DOCTYPE html><a/>", "xml.declares"),
        (b"<a>\xff\xfe</a>", "xml.encoding"),
        (b'<?xml version="1.0" encoding="latin-1"?><a/>', "xml.encoding"),
        (b'<?xml version="1.0" encoding="utf-7"?><a/>', "xml.encoding"),
        (b'<?xml version="1.0" encoding="utf-16"?><a/>', "xml.encoding"),
        ('<?xml version="1.0" encoding="utf-8"?><a/>'.encode("utf-16"), "xml.encoding"),
        (b"\xff\xfe<", "xml.encoding"),
        (b"<a>" * 70 + b"</a>" * 70, "xml.too_deep"),
        (b"<a>" + b"<b/>" * 20_001 + b"</a>", "xml.too_large"),
        (b'<a x="' + b"y" * 9_000 + b'"/>', "xml.too_large"),
        (b"<a " + b" ".join(b'x%d=""' % n for n in range(70)) + b"/>", "xml.too_large"),
        (b"<a>" + b"y" * 1_048_576 + b"</a>", "xml.too_large"),
    ],
)
def test_what_no_item_needs_is_refused(content: bytes, code: str) -> None:
    assert refused(content) == code


def test_a_manifest_may_be_larger() -> None:
    assert parse(b"<a>" + b"<b/>" * 20_001 + b"</a>", manifest=True).name == "a"


def test_hostile_xml_costs_little_time_and_memory() -> None:
    tracemalloc.start()
    began = time.process_time()
    for content in (
        BILLION,
        b"<a>" * 300_000,
        b"<a>" + b"&lt;" * 250_000 + b"</a>",
        b"<a>" + b"<b>x</b>" * 100_000 + b"</a>",
        b"<a " + b'x="y" ' * 150_000 + b"/>",
    ):
        with contextlib.suppress(ImportRefused):
            parse(content)
    assert time.process_time() - began < 10
    assert tracemalloc.get_traced_memory()[1] < 64 * 1024 * 1024
    tracemalloc.stop()


def shown(inner: str) -> str:
    """The text of a body with this markup in it."""
    return written(read_flow(parse((WRAP % inner).encode()), ()).paragraphs, lambda _: "")


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ("  a \n b\t<em>c</em> d ", "a b c d"),
        ("a<br/> b", "a\nb"),
        ("<div>a</div><div> </div><div>b</div>", "a\n\nb"),
        ("use <code>a  b</code> or <kbd/>", "use `a b` or"),
        ("<ul><li>a</li><li><p>b</p></li></ul>", "- a\n\n- b"),
        ("<ol><li>a</li><li>b</li></ol>", "1. a\n\n2. b"),
        ("x<sup>2</sup> H<sub>2</sub>O", "x² H₂O"),
        ("<q>a</q> <ruby><rb>b</rb><rp>(</rp><rt>c</rt></ruby>", "“a” b (c)"),
        ('<a href="https://example.org">a</a> <bdo dir="ltr">b</bdo>', "a b"),
        ("<dl><dt>a</dt><dd>b</dd></dl><hr/>", "a\n\nb"),
        ("a\u00a0b", "a\u00a0b"),
        ('if <math xmlns="http://www.w3.org/1998/Math/MathML"><mi>a</mi></math> or', "if a or"),
    ],
)
def test_markup_as_plain_text(inner: str, text: str) -> None:
    assert shown(inner) == text


def test_tables_and_preformatted_text_are_exhibits() -> None:
    table = (
        "<table><thead><tr><th>id</th><th>name</th></tr></thead>"
        "<tbody><tr><td>1</td><td>Ana</td></tr><tr><td>20</td></tr></tbody></table>"
    )
    flow = read_flow(parse((WRAP % f"a{table}<pre>\n b\n  c\n</pre>d").encode()), ())
    assert flow.exhibits == ["id | name\n---+-----\n1  | Ana\n20", " b\n  c"]
    assert written(flow.paragraphs, lambda _: "") == "a\n\nd"


@pytest.mark.parametrize(
    ("inner", "code"),
    [
        ("<img/>", "item.media"),
        ("<picture/>", "item.media"),
        ("<video/>", "item.media"),
        ('<svg xmlns="http://www.w3.org/2000/svg"/>', "item.media"),
        ('<math xmlns="http://www.w3.org/1998/Math/MathML"/>', "item.mathematics"),
        ('<code><math xmlns="http://www.w3.org/1998/Math/MathML"/></code>', "item.mathematics"),
        ('<include xmlns="http://www.w3.org/2001/XInclude" href="x"/>', "item.markup"),
        ("<qti-printed-variable/>", "item.template"),
        ("<qti-template-inline/>", "item.template"),
        ("<qti-choice-interaction/>", "item.interaction"),
        ("<script/>", "item.markup"),
        ("<iframe/>", "item.markup"),
        ('<bdo dir="rtl">abc</bdo>', "item.markup"),
        ("x<sup>th</sup>", "item.markup"),
        ("<code><img/></code>", "item.media"),
        ("a ` b", "item.text"),
        ("a \ue000 b", "item.text"),
        ("a" * 20_001, "item.text"),
        (f"<pre>{'a' * 20_001}</pre>", "item.text"),
        ("<table><tr><td colspan='2'>a</td></tr></table>", "item.markup"),
        ("<table><caption>a</caption></table>", "item.markup"),
        ("<table><tr><td><table/></td></tr></table>", "item.markup"),
    ],
)
def test_what_plain_text_cannot_carry_is_refused(inner: str, code: str) -> None:
    with pytest.raises(ImportRefused) as caught:
        shown(inner)
    assert caught.value.code == code


def test_an_exhibit_has_no_place_in_an_option() -> None:
    with pytest.raises(ImportRefused):
        plain(parse((WRAP % "<pre>a</pre>").encode()))


def test_the_limits_are_what_the_documentation_says() -> None:
    assert (markup.MAX_FILE, markup.MAX_ELEMENTS, markup.MAX_DEPTH) == (1_048_576, 20_000, 64)
    assert Element("", "a", {}).text() == ""


def test_tables_in_tables_are_each_laid_out_once() -> None:
    inner = "a<qti-text-entry-interaction/>"
    for _ in range(19):
        inner = f"<table><tr><td>{inner}</td></tr></table>"
    begun = time.process_time()
    flow = read_flow(parse((WRAP % inner).encode()), ["qti-text-entry-interaction"])
    assert written(flow.paragraphs, lambda _: "_") == "a_"
    assert time.process_time() - begun < 1
