"""Patient and disease at baseline, by hand. Enrolment is 2024-01-01 (day 0), the first dose on day 5."""

from typing import Any

import pytest

from analysis.adam.adsl import derive_adsl
from analysis.errors import DataError
from tests.adam.build import at, params, patient, sdtm

PATIENTS = {
    "menopause_testcd": "MENOSTAT",
    "biomarkers": {"er_testcd": "ESTRCPT", "pr_testcd": "PROGRCPT", "her2_testcd": "HER2", "ki67_testcd": "KI67"},
    "diagnosis_mhdecod": "Breast cancer",
    "sites": [
        {"variable": "LUNGFL", "label": "Lung", "locations": ["Lung"]},
        {"variable": "NODEFL", "label": "Lymph nodes", "locations": ["AXILLARY LYMPH NODE", "HILAR LYMPH NODE"]},
    ],
}


def adsl(domain: str | None = None, *records: dict[str, Any], **patient_: Any) -> dict[str, Any]:
    more = {domain: list(records)} if domain else {}
    settings = params(400, patients=PATIENTS, baseline={"resistance": {"relapse_mhdecod": "Metastatic breast cancer"}})
    frames = sdtm(patient(**({"dosed": (5, 300), "baseline": None, "more": more} | patient_)))
    return derive_adsl(frames, settings).row(0, named=True)


def vital(test: str, value: float | None, unit: str | None, when: int | str | None = -3) -> dict[str, Any]:
    text = None if value is None else f"{value:g}"
    return {"VSTESTCD": test, "VSSTRESN": value, "VSSTRESC": text, "VSSTRESU": unit, "VSDTC": at(when)}


def marker(test: str, text: str | None, value: float | None = None, when: int = -9, **more: Any) -> dict[str, Any]:
    return {"MITESTCD": test, "MISTRESC": text, "MISTRESN": value, "MIMETHOD": "IHC", "MIDTC": at(when)} | more


def history(term: str, when: str | int | None) -> dict[str, Any]:
    return {"MHDECOD": term, "MHTERM": term.upper(), "MHSTDTC": at(when)}


def test_body_is_the_last_value_before_the_first_dose_with_its_record() -> None:
    row = adsl(
        "VS",
        vital("WEIGHT", 60, "kg", -14),
        vital("WEIGHT", 64, "kg", 5),  # on the day of the first dose
        vital("WEIGHT", 70, "kg", 6),
        vital("HEIGHT", 160, "cm", -14),
    )
    assert (row["WEIGHTBL"], row["WEIGHSEQ"], row["HEIGHTBL"], row["HEIGHSEQ"]) == (64, 2, 160, 4)
    assert row["BMIBL"] == pytest.approx(25.0)  # 64 / 1.6^2


def test_body_of_a_patient_never_dosed_is_before_enrolment() -> None:
    row = adsl("VS", vital("WEIGHT", 60, "kg", 0), vital("WEIGHT", 61, "kg", 1), dosed=None)
    assert (row["WEIGHTBL"], row["HEIGHTBL"], row["BMIBL"]) == (60, None, None)


def test_body_in_other_units_and_values_that_cannot_be() -> None:
    row = adsl("VS", vital("WEIGHT", 140, "LB"), vital("HEIGHT", 1.6, "m"))
    assert row["WEIGHTBL"] == pytest.approx(63.5029318)  # one pound is 0.45359237 kg
    assert row["HEIGHTBL"] == pytest.approx(160)
    assert adsl("VS", vital("WEIGHT", 10, "stone"))["WEIGHTBL"] is None
    assert adsl("VS", vital("WEIGHT", 0, "kg"), vital("HEIGHT", 0, "cm"))["BMIBL"] is None
    assert adsl("VS", vital("WEIGHT", 60, "kg"), vital("WEIGHT", None, "kg", -1))["WEIGHTBL"] == 60


def test_a_date_that_is_none_is_named() -> None:
    with pytest.raises(DataError, match=r"VS, USUBJID S-01, VSSEQ 1: VSDTC '2023-13-01'"):
        adsl("VS", vital("WEIGHT", 60, "kg", "2023-13-01"))


def test_menopausal_status() -> None:
    row = adsl("RP", {"RPTESTCD": "MENOSTAT", "RPSTRESC": "POSTMENOPAUSAL", "RPDTC": at(-3)})
    assert (row["MENOSTAT"], row["MENOSEQ"]) == ("POSTMENOPAUSAL", 1)


@pytest.mark.parametrize(
    ("value", "status"), [(0.0, "NEGATIVE"), (0.9, "NEGATIVE"), (1.0, "POSITIVE"), (95.0, "POSITIVE")]
)
def test_a_receptor_is_positive_from_one_per_cent(value: float, status: str) -> None:
    row = adsl("MI", marker("KI67", "5", 5), marker("PROGRCPT", f"{value:g}", value))
    assert (row["PRBL"], row["PRSTAT"], row["PRSEQ"]) == (value, status, 2)
    assert (row["ERBL"], row["ERSTAT"], row["ERSEQ"]) == (None, None, None)


@pytest.mark.parametrize(("value", "group"), [(19.0, "LOW"), (20.0, "HIGH")])
def test_ki67_is_high_from_twenty_per_cent(value: float, group: str) -> None:
    assert adsl("MI", marker("KI67", f"{value:g}", value))["KI67GR1"] == group


@pytest.mark.parametrize(
    ("ihc", "ish", "status"),
    [
        ("0", None, "ZERO"),
        ("1+", None, "LOW"),
        ("2+", "NEGATIVE", "LOW"),
        ("2+", None, "EQUIVOCAL"),
        ("2+", "EQUIVOCAL", "EQUIVOCAL"),
        ("2+", "Positive", "POSITIVE"),
        ("3+", None, "POSITIVE"),
        ("0", "AMPLIFIED", "POSITIVE"),
        (None, "NEGATIVE", None),
        ("not known", None, None),
    ],
)
def test_her2_status_by_both_methods(ihc: str | None, ish: str | None, status: str | None) -> None:
    records = [marker("HER2", ihc), marker("HER2", ish, MIMETHOD="fish")]
    row = adsl("MI", *records)
    assert row["HER2STAT"] == status
    assert (row["HER2SEQ"], row["HER2ISEQ"]) == (1 if ihc else None, 2 if ish else None)


def test_her2_status_is_of_the_last_result() -> None:
    records = [marker("HER2", "1+", when=-9), marker("HER2", "0", when=-20), marker("HER2", "3+", when=6)]
    assert (adsl("MI", *records)["HER2STAT"], adsl("MI", *records)["HER2SEQ"]) == ("LOW", 1)


def test_diagnosis_and_metastases_with_the_times_to_enrolment() -> None:
    row = adsl(
        "MH",
        history("METASTATIC BREAST CANCER", "2023-12-02"),
        history("Breast cancer", "2020-01"),
        history("Breast cancer", None),
        history("Breast cancer", "2021-01-01"),
    )
    assert (str(row["DIAGDT"]), row["DIAGDTF"], row["DIAGSEQ"]) == ("2020-01-01", "D", 2)
    assert (str(row["METDT"]), row["METDTF"], row["METSEQ"]) == ("2023-12-02", None, 1)
    # 2020-01-01 to 2024-01-01 are 1462 days, both counting; 2023-12-02 to then 31; 2020-01-01 to 2023-12-02 1432
    assert row["DIAGMON"] == pytest.approx(1462 / 30.4375)
    assert row["METMON"] == pytest.approx(31 / 30.4375)
    assert (row["DENOVOFL"], row["DFIMON"]) == ("N", pytest.approx(1432 / 30.4375))


@pytest.mark.parametrize(("spread", "flag"), [("2020-04-15", "Y"), ("2020-04-16", "N"), ("2020-01-15", "Y")])
def test_de_novo_is_within_three_calendar_months(spread: str, flag: str) -> None:
    row = adsl("MH", history("Breast cancer", "2020-01-15"), history("Metastatic breast cancer", spread))
    assert row["DENOVOFL"] == flag
    assert (row["DFIMON"] is None) == (flag == "Y")


def test_a_diagnosis_after_enrolment_has_no_time_since() -> None:
    row = adsl("MH", history("Breast cancer", 20))
    assert (row["DIAGMON"], row["DENOVOFL"]) == (None, None)


def lesion(site: str, when: int = -9, kind: str = "TARGET") -> dict[str, Any]:
    return {"TUSTRESC": kind, "TULOC": site, "TUDTC": at(when), "TULNKID": site}


def test_sites_of_params_count_once_and_any_other_location_is_its_own() -> None:
    row = adsl(
        "TU",
        lesion("AXILLARY LYMPH NODE"),
        lesion("hilar lymph node", kind="NON-TARGET"),
        lesion("OVARY"),
        lesion("STOMACH"),
        lesion("LUNG", when=40),
        lesion("LUNG", kind="NEW"),
    )
    assert (row["NODEFL"], row["LUNGFL"], row["BONEFL"], row["NSITES"]) == ("Y", "N", None, 3)
    assert adsl("TU")["NSITES"] is None


def test_a_study_that_records_none_of_it() -> None:
    row = adsl()
    names = ("WEIGHTBL", "BMIBL", "MENOSTAT", "ERSTAT", "HER2STAT", "KI67BL", "DIAGDT", "DENOVOFL", "NSITES")
    assert [row[name] for name in names] == [None] * len(names)
