"""The comparison of the two routes, for appendix 16.1.9."""

import polars as pl

from analysis.tlf.context import Context
from analysis.tlf.model import Cell, Column, Row, Table

OUTPUT = "t-16-1-9-1"


def comparison_table(context: Context, comparison: pl.DataFrame) -> Table:
    """Table 16.1.9.1: what both routes give, one line for each compared result, by topic.

    `comparison` has TOPIC, NAME, LABEL, FIRST, SECOND (as text) and AGREE (boolean), its topics together.
    """
    rows: list[Row] = []
    for (topic,), lines in comparison.group_by("TOPIC", maintain_order=True):
        rows.append(Row.of(str(topic), kind="group"))
        for r in lines.iter_rows(named=True):
            first, says = Cell(r["FIRST"], result=r["NAME"]), "yes" if r["AGREE"] else "NO"
            rows.append(Row.of(Cell(r["LABEL"]), first, Cell(r["SECOND"], result=r["NAME"]), Cell(says), indent=1))
    columns = (
        Column("Result", 0.46),
        Column("Analysis", 0.21, "decimal"),
        Column("Second route", 0.21, "decimal"),
        Column("Agree", 0.12, "center"),
    )
    return context.table(
        OUTPUT, columns, rows, datasets=("ADTTE", "ADRS", "ADAE", "ADEX", "ADLB", "SDTM of the locked cut")
    )
