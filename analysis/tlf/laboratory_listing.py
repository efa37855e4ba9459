"""Listing 14.3.4.1: abnormal laboratory values of each patient."""

from collections.abc import Sequence

from analysis.results import rounded
from analysis.tlf.context import Context
from analysis.tlf.listings import Record, by_patient, records_of, text
from analysis.tlf.model import Column, Row, Table

LISTING = "l-14-3-4-1"


def listing(context: Context) -> Table:
    """Every value of the listed grade or higher, in either direction, at any time from screening on."""
    least = context.params.laboratory.listed_grade

    def rows_of(records: Sequence[Record]) -> list[Row]:
        return [_row(row, way) for row in records for way in ("L", "H") if (row[f"ATOXGR{way}"] or 0) >= least]

    columns = (
        Column("Laboratory test", 0.22),
        Column("Visit", 0.15),
        Column("Date", 0.09),
        Column("Study day", 0.06, "decimal"),
        Column("Value", 0.07, "decimal"),
        Column("Limits of normal", 0.09, "decimal"),
        Column("Baseline value", 0.08, "decimal"),
        Column("Grade at baseline", 0.07, "decimal"),
        Column("CTCAE term and grade", 0.21),
    )
    methods = [
        f"Values of CTCAE version {context.params.laboratory.ctcae_version} grade {least} or higher (Table 16.1.9.9), "
        "from screening on. An asterisk marks a value on treatment; the worst one of its test and direction is in bold."
    ]
    body = by_patient(records_of(context, LISTING, "ADLB"), rows_of)
    return context.table(LISTING, columns, body, datasets=("ADLB",), methods=methods, landscape=True)


def _row(row: Record, way: str) -> Row:
    limits = " to ".join(_number(row[name]) for name in ("ANRLO", "ANRHI") if row[name] is not None)
    if row["ANRLO"] is None or row["ANRHI"] is None:
        limits = (">= " if row["ANRHI"] is None else "<= ") + limits if limits else ""
    return Row.of(
        text(row["PARAM"]),
        text(row["AVISIT"]),
        text(row["ADT"]),
        text(row["ADY"]),
        _value(row, "AVAL", "AVALC") + ("*" if row["ONTRTFL"] == "Y" else ""),
        limits,
        _value(row, "BASE", "BASEC"),
        text(row[f"BTOXGR{way}"]),
        f"{row[f'ATOXDSC{way}']}, grade {row[f'ATOXGR{way}']}",
        kind="total" if row[f"WORST{way}FL"] == "Y" else "data",
    )


def _value(row: Record, number: str, said: str) -> str:
    return text(row[said]) if row[number] is None else _number(row[number])


def _number(value: float) -> str:
    """A value without the decimals that a conversion of units adds."""
    return rounded(value, 2).rstrip("0").rstrip(".") if value % 1 else f"{value:.0f}"
