"""Abbreviations below the display that uses them: every table, listing and figure stands alone."""

import re
from collections.abc import Iterator
from dataclasses import replace

from analysis.report.abbreviations import Dictionary
from analysis.tlf.model import Display, Footnote, Table

# A record that a listing names, such as 'PR PRSTDTC 2', whose dataset may be called as something is abbreviated.
_RECORD = re.compile(r"\b[A-Z]{2} [A-Z0-9]{4,8}\b")


def explained(display: Display, dictionary: Dictionary) -> Display:
    """The display with a last footnote on the abbreviations of the dictionary that it uses and explains nowhere else.

    Of a figure its data and its alternative text are read for what is drawn.
    """
    texts = [_RECORD.sub("", text) for text in _texts(display)]
    notes = " ".join(note.text for note in display.footnotes)
    found: set[str] = set()
    whole = "\n".join(texts)
    new = {word for word in dictionary.known(whole) if not _is_explained(word, notes, whole)}
    while new:
        found |= new
        new = {word for a in new for word in dictionary.known(dictionary.abbreviations[a])} - found
    if not found:
        return display
    meanings = [f"{a}: {_inside(dictionary.abbreviations[a])}." for a in sorted(found, key=lambda a: (a.casefold(), a))]
    return replace(display, footnotes=(*display.footnotes, Footnote(" ".join(meanings))))


def _is_explained(word: str, notes: str, text: str) -> bool:
    """Whether a footnote says `CI: ...` or `ULN, LLN: ...`, or the text has the word in brackets behind its meaning."""
    name = re.escape(word)
    return bool(re.search(rf"(?<![\w/-]){name}(?:, [\w/-]+)*: ", notes) or re.search(rf"[a-z] \({name}\)", text))


def _inside(meaning: str) -> str:
    """A meaning in the middle of a sentence: names keep their capital."""
    first, _, rest = meaning.partition(" ")
    name = any(c.isupper() for c in first[1:] + rest.partition(" ")[0])
    return meaning if name else meaning[:1].lower() + meaning[1:]


def _texts(display: Display) -> Iterator[str]:
    yield display.title
    yield from (note.text for note in display.footnotes)
    if isinstance(display, Table):
        yield from (column.label for column in display.columns)
        yield from (span.label for span in display.spans)
        yield from (cell.text for row in display.rows for cell in row.cells)
    else:
        yield display.alt
        yield from _strings(display.data)


def _strings(data: object) -> Iterator[str]:
    """The texts inside JSON values."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for value in data.values():
            yield from _strings(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from _strings(value)
