"""Baseline covariates of ADSL: one patient on each side of every rule. Enrolment is day 0, the first dose day 5."""

from typing import Any

import pytest

from analysis.adam import derive
from analysis.adam.adsl import derive_adsl
from analysis.adam.baseline import COVARIATES, age_group
from tests.adam.build import at, params, patient, sdtm

BASELINE = {
    "age_groups": [65],
    "ecog_testcd": "ECOG101",
    "prior_categories": ["PRIOR ANTICANCER THERAPY"],
    "adjuvant_settings": ["ADJUVANT"],
    "advanced_settings": ["METASTATIC"],
    "cdk46_inhibitors": ["Palbociclib"],
    "chemotherapy": ["CAPECITABINE"],
    "endocrine_therapy": ["LETROZOLE"],
    "visceral_sites": ["LIVER", "LUNG"],
    "liver_sites": ["LIVER"],
}
PARAMS = params(baseline=BASELINE)


def prior(drug: str, setting: str | None = "METASTATIC", **more: Any) -> dict[str, Any]:
    return {"CMCAT": "PRIOR ANTICANCER THERAPY", "CMSCAT": setting, "CMTRT": "brand", "CMDECOD": drug} | more


def ecog(when: int | str | None, value: float | None, text: str | None = None) -> dict[str, Any]:
    return {"RSCAT": "ECOG", "RSTESTCD": "ECOG101", "RSSTRESN": value, "RSSTRESC": text, "RSDTC": at(when)}


def lesion(site: str | None, when: int | None = -10, kind: str = "TARGET", **more: Any) -> dict[str, Any]:
    return {"TULOC": site, "TUDTC": at(when), "TUSTRESC": kind} | more


def covariates(settings: Any = PARAMS, **records: Any) -> dict[str, Any]:
    return derive_adsl(sdtm(patient(**{"dosed": (5, 300)} | records)), settings).row(0, named=True)


@pytest.mark.parametrize(("age", "group"), [(64, "<65"), (64.9, "<65"), (65, ">=65"), (None, None)])
def test_age_group(age: float | None, group: str | None) -> None:
    assert age_group(age, PARAMS) == group


@pytest.mark.parametrize(("age", "group"), [(49, "<50"), (50, "50-64"), (64, "50-64"), (65, ">=65")])
def test_three_age_groups(age: float, group: str) -> None:
    assert age_group(age, params(baseline={"age_groups": [50, 65]})) == group


def test_no_age_groups() -> None:
    assert age_group(70, params(baseline={"age_groups": []})) is None


@pytest.mark.parametrize(
    ("records", "value"),
    [
        pytest.param([ecog(-10, 1), ecog(-3, 0)], 0, id="the last before the first dose"),
        pytest.param([ecog(-3, 0), ecog(-10, 1)], 0, id="whatever the order of the records"),
        pytest.param([ecog(-10, 1), ecog(5, 0)], 0, id="without a time, on the day of the first dose"),
        pytest.param([ecog(-10, 1), ecog(6, 0)], 1, id="not the day after it"),
        pytest.param([ecog(-10, 1), ecog(-3, None)], 1, id="a missing value is passed over"),
        pytest.param([ecog(-10, None, "2")], 2, id="the text where there is no number"),
        pytest.param([ecog(-10, None, "UNKNOWN")], None, id="a text that is no number"),
        pytest.param([ecog(6, 1)], None, id="none at baseline"),
        pytest.param([ecog(None, 1)], None, id="undated"),
        pytest.param([ecog(-10, 1) | {"RSTESTCD": "KPSS"}], None, id="another test"),
    ],
)
def test_performance_status(records: list[dict[str, Any]], value: float | None) -> None:
    assert covariates(more={"RS": records})["ECOGBL"] == value


def test_performance_status_from_qs_up_to_enrolment_for_a_patient_never_dosed() -> None:
    def answer(when: int, value: float) -> dict[str, Any]:
        return {"QSTESTCD": "ECOG101", "QSSTRESN": value, "QSSTRESC": None, "QSDTC": at(when)}

    assert covariates(dosed=None, more={"QS": [answer(0, 1), answer(1, 0)]})["ECOGBL"] == 1


@pytest.mark.parametrize(
    ("therapies", "inhibitor", "chemotherapy"),
    [
        pytest.param([prior("PALBOCICLIB"), prior("CAPECITABINE")], "Y", "Y", id="both for advanced disease"),
        pytest.param([prior("palbociclib ")], "Y", "N", id="in any case"),
        pytest.param([prior("PALBOCICLIB", "ADJUVANT")], "Y", "N", id="an adjuvant inhibitor counts"),
        pytest.param([prior("CAPECITABINE", "ADJUVANT")], "N", "N", id="adjuvant chemotherapy does not"),
        pytest.param([prior("LETROZOLE")], "N", "N", id="neither"),
        pytest.param([prior(None, CMTRT="Palbociclib")], "Y", "N", id="the name as it was given where it is not coded"),
        pytest.param([prior("LETROZOLE"), prior("PALBOCICLIB", CMOCCUR="N")], "N", "N", id="asked for and not given"),
        pytest.param(
            [prior("LETROZOLE"), prior("PALBOCICLIB", CMCAT="SUBSEQUENT ANTICANCER THERAPY", CMSTDTC=at(310))],
            "N",
            "N",
            id="after the trial",
        ),
        pytest.param([], None, None, id="nothing recorded in the whole study"),
    ],
)
def test_prior_therapy(therapies: list[dict[str, Any]], inhibitor: str | None, chemotherapy: str | None) -> None:
    row = covariates(more={"CM": [{"CMOCCUR": None, "CMSTDTC": None} | therapy for therapy in therapies]})
    assert (row["CDK46FL"], row["PRCHEMFL"]) == (inhibitor, chemotherapy)


def test_a_patient_without_prior_therapy_has_had_none_where_others_have() -> None:
    data = sdtm(patient("01", more={"CM": [prior("PALBOCICLIB")]}), patient("02"))
    assert derive_adsl(data, PARAMS)["CDK46FL"].to_list() == ["Y", "N"]


@pytest.mark.parametrize(
    ("lesions", "visceral", "liver"),
    [
        pytest.param([lesion("LIVER")], "Y", "Y", id="liver"),
        pytest.param([lesion("lung")], "Y", "N", id="lung"),
        pytest.param([lesion("BONE"), lesion("LUNG", kind="NON-TARGET")], "Y", "N", id="a non-target lesion"),
        pytest.param([lesion("BONE")], "N", "N", id="bone only"),
        pytest.param([lesion("BONE"), lesion("LIVER", 5, "NEW")], "N", "N", id="a new lesion"),
        pytest.param([lesion("BONE"), lesion("LIVER", 5)], "Y", "Y", id="on the day of the first dose"),
        pytest.param([lesion("BONE"), lesion("LIVER", 6)], "N", "N", id="the day after it"),
        pytest.param([lesion("LIVER", 56)], None, None, id="no scan at baseline"),
        pytest.param([lesion(None)], None, None, id="a lesion without a site"),
        pytest.param([], None, None, id="no lesion"),
        pytest.param(
            [lesion("BONE"), lesion("LIVER", TUEVAL="INDEPENDENT ASSESSOR")], "N", "N", id="of another reader"
        ),
    ],
)
def test_visceral_disease(lesions: list[dict[str, Any]], visceral: str | None, liver: str | None) -> None:
    sites = [{"TUEVAL": "INVESTIGATOR"} | record for record in lesions]
    row = covariates(baseline=None, more={"TU": sites})
    assert (row["VISCFL"], row["LIVERFL"]) == (visceral, liver)


def test_what_params_do_not_name_is_missing() -> None:
    records = {"CM": [prior("PALBOCICLIB")], "RS": [ecog(-10, 1)], "TU": [lesion("LIVER")]}
    row = covariates(params(baseline={"prior_categories": ["PRIOR ANTICANCER THERAPY"]}), more=records)
    assert {name: row[name] for name in COVARIATES} == dict.fromkeys(COVARIATES) | {"AGEGR1": "<65"}


def test_adtte_and_adrs_carry_the_covariates() -> None:
    data = sdtm(patient(scans=[(56, "SD")], dosed=(5, 300), more={"RS": [ecog(-10, 1)], "CM": [prior("PALBOCICLIB")]}))
    datasets = derive(data, PARAMS)
    expected = {"AGEGR1": "<65", "ECOGBL": 1, "CDK46FL": "Y", "PRCHEMFL": "N"}
    for dataset in ("ADRS", "ADTTE"):
        for name, value in expected.items():
            assert datasets[dataset].frame[name].unique().to_list() == [value]
            assert datasets[dataset].labels[name] == datasets["ADSL"].labels[name]


def test_age_groups_must_rise() -> None:
    with pytest.raises(ValueError, match="age_groups must rise from one to the next"):
        params(baseline={"age_groups": [65, 50]})
