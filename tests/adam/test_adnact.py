"""Subsequent anticancer therapy: kind, class, line, and time since enrolment (day 0) and the last dose (day 300)."""

from typing import Any

import polars as pl
import pytest

from analysis.adam import derive
from tests.adam.build import at, params, patient, sdtm

LISTS = {"chemotherapy": ["PACLITAXEL"], "endocrine_therapy": ["LETROZOLE"], "cdk46_inhibitors": ["PALBOCICLIB"]}
TARGET = {"TUSTRESC": "TARGET", "TULNKID": "T02", "TULOC": "LIVER", "TUDTC": at(-10)}


def medicine(name: str, when: int | str | None) -> dict[str, Any]:
    return {"CMCAT": "SUBSEQUENT ANTICANCER THERAPY", "CMTRT": name, "CMDECOD": name, "CMSTDTC": at(when)}


def local(category: str, when: int, where: str | None = None) -> dict[str, Any]:
    return {"PRCAT": f"SUBSEQUENT {category}", "PRTRT": category, "PRLOC": where, "PRSTDTC": at(when)}


def therapies(**more: Any) -> pl.DataFrame:
    records = {"TU": [TARGET], **more.pop("records", {})}
    return derive(sdtm(patient(more=records, **more)), params(baseline=LISTS))["ADNACT"].frame


def test_kinds_and_classes() -> None:
    found = therapies(
        records={
            "CM": [medicine(name, 310 + i) for i, name in enumerate(("paclitaxel ", "LETROZOLE", "PALBOCICLIB", "X"))],
            "PR": [
                local("RADIOTHERAPY", 320, "LIVER"),
                local("RADIOTHERAPY", 321, "FEMUR"),
                local("ANTICANCER SURGERY", 322),
            ],
        }
    )
    assert found.select("NACAT", "NACLASS", "FKINDFL", "FCLASSFL").rows() == [
        ("SYSTEMIC THERAPY", "Chemotherapy", "Y", "Y"),
        ("SYSTEMIC THERAPY", "Endocrine therapy", "N", "Y"),
        ("SYSTEMIC THERAPY", "CDK4/6 inhibitor", "N", "Y"),
        ("SYSTEMIC THERAPY", "Other systemic therapy", "N", "Y"),
        ("RADIOTHERAPY TO A LESION", None, "Y", "N"),
        ("RADIOTHERAPY ELSEWHERE", None, "Y", "N"),
        ("SURGERY", None, "Y", "N"),
    ]


def test_medicines_of_one_day_are_one_line() -> None:
    found = therapies(records={"CM": [medicine("A", 310), medicine("B", 310), medicine("C", 400)]})
    assert found.select("NATRT", "ALINE", "NLINES", "NEWTHFL").rows() == [
        ("A", 1, 2, "Y"),
        ("B", 1, 2, "N"),
        ("C", 2, 2, "N"),
    ]


def test_radiotherapy_elsewhere_is_listed_but_no_new_therapy_and_no_line() -> None:
    found = therapies(records={"PR": [local("RADIOTHERAPY", 100, "FEMUR")], "CM": [medicine("A", 310)]})
    assert found.select("NACAT", "ALINE", "NLINES", "NEWTHFL").rows() == [
        ("RADIOTHERAPY ELSEWHERE", None, 1, "N"),
        ("SYSTEMIC THERAPY", 1, 1, "Y"),
    ]


def test_times_and_source() -> None:
    """Day 309 is 310 days with both ends, 310 / 30.4375 = 10.184805 months, and 9 days after the last dose."""
    (row,) = therapies(records={"CM": [medicine("A", 309)]}).iter_rows(named=True)
    assert row["AVAL"] == pytest.approx(10.184805, abs=1e-6)
    assert row["ADLDOSE"] == 9
    assert (row["SRCDOM"], row["SRCVAR"], row["SRCSEQ"]) == ("CM", "CMSTDTC", 1)


@pytest.mark.parametrize(
    ("scans", "relation"),
    [
        ([(56, "SD")], "NO PROGRESSION"),
        ([(310, "PD")], "AFTER PROGRESSION"),  # of one day: after
        ([(311, "PD")], "BEFORE PROGRESSION"),
    ],
)
def test_before_or_after_progression(scans: Any, relation: str) -> None:
    (row,) = therapies(scans=scans, records={"CM": [medicine("A", 310)]}).iter_rows(named=True)
    assert row["RELPD"] == relation


def test_imputed_start_is_flagged_and_one_before_enrolment_left_out() -> None:
    """The last dose is on 2024-10-27, so that of a therapy in 2024-10 is the earliest day that is not before it."""
    found = therapies(records={"CM": [medicine("A", "2024-10"), medicine("B", -5)]})
    assert found.select("NATRT", "ASTDT", "ASTDTF").rows() == [("A", found["ASTDT"][0], "D")]
    assert found["ASTDT"][0].isoformat() == at(300) == "2024-10-27"


def test_a_patient_without_therapy_and_one_never_dosed() -> None:
    assert therapies().is_empty()
    (row,) = therapies(dosed=None, records={"CM": [medicine("A", 20)]}).iter_rows(named=True)
    assert row["ADLDOSE"] is None
