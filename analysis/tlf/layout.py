"""What all writers lay out alike: page size, decimal alignment by padding, and which rows stay together."""

import re
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise, zip_longest

from analysis.tlf import fonts
from analysis.tlf.model import Cell, Kind, Table

# A4 with 25 mm margins, in twentieths of a point as DOCX and RTF count; across is the long side.
PAGE_SHORT, PAGE_LONG, MARGIN = 11906, 16838, 1417
TEXT_POINTS = 9
CELL_SPACE = 3  # points that no format goes beyond on the left and on the right of a cell's text
INDENT = 200  # of one level of a row, and
GROUP_SPACE = 80  # before a group, both in twentieths of a point
WIDER = 1.05  # a text in Word at the most, than in the shipped font
WHOLE_LINES = 42  # of a table that stays on one page; a page has room for more than 50
GROUP_LINES = 26  # of a listing's group that stays on one page; a landscape one has room for about 30

FIGURE_SPACE = "\u2007"
# Spaces that pad, in font units of Liberation Sans and Arial (2048 to the em); not every font has them.
_EM, _DIGIT = 2048, 1139
_SUPERSCRIPT = 60  # per cent of the size of the text
_SPACES = ((FIGURE_SPACE, _DIGIT), ("\u2008", 569), ("\u2009", 410), ("\u200a", 171))
_WIDE = dict(_SPACES)

# A number (or what stands for one) up to its decimal point, and the rest; then the numbers inside the rest.
_NUMBER = re.compile(
    r"(?P<whole>[(\[]?(?:[<>≤≥=~±+−-]{0,2}\d[\d,]*|NE|NA|NC|ND|[-–—]))(?P<rest>(?![^\W\d])(?:[^A-Za-z\n]|NE|to|reference|G\d|\b[A-Z]\b)*)"
)
_INNER = re.compile(r"(?<=[(\[ ])[<>−-]?\d+(?![\d/])|\bNE\b")
_ANY = re.compile(r"[<>−-]?\d+(?:\.\d+)?%?|\bNE\b")
_SHARE = re.compile(r" \(#\)")
_INTERVAL = re.compile(r".*\(#, #\).*|, #\)")
_NO_BREAK = "\u00a0"


def text_width(landscape: bool) -> int:
    """Width of the text area in twentieths of a point."""
    return (PAGE_LONG if landscape else PAGE_SHORT) - 2 * MARGIN


def column_widths(table: Table, total: int) -> list[int]:
    """Whole column widths that add up to `total` exactly."""
    edges = [0.0]
    for share in table.shares:
        edges.append(edges[-1] + share * total)
    return [round(b) - round(a) for a, b in pairwise(edges)]


def width_of(text: str) -> int:
    """Width of a text in font units, in Liberation Sans and in Arial, whose widths are the same."""
    known = fonts.advances()
    return sum(_WIDE.get(char) or round(_EM * known.get(ord(char), 1.0)) for char in text)


def aligned(table: Table) -> list[list[tuple[str, str]]]:
    """Each body cell's text and the padding that follows its footnote mark.

    In decimal columns spaces of known width are added before and inside the numbers, so that the centred texts have
    their decimal points under each other, and so have alike numbers behind the first: percentages and confidence
    limits of the whole column, other pairs, such as a mean and its standard deviation, of one group of rows. Such a
    text does not break where the column has room for it. Other texts are left alone.
    """
    rows = [[(cell.text, "") for cell in row.cells] for row in table.body]
    widths = column_widths(table, text_width(table.landscape))
    group, groups = 0, []
    for row in table.body:
        group += row.kind == "group"
        groups.append(group)
    for index, column in enumerate(table.columns):
        if column.align != "decimal":
            continue
        places = [i for i, row in enumerate(table.body) if index < len(row.cells) == len(table.columns)]
        cells = [table.body[i].cells[index] for i in places]
        room = (widths[index] / 20 - 2 * CELL_SPACE) / TEXT_POINTS * _EM
        for place, padded in zip(places, _padded(cells, [groups[i] for i in places], room), strict=True):
            rows[place][index] = padded
    return rows


def _padded(cells: list[Cell], groups: list[int], room: float) -> list[tuple[str, str]]:
    """Texts and trailing padding of one column's cells; `room` is its width in font units."""
    numbers = [_NUMBER.fullmatch(cell.text) for cell in cells]
    before = max((width_of(n["whole"]) for n in numbers if n), default=0)
    alike: dict[object, list[int]] = {}
    for number, group in zip(numbers, groups, strict=True):
        if number:
            widest = alike.setdefault(_alike(number["rest"], group), [])
            own = [width_of(inner[0]) if inner[0] != "NE" else 0 for inner in _INNER.finditer(number["rest"])]
            widest[:] = [max(pair) for pair in zip_longest(widest, own, fillvalue=0)]
    shown = []
    for cell, number, group in zip(cells, numbers, groups, strict=True):
        if not number:
            shown.append(cell.text)
            continue
        gaps = iter(alike[_alike(number["rest"], group)])
        rest = _INNER.sub(lambda inner, w=gaps: _gap(next(w) - width_of(inner[0])) + inner[0], number["rest"])
        shown.append(_gap(before - width_of(number["whole"])) + number["whole"] + rest)
    widths = [width_of(s) + _SUPERSCRIPT * width_of(c.note) // 100 for s, c in zip(shown, cells, strict=True)]
    block = max((w for w, n in zip(widths, numbers, strict=True) if n), default=0)
    if block <= room:
        shown = [s.replace(" ", _NO_BREAK) if n else s for s, n in zip(shown, numbers, strict=True)]
    return [(s, _gap(block - w) if n else "") for s, w, n in zip(shown, widths, numbers, strict=True)]


def _alike(rest: str, group: int) -> object:
    """What the texts have in common whose inner numbers stand under each other."""
    shape = _ANY.sub("#", rest)
    whole_column = _INTERVAL.fullmatch(shape) or (_SHARE.fullmatch(shape) and not rest.startswith("."))
    return shape if whole_column else (shape, group)


def _gap(width: int) -> str:
    """Spaces of about this width, in font units."""
    found = ""
    for space, size in _SPACES:
        count = max(0, (width + _SPACES[-1][1] // 2) // size)
        found += space * count
        width -= count * size
    return found


def kept_with_next(table: Table) -> list[bool]:
    """For each body row whether a page may not end after it: in a table that stays whole, after none.

    A group's header stays with the row after it, and that one with the group's second row, if it has one; the last
    row stays with the footnotes. In a listing a group of few lines, the records of a patient, stays whole.
    """
    kinds = [row.kind for row in table.body]
    last = len(kinds) - 1
    if stays_whole(table):
        return [True] * len(kinds)
    kept = []
    for i, kind in enumerate(kinds):
        first_of_group = i > 0 and kinds[i - 1] == "group" and i < last and kinds[i + 1] != "group"
        kept.append(i == last or kind == "group" or first_of_group)
    lines = _body_lines(table)
    for start, stop in _groups(kinds) if table.id.startswith("l-") else ():
        if sum(lines[start:stop]) <= GROUP_LINES:
            kept[start : stop - 1] = [True] * (stop - 1 - start)
    return kept


def continued(table: Table) -> Table:
    """A listing whose long groups are divided, each further part below the group's header with '(continued)'.

    Word and RTF cannot repeat a group's header on the next page. As each part stays whole (see `kept_with_next`), every
    page begins with a header, and so with the patient that its records are of.
    """
    if not table.id.startswith("l-"):
        return table
    lines, rows = _body_lines(table), list(table.rows)
    for start, stop in reversed(_groups([row.kind for row in rows])):
        first = next((i for i in range(start, stop) if rows[i].kind != "group"), stop)
        header = [replace(row, cells=(_continued(row.cells[0]), *row.cells[1:])) for row in rows[start:first]]
        places, used = [], sum(lines[start:first])
        for i in range(first, stop):
            if used + lines[i] > GROUP_LINES and i > first:
                places.append(i)
                used = sum(lines[start:first])
            used += lines[i]
        for place in reversed(places):
            rows[place:place] = header
    return replace(table, rows=tuple(rows))


def _continued(cell: Cell) -> Cell:
    return replace(cell, text=f"{cell.text} (continued)")


def _groups(kinds: list[Kind]) -> list[tuple[int, int]]:
    """First row of each group and first row after it; a header right below another belongs to the same group."""
    starts = [i for i, kind in enumerate(kinds) if kind == "group" and (i == 0 or kinds[i - 1] != "group")]
    return list(pairwise([*starts, len(kinds)]))


def lines_of(text: str, points: float) -> int:
    """The lines that a text may need where there are so many points for it."""
    room = points / (TEXT_POINTS * WIDER)
    return sum(_wrapped(line, room) for line in text.split("\n"))


@lru_cache(maxsize=10_000)
def _wrapped(line: str, room: float) -> int:
    """The lines that one becomes where there is room for so many times the size of its letters."""
    advances = fonts.advances(fonts.REGULAR)
    space = advances[ord(" ")]
    count, used = 1, 0.0
    for word in line.split():
        width = sum(advances.get(ord(char), 1.0) for char in word)
        if used and used + space + width > room:
            count, used = count + 1, 0.0
        used += width + (space if used else 0)
        if used > room:  # a word that is broken
            count, used = count + int(used / room), used % room
    return count


def stays_whole(table: Table) -> bool:
    """Whether no page ends inside a table: an upright one of few lines, such as those that stand in the text."""
    if table.landscape:
        return False
    points = _column_points(table)
    headers = max(lines_of(column.label, room) for column, room in zip(table.columns, points, strict=True))
    body = _body_lines(table)
    around = [table.title, table.population, *(note.text for note in table.footnotes), table.source]
    return headers + sum(body) + sum(lines_of(text, sum(points)) for text in around) <= WHOLE_LINES


def _column_points(table: Table) -> list[float]:
    """What each column has for its text, in points."""
    return [width / 20 - 2 * CELL_SPACE for width in column_widths(table, text_width(table.landscape))]


def _body_lines(table: Table) -> list[int]:
    """The lines that each row of the body may need."""
    points = _column_points(table)
    rooms = [[sum(points)] if spans_across(row.cells, table) else points for row in table.body]
    return [
        max(lines_of(c.text, space) for c, space in zip(row.cells, room, strict=True))
        for row, room in zip(table.body, rooms, strict=True)
    ]


def spans_across(row: tuple[Cell, ...], table: Table) -> bool:
    """Whether a row is one cell across the whole table."""
    return len(row) == 1 < len(table.columns)


def header_groups(table: Table) -> list[tuple[str, int, int]]:
    """The spanning header row, left to right: label ("" where there is none), first and last column."""
    cells: list[tuple[str, int, int]] = []
    at = 0
    for span in (*table.spans, None):
        stop = span.first if span else len(table.columns)
        cells += [("", i, i) for i in range(at, stop)]
        if span:
            cells.append((span.label, span.first, span.last))
            at = span.last + 1
    return cells
