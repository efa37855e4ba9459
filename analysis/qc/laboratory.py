"""The second route's laboratory: baseline, treatment period and CTCAE grade of each value of a few tests, from LB."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from analysis.qc import grades, measurements
from analysis.qc.grades import DIRECTIONS, Value, unit_size
from analysis.qc.period import Treated
from analysis.qc.subjects import Trial, period, records
from analysis.qc.tumours import is_by

WAYS = {"L": "low", "H": "high"}
NUMBERS = ("LBSTRESN", "LBSTNRLO", "LBSTNRHI")
NAMES = ("LBTESTCD", "LBSEQ", "LBDTC", "VISITNUM", "LBSTRESU", "LBNRIND", *NUMBERS)
PLACES = ("LBSPEC", "LBCAT", "LBEVLINT")
COLUMNS = ["USUBJID", "PARAMCD", "SRCSEQ", "ABLFL", "ONTRTFL", "ATOXGRL", "ATOXGRH"]


@dataclass(frozen=True)
class Sample:
    """One result of a patient; numbers are in the unit that most results of the test are in, None where unknown."""

    test: str
    seq: int | None
    text: object
    visit: float | None
    unit: str | None
    value: float | None
    low: float | None
    high: float | None
    indicator: object

    @property
    def day(self) -> dt.date | None:
        """The earliest possible day."""
        span = period(self.text)
        return span[0] if span else None

    @property
    def is_high(self) -> bool:
        """Whether the value is above the limits of normal; without any limits the laboratory says so."""
        if self.low is None and self.high is None:
            return self.indicator == "HIGH"
        return self.value is not None and self.high is not None and grades.is_above(self.value, self.high)


def laboratory(trial: Trial, patients: Mapping[str, Treated]) -> pd.DataFrame:
    """One line per result of a treated patient, as in ADLB; grades are missing where they cannot be told."""
    read = {usubjid: list(_read(trial, usubjid)) for usubjid in trial.enrolled}
    usual = usual_units(row for rows in read.values() for row in rows)
    rows: list[tuple[object, ...]] = []
    for usubjid, patient in patients.items():
        samples = [_in_unit(row, usual.get(str(row["LBTESTCD"]))) for row in read[usubjid]]
        for test in dict.fromkeys(sample.test for sample in samples):
            rows += _of_test(patient, [s for s in samples if s.test == test], trial.params.laboratory.ctcae_version)
    return pd.DataFrame(rows, columns=COLUMNS)


def _read(trial: Trial, usubjid: str) -> Iterable[dict[str, object]]:
    """The records of the tests, but those of urine and of 24 hours."""
    for values in records(trial.of("LB", usubjid), *NAMES, *PLACES):
        row = dict(zip((*NAMES, *PLACES), values, strict=True))
        unit = str(row["LBSTRESU"] or "")
        a_day = row["LBEVLINT"] == "-PT24H" or "/day" in unit or "24" in unit
        urine = "URIN" in str(row["LBSPEC"] or row["LBCAT"]).upper()
        if row["LBTESTCD"] in DIRECTIONS and not urine and not a_day:
            yield row


def usual_units(rows: Iterable[Mapping[str, object]]) -> dict[str, str | None]:
    """Per test the unit of most of its numbers; of several the first by name, and none last."""
    found: dict[str, Counter[str | None]] = {}
    for row in rows:
        if row["LBSTRESN"] is not None:
            unit = None if row["LBSTRESU"] is None else str(row["LBSTRESU"])
            found.setdefault(str(row["LBTESTCD"]), Counter())[unit] += 1
    return {t: min(n, key=lambda u: (u is None, -n[u], u or "")) for t, n in found.items()}


def _in_unit(row: Mapping[str, object], usual: str | None) -> Sample:
    """A record with its numbers in the usual unit; without numbers where its own cannot be turned into it."""
    test, unit = str(row["LBTESTCD"]), None if row["LBSTRESU"] is None else str(row["LBSTRESU"])
    own, wanted = unit_size(unit, test), unit_size(usual, test)
    size = 1.0 if unit == usual else None
    if unit != usual and own and wanted and own[0] == wanted[0]:
        size = own[1] / wanted[1]
    value, lower, upper = (None if row[n] is None or size is None else float(str(row[n])) * size for n in NUMBERS)
    seq = None if row["LBSEQ"] is None else int(float(str(row["LBSEQ"])))
    visit = None if row["VISITNUM"] is None else float(str(row["VISITNUM"]))
    return Sample(test, seq, row["LBDTC"], visit, usual, value, lower, upper, row["LBNRIND"])


def _of_test(patient: Treated, samples: list[Sample], version: str) -> Iterable[tuple[object, ...]]:
    """The lines of one test in one patient.

    The baseline is the last value by the first dose: by its day, time, visit and number. Grades by a baseline are of
    later values alone.
    """
    by_then = {id(s): is_by(s.text, patient.first, patient.first_dtc) for s in samples}
    before = [s for s in samples if s.value is not None and by_then[id(s)]]
    order = sorted(before, key=lambda s: (str(s.day), _time(s.text), _first(s.visit), _first(s.seq)))
    base = order[-1] if order else None
    for sample in samples:
        later = sample.day is not None and not by_then[id(sample)]
        on_treatment = sample.day is not None and later and sample.day <= patient.until
        grade: dict[str, int | None] = {"L": None, "H": None}
        if sample.value is not None:
            reference = base if later else None
            is_high = reference is not None and reference.is_high
            of = (sample.low, sample.high, sample.unit, reference.value if reference else None, is_high)
            value = Value(sample.value, *of)
            if "L" in DIRECTIONS[sample.test]:
                grade["L"] = grades.low(sample.test, value)
            if "H" in DIRECTIONS[sample.test]:
                grade["H"] = grades.high(sample.test, value, version)
        flags = ("Y" if sample is base else None, "Y" if on_treatment else None)
        yield (patient.usubjid, sample.test, sample.seq, *flags, grade["L"], grade["H"])


def _time(text: object) -> str:
    return str(text)[10:]


def _first(number: float | None) -> float:
    """A number by which records are sorted, those without one first."""
    return float("-inf") if number is None else number


def worst(found: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Per test and direction the patients by worst grade on treatment, by the names of the results.

    Emergent: the worst grade is above that of the baseline, which counts as 0 where it is missing.
    """
    tables: dict[str, dict[str, float]] = {}
    for test, rows in found.groupby("PARAMCD"):
        for way in DIRECTIONS[str(test)]:
            column = f"ATOXGR{way}"
            top = rows[rows["ONTRTFL"] == "Y"].groupby("USUBJID")[column].max().dropna()
            base = rows[rows["ABLFL"] == "Y"].set_index("USUBJID")[column].reindex(top.index).fillna(0)
            risen = top[top > base]
            name = f"lab.{str(test).lower()}_{WAYS[way]}"
            numbers = {"n": len(top), "any": int((top >= 1).sum()), "grade34": int((top >= 3).sum())}
            numbers |= {f"grade{grade}": int((top == grade).sum()) for grade in range(5)}
            numbers |= {"emergent": len(risen), "emergent34": int((risen >= 3).sum())}
            tables[f"{test}, {WAYS[way]}"] = {f"{name}.{part}": number for part, number in numbers.items()}
    return tables


def shifts(found: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Per test and direction the patients by grade at baseline and worst grade on treatment, by the names of results.

    A test that nobody had on treatment has no numbers.
    """
    tables: dict[str, dict[str, float]] = {}
    for test, rows in found.groupby("PARAMCD"):
        for way in DIRECTIONS[str(test)]:
            column = f"ATOXGR{way}"
            top = rows[rows["ONTRTFL"] == "Y"].groupby("USUBJID")[column].max().dropna()
            base = rows[rows["ABLFL"] == "Y"].set_index("USUBJID")[column].reindex(top.index)
            pairs = [(None if pd.isna(b) else int(b), int(w)) for b, w in zip(base, top, strict=True)]
            numbers = measurements.shift(pairs, range(5))
            if len(top):
                name = f"lab_shift.{str(test).lower()}_{WAYS[way]}"
                tables[f"{test}, {WAYS[way]}"] = {f"{name}.{part}": number for part, number in numbers.items()}
    return tables
