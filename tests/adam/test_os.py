"""Overall survival and last known alive. Days are elapsed days after enrolment on 2024-01-01 (1 June is day 152)."""

from typing import Any

import polars as pl
import pytest

from analysis import adam
from tests.adam.build import at, day, outcomes, params, patient, sdtm


def overall(settings: Any = None, **records: Any) -> dict[str, Any]:
    """The OS record of one patient."""
    adtte = outcomes(sdtm(patient(**records)), settings)["ADTTE"]
    return adtte.filter(pl.col("PARAMCD") == "OS").row(0, named=True)


def result(settings: Any = None, **records: Any) -> tuple[int, str, str, str]:
    row = overall(settings, **records)
    return (row["ADT"] - day(0)).days, row["CNSREAS"] or row["EVNTDESC"], row["SRCDOM"], row["SRCVAR"]


def test_death() -> None:
    assert result(death=200, dosed=(0, 10)) == (200, "Death", "DM", "DTHDTC")


def test_death_on_the_day_of_enrolment_lasts_one_day() -> None:
    row = overall(death=0, dosed=None)
    assert (row["ADAYS"], row["CNSR"]) == (1, 0)


def test_death_after_withdrawal_and_new_therapy_counts() -> None:
    found = result(death=200, dosed=(0, 10), therapy=20, left=("WITHDRAWAL BY SUBJECT", 30))
    assert found[:2] == (200, "Death")


EVIDENCE: list[tuple[str, dict[str, Any], str]] = [
    ("SS", {"SSTESTCD": "SURVSTAT", "SSSTRESC": "ALIVE", "SSDTC": at(90)}, "SSDTC"),
    ("SV", {"VISITNUM": 9.0, "SVSTDTC": at(90)}, "SVSTDTC"),
    ("SV", {"VISITNUM": 9.0, "SVSTDTC": at(80), "SVENDTC": at(90)}, "SVENDTC"),
    ("EX", {"EXTRT": "FULVESTRANT", "EXDOSE": 500.0, "EXSTDTC": at(90)}, "EXSTDTC"),
    ("EX", {"EXTRT": "ANLOTINIB", "EXDOSE": 12.0, "EXSTDTC": at(80), "EXENDTC": at(90)}, "EXENDTC"),
    ("LB", {"LBTESTCD": "ALT", "LBDTC": at(90) + "T08:30"}, "LBDTC"),
    ("TR", {"TRGRPID": "TARGET", "TRDTC": at(90)}, "TRDTC"),
    ("TU", {"TUSTRESC": "TARGET", "TUDTC": at(90)}, "TUDTC"),
    ("RS", {"RSTESTCD": "ECOG101", "RSCAT": "ECOG", "RSDTC": at(90)}, "RSDTC"),
    ("AE", {"AETERM": "X", "AESTDTC": at(90), "AEENDTC": at(95)}, "AESTDTC"),
    ("CM", {"CMTRT": "X", "CMSTDTC": at(90), "CMENDTC": at(95)}, "CMSTDTC"),
]


@pytest.mark.parametrize(("domain", "record", "variable"), EVIDENCE, ids=[f"{e[0]} {e[2]}" for e in EVIDENCE])
def test_evidence_of_life(domain: str, record: dict[str, Any], variable: str) -> None:
    assert result(dosed=(0, 10), more={domain: [record]}) == (90, "ONGOING", domain, variable)


NO_EVIDENCE: list[tuple[str, dict[str, Any]]] = [
    ("SS", {"SSTESTCD": "SURVSTAT", "SSSTRESC": "DEAD", "SSDTC": at(90)}),
    ("SS", {"SSTESTCD": "SURVSTAT", "SSSTRESC": "ALIVE", "SSDTC": "2024-05"}),
    ("SS", {"SSTESTCD": "SURVSTAT", "SSSTRESC": "ALIVE", "SSDTC": at(90), "SSSTAT": "NOT DONE"}),
    ("SV", {"VISITNUM": 9.0, "SVSTDTC": at(90), "SVOCCUR": "N"}),
    ("EX", {"EXTRT": "ANLOTINIB", "EXDOSE": 0.0, "EXSTDTC": at(80), "EXENDTC": at(90)}),
    ("DS", {"DSCAT": "DISPOSITION EVENT", "DSDECOD": "OTHER", "DSSCAT": "STUDY PARTICIPATION", "DSSTDTC": at(90)}),
    ("PR", {"PRTRT": "X", "PRSTDTC": at(90)}),
    ("AE", {"AETERM": "X", "AESTDTC": at(5), "AEENDTC": at(90)}),
    ("CM", {"CMTRT": "X", "CMSTDTC": "2024-02", "CMENDTC": at(90)}),
]


@pytest.mark.parametrize(("domain", "record"), NO_EVIDENCE)
def test_no_evidence_of_life(domain: str, record: dict[str, Any]) -> None:
    assert result(dosed=(0, 10), more={domain: [record]})[0] == 10


def test_an_end_on_the_cutoff_may_have_been_shortened() -> None:
    assert result(params(100), dosed=(0, 100)) == (0, "ONGOING", "DS", "DSSTDTC")
    assert result(params(101), dosed=(0, 100)) == (100, "ONGOING", "EX", "EXENDTC")
    single = {"EXTRT": "FULVESTRANT", "EXDOSE": 500.0, "EXSTDTC": at(100), "EXENDTC": at(100)}
    assert result(params(100), dosed=(0, 10), more={"EX": [single]}) == (100, "ONGOING", "EX", "EXSTDTC")


def test_a_visit_that_ends_on_the_cutoff_shows_life() -> None:
    # the cut-off clears later ends of visits and shortens none
    stay = {"VISITNUM": 9.0, "SVSTDTC": at(95), "SVENDTC": at(100)}
    assert result(params(100), dosed=(0, 10), more={"SV": [stay]}) == (100, "ONGOING", "SV", "SVENDTC")


def test_of_one_day_the_first_named_evidence_and_record_is_the_source() -> None:
    labs = [{"LBTESTCD": "ALT", "LBDTC": at(90)}, {"LBTESTCD": "AST", "LBDTC": at(90)}]
    row = overall(dosed=(0, 10), more={"LB": labs, "AE": [{"AETERM": "X", "AESTDTC": at(90)}]})
    assert (row["SRCDOM"], row["SRCVAR"], row["SRCSEQ"], row["CNSDTDSC"]) == ("LB", "LBDTC", 1, "Last known alive")


def test_never_censored_before_the_start() -> None:
    assert result(dosed=None, alive=-3) == (0, "ONGOING", "DS", "DSSTDTC")


@pytest.mark.parametrize(
    ("left", "reason"),
    [("LOST TO FOLLOW-UP", "LOST"), ("WITHDRAWAL BY SUBJECT", "WITHDRAWN"), ("COMPLETED", "ONGOING")],
)
def test_reason(left: str, reason: str) -> None:
    assert result(dosed=(0, 10), alive=50, left=(left, 60)) == (50, reason, "SS", "SSDTC")


@pytest.mark.parametrize(
    ("death", "alive", "expected"),
    [
        ("2024-06", 100, (152, "Death")),  # the first of the month
        ("2024-06", 161, (162, "Death")),  # alive on 10 June: the day after
        ("2024-06", 181, (181, "Death")),  # alive on 30 June: the month's last day
        ("2024", 161, (161, "DEATH_UNDATED")),  # no month: last known alive
    ],
)
def test_partial_death(death: str, alive: int, expected: tuple[int, str]) -> None:
    assert result(dosed=(0, 10), death=death, alive=alive)[:2] == expected


def test_only_an_imputed_death_carries_its_flag() -> None:
    assert overall(death="2024-06", alive=100, dosed=(0, 10))["ADTF"] == "D"
    assert overall(death=152, dosed=(0, 10))["ADTF"] is None
    assert overall(dosed=(0, 10))["ADTF"] is None


def test_partial_death_in_the_month_of_enrolment() -> None:
    # enrolled alive on 1 January and nothing known after it: 2 January
    assert result(dosed=None, death="2024-01")[:2] == (1, "Death")


def test_death_without_any_date_is_censored_and_queried() -> None:
    frames = sdtm(patient(dosed=(0, 10), alive=50))
    frames["DM"] = frames["DM"].with_columns(DTHFL=pl.lit("Y"))
    row = adam.derive(frames, params())["ADTTE"].frame.filter(pl.col("PARAMCD") == "OS").row(0, named=True)
    assert (row["CNSREAS"], row["ADT"]) == ("DEATH_UNDATED", day(50))
    assert adam.queries(frames, params())["RULE"].to_list() == ["death"]


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        # 96 x 30.4375 = 2922 days: elapsed 2921 is day 2922, the last inside
        ({"death": 2921}, (2921, "Death")),
        ({"death": 2922}, (2921, "WINDOW")),
        ({"alive": 2921}, (2921, "ONGOING")),
        ({"alive": 2922}, (2921, "WINDOW")),
    ],
)
def test_month_limit(records: dict[str, Any], expected: tuple[int, str]) -> None:
    assert result(dosed=(0, 10), **records)[:2] == expected


def test_death_before_enrolment_is_queried() -> None:
    frames = sdtm(patient(dosed=None, death=-2))
    row = adam.derive(frames, params())["ADTTE"].frame.filter(pl.col("PARAMCD") == "OS").row(0, named=True)
    assert (row["ADT"], row["CNSR"]) == (day(0), 0)
    assert adam.queries(frames, params())["TEXT"].to_list() == [
        "Death before enrolment (2024-01-01): taken as that day"
    ]


def test_evidence_after_the_death_is_not_used() -> None:
    adsl = adam.derive(sdtm(patient(dosed=(0, 10), death=50, alive=60)), params())["ADSL"].frame
    assert adsl["LSTALVDT"].to_list() == [day(10)]
