"""ADEX: the dosing records of each drug and, per patient and drug, exposure and relative dose intensity."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import polars as pl

from analysis.adam.dose_plan import Course, Intensity, courses, intensity, interruptions
from analysis.adam.exposure import Interval, drug_of, intervals
from analysis.adam.records import Queries, Row, Sdtm, seq_of, source_of
from analysis.params import Params, Treatment

SCHEMA: dict[str, Any] = {
    **{"STUDYID": pl.String, "USUBJID": pl.String, "TRT01A": pl.String, "FASFL": pl.String, "SAFFL": pl.String},
    **{"PARCAT1": pl.String, "PARAMCD": pl.String, "PARAM": pl.String, "AVAL": pl.Float64, "AVALCAT1": pl.String},
    **{"ASTDT": pl.Date, "ASTDTF": pl.String, "AENDT": pl.Date, "AENDTF": pl.String, "ADURN": pl.Int64},
    **{"EXTRT": pl.String, "EXADJ": pl.String, "ACOURSE": pl.Int64, "ADOSCHG": pl.String, "ALATE": pl.Int64},
    **{"SRCDOM": pl.String, "SRCVAR": pl.String, "SRCSEQ": pl.Int64},
}

PARAMETERS = {
    "DOSE": "{drug}: dose on each day of a dosing record (mg)",
    "FDOSE": "{drug}: first dose (mg)",
    "DAYS": "{drug}: days with a dose",
    "CUM": "{drug}: cumulative dose (mg)",
    "NRED": "{drug}: dose reductions",
    "DUR": "{drug}: duration of treatment (days)",
    "NCRS": "{drug}: number of {course}s",
    "NINT": "{drug}: {course}s in which dosing was interrupted",
    "NDEL": "{drug}: delayed {course}s",
    "PDUR": "{drug}: planned duration of these {course}s (days)",
    "PCUM": "{drug}: planned cumulative dose of these {course}s (mg)",
    "RDI": "{drug}: relative dose intensity (%)",
}
"""Beginning of PARAMCD, which ends in the drug's number -> PARAM. The first is of dosing records, the others of
patients; those from NCRS on need a planned schedule, and NINT one with several dosing days."""

MG = {"mg": 1.0, "g": 1000.0, "ug": 0.001, "mcg": 0.001}
TIMES_A_DAY = {"ONCE": 1, "QD": 1, "BID": 2, "TID": 3}


@dataclass(frozen=True)
class Doses:
    """The doses of one drug in one patient, in the order of their start; `mg` is the dose of each day, if known."""

    given: list[Interval]
    mg: list[float | None]

    def days(self) -> list[dt.date]:
        """Each day with a dose, once."""
        return sorted({day for interval in self.given for day in _days(interval)})

    def cumulative(self) -> float | None:
        """The cumulative dose in mg, None where a dose is not known."""
        amounts = [None if mg is None else mg * len(_days(i)) for i, mg in zip(self.given, self.mg, strict=True)]
        known = [amount for amount in amounts if amount is not None]
        return sum(known) if len(known) == len(amounts) else None

    def changes(self) -> list[str | None]:
        """Per record REDUCED or INCREASED against the record before it, None where the dose is the same or unknown."""
        found: list[str | None] = [None]
        for before, after in pairwise(self.mg):
            if before is None or after is None or before == after:
                found.append(None)
            else:
                found.append("REDUCED" if after < before else "INCREASED")
        return found


def derive_adex(sdtm: Sdtm, adsl: pl.DataFrame, params: Params, queries: Queries | None = None) -> pl.DataFrame:
    """ADEX of the dosed patients in ADSL, sorted by patient, drug, parameter and start.

    A placebo counts as the drug whose name it bears, else as the first drug. A drug without a planned schedule, and a
    placebo, have no dose intensity.
    """
    queries = queries or Queries()
    patients = {patient["USUBJID"]: patient for patient in adsl.filter(pl.col("SAFFL") == "Y").iter_rows(named=True)}
    enrolled = {name: p["ENRLDT"] for name, p in patients.items() if p["ENRLDT"] is not None}
    died = {name: p["DTHDT"] for name, p in patients.items() if p["DTHDT"] is not None and p["DTHDTF"] is None}
    records: list[Row] = []
    for usubjid, given in intervals(sdtm, params, enrolled=enrolled, death=died, queries=queries).items():
        if usubjid not in patients:
            continue
        for number, drug in enumerate(params.study.treatments, start=1):
            own = sorted((i for i in given if _drug_number(i, params) == number), key=_order)
            if own:
                doses = Doses(own, [_daily_mg(interval, queries) for interval in own])
                records += _of_drug(doses, number, drug, patients[usubjid], params)
    order = {beginning: place for place, beginning in enumerate(PARAMETERS)}
    frame = pl.DataFrame(records, schema=SCHEMA, orient="row")
    rank = pl.col("PARAMCD").str.strip_chars_end("0123456789").replace_strict(order, return_dtype=pl.Int64)
    number_ = pl.col("PARAMCD").str.extract(r"(\d+)$").cast(pl.Int64)
    return frame.sort("USUBJID", number_, rank, "ASTDT", "SRCSEQ", nulls_last=True)


def _order(interval: Interval) -> tuple[dt.date, dt.date, int]:
    return interval.start, interval.end, seq_of(interval.row, "EX") or 0


def _drug_number(interval: Interval, params: Params) -> int:
    name = drug_of(interval.row)
    own = [n for n, drug in enumerate(params.study.treatments, start=1) if drug.extrt.strip().upper() in name]
    return own[0] if own else 1


def _days(interval: Interval) -> list[dt.date]:
    """The days of one dosing record: its first one where it is a single dose."""
    single = interval.row.get("EXDOSFRQ") == "ONCE"
    last = 0 if single else max((interval.end - interval.start).days, 0)
    return [interval.start + dt.timedelta(days=day) for day in range(last + 1)]


def _daily_mg(interval: Interval, queries: Queries) -> float | None:
    """The dose of each day in mg, None where the dose or its unit is not known."""
    row, amount = interval.row, interval.row.get("EXDOSE")
    unit, times = row.get("EXDOSU") or "mg", row.get("EXDOSFRQ") or "QD"
    if amount is None:
        return None
    if unit.lower() not in MG:
        queries.add(source_of(row, "EX", "EXDOSU"), row, "dose", "Unit of dose not known: no cumulative dose")
        return None
    if times not in TIMES_A_DAY and interval.end > interval.start:
        queries.add(source_of(row, "EX", "EXDOSFRQ"), row, "dose", "Frequency not known: taken as once a day")
    return float(amount) * MG[unit.lower()] * TIMES_A_DAY.get(times, 1)


def _of_drug(doses: Doses, number: int, drug: Treatment, patient: Row, params: Params) -> Iterator[Row]:
    """The records of one drug in one patient."""
    days, limit = doses.days(), min(day for day in (params.cutoff, patient["DTHDT"]) if day is not None)
    begun = courses(days, drug.plan, params.exposure.window_days) if drug.plan is not None else []
    names = {"drug": drug.name.capitalize(), "course": drug.plan.course if drug.plan else "course"}
    shared = {name: patient[name] for name in ("STUDYID", "USUBJID", "TRT01A", "FASFL", "SAFFL")}

    def record(code: str, **values: Any) -> Row:
        text = PARAMETERS[code].format(**names)
        empty = dict.fromkeys(SCHEMA)
        return empty | shared | {"PARCAT1": drug.name, "PARAMCD": f"{code}{number}", "PARAM": text} | values

    for interval, mg, change in zip(doses.given, doses.mg, doses.changes(), strict=True):
        yield record("DOSE", AVAL=mg, ADOSCHG=change, **_as_given(interval, begun))
    first, end = doses.given[0], days[-1]
    values: dict[str, float | None] = {
        "FDOSE": doses.mg[0],
        "DAYS": len(days),
        "CUM": doses.cumulative(),
        "NRED": doses.changes().count("REDUCED"),
        "DUR": (end - days[0]).days + 1,
    }
    if drug.plan is not None:
        planned = intensity(begun, drug.plan, drug.dose_mg, limit)
        end = planned.end
        delays = [course for course in begun if course.late > params.exposure.window_days]
        values |= {"NCRS": len(begun), "NDEL": len(delays)}
        if drug.plan.dosing_days > 1:
            values["NINT"] = interruptions(begun, drug.plan)
        values |= {"DUR": planned.duration, "PDUR": planned.planned_duration, "PCUM": planned.planned_dose}
        values["RDI"] = _relative(planned, values["CUM"])
    source = {"SRCDOM": "EX", "SRCVAR": "EXDOSE"}
    for code in [code for code in PARAMETERS if code in values]:
        category = _category(values[code], params) if code == "RDI" else None
        seq = seq_of(first.row, "EX") if code == "FDOSE" else None
        yield record(code, AVAL=values[code], AVALCAT1=category, ASTDT=days[0], AENDT=end, SRCSEQ=seq, **source)


def _as_given(interval: Interval, begun: list[Course]) -> Row:
    """Dates, course and source of one dosing record; ALATE is set where it begins a course after the first."""
    at = max((course for course in begun if course.start <= interval.start), key=lambda c: c.number, default=None)
    begins = at is not None and at.start == interval.start and at.number > 1
    days = _days(interval)
    return {
        **{"ASTDT": days[0], "ASTDTF": interval.start_flag or None},
        **{"AENDT": days[-1], "AENDTF": interval.end_flag or None, "ADURN": len(days)},
        **{"EXTRT": interval.row["EXTRT"], "EXADJ": interval.row.get("EXADJ")},
        **{"ACOURSE": at.number if at else None, "ALATE": at.late if at and begins else None},
        **{"SRCDOM": "EX", "SRCVAR": "EXDOSE", "SRCSEQ": seq_of(interval.row, "EX")},
    }


def _relative(planned: Intensity, dose: float | None) -> float | None:
    return planned.relative(dose) if dose else None


def intensity_categories(params: Params) -> list[str]:
    """The parts into which params exposure.rdi_limits divide the dose intensities, the lowest first."""
    limits = params.exposure.rdi_limits
    between = [f"{low:g} to < {high:g} %" for low, high in pairwise(limits)]
    return [f"< {limits[0]:g} %", *between, f">= {limits[-1]:g} %"]


def _category(value: float | None, params: Params) -> str | None:
    """The part that a percentage lies in; a limit belongs to the part above it."""
    if value is None:
        return None
    return intensity_categories(params)[sum(round(value, 9) >= limit for limit in params.exposure.rdi_limits)]
