"""What the worker does, without its process: pictures, graphs, limits and the conversation."""

import io
import json
import resource
import runpy
import signal
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import qrcode
from PIL import Image

from verifier.sandbox import worker
from verifier.sandbox.worker import Refused, graph, picture

LINK = "https://issuer.example/c/demo.abc/verify"


def code(text: str = LINK, size: int = 4) -> Image.Image:
    made = qrcode.QRCode(box_size=size)
    made.add_data(text)
    image: Image.Image = made.make_image().convert("RGB")
    return image


def file(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def texts(data: bytes) -> list[str]:
    return list(json.loads(picture(data)))


def refused(do: Callable[[bytes], bytes], data: bytes) -> str:
    with pytest.raises(Refused) as error:
        do(data)
    return str(error.value)


@pytest.mark.parametrize("kind", worker.FORMATS)
def test_every_format(kind: str) -> None:
    assert texts(file(code(), kind)) == [LINK]


def test_turned_inverted_and_on_nothing() -> None:
    assert texts(file(code().rotate(31, expand=True, fillcolor="white"))) == [LINK]
    assert texts(file(invert(code()))) == [LINK]
    transparent = Image.new("RGBA", code().size)
    transparent.paste("black", mask=invert(code()).convert("L"))
    assert texts(file(transparent)) == [LINK]
    assert texts(file(transparent, "GIF")) == [LINK]


def invert(image: Image.Image) -> Image.Image:
    return image.point([255 - value for value in range(256)] * 3)


def test_a_code_in_a_large_photograph() -> None:
    photograph = Image.new("RGB", (4032, 3024), "gray")
    photograph.paste(code(size=5), (2000, 2000))
    assert texts(file(photograph, "JPEG")) == [LINK]
    assert texts(file(photograph.rotate(90, expand=True), "JPEG")) == [LINK]
    photograph.paste("gray", (0, 0, 4032, 3024))
    photograph.paste(code(size=2), (2000, 2000))  # too small once it is reduced
    assert texts(file(photograph, "JPEG", quality=95)) == [LINK]
    assert texts(file(Image.new("RGB", (4032, 3024)))) == []


def test_a_photograph_that_is_decoded_at_a_fraction() -> None:
    photograph = Image.new("L", (8000, 6000), "gray")
    photograph.paste(code(size=20).convert("L"), (2000, 2000))
    data = file(photograph, "JPEG")
    assert texts(data) == [LINK]


def test_several_codes_and_none() -> None:
    both = Image.new("RGB", (600, 300), "white")
    both.paste(code("first").resize((250, 250)), (20, 20))
    both.paste(code("second").resize((250, 250)), (320, 20))
    assert sorted(texts(file(both))) == ["first", "second"]
    assert texts(file(Image.new("RGB", (50, 50)))) == []


def test_pictures_that_are_too_large_by_their_header() -> None:
    square = bytearray(file(Image.new("1", (8, 8))))
    square[16:24] = (20_000).to_bytes(4, "big") * 2
    square[29:33] = zlib.crc32(square[12:29]).to_bytes(4, "big")
    assert refused(picture, bytes(square)) == "picture.too_large"
    assert refused(picture, file(Image.new("L", (10_100, 10_000)), "JPEG")) == "picture.too_large"


def test_pictures_that_cannot_be_read() -> None:
    whole = file(code())
    for damaged in (b"", b"GIF89a", whole[: len(whole) // 2], whole[:60], b"BM" + whole):
        assert refused(picture, damaged) == "picture.unreadable"


def test_no_memory_is_not_a_damaged_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(Image, "open", exhausted)
    with pytest.raises(MemoryError):
        picture(b"")


def test_graphs() -> None:
    assert graph(b"") == b""
    twice = b'_:x <urn:p> _:y .\n_:y <urn:p> "2" .\n_:y <urn:p> "2" .\n'
    assert graph(twice) == b'_:c14n0 <urn:p> "2" .\n_:c14n1 <urn:p> _:c14n0 .\n'
    assert graph(b"<urn:a> <urn:p> <https://a/[1]> .\n") == b"<urn:a> <urn:p> <https://a/[1]> .\n"
    assert refused(graph, b"<urn:a> .") == "graph.malformed"


@pytest.mark.corpora
def test_graphs_of_others(corpora: Path) -> None:
    folder = corpora / "rdf-canon" / "rdfc10"
    compared = 0
    for given in sorted(folder.glob("test*-in.nq")):
        expected = given.with_name(given.name.replace("-in.nq", "-rdfc10.nq"))
        if expected.exists() and "075" not in given.name:  # that one is for SHA-384
            assert graph(given.read_bytes()) == expected.read_bytes(), given.name
            compared += 1
    assert compared > 60


def test_the_conversation() -> None:
    def do(data: bytes) -> bytes:
        if data == b"refuse":
            raise Refused("picture.unreadable")
        if data == b"exhaust":
            raise MemoryError
        return data.upper()

    def framed(*parts: bytes) -> bytes:
        return b"".join(len(part).to_bytes(4, "big") + part for part in parts)

    chores = io.BytesIO(framed(b"do", b"refuse", b"exhaust", b"") + b"\0\0")
    answers, times = io.BytesIO(), []
    worker.serve(chores, answers, do, lambda: times.append(1))
    assert answers.getvalue() == framed(b"+", b"+DO", b"-picture.unreadable", b"-sandbox.memory", b"+")
    assert len(times) == 4


class Terminal:
    """Standard input or output."""

    def __init__(self, data: bytes = b"") -> None:
        self.buffer = io.BytesIO(data)


def run(monkeypatch: pytest.MonkeyPatch, kind: str) -> bytes:
    out = Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal(b"\0\0\0\0"))
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "argv", ["worker.py", kind])
    runpy.run_path(worker.__file__, run_name="__main__")
    return out.buffer.getvalue()


@pytest.mark.parametrize(("kind", "answer"), [("graph", b"+"), ("picture", b"-picture.unreadable")])
def test_limits_are_set_before_the_first_chore(
    monkeypatch: pytest.MonkeyPatch, kind: str, answer: bytes
) -> None:
    limits: list[tuple[int, tuple[int, int]]] = []
    timers: list[float] = []
    monkeypatch.setattr(resource, "setrlimit", lambda *given: limits.append(given))
    monkeypatch.setattr(signal, "setitimer", lambda _, seconds: timers.append(seconds))
    assert run(monkeypatch, kind).endswith(answer)
    assert timers == [worker.SECONDS[kind]]
    names = [name for name, _ in limits]
    assert names[-1] == resource.RLIMIT_CPU
    assert set(names) > {resource.RLIMIT_AS, resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC}


def test_where_there_are_no_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(resource, "setrlimit", None)
    assert run(monkeypatch, "graph").endswith(b"+")


@pytest.mark.parametrize(
    ("kind", "library"), [("picture", "zxingcpp"), ("picture", "PIL"), ("graph", "pyoxigraph")]
)
def test_where_a_library_is_missing(monkeypatch: pytest.MonkeyPatch, kind: str, library: str) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    answer = run(monkeypatch, kind)
    assert answer[4:] == b"-sandbox.not_installed"
