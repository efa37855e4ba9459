"""Grades on each side of every limit. Expected values are read off the text of CTCAE v4.03 and v5.0."""

from collections import Counter
from typing import Any

import polars as pl
import pytest

from analysis.adam.ctcae import cannot_compare, criteria_in_words, grade
from analysis.adam.ctcae_criteria import CRITERIA, NOT_GRADED

SCHEMA: dict[str, Any] = {
    **{"LBTESTCD": pl.String, "URINE": pl.Boolean, "FASTING": pl.Boolean, "POST": pl.Boolean},
    **{"AVAL": pl.Float64, "AVALCAT1": pl.String, "AVALU": pl.String, "ANRLO": pl.Float64, "ANRHI": pl.Float64},
    **{"BASE": pl.Float64, "BNRIND": pl.String},
}
USUAL = dict.fromkeys(SCHEMA) | {"URINE": False, "FASTING": False, "POST": True}


def grades(version: str, direction: str, values: list[Any], **facts: Any) -> list[int | None]:
    """The grades of values of one test; a text is a dipstick result."""
    rows = [USUAL | facts | {"AVALCAT1" if isinstance(value, str) else "AVAL": value} for value in values]
    return grade(pl.DataFrame(rows, schema=SCHEMA), version)[f"ATOXGR{direction}"].to_list()


def limits(test: str, unit: str | None, low: float | None, high: float | None, base: Any = None) -> dict[str, Any]:
    """The facts of a test; a base outside the limits is LOW or HIGH."""
    found: dict[str, Any] = {"LBTESTCD": test, "AVALU": unit, "ANRLO": low, "ANRHI": high}
    if base is not None:
        state = "HIGH" if high is not None and base > high else "LOW" if low is not None and base < low else "NORMAL"
        found |= {"BASE": base, "BNRIND": state}
    return found


# (test, unit, LLN, ULN, baseline), direction, value: grade
BOTH: list[tuple[tuple[Any, ...], str, dict[float, int]]] = [
    (("HGB", "g/L", 115, 150), "L", {115: 0, 114.9: 1, 100: 1, 99.9: 2, 80: 2, 79.9: 3, 10: 3}),
    (("HGB", "g/dL", 11.5, 15), "L", {11.5: 0, 11.4: 1, 10: 1, 9.9: 2, 8: 2, 7.9: 3}),
    (("HGB", "mmol/L", 7.1, 9.3), "L", {7.1: 0, 7.09: 1, 6.2: 1, 6.19: 2, 4.9: 2, 4.89: 3}),
    (("HGB", "g/L", 115, 150, 120), "H", {150: 0, 150.1: 1, 170: 1, 170.1: 2, 190: 2, 190.1: 3}),
    (("HGB", "g/dL", 11.5, 15, 12), "H", {15: 0, 15.1: 1, 17: 1, 17.1: 2, 19: 2, 19.1: 3}),
    (("WBC", "10^9/L", 3.5, 9.5), "L", {3.5: 0, 3.49: 1, 3: 1, 2.99: 2, 2: 2, 1.99: 3, 1: 3, 0.99: 4}),
    (("WBC", "10^9/L", 3.5, 9.5), "H", {9.6: 0, 100: 0, 100.1: 3}),
    (("NEUT", "10^9/L", 1.8, 6.3), "L", {1.8: 0, 1.79: 1, 1.5: 1, 1.49: 2, 1: 2, 0.99: 3, 0.5: 3, 0.49: 4}),
    (("NEUT", "/mm3", 1800, 6300), "L", {1800: 0, 1799: 1, 1500: 1, 1499: 2, 1000: 2, 999: 3, 500: 3, 499: 4}),
    (("PLAT", "GI/L", 125, 350), "L", {125: 0, 124: 1, 75: 1, 74: 2, 50: 2, 49: 3, 25: 3, 24: 4}),
    (("LYM", "10^9/L", 1.1, 3.2), "L", {1.1: 0, 1.09: 1, 0.8: 1, 0.79: 2, 0.5: 2, 0.49: 3, 0.2: 3, 0.19: 4}),
    (("LYM", "10^9/L", 1.1, 3.2), "H", {3.3: 0, 4: 0, 4.01: 2, 20: 2, 20.1: 3}),
    (("CD4", "/mm3", 600, 1500), "L", {600: 0, 599: 1, 500: 1, 499: 2, 200: 2, 199: 3, 50: 3, 49: 4}),
    (("APTT", "s", 25, 36), "H", {36: 0, 36.1: 1, 54: 1, 54.1: 2, 90: 2, 90.1: 3}),
    (("HAPTOG", "g/L", 0.3, 2), "L", {0.3: 0, 0.29: 1, 0.01: 1}),
    (("CHOL", "mmol/L", 2.8, 5.2), "H", {5.2: 0, 5.21: 1, 7.75: 1, 7.76: 2, 10.34: 2, 10.35: 3, 12.92: 3, 12.93: 4}),
    (("CHOL", "mg/dL", 108, 200), "H", {200: 0, 201: 1, 300: 1, 301: 2, 400: 2, 401: 3, 500: 3, 501: 4}),
    (("TRIG", "mmol/L", 0.5, 1.7), "H", {1.7: 0, 1.71: 1, 3.42: 1, 3.43: 2, 5.7: 2, 5.71: 3, 11.4: 3, 11.41: 4}),
    (("TRIG", "mg/dL", 44, 150), "H", {149: 0, 150: 1, 300: 1, 301: 2, 500: 2, 501: 3, 1000: 3, 1001: 4}),
    (("CK", "U/L", 30, 100), "H", {100: 0, 101: 1, 250: 1, 251: 2, 500: 2, 501: 3, 1000: 3, 1001: 4}),
    (("K", "mmol/L", 3.5, 5.1), "H", {5.1: 0, 5.2: 1, 5.5: 1, 5.6: 2, 6: 2, 6.1: 3, 7: 3, 7.1: 4}),
    (("K", "mEq/L", 3.5, 5.1), "H", {5.1: 0, 5.2: 1, 5.5: 1, 5.6: 2, 6: 2, 6.1: 3, 7: 3, 7.1: 4}),
    (("K", "mmol/L", 3.5, 5.1), "L", {3.5: 0, 3.4: 1, 3: 1, 2.9: 3, 2.5: 3, 2.4: 4}),  # grade 2 needs symptoms
    (("SODIUM", "mmol/L", 135, 145), "H", {145: 0, 146: 1, 150: 1, 151: 2, 155: 2, 156: 3, 160: 3, 161: 4}),
    (("CA", "mmol/L", 2.2, 2.6), "H", {2.6: 0, 2.61: 1, 2.9: 1, 2.91: 2, 3.1: 2, 3.11: 3, 3.4: 3, 3.41: 4}),
    (("CA", "mg/dL", 8.8, 10.4), "L", {8.8: 0, 8.7: 1, 8: 1, 7.9: 2, 7: 2, 6.9: 3, 6: 3, 5.9: 4}),
    (("CA", "mEq/L", 4.4, 5.2), "L", {4.4: 0, 4.3: 1, 4: 1, 3.9: 2, 3.5: 2, 3.4: 3, 3: 3, 2.9: 4}),  # 2 mEq is 1 mmol
    (("CA", "mmol/L", 2.2, 2.6), "L", {2.2: 0, 2.19: 1, 2: 1, 1.99: 2, 1.75: 2, 1.74: 3, 1.5: 3, 1.49: 4}),
    (("CAION", "mmol/L", 1.1, 1.3), "L", {1.1: 0, 1.09: 1, 1: 1, 0.99: 2, 0.9: 2, 0.89: 3, 0.8: 3, 0.79: 4}),
    (("CAION", "mmol/L", 1.1, 1.3), "H", {1.3: 0, 1.31: 1, 1.5: 1, 1.51: 2, 1.6: 2, 1.61: 3, 1.8: 3, 1.81: 4}),
    (("MG", "mmol/L", 0.7, 1.05), "H", {1.05: 0, 1.06: 1, 1.23: 1, 1.24: 3, 3.3: 3, 3.31: 4}),
    (("MG", "mg/dL", 1.7, 2.5), "L", {1.7: 0, 1.6: 1, 1.2: 1, 1.1: 2, 0.9: 2, 0.8: 3, 0.7: 3, 0.6: 4}),
    (("ALB", "g/L", 40, 55), "L", {40: 0, 39: 1, 30: 1, 29: 2, 20: 2, 19: 3}),
    (("GLUC", "mmol/L", 3.9, 6.1), "L", {3.9: 0, 3.8: 1, 3: 1, 2.9: 2, 2.2: 2, 2.1: 3, 1.7: 3, 1.6: 4}),
    (("GLUC", "mg/dL", 70, 110), "L", {70: 0, 69: 1, 55: 1, 54: 2, 40: 2, 39: 3, 30: 3, 29: 4}),
    (("PH", None, 7.35, 7.45), "L", {7.35: 0, 7.34: 1, 7.3: 1, 7.29: 3}),
    (("PH", None, 7.35, 7.45), "H", {7.45: 0, 7.46: 1, 7.5: 1, 7.51: 3}),
    # without an abnormal baseline the liver tests are graded alike
    (("ALT", "U/L", 7, 40, 30), "H", {40: 0, 40.1: 1, 120: 1, 120.1: 2, 200: 2, 200.1: 3, 800: 3, 800.1: 4}),
    (("AST", "U/L", 13, 35), "H", {35: 0, 35.1: 1, 105: 1, 105.1: 2, 175: 2, 175.1: 3, 700: 3, 700.1: 4}),
    (("ALP", "U/L", 50, 130, 130), "H", {130: 0, 131: 1, 325: 1, 326: 2, 650: 2, 651: 3, 2600: 3, 2601: 4}),
    (("GGT", "U/L", 7, 40, 5), "H", {40: 0, 41: 1, 100: 1, 101: 2, 200: 2, 201: 3, 800: 3, 801: 4}),
    (("BILI", "umol/L", 3, 21, 20), "H", {21: 0, 21.1: 1, 31.5: 1, 31.6: 2, 63: 2, 63.1: 3, 210: 3, 210.1: 4}),
]

V5: list[tuple[tuple[Any, ...], str, dict[float, int]]] = [
    (("ALT", "U/L", 7, 40, 80), "H", {119.9: 0, 120: 1, 240: 1, 240.1: 2, 400: 2, 400.1: 3, 1600: 3, 1600.1: 4}),
    (("AST", "U/L", 13, 35, 36), "H", {53.9: 0, 54: 1, 108: 1, 108.1: 2, 180: 2, 180.1: 3, 720: 3, 720.1: 4}),
    (("ALP", "U/L", 50, 130, 200), "H", {399.9: 0, 400: 1, 500: 1, 500.1: 2, 1000: 2, 1001: 3, 4000: 3, 4001: 4}),
    (("GGT", "U/L", 7, 40, 60), "H", {119.9: 0, 120: 1, 150: 1, 150.1: 2, 300: 2, 301: 3, 1200: 3, 1201: 4}),
    (("BILI", "umol/L", 3, 21, 30), "H", {22: 0, 30: 0, 30.1: 1, 45: 1, 45.1: 2, 90: 2, 91: 3, 300: 3, 301: 4}),
    # creatinine: 1.5 x baseline is 90, 3 x baseline 180, before 1.5, 3 and 6 x ULN: 121.5, 243 and 486
    (("CREAT", "umol/L", 41, 81, 60), "H", {81: 0, 81.1: 1, 90: 1, 90.1: 2, 180: 2, 180.1: 3, 486: 3, 486.1: 4}),
    (("CREAT", "umol/L", 41, 81, 100), "H", {81.1: 1, 121.5: 1, 121.6: 2, 243: 2, 243.1: 3}),
    (("CREAT", "umol/L", 41, 81, 40), "H", {60: 0, 60.1: 2, 120: 2, 120.1: 3}),
    (("LDH", "U/L", 120, 250), "H", {250: 0, 251: 1, 5000: 1}),
    (("EOS", "10^9/L", 0.02, 0.5, 0.6), "H", {0.5: 0, 0.6: 0, 0.61: 1}),
    (("EOS", "10^9/L", 0.02, 0.5), "H", {0.5: 0, 0.51: 1}),
    (("HGB", "g/L", 115, 150, 160), "H", {150: 0, 150.1: 1, 170: 1, 170.1: 2}),
    (("SODIUM", "mmol/L", 135, 145), "L", {135: 0, 134: 1, 130: 1, 129: 2, 125: 2, 124: 3, 120: 3, 119: 4}),
    (("INR", None, 0.8, 1.2), "H", {1.2: 0, 1.21: 1, 1.5: 1, 1.51: 2, 2.5: 2, 2.51: 3}),
    (("LIPASE", "U/L", 10, 60), "H", {60: 0, 61: 1, 90: 1, 91: 2, 300: 2, 301: 3}),  # without symptoms
    (("AMYLASE", "U/L", 10, 100), "H", {100: 0, 101: 1, 150: 1, 151: 2, 500: 2, 501: 3}),
    (("URATE", "umol/L", 150, 360), "H", {360: 0, 361: 1, 900: 1}),
    (("FIBRINO", "g/L", 2, 4, 3), "L", {2: 0, 1.99: 1, 1.5: 1, 1.49: 2, 1: 2, 0.99: 3, 0.5: 3, 0.49: 4}),
    (("FIBRINO", "g/L", 3, 4, 2.4), "L", {2.4: 0, 2.39: 1, 1.81: 1, 1.8: 2, 1.21: 2, 1.2: 3, 0.61: 3, 0.6: 4}),
    (("FIBRINO", "mg/dL", 100, 400, 300), "L", {50: 2, 49: 4}),
]

V4: list[tuple[tuple[Any, ...], str, dict[float, int]]] = [
    (("ALT", "U/L", 7, 40, 80), "H", {40: 0, 40.1: 1, 120: 1, 120.1: 2, 200: 2, 200.1: 3, 800: 3, 800.1: 4}),
    (("BILI", "umol/L", 3, 21, 30), "H", {21: 0, 21.1: 1, 31.5: 1, 31.6: 2, 63: 2, 63.1: 3, 210: 3, 210.1: 4}),
    (("CREAT", "umol/L", 41, 81, 60), "H", {60: 0, 60.1: 1, 90: 1, 90.1: 2, 180: 2, 180.1: 3, 486: 3, 486.1: 4}),
    (("HGB", "g/L", 115, 150, 160), "H", {150.1: 0, 160: 0, 160.1: 1, 180: 1, 180.1: 2, 200: 2, 200.1: 3}),
    (("SODIUM", "mmol/L", 135, 145), "L", {135: 0, 134: 1, 130: 1, 129: 3, 120: 3, 119: 4}),
    (("INR", None, 0.8, 1.2), "H", {1.2: 0, 1.21: 1, 1.8: 1, 1.81: 2, 3: 2, 3.01: 3}),
    (("LIPASE", "U/L", 10, 60), "H", {60: 0, 61: 1, 90: 1, 91: 2, 120: 2, 121: 3, 300: 3, 301: 4}),
    (("AMYLASE", "U/L", 10, 100), "H", {100: 0, 101: 1, 150: 1, 151: 2, 200: 2, 201: 3, 500: 3, 501: 4}),
    (("URATE", "umol/L", 150, 360), "H", {360: 0, 361: 1, 590: 1, 591: 4}),
    (("URATE", "mg/dL", 2.5, 6), "H", {6: 0, 6.1: 1, 10: 1, 10.1: 4}),
    (("PHOS", "mmol/L", 0.85, 1.5), "L", {0.85: 0, 0.84: 1, 0.8: 1, 0.79: 2, 0.6: 2, 0.59: 3, 0.3: 3, 0.29: 4}),
    (("FIBRINO", "g/L", 2, 4, 3.6), "L", {3.6: 0, 3.5: 1, 2.71: 1, 2.7: 2, 1.81: 2, 1.8: 3, 0.91: 3, 0.9: 4}),
]

CASES = [
    *(("5.0", *case) for case in BOTH + V5),
    *(("4.03", *case) for case in BOTH + V4),
]


@pytest.mark.parametrize(("version", "facts", "direction", "expected"), CASES)
def test_each_side_of_a_limit(version: str, facts: tuple[Any, ...], direction: str, expected: dict[float, int]) -> None:
    found = grades(version, direction, [float(v) for v in expected], **limits(*facts))
    assert dict(zip(expected, found, strict=True)) == expected


def test_every_criterion_has_a_case() -> None:
    for version in CRITERIA:
        tested = {(facts[0], direction) for v, facts, direction, _ in CASES if v == version}
        stated = {(test, c.direction) for c in CRITERIA[version] for test in c.tests if not c.urine}
        assert stated - tested <= {("GLUC", "H")}  # by itself below


def test_one_criterion_per_test_and_direction() -> None:
    for version, criteria in CRITERIA.items():
        found = Counter((test, c.direction, c.urine) for c in criteria for test in c.tests)
        assert set(found.values()) == {1}
        graded = {test for c in criteria for test in c.tests}
        assert {test for _, tests, _ in NOT_GRADED[version] for test in tests} - graded <= {"BICARB", "PHOS", "TSH"}


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("5.0", {"NEGATIVE": 0, "TRACE": 0, "1+": 1, "2+": 2, "3+": 2, "4+": 3}),
        ("4.03", {"NEGATIVE": 0, "TRACE": 0, "1+": 1, "2+": 2, "3+": 2, "4+": 2}),
    ],
)
def test_proteinuria_by_dipstick(version: str, expected: dict[str, int]) -> None:
    found = grades(version, "H", list(expected), LBTESTCD="PROT", URINE=True)
    assert dict(zip(expected, found, strict=True)) == expected


@pytest.mark.parametrize("unit", ["g/day", "g/24h"])
def test_proteinuria_of_24_hours(unit: str) -> None:
    facts = limits("PROT", unit, None, 0.15) | {"URINE": True}
    assert grades("5.0", "H", [0.14, 0.15, 0.99, 1.0, 3.49, 3.5], **facts) == [0, 1, 1, 2, 2, 3]
    assert grades("4.03", "H", [0.15, 0.16, 0.99, 1.0, 3.49, 3.5], **facts) == [0, 1, 1, 2, 2, 3]
    assert grades("5.0", "H", [1500.0], **(facts | {"AVALU": "mg/day", "ANRHI": 150.0})) == [2]


def test_protein_of_serum_is_not_proteinuria() -> None:
    assert grades("5.0", "H", [90.0], **limits("PROT", "g/L", 60, 80)) == [None]
    assert grades("5.0", "L", [1.0], **(limits("GLUC", "mmol/L", 3.9, 6.1) | {"URINE": True})) == [None]


def test_hyperglycemia_depends_on_fasting_in_v4_and_on_treatment_in_v5() -> None:
    facts, values = limits("GLUC", "mmol/L", 3.9, 6.1), [6.1, 6.2, 8.9, 9.0, 13.9, 14.0, 27.8, 27.9]
    assert grades("4.03", "H", values, **facts, FASTING=True) == [0, 1, 1, 2, 2, 3, 3, 4]
    assert grades("4.03", "H", values, **facts) == [0, 0, 0, 0, 0, 3, 3, 4]
    assert grades("5.0", "H", values, **facts) == [None] * 8
    assert grades("5.0", "L", [0.1], **limits("PHOS", "mmol/L", 0.85, 1.5)) == [None]


def test_up_to_the_baseline_the_limits_of_normal_decide() -> None:
    """Else an abnormal baseline would have grade 0 by being no more than itself."""
    facts = limits("ALT", "U/L", 7, 40, 130) | {"POST": False}
    assert grades("5.0", "H", [130.0, 60.0, 40.0], **facts) == [2, 1, 0]
    creatinine = limits("CREAT", "umol/L", 41, 81, 40)
    assert grades("5.0", "H", [70.0], **creatinine) == [2]
    assert grades("5.0", "H", [70.0], **(creatinine | {"POST": False})) == [0]


def test_without_a_baseline_it_counts_as_normal() -> None:
    assert grades("5.0", "H", [60.0, 121.0], **limits("ALT", "U/L", 7, 40)) == [1, 2]
    assert grades("5.0", "H", [80.0, 122.0], **limits("CREAT", "umol/L", 41, 81)) == [0, 2]


def test_what_cannot_be_graded_is_missing() -> None:
    assert grades("5.0", "L", [120.0, 79.0], **limits("HGB", "furlong", 115, 150)) == [None, None]
    assert grades("5.0", "H", [500.0], **limits("ALT", "U/L", 7, None)) == [None]
    # without a lower limit of normal the absolute limits still show grade 2 and more, but not grade 0 or 1
    assert grades("5.0", "L", [110.0, 99.0, 79.0], **limits("HGB", "g/L", None, 150)) == [None, 2, 3]
    rows = pl.DataFrame([USUAL | limits("ALT", "U/L", 7, 40)], schema=SCHEMA)
    assert grade(rows, "5.0")["ATOXGRH"].to_list() == [None]
    assert grade(rows, "5.0")["ATOXDSCH"].to_list() == ["Alanine aminotransferase increased"]


def test_binary_fractions_do_not_pass_a_limit() -> None:
    """1.1 x 3 is 3.3000000000000003, 0.07 x 100 is 7.000000000000001."""
    assert grades("5.0", "H", [3.3, 1.1 * 3], **limits("ALT", "U/L", 0.2, 1.1)) == [1, 1]
    assert grades("5.0", "H", [0.07 * 100], **limits("K", "mmol/L", 3.5, 5.1)) == [3]


def test_a_limit_is_taken_in_the_nearest_unit_that_ctcae_states() -> None:
    """Cholesterol in mg/dL is graded by 300 mg/dL, not by 7.75 mmol/L (299.7 mg/dL); so is cholesterol in g/L."""
    assert grades("5.0", "H", [299.9, 300.1], **limits("CHOL", "mg/dL", 100, 200)) == [1, 2]
    assert grades("5.0", "H", [2.999, 3.001], **limits("CHOL", "g/L", 1, 2)) == [1, 2]
    assert not cannot_compare("CHOL", "g/L", "5.0", urine=False)
    assert cannot_compare("HGB", "G/L", "5.0", urine=False)  # grams or 10^9: not guessed
    assert not cannot_compare("ALT", "furlong", "5.0", urine=False)  # only in multiples of ULN


def test_the_criteria_in_words() -> None:
    words = {(row["TERM"], row["TESTS"]): row for row in criteria_in_words("5.0")}
    assert words["Anemia", "HGB"]["GRADE2"] == "< 100 g/L; < 6.2 mmol/L"
    assert words["Blood bilirubin increased", "BILI"]["GRADE1"] == (
        "> ULN (baseline not abnormal); > baseline (abnormal baseline)"
    )
    assert words["Proteinuria", "PROT"]["GRADE2"] == "2+ or 3+; >= 1 g/day"
    assert words["Hyperglycemia", "GLUC"]["GRADE3"] == ""
    assert words["Hyperglycemia", "GLUC"]["JUDGEMENT"].startswith("graded by treatment")
    assert len(words) == len(CRITERIA["5.0"]) + len(NOT_GRADED["5.0"])
