"""ADEX: dosing records and the parameters of each drug. Day 0 is enrolment and first dose, 2024-01-01."""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from analysis.adam.adex import derive_adex
from analysis.adam.adsl import derive_adsl
from analysis.adam.records import Queries
from tests.adam.build import STUDY, Rows, at, day, params, patient, sdtm

PLANS = [
    {"course": "cycle", "dosing_days": 14, "interval_days": [21]},
    {"course": "injection", "dosing_days": 1, "interval_days": [14, 14, 28]},
]
PLANNED = STUDY | {
    "treatments": [drug | {"plan": plan} for drug, plan in zip(STUDY["treatments"], PLANS, strict=True)]  # type: ignore[arg-type]
}


def daily(first: int, last: int | None, mg: float | None = 12.0, **values: Any) -> dict[str, Any]:
    row = {"EXTRT": "ANLOTINIB", "EXDOSE": mg, "EXDOSU": "mg", "EXDOSFRQ": "QD"}
    return row | {"EXSTDTC": at(first), "EXENDTC": at(last)} | values


def injection(when: int) -> dict[str, Any]:
    row = {"EXTRT": "FULVESTRANT", "EXDOSE": 500.0, "EXDOSU": "mg", "EXDOSFRQ": "ONCE"}
    return row | {"EXSTDTC": at(when), "EXENDTC": at(when)}


def dosed(*doses: dict[str, Any], **records: Any) -> Rows:
    return patient(dosed=None, more={"EX": list(doses)}, **records)


def derived(
    *doses: dict[str, Any],
    study: dict[str, Any] = PLANNED,
    cutoff: int = 400,
    queries: Queries | None = None,
    **records: Any,
) -> pl.DataFrame:
    frames, chosen = sdtm(dosed(*doses, **records)), params(cutoff, study=study)
    return derive_adex(frames, derive_adsl(frames, chosen), chosen, queries)


def values(adex: pl.DataFrame) -> dict[str, float | None]:
    """AVAL of the parameters of patients, by PARAMCD."""
    summary = adex.filter(~pl.col("PARAMCD").str.starts_with("DOSE"))
    return dict(summary.select("PARAMCD", "AVAL").iter_rows())


def test_two_cycles_a_week_late_and_an_injection_a_week_late() -> None:
    adex = derived(daily(0, 13), injection(0), injection(14), daily(28, 41), injection(35))
    found = values(adex)
    assert found.pop("RDI1") == pytest.approx(600 / 7, abs=1e-12)
    assert found.pop("RDI2") == pytest.approx(800 / 9, abs=1e-12)
    assert found == {
        **{"FDOSE1": 12, "DAYS1": 28, "CUM1": 336, "NRED1": 0, "DUR1": 49, "NCRS1": 2, "NINT1": 0, "NDEL1": 1},
        **{"PDUR1": 42, "PCUM1": 336},
        **{"FDOSE2": 500, "DAYS2": 3, "CUM2": 1500, "NRED2": 0, "DUR2": 63, "NCRS2": 3, "NDEL2": 1},
        **{"PDUR2": 56, "PCUM2": 1500},
    }
    # fulvestrant on days 1, 15, 36: to day 63
    last = adex.filter(pl.col("PARAMCD") == "DUR2").select("PARAM", "ASTDT", "AENDT", "PARCAT1").row(0)
    assert last == ("Fulvestrant: duration of treatment (days)", day(0), day(62), "fulvestrant")


def test_each_record_has_its_course_its_delay_and_its_change_of_dose() -> None:
    doses = [daily(0, 4), daily(8, 13, 10.0), daily(25, 38, 8.0, EXADJ="ADVERSE EVENT"), daily(46, 59, 10.0)]
    adex = derived(*doses)
    records = adex.filter(pl.col("PARAMCD") == "DOSE1")
    assert records["AVAL"].to_list() == [12, 10, 8, 10]
    assert records["ACOURSE"].to_list() == [1, 1, 2, 3]
    assert records["ALATE"].to_list() == [None, None, 4, 0]
    assert records["ADOSCHG"].to_list() == [None, "REDUCED", "REDUCED", "INCREASED"]
    assert records["ADURN"].to_list() == [5, 6, 14, 14]
    assert records["EXADJ"].to_list() == [None, None, "ADVERSE EVENT", None]
    assert records.select("SRCDOM", "SRCVAR", "SRCSEQ").rows() == [("EX", "EXDOSE", n) for n in (1, 2, 3, 4)]
    found = values(adex)
    assert (found["NRED1"], found["NINT1"], found["NDEL1"], found["CUM1"]) == (2, 1, 1, 60 + 60 + 112 + 140)


@pytest.mark.parametrize(("late", "delayed"), [(3, 0), (4, 1)])
def test_a_delay_is_more_than_the_window(late: int, delayed: int) -> None:
    assert values(derived(daily(0, 13), daily(21 + late, 34 + late)))["NDEL1"] == delayed


@pytest.mark.parametrize(
    ("mg", "rdi", "category"),
    [
        (12.0, 100, ">= 90 %"),
        (10.8, 90, ">= 90 %"),
        (10.7, None, "70 to < 90 %"),
        (8.4, 70, "70 to < 90 %"),
        (8.3, None, "< 70 %"),
    ],
)
def test_categories_of_dose_intensity(mg: float, rdi: float | None, category: str) -> None:
    record = derived(daily(0, 13, mg)).filter(pl.col("PARAMCD") == "RDI1").row(0, named=True)
    assert record["AVALCAT1"] == category
    assert rdi is None or record["AVAL"] == pytest.approx(rdi, abs=1e-9)


def test_death_and_the_cut_off_end_the_duration() -> None:
    assert values(derived(daily(0, 6), death=6))["DUR1"] == 7
    assert values(derived(daily(0, 6), death=6))["RDI1"] == 100
    assert values(derived(daily(0, 13), cutoff=16))["DUR1"] == 17
    assert values(derived(daily(0, None), cutoff=9))["DAYS1"] == 10  # an interval without an end goes on


def test_a_drug_without_a_schedule_has_no_dose_intensity() -> None:
    assert values(derived(daily(0, 13), daily(28, 41), study=STUDY)) == {
        **{"FDOSE1": 12, "DAYS1": 28, "CUM1": 336, "NRED1": 0, "DUR1": 42},
    }


def test_a_placebo_counts_as_the_drug_whose_name_it_bears_without_a_dose() -> None:
    adex = derived(daily(0, 13, 0.0, EXTRT="Placebo"), injection(0) | {"EXTRT": "Fulvestrant placebo", "EXDOSE": 0.0})
    found = values(adex)
    assert (found["DAYS1"], found["CUM1"], found["RDI1"]) == (14, 0, None)
    assert (found["DAYS2"], found["CUM2"], found["RDI2"]) == (1, 0, None)


def test_doses_that_cannot_be_added_up() -> None:
    queries = Queries()
    assert values(derived(daily(0, 13, None)))["CUM1"] is None
    assert values(derived(daily(0, 13, EXDOSU="drops"), queries=queries))["CUM1"] is None
    assert values(derived(daily(0, 13, 0.012, EXDOSU="g")))["CUM1"] == pytest.approx(168)
    assert values(derived(daily(0, 13, EXDOSFRQ="BID")))["CUM1"] == 336
    assert values(derived(daily(0, 13, EXDOSFRQ="WHENEVER"), queries=queries))["CUM1"] == 168
    assert set(queries.frame()["TEXT"]) == {
        "Unit of dose not known: no cumulative dose",
        "Frequency not known: taken as once a day",
    }


def test_two_doses_on_one_day_count_one_day_and_both_amounts() -> None:
    """A finding of the data check; the derivation goes on."""
    found = values(derived(daily(0, 13), daily(13, 13), injection(0), injection(0)))
    assert (found["DAYS1"], found["CUM1"], found["NCRS1"]) == (14, 180, 1)
    assert (found["DAYS2"], found["CUM2"], found["NCRS2"]) == (1, 1000, 1)


def test_only_dosed_patients_are_there() -> None:
    frames = sdtm(dosed(daily(0, 13)), patient("02", dosed=None))
    adex = derive_adex(frames, derive_adsl(frames, params()), params())
    assert set(adex["USUBJID"]) == {"S-01"}
    assert adex.select("SAFFL", "STUDYID").unique().rows() == [("Y", "S")]


def test_a_partial_first_dose_is_the_one_of_adsl() -> None:
    frames, chosen = sdtm(dosed(daily(0, 13, EXSTDTC="2024-01"), enrolled=2)), params(400, study=PLANNED)
    adsl = derive_adsl(frames, chosen)
    record = derive_adex(frames, adsl, chosen).filter(pl.col("PARAMCD") == "DOSE1").row(0, named=True)
    assert (record["ASTDT"], record["ASTDTF"]) == (dt.date(2024, 1, 3), "D") == adsl.select("TRTSDT", "TRTSDTF").row(0)
