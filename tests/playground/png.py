"""Makes a screenshot of a flat page small: a palette of its colours, and the best compression.

Only for what Chromium writes: 8 bits, RGB or RGBA, not interlaced; ValueError for anything else.
https://www.w3.org/TR/png-3/
"""

import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from typing import Final

MAGIC: Final = b"\x89PNG\r\n\x1a\n"
COLOURS: Final = 256
CHANNELS: Final = {2: 3, 6: 4}


def smaller(picture: bytes) -> bytes:
    """The same picture with 256 colours; text keeps its soft edges, photographs would not."""
    chunks = list(_chunks(picture))
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    if depth != 8 or kind not in CHANNELS or interlaced:
        raise ValueError("this is no screenshot")
    raw = zlib.decompress(b"".join(data for name, data in chunks if name == b"IDAT"))
    rows = list(_rows(raw, width, CHANNELS[kind]))
    counted = Counter(pixel for row in rows for pixel in row)
    palette = _palette(counted)
    index = _indices(counted, palette)
    body = b"".join(b"\0" + bytes(map(index.__getitem__, row)) for row in rows)
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    colours = b"".join(bytes(each) for each in palette)
    return MAGIC + b"".join(
        _chunk(name, data)
        for name, data in (
            (b"IHDR", head),
            (b"PLTE", colours),
            (b"IDAT", zlib.compress(body, 9)),
            (b"IEND", b""),
        )
    )


Pixel = tuple[int, int, int]


def _palette(counted: Counter[Pixel]) -> list[Pixel]:
    """The commonest colours, of those that nearly are the same only one."""
    chosen: list[Pixel] = []
    taken: set[Pixel] = set()
    for pixel, _ in counted.most_common():
        near = (pixel[0] >> 3, pixel[1] >> 3, pixel[2] >> 3)
        if len(chosen) < 64 or near not in taken:
            chosen.append(pixel)
            taken.add(near)
        if len(chosen) == COLOURS:
            break
    return chosen


def _indices(counted: Counter[Pixel], palette: list[Pixel]) -> dict[Pixel, int]:
    """For each colour the place of the nearest one in the palette."""
    return {pixel: _nearest(pixel, palette) for pixel in counted}


def _nearest(pixel: Pixel, palette: list[Pixel]) -> int:
    red, green, blue = pixel
    far = [
        2 * (red - each[0]) ** 2 + 4 * (green - each[1]) ** 2 + 3 * (blue - each[2]) ** 2
        for each in palette
    ]
    return far.index(min(far))


def _chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(MAGIC)
    while at < len(picture):
        size = int.from_bytes(picture[at : at + 4], "big")
        yield picture[at + 4 : at + 8], picture[at + 8 : at + 8 + size]
        at += size + 12


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _rows(raw: bytes, width: int, channels: int) -> Iterator[list[Pixel]]:
    size = width * channels
    above = bytearray(size)
    for at in range(0, len(raw), size + 1):
        row = _unfiltered(raw[at], bytearray(raw[at + 1 : at + 1 + size]), above, channels)
        yield list(zip(row[0::channels], row[1::channels], row[2::channels], strict=True))
        above = row


def _unfiltered(kind: int, row: bytearray, above: bytearray, step: int) -> bytearray:
    for at in range(len(row) if kind else 0):
        left = row[at - step] if at >= step else 0
        corner = above[at - step] if at >= step else 0
        guess = (0, left, above[at], (left + above[at]) // 2, _paeth(left, above[at], corner))[kind]
        row[at] = (row[at] + guess) & 255
    return row


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((left, above, corner), key=lambda each: abs(guess - each))
