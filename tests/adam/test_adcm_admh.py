"""Medication and medical history: when each was taken or present. Enrolment is 2024-01-01 (day 0), the first dose on
day 10, the last on day 100 and both drugs are stopped, so the treatment-emergent period ends on day 130.
"""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from analysis.adam.adcm import derive_adcm
from analysis.adam.admh import derive_admh
from analysis.adam.adsl import derive_adsl
from analysis.errors import DataError
from tests.adam.build import at, day, params, patient, sdtm

STOPPED = {
    "DSCAT": "DISPOSITION EVENT",
    "DSSCAT": "STUDY TREATMENT",
    "DSDECOD": "COMPLETED",
    "DSSTDTC": at(101),
}


def frames_of(domain: str, *records: dict[str, Any], **patient_: Any) -> dict[str, pl.DataFrame]:
    more = {domain: list(records), "DS": [STOPPED]}
    return sdtm(patient(**({"dosed": (10, 100), "more": more} | patient_)))


def medication(start: int | str | None, end: int | str | None = None, **values: Any) -> dict[str, Any]:
    row = {"CMTRT": "X", "CMCAT": "CONCOMITANT MEDICATION"}
    return row | {"CMSTDTC": at(start), "CMENDTC": at(end)} | values


def adcm(*records: dict[str, Any], **patient_: Any) -> pl.DataFrame:
    frames = frames_of("CM", *records, **patient_)
    return derive_adcm(frames, derive_adsl(frames, params(400)), params(400))


def flags(*records: dict[str, Any], **patient_: Any) -> str:
    """Prior, concomitant, subsequent of one medication."""
    return "".join(adcm(*records, **patient_).select("PREFL", "CONCFL", "SUBSFL").row(0))


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (-20, 9, "YNN"),  # ended the day before the first dose
        (-20, 10, "YYN"),  # ended on it
        (-20, None, "YYN"),  # goes on
        (9, 9, "YNN"),
        (10, 10, "NYN"),
        (130, None, "NYN"),  # the last day of the period
        (131, None, "NNY"),
        (None, None, "YYN"),  # could have been taken at any time
        (None, 9, "YNN"),
        (None, 10, "YYN"),
        ("2024-01", None, "YYN"),  # 1 January at the earliest
        ("2024-01", "2024-01", "YYN"),  # to 31 January at the latest
        ("2023-12", "2023-12", "YNN"),
        ("2024-05", None, "NYN"),  # 1 May is day 121
        ("2024-06", None, "NNY"),
    ],
)
def test_when_a_medication_was_taken(start: Any, end: Any, expected: str) -> None:
    assert flags(medication(start, end)) == expected


def test_a_medication_without_an_end_that_the_record_says_was_over() -> None:
    assert flags(medication(-20, CMENRTPT="BEFORE")) == "YNN"
    assert flags(medication(-20, CMENRF="BEFORE")) == "YNN"
    assert flags(medication(-20, CMENRTPT="ONGOING")) == "YYN"


@pytest.mark.parametrize("start", [105, 200])
def test_subsequent_anticancer_therapy_is_never_concomitant(start: int) -> None:
    assert flags(medication(start, CMCAT="SUBSEQUENT ANTICANCER THERAPY")) == "NNY"


def test_subsequent_anticancer_therapy_is_dated_as_in_adsl() -> None:
    """In 2024-04, the month of the last dose (day 100 is 10 April): on that day."""
    frames = frames_of("CM", medication("2024-04", CMCAT="SUBSEQUENT ANTICANCER THERAPY"), medication("2024-04"))
    adsl = derive_adsl(frames, params(400))
    found = derive_adcm(frames, adsl, params(400)).sort("CMSEQ")["ASTDT"].to_list()
    assert found == [adsl["NACTDT"].item(), dt.date(2024, 4, 1)] == [day(100), dt.date(2024, 4, 1)]


def test_patients_who_were_never_dosed() -> None:
    """Prior is before enrolment; nothing is concomitant. Who was not enrolled has neither."""
    never = {"dosed": None, "more": {"CM": [medication(-1), medication(0)]}}
    assert adcm(**never).select("PREFL", "CONCFL", "SUBSFL").rows() == [("Y", "N", "N"), ("N", "N", "N")]
    assert flags(dosed=None, enrolled=None, more={"CM": [medication(-1)]}) == "NNN"


def test_records_of_medication_that_was_not_taken_are_left_out() -> None:
    assert adcm(medication(10, CMOCCUR="N"), medication(10, CMOCCUR="Y"))["CMSEQ"].to_list() == [2]


def test_dates_of_a_medication() -> None:
    found = adcm(medication("2024-01", "2024-02"), death=40).row(0, named=True)
    assert (found["ASTDT"], found["ASTDTF"], found["ASTDY"]) == (day(0), "D", -10)
    assert (found["AENDT"], found["AENDTF"], found["AENDY"]) == (day(40), "D", 31)  # not after death
    assert (found["SRCDOM"], found["SRCVAR"], found["SRCSEQ"]) == ("CM", "CMSTDTC", 1)


def test_an_invalid_date_names_its_record() -> None:
    with pytest.raises(DataError, match="CM, USUBJID S-01, CMSEQ 1: CMSTDTC 'soon'"):
        adcm(medication("soon"))


def condition(start: int | str | None, end: int | str | None = None, **values: Any) -> dict[str, Any]:
    return {"MHTERM": "X", "MHCAT": "MEDICAL HISTORY", "MHSTDTC": at(start), "MHENDTC": at(end)} | values


def admh(*records: dict[str, Any], **patient_: Any) -> dict[str, Any]:
    frames = frames_of("MH", *records, **patient_)
    return derive_admh(frames, derive_adsl(frames, params(400)), params(400)).row(0, named=True)


@pytest.mark.parametrize(
    ("record", "ongoing"),
    [
        (condition("2009"), "Y"),
        (condition("2009", 9), "N"),
        (condition("2009", 10), "Y"),
        (condition("2009", "2024-01"), "Y"),  # until 31 January at the latest
        (condition("2009", "2023"), "N"),
        (condition("2009", MHENRTPT="BEFORE"), "N"),
        (condition("2009", MHENRTPT="ONGOING"), "Y"),
    ],
)
def test_conditions_that_were_present_at_the_first_dose(record: dict[str, Any], ongoing: str) -> None:
    found = admh(record)
    assert found["MHENRFL"] == ongoing
    assert (found["ASTDT"], found["ASTDTF"]) == (dt.date(2009, 1, 1), "M")
    assert (found["SRCDOM"], found["SRCVAR"], found["SRCSEQ"]) == ("MH", "MHSTDTC", 1)


def test_conditions_of_patients_who_were_never_dosed_count_from_enrolment() -> None:
    assert admh(dosed=None, more={"MH": [condition("2009", -1)]})["MHENRFL"] == "N"
    assert admh(dosed=None, more={"MH": [condition("2009", 0)]})["MHENRFL"] == "Y"
    assert admh(dosed=None, enrolled=None, more={"MH": [condition("2009")]})["MHENRFL"] is None


def test_a_medication_has_its_generic_name_and_its_group() -> None:
    groups = [{"name": "a", "title": "Antihypertensives", "drugs": ["amlodipine"]}]
    frames = frames_of("CM", medication(20, CMDECOD="Amlodipine"), medication(21), medication(22, CMTRT=None))
    settings = params(400, patients={"medication_groups": groups})
    frame = derive_adcm(frames, derive_adsl(frames, settings), settings)
    assert frame.select("ACMDECOD", "ACMGRP").rows() == [
        ("AMLODIPINE", "Antihypertensives"),
        ("X", None),
        (None, None),
    ]


def test_a_condition_without_a_coded_term_has_the_reported_one() -> None:
    frames = frames_of("MH", {"MHTERM": "GOUT", "MHDECOD": "Gout"}, {"MHTERM": "sore knee", "MHDECOD": None})
    assert derive_admh(frames, derive_adsl(frames, params(400)), params(400))["AMHDECOD"].to_list() == [
        "Gout",
        "sore knee",
    ]
