"""One Word file for each numbered section of the report, its subsections inside.

The whole report is written once and cut: a section is the blocks from its heading to the next heading of its level
or above. Citations keep the numbers they have in the whole, and a link that leaves the section becomes text.
"""

import copy
import datetime as dt
import re
import tempfile
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from analysis.errors import RenderError
from analysis.params import Params
from analysis.report.docx import convert, finish_package, set_settings
from analysis.report.word import contents, page, properties, styles
from analysis.report.word.ooxml import (
    DOCUMENT,
    FOOTNOTES,
    NAMESPACES,
    RELATIONSHIP,
    Element,
    Package,
    paragraph_style,
    q,
    text_of,
)

_NUMBERED = re.compile(r"(\d+(?:\.\d+)*)\s+(.+)")
_SLUG_LENGTH = 60  # characters; some E3 headings are longer than file systems like
# Relationships that a body names by id; a section keeps those that it names.
_ID_NAMESPACE = f"{{{NAMESPACES['r']}}}"
_NAMED = {RELATIONSHIP + kind for kind in ("image", "hyperlink", "header", "footer")}


@dataclass(frozen=True)
class Section:
    """A numbered section: the places of its first block and of the first after it in the body."""

    number: str
    title: str
    first: int
    after: int

    @property
    def filename(self) -> str:
        return f"{self.number}-{slug(self.title)}.docx"


def slug(title: str) -> str:
    """A title as part of a file name: lower-case ASCII letters and digits, words joined by hyphens."""
    ascii_only = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", ascii_only.replace("'", "")) or ["section"]
    kept: str = words[0][:_SLUG_LENGTH]
    for word in words[1:]:
        if len(kept) + 1 + len(word) > _SLUG_LENGTH:
            break
        kept += f"-{word}"
    return kept


def write_sections(
    ast: dict[str, Any], folder: Path, *, reference: Path, params: Params, date: dt.date, resources: Path
) -> list[Path]:
    """Write the sections of a pandoc tree into a folder; return the files in the order of the report.

    The arguments are those of `docx.write_docx`. Raises RenderError where two headings have the same number.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as place:
        whole = Path(place) / "whole.docx"
        convert(ast, whole, reference=reference, resources=resources)
        package = Package.read(whole)
    finish_package(package, params, date)
    set_settings(package, update_fields=False)
    parts = package.serialised()
    paths = []
    for section in find_sections(package):
        part = _cut(package, section, parts)
        properties.set_core(part, params, date, title=f"{section.number} {section.title}")
        part.prune()
        paths.append(folder / section.filename)
        part.write(paths[-1])
    return paths


def find_sections(package: Package) -> list[Section]:
    """The numbered sections of a report. The first includes what stands before it, the report's title."""
    levels = styles.heading_levels(package)
    blocks = list(package.body)
    places = [(n, levels[s], text_of(b)) for n, b in enumerate(blocks) if (s := paragraph_style(b)) in levels]
    sections: list[Section] = []
    for i, (place, level, text) in enumerate(places):
        numbered = _NUMBERED.fullmatch(text)
        if numbered is None:
            continue
        after = next((n for n, other, _ in places[i + 1 :] if other <= level), len(blocks) - 1)
        sections.append(Section(numbered[1], numbered[2], place if sections else 0, after))
    numbers = [s.number for s in sections]
    twice = sorted({n for n in numbers if numbers.count(n) > 1})
    if twice:
        raise RenderError(f"two headings have the section number {', '.join(twice)}; expected one each")
    return sections


def _cut(package: Package, section: Section, parts: dict[str, bytes]) -> Package:
    """The package of a section alone: its blocks, its page, and of the other `parts` those it needs."""
    whole = package.body
    document = etree.Element(whole.getparent().tag, nsmap=whole.getparent().nsmap)
    body = etree.SubElement(document, whole.tag)
    body.extend(copy.deepcopy(block) for block in whole[section.first : section.after])
    body.append(copy.deepcopy(_page_after(whole, section.after)))
    page.close(body)
    for properties_ in body.iter(q("w:sectPr")):
        page.remove_title_page(properties_)
    contents.as_text(body)
    part = Package(dict(parts))
    part.replace(DOCUMENT, document)
    _keep_footnotes(part, body)
    names = {start.get(q("w:name")) for start in body.iter(q("w:bookmarkStart"))}
    for name in {DOCUMENT, FOOTNOTES} & part.parts.keys():
        _unlink(part.tree(name), names)
    used = {value for e in body.iter() for key, value in e.attrib.items() if key.startswith(_ID_NAMESPACE)}
    relationships = part.relationships()
    for relationship in list(relationships):
        if relationship.get("Type") in _NAMED and relationship.get("Id") not in used:
            relationships.remove(relationship)
    return part


def _page_after(body: Element, place: int) -> Element:
    """The section properties that rule the page before a place in a body: the next there are."""
    return next(found for block in body[place:] for found in block.iter(q("w:sectPr")))


def _keep_footnotes(part: Package, body: Element) -> None:
    """Keep the footnotes that a body refers to, and those of Word's own that draw the line above them."""
    if FOOTNOTES not in part.parts:
        return
    used = {reference.get(q("w:id")) for reference in body.iter(q("w:footnoteReference"))}
    notes = part.tree(FOOTNOTES)
    for note in notes.findall("w:footnote", NAMESPACES):
        if note.get(q("w:type")) is None and note.get(q("w:id")) not in used:
            notes.remove(note)


def _unlink(root: Element, names: Collection[str]) -> None:
    """Turn links to bookmarks that are not among `names` into text."""
    for link in list(root.iter(q("w:hyperlink"))):
        if link.get(q("w:anchor")) is None or link.get(q("w:anchor")) in names:
            continue
        for style in list(link.iter(q("w:rStyle"))):
            if style.get(q("w:val")) == "Hyperlink":
                style.getparent().remove(style)
        for child in list(link):
            link.addprevious(child)
        link.getparent().remove(link)
