"""How wide a text is in the shipped font, and its lines within some room, for figures that must not cut a text."""

import math
from functools import lru_cache

from analysis.tlf import fonts
from analysis.tlf.style import DPI


def text_width(text: str, points: float, *, bold: bool = False) -> float:
    """The most that a line can be wide in inches: each character to the whole dot of a PNG, as hinting may round it.

    Kerning, which only makes a line narrower, is left out.
    """
    advances = fonts.advances(fonts.BOLD if bold else fonts.REGULAR)
    return sum(math.ceil(advances.get(ord(char), 1.0) * points / 72 * DPI) for char in text) / DPI


@lru_cache(maxsize=10_000)
def wrapped(text: str, room: float, points: float, *, bold: bool = False) -> tuple[str, ...]:
    """The lines of a text, printable, within `room` inches; a word wider than that is broken. At least one line."""
    lines: list[str] = []
    for word in fonts.printable(text).split():
        longer = f"{lines[-1]} {word}" if lines else word
        if text_width(longer, points, bold=bold) <= room:
            lines[-1:] = [longer]
        else:
            lines += _pieces(word, room, points, bold=bold)
    return tuple(lines) or ("",)


def _pieces(word: str, room: float, points: float, *, bold: bool) -> list[str]:
    """A word in pieces that fit, of one character at least."""
    pieces, used = [""], 0.0
    for char in word:
        width = text_width(char, points, bold=bold)
        if pieces[-1] and used + width > room:
            pieces.append("")
            used = 0.0
        pieces[-1] += char
        used += width
    return pieces
