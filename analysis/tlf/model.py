"""The one model of a display: what it says, never how a format says it."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal, Self

Align = Literal["left", "center", "decimal"]
Kind = Literal["data", "group", "total"]

NO_RECORDS = "No observations"
ID = re.compile(r"[tfl](-\d+)+")

# Invisible or reordering characters (soft hyphen, zero-width space, bidirectional controls, byte order marks, tags).
# The joiners U+200C and U+200D stay: scripts and emoji need them.
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]")
_LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")


def clean(text: str) -> str:
    """Text as every format can hold and show it: the one place where characters are replaced.

    Line ends become a newline and a tab becomes a space. Control characters, characters that XML forbids and
    characters that hide or reorder text become visible: `[U+0001]`.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _LINE_ENDS.sub("\n", text).replace("\t", " ")
    return "".join(c if c == "\n" or not _hidden(c) else f"[U+{ord(c):04X}]" for c in text)


def _hidden(char: str) -> bool:
    noncharacter = ord(char) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(char) <= 0xFDEF
    return noncharacter or unicodedata.category(char) in ("Cc", "Cs") or bool(_INVISIBLE.match(char))


def _clean_fields(part: object, *names: str) -> None:
    for name in names:
        object.__setattr__(part, name, clean(getattr(part, name)))


@dataclass(frozen=True)
class Column:
    """A column: its header, its share of the table's width (any unit), and how its cells are aligned."""

    label: str
    width: float
    align: Align = "left"

    def __post_init__(self) -> None:
        _clean_fields(self, "label")
        if not self.width > 0:
            raise ValueError(f"column {self.label!r}: width {self.width}, expected more than 0")


@dataclass(frozen=True)
class Span:
    """A header above the columns `first` to `last` (counted from 0, both inside)."""

    label: str
    first: int
    last: int

    def __post_init__(self) -> None:
        _clean_fields(self, "label")


@dataclass(frozen=True)
class Footnote:
    """A line below the table; `mark` ties it to cells with the same `note`."""

    text: str
    mark: str = ""

    def __post_init__(self) -> None:
        _clean_fields(self, "text", "mark")


@dataclass(frozen=True)
class Cell:
    """A text, the mark of its footnote, and the key of the result it shows."""

    text: str = ""
    note: str = ""
    result: str | None = None

    def __post_init__(self) -> None:
        _clean_fields(self, "text", "note")


@dataclass(frozen=True)
class Row:
    """A line of the body. A "group" row heads the rows after it: one cell across the table, or a cell per column."""

    cells: tuple[Cell, ...]
    indent: int = 0
    kind: Kind = "data"

    @classmethod
    def of(cls, *cells: str | Cell, indent: int = 0, kind: Kind = "data") -> Self:
        """A row from texts and cells."""
        return cls(tuple(c if isinstance(c, Cell) else Cell(c) for c in cells), indent, kind)


@dataclass(frozen=True)
class Table:
    """A table or listing that stands alone. `source` names data, cut-off and program, and says SYNTHETIC DATA."""

    id: str
    label: str
    title: str
    population: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    spans: tuple[Span, ...] = ()
    footnotes: tuple[Footnote, ...] = ()
    source: str = ""
    landscape: bool = False

    def __post_init__(self) -> None:
        check_id(self.id)
        _clean_fields(self, "label", "title", "population", "source")
        if not self.columns:
            raise ValueError(f"{self.id}: no columns")
        for number, row in enumerate(self.rows, start=1):
            allowed = {1, len(self.columns)} if row.kind == "group" else {len(self.columns)}
            if len(row.cells) not in allowed:
                raise ValueError(f"{self.id}: row {number} has {len(row.cells)} cells, expected {len(self.columns)}")
            if not 0 <= row.indent <= 9:
                raise ValueError(f"{self.id}: row {number} has indent {row.indent}, expected 0 to 9")
        covered = [i for s in self.spans for i in range(s.first, s.last + 1)]
        if any(s.first > s.last for s in self.spans) or covered != sorted(set(covered) & set(range(len(self.columns)))):
            raise ValueError(f"{self.id}: spanning headers must go left to right, inside the table, without overlap")
        unknown = {c.note for r in self.rows for c in r.cells if c.note} - {f.mark for f in self.footnotes}
        if unknown:
            raise ValueError(f"{self.id}: cells refer to footnotes that do not exist: {', '.join(sorted(unknown))}")

    @property
    def body(self) -> tuple[Row, ...]:
        """The rows, or one that says that there are none."""
        return self.rows or (Row.of(NO_RECORDS, kind="group"),)

    @property
    def shares(self) -> tuple[float, ...]:
        """Each column's width as a share of the table's; they add up to 1."""
        total = sum(c.width for c in self.columns)
        return tuple(c.width / total for c in self.columns)

    def to_json(self) -> dict[str, Any]:
        """The table as JSON values; `from_json` reads it back."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The table that `to_json` (or a JSON file of it) holds."""
        rows = [Row(tuple(Cell(**c) for c in r["cells"]), r["indent"], r["kind"]) for r in data["rows"]]
        parts = {
            "columns": tuple(Column(**c) for c in data["columns"]),
            "rows": tuple(rows),
            "spans": tuple(Span(**s) for s in data["spans"]),
            "footnotes": tuple(Footnote(**f) for f in data["footnotes"]),
        }
        return cls(**{**data, **parts})

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """What a notebook shows: HTML, and markdown with one raw block per format."""
        from analysis.tlf.display import table_bundle  # the writers import this module

        return table_bundle(self)


@dataclass(frozen=True)
class Figure:
    """A figure that stands alone: the same drawing as PNG (300 dpi, its size inside), SVG and PDF.

    `data` are the JSON values behind the drawing, for whoever wants to redraw it.
    """

    id: str
    label: str
    title: str
    population: str
    footnotes: tuple[Footnote, ...]
    source: str
    alt: str
    png: bytes = field(repr=False)
    svg: bytes = field(repr=False)
    pdf: bytes = field(repr=False)
    data: Any = field(default=None, repr=False)

    def __post_init__(self) -> None:
        check_id(self.id)
        _clean_fields(self, "label", "title", "population", "source", "alt")
        if not self.alt.strip():
            raise ValueError(f"{self.id}: a figure needs an alternative text")

    def to_json(self) -> dict[str, Any]:
        """Everything but the drawings, as JSON values."""
        kept = [f.name for f in fields(self) if f.name not in ("png", "svg", "pdf", "footnotes")]
        return {name: getattr(self, name) for name in kept} | {"footnotes": [asdict(f) for f in self.footnotes]}

    def page(self, number: int, title: str) -> Self:
        """This figure, the first of a series, as another one: the last part of id and label is the number."""
        beginning, label = self.id.rpartition("-")[0], self.label.rpartition(".")[0]
        return replace(self, id=f"{beginning}-{number}", label=f"{label}.{number}", title=title)

    def _ipython_display_(self) -> None:
        """Show in a notebook, as one output each: the heading, the picture, and the lines below it."""
        from IPython.display import display

        from analysis.tlf.display import figure_bundles  # the writers import this module

        for data, metadata in figure_bundles(self):
            display(data, metadata=metadata, raw=True)  # type: ignore[no-untyped-call]


Display = Table | Figure


def check_id(text: str) -> None:
    """Refuse an id that is not `t-`, `f-` or `l-` and a number: it becomes an anchor and a file name."""
    if not ID.fullmatch(text):
        raise ValueError(f"{text!r} is not the id of a display, expected such as t-14-2-1-1")
