"""The comparison of the two routes, for appendix 16.1.9."""

import polars as pl

from analysis.tlf.context import Context
from analysis.tlf.model import Cell, Column, Row, Table

OUTPUT = "t-16-1-9-1"


def comparison_table(context: Context, comparison: pl.DataFrame) -> Table:
    """Table 16.1.9.1: what both routes give, one line for each compared result.

    `comparison` has NAME, LABEL, FIRST, SECOND (as text) and AGREE (boolean).
    """
    rows = [
        Row.of(
            Cell(r["LABEL"]), Cell(r["FIRST"], result=r["NAME"]), Cell(r["SECOND"]), Cell("yes" if r["AGREE"] else "NO")
        )
        for r in comparison.iter_rows(named=True)
    ]
    columns = (
        Column("Result", 0.46),
        Column("Analysis", 0.21, "center"),
        Column("Second route", 0.21, "center"),
        Column("Agree", 0.12, "center"),
    )
    return context.table(OUTPUT, columns, rows, datasets=("ADTTE", "SDTM of the locked cut"))
