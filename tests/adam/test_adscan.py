"""Adherence to the schedule: planned every 56 days from enrolment (day 0), within 7 days, until the scans end."""

from typing import Any

import polars as pl
import pytest

from analysis.adam import derive
from tests.adam.build import at, params, patient, sdtm

Seen = list[tuple[str, str, int | None]]


def scans(*patients: Any, cutoff: int = 180, **blocks: Any) -> pl.DataFrame:
    return derive(sdtm(*patients), params(cutoff, **blocks))["ADSCAN"].frame


def states(cutoff: int = 180, **more: Any) -> Seen:
    return scans(patient(**more), cutoff=cutoff).select("AVISIT", "AVALC", "AVAL").rows()


WEEK_8, WEEK_16, WEEK_24 = ("Week 8", "ON TIME", 0), ("Week 16", "ON TIME", 0), ("Week 24", "ON TIME", 0)


@pytest.mark.parametrize(
    ("done", "state", "deviation"),
    [(49, "ON TIME", -7), (63, "ON TIME", 7), (48, "EARLY", -8), (64, "LATE", 8)],
)
def test_one_scan_on_each_side_of_the_window(done: int, state: str, deviation: int) -> None:
    assert states(cutoff=70, scans=[(done, "SD", 57)]) == [("Week 8", state, deviation)]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, [WEEK_8, WEEK_16, ("Week 24", "MISSED", None)]),  # the window closed on day 175, the cut-off is day 180
        ({"death": 175}, [WEEK_8, WEEK_16, ("Week 24", "MISSED", None)]),
        ({"death": 174}, [WEEK_8, WEEK_16]),  # due after death: not counted
        ({"therapy": 174}, [WEEK_8, WEEK_16]),
        ({"left": ("WITHDRAWAL BY SUBJECT", 120)}, [WEEK_8, WEEK_16]),
    ],
)
def test_an_assessment_is_missed_only_while_it_was_due(more: dict[str, Any], expected: Seen) -> None:
    assert states(scans=[(56, "SD"), (112, "SD")], **more) == expected


def test_nothing_is_due_after_progression_nor_counted_after_new_therapy() -> None:
    assert states(scans=[(56, "SD"), (112, "PD")]) == [WEEK_8, WEEK_16]
    after = scans(patient(scans=[(56, "SD"), (112, "SD"), (168, "SD")], therapy=60))
    assert after.select("AVISIT", "AVALC", "DUEENRS").rows() == [("Week 8", "ON TIME", "NEW THERAPY")]


def test_a_scan_on_the_last_day_that_was_due_counts() -> None:
    """The window of week 24 was still open when progression ended the schedule."""
    assert states(scans=[(56, "SD"), (112, "SD"), (165, "PD", 169)])[-1] == ("Week 24", "ON TIME", -3)


def test_a_scan_that_is_not_evaluable_was_done() -> None:
    assert states(cutoff=70, scans=[(56, "NE")]) == [WEEK_8]


def test_unscheduled_scans() -> None:
    """One within a window that has no other scan is the planned one; any other is of no planned visit."""
    assert states(cutoff=70, scans=[(58, "SD", None)]) == [("Week 8", "ON TIME", 2)]
    assert states(cutoff=90, scans=[(56, "SD"), (58, "SD", None)]) == [WEEK_8, (None, "UNSCHEDULED", None)]
    assert states(cutoff=90, scans=[(56, "SD"), (84, "SD", None)]) == [WEEK_8, (None, "UNSCHEDULED", None)]


def test_two_missed_in_a_row_are_flagged_once() -> None:
    missed = scans(patient(scans=[(56, "SD"), (336, "SD")]), cutoff=340).filter(pl.col("AVALC") == "MISSED")
    assert missed.select("AVISIT", "FMISSFL", "GAPFL").rows() == [
        ("Week 16", "Y", "N"),
        ("Week 24", "N", "Y"),
        ("Week 32", "N", "N"),
        ("Week 40", "N", "N"),
    ]
    apart = scans(patient(scans=[(56, "SD"), (168, "SD")]), cutoff=240)
    assert apart["GAPFL"].to_list().count("Y") == 0  # weeks 16 and 32 missed, week 24 between them


def test_source_and_planned_date() -> None:
    (row,) = scans(patient(scans=[(58, "SD", 57)]), cutoff=70).iter_rows(named=True)
    assert (row["PLANDT"].isoformat(), row["ADT"].isoformat()) == (at(56), at(58))
    assert (row["SRCDOM"], row["SRCVAR"], row["SRCSEQ"]) == ("RS", "RSDTC", 1)
    assert (row["DUEENDT"].isoformat(), row["DUEENRS"]) == (at(70), "DATA CUT-OFF")


def test_an_interval_that_is_not_whole_weeks_is_named_in_days() -> None:
    schedule = {"scan_interval_days": 60, "scan_window_days": 5}
    found = scans(patient(), cutoff=70, schedule=schedule)
    assert found.select("AVISIT", "AVALC").rows() == [("Day 61", "MISSED")]


def test_an_assessment_planned_after_treatment_was_stopped_is_due_and_marked() -> None:
    """Treatment stopped on day 100: week 16 (day 112) is after it, week 8 (day 56) is not."""
    stop = {"DSCAT": "DISPOSITION EVENT", "DSSCAT": "ANLOTINIB", "DSDECOD": "ADVERSE EVENT", "DSSTDTC": at(100)}
    found = scans(patient(dosed=(0, 99), more={"DS": [stop]}), cutoff=150)
    assert found.select("AVISIT", "AVALC", "OFFTRTFL").rows() == [("Week 8", "MISSED", "N"), ("Week 16", "MISSED", "Y")]
    ongoing = scans(patient(dosed=(0, 149)), cutoff=150)
    assert ongoing["OFFTRTFL"].to_list() == ["N", "N"]
