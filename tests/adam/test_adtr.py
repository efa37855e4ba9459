"""ADTR: every row of a hand-made patient, the visits where lesions and reader disagree, and the demonstration study."""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from analysis.adam import derive, labels
from analysis.adam.adsl import derive_adsl
from analysis.adam.adtr import SCHEMA, derive_adtr, disagreements, recomputed_assessments
from analysis.cut.dataset import frames, read_folder
from analysis.params import load
from tests.adam.build import day, params, patient, sdtm
from tests.adam.test_recist import records
from tests.conftest import PROJECT

PATIENT = records(
    {"T1": 20.0, "N1": 30.0, "X1": "PRESENT"},
    {"T1": 10.0, "N1": 24.0, "X1": "PRESENT"},
    {"T1": "TOO SMALL TO MEASURE", "N1": None, "X1": "ABSENT"},
    {"T1": 20.0, "N1": 24.0, "X1": "ABSENT", "NEW": "UNEQUIVOCAL"},
)


def study(*scans: tuple[Any, ...], lesions: list[dict[str, Any]], name: str = "01", **more: Any) -> Any:
    return patient(name, scans=scans, baseline=None, more={"TR": lesions}, **more)


def adtr(*patients: Any) -> pl.DataFrame:
    data = sdtm(*patients)
    return derive_adtr(data, derive_adsl(data, params()), params())


def differences(*patients: Any) -> list[tuple[Any, ...]]:
    data = sdtm(*patients)
    found = disagreements(data, derive_adsl(data, params()), params())
    return found.select("AVISIT", "INVRESP", "ROVRLRSP", "REASON").rows()


def test_sums_with_baseline_nadir_and_source() -> None:
    sums = adtr(study(lesions=PATIENT)).filter(pl.col("PARAMCD") == "SUMDIAM")
    columns = ("AVISIT", "ADT", "AVAL", "COMPLFL", "BASE", "CHG", "PCHG", "NADIR", "CHGNAD", "PCHGNAD", "NEWLFL")
    assert sums.select(columns).rows() == [
        ("V0", day(-10), 50.0, "Y", 50.0, None, None, None, None, None, None),
        ("V1", day(56), 34.0, "Y", 50.0, -16.0, -32.0, 50.0, -16.0, -32.0, "N"),
        ("V2", day(112), 5.0, "N", 50.0, None, None, 34.0, -29.0, pytest.approx(-2900 / 34), "N"),
        ("V3", day(168), 44.0, "Y", 50.0, -6.0, -12.0, 34.0, 10.0, pytest.approx(1000 / 34), "Y"),
    ]
    assert sums.select("SRCDOM", "SRCVAR", "SRCSEQ").rows() == [
        *[("TR", "TRSTRESN", seq) for seq in (2, 5)],
        ("TR", "TRSTRESC", 7),
        ("TR", "TRSTRESN", 11),
    ]
    assert sums["ABLFL"].to_list() == ["Y", None, None, None]


def test_lesions_are_rows_with_their_own_source() -> None:
    rows = adtr(study(lesions=PATIENT)).filter(pl.col("AVISIT") == "V2", pl.col("TRLNKID").is_not_null())
    assert rows.select("PARAMCD", "TRGRPID", "TRLNKID", "AVAL", "AVALC", "SRCSEQ").rows() == [
        ("LDIAM", "TARGET", "T1", 5.0, "TOO SMALL TO MEASURE", 7),
        ("TUMSTATE", "NON-TARGET", "X1", None, "ABSENT", 9),
    ]


def test_responses_say_which_rule_decided() -> None:
    rows = adtr(study(lesions=PATIENT)).filter(pl.col("PARAMCD").str.starts_with("R"))
    assert rows.select("AVISIT", "PARAMCD", "AVALC", "RULE").rows() == [
        ("V1", "RTRGRESP", "PR", "DECREASE"),
        ("V1", "RNTGRESP", "NON-CR/NON-PD", "PERSISTS"),
        ("V1", "ROVRLRSP", "PR", "TABLE1_PR"),
        ("V2", "RTRGRESP", "NE", "INCOMPLETE"),
        ("V2", "RNTGRESP", "CR", "ABSENT"),
        ("V2", "ROVRLRSP", "NE", "TABLE1_NE"),
        ("V3", "RTRGRESP", "PD", "GROWTH"),
        ("V3", "RNTGRESP", "CR", "ABSENT"),
        ("V3", "ROVRLRSP", "PD", "TABLE1_NEW_LESION"),
    ]
    assert rows["AREASON"][-1].endswith("No non-target lesion left; new lesion")
    assert rows.select("ADT", "AELAPSED").rows()[-1] == (day(168), 168)


def test_a_percentage_of_nothing_is_missing() -> None:
    rows = records({"T1": 20.0}, {"T1": 0.0}, {"T1": 5.0})
    sums = adtr(study(lesions=rows)).filter(pl.col("PARAMCD") == "SUMDIAM")
    assert sums.select("PCHG", "NADIR", "CHGNAD", "PCHGNAD").rows()[-1] == (-75.0, 0.0, 5.0, None)


def test_a_patient_without_target_lesions_has_responses_but_no_sums() -> None:
    rows = adtr(study(lesions=records({"X1": "PRESENT"}, {"X1": "ABSENT"})))
    assert rows.select("PARAMCD", "AVALC").rows() == [
        ("TUMSTATE", "PRESENT"),
        ("TUMSTATE", "ABSENT"),
        ("RNTGRESP", "CR"),
        ("ROVRLRSP", "CR"),
    ]


def test_only_enrolled_patients_with_lesions_have_rows() -> None:
    rows = records({"T1": 20.0}, {"T1": 20.0})
    screened = study(lesions=[dict(r) for r in rows], name="02", enrolled=None, dosed=None)
    found = adtr(study(lesions=rows), screened, patient("03", baseline=None))
    assert set(found["USUBJID"]) == {"S-01"}
    assert adtr(patient(baseline=None)).schema == pl.Schema(SCHEMA)


def test_baseline_is_the_last_scan_before_the_first_dose_not_before_enrolment() -> None:
    rows = records({"T1": 40.0}, {"T1": 27.0}, every=20)
    repeated = rows[0] | {"TRSTRESN": 36.0, "TRSTRESC": "36", "TRDTC": day(4).isoformat(), "VISITNUM": 0.1}
    sums = adtr(study(lesions=[*rows, repeated], dosed=(5, 300))).filter(pl.col("PARAMCD") == "SUMDIAM")
    assert sums["AVAL"].to_list() == [36.0, 27.0]


@pytest.mark.parametrize(
    ("scans", "lesions", "expected"),
    [
        pytest.param([(56, "PR")], [{"T1": 20.0}, {"T1": 14.0}], [], id="agree"),
        pytest.param(
            [(59, "SD")],
            [{"T1": 20.0}, {"T1": 14.0}],
            [("V1", "SD", "PR", "Sum at least 30 % below baseline")],
            id="differ, the response three days after the scan",
        ),
        pytest.param([(56, "SD"), (112, "NE")], [{"T1": 20.0}, {"T1": 20.0}], [], id="not evaluable without a scan"),
        pytest.param(
            [(56, "SD"), (112, "SD")],
            [{"T1": 20.0}, {"T1": 20.0}],
            [(None, "SD", None, "No lesion records")],
            id="a response without lesions",
        ),
        pytest.param(
            [(56, "SD")],
            [{"T1": 20.0}, {"T1": 20.0}, {"T1": 26.0}],
            [
                (
                    "V2",
                    None,
                    "PD",
                    "No response by the reader; from the lesions: "
                    "Sum of what was measured at least 20 % and at least 5 mm above the nadir",
                )
            ],
            id="lesions without a response",
        ),
        pytest.param([(-10, "SD"), (56, "SD")], [{"T1": 20.0}, {"T1": 20.0}], [], id="not at baseline"),
    ],
)
def test_disagreements(scans: list[tuple[Any, ...]], lesions: list[dict[str, Any]], expected: list[Any]) -> None:
    assert differences(study(*scans, lesions=records(*lesions))) == expected


def test_a_study_without_measurements_has_nothing_to_compare() -> None:
    assert differences(patient(scans=[(56, "SD")])) == []


def test_recomputed_responses_are_assessments() -> None:
    data = sdtm(study(lesions=PATIENT))
    found = recomputed_assessments(data, derive_adsl(data, params()), params())["S-01"]
    assert [(a.date, a.response, a.visit) for a in found] == [
        (day(56), "PR", "V1"),
        (day(112), "NE", "V2"),
        (day(168), "PD", "V3"),
    ]


CUTS = ("2025-06-30", "2025-12-31")


@pytest.mark.parametrize("cut", CUTS)
def test_lesions_and_investigator_agree_in_the_demonstration_study(cut: str) -> None:
    """Its responses were made by RECIST 1.1 from its lesions, and no disagreement was planted (data/README.md)."""
    data = frames(read_folder(PROJECT / "data" / "cuts" / cut))
    settings = load(cut, PROJECT / "params")
    adsl = derive_adsl(data, settings)
    assert disagreements(data, adsl, settings).rows() == []
    found = derive_adtr(data, adsl, settings).filter(pl.col("PARAMCD") == "ROVRLRSP")
    read = data["RS"].filter(pl.col("RSTESTCD") == "OVRLRESP")
    assert found.height == read.height > 150


def test_a_changed_response_of_the_demonstration_study_is_found() -> None:
    data = frames(read_folder(PROJECT / "data" / "cuts" / CUTS[0]))
    settings = load(CUTS[0], PROJECT / "params")
    where = (pl.col("USUBJID") == "NCT05075512-01-012") & (pl.col("VISIT") == "WEEK 16")
    changed = pl.when(where & (pl.col("RSTESTCD") == "OVRLRESP")).then(pl.lit("SD")).otherwise("RSSTRESC")
    data["RS"] = data["RS"].with_columns(changed.alias("RSSTRESC"))
    found = disagreements(data, derive_adsl(data, settings), settings)
    assert found.select("AVISIT", "RSDT", "INVRESP", "ROVRLRSP", "SUMDIAM", "BASE").rows() == [
        ("WEEK 16", dt.date(2023, 9, 2), "SD", "CR", 15.0, 38.0)
    ]


def test_it_is_one_of_the_datasets_with_every_label() -> None:
    found = derive(sdtm(study(lesions=PATIENT)), params())["ADTR"]
    assert found.label == labels.DATASETS["ADTR"]
    assert set(found.labels) == set(SCHEMA)
