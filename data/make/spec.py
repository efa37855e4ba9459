"""Datasets, their variables in order, and labels, as SDTM IG 3.3 has them."""

COMMON = {
    "STUDYID": "Study Identifier",
    "DOMAIN": "Domain Abbreviation",
    "RDOMAIN": "Related Domain Abbreviation",
    "USUBJID": "Unique Subject Identifier",
    "SUBJID": "Subject Identifier for the Study",
    "VISITNUM": "Visit Number",
    "VISIT": "Visit Name",
    "VISITDY": "Planned Study Day of Visit",
    "EPOCH": "Epoch",
    "ARMCD": "Planned Arm Code",
    "ARM": "Description of Planned Arm",
    "ETCD": "Element Code",
    "ELEMENT": "Description of Element",
    "TAETORD": "Planned Order of Element within Arm",
    "IDVAR": "Identifying Variable",
    "IDVARVAL": "Identifying Variable Value",
    "IETEST": "Inclusion/Exclusion Criterion",
    "IETESTCD": "Incl/Excl Criterion Short Name",
    "IECAT": "Inclusion/Exclusion Category",
}

SUFFIXES = {
    "SEQ": "Sequence Number",
    "GRPID": "Group ID",
    "LNKID": "Link ID",
    "LNKGRP": "Link Group ID",
    "TESTCD": "Test Short Name",
    "TEST": "Test Name",
    "CAT": "Category",
    "SCAT": "Subcategory",
    "ORRES": "Result or Finding in Original Units",
    "ORRESU": "Original Units",
    "ORNRLO": "Reference Range Lower Limit-Orig Unit",
    "ORNRHI": "Reference Range Upper Limit-Orig Unit",
    "STRESC": "Result or Finding in Standard Format",
    "STRESN": "Numeric Result/Finding in Standard Units",
    "STRESU": "Standard Units",
    "STNRLO": "Reference Range Lower Limit-Std Units",
    "STNRHI": "Reference Range Upper Limit-Std Units",
    "NRIND": "Reference Range Indicator",
    "STAT": "Completion Status",
    "REASND": "Reason Not Done",
    "SPEC": "Specimen Material Type",
    "METHOD": "Method of Test or Examination",
    "EVLINT": "Evaluation Interval",
    "LOC": "Location of the Finding",
    "EVAL": "Evaluator",
    "LOBXFL": "Last Observation Before Exposure Flag",
    "POS": "Position of Subject During Observation",
    "DTC": "Date/Time of Collection",
    "DY": "Study Day of Collection",
    "STDTC": "Start Date/Time",
    "ENDTC": "End Date/Time",
    "STDY": "Study Day of Start",
    "ENDY": "Study Day of End",
    "ENRTPT": "End Relative to Reference Time Point",
    "ENTPT": "End Reference Time Point",
    "TERM": "Reported Term",
    "DECOD": "Standardized Term",
    "INDC": "Indication",
    "DOSE": "Dose",
    "DOSU": "Dose Units",
    "DOSFRM": "Dose Form",
    "DOSFRQ": "Dosing Frequency per Interval",
    "ROUTE": "Route of Administration",
    "TRT": "Name of Treatment",
    "ADJ": "Reason for Dose Adjustment",
    "RSDISC": "Reason the Intervention Was Discontinued",
}

VISIT = "VISITNUM VISIT VISITDY"
FINDING = "ORRES ORRESU STRESC STRESN STRESU"

DATASETS: dict[str, tuple[str, str]] = {
    "DM": (
        "Demographics",
        "STUDYID DOMAIN USUBJID SUBJID RFSTDTC RFENDTC RFXSTDTC RFXENDTC RFICDTC RFPENDTC DTHDTC DTHFL SITEID AGE AGEU"
        " SEX RACE ETHNIC ARMCD ARM ACTARMCD ACTARM ARMNRS COUNTRY DMDTC DMDY",
    ),
    "DS": ("Disposition", "SEQ TERM DECOD CAT SCAT EPOCH DTC STDTC STDY"),
    "SE": ("Subject Elements", "SEQ ETCD ELEMENT STDTC ENDTC TAETORD EPOCH"),
    "SV": ("Subject Visits", "STUDYID DOMAIN USUBJID VISITNUM VISIT VISITDY SVSTDTC SVENDTC SVSTDY SVENDY"),
    "IE": ("Inclusion/Exclusion Criteria Not Met", f"SEQ IETESTCD IETEST IECAT ORRES STRESC {VISIT} DTC DY"),
    "EX": ("Exposure", "SEQ TRT DOSE DOSU DOSFRM DOSFRQ ROUTE ADJ EPOCH STDTC ENDTC STDY ENDY"),
    "CM": (
        "Concomitant/Prior Medications",
        "SEQ TRT DECOD CAT SCAT INDC DOSE DOSU DOSFRQ ROUTE RSDISC STDTC ENDTC STDY ENDY ENRTPT ENTPT",
    ),
    "PR": ("Procedures", "SEQ LNKID TRT DECOD CAT INDC LOC STDTC ENDTC STDY ENDY"),
    "MH": ("Medical History", "SEQ TERM DECOD CAT STDTC ENDTC ENRTPT ENTPT"),
    "MI": ("Microscopic Findings", f"SEQ TESTCD TEST {FINDING} SPEC METHOD {VISIT} DTC DY"),
    "RP": ("Reproductive System Findings", f"SEQ TESTCD TEST ORRES STRESC {VISIT} DTC DY"),
    "AE": (
        "Adverse Events",
        "SEQ TERM DECOD AEBODSYS AESER AEACN AEREL AEOUT AESCONG AESDISAB AESDTH AESHOSP AESLIFE AESMIE AECONTRT"
        " AETOXGR EPOCH STDTC ENDTC STDY ENDY ENRTPT ENTPT",
    ),
    "TU": ("Tumor/Lesion Identification", f"SEQ LNKID TESTCD TEST ORRES STRESC LOC METHOD EVAL {VISIT} DTC DY"),
    "TR": (
        "Tumor/Lesion Results",
        f"SEQ GRPID LNKGRP LNKID TESTCD TEST {FINDING} STAT REASND METHOD EVAL {VISIT} DTC DY",
    ),
    "RS": (
        "Disease Response and Clin Classification",
        f"SEQ LNKGRP TESTCD TEST CAT ORRES STRESC STRESN EVAL {VISIT} DTC DY",
    ),
    "SS": ("Subject Status", "SEQ TESTCD TEST ORRES STRESC VISITNUM VISIT DTC DY"),
    "DD": ("Death Details", "SEQ TESTCD TEST ORRES STRESC EVAL DTC DY"),
    "LB": (
        "Laboratory Test Results",
        "SEQ TESTCD TEST CAT ORRES ORRESU ORNRLO ORNRHI STRESC STRESN STRESU STNRLO STNRHI NRIND SPEC METHOD"
        f" EVLINT LOBXFL {VISIT} DTC DY",
    ),
    "VS": ("Vital Signs", f"SEQ TESTCD TEST POS {FINDING} LOBXFL {VISIT} DTC DY"),
    "EG": ("ECG Test Results", f"SEQ TESTCD TEST {FINDING} LOBXFL {VISIT} DTC DY"),
    "DV": ("Protocol Deviations", "SEQ TERM DECOD CAT EPOCH STDTC STDY"),
    "TS": ("Trial Summary", "STUDYID DOMAIN TSSEQ TSGRPID TSPARMCD TSPARM TSVAL TSVALNF TSVCDREF"),
    "TA": ("Trial Arms", "STUDYID DOMAIN ARMCD ARM TAETORD ETCD ELEMENT TABRANCH TATRANS EPOCH"),
    "TE": ("Trial Elements", "STUDYID DOMAIN ETCD ELEMENT TESTRL TEENRL"),
    "TI": ("Trial Inclusion/Exclusion Criteria", "STUDYID DOMAIN IETESTCD IETEST IECAT TIVERS"),
    "TV": ("Trial Visits", "STUDYID DOMAIN VISITNUM VISIT VISITDY ARMCD ARM TVSTRL"),
    "RELREC": ("Related Records", "STUDYID RDOMAIN USUBJID IDVAR IDVARVAL RELTYPE RELID"),
}
SUPPLEMENT = "STUDYID RDOMAIN USUBJID IDVAR IDVARVAL QNAM QLABEL QVAL QORIG QEVAL"

OWN_LABELS = {
    "RFSTDTC": "Subject Reference Start Date/Time",
    "RFENDTC": "Subject Reference End Date/Time",
    "RFXSTDTC": "Date/Time of First Study Treatment",
    "RFXENDTC": "Date/Time of Last Study Treatment",
    "RFICDTC": "Date/Time of Informed Consent",
    "RFPENDTC": "Date/Time of End of Participation",
    "DTHDTC": "Date/Time of Death",
    "DTHFL": "Subject Death Flag",
    "SITEID": "Study Site Identifier",
    "AGE": "Age",
    "AGEU": "Age Units",
    "SEX": "Sex",
    "RACE": "Race",
    "ETHNIC": "Ethnicity",
    "ACTARMCD": "Actual Arm Code",
    "ACTARM": "Description of Actual Arm",
    "ARMNRS": "Reason Arm and/or Actual Arm is Null",
    "COUNTRY": "Country",
    "DSSTDTC": "Start Date/Time of Disposition Event",
    "AETERM": "Reported Term for the Adverse Event",
    "AEDECOD": "Dictionary-Derived Term",
    "AEBODSYS": "Body System or Organ Class",
    "AESER": "Serious Event",
    "AEACN": "Action Taken with Study Treatment",
    "AEREL": "Causality",
    "AEOUT": "Outcome of Adverse Event",
    "AESCONG": "Congenital Anomaly or Birth Defect",
    "AESDISAB": "Persist or Signif Disability/Incapacity",
    "AESDTH": "Results in Death",
    "AESHOSP": "Requires or Prolongs Hospitalization",
    "AESLIFE": "Is Life Threatening",
    "AESMIE": "Other Medically Important Serious Event",
    "AECONTRT": "Concomitant or Additional Trtmnt Given",
    "AETOXGR": "Standard Toxicity Grade",
    "DVDECOD": "Protocol Deviation Coded Term",
    "DVTERM": "Protocol Deviation Term",
    "TSGRPID": "Group ID",
    "TSPARMCD": "Trial Summary Parameter Short Name",
    "TSPARM": "Trial Summary Parameter",
    "TSVAL": "Parameter Value",
    "TSVALNF": "Parameter Null Flavor",
    "TSVCDREF": "Name of the Reference Terminology",
    "TABRANCH": "Branch",
    "TATRANS": "Transition Rule",
    "TESTRL": "Rule for Start of Element",
    "TEENRL": "Rule for End of Element",
    "TIVERS": "Protocol Criteria Versions",
    "TVSTRL": "Visit Start Rule",
    "RELTYPE": "Relationship Type",
    "RELID": "Relationship Identifier",
    "QNAM": "Qualifier Variable Name",
    "QLABEL": "Qualifier Variable Label",
    "QVAL": "Data Value",
    "QORIG": "Origin",
    "QEVAL": "Evaluator",
}

QUALIFIERS = {
    "AERELANL": "Causality to Anlotinib",
    "AERELFUL": "Causality to Fulvestrant",
    "AEACNANL": "Action Taken with Anlotinib",
    "AEACNFUL": "Action Taken with Fulvestrant",
    "AEITOXGR": "Initial Toxicity Grade",
    "CMLINE": "Line of Therapy",
    "CMBOR": "Best Response to Therapy",
}
"""Names and labels of supplemental qualifiers."""

NUMERIC_SUFFIXES = ("SEQ", "STRESN", "STNRLO", "STNRHI", "DOSE")
NUMERIC = {"AGE", "VISITNUM", "VISITDY", "TAETORD"}


def variables(dataset: str) -> list[str]:
    """Return the variables of a dataset in order; observation classes start with their four identifiers."""
    if dataset.startswith("SUPP"):
        return SUPPLEMENT.split()
    names = DATASETS[dataset][1].split()
    if names[0] == "STUDYID":
        return names
    full = [name if name in COMMON or name in OWN_LABELS else dataset + name for name in names]
    return ["STUDYID", "DOMAIN", "USUBJID", *full]


def label(dataset: str, variable: str) -> str:
    """Return a variable's label."""
    named = OWN_LABELS.get(variable) or COMMON.get(variable)
    return named or SUFFIXES[variable.removeprefix(dataset)]


def is_number(dataset: str, variable: str) -> bool:
    """Whether a variable is numeric."""
    suffix = variable.removeprefix(dataset)
    return variable in NUMERIC or suffix in NUMERIC_SUFFIXES or suffix in ("DY", "STDY", "ENDY")
