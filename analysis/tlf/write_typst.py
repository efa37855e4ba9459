"""Tables and figures' texts as Typst, for raw blocks.

Every text is a string literal of code, so nothing in it is ever read as markup.
"""

import re

from analysis.tlf import fonts, marks
from analysis.tlf.layout import (
    INDENT,
    TEXT_POINTS,
    aligned,
    column_widths,
    header_groups,
    lines_of,
    spans_across,
    stays_whole,
    text_width,
)
from analysis.tlf.model import Display, Figure, Table

_RULE = "table.hline(stroke: 0.6pt)"
_INSET = 3  # points on the left and the right of a cell's text
_SMALL = TEXT_POINTS - 1  # of footnotes
_SHORT = 8  # lines of a group that does not leave one of them alone on the table's last page
_LOW = 20  # lines of a row that certainly fits a page, and need not be divided
_TEXT_WIDTH = text_width(landscape=False) / 20  # points, of a figure's page
_PARAGRAPH = "par(justify: false, leading: 0.45em, spacing: 0.45em)"
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "{": "\\u{7b}", "`": "\\u{60}"}


def text_typst(text: str) -> str:
    """Text as a string literal: characters without a glyph as their number, braces and backticks as escapes."""
    return '"' + "".join(_ESCAPES.get(c, c) for c in fonts.printable(text)) + '"'


def _breakable(text: str, points: float) -> str:
    """Text as code in which words that are wider than `points` can break anywhere; typst's own words cannot.

    A word ends with a space, a hyphen or a slash, after which typst breaks by itself.
    """
    parts = [""]
    for piece in re.split(r"(\s+|(?<=[-/])(?=[^\W\d]))", fonts.printable(text)):
        if not piece.isspace() and fonts.width(piece, TEXT_POINTS) > points:
            parts += [*piece, ""]
        else:
            parts[-1] += piece
    return " + h(0.001pt) + ".join(text_typst(part) for part in parts if part) or '""'


def table_typst(table: Table, *, marked: bool = False) -> str:
    """A table as Typst markup with its anchor as a label; a landscape one on pages of its own.

    Title, population and column headers repeat on each page. A group's header is a header of a lower level, which
    typst never leaves alone at the end of a page. The last rows (see `_last_together`) stand in the footer, whose
    rows stay on one page: a page never holds the footnotes alone. `marked` puts in the marks of links that only a
    report can make (see marks.py), here and in the figures' writers.
    """
    widths = column_widths(table, text_width(table.landscape))
    points = [w / 20 - 2 * _INSET for w in widths]
    count = len(widths)
    rows = [_row(table, number, texts, points) for number, texts in enumerate(aligned(table))]
    whole = _last_together(table, points)
    aligns = ", ".join("left" if c.align == "left" else "center" for c in table.columns)
    lines = [
        f"#table(columns: ({', '.join(f'{w}fr' for w in widths)},), align: ({aligns},), stroke: none,",
        f"inset: (x: {_INSET}pt, y: 2pt), row-gutter: 0pt, column-gutter: 0pt, fill: none,",
        "table.header(repeat: true,",
        f"table.cell(colspan: {count}, align: left, inset: {_inset(y=5)},",
        f"{_heading(table, sum(points), _continued(table))}),",
        _RULE + ",",
        *_header(table, points),
        _RULE + "),",
        *[_headed(table, number, rows[number]) for number in range(whole)],
        "table.footer(repeat: false,",
        *rows[whole:],
        _RULE + ",",
        f"table.cell(colspan: {count}, align: left, inset: {_inset(y=4)},",
        _below(table, sum(points), marked),
        f"))) <{table.id}>",
    ]
    settings = [_listed(table), f"#set text(size: {TEXT_POINTS}pt, hyphenate: false)", f"#set {_PARAGRAPH}"]
    cells = [(cell.text, room) for row in table.body for cell, room in zip(row.cells, points, strict=False)]
    if all(lines_of(text, room) <= _LOW for text, room in cells):
        settings.append("#set table.cell(breakable: false)")
    block = "\n".join(["#block(breakable: false)[" if stays_whole(table) else "#[", *settings, *lines, "]"])
    return f"#page(flipped: true)[\n{block}\n]" if table.landscape else block


def _last_together(table: Table, points: list[float]) -> int:
    """The first of the last rows that stay together: those of the last group where it is short, else the last one.

    A row comes with the headers of its group.
    """
    kinds = [row.kind for row in table.body]
    size = next((n for n, kind in enumerate(reversed(kinds)) if kind == "group"), 0)
    own = table.body[len(kinds) - size :]
    lines = sum(max(lines_of(c.text, room) for c, room in zip(row.cells, points, strict=False)) for row in own)
    first = len(kinds) - (size if size and lines <= _SHORT else 1)
    return next(n for n in range(first, -1, -1) if n == 0 or kinds[n - 1] != "group")


def _inset(*, y: float = 2, top: float | None = None, bottom: float | None = None, indent: float = 0) -> str:
    """The space around a cell's text, in points."""
    top, bottom = y if top is None else top, y if bottom is None else bottom
    return f"(left: {_INSET + indent:g}pt, right: {_INSET}pt, top: {top:g}pt, bottom: {bottom:g}pt)"


def _header(table: Table, points: list[float]) -> list[str]:
    lines = []
    if table.spans:
        for label, first, last in header_groups(table):
            shown = f"strong({_breakable(label, sum(points[first : last + 1]))})" if label else "[]"
            lines.append(
                f"table.cell(colspan: {last - first + 1}, align: center + bottom, inset: {_inset(y=3)}, {shown}),"
            )
        lines += [f"table.hline(start: {s.first}, end: {s.last + 1}, stroke: 0.4pt)," for s in table.spans]
    for column, width in zip(table.columns, points, strict=True):
        side = "left" if column.align == "left" else "center"
        shown = f"strong({_breakable(column.label, width)})"
        lines.append(f"table.cell(align: {side} + bottom, inset: {_inset(y=3)}, {shown}),")
    return lines


def _row(table: Table, number: int, texts: list[tuple[str, str]], points: list[float]) -> str:
    row = table.body[number]
    across = spans_across(row.cells, table)
    top = 4 if number == 0 else 5 if row.kind == "group" else 2
    bottom = 4 if number == len(table.body) - 1 else 2
    cells = []
    for index, (cell, (text, padding)) in enumerate(zip(row.cells, texts, strict=True)):
        indent = INDENT // 20 * row.indent if index == 0 else 0
        shown = _breakable(text, (sum(points) if across else points[index]) - indent)
        if cell.note:
            shown += f" + super({text_typst(cell.note)})"
        if padding:
            shown += f" + {text_typst(padding)}"
        if row.kind != "data":
            shown = f"strong({shown})"
        options = f"colspan: {len(points)}, align: left, " if across else ""
        cells.append(f"table.cell({options}inset: {_inset(top=top, bottom=bottom, indent=indent)}, {shown})")
    return ", ".join(cells) + ","


def _headed(table: Table, number: int, cells: str) -> str:
    """A group's row as a header of a lower level, which needs a row below it; any other as it is.

    So is a group without rows, before another of its level: typst stops at some of such headers.
    """
    row, following = table.body[number], table.body[number + 1]
    if row.kind != "group" or (following.kind == "group" and following.indent <= row.indent):
        return cells
    # Every page says whose records or what it shows, but repeats no numbers. The header of a single row would be
    # repeated without it.
    several = [below.kind for below in table.body[number + 1 : number + 3]].count("data") == 2
    repeat = "true" if several and spans_across(row.cells, table) else "false"
    return f"table.header(level: {2 + row.indent}, repeat: {repeat}, {cells}),"


def _below(display: Display, points: float, marked: bool) -> str:
    lines = [
        (f'super({text_typst(n.mark)}) + " " + ' if n.mark else "") + _note(n.text, points, marked)
        for n in display.footnotes
    ]
    lines.append(_breakable(display.source, points))
    end = marks.cited("typst", display.id) if marked else ""
    return f"text(size: {_SMALL}pt, " + " + parbreak() + ".join(lines) + f"{end})"


def _note(text: str, points: float, marked: bool) -> str:
    if not marked:
        return _breakable(text, points)
    parts = ((_breakable(part, points), name) for part, name in marks.pieces(text))
    return " + ".join(marks.mention("typst", name, code) if name else code for code, name in parts)


def _heading(display: Display, points: float, behind: str = "") -> str:
    title = f"strong({_breakable(f'{display.label} {display.title}', points)}{behind})"
    return f"text(size: {TEXT_POINTS + 1}pt, {title}) + linebreak() + {_breakable(display.population, points)}"


def _continued(table: Table) -> str:
    """What the title says on every page of a table but the first."""
    return f' + context if here().page() > locate(<{table.id}>).page() {{ " (continued)" }}'


def _listed(display: Display) -> str:
    """What the list of displays reads (see report.typ): the id of the display and its title."""
    return f"#metadata(({text_typst(display.id)}, {text_typst(f'{display.label} {display.title}')})) <csr-display>"


def figure_heading_typst(figure: Figure) -> str:
    """The title and population of a figure, with its label; both stay with the picture, which gets its text here.

    Pandoc's writer drops the text of an image, and PDF/A-2a asks for one.
    """
    shown = f"text(size: {TEXT_POINTS}pt, {_heading(figure, _TEXT_WIDTH)})"
    lines = [
        _listed(figure),
        f"#set image(alt: {text_typst(figure.alt)})",
        f"#block(sticky: true, above: 1.2em, {{ set {_PARAGRAPH}; {shown} }}) <{figure.id}>",
    ]
    return "\n".join(lines)


def figure_footnotes_typst(figure: Figure, *, marked: bool = False) -> str:
    """The footnotes and source of a figure."""
    return f"#block(breakable: false, {{ set {_PARAGRAPH}; {_below(figure, _TEXT_WIDTH, marked)} }})"
