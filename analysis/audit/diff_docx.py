"""The report of a build in Word, with tracked changes against that of another: a writer reviews only what moved.

Accepting every change gives the new report's text, rejecting every one the old's: paragraphs, table rows, pictures,
notes, headers and footers. Formatting is the new report's throughout and is not tracked; neither are formulas.
"""

import copy
from collections import Counter
from dataclasses import dataclass

from analysis.audit import diff_align
from analysis.audit.diff_marks import Marker, Source
from analysis.report import docx
from analysis.report.word.ooxml import NAMESPACES, Element, Package, fragment, paragraph_style, q

AUTHOR = "csr diff"

_P, _TABLE, _ROW, _CELL = q("w:p"), q("w:tbl"), q("w:tr"), q("w:tc")
_EMPTY = 0.01  # what a pair of empty paragraphs counts: it must not draw others apart
_SAME = 0.6  # from this share on, the first cells of two rows name the same thing
_LIKE = 0.4  # from this share of common words on, a text is a changed one and no other


@dataclass(frozen=True)
class _Block:
    """A paragraph or table: what it says, and what it is (the style of a paragraph, the columns of a table)."""

    element: Element
    kind: str
    text: str
    words: Counter[str]
    ends_section: bool

    def key(self) -> tuple[str, str, bool]:
        return self.kind, self.text, self.ends_section


@dataclass(frozen=True)
class _Row:
    """A row of a table: the texts of its cells, and the row across the table that it stands under."""

    element: Element
    cells: tuple[str, ...]
    under: str

    def key(self) -> tuple[str, tuple[str, ...]]:
        return self.under, self.cells


def tracked(old: Package, new: Package, date: str) -> Package:
    """The new file with the changes from the old one tracked, dated YYYY-MM-DD; the same files give the same bytes.

    `new` is changed.
    """
    marker = Marker(old, new, AUTHOR, f"{date}T00:00:00Z")
    for kind in ("header", "footer"):
        before = set(old.related(kind).values())
        for part in sorted(set(new.related(kind).values()) & before):
            _merge(marker, old.tree(part), new.tree(part))
    _merge(marker, old.body, new.body)
    # Refreshing fields on opening would write the contents anew over their tracked changes.
    docx.set_settings(new, update_fields=False)
    return new


def _merge(marker: Marker, old: Element, new: Element) -> None:
    """Mark the changes of a body, a cell, a header or a footer, which ends with a paragraph on both sides."""
    before, after = _blocks(old, marker.old), _blocks(new, marker.new)
    if [b.key() for b in before] == [b.key() for b in after]:
        return
    if before and after and before[-1].element.tag == after[-1].element.tag == _P:
        # The last paragraph of a cell or body cannot go: it is always a changed one.
        pairs = diff_align.align(before[:-1], after[:-1], _Block.key, _alike)
        pairs.append((len(before) - 1, len(after) - 1))
    else:
        pairs = diff_align.align(before, after, _Block.key, _alike)
    found: list[Element] = []
    for i, j in pairs:
        member = _member(marker, None if i is None else before[i].element, None if j is None else after[j].element)
        if found and found[-1].tag == member.tag == _TABLE and found[-1].getnext() is not member:
            found.append(marker.separator())  # or Word would make one table of both
        found.append(member)
    others = [child for child in new if child.tag not in (_P, _TABLE)]
    ends = [child for child in others if child.tag == q("w:sectPr")]
    new[:] = [*(child for child in others if child not in ends), *found, *ends]


def _member(marker: Marker, old: Element | None, new: Element | None) -> Element:
    """The block of the result for one that came, went or stayed."""
    if new is None:
        assert old is not None
        return marker.delete(old) if old.tag == _P else _table(marker, copy.deepcopy(old), "del")
    if old is None:
        if new.tag == _TABLE:
            return _table(marker, new, "ins")
        marker.insert(new)
    elif new.tag == _P:
        marker.change(old, new)
    else:
        _rows(marker, old, new)
    return new


def _blocks(parent: Element, source: Source) -> list[_Block]:
    found = []
    for child in parent.iterchildren(_P, _TABLE):
        text = source.says(child)
        if child.tag == _P:
            kind, ends = f"p {paragraph_style(child)}", child.find("w:pPr/w:sectPr", NAMESPACES) is not None
        else:
            kind, ends = f"tbl {len(child.findall('w:tblGrid/w:gridCol', NAMESPACES))}", False
        found.append(_Block(child, kind, text, Counter(diff_align.words(text)), ends))
    return found


def _alike(old: _Block, new: _Block) -> float:
    if old.kind != new.kind:
        return 0.0
    if not old.text.strip() and not new.text.strip():
        return _EMPTY * (2 if old.ends_section == new.ends_section else 1)
    like = diff_align.likeness(old.words, new.words)
    return like if like >= _LIKE else 0.0


def _rows(marker: Marker, old: Element, new: Element) -> None:
    """Mark the changes of a table: rows that came or went, and the cells of the others."""
    before, after = _rows_of(old, marker.old), _rows_of(new, marker.new)
    if [row.key() for row in before] == [row.key() for row in after]:
        return
    found: list[Element] = []
    for i, j in diff_align.align(before, after, _Row.key, _alike_rows):
        if j is None:
            assert i is not None
            row = copy.deepcopy(before[i].element)
            _mark_row(marker, row, "del")
            found.append(row)
            continue
        row = after[j].element
        if i is None:
            _mark_row(marker, row, "ins")
        else:
            cells = (before[i].element.iterchildren(_CELL), row.iterchildren(_CELL))
            for number, (cell, other) in enumerate(zip(*cells, strict=True)):
                if before[i].cells[number] != after[j].cells[number]:
                    _merge(marker, cell, other)
        found.append(row)
    new[:] = [*(child for child in new if child.tag != _ROW), *found]


def _rows_of(table: Element, source: Source) -> list[_Row]:
    found: list[_Row] = []
    under = ""
    for row in table.iterchildren(_ROW):
        cells = tuple(source.says(cell) for cell in row.iterchildren(_CELL))
        under = cells[0] if len(cells) == 1 else under
        found.append(_Row(row, cells, under))
    return found


def _alike_rows(old: _Row, new: _Row) -> float:
    """Rows are one where their first cells are alike or half of their cells equal, below the same row across."""
    if len(old.cells) != len(new.cells):
        return 0.0
    first = _like(old.cells[0], new.cells[0]) if old.cells[0].strip() else 0.0
    if len(old.cells) == 1:
        return first
    same = sum(a == b for a, b in zip(old.cells, new.cells, strict=True)) / len(old.cells)
    named = first >= _SAME or same >= 0.5
    return same + first if named and _like(old.under, new.under) >= _SAME else 0.0


def _like(old: str, new: str) -> float:
    """The likeness of two texts; 0 where it is too small to count."""
    like = 1.0 if old == new else diff_align.likeness(*(Counter(diff_align.words(text)) for text in (old, new)))
    return like if like >= _LIKE else 0.0


def _table(marker: Marker, table: Element, kind: str) -> Element:
    """A table of which every row came or went."""
    for row in table.iterchildren(_ROW):
        _mark_row(marker, row, kind)
    return marker.known_only(table) if kind == "del" else table


def _mark_row(marker: Marker, row: Element, kind: str) -> None:
    """Mark a row, and the words in it, as inserted or deleted."""
    properties = row.find("w:trPr", NAMESPACES)
    if properties is None:
        properties = fragment('<w:trPr><w:cantSplit w:val="off"/></w:trPr>')  # the schema wants more than the mark
        row.insert(len(row.findall("w:tblPrEx", NAMESPACES)), properties)
    properties.append(marker.mark(kind))
    for paragraph in list(row.iter(_P)):
        if kind == "ins":
            marker.insert(paragraph, whole=False)
        else:
            paragraph.getparent().replace(paragraph, marker.delete(paragraph, whole=False))
