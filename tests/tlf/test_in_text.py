"""The short tables of the text: rows and cells of the full ones, chosen by hand-made results."""

from functools import cache
from pathlib import Path

import polars as pl
import pytest

from analysis import params as parameters
from analysis.params import Output
from analysis.results import Result
from analysis.tlf import adverse_events_tables, disposition, in_text, primary_pfs
from analysis.tlf.context import Context
from analysis.tlf.in_text import Part, Short
from analysis.tlf.model import Cell, Column, Display, Footnote, Row, Span, Table
from tests.report.made import make_params, make_result, term
from tests.studies import FIRST, adam_of, params_of

PROJECT = Path(__file__).parents[2]
FULL = "t-14-2-1-1"
OUTPUT = "t-11-4-1-1"


def full(*rows: Row, **more: object) -> Table:
    parts: dict[str, object] = {
        "id": FULL,
        "label": "Table 14.2.1.1",
        "title": "All of it",
        "population": "Everybody",
        "columns": (Column("", 3), Column("n (%)", 1, "decimal")),
        "rows": rows,
        "footnotes": (Footnote("Rates are exact. Other things are not."), Footnote("A last one.")),
        "source": "Program: notebooks/x.ipynb. Source: ADTTE, ADSL. Data cut-off: 2025-06-30. NOTE.",
    }
    return Table(**(parts | more))  # type: ignore[arg-type]


def context(rows: int = 15, **over: object) -> Context:
    entry = Output(id=OUTPUT, title="Some of it", population="fas", notebook="20_primary_pfs", footnotes=["Its own."])
    of_source = Output(id=FULL, title="All of it", population="fas", notebook="20_primary_pfs")
    patients = pl.DataFrame({"USUBJID": ["1", "2"], "FASFL": ["Y", "N"]})
    params = make_params(report={"in_text_rows": rows}, **over)
    return Context(params, {OUTPUT: entry, FULL: of_source}, {"ADSL": patients})


def row(label: str, name: str = "", *, indent: int = 0, kind: str = "data") -> Row:
    return Row.of(label, Cell("1", result=name or None), indent=indent, kind=kind)  # type: ignore[arg-type]


def made(monkeypatch: pytest.MonkeyPatch, short: Short, whole: Table, *results: Result, rows: int = 15) -> Table:
    monkeypatch.setattr(in_text, "SHORT", {OUTPUT: short})
    shown: dict[str, Display] = {whole.id: whole}
    return in_text.table(context(rows), OUTPUT, shown, results)


def texts(table: Table) -> list[str]:
    return [f"{'  ' * r.indent}{r.kind[0]} {r.cells[0].text}" for r in table.rows]


ROWS = (
    row("Patients", "pfs.n"),
    row("With event", "pfs.events", kind="group"),
    row("Progression", "pfs.events_pd", indent=1),
    row("Death", "pfs.events_death", indent=1),
    Row.of("Months", kind="group"),
    row("Median", "pfs.median", indent=1),
    row("Range", "pfs.minimum", indent=1),
    Row.of("Rates", kind="group"),
    row("At 3 months", "pfs.rate_3m", indent=1),
    row("At 6 months", "pfs.rate_6m", indent=1),
)


def test_rows_are_chosen_by_the_names_of_their_results(monkeypatch: pytest.MonkeyPatch) -> None:
    short = Short((Part(FULL, ("pfs.events*", "pfs.median", "pfs.rate_*")),))
    table = made(monkeypatch, short, full(*ROWS))
    assert texts(table) == [
        "g With event",
        "  d Progression",
        "  d Death",
        "d Months: Median",  # alone under its heading
        "g Rates",
        "  d At 3 months",
        "  d At 6 months",
    ]
    assert [r.cells[1].result for r in table.rows if len(r.cells) == 2] == [
        *("pfs.events", "pfs.events_pd", "pfs.events_death", "pfs.median", "pfs.rate_3m", "pfs.rate_6m"),
    ]


def test_a_heading_that_is_a_result_is_a_row_where_nothing_stands_below(monkeypatch: pytest.MonkeyPatch) -> None:
    table = made(monkeypatch, Short((Part(FULL, ("pfs.events", "pfs.median")),)), full(*ROWS))
    assert texts(table) == ["d With event", "d Months: Median"]


def test_without_headings(monkeypatch: pytest.MonkeyPatch) -> None:
    table = made(monkeypatch, Short((Part(FULL, ("pfs.median", "pfs.rate_*")),), headings=False), full(*ROWS))
    assert texts(table) == ["d Median", "d At 3 months", "d At 6 months"]


def test_the_frame_of_a_short_table(monkeypatch: pytest.MonkeyPatch) -> None:
    short = Short((Part(FULL, ("pfs.n",)),), says=("Rates are", "A last"), note="At most {p.report.in_text_rows}.")
    table = made(monkeypatch, short, full(*ROWS))
    assert (table.id, table.label, table.title) == (OUTPUT, "Table 11.4.1.1", "Some of it")
    assert table.population == "Full analysis set (N = 1)"
    assert [note.text for note in table.footnotes] == [
        "Rates are exact.",
        "A last one.",
        "At most 15.",
        "Its own.",
        "Full results: Table 14.2.1.1.",
    ]
    assert table.source == full().source


def test_a_sentence_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=r"t-14-2-1-1: no sentence of its footnotes begins with 'Means are'"):
        made(monkeypatch, Short((Part(FULL, ("pfs.n",)),), says=("Means are",)), full(*ROWS))


def test_a_full_table_that_was_not_shown_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="t-14-9-9-9 was not shown"):
        made(monkeypatch, Short((Part("t-14-9-9-9", ("pfs.n",)),)), full(*ROWS))


def test_columns_are_chosen_with_their_spanning_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = (Column("Term", 3), *(Column(text, 1) for text in ("n (%)", "Events", "n (%)", "Events")))
    spans = (Span("Any grade", 1, 2), Span("Grade 3", 3, 4))
    body = Row.of("Nausea", Cell("5", result="a.any"), "6", Cell("1", result="a.grade3"), "1")
    whole = full(body, columns=columns, spans=spans)
    table = made(monkeypatch, Short((Part(FULL, ("a.any",), (0, 1, 3)),), heads=("Preferred term",)), whole)
    assert [column.label for column in table.columns] == ["Preferred term", "Any grade\nn (%)", "Grade 3\nn (%)"]
    assert [cell.text for cell in table.rows[0].cells] == ["Nausea", "5", "1"]
    every = made(monkeypatch, Short((Part(FULL, ("a.any",), ()),)), whole)  # as many as there are
    assert [cell.text for cell in every.rows[0].cells] == ["Nausea", "5", "6", "1", "1"]


def terms(*patients: int) -> tuple[list[Row], list[Result]]:
    """A row for each term, and its results."""
    rows = [row(f"Term {n}", f"sae.t{n}.any") for n in range(len(patients))]
    results = [r for n, count in enumerate(patients) for r in term(f"sae.t{n}.any", count, f"Term {n}").values()]
    return rows, results


@pytest.mark.parametrize(
    ("patients", "most", "shown"),
    [
        ((5, 4, 4, 1), 4, "0123"),
        ((5, 4, 4, 1), 3, "012"),
        ((5, 4, 4, 1), 2, "0"),  # equally frequent terms are shown all or none
        ((1, 1, 1, 1), 2, "01"),  # but where that leaves nothing
        ((1, 5, 3), 2, "12"),
        ((), 2, ""),
    ],
)
def test_only_the_most_frequent_rows(
    monkeypatch: pytest.MonkeyPatch, patients: tuple[int, ...], most: int, shown: str
) -> None:
    rows, results = terms(*patients)
    total = row("Any", "sae.total.any", kind="total")
    short = Short((Part(FULL, ("sae.total.any",), choose=in_text._serious_terms),))
    table = made(monkeypatch, short, full(total, *rows), make_result("sae.total.any", 9), *results, rows=most)
    assert texts(table) == ["t Any", *(f"d Term {n}" for n in shown)]
    said = [note.text for note in table.footnotes]
    assert (in_text.ONLY in said) == (len(shown) < len(patients))


@cache
def demonstration() -> Context:
    return Context(params_of(FIRST), parameters.load_catalogue(PROJECT / "params"), adam_of(FIRST))


def test_treatment_by_drug_has_the_cells_of_the_full_table() -> None:
    context = demonstration()
    results = disposition.results(context)
    whole = disposition.table(context, results)
    table = in_text.table(context, "t-10-1-1", {whole.id: whole}, results)
    cells: dict[str | None, str] = {cell.result: cell.text for r in whole.rows for cell in r.cells if cell.result}
    taken = [cell for r in table.rows for cell in r.cells[1:] if cell.result]
    assert len(taken) > 10
    assert all(cells[cell.result] == cell.text for cell in taken)
    assert [r.cells[0].text for r in table.rows][:3] == ["Never taken", "Ongoing", "Stopped"]


def test_the_frequent_events_of_the_demonstration_are_those_of_a_fifth_of_the_patients() -> None:
    context = demonstration()
    results = adverse_events_tables.results(context, adverse_events_tables.FREQUENT)
    whole = adverse_events_tables.table(context, adverse_events_tables.FREQUENT, results)
    table = in_text.table(context, "t-12-2-2-1", {whole.id: whole}, results)
    counted = {r.name: float(r.stat or 0) for r in results}
    shares = [counted[f"{r.cells[1].result}_pct"] for r in table.rows]
    assert shares == sorted(shares, reverse=True)
    assert min(shares) >= 0.2
    left_out = [r for r in whole.rows if r.cells[1].result not in {s.cells[1].result for s in table.rows}]
    assert all(counted[f"{r.cells[1].result}_pct"] < 0.2 for r in left_out)


def test_the_figure_of_the_text_is_that_of_section_14() -> None:
    context = demonstration()
    whole = primary_pfs.figure(context, height=in_text.FIGURE_HEIGHT)
    figure = in_text.figure(context, in_text.FIGURE, whole)
    assert (figure.id, figure.label, figure.png, figure.alt) == (
        *("f-11-4-1-1", "Figure 11.4.1.1"),
        *(whole.png, whole.alt),
    )
    assert figure.footnotes[-1].text == "The curve of Figure 14.2.1.1."


@pytest.mark.parametrize("study", [".", "examples/cdisc-oncology"])
def test_short_tables_come_before_the_full_ones_and_have_no_section_s_number(study: str) -> None:
    """An id whose number is a section's would have two meanings on the command line."""
    catalogue = parameters.load_catalogue(PROJECT / study / "params")
    ids = list(catalogue)
    short = [name for name in ids if name[2:5] in ("10-", "11-", "12-")]
    assert short == ids[: len(short)]
    numbers = [[int(part) for part in name[2:].split("-")] for name in short]
    assert numbers == sorted(numbers)
    chapters = [path.read_text(encoding="utf-8") for path in (PROJECT / "report").glob("*.qmd")]
    assert not [name for name in short if any(f"{{#s-{name[2:]}}}" in text for text in chapters)]
    assert {name for name in short if name[0] == "t"} <= {*in_text.SHORT, *in_text.PIVOTED}


def test_a_sentence_that_only_some_studies_have_is_kept_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = (Part(FULL, ("pfs.median",)),)
    table = made(monkeypatch, Short(chosen, may_say=("Rates are", "p-value:")), full(*ROWS))
    assert [note.text for note in table.footnotes][:2] == ["Rates are exact.", "Its own."]


@pytest.mark.parametrize("catalogue", ["params", "examples/cdisc-oncology/params"])
def test_only_the_full_table_of_a_cut_says_which_p_values_are_nominal(catalogue: str) -> None:
    entries = parameters.load_catalogue(PROJECT / catalogue)
    assert not [name for name, entry in entries.items() if any("nominal" in note for note in entry.footnotes)]
    assert "p-value:" in in_text.SHORT["t-11-4-1-2"].may_say
