"""Study drug doses: which EX records count, and each patient's first and last dose."""

import datetime as dt
from dataclasses import dataclass

import polars as pl

from analysis.adam.dates import Anchors, impute
from analysis.adam.disposition import drug_ends
from analysis.adam.records import Queries, Row, Sdtm, Source, by_subject, period_of, rows, source_of
from analysis.params import Params


def doses(sdtm: Sdtm, params: Params) -> pl.DataFrame:
    """The EX records in which a study drug (params study.treatments, or a placebo) was given.

    A dose counts when EXDOSE is above 0, or missing with a start date, or when the drug is a placebo.
    """
    ex = sdtm.get("EX")
    if ex is None:
        return pl.DataFrame(schema={"USUBJID": pl.String, "EXTRT": pl.String, "EXSTDTC": pl.String})
    drug = pl.col("EXTRT").str.strip_chars().str.to_uppercase()
    placebo = drug.str.contains("PLACEBO", literal=True)
    amount = pl.col("EXDOSE").cast(pl.Float64) if "EXDOSE" in ex.columns else pl.lit(None, pl.Float64)
    given = placebo | (amount > 0) | (amount.is_null() & pl.col("EXSTDTC").is_not_null())
    if "EXOCCUR" in ex.columns:
        given &= pl.col("EXOCCUR").is_null() | (pl.col("EXOCCUR") != "N")
    study_drug = drug.is_in([t.extrt.strip().upper() for t in params.study.treatments])
    return ex.filter((study_drug | placebo) & given)


@dataclass(frozen=True)
class Interval:
    """One dosing record with its first and last day; the --DTF flags are "" where the date was recorded."""

    row: Row
    start: dt.date
    start_flag: str
    end: dt.date
    end_flag: str


@dataclass(frozen=True)
class Exposure:
    """A patient's first and last study dose; the --DTF flags are "" where the date was recorded.

    `first_dtc` is the first dose as recorded, with its time where there is one, or else as imputed.
    """

    first: dt.date | None
    first_flag: str
    first_dtc: str
    first_source: Source
    last: dt.date | None
    last_flag: str


def intervals(
    sdtm: Sdtm,
    params: Params,
    *,
    enrolled: dict[str, dt.date],
    death: dict[str, dt.date],
    queries: Queries,
) -> dict[str, list[Interval]]:
    """Per dosed patient the dosing records that have a date.

    A partial first dose is taken on its earliest possible day, not before enrolment, and queried. A missing end of a
    daily interval means that dosing goes on: to the discontinuation of that drug, death or the cut-off.
    """
    stops = drug_ends(sdtm, sorted(set().union(*drugs_taken(sdtm, params).values())))
    found: dict[str, list[Interval]] = {}
    for usubjid, given in by_subject(rows({"EX": doses(sdtm, params)}, "EX")).items():
        anchors = Anchors(params.cutoff, first_dose=enrolled.get(usubjid), death=death.get(usubjid))
        for row in given:
            period_of(row, "EX", "EXSTDTC"), period_of(row, "EX", "EXENDTC")  # an invalid date is named here
            start = impute("event_start", row.get("EXSTDTC"), anchors)
            if start.flag or start.date is None:
                text = f"Dose date incomplete: taken as {start.date}" if start.date else "Dose without a date: not used"
                queries.add(source_of(row, "EX", "EXSTDTC"), row, "first_dose", text)
            if start.date is None:
                continue
            end, flag = _end(row, start.date, start.flag, anchors, stops[drug_of(row)].get(usubjid))
            found.setdefault(usubjid, []).append(Interval(row, start.date, start.flag, end, flag))
    return found


def exposures(
    sdtm: Sdtm,
    params: Params,
    *,
    enrolled: dict[str, dt.date],
    death: dict[str, dt.date],
    queries: Queries,
) -> dict[str, Exposure]:
    """Per dosed patient the first and last dose of any study drug."""
    found: dict[str, Exposure] = {}
    for usubjid, given in intervals(sdtm, params, enrolled=enrolled, death=death, queries=queries).items():
        first = min(given, key=lambda dose: (dose.start, str(dose.row["EXSTDTC"])))
        last, last_flag = max((dose.end, dose.end_flag) for dose in given)
        source = source_of(first.row, "EX", "EXSTDTC")
        text = first.start.isoformat() if first.start_flag else first.row["EXSTDTC"]
        found[usubjid] = Exposure(first.start, first.start_flag, text, source, max(last, first.start), last_flag)
    return found


def _end(row: Row, start: dt.date, flag: str, anchors: Anchors, stop: Row | None) -> tuple[dt.date, str]:
    """Last day of one dosing record and its imputation flag; `stop` is the disposition event that ends the drug."""
    if row.get("EXENDTC") is None:
        if row.get("EXDOSFRQ") in (None, "ONCE"):
            return start, flag
        stopped = None
        if stop is not None:
            period_of(stop, "DS", "DSSTDTC")  # an invalid date is named here
            stopped = impute("end", stop.get("DSSTDTC"), anchors).date
        limits = [day for day in (stopped, anchors.death, anchors.cutoff) if day is not None]
        return max(start, min(limits)), "Y"
    end = impute("end", row["EXENDTC"], anchors)
    return (start, flag) if end.date is None else (end.date, end.flag)


def drug_of(row: Row) -> str:
    """The drug of a dosing record (EXTRT, upper case)."""
    return str(row["EXTRT"]).strip().upper()


def drugs_taken(sdtm: Sdtm, params: Params) -> dict[str, set[str]]:
    """The drugs (EXTRT, upper case) that each patient took at least once."""
    taken: dict[str, set[str]] = {}
    for row in rows({"EX": doses(sdtm, params)}, "EX"):
        taken.setdefault(row["USUBJID"], set()).add(drug_of(row))
    return taken
