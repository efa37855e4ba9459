"""Links between displays and what cites them: 'Cited in 10.1 and 11.4.1' below each, and mentions in footnotes.

A section cites a display that its text links to. The displays of a staged book carry marks (see marks.py) in their
notebooks, which are replaced here, so that both engines read the same.
"""

import json
import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from analysis.report.book import Book, Cell, bundles, cell_option, text_of
from analysis.report.shortcodes import find, outside_code, read_lines
from analysis.tlf import marks
from analysis.tlf.write_html import text_html
from analysis.tlf.write_openxml import run
from analysis.tlf.write_typst import text_typst

_HEADING = re.compile(r"#{1,6}\s+(?P<number>\d+(?:\.\d+)*)\s.*\{[^}]*#(?P<id>[^\s}]+)")
_LINK = re.compile(r"\]\([^)\s]*#([^)\s]+)\)")
_OF_DISPLAYS = ("14", "16")  # ICH E3: displays referred to but not included in the text, and the appendices
# A raw block of one format; the writers leave no fence in it.
_BLOCK = re.compile(r"^```\{=(?P<form>html|openxml|typst)\}$.*?^```$", re.MULTILINE | re.DOTALL)
# How each format writes a text, a link around what is written, and a line below the source of a display.
_TEXTS: dict[str, Callable[[str], str]] = {"html": text_html, "openxml": run, "typst": text_typst}
_LINKS = {
    "html": '<a href="{}">{}</a>',
    "openxml": '<w:hyperlink w:anchor="{}" w:history="1">{}</w:hyperlink>',
    "typst": 'link(label("{}"), {})',
}
_LINK_RUN = '<w:r><w:rPr><w:rStyle w:val="Hyperlink"/></w:rPr>'
_BELOW = {"html": '<p class="csr-cited">{}</p>', "openxml": "<w:r><w:br/></w:r>{}", "typst": " + parbreak() + {}"}


@dataclass(frozen=True)
class Section:
    """A section: its number, its anchor and the chapter it is in, a path from the book's folder."""

    number: str
    anchor: str
    chapter: str


@dataclass
class Places:
    """Which section shows each display, and which cite it, in the order of the report."""

    shown: dict[str, Section] = field(default_factory=dict)
    cited: dict[str, list[Section]] = field(default_factory=dict)


def places(book: Book) -> Places:
    """Read a book's chapters for the displays they show and cite. What is wrong with them is for the lint to say.

    A link to a section of displays that holds a single one cites that one.
    """
    out = Places()
    links: list[tuple[str, Section]] = []
    for chapter in filter(Path.is_file, book.chapters):
        section = None
        for line in outside_code(read_lines(chapter, book.folder, lambda line, message: None)):
            if heading := _HEADING.match(line.text):
                name = chapter.relative_to(book.folder).as_posix()
                section = Section(heading["number"], heading["id"], name)
            elif section:
                for _, shortcode in find(line.text):
                    if shortcode.name == "embed":
                        out.shown.setdefault(shortcode.argument.partition("#")[2], section)
                links += [(anchor, section) for anchor in _LINK.findall(line.text)]
    held: dict[str, list[str]] = {}
    for display, section in out.shown.items():
        if section.number.partition(".")[0] in _OF_DISPLAYS:
            held.setdefault(section.anchor, []).append(display)
    for anchor, section in links:
        only = held.get(anchor, [])
        display = only[0] if len(only) == 1 else anchor
        if display in out.shown and section not in out.cited.setdefault(display, []):
            out.cited[display].append(section)
    return out


def write_links(book: Book) -> None:
    """Replace the marks in the notebooks of a staged book by links; displays that it does not show lose theirs.

    Pictures get their texts where Quarto looks for them, too.
    """
    found = places(book)
    for path in sorted((book.folder / "notebooks").glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in filter(lambda cell: cell["cell_type"] == "code", notebook["cells"]):
            names = [cell.get("id"), cell_option(cell, "label"), *cell["metadata"].get("tags", [])]
            shown = next((name for name in names if name in found.shown), "")
            for data, _ in bundles(cell):
                if "text/html" in data:
                    data["text/html"] = _lines(_linked(text_of(data["text/html"]), "html", shown, found, pages=True))
                if "text/markdown" in data:
                    text = text_of(data["text/markdown"])
                    data["text/markdown"] = _lines(_BLOCK.sub(partial(_block_linked, shown, found), text))
            _describe(cell)
        text = json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"
        path.write_text(text, encoding="utf-8", newline="\n")


def _describe(cell: Cell) -> None:
    """Give the texts of a cell's pictures as its option fig-alt, by output: Quarto passes over those in the metadata.

    Quarto writes them into an attribute of markdown, and would carry out a shortcode there.
    """
    texts = [output.get("metadata", {}).get("image/png", {}).get("alt", "") for output in cell.get("outputs", [])]
    if any(texts):
        shown = [" ".join(text.split()).replace("\\", "\\\\").replace("&", "&amp;") for text in texts]
        option = json.dumps([text.replace("{{", "{ {") for text in shown], ensure_ascii=False)
        lines = [line for line in _lines(text_of(cell["source"])) if not line.startswith("#| fig-alt:")]
        cell["source"] = [f"#| fig-alt: {option}\n", *lines]


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _block_linked(shown: str, found: Places, block: re.Match[str]) -> str:
    return _linked(block[0], block["form"], shown, found, pages=False)


def _linked(text: str, form: str, shown: str, found: Places, *, pages: bool) -> str:
    """What a format writes in the cell of the display `shown`, with links in place of its marks.

    Where each chapter is a page of its own (`pages`), as in Quarto's HTML, links name the chapter's file.
    """
    home = found.shown.get(shown)

    def href(section: Section, anchor: str) -> str:
        if home and pages and section.chapter != home.chapter:
            return f"{posixpath.relpath(section.chapter, posixpath.dirname(home.chapter))}#{anchor}"
        return f"#{anchor}"

    def below(name: str) -> str:
        # Further figures of a series are cited with its first. A section needs no link to itself.
        sections = [s for s in found.cited.get(name) or found.cited.get(shown) or [] if s != home]
        if home is None or not sections:
            return ""
        links = [_link(form, href(s, s.anchor), _TEXTS[form](s.number)) for s in sections]
        between = ["Cited in ", *[", "] * (len(links) - 2), *[" and "] * (len(links) > 1)]
        parts = [part for word, link in zip(between, links, strict=True) for part in (_TEXTS[form](word), link)]
        return _BELOW[form].format(marks.JOINS[form].join([*parts, _TEXTS[form](".")]))

    def link(name: str, written: str) -> str:
        section = found.shown.get(name)
        return written if home is None or section is None else _link(form, href(section, name), written)

    return marks.fill(text, form, below, link)


def _link(form: str, href: str, written: str) -> str:
    target = text_html(href) if form == "html" else href.removeprefix("#")
    return _LINKS[form].format(target, written.replace("<w:r>", _LINK_RUN))
