"""The second route's CTCAE grades at their limits, and its baseline, period and worst grades, by hand."""

from typing import Any

import polars as pl
import pytest

from analysis.qc import grades, second_route
from analysis.qc.grades import Value
from tests.qc.build import dtc, patient, settings

ULN = {"ALT": 40.0, "AST": 40.0, "ALP": 100.0, "GGT": 60.0, "BILI": 20.0, "CREAT": 100.0}


@pytest.mark.parametrize(
    ("test", "multiples"),
    [  # grade by multiple of ULN after a normal baseline, CTCAE v5.0
        ("ALT", {1: 0, 1.01: 1, 3: 1, 3.01: 2, 5: 2, 5.01: 3, 20: 3, 20.01: 4}),
        ("AST", {1: 0, 1.01: 1, 3: 1, 3.01: 2, 5: 2, 5.01: 3, 20: 3, 20.01: 4}),
        ("ALP", {1: 0, 1.01: 1, 2.5: 1, 2.51: 2, 5: 2, 5.01: 3, 20: 3, 20.01: 4}),
        ("GGT", {1: 0, 1.01: 1, 2.5: 1, 2.51: 2, 5: 2, 5.01: 3, 20: 3, 20.01: 4}),
        ("BILI", {1: 0, 1.01: 1, 1.5: 1, 1.51: 2, 3: 2, 3.01: 3, 10: 3, 10.01: 4}),
        ("CREAT", {1: 0, 1.01: 1, 1.5: 1, 1.51: 2, 3: 2, 3.01: 3, 6: 3, 6.01: 4}),
    ],
)
def test_multiples_of_the_upper_limit(test: str, multiples: dict[float, int]) -> None:
    found = {m: grades.high(test, Value(m * ULN[test], 1, ULN[test], "U", None, False), "5.0") for m in multiples}
    assert found == multiples
    assert grades.high(test, Value(50, None, None, "U", None, False), "5.0") is None  # no limit, no grade


@pytest.mark.parametrize(
    ("test", "base", "value", "version", "grade"),
    [
        ("ALT", 80, 119, "5.0", 0),  # raised baseline: from 1.5 times it on
        ("ALT", 80, 120, "5.0", 1),
        ("ALT", 80, 240, "5.0", 1),
        ("ALT", 80, 241, "5.0", 2),
        ("ALT", 80, 401, "5.0", 3),
        ("ALT", 80, 1601, "5.0", 4),
        ("ALT", 80, 119, "4.03", 1),  # version 4.03 knows no baseline
        ("ALT", 30, 119, "5.0", 1),
        ("ALP", 150, 299, "5.0", 0),
        ("ALP", 150, 300, "5.0", 1),
        ("ALP", 150, 376, "5.0", 2),
        ("BILI", 30, 30, "5.0", 0),
        ("BILI", 30, 31, "5.0", 1),
        ("BILI", 30, 46, "5.0", 2),
        ("BILI", 30, 91, "5.0", 3),
        ("CREAT", 40, 60, "5.0", 0),
        ("CREAT", 40, 61, "5.0", 2),  # of the baseline even below ULN
        ("CREAT", 30, 91, "5.0", 3),
        ("CREAT", 40, 41, "5.0", 0),
        ("CREAT", 40, 41, "4.03", 1),
    ],
)
def test_multiples_of_the_baseline(test: str, base: float, value: float, version: str, grade: int) -> None:
    assert grades.high(test, Value(value, 1, ULN[test], "U", base, base > ULN[test]), version) == grade


@pytest.mark.parametrize(
    ("test", "unit", "low", "values"),
    [
        ("HGB", "g/L", 115, {115: 0, 114: 1, 100: 1, 99: 2, 80: 2, 79: 3, 10: 3}),
        ("HGB", "g/dL", 11.5, {11.5: 0, 11.4: 1, 10: 1, 9.9: 2, 8: 2, 7.9: 3}),
        ("HGB", "mmol/L", 7.1, {7.1: 0, 7: 1, 6.2: 1, 6.1: 2, 4.9: 2, 4.8: 3}),
        ("NEUT", "10^9/L", 2, {2: 0, 1.9: 1, 1.5: 1, 1.4: 2, 1: 2, 0.9: 3, 0.5: 3, 0.4: 4}),
        ("NEUT", "/uL", 2000, {2000: 0, 1900: 1, 1500: 1, 1400: 2, 499: 4}),
        ("PLAT", "10^9/L", 125, {125: 0, 124: 1, 75: 1, 74: 2, 50: 2, 49: 3, 25: 3, 24: 4}),
        ("WBC", "10^9/L", 4, {4: 0, 3.9: 1, 3: 1, 2.9: 2, 2: 2, 1.9: 3, 1: 3, 0.9: 4}),
    ],
)
def test_low_values(test: str, unit: str, low: float, values: dict[float, int]) -> None:
    assert {v: grades.low(test, Value(v, low, 999, unit, None, False)) for v in values} == values
    assert grades.low(test, Value(low, low, 999, "titre", None, False)) is None
    assert grades.low(test, Value(low, low, 999, "G/L", None, False)) is None  # giga or gram per litre


@pytest.mark.parametrize(
    ("test", "unit", "values"),
    [
        ("HGB", "g/L", {150: 0, 151: 1, 170: 1, 171: 2, 190: 2, 191: 3}),
        ("HGB", "g/dL", {150: 0, 150.1: 1, 152: 1, 152.1: 2, 154: 2, 154.1: 3}),
        ("WBC", "10^9/L", {100: 0, 100.1: 3}),
    ],
)
def test_other_high_values(test: str, unit: str, values: dict[float, int]) -> None:
    assert {v: grades.high(test, Value(v, 1, 150, unit, None, False), "5.0") for v in values} == values


def test_haemoglobin_above_a_raised_baseline() -> None:
    """By version 4.03 from the baseline on, by version 5.0 from the upper limit on."""
    raised = Value(175, 115, 150, "g/L", 160, True)
    assert [grades.high("HGB", raised, version) for version in ("4.03", "5.0")] == [1, 2]


def lb(when: int | str | None, value: float | None, **more: Any) -> dict[str, Any]:
    """An ALT in U/L with limits 7 to 40."""
    numbers = {"LBSTRESN": value, "LBSTRESU": "U/L", "LBSTNRLO": 7.0, "LBSTNRHI": 40.0, "LBNRIND": None}
    place = {"LBSPEC": "SERUM", "LBCAT": "CHEMISTRY", "VISITNUM": 1.0}
    return {"LBTESTCD": "ALT", "LBDTC": dtc(when), **numbers, **place, **more}


def samples(*values: dict[str, Any], **facts: Any) -> tuple[list[tuple[Any, ...]], dict[str, float]]:
    """ABLFL, ONTRTFL and grade of each value, and the patients by worst grade."""
    stopped = {"DSCAT": "DISPOSITION EVENT", "DSSCAT": None, "DSDECOD": "ADVERSE EVENT", "DSSTDTC": dtc(100)}
    numbered = [value | {"LBSEQ": float(n)} for n, value in enumerate(values, 1)]
    made = patient(LB=numbered, DS=[stopped], **({"doses": [(0, 100)]} | facts))
    found = second_route.recompute(made, settings()).safety
    rows = found.samples[["ABLFL", "ONTRTFL", "ATOXGRH"]].astype(object)
    shown = rows.where(rows.notna(), None).itertuples(index=False, name=None)
    named = found.named.get("ALT, high: patients by worst CTCAE grade", ("", {}))[1]
    return list(shown), {name.removeprefix("lab.alt_high."): n for name, n in named.items()}


def test_baseline_period_and_worst_grade() -> None:
    """The day of the first dose without a time is baseline; the period ends on day 130; a missing value is none."""
    rows, worst = samples(
        lb(-9, 90), lb(0, 30), lb(0, None), lb(50, 41), lb("2024-05-10", 130), lb(131, 999), lb(None, 999)
    )
    assert rows == [
        (None, None, 1),  # by ULN
        ("Y", None, 0),
        (None, None, None),
        (None, "Y", 1),
        (None, "Y", 2),
        (None, None, 4),
        (None, None, 4),
    ]
    assert {name: n for name, n in worst.items() if n} == {"n": 1, "any": 1, "grade2": 1, "emergent": 1}


def test_times_on_the_day_of_the_first_dose() -> None:
    rows, _ = samples(
        lb("2024-01-01T09:59", 30),
        lb("2024-01-01T10:00", 31),
        lb("2024-01-01T10:01", 32),
        doses=[("2024-01-01T10:00", 100)],
    )
    assert [row[:2] for row in rows] == [(None, None), ("Y", None), (None, "Y")]


def test_a_raised_baseline_and_a_grade_that_did_not_rise() -> None:
    """80 U/L is grade 1 at baseline; 130 U/L after it is grade 1 of the baseline too, so not emergent."""
    rows, worst = samples(lb(-1, 80), lb(20, 130))
    assert [row[2] for row in rows] == [1, 1]
    assert (worst["grade1"], worst["emergent"]) == (1, 0)


def test_units_and_what_is_not_the_test() -> None:
    """2 ukat/L are 120 U/L; a unit that cannot be turned into the usual one, and urine, have no grade."""
    other = {"LBSTNRLO": 0.1, "LBSTNRHI": 0.7}
    rows, worst = samples(
        lb(-1, 20),
        lb(20, 20),
        lb(30, 2, LBSTRESU="ukat/L", **other),
        lb(40, 999, LBSTRESU="titre"),
        lb(50, 999, LBSPEC="URINE"),
    )
    assert [row[2] for row in rows] == [0, 0, 1, None]
    assert worst["grade1"] == 1
    assert samples(lb(20, 999, LBEVLINT="-PT24H"))[0] == []


def test_limits_of_normal_decide_whether_a_baseline_was_raised() -> None:
    """Without any limits the laboratory's own indicator does; then there is only the baseline to go by."""
    bare = {"LBSTNRLO": None, "LBSTNRHI": None}
    rows, _ = samples(lb(-1, 80, LBNRIND="HIGH", **bare), lb(20, 130, **bare))
    assert [row[2] for row in rows] == [None, 1]
    rows, _ = samples(lb(-1, 80, LBNRIND="NORMAL", **bare), lb(20, 130, **bare))
    assert [row[2] for row in rows] == [None, None]


def test_a_study_without_laboratory_data_has_no_tables() -> None:
    found = second_route.recompute(patient(), settings()).safety
    counted = ["Number of events of each kind", "Greatest change of QTcF: patients by category"]  # nobody in each
    assert list(found.named) == counted
    assert not any(found.named[counted[1]][1].values())
    assert isinstance(pl.from_pandas(found.samples), pl.DataFrame)
