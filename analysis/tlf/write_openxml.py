"""Tables and figures' texts as WordprocessingML, for raw blocks and DOCX files.

Looks belong to the styles of reference.docx, named here. Direct formatting is only what no style can hold: rules and
alignment of header rows, indents of cells, and which paragraphs stay with the next. Widths are those of A4; the
finished report has those of its own page (analysis/report/word/fit.py), where no cell says its width again.
"""

import zlib

from analysis.tlf import marks
from analysis.tlf.layout import (
    INDENT,
    MARGIN,
    PAGE_LONG,
    PAGE_SHORT,
    aligned,
    column_widths,
    continued,
    header_groups,
    kept_with_next,
    spans_across,
    text_width,
)
from analysis.tlf.model import Align, Display, Figure, Kind, Table

# Styles of a body row's paragraphs: in its left-aligned cells, in the others.
_BODY: dict[Kind, tuple[str, str]] = {
    "data": ("TableText", "TableNumber"),
    "group": ("TableGroup", "TableGroupNumber"),
    "total": ("TableTotal", "TableTotalNumber"),
}
_RULE = 6  # thickness, in eighths of a point


def text_xml(text: str) -> str:
    """Text as character data of XML, without braces and backticks, so that no shortcode nor fence can appear."""
    for char, code in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("{", "&#123;"), ("`", "&#96;")):
        text = text.replace(char, code)
    return text


def run(text: str, properties: str = "") -> str:
    """A run; newlines become line breaks."""
    lines = "<w:br/>".join(map(_words, text.split("\n")))
    return f"<w:r>{f'<w:rPr>{properties}</w:rPr>' if properties else ''}{lines}</w:r>"


def _words(text: str) -> str:
    spaces = "" if text == " ".join(text.split()) else ' xml:space="preserve"'
    return f"<w:t{spaces}>{text_xml(text)}</w:t>"


def _mark(mark: str) -> str:
    return run(mark, '<w:rStyle w:val="TableMark"/>') if mark else ""


def _paragraph(style: str, runs: str, *, keep: bool = False, align: Align = "left", indent: int = 0) -> str:
    """A paragraph; `keep` holds it on the page of the next."""
    properties = f'<w:pStyle w:val="{style}"/>' + ("<w:keepNext/>" if keep else "")
    if indent:
        properties += f'<w:ind w:left="{INDENT * indent}"/>'
    if align != "left":
        properties += '<w:jc w:val="center"/>'
    return f"<w:p><w:pPr>{properties}</w:pPr>{runs}</w:p>"


def _anchor(name: str, runs: str) -> str:
    # Word wants a number per bookmark, unique in the document; pandoc's own count from 0.
    number = 1_000_000 + zlib.crc32(name.encode()) % 1_000_000_000
    return f'<w:bookmarkStart w:id="{number}" w:name="{name}"/>{runs}<w:bookmarkEnd w:id="{number}"/>'


def _cell(content: str, across: int = 1, *, top: bool = False, bottom: bool = False, low: bool = False) -> str:
    """A table cell of one or more paragraphs; `top` and `bottom` are its rules, `low` puts the text at the bottom."""
    properties = f'<w:gridSpan w:val="{across}"/>' if across > 1 else ""
    rules = [f'<w:{side} w:val="single" w:sz="{_RULE}" w:space="0" w:color="auto"/>'
             for side, wanted in (("top", top), ("bottom", bottom)) if wanted]  # fmt: skip
    if rules:
        properties += f"<w:tcBorders>{''.join(rules)}</w:tcBorders>"
    if low:
        properties += '<w:vAlign w:val="bottom"/>'
    return f"<w:tc>{f'<w:tcPr>{properties}</w:tcPr>' if properties else ''}{content}</w:tc>"


def _row(cells: list[str], *, header: bool = False) -> str:
    return f"<w:tr><w:trPr><w:cantSplit/>{'<w:tblHeader/>' if header else ''}</w:trPr>{''.join(cells)}</w:tr>"


def table_only(table: Table, *, marked: bool = False) -> str:
    """A table as a w:tbl. Title, population, footnotes and source are rows of it; the first ones repeat.

    `marked` puts in the marks of links that only a report can make (see marks.py), here and in the other writers.
    """
    table = continued(table)
    total = text_width(table.landscape)
    widths = column_widths(table, total)
    count = len(widths)
    heading = _paragraph("TableTitle", _anchor(table.id, run(f"{table.label} {table.title}")), keep=True)
    heading += _paragraph("TablePopulation", run(table.population), keep=True)
    below = _footnotes(table, marked, keep=table.landscape)
    return "".join(
        [
            '<w:tbl><w:tblPr><w:tblStyle w:val="CSRTable"/>',
            f'<w:tblW w:w="{total}" w:type="dxa"/><w:tblLayout w:type="fixed"/>',
            '<w:tblLook w:val="0600" w:firstRow="0" w:lastRow="0" w:firstColumn="0" w:lastColumn="0"',
            ' w:noHBand="1" w:noVBand="1"/>',
            f'<w:tblCaption w:val="{_attribute(f"{table.label} {table.title}")}"/>',
            f'<w:tblDescription w:val="{_attribute(table.population)}"/></w:tblPr>',
            "<w:tblGrid>",
            *(f'<w:gridCol w:w="{width}"/>' for width in widths),
            "</w:tblGrid>",
            _row([_cell(heading, count)], header=True),
            *_header(table),
            *_body(table),
            _row([_cell(below, count, top=True)]),
            "</w:tbl>",
        ]
    )


def _attribute(text: str) -> str:
    return text_xml(text.replace("\n", " "))


def _header(table: Table) -> list[str]:
    rows = []
    if table.spans:
        cells = [
            _cell(
                _paragraph("TableHeader", run(label), keep=True, align="center"),
                last - first + 1,
                top=True,
                bottom=bool(label),
                low=True,
            )
            for label, first, last in header_groups(table)
        ]
        rows.append(_row(cells, header=True))
    cells = [
        _cell(
            _paragraph("TableHeader", run(column.label), keep=True, align=column.align),
            top=not table.spans,
            bottom=True,
            low=True,
        )
        for column in table.columns
    ]
    return [*rows, _row(cells, header=True)]


def _body(table: Table) -> list[str]:
    rows = []
    for row, texts, keep in zip(table.body, aligned(table), kept_with_next(table), strict=True):
        left, other = _BODY[row.kind]
        across = len(table.columns) if spans_across(row.cells, table) else 1
        cells = []
        for index, (cell, (text, padding)) in enumerate(zip(row.cells, texts, strict=True)):
            runs = run(text) + _mark(cell.note) + (run(padding) if padding else "")
            style = left if across > 1 or table.columns[index].align == "left" else other
            content = _paragraph(style, runs, keep=keep, indent=row.indent if index == 0 else 0)
            cells.append(_cell(content, across))
        rows.append(_row(cells))
    return rows


def _footnotes(display: Display, marked: bool, *, keep: bool = False) -> str:
    lines = [_mark(n.mark) + _note((" " if n.mark else "") + n.text, marked) for n in display.footnotes]
    source = run(display.source) + (marks.cited("openxml", display.id) if marked else "")
    notes = "".join(_paragraph("TableFootnote", line, keep=True) for line in lines)
    return notes + _paragraph("TableSource", source, keep=keep)


def _note(text: str, marked: bool) -> str:
    if not marked:
        return run(text)
    parts = marks.pieces(text)
    return "".join(marks.mention("openxml", name, run(part)) if name else run(part) for part, name in parts)


def section_end(landscape: bool) -> str:
    """An empty paragraph that ends a section of this orientation. Headers and footers are the finisher's to add."""
    size = f'w:w="{PAGE_SHORT}" w:h="{PAGE_LONG}"'
    if landscape:
        size = f'w:w="{PAGE_LONG}" w:h="{PAGE_SHORT}" w:orient="landscape"'
    sides = " ".join(f'w:{side}="{MARGIN}"' for side in ("top", "right", "bottom", "left"))
    return (
        f'<w:p><w:pPr><w:pStyle w:val="TableEnd"/><w:sectPr><w:pgSz {size}/>'
        f'<w:pgMar {sides} w:header="680" w:footer="567" w:gutter="0"/></w:sectPr></w:pPr></w:p>'
    )


def table_openxml(table: Table, *, marked: bool = False) -> str:
    """A table as block content of a document body; a landscape one in a section of its own.

    An empty paragraph follows: without one Word would join two tables that follow each other.
    """
    if table.landscape:
        return section_end(landscape=False) + table_only(table, marked=marked) + section_end(landscape=True)
    return table_only(table, marked=marked) + _paragraph("TableEnd", "")


def figure_heading_openxml(figure: Figure) -> str:
    """The title and population of a figure, with its bookmark; both stay with the picture."""
    title = _anchor(figure.id, run(f"{figure.label} {figure.title}"))
    return _paragraph("FigureTitle", title, keep=True) + _paragraph(
        "TablePopulation", run(figure.population), keep=True
    )


def figure_footnotes_openxml(figure: Figure, *, marked: bool = False) -> str:
    """The footnotes and source of a figure."""
    return _footnotes(figure, marked)
