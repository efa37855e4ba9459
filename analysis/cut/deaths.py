"""Which records state a death, and which patients died after the cut-off as far as the records tell."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping

import polars as pl

from analysis.cut.dates import earliest, latest
from analysis.cut.edit import Edit, as_text

STATES_DEATH: dict[str, Mapping[str, str]] = {
    "AE": {"AEOUT": "FATAL", "AESDTH": "Y", "AETOXGR": "5"},
    "DS": {"DSDECOD": "DEATH"},
    "DD": {},
    "SS": {"SSSTRESC": "DEAD"},
}
"""Domain -> the variables and values any one of which states the patient's death; empty: every record does."""

EVIDENCE: tuple[tuple[str, Mapping[str, str], str, str], ...] = (
    ("DM", {}, "DTHDTC", "recorded"),
    ("DS", STATES_DEATH["DS"], "DSSTDTC", "died"),
    ("AE", STATES_DEATH["AE"], "AEENDTC", "died"),
    ("DS", STATES_DEATH["DS"], "DSDTC", "known"),
    ("DD", STATES_DEATH["DD"], "DDDTC", "known"),
    ("SS", STATES_DEATH["SS"], "SSDTC", "known"),
    ("SS", {"SSSTRESC": "ALIVE"}, "SSDTC", "alive"),
    ("AE", STATES_DEATH["AE"], "AESTDTC", "alive"),
)
"""In which records (as in STATES_DEATH) which date tells of a death: the day of it, as DM records it or as another
record has it; a day it was known by; a day the patient was still alive, as at the start of the fatal event."""


def states_death(domain: str, variables: Collection[str]) -> pl.Expr:
    """Return whether a record of this domain, with these variables, states the patient's death."""
    return _any_of(STATES_DEATH[domain], variables) if domain in STATES_DEATH else pl.lit(False)


def deaths_after(edits: Iterable[Edit], cutoff: dt.date) -> pl.Series:
    """Return the patients (USUBJID) whose death is after the cut-off, from the datasets as transferred.

    A complete DM.DTHDTC decides alone. Where it is partial or missing, the latest day of death that a record gives
    decides, or where none gives one, the first day the death was known; a later day alive overrules both. Dates count
    by their earliest possible day, and a death without any date stays.
    """
    found = [pl.DataFrame(schema={"USUBJID": pl.String, "day": pl.Date, "complete": pl.Boolean, "says": pl.String})]
    for edit in edits:
        for domain, values, variable, says in EVIDENCE:
            if edit.domain == domain and variable in edit.frame.columns:
                date = pl.col(variable)
                found.append(
                    edit.frame.filter(_any_of(values, edit.frame.columns)).select(
                        "USUBJID", day=earliest(date), complete=earliest(date) == latest(date), says=pl.lit(says)
                    )
                )
    day, says_ = pl.col("day"), pl.col("says")
    recorded = day.filter((says_ == "recorded") & pl.col("complete")).max()
    died = day.filter(says_.is_in(["recorded", "died"])).max()
    known = day.filter(says_ == "known").min()
    alive = day.filter(says_ == "alive").max()
    death = pl.coalesce(recorded, pl.max_horizontal(pl.coalesce(died, known), alive))
    days = pl.concat(found).group_by("USUBJID").agg(day=death)
    return days.filter(pl.col("day") > cutoff)["USUBJID"].sort()


def _any_of(values: Mapping[str, str], variables: Collection[str]) -> pl.Expr:
    """Return whether a record has any of these values; of a variable the dataset has not, no record does."""
    if not values:
        return pl.lit(True)
    there = (as_text(pl.col(name)).eq_missing(pl.lit(value)) for name, value in values.items() if name in variables)
    return pl.any_horizontal(pl.lit(False), *there)
