"""What CDISC's standards say of datasets and variables by their names: structure, class, keys, origin, terminology."""

import re

from analysis.audit.define_members import Member

# Structure and class of the SDTM datasets (SDTM Implementation Guide, dataset metadata).
_PATIENT, _VISIT = "per subject", "per visit per subject"
SDTM: dict[str, tuple[str, str]] = {
    "AE": ("EVENTS", f"One record per adverse event {_PATIENT}"),
    "CM": ("INTERVENTIONS", f"One record per recorded intervention occurrence or constant-dosing interval {_PATIENT}"),
    "DD": ("FINDINGS", f"One record per finding {_PATIENT}"),
    "DM": ("SPECIAL PURPOSE", "One record per subject"),
    "DS": ("EVENTS", f"One record per disposition status or protocol milestone {_PATIENT}"),
    "DV": ("EVENTS", f"One record per protocol deviation {_PATIENT}"),
    "EG": ("FINDINGS", f"One record per ECG observation per time point {_VISIT}"),
    "EX": ("INTERVENTIONS", f"One record per protocol-specified study treatment, constant-dosing interval, {_PATIENT}"),
    "IE": ("FINDINGS", f"One record per inclusion or exclusion criterion not met {_PATIENT}"),
    "LB": ("FINDINGS", f"One record per lab test per time point {_VISIT}"),
    "MH": ("EVENTS", f"One record per medical history event {_PATIENT}"),
    "MI": ("FINDINGS", f"One record per finding per specimen {_PATIENT}"),
    "PR": ("INTERVENTIONS", f"One record per recorded procedure per occurrence {_PATIENT}"),
    "RELREC": ("RELATIONSHIP", "One record per related record, group of records or dataset"),
    "RP": ("FINDINGS", f"One record per finding or result per time point {_VISIT}"),
    "RS": ("FINDINGS", f"One record per response assessment or clinical classification per time point {_VISIT}"),
    "SE": ("SPECIAL PURPOSE", f"One record per actual element {_PATIENT}"),
    "SS": ("FINDINGS", f"One record per status {_VISIT}"),
    "SV": ("SPECIAL PURPOSE", f"One record per actual visit {_PATIENT}"),
    "TA": ("TRIAL DESIGN", "One record per planned element per arm"),
    "TE": ("TRIAL DESIGN", "One record per planned element"),
    "TI": ("TRIAL DESIGN", "One record per inclusion or exclusion criterion"),
    "TR": ("FINDINGS", f"One record per tumour measurement or assessment {_VISIT} per assessor"),
    "TS": ("TRIAL DESIGN", "One record per trial summary parameter value"),
    "TU": ("FINDINGS", "One record per identified tumour per subject per assessor"),
    "TV": ("TRIAL DESIGN", "One record per planned visit per arm"),
    "VS": ("FINDINGS", f"One record per vital sign measurement per time point {_VISIT}"),
}
_BY_TOPIC = {
    "--TERM": ("EVENTS", f"One record per event {_PATIENT}"),
    "--TRT": ("INTERVENTIONS", f"One record per intervention {_PATIENT}"),
    "--TESTCD": ("FINDINGS", f"One record per finding {_PATIENT}"),
    "QNAM": ("RELATIONSHIP", "One record per supplemental qualifier per related parent record"),
}
_KEYS = {
    "RELREC": ("STUDYID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "RELID"),
    "SV": ("STUDYID", "USUBJID", "VISITNUM", "VISIT", "SVSTDTC"),
    "TA": ("STUDYID", "ARMCD", "TAETORD"),
    "TE": ("STUDYID", "ETCD"),
    "TI": ("STUDYID", "IETESTCD"),
    "TS": ("STUDYID", "TSPARMCD", "TSSEQ"),
    "TV": ("STUDYID", "ARMCD", "VISITNUM"),
}
_SUPPLEMENTAL = ("STUDYID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM")
_ADAM_KEYS = (
    ("STUDYID", "USUBJID"),
    ("STUDYID", "USUBJID", "PARAMCD"),
    *(("STUDYID", "USUBJID", *(f"{x}SEQ",)) for x in ("AE", "CM", "DV", "MH")),
    ("STUDYID", "USUBJID", "IETESTCD"),
    ("STUDYID", "USUBJID", "PARAMCD", "AVISITN", "ADT"),
    ("STUDYID", "USUBJID", "PARAMCD", "ADT", "SRCDOM", "SRCSEQ"),
    ("STUDYID", "USUBJID", "PARAMCD", "ASTDT", "SRCDOM", "SRCSEQ"),
    ("STUDYID", "USUBJID", "ASTDT", "SRCDOM", "SRCSEQ"),
    ("STUDYID", "USUBJID", "PARAMCD", "TRLNKID", "AVISIT", "ADT", "SRCSEQ"),
)


def sdtm_class(member: Member) -> tuple[str, str]:
    """Class and structure of an SDTM dataset; one of no known name by its topic variable."""
    if member.name in SDTM:
        return SDTM[member.name]
    names = {variable.name for variable in member.variables}
    for topic, found in _BY_TOPIC.items():
        if topic.replace("--", member.name[:2]) in names:
            return found
    return "SPECIAL PURPOSE", "Structure to be completed by the sponsor"


def adam_class(member: Member) -> tuple[str, str | None]:
    """Class and subclass of an analysis dataset, by the variables it has."""
    names = {variable.name for variable in member.variables}
    if member.name == "ADSL":
        return "SUBJECT LEVEL ANALYSIS DATASET", None
    if "CNSR" in names:
        return "BASIC DATA STRUCTURE", "TIME-TO-EVENT"
    if {"PARAMCD", "AVAL"} <= names or {"PARAMCD", "AVALC"} <= names:
        return "BASIC DATA STRUCTURE", None
    if any(re.fullmatch(r"[A-Z]{2}(TERM|TRT|DECOD)", name) for name in names):
        return "OCCURRENCE DATA STRUCTURE", "ADVERSE EVENT" if "AETERM" in names else None
    return "ADAM OTHER", None


def keys(member: Member, *, adam: bool) -> tuple[str, ...]:
    """The shortest of the usual keys that tells all records apart; all that are there where none does."""
    names = [variable.name for variable in member.variables]
    if adam:
        candidates = [key for key in _ADAM_KEYS if set(key) <= set(names)]
    elif member.name.startswith("SUPP"):
        candidates = [_SUPPLEMENTAL]
    else:
        usual = tuple(name for name in ("STUDYID", "USUBJID", f"{member.name}SEQ") if name in names)
        candidates = [tuple(name for name in _KEYS.get(member.name, usual) if name in names)]
    for key in candidates:
        if key and not member.frame.select(key).is_duplicated().any():
            return key
    return max(candidates, key=len, default=())


# Origin of SDTM variables whose names decide it; -- stands for the domain. What is left was collected.
_SDTM_ORIGINS = (
    ("Protocol", "Sponsor", r"STUDYID|ARM|ARMCD|VISITDY|T[AEISV]\w+|IETEST|IETESTCD|IECAT|ETCD|ELEMENT|EPOCH"),
    ("Assigned", "Sponsor", r"DOMAIN|RDOMAIN|SITEID|IDVAR|IDVARVAL|RELID|RELTYPE|QNAM|QLABEL|QORIG|QEVAL|\w\wSPID"),
    ("Assigned", "Sponsor", r"ACTARM|ACTARMCD|ARMNRS|ACTARMUD|VISIT|VISITNUM|COUNTRY|--(LNKID|LNKGRP|GRPID|EVALID)"),
    ("Assigned", "Sponsor", r"--(DECOD|BODSYS|BDSYCD|SOC|SOCCD|TESTCD|TEST|CAT|SCAT|CLAS|CLASCD|EVAL|METHOD|SPEC)"),
    ("Derived", "Sponsor", r"USUBJID|--(SEQ|DY|STDY|ENDY|STRESC|STRESN|STRESU|STNRLO|STNRHI|NRIND|BLFL|LOBXFL|ENRTPT)"),
    ("Derived", "Sponsor", r"RF\w+DTC|--(ENTPT|STRTPT|STTPT)"),
)
COLLECTED = ("Collected", "Investigator")


def sdtm_origin(dataset: str, variable: str) -> tuple[str, str]:
    """Type and source of the origin of an SDTM variable."""
    name = f"--{variable[2:]}" if variable[:2] == dataset[:2] and len(dataset) == 2 else variable
    for type_, source, pattern in _SDTM_ORIGINS:
        if dataset not in ("TA", "TE", "TI", "TS", "TV") and pattern.startswith("STUDYID"):
            pattern = pattern.replace(r"|T[AEISV]\w+", "")
        if re.fullmatch(pattern, name) or re.fullmatch(pattern, variable):
            return type_, source
    return COLLECTED


# Variables whose values are a code list: those of the data are listed.
CODED = re.compile(
    r"\w*FL|\w*TESTCD|\w*TEST|PARAMCD|PARAM|PARCAT\d|QNAM|QLABEL|\w*CAT\d?|\w*CA\dN|\w*GR\d|SEX|RACE|ETHNIC|COUNTRY|AGEU"
    r"|(ACT)?ARM(CD|NRS)?|TRT01[AP]|\w\w(SCAT|ACN|OUT|REL|SEV|TOXGR|SER|SCONG|SDISAB|SDTH|SHOSP|SLIFE|SMIE|CONTRT)"
    r"|AEACN\d|AREL\d|\w\w(ROUTE|DOSU|DOSFRQ|DOSFRM|ORRESU|STRESU|STAT|EVAL|METHOD|SPEC|NRIND|ENRTPT|STRTPT|ADJ|CLAS)"
    r"|AVALU|AVISIT|AVISITN|EPOCH|DTYPE|CNSR|CNSREAS|EVNTDESC|ANRIND|BNRIND|ATOXGR\w|BTOXGR\w|\w*STT\d?|SRCDOM|SRCVAR"
    r"|RDOMAIN|DOMAIN|IERESULT|IESTATUS|\w*DTF|RULE|CHGRULE|CHGPRIM|RESTYPE|\w*STAT|VISIT|VISITNUM|ETCD|ELEMENT"
)
MOST_CODES = 200
DECODES = {
    "PARAMCD": "PARAM",
    "QNAM": "QLABEL",
    "ARMCD": "ARM",
    "ACTARMCD": "ACTARM",
    "AVISITN": "AVISIT",
    "VISITNUM": "VISIT",
    "ETCD": "ELEMENT",
    "AVALCA1N": "AVALCAT1",
    "CHGCA1N": "CHGCAT1",
    "CNSREAS": "EVNTDESC",
}

# CDISC controlled terminology: submission value -> NCI code, of code lists and terms that have had these for years.
TERMINOLOGY: dict[str, tuple[str, str, dict[str, str]]] = {
    r"\w*FL|AESER|AES(CONG|DISAB|DTH|HOSP|LIFE|MIE)|AECONTRT": (
        "No Yes Response", "C66742", {"N": "C49487", "Y": "C49488"},
    ),
    "SEX": ("Sex", "C66731", {"F": "C16576", "M": "C20197"}),
    "AGEU": ("Age Unit", "C66781", {"YEARS": "C29848"}),
    "AESEV": ("Severity/Intensity Scale for Adverse Events", "C66769",
              {"MILD": "C41338", "MODERATE": "C41339", "SEVERE": "C41340"}),
    "AEOUT": ("Outcome of Event", "C66768", {
        "FATAL": "C48275",
        "NOT RECOVERED/NOT RESOLVED": "C49494",
        "RECOVERED/RESOLVED": "C49498",
        "RECOVERED/RESOLVED WITH SEQUELAE": "C49495",
        "RECOVERING/RESOLVING": "C49496",
        "UNKNOWN": "C17998",
    }),
    r"AEACN\d?": ("Action Taken with Study Treatment", "C66767", {
        "DOSE INCREASED": "C49503",
        "DOSE NOT CHANGED": "C49504",
        "DOSE REDUCED": "C49505",
        "DRUG INTERRUPTED": "C49501",
        "DRUG WITHDRAWN": "C49502",
        "NOT APPLICABLE": "C48660",
        "NOT EVALUABLE": "C48658",
        "UNKNOWN": "C17998",
    }),
}  # fmt: skip


def terminology(variable: str, values: list[str]) -> tuple[str, str, dict[str, str]] | None:
    """CDISC's code list of a variable, where every value of the data is one of its terms that are known here."""
    for pattern, found in TERMINOLOGY.items():
        if re.fullmatch(pattern, variable) and values and set(values) <= found[2].keys():
            return found
    return None
