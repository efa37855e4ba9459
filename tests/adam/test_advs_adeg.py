"""ADVS and ADEG on hand-made patients: first dose on day 0, last dose on day 300, treatment period to day 330."""

from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from analysis.adam.adeg import derive_adeg
from analysis.adam.adsl import derive_adsl
from analysis.adam.advs import derive_advs, weight_levels
from analysis.params import Params
from tests.adam.build import at, params, patient, sdtm

STOPPED = {"DSCAT": "DISPOSITION EVENT", "DSSCAT": "ANLOTINIB", "DSDECOD": "ADVERSE EVENT", "DSSTDTC": at(300)}
UNITS = {"SYSBP": "mmHg", "DIABP": "mmHg", "WEIGHT": "kg", "PULSE": "beats/min"}
UNITS |= {"QTAG": "ms", "QTCFAG": "ms", "RRAG": "ms", "EGHRMN": "beats/min"}


def finding(
    domain: str, when: int, test: str, value: float | str, unit: str | None = None, **more: Any
) -> dict[str, Any]:
    number = value if isinstance(value, int | float) else None
    return {
        **{f"{domain}TESTCD": test, f"{domain}TEST": test.title(), f"{domain}DTC": at(when)},
        **{f"{domain}STRESC": str(value), f"{domain}STRESN": number, f"{domain}STRESU": unit or UNITS[test]},
        **{"VISIT": f"DAY {when}", "VISITNUM": float(when)},
        **more,
    }


def derived(domain: str, *records: dict[str, Any], settings: Params | None = None) -> pl.DataFrame:
    frames = sdtm(patient(more={domain: list(records), "DS": [STOPPED]}))
    chosen = settings or params()
    adsl = derive_adsl(frames, chosen)
    return {"VS": derive_advs, "EG": derive_adeg}[domain](frames, adsl, chosen)


def column(frame: pl.DataFrame, name: str, paramcd: str) -> list[Any]:
    return frame.filter(pl.col("PARAMCD") == paramcd).sort("ADT", "SRCSEQ")[name].to_list()


def vital(when: int, test: str, value: float | str, unit: str | None = None) -> dict[str, Any]:
    return finding("VS", when, test, value, unit)


def ecg(when: int, test: str, value: float | str, unit: str | None = None) -> dict[str, Any]:
    return finding("EG", when, test, value, unit)


@pytest.mark.parametrize(
    ("test", "value", "category", "number"),
    [
        *(("SYSBP", 129.9, "<130", 1), ("SYSBP", 130, "130-<140", 2), ("SYSBP", 139.9, "130-<140", 2)),
        *(("SYSBP", 140, "140-<160", 3), ("SYSBP", 159, "140-<160", 3), ("SYSBP", 160, ">=160", 4)),
        *(("DIABP", 79, "<80", 1), ("DIABP", 80, "80-<90", 2), ("DIABP", 90, "90-<100", 3), ("DIABP", 100, ">=100", 4)),
        ("PULSE", 100, None, None),
    ],
)
def test_categories_of_blood_pressure(test: str, value: float, category: str | None, number: int | None) -> None:
    row = derived("VS", vital(21, test, value)).row(0, named=True)
    assert (row["AVALCAT1"], row["AVALCA1N"]) == (category, number)


def test_categories_by_the_limits_in_params() -> None:
    settings = params(vital_signs={"systolic_mmhg": [120], "diastolic_mmhg": [80.5]})
    found = derived("VS", vital(21, "SYSBP", 120), vital(21, "DIABP", 80), settings=settings)
    assert dict(found.select("PARAMCD", "AVALCAT1").iter_rows()) == {"SYSBP": ">=120", "DIABP": "<80.5"}
    with pytest.raises(ValidationError, match="the limits must rise from one to the next"):
        params(ecg={"qtcf_ms": [480, 450]})


@pytest.mark.parametrize(
    ("weight", "category", "number"),
    [
        *((79, "Loss >=20 %", 1), (80, "Loss >=20 %", 1), (90, "Loss 10-<20 %", 2), (90.1, "Loss 5-<10 %", 3)),
        *((95, "Loss 5-<10 %", 3), (95.1, "Change <5 %", 4), (100, "Change <5 %", 4), (104.9, "Change <5 %", 4)),
        *((105, "Gain 5-<10 %", 5), (110, "Gain 10-<20 %", 6), (120, "Gain >=20 %", 7)),
    ],
)
def test_change_in_weight(weight: float, category: str, number: int) -> None:
    found = derived("VS", vital(-1, "WEIGHT", 100), vital(21, "WEIGHT", weight))
    assert column(found, "CHGCAT1", "WEIGHT") == [None, category]
    assert column(found, "CHGCA1N", "WEIGHT") == [None, number]


def test_vital_signs_have_a_baseline_and_worst_values_on_treatment() -> None:
    values = [(-9, 118), (0, 122), (21, 150), (42, 110), (63, 150), (331, 190)]
    found = derived("VS", *(vital(when, "SYSBP", value) for when, value in values), vital(84, "SYSBP", "not measured"))
    assert column(found, "ABLFL", "SYSBP") == [None, "Y", None, None, None, None, None]
    assert column(found, "CHG", "SYSBP") == [None, None, 28, -12, 28, None, 68]
    assert column(found, "WORSTHFL", "SYSBP") == [None, None, "Y", None, None, None, None]
    assert column(found, "WORSTLFL", "SYSBP") == [None, None, None, "Y", None, None, None]
    assert column(found, "ONTRTFL", "SYSBP") == [None, None, "Y", "Y", "Y", "Y", None]
    assert column(found, "PARAM", "SYSBP") == ["Sysbp (mmHg)"] * 7


def test_pounds_become_kilograms() -> None:
    found = derived("VS", vital(-1, "WEIGHT", 60), vital(21, "WEIGHT", 132.277, "LB"), vital(42, "WEIGHT", 9, "stone"))
    assert column(found, "AVAL", "WEIGHT") == [60, pytest.approx(60, abs=1e-3), None]


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([("RRAG", 1000)], 400.0),
        ([("RRAG", 512)], 500.0),  # 400 / 0.8, since 0.8^3 = 0.512
        ([("EGHRMN", 60)], 400.0),
        ([("EGHRMN", 117.1875)], 500.0),  # RR 0.512 s
        ([("RRAG", 1000), ("EGHRMN", 117.1875)], 400.0),  # the interval before the rate
        ([("RRAG", 0), ("EGHRMN", 60)], 400.0),
        ([], None),
        ([("EGHRMN", -60)], None),
    ],
)
def test_fridericia(others: list[tuple[str, float]], expected: float | None) -> None:
    found = derived("EG", ecg(21, "QTAG", 400), *(ecg(21, test, value) for test, value in others))
    values = column(found, "AVAL", "QTCF")
    assert values == ([] if expected is None else [pytest.approx(expected)])
    assert column(found, "DTYPE", "QTCF") == ([] if expected is None else ["DERIVED"])
    assert column(found, "SRCSEQ", "QTCF") == ([] if expected is None else [1])


def test_a_reported_qtcf_is_kept() -> None:
    """It is derived only for the tracing that has none, here that of day 42."""
    tracings = [ecg(day, test, value) for day in (21, 42) for test, value in (("QTAG", 400), ("EGHRMN", 60))]
    found = derived("EG", ecg(21, "QTCFAG", 410), *tracings)
    assert column(found, "AVAL", "QTCF") == [410.0, pytest.approx(400.0)]
    assert column(found, "DTYPE", "QTCF") == [None, "DERIVED"]
    assert set(column(found, "PARAM", "QTCF")) == {"QTcF interval (ms)"}


def test_seconds_become_milliseconds() -> None:
    found = derived("EG", ecg(21, "QTCFAG", 0.481, "s"), ecg(22, "QTAG", "illegible"))
    assert found.select("AVAL", "AVALU", "AVALCAT1").rows() == [(481.0, "ms", ">480-500")]


@pytest.mark.parametrize(
    ("value", "category", "change"),
    [
        *((420, "<=450", "<=30"), (450, "<=450", ">30-60"), (450.1, ">450-480", ">60"), (480, ">450-480", ">60")),
        *((480.1, ">480-500", ">60"), (500, ">480-500", ">60"), (500.1, ">500", ">60"), (300, "<=450", "<=30")),
    ],
)
def test_categories_of_qtcf(value: float, category: str, change: str) -> None:
    """From a baseline of 390."""
    found = derived("EG", ecg(-1, "QTCFAG", 390), ecg(21, "QTCFAG", value))
    assert column(found, "AVALCAT1", "QTCF") == ["<=450", category]
    assert column(found, "CHGCAT1", "QTCF") == [None, change]
    assert column(found, "WORSTHFL", "QTCF") == [None, "Y"]


def test_a_change_of_30_or_60_ms() -> None:
    found = derived("EG", ecg(-1, "QTCFAG", 390), *(ecg(20 + n, "QTCFAG", 390 + n) for n in (30, 31, 60, 61)))
    assert column(found, "CHGCA1N", "QTCF") == [None, 1, 2, 2, 3]
    assert column(derived("EG", ecg(21, "QTAG", 460)), "AVALCAT1", "QTAG") == [None]


def test_the_last_value_of_each_visit_and_of_all_on_treatment() -> None:
    """Two values of one visit, one before the first dose, one without a number, one after the treatment period."""
    visit = {"VISIT": "CYCLE 2 DAY 1", "VISITNUM": 102.0}
    records = [vital(-1, "SYSBP", 118), vital(21, "SYSBP", 120) | visit, vital(22, "SYSBP", 130) | visit]
    records += [vital(42, "SYSBP", 140), vital(63, "SYSBP", "not measured"), vital(331, "SYSBP", 150)]
    found = derived("VS", *records)
    assert column(found, "ANL01FL", "SYSBP") == [None, None, "Y", "Y", None, None]
    assert column(found, "LVOTFL", "SYSBP") == [None, None, None, "Y", None, None]


def test_the_category_of_the_baseline_stands_beside_that_of_the_value() -> None:
    found = derived("VS", vital(-1, "SYSBP", 135), vital(21, "SYSBP", 165))
    assert column(found, "BASECAT1", "SYSBP") == ["130-<140"] * 2
    assert column(found, "BASECA1N", "SYSBP") == [2, 2]


def test_the_categories_of_weight_in_order() -> None:
    expected = {1: "Loss >=10 %", 2: "Loss 5-<10 %", 3: "Change <5 %", 4: "Gain 5-<10 %", 5: "Gain >=10 %"}
    assert weight_levels([5, 10]) == expected
