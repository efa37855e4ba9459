"""A hand-made study of one criterion, for the tests of eligibility."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from analysis.adam.adie import derive_adie
from analysis.adam.adsl import derive_adsl
from analysis.params import Params
from tests.adam.build import params, patient, sdtm

MET, NOT, UNKNOWN = "MET", "NOT MET", "NOT EVALUABLE"

BASELINE = {
    "ecog_testcd": "ECOG101",
    "prior_categories": ["PRIOR"],
    "adjuvant_settings": ["ADJUVANT"],
    "advanced_settings": ["METASTATIC"],
    "chemotherapy": ["CAPECITABINE", "PACLITAXEL"],
    "endocrine_therapy": ["LETROZOLE", "TAMOXIFEN"],
    "liver_sites": ["LIVER"],
    "resistance": {"relapse_mhdecod": "Metastatic breast cancer", "progression_reasons": ["PROGRESSIVE DISEASE"]},
}
PATIENTS = {
    "menopause_testcd": "MENOSTAT",
    "line_qnam": "CMLINE",
    "biomarkers": {"er_testcd": "ESTRCPT", "pr_testcd": "PROGRCPT", "her2_testcd": "HER2"},
}
SETTINGS = {
    "deviation_dvdecod": "ELIGIBILITY",
    "ovarian_suppression_drugs": ["GOSERELIN"],
    "ovarian_procedures": ["OOPHORECTOMY"],
    "excluded_drugs": ["FULVESTRANT", "BEVACIZUMAB"],
    "antihypertensives": ["AMLODIPINE", "VALSARTAN"],
    "hypertension_terms": ["HYPERTENSION"],
    "cardiac_terms": ["MYOCARDIAL INFARCTION"],
    "immunodeficiency_terms": ["HIV INFECTION"],
    "thrombotic_terms": ["DEEP VEIN THROMBOSIS"],
}


def chosen(rules: Mapping[str, str], **more: Any) -> Params:
    """Parameters that evaluate these criteria."""
    eligibility = SETTINGS | {"rules": dict(rules)} | more
    return params(baseline=BASELINE, patients=PATIENTS, eligibility=eligibility)


def criterion(code: str, category: str = "INCLUSION", text: str = "A criterion") -> dict[str, Any]:
    return {"STUDYID": "S", "IETESTCD": code, "IETEST": text, "IECAT": category, "TIVERS": "1"}


def evaluated(
    rule: str,
    more: Mapping[str, Sequence[dict[str, Any]]] | None = None,
    *,
    dm: Mapping[str, Any] | None = None,
    **patient_of: Any,
) -> dict[str, Any]:
    """The record of ADIE of one patient and one criterion, C1; a woman of 60 years unless `dm` says otherwise."""
    return adie({"C1": rule}, more, dm=dm, **patient_of).row(0, named=True)


def adie(
    rules: Mapping[str, str],
    more: Mapping[str, Sequence[dict[str, Any]]] | None = None,
    *,
    dm: Mapping[str, Any] | None = None,
    **patient_of: Any,
) -> pl.DataFrame:
    """ADIE of one patient and the criteria of `rules`."""
    records = patient(more=more, **patient_of)
    records["DM"][0].update({"SEX": "F", "AGEU": "YEARS", **(dm or {})})
    frames = sdtm(records) | {"TI": pl.DataFrame([criterion(code) for code in rules])}
    settings = chosen(rules)
    return derive_adie(frames, derive_adsl(frames, settings), settings)
