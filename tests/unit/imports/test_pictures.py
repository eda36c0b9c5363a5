"""Pictures and shared stimuli: read from the package and from nowhere else."""

import base64
import secrets
import struct
from pathlib import Path

import pytest

from issuer.assessments.bank import parse_bank
from issuer.assessments.kinds.picture import MAX_BYTES
from issuer.imports import importing
from issuer.imports.importing import Imported
from issuer.imports.markup import QTI
from schemas.items import Item
from tests.unit.imports.writer import (
    MATCH_CORRECT,
    SCORE,
    THREE,
    choice,
    item,
    manifest,
    package,
    response,
    through,
)


def png(width: int = 8, height: int = 8, more: bytes = b"") -> bytes:
    """What a PNG begins with: nothing here unpacks it."""
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", width, height) + more


def image(source: str = "a.png", alt: str = "A map of three towns") -> str:
    return f'<img src="{source}" alt="{alt}"/>'


def asking(body: str, *parts: str) -> bytes:
    return item(body, *parts, response(("y",)), SCORE, MATCH_CORRECT)


def imported(folder: Path, document: bytes, **files: bytes) -> Imported:
    held = {name.replace("__", "/").replace("_", "."): content for name, content in files.items()}
    path = folder / "p.zip"
    listed = {"imsmanifest.xml": manifest("items/q.xml"), "items/q.xml": document}
    path.write_bytes(package(listed | held))
    return through(path)


def taken(found: Imported) -> Item:
    assert found.document is not None, found.refused
    return parse_bank(found.document).items[0]


def refused(found: Imported) -> str:
    (bad,) = found.refused
    return bad.code


def test_pictures_of_body_and_prompt_are_shown_by_number(tmp_path: Path) -> None:
    asked = choice(THREE, prompt="And?").replace("And?", f"And? {image('../b.jpg', 'A plan')}")
    jpeg = b"\xff\xd8\xff\xe0\0\x04\0\0\xff\xc0\0\x11\x08" + struct.pack(">HH", 30, 40)
    ours = taken(
        imported(tmp_path, asking(f"<p>Look at {image()}.</p>{asked}"), items__a_png=png(), b_jpg=jpeg)
    )
    assert ours.stem == "Look at [Picture 1].\n\nAnd? [Picture 2]"
    assert [(one.media_type, one.alt) for one in ours.pictures] == [
        ("image/png", "A map of three towns"),
        ("image/jpeg", "A plan"),
    ]
    assert base64.b64decode(ours.pictures[0].data) == png()


def test_an_object_may_be_a_picture_with_words_in_it(tmp_path: Path) -> None:
    shown = '<object data="a.png" type="image/png">A map of <b>three</b> towns</object>'
    ours = taken(imported(tmp_path, asking(shown + choice(THREE)), items__a_png=png()))
    assert [one.alt for one in ours.pictures] == ["A map of three towns"]
    other = shown.replace("image/png", "text/html")
    assert refused(imported(tmp_path, asking(other + choice(THREE)), items__a_png=png())) == "item.media"


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("b.png", "item.file"),
        ("../../a.png", "item.file"),
        ("/etc/passwd", "item.file"),
        ("file:///etc/passwd", "item.file"),
        ("https://example.org/items/a.png", "item.file"),
        ("//example.org/a.png", "item.file"),
        ("data:image/png;base64,AAAA", "item.file"),
        ("http://[", "item.file"),
        ("", "item.file"),
        ("q.xml", "item.media"),
    ],
)
def test_a_picture_is_read_from_the_package_only(tmp_path: Path, source: str, code: str) -> None:
    assert refused(imported(tmp_path, asking(image(source) + choice(THREE)), items__a_png=png())) == code


@pytest.mark.parametrize(
    "content",
    [png(5_000), png(0), png()[:20], b"\xff\xd8\xff", png(more=secrets.token_bytes(MAX_BYTES))],
)
def test_a_picture_that_is_none_or_too_large_is_refused(tmp_path: Path, content: bytes) -> None:
    found = imported(tmp_path, asking(image() + choice(THREE)), items__a_png=content)
    assert refused(found) in {"item.unfit", "item.media"}


def test_a_picture_without_words_or_in_a_choice_and_too_many_are_refused(tmp_path: Path) -> None:
    for body, code in (
        (image(alt=" ") + choice(THREE), "item.media"),
        (choice(THREE).replace("Alpha", image()), "item.media"),
        (image() * 5 + choice(THREE), "item.media"),
    ):
        assert refused(imported(tmp_path, asking(body), items__a_png=png())) == code


SHARED = f'<qti-assessment-stimulus xmlns="{QTI}" identifier="s">%s</qti-assessment-stimulus>'
REFERENCE = '<qti-assessment-stimulus-ref identifier="s" href="../texts/s.xml"/>'


def shared(inner: str) -> bytes:
    return (SHARED % f"<qti-stimulus-body>{inner}</qti-stimulus-body>").encode()


def test_a_stimulus_is_shown_before_the_question(tmp_path: Path) -> None:
    text = shared(f"<p>Once.</p><p>Then {image('map.png')}.</p><pre>a | b</pre>")
    ours = taken(
        imported(tmp_path, asking(choice(THREE), REFERENCE), texts__s_xml=text, texts__map_png=png())
    )
    assert ours.exhibit == "Once.\n\nThen [Picture 1].\n\na | b"
    assert len(ours.pictures) == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<x/>", "item.stimulus"),
        (SHARED.encode() % b"", "item.stimulus"),
        (
            shared('<qti-feedback-block outcome-identifier="F" identifier="x">No.</qti-feedback-block>'),
            "item.stimulus",
        ),
        (shared("<qti-choice-interaction/>"), "item.interaction"),
        (b"<!DOCTYPE a><a/>", "xml.declares"),
        (shared("a" * 20_001), "item.text"),
    ],
)
def test_a_stimulus_that_is_none_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    assert refused(imported(tmp_path, asking(choice(THREE), REFERENCE), texts__s_xml=content)) == code


def test_one_file_alone_refers_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png())
    (tmp_path / "q.xml").write_bytes(asking(image() + choice(THREE)))
    assert refused(through(tmp_path / "q.xml")) == "item.file"


def test_more_pictures_than_a_bank_holds_and_more_stimuli_than_an_item_has_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "MAX_BYTES", 50)
    twice = asking(image() * 2 + choice(THREE))
    assert refused(imported(tmp_path, twice, items__a_png=png())) == "item.media"
    many = asking(choice(THREE), REFERENCE * 5)
    assert refused(imported(tmp_path, many, texts__s_xml=shared("<p>a</p>"))) == "item.stimulus"
