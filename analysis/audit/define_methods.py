"""How variables of the analysis datasets are derived, in a sentence each, for define.xml.

Each line is of what a module of analysis/adam does; the names of variables are regular expressions, and the first line
that fits counts. Variables that a module's own documentation names need no line.
"""

import re

EVERYWHERE = {
    r"ASTDY|AENDY|ADY": "Study day: day 1 is the first dose (TRTSDT), the day before it -1; else missing",
    r"CHG": "AVAL - BASE, of records after baseline",
    r"PCHG": "100 x (AVAL - BASE) / BASE, of records after baseline; missing where BASE is 0",
    r"BASE\w*|BNRIND|BTOXGR\w": "The value of the baseline record (ABLFL) of the patient and parameter",
    r"SRC(DOM|VAR|SEQ)": "Dataset, variable and --SEQ of the record from which the value came",
    r"\w{3,7}DTF|ADTF|ASTDTF|AENDTF": "The parts of the date that were imputed: D day, M month and day, Y all of it",
    r"ADURN": "AENDT - ASTDT + 1 day",
    r"AREL\d(FL)?|ARELFL": "Relatedness is the drug's own qualifier in SUPPAE, or AEREL where params name none; one "
    "that is "
    "missing or not among params adverse_events.not_related is related",
    r"AEACN\d|A(RED|INT|DIS)\d?FL": "The drug's own qualifier in SUPPAE, else AEACN unless that is MULTIPLE",
    r"AACTFL": "Y where the event led to reduction, interruption or discontinuation of a drug",
    r"CQ\d\dNAM|AESIFL": "The grouping of terms in params adverse_events.special_interest to which AEDECOD belongs",
}
_FINDINGS = {
    r"ADT": "The day of the record's --DTC; missing where the date is partial",
    r"AVISITN?": "The visit of the record as recorded",
    r"ABLFL": "Y on the last value before the first dose, per patient and parameter",
    r"ONTRTFL": "Y after the first dose, up to TEENDT of ADSL; a partial date by its earliest day",
    r"ANL01FL": "Y on the last value of each visit on treatment, per patient and parameter",
    r"LVOTFL": "Y on the last value of all on treatment, per patient and parameter",
    r"AVAL": "The result as a number, in AVALU",
    r"AVALC": "The result as text where it is no number",
    r"AVALCA1N|CHGCA1N": "The number of the category, from the lowest on",
    r"ANRIND": "LOW, HIGH or NORMAL by the limits there are; without any, the laboratory's own indicator",
}
_BIOMARKER = "at baseline from MI: the last record of the test in params patients.biomarkers"
OF_DATASET: dict[str, dict[str, str]] = {
    "ADSL": {
        r"TRT01P": "ARM of DM, of enrolled patients",
        r"TRT01A": "ACTARM of DM, else ARM, of dosed patients",
        r"RFICDT": "RFICDTC of DM, else the milestone of informed consent in DS; complete dates only",
        r"SCRNFL": "Y for every patient of DM",
        r"SCRFFL": "Y for a patient who failed screening by DM or DS and was not enrolled",
        r"SCRFREAS": "The first criterion of IE, else what DS says, else what the arm says",
        r"ENRLFL|ENRLDT|ENRLSEQ": "The first milestone of DS with the DSDECOD of params subjects.enrolment_dsdecod",
        r"TRTSDT|TRTSSEQ": "The first day with a dose of any study drug in EX",
        r"TRTEDT": "The last day with a dose of any study drug in EX; without a recorded end, dosing goes on to the "
        "discontinuation of the drug, death or the cut-off",
        r"EOTSTT\d|EOTDT\d|DCTREAS\d": "The first disposition event in DS of the drug or of all treatment: ongoing "
        "without "
        "one, not treated where the drug was never taken; a death without one is a discontinuation by death",
        r"EOSSTT|EOSDT|DCSREAS": "The first disposition event in DS of the whole study: ongoing without one; a death "
        "without "
        "one is a discontinuation by death",
        r"DTHFL": "Y where DTHFL of DM is Y or DM has a date of death, else N",
        r"DTHDT": "DTHDTC of DM; a partial date is imputed by the rule of deaths",
        r"DTHCAUS|DTHCDOM|DTHCSEQ": "The primary cause of death in DD, else the term of the first fatal adverse event",
        r"LDDTHELD": "DTHDT - TRTEDT, in days",
        r"DTHTIME": "Whether the death was until the window of params adverse_events.window_days after the last "
        "dose, or later",
        r"LSTALVDT|LALV\w+": "The latest complete date, up to the cut-off and the day of death, of survival status, "
        "visits, "
        "doses, laboratory tests, tumour assessments, and starts of adverse events and medications; with its record",
        r"NACTDT|NACTDOM|NACTSEQ": "The first new anticancer therapy after enrolment: systemic therapy, surgery, or "
        "radiotherapy "
        "to a lesion, by params pfs.new_therapy",
        r"TEENDT|TEENWK": "The last day of the treatment-emergent period: the last dose of the drug that was stopped "
        "last plus "
        "params adverse_events.window_days, not after death or the cut-off; and its week from the first dose, week 0",
        r"BSCANFL|MEASBLFL": "Whether a tumour assessment, and measurable disease, is recorded at baseline",
        r"AGEGR1": "AGE in the groups of params baseline.age_groups",
        r"ECOGBL": "The last status at baseline that is not missing, of RS or QS (params baseline.ecog_testcd)",
        r"CDK46FL|PRCHEMFL": "Whether a record of prior therapy in CM has a drug of that kind in params baseline",
        r"VISCFL|LIVERFL": "Whether a lesion found at baseline lies in a site of that kind in params baseline",
        r"REST\w+": "The first rule of analysis/adam/resistance.py that the records of prior therapy meet",
        r"WEIGHTBL|HEIGHTBL": "The last value at baseline in VS, in kg or cm",
        r"BMIBL": "WEIGHTBL / (HEIGHTBL / 100) squared",
        r"MENOSTAT": "The last status at baseline in RP (params patients.menopause_testcd)",
        r"(ER|PR|KI67)BL": f"Per cent of cells {_BIOMARKER}",
        r"(ER|PR)STAT": "POSITIVE from params patients.biomarkers.receptor_positive_percent on, else NEGATIVE",
        r"HER2STAT": "By the scores of immunohistochemistry and in situ hybridisation: POSITIVE for 3+ or amplified, "
        "LOW for "
        "1+ or for 2+ and not amplified, ZERO for 0, else EQUIVOCAL for 2+",
        r"KI67GR1": "HIGH from params patients.biomarkers.ki67_high_percent on, else LOW",
        r"DIAGDT|METDT": "The earliest record of MH with the term in params; a partial date is its earliest possible "
        "day",
        r"DIAGMON|METMON": "Months of 30.4375 days from that date to enrolment, both days counted",
        r"DENOVOFL": "Y where metastatic disease was found within params patients.de_novo_months of the diagnosis",
        r"LUNGFL|PLEURAFL|BONEFL|BRAINFL|NODEFL|SKINFL|NSITES": "The sites of params patients.sites in which lesions "
        "were "
        "found at baseline (TU), and their number; a location in none of them is a site of its own",
        r"PRSURGFL|PRRADFL": "Whether PR has a record of that category of params patients",
        r"ADJCTFL|ADJETFL": "Whether CM has such a drug in an adjuvant setting of params baseline",
        r"ADJETSDT|ADJETEDT": "The earliest possible start and the latest possible end of adjuvant endocrine "
        "therapy; missing "
        "where one is not known or the therapy goes on",
        r"ADJETMON": "Months of 30.4375 days from ADJETSDT to ADJETEDT, both days counted",
        r"NADVLINE|NETLINE|NCTLINE": "Prior lines for advanced disease: therapies of one line number in SUPPCM count "
        "once, and "
        "so do those without a number that began on one day",
        r"PR(AI|SERM|FUL|PIK|HDAC)FL": "Whether prior therapy in CM has a drug of that class of params "
        "patients.drug_classes",
    },
    "ADAE": {
        r"ASTDT": "AESTDTC; a partial date is its earliest possible day, but the first dose where the date allows it",
        r"AENDT": "AEENDTC; a partial date is its latest possible day, not after death or the cut-off",
        r"ATOXGRN": "AETOXGR as a number, or the grade of AESEV by params adverse_events.severity_grades; never "
        "imputed",
        r"AITOXGRN": "The qualifier of the initial grade in SUPPAE (params adverse_events.initial_grade_qnam)",
        r"AGR3FL": "Y where ATOXGRN is 3 or higher",
        r"TRTEMRUL|REGTERUL": "The name of the rule that decided TRTEMFL or REGTEMFL",
        r"PRVSWK|PRVEWK": "The first and the last week with a day of the event, of the weeks from the first dose, "
        "the first "
        "of which is 0",
        r"PREFL|FUPFL|WORSFL": "Y where the event began before the first dose, after the treatment-emergent period, or "
        "worsened after the first dose, by TRTEMRUL",
        r"ASERFL": "Y where AESER or a criterion of a serious event is Y",
        r"AFATFL": "Y where the event led to death, its outcome is fatal, or its grade is 5",
    },
    "ADCM": {
        r"ASTDT|AENDT": "CMSTDTC by its earliest, CMENDTC by its latest possible day; a new anticancer therapy as in "
        "ADSL",
        r"PREFL": "Y where it started before the first dose (enrolment where never treated), or at an unknown time",
        r"CONCFL": "Y where taken on any day from the first dose to the end of the treatment-emergent period, a "
        "missing start "
        "or end allowing it, and not subsequent anticancer therapy",
        r"SUBSFL": "Y for subsequent anticancer therapy, or where it started after the treatment-emergent period",
    },
    "ADDV": {
        r"ASTDT": "DVSTDTC; a partial date is its earliest possible day",
        r"IMPDVFL|PPDVFL": "Y for an important deviation, and for one of a category in params "
        "subjects.per_protocol_excludes",
    },
    "ADMH": {r"ASTDT|AENDT": "MHSTDTC by its earliest, MHENDTC by its latest possible day"},
    "ADEX": {
        r"ASTDT|AENDT": "First and last day of the dosing record",
        r"ACOURSE": "The number of the cycle or injection by params study.treatments.plan",
        r"ADOSCHG": "REDUCED or INCREASED against the record before; missing where the dose is the same or unknown",
        r"AVALCAT1": "The part of params exposure.rdi_limits in which a dose intensity lies",
        r"AVAL": "The value of the parameter, of the doses of the drug in EX and its plan in params study.treatments",
    },
    "ADTTE": {
        r"CNSR": "0 where the event counts, 1 where the time is censored",
        r"CNSREAS": "Code of the reason for censoring; missing where the event counts",
        r"EVNTDESC": "The event, or the reason for censoring in words",
        r"CNSDTDSC": "What happened on the date ADT",
        r"STARTDT": "The date from which the time counts: enrolment, the first dose or the response, by the parameter",
        r"ADT": "The day of the event, or on which the time is censored",
        r"AVAL": "ADAYS / 30.4375 months",
        r"ADAYS": "ADT - STARTDT + 1 day",
    },
    **dict.fromkeys(("ADLB", "ADVS", "ADEG"), _FINDINGS),
    "ADECOG": _FINDINGS | {r"AVALC": "The result as recorded"},
}


def stated(dataset: str, variable: str) -> str | None:
    """The line of a variable, None where it has none."""
    lines = {**OF_DATASET.get(dataset, {}), **EVERYWHERE}
    return next((f"{text}." for names, text in lines.items() if re.fullmatch(names, variable)), None)
