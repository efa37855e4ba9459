"""What a PNG file says of its size."""

import struct

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_POINTS_TO_THE_METRE = 72 / 0.0254


def size_of(png: bytes) -> tuple[float, float]:
    """Width and height in points, from the pixels and the resolution (pHYs) of a PNG file.

    Raises ValueError where it is not a PNG or names no resolution: Word and typst would guess its size.
    """
    if png[:8] != _SIGNATURE:
        raise ValueError("not a PNG file")
    at, pixels = 8, (0, 0)
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        if kind == b"IHDR":
            pixels = struct.unpack(">II", png[at + 8 : at + 16])
        if kind == b"pHYs":
            x, y, unit = struct.unpack(">IIB", png[at + 8 : at + 17])
            if unit == 1 and x and y:
                return pixels[0] / x * _POINTS_TO_THE_METRE, pixels[1] / y * _POINTS_TO_THE_METRE
        at += 12 + length
    raise ValueError("the PNG file names no resolution (pHYs)")
