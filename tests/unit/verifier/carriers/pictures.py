"""Pictures made for tests: PNG files chunk by chunk, QR codes, and what hides in them."""

import io
import struct
import zlib

import qrcode
from PIL import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, data: bytes, checksum: int | None = None) -> bytes:
    return (
        struct.pack(">I", len(data))
        + kind
        + data
        + struct.pack(">I", zlib.crc32(kind + data) if checksum is None else checksum)
    )


def itxt(
    text: bytes, keyword: bytes = b"openbadgecredential", *, before: bytes = b"\0\0\0\0", sound: bool = True
) -> bytes:
    """An iTXt chunk; `before` is flag, method, language and translated keyword."""
    return chunk(b"iTXt", keyword + b"\0" + before + text, None if sound else 1)


def png(*chunks: bytes, width: int = 1, height: int = 1) -> bytes:
    """A picture of one black pixel, whatever it says of its size, with these chunks after its header."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    end = chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
    return SIGNATURE + header + b"".join(chunks) + end


def qr(text: str, kind: str = "PNG") -> bytes:
    """A screenshot of a QR code."""
    out = io.BytesIO()
    code = qrcode.QRCode(box_size=4)
    code.add_data(text)
    code.make_image().convert("RGB").save(out, kind)
    return out.getvalue()


def both(first: str, second: str) -> bytes:
    """A picture with two QR codes."""
    codes = [Image.open(io.BytesIO(qr(text))) for text in (first, second)]
    side = max(code.width for code in codes)
    picture = Image.new("RGB", (2 * side + 40, side), "white")
    for index, code in enumerate(codes):
        picture.paste(code, (index * (side + 40), 0))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
