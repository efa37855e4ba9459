"""ADAE beside treatment-emergence: grade, seriousness, relatedness and action per drug, worst grade, groupings.

Enrolment and the first dose are 2024-01-01 (day 0); treatment goes on to the cut-off.
"""

from typing import Any

import polars as pl
import pytest

from analysis.adam.adae import derive_adae
from analysis.adam.adsl import derive_adsl
from analysis.adam.records import Queries
from analysis.errors import DataError
from tests.adam.build import STUDY, Rows, at, day, params, patient, sdtm

QNAMS = [
    {"relatedness_qnam": "AERELANL", "action_qnam": "AEACNANL"},
    {"relatedness_qnam": "AERELFUL", "action_qnam": "AEACNFUL"},
]
PER_DRUG = STUDY | {
    "treatments": [drug | names for drug, names in zip(STUDY["treatments"], QNAMS, strict=True)]  # type: ignore[arg-type]
}


def event(start: int | str | None = 20, term: str = "Nausea", **values: Any) -> dict[str, Any]:
    return {"AETERM": term, "AEDECOD": term, "AEBODSYS": "S", "AESTDTC": at(start)} | values


def with_events(*events: dict[str, Any], qualifiers: dict[str, str] | None = None, name: str = "01") -> Rows:
    """A treated patient; `qualifiers` are of the first event."""
    record = {"RDOMAIN": "AE", "IDVAR": "AESEQ", "IDVARVAL": "1"}
    extra = [record | {"QNAM": qnam, "QVAL": value} for qnam, value in (qualifiers or {}).items()]
    return patient(name, more={"AE": list(events), "SUPPAE": extra})


def derived(*patients: Rows, queries: Queries | None = None, **blocks: Any) -> pl.DataFrame:
    frames, chosen = sdtm(*patients), params(400, **blocks)
    return derive_adae(frames, derive_adsl(frames, chosen), chosen, queries)


@pytest.mark.parametrize(
    ("grade", "number", "severe", "asked"),
    [("1", 1, "N", 0), ("2", 2, "N", 0), ("3", 3, "Y", 0), ("5", 5, "Y", 0), (None, None, "N", 0), ("6", None, "N", 1)],
)
def test_grade(grade: str | None, number: int | None, severe: str, asked: int) -> None:
    queries = Queries()
    adae = derived(with_events(event(AETOXGR=grade)), queries=queries)
    assert adae.select("ATOXGRN", "AGR3FL").row(0) == (number, severe)
    assert queries.frame().filter(pl.col("RULE") == "grade").height == asked


def test_severity_stands_in_for_a_grade_only_where_params_say_so() -> None:
    rows = with_events(event(AESEV="MODERATE", AETOXGR=None), event(AESEV="MILD", AETOXGR="3"), event(AESEV=None))
    assert derived(rows)["ATOXGRN"].to_list() == [None, 3, None]
    grades = {"severity_grades": {"MILD": 1, "MODERATE": 2}}
    assert derived(rows, adverse_events=grades)["ATOXGRN"].to_list() == [2, 3, None]


@pytest.mark.parametrize(
    ("values", "serious", "fatal"),
    [
        ({"AESER": "N", "AEOUT": "RECOVERED/RESOLVED", "AETOXGR": "4"}, "N", "N"),
        ({"AESER": "Y"}, "Y", "N"),
        ({"AESER": None, "AESHOSP": "Y"}, "Y", "N"),  # a criterion is met
        ({"AESER": None, "AESHOSP": "N"}, "N", "N"),
        ({"AESER": "Y", "AESDTH": "Y"}, "Y", "Y"),
        ({"AESER": "Y", "AEOUT": "FATAL"}, "Y", "Y"),
        ({"AESER": "Y", "AETOXGR": "5"}, "Y", "Y"),
    ],
)
def test_serious_and_fatal(values: dict[str, Any], serious: str, fatal: str) -> None:
    adae = derived(with_events(event(**values)))
    assert adae.select("ASERFL", "AFATFL").row(0) == (serious, fatal)


@pytest.mark.parametrize(
    ("anlotinib", "fulvestrant", "flags"),
    [
        ("POSSIBLY RELATED", "NOT RELATED", "YNY"),
        ("NOT RELATED", "PROBABLY RELATED", "NYY"),
        ("NOT RELATED", "UNLIKELY RELATED", "NNN"),
        ("not related", "NOT RELATED", "NNN"),
        (None, "NOT RELATED", "YNY"),  # missing: related
        ("something else", "NOT RELATED", "YNY"),
    ],
)
def test_relatedness_to_each_drug(anlotinib: str | None, fulvestrant: str, flags: str) -> None:
    """AEREL is not looked at where SUPPAE has a value for each drug."""
    given = {"AERELFUL": fulvestrant} | ({"AERELANL": anlotinib} if anlotinib else {})
    adae = derived(with_events(event(AEREL="NOT RELATED"), qualifiers=given), study=PER_DRUG)
    assert adae.select("AREL1", "AREL2").row(0) == (anlotinib, fulvestrant)
    assert adae.select("AREL1FL", "AREL2FL", "ARELFL").row(0) == tuple(flags)


@pytest.mark.parametrize(("aerel", "flag"), [("NONE", "N"), ("REMOTE", "N"), ("POSSIBLE", "Y"), (None, "Y")])
def test_without_a_qualifier_in_params_aerel_counts_for_every_drug(aerel: str | None, flag: str) -> None:
    adae = derived(with_events(event(AEREL=aerel), qualifiers={"AERELANL": "NOT RELATED"}))
    assert adae.select("AREL1FL", "AREL2FL", "ARELFL").row(0) == (flag, flag, flag)


@pytest.mark.parametrize(
    ("aeacn", "anlotinib", "fulvestrant", "actions", "flags"),
    [
        ("MULTIPLE", "DOSE REDUCED", "DOSE NOT CHANGED", ("DOSE REDUCED", "DOSE NOT CHANGED"), "YNNNNN"),
        ("MULTIPLE", "DRUG INTERRUPTED", "DRUG WITHDRAWN", ("DRUG INTERRUPTED", "DRUG WITHDRAWN"), "NNYNNY"),
        ("DRUG WITHDRAWN", None, None, ("DRUG WITHDRAWN", "DRUG WITHDRAWN"), "NNNNYY"),  # AEACN says it of both
        ("MULTIPLE", None, "DOSE REDUCED", (None, "DOSE REDUCED"), "NYNNNN"),  # unknown for anlotinib
        (None, None, None, (None, None), "NNNNNN"),
    ],
)
def test_action_on_each_drug(
    aeacn: str | None, anlotinib: str | None, fulvestrant: str | None, actions: tuple[str | None, ...], flags: str
) -> None:
    """`flags` are of reduction, interruption and withdrawal, each of anlotinib and of fulvestrant."""
    given = {name: value for name, value in (("AEACNANL", anlotinib), ("AEACNFUL", fulvestrant)) if value}
    adae = derived(with_events(event(AEACN=aeacn), qualifiers=given), study=PER_DRUG)
    assert adae.select("AEACN1", "AEACN2").row(0) == actions
    names = [f"{name}{number}FL" for name in ("ARED", "AINT", "ADIS") for number in (1, 2)]
    assert adae.select(names).row(0) == tuple(flags)
    either = ["Y" if "Y" in flags[place : place + 2] else "N" for place in (0, 2, 4)]
    assert list(adae.select("AREDFL", "AINTFL", "ADISFL").row(0)) == either
    assert adae["AACTFL"].to_list() == ["Y" if "Y" in flags else "N"]


def test_the_record_of_the_worst_grade() -> None:
    """In the patient, in the organ class, in the term: the highest grade, of several the first; missing is lowest."""
    adae = derived(
        with_events(
            event(20, "Nausea", AETOXGR="1"),
            event(30, "Nausea", AETOXGR="2"),
            event(40, "Nausea", AETOXGR="2"),
            event(50, "Vomiting", AETOXGR=None),
            event(25, "Cough", AEBODSYS="T", AETOXGR="2"),
            event(-5, "Cough", AEBODSYS="T", AETOXGR="4"),  # not treatment-emergent
            event(60, "Fever", AEBODSYS="U", AETOXGR=None),
            event(None, "Fever", AEBODSYS="U", AETOXGR=None),  # a missing start is last
        ),
        with_events(event(20, "Nausea", AETOXGR="1"), name="02"),
    )
    marked = {
        flag: {(row["USUBJID"], row["AESEQ"]) for row in adae.filter(pl.col(flag) == "Y").iter_rows(named=True)}
        for flag in ("AOCCFL", "AOCCSFL", "AOCCPFL")
    }
    other = ("S-02", 1)
    assert marked["AOCCFL"] == {("S-01", 5), other}
    assert marked["AOCCSFL"] == {("S-01", 2), ("S-01", 5), ("S-01", 7), other}
    assert marked["AOCCPFL"] == {("S-01", 2), ("S-01", 4), ("S-01", 5), ("S-01", 7), other}


def test_groupings_of_special_interest() -> None:
    groups = [
        {"name": "mouth", "title": "Mouth", "terms": ["Mucositis oral", "Stomatitis"]},
        {"name": "gut", "title": "Gut", "terms": ["Nausea", "Stomatitis"]},
    ]
    events = [event(20, "STOMATITIS"), event(21, "Mucositis oral"), event(22, "Oral pain"), event(23, AEDECOD=None)]
    adae = derived(with_events(*events), adverse_events={"special_interest": groups})
    assert adae["CQ01NAM"].to_list() == ["Mouth", "Mouth", None, None]
    assert adae["CQ02NAM"].to_list() == ["Gut", None, None, None]
    assert adae["AESIFL"].to_list() == ["Y", "Y", "N", "N"]


def test_days_and_duration() -> None:
    adae = derived(with_events(event(0, AEENDTC=at(0)), event(-1, AEENDTC=at(3)), event(20, AEENDTC=at(19)), event(30)))
    found = adae.sort("AESEQ").select("ASTDY", "AENDY", "ADURN").rows()
    assert found == [(1, 1, 1), (-1, 4, 5), (21, 20, None), (31, None, None)]


def test_records_say_where_they_come_from_and_bring_the_patient_along() -> None:
    adae = derived(with_events(event(30), event(20)))
    assert adae.select("SRCDOM", "SRCVAR", "SRCSEQ").rows() == [("AE", "AESTDTC", 2), ("AE", "AESTDTC", 1)]
    assert adae.select("SAFFL", "FASFL", "TRTSDT").unique().rows() == [("Y", "Y", day(0))]


def test_what_is_no_event_of_the_study_is_left_out() -> None:
    """A prespecified event that did not occur, and one of a patient who is not in DM (a finding of the data check)."""
    stranger = event(20) | {"USUBJID": "S-99", "AESEQ": 1.0}
    frames = sdtm(with_events(event(20, AEOCCUR="N"), event(21, AEOCCUR="Y")))
    frames["AE"] = pl.concat([frames["AE"], pl.DataFrame([stranger])], how="diagonal_relaxed")
    assert derive_adae(frames, derive_adsl(frames, params()), params())["AESEQ"].to_list() == [2]


def test_an_invalid_date_names_its_record() -> None:
    with pytest.raises(DataError, match="AE, USUBJID S-01, AESEQ 2: AEENDTC '2024-13-01': expected an ISO 8601 date"):
        derived(with_events(event(20), event(21, AEENDTC="2024-13-01")))


def test_worst_grade_and_first_onset_of_a_grouping() -> None:
    """The event from before the first dose is worse since, so it has the worst grade but not the first onset."""
    groups = {"special_interest": [{"name": "clots", "title": "Clots", "terms": ["Embolism", "Thrombosis"]}]}
    rows = with_events(
        event(-5, "Embolism", AETOXGR="3"),
        event(30, "Thrombosis", AETOXGR="2"),
        event(20, "Embolism", AETOXGR="3"),
        event(10, "Nausea", AETOXGR="4"),
        event(None, "Thrombosis", AETOXGR=None),
        qualifiers={"AEITOXGR": "1"},
    )
    adae = derived(rows, adverse_events=groups)
    assert adae.filter(pl.col("AOCC01FL") == "Y")["AESEQ"].to_list() == [1]
    assert adae.filter(pl.col("AFST01FL") == "Y")["AESEQ"].to_list() == [3]
    assert adae.filter(pl.col("CQ01NAM") == "Clots").height == 4
