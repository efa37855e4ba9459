"""The filled table of contents of a Word file: headings, then tables, figures and listings.

Each line is a link to a bookmark of its heading, and ends in a PAGEREF field, since only a program that lays out pages
knows the page. LibreOffice fills these on opening. Word does where the settings ask for it (w:updateFields), and then
asks the reader first; marking fields dirty makes it ask as well, and no setting does it silently. A guess stored in
the file would be a wrong page number in a regulatory document, so none is stored.

The lines do not lie in a TOC field, as Word's own do: LibreOffice takes what is inside one for fixed text, without
page numbers. In Word, F9 refreshes the page numbers; the lines are renewed with the report.
"""

import re
from collections.abc import Mapping

from analysis.report.word import bookmarks, front
from analysis.report.word.ooxml import NAMESPACES, Element, fragment, paragraph_style, q, text_of

DEPTH = 3  # levels of headings
_HEADING = re.compile(r"(\d+\s+)?(table of )?contents", re.IGNORECASE)
_DISPLAY_STYLES = ("TableTitle", "FigureTitle")
_DISPLAY_LEVEL = 2  # displays are listed in the style of this level, which is not bold
_BOOKMARK = "_Toc"  # begins the names of Word's own bookmarks of this kind, which it hides from its lists
_STYLES = {"TOCHeading", *(f"TOC{level}" for level in range(1, 10))}


def fill(body: Element, levels: Mapping[str, int]) -> None:
    """Put the contents at the end of the chapter "Table of contents", or before the second chapter.

    `levels` is style id -> level of headings. A file without headings, which is one of displays, gets a list of them
    behind its title. Contents from before, an engine's or these, are replaced.
    """
    remove(body)
    listed = {style: level for style, level in levels.items() if level <= DEPTH}
    styled = [(p, paragraph_style(p)) for p in body.iter(q("w:p"))]
    headings = [(p, listed[style]) for p, style in styled if style in listed and text_of(p)]
    displays = [(p, _DISPLAY_LEVEL) for p, style in styled if style in _DISPLAY_STYLES and text_of(p)]
    chapters = [p for p, level in headings if level == 1]
    named = next((n for n, p in enumerate(chapters) if _HEADING.fullmatch(text_of(p))), None)
    following = chapters[1 if named is None else named + 1 :]
    lines = [_line(p, level, n) for n, (p, level) in enumerate(headings + displays, 1)]
    if displays:
        lines.insert(len(headings), _title("Tables, figures and listings" if headings else "Contents"))
    if headings and named is None:
        lines.insert(0, _title("Table of contents", new_page=True))
    if headings:
        before = following[0] if following else body.find("w:sectPr", NAMESPACES)
    else:
        before = next(block for block in body if paragraph_style(block) not in front.STYLES)
    for line in lines:
        before.addprevious(line)


def remove(body: Element) -> None:
    """Take out every table of contents, and the bookmarks its lines lead to."""
    for gallery in list(body.iter(q("w:docPartGallery"))):  # what an engine leaves for Word to fill
        if gallery.get(q("w:val")) == "Table of Contents":
            block = next(gallery.iterancestors(q("w:sdt")))
            block.getparent().remove(block)
    for paragraph in body.findall("w:p", NAMESPACES):
        if paragraph_style(paragraph) in _STYLES:
            body.remove(paragraph)
    bookmarks.remove(body, _BOOKMARK)


def as_text(body: Element) -> None:
    """Turn the contents into lines without links and pages, for a file that has only the chapter of the contents."""
    for line in body.findall("w:p", NAMESPACES):
        link = line.find("w:hyperlink", NAMESPACES)
        if link is not None and paragraph_style(line) in _STYLES:
            line[1:] = [link[0]]


def _title(text: str, *, new_page: bool = False) -> Element:
    properties = '<w:pStyle w:val="TOCHeading"/>' + ("<w:pageBreakBefore/>" if new_page else "")
    return fragment(f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>")


def _line(target: Element, level: int, number: int) -> Element:
    """One line of the contents, and the bookmark it leads to: text, a tab to the right margin, the page.

    Every field character has a run of its own, and the field a result, blanks as wide as a number: without these Word
    shows page 1, and LibreOffice, which lays out the rest before it fills the fields, parts headers from their rows.
    """
    name = f"{_BOOKMARK}{number:09}"
    bookmarks.put(target, name)
    line = fragment(
        f'<w:p><w:pPr><w:pStyle w:val="TOC{level}"/></w:pPr><w:hyperlink w:anchor="{name}" w:history="1">'
        '<w:r><w:t xml:space="preserve"/></w:r><w:r><w:tab/></w:r>'
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        rf'<w:r><w:instrText xml:space="preserve"> PAGEREF {name} \h </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t xml:space="preserve">\u2007\u2007\u2007</w:t></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r></w:hyperlink></w:p>'
    )
    line.find(".//w:t", NAMESPACES).text = text_of(target)
    return line
