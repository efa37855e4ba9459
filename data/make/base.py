"""What every module of the generator uses: constants, random streams, study days, visits and the row of a dataset."""

import datetime as dt
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

STUDY = "NCT05075512"
SITE = "01"
SEED = 5075512
TRANSFERS = (dt.date(2025, 7, 15), dt.date(2026, 1, 15))
HORIZON = TRANSFERS[-1]
"""Nothing after the second transfer is simulated."""

SCAN_INTERVAL = 56
ANLOTINIB_CYCLE, ANLOTINIB_DAYS, ANLOTINIB_DOSES = 21, 14, (12, 10, 8)
INJECTION_DAYS, FULVESTRANT_DOSE = (0, 14, 28), 500
"""Days of the first fulvestrant injections after the first dose; then every 28 days."""

T = TypeVar("T")
Value = str | float | int | None


def stream(subject: int, purpose: str) -> np.random.Generator:
    """Return the random numbers of one subject for one purpose, so that a change elsewhere does not shift them."""
    return np.random.default_rng([SEED, subject, zlib.crc32(purpose.encode())])


def chance(rng: np.random.Generator, probability: float) -> bool:
    """Return whether an event of this probability happens."""
    return bool(rng.random() < probability)


def pick(rng: np.random.Generator, options: Sequence[T]) -> T:
    """Draw one of the options."""
    return options[int(rng.integers(len(options)))]


def days(n: int) -> dt.timedelta:
    """Return a difference of n days."""
    return dt.timedelta(days=n)


def usubjid(subject: int) -> str:
    """Return the unique subject identifier of a subject number."""
    return f"{STUDY}-{SITE}-{subject:03d}"


def iso(day: dt.date | None) -> str | None:
    """Return a date as ISO 8601 text."""
    return day.isoformat() if day else None


@dataclass(frozen=True)
class Visit:
    """One visit as planned (TV) or attended (SV); `planned` is the planned study day, None when unscheduled."""

    number: float
    name: str
    planned: int | None
    date: dt.date | None = None
    end: dt.date | None = None

    @property
    def days(self) -> tuple[dt.date, dt.date]:
        """First and last day of an attended visit."""
        if self.date is None:
            raise ValueError(f"visit {self.name} was planned, not attended")
        return self.date, self.end or self.date


SCREENING = Visit(1, "SCREENING", -14)
END_OF_TREATMENT = Visit(800, "END OF TREATMENT", None)
SAFETY_FOLLOW_UP = Visit(810, "SAFETY FOLLOW-UP", None)


def cycle_visit(cycle: int) -> Visit:
    """Return the planned first day of an anlotinib cycle (1, 2, ...)."""
    return Visit(100 + cycle, f"CYCLE {cycle} DAY 1", 1 + ANLOTINIB_CYCLE * (cycle - 1))


def injection_visit(injection: int) -> Visit:
    """Return the planned fulvestrant injection 2, 3, ... (the first is given on day 1 of cycle 1)."""
    return Visit(200 + injection, f"INJECTION {injection}", 1 + injection_day(injection))


def injection_day(injection: int) -> int:
    """Return the planned days from the first to the n-th injection."""
    if injection <= len(INJECTION_DAYS):
        return INJECTION_DAYS[injection - 1]
    return INJECTION_DAYS[-1] + 28 * (injection - len(INJECTION_DAYS))


def tumour_visit(scan: int) -> Visit:
    """Return the planned tumour assessment 1, 2, ...; its day counts from enrolment."""
    return Visit(300 + scan, f"WEEK {8 * scan}", 1 + SCAN_INTERVAL * scan)


def survival_visit(contact: int) -> Visit:
    """Return the survival follow-up contact 1, 2, ..."""
    return Visit(900 + contact, f"SURVIVAL FOLLOW-UP {contact}", None)


def visit_values(visit: Visit) -> "dict[str, Value]":
    """Return the three visit variables."""
    return {"VISITNUM": visit.number, "VISIT": visit.name, "VISITDY": visit.planned}


Before = tuple[tuple[dt.date, "dict[str, Value]"], ...]


def unknown_until(day: dt.date | None, variable: str) -> Before:
    """Return what a row was before a day: without this variable (`before` of a row)."""
    return ((day, {variable: None}),) if day else ()


@dataclass(frozen=True)
class Row:
    """One record of a dataset, with what a transfer needs to know about it.

    `known` is the day from which the record is in the clinical database, `removed` the day it was taken out.
    `before` holds (day, values): up to the day before that day the record had these values instead. `supp` are
    supplemental qualifiers (QNAM -> value), `links` names of relationships to records of other datasets (RELREC).
    """

    values: dict[str, Value]
    known: dt.date
    removed: dt.date | None = None
    before: Before = ()
    supp: dict[str, str | None] = field(default_factory=dict)
    links: tuple[str, ...] = ()

    def seen(self, day: dt.date) -> dict[str, Value] | None:
        """Return the record's values as a transfer of that day holds them, None where it does not hold it."""
        if self.known > day or (self.removed is not None and self.removed <= day):
            return None
        values = dict(self.values)
        for change, old in self.before:
            if day < change:
                values |= old
        return values


Rows = dict[str, list[Row]]
"""Dataset name -> rows of one subject, in any order."""
