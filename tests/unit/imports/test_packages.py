"""Files, folders and zip packages: what is taken, and every hostile one refused by its code."""

import io
import os
import re
import struct
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from issuer.assessments import bank as banks
from issuer.assessments.bank import parse_bank
from issuer.imports import importing
from issuer.imports import package as packages
from issuer.imports.importing import Wanted, import_package
from issuer.imports.refusals import CODES, ImportRefused
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

DOCS = Path(__file__).parents[3] / "docs" / "qti.md"


def one(identifier: str = "q1", **more: str) -> bytes:
    return item(choice(THREE), response(("y",)), SCORE, MATCH_CORRECT, identifier=identifier, **more)


BAD = item("<qti-slider-interaction/>", SCORE, MATCH_CORRECT, identifier="bad")


def at(folder: Path, content: bytes, name: str = "p.zip") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def refused(path: Path) -> str:
    with pytest.raises(ImportRefused) as caught:
        through(path)
    assert caught.value.detail.endswith(".")
    return caught.value.code


def test_one_file(tmp_path: Path) -> None:
    imported = through(at(tmp_path, one(), "item.xml"))
    assert imported.document is not None
    bank = parse_bank(imported.document)
    assert [(ours.id, ours.kind, ours.state, ours.area) for ours in bank.items] == [
        ("q1", "single", "draft", "imported")
    ]
    assert (bank.id, bank.title, bank.language) == ("b", "B", "en")
    assert bank.standard_setting == "none: imported items, no cut was set"


def test_what_the_one_who_imports_decides(tmp_path: Path) -> None:
    path = at(tmp_path, one(attributes='xml:lang="DE"'), "item.xml")
    imported = through(
        path, state="live", area="Areas of  work", version="2.0.0", description="What it measures."
    )
    assert imported.document is not None
    bank = parse_bank(imported.document)
    assert (bank.version, bank.description, bank.language) == ("2.0.0", "What it measures.", "de")
    assert [(area.id, area.name) for area in bank.areas] == [("areas-of-work", "Areas of work")]
    assert bank.items[0].state == "live"


def test_a_folder_is_read_in_order_and_what_is_no_item_stands_aside(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    at(tmp_path, one("b"), "b.xml")
    at(tmp_path, one("A b!"), "a.xml")
    at(tmp_path / "sub", BAD, "c.XML")
    at(tmp_path, b"<qti-assessment-test/>", "test.xml")
    at(tmp_path, b"p { }", "style.css")
    os.mkfifo(tmp_path / "pipe.xml")
    imported = through(tmp_path)
    assert [(taken.file, taken.identifier, taken.id) for taken in imported.taken] == [
        ("a.xml", "A b!", "a-b"),
        ("b.xml", "b", "b"),
    ]
    assert [(bad.file, bad.identifier, bad.code) for bad in imported.refused] == [
        ("sub/c.XML", "bad", "item.interaction")
    ]
    assert imported.document is not None
    assert b"2 of 3 items" in imported.document


def test_a_package_is_read_as_its_manifest_says(tmp_path: Path) -> None:
    lom = (
        "<metadata><lom><general><keyword><string>Second best</string></keyword></general><classification>"
        "<taxonPath><taxon><entry><string>Science</string></entry></taxon>"
        "<taxon><entry><string>Rivers</string></entry></taxon></taxonPath></classification></lom></metadata>"
    )
    files = {
        "imsmanifest.xml": manifest("items/two.xml", "items/one%20more.xml", metadata=lom),
        "items/two.xml": one("q2"),
        "items/one more.xml": one("q1"),
        "items/unlisted.xml": one("q3"),
    }
    first, second = (through(at(tmp_path, package(files), name)) for name in ("p.zip", "again.zip"))
    assert [taken.id for taken in first.taken] == ["q2", "q1"]
    assert first.document is not None
    assert first.document == second.document
    assert [area.name for area in parse_bank(first.document).areas] == ["Rivers"]


def test_an_area_may_be_a_keyword_and_the_same_for_several(tmp_path: Path) -> None:
    word = "<metadata><keyword>Rivers</keyword></metadata>"
    files = {
        "imsmanifest.xml": manifest("a.xml", "b.xml", metadata=word),
        "a.xml": one("a"),
        "b.xml": one("b"),
    }
    document = through(at(tmp_path, package(files))).document
    assert document is not None
    assert [area.name for area in parse_bank(document).areas] == ["Rivers"]


def test_a_file_name_that_is_no_utf_8_is_spelt_out(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.xml")).write_bytes(one())
    at(tmp_path, BAD, "b.xml")
    assert through(tmp_path).taken[0].file == "caf\\udce9.xml"


def test_a_bank_that_would_be_too_large_is_refused_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(banks, "MAX_BYTES", 100)
    assert refused(at(tmp_path, one(), "item.xml")) == "bank.unfit"


def test_ids_that_would_be_one_are_told_apart(tmp_path: Path) -> None:
    for name, identifier in (("a.xml", "Q 1"), ("b.xml", "q-1"), ("c.xml", "問"), ("d.xml", "imported")):
        at(tmp_path, one(identifier), name)
    assert [taken.id for taken in through(tmp_path).taken] == ["q-1", "q-1-2", "item", "imported-2"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<assessmentItem xmlns='http://www.imsglobal.org/xsd/imsqti_v2p2'/>", "item.version"),
        (b"<qti-assessment-item/>", "item.version"),
        (b"<html/>", "item.version"),
        (one(""), "item.identifier"),
        (one("x" * 300), "item.identifier"),
        (
            item(choice(THREE), SCORE, '<qti-template-declaration identifier="T"/>', MATCH_CORRECT),
            "item.declaration",
        ),
        (
            item(choice(THREE), SCORE, '<qti-assessment-stimulus-ref href="s.xml"/>', MATCH_CORRECT),
            "item.file",
        ),
        (
            item(choice(THREE), SCORE, "<qti-companion-materials-info/>", MATCH_CORRECT),
            "item.stimulus",
        ),
        (one().replace(b"qti-item-body", b"qti-no-body"), "item.declaration"),
        (b"<", "xml.malformed"),
    ],
)
def test_an_item_that_is_none_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    imported = through(at(tmp_path, content, "item.xml"))
    assert [bad.code for bad in imported.refused] == [code]
    assert imported.document is None


def test_the_second_item_of_a_name_is_refused(tmp_path: Path) -> None:
    at(tmp_path, one(), "a.xml")
    at(tmp_path, one(), "b.xml")
    assert [(bad.file, bad.code) for bad in through(tmp_path).refused] == [("b.xml", "item.identifier")]


def test_a_bank_that_is_none_is_refused_whole(tmp_path: Path) -> None:
    path = at(tmp_path, one(), "item.xml")
    for wanted in (Wanted("Not an id", "B"), Wanted("b", " "), Wanted("b", "\ud800")):
        with pytest.raises(ImportRefused) as caught:
            import_package(path, wanted)
        assert caught.value.code == "bank.unfit"


LISTED = {"imsmanifest.xml": manifest("a.xml"), "a.xml": one()}


def raw(name: str, *, flags: int = 0, method: int = zipfile.ZIP_STORED, size: int | None = None) -> bytes:
    """An archive with an entry whose header says what no writer of Python's would."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for key, content in LISTED.items():
            archive.writestr(key, content)
        archive.writestr("x" * len(name.encode()), b"0" * 10)
    packed = bytearray(held.getvalue().replace(b"x" * len(name.encode()), name.encode()))
    entry = packed.rfind(b"PK\x01\x02")
    struct.pack_into("<H", packed, entry + 8, flags)
    struct.pack_into("<H", packed, entry + 10, method)
    if size is not None:
        struct.pack_into("<I", packed, entry + 24, size)
    return bytes(packed)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (package({"a.xml": one()}), "manifest.missing"),
        (package({"imsmanifest.xml": manifest("b.xml")}), "manifest.missing"),
        (package({"imsmanifest.xml": b"<manifest/>"}), "manifest.malformed"),
        (package({"imsmanifest.xml": b"<x><resources/></x>"}), "manifest.malformed"),
        (package({"imsmanifest.xml": manifest("a.xml", metadata='<x xml:base="/"/>')}), "manifest.malformed"),
        (package({"imsmanifest.xml": b"<!DOCTYPE x><manifest/>"}), "xml.declares"),
        (package({"imsmanifest.xml": manifest()}), "package.empty"),
        (package({"imsmanifest.xml": manifest("")}), "manifest.outside"),
        (package({"imsmanifest.xml": manifest("", kind="webcontent")}), "package.empty"),
        (package({"imsmanifest.xml": manifest("../a.xml")}), "manifest.outside"),
        (package({"imsmanifest.xml": manifest("/etc/passwd")}), "manifest.outside"),
        (package({"imsmanifest.xml": manifest("file:///etc/passwd")}), "manifest.outside"),
        (package({"imsmanifest.xml": manifest("https://example.org/a.xml")}), "manifest.outside"),
        (package({"imsmanifest.xml": manifest("//example.org/a.xml")}), "manifest.outside"),
        (package({"imsmanifest.xml": manifest("a/%2e%2e/%2e%2e/b.xml")}), "manifest.outside"),
        (package({"imsmanifest.xml": manifest("http://[/")}), "manifest.outside"),
        (package({"imsmanifest.xml": manifest("../t.xml", kind="imsqti_test_xmlv3p0")}), "manifest.outside"),
        (package(LISTED | {"../a.xml": b""}), "package.path"),
        (package(LISTED | {"/a.xml": b""}), "package.path"),
        (package(LISTED | {"b/./a.xml": b""}), "package.path"),
        (package(LISTED | {"c:/a.xml": b""}), "package.path"),
        (package(LISTED | {"a\nb.xml": b""}), "package.path"),
        (raw("a\\..\\b.xml"), "package.path"),
        (raw("a\0b.xml"), "package.path"),
        (package(LISTED | {"n" * 1_100: b""}), "package.path"),
        (package(LISTED | {"link": b"/etc/passwd"}, links=("link",)), "package.link"),
        (package(LISTED | {"A.xml": b""}), "package.twice"),
        (package(LISTED | {"b.zip": package(LISTED)}), "package.nested"),
        (package(LISTED | {"b.IMSCC": b""}), "package.nested"),
        (raw("b.bin", flags=1), "package.encrypted"),
        (raw("b.bin", method=zipfile.ZIP_LZMA), "package.compression"),
        (raw("b.bin", size=2**31), "package.too_large"),
        (package(LISTED | {"bomb.xml": b"0" * 3_000_000}), "package.ratio"),
        (package(LISTED)[:-5], "package.damaged"),
        (package(LISTED) + b"comment", "package.damaged"),
        (b"PK\x03\x04", "package.damaged"),
        (b"PK" + b"\0" * 100 + package(LISTED)[-22:], "package.damaged"),
        (package({f"f{n}": b"" for n in range(10_001)}), "package.too_many"),
    ],
)
def test_a_hostile_package_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    assert refused(at(tmp_path, content)) == code


def test_the_same_name_twice_in_an_archive_is_refused(tmp_path: Path) -> None:
    content = package(LISTED | {"b.xml": b"<x/>", "c.xml": b"<y/>"}).replace(b"c.xml", b"b.xml")
    assert refused(at(tmp_path, content)) == "package.twice"


def test_an_archive_of_the_large_form_or_with_a_large_directory_is_refused(tmp_path: Path) -> None:
    content = package(LISTED)
    assert (
        refused(at(tmp_path, content[:-22] + b"PK\x06\x07" + b"\0" * 16 + content[-22:])) == "package.damaged"
    )
    end = bytearray(content)
    struct.pack_into("<I", end, len(end) - 10, 2**31)
    assert refused(at(tmp_path, bytes(end))) == "package.too_many"


def test_an_entry_whose_bytes_are_damaged_is_refused(tmp_path: Path) -> None:
    content = bytearray(package(LISTED))
    content[content.rfind(b"PK\x03\x04") + 60] ^= 0xFF
    assert [bad.code for bad in through(at(tmp_path, bytes(content))).refused] == ["package.damaged"]


def test_a_declared_size_that_is_too_large_is_refused(tmp_path: Path) -> None:
    content = bytearray(package({"imsmanifest.xml": manifest("a.xml"), "a.xml": one()}))
    entry = content.rfind(b"PK\x01\x02")
    struct.pack_into("<I", content, entry + 24, len(one()) + 5)
    assert [bad.code for bad in through(at(tmp_path, bytes(content))).refused] == ["package.damaged"]


def test_a_declared_size_that_is_too_small_does_not_let_more_out(tmp_path: Path) -> None:
    content = bytearray(package({"imsmanifest.xml": manifest("a.xml"), "a.xml": one() + b" " * 50_000}))
    entry = content.rfind(b"PK\x01\x02")
    struct.pack_into("<I", content, entry + 24, 100)
    assert [bad.code for bad in through(at(tmp_path, bytes(content))).refused] == ["package.damaged"]


def test_many_files_in_a_folder_links_and_missing_files_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refused(tmp_path / "nothing") == "package.unreadable"
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert refused(pipe) == "package.unreadable"
    folder = tmp_path / "folder"
    folder.mkdir()
    assert refused(folder) == "package.empty"
    (folder / "a.xml").symlink_to("/etc/passwd")
    assert refused(folder) == "package.link"
    (folder / "a.xml").unlink()
    for name in ("a.xml", "b.xml", "c.xml"):
        at(folder, one(name), name)
    monkeypatch.setattr(packages, "MAX_FILES", 2)
    assert refused(folder) == "package.too_many"


def test_more_items_than_an_import_reads_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert importing.MAX_ITEMS == 2_000
    monkeypatch.setattr(importing, "MAX_ITEMS", 2)
    names = [f"q{n}.xml" for n in range(3)]
    files = {"imsmanifest.xml": manifest(*names)} | dict.fromkeys(names, b"")
    assert refused(at(tmp_path, package(files))) == "package.too_many"


def test_large_files_are_refused(tmp_path: Path) -> None:
    big = at(tmp_path, b"", "big.xml")
    with big.open("r+b") as file:
        file.truncate(packages.MAX_PACKAGE + 1)
    assert refused(big) == "package.too_large"
    with big.open("r+b") as file:
        file.truncate(packages.MAX_READ + 1)
    assert [bad.code for bad in through(big).refused] == ["package.too_large"]
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as archive:
        archive.writestr("imsmanifest.xml", manifest("a.xml"))
        archive.writestr("a.xml", os.urandom(packages.MAX_READ + 1))
    assert [bad.code for bad in through(at(tmp_path, stored.getvalue())).refused] == ["package.too_large"]


def test_a_bomb_costs_little_time_and_memory(tmp_path: Path) -> None:
    files = {f"f{n}.xml": b"0" * 60_000 for n in range(1_000)} | {"imsmanifest.xml": manifest("f1.xml")}
    path = at(tmp_path, package(files))
    tracemalloc.start()
    began = time.process_time()
    assert [bad.code for bad in through(path).refused] == ["xml.malformed"]
    assert time.process_time() - began < 5
    assert tracemalloc.get_traced_memory()[1] < 16 * 1024 * 1024  # a quarter of what it unpacks to
    tracemalloc.stop()


def test_a_folder_that_cannot_be_read_any_more_is_refused(tmp_path: Path) -> None:
    with packages.opened(tmp_path) as opened, pytest.raises(ImportRefused):
        opened.read("gone.xml")


def test_every_code_is_documented_and_no_other() -> None:
    listed = set(re.findall(r"^\| `([a-z]+\.[a-z_]+)` \|", DOCS.read_text(), re.MULTILINE))
    assert listed == set(CODES)
    with pytest.raises(KeyError):
        ImportRefused("no.code", "No.")
