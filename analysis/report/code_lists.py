"""The values by which records of the data were recognised, as a table of appendix 16.1.9 made from the parameters."""

from collections.abc import Iterator

from analysis.params import Params
from analysis.report.escape import markdown_text

FILE = "report/_code-lists.qmd"

BASELINE = {
    "ecog_testcd": "Performance status (test)",
    "prior_categories": "Prior anticancer therapy (CMCAT)",
    "adjuvant_settings": "Adjuvant settings (CMSCAT)",
    "advanced_settings": "Settings of advanced disease (CMSCAT)",
    "cdk46_inhibitors": "CDK4/6 inhibitors",
    "chemotherapy": "Chemotherapy",
    "endocrine_therapy": "Endocrine therapy",
    "visceral_sites": "Visceral sites (TULOC)",
    "liver_sites": "Liver (TULOC)",
}
RESISTANCE = {
    "relapse_mhdecod": "Relapse (MHDECOD)",
    "progression_reasons": "End of a therapy for progression (CMRSDISC)",
}
PATIENTS = {
    "menopause_testcd": "Menopausal status (RPTESTCD)",
    "diagnosis_mhdecod": "First diagnosis (MHDECOD)",
    "line_qnam": "Line of therapy (SUPPCM)",
    "surgery_categories": "Prior anticancer surgery (PRCAT)",
    "radiotherapy_categories": "Prior radiotherapy (PRCAT)",
    "history_categories": "Medical history (MHCAT)",
}
BIOMARKERS = {
    "er_testcd": "Oestrogen receptor (MITESTCD)",
    "pr_testcd": "Progesterone receptor (MITESTCD)",
    "her2_testcd": "HER2 (MITESTCD)",
    "ki67_testcd": "Ki-67 (MITESTCD)",
    "ish_methods": "In situ hybridisation (MIMETHOD)",
}
ELIGIBILITY = {
    "deviation_dvdecod": "Eligibility deviation (DVDECOD)",
    "female": "Female (SEX)",
    "premenopausal": "Premenopausal (RPSTRESC)",
    "postmenopausal": "Postmenopausal (RPSTRESC)",
    "ovarian_suppression_drugs": "Drugs that suppress ovarian function",
    "ovarian_procedures": "Procedures on the ovaries",
    "excluded_drugs": "Excluded prior drugs",
    "antihypertensives": "Antihypertensives of the criteria",
    "hypertension_terms": "Hypertension",
    "cardiac_terms": "Cardiac events",
    "immunodeficiency_terms": "Immunodeficiency and transplantation",
    "thrombotic_terms": "Thrombotic events",
    "normal_urine_protein": "Normal results of a urine dipstick",
}
OVER_TIME = {"tests": "Laboratory tests over time (PARAMCD)", "visits": "Visits of laboratory values over time"}


def code_lists(params: Params) -> Iterator[tuple[str, str]]:
    """What was recognised, and by which values, as plain text; what a study leaves out has no line."""
    blocks = [
        (params.baseline, BASELINE),
        (params.baseline.resistance, RESISTANCE),
        (params.patients, PATIENTS),
        (params.patients.biomarkers, BIOMARKERS),
        (params.eligibility, ELIGIBILITY),
        (params.laboratory.over_time, OVER_TIME),
        (params.vital_signs, {"figure_visits": "Visits of the figure of blood pressure"}),
    ]
    found: list[tuple[str, str | list[str]]] = [
        (label, getattr(block, key)) for block, labels in blocks if block for key, label in labels.items()
    ]
    found += [(f"Site: {site.label} (TULOC)", site.locations) for site in params.patients.sites]
    found += [(f"Prior drugs: {kind.label}", kind.drugs) for kind in params.patients.drug_classes]
    found += [(f"Concomitant medication: {group.title}", group.drugs) for group in params.patients.medication_groups]
    found += [
        (f"Special interest: {grouping.title} (AEDECOD)", grouping.terms)
        for grouping in params.adverse_events.special_interest
    ]
    for label, values in found:
        if values:
            yield label, values if isinstance(values, str) else ", ".join(values)


def markdown(params: Params) -> str:
    """The table for a chapter to include, with a line that says so where there is nothing to show."""
    rows = [f"| {markdown_text(label)} | {markdown_text(values)} |" for label, values in code_lists(params)]
    if not rows:
        return "No records were recognised by lists of values.\n"
    return "\n".join(["| Recognised | By the values |", f"|:{'-' * 25}|:{'-' * 55}|", *rows]) + "\n"
