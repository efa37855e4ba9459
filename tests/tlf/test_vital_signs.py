"""Tables 14.3.5.1 to 14.3.7.1 and figure 14.3.5.1 on a few patients, by hand."""

from dataclasses import replace
from typing import Any

import pytest

from analysis.adam import adecog, adeg, advs
from analysis.tlf import blood_pressure_figure, vital_signs
from tests.tlf.findings import check_where, context, lines, record


def worst(patient: str, paramcd: str, base: int | None, category: int, **more: Any) -> dict[str, Any]:
    return record(patient, paramcd, WORSTHFL="Y", BASECA1N=base, AVALCA1N=category, **more)


def test_blood_pressure() -> None:
    found = context(
        "ADVS",
        advs.SCHEMA,
        *(
            worst("A", "SYSBP", 1, 4),
            worst("B", "SYSBP", 1, 1),
            worst("C", "SYSBP", 2, 2),
            worst("D", "SYSBP", None, 3),
        ),
        *(worst("A", "DIABP", 1, 2), worst("E", "SYSBP", 1, 4, SAFFL="N")),
    )
    results = vital_signs.pressure_results(found)
    assert lines(vital_signs.pressure_table(found, results)) == [
        ("Systolic (mmHg) (n = 3)", "<130", "130 to <140", "140 to <160", "≥160", "Total"),
        ("<130", "1 (33.3)", "0", "0", "1 (33.3)", "2 (66.7)"),
        ("130 to <140", "0", "1 (33.3)", "0", "0", "1 (33.3)"),
        ("Total", "1 (33.3)", "1 (33.3)", "0", "1 (33.3)", "3"),
        ("Missing at baseline", "0", "0", "1", "0", "1"),
        ("Diastolic (mmHg) (n = 1)", "<80", "80 to <90", "90 to <100", "≥100", "Total"),
        ("<80", "0", "1 (100.0)", "0", "0", "1 (100.0)"),
        ("Total", "0", "1 (100.0)", "0", "0", "1"),
    ]
    check_where(found, results)


def test_weight() -> None:
    """A from 60 to 50 kg (-16.7 %), at the end 54; B from 50 to 45 and 55 kg (-10 and +10 %), at the end 50."""
    found = context(
        "ADVS",
        advs.SCHEMA,
        record("A", "WEIGHT", AVAL=60.0, ABLFL="Y"),
        record("A", "WEIGHT", AVAL=50.0, CHG=-10.0, WORSTLFL="Y", CHGCA1N=2),
        record("A", "WEIGHT", AVAL=54.0, CHG=-6.0, PCHG=-10.0, WORSTHFL="Y", LVOTFL="Y", CHGCA1N=2),
        record("B", "WEIGHT", AVAL=50.0, ABLFL="Y"),
        record("B", "WEIGHT", AVAL=45.0, WORSTLFL="Y", CHGCA1N=2),
        record("B", "WEIGHT", AVAL=55.0, WORSTHFL="Y", CHGCA1N=6),
        record("B", "WEIGHT", AVAL=50.0, CHG=0.0, PCHG=0.0, LVOTFL="Y", CHGCA1N=4),
    )
    results = vital_signs.weight_results(found)
    shown = lines(vital_signs.weight_table(found, results))
    assert shown[:10] == [
        ("Greatest loss of weight on treatment (n = 2)",),
        ("No loss of 5% or more", "0"),
        ("Loss 5 to <10%", "0"),
        ("Loss 10 to <20%", "2 (100.0)"),
        ("Loss ≥20%", "0"),
        ("Greatest gain of weight on treatment (n = 2)",),
        ("No gain of 5% or more", "1 (50.0)"),
        ("Gain 5 to <10%", "0"),
        ("Gain 10 to <20%", "1 (50.0)"),
        ("Gain ≥20%", "0"),
    ]
    medians = [line[1] for line in shown if line[0] == "Median"]
    assert medians == ["55.00", "52.00", "-3.00", "-5.00"]
    check_where(found, results)


def test_qtcf() -> None:
    """Categories up to 450, 480, 500 and above; changes up to 30, 60 and above."""
    found = context(
        "ADEG",
        adeg.SCHEMA,
        *(worst("A", "QTCF", 1, 4, CHGCA1N=3), worst("B", "QTCF", 1, 1, CHGCA1N=1), worst("C", "QTCF", None, 2)),
    )
    results = vital_signs.qtcf_results(found)
    assert lines(vital_signs.qtcf_table(found, results)) == [
        ("Highest QTcF (ms) (n = 2)",),
        ("≤450", "1 (50.0)", "0", "0", "1 (50.0)", "2 (100.0)"),
        ("Total", "1 (50.0)", "0", "0", "1 (50.0)", "2"),
        ("Missing at baseline", "0", "1", "0", "0", "1"),
        ("Greatest increase of QTcF from baseline (ms) (n = 2)",),
        ("≤30", "", "", "", "", "1 (50.0)"),
        (">30 to 60", "", "", "", "", "0"),
        (">60", "", "", "", "", "1 (50.0)"),
    ]
    check_where(found, results)


def test_performance_status() -> None:
    found = context("ADECOG", adecog.SCHEMA, worst("A", "ECOG", 0, 2), worst("B", "ECOG", 1, 1))
    results = vital_signs.ecog_results(found)
    assert lines(vital_signs.ecog_table(found, results)) == [
        ("ECOG performance status (n = 2)",),
        ("0", "0", "0", "1 (50.0)", "0", "0", "0", "1 (50.0)"),
        ("1", "0", "1 (50.0)", "0", "0", "0", "0", "1 (50.0)"),
        ("Total", "0", "1 (50.0)", "1 (50.0)", "0", "0", "0", "2"),
    ]
    check_where(found, results)


def test_blood_pressure_over_time() -> None:
    """Visits of params that have values, baseline and last; quartiles of 120, 130, 140, 150 are 125, 135 and 145."""
    cycle3 = {"AVISIT": "CYCLE 3 DAY 1", "ANL01FL": "Y"}
    values = zip("ABCD", (120.0, 130.0, 140.0, 150.0), strict=True)
    found = context(
        "ADVS",
        advs.SCHEMA,
        record("A", "SYSBP", AVAL=118.0, ABLFL="Y"),
        *(record(patient, "SYSBP", AVAL=value, **cycle3) for patient, value in values),
        record("A", "SYSBP", AVAL=199.0, AVISIT="CYCLE 3 DAY 1"),  # not the last value of the visit
        record("A", "DIABP", AVAL=80.0, LVOTFL="Y", AVISIT="UNSCHEDULED"),
    )
    results = blood_pressure_figure.results(found)
    figure = blood_pressure_figure.figure(found, results)
    assert figure.data["visits"] == ["Baseline", "Cycle 3 day 1", "Last on treatment"]
    assert figure.data["series"]["SYSBP"][1] == {"n": 4, "median": 135, "q1": 125, "q3": 145}
    assert [point["n"] for point in figure.data["series"]["DIABP"]] == [0, 0, 1]
    assert "Systolic: 118 at Baseline (n = 1), 135 at Cycle 3 day 1 (n = 4)." in figure.alt
    assert figure.png.startswith(b"\x89PNG")


def test_nothing_recorded() -> None:
    found = context("ADVS", advs.SCHEMA)
    figure = blood_pressure_figure.figure(found, blood_pressure_figure.results(found))
    assert figure.alt == "No blood pressure to draw."
    assert lines(vital_signs.pressure_table(found, vital_signs.pressure_results(found))) == []
    empty = vital_signs.weight_table(found, vital_signs.weight_results(found))
    assert lines(empty)[0] == ("Greatest loss of weight on treatment (n = 0)",)


@pytest.mark.parametrize(
    "produce",
    [
        vital_signs.pressure_results,
        vital_signs.weight_results,
        vital_signs.qtcf_results,
        vital_signs.ecog_results,
        blood_pressure_figure.results,
    ],
)
def test_no_results_of_what_the_catalogue_leaves_out(produce: Any) -> None:
    assert produce(replace(context("ADVS", advs.SCHEMA), catalogue={}, adam={})) == []
