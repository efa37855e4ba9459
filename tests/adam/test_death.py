"""Cause and time of death in ADSL. Enrolment and the first dose are 2024-01-01 (day 0), the last dose is day 100."""

from typing import Any

import pytest

from analysis.adam.adsl import derive_adsl
from tests.adam.build import params, patient, sdtm

DOSED = (0, 100)


def derived(**values: Any) -> dict[str, Any]:
    return derive_adsl(sdtm(patient(**{"dosed": DOSED, **values})), params(2000)).row(0, named=True)


@pytest.mark.parametrize(
    ("death", "days", "time"),
    [
        (90, -10, "WITHIN WINDOW"),
        (100, 0, "WITHIN WINDOW"),
        (130, 30, "WITHIN WINDOW"),
        (131, 31, "LATER"),
        ("2024-04", 1, "WITHIN WINDOW"),  # the day after the last dose, 10 April 2024, which is the last sign of life
        ("2024", None, "NOT KNOWN"),
        ("2025", None, "LATER"),
        (None, None, None),
    ],
)
def test_time_after_the_last_dose(death: int | str | None, days: int | None, time: str | None) -> None:
    found = derived(death=death)
    assert (found["LDDTHELD"], found["DTHTIME"]) == (days, time)


def test_a_patient_never_treated_has_no_time_after_the_last_dose() -> None:
    found = derived(dosed=None, death=50)
    assert (found["DTHFL"], found["LDDTHELD"], found["DTHTIME"]) == ("Y", None, None)


PRIMARY = {"DDTESTCD": "PRCDTH", "DDSTRESC": "DISEASE PROGRESSION"}
FATAL = {"AETERM": "clot", "AEDECOD": "Thromboembolic event", "AEOUT": "FATAL", "AESTDTC": "2024-02-01"}
MILD = {"AETERM": "cough", "AEDECOD": "Cough", "AESTDTC": "2024-01-20"}


@pytest.mark.parametrize(
    ("more", "cause"),
    [
        ({"DD": [PRIMARY], "AE": [FATAL]}, ("DISEASE PROGRESSION", "DD", 1)),
        ({"DD": [PRIMARY | {"DDTESTCD": "SECDTH"}], "AE": [MILD, FATAL]}, ("Thromboembolic event", "AE", 2)),
        ({"AE": [MILD, {**MILD, "AEDECOD": None, "AETOXGR": "5"}]}, ("cough", "AE", 2)),
        ({"AE": [MILD]}, (None, None, None)),
    ],
)
def test_cause(more: dict[str, Any], cause: tuple[str | None, ...]) -> None:
    found = derived(death=60, more=more)
    assert (found["DTHCAUS"], found["DTHCDOM"], found["DTHCSEQ"]) == cause


def test_a_survivor_has_no_cause() -> None:
    assert derived(more={"DD": [PRIMARY]})["DTHCAUS"] is None
