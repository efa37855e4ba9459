"""Footnotes of single rows: marked a, b ... in the order of the rows, and left out with a row that is not there."""

import polars as pl

from analysis.params import Output
from analysis.tlf.context import Context
from analysis.tlf.model import Cell, Column, Footnote, Row
from tests.report.made import make_params

MARKS = {"Third": "About the third.", "First": "About the first.", "Not there": "About nothing."}
ENTRY = Output(
    id="t-14-1-1-1", title="Title", population="fas", notebook="10_disposition", footnotes=["Of all."], marks=MARKS
)


def test_marks_follow_the_rows_and_stand_before_the_other_footnotes() -> None:
    adsl = pl.DataFrame({"USUBJID": ["1"], "FASFL": ["Y"]})
    context = Context(make_params(), {ENTRY.id: ENTRY}, {"ADSL": adsl})
    rows = [Row.of("First", Cell("1", result="n")), Row.of("Second", "2"), Row.of("Third", "3"), Row.of("First", "4")]
    table = context.table(ENTRY.id, [Column("", 2), Column("n", 1)], rows, datasets=["ADSL"], methods=["How."])
    assert table.footnotes == (
        Footnote("About the first.", "a"),
        Footnote("About the third.", "b"),
        Footnote("How."),
        Footnote("Of all."),
    )
    assert [row.cells[0].note for row in table.rows] == ["a", "", "b", "a"]
    assert table.rows[0].cells[1] == Cell("1", result="n")
