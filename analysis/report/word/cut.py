"""Cuts a part out of a finished Word file: a section of the report, or one display of many."""

import copy
from collections.abc import Collection

from lxml import etree

from analysis.report.word import breaks, contents, page, styles
from analysis.report.word.ooxml import DOCUMENT, FOOTNOTES, NAMESPACES, RELATIONSHIP, Element, Package, q

# Relationships that a body names by id; a part keeps those that it names.
_ID_NAMESPACE = f"{{{NAMESPACES['r']}}}"
_NAMED = {RELATIONSHIP + kind for kind in ("image", "hyperlink", "header", "footer")}


def cut(package: Package, first: int, after: int, parts: dict[str, bytes], more: Collection[Element] = ()) -> Package:
    """The package of the blocks from place `first` to before `after`, complete in itself.

    `parts` is the whole package as bytes; what the blocks do not need is left out, but for parts that nothing leads
    to (see Package.prune). Links that leave the blocks become text. `more` are blocks to put behind them.
    """
    whole = package.body
    document = etree.Element(whole.getparent().tag, nsmap=whole.getparent().nsmap)
    body = etree.SubElement(document, whole.tag)
    body.extend(copy.deepcopy(block) for block in whole[first:after])
    body.append(copy.deepcopy(_page_after(whole, after)))
    breaks.close(body, styles.heading_levels(package))
    for block in more:
        body[-1].addprevious(block)
    for properties in body.iter(q("w:sectPr")):
        page.remove_title_page(properties)
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
