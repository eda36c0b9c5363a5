"""The process in which pictures and graphs are decoded, run by its path; it imports nothing of ours.

Chores come on standard input, answers go to standard output: four bytes of length, big-endian, then data.
An answer begins with `+`, or with `-` and a code where it could not be done; the first says that all is
ready. The end of the input is the end of the process.
"""

import functools
import io
import json
import mmap
import signal
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

# CPU seconds for one chore, by kind; bytes beyond what the interpreter and its libraries hold.
SECONDS = {"picture": 2.0, "graph": 0.8}
MEMORY = 96 * 1_048_576

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
PIXELS = 16_000_000
JPEG_PIXELS = 100_000_000  # it can be decoded at a fraction of its size
LANDSCAPE, PORTRAIT = (2000, 1500), (1500, 2000)
CODES = 8
CHARACTERS = 8_192  # more than the largest QR code holds

Do = Callable[[bytes], bytes]
Limit = Callable[[int, tuple[int, int]], None]


class Refused(Exception):  # noqa: N818 — the house's name: what a refusal is, not that it is an error
    """A chore that cannot be done; its argument is the code."""


def picture(data: bytes) -> bytes:
    """Return the texts of the QR codes in a PNG, JPEG, WebP or GIF picture, as a JSON list.

    Raises Refused picture.too_large from its header alone, and picture.unreadable.
    """
    import zxingcpp  # noqa: PLC0415 — an extra, and only where pictures are decoded
    from PIL import Image  # noqa: PLC0415 — likewise

    qr = functools.partial(
        zxingcpp.read_barcodes,
        formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode),
        text_mode=zxingcpp.TextMode.Plain,
    )
    Image.MAX_IMAGE_PIXELS = None  # ours is exact, and stands below
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            texts = _look(image, qr)
    except (Refused, MemoryError):
        raise
    except Exception as error:
        raise Refused("picture.unreadable") from error  # decoders raise anything at what is damaged
    return json.dumps(texts).encode()


def _look(image: Any, read: Callable[..., Any]) -> list[str]:
    """Look for QR codes: at a fraction of a large picture first, then at all of it."""
    pixels = image.width * image.height
    if pixels > (JPEG_PIXELS if image.format == "JPEG" else PIXELS):
        raise Refused("picture.too_large")
    fits = LANDSCAPE if image.width >= image.height else PORTRAIT
    if image.format == "JPEG":  # luminance alone, and no more of it than is looked at
        image.draft("L", image.size if pixels <= PIXELS else fits)
    fraction = max(-(-image.width // fits[0]), -(-image.height // fits[1]))
    grey = _grey(image)
    for looked_at in ([grey.reduce(fraction)] if fraction > 1 else []) + [grey]:
        texts = dict.fromkeys(
            code.text for code in read(looked_at) if code.valid and len(code.text) <= CHARACTERS
        )
        if texts:
            return list(texts)[:CODES]
    return []


def _grey(image: Any) -> Any:
    """The picture's luminance, on white where it is transparent."""
    if not image.has_transparency_data:
        return image.convert("L")
    coloured = image if image.mode == "RGBA" else image.convert("RGBA")  # which would make a copy
    grey = coloured.convert("L")
    grey.paste(255, mask=coloured.getchannel("A").point(range(255, -1, -1)))
    return grey


def graph(data: bytes) -> bytes:
    """Return N-Quads in canonical form (RDFC-1.0, section 4); raises Refused graph.malformed.

    Lenient about IRIs, because pyoxigraph refuses sound ones: whoever asks has checked every term.
    """
    import pyoxigraph as ox  # noqa: PLC0415 — an extra, and only where graphs are canonicalised

    try:
        dataset = ox.Dataset(ox.parse(data, format=ox.RdfFormat.N_QUADS, lenient=True))
    except (SyntaxError, ValueError) as error:
        raise Refused("graph.malformed") from error
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    quads = io.BytesIO()
    ox.serialize(dataset, quads, format=ox.RdfFormat.N_QUADS)
    return b"".join(line + b"\n" for line in sorted(quads.getvalue().split(b"\n")) if line)


def rehearse(kind: str) -> Do:
    """Do one chore of each sort, so that every library is loaded before no file may be opened any more.

    Raises ImportError where one is missing.
    """
    if kind == "graph":
        graph(b"_:a <urn:b> _:c .\n")
        return graph
    from PIL import Image  # noqa: PLC0415 — likewise

    for name in FORMATS:
        out = io.BytesIO()
        Image.new("RGB", (8, 8)).save(out, name)
        picture(out.getvalue())
    return picture


def confine(limit: Limit, memory: int) -> None:
    """Open no file or socket and start no process from now on, write no file, and hold no more memory."""
    import resource  # noqa: PLC0415 — where there are limits

    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        limit(kind, (most, most))


def held() -> int:
    """Return the bytes of address space in use (Linux)."""
    return int(Path("/proc/self/statm").read_bytes().split()[0]) * mmap.PAGESIZE


def allow(seconds: float, limit: Limit) -> None:
    """End the process once it has used so much more CPU time: exactly, and by the kernel's count besides."""
    import resource  # noqa: PLC0415 — where there are limits

    signal.setitimer(signal.ITIMER_PROF, seconds)
    most = int(time.process_time() + seconds) + 2
    limit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))


def serve(chores: BinaryIO, answers: BinaryIO, do: Do, before: Callable[[], None]) -> None:
    """Do one chore after the other until the input ends; `before` each."""
    _say(answers, b"+")
    while len(head := chores.read(4)) == 4:  # noqa: PLR2004 — the length before each chore
        data = chores.read(struct.unpack(">I", head)[0])
        before()
        try:
            answer = b"+" + do(data)
        except Refused as refused:
            answer = b"-" + str(refused).encode()
        except MemoryError:
            answer = b"-sandbox.memory"
        _say(answers, answer)


def _say(answers: BinaryIO, answer: bytes) -> None:
    answers.write(struct.pack(">I", len(answer)) + answer)
    answers.flush()


def main(kind: str) -> None:
    """Load what this kind of chore needs, give up everything else, and serve."""
    chores, answers = sys.stdin.buffer, sys.stdout.buffer
    try:
        do = rehearse(kind)
    except ImportError:
        _say(answers, b"-sandbox.not_installed")
        return
    if sys.platform != "linux":  # whoever started us still ends us after a time
        serve(chores, answers, do, lambda: None)
        return
    import resource  # noqa: PLC0415 — where there are limits

    confine(resource.setrlimit, held() + MEMORY)
    serve(chores, answers, do, lambda: allow(SECONDS[kind], resource.setrlimit))


if __name__ == "__main__":
    main(sys.argv[1])
