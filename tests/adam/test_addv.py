"""Protocol deviations, by hand. Enrolment is 2024-01-01 (day 0), the first dose on day 5."""

from typing import Any

import polars as pl

from analysis.adam.addv import derive_addv
from analysis.adam.adsl import derive_adsl
from tests.adam.build import at, params, patient, sdtm

SETTINGS = params(400, subjects={"per_protocol_excludes": ["PROHIBITED"]})


def addv(*records: dict[str, Any]) -> pl.DataFrame:
    frames = sdtm(patient(dosed=(5, 300), more={"DV": list(records)}))
    return derive_addv(frames, derive_adsl(frames, SETTINGS), SETTINGS)


def test_importance_and_exclusion() -> None:
    frame = addv(
        {"DVCAT": "IMPORTANT DEVIATION", "DVDECOD": "PROHIBITED", "DVSTDTC": at(5)},
        {"DVCAT": "IMPORTANT DEVIATION", "DVDECOD": "VISIT", "DVSTDTC": at(6)},
        {"DVCAT": "MINOR DEVIATION", "DVDECOD": "PROHIBITED", "DVSTDTC": at(-1)},
        {"DVCAT": None, "DVDECOD": "PROHIBITED", "DVSTDTC": None},
    )
    assert frame.select("DVSEQ", "ASTDY", "IMPDVFL", "PPDVFL", "SRCSEQ").rows() == [
        (3, -6, "N", "N", 3),
        (1, 1, "Y", "Y", 1),
        (2, 2, "Y", "N", 2),
        (4, None, "Y", "Y", 4),
    ]


def test_a_partial_date_is_its_earliest_day() -> None:
    row = addv({"DVDECOD": "VISIT", "DVSTDTC": "2024-03"}).row(0, named=True)
    assert (str(row["ASTDT"]), row["ASTDTF"]) == ("2024-03-01", "D")


def test_a_study_without_deviations_and_a_stranger() -> None:
    frames = sdtm(patient())
    assert derive_addv(frames, derive_adsl(frames, SETTINGS), SETTINGS).is_empty()
    frames["DV"] = pl.DataFrame({"USUBJID": ["S-99"], "DVDECOD": ["VISIT"]})
    assert derive_addv(frames, derive_adsl(frames, SETTINGS), SETTINGS).is_empty()
