"""Text from data must come out of pandoc as that text."""

import json

import pypandoc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.report.escape import markdown_text


def shown(markdown: str) -> str:
    """The text that pandoc reads from one paragraph of the chapters' markdown; anything but plain text fails."""
    tree = json.loads(pypandoc.convert_text(f"x{markdown}x", "json", format="markdown"))
    (block,) = tree["blocks"]
    assert block["t"] == "Para"
    assert {inline["t"] for inline in block["c"]} <= {"Str", "Space"}
    return "".join(inline.get("c", " ") for inline in block["c"])[1:-1]


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "{{< include /etc/passwd >}}",
        "{{{< var x >}}}",
        "*a* _b_ **c** `d` ~~e~~ H~2~O x^2^",
        "[link](https://example.org) ![image](x.png) [@cite] @cite [^1] ^[note]",
        "$x^2$ \\alpha \\\\ \\",
        "&amp; &lt; &#123;",
        '"quoted" -- and --- ... it\'s',
        "| a | b |",
        "{=openxml} [x]{custom-style='y'} ::: div",
        "#typst(1) \\par {\\rtf1}",
        "emoji 😀 :smile: 乳癌 é",
        "a,b;c",
        "5.8 .5 5. 1.2.3 v1.x",
        "no-break\u00a0space",
    ],
)
def test_markup_is_shown_as_text(text: str) -> None:
    assert shown(markdown_text(text)).replace("\u00a0", " ") == text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    "text", ["1. one", "(1) one", "- one", "# one", "> one", "    code", "% title", "+ x", ": x", "---"]
)
def test_the_beginning_of_a_block_is_shown_as_text(text: str) -> None:
    (block,) = json.loads(pypandoc.convert_text(markdown_text(text), "json", format="markdown"))["blocks"]
    assert block["t"] == "Para"
    assert "".join(inline.get("c", " ") for inline in block["c"]) == text.strip()


def test_no_shortcode_survives() -> None:
    assert markdown_text("{{< include /etc/passwd >}}") == r"\{\{\< include \/etc\/passwd \>\}\}"


def test_white_space_becomes_single_spaces_and_control_characters_are_marked() -> None:
    assert markdown_text(" two\n\nparagraphs\tof text ") == "two paragraphs of text"
    assert markdown_text("bell\x07") == "bell\ufffd"


def test_numbers_stay_readable() -> None:
    assert markdown_text("9.2 months, 27") == "9.2 months, 27"


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=60))
def test_any_printable_text_survives(text: str) -> None:
    assert shown(markdown_text("a" + text + "a")) == " ".join(f"a{text}a".split())
