"""Treatment-emergence: one adverse event on each side of each rule.

Enrolment is 2024-01-01 (day 0), the first dose on day 10 (11 January), the last dose of anlotinib on day 90 and of
fulvestrant on day 100, and both drugs are stopped, so the last day of the window is day 130 (10 May).
"""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from analysis.adam.adae import derive_adae
from analysis.adam.adsl import derive_adsl
from analysis.adam.ae_rules import EMERGENT, REGISTERED
from tests.adam.build import at, day, params, patient, sdtm

EX = [
    {"EXTRT": "ANLOTINIB", "EXDOSE": 12.0, "EXDOSFRQ": "QD", "EXSTDTC": at(10), "EXENDTC": at(90)},
    {"EXTRT": "FULVESTRANT", "EXDOSE": 500.0, "EXDOSFRQ": "ONCE", "EXSTDTC": at(100), "EXENDTC": at(100)},
]


def stopped(*drugs: str) -> list[dict[str, Any]]:
    event = {"DSCAT": "DISPOSITION EVENT", "DSDECOD": "PROGRESSIVE DISEASE", "DSSTDTC": at(101)}
    return [event | {"DSSCAT": drug} for drug in drugs]


BOTH = ("ANLOTINIB", "FULVESTRANT")


def derived(
    *events: dict[str, Any],
    initial: str | None = None,
    drugs: tuple[str, ...] = BOTH,
    settings: dict[str, Any] | None = None,
    cutoff: int = 400,
    treated: bool = True,
    **records: Any,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """ADSL and ADAE of one patient. `initial` is the grade of the first event before the first dose."""
    supplement = {"RDOMAIN": "AE", "IDVAR": "AESEQ", "IDVARVAL": "1", "QNAM": "AEITOXGR", "QVAL": initial}
    more = {"AE": list(events), "EX": EX if treated else [], "DS": stopped(*drugs), "SUPPAE": [supplement]}
    chosen = params(cutoff, adverse_events=settings or {})
    frames = sdtm(patient(dosed=None, more=more, **records))
    adsl = derive_adsl(frames, chosen)
    return adsl, derive_adae(frames, adsl, chosen)


def event(start: int | str | None, end: int | str | None = None, grade: str | None = "2") -> dict[str, Any]:
    return {"AETERM": "X", "AEDECOD": "X", "AESTDTC": at(start), "AEENDTC": at(end), "AETOXGR": grade}


@pytest.mark.parametrize(
    ("start", "end", "emergent", "registered"),
    [
        (10, None, "WITHIN", "WITHIN"),  # the day of the first dose
        (9, None, "BEFORE", "WITHIN"),  # the day before
        (9, 200, "BEFORE", "WITHIN"),  # lasting into treatment makes no difference
        (0, None, "BEFORE", "WITHIN"),  # the day of enrolment
        (-1, None, "BEFORE", "BEFORE"),
        (130, None, "WITHIN", "WITHIN"),  # the last day of the window
        (131, None, "AFTER", "AFTER"),  # the day after
        (20, 5, "WITHIN", "WITHIN"),  # an end before the start is a finding of the data check; the start decides
        (None, None, "START MISSING", "START MISSING"),
        (None, 10, "START MISSING", "START MISSING"),
        (None, 9, "ENDED BEFORE", "START MISSING"),
        (None, -1, "ENDED BEFORE", "START MISSING"),
        (None, "2024-01", "START MISSING", "START MISSING"),  # ended on 31 January at the latest
        (None, "2023-12", "ENDED BEFORE", "START MISSING"),
        ("2024-01", None, "WITHIN", "WITHIN"),  # could be the first dose
        ("2024-01", 10, "WITHIN", "WITHIN"),
        ("2024-01", 9, "ENDED BEFORE", "WITHIN"),
        ("2024-01", "2024-01", "WITHIN", "WITHIN"),
        ("2024", None, "WITHIN", "WITHIN"),
        ("2024", "2023-12", "ENDED BEFORE", "ENDED BEFORE"),
        ("2023-12", None, "BEFORE", "BEFORE"),
        ("2023-12", -1, "ENDED BEFORE", "ENDED BEFORE"),
        ("2023", None, "BEFORE", "BEFORE"),
        ("2024-05", None, "WITHIN", "WITHIN"),  # 1 May is day 121
        ("2024-06", None, "AFTER", "AFTER"),  # 1 June is day 152
    ],
)
def test_start_and_end(start: Any, end: Any, emergent: str, registered: str) -> None:
    _, adae = derived(event(start, end))
    assert adae.select("TRTEMRUL", "REGTERUL").row(0) == (emergent, registered)
    flags = {"WITHIN": "Y", "START MISSING": "Y", "BEFORE": "N", "ENDED BEFORE": "N", "AFTER": "N"}
    assert adae.select("TRTEMFL", "REGTEMFL").row(0) == (flags[emergent], flags[registered])


@pytest.mark.parametrize(
    ("initial", "grade", "end", "emergent"),
    [
        ("1", "2", None, "WORSENED"),
        ("1", "2", 10, "WORSENED"),
        ("1", "2", 9, "BEFORE"),  # over before the first dose
        ("2", "2", None, "BEFORE"),
        ("3", "2", None, "BEFORE"),
        (None, "2", None, "BEFORE"),
        ("1", None, None, "BEFORE"),
    ],
)
def test_an_event_from_before_the_first_dose_whose_grade_rose(
    initial: str | None, grade: str | None, end: int | None, emergent: str
) -> None:
    _, adae = derived(event(-5, end, grade), initial=initial)
    worsened = emergent == "WORSENED"
    found = adae.select("TRTEMRUL", "TRTEMFL", "WORSFL", "PREFL").row(0)
    assert found == (emergent, "Y" if worsened else "N", "Y" if worsened else "N", "Y")


def test_a_new_record_of_a_higher_grade_is_emergent_and_the_old_one_is_not() -> None:
    _, adae = derived(event(-5, 19, "1"), event(20, None, "2"))
    assert adae["TRTEMRUL"].to_list() == ["BEFORE", "WITHIN"]


@pytest.mark.parametrize(
    ("case", "last_day"),
    [
        ({}, 130),
        ({"drugs": ("ANLOTINIB",)}, 400),  # fulvestrant goes on: to the cut-off
        ({"drugs": ()}, 400),
        ({"drugs": ("STUDY TREATMENT",)}, 130),  # one record for all treatment
        ({"drugs": (), "death": 105}, 105),  # death ends an ongoing treatment, and the period
        ({"death": 120}, 120),
        ({"death": 140}, 130),
        ({"cutoff": 120}, 120),
        ({"settings": {"window_days": 28}}, 128),
        ({"therapy": 110}, 130),  # not cut at new therapy
        ({"therapy": 110, "settings": {"cut_at_new_therapy": True}}, 110),
        ({"therapy": 140, "settings": {"cut_at_new_therapy": True}}, 130),
    ],
)
def test_the_last_day_of_the_period(case: dict[str, Any], last_day: int) -> None:
    adsl, adae = derived(event(last_day), event(last_day + 1), **case)
    assert adsl["TEENDT"].item() == day(last_day)
    assert adae["TRTEMRUL"].to_list() == ["WITHIN", "AFTER"]
    assert adae["FUPFL"].to_list() == ["N", "Y"]


@pytest.mark.parametrize("start", [-1, 5, None])
def test_a_patient_who_was_never_dosed_has_no_emergent_events(start: int | None) -> None:
    adsl, adae = derived(event(start), treated=False)
    assert adsl["TEENDT"].item() is None
    flags = adae.select("TRTEMRUL", "TRTEMFL", "REGTERUL", "REGTEMFL", "PREFL").row(0)
    assert flags == ("NOT TREATED", "N", "NOT TREATED", "N", "N")


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2024-01", None, (day(10), "D", None, None)),  # the first dose
        ("2024-01", 9, (day(0), "D", day(9), None)),  # not the first dose, since it had ended
        ("2024-02", "2024-03", (dt.date(2024, 2, 1), "D", dt.date(2024, 3, 31), "D")),
        ("2024", "2024", (day(10), "M", dt.date(2024, 12, 31), "M")),
        (None, None, (None, None, None, None)),
    ],
)
def test_imputed_dates(start: Any, end: Any, expected: tuple[Any, ...]) -> None:
    _, adae = derived(event(start, end))
    assert adae.select("ASTDT", "ASTDTF", "AENDT", "AENDTF").row(0) == expected


def test_a_partial_end_is_not_after_death_or_the_cut_off() -> None:
    assert derived(event(20, "2024"), death=120)[1]["AENDT"].item() == day(120)
    assert derived(event(20, "2024"), cutoff=110)[1]["AENDT"].item() == day(110)


def test_a_rule_says_what_it_does_with_the_parameters() -> None:
    chosen = params(adverse_events={"window_days": 28, "cut_at_new_therapy": True})
    emergent, registered = ({rule.name: rule.says(chosen) for rule in rules} for rules in (EMERGENT, REGISTERED))
    assert emergent["WITHIN"] == (
        "Started from the first dose to 28 days after the last dose of the drug that was stopped last (ongoing "
        "patients: the data cut-off) or the day on which new anticancer therapy started, both days included"
    )
    assert registered["BEFORE"] == "Started before enrolment"
