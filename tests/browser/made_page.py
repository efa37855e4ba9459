"""A small report as a page with its files: a table, a table with totals and groups, a long listing, and a figure."""

import base64
import datetime as dt
from dataclasses import replace
from pathlib import Path

from analysis.params import Output
from analysis.report.displays import write_displays
from analysis.report.parse import book_ast
from analysis.report.trace_links import Links
from analysis.report.web import write_page
from analysis.tlf.display import figure_bundles, table_bundle, write_display
from analysis.tlf.model import Cell, Column, Figure, Footnote, Row, Span, Table
from tests.conftest import PROJECT
from tests.report.made import make_params
from tests.report.small_book import code_cell, notebook, write_book
from tests.tlf.samples import HOSTILE as HOSTILE_TEXTS
from tests.tlf.samples import SOURCE, png

EVENTS = Table(
    id="t-14-3-1-2",
    label="Table 14.3.1.2",
    title="Adverse events by class and term",
    population="Safety set (N = 39)",
    columns=(Column("Class / term", 3), Column("n (%)", 1, "decimal"), Column("Events", 1, "decimal")),
    spans=(Span("Any grade", 1, 2),),
    rows=(
        Row.of("Any event", "39 (100.0)", "75", kind="total"),
        Row.of("Infections", "9 (23.1)", "12", kind="group"),
        Row.of("Sepsis", "1 (2.6)", "1", indent=1),
        Row.of("Lung infection", "10 (25.6)", "10", indent=1),
        Row.of("Flu", "2 (5.1)", "1", indent=1),
        Row.of("Vascular", "20 (51.3)", "63", kind="group"),
        Row.of("Hypertension", Cell("19 (48.7)", "a"), "62", indent=1),
        Row.of("Embolism", "1 (2.6)", "1", indent=1),
    ),
    footnotes=(Footnote("As measured.", "a"),),
    source=SOURCE,
)
# What data can hold, each in a row of its own; a patient with three events whose order by date is 2, 3, 1.
LISTING = Table(
    id="l-16-2-7-1",
    label="Listing 16.2.7.1",
    title="Adverse events of each patient",
    population="Enrolled patients (N = 2)",
    columns=(
        Column("Term", 3),
        Column("Start", 2),
        Column("Day", 1, "center"),
        *(Column(f"C{i}", 1) for i in range(5)),
    ),
    rows=(
        Row.of("Patient ABC-1-001", kind="group"),
        Row.of("Nausea", "2025-03-10\nDay 70", "70", *"abcde"),
        Row.of("Décreased appétit", "2025-01", "9", *"abcde"),
        Row.of("Rash", "2025-01-12\nDay 12", "12", *"abcde"),
        Row.of("Cough", "", "", *"abcde"),
        Row.of("Patient ABC-1-002", kind="group"),
        *(Row.of(text, "2025-02-01", "1", *"abcde") for text in HOSTILE_TEXTS),
        *(Row.of(f"Headache {i}", f"2025-05-{i:02}", str(i), *"abcde") for i in range(1, 29)),
    ),
    source=SOURCE,
    landscape=True,
)
CURVE = Figure(
    id="f-14-2-1-1",
    label="Figure 14.2.1.1",
    title="Progression-free survival",
    population="Full analysis set (N = 40)",
    footnotes=(Footnote("Tick marks are censored patients."),),
    source=SOURCE,
    alt="A curve that falls from 100 to 20 per cent.",
    png=png(1800, 1200),
    svg=b"<svg/>",
    pdf=b"%PDF-1.4",
)
DISPLAYS = (CURVE, EVENTS, LISTING)
CATALOGUE = {d.id: Output(id=d.id, title=d.title, population="fas", notebook="20_pfs") for d in DISPLAYS}
FILLER = "\n\n".join(f"Paragraph {i} of the plan, which is there to be passed over." for i in range(60))
CHAPTERS = f"""\
# 14 Tables {{#s-14}}

## 14.1 Plan {{#s-14-1}}

{FILLER}

## 14.2 Efficacy {{#s-14-2}}

{{{{< embed ../notebooks/20_pfs.ipynb#f-14-2-1-1 >}}}}

{{{{< pagebreak >}}}}

## 14.3 Safety {{#s-14-3}}

{{{{< embed ../notebooks/20_pfs.ipynb#t-14-3-1-2 >}}}}

{{{{< pagebreak >}}}}

{{{{< embed ../notebooks/20_pfs.ipynb#l-16-2-7-1 >}}}}

See [Section 10](10-patients.qmd#s-10), [Table 14.3.1.2](#t-14-3-1-2).
"""

PATIENTS = """\
# 10 Study patients {#s-10}

The term {{< var data.term >}} was reported; see [Figure 14.2.1.1](14-tables.qmd#f-14-2-1-1).

## 10.1 Analysis sets {#s-10-1}

### 10.1.1 Deviations {#s-10-1-1}

[\\[To be completed by the author\\]]{custom-style="Author Placeholder"}

|      | Statement |
|:-----|:----------|
| a    | b         |
"""


def write_report(folder: Path, links: Links | None = None) -> Path:
    """Write csr.html and tlf/ to a folder, and return the page; with `links` its table has numbers that are results."""
    cells = [code_cell(t.id, (table_bundle(t), {})) for t in (_with_results(EVENTS, links), LISTING)]
    cells.append(code_cell(CURVE.id, *map(_encoded, figure_bundles(CURVE))))
    book = write_book(
        folder / "book",
        report__14_tables=CHAPTERS,
        report__10_patients=PATIENTS,
        notebooks__20_pfs=notebook(*cells),
    )
    (folder / "tlf").mkdir()
    for display in DISPLAYS:
        write_display(display, folder / "tlf")
    params, date = make_params(), dt.date(2025, 7, 10)
    reference = PROJECT / "report/reference.docx"
    write_displays([d.id for d in DISPLAYS], folder / "tlf", reference=reference, params=params, date=date)
    page = folder / "csr.html"
    write_page(book_ast(book), book, page, params=params, date=date, catalogue=CATALOGUE, links=links)
    return page


def _with_results(table: Table, links: Links | None) -> Table:
    """The table with two rows of tests/audit/traced.py at its end."""
    if links is None:
        return table
    nausea = [
        Row.of(label, Cell("2 (66.7)", result="ae.nausea.n"), Cell("1", result="t-14-3-1-2.3"))
        for label in ("Nausea", "And again")
    ]
    return replace(table, rows=(*table.rows, *nausea))


def _encoded(output: tuple[dict[str, object], dict[str, object]]) -> tuple[dict[str, str], dict[str, object]]:
    """An output as a notebook's file holds it: pictures in base64."""
    data, metadata = output
    return {k: base64.b64encode(v).decode() if isinstance(v, bytes) else str(v) for k, v in data.items()}, metadata
