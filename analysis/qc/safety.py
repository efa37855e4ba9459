"""The second route's safety results: what it derived of each record, and its numbers by output."""

import math
from dataclasses import dataclass, field

import pandas as pd

from analysis.qc import adverse_events, event_counts, exposure, grades, laboratory, measurements, period, subjects
from analysis.qc.event_counts import Numbers
from analysis.qc.period import Treated
from analysis.qc.subjects import Trial, records
from analysis.qc.tumours import is_by

TESTS = tuple(grades.DIRECTIONS)
"""Laboratory tests (PARAMCD) whose every value is compared."""

OVERVIEW, RATES = "t-14-3-1-1", "t-14-3-1-11"
EXPOSURE, INTENSITY = "t-14-3-0-1", "t-14-3-0-2"
DEATHS, DEMOGRAPHICS, LABORATORY = "t-14-3-2-1", "t-14-1-4-1", "t-14-3-4-1"
SPECIAL_INTEREST, SHIFTS = "t-14-3-1-13", "t-14-3-4-2"
MEASURED = {
    "vs_shift.sysbp": ("t-14-3-5-1", "Systolic blood pressure"),
    "vs_shift.diabp": ("t-14-3-5-1", "Diastolic blood pressure"),
    "qtcf_shift.value": ("t-14-3-6-1", "QTcF"),
    "qtcf_change": ("t-14-3-6-1", "Greatest change of QTcF"),
    "ecog_shift.status": ("t-14-3-7-1", "ECOG performance status"),
}
"""Beginning of the results' names -> their output, and their title."""


@dataclass(frozen=True)
class Safety:
    """`values` are numbers by output and name of the result; `tables` are whole tables by output, with their titles.

    `named` are whole tables by title, with their output and their numbers by name of the result. `events`, `doses` and
    `samples` are what was derived of each record, in the variables of ADAE, ADEX and ADLB.
    """

    values: dict[str, dict[str, float]]
    tables: dict[str, tuple[str, Numbers]]
    named: dict[str, tuple[str, dict[str, float]]]
    events: pd.DataFrame = field(repr=False)
    doses: pd.DataFrame = field(repr=False)
    samples: pd.DataFrame = field(repr=False)


def recompute(trial: Trial) -> Safety:
    """The main safety results of a study, and its patients' ages and performance status."""
    params = trial.params
    patients = period.treated(trial)
    recorded = adverse_events.events(trial, patients)
    events = event_counts.with_any_drug(recorded[recorded["USUBJID"].isin(patients)], params)
    adjusted, by_term = event_counts.rates(events, patients, params.km.conf_level)
    doses, samples = exposure.exposure(trial, patients), laboratory.laboratory(trial, patients)
    amounts = exposure.summary(doses, params)
    intensity = {name: value for name, value in amounts.items() if ".rdi." in name}
    overview = event_counts.overview(events, params)
    number_of_events = {name: value for name, value in overview.items() if name.endswith("_events")}
    values = {
        DEMOGRAPHICS: demographics(trial),
        EXPOSURE: {name: value for name, value in amounts.items() if name not in intensity},
        INTENSITY: intensity,
        OVERVIEW: {name: value for name, value in overview.items() if name not in number_of_events},
        RATES: adjusted,
        DEATHS: deaths(trial, patients, events),
    }
    tables = {RATES: ("Exposure-adjusted rates by term", by_term)}
    for output, layout in event_counts.layouts(params).items():
        percent = params.adverse_events.frequent_percent
        tables[output] = (layout.title, event_counts.table(events, layout, len(patients), percent))
    named = {"Number of events of each kind": (OVERVIEW, number_of_events)}
    for title, numbers in laboratory.worst(samples).items():
        named[f"{title}: patients by worst CTCAE grade"] = (LABORATORY, numbers)
    for title, numbers in laboratory.shifts(samples).items():
        named[f"{title}: patients by grade at baseline and worst grade"] = (SHIFTS, numbers)
    for name, numbers in measurements.measurements(trial, patients).items():
        output, title = MEASURED[name]
        named[f"{title}: patients by category"] = (output, {f"{name}.{part}": n for part, n in numbers.items()})
    for title, numbers in event_counts.special_interest(events, params).items():
        named[f"{title}: patients and events"] = (SPECIAL_INTEREST, numbers)
    return Safety(values, tables, named, recorded, doses, samples)


def deaths(trial: Trial, patients: dict[str, Treated], events: pd.DataFrame) -> dict[str, float]:
    """Deaths of treated patients by time after the last dose, and patients with a fatal event at any time."""
    times = [time_of_death(trial, patient) for usubjid, patient in patients.items() if subjects.died(trial, usubjid)]
    values: dict[str, float] = {"deaths.all": len(times)}
    values |= {f"deaths.{name}": times.count(name) for name in ("window", "later")}
    if "time_not_known" in times:  # a row of its own, only where there are any
        values["deaths.time_not_known"] = times.count("time_not_known")
    fatal = events[events["AFATFL"] == "Y"]
    values["deaths.fatal_event"] = fatal["USUBJID"].nunique()
    values["deaths.related"] = fatal.loc[fatal["ARELFL"] == "Y", "USUBJID"].nunique()
    for number, drug in enumerate(trial.params.study.treatments, start=1):
        related = fatal.loc[fatal[f"AREL{number}FL"] == "Y", "USUBJID"].nunique()
        values[f"deaths.related_{period.key(drug)}"] = related
    return values


def time_of_death(trial: Trial, patient: Treated) -> str:
    """Whether a patient died within the window after the last dose; a partial date can only be certainly later."""
    span = subjects.period(subjects.first_value(trial.of("DM", patient.usubjid), "DTHDTC"))
    day = patient.death or (span[0] if span else None)
    window = trial.params.adverse_events.window_days
    if day is not None and (day - patient.last).days > window:
        return "later"
    return "window" if patient.death else "time_not_known"


def demographics(trial: Trial) -> dict[str, float]:
    """Age in years and performance status of the enrolled, where the study recorded them."""
    ages = pd.Series([age(trial, usubjid) for usubjid in trial.enrolled], dtype=float).dropna()
    values: dict[str, float] = {}
    if len(ages):
        values = {"age.n": len(ages), "age.mean": ages.mean(), "age.median": ages.median()}
        values |= {"age.sd": ages.std(), "age.min": ages.min(), "age.max": ages.max()}
    status = [performance_status(trial, usubjid) for usubjid in trial.enrolled]
    if any(found is not None for found in status):
        values |= {f"ecog.{number}": status.count(number) for number in (0, 1)}
    return values


def age(trial: Trial, usubjid: str) -> float:
    value = subjects.first_value(trial.of("DM", usubjid), "AGE")
    return math.nan if value is None else float(str(value))


def performance_status(trial: Trial, usubjid: str) -> float | None:
    """The last ECOG performance status by the first dose, by enrolment where never dosed."""
    enrolled = trial.enrolled[usubjid]
    limit, recorded = subjects.first_dose(trial, usubjid, enrolled) or (enrolled, enrolled.isoformat())
    found = []
    for domain in ("RS", "QS"):
        names = [f"{domain}{name}" for name in ("TESTCD", "DTC", "STRESN", "STRESC")]
        for test, text, number, says in records(trial.of(domain, usubjid), *names):
            value = str(says or "").strip() if number is None else str(number)
            is_number = number is not None or value.isdecimal()
            if test == trial.params.baseline.ecog_testcd and is_number and is_by(text, limit, recorded):
                found.append((str(text), float(value)))
    return sorted(found, key=lambda item: item[0])[-1][1] if found else None
