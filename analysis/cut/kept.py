"""What the cut-off changes in records that stay, so that nothing in them tells what happened later."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from analysis.cut.dates import WHOLE_DATE, earliest
from analysis.cut.deaths import states_death
from analysis.cut.edit import Edit, as_text

NONE = pl.lit(None)
DOSING = ("EX", "EC")
NOT_A_DATE_OF_THE_STUDY = ("TSVCDVER",)
"""Text that looks like a date but is none of the study's: the version of a terminology."""

RECORD_IS_ITS_VALUE = ("QVAL", "TSVAL", "COVAL")
"""Variables that are all a record says: where one is a date after the cut-off, the record goes."""

PARTNERS = {"--DTC": "--DY", "--STDTC": "--STDY", "--ENDTC": "--ENDY"}
"""Date -> its study day, which would tell the date."""


@dataclass(frozen=True)
class Change:
    """In the records of `case` (a column computed by `_cases`), `variable` becomes `value`. Domains: None means all."""

    case: str
    variable: str
    value: Callable[[dt.date], pl.Expr]
    reason: str
    domains: tuple[str, ...] | None = None


def _nothing(_: dt.date) -> pl.Expr:
    return NONE


def _cutoff(cutoff: dt.date) -> pl.Expr:
    return pl.lit(cutoff.isoformat())


def _always(text: str) -> Callable[[dt.date], pl.Expr]:
    return lambda _: pl.lit(text)


SHORTENED = "dosing goes on after the cut-off: its end is the cut-off"
ONGOING = "ends after the cut-off: ongoing"
FATAL = "fatal after the cut-off: not fatal yet"
POINT = "the reference time point is after the cut-off"
CHANGES = (
    Change("shortened", "--ENDTC", _cutoff, SHORTENED),
    Change("shortened", "--DUR", _nothing, SHORTENED),
    Change("fatal", "AEOUT", _always("NOT RECOVERED/NOT RESOLVED"), FATAL, ("AE",)),
    Change("fatal", "AESDTH", _always("N"), FATAL, ("AE",)),
    Change("fatal_grade", "AETOXGR", _nothing, FATAL, ("AE",)),
    Change("ongoing", "--ENDTC", _nothing, ONGOING),
    Change("ongoing", "--DUR", _nothing, ONGOING),
    Change("ongoing", "--ENRTPT", _always("ONGOING"), ONGOING),
    Change("ongoing", "--ENTPT", _cutoff, ONGOING),
    Change("ongoing", "--ENRF", _always("ONGOING"), ONGOING),
    Change("ongoing", "AEOUT", _always("NOT RECOVERED/NOT RESOLVED"), ONGOING, ("AE",)),
    Change("end_point_ongoing", "--ENTPT", _cutoff, POINT),
    Change("end_point", "--ENRTPT", _nothing, POINT),
    Change("end_point", "--ENTPT", _nothing, POINT),
    Change("start_point", "--STRTPT", _nothing, POINT),
    Change("start_point", "--STTPT", _nothing, POINT),
)
"""Applied in this order. A grade 5 states a death; the grade on the cut-off is not in the transfer, so it becomes
missing. AESER stays: it does not say why."""


def close_records(edit: Edit, cutoff: dt.date, dead: pl.Series) -> None:
    """Apply CHANGES to the records of one dataset; `dead` are the patients whose death is after the cut-off."""
    variables = edit.frame.columns
    edit.frame = edit.frame.with_columns(**_cases(edit, cutoff, dead))
    for change in CHANGES:
        variable = edit.variable(change.variable)
        if variable and (change.domains is None or edit.domain in change.domains):
            edit.set(variable, pl.col(f"_{change.case}"), change.value(cutoff), change.reason)
    edit.frame = edit.frame.select(variables)


def _cases(edit: Edit, cutoff: dt.date, dead: pl.Series) -> dict[str, pl.Expr]:
    """Return the cases that CHANGES speak of, as columns of truth values, from the record as it was."""

    def late(name: str) -> pl.Expr:
        variable = edit.variable(name)
        return (earliest(pl.col(variable)) > cutoff).fill_null(False) if variable else pl.lit(False)

    def equals(name: str, value: str) -> pl.Expr:
        variable = edit.variable(name)
        return as_text(pl.col(variable)).eq_missing(pl.lit(value)) if variable else pl.lit(False)

    end = late("--ENDTC")
    fatal = pl.lit(False)
    if edit.domain == "AE":
        fatal = states_death(edit.domain, edit.frame.columns) & (end | pl.col("USUBJID").is_in(dead.implode()))
    going_on = equals("--ENRTPT", "ONGOING")
    cases = {
        "shortened": end if edit.domain in DOSING else pl.lit(False),
        "ongoing": pl.lit(False) if edit.domain in DOSING else end | fatal,
        "fatal": fatal,
        "fatal_grade": fatal & equals("AETOXGR", "5"),
        "end_point_ongoing": late("--ENTPT") & going_on,
        "end_point": late("--ENTPT") & ~going_on & ~end,
        "start_point": late("--STTPT"),
    }
    return {f"_{name}": case for name, case in cases.items()}


ARM, ACTUAL_ARM = ("ARM", "ARMCD"), ("ACTARM", "ACTARMCD", "ACTARMUD")
UNDECIDED = "enrolled or failed screening after the cut-off: not assigned yet"
UNTREATED = "first dose after the cut-off: not treated yet"
PATIENT_CHANGES: tuple[tuple[str, tuple[str, ...], pl.Expr, str], ...] = (
    ("died", ("DTHDTC", "DTHFL"), NONE, "died after the cut-off"),
    ("late_RFENDTC", ("RFENDTC",), pl.col("_end"), "the reference period ends after the cut-off"),
    ("late_RFXENDTC", ("RFXENDTC",), pl.col("_last_dose"), "doses after the cut-off: the last one on or before it"),
    ("late_RFPENDTC", ("RFPENDTC",), NONE, "participation goes on after the cut-off"),
    ("late_RFSTDTC", ("RFSTDTC",), NONE, "starts after the cut-off"),
    ("late_RFXSTDTC", ("RFXSTDTC",), NONE, "starts after the cut-off"),
    ("undecided", (*ARM, *ACTUAL_ARM), NONE, UNDECIDED),
    ("undecided", ("ARMNRS",), pl.lit("NOT ASSIGNED"), UNDECIDED),
    ("untreated", ACTUAL_ARM, NONE, UNTREATED),
    ("untreated", ("ARMNRS",), pl.lit("ASSIGNED, NOT TREATED"), UNTREATED),
)
"""In the patients of a case, DM variables become a value, for a reason. `_last_dose` is the last day of dosing in the
kept EX records; `_end` is the same where the reference period was defined to end with it, else missing."""


def close_patients(dm: Edit, edits: Mapping[str, Edit], cutoff: dt.date, enrolment: str, dead: pl.Series) -> None:
    """Change DM to what was known on the cut-off: deaths, reference dates and arms follow the kept records."""
    variables = dm.frame.columns

    def day(name: str) -> pl.Expr:
        return earliest(pl.col(name)) if name in variables else pl.lit(None, pl.Date)

    undecided = pl.col("USUBJID").is_in(_decided_later(edits, enrolment).implode())
    cases = {f"late_{name}": day(name) > cutoff for _, (name, *_), _, _ in PATIENT_CHANGES if name.startswith("RF")}
    cases |= {
        "died": pl.col("USUBJID").is_in(dead.implode()),
        "undecided": undecided,
        "untreated": (day("RFXSTDTC") > cutoff).fill_null(False) & ~undecided,
    }
    dm.frame = dm.frame.join(_last_dose(edits), "USUBJID", "left", maintain_order="left").with_columns(
        pl.when(day("RFENDTC") == day("RFXENDTC")).then("_last_dose").alias("_end"),
        **{f"_{case}": condition for case, condition in cases.items()},
    )
    for case, names, value, reason in PATIENT_CHANGES:
        for name in names:
            if name in variables:
                dm.set(name, pl.col(f"_{case}"), value, reason)
    dm.frame = dm.frame.select(variables)


def _last_dose(edits: Mapping[str, Edit]) -> pl.DataFrame:
    """Return USUBJID and the last day of dosing in the kept EX records as text."""
    empty = pl.DataFrame(schema={"USUBJID": pl.String, "_last_dose": pl.String})
    if "EX" not in edits:
        return empty
    exposure = edits["EX"].frame
    dates = [earliest(pl.col(name)) for name in ("EXSTDTC", "EXENDTC") if name in exposure.columns]
    if not dates or "USUBJID" not in exposure.columns:
        return empty
    days = exposure.group_by("USUBJID", maintain_order=True).agg(_last_dose=pl.max_horizontal(dates).max())
    return days.with_columns(pl.col("_last_dose").dt.to_string("%Y-%m-%d"))


def _decided_later(edits: Mapping[str, Edit], enrolment: str) -> pl.Series:
    """Return the patients whose enrolment or screen failure the cut-off removed from DS."""
    none = pl.Series("USUBJID", [], dtype=pl.String)
    if "DS" not in edits or "DSDECOD" not in edits["DS"].frame.columns:
        return none
    decision = pl.col("DSDECOD").is_in([enrolment, "SCREEN FAILURE"])
    still = edits["DS"].frame.filter(decision)["USUBJID"].implode()
    return edits["DS"].removed.filter(decision & ~pl.col("USUBJID").is_in(still))["USUBJID"].unique().sort()


def drop_late_values(edit: Edit, cutoff: dt.date) -> None:
    """Remove records that are nothing but a date after the cut-off: qualifiers, study parameters, comments."""
    for name in RECORD_IS_ITS_VALUE:
        if name in edit.frame.columns:
            late = pl.col(name).str.contains(WHOLE_DATE) & (earliest(pl.col(name)) > cutoff)
            if name == "QVAL" and "QNAM" in edit.frame.columns:
                late |= pl.col("QNAM").str.ends_with("DTC") & (earliest(pl.col(name)) > cutoff)
            edit.drop(name, late, "its value is a date after the cut-off")


def clear_study_days(edit: Edit, dm: pl.DataFrame, cutoff: dt.date) -> None:
    """Clear study days that tell a date after the cut-off; that of a shortened dosing interval is counted anew.

    `dm` is DM as transferred: where the reference start itself is after the cut-off, every study day tells it.
    """
    if "RFSTDTC" not in dm.columns or "USUBJID" not in edit.frame.columns:
        return
    columns = edit.frame.columns
    reference = dm.select("USUBJID", _start=earliest(pl.col("RFSTDTC"))).unique("USUBJID", maintain_order=True)
    edit.frame = edit.frame.join(reference, "USUBJID", "left", maintain_order="left")
    elapsed = (pl.lit(cutoff) - pl.col("_start")).dt.total_days()
    last_day = (elapsed + (elapsed >= 0)).cast(pl.Float64)
    for date, day in PARTNERS.items():
        variable, partner = edit.variable(day), edit.variable(date)
        if not variable or not edit.frame[variable].dtype.is_numeric():
            continue
        if edit.domain in DOSING and day == "--ENDY" and partner:
            shortened = (pl.col(partner) == cutoff.isoformat()) & (pl.col(variable) > last_day)
            edit.set(variable, shortened, last_day, SHORTENED)
        tells = (pl.col(variable) > last_day) | (pl.col("_start") > cutoff)
        edit.set(variable, tells, NONE, "the study day tells a date after the cut-off")
    edit.frame = edit.frame.select(columns)


def clear_late_dates(edit: Edit, cutoff: dt.date) -> None:
    """Clear every remaining date after the cut-off: --DTC of any name, and text that is nothing but a date."""
    texts = [n for n, kind in edit.frame.schema.items() if kind == pl.String and n not in NOT_A_DATE_OF_THE_STUDY]
    late = {n: earliest(pl.col(n)) > cutoff for n in texts if n.endswith("DTC")}
    late |= {
        n: pl.col(n).str.contains(WHOLE_DATE) & (earliest(pl.col(n)) > cutoff) for n in texts if not n.endswith("DTC")
    }
    found = edit.frame.select(expr.any().alias(name) for name, expr in late.items()).row(0) if late else ()
    for (name, expr), any_late in zip(late.items(), found, strict=True):
        if any_late:
            day = edit.variable(name[:-3] + "DY") if name.endswith("DTC") else None
            for variable in (day, name) if day else (name,):
                edit.set(variable, expr, NONE, "the date is after the cut-off")
