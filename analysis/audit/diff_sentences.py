"""Which sentences of two reports differ, word by word. Read from the Word files, whose text is the report's."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analysis.audit import diff_align
from analysis.report.word.ooxml import NAMESPACES, Element, Package, paragraph_style, q, text_of
from analysis.report.word.styles import heading_levels

# Paragraphs of displays, which are compared as such, and of the contents.
_NOT_PROSE = re.compile(r"Table(Title|Population|Source|Footnote|End)|FigureTitle|TOC.*")
_SENTENCE_ENDS = re.compile(r"(?<=[.!?])\s+(?=[\"'(\[]?[A-Z])")
_LIKE = 0.35  # from this share of common words on, a sentence is a changed one and no other

Piece = tuple[str, str]
"""Words, and what became of them: "" (the same), "ins" or "del"."""


@dataclass(frozen=True)
class Sentence:
    """A sentence that differs: the heading above it, and its words; of one that is new all are "ins"."""

    section: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class _Text:
    """A paragraph or sentence below a heading; in a table, `in_row` says that `section` names its row too."""

    section: str
    text: str
    in_row: bool = False

    def words(self) -> Counter[str]:
        return Counter(diff_align.words(self.text))


def compare(old: Package, new: Package) -> tuple[Sentence, ...]:
    """Compare the prose of two reports: paragraphs, headings and text tables, but neither displays nor contents."""
    before, after = list(_prose(old)), list(_prose(new))
    found: list[Sentence] = []
    for i, j in diff_align.align(before, after, lambda text: text.text, _alike):
        one, other = None if i is None else before[i], None if j is None else after[j]
        if one is None or other is None or one.text != other.text:
            found += _sentences(one, other)
    return tuple(found)


def _prose(package: Package) -> Iterator[_Text]:
    levels = heading_levels(package)
    section = ""
    for block in package.body:
        if block.find("w:tblPr/w:tblCaption", NAMESPACES) is not None:
            continue
        for paragraph in block.iter(q("w:p")):
            style = paragraph_style(paragraph)
            text = "" if _NOT_PROSE.fullmatch(style) else text_of(paragraph)
            section = text if style in levels else section
            if text:
                yield _placed(paragraph, section, text)


def _placed(paragraph: Element, section: str, text: str) -> _Text:
    """A paragraph with its section, and in a table with the words that its row begins with."""
    row = next(paragraph.iterancestors(q("w:tr")), None)
    first = "" if row is None else text_of(row.find("w:tc", NAMESPACES))
    return _Text(f"{section}: {first}", text, in_row=True) if first and first != text else _Text(section, text)


def _alike(old: _Text, new: _Text) -> float:
    """The likeness of two texts. Texts of one row of a table are alike at least as much as counts."""
    like = diff_align.likeness(old.words(), new.words())
    one_row = old.in_row and new.in_row and old.section == new.section
    return max(like, _LIKE) if one_row else like if like >= _LIKE else 0.0


def _sentences(old: _Text | None, new: _Text | None) -> Iterator[Sentence]:
    """The sentences of a paragraph that differ."""
    section = (new or old or _Text("", "")).section
    before, after = ([_Text(section, s) for s in _SENTENCE_ENDS.split(t.text)] if t else [] for t in (old, new))
    pairs = diff_align.align(before, after, lambda text: text.text, _alike)
    if len(before) == len(after) == 1:
        pairs = [(0, 0)]  # the paragraphs belong together, so these do
    for i, j in pairs:
        one, other = "" if i is None else before[i].text, "" if j is None else after[j].text
        if one != other:
            yield Sentence(section, tuple(pieces(diff_align.words(one), diff_align.words(other))))


def pieces(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    """How one text becomes another."""
    for kind, a, b in diff_align.steps(old, new):
        if kind == "same":
            yield "".join(new[b]), ""
            continue
        yield from ((text, mark) for text, mark in (("".join(old[a]), "del"), ("".join(new[b]), "ins")) if text)
