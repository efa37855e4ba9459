"""Displays as RTF. rtflite writes cells and paragraphs; what repeats and what stays together is added to its rows.

Word repeats the header rows on each page; LibreOffice 7 has no repeating rows in RTF.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rtflite.row import Border, Row, TextContent
from rtflite.row import Cell as RtfCell

from analysis.tlf.layout import (
    CELL_SPACE,
    GROUP_SPACE,
    INDENT,
    MARGIN,
    PAGE_LONG,
    PAGE_SHORT,
    TEXT_POINTS,
    aligned,
    column_widths,
    continued,
    header_groups,
    kept_with_next,
    spans_across,
)
from analysis.tlf.model import Display, Figure, Footnote, Table
from analysis.tlf.png import size_of

_SPACE = 20  # before and after a line, in twentieths of a point
_TWIPS = 1440  # to the inch, in which rtflite counts widths
# A paragraph must follow a table. It is the smallest there is, or it would open a page of its own below a full one.
_AFTER_TABLE = r"\pard\plain\f0\fs2\sl-20\slmult0\sb0\sa0"
_START = r"{\rtf1\ansi\ansicpg1252\deff0\deflang2057{\fonttbl{\f0\fswiss\fcharset0 Arial;}}\uc1" + "\n"
_RUNNING = r"\pard\plain\f0\fs16"  # of head and foot
_HIGHEST = 0.8  # of the page's text, for a figure: title, footnotes and source stand on its page, too


@dataclass(frozen=True)
class Surroundings:
    """What a file has around its displays: head and foot of its pages, properties, and its paper.

    The head has `study` on the left and `note` on the right, the foot `footer` and the page's number. `paper` is width
    and height of an upright page, `margins` are left, right, top and bottom, all in twentieths of a point.
    """

    study: str = ""
    note: str = ""
    footer: str = ""
    subject: str = ""
    author: str = ""
    paper: tuple[int, int] = (PAGE_SHORT, PAGE_LONG)
    margins: tuple[int, int, int, int] = (MARGIN, MARGIN, MARGIN, MARGIN)

    def text_area(self, landscape: bool) -> tuple[int, int]:
        """Width and height of a page's text."""
        width, height = reversed(self.paper) if landscape else self.paper
        left, right, top, bottom = self.margins
        return width - left - right, height - top - bottom


def text_rtf(text: str) -> str:
    """Text in plain ASCII: control characters of RTF escaped, others as UTF-16 code units."""
    return "".join(map(_char, text))


def _char(char: str) -> str:
    if char == "\n":
        return r"\line "
    if char in r"\{}":
        return "\\" + char
    if " " <= char <= "~":
        return char
    units = char.encode("utf-16-le")
    values = [int.from_bytes(units[i : i + 2], "little", signed=True) for i in range(0, len(units), 2)]
    return "".join(rf"\u{value}?" for value in values)


def _superscript(mark: str) -> str:
    return rf"{{\super {text_rtf(mark)}}}" if mark else ""


def _bookmark(name: str) -> str:
    """The name of a display's bookmark: Word takes letters, digits and underscores."""
    return name.replace("-", "_")


def _anchor(name: str) -> str:
    return rf"{{\*\bkmkstart {_bookmark(name)}}}{{\*\bkmkend {_bookmark(name)}}}"


def _field(instruction: str, result: str, mark: str = "") -> str:
    return rf"{{\field{mark}{{\*\fldinst {instruction}}}{{\fldrslt {result}}}}}"


def _text(
    rtf: str,
    *,
    centered: bool = False,
    bold: bool = False,
    indent: int = 0,
    points: int = TEXT_POINTS,
    before: int = _SPACE,
) -> TextContent:
    """A paragraph of text that is RTF already."""
    return TextContent(
        text=rtf,
        size=points,
        format="b" if bold else None,
        justification="c" if centered else "l",
        indent_left=INDENT * indent,
        space_before=before,
        space_after=_SPACE,
        convert=False,
        hyphenation=False,
    )


def _cell(text: TextContent, right: int, *, top: bool = False, bottom: bool = False, low: bool = False) -> RtfCell:
    """A cell that ends `right` twentieths of a point from the table's left edge."""
    return RtfCell(
        text=text,
        width=right / _TWIPS,
        vertical_justification="bottom" if low else "top",
        border_top=Border() if top else None,
        border_bottom=Border() if bottom else None,
        border_left=None,
        border_right=None,
    )


def _row(cells: Sequence[RtfCell], *, header: bool = False, keep: bool = False) -> str:
    """A row that is never split; a header repeats on each page; `keep` holds it on the page of the next row."""
    # rtflite makes the space beside a cell's text of half the height.
    lines = list(Row(row_cells=cells, justification="l", height=2 * 20 * CELL_SPACE / _TWIPS)._as_rtf())
    lines[0] += r"\trkeep" + (r"\trhdr" if header else "")
    texts = range(1 + len(cells), 1 + 2 * len(cells))
    for i in texts:
        lines[i] = lines[i].replace(r"\pard", r"\pard\intbl" + (r"\keepn" if keep else ""), 1)
    return "\n".join(lines)


def _table(table: Table, total: int) -> str:
    table = continued(table)
    edges = [sum(column_widths(table, total)[: i + 1]) for i in range(len(table.columns))]
    rows = [_row([_cell(_text(_anchor(table.id) + _heading(table)), total)], header=True, keep=True)]
    if table.spans:
        cells = [
            _cell(_text(text_rtf(label), centered=True, bold=True), edges[last], top=True, bottom=bool(label), low=True)
            for label, _, last in header_groups(table)
        ]
        rows.append(_row(cells, header=True, keep=True))
    cells = [
        _cell(
            _text(text_rtf(c.label), centered=c.align != "left", bold=True),
            edge,
            top=not table.spans,
            bottom=True,
            low=True,
        )
        for c, edge in zip(table.columns, edges, strict=True)
    ]
    rows.append(_row(cells, header=True, keep=True))
    for number, (row, texts, keep) in enumerate(zip(table.body, aligned(table), kept_with_next(table), strict=True)):
        before = GROUP_SPACE if row.kind == "group" and number > 0 else _SPACE
        across = spans_across(row.cells, table)
        cells = []
        for index, (cell, (text, padding)) in enumerate(zip(row.cells, texts, strict=True)):
            shown = text_rtf(text) + _superscript(cell.note) + text_rtf(padding)
            centered = table.columns[index].align != "left" and not across
            indent = row.indent if index == 0 else 0
            paragraph = _text(shown, centered=centered, bold=row.kind != "data", indent=indent, before=before)
            cells.append(_cell(paragraph, total if across else edges[index]))
        rows.append(_row(cells, keep=keep))
    rows.append(_row([_cell(_text(_below(table.footnotes, table.source), points=TEXT_POINTS - 1), total, top=True)]))
    return "\n".join([*rows, _AFTER_TABLE])


def _heading(display: Display) -> str:
    title = text_rtf(f"{display.label} {display.title}")
    return rf"{{\b\fs{2 * TEXT_POINTS + 2} {title}}}\line {text_rtf(display.population)}"


def _below(footnotes: Sequence[Footnote], source: str) -> str:
    lines = [_superscript(n.mark) + text_rtf((" " if n.mark else "") + n.text) for n in footnotes]
    return r"\line ".join([*lines, text_rtf(source)])


def _paragraph(rtf: str, *, keep: bool = False) -> str:
    look = rf"\pard\plain\f0\fs{2 * TEXT_POINTS}\sa60" + (r"\keepn" if keep else "")
    return rf"{{{look} {rtf}\par}}"


def _figure(figure: Figure, area: tuple[int, int]) -> str:
    width, height = (round(points * 20) for points in size_of(figure.png))
    scale = min(1.0, area[0] / width, _HIGHEST * area[1] / height)
    goal = rf"\picwgoal{round(width * scale)}\pichgoal{round(height * scale)}"
    words = rf"{{\*\picprop{{\sp{{\sn wzDescription}}{{\sv {text_rtf(figure.alt)}}}}}}}"
    return "\n".join(
        [
            _paragraph(_anchor(figure.id) + _heading(figure), keep=True),
            _paragraph(rf"{{\pict{words}\pngblip{goal}" + "\n" + figure.png.hex() + "}", keep=True),
            _paragraph(_below(figure.footnotes, figure.source)),
        ]
    )


def _page(around: Surroundings, *, landscape: bool) -> str:
    """The beginning of a section: its paper, head and foot."""
    width, height = reversed(around.paper) if landscape else around.paper
    sides = "".join(rf"\marg{side}sxn{margin}" for side, margin in zip("lrtb", around.margins, strict=True))
    turned = r"\lndscpsxn" if landscape else ""
    line = rf"{_RUNNING}\tqr\tx{around.text_area(landscape)[0]}"
    note = rf"{{\b {text_rtf(around.note)}}}"
    number = f"Page {_field('PAGE', '1')} of {_field('NUMPAGES', '1')}"
    return "\n".join(
        [
            rf"\sectd\sbkpage\pgwsxn{width}\pghsxn{height}{turned}{sides}\headery680\footery567",
            rf"{{\header{line}\brdrb\brdrs\brdrw10\brsp80 {text_rtf(around.study)}\tab {note}\par}}",
            rf"{{\footer{line}\brdrt\brdrs\brdrw10\brsp80 {text_rtf(around.footer)}\tab {number}\par}}",
        ]
    )


def section_rtf(display: Display, around: Surroundings) -> str:
    """A display as a section of an RTF file, which sets the page's orientation."""
    if isinstance(display, Table):
        width, _ = around.text_area(display.landscape)
        return f"{_page(around, landscape=display.landscape)}\n{_table(display, width)}\n"
    return f"{_page(around, landscape=False)}\n{_figure(display, around.text_area(landscape=False))}\n"


def _contents(displays: Sequence[Display], around: Surroundings, title: str) -> str:
    """A list of the displays with links; the page numbers are fields, which a program that lays out pages fills."""
    right = rf"\tqr\tldot\tx{around.text_area(landscape=False)[0]}\fi-280\li280\ri700"
    lines = [
        right
        + " "
        + _field(
            rf'HYPERLINK \\l "{_bookmark(d.id)}"',
            text_rtf(f"{d.label} {d.title}") + r"\tab " + _field(rf"PAGEREF {_bookmark(d.id)} \\h", "", r"\flddirty"),
        )
        for d in displays
    ]
    head = [rf"{{\b\fs32 {text_rtf(title)}}}", *map(text_rtf, (around.study, around.note, around.footer))]
    paragraphs = map(_paragraph, [*head, r"{\b\fs24 Contents}", *lines])
    return "\n".join([_page(around, landscape=False), *paragraphs]) + "\n"


def document_rtf(sections: Sequence[str], around: Surroundings, *, title: str, contents: Sequence[Display] = ()) -> str:
    """Sections as one RTF file, plain ASCII, each from a page of its own; a list of `contents` stands before them."""
    listed = [_contents(contents, around, title)] if contents else []
    properties = {"title": title, "subject": around.subject, "author": around.author, "doccomm": around.note}
    info = "".join(rf"{{\{name} {text_rtf(value)}}}" for name, value in properties.items())
    width, height = around.paper
    page = rf"\paperw{width}\paperh{height}" + "".join(
        rf"\marg{side}{margin}" for side, margin in zip("lrtb", around.margins, strict=True)
    )
    return f"{_START}{{\\info{info}}}\n{page}\n" + "\\sect\n".join([*listed, *sections]) + "}\n"
