"""The second route's DOR, TTR and TTF on made-up patients; expected are day numbers by hand from the plan.

Scans are days since enrolment; an event is after a gap when more than 126 days have passed since the last adequate one.
"""

from typing import Any

import pandas as pd
import pytest

from tests.qc.build import ENROLLED, dtc, patient, records, settings


def times(made: dict[str, Any], **blocks: Any) -> pd.DataFrame:
    found = records(patient(**made), settings(**blocks))
    return found.assign(START=[(day - ENROLLED).days for day in found["STARTDT"]])


def therapy(day: int) -> list[dict[str, Any]]:
    return [{"CMCAT": "SUBSEQUENT ANTICANCER THERAPY", "CMSTDTC": dtc(day)}]


def stop(drug: str | None, day: int | str | None, reason: str = "ADVERSE EVENT") -> dict[str, Any]:
    return {"DSCAT": "DISPOSITION EVENT", "DSSCAT": drug, "DSDECOD": reason, "DSSTDTC": dtc(day)}


# patient: first day of the response, day and event that end it
DOR: dict[str, tuple[dict[str, Any], tuple[int, int, str | None]]] = {
    "progression": ({"scans": "56 PR, 112 PR, 168 PD"}, (56, 168, "PD")),
    "death": ({"scans": "56 PR, 112 PR", "death": 200}, (56, 200, "death")),
    "death after the gap": ({"scans": "56 PR, 112 PR", "death": 239}, (56, 112, None)),
    "ongoing": ({"scans": "56 PR, 112 PR, 168 SD, 224 NE"}, (56, 168, None)),
    "from the first response that is confirmed": (
        {"scans": "56 PR, 84 SD, 112 SD, 168 PR, 224 PR, 280 PD"},
        (168, 280, "PD"),
    ),
    "from a PR that a CR confirms": ({"scans": "56 PR, 112 CR, 168 CR, 224 PD"}, (56, 224, "PD")),
    "a PR after CR is no end": ({"scans": "56 CR, 112 CR, 168 PR, 224 PD"}, (56, 224, "PD")),
    "new therapy before progression": ({"scans": "56 PR, 112 PR, 168 PD", "CM": therapy(120)}, (56, 112, None)),
    "new therapy on the day of confirmation": ({"scans": "56 PR, 112 PR, 168 PD", "CM": therapy(112)}, (56, 112, None)),
    "beyond month 24": ({"scans": "56 PR, 112 PR, 700 SD, 756 SD, 812 PD"}, (56, 812, "PD")),
    "not beyond 60 months": (
        {"scans": "56 PR, 112 PR, 1792 SD, 1826 PD"},  # 60 months are 1826.25 days: day 1825 is the last
        (56, 1792, None),
    ),
}


@pytest.mark.parametrize("name", DOR)
def test_duration_of_response(name: str) -> None:
    made, expected = DOR[name]
    row = times(made).loc["DOR"]
    assert (row["START"], row["DAY"], row["EVENT"]) == expected


def test_time_to_response_runs_from_enrolment_whatever_the_start_of_pfs() -> None:
    found = times({"scans": "56 PR, 112 PR", "doses": [(15, 200)]}, pfs={"start": "first_dose"})
    assert tuple(found.loc["TTR", ["START", "DAY", "CNSR"]]) == (0, 56, 0)
    assert tuple(found.loc["PFS", ["START", "DAY"]]) == (15, 112)


def test_without_a_confirmed_response_there_is_neither() -> None:
    assert not {"DOR", "TTR"} & set(times({"scans": "56 PR, 112 SD"}).index)


@pytest.mark.parametrize(
    ("rule_set", "end"), [("fda", (300, None)), ("ema", (427, "PD"))], ids=["gap censors", "event counts"]
)
def test_the_rules_of_the_primary_set_end_the_response(rule_set: str, end: tuple[int, str | None]) -> None:
    others = {"rule_set": rule_set, "sensitivity_sets": []}
    row = times({"scans": "244 PR, 300 PR, 427 PD"}, pfs=others).loc["DOR"]
    assert (row["DAY"], row["EVENT"]) == end


def test_scheduled_dates_end_a_response_that_began_on_its_actual_day() -> None:
    """Read on day 53, planned for day 56; the PD of day 165 is reported on day 168."""
    uniform = {"rule_set": "fda_uniform_dates", "sensitivity_sets": []}
    row = times({"scans": "53 PR 57, 112 PR 113, 165 PD 169"}, pfs=uniform).loc["DOR"]
    assert (row["START"], row["DAY"], row["EVENT"]) == (53, 168, "PD")


INJECTED = [{"EXTRT": "FULVESTRANT", "EXDOSE": 500.0, "EXDOSFRQ": "ONCE", "EXSTDTC": dtc(d)} for d in (0, 14, 28)]
BOTH = [stop("ANLOTINIB", 100), stop("FULVESTRANT", 120)]

# patient (anlotinib on days 0 to 90): day and event
TTF: dict[str, tuple[dict[str, Any], tuple[int, str | None]]] = {
    "the drug that was stopped last": ({"EX": INJECTED, "DS": BOTH}, (120, "stopped")),
    "one drug goes on": ({"EX": INJECTED, "DS": BOTH[:1]}, (90, None)),
    "a drug never taken stops nothing": ({"DS": BOTH[:1]}, (100, "stopped")),
    "all treatment at once": ({"EX": INJECTED, "DS": [stop("STUDY TREATMENT", 95)]}, (95, "stopped")),
    "completed as planned": ({"DS": [stop("ANLOTINIB", 95, "COMPLETED")]}, (90, None)),
    "an incomplete date is the last dose": ({"DS": [stop("ANLOTINIB", "2024-04")]}, (90, "stopped")),
    "progression first": ({"scans": "56 PD", "DS": BOTH[:1]}, (56, "PD")),
    "progression on that day": ({"scans": "100 PD", "DS": BOTH[:1]}, (100, "PD")),
    "death on that day": ({"death": 100, "DS": BOTH[:1]}, (100, "death")),
    "progression on the day of death": ({"scans": "95 PD", "death": 95}, (95, "PD")),
    "death": ({"death": 95}, (95, "death")),
    "new therapy censors nothing": ({"scans": "112 PD", "CM": therapy(60)}, (112, "PD")),
    "nor does a gap": ({"scans": "300 PD"}, (300, "PD")),
    "still treated": ({"scans": "56 SD, 112 SD"}, (90, None)),
    "never treated": ({"doses": [], "scans": "56 SD"}, (0, None)),
    "never treated, progression": ({"doses": [], "scans": "56 PD"}, (56, "PD")),
    "stopped before enrolment is taken as that day": ({"DS": [stop("ANLOTINIB", -3)]}, (0, "stopped")),
    "leaving the study stops no drug": ({"DS": [stop("STUDY PARTICIPATION", 95)]}, (90, None)),
}


@pytest.mark.parametrize("name", TTF)
def test_time_to_treatment_failure(name: str) -> None:
    made, expected = TTF[name]
    row = times({"doses": [(0, 90)]} | made).loc["TTF"]
    assert (row["START"], row["DAY"], row["EVENT"]) == (0, *expected)
