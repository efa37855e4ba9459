"""The second route's blood pressure, QTcF and performance status: patients by baseline and worst value on treatment."""

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from analysis.qc.period import Treated
from analysis.qc.subjects import Trial, period, records
from analysis.qc.tumours import is_by

QTCF, QT, RR, RATE = ("QTCFAG", "QTCF"), ("QTAG", "QT"), ("RRAG", "RR"), ("EGHRMN", "HR", "HRMEAN")
"""Tests (EGTESTCD), the preferred one first."""

STATUS = range(6)


class Reading(NamedTuple):
    """One value: when it was recorded, the visit and the record's number by which those of one time are in order."""

    text: object
    visit: float
    seq: float
    value: float

    @property
    def day(self) -> dt.date | None:
        span = period(self.text)
        return span[0] if span else None


class Course(NamedTuple):
    """A patient's value at baseline and greatest one on treatment; None where there is none."""

    base: float | None
    worst: float | None


def course(patient: Treated, readings: Iterable[Reading]) -> Course:
    """The last value by the first dose, and the greatest after it by the end of the period."""
    dated = [reading for reading in readings if reading.day]
    before = [r for r in dated if is_by(r.text, patient.first, patient.first_dtc)]
    last = max(before, key=lambda r: (str(r.day), str(r.text)[10:], r.visit, r.seq), default=None)
    later = [r.value for r in dated if r not in before and r.day is not None and r.day <= patient.until]
    return Course(last.value if last else None, max(later, default=None))


def shift(pairs: Iterable[tuple[int | None, int]], levels: Iterable[int]) -> dict[str, float]:
    """Patients by category at baseline and on treatment, by the last part of the results' names.

    Only those with both count, and baselines that somebody had; those without one are counted apart.
    """
    found, wanted = Counter(pairs), list(levels)
    starts = {base for base, _ in found}
    numbers: dict[str, float] = {"n": sum(n for (base, _), n in found.items() if base is not None)}
    numbers |= {f"w{w}": sum(found[base, w] for base in starts - {None}) for w in wanted}
    for base in starts:
        name, joined = ("missing", "missing_") if base is None else (f"b{base}", f"b{base}_")
        numbers |= {f"{joined}w{w}": found[base, w] for w in wanted}
        numbers[name] = sum(found[base, w] for w in wanted)
    return numbers


def band(value: float, limits: Sequence[float], *, upper: bool) -> int:
    """The number of the category from 1 on; a value at a limit is in the one above it where `upper`."""
    at = [math.isclose(value, limit, rel_tol=1e-11) for limit in limits]
    return 1 + sum(upper if same else value > limit for same, limit in zip(at, limits, strict=True))


def measurements(trial: Trial, patients: Mapping[str, Treated]) -> dict[str, dict[str, float]]:
    """The numbers of each table of shifts by the beginning of its results' names."""
    signs, ecg = trial.params.vital_signs, trial.params.ecg
    found = {}
    for name, test, limits in (("sysbp", "SYSBP", signs.systolic_mmhg), ("diabp", "DIABP", signs.diastolic_mmhg)):
        courses = [course(p, pressures(trial, u, test)) for u, p in patients.items()]
        pairs = _pairs(courses, limits, upper=True)
        found[f"vs_shift.{name}"] = shift(pairs, range(1, len(limits) + 2)) if pairs else {}
    intervals = [course(p, qtcf(trial, u)) for u, p in patients.items()]
    if pairs := _pairs(intervals, ecg.qtcf_ms, upper=False):
        found["qtcf_shift.value"] = shift(pairs, range(1, len(ecg.qtcf_ms) + 2))
    rises = [c.worst - c.base for c in intervals if c.worst is not None and c.base is not None]
    classes = Counter(band(rise, ecg.qtcf_change_ms, upper=False) for rise in rises)
    change = {f"category{n}": float(classes[n]) for n in range(1, len(ecg.qtcf_change_ms) + 2)}
    found["qtcf_change"] = {"n": float(len(rises))} | change
    status = [course(p, performance(trial, u)) for u, p in patients.items()]
    worst = [(None if c.base is None else int(c.base), int(c.worst)) for c in status if c.worst is not None]
    found["ecog_shift.status"] = shift(worst, STATUS) if worst else {}
    return {name: numbers for name, numbers in found.items() if numbers}


def _pairs(courses: Iterable[Course], limits: Sequence[float], *, upper: bool) -> list[tuple[int | None, int]]:
    return [
        (None if c.base is None else band(c.base, limits, upper=upper), band(c.worst, limits, upper=upper))
        for c in courses
        if c.worst is not None
    ]


def _number(value: object, missing: float = math.nan) -> float:
    return missing if value is None else float(str(value))


def pressures(trial: Trial, usubjid: str, test: str) -> Iterator[Reading]:
    """The values of one blood pressure in mmHg."""
    names = ("VSTESTCD", "VSDTC", "VISITNUM", "VSSEQ", "VSSTRESN", "VSSTRESU")
    for what, text, visit, seq, value, unit in records(trial.of("VS", usubjid), *names):
        if what == test and value is not None and str(unit).lower() == "mmhg":
            yield Reading(text, _number(visit, -math.inf), _number(seq, -math.inf), _number(value))


def qtcf(trial: Trial, usubjid: str) -> Iterator[Reading]:
    """QTcF in ms as reported or, of a tracing without, by Fridericia's formula from QT and RR or the heart rate."""
    tracings: dict[tuple[object, ...], dict[str, Reading]] = {}
    names = ("EGTESTCD", "EGDTC", "VISITNUM", "EGSEQ", "EGSTRESN", "EGSTRESU", "EGTPT", "EGPOS")
    for test, text, visit, seq, value, unit, point, position in records(trial.of("EG", usubjid), *names):
        if value is None or unit != ("beats/min" if test in RATE else "ms"):
            continue
        reading = Reading(text, _number(visit, -math.inf), _number(seq, -math.inf), _number(value))
        if test in QTCF:
            yield reading
        tracings.setdefault((text, visit, point, position), {}).setdefault(str(test), reading)
    for tests in tracings.values():
        positive = {name: reading for name, reading in tests.items() if reading.value > 0}
        interval, between, rate = (_first(positive, wanted) for wanted in (QT, RR, RATE))
        if interval and not _first(positive, QTCF) and (between or rate):
            seconds = between.value / 1000 if between else 60 / rate.value if rate else math.nan
            yield interval._replace(value=interval.value / math.cbrt(seconds))


def _first(tests: Mapping[str, Reading], wanted: Iterable[str]) -> Reading | None:
    return next((tests[name] for name in wanted if name in tests), None)


def performance(trial: Trial, usubjid: str) -> Iterator[Reading]:
    """The ECOG performance status, 0 to 5, of RS or QS."""
    for domain in ("RS", "QS"):
        names = [f"{domain}{name}" for name in ("TESTCD", "DTC", "SEQ", "STRESN", "STRESC")]
        rows = records(trial.of(domain, usubjid), *names, "VISITNUM")
        for test, text, seq, number, says, visit in rows:
            value = str(says or "").strip() if number is None else str(number)
            if test == trial.params.baseline.ecog_testcd and value.removesuffix(".0") in map(str, STATUS):
                yield Reading(text, _number(visit, -math.inf), _number(seq, -math.inf), float(value))
