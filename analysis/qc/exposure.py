"""The second route's exposure: courses, cumulative dose, duration and relative dose intensity from EX anew."""

import datetime as dt
from collections.abc import Iterator, Mapping

import pandas as pd

from analysis.params import Params, Treatment
from analysis.params_safety import DosePlan
from analysis.qc import subjects
from analysis.qc.period import Treated, key
from analysis.qc.subjects import DAY, Dose, Trial

MILLIGRAMS = {"mg": 1.0, "g": 1000.0, "ug": 0.001, "mcg": 0.001}
A_DAY = {"BID": 2, "TID": 3}
"""Doses a day, where it is not one."""

SUMMARISED = {"DUR": "duration", "CUM": "dose", "NCRS": "cycles", "RDI": "rdi"}
"""Beginning of PARAMCD -> part of the results' names."""


def exposure(trial: Trial, patients: Mapping[str, Treated]) -> pd.DataFrame:
    """Per patient and drug the parameters of SUMMARISED (USUBJID, PARAMCD, AVAL, as in ADEX)."""
    rows = [row for patient in patients.values() for row in _of_patient(trial, patient)]
    return pd.DataFrame(rows, columns=["USUBJID", "PARAMCD", "AVAL"])


def _of_patient(trial: Trial, patient: Treated) -> Iterator[tuple[str, str, float | None]]:
    given: dict[int, list[tuple[set[dt.date], float | None]]] = {}
    for begin, end, dose in subjects.dosing(trial, patient.usubjid, patient.enrolled):
        length = 0 if dose.frequency == "ONCE" else max((end - begin).days, 0)
        days = {begin + n * DAY for n in range(length + 1)}
        given.setdefault(drug_number(dose.drug, trial.params), []).append((days, daily(dose)))
    limit = min(day for day in (patient.death, trial.params.cutoff) if day)
    for number, drug in enumerate(trial.params.study.treatments, start=1):
        if number in given:
            for code, value in amounts(given[number], drug, limit, trial.params.exposure.window_days).items():
                yield patient.usubjid, f"{code}{number}", value


def drug_number(name: str, params: Params) -> int:
    """The drug whose name is in that of the dose, such as a placebo's; else the first."""
    drugs = enumerate(params.study.treatments, start=1)
    return next((number for number, drug in drugs if drug.extrt.strip().upper() in name), 1)


def daily(dose: Dose) -> float | None:
    """The dose of a day in mg; None where it or its unit is not known."""
    size = MILLIGRAMS.get(str(dose.unit or "mg").lower())
    if dose.amount is None or size is None:
        return None
    return dose.amount * size * A_DAY.get(str(dose.frequency), 1)


def amounts(
    given: list[tuple[set[dt.date], float | None]], drug: Treatment, limit: dt.date, window: int
) -> dict[str, float | None]:
    """Cumulative dose and duration; with a plan also the courses begun and the relative dose intensity.

    `given` are the days of each dosing record and the dose of a day, `limit` the earlier of death and the cut-off. The
    duration runs until the next course was due. What was planned are the same courses without delay; days after the
    limit are planned no more.
    """
    days = sorted(set().union(*(taken for taken, _ in given)))
    known = [len(taken) * mg for taken, mg in given if mg is not None]
    dose = sum(known) if len(known) == len(given) else None
    if drug.plan is None:
        return {"CUM": dose, "DUR": (days[-1] - days[0]).days + 1}
    plan, starts = drug.plan, begun(days, drug.plan, window)
    last = interval(plan, len(starts))
    end = max(min(starts[-1] + (last - 1) * DAY, limit), days[-1])
    in_last = (end - starts[-1]).days + 1
    duration = (end - days[0]).days + 1
    planned_duration = sum(interval(plan, number) for number in range(1, len(starts))) + in_last
    planned_dose = drug.dose_mg * (plan.dosing_days * (len(starts) - 1) + min(plan.dosing_days, in_last))
    intensity = 100 * (dose / duration) / (planned_dose / planned_duration) if dose else None
    return {"CUM": dose, "DUR": duration, "NCRS": len(starts), "RDI": intensity}


def begun(days: list[dt.date], plan: DosePlan, window: int) -> list[dt.date]:
    """First days of the courses, from the days with a dose.

    A dose belongs to the course before it unless that has had all its doses, the next course is due, or dosing resumes
    after a pause when it is due within the window.
    """
    starts, doses, before = [days[0]], 0, days[0]
    for day in days:
        due = (day - starts[-1]).days >= interval(plan, len(starts)) - (window if (day - before).days > 1 else 0)
        if doses == plan.dosing_days or due:
            starts.append(day)
            doses = 0
        doses, before = doses + 1, day
    return starts


def interval(plan: DosePlan, number: int) -> int:
    """Days from the start of a course to the next; the last of the plan's repeats."""
    return [*plan.interval_days, *[plan.interval_days[-1]] * number][number - 1]


def summary(found: pd.DataFrame, params: Params) -> dict[str, float]:
    """Mean and median of each parameter by the names of the results."""
    values: dict[str, float] = {}
    for number, drug in enumerate(params.study.treatments, start=1):
        for code, part in SUMMARISED.items():
            rows = found.loc[found["PARAMCD"] == f"{code}{number}", "AVAL"]
            if len(rows):
                name, known = f"exposure.{key(drug)}.{part}", rows.dropna().astype(float)
                values |= {f"{name}.mean": known.mean(), f"{name}.median": known.median()}
    return values
