"""The second route's subjects: enrolment, dosing, survival and new therapy, derived anew from SDTM with pandas.

Nothing here comes from analysis.adam: the two are written apart from the same analysis plan, so that a mistake in
one of them shows as a difference.
"""

import calendar
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import pandas as pd
import polars as pl

from analysis.params import Params

Span = tuple[dt.date, dt.date]
"""First and last day that a possibly partial date may mean."""

DAY = dt.timedelta(days=1)


class Trial:
    """The SDTM domains of one cut by subject; an absent domain or variable is empty."""

    def __init__(self, sdtm: dict[str, pl.DataFrame], params: Params) -> None:
        self.params = params
        self._domains = sdtm
        self._subjects: dict[str, dict[str, pd.DataFrame]] = {}

    def has(self, domain: str) -> bool:
        return domain in self._domains

    def has_variable(self, domain: str, name: str) -> bool:
        return domain in self._domains and name in self._domains[domain].columns

    def of(self, domain: str, usubjid: str) -> pd.DataFrame:
        """The records of one subject, but for those which say that nothing was done or happened."""
        if domain not in self._domains:
            return pd.DataFrame()
        if domain not in self._subjects:
            frame = self._domains[domain].to_pandas()
            for name, nothing in ((f"{domain}STAT", "NOT DONE"), (f"{domain}OCCUR", "N")):
                if name in frame.columns:
                    frame = frame[frame[name].fillna("") != nothing]
            self._subjects[domain] = {str(subject): rows for subject, rows in frame.groupby("USUBJID")}
        return self._subjects[domain].get(usubjid, pd.DataFrame())

    @cached_property
    def enrolled(self) -> dict[str, dt.date]:
        """Enrolled subjects of the arms analysed, and their day of enrolment."""
        arms = self.params.subjects.arms
        found: dict[str, dt.date] = {}
        for usubjid in sorted(self._domains["DM"]["USUBJID"]):
            if arms != "all" and first_value(self.of("DM", usubjid), "ARM") not in arms:
                continue
            days = [
                full(text)
                for text, what, kind in records(self.of("DS", usubjid), "DSSTDTC", "DSDECOD", "DSCAT")
                if what == self.params.subjects.enrolment_dsdecod and kind in (None, "PROTOCOL MILESTONE")
            ]
            known = [day for day in days if day]
            if known:
                found[usubjid] = min(known)
        return found

    @cached_property
    def planned_study_days(self) -> dict[float, int]:
        """Visit number to planned study day, from the trial's visits, else from the subjects'."""
        found: dict[float, int] = {}
        for domain in ("SV", "TV"):
            if self.has_variable(domain, "VISITDY") and self.has_variable(domain, "VISITNUM"):
                rows = self._domains[domain].to_pandas()[["VISITNUM", "VISITDY"]].dropna()
                found |= {number: int(min(days)) for number, days in rows.groupby("VISITNUM")["VISITDY"]}
        return found


def records(frame: pd.DataFrame, *names: str) -> Iterator[tuple[object, ...]]:
    """The named variables of each record, None where a value is missing or the variable is absent."""
    columns = [list(frame[name]) if name in frame.columns else [None] * len(frame) for name in names]
    for row in zip(*columns, strict=True):
        yield tuple(None if pd.isna(value) else value for value in row)


def first_value(frame: pd.DataFrame, name: str) -> object:
    """A variable of the first record; None where there is none."""
    return next((value for (value,) in records(frame, name)), None)


def period(text: object) -> Span | None:
    """First and last day that a possibly partial ISO 8601 date may mean; None where not even the year is known."""
    if not isinstance(text, str) or not text[:4].isdigit():
        return None
    year, month, day = int(text[:4]), text[5:7], text[8:10]
    if not month.isdigit():
        return dt.date(year, 1, 1), dt.date(year, 12, 31)
    if not day.isdigit():
        return dt.date(year, int(month), 1), dt.date(year, int(month), calendar.monthrange(year, int(month))[1])
    return (dt.date(year, int(month), int(day)),) * 2


def full(text: object) -> dt.date | None:
    """A complete ISO 8601 date; a partial or missing one is None."""
    span = period(text)
    return span[0] if span and span[0] == span[1] else None


def month_is_known(span: Span) -> bool:
    return (span[1] - span[0]).days < 31


def latest(span: Span, *limits: dt.date | None, cutoff: dt.date) -> dt.date:
    """The day of an end: the latest possible one, not after the limits and the cut-off, but never before its period."""
    if span[0] == span[1]:
        return span[0]
    day = min(limit for limit in (span[1], *limits, cutoff) if limit)
    return day if day >= span[0] else min(span[1], cutoff)


class Dose(NamedTuple):
    """A dosing record as recorded; `drug` is in capitals, `amount` in `unit`."""

    start: object
    end: object
    frequency: object
    drug: str
    amount: float | None
    unit: object


def given_doses(trial: Trial, usubjid: str) -> Iterator[Dose]:
    """Every record in which study drug or placebo was given."""
    drugs = [treatment.extrt.strip().upper() for treatment in trial.params.study.treatments]
    rows = records(trial.of("EX", usubjid), "EXSTDTC", "EXENDTC", "EXDOSFRQ", "EXTRT", "EXDOSE", "EXDOSU")
    for start, end, frequency, drug, dose, unit in rows:
        name, amount = str(drug).strip().upper(), None if dose is None else float(str(dose))
        given = amount > 0 if amount is not None else start is not None
        if "PLACEBO" in name or (name in drugs and given):
            yield Dose(start, end, frequency, name, amount, unit)


def doses(trial: Trial, usubjid: str) -> list[Dose]:
    """The doses given that have a date, complete or partial: only these can be placed."""
    return [dose for dose in given_doses(trial, usubjid) if period(dose.start)]


def first_dose(trial: Trial, usubjid: str, enrolled: dt.date) -> tuple[dt.date, str] | None:
    """Day and recorded date of the first dose; a partial date is its earliest possible day, from enrolment on."""
    starts = [str(dose.start) for dose in doses(trial, usubjid)]
    return min(((dose_day(text, enrolled), text) for text in starts), default=None)


def dose_day(text: str, enrolled: dt.date) -> dt.date:
    span = period(text)
    assert span is not None  # doses() leaves out what cannot be placed
    return enrolled if span[0] <= enrolled <= span[1] else span[0]


def dosing(trial: Trial, usubjid: str, enrolled: dt.date) -> list[tuple[dt.date, dt.date, Dose]]:
    """First and last day of the doses that can be placed, in the order of the records.

    Daily dosing without an end goes on to that drug's end, death or the cut-off.
    """
    death, cutoff = full(first_value(trial.of("DM", usubjid), "DTHDTC")), trial.params.cutoff
    found = []
    for dose in doses(trial, usubjid):
        begin, until = dose_day(str(dose.start), enrolled), period(dose.end)
        end = begin
        if until:
            end = latest(until, death, cutoff=cutoff)
        elif dose.end is None and dose.frequency not in (None, "ONCE"):
            stopped = period(discontinuation(trial, usubjid, dose.drug)[0])
            end = max(begin, min(day for day in (stopped and stopped[1], death, cutoff) if day))
        found.append((begin, end, dose))
    return found


def last_dose(trial: Trial, usubjid: str, enrolled: dt.date) -> dt.date | None:
    """Day of the last dose of any drug; not before the first."""
    placed = dosing(trial, usubjid, enrolled)
    return max(min(begin for begin, *_ in placed), *(end for _, end, _ in placed)) if placed else None


def discontinuation(trial: Trial, usubjid: str, drug: str) -> tuple[str | None, object]:
    """The first recorded date, perhaps partial, on which a drug or all treatment ended, and why; None if it did not."""
    ends = [
        (text, why)
        for text, why, kind, scope in records(trial.of("DS", usubjid), "DSSTDTC", "DSDECOD", "DSCAT", "DSSCAT")
        if kind == "DISPOSITION EVENT" and scope in (None, "STUDY TREATMENT", drug)
    ]
    dated = [(text, why) for text, why in ends if isinstance(text, str)]
    return min(dated, key=lambda end: end[0], default=(None, ends[0][1] if ends else None))


def treatment_stop(trial: Trial, usubjid: str, enrolled: dt.date) -> dt.date | None:
    """The day on which the last of the drugs that were given was stopped; None while one goes on or was completed.

    A stop without a complete date is on the last dose of any drug: the patient is known to have stopped by some day.
    """
    days = []
    for drug in {dose.drug for dose in given_doses(trial, usubjid)}:
        text, why = discontinuation(trial, usubjid, drug)
        day = full(text) or last_dose(trial, usubjid, enrolled)
        if why in (None, "COMPLETED") or day is None:
            return None
        days.append(max(day, enrolled))
    return max(days, default=None)


ALIVE = (
    ("SV", "SVSTDTC"),
    ("SV", "SVENDTC"),
    ("LB", "LBDTC"),
    ("RS", "RSDTC"),
    ("TR", "TRDTC"),
    ("TU", "TUDTC"),
    ("AE", "AESTDTC"),
    ("CM", "CMSTDTC"),
)
"""Domains and dates that show a subject alive, beside the survival status and dosing."""


def alive_days(trial: Trial, usubjid: str) -> Iterator[dt.date]:
    """Every complete date on which the subject is known to be alive, by the cut-off.

    An end of dosing on the cut-off itself may be the cut-off's own doing and shows nothing.
    """
    cutoff = trial.params.cutoff
    found = [
        (text, False)
        for text, test, status in records(trial.of("SS", usubjid), "SSDTC", "SSTESTCD", "SSSTRESC")
        if test == "SURVSTAT" and status == "ALIVE"
    ]
    for domain, name in ALIVE:
        found += [(text, False) for (text,) in records(trial.of(domain, usubjid), name)]
    for dose in given_doses(trial, usubjid):
        found += [(dose.start, False), (dose.end, True)]
    for text, may_be_cut in found:
        day = full(text)
        if day and (day < cutoff if may_be_cut else day <= cutoff):
            yield day


@dataclass(frozen=True)
class Life:
    """When a subject died, if so, and was last known alive; `death` is None where its month is missing."""

    last_alive: dt.date
    death: dt.date | None


def died(trial: Trial, usubjid: str) -> bool:
    dm = trial.of("DM", usubjid)
    return first_value(dm, "DTHFL") == "Y" or first_value(dm, "DTHDTC") is not None


def life(trial: Trial, usubjid: str, enrolled: dt.date) -> Life:
    """Death with the plan's imputation, and the last day known alive; neither is before enrolment."""
    span = period(first_value(trial.of("DM", usubjid), "DTHDTC"))
    certain = span[0] if span and span[0] == span[1] else None
    last = max([enrolled, *(day for day in alive_days(trial, usubjid) if certain is None or day <= certain)])
    if certain:
        return Life(last, max(certain, enrolled))
    if span is None or not month_is_known(span):
        return Life(last, None)
    imputed = min(max(span[0], last + DAY), span[1], trial.params.cutoff)
    return Life(last, max(imputed, enrolled))


def new_therapy(trial: Trial, usubjid: str, start: dt.date, enrolled: dt.date) -> dt.date | None:
    """First day of new anticancer therapy after the start."""
    rules = trial.params.pfs.new_therapy
    cm, pr, tu = (trial.of(domain, usubjid) for domain in ("CM", "PR", "TU"))
    texts = [text for text, category in records(cm, "CMSTDTC", "CMCAT") if category in rules.cm_categories]
    lesions = {("link", link) for (link,) in records(tu, "TULNKID")} | {("at", at) for (at,) in records(tu, "TULOC")}
    for text, category, link, at in records(pr, "PRSTDTC", "PRCAT", "PRLNKID", "PRLOC"):
        named = {("link", link), ("at", at)} - {("link", None), ("at", None)}
        irradiated = category in rules.radiotherapy_categories and named & lesions
        if category in rules.surgery_categories or irradiated:
            texts.append(text)
    last = last_dose(trial, usubjid, enrolled)
    days = [therapy_day(text, start, last, trial.params.cutoff) for text in texts]
    return min((day for day in days if day), default=None)


def therapy_day(text: object, start: dt.date, last: dt.date | None, cutoff: dt.date) -> dt.date | None:
    """The day a therapy counts from; None where it began by the start or cannot be placed.

    Without a day it is the first of the month, not before the last dose; without a month or a date the day after the
    last dose. It stays in the recorded period and by the cut-off. Without any dose the whole period must be after
    the start.
    """
    span = period(text)
    if span and span[0] == span[1]:
        return span[0] if span[0] > start else None
    if last is None:
        return min(span[0], cutoff) if span and span[0] > start else None
    if span is None:
        day = min(last + DAY, cutoff)
    else:
        day = max(span[0], last if month_is_known(span) else last + DAY)
        day = min(day, span[1], cutoff)
    return day if day >= start else None


def left_study(trial: Trial, usubjid: str) -> bool:
    """Whether the subject died or an end of study participation is recorded."""
    ends = records(trial.of("DS", usubjid), "DSCAT", "DSSCAT")
    scopes = (None, "STUDY PARTICIPATION")
    return died(trial, usubjid) or any(kind == "DISPOSITION EVENT" and scope in scopes for kind, scope in ends)
