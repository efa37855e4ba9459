"""Marks that displays carry in a notebook, for the report to turn into links.

Only a report knows which sections cite a display, and which other displays it shows. So a display's raw blocks end
with an inert mark of its id, and mentions of other displays in its footnotes stand between two marks. In HTML and
OOXML a mark is a comment, in typst an empty block of code; none can come from data, in which the writers encode
"<" and "{".
"""

import re
from collections.abc import Callable, Iterator

MENTION = re.compile(r"\b(?P<kind>Table|Figure|Listing)s? (?P<number>\d+(?:\.\d+)+)")
_MARKS = {"html": "<!-- html:{} -->", "openxml": "<!-- openxml:{} -->", "typst": "{{/* typst:{} */}}"}
JOINS = {"html": "", "openxml": "", "typst": " + "}  # what puts two pieces of text together


def cited(form: str, name: str) -> str:
    """What comes behind the source of a display: the mark of the place for 'Cited in ...'."""
    return JOINS[form] + _MARKS[form].format(f"cited {name}")


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """A text in pieces, each with the id of the display that it mentions, or ""."""
    at = 0
    for found in MENTION.finditer(text):
        if found.start() > at:
            yield text[at : found.start()], ""
        yield found[0], f"{found['kind'][0].lower()}-{found['number'].replace('.', '-')}"
        at = found.end()
    if at < len(text) or not text:
        yield text[at:], ""


def mention(form: str, name: str, written: str) -> str:
    """What a writer made of a piece of text that mentions a display, between its marks."""
    return JOINS[form].join([_MARKS[form].format(f"see {name}"), written, _MARKS[form].format("seen")])


def fill(text: str, form: str, below: Callable[[str], str], link: Callable[[str, str], str]) -> str:
    """Text with its marks of a format replaced.

    `below` gives what comes behind the source of a display of this id, or ""; `link` what becomes of a mention, from
    the id and what is written.
    """

    def pattern(words: str) -> str:
        return re.escape(_MARKS[form].format("WORDS")).replace("WORDS", words)

    join = re.escape(JOINS[form])
    text = re.sub(
        pattern(r"see (\S+)") + join + r"(.*?)" + join + pattern("seen"), lambda m: link(m[1], m[2]), text, flags=re.S
    )
    return re.sub(join + pattern(r"cited (\S+)"), lambda m: below(m[1]), text)
