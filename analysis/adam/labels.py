"""Labels of the analysis datasets and their variables (at most 40 characters, as XPT allows)."""

from analysis.params import Params

DATASETS = {
    "ADRS": "Response Analysis Dataset",
    "ADSL": "Subject-Level Analysis Dataset",
    "ADTTE": "Time-to-Event Analysis Dataset",
}

VARIABLES = {
    "ACTARM": "Description of Actual Arm",
    "ADAYS": "Analysis Value in Days",
    "ADT": "Analysis Date",
    "ADTF": "Analysis Date Imputation Flag",
    "AELAPSED": "Elapsed Days since Enrolment",
    "AGE": "Age",
    "AGEU": "Age Units",
    "ANL01FL": "Counts for Best Response Flag",
    "ANL02FL": "Up to First Progression Flag",
    "ANL03FL": "Before New Anticancer Therapy Flag",
    "ANL04FL": "Within Month Limit of Response Flag",
    "AREASON": "Rule That Decided the Value, in Words",
    "ARM": "Description of Planned Arm",
    "ARMCD": "Planned Arm Code",
    "AVAL": "Analysis Value",
    "AVALC": "Analysis Value (C)",
    "AVALU": "Analysis Value Unit",
    "AVISIT": "Analysis Visit",
    "BSCANFL": "Baseline Tumour Assessment Flag",
    "CNSDTDSC": "Censor Date Description",
    "CNSR": "Censor",
    "CNSREAS": "Reason for Censoring Code",
    "CONFDT": "Date of Confirming Assessment",
    "CONFSEQ": "Sequence Number of Confirming Assessment",
    "COUNTRY": "Country",
    "DCSREAS": "Reason for Discontinuation from Study",
    "DTHDT": "Date of Death",
    "DTHDTF": "Date of Death Imputation Flag",
    "DTHFL": "Death Flag",
    "ENRLDT": "Date of Enrolment",
    "ENRLFL": "Enrolled Population Flag",
    "ENRLSEQ": "Sequence Number of Enrolment in DS",
    "EOSDT": "End of Study Date",
    "EOSSTT": "End of Study Status",
    "ETHNIC": "Ethnicity",
    "EVNTDESC": "Event or Censoring Description",
    "FASEXRS": "Reason for Exclusion from FAS",
    "FASFL": "Full Analysis Set Population Flag",
    "LALVDOM": "Domain of Last Known Alive",
    "LALVSEQ": "Sequence Number of Last Known Alive",
    "LALVVAR": "Variable of Last Known Alive",
    "LSTALVDT": "Date Last Known Alive",
    "MEASBLFL": "Measurable Disease at Baseline Flag",
    "NACTDOM": "Domain of First New Anticancer Therapy",
    "NACTDT": "Date of First New Anticancer Therapy",
    "NACTDTF": "Date of New Therapy Imputation Flag",
    "NACTSEQ": "Sequence Number of New Therapy",
    "PARAM": "Parameter",
    "PARAMCD": "Parameter Code",
    "PPEXRS": "Reason for Exclusion from Per-Protocol",
    "PPROTFL": "Per-Protocol Population Flag",
    "RACE": "Race",
    "RFICDT": "Date of Informed Consent",
    "RSPEVFL": "Response Evaluable Population Flag",
    "RSPEXRS": "Reason for Exclusion from Resp. Eval.",
    "RULE": "Rule That Decided the Value",
    "SAFEXRS": "Reason for Exclusion from Safety Set",
    "SAFFL": "Safety Population Flag",
    "SCRFFL": "Screen Failure Flag",
    "SCRFREAS": "Reason for Screen Failure",
    "SCRNFL": "Screened Population Flag",
    "SEX": "Sex",
    "SITEID": "Study Site Identifier",
    "SRCDOM": "Source Data",
    "SRCSEQ": "Source Sequence Number",
    "SRCVAR": "Source Variable",
    "STARTDT": "Time-to-Event Origin Date for Subject",
    "STUDYID": "Study Identifier",
    "SUBJID": "Subject Identifier for the Study",
    "TRT01A": "Actual Treatment for Period 01",
    "TRT01P": "Planned Treatment for Period 01",
    "TRTEDT": "Date of Last Exposure to Treatment",
    "TRTEDTF": "Date of Last Exposure Imputation Flag",
    "TRTSDT": "Date of First Exposure to Treatment",
    "TRTSDTF": "Date of First Exposure Imputation Flag",
    "TRTSSEQ": "Sequence Number of First Dose in EX",
    "USUBJID": "Unique Subject Identifier",
}

DRUG_VARIABLES = {
    "EOTSTT": "End of Treatment Status, {}",
    "EOTDT": "End of Treatment Date, {}",
    "DCTREAS": "Reason for Stopping {}",
}


def variable_labels(params: Params) -> dict[str, str]:
    """VARIABLES with those of each drug of params study.treatments."""
    drugs = {
        f"{name}{place}": label.format(drug.name)[:40]
        for place, drug in enumerate(params.study.treatments, start=1)
        for name, label in DRUG_VARIABLES.items()
    }
    return VARIABLES | drugs
