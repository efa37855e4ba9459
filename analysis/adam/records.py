"""Reading SDTM frames patient by patient, and the queries that ambiguous records raise."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from typing import Any

import polars as pl

from analysis.adam.dates import Period, period
from analysis.errors import DataError

Sdtm = dict[str, pl.DataFrame]
Row = dict[str, Any]


@dataclass(frozen=True)
class Source:
    """The SDTM record and variable that a derived value came from."""

    domain: str
    variable: str
    seq: int | None = None


@dataclass(frozen=True)
class Query:
    """One ambiguity that the site should resolve, and what was done meanwhile."""

    usubjid: str
    dataset: str
    seq: int | None
    variable: str
    value: str | None
    rule: str
    text: str


QUERY_SCHEMA: dict[str, type[pl.DataType]] = {
    "USUBJID": pl.String,
    "DATASET": pl.String,
    "SEQ": pl.Int64,
    "VARIABLE": pl.String,
    "VALUE": pl.String,
    "RULE": pl.String,
    "TEXT": pl.String,
}


class Queries:
    """Collects queries; the same one raised by several analyses counts once."""

    def __init__(self) -> None:
        self._found: set[Query] = set()

    def add(self, source: Source, row: Row, rule: str, text: str) -> None:
        value = row.get(source.variable)
        shown = None if value is None else str(value)
        self._found.add(Query(row["USUBJID"], source.domain, source.seq, source.variable, shown, rule, text))

    def frame(self) -> pl.DataFrame:
        """One row per query, sorted."""
        rows = sorted((astuple(q) for q in self._found), key=lambda q: tuple("" if v is None else str(v) for v in q))
        return pl.DataFrame(rows, schema=QUERY_SCHEMA, orient="row")


def seq_of(row: Row, dataset: str) -> int | None:
    """The record's --SEQ, or None where the dataset has none."""
    value = row.get(f"{dataset}SEQ")
    return None if value is None else int(value)


def source_of(row: Row, dataset: str, variable: str) -> Source:
    return Source(dataset, variable, seq_of(row, dataset))


def rows(sdtm: Sdtm, dataset: str) -> list[Row]:
    """The records of a dataset sorted by patient and --SEQ (else visit); none where the study has no such dataset.

    A --STAT of NOT DONE says that nothing was observed, so those records are left out.
    """
    frame = sdtm.get(dataset)
    if frame is None:
        return []
    keys = [c for c in ("USUBJID", f"{dataset}SEQ", "VISITNUM", "VISIT") if c in frame.columns]
    if (status := f"{dataset}STAT") in frame.columns:
        frame = frame.filter(pl.col(status).is_null() | (pl.col(status) != "NOT DONE"))
    return frame.sort(keys, nulls_last=True).to_dicts()


def by_subject(records: Iterable[Row]) -> dict[str, list[Row]]:
    """Group records by USUBJID, keeping their order."""
    groups: dict[str, list[Row]] = {}
    for row in records:
        groups.setdefault(row["USUBJID"], []).append(row)
    return groups


def period_of(row: Row, dataset: str, variable: str) -> Period:
    """The period of a record's --DTC variable (absent counts as missing); the error names the record."""
    try:
        return period(row.get(variable))
    except DataError as error:
        record = f"{dataset}, USUBJID {row['USUBJID']}, {dataset}SEQ {seq_of(row, dataset)}"
        raise DataError(f"{record}: {variable} {error}") from None


def day_of(row: Row, dataset: str, variable: str) -> dt.date | None:
    """The day of a record's complete date, None for a partial or missing one."""
    return period_of(row, dataset, variable).day


def supplements(sdtm: Sdtm, domain: str) -> dict[tuple[str, int], dict[str, str]]:
    """The supplemental qualifiers of a domain's records: (USUBJID, --SEQ) -> QNAM -> QVAL.

    Missing values are left out, and qualifiers whose IDVARVAL is no number, which belong to no record.
    """
    frame = sdtm.get(f"SUPP{domain}")
    if frame is None:
        return {}
    number = pl.col("IDVARVAL").cast(pl.Float64, strict=False).cast(pl.Int64, strict=False)
    of_records = frame.filter(pl.col("IDVAR") == f"{domain}SEQ", pl.col("QVAL").is_not_null(), number.is_not_null())
    found: dict[tuple[str, int], dict[str, str]] = {}
    for usubjid, seq, name, value in of_records.select("USUBJID", number, "QNAM", "QVAL").iter_rows():
        found.setdefault((usubjid, seq), {})[name] = value
    return found
