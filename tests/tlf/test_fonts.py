"""The shipped fonts: which characters they have, and subsets of them."""

import base64
import re
from io import BytesIO

from fontTools.ttLib import TTFont

from analysis.tlf import fonts


def test_a_character_without_a_glyph_becomes_its_number() -> None:
    assert fonts.printable("5 ≥ 3 µg Ω 😀漢") == "5 ≥ 3 µg Ω [U+1F600][U+6F22]"


def test_newlines_stay_and_joiners_go() -> None:
    assert fonts.printable("a\nb\u200d") == "a\nb"


def test_every_style_has_the_characters_of_the_regular_one() -> None:
    for name in ("Bold", "Italic", "BoldItalic"):
        assert fonts.characters() <= fonts.characters(f"LiberationSans-{name}.ttf")


def test_the_padding_of_tables_has_glyphs() -> None:
    assert {0x2007, 0x2008, 0x2009, 0x200A} <= fonts.characters()


def test_the_licence_is_beside_the_fonts() -> None:
    text = (fonts.FOLDER / "LICENSE.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE" in text
    assert "Reserved Font Name Liberation" in text


def test_a_subset_has_the_characters_and_not_the_reserved_name() -> None:
    css = fonts.font_faces("A1≥😀")
    assert css == fonts.font_faces("1≥A😀A")
    files = [base64.b64decode(data) for data in re.findall(r"base64,([^)]+)\)", css)]
    assert len(files) == 2
    for data in files:
        font = TTFont(BytesIO(data))
        assert {ord(c) for c in "A1≥"} <= set(font.getBestCmap())
        assert len(font.getBestCmap()) < 10
        assert font["name"].getDebugName(1) == "CSR Sans"
        assert "SIL Open Font License" in font["name"].getDebugName(13)
