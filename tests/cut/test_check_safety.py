"""Bad input of the safety analyses has its named problem in the data check, and no derivation stumbles over it."""

from pathlib import Path

import pytest

from analysis import adam, params
from analysis.cut import check_safety
from analysis.cut.check import check_data, format_problems
from analysis.cut.check_rules import RULES
from analysis.cut.dataset import frames
from tests.cut.make import dataset, folder_of

PARAMS = params.load("2025-06-30", Path(__file__).parents[2] / "params")
ONE_DRUG = PARAMS.model_copy(
    update={
        "study": PARAMS.study.model_copy(
            update={"treatments": [PARAMS.study.treatments[0].model_copy(update={"action_qnam": None})]}
        )
    }
)

ONE, TWO = {"USUBJID": "1"}, {"USUBJID": "2"}
MILESTONE = {"DSCAT": "PROTOCOL MILESTONE", "DSDECOD": "ENROLLED", "DSSTDTC": "2025-01-15"}
STOPPED = {"DSCAT": "DISPOSITION EVENT", "DSSCAT": "ANLOTINIB", "DSDECOD": "PROGRESSIVE DISEASE"}
PILL = ONE | {"EXTRT": "ANLOTINIB", "EXDOSE": 12, "EXDOSU": "mg", "EXDOSFRQ": "QD"}
PILLS = PILL | {"EXSTDTC": "2025-01-20", "EXENDTC": "2025-02-02"}
SHOT = ONE | {"EXTRT": "FULVESTRANT", "EXDOSE": 500, "EXDOSU": "mg", "EXDOSFRQ": "ONCE"}
SHOT |= {"EXSTDTC": "2025-01-20", "EXENDTC": "2025-01-20"}
EVENT = {"AEDECOD": "Rash", "AEBODSYS": "Skin disorders", "AESTDTC": "2025-02-01", "AEENDTC": "2025-02-09"}
EVENT |= ONE | {"AETERM": "Rash", "AESER": "N", "AETOXGR": "2", "AEACN": "DOSE NOT CHANGED"}
OF_EVENT = ONE | {"RDOMAIN": "AE", "IDVAR": "AESEQ", "IDVARVAL": "1"}
RELATED = [OF_EVENT | {"QNAM": name, "QVAL": "NOT RELATED"} for name in ("AERELANL", "AERELFUL")]
UNCHANGED = {"AEACNANL": "DOSE NOT CHANGED", "AEACNFUL": "DOSE NOT CHANGED"}
HGB = ONE | {"LBTESTCD": "HGB", "LBTEST": "Haemoglobin", "LBSTRESC": "118", "LBSTRESN": 118, "LBSTRESU": "g/L"}
HGB |= {"LBSTNRLO": 115, "LBSTNRHI": 150, "LBDTC": "2025-02-03", "LBSPEC": "BLOOD"}
RESPONSE = ONE | {"RSCAT": "RECIST 1.1", "RSTESTCD": "OVRLRESP", "RSSTRESC": "PR", "RSDTC": "2025-03-15"}


def actions(**values):
    """The qualifiers of the event: relatedness to each drug, and these actions."""
    return [*RELATED, *(OF_EVENT | {"QNAM": name, "QVAL": value} for name, value in values.items())]


GOOD = {
    "DM": [ONE | {"SEX": "F", "AGE": 61}, TWO | {"SEX": "F", "AGE": 62}],
    "DS": [ONE | MILESTONE, TWO | MILESTONE, ONE | STOPPED | {"DSSTDTC": "2025-03-20"}],
    "EX": [PILLS, SHOT],
    "RS": [RESPONSE],
    "AE": [EVENT],
    "SUPPAE": actions(**UNCHANGED),
    "LB": [HGB, HGB | {"LBDTC": "2025-01-14"}],
}


def data_of(changes):
    """Good data, some datasets replaced (None: left out)."""
    return folder_of(*(dataset(name, *rows) for name, rows in (GOOD | changes).items() if rows is not None))


def check(changes, study=PARAMS):
    """The lines of the data check of good data with some datasets replaced."""
    return format_problems(check_data(data_of(changes), study)).splitlines()


def test_good_data_have_no_problem():
    assert check({}) == []


def test_a_drug_stopped_for_an_event_with_that_action_is_no_problem():
    lines = check({"DS": [ONE | MILESTONE, TWO | MILESTONE, FOR_EVENT], "SUPPAE": actions(**WITHDRAWN)})
    assert not any("[STOP_REASON]" in line for line in lines)


FITTING = "g/L, mg/mL, g/dL, mg/dL, mg/L, ug/dL, ug/L, ng/mL, mol/L, mmol/L, umol/L, nmol/L, pmol/L"
UNIT_UNUSED = "not converted, and not graded where a grade needs the unit [LAB_UNIT]"
FIRST = HGB | {"LBDTC": "2025-01-14"}
ONLY_TWO = {"AE": [EVENT | TWO | {"AEACN": "DRUG WITHDRAWN"}], "SUPPAE": None}

FOR_EVENT = ONE | STOPPED | {"DSDECOD": "ADVERSE EVENT", "DSSTDTC": "2025-03-20"}
WITHDRAWN = {"AEACNANL": "DRUG WITHDRAWN", "AEACNFUL": "DOSE NOT CHANGED"}

CASES = {
    "a drug stopped for an adverse event that is not there": (
        {"DS": [ONE | MILESTONE, TWO | MILESTONE, FOR_EVENT]},
        [
            "WARNING DS.DSDECOD 1 DSSEQ 3: 'ADVERSE EVENT', expected an adverse event with DRUG WITHDRAWN in AEACNANL "
            "of the patient [STOP_REASON]"
        ],
    ),
    "a drug withdrawn for an event and stopped for another reason": (
        {"SUPPAE": actions(**WITHDRAWN)},
        [
            "WARNING SUPPAE.QVAL 1 AESEQ 1: 'DRUG WITHDRAWN', expected ADVERSE EVENT as the patient's reason in DS for "
            "stopping ANLOTINIB [STOP_REASON]"
        ],
    ),
    "an event of a patient who is not in DM": (
        {"AE": [EVENT, EVENT | {"USUBJID": "9"}]},
        ["ERROR AE.USUBJID 9 AESEQ 2: the patient is not in DM [PATIENT_IN_DM]"],
    ),
    "an end before the start": (
        {"AE": [EVENT | {"AEENDTC": "2025-01-31"}]},
        ["ERROR AE.AEENDTC 1 AESEQ 1: AEENDTC '2025-01-31' is before AESTDTC '2025-02-01' [END_BEFORE_START]"],
    ),
    "grade 6": (
        {"AE": [EVENT | {"AETOXGR": "6"}]},
        ["ERROR AE.AETOXGR 1 AESEQ 1: '6', expected a CTCAE grade from 1 to 5 [CTCAE_GRADE]"],
    ),
    "an initial grade of 6": (
        {"SUPPAE": actions(**UNCHANGED, AEITOXGR="6")},
        ["ERROR SUPPAE.QVAL 1 AESEQ 1: '6', expected for AEITOXGR a CTCAE grade from 1 to 5 [CTCAE_GRADE]"],
    ),
    "two doses on one day": (
        {"EX": [PILLS, SHOT, SHOT | {"EXDOSE": 250}]},
        [
            "WARNING EX.EXSTDTC 1 EXSEQ 3: '2025-01-20' has a dose of 'FULVESTRANT' in EXSEQ 2 too ('2025-01-20' to "
            "'2025-01-20'); expected one dosing record of a drug for a day: both doses count, the day once [DOSE_TWICE]"
        ],
    ),
    "dosing that overlaps": (
        {"EX": [PILLS | {"EXSTDTC": "2025-02-02", "EXENDTC": "2025-02-05"}, PILLS, SHOT]},
        [
            "WARNING EX.EXSTDTC 1 EXSEQ 1: '2025-02-02' has a dose of 'ANLOTINIB' in EXSEQ 2 too ('2025-01-20' to "
            "'2025-02-02'); expected one dosing record of a drug for a day: both doses count, the day once [DOSE_TWICE]"
        ],
    ),
    "a unit of dose": (
        {"EX": [PILLS | {"EXDOSU": "CAPSULE"}, SHOT]},
        [
            "WARNING EX.EXDOSU 1 EXSEQ 1: 'CAPSULE' of 'ANLOTINIB' (records: 1), expected one of mg, g, ug, mcg: "
            "the cumulative dose and the dose intensity are not known [DOSE_UNIT]"
        ],
    ),
    "a laboratory unit nobody knows, among others": (
        {"LB": [FIRST, HGB | {"LBSTRESU": "furlong"}]},
        [
            "WARNING LB.LBSTRESU 1 LBSEQ 2: 'furlong' of 'HGB' (records: 1) is no known unit, "
            f"expected one of {FITTING}: {UNIT_UNUSED}"
        ],
    ),
    "a laboratory unit nobody knows, in every result": (
        {"LB": [FIRST | {"LBSTRESU": "furlong"}, HGB | {"LBSTRESU": "furlong"}]},
        [
            "WARNING LB.LBSTRESU 1 LBSEQ 1: 'furlong' of 'HGB' (records: 2) is no known unit, "
            f"expected one of {FITTING}: {UNIT_UNUSED}"
        ],
    ),
    "a result below a limit": (
        {"LB": [FIRST, HGB | {"LBSTRESC": "<5", "LBSTRESN": None}]},
        ["WARNING LB.LBSTRESC 1 LBSEQ 2: '<5' of 'HGB' is not a number: kept as text, not graded [LAB_NUMBER]"],
    ),
    "a result above a limit with a number beside it": (
        {"LB": [FIRST, HGB | {"LBSTRESC": ">200", "LBSTRESN": 200}]},
        [
            "WARNING LB.LBSTRESC 1 LBSEQ 2: '>200' of 'HGB' is not a number: LBSTRESN 200 is analysed and graded "
            "instead [LAB_NUMBER]"
        ],
    ),
    "an action without a drug": (
        {"AE": [EVENT | {"AEACN": "DRUG WITHDRAWN"}], "SUPPAE": RELATED},
        [
            "WARNING AE.AEACN 1 AESEQ 1: 'DRUG WITHDRAWN' without a drug, expected the action with each drug in SUPPAE "
            "AEACNANL, AEACNFUL: counted with every drug [ACTION_DRUG]"
        ],
    ),
    "several actions without a drug": (
        {"AE": [EVENT | {"AEACN": "MULTIPLE"}], "SUPPAE": None},
        [
            "WARNING AE.AEACN 1 AESEQ 1: 'MULTIPLE' without a drug, expected the action with each drug in SUPPAE "
            "AEACNANL, AEACNFUL: counted with no drug [ACTION_DRUG]"
        ],
    ),
    "an action with a drug never taken": (
        {"SUPPAE": actions(AEACNANL="DOSE NOT CHANGED", AEACNFUL="DOSE REDUCED"), "EX": [PILLS, SHOT | TWO]},
        [
            "WARNING SUPPAE.QVAL 1 AESEQ 1: 'DOSE REDUCED', expected NOT APPLICABLE in AEACNFUL: EX has no dose of "
            "FULVESTRANT for the patient [ACTION_DRUG]"
        ],
    ),
    "an action in a patient never dosed": (
        ONLY_TWO,
        [
            "WARNING AE.AEACN 2 AESEQ 1: 'DRUG WITHDRAWN', expected NOT APPLICABLE: EX has no dose of a study drug for "
            "the patient [ACTION_DRUG]"
        ],
    ),
    "an action with a drug that params do not know": (
        {"SUPPAE": actions(**UNCHANGED, AEACNXYZ="DRUG INTERRUPTED")},
        [
            "WARNING SUPPAE.QNAM 1 AESEQ 1: 'DRUG INTERRUPTED' in 'AEACNXYZ', expected an action_qnam of params "
            "study.treatments (AEACNANL, AEACNFUL): not counted [ACTION_DRUG]"
        ],
    ),
    "an action that is none": (
        {"SUPPAE": actions(AEACNANL="STOPPED", AEACNFUL="DOSE NOT CHANGED")},
        [
            "WARNING SUPPAE.QVAL 1 AESEQ 1: 'STOPPED', expected for AEACNANL one of DOSE INCREASED, DOSE RATE REDUCED, "
            "DOSE REDUCED, DRUG INTERRUPTED, DRUG WITHDRAWN, DOSE NOT CHANGED, NOT APPLICABLE, NOT EVALUABLE, UNKNOWN "
            "[ACTION_DRUG]"
        ],
    ),
}


@pytest.mark.parametrize(("changes", "lines"), CASES.values(), ids=CASES)
def test_bad_input_is_named(changes, lines):
    found = check(changes)
    assert [line for line in found if "[PARAMS_VALUE]" not in line] == lines


def test_every_rule_has_a_case():
    own = {rule.id for rule in RULES if rule.find in vars(check_safety).values()}
    said = " ".join(line for _, lines in CASES.values() for line in lines)
    assert {rule for rule in own if f"[{rule}]" in said} == own
    assert len(own) == 6


@pytest.mark.parametrize("changes", [changes for changes, _ in CASES.values()], ids=CASES)
def test_no_derivation_stumbles(changes):
    assert adam.derive(frames(data_of(changes)), PARAMS)["ADSL"].frame.height == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"EX": [PILLS, PILLS | {"EXSTDTC": "2025-02-03", "EXENDTC": None}, SHOT]},  # the next day, and on
        {"EX": [PILLS, SHOT, SHOT | TWO]},
        {"EX": [PILLS, SHOT, SHOT | {"EXDOSE": 0}]},  # not given
        {"EX": [PILLS, PILLS | {"EXSTDTC": "2025-02", "EXENDTC": "2025-02-20"}, SHOT]},  # perhaps on another day
        {"EX": [PILLS | {"EXENDTC": "2025-02"}, PILLS | {"EXSTDTC": "2025-02-02"}, SHOT]},  # perhaps ended before
        {"EX": [{k: v for k, v in row.items() if k not in ("EXENDTC", "EXDOSFRQ", "EXDOSU")} for row in (PILLS, SHOT)]},
        {"EX": [PILLS | {"EXDOSU": "MG"}, SHOT | {"EXDOSU": None}]},
        {"LB": [HGB | {"LBTESTCD": "MCV", "LBSTRESU": "fL"}]},  # no grade needs it, and nothing is converted
        {"LB": [HGB, HGB | {"LBDTC": "2025-01-14", "LBSTRESU": "G/DL"}]},
        {"LB": [HGB | {"LBSTRESU": None}]},
        {"LB": [HGB | {"LBSTRESN": None, "LBSTRESC": "HAEMOLYSED", "LBSTRESU": "furlong"}]},
        {"AE": [EVENT | {"AEACN": "DRUG WITHDRAWN"}]},  # of which the qualifiers say more
        {"AE": [EVENT | {"AEACN": "MULTIPLE"}]},
        {"AE": [EVENT | {"AEACN": "NOT APPLICABLE"} | TWO], "SUPPAE": None},
        {"SUPPAE": actions(**UNCHANGED, AEACNOTH="CONCOMITANT MEDICATION")},
        {"SUPPAE": actions(AEACNANL="DRUG INTERRUPTED", AEACNFUL=None)},
        {"SUPPAE": actions(AEACNFUL="DOSE REDUCED"), "EX": [PILLS, SHOT | TWO, SHOT | {"EXTRT": "PLACEBO"}]},
    ],
)
def test_what_is_no_problem(changes):
    assert [line for line in check(changes) if "[PARAMS_VALUE]" not in line] == []


def test_dosing_that_goes_on_overlaps_with_what_follows():
    doses = [PILLS | {"EXENDTC": None}, PILLS | {"EXSTDTC": "2025-02-10", "EXENDTC": "2025-02-23"}, SHOT]
    (line,) = check({"EX": doses})
    assert "EXSEQ 2: '2025-02-10' has a dose of 'ANLOTINIB' in EXSEQ 1 too ('2025-01-20' to None)" in line


def test_in_a_study_of_one_drug_an_action_needs_no_drug_but_several_do():
    withdrawn = {"AE": [EVENT | {"AEACN": "DRUG WITHDRAWN"}], "SUPPAE": None, "EX": [PILLS]}
    assert check(withdrawn, ONE_DRUG) == []
    (line,) = check(withdrawn | {"AE": [EVENT | {"AEACN": "MULTIPLE"}]}, ONE_DRUG)
    assert line == (
        "WARNING AE.AEACN 1 AESEQ 1: 'MULTIPLE' without a drug, expected the action with each drug in qualifiers that "
        "params study.treatments name as action_qnam: counted with no drug [ACTION_DRUG]"
    )


@pytest.mark.parametrize("name", ["EX", "AE", "SUPPAE", "LB"])
def test_without_a_dataset_or_its_variables(name):
    for left in (None, [ONE]):
        assert not any("[ACTION_DRUG]" in line or "[DOSE_TWICE]" in line for line in check({name: left}))


@pytest.mark.parametrize(
    ("name", "variable"),
    [(name, "USUBJID") for name in ("DD", "DV", "EG", "IE", "LB", "MH", "MI", "RP", "SUPPAE", "SUPPCM", "SV", "VS")]
    + [("IE", "IETESTCD"), ("MI", "MITESTCD"), ("RP", "RPTESTCD"), ("SUPPAE", "QVAL"), ("TI", "IETESTCD")],
)
def test_a_variable_without_which_nothing_can_be_derived(name, variable):
    assert f"ERROR {name}.{variable}: no such variable [REQUIRED_VARIABLE]" in check({name: [{"X": "1"}]})


HOSTILE = {
    "AE": [
        EVENT | {"AETOXGR": "6", "AEENDTC": "2025-01-31", "AEACN": "MULTIPLE"},
        EVENT | {"AETOXGR": "<3", "AETERM": "{{< include x >}}", "AEDECOD": None, "AESTDTC": None, "AEACN": "STOPPED"},
        EVENT | {"USUBJID": "9", "AETOXGR": "-1", "AEACN": "DRUG WITHDRAWN"},
        EVENT | TWO | {"AESTDTC": "2025", "AEENDTC": "2025-02", "AETOXGR": None, "AEACN": "DRUG WITHDRAWN"},
    ],
    "SUPPAE": [
        *actions(AEACNANL="STOPPED", AEACNXYZ="DRUG WITHDRAWN", AEITOXGR="6"),
        OF_EVENT | TWO | {"IDVARVAL": "4", "QNAM": "AEACNFUL", "QVAL": "DOSE REDUCED"},
        OF_EVENT | {"IDVARVAL": "one", "QNAM": "AEACNANL", "QVAL": "DOSE REDUCED"},
        OF_EVENT | {"IDVARVAL": None, "QNAM": "AEACNANL", "QVAL": "DOSE REDUCED"},
    ],
    "EX": [
        PILLS,
        PILLS | {"EXDOSE": 8, "EXDOSU": "CAPSULE", "EXDOSFRQ": "NOW AND THEN"},
        PILLS | {"EXSTDTC": "2025-03", "EXENDTC": "2025-01"},
        PILLS | {"EXDOSE": None, "EXDOSU": None, "EXENDTC": None},
        PILLS | {"EXDOSE": -12},
        SHOT,
        SHOT | {"EXDOSE": float("inf")},
        SHOT | {"USUBJID": "9"},
    ],
    "LB": [
        HGB | {"LBDTC": "2025-01-14", "LBSTRESU": "furlong"},
        HGB | {"LBSTRESC": "<5", "LBSTRESN": None},
        HGB | {"LBSTRESU": None, "LBSTNRLO": 150, "LBSTNRHI": 115},
        HGB | {"LBSTRESN": float("nan"), "LBDTC": "2025"},
        HGB | {"LBTESTCD": "ALT", "LBSTRESU": "furlong", "LBSTNRHI": 0},
        HGB | {"LBTESTCD": "PROT", "LBSPEC": "URINE", "LBSTRESC": "++++++", "LBSTRESN": None, "LBSTRESU": None},
        HGB | {"USUBJID": "9", "LBDTC": None},
    ],
    "VS": [
        ONE | {"VSTESTCD": test, "VSSTRESC": "<80", "VSSTRESN": number, "VSSTRESU": unit, "VSDTC": "2025-02-03"}
        for test in ("SYSBP", "DIABP", "WEIGHT")
        for number, unit in ((None, "mmHg"), (-80, "furlong"), (float("nan"), None), (80, "kg"))
    ],
    "CM": [ONE | {"CMTRT": "<5", "CMSTDTC": "2025-04", "CMENDTC": "2025-01", "CMCAT": "SUBSEQUENT ANTICANCER THERAPY"}],
    "MH": [ONE | {"MHTERM": "X", "MHDECOD": None, "MHSTDTC": "2030"}],
}


def test_a_study_with_everything_wrong_is_named_and_derived():
    rules = {line.rsplit("[")[-1].rstrip("]") for line in check(HOSTILE)}
    assert rules >= {"PATIENT_IN_DM", "END_BEFORE_START", "CTCAE_GRADE", "PARENT_EXISTS", "RANGE", "KNOWN_TERM"}
    assert rules >= {"DOSE_TWICE", "DOSE_UNIT", "LAB_UNIT", "LAB_NUMBER", "ACTION_DRUG"}
    datasets = adam.derive(frames(data_of(HOSTILE)), PARAMS)
    for name in ("ADSL", "ADAE", "ADEX", "ADLB", "ADVS", "ADCM", "ADMH"):
        assert set(datasets[name].frame["USUBJID"]) <= {"1", "2"}
        assert not datasets[name].frame.is_empty()
    events = datasets["ADAE"].frame
    assert events["ATOXGRN"].to_list() == [None, None, None]
    results = datasets["ADLB"].frame
    assert results.filter(SRCSEQ=2)["AVALC"].to_list() == ["<5"]
    assert results.filter(SRCSEQ=2).select("ATOXGRL", "AVAL").row(0) == (None, None)
