"""Therapy before the trial, by hand: settings, lines, classes, and the length of adjuvant endocrine therapy."""

from typing import Any

import polars as pl
import pytest

from analysis.adam.adsl import derive_adsl
from tests.adam.build import params, patient, sdtm

BASELINE = {
    "prior_categories": ["PRIOR"],
    "adjuvant_settings": ["ADJUVANT"],
    "advanced_settings": ["METASTATIC"],
    "chemotherapy": ["CAPECITABINE", "DOCETAXEL"],
    "endocrine_therapy": ["LETROZOLE", "TAMOXIFEN"],
}
PATIENTS = {
    "line_qnam": "CMLINE",
    "surgery_categories": ["SURGERY"],
    "radiotherapy_categories": ["RADIOTHERAPY"],
    "drug_classes": [{"variable": "PRAIFL", "label": "Aromatase inhibitor", "drugs": ["letrozole"]}],
}


def therapy(drug: str, setting: str = "METASTATIC", start: str | None = None, end: str | None = None) -> dict[str, Any]:
    dates = {"CMSTDTC": start, "CMENDTC": end}
    return {"CMTRT": drug, "CMDECOD": drug, "CMCAT": "PRIOR", "CMSCAT": setting, **dates}


def adsl(more: dict[str, list[dict[str, Any]]], lines: dict[int, str] | None = None) -> dict[str, Any]:
    """ADSL of a patient with these records; `lines` are CMLINE by CMSEQ."""
    frames = sdtm(patient(more=more), patient("02"))
    if lines:
        rows = [("S-01", "CMSEQ", str(seq), "CMLINE", line) for seq, line in lines.items()]
        frames["SUPPCM"] = pl.DataFrame(rows, ["USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QVAL"], orient="row")
    return derive_adsl(frames, params(baseline=BASELINE, patients=PATIENTS)).row(0, named=True)


def test_lines_for_advanced_disease_by_number() -> None:
    given = [therapy("LETROZOLE"), therapy("PALBOCICLIB"), therapy("CAPECITABINE"), therapy("TAMOXIFEN", "ADJUVANT")]
    row = adsl({"CM": given}, {1: "1", 2: "1", 3: "2"})
    assert (row["NADVLINE"], row["NETLINE"], row["NCTLINE"]) == (2, 1, 1)


def test_lines_without_a_number_are_those_of_one_start() -> None:
    given = [
        therapy("LETROZOLE", start="2020-01"),
        therapy("RIBOCICLIB", start="2020-01"),
        therapy("TAMOXIFEN", start="2021-01"),
    ]
    row = adsl({"CM": given})
    assert (row["NADVLINE"], row["NETLINE"], row["NCTLINE"]) == (2, 2, 0)


def test_classes_and_settings() -> None:
    row = adsl({"CM": [therapy("Letrozole", "ADJUVANT"), therapy("DOCETAXEL", "ADJUVANT")]})
    assert (row["PRAIFL"], row["ADJETFL"], row["ADJCTFL"], row["NCTLINE"]) == ("Y", "Y", "Y", 0)
    row = adsl({"CM": [therapy("DOCETAXEL")]})
    assert (row["PRAIFL"], row["ADJETFL"], row["ADJCTFL"], row["NCTLINE"]) == ("N", "N", "N", 1)
    assert row["PRFULFL"] is None  # no such class in params


def test_surgery_and_radiotherapy() -> None:
    row = adsl({"PR": [{"PRCAT": "SURGERY"}, {"PRCAT": "OTHER"}, {"PRCAT": "RADIOTHERAPY", "PROCCUR": "N"}]})
    assert (row["PRSURGFL"], row["PRRADFL"]) == ("Y", None)  # nobody had radiotherapy: it was not recorded


def test_another_patient_without_a_record_had_none() -> None:
    frames = sdtm(patient(more={"CM": [therapy("LETROZOLE")], "PR": [{"PRCAT": "SURGERY"}]}), patient("02"))
    row = derive_adsl(frames, params(baseline=BASELINE, patients=PATIENTS)).row(1, named=True)
    assert (row["NADVLINE"], row["NETLINE"], row["PRAIFL"], row["ADJETFL"]) == (0, 0, "N", "N")
    assert row["PRSURGFL"] == "N"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        # 2018-01-01 to 2019-12-31 are 730 days, both counting
        ([("LETROZOLE", "2018-01-01", "2019-12-31")], (730, 1, 1)),
        # the first start to the last end, the pause included; 2018-01-01 to 2020-06-30 are 912 days
        ([("TAMOXIFEN", "2019-06-01", "2020-06-30"), ("LETROZOLE", "2018-01-01", "2019-01-01")], (912, 2, 1)),
        # the earliest start and the latest end: 2018-01-01 to 2018-03-31 are 90 days
        ([("TAMOXIFEN", "2018", "2018-03")], (90, 1, 1)),
        ([("TAMOXIFEN", "2018-01-01", None)], None),
        ([("TAMOXIFEN", None, "2018-01-01")], None),
        ([("TAMOXIFEN", "2018-01-01", "2019-01-01"), ("LETROZOLE", "2019-01-02", None)], None),
        ([("DOCETAXEL", "2018-01-01", "2019-01-01")], None),
    ],
)
def test_length_of_adjuvant_endocrine_therapy(given: list[Any], expected: tuple[int, int, int] | None) -> None:
    row = adsl({"CM": [therapy(drug, "ADJUVANT", start, end) for drug, start, end in given]})
    if expected is None:
        assert (row["ADJETMON"], row["ADJETSSQ"], row["ADJETESQ"]) == (None, None, None)
    else:
        assert row["ADJETMON"] == pytest.approx(expected[0] / 30.4375)
        assert (row["ADJETSSQ"], row["ADJETESQ"]) == expected[1:]


def test_an_end_before_the_start_has_no_length() -> None:
    row = adsl({"CM": [therapy("TAMOXIFEN", "ADJUVANT", "2019-01-01", "2018-01-01")]})
    assert row["ADJETMON"] is None
