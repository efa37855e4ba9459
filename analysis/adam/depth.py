"""Depth of response: the sums of diameters that count for it (ADTR, ANL01FL), and the best change (BESTPCHG)."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import polars as pl

from analysis.adam.adtte import FLAGS
from analysis.adam.dates import months_between
from analysis.adam.records import Row, by_subject
from analysis.params import Params

PARAM = "Best change of the sum of diameters from baseline (%)"

NOT_SHOWN = {
    "NO_BASELINE": "No baseline tumour assessment",
    "NO_TARGET": "No target lesion at baseline",
    "INCOMPLETE_BASELINE": "No complete sum of diameters at baseline",
    "ZERO_BASELINE": "Sum of diameters of 0 at baseline",
    "NO_SUM": "No complete sum of diameters after baseline that counts",
}
"""Why a patient has no best change: RULE -> AREASON, in the order in which they are asked."""

BEST = ("BEST", "Least complete sum that counts")

CATEGORIES = ((-30, "DECREASE OF 30 % OR MORE"), (0, "SMALLER DECREASE"))
"""AVALC by the best change: up to -30, then below 0; the others follow."""


@dataclass(frozen=True)
class Limits:
    """Until when the sums of one patient count. `visit` is that of the first progression."""

    start: dt.date
    progression: dt.date | None
    visit: str | None
    new_therapy: dt.date | None
    max_months: float

    def admit(self, row: Row) -> bool:
        """Up to the visit of the first progression, on or before the day of new therapy, within the month limit."""
        date = row["ADT"]
        if date is None or row["ABLFL"] == "Y":
            return False
        at_progression = self.visit is not None and row["AVISIT"] == self.visit
        return (
            (self.progression is None or date <= self.progression or at_progression)
            and (self.new_therapy is None or date <= self.new_therapy)
            and months_between(self.start, date) <= self.max_months
        )


def add_depth(adtr: pl.DataFrame, adrs: pl.DataFrame, adsl: pl.DataFrame, params: Params) -> pl.DataFrame:
    """ADTR with ANL01FL on its records SUMDIAM ("Y" where the sum counts) and a record BESTPCHG per enrolled patient.

    A sum counts when it is complete, after baseline, and of an assessment that counts for the best overall response:
    up to the first PD by the chosen reader, its visit included, before new therapy and within
    params.response.max_months. BESTPCHG is the least PCHG of those, with the visit, date and source of that sum, the
    earliest where there are several; RULE and AREASON say why there is none. AVALC is its category.
    """
    seen = adrs.filter(pl.col("PARAMCD") == "OVRLRESP", pl.col("AVALC") == "PD").sort("USUBJID", "ADT")
    progressions: dict[str, Row] = {}
    for row in seen.iter_rows(named=True):
        progressions.setdefault(row["USUBJID"], row)
    sums = by_subject(adtr.filter(pl.col("PARAMCD") == "SUMDIAM").iter_rows(named=True))
    counted: set[tuple[Any, ...]] = set()
    best: list[Row] = []
    for patient in adsl.filter(pl.col("ENRLFL") == "Y").sort("USUBJID").iter_rows(named=True):
        usubjid = patient["USUBJID"]
        first = progressions.get(usubjid, {})
        limits = Limits(
            patient["ENRLDT"], first.get("ADT"), first.get("AVISIT"), patient["NACTDT"], params.response.max_months
        )
        of_patient = sums.get(usubjid, [])
        usable = [row for row in of_patient if row["COMPLFL"] == "Y" and limits.admit(row)]
        counted |= {_key(row) for row in usable}
        shared = {name: patient[name] for name in ("STUDYID", "USUBJID", *FLAGS)}
        best.append(shared | {"PARAMCD": "BESTPCHG", "PARAM": PARAM} | _best(patient, of_patient, usable))
    flags = [
        None if row["PARAMCD"] != "SUMDIAM" else "Y" if _key(row) in counted else "N"
        for row in adtr.iter_rows(named=True)
    ]
    flagged = adtr.with_columns(pl.Series("ANL01FL", flags, dtype=pl.String))
    extra = pl.DataFrame([dict.fromkeys(flagged.columns) | row for row in best], schema=flagged.schema, orient="row")
    return pl.concat([flagged, extra]).sort("USUBJID", maintain_order=True)


def _key(row: Row) -> tuple[Any, ...]:
    return row["USUBJID"], row["AVISITN"], row["AVISIT"], row["ADT"], row["SRCSEQ"]


def _best(patient: Row, sums: list[Row], usable: list[Row]) -> Row:
    changes = [row for row in usable if row["PCHG"] is not None]
    if changes:
        found = min(changes, key=lambda row: (row["PCHG"], row["ADT"]))
        names = ("AVISIT", "AVISITN", "ADT", "AELAPSED", "BASE", "NEWLFL", "SRCDOM", "SRCVAR", "SRCSEQ")
        rule, text = BEST
        value = {"AVAL": found["PCHG"], "AVALC": category(found["PCHG"]), "RULE": rule, "AREASON": text}
        return {name: found[name] for name in names} | value
    rule = _why_none(patient, sums, usable)
    return {"RULE": rule, "AREASON": NOT_SHOWN[rule]}


def _why_none(patient: Row, sums: list[Row], usable: list[Row]) -> str:
    baseline = next((row for row in sums if row["ABLFL"] == "Y"), None)
    if patient["BSCANFL"] != "Y":
        return "NO_BASELINE"
    if patient["MEASBLFL"] != "Y":
        return "NO_TARGET"
    if baseline is None or baseline["BASE"] is None:
        return "INCOMPLETE_BASELINE"
    return "ZERO_BASELINE" if baseline["BASE"] == 0 and usable else "NO_SUM"


def category(change: float) -> str:
    """AVALC of a best change in per cent."""
    if change <= CATEGORIES[0][0]:
        return CATEGORIES[0][1]
    if change < CATEGORIES[1][0]:
        return CATEGORIES[1][1]
    return "NO CHANGE" if change == 0 else "INCREASE"
