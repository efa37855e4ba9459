"""DOR, TTR and TTF by rule, one hand-made patient each, and on the demonstration study.

Days are elapsed days after enrolment. Expected is (day, what): an event's EVNTDESC, or the reason code of a censoring.
"""

import datetime as dt
from functools import cache
from typing import Any

import polars as pl
import pytest
from hypothesis import given

from analysis import adam
from analysis.params import Params
from tests.adam.build import day, outcomes, params, patient, sdtm
from tests.adam.test_properties import HISTORY, SETTINGS, happens
from tests.studies import FIRST, adam_of

PD, DEATH, CLINICAL, STOPPED = "Disease progression", "Death", "Clinical progression", "Treatment discontinuation"
PRS = [(56, "PR"), (112, "PR")]


def adtte(given: Params | None = None, **history: Any) -> dict[str, dict[str, Any]]:
    """The records of the only patient by PARAMCD."""
    rows = outcomes(sdtm(patient(**history)), given)["ADTTE"].to_dicts()
    return {row["PARAMCD"]: row for row in rows}


def elapsed(when: dt.date) -> int:
    return (when - day(0)).days


def ends(row: dict[str, Any]) -> tuple[int, str]:
    return elapsed(row["ADT"]), row["CNSREAS"] or row["EVNTDESC"]


DOR: dict[str, tuple[dict[str, Any], int, tuple[int, str]]] = {
    "progression": ({"scans": [*PRS, (168, "PD")]}, 56, (168, PD)),
    "death": ({"scans": PRS, "death": 200}, 56, (200, DEATH)),
    "ongoing": ({"scans": [(56, "SD"), (112, "PR"), (168, "PR"), (224, "NE")]}, 112, (168, "ONGOING")),
    "withdrawn": ({"scans": PRS, "left": ("WITHDRAWAL BY SUBJECT", 150)}, 56, (112, "WITHDRAWN")),
    "a PR that a CR confirms": ({"scans": [(56, "PR"), (112, "CR"), (168, "CR"), (224, "PD")]}, 56, (224, PD)),
    "a first PR that nothing confirms": (
        {"scans": [(56, "PR"), (112, "SD"), (168, "SD"), (224, "PR"), (280, "PR"), (336, "PD")]},
        224,
        (336, PD),
    ),
    "confirmed on day 28": ({"scans": [(56, "PR"), (84, "PR"), (112, "PD")]}, 56, (112, PD)),
    # PFS follows RS: disease that reappears after CR ends the response only when RS says PD
    "PR after CR is no end": ({"scans": [(56, "CR"), (112, "CR"), (168, "PR"), (224, "PD")]}, 56, (224, PD)),
    # 112 + 126 = 238 is within the gap
    "progression 126 days after a scan": ({"scans": [*PRS, (238, "PD")]}, 56, (238, PD)),
    "progression 127 days after a scan": ({"scans": [*PRS, (239, "PD")]}, 56, (112, "GAP")),
    "death 126 days after a scan": ({"scans": PRS, "death": 238}, 56, (238, DEATH)),
    "death 127 days after a scan": ({"scans": PRS, "death": 239}, 56, (112, "GAP")),
    "a gap before the response": ({"scans": [(200, "PR"), (256, "PR"), (312, "PD")]}, 200, (312, PD)),
    "a gap that the response ends, before its confirmation": (
        {"scans": [(56, "PR"), (200, "PR"), (256, "PD")]},
        56,
        (256, PD),
    ),
    "new therapy on the day of the confirmation": (
        {"scans": [*PRS, (168, "PD")], "therapy": 112},
        56,
        (112, "NEW_THERAPY"),
    ),
    "new therapy the day before progression": (
        {"scans": [*PRS, (168, "PD")], "therapy": 167},
        56,
        (112, "NEW_THERAPY"),
    ),
    "new therapy on the day of progression": ({"scans": [*PRS, (168, "PD")], "therapy": 168}, 56, (168, PD)),
    "clinical progression": ({"scans": PRS, "clinical": 150}, 56, (112, "CLINICAL_PD")),
    "clinical progression on the day of the response": ({"scans": PRS, "clinical": 56}, 56, (112, "CLINICAL_PD")),
    "clinical progression the day before the response": ({"scans": PRS, "clinical": 55}, 56, (112, "ONGOING")),
    "death on the day of the response": ({"scans": PRS, "death": 56}, 56, (56, DEATH)),
    "a death before the response counts on its day 1": ({"scans": PRS, "death": 30}, 56, (56, DEATH)),
    # month 24 of the response rate ends on day 729
    "progression after month 24": ({"scans": [*PRS, (672, "SD"), (784, "PD")]}, 56, (784, PD)),
}


@pytest.mark.parametrize("name", DOR)
def test_duration_of_response(name: str) -> None:
    history, start, expected = DOR[name]
    row = adtte(**history)["DOR"]
    assert (elapsed(row["STARTDT"]), ends(row)) == (start, expected)
    assert (row["ADAYS"], row["CNSR"]) == (expected[0] - start + 1, int(row["CNSREAS"] is not None))


NOT_CONFIRMED: list[dict[str, Any]] = [
    {"scans": [(56, "PR"), (83, "PR"), (112, "PD")]},
    {"scans": [(56, "PR"), (112, "PD")]},
    {"scans": PRS, "therapy": 111},
    {"scans": PRS, "baseline": None},
    {"scans": [(702, "PR"), (730, "PR")]},  # the confirmation is after month 24
    {"scans": [(56, "SD")]},
]


@pytest.mark.parametrize("history", NOT_CONFIRMED)
def test_only_confirmed_responders_have_dor_and_ttr(history: dict[str, Any]) -> None:
    assert not {"DOR", "TTR"} & set(adtte(**history))


def test_the_last_confirmation_within_month_24_counts() -> None:
    found = adtte(scans=[(701, "PR"), (729, "PR")])
    assert (ends(found["TTR"]), ends(found["DOR"])) == ((701, "Confirmed response"), (729, "ONGOING"))


# 16 months are exactly 487 days: the limit is elapsed day 486. Counted from the response it would be day 542
@pytest.mark.parametrize(("progression", "expected"), [(486, (486, PD)), (487, (400, "WINDOW"))])
def test_the_administrative_limit_counts_from_enrolment(progression: int, expected: tuple[int, str]) -> None:
    found = adtte(params(pfs={"max_months": 16}), scans=[*PRS, (400, "PR"), (progression, "PD")])
    assert ends(found["DOR"]) == ends(found["PFS"]) == expected


def test_responses_at_and_after_the_administrative_limit() -> None:
    limit = params(pfs={"max_months": 3})  # 91.3 days: the last day inside is day 90
    inside = adtte(limit, scans=[(90, "PR"), (146, "PR")])["DOR"]
    assert (ends(inside), inside["ADAYS"], inside["CNSDTDSC"]) == (
        (90, "WINDOW"),
        1,
        "Last adequate tumour assessment",
    )
    after = adtte(limit, scans=[(91, "PR"), (147, "PR")])["DOR"]
    assert (ends(after), after["ADAYS"], after["CNSDTDSC"]) == ((91, "WINDOW"), 1, "First confirmed response")
    assert (after["SRCDOM"], after["SRCVAR"], after["SRCSEQ"]) == ("RS", "RSDTC", 1)


@pytest.mark.parametrize(
    ("rule_set", "history", "expected"),
    [
        ("ema", {"scans": [*PRS, (239, "PD")]}, (239, PD)),
        ("ema", {"scans": [*PRS, (168, "PD")], "therapy": 120}, (168, PD)),
        # scheduled dates say when a response ended (day 168), not when it began (day 60)
        ("fda_uniform_dates", {"scans": [(60, "PR", 57), (115, "PR", 113), (172, "PD", 169)]}, (168, PD)),
        ("fda_investigator", {"scans": [(60, "PR", 57), (115, "PR", 113)], "clinical": 150}, (168, CLINICAL)),
        ("fda_investigator", {"scans": [(60, "PR", 57), (115, "PR", 113)], "clinical": 59}, (112, "ONGOING")),
    ],
)
def test_the_set_of_pfs_decides(rule_set: str, history: dict[str, Any], expected: tuple[int, str]) -> None:
    row = adtte(params(pfs={"rule_set": rule_set, "sensitivity_sets": []}), **history)["DOR"]
    assert (elapsed(row["STARTDT"]), ends(row)) == (history["scans"][0][0], expected)


def test_records_of_a_responder() -> None:
    found = adtte(scans=[(56, "SD"), (112, "PR"), (168, "PR"), (224, "PD")])
    ttr, dor = found["TTR"], found["DOR"]
    assert (ttr["PARAM"], dor["PARAM"]) == ("Time to response (months)", "Duration of response (months)")
    assert (ttr["STARTDT"], ttr["ADT"], ttr["ADAYS"], ttr["CNSR"]) == (day(0), day(112), 113, 0)
    assert (ttr["EVNTDESC"], ttr["CNSDTDSC"], ttr["CNSREAS"]) == ("Confirmed response", None, None)
    assert (ttr["SRCDOM"], ttr["SRCVAR"], ttr["SRCSEQ"]) == ("RS", "RSDTC", 2)
    assert ttr["AVAL"] == pytest.approx(3.71252566735113, rel=1e-12)  # 113 / 30.4375
    assert (dor["STARTDT"], dor["ADAYS"], dor["SRCSEQ"], dor["AVALU"]) == (day(112), 113, 4, "MONTHS")


@pytest.mark.parametrize("dosed", [(5, 90), (60, 90), None])
def test_responses_count_from_enrolment_even_where_pfs_does_not(dosed: tuple[int, int] | None) -> None:
    found = adtte(params(pfs={"start": "first_dose"}), scans=[*PRS, (168, "PD")], dosed=dosed)
    assert (found["TTR"]["STARTDT"], found["TTF"]["STARTDT"]) == (day(0), day(0))
    assert (found["TTR"]["ADAYS"], found["DOR"]["STARTDT"], ends(found["DOR"])) == (57, day(56), (168, PD))


@given(HISTORY)
def test_a_response_ends_when_pfs_does(history: dict[str, Any]) -> None:
    """Whatever else happens, unless PFS ends, or a clinical progression is claimed, before the response."""
    history = history | {"scans": [(28, "PR", None), (70, "PR", None), *history["scans"]], "clinical": None}
    found = adtte(SETTINGS, **history)
    if "DOR" in found and found["DOR"]["STARTDT"] <= found["PFS"]["ADT"]:
        assert happens(found["DOR"]) == happens(found["PFS"])
        assert found["DOR"]["STARTDT"] == found["TTR"]["ADT"]


def stop(drug: str | None, when: int | str | None, why: str = "ADVERSE EVENT") -> dict[str, Any]:
    date = day(when).isoformat() if isinstance(when, int) else when
    return {"DSCAT": "DISPOSITION EVENT", "DSSCAT": drug, "DSDECOD": why, "DSSTDTC": date}


def injection(when: int) -> dict[str, Any]:
    date = day(when).isoformat()
    return {"EXTRT": "FULVESTRANT", "EXDOSE": 500.0, "EXDOSFRQ": "ONCE", "EXSTDTC": date, "EXENDTC": date}


A, F, BOTH = "ANLOTINIB", "FULVESTRANT", "STUDY TREATMENT"
DOSED: dict[str, Any] = {"dosed": (0, 90), "scans": [(56, "SD")]}
TWO = {"EX": [injection(0), injection(84)]}

TTF: dict[str, tuple[dict[str, Any], tuple[int, str]]] = {
    "both drugs stopped": ({"more": TWO | {"DS": [stop(A, 92), stop(F, 112)]}}, (112, STOPPED)),
    "the other drug stopped last": ({"more": TWO | {"DS": [stop(A, 120), stop(F, 112)]}}, (120, STOPPED)),
    "one of two stopped": ({"more": TWO | {"DS": [stop(A, 92)]}}, (90, "ONGOING")),
    "all treatment stopped": ({"more": TWO | {"DS": [stop(BOTH, 92)]}}, (92, STOPPED)),
    "the only drug taken stopped": ({"more": {"DS": [stop(A, 92)]}}, (92, STOPPED)),
    "a drug never taken": ({"more": {"DS": [stop(F, 92)]}}, (90, "ONGOING")),
    "any reason": ({"more": {"DS": [stop(A, 92, "WITHDRAWAL BY SUBJECT")]}}, (92, STOPPED)),
    "completed as planned": ({"more": {"DS": [stop(A, 92, "COMPLETED")]}}, (90, "ONGOING")),
    "one completed": ({"more": TWO | {"DS": [stop(A, 92, "COMPLETED"), stop(F, 112)]}}, (90, "ONGOING")),
    "stopped on an incomplete date": ({"more": {"DS": [stop(A, "2024-04")]}}, (90, STOPPED)),
    "stopped on no date": ({"more": {"DS": [stop(A, None)]}}, (90, STOPPED)),
    "stopped before enrolment": ({"dosed": (-3, -2), "more": {"DS": [stop(A, -1)]}}, (0, STOPPED)),
    "progression before the stop": ({"scans": [(91, "PD")], "more": {"DS": [stop(A, 92)]}}, (91, PD)),
    "progression on the day of the stop": ({"scans": [(92, "PD")], "more": {"DS": [stop(A, 92)]}}, (92, PD)),
    "progression after the stop": ({"scans": [(93, "PD")], "more": {"DS": [stop(A, 92)]}}, (92, STOPPED)),
    "death on the day of the stop": ({"death": 92, "more": {"DS": [stop(A, 92, "DEATH")]}}, (92, DEATH)),
    "death the day after the stop": ({"death": 93, "more": {"DS": [stop(A, 92)]}}, (92, STOPPED)),
    "death without a stop": ({"death": 100}, (100, DEATH)),
    "death on the day of progression": ({"scans": [(92, "PD")], "death": 92}, (92, PD)),
    "a gap does not matter": ({"scans": [(56, "SD"), (300, "PD")]}, (300, PD)),
    "new therapy does not matter": ({"scans": [(168, "PD")], "therapy": 100}, (168, PD)),
    "nor does month 60": ({"scans": [(1900, "PD")]}, (1900, PD)),
    "clinical progression stops the drug": ({"clinical": 92}, (92, STOPPED)),
    "no baseline scan to judge by": ({"baseline": None, "scans": [(56, "PD")]}, (90, "ONGOING")),
    "a scan after the last dose": ({"scans": [(112, "SD")], "alive": 200}, (90, "ONGOING")),
    "withdrawn from the study": ({"left": ("WITHDRAWAL BY SUBJECT", 100)}, (90, "WITHDRAWN")),
    "death in an unknown month": ({"death": "2024"}, (90, "DEATH_UNDATED")),
    "dosed only on the day of enrolment": ({"dosed": (0, 0)}, (0, "ONGOING")),
    "never dosed": ({"dosed": None, "scans": [(56, "SD")]}, (0, "NOT_TREATED")),
    "never dosed, drugs recorded as stopped": (
        {"dosed": None, "more": {"DS": [stop(A, 5), stop(F, 5)]}},
        (0, "NOT_TREATED"),
    ),
    "never dosed, progression": ({"dosed": None, "scans": [(56, "PD")]}, (56, PD)),
    "never dosed, death": ({"dosed": None, "death": 40}, (40, DEATH)),
}


@pytest.mark.parametrize("name", TTF)
def test_time_to_treatment_failure(name: str) -> None:
    history, expected = TTF[name]
    row = adtte(**(DOSED | history))["TTF"]
    assert (row["STARTDT"], ends(row)) == (day(0), expected)
    assert (row["ADAYS"], row["CNSR"]) == (expected[0] + 1, int(row["CNSREAS"] is not None))


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        # DSSEQ 1 is the enrolment, 2 and 3 are the stops in the order given
        ({"more": TWO | {"DS": [stop(F, 112), stop(A, 92)]}}, (None, "DS", "DSSTDTC", 2)),
        ({"more": {"DS": [stop(A, "2024-04")]}}, (None, "ADSL", "TRTEDT", None)),
        ({}, ("Last dose", "ADSL", "TRTEDT", None)),
        ({"dosed": None}, ("Enrolment", "DS", "DSSTDTC", 1)),
        ({"dosed": (0, 0)}, ("Enrolment", "DS", "DSSTDTC", 1)),
        ({"scans": [(56, "PD")]}, (None, "RS", "RSDTC", 1)),
        ({"death": 80}, (None, "DM", "DTHDTC", None)),
    ],
)
def test_source_of_treatment_failure(history: dict[str, Any], expected: tuple[Any, ...]) -> None:
    row = adtte(**(DOSED | history))["TTF"]
    assert tuple(row[name] for name in ("CNSDTDSC", "SRCDOM", "SRCVAR", "SRCSEQ")) == expected
    assert row["PARAM"] == "Time to treatment failure (months)"


def test_a_last_dose_that_was_not_recorded_is_flagged() -> None:
    dose = {"EXTRT": A, "EXDOSE": 12.0, "EXDOSFRQ": "QD", "EXSTDTC": "2024-01-01", "EXENDTC": None}
    row = adtte(params(100), dosed=None, more={"EX": [dose]})["TTF"]
    assert (ends(row), row["ADTF"]) == ((100, "ONGOING"), "Y")
    assert adtte(**DOSED)["TTF"]["ADTF"] is None


def test_a_death_whose_day_was_imputed_is_flagged() -> None:
    row = adtte(**(DOSED | {"death": "2024-05", "alive": 100}))["TTF"]
    assert (row["ADT"], row["EVNTDESC"], row["ADTF"]) == (dt.date(2024, 5, 1), DEATH, "D")


def test_every_enrolled_patient_has_a_time_to_treatment_failure() -> None:
    people = sdtm(patient("01", scans=PRS), patient("02", dosed=None), patient("03", enrolled=None))
    rows = adam.derive(people, params())["ADTTE"].frame.filter(pl.col("PARAMCD").is_in(["DOR", "TTF", "TTR"]))
    assert rows.select("PARAMCD", "USUBJID").rows() == [
        ("DOR", "S-01"),
        ("TTF", "S-01"),
        ("TTF", "S-02"),
        ("TTR", "S-01"),
    ]


@cache
def demonstration() -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["USUBJID"][-3:], row["PARAMCD"]): row for row in adam_of(FIRST)["ADTTE"].to_dicts()}


@pytest.mark.parametrize(
    ("who", "to_response", "start", "end", "days", "what"),
    [
        # read from RS by hand; 45 progresses on the day after the cut-off, 31 has radiotherapy between two scans
        ("002", 62, "2023-02-06", "2024-10-13", 616, PD),
        ("009", 109, "2023-07-05", "2024-06-15", 347, PD),
        ("013", 109, "2023-09-10", "2024-06-22", 287, PD),
        ("031", 120, "2024-06-08", "2024-11-23", 169, "NEW_THERAPY"),
        ("045", 114, "2025-01-08", "2025-04-28", 111, "ONGOING"),
    ],
)
def test_planted_responders(who: str, to_response: int, start: str, end: str, days: int, what: str) -> None:
    ttr, dor = demonstration()[who, "TTR"], demonstration()[who, "DOR"]
    assert (ttr["ADAYS"], ttr["ADT"].isoformat()) == (to_response, start)
    assert (dor["STARTDT"].isoformat(), dor["ADT"].isoformat(), dor["ADAYS"]) == (start, end, days)
    assert (dor["CNSREAS"] or dor["EVNTDESC"]) == what


def test_the_other_patients_of_the_demonstration_have_no_response() -> None:
    # 10 and 12 are planted as not confirmed, 44 awaits its confirmation
    responders = ["002", "009", "013", "020", "025", "026", "030", "031", "045", "048"]
    for paramcd in ("DOR", "TTR"):
        assert [who for who, found in demonstration() if found == paramcd] == responders


@pytest.mark.parametrize(
    ("who", "end", "what"),
    [
        ("003", "2023-07-28", STOPPED),  # fulvestrant, two weeks after anlotinib; new therapy and PD are later
        ("004", "2023-10-12", PD),  # after two missed scans
        ("006", "2023-03-24", DEATH),
        ("007", "2023-08-22", STOPPED),
        ("015", "2023-12-12", STOPPED),  # the PD four days before has no baseline
        ("017", "2023-07-25", "NOT_TREATED"),
        ("023", "2024-05-14", STOPPED),  # for clinical progression
        ("031", "2025-01-15", PD),  # after radiotherapy
        ("038", "2025-06-30", PD),
        ("045", "2025-06-30", "ONGOING"),
    ],
)
def test_planted_treatment_failures(who: str, end: str, what: str) -> None:
    row = demonstration()[who, "TTF"]
    assert (row["ADT"].isoformat(), row["CNSREAS"] or row["EVNTDESC"]) == (end, what)
