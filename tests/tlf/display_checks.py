"""What every table, listing and figure of a report keeps to. Each check returns what is wrong, in words."""

import re
from collections.abc import Callable

from analysis.tlf import fonts, layout
from analysis.tlf.model import Display, Table

SIZES = ("Patients", "n", "Due", "Total")
"""Headers of columns that hold the number which percentages of the same row are of."""

_SOURCE = re.compile(
    r"Program: notebooks/\w+\.ipynb\. Source: [\w ./,-]+\. Data cut-off: \d{4}-\d\d-\d\d\. (?P<note>.+)\."
)
_SHARE = re.compile(r"\d+ \((\d[\d.]*)\)")
_NUMBERS = re.compile(r"-?\d[-\d.,() \[\]%]*")
_INTERVAL = re.compile(r"(?:[\d.]+ )?\((-?[\d.]+), (-?[\d.]+)\)(?: \[\d+\])?")


def source_line(display: Display, note: str) -> list[str]:
    """The source line names program, data and cut-off, and says what kind of data these are."""
    found = _SOURCE.fullmatch(display.source)
    return [] if found and found["note"] == note else [f"source line {display.source!r}"]


def sizes(table: Table) -> list[str]:
    """Above a column of percentages stands the size of the set, or a column or the group's heading has it."""
    if table.id.startswith("l-") or any(column.label in SIZES for column in table.columns):
        return []
    found = []
    for place, column in enumerate(table.columns):
        above = [column.label, *(span.label for span in table.spans if span.first <= place <= span.last)]
        if any("(N = " in label for label in above):
            continue
        heading = ""
        for row in table.rows:
            if row.kind == "group":
                heading = row.cells[0].text
            shown = row.cells[place].text if place < len(row.cells) else ""
            if _SHARE.fullmatch(shown) and not re.search(r"\([Nn] = \d+\)", heading):
                found.append(f"column {column.label!r} has {shown!r} without the size of the set")
                break
    return found


def precision(table: Table) -> list[str]:
    """Percentages behind a number have one decimal, none where the number is 0; p-values four; limits the same."""
    found = []
    for row in table.rows if not table.id.startswith("l-") else ():  # listings show values as they were recorded
        for place, cell in enumerate(row.cells):
            share, interval = _SHARE.fullmatch(cell.text), _INTERVAL.fullmatch(cell.text)
            if share and not re.fullmatch(r"\d{1,3}\.\d", share[1]):
                found.append(f"percentage in {cell.text!r}")
            if share and cell.text.startswith("0 "):
                found.append(f"percentage of nobody in {cell.text!r}")
            if interval and len({len(limit.partition(".")[2]) for limit in interval.groups()}) > 1:
                found.append(f"limits in {cell.text!r}")
            heads = table.columns[place].label, row.cells[0].text[:7]
            of_p = len(row.cells) == len(table.columns) and "p-value" in heads
            if of_p and re.match(r"[<\d]", cell.text) and not re.fullmatch(r"[01]\.\d{4}|<0\.0001", cell.text):
                found.append(f"p-value {cell.text!r}")
    return found


def widths(table: Table) -> list[str]:
    """No word and no number is wider than its column by the metrics of the shipped font; numbers do not break."""
    rooms = [w / 20 - 2 * layout.CELL_SPACE for w in layout.column_widths(table, layout.text_width(table.landscape))]
    texts = [(column.label, room, True) for column, room in zip(table.columns, rooms, strict=True)]
    texts += [(span.label, sum(rooms[span.first : span.last + 1]), True) for span in table.spans]
    broken = []
    for row, aligned in zip(table.body, layout.aligned(table), strict=True):
        if not layout.spans_across(row.cells, table):
            first = [rooms[0] - layout.INDENT / 20 * row.indent, *rooms[1:]]
            texts += [(text, room, row.kind != "data") for (text, _), room in zip(aligned, first, strict=True)]
            # Numbers one behind the other that have room are joined by spaces that do not break.
            shown = [(cell.text, text) for cell, (text, _) in zip(row.cells, aligned, strict=True)]
            decimal = [pair for pair, column in zip(shown, table.columns, strict=True) if column.align == "decimal"]
            broken += [
                f"{cell!r} breaks in its column" for cell, text in decimal if _NUMBERS.fullmatch(cell) and " " in text
            ]
    return broken + [
        f"{word!r} does not fit in its column"
        for text, room, bold in texts
        for word in re.split(r"[ \n]|(?<=[-/])(?=[^\W\d])", text)
        if fonts.width(word, layout.TEXT_POINTS, fonts.BOLD if bold else fonts.REGULAR) > room
    ]


CHECKS: tuple[Callable[[Table], list[str]], ...] = (sizes, precision, widths)
"""The checks of tables alone."""
