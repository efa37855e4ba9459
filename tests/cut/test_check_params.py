"""The data check of values of params, and of deaths before the start: hand-made records, with the whole message."""

from pathlib import Path

import pytest

from analysis import params as parameters
from analysis.cut.check import check_data, format_problems
from analysis.params_patients import Patients
from tests.cut.make import dataset, folder_of

STUDY = parameters.load("2025-06-30", Path(__file__).parents[2] / "params")
PARAMS = STUDY.model_copy(update={"patients": Patients()})  # which names nothing to find

RECORDS = {
    "DM": [{"USUBJID": "1"}],
    "DS": [
        {"USUBJID": "1", "DSDECOD": "INFORMED CONSENT OBTAINED", "DSSTDTC": "2025-01-08"},
        {"USUBJID": "1", "DSDECOD": "ENROLLED", "DSSTDTC": "2025-01-15"},
        {"USUBJID": "1", "DSDECOD": "PROGRESSIVE DISEASE", "DSSTDTC": "2025-03-20"},
    ],
    "EX": [
        {"USUBJID": "1", "EXTRT": "ANLOTINIB", "EXSTDTC": "2025-01-20"},
        {"USUBJID": "1", "EXTRT": "FULVESTRANT", "EXSTDTC": "2025-01-21"},
    ],
    "RS": [{"USUBJID": "1", "RSCAT": "RECIST 1.1", "RSTESTCD": "OVRLRESP", "RSSTRESC": "PR", "RSDTC": "2025-03-15"}],
}


def check(params=PARAMS, **changes):
    """The lines of the data check of one patient with some datasets replaced."""
    problems = check_data(folder_of(*(dataset(name, *rows) for name, rows in (RECORDS | changes).items())), params)
    return format_problems(problems).splitlines()


def with_params(section, **update):
    """The study's params with other values in a section, such as pfs.new_therapy."""
    first, *rest = section.split(".")
    old = getattr(PARAMS, first)
    new = old.model_copy(update={rest[0]: getattr(old, rest[0]).model_copy(update=update)} if rest else update)
    return PARAMS.model_copy(update={first: new})


def therapies(dataset_name, *categories):
    code = {"CM": "CMTRT", "PR": "PRTRT"}[dataset_name]
    return [
        {"USUBJID": "1", code: f"Therapy {n}", f"{dataset_name}CAT": category, f"{dataset_name}STDTC": "2025-03"}
        for n, category in enumerate(categories)
    ]


def deviations(*categories):
    return [
        {"USUBJID": "1", "DVTERM": f"Deviation {n}", "DVCAT": category, "DVDECOD": term}
        for n, (category, term) in enumerate(categories)
    ]


def test_records_for_every_value():
    excluded = [("IMPORTANT DEVIATION", term) for term in PARAMS.subjects.per_protocol_excludes]
    changes = {
        "CM": therapies("CM", "SUBSEQUENT ANTICANCER THERAPY"),
        "PR": therapies("PR", "SUBSEQUENT ANTICANCER SURGERY", "SUBSEQUENT RADIOTHERAPY", "PRIOR RADIOTHERAPY"),
        "DV": deviations(*excluded),
    }
    assert check(**changes) == []


@pytest.mark.parametrize("extrt", ["anlotinib", " Anlotinib "])
def test_drugs_are_compared_as_the_derivations_do(extrt):
    drugs = [RECORDS["EX"][0] | {"EXTRT": extrt}, RECORDS["EX"][1]]
    assert not any("STUDY_DRUG" in line for line in check(EX=drugs))


def test_a_misspelt_study_drug():
    drugs = [t.model_copy(update={"extrt": t.extrt.replace("ANLOTINIB", "ANLOTINB")}) for t in PARAMS.study.treatments]
    assert check(with_params("study", treatments=drugs))[0] == (
        "ERROR EX.EXTRT: params study.treatments: no record has extrt 'ANLOTINB'; found: 'ANLOTINIB', 'FULVESTRANT' "
        "[STUDY_DRUG]"
    )


@pytest.mark.parametrize(
    ("section", "update", "changes", "message"),
    [
        (
            "pfs.new_therapy",
            {"cm_categories": ["SUBSEQUENT THERAPY"]},
            {"CM": therapies("CM", "SUBSEQUENT ANTICANCER THERAPY", "CONCOMITANT MEDICATION")},
            "CM.CMCAT: params pfs.new_therapy.cm_categories: no record has 'SUBSEQUENT THERAPY'; "
            "found: 'CONCOMITANT MEDICATION', 'SUBSEQUENT ANTICANCER THERAPY'",
        ),
        (
            "pfs.new_therapy",
            {"surgery_categories": ["SURGERY", "RESECTION"]},
            {"PR": therapies("PR", "SUBSEQUENT ANTICANCER SURGERY", "SUBSEQUENT RADIOTHERAPY")},
            "PR.PRCAT: params pfs.new_therapy.surgery_categories: no record has 'SURGERY', 'RESECTION'; "
            "found: 'SUBSEQUENT ANTICANCER SURGERY', 'SUBSEQUENT RADIOTHERAPY'",
        ),
        (
            "pfs.new_therapy",
            {"radiotherapy_categories": ["Subsequent radiotherapy"], "surgery_categories": []},
            {"PR": therapies("PR", "SUBSEQUENT RADIOTHERAPY")},
            "PR.PRCAT: params pfs.new_therapy.radiotherapy_categories: no record has 'Subsequent radiotherapy'; "
            "found: 'SUBSEQUENT RADIOTHERAPY'",
        ),
        (  # one misspelt value of several
            "subjects",
            {"per_protocol_excludes": ["ELIGIBILITY CRITERIA NOT MET", "PROHIBITED MEDICATON"]},
            {
                "DV": deviations(
                    (None, "PROHIBITED MEDICATION"), ("IMPORTANT DEVIATION", "ELIGIBILITY CRITERIA NOT MET")
                )
            },
            "DV.DVDECOD: params subjects.per_protocol_excludes: no record has 'PROHIBITED MEDICATON'; "
            "found where DVCAT is 'IMPORTANT DEVIATION': 'ELIGIBILITY CRITERIA NOT MET', 'PROHIBITED MEDICATION'",
        ),
        (  # the deviation is there, but not as an important one
            "subjects",
            {"per_protocol_excludes": ["PROHIBITED MEDICATION"]},
            {"DV": deviations(("MAJOR", "PROHIBITED MEDICATION"))},
            "DV.DVDECOD: params subjects.per_protocol_excludes: no record has 'PROHIBITED MEDICATION'; "
            "found where DVCAT is 'IMPORTANT DEVIATION': none",
        ),
        (
            "pfs.clinical_progression",
            {"dsdecod": "CLINICAL PROGRESSION"},
            {},
            "DS.DSDECOD: params pfs.clinical_progression.dsdecod: no record has 'CLINICAL PROGRESSION'; "
            "found: 'ENROLLED', 'INFORMED CONSENT OBTAINED', 'PROGRESSIVE DISEASE'",
        ),
        (
            "pfs.clinical_progression",
            {"rstestcd": "CLINPD"},
            {},
            "RS.RSTESTCD: params pfs.clinical_progression.rstestcd: no record has 'CLINPD'; found: 'OVRLRESP'",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and "." not in value else "",
)
def test_a_value_that_selects_nothing(section, update, changes, message):
    assert check(with_params(section, **update), **changes) == [f"WARNING {message} [PARAMS_VALUE]"]


@pytest.mark.parametrize(
    ("name", "variable", "found", "key", "missing"),
    [
        ("RP", "RPTESTCD", ["CHILDPOT"], "menopause_testcd", "'MENOSTAT'"),
        ("MI", "MITESTCD", ["ESTRCPT", "HER2", "KI67", "PGR"], "biomarkers", "'PROGRCPT'"),
        ("MH", "MHCAT", ["GENERAL"], "history_categories", "'MEDICAL HISTORY'"),
        ("PR", "PRCAT", ["PRIOR RADIOTHERAPY", "SURGERY"], "surgery_categories", "'PRIOR ANTICANCER SURGERY'"),
        ("PR", "PRCAT", ["PRIOR ANTICANCER SURGERY", "RT"], "radiotherapy_categories", "'PRIOR RADIOTHERAPY'"),
        ("SUPPCM", "QNAM", ["LINE"], "line_qnam", "'CMLINE'"),
    ],
)
def test_what_is_shown_of_patients_but_never_recorded(name, variable, found, key, missing):
    records = {name: [{"USUBJID": "1", variable: value} for value in found]}
    lines = [line for line in check(STUDY, **records) if " params patients." in line]
    values = ", ".join(repr(value) for value in found)
    message = f"{name}.{variable}: params patients.{key}: no record has {missing}; found: {values}"
    assert lines == [f"WARNING {message} [PARAMS_VALUE]"]


def test_no_warning_where_none_is_intended_or_the_variable_says_nothing():
    none = with_params("pfs.new_therapy", cm_categories=[], surgery_categories=[], radiotherapy_categories=[])
    assert check(none, CM=therapies("CM", "PRIOR"), PR=therapies("PR", "PRIOR")) == []
    assert check(with_params("subjects", per_protocol_excludes=[]), DV=deviations((None, "VISIT MISSED"))) == []
    assert check(CM=therapies("CM", None), DV=deviations((None, None))) == []


def test_of_many_values_the_first_are_shown():
    line = next(line for line in check(CM=therapies("CM", *(f"C{n:02}" for n in range(23)))) if "cm_categories" in line)
    assert "found: 'C00', 'C01'," in line
    assert line.endswith("'C19', and 3 more [PARAMS_VALUE]")


RESPONSE = RECORDS["RS"][0]


@pytest.mark.parametrize(
    ("update", "records", "message"),
    [
        (
            {"rs_category": "RECIST"},
            [RESPONSE],
            "RS.RSTESTCD: params response.rs_testcd, response.rs_category: no record of 'OVRLRESP' in the category "
            "'RECIST'; found: RSTESTCD 'OVRLRESP' in RSCAT 'RECIST 1.1' [RECIST_PRESENT]",
        ),
        (
            {"rs_testcd": "OVRLRSP"},
            [{k: v for k, v in RESPONSE.items() if k != "RSCAT"}],
            "RS.RSTESTCD: params response.rs_testcd, response.rs_category: no record of 'OVRLRSP' in the category "
            "'RECIST 1.1'; found: RSTESTCD 'OVRLRESP' [RECIST_PRESENT]",
        ),
        (
            {"reader": "investigater"},
            [RESPONSE | {"RSEVAL": "INVESTIGATOR"}, RESPONSE | {"RSEVAL": "RADIOLOGIST"}],
            "RS.RSEVAL: params response.reader: no OVRLRESP has 'INVESTIGATER'; found: 'INVESTIGATOR', 'RADIOLOGIST' "
            "[READER]",
        ),
    ],
)
def test_responses_that_params_do_not_find(update, records, message):
    assert check(with_params("response", **update), RS=records) == [f"ERROR {message}"]


def test_responses_without_category_or_reader_are_those_of_params():
    others = [RESPONSE | {"RSCAT": "ECOG", "RSTESTCD": "ECOG101", "RSSTRESC": "1", "RSEVAL": "NURSE"}]
    assert check(RS=[RESPONSE | {"RSCAT": None, "RSEVAL": None}, *others]) == []


@pytest.mark.parametrize(
    ("death", "consent", "before"),
    [
        ("2025-01-07", None, ["informed consent (DS) '2025-01-08'", "enrolment (DS)", "first dose (EX)"]),
        ("2025-01-10", "2025-01-11", ["informed consent (DM) '2025-01-11'", "enrolment (DS)", "first dose (EX)"]),
        ("2025-01-14", None, ["enrolment (DS) '2025-01-15'", "first dose (EX) '2025-01-20'"]),
        ("2025-01-15", None, ["first dose (EX) '2025-01-20'"]),
        ("2025-01-20", None, []),
        ("2025-01", "2025", []),  # could be after
        ("2024-12", "2025", ["informed consent (DM) '2025'", "informed consent (DS)", "enrolment", "first dose"]),
    ],
)
def test_death_certainly_before_the_start(death, consent, before):
    lines = check(DM=[{"USUBJID": "1", "RFICDTC": consent, "DTHDTC": death, "DTHFL": "Y"}])
    found = [line for line in lines if "DEATH_BEFORE_START" in line]
    assert len(found) == len(before)
    for start in before:
        assert any(line.startswith(f"ERROR DM.DTHDTC 1: DTHDTC '{death}' is before the {start}") for line in found)


def test_a_dose_without_a_date_could_be_the_first():
    doses = [*RECORDS["EX"], RECORDS["EX"][0] | {"EXSTDTC": None}]
    lines = check(DM=[{"USUBJID": "1", "DTHDTC": "2025-01-16", "DTHFL": "Y"}], EX=doses)
    assert not any("DEATH_BEFORE_START" in line for line in lines)


def test_qualifiers_of_adverse_events_per_drug():
    """A misspelt name of relatedness would make every event related."""
    event = {"USUBJID": "1", "AESEQ": 1.0, "AETERM": "X", "AESTDTC": "2025-02-01", "AETOXGR": "1"}
    parent = {"USUBJID": "1", "RDOMAIN": "AE", "IDVAR": "AESEQ", "IDVARVAL": "1", "QVAL": "Y"}

    def found(*names):
        return [
            line
            for line in check(AE=[event], SUPPAE=[parent | {"QNAM": name} for name in names])
            if "PARAMS_VALUE" in line
        ]

    assert found("AERELANL", "AERELFUL", "AEACNANL", "AEACNFUL") == []
    assert found("AERELANL", "AERELFUV", "AEACNANL", "AEACNFUL") == [
        "WARNING SUPPAE.QNAM: params study.treatments: no record has 'AERELFUL'; found: 'AEACNANL', 'AEACNFUL', "
        "'AERELANL', 'AERELFUV' [PARAMS_VALUE]"
    ]
