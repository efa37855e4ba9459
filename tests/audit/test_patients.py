"""Patients who came, went or moved between two builds."""

import polars as pl

from analysis.audit import patients
from analysis.audit.patients import Move

COLUMNS = ["USUBJID", "EOSSTT", "DTHFL", "AGE"]
ENDPOINTS = ["USUBJID", "PARAMCD", "CNSR", "EVNTDESC"]


def frames(adsl: list[tuple[object, ...]], adtte: list[tuple[object, ...]]) -> dict[str, pl.DataFrame]:
    return {
        "ADSL": pl.DataFrame(adsl, schema=COLUMNS, orient="row"),
        "ADTTE": pl.DataFrame(adtte, schema=ENDPOINTS, orient="row"),
    }


OLD = frames(
    [("1", "ONGOING", "N", 1), ("2", "ONGOING", "N", 2), ("3", "ONGOING", None, 3)],
    [("1", "PFS", 1, "Ongoing"), ("2", "PFS", 1, "Ongoing"), ("1", "TTF", 1, "Ongoing")],
)
NEW = frames(
    [("4", "ONGOING", "N", 9), ("2", "DISCONTINUED", "N", 9), ("1", "DISCONTINUED", "Y", 9)],
    [("1", "PFS", 0, "Death"), ("2", "PFS", 1, "Ongoing"), ("1", "TTF", 0, "Death")],
)


def test_statuses_are_those_of_the_subject_level_data_and_the_main_endpoints() -> None:
    assert patients.statuses(NEW) == {
        "4": {"EOSSTT": "ONGOING", "DTHFL": "N"},
        "2": {"EOSSTT": "DISCONTINUED", "DTHFL": "N", "PFS": "censored: Ongoing"},
        "1": {"EOSSTT": "DISCONTINUED", "DTHFL": "Y", "PFS": "event: Death"},
    }
    assert patients.statuses(OLD)["3"] == {"EOSSTT": "ONGOING", "DTHFL": ""}
    assert patients.statuses({}) == {}


def test_times_of_a_public_build_have_no_reasons() -> None:
    times = pl.DataFrame({"USUBJID": ["P-1", "P-2"], "PARAMCD": "PFS", "CNSR": [0, 1]})
    assert patients.statuses({"ADTTE": times}) == {"P-1": {"PFS": "event"}, "P-2": {"PFS": "censored"}}


def test_patients_are_grouped_by_what_became_of_them() -> None:
    found = patients.compare(patients.statuses(OLD), patients.statuses(NEW))
    assert (found.added, found.removed, found.both) == (("4",), ("3",), 2)
    assert found.moves == (
        Move("EOSSTT", "ONGOING", "DISCONTINUED", ("1", "2")),
        Move("DTHFL", "N", "Y", ("1",)),
        Move("PFS", "censored: Ongoing", "event: Death", ("1",)),
    )


def test_a_build_compared_with_itself() -> None:
    found = patients.compare(patients.statuses(NEW), patients.statuses(NEW))
    assert (found.added, found.removed, found.moves, found.both) == ((), (), (), 3)
