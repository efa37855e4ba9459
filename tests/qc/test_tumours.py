"""The second route's readings: which day a visit counts on, which of several readings, which visit was planned."""

from typing import Any

import polars as pl
import pytest

from analysis.qc import tumours
from analysis.qc.subjects import Trial
from analysis.qc.tumours import Baseline
from tests.qc.build import ENROLLED, USUBJID, dtc, frame, patient, settings

VISIT = {"VISITNUM": 2.0, "VISITDY": 57.0}


def component(test: str, response: str, day: int | None, **more: Any) -> dict[str, Any]:
    reading = {"RSTESTCD": test, "RSCAT": "RECIST 1.1", "RSEVAL": "INVESTIGATOR", "RSSTRESC": response}
    return VISIT | reading | {"RSDTC": dtc(day)} | more


def lesion(day: int | None, **more: Any) -> dict[str, Any]:
    return {"VISITNUM": 2.0, "TRDTC": dtc(day), "TREVAL": "INVESTIGATOR", "TRGRPID": "TARGET", "TRSTRESC": "10"} | more


def read(
    rs: list[dict[str, Any]], tr: list[dict[str, Any]] | None = None, **response: Any
) -> list[tuple[int, str, int | None]]:
    """Day, response and planned day of each reading."""
    made = patient() | {"RS": frame(rs)} | ({"TR": frame(tr)} if tr else {})
    trial = Trial(made, settings(response=response))
    return [
        ((r.day - ENROLLED).days, r.response, None if r.planned is None else (r.planned - ENROLLED).days)
        for r in tumours.readings(trial, USUBJID)
    ]


PROGRESSION = component("OVRLRESP", "PD", 60)


@pytest.mark.parametrize(
    ("rs", "tr", "day"),
    [
        ([PROGRESSION], [], 60),
        ([PROGRESSION, component("NTRGRESP", "PD", 56)], [], 56),
        ([PROGRESSION, component("NTRGRESP", "NON-CR/NON-PD", 56)], [], 60),
        ([PROGRESSION, component("NTRGRESP", "PD", 56, VISITNUM=3.0)], [], 60),  # another visit
        ([PROGRESSION, component("NTRGRESP", "PD", 56, RSEVAL="INDEPENDENT ASSESSOR")], [], 60),
        ([PROGRESSION], [lesion(55, TRGRPID="NEW")], 55),
        ([PROGRESSION], [lesion(55, TRGRPID="NEW", TREVAL="INDEPENDENT ASSESSOR")], 60),
        ([PROGRESSION], [lesion(55, TRGRPID="NON-TARGET", TRSTRESC="UNEQUIVOCAL PROGRESSION")], 55),
        ([PROGRESSION], [lesion(55, TRGRPID="NON-TARGET", TRSTRESC="PRESENT")], 60),
        ([PROGRESSION], [lesion(55)], 60),  # target lesions do not show it by themselves
        # the sum of target lesions shows it with the last one measured
        ([PROGRESSION, component("TRGRESP", "PD", 60)], [lesion(55), lesion(57)], 57),
        ([component("OVRLRESP", "PD", None)], [lesion(55), lesion(57)], 57),
        # any other response counts on its own date, else on its last lesion date
        ([component("OVRLRESP", "SD", 60)], [lesion(55), lesion(57)], 60),
        ([component("OVRLRESP", "SD", None)], [lesion(55), lesion(57)], 57),
    ],
)
def test_day_of_a_visit_over_several_days(rs: list[dict[str, Any]], tr: list[dict[str, Any]], day: int) -> None:
    assert read(rs, tr) == [(day, rs[0]["RSSTRESC"], 56)]


def test_a_reading_without_any_date_is_not_used() -> None:
    assert read([component("OVRLRESP", "SD", None), component("OVRLRESP", "SD", 112, VISITNUM=3.0)]) == [
        (112, "SD", 56)
    ]


def test_a_visit_name_used_twice_is_two_readings() -> None:
    """What the first of them has covered does not date the second."""
    rs = [component("OVRLRESP", "SD", 60), component("OVRLRESP", "PD", 80)]
    assert read(rs, [lesion(59, TRGRPID="NEW"), lesion(78, TRGRPID="NEW")]) == [(60, "SD", 56), (78, "PD", 56)]


@pytest.mark.parametrize(
    ("responses", "worst"),
    [(("SD", "PD"), "PD"), (("NE", "PR"), "PR"), (("CR", "PR"), "PR"), (("PR", "SD"), "SD"), (("NE", "NE"), "NE")],
)
def test_the_worst_of_one_day_counts(responses: tuple[str, str], worst: str) -> None:
    rs = [component("OVRLRESP", response, 60, VISITNUM=2.0 + n) for n, response in enumerate(responses)]
    assert [(day, response) for day, response, _ in read(rs)] == [(60, worst)]
    assert [(day, response) for day, response, _ in read(rs[::-1])] == [(60, worst)]


def test_the_chosen_reader_counts() -> None:
    rs = [component("OVRLRESP", "SD", 60), component("OVRLRESP", "PD", 60, RSEVAL="INDEPENDENT ASSESSOR")]
    assert read(rs) == [(60, "SD", 56)]
    assert read(rs, reader="independent assessor") == [(60, "PD", 56)]


def test_of_an_adjudicated_reader_only_what_was_accepted_counts() -> None:
    rs = [component("OVRLRESP", "PD", 60, RSACPTFL=None), component("OVRLRESP", "SD", 60, RSACPTFL="Y")]
    assert read(rs) == [(60, "SD", 56)]


def test_adjudication_settles_its_visit_and_its_day_only() -> None:
    accepted, later = component("OVRLRESP", "SD", 60, RSACPTFL="Y"), component("OVRLRESP", "PD", 62, RSACPTFL=None)
    assert read([accepted, later]) == [(60, "SD", 56)]
    assert read([accepted, later | {"VISITNUM": 3.0, "RSDTC": dtc(60)}]) == [(60, "SD", 56)]
    assert read([accepted, later | {"VISITNUM": 3.0}]) == [(60, "SD", 56), (62, "PD", 56)]
    assert read([row | {"VISITNUM": None} for row in (accepted, later)]) == [(60, "SD", 56), (62, "PD", 56)]


def test_one_subjects_adjudication_does_not_touch_another() -> None:
    rs = [
        component("OVRLRESP", "SD", 60, USUBJID="X-2", RSACPTFL="Y"),
        component("OVRLRESP", "SD", 60, RSACPTFL=None),
        component("OVRLRESP", "PD", 112, RSACPTFL=None, VISITNUM=3.0, VISITDY=113.0),
    ]
    assert read(rs) == [(60, "SD", 56), (112, "PD", 112)]


@pytest.mark.parametrize("name", ["RSEVAL", "RSCAT"])
def test_a_response_without_reader_or_category_is_of_the_chosen_one(name: str) -> None:
    unnamed = component("OVRLRESP", "PD", 112, VISITNUM=3.0, VISITDY=113.0, **{name: None})
    assert read([component("OVRLRESP", "SD", 60), unnamed]) == [(60, "SD", 56), (112, "PD", 112)]


def test_other_categories_and_readings_not_done_do_not_count() -> None:
    rs = [
        component("OVRLRESP", "SD", 60, RSSTAT=None),
        component("OVRLRESP", "PD", 70, RSSTAT="NOT DONE"),
        component("OVRLRESP", "PD", 80, RSCAT="LUGANO", RSSTAT=None),
    ]
    assert read(rs) == [(60, "SD", 56)]


@pytest.mark.parametrize("domain", ["TV", "SV"])
def test_planned_days_of_a_study_whose_responses_have_none(domain: str) -> None:
    rs = [component("OVRLRESP", "SD", 60), component("OVRLRESP", "SD", 80, VISITNUM=2.1)]
    visits = pl.DataFrame({"USUBJID": [USUBJID] * 2, "VISITNUM": [2.0, 2.1], "VISITDY": [57.0, None]})
    made = patient() | {"RS": frame(rs).drop("VISITDY"), domain: visits}
    found = tumours.readings(Trial(made, settings()), USUBJID)
    assert [r.planned and (r.planned - ENROLLED).days for r in found] == [56, None]


SCAN = {"TUSTRESC": "TARGET", "TUDTC": "2023-12-28"}


@pytest.mark.parametrize(
    ("record", "dose", "expected"),
    [
        ({}, "2024-01-03", Baseline(True, True)),
        ({"TUSTRESC": "NON-TARGET"}, "2024-01-03", Baseline(True, False)),
        ({"TUSTRESC": "NEW"}, "2024-01-03", Baseline(False, False)),
        ({"TUEVAL": "INDEPENDENT ASSESSOR"}, "2024-01-03", Baseline(False, False)),
        ({"TUSTAT": "NOT DONE"}, "2024-01-03", Baseline(False, False)),
        ({"TUDTC": "2024-01-03"}, "2024-01-03", Baseline(True, True)),
        ({"TUDTC": "2024-01-03T10:00"}, "2024-01-03", Baseline(True, True)),  # only one of them has a time
        ({"TUDTC": "2024-01-03T08:00"}, "2024-01-03T09:00", Baseline(True, True)),
        ({"TUDTC": "2024-01-03T10:00"}, "2024-01-03T09:00", Baseline(False, False)),
        ({"TUDTC": "2024-01-04"}, "2024-01-03", Baseline(False, False)),
        ({"TUDTC": "2024-01"}, "2024-01-03", Baseline(True, True)),  # by its earliest possible day
        ({"TUDTC": None}, "2024-01-03", Baseline(False, False)),
        ({"TUDTC": "2024-01-01"}, None, Baseline(True, True)),  # never dosed: by enrolment
        ({"TUDTC": "2024-01-02"}, None, Baseline(False, False)),
    ],
)
def test_baseline(record: dict[str, Any], dose: str | None, expected: Baseline) -> None:
    made = patient(doses=[] if dose is None else [(dose, "2024-02-01")]) | {"TU": frame([SCAN | record])}
    assert tumours.baseline(Trial(made, settings()), USUBJID) == expected


@pytest.mark.parametrize(("scan", "expected"), [("2024-01-03", True), ("2024-01-06", False)])
def test_baseline_before_a_first_dose_of_unknown_day(scan: str, expected: bool) -> None:
    """Enrolled on 5 January, dosed in January: on the 5th at the earliest."""
    enrolled = {"DSCAT": "PROTOCOL MILESTONE", "DSDECOD": "ENROLLED", "DSSTDTC": "2024-01-05"}
    made = patient(doses=[("2024-01", "2024-02-01")])
    made |= {"DS": frame([enrolled]), "TU": frame([SCAN | {"TUDTC": scan}])}
    assert tumours.baseline(Trial(made, settings()), USUBJID).scanned == expected


def test_a_study_without_lesions_cannot_say() -> None:
    made = {name: table for name, table in patient().items() if name != "TU"}
    assert tumours.baseline(Trial(made, settings()), USUBJID) == Baseline(True, True)


@pytest.mark.parametrize(
    ("claim", "expected"), [("PD", 70), ("Y", 70), ("PROGRESSIVE DISEASE", 70), ("N", None), ("SD", None)]
)
def test_clinical_progression_by_a_response_test(claim: str, expected: int | None) -> None:
    rs = [component("OVRLRESP", "SD", 60), component("CLINPROG", claim, 70)]
    params = settings(pfs={"clinical_progression": {"dsdecod": "PROGRESSIVE DISEASE", "rstestcd": "CLINPROG"}})
    trial = Trial(patient() | {"RS": frame(rs)}, params)
    found = tumours.clinical(trial, USUBJID, tumours.readings(trial, USUBJID))
    assert (found and (found.day - ENROLLED).days) == expected
