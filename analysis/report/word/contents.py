"""The filled table of contents of a Word file: headings, then tables, figures and listings.

Entries are links to bookmarks of Word's own kind (_Toc...), inside real TOC fields, so that Word's "Update table"
works. Page numbers are PAGEREF fields, which only a program that lays out pages can fill. LibreOffice does so on
opening. Word does so on opening where the settings ask for it (w:updateFields), and then asks the reader first; a
field marked dirty makes it ask as well, and without either it shows what is stored. No setting does it silently. A
stored guess would be a wrong page number in a regulatory document, so none is stored, and Word may ask.
"""

import re
from collections.abc import Mapping

from analysis.report.word import bookmarks
from analysis.report.word.ooxml import NAMESPACES, Element, fragment, paragraph_style, q, text_of

DEPTH = 3  # levels of headings
_HEADING = re.compile(r"(\d+\s+)?(table of )?contents", re.IGNORECASE)
_DISPLAY_STYLES = ("TableTitle", "FigureTitle")
_DISPLAY_LEVEL = 2  # displays are listed in the style of this level, which is not bold
_BOOKMARK = "_Toc"
_FIELDS = (
    rf'TOC \o "1-{DEPTH}" \h \z \u',
    rf'TOC \h \z \t "Table Title,{_DISPLAY_LEVEL},Figure Title,{_DISPLAY_LEVEL}"',
)


def fill(body: Element, levels: Mapping[str, int]) -> None:
    """Put the contents at the end of the chapter "Table of contents", or before the second chapter.

    `levels` is style id -> level of headings. Contents from before, empty or filled, are replaced.
    """
    remove(body)
    paragraphs = [p for p in body.iter(q("w:p")) if text_of(p)]
    headings = [(p, levels[s]) for p in paragraphs if (s := paragraph_style(p)) in levels and levels[s] <= DEPTH]
    displays = [(p, _DISPLAY_LEVEL) for p in paragraphs if paragraph_style(p) in _DISPLAY_STYLES]
    if not headings:
        return
    chapters = [p for p, level in headings if level == 1]
    named = next((n for n, p in enumerate(chapters) if _HEADING.fullmatch(text_of(p))), None)
    following = chapters[1 if named is None else named + 1 :]
    entries = [_entry(p, level, n) for n, (p, level) in enumerate(headings + displays, 1)]
    content = [_title("Table of contents", new_page=True)] if named is None else []
    content += _field(_FIELDS[0], entries[: len(headings)])
    if displays:
        content += [_title("Tables, figures and listings"), *_field(_FIELDS[1], entries[len(headings) :])]
    block = fragment(
        '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/><w:docPartUnique/></w:docPartObj>'
        "</w:sdtPr><w:sdtContent/></w:sdt>"
    )
    block[1].extend(content)
    if following:
        following[0].addprevious(block)
    else:
        body.find("w:sectPr", NAMESPACES).addprevious(block)


def remove(body: Element) -> None:
    """Take out every table of contents, and the bookmarks its entries lead to."""
    for block in _blocks(body):
        block.getparent().remove(block)
    bookmarks.remove(body, _BOOKMARK)


def as_text(body: Element) -> None:
    """Turn the contents into plain lines, for a file that holds only the section of the contents."""
    for block in _blocks(body):
        for line in list(block.find("w:sdtContent", NAMESPACES)):
            if not text_of(line):
                continue
            link = line.find("w:hyperlink", NAMESPACES)
            if link is not None:
                line[1:] = [link[0]]
            block.addprevious(line)
        block.getparent().remove(block)


def _blocks(body: Element) -> list[Element]:
    galleries = [g for g in body.iter(q("w:docPartGallery")) if g.get(q("w:val")) == "Table of Contents"]
    return [next(gallery.iterancestors(q("w:sdt"))) for gallery in galleries]


def _title(text: str, *, new_page: bool = False) -> Element:
    properties = '<w:pStyle w:val="TOCHeading"/>' + ("<w:pageBreakBefore/>" if new_page else "")
    return fragment(f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>")


def _entry(target: Element, level: int, number: int) -> Element:
    """One line of the contents: text, a tab to the right margin, the page; and the bookmark it leads to."""
    name = f"{_BOOKMARK}{number:09}"
    bookmarks.put(target, name)
    page = _field_begin("PAGEREF " + name + r" \h") + "<w:r><w:t/></w:r>" + _FIELD_END
    entry = fragment(
        f'<w:p><w:pPr><w:pStyle w:val="TOC{level}"/></w:pPr><w:hyperlink w:anchor="{name}" w:history="1">'
        '<w:r><w:t xml:space="preserve"/></w:r><w:r><w:tab/></w:r>'
        f"{page}</w:hyperlink></w:p>"
    )
    entry.find(".//w:t", NAMESPACES).text = text_of(target)
    return entry


_FIELD_END = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'


def _field_begin(code: str) -> str:
    """The runs before a field's result; each character in a run of its own, as Word writes them."""
    quoted = code.replace('"', "&quot;")
    return (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f'<w:r><w:instrText xml:space="preserve"> {quoted} </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
    )


def _field(code: str, entries: list[Element]) -> list[Element]:
    """Entries as the result of a TOC field, which begins in the first and ends after the last."""
    for run in reversed(fragment(f"<w:p>{_field_begin(code)}</w:p>")):
        entries[0].insert(1, run)
    return [*entries, fragment(f"<w:p>{_FIELD_END}</w:p>")]
