"""Tables of a public build: every number in them is a result that is shown, or is replaced.

The key of a cell names the first result that its text shows; the others are looked for among the results of that name
and of the row. A number that is none of them is not shown, whatever it is: a new table is private until its cells name
their results. A table or listing none of whose cells names a result holds records, and its rows are left out.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, pairwise

from analysis.privacy import LEFT_OUT, WITHHELD
from analysis.privacy.suppress import Status, Suppression
from analysis.tlf.model import Cell, Column, Footnote, Row, Table

_NUMBER = re.compile(r"[<>≥≤]?-?\d+(?:\.\d+)?\+?")
_WORDS = re.compile(r"^[^\W\d]{3}|[^\W\d]{3}.*\b[^\W\d]{3}")
_SHOWN = ("0", "1 (reference)")  # what says nothing of patients, or that there are none
_SIZE = re.compile(r"\b([nN] = )(\d+)")
_NO_DATA = re.compile(r"; (?:median|mean|range) .*$")
_EMPTY = re.compile(rf" ?[(\[]{WITHHELD}(?:, {WITHHELD})*[)\]]")
_RANGE = re.compile(rf"^{WITHHELD} to {WITHHELD}$")
_BEGINNING = re.compile(r"^(.*)[._]")

_Block = tuple[int | Status | None, list[Row]]  # a row and those below it, by the kind of its count


class Redactor:
    """Rewrites tables by what is decided of their results; rows that name a patient (`identifiers`) are left out."""

    def __init__(self, suppression: Suppression, identifiers: Collection[str]) -> None:
        self.all, self.identifiers = suppression, identifiers
        self.by_name: dict[str, int] = {}
        self.by_beginning: defaultdict[str, list[int]] = defaultdict(list)
        self.by_label: defaultdict[str, list[int]] = defaultdict(list)
        for place, result in enumerate(suppression.results):
            if result.name:
                self.by_name[result.name] = place
                found = _BEGINNING.match(result.name)
                self.by_beginning[found[1] if found else result.name].append(place)
            labels = (result.stat_label, result.group1_level, result.group2_level, result.variable_level)
            for label in {text for text in labels if text}:
                self.by_label[label].append(place)

    def table(self, table: Table) -> Table:
        """The table as a public build shows it."""
        texts = _text_columns(table)
        kept = [row for row in table.rows if not self._is_dropped(row)]
        rows = [self._row(table.id, row, texts) for row in kept]
        if not any(cell.result for row in rows for cell in row.cells):
            return left_out(table)
        pairs = (zip(old.cells, new.cells, strict=True) for old, new in zip(kept, rows, strict=True))
        replaced = " ".join(new.text for cells in pairs for old, new in cells if new.text != old.text)
        columns = [replace(column, label=self._label(column.label)) for column in table.columns]
        ordered = _in_public_order(self._kinds(rows), rows)
        return replace(
            table, columns=tuple(columns), rows=tuple(ordered), footnotes=(*table.footnotes, *self._notes(replaced))
        )

    def _notes(self, replaced: str) -> Iterator[Footnote]:
        """What the marks mean that stand in the cells that were replaced."""
        least = self.all.least
        meanings = {
            f"<{least}": f"fewer than {least} patients, but some",
            f"≥{least}": f"{least} or more, not told since smaller numbers could be calculated from it",
            WITHHELD: "not shown",
        }
        said = [f"{mark}: {meaning}" for mark, meaning in meanings.items() if mark in replaced]
        if said:
            yield Footnote(f"Public version. {'; '.join(said)}.")

    def _is_dropped(self, row: Row) -> bool:
        """Whether a row shows a single patient."""
        return any(self._status(c) is Status.DROPPED or c.text in self.identifiers for c in row.cells)

    def _status(self, cell: Cell) -> Status | None:
        place = self.by_name.get(cell.result or "")
        return None if place is None else self.all.statuses[place]

    def _row(self, table: str, row: Row, texts: Collection[int]) -> Row:
        label, *cells = row.cells
        if row.kind == "group" and not any(cell.result for cell in cells):  # headings
            texts = range(len(row.cells))
        near = self._near(table, row)
        shown = [cell if place in texts else self._cell(cell, near) for place, cell in enumerate(cells, start=1)]
        return replace(row, cells=(replace(label, text=self._label(label.text)), *shown))

    def _near(self, table: str, row: Row) -> list[int]:
        """The results that a row may show beside those that its cells name."""
        found = [place for cell in row.cells for place in self._same_beginning(cell.result)]
        own = [p for p in self.by_label[row.cells[0].text] if self.all.results[p].output == table]
        return list(dict.fromkeys([*own, *found]))

    def _same_beginning(self, name: str | None) -> list[int]:
        if name is None:
            return []
        found = _BEGINNING.match(name)
        at_risk = self.by_name.get(name.replace(".rate_", ".at_risk_"))
        own = [] if at_risk is None else [at_risk]
        return own + self.by_beginning[name] + self.by_beginning[found[1] if found else name]

    def _cell(self, cell: Cell, near: Sequence[int]) -> Cell:
        """The cell with each number that may not be shown replaced."""
        place = self.by_name.get(cell.result or "")
        if place is not None and self.all.statuses[place] is not Status.SHOWN:
            return replace(cell, text=self.all.text(place))
        own = [] if place is None else [p for p in near if self._starts(p, cell.result or "")]
        if cell.text in _SHOWN:
            return cell
        text = _NUMBER.sub(lambda found: self._number(found, place, own, near), cell.text)
        if text == cell.text:
            return cell
        return replace(cell, text=_RANGE.sub(WITHHELD, _EMPTY.sub("", text)) or WITHHELD)

    def _starts(self, place: int, name: str) -> bool:
        return (self.all.results[place].name or "").startswith(name)

    def _number(self, found: re.Match[str], place: int | None, own: Sequence[int], near: Sequence[int]) -> str:
        """A number of a cell: at its start the result that the cell names, which is shown.

        Else it is looked for among the results whose names begin as the cell's, then among those of its row; where
        a hidden one has the same value, it is hidden.
        """
        text = found[0]
        if place is not None and not found.start() and text == self.all.results[place].stat_fmt:
            return text
        for places in (own, near):
            if fitting := [p for p in places if self.all.results[p].stat_fmt in (text, text.removesuffix("+"))]:
                hidden = [p for p in fitting if self.all.statuses[p] is not Status.SHOWN]
                return self.all.text(hidden[0]) if hidden else text
        return WITHHELD

    def _label(self, text: str) -> str:
        """A label or heading without the size of a small group, and without what is said of its values."""

        def size(found: re.Match[str]) -> str:
            return f"{found[1][0]} < {self.all.least}" if 0 < int(found[2]) < self.all.least else found[0]

        return _SIZE.sub(size, _NO_DATA.sub("", text))

    def _kinds(self, rows: Iterable[Row]) -> list[int | Status | None]:
        """Of each row its first count, or that it is small or protecting; None where there is no count."""
        found: list[int | Status | None] = []
        for row in rows:
            place = self.by_name.get((row.cells[1].result if len(row.cells) > 1 else None) or "")
            count = None if place is None else self.all.results[place].stat
            status = None if place is None or not isinstance(count, int) else self.all.statuses[place]
            hidden = Status.SMALL if status is Status.WITHHELD else status
            found.append(count if status is Status.SHOWN and isinstance(count, int) else hidden)
        return found


def _text_columns(table: Table) -> set[int]:
    """The columns of words: no cell names a result, and each has several words, begins with one, or has no number."""
    columns = zip(*(row.cells for row in table.rows if row.kind != "group"), strict=True)
    return {
        place
        for place, cells in enumerate(columns)
        if not any(cell.result for cell in cells)
        and all(_WORDS.search(cell.text) or not _NUMBER.search(cell.text) for cell in cells)
    }


def left_out(table: Table) -> Table:
    """A table of records: its frame, and a line in place of them."""
    line = Row.of(LEFT_OUT, kind="group")
    return replace(table, columns=(Column("", 1),), rows=(line,), spans=(), footnotes=(), landscape=False)


def _in_public_order(kinds: Sequence[int | Status | None], rows: Sequence[Row]) -> list[Row]:
    """The rows, hidden ones where their place does not tell their number.

    Small ones that follow each other stand by their labels. Where the shown numbers fall, as in a table that is sorted
    by them, those that protect others stand behind them. A row moves with those that are indented below it.
    """
    if not rows:
        return []
    level = min(row.indent for row in rows)
    starts = sorted({0, *(place for place, row in enumerate(rows) if row.indent == level)})
    found: list[Row] = []
    part: list[_Block] = []
    for first, after in pairwise([*starts, len(rows)]):
        inside = _in_public_order(kinds[first + 1 : after], rows[first + 1 : after])
        if kinds[first] is None:
            found += [*_by_kind(part), rows[first], *inside]
            part = []
        else:
            part.append((kinds[first], [rows[first], *inside]))
    return found + _by_kind(part)


def _by_kind(blocks: Sequence[_Block]) -> list[Row]:
    """The rows of blocks that all begin with a count; see `_in_public_order`."""
    counts = [kind for kind, _ in blocks if isinstance(kind, int)]
    falling = sum(map(bool, counts)) > 1 and all(one >= other for one, other in pairwise(counts))
    end = max((place for place, (kind, _) in enumerate(blocks, 1) if isinstance(kind, int) and kind), default=0)
    ordered = list(blocks)
    if falling:
        ordered[:end] = sorted(blocks[:end], key=lambda block: block[0] is Status.PROTECTING)
    found: list[Row] = []
    for kind, run in groupby(ordered, key=lambda block: block[0]):
        same = list(run)
        if kind in (Status.SMALL, Status.PROTECTING):
            same.sort(key=lambda block: block[1][0].cells[0].text.casefold())
        found += [row for _, own in same for row in own]
    return found
