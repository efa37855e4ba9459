"""What no line of a chapter may hold: raw formats, code, settings, and characters that nobody sees.

Pandoc and Quarto would pass raw formats on to the output they are for, where they run, read files or fetch them.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from analysis.report.shortcodes import Line, replace

_RAW = re.compile(r"(?:(?:`{3,}|~{3,})\s*|`)\{\s*=\s*(\w+)\s*\}")
_CODE_CELL = re.compile(r"\s*(`{3,}|~{3,})\s*\{[A-Za-z]")
_RUN_IN_LINE = re.compile(r"(?<!`)`(?:\{[A-Za-z][^}`]*\}|r)\s[^`]*`")
_CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
_ELEMENT = re.compile(r"(?<!\\)</?([A-Za-z][A-Za-z0-9-]*)(?=[\s/>]|$)")
_TEX = re.compile(r"(?<!\\)\\([A-Za-z]{2,})")
_KEY = re.compile(r"\s*[\w-]+\s*:(\s|$)")
_COLONS = re.compile(r"\s{0,3}(:{3,})\s*(\{.*\}|\S+)?\s*:*\s*$")
# Controls that reorder what is read: a sentence would show as another one.
_REORDERING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def of_any_line(text: str) -> Iterator[str]:
    """The problems of a line, in a fence or not."""
    if raw := _RAW.search(text):
        yield f"raw {raw[1]}; a chapter is plain markdown, and only displays have a form of their own in each format"
    if _CODE_CELL.match(text):
        yield "a code cell; chapters embed the cells of notebooks instead"
    for character in text:
        if (unicodedata.category(character) == "Cc" and character != "\t") or _REORDERING.match(character):
            yield f"a control character, U+{ord(character):04X}"


def of_prose(text: str) -> Iterator[str]:
    """The problems of a line outside fences."""
    text = replace(text, lambda _: "")
    if _RUN_IN_LINE.search(text):
        yield "code in a line, which an engine may run"
    text = _CODE.sub(" ", text)
    if element := _ELEMENT.search(text):
        yield f"an element of HTML, <{element[1]}>; a chapter is plain markdown"
    if command := _TEX.search(text):
        yield f"a command of TeX, \\{command[1]}; a chapter is plain markdown"


def settings(lines: Sequence[Line]) -> Iterator[tuple[Line, str]]:
    """The lines at which settings begin, which pandoc reads wherever they stand."""
    for number, line in enumerate(lines):
        following = lines[number + 1].text if number + 1 < len(lines) else ""
        if number == 0 and line.text.strip() == "---":
            yield line, "settings at the head of a chapter; they belong into _quarto.yml"
        elif line.text.rstrip() == "---" and _KEY.match(following):
            yield line, "settings in a chapter; they belong into _quarto.yml"


def open_colons(prose: Sequence[Line]) -> Iterator[Line]:
    """The fences of colons that are not closed."""
    open_: list[Line] = []
    for line in prose:
        colons = _COLONS.match(line.text)
        if colons and colons[2]:
            open_.append(line)
        elif colons and open_:
            open_.pop()
    yield from open_
