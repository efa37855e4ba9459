"""Fits what the report shows to the page of the reference document, which may be a sponsor's.

Displays are written for A4 (analysis/tlf/layout.py). Here their tables get the width of the text of the page they
stand on, and figures that are too wide or too high become smaller. Lengths are in twentieths of a point.
"""

import copy
from itertools import pairwise

from analysis.report.word.ooxml import NAMESPACES, SECTION_ORDER, Element, put, q

_TABLE = "CSRTable"  # the style of displays' tables
_EMU = 635  # to the twentieth of a point, in which pictures are measured
_HIGHEST = 0.8  # of the page's text, for a figure: title, footnotes and source stand on its page, too
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"


def area(section: Element) -> tuple[int, int]:
    """Width and height of a section's text."""
    size, margins = section.find("w:pgSz", NAMESPACES), section.find("w:pgMar", NAMESPACES)
    width, height = (int(size.get(q(f"w:{side}"))) for side in "wh")
    left, right, top, bottom = (abs(int(margins.get(q(f"w:{side}"), 0))) for side in ("left", "right", "top", "bottom"))
    return width - left - right - int(margins.get(q("w:gutter"), 0)), height - top - bottom


def turn(section: Element, *, landscape: bool) -> None:
    """Let a section's page lie or stand."""
    size = section.find("w:pgSz", NAMESPACES)
    sides = sorted((size.get(q("w:w")), size.get(q("w:h"))), key=int)
    width, height = reversed(sides) if landscape else sides
    size.set(q("w:w"), width)
    size.set(q("w:h"), height)
    size.attrib.pop(q("w:orient"), None)
    if landscape:
        size.set(q("w:orient"), "landscape")


def take_page(section: Element, other: Element) -> None:
    """Give a section the paper and margins of another, turned if it is landscape."""
    own = section.find("w:pgSz", NAMESPACES)
    landscape = own is not None and own.get(q("w:orient")) == "landscape"
    for name in ("w:pgSz", "w:pgMar"):
        put(section, copy.deepcopy(other.find(name, NAMESPACES)), SECTION_ORDER)
    turn(section, landscape=landscape)


def fit(body: Element) -> None:
    """Fit tables and pictures of displays to the pages of their sections."""
    blocks: list[Element] = []
    for block in body:
        blocks.append(block)
        section = block if block.tag == q("w:sectPr") else block.find("w:pPr/w:sectPr", NAMESPACES)
        if section is None:
            continue
        width, height = area(section)
        for table in (b for b in blocks if b.tag == q("w:tbl")):
            if _fills_the_line(table):
                stretch(table, width)
        for picture in (found for b in blocks for found in b.iter(q("wp:inline"))):
            _shrink(picture, width * _EMU, round(height * _HIGHEST) * _EMU)
        blocks = []


def _fills_the_line(table: Element) -> bool:
    """Whether a table is a display's, or one of the text that pandoc wants as wide as the text (but counts wrongly)."""
    style, width = (table.find(f"w:tblPr/w:{name}", NAMESPACES) for name in ("tblStyle", "tblW"))
    whole = width is not None and (width.get(q("w:type")), width.get(q("w:w"))) == ("pct", "5000")
    return whole or (style is not None and style.get(q("w:val")) == _TABLE)


def width_of(table: Element) -> int:
    """Width of a table's columns."""
    return sum(int(column.get(q("w:w"))) for column in table.findall("w:tblGrid/w:gridCol", NAMESPACES))


def stretch(table: Element, total: int) -> None:
    """Let a table be as wide as `total`, each column by its share."""
    columns = table.findall("w:tblGrid/w:gridCol", NAMESPACES)
    before = width_of(table)
    if before == total or not before:
        return
    edges = [0]
    for column in columns:
        edges.append(edges[-1] + int(column.get(q("w:w"))))
    widths = [b - a for a, b in pairwise(round(edge * total / before) for edge in edges)]
    for column, width in zip(columns, widths, strict=True):
        column.set(q("w:w"), str(width))
    _set_width(table.find("w:tblPr/w:tblW", NAMESPACES), total)
    for row in table.findall("w:tr", NAMESPACES):
        at = 0
        for cell in row.findall("w:tc", NAMESPACES):
            span = cell.find("w:tcPr/w:gridSpan", NAMESPACES)
            after = at + (1 if span is None else int(span.get(q("w:val"))))
            _set_width(cell.find("w:tcPr/w:tcW", NAMESPACES), sum(widths[at:after]))
            at = after


def _set_width(width: Element | None, value: int) -> None:
    if width is not None and width.get(q("w:type")) == "dxa":
        width.set(q("w:w"), str(value))


def _shrink(picture: Element, width: int, height: int) -> None:
    """Make a picture smaller where it exceeds a width or height."""
    extent = picture.find("wp:extent", NAMESPACES)
    own_width, own_height = int(extent.get("cx")), int(extent.get("cy"))
    factor = min(1, width / own_width, height / own_height)
    if factor < 1:
        for element in (extent, *picture.iter(f"{_DRAWING}ext")):
            if element.get("cx"):
                element.set("cx", str(int(own_width * factor)))
                element.set("cy", str(int(own_height * factor)))
