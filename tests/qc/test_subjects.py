"""The second route's subjects: partial dates, dosing, death, last known alive, new therapy; by hand from the plan."""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from analysis.qc import second_route, subjects
from analysis.qc.subjects import Trial
from tests.qc.build import ENROLLED, USUBJID, date, dtc, frame, os, patient, pfs, records, settings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-02-29", ("2024-02-29", "2024-02-29")),
        ("2024-02-29T08:15", ("2024-02-29", "2024-02-29")),
        ("2024-02", ("2024-02-01", "2024-02-29")),
        ("2024", ("2024-01-01", "2024-12-31")),
        ("2024---15", ("2024-01-01", "2024-12-31")),
        ("2024-02--", ("2024-02-01", "2024-02-29")),
        ("--02-15", None),
        (None, None),
    ],
)
def test_period(text: str | None, expected: tuple[str, str] | None) -> None:
    found = subjects.period(text)
    assert (found and (found[0].isoformat(), found[1].isoformat())) == expected


# Enrolment is 2024-01-01, so 2024-03 is days 60 to 90 and the cut-off of 2024-07-19 is day 200.
@pytest.mark.parametrize(
    ("death", "last_alive", "expected"),
    [
        (100, 80, (100, "death")),
        ("2024-03", 40, (60, "death")),  # the first of the month
        ("2024-03", 59, (60, "death")),
        ("2024-03", 70, (71, "death")),  # the day after last known alive
        ("2024-03", 90, (90, "death")),  # never leaves the month
        ("2024-03", 95, (90, "death")),
        ("2024-01", 0, (1, "death")),  # alive when enrolled
        ("2024-07", 199, (200, "death")),  # never passes the cut-off
        ("2024", 80, (80, None)),
        ("2024---15", 80, (80, None)),  # the month is not known
        (None, 80, (80, None)),
        (None, -20, (0, None)),  # not before enrolment
        (None, 200, (200, None)),
    ],
)
def test_death_and_last_known_alive(death: int | str | None, last_alive: int, expected: tuple[int, str | None]) -> None:
    contact = [{"SSTESTCD": "SURVSTAT", "SSSTRESC": "ALIVE", "SSDTC": dtc(last_alive)}]
    made = patient(death=death, doses=[(0, 0)] if last_alive >= 0 else [], SS=contact)
    assert os(made, settings(cutoff=200)) == expected


@pytest.mark.parametrize(
    ("domain", "record", "expected"),
    [
        ("SS", {"SSTESTCD": "SURVSTAT", "SSSTRESC": "ALIVE", "SSDTC": 150}, 150),
        ("SS", {"SSTESTCD": "SURVSTAT", "SSSTRESC": "DEAD", "SSDTC": 150}, 10),
        ("SS", {"SSTESTCD": "SURVSTAT", "SSSTRESC": "UNKNOWN", "SSDTC": 150}, 10),
        ("SV", {"SVSTDTC": 150}, 150),
        ("SV", {"SVSTDTC": 140, "SVENDTC": 150}, 150),
        ("SV", {"SVSTDTC": 140, "SVENDTC": 200}, 200),  # the cut-off clears ends of visits, it does not shorten them
        ("SV", {"SVSTDTC": 200}, 200),
        ("LB", {"LBDTC": 150}, 150),
        ("LB", {"LBDTC": 150, "LBSTAT": "NOT DONE"}, 10),
        ("TR", {"TRDTC": 150}, 150),
        ("AE", {"AESTDTC": 150}, 150),
        ("AE", {"AESTDTC": 150, "AEENDTC": 160}, 150),
        ("AE", {"AESTDTC": "2024-05"}, 10),  # never an imputed date
        ("CM", {"CMSTDTC": 150, "CMENDTC": 160}, 150),
        ("PR", {"PRSTDTC": 150}, 10),
        ("DS", {"DSCAT": "DISPOSITION EVENT", "DSDECOD": "LOST TO FOLLOW-UP", "DSSTDTC": 150}, 10),
        ("DS", {"DSCAT": "DISPOSITION EVENT", "DSDECOD": "WITHDRAWAL BY SUBJECT", "DSSTDTC": 150}, 10),
        ("EX", {"EXTRT": "FULVESTRANT", "EXDOSE": 500.0, "EXSTDTC": 150, "EXENDTC": 150}, 150),
        # an end of dosing on the cut-off may be the cut-off's own doing
        ("EX", {"EXTRT": "FULVESTRANT", "EXDOSE": 500.0, "EXSTDTC": 150, "EXENDTC": 200}, 150),
        ("EX", {"EXTRT": "FULVESTRANT", "EXDOSE": 0.0, "EXSTDTC": 150, "EXENDTC": 150}, 10),
        ("EX", {"EXTRT": "FULVESTRANT", "EXDOSE": 500.0, "EXSTDTC": None, "EXENDTC": 150}, 150),
    ],
)
def test_what_shows_a_subject_alive(domain: str, record: dict[str, Any], expected: int) -> None:
    row = {name: dtc(value) if name.endswith("DTC") else value for name, value in record.items()}
    assert os(patient(doses=[(0, 10)], **{domain: [row]}), settings(cutoff=200)) == (expected, None)


def test_what_is_after_a_known_death_shows_nothing() -> None:
    late = [{"LBDTC": dtc(120)}]
    assert os(patient(death=100, LB=late)) == (100, "death")


# 96 months are 2922 days: the last day inside has duration 2922, elapsed 2921
@pytest.mark.parametrize(("death", "expected"), [(2921, (2921, "death")), (2922, (2921, None))])
def test_survival_window_of_96_months(death: int, expected: tuple[int, str | None]) -> None:
    assert os(patient(death=death)) == expected


def test_survival_beyond_the_window_is_censored_on_its_last_day() -> None:
    assert os(patient(LB=[{"LBDTC": dtc(3000)}])) == (2921, None)


def trial(**more: Any) -> Trial:
    return Trial(patient(**more), settings(cutoff=400))


@pytest.mark.parametrize(
    ("record", "given"),
    [
        ({}, True),
        ({"EXDOSE": 0.0}, False),
        ({"EXDOSE": None}, True),
        ({"EXDOSE": None, "EXSTDTC": None}, False),
        ({"EXTRT": "ASPIRIN"}, False),
        ({"EXTRT": "PLACEBO", "EXDOSE": 0.0}, True),
        ({"EXTRT": "anlotinib "}, True),
        ({"EXOCCUR": "N"}, False),
    ],
)
def test_which_records_are_doses(record: dict[str, Any], given: bool) -> None:
    dose = {"EXTRT": "ANLOTINIB", "EXDOSE": 12.0, "EXSTDTC": "2024-01-03"} | record
    made = patient(doses=[(0, 0)]) | {"EX": frame([dose])}
    assert bool(subjects.doses(Trial(made, settings()), USUBJID)) == given


@pytest.mark.parametrize(
    ("start", "end", "frequency", "expected"),
    [
        (0, 13, "QD", (0, 13)),
        ("2024-01", 50, "QD", (0, 50)),  # could be the day of enrolment
        ("2024-02", 50, "QD", (31, 50)),
        (0, None, "QD", (0, 400)),  # goes on to the cut-off
        (0, None, "ONCE", (0, 0)),
        (0, None, None, (0, 0)),
        (0, "2024-02", "QD", (0, 59)),  # the latest possible day
    ],
)
def test_first_and_last_dose(start: Any, end: Any, frequency: str | None, expected: tuple[int, int]) -> None:
    made = patient()
    dose = {"EXTRT": "ANLOTINIB", "EXDOSE": 12.0, "EXSTDTC": dtc(start), "EXENDTC": dtc(end), "EXDOSFRQ": frequency}
    of = Trial(made | {"EX": frame([dose])}, settings(cutoff=400))
    first = subjects.first_dose(of, USUBJID, ENROLLED)
    assert first is not None
    assert (first[0], subjects.last_dose(of, USUBJID, ENROLLED)) == (date(expected[0]), date(expected[1]))


@pytest.mark.parametrize(
    ("ends", "last"),
    [
        ([("ANLOTINIB", 100)], 100),
        ([("ANLOTINIB", 100), ("FULVESTRANT", 120)], 100),
        ([("FULVESTRANT", 120)], 400),
        ([("STUDY TREATMENT", 100)], 100),
        ([(None, 100)], 100),
        ([("ANLOTINIB", "2024-04")], 120),  # the latest possible day, 30 April 2024
        ([("ANLOTINIB", None)], 400),
    ],
)
def test_dosing_without_an_end_stops_with_that_drug(ends: list[tuple[Any, Any]], last: int) -> None:
    rows = [
        {"DSCAT": "DISPOSITION EVENT", "DSSCAT": scope, "DSDECOD": "ADVERSE EVENT", "DSSTDTC": dtc(when)}
        for scope, when in ends
    ]
    assert subjects.last_dose(trial(doses=[(0, None)], DS=rows), USUBJID, ENROLLED) == date(last)


def test_dosing_without_an_end_stops_with_death() -> None:
    assert subjects.last_dose(trial(doses=[(0, None)], death=110), USUBJID, ENROLLED) == date(110)


LAST = 75
"""Day of the last dose, 2024-03-16; the cut-off is day 300, 2024-10-27."""


@pytest.mark.parametrize(
    ("text", "last", "expected"),
    [
        (dtc(40), LAST, 40),
        (dtc(1), LAST, 1),
        (dtc(0), LAST, None),  # not after the start
        (dtc(-1), LAST, None),
        ("2024-04", LAST, 91),  # the first of April
        ("2024-03", LAST, LAST),  # not before the last dose
        ("2024-02", LAST, 59),  # never leaves the month
        ("2024-10", 310, 300),  # never passes the cut-off
        ("2023-12", LAST, None),
        ("2024", LAST, LAST + 1),  # the day after the last dose
        ("2025", LAST, 300),
        ("2023", LAST, None),
        (None, LAST, LAST + 1),
        ("2024-01", None, None),  # never dosed: may be before the start
        ("2024-02", None, 31),
        ("2024", None, None),
        ("2025", None, 300),
        (None, None, None),
    ],
)
def test_day_of_new_therapy(text: str | None, last: int | None, expected: int | None) -> None:
    found = subjects.therapy_day(text, ENROLLED, None if last is None else date(last), date(300))
    assert found == (None if expected is None else date(expected))


@pytest.mark.parametrize(
    ("record", "censors"),
    [
        ({"PRCAT": "SUBSEQUENT ANTICANCER SURGERY"}, True),
        ({"PRCAT": "SUBSEQUENT ANTICANCER SURGERY", "PROCCUR": "N"}, False),
        ({"PRCAT": "SUBSEQUENT RADIOTHERAPY"}, False),
        ({"PRCAT": "SUBSEQUENT RADIOTHERAPY", "PRLOC": "LIVER"}, True),
        ({"PRCAT": "SUBSEQUENT RADIOTHERAPY", "PRLOC": "BONE"}, False),
        ({"PRCAT": "SUBSEQUENT RADIOTHERAPY", "PRLOC": "BONE", "PRLNKID": "T1"}, True),
        ({"PRCAT": "PRIOR RADIOTHERAPY", "PRLOC": "LIVER"}, False),
    ],
)
def test_procedures_that_are_new_therapy(record: dict[str, Any], censors: bool) -> None:
    made = patient("56 SD 57, 112 PD 113", PR=[{"PRSTDTC": dtc(100), **record}])
    assert pfs(made)["fda"] == ((56, None) if censors else (112, "PD"))


def test_who_is_enrolled() -> None:
    made = patient()
    assert Trial(made, settings()).enrolled == {USUBJID: dt.date(2024, 1, 1)}
    assert Trial(made, settings(subjects={"arms": ["B"]})).enrolled == {}
    assert Trial(made, settings(subjects={"enrolment_dsdecod": "RANDOMIZED"})).enrolled == {}
    twice = patient(DS=[{"DSCAT": "PROTOCOL MILESTONE", "DSDECOD": "ENROLLED", "DSSTDTC": dtc(-2)}])
    assert Trial(twice, settings()).enrolled == {USUBJID: date(-2)}


def test_the_domains_that_a_study_need_not_have() -> None:
    made = {name: table for name, table in patient("56 PD 57").items() if name in ("DM", "DS", "RS")}
    assert list(records(made).loc[["PFS", "OS"], "DAY"]) == [56, 56]


def test_numbers_of_the_analysis_sets() -> None:
    """Four patients: a whole one, one never dosed, one without a target lesion and one with an excluding deviation."""
    deviation = [{"DVCAT": "IMPORTANT DEVIATION", "DVDECOD": "WRONG DRUG"}]
    made = [
        patient("56 SD 57"),
        patient("56 SD 57", doses=[], death=70),
        patient("56 SD 57") | {"TU": frame([{"TUSTRESC": "NON-TARGET", "TUDTC": dtc(-7)}])},
        patient(DV=deviation),
    ]
    tables = {
        domain: pl.concat(
            [p[domain].with_columns(USUBJID=pl.lit(f"X-{n}")) for n, p in enumerate(made) if domain in p],
            how="diagonal_relaxed",
        )
        for domain in ("DM", "DS", "EX", "TU", "RS", "DV")
    }
    found = second_route.recompute(tables, settings(subjects={"per_protocol_excludes": ["WRONG DRUG"]})).values
    assert {name.removeprefix("n."): n for name, n in found.items() if name.startswith("n.")} == {
        "enrolled": 4,
        "fas": 4,
        "treated": 3,
        "safety": 3,
        "deaths": 1,
        "response_evaluable": 1,  # the fourth patient was never assessed
        "per_protocol": 2,
    }


def test_events_are_counted_by_kind() -> None:
    stopped = {"DSCAT": "DISPOSITION EVENT", "DSDECOD": "PROGRESSIVE DISEASE", "DSSTDTC": dtc(70)}
    chosen = settings(pfs={"rule_set": "fda_investigator", "sensitivity_sets": []})
    found = second_route.recompute(patient("56 SD 57", DS=[stopped]), chosen).values
    kinds = ("events", "events_pd", "events_death", "censored")
    assert [found[f"pfs.{kind}"] for kind in kinds] == [1, 0, 0, 0]
