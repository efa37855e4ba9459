"""Displays that the tests of the writers share."""

import struct
import zlib

from analysis.tlf.model import Cell, Column, Display, Figure, Footnote, Row, Span, Table
from analysis.tlf.write_rtf import Surroundings, document_rtf, section_rtf

SOURCE = "Program: notebooks/10_disposition.ipynb. Data cut-off: 2025-06-30. SYNTHETIC DATA - no real patients."

# Texts that mean something to one format or another, or that a format cannot hold.
HOSTILE = [
    "<script>alert(1)</script>", "&amp; &lt; <!-- -->", "]]></w:t></w:p>", "{{< include /etc/passwd >}}",
    "{{< var x >}}", "{{{< var x >}}}", "{\\rtf1\\ansi \\par }", "\\u65?\\'41", '#eval("1 + 1")',
    "$x^2$ *b* _i_ @ref <label> // /* */", "\\ \\\\ \\u{41}", "=cmd|' /C calc'!A0", "+1,2;3\t4", "```\n`````{=html}",
    "\x00\x01\x08\x1b[31m", "a\r\nb\rc\u2028d\u0085e", "😀👩\u200d💻", "漢字", "مرحبا", "e\u0301", "\u202egnp.exe",
    "\ufeffx\u200by\u00adz", "\ud800", "\ufffe\U0001ffff", "pneumono" * 40, "  two  spaces  ", " ", "", "\n",
    "\"double\" 'single'", "-- --- ...", "100 %", "\U000e0041",
]  # fmt: skip


def small(*rows: Row, **more: object) -> Table:
    """A table of two columns."""
    parts: dict[str, object] = {
        "id": "t-14-1-1-1",
        "label": "Table 14.1.1.1",
        "title": "Disposition of patients",
        "population": "Enrolled patients (N = 40)",
        "columns": (Column("Status", 3), Column("n (%)", 1, "decimal")),
        "rows": rows,
        "source": SOURCE,
    }
    return Table(**(parts | more))  # type: ignore[arg-type]


def disposition() -> Table:
    """A short table with groups, indents, footnotes and results."""
    return small(
        Row.of("Enrolled", Cell("40 (100.0)", result="n.enrolled"), kind="total"),
        Row.of("Anlotinib", kind="group"),
        Row.of("Ongoing", "8 (20.0)", indent=1),
        Row.of("Discontinued", Cell("32 (80.0)", "a"), indent=1),
        Row.of("Adverse event", "5 (12.5)", indent=2),
        footnotes=(Footnote("For any reason.", "a"), Footnote("Percentages are of enrolled patients.")),
    )


def long_table(*, landscape: bool = False, groups: int = 12) -> Table:
    """An adverse-event-like table over several pages, with a spanning header."""
    rows = []
    for g in range(groups):
        rows.append(Row.of(f"Group {g}", f"{g} ({g}.0)", "1", kind="group"))
        rows += [Row.of(f"Term {g}.{i}", f"{i} ({i}.5)", "1", indent=1) for i in range(7)]
    columns = (Column("Term", 3), Column("Any grade", 1, "decimal"), Column("Grade 3", 1, "decimal"))
    return small(*rows, columns=columns, spans=(Span("Worst grade", 1, 2),), landscape=landscape, id="t-14-3-1-2")


def png(width: int = 600, height: int = 300, per_metre: int | None = 11811) -> bytes:
    """A white picture; 11811 pixels to the metre are 300 to the inch."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pixels = zlib.compress((b"\0" + b"\xff" * width) * height)
    size = b"" if per_metre is None else chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + size + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def figure(**more: object) -> Figure:
    parts: dict[str, object] = {
        "id": "f-14-2-1-1",
        "label": "Figure 14.2.1.1",
        "title": "Progression-free survival",
        "population": "Full analysis set (N = 40)",
        "footnotes": (Footnote("Tick marks are censored patients."),),
        "source": SOURCE,
        "alt": "A curve that falls from 100 to 20 per cent over 24 months.",
        "png": png(),
        "svg": b"<svg/>",
        "pdf": b"%PDF-1.4",
        "data": {"time": [1.5, None]},
    }
    return Figure(**(parts | more))  # type: ignore[arg-type]


AROUND = Surroundings(
    study="Study ABC-1",
    note="SYNTHETIC DATA - no real patients",
    footer="Data cut-off: 30 June 2025",
    subject="Short, data cut-off 2025-06-30",
    author="A sponsor",
)


def rtf_of(*displays: Display, contents: bool = False) -> str:
    """Displays as an RTF file on A4."""
    sections = [section_rtf(display, AROUND) for display in displays]
    return document_rtf(sections, AROUND, title="Displays", contents=displays if contents else ())
