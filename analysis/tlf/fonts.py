"""The fonts that ship with the report: which characters they have, and subsets of them for HTML pages."""

import base64
from functools import cache
from io import BytesIO
from pathlib import Path

import uharfbuzz
from fontTools.ttLib import TTFont

FOLDER = Path(__file__).parent / "fonts"
SANS = "Liberation Sans"
MONO = "Liberation Mono"
REGULAR, BOLD = "LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"
SUBSET_FAMILY = "CSR Sans"  # the Open Font License reserves the name Liberation for unmodified fonts


@cache
def characters(file: str = REGULAR) -> frozenset[int]:
    """The code points that a shipped font has."""
    with TTFont(FOLDER / file, lazy=True) as font:
        return frozenset(font.getBestCmap())


@cache
def advances(file: str = REGULAR) -> dict[int, float]:
    """Advance width of each character of a shipped font, in shares of its size."""
    with TTFont(FOLDER / file) as font:
        metrics, em = font["hmtx"].metrics, font["head"].unitsPerEm
        return {code: metrics[glyph][0] / em for code, glyph in font.getBestCmap().items()}


def width(text: str, points: float, file: str = BOLD) -> float:
    """Width of a line in points, without kerning, which only makes it narrower."""
    known = advances(file)
    return points * sum(known.get(ord(char), 1.0) for char in text)


def printable(text: str) -> str:
    """Text in which a character that no shipped font has is its number: `[U+1F600]`.

    PDF/A forbids characters without a glyph. A newline stays; joiners, which have none to show, are dropped.
    """
    return "".join(_shown(c) for c in text)


def _shown(char: str) -> str:
    if char in "\u200c\u200d":
        return ""
    return char if char == "\n" or ord(char) in characters() else f"[U+{ord(char):04X}]"


@cache
def _subset(file: str, text: str) -> bytes:
    """A TrueType font with only the characters of `text`, the same bytes every time."""
    wanted = uharfbuzz.SubsetInput()
    wanted.unicode_set.update(map(ord, text))
    wanted.flags = uharfbuzz.SubsetFlags.NO_HINTING | uharfbuzz.SubsetFlags.NOTDEF_OUTLINE
    wanted.layout_feature_tag_set.clear()
    wanted.layout_feature_tag_set.update(_tag(name) for name in ("kern", "mark", "mkmk", "ccmp"))
    wanted.drop_table_tag_set.add(_tag("FFTM"))  # the time the font was made
    wanted.name_id_set.clear()
    wanted.name_id_set.update([0, 1, 2, 4, 6, 13, 14])  # copyright, names and licence
    subset = uharfbuzz.subset(uharfbuzz.Face((FOLDER / file).read_bytes()), wanted)
    font = TTFont(BytesIO(subset.blob.data), recalcTimestamp=False)
    for name in (1, 4, 6):
        font["name"].setName(SUBSET_FAMILY.replace(" ", "" if name == 6 else " "), name, 3, 1, 0x409)
    font["name"].names = [n for n in font["name"].names if n.platformID == 3]
    out = BytesIO()
    font.save(out, reorderTables=True)
    return out.getvalue()


def _tag(name: str) -> int:
    """A tag of OpenType as HarfBuzz counts it."""
    return int.from_bytes(name.encode("ascii"))


def font_faces(text: str) -> str:
    """CSS that embeds the characters of `text` in regular and bold as the family "CSR Sans"."""
    wanted = "".join(sorted(c for c in set(text) if ord(c) in characters()))
    faces = []
    for file, weight in ((REGULAR, 400), (BOLD, 700)):
        data = base64.b64encode(_subset(file, wanted)).decode("ascii")
        source = f"url(data:font/ttf;base64,{data}) format('truetype')"
        faces.append(f"@font-face{{font-family:'{SUBSET_FAMILY}';font-weight:{weight};src:{source}}}")
    return "\n".join(faces)
