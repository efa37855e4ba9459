"""New anticancer therapy: which records count, and where a partial date is placed.

Enrolment is 2024-01-01 and 2024-06-01 is elapsed day 152. Expected is the elapsed day of the therapy, None where there
is none, and whether a query is raised.
"""

from typing import Any

import pytest

from analysis.adam.records import Queries
from analysis.adam.therapy import new_therapies
from tests.adam.build import at, day, params, patient, sdtm

TARGET = {"TUSTRESC": "TARGET", "TULNKID": "T02", "TULOC": "LIVER", "TUDTC": at(-10)}


def placed(
    last_dose: int | None = 160, start: int = 0, cutoff: int = 4000, **records: Any
) -> tuple[int | None, str | None, bool]:
    queries = Queries()
    last = None if last_dose is None else day(last_dose)
    found = new_therapies(sdtm(patient(**records)), params(cutoff), {"S-01": day(start)}, {"S-01": last}, queries)
    asked = not queries.frame().is_empty()
    if "S-01" not in found:
        return None, None, asked
    return (found["S-01"].date - day(0)).days, found["S-01"].flag, asked


@pytest.mark.parametrize(
    ("text", "last_dose", "expected"),
    [
        (1, 160, (1, "", False)),
        (0, 160, (None, None, False)),
        (-20, 160, (None, None, False)),
        ("2024-06", 100, (152, "D", False)),  # the first of June
        ("2024-06", 160, (160, "D", False)),  # last dose on 9 June
        ("2024-06", 200, (181, "D", True)),  # last dose after June: 30 June
        ("2024-06", None, (152, "D", False)),  # never dosed, June is after the start
        ("2024-01", None, (None, None, True)),  # never dosed, January holds the start: before or after?
        ("2024-01", 0, (0, "D", False)),  # dosed on the day of enrolment only: that day at the earliest
        ("2023-12", 160, (None, None, True)),  # December is before the start
        ("2024", 160, (161, "M", False)),
        (None, 160, (161, "Y", False)),
        (None, None, (None, None, True)),
        ("2024", None, (None, None, True)),
        ("2025", None, (366, "M", False)),  # never dosed, 2025 is after the start: 1 January 2025
    ],
)
def test_date(text: Any, last_dose: int | None, expected: tuple[int | None, str | None, bool]) -> None:
    assert placed(last_dose, therapy=[text]) == expected


def test_never_after_the_cutoff() -> None:
    assert placed(160, cutoff=160, therapy=[None]) == (160, "Y", True)


def test_after_the_first_dose_where_that_is_the_start() -> None:
    assert placed(start=20, therapy=20)[0] is None
    assert placed(start=20, therapy=21)[0] == 21


@pytest.mark.parametrize(
    ("domain", "record", "counts"),
    [
        ("CM", {"CMCAT": "SUBSEQUENT ANTICANCER THERAPY", "CMSTDTC": at(90)}, True),
        ("CM", {"CMCAT": "SUBSEQUENT ANTICANCER THERAPY", "CMSTDTC": at(90), "CMOCCUR": "N"}, False),
        ("CM", {"CMCAT": "CONCOMITANT MEDICATION", "CMSTDTC": at(90)}, False),
        ("CM", {"CMCAT": "PRIOR ANTICANCER THERAPY", "CMSTDTC": at(90)}, False),
        ("PR", {"PRCAT": "SUBSEQUENT ANTICANCER SURGERY", "PRSTDTC": at(90)}, True),
        ("PR", {"PRCAT": "PRIOR ANTICANCER SURGERY", "PRSTDTC": at(90)}, False),
        ("PR", {"PRCAT": "SUBSEQUENT RADIOTHERAPY", "PRLNKID": "T02", "PRSTDTC": at(90)}, True),
        ("PR", {"PRCAT": "SUBSEQUENT RADIOTHERAPY", "PRLOC": "LIVER", "PRSTDTC": at(90)}, True),
        ("PR", {"PRCAT": "SUBSEQUENT RADIOTHERAPY", "PRLOC": "FEMUR", "PRSTDTC": at(90)}, False),
        ("PR", {"PRCAT": "SUBSEQUENT RADIOTHERAPY", "PRSTDTC": at(90)}, False),
    ],
)
def test_what_counts(domain: str, record: dict[str, Any], counts: bool) -> None:
    found = placed(more={domain: [record], "TU": [TARGET]})
    assert found == ((90, "", False) if counts else (None, None, False))


def test_another_patients_lesion_does_not_count() -> None:
    radiotherapy = {"PRCAT": "SUBSEQUENT RADIOTHERAPY", "PRLOC": "LIVER", "PRSTDTC": at(90)}
    frames = sdtm(patient("01", more={"PR": [radiotherapy]}), patient("02", more={"TU": [TARGET]}))
    assert new_therapies(frames, params(), {"S-01": day(0)}, {"S-01": day(160)}, Queries()) == {}
