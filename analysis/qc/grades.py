"""The second route's CTCAE grades of a few main tests, transcribed anew from versions 4.03 and 5.0 of the criteria."""

import math
from collections.abc import Mapping
from typing import NamedTuple

UNITS: Mapping[str, tuple[str, float]] = {
    **dict.fromkeys(("10^9/l", "gi/l", "10^3/ul", "10^3/mm3", "k/ul", "thou/ul", "/nl"), ("10^9/L", 1.0)),
    **dict.fromkeys(("/ul", "/mm3", "cells/ul", "10^6/l"), ("10^9/L", 0.001)),
    **dict.fromkeys(("10^12/l", "ti/l", "10^6/ul", "10^6/mm3"), ("10^9/L", 1000.0)),
    **{
        "g/l": ("g/L", 1.0),
        "mg/ml": ("g/L", 1.0),
        "g/dl": ("g/L", 10.0),
        "mg/dl": ("g/L", 0.01),
        "mg/l": ("g/L", 1e-3),
    },
    **{"ug/dl": ("g/L", 1e-5), "ug/l": ("g/L", 1e-6), "ng/ml": ("g/L", 1e-6)},
    **{"mol/l": ("mmol/L", 1000.0), "mmol/l": ("mmol/L", 1.0), "umol/l": ("mmol/L", 1e-3), "nmol/l": ("mmol/L", 1e-6)},
    **{"pmol/l": ("mmol/L", 1e-9), "u/l": ("U/L", 1.0), "iu/l": ("U/L", 1.0), "ukat/l": ("U/L", 60.0)},
}
"""Unit in small letters -> what it is a multiple of, and how many."""

GRAMS_PER_MOLE = {"BILI": 584.66, "CREAT": 113.12, "HGB": 16114.5}


def unit_size(unit: str | None, test: str) -> tuple[str, float] | None:
    """What a unit is a multiple of, and how many; mass of a test that has a molar mass counts in mmol/L."""
    text = (unit or "").strip().replace("\u00b5", "u").replace("\u03bc", "u").replace("*", "^")
    if text == "G/L" or text.casefold() not in UNITS:  # giga or gram per litre
        return None
    kind, size = UNITS[text.casefold()]
    if kind == "g/L" and test in GRAMS_PER_MOLE:
        return "mmol/L", size * 1000 / GRAMS_PER_MOLE[test]
    return kind, size


class Value(NamedTuple):
    """A result with its limits of normal, in its unit; `base` is None at baseline and where there is no baseline.

    `base_high` says that the baseline was above the limits of normal.
    """

    value: float
    low: float | None
    high: float | None
    unit: str | None
    base: float | None
    base_high: bool


Steps = tuple[tuple[int, float], ...]
"""Grade -> the multiple of a limit beyond which it begins."""

V5_RELATIVE: Mapping[str, tuple[Steps, Steps, float | None]] = {
    "ALT": (((1, 1), (2, 3), (3, 5), (4, 20)), ((2, 3), (3, 5), (4, 20)), 1.5),
    "AST": (((1, 1), (2, 3), (3, 5), (4, 20)), ((2, 3), (3, 5), (4, 20)), 1.5),
    "ALP": (((1, 1), (2, 2.5), (3, 5), (4, 20)), ((2, 2.5), (3, 5), (4, 20)), 2.0),
    "GGT": (((1, 1), (2, 2.5), (3, 5), (4, 20)), ((2, 2.5), (3, 5), (4, 20)), 2.0),
    "BILI": (((1, 1), (2, 1.5), (3, 3), (4, 10)), ((1, 1), (2, 1.5), (3, 3), (4, 10)), None),
}
"""Above ULN after a normal baseline; above the baseline after a raised one; from which multiple on it is grade 1."""

CREATININE: Mapping[str, tuple[Steps, Steps]] = {
    "5.0": (((1, 1), (2, 1.5), (3, 3), (4, 6)), ((2, 1.5), (3, 3))),
    "4.03": (((1, 1), (2, 1.5), (3, 3), (4, 6)), ((1, 1), (2, 1.5), (3, 3))),
}
"""Above ULN, and above the baseline whatever it was."""

BELOW: Mapping[str, tuple[tuple[int, float], ...]] = {
    "NEUT": ((2, 1.5), (3, 1.0), (4, 0.5)),
    "PLAT": ((2, 75), (3, 50), (4, 25)),
    "WBC": ((2, 3), (3, 2), (4, 1)),
}
"""Counts in 10^9/L; grade 1 is below LLN."""

HAEMOGLOBIN = {"g/L": ((2, 100.0), (3, 80.0)), "mmol/L": ((2, 6.2), (3, 4.9))}
LEUKOCYTOSIS = 100.0  # 10^9/L, grade 3

DIRECTIONS: Mapping[str, str] = {
    **dict.fromkeys(("ALT", "AST", "ALP", "GGT", "BILI", "CREAT"), "H"),
    **{"NEUT": "L", "PLAT": "L", "WBC": "LH", "HGB": "LH"},
}
"""Test (LBTESTCD) -> in which directions CTCAE grades it."""


class _Grade:
    """The highest grade of the conditions that a value meets; 0 where it meets none, None where one cannot be told."""

    def __init__(self, value: float) -> None:
        self.value, self.met, self.unknown = value, 0, False

    def above(self, grade: int, limit: float | None, *, equal: bool = False) -> None:
        self._add(grade, limit, limit is not None and is_above(self.value, limit, equal=equal))

    def below(self, grade: int, limit: float | None) -> None:
        self._add(grade, limit, limit is not None and is_above(limit, self.value))

    def _add(self, grade: int, limit: float | None, met: bool) -> None:
        self.unknown |= limit is None
        self.met = max(self.met, grade if met else 0)

    @property
    def result(self) -> int | None:
        return self.met or (None if self.unknown else 0)


def is_above(value: float, limit: float, *, equal: bool = False) -> bool:
    """Whether a value is above a limit; two that differ by no more than rounding are equal."""
    same = math.isclose(value, limit, rel_tol=1e-11)
    return same if equal and same else value > limit and not same


def high(test: str, found: Value, version: str) -> int | None:
    """The grade (0 to 4) upwards; None where it cannot be told."""
    grade, uln = _Grade(found.value), found.high
    if test == "WBC":
        kind = unit_size(found.unit, test)
        if kind is None or kind[0] != "10^9/L":
            return None
        grade.above(3, LEUKOCYTOSIS / kind[1])
    elif test == "HGB":
        _haemoglobin_high(grade, found, version)
    elif test == "CREAT":
        of_normal, of_base = CREATININE[version]
        _multiples(grade, of_normal, uln)
        if found.base is not None:
            _multiples(grade, of_base, found.base)
    elif version == "5.0" and found.base is not None and found.base_high:
        _, steps, first = V5_RELATIVE[test]
        _multiples(grade, steps, found.base)
        if first is not None:
            grade.above(1, found.base * first, equal=True)
    else:
        _multiples(grade, V5_RELATIVE[test][0], uln)
    return grade.result


def _multiples(grade: _Grade, steps: Steps, of: float | None) -> None:
    for number, multiple in steps:
        grade.above(number, None if of is None else multiple * of)


def _haemoglobin_high(grade: _Grade, found: Value, version: str) -> None:
    """More than 0, 2 and 4 g/dL above ULN; by version 4.03 above the baseline where that was raised."""
    kind = unit_size(found.unit, "")
    if kind is None or kind[0] not in HAEMOGLOBIN:
        grade.unknown = True
        return
    a_gram = 10 / kind[1] if kind[0] == "g/L" else 10 * 1000 / GRAMS_PER_MOLE["HGB"] / kind[1]
    raised = version == "4.03" and found.base is not None and found.base_high
    start = found.base if raised else found.high
    for number, more in ((1, 0), (2, 2), (3, 4)):
        grade.above(number, None if start is None else start + more * a_gram)


def low(test: str, found: Value) -> int | None:
    """The grade (0 to 4) downwards; None where it cannot be told."""
    kind = unit_size(found.unit, "")
    limits = HAEMOGLOBIN if test == "HGB" else {"10^9/L": BELOW[test]}
    if kind is None or kind[0] not in limits:
        return None
    grade = _Grade(found.value)
    grade.below(1, found.low)
    for number, limit in limits[kind[0]]:
        grade.below(number, limit / kind[1])
    return grade.result
