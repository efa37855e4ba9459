"""The title block of a Word file: the same lines as above the first chapter of the PDF."""

from collections.abc import Sequence

from analysis.report.word.ooxml import NAMESPACES, Element, fragment, paragraph_style

_TITLES = ("Title", "Subtitle")
# Styles of what an engine writes below the titles (author, date), and of what stands here instead.
_REPLACED = {"Author", "Date", "TitleStudy", "TitleNote", "TitleFact"}
STYLES = {*_TITLES, *_REPLACED}


def fill(body: Element, study: str, note: str, facts: Sequence[str]) -> None:
    """Put the study's line above the title; below it the note in a box, and a line for each fact.

    A block from before, an engine's or this one, is replaced. Nothing happens to a file without a title.
    """
    for paragraph in body.findall("w:p", NAMESPACES):
        if paragraph_style(paragraph) in _REPLACED:
            body.remove(paragraph)
    titles = [p for p in body.findall("w:p", NAMESPACES) if paragraph_style(p) in _TITLES]
    if not titles:
        return
    titles[0].addprevious(_line("TitleStudy", study))
    for line in reversed([_line("TitleNote", note), *(_line("TitleFact", fact) for fact in facts)]):
        titles[-1].addnext(line)


def _line(style: str, text: str) -> Element:
    line = fragment(f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t xml:space="preserve"/></w:r></w:p>')
    line.find(".//w:t", NAMESPACES).text = text
    return line
