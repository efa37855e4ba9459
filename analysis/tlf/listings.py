"""What every listing shares: its records, a heading for each patient, and how a value is printed."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import polars as pl

from analysis.adam.records import by_subject
from analysis.tlf.context import POPULATIONS, Context
from analysis.tlf.model import Row
from analysis.tlf.rows import group

Record = dict[str, Any]


def records_of(context: Context, output: str, dataset: str) -> list[Record]:
    """The records of the patients in the output's population, in the order of the dataset."""
    return context.adam[dataset].filter(pl.col("USUBJID").is_in(patients_of(context, output))).to_dicts()


def by_patient(
    records: Iterable[Record],
    rows_of: Callable[[Sequence[Record]], list[Row]],
    patients: Sequence[str] = (),
    none: str = "",
) -> list[Row]:
    """A heading for each patient, in the order of USUBJID, and below it the rows that are made of its records.

    A patient without rows is left out, but one of `patients` has a heading that says so in the words of `none`.
    """
    of = by_subject(records)
    found: list[Row] = []
    for usubjid in sorted({*of, *patients}):
        if own := rows_of(of[usubjid]) if usubjid in of else []:
            found += [group(f"Patient {usubjid}"), *own]
        elif usubjid in patients:
            found.append(group(f"Patient {usubjid}: {none}"))
    return found


def patients_of(context: Context, output: str) -> list[str]:
    """The patients of the output's population, in the order of USUBJID."""
    flag = POPULATIONS[context.catalogue[output].population][1]
    return sorted(context.adam["ADSL"].filter(pl.col(flag) == "Y")["USUBJID"])


def text(value: object) -> str:
    """A value as listings show it; nothing where it is missing."""
    if value is None:
        return ""
    if isinstance(value, dt.date):
        return value.isoformat()
    return f"{value:g}" if isinstance(value, float) else str(value)


def dated(day: dt.date | None, flag: str | None) -> str:
    """A date, with its imputation flag in brackets."""
    return text(day) + (f" ({flag})" if flag else "")


def as_recorded(recorded: str | None, day: dt.date | None, flag: str | None) -> str:
    """A date; one that is not complete as it was recorded, with the day that was taken for it in brackets."""
    if day is None:
        return recorded or "Not recorded"
    return f"{recorded} ({text(day)})" if flag else text(day)


def source(row: Record) -> str:
    """Where a value came from: dataset, variable and sequence number."""
    return " ".join(text(row[name]) for name in ("SRCDOM", "SRCVAR", "SRCSEQ") if row[name] is not None)
