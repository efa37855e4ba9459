"""Partial ISO 8601 dates and the imputation rules of the analysis plan, each under its name.

A --DTC text says a period: "2024-03" is any day of March 2024. A rule chooses one day of that period; it never leaves
the recorded period nor passes the cut-off, and where it would, the period's last day is taken and a query raised.
"""

import calendar
import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from analysis.errors import DataError

DAYS_PER_MONTH = 30.4375
_DTC = re.compile(r"(\d{4}|-)(?:-(\d{2}|-)(?:-(\d{2}|-)(?:T(.+))?)?)?")


@dataclass(frozen=True)
class Period:
    """The days that a --DTC text can mean: `first` to `last`, both None when not even the year is known.

    `time` is the text after "T", None where there is none. `missing` names the most significant missing part as the
    ADaM imputation flag does: "" (complete), "D" (day), "M" (month), "Y" (everything).
    """

    first: dt.date | None
    last: dt.date | None
    time: str | None
    missing: str

    @property
    def day(self) -> dt.date | None:
        """The date itself where it is complete, else None."""
        return self.first if self.missing == "" else None


@lru_cache(maxsize=100_000)
def period(text: str | None) -> Period:
    """Read a --DTC text. Missing parts may be left out or written as a hyphen ("2024---15" is some month of 2024).

    Raises DataError where the text is no ISO 8601 date.
    """
    if text is None:
        return Period(None, None, None, "Y")
    match = _DTC.fullmatch(text.strip())
    try:
        if match is None:
            raise ValueError("not a date")
        year, month, day, time = match.groups()
        if year == "-":
            return Period(None, None, None, "Y")
        if month in (None, "-"):
            return Period(dt.date(int(year), 1, 1), dt.date(int(year), 12, 31), None, "M")
        if day in (None, "-"):
            last = calendar.monthrange(int(year), int(month))[1]
            return Period(dt.date(int(year), int(month), 1), dt.date(int(year), int(month), last), None, "D")
        whole = dt.date(int(year), int(month), int(day))
        return Period(whole, whole, time, "")
    except ValueError:
        raise DataError(f"{text!r}: expected an ISO 8601 date, complete or partial, such as 2024-03-05") from None


def days_between(start: dt.date, end: dt.date) -> int:
    """Duration in days, both ends counting: end - start + 1."""
    return (end - start).days + 1


def months_between(start: dt.date, end: dt.date) -> float:
    """Duration in months of 30.4375 days, both ends counting."""
    return days_between(start, end) / DAYS_PER_MONTH


def study_day(day: dt.date | None, first: dt.date | None) -> int | None:
    """Day 1 is `first`, the day before it -1; None where either is missing."""
    if day is None or first is None:
        return None
    return (day - first).days + (day >= first)


def not_after(text: str | None, reference: str | None) -> bool:
    """Whether a record of date `text` can be baseline for a first dose (or enrolment) at `reference`.

    A partial date counts by its earliest possible day. On the day itself the times decide where both are recorded;
    without a time the record is baseline.
    """
    value, limit = period(text), period(reference)
    if value.first is None or limit.first is None:
        return False
    if value.day is not None and value.day == limit.day and value.time and limit.time:
        return value.time <= limit.time
    return value.first <= limit.first


@dataclass(frozen=True)
class Imputed:
    """A date with its ADaM imputation flag ("" where the date was recorded) and what to ask the site, if anything."""

    date: dt.date | None
    flag: str
    query: str | None = None


@dataclass(frozen=True)
class Anchors:
    """The patient's own dates that imputation leans on."""

    cutoff: dt.date
    first_dose: dt.date | None = None
    last_dose: dt.date | None = None
    last_alive: dt.date | None = None
    death: dt.date | None = None


@dataclass(frozen=True)
class Rule:
    """A named imputation rule: what it says, and the function that carries it out on a partial period."""

    text: str
    choose: Callable[[Period, Anchors], Imputed]


def _inside(value: Period, day: dt.date, anchors: Anchors) -> Imputed:
    """Keep an imputed day in its recorded period and not after the cut-off; else the last such day and a query."""
    last = min(value.last or anchors.cutoff, anchors.cutoff)
    if (value.first is None or value.first <= day) and day <= last:
        return Imputed(day, value.missing)
    return Imputed(last, value.missing, f"The imputation rule would give {day}, outside the recorded period: {last}")


def _death(value: Period, anchors: Anchors) -> Imputed:
    if value.first is None or value.missing != "D":
        return Imputed(None, "", "The month of death is not known: censored at the last date known alive")
    day = value.first
    if anchors.last_alive is not None:
        day = max(day, anchors.last_alive + dt.timedelta(days=1))
    return _inside(value, day, anchors)


def _new_therapy(value: Period, anchors: Anchors) -> Imputed:
    if value.missing == "D":
        candidates = [day for day in (value.first, anchors.last_dose) if day is not None]
        return _inside(value, max(candidates), anchors)
    if anchors.last_dose is None:
        if value.first is None:
            return Imputed(None, "", "The date is missing and no study drug was given: it cannot be placed")
        return _inside(value, value.first, anchors)
    day = anchors.last_dose + dt.timedelta(days=1)
    return _inside(value, max(day, value.first or day), anchors)


def _event_start(value: Period, anchors: Anchors) -> Imputed:
    if value.first is None or value.last is None:
        return Imputed(None, "")
    day = value.first
    if anchors.first_dose is not None and value.first <= anchors.first_dose <= value.last:
        day = anchors.first_dose
    return _inside(value, day, anchors)


def _earliest(value: Period, anchors: Anchors) -> Imputed:
    return Imputed(None, "") if value.first is None else _inside(value, value.first, anchors)


def _end(value: Period, anchors: Anchors) -> Imputed:
    if value.last is None:
        return Imputed(None, "")
    limits = [day for day in (value.last, anchors.death, anchors.cutoff) if day is not None]
    return _inside(value, min(limits), anchors)


RULES: dict[str, Rule] = {
    "death": Rule(
        "Day missing: the later of the first of the month and the day after last known alive. Month missing: no date, "
        "censored at last known alive and queried.",
        _death,
    ),
    "new_therapy": Rule(
        "Day missing: the earliest possible day, not before the last study dose. Date or month missing: the day after "
        "the last study dose, not before the recorded year.",
        _new_therapy,
    ),
    "event_start": Rule(
        "Adverse event start: the earliest possible day, but the first dose where the partial date allows it and the "
        "event had not ended before. A missing date stays missing.",
        _event_start,
    ),
    "earliest": Rule(
        "Start of a medication or a condition: the earliest possible day. A missing date stays missing.",
        _earliest,
    ),
    "end": Rule(
        "End of an adverse event or medication: the latest possible day, not after death or the cut-off. "
        "A missing date stays missing (ongoing).",
        _end,
    ),
}


def impute(rule: str, text: str | None, anchors: Anchors) -> Imputed:
    """Turn a --DTC text into a date by a named rule of RULES; a complete date is returned as it is."""
    value = period(text)
    if value.day is not None:
        return Imputed(value.day, "")
    return RULES[rule].choose(value, anchors)
