"""Status lists and pictures, compressed by a few lines of our own: another zlib would make other bytes."""

import struct
import zlib
from collections.abc import Iterable

from tests.vectors.maker.keys import segment

LENGTH = 16_384


class _Stream:
    """Bits, the least significant first."""

    def __init__(self) -> None:
        self.value, self.length = 0, 0

    def add(self, value: int, length: int) -> None:
        self.value |= value << self.length
        self.length += length

    def code(self, value: int, length: int) -> None:
        """A Huffman code, whose most significant bit comes first."""
        self.add(int(f"{value:0{length}b}"[::-1], 2), length)

    def literal(self, byte: int) -> None:
        if byte < 144:
            self.code(0x30 + byte, 8)
        else:
            self.code(0x190 + byte - 144, 9)


def deflate(data: bytes) -> bytes:
    """RFC 1951, one block of fixed codes; only runs of one byte are made shorter."""
    stream = _Stream()
    stream.add(0b011, 3)
    position = 0
    while position < len(data):
        byte = data[position : position + 1]
        stream.literal(byte[0])
        position += 1
        while data.startswith(byte * 258, position):
            stream.code(0xC5, 8)  # length 258
            stream.code(0, 5)  # distance 1
            position += 258
    stream.code(0, 7)
    return stream.value.to_bytes((stream.length + 7) // 8, "little")


def gzip(data: bytes) -> bytes:
    """RFC 1952, without a time."""
    ends = struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)
    return b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff" + deflate(data) + ends


def zlib_stream(data: bytes) -> bytes:
    """RFC 1950."""
    return b"\x78\x01" + deflate(data) + struct.pack(">I", zlib.adler32(data))


def bits(*indexes: int, length: int = LENGTH, size: int = 1) -> bytes:
    """A list with these entries set; index 0 is the left-most bit. `size` bits an entry: all ones."""
    found = bytearray(length)
    for index in indexes:
        for bit in range(index * size, index * size + size):
            found[bit // 8] |= 0x80 >> bit % 8
    return bytes(found)


def encoded(raw: bytes) -> str:
    """`encodedList` of Bitstring Status List 1.0."""
    return "u" + segment(gzip(raw))


def png(rows: Iterable[Iterable[int]], *chunks: tuple[bytes, bytes], after: bytes = b"") -> bytes:
    """A grey picture of one bit a pixel (1 is white), with further chunks after IHDR."""
    lines = [list(row) for row in rows]
    width, height = len(lines[0]), len(lines)
    packed = bytearray()
    for line in lines:
        padded = line + [1] * (-width % 8)
        packed.append(0)
        packed += int("".join(map(str, padded)), 2).to_bytes(len(padded) // 8)
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    parts = ((b"IHDR", header), *chunks, (b"IDAT", zlib_stream(bytes(packed))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts) + after


def chunk(name: bytes, data: bytes) -> bytes:
    """A PNG chunk."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def itxt(keyword: bytes, text: bytes, *, compressed: bool = False) -> tuple[bytes, bytes]:
    """An international text chunk."""
    return b"iTXt", keyword + b"\0" + bytes([compressed, 0]) + b"\0\0" + (
        zlib_stream(text) if compressed else text
    )
