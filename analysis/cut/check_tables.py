"""What the data check expects, as tables: variables, terms, grades and ranges."""

from dataclasses import dataclass

import polars as pl

REQUIRED: dict[str, tuple[str, ...]] = {
    "DM": ("STUDYID", "USUBJID"),
    "DS": ("USUBJID", "DSSEQ", "DSDECOD", "DSSTDTC"),
    "EX": ("USUBJID", "EXSEQ", "EXTRT", "EXSTDTC"),
    "RS": ("USUBJID", "RSSEQ", "RSTESTCD", "RSSTRESC", "RSDTC"),
}
"""Datasets that the primary analysis needs, and their variables."""

REQUIRED_WHERE_PRESENT: dict[str, tuple[str, ...]] = {
    "AE": ("USUBJID", "AESEQ", "AETERM", "AESTDTC"),
    "CM": ("USUBJID", "CMSEQ", "CMTRT", "CMSTDTC"),
    "DD": ("USUBJID",),
    "DV": ("USUBJID",),
    "EG": ("USUBJID", "EGTESTCD"),
    "IE": ("USUBJID", "IETESTCD"),
    "LB": ("USUBJID", "LBTESTCD"),
    "MH": ("USUBJID",),
    "MI": ("USUBJID", "MITESTCD"),
    "PR": ("USUBJID", "PRSEQ", "PRTRT", "PRSTDTC"),
    "RP": ("USUBJID", "RPTESTCD"),
    "SS": ("USUBJID", "SSSEQ", "SSTESTCD", "SSSTRESC", "SSDTC"),
    "SUPPAE": ("USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QVAL"),
    "SUPPCM": ("USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QVAL"),
    "SV": ("USUBJID",),
    "TI": ("IETESTCD",),
    "TR": ("USUBJID", "TRSEQ", "TRTESTCD", "TRDTC"),
    "TU": ("USUBJID", "TUSEQ", "TUTESTCD", "TUSTRESC", "TUDTC"),
    "VS": ("USUBJID", "VSTESTCD"),
}
"""Datasets that a study may leave out, and the variables that they have where they are present."""

NEVER_MISSING = ("USUBJID", "--SEQ", "--TESTCD", "--TRT", "--TERM", "QNAM", "DSDECOD")

RESPONSES = ("CR", "PR", "SD", "PD", "NE", "NON-CR/NON-PD")
RECIST_TERMS: dict[str, tuple[str, ...]] = {
    "OVRLRESP": (*RESPONSES, "NED"),
    "TRGRESP": (*RESPONSES[:5], "NED"),
    "NTRGRESP": ("CR", "NON-CR/NON-PD", "PD", "NE", "NED"),
    "BESTRESP": (*RESPONSES, "NED"),
}
"""RSTESTCD -> values of RSSTRESC under RECIST 1.1."""

UNRESOLVED_RESPONSES = ("CHECK",)
"""Values that say the reader has not decided yet: no response, to be asked for."""

ECOG_GRADES = ("0", "1", "2", "3", "4", "5")
GRADES = ("1", "2", "3", "4", "5")
LESIONS = ("TARGET", "NON-TARGET", "NEW")


NO_ARM = ("SCRNFAIL", "NOTASSGN")
"""Values of DM.ARMCD, in older SDTM versions, for a patient without an arm."""


@dataclass(frozen=True)
class Terms:
    """The values that a variable may have, if any, in the records that `where` selects (None: all)."""

    dataset: str
    variable: str
    values: tuple[str, ...]
    severity: str
    where: pl.Expr | None = None


YES_NO = ("Y", "N")
OUTCOMES = (
    "FATAL",
    "NOT RECOVERED/NOT RESOLVED",
    "RECOVERED/RESOLVED",
    "RECOVERED/RESOLVED WITH SEQUELAE",
    "RECOVERING/RESOLVING",
    "UNKNOWN",
)
DOSE_ACTIONS = ("DOSE INCREASED", "DOSE RATE REDUCED", "DOSE REDUCED", "DRUG INTERRUPTED", "DRUG WITHDRAWN")
"""Actions that change the dosing of a drug, of CDISC's controlled terminology; analysis/adam counts some of them."""

ACTIONS = (*DOSE_ACTIONS, "DOSE NOT CHANGED", "NOT APPLICABLE", "NOT EVALUABLE", "UNKNOWN")
TERMS = (
    Terms("DM", "SEX", ("F", "M", "U", "UNDIFFERENTIATED", "INTERSEX"), "warning"),
    Terms("DM", "DTHFL", ("Y",), "warning"),
    Terms("AE", "AESER", YES_NO, "error"),
    Terms("AE", "AESDTH", YES_NO, "warning"),
    Terms("AE", "AEOUT", OUTCOMES, "warning"),
    Terms("AE", "AEACN", (*ACTIONS, "MULTIPLE"), "warning"),
    Terms(
        "SS", "SSSTRESC", ("ALIVE", "DEAD", "UNKNOWN", "LOST TO FOLLOW-UP"), "warning", pl.col("SSTESTCD") == "SURVSTAT"
    ),
    Terms("TU", "TUSTRESC", LESIONS, "warning", pl.col("TUTESTCD") == "TUMIDENT"),
    Terms("RS", "RSSTRESC", ECOG_GRADES, "error", pl.col("RSTESTCD") == "ECOG101"),
)


@dataclass(frozen=True)
class Range:
    """The limits, both allowed, of a numeric variable in the records that `where` selects (None: all)."""

    dataset: str
    variable: str
    low: float
    high: float
    unit: str
    severity: str
    where: pl.Expr | None = None


def _test(dataset: str, *codes: str) -> pl.Expr:
    return pl.col(f"{dataset}TESTCD").is_in(codes)


RANGES = (
    Range("DM", "AGE", 18, 110, "years", "warning"),
    Range("EX", "EXDOSE", 0, 10_000, "in EXDOSU", "error"),
    Range("TR", "TRSTRESN", 0, 500, "mm", "error", _test("TR", "LDIAM", "LPERP", "SAXIS", "DIAMETER")),
    Range("TR", "TRSTRESN", 0, 2_000, "mm", "error", _test("TR", "SUMDIAM", "SUMLDIAM")),
    Range("VS", "VSSTRESN", 50, 260, "mmHg", "warning", _test("VS", "SYSBP")),
    Range("VS", "VSSTRESN", 20, 160, "mmHg", "warning", _test("VS", "DIABP")),
    Range("VS", "VSSTRESN", 30, 220, "beats/min", "warning", _test("VS", "PULSE", "HR")),
    Range("VS", "VSSTRESN", 25, 250, "kg", "warning", _test("VS", "WEIGHT")),
    Range("VS", "VSSTRESN", 30, 45, "degrees Celsius", "warning", _test("VS", "TEMP")),
)

NEVER_IMPUTED = {"RS": "RSDTC", "TR": "TRDTC", "TU": "TUDTC"}
"""Dates of tumour assessments: where one is partial or missing, the assessment cannot be placed."""

NOT_AFTER_DEATH = {
    "EX": "EXSTDTC",
    "RS": "RSDTC",
    "TR": "TRDTC",
    "TU": "TUDTC",
    "AE": "AESTDTC",
    "LB": "LBDTC",
    "VS": "VSDTC",
}
"""Records that a patient who is dead cannot have."""
