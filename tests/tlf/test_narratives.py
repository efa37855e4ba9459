"""Narratives word for word, of patients whose records are written out here. Day 1 is 2024-01-01."""

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from analysis import params as parameters
from analysis.adam import derive
from analysis.tlf import narrative_text as say
from analysis.tlf import narratives
from analysis.tlf.context import Context
from analysis.tlf.display import write_display
from analysis.tlf.patient_file import PatientFile, medication_links, patient_files
from tests.adam.build import Rows, at, day, params, patient, sdtm
from tests.conftest import PROJECT

HOSTILE = '<script>"x"</script> {{< include /etc/passwd >}} $a$ \\par #eval'
FIRST = day(0)
PARAMS = params(400)

ADSL: dict[str, Any] = {
    **{"USUBJID": "S-A", "AGE": 81.0, "SEX": "F", "ECOGBL": 1.0, "VISCFL": "Y", "CDK46FL": "Y"},
    **{"NADVLINE": 2, "NETLINE": 1, "NCTLINE": 1, "TRTSDT": FIRST, "TRTEDT": day(90)},
    **{"EOTSTT1": "DISCONTINUED", "EOTDT1": day(95), "DCTREAS1": "ADVERSE EVENT"},
    **{"EOTSTT2": "ONGOING", "EOTDT2": None, "DCTREAS2": None},
    **{"DTHFL": "N", "DTHDT": None, "DTHDTF": None, "LDDTHELD": None, "DTHCAUS": None, "DTHCDOM": None},
}
EVENT: dict[str, Any] = {
    **{"AESEQ": 1, "AETERM": "LUNG INFECTION", "AEDECOD": "Lung infection", "ATOXGRN": 3, "AITOXGRN": None},
    **{"ASTDT": day(41), "ASTDTF": None, "ASTDY": 42, "AENDT": day(50), "AENDTF": None, "AENDY": 51, "ADURN": 10},
    **{"ASERFL": "Y", "AFATFL": "N", "ADISFL": "N", "AEOUT": "RECOVERED/RESOLVED", "AECONTRT": "Y"},
    **dict.fromkeys(("AESDTH", "AESLIFE", "AESDISAB", "AESCONG", "AESMIE"), "N"),
    **{"AESHOSP": "Y", "AREL1": "PROBABLY RELATED", "AREL2": "NOT RELATED"},
    **{"AEACN1": "DOSE REDUCED", "AEACN2": "DOSE NOT CHANGED"},
}
MISSING = dict.fromkeys(EVENT) | {"AESEQ": 2, "ASERFL": "Y", "AFATFL": "N", "ADISFL": "N"}


def dose(start: int, end: int, mg: float | None, change: str | None = None) -> dict[str, Any]:
    return {"ASTDT": day(start), "ASTDTF": None, "AENDT": day(end), "AENDTF": None, "AVAL": mg, "ADOSCHG": change}


TABLETS = [dose(0, 13, 12.0), dose(21, 34, 12.0), dose(63, 90, 10.0, "REDUCED")]
INJECTION = [dose(0, 0, 500.0)]


def file(*events: dict[str, Any], **values: Any) -> PatientFile:
    parts: dict[str, Any] = {"events": list(events), "doses": {1: TABLETS, 2: INJECTION}, "died": None}
    parts |= {"responses": [], "labs": [], "vitals": [], "given": {}}
    records = {name: values.pop(name) for name in list(values) if name in parts}
    return PatientFile(patient=ADSL | values, **(parts | records))


def test_background() -> None:
    assert say.background(file(), PARAMS) == (
        "The patient was an 81-year-old woman with I. At baseline the ECOG performance status was 1, and visceral "
        "disease was present. The patient had received 2 lines of therapy for advanced disease, 1 with endocrine "
        "therapy and 1 with chemotherapy. A CDK4/6 inhibitor had been given before."
    )


def test_background_with_one_line_and_none() -> None:
    said = say.background(file(NADVLINE=1, NCTLINE=0, CDK46FL="N", VISCFL="N", SEX="M", AGE=54.0), PARAMS)
    assert said.startswith("The patient was a 54-year-old man with I.")
    assert said.endswith(
        "visceral disease was not present. The patient had received 1 line of therapy for advanced disease, 1 with "
        "endocrine therapy."
    )
    none = say.background(file(NADVLINE=0, NETLINE=0, NCTLINE=0, CDK46FL="N"), PARAMS)
    assert none.endswith("The patient had received no lines of therapy for advanced disease.")


def test_background_of_which_nothing_was_recorded() -> None:
    nothing = dict.fromkeys(("AGE", "SEX", "ECOGBL", "VISCFL", "NADVLINE", "NETLINE", "NCTLINE", "CDK46FL"))
    assert say.background(file(**nothing), PARAMS) == (
        "The patient was a person with I; the age and sex were not recorded. At baseline the ECOG "
        "performance status was not recorded, and visceral disease was not recorded. Prior lines of therapy for "
        "advanced disease were not recorded."
    )


def test_dosing() -> None:
    assert say.dosing(file(), PARAMS) == (
        "Anlotinib was first given on 1 January 2024 (study day 1) at 12 mg and last on 31 March 2024 (study day 91). "
        "The dose was reduced to 10 mg on 4 March 2024 (study day 64). It was stopped on 5 April 2024 (study day 96); "
        "the reason recorded was adverse event. Fulvestrant was given once, on 1 January 2024 (study day 1) at 500 mg. "
        "No change of dose was recorded. It was ongoing at the data cut-off."
    )


def test_dosing_without_dose_date_or_reason() -> None:
    doses = {1: [dose(0, 9, None)], 2: []}
    assert say.dosing(file(doses=doses, EOTDT1=None, DCTREAS1=None), PARAMS) == (
        "Anlotinib was first given on 1 January 2024 (study day 1) at a dose that was not recorded and last on "
        "10 January 2024 (study day 10). No change of dose was recorded. It was stopped on a date that was not "
        "recorded; the reason was not recorded. Fulvestrant was not given."
    )


def test_an_event_from_start_to_end() -> None:
    taken = {"CMDECOD": "MOXIFLOXACIN", "CMTRT": "x", "ASTDT": day(41), "ASTDTF": None, "ASTDY": 42}
    taken |= {"AENDT": day(50), "AENDTF": None, "AENDY": 51}
    own = file(EVENT, given={1: [taken]})
    assert say.event(own, EVENT, PARAMS) == (
        "Lung infection of grade 3 began on 11 February 2024 (study day 42). Anlotinib had last been given 7 days "
        "before and fulvestrant 41 days before. It was serious because of hospitalisation. It was recorded as probably "
        "related to anlotinib and as not related to fulvestrant. Because of it, the dose of anlotinib was reduced and "
        "the dose of fulvestrant was not changed. Given for it: moxifloxacin from 11 February 2024 (study day 42) to "
        "20 February 2024 (study day 51). It resolved on 20 February 2024 (study day 51), having lasted 10 days."
    )


def test_an_event_of_which_nothing_was_recorded() -> None:
    assert say.event(file(MISSING), MISSING, PARAMS) == (
        "An event that was not coded of a grade that was not recorded began on a date that was not recorded. It was "
        "serious; the criterion was not recorded. Its relatedness to anlotinib was not recorded. Its relatedness to "
        "fulvestrant was not recorded. Because of it, the action taken with anlotinib was not recorded and the action "
        "taken with fulvestrant was not recorded. Whether treatment was given for it was not recorded. Its outcome was "
        "not recorded."
    )
    assert say.others(file(MISSING), MISSING) == "Events near it are not named, since its start was not recorded."
    assert say.labs(file(MISSING), MISSING) == ""


def test_a_fatal_event_before_fulvestrant() -> None:
    fatal = {"ATOXGRN": 5, "AEOUT": "FATAL", "AESDTH": "Y", "AREL2": None, "AEACN1": "DRUG INTERRUPTED"}
    row = EVENT | fatal | {"AECONTRT": "N", "ASTDT": day(30), "ASTDY": 31, "AITOXGRN": 1}
    said = say.event(file(row, doses={1: TABLETS, 2: []}), row, PARAMS)
    assert said.startswith(
        "Lung infection of grade 5 began on 31 January 2024 (study day 31). Its initial grade was 1. Anlotinib had "
        "last been given on that day. Fulvestrant had not been given yet. It was serious because of death and "
        "hospitalisation. It was recorded as probably related to anlotinib. Its relatedness to fulvestrant was not "
        "recorded. Because of it, anlotinib was interrupted and"
    )
    assert said.endswith(
        "No treatment was given for it. Its outcome was fatal; it ended on 20 February 2024 (study day 51)."
    )


@pytest.mark.parametrize(
    ("date", "flag", "number", "said"),
    [
        (dt.date(2024, 5, 3), None, 124, "on 3 May 2024 (study day 124)"),
        (dt.date(2024, 5, 3), None, None, "on 3 May 2024"),
        (dt.date(2024, 5, 1), "D", 122, "in May 2024"),
        (dt.date(2024, 1, 1), "M", 1, "in 2024"),
        (None, None, None, "on a date that was not recorded"),
    ],
)
def test_dates(date: dt.date | None, flag: str | None, number: int | None, said: str) -> None:
    assert say.when(date, flag, number) == said


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("RECOVERING/RESOLVING", "It was recorded as resolving."),
        ("NOT RECOVERED/NOT RESOLVED", "It was recorded as not resolved."),
        ("RECOVERED/RESOLVED WITH SEQUELAE", "It resolved with sequelae on a date that was not recorded."),
        ("UNKNOWN", "Its outcome was recorded as unknown."),
        ("Better", 'Its outcome was recorded as "Better".'),
    ],
)
def test_outcomes(outcome: str, said: str) -> None:
    row = EVENT | {"AEOUT": outcome, "AENDT": None, "AENDY": None, "ADURN": None}
    assert say.event(file(row), row, PARAMS).endswith(said)


def test_values_that_are_no_controlled_terms_are_quoted() -> None:
    row = EVENT | {"AREL1": "REMOTE", "AEACN1": HOSTILE, "AEDECOD": None, "AETERM": HOSTILE}
    said = say.event(file(row), row, PARAMS)
    assert said.startswith(f'An event reported as "{HOSTILE}" of grade 3 began')
    assert (
        'It was recorded as not related to fulvestrant. Its relatedness to anlotinib was recorded as "REMOTE".' in said
    )
    assert f'the action taken with anlotinib was recorded as "{HOSTILE}" and the dose of fulvestrant' in said
    differs = EVENT | {"AETERM": "Pneumonia?"}
    assert say.event(file(differs), differs, PARAMS).startswith('Lung infection, reported as "Pneumonia?", of grade 3')


def test_other_events_within_14_days() -> None:
    def other(number: int, start: int, **values: Any) -> dict[str, Any]:
        return EVENT | {"AESEQ": number, "AEDECOD": "Cough", "ASTDT": day(start), "ASTDY": start + 1} | values

    near = [
        other(2, 27),
        other(3, 55, ATOXGRN=None),
        other(4, 26, AENDT=day(40)),
        other(5, 56),
        other(6, 45, ASTDTF="D"),
    ]
    assert say.others(file(EVENT, *near), EVENT) == (
        "Within 14 days of its start began: Cough of grade 3 on 28 January 2024 (study day 28), Cough of a grade that "
        "was not recorded on 25 February 2024 (study day 56) and Cough of grade 3 in February 2024."
    )
    assert say.others(file(EVENT), EVENT) == "No other adverse event began within 14 days of its start."
    earlier = [other(2, 10, AENDT=day(40)), other(3, 11, AENDT=day(41)), other(4, 12, AENDT=None)]
    assert say.others(file(EVENT, *earlier), EVENT) == (
        "No other adverse event began within 14 days of its start. Begun earlier and not ended by then: Cough of grade "
        "3 on 12 January 2024 (study day 12) and Cough of grade 3 on 13 January 2024 (study day 13)."
    )


def test_laboratory_values_within_14_days() -> None:
    def lab(when: int, value: float, low: int | None, high: int | None, code: str = "ALT") -> dict[str, Any]:
        found = {"PARAMCD": code, "PARAM": f"{code} Test (U/L)", "ADT": day(when), "AVAL": value, "AVALC": None}
        return found | {"AVALU": "U/L", "ATOXGRL": low, "ATOXGRH": high, "SRCDOM": "LB"}

    labs = [lab(30, 150.5, None, 2), lab(45, 230, None, 3), lab(40, 60, None, 1, "AST"), lab(60, 999, None, 4)]
    assert say.labs(file(EVENT, labs=labs), EVENT) == (
        "Laboratory values of grade 2 or higher within 14 days of its start: alt test 230 U/L on 15 February 2024 "
        "(study day 46), grade 3."
    )
    mild = say.labs(file(EVENT, labs=labs[2:]), EVENT)
    assert mild == "No laboratory value within 14 days of its start was of grade 2 or higher."
    none = say.labs(file(EVENT, labs=labs[3:]), EVENT)
    assert none == "No laboratory value was recorded within 14 days of its start."


def test_death() -> None:
    died = {"DTHFL": "Y", "DTHDT": day(100), "LDDTHELD": 10, "DTHCAUS": "DISEASE PROGRESSION", "DTHCDOM": "DD"}
    responses = [{"AVALC": "SD", "ADT": day(56)}, {"AVALC": "PD", "ADT": day(80)}]
    assert say.death(file(**died, died=at(100), responses=responses)) == (
        "The patient died on 10 April 2024 (study day 101), 10 days after the last dose. The cause of death was "
        "recorded as disease progression. Progression of the disease had been recorded on 21 March 2024 (study day 81)."
    )
    assert say.death(file()) == ""


def test_death_at_a_partial_date_and_of_an_event() -> None:
    died = {"DTHFL": "Y", "DTHCAUS": "Embolism", "DTHCDOM": "AE"}
    assert say.death(file(**died, died="2024-11", DTHDT=dt.date(2024, 11, 5), DTHDTF="D", LDDTHELD=219)) == (
        "The patient died in November 2024. No cause of death was recorded beside the fatal adverse event, Embolism. "
        "The tumour assessments recorded no progression."
    )
    assert say.death(file(**died, died="2025")).startswith("The patient died in 2025. No cause")
    unknown = say.death(file(DTHFL="Y"))
    assert unknown.startswith("The patient died on a date that was not recorded. The cause was not recorded.")


def study() -> list[Rows]:
    """A: a hostile serious event with two medicines. B: stopped for nausea. C: died. D: a mild event alone."""
    serious = {"AETERM": HOSTILE, "AEDECOD": None, "AESER": "Y", "AESTDTC": at(5)}
    nausea = {"AETERM": "nausea", "AEDECOD": "Nausea", "AESTDTC": at(5), "AEACN": "DRUG WITHDRAWN"}
    mild = {"AETERM": "cough", "AEDECOD": "Cough", "AESTDTC": at(5)}
    medicine = {"CMCAT": "CONCOMITANT MEDICATION", "CMSTDTC": at(5)}
    relation = [
        ("AESEQ", "1", "R1"),
        ("CMSEQ", "2", "R1"),
        ("CMSEQ", "9", "R1"),
        ("AESEQ", "1", "R2"),
        ("CMSEQ", "1", "R2"),
    ]
    relrec = [{"IDVAR": name, "IDVARVAL": value, "RELID": number} for name, value, number in relation]
    medicines = [
        medicine | {"CMTRT": "tea", "CMDECOD": None, "CMENDTC": at(5)},
        medicine | {"CMTRT": "Z", "CMDECOD": "ZINC"},
    ]
    return [
        patient("A", more={"AE": [serious], "CM": medicines, "RELREC": relrec}),
        patient("B", more={"AE": [nausea]}),
        patient("C", death=350),
        patient("D", more={"AE": [mild]}),
    ]


@cache
def context() -> Context:
    adam = {name: dataset.frame for name, dataset in derive(sdtm(*study()), PARAMS).items()}
    return Context(PARAMS, parameters.load_catalogue(PROJECT / "params"), adam)


def test_who_has_a_narrative_and_why() -> None:
    found = {file.usubjid: file.reasons for file in patient_files(context(), narratives.TABLE, sdtm(*study()))}
    assert found == {
        "S-A": ["serious adverse event"],
        "S-B": ["discontinuation due to an adverse event"],
        "S-C": ["death"],
    }
    counts = {r.name: r.stat for r in narratives.results(context()) if r.stat_name == "n"}
    assert counts == {"narratives.deaths": 1, "narratives.serious": 1, "narratives.discontinued": 1}


def test_the_table_of_narratives(tmp_path: Path) -> None:
    table = narratives.table(context(), sdtm(*study()), narratives.results(context()))
    rows = [[cell.text for cell in row.cells] for row in table.rows]
    assert [row[0] for row in rows] == [
        "Patient S-A: serious adverse event",
        *("Background", "Study treatment", f"{HOSTILE}, day 6", "Events near it", "Laboratory values near it"),
        "Patient S-B: discontinuation due to an adverse event",
        *("Background", "Study treatment", "Nausea, day 6", "Events near it", "Laboratory values near it"),
        "Patient S-C: death",
        *("Background", "Study treatment", "Death"),
    ]
    given = 'Given for it: "tea" on 6 January 2024 (study day 6) and zinc from 6 January 2024 (study day 6).'
    assert given in rows[3][1]
    write_display(table, tmp_path)
    assert "<script>" not in (tmp_path / "t-14-3-3-1.html").read_text(encoding="utf-8")


def test_a_study_without_relations_or_deaths() -> None:
    assert medication_links({}) == {}
    adam = {name: dataset.frame for name, dataset in derive(sdtm(patient("X")), PARAMS).items()}
    nobody = Context(PARAMS, context().catalogue, adam)
    assert narratives.table(nobody, sdtm(patient("X")), narratives.results(nobody)).rows == ()
