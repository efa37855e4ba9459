"""ADLB on hand-made patients: first dose on day 0, last dose on day 300, treatment period to day 330."""

from typing import Any

import polars as pl
import pytest

from analysis import adam
from analysis.adam.adlb import derive_adlb
from analysis.adam.adsl import derive_adsl
from analysis.errors import DataError
from analysis.params import Params
from tests.adam.build import at, day, params, patient, sdtm

STOPPED = {"DSCAT": "DISPOSITION EVENT", "DSSCAT": "ANLOTINIB", "DSDECOD": "ADVERSE EVENT", "DSSTDTC": at(300)}


def lb(when: int | str | None, value: Any, test: str = "ALT", **more: Any) -> dict[str, Any]:
    """One result; by default ALT in U/L with limits 7 to 40. A text is a result that is not a number."""
    number = float(value) if isinstance(value, int | float) else None
    return {
        **{"LBTESTCD": test, "LBTEST": test.title(), "LBCAT": "CHEMISTRY", "LBDTC": at(when), "LBSTRESN": number},
        **{"LBSTRESC": None if value is None else str(value), "LBSTRESU": "U/L", "LBSTNRLO": 7.0, "LBSTNRHI": 40.0},
        **{"VISIT": f"DAY {when}", "VISITNUM": 1.0},
        **more,
    }


def frames(*results: dict[str, Any], **facts: Any) -> dict[str, pl.DataFrame]:
    return sdtm(patient(**facts, more={"LB": list(results), "DS": [STOPPED]}))


def all_derived(given: dict[str, pl.DataFrame], settings: Params | None = None) -> pl.DataFrame:
    chosen = settings or params()
    return derive_adlb(given, derive_adsl(given, chosen), chosen)


def derived(*results: dict[str, Any], settings: Params | None = None, **facts: Any) -> pl.DataFrame:
    """ADLB without the parameters that are derived from several results."""
    adlb = all_derived(frames(*results, **facts), settings)
    return adlb.filter(pl.col("PARCAT1") != "DERIVED", pl.col("PARAMCD") != "THYROID")


def queried(*results: dict[str, Any]) -> list[tuple[Any, ...]]:
    found = adam.queries(frames(*results), params()).filter(pl.col("DATASET") == "LB")
    return found.select("SEQ", "VARIABLE", "VALUE", "RULE", "TEXT").rows()


def column(frame: pl.DataFrame, name: str) -> list[Any]:
    """The values of a variable in the order of the records."""
    return frame.sort("SRCSEQ")[name].to_list()


def test_baseline_and_change() -> None:
    """The last value up to the day of the first dose; a missing one does not count, and change is after it."""
    found = derived(lb(-9, 20), lb(-1, 25), lb(0, None), lb(21, 50), lb(42, 20))
    assert column(found, "ABLFL") == [None, "Y", None, None, None]
    assert column(found, "BASE") == [25.0] * 5
    assert column(found, "CHG") == [None, None, None, 25.0, -5.0]
    assert column(found, "PCHG") == [None, None, None, 100.0, -20.0]
    assert column(found, "ADY") == [-9, -1, 1, 22, 43]
    assert column(found, "ADT") == [day(d) for d in (-9, -1, 0, 21, 42)]
    assert set(zip(column(found, "SRCDOM"), column(found, "SRCVAR"), strict=True)) == {
        ("LB", "LBSTRESN"),
        ("LB", "LBSTRESC"),
    }


@pytest.mark.parametrize(
    ("first_dose", "sample", "baseline"),
    [
        (0, 0, True),  # no times
        ("2024-01-01T10:00", 0, True),
        ("2024-01-01T10:00", "2024-01-01T09:59", True),
        ("2024-01-01T10:00", "2024-01-01T10:00", True),
        ("2024-01-01T10:00", "2024-01-01T10:01", False),
        (0, 1, False),
        (0, "2024-01", True),  # partial: by its earliest possible day
        (0, "2024-02", False),
        (0, None, False),
    ],
)
def test_what_can_be_baseline_on_the_day_of_the_first_dose(first_dose: Any, sample: Any, baseline: bool) -> None:
    found = derived(lb(sample, 20), dosed=(first_dose, 300))
    assert column(found, "ABLFL") == ["Y" if baseline else None]
    after = None if baseline or sample is None else "Y"
    assert column(found, "ONTRTFL") == [after]


def test_the_treatment_period_ends_30_days_after_the_last_dose() -> None:
    found = derived(lb(-1, 20), lb(0, 20), lb(1, 20), lb(330, 20), lb(331, 20))
    assert column(found, "ONTRTFL") == [None, None, "Y", "Y", None]


def test_never_dosed() -> None:
    """Baseline is the last value up to enrolment; nothing is on treatment."""
    found = derived(lb(-3, 20), lb(4, 90), dosed=None)
    assert column(found, "ABLFL") == ["Y", None]
    assert column(found, "ONTRTFL") == [None, None]
    assert column(found, "ADY") == [None, None]
    assert column(found, "WORSTHFL") == [None, None]


def test_patients_who_were_not_enrolled_have_no_records() -> None:
    assert derived(lb(-3, 20), enrolled=None, dosed=None).height == 0


def test_grades_by_the_version_in_params() -> None:
    """Baseline 80 is 2 x ULN, so after it v5 counts in multiples of 80; up to it, and in v4.03, of 40."""
    results = [lb(-1, 80), lb(21, 119), lb(42, 120), lb(63, 300)]
    found = derived(*results)
    assert column(found, "ATOXGRH") == [1, 0, 1, 2]
    assert column(found, "BTOXGRH") == [1] * 4
    assert column(found, "BNRIND") == ["HIGH"] * 4
    found = derived(*results, settings=params(laboratory={"ctcae_version": "4.03"}))
    assert column(found, "ATOXGRH") == [1, 1, 1, 3]
    assert set(column(found, "ATOXDSCH")) == {"Alanine aminotransferase increased"}


def test_the_worst_value_on_treatment() -> None:
    """The highest grade, then the most extreme value, then the first; on treatment only, unscheduled visits too."""
    hgb: dict[str, Any] = {"test": "HGB", "LBSTRESU": "g/L", "LBSTNRLO": 115.0, "LBSTNRHI": 150.0}
    values = [(-1, 70), (21, 99), (30, 98), (42, 98), (63, 155), (331, 60)]
    found = derived(*(lb(when, value, **hgb, VISIT="UNSCHEDULED 1.1") for when, value in values))
    assert column(found, "WORSTLFL") == [None, None, "Y", None, None, None]
    assert column(found, "WORSTHFL") == [None, None, None, None, "Y", None]
    assert column(found, "ATOXGRL") == [3, 2, 2, 2, 0, 3]


def test_the_worst_value_goes_by_grade_before_number() -> None:
    """90 of 80 U/L is 1.1 x ULN and 85 of 40 is 2.1 x; 112 g/L is normal from 110 on, 113 not from 115 on."""
    found = derived(lb(-1, 20), lb(21, 90, LBSTNRHI=80.0), lb(42, 85))
    assert column(found, "R2ANRHI") == [0.5, 1.125, 2.125]
    assert column(found, "WORSTHFL") == [None, None, "Y"]
    hgb: dict[str, Any] = {"test": "HGB", "LBSTRESU": "g/L", "LBSTNRHI": 150.0}
    found = derived(lb(21, 112, **hgb, LBSTNRLO=110.0), lb(42, 113, **hgb, LBSTNRLO=115.0))
    assert column(found, "WORSTLFL") == [None, "Y"]


def test_range_indicator() -> None:
    found = derived(lb(1, 6.9), lb(2, 7), lb(3, 40), lb(4, 40.1), lb(5, 5, LBSTNRLO=None), lb(6, 50, LBSTNRLO=None))
    assert column(found, "ANRIND") == ["LOW", "NORMAL", "NORMAL", "HIGH", "NORMAL", "HIGH"]
    found = derived(lb(1, 5, LBSTNRLO=None, LBSTNRHI=None, LBNRIND="ABNORMAL"))
    assert column(found, "ANRIND") == ["ABNORMAL"]


def test_one_unit_per_parameter() -> None:
    """Most are in g/L; g/dL is converted with its limits, and so is mmol/L (8.07 mmol/L x 16.1145 = 130.04 g/L)."""
    low: dict[str, Any] = {"LBSTNRLO": 115.0, "LBSTNRHI": 150.0, "LBSTRESU": "g/L"}
    results = [lb(-1, 120, "HGB", **low), lb(21, 110, "HGB", **low)]
    results += [lb(42, 9.9, "HGB", LBSTRESU="g/dL", LBSTNRLO=11.5, LBSTNRHI=15.0)]
    results += [lb(63, 8.07, "HGB", LBSTRESU="mmol/L", LBSTNRLO=7.0, LBSTNRHI=9.0)]
    found = derived(*results)
    assert column(found, "AVAL") == pytest.approx([120, 110, 99, 130.04], abs=0.005)
    assert set(column(found, "AVALU")) == {"g/L"}
    assert column(found, "ANRLO") == pytest.approx([115, 115, 115, 112.80], abs=0.005)
    assert column(found, "ANRHI") == pytest.approx([150, 150, 150, 145.03], abs=0.005)
    assert column(found, "ATOXGRL") == [0, 1, 2, 0]
    assert queried(*results) == []


def test_an_unknown_unit_is_queried_and_not_graded() -> None:
    results = [lb(-1, 30), lb(21, 300), lb(42, 300, LBSTRESU="furlong"), lb(63, 300, LBSTRESU=None)]
    found = derived(*results)
    assert column(found, "AVAL") == [30.0, 300.0, None, None]
    assert column(found, "ATOXGRH") == [0, 3, None, None]
    assert queried(*results) == [
        (3, "LBSTRESU", "furlong", "unit", "ALT: 1 results in a unit that cannot be converted to U/L: not analysed"),
        (4, "LBSTRESU", None, "unit", "ALT: 1 results in a unit that cannot be converted to U/L: not analysed"),
    ]


def test_a_parameter_in_a_unit_that_ctcae_does_not_state() -> None:
    results = [lb(-1, 30, "HGB", LBSTRESU="G/L"), lb(21, 3, "HGB", LBSTRESU="G/L")]
    assert column(derived(*results), "AVAL") == [30.0, 3.0]
    assert column(derived(*results), "ATOXGRL") == [None, None]
    text = "HGB: 2 results in a unit that CTCAE cannot be applied to: not graded"
    assert queried(*results) == [(1, "LBSTRESU", "G/L", "grading", text)]


def test_results_that_are_not_numbers() -> None:
    hostile = "=cmd|' /C calc'!A0<script>{{< include /etc/passwd >}}"
    results = [lb(-1, 30), lb(21, "<5"), lb(42, hostile), lb(63, float("inf"))]
    found = derived(*results)
    assert column(found, "AVAL") == [30.0, None, None, None]
    assert column(found, "AVALC") == [None, "<5", hostile, "inf"]
    assert column(found, "ATOXGRH") == [0, None, None, None]
    assert queried(*results) == [
        (2, "LBSTRESC", "<5", "result", "ALT: 3 results are not numbers: kept as text, not graded")
    ]


def test_a_date_that_is_none_names_the_record() -> None:
    with pytest.raises(DataError, match="LB, USUBJID S-01, LBSEQ 2: LBDTC 'soon': expected an ISO 8601 date"):
        derived(lb(-1, 30), lb("soon", 30))


def test_a_result_without_a_date_is_neither_before_nor_after_the_baseline() -> None:
    found = derived(lb(-1, 80), lb(None, 130))
    assert (column(found, "BASE"), column(found, "CHG")) == ([80.0, 80.0], [None, None])
    assert column(found, "ATOXGRH") == [1, 2]  # by the limits of normal: 3.25 x ULN
    assert column(found, "ONTRTFL") == column(found, "WORSTHFL") == [None, None]


def test_what_was_not_done_is_left_out() -> None:
    assert derived(lb(-1, 30, LBSTAT=None), lb(2, 90, LBSTAT="NOT DONE")).height == 1


def test_urine_protein() -> None:
    """Serum, dipstick and 24-hour protein are three parameters; the dipstick has ordered categories."""
    urine: dict[str, Any] = {"test": "PROT", "LBSPEC": "URINE", "LBSTRESU": None, "LBSTNRLO": None, "LBSTNRHI": None}
    day24 = urine | {"LBEVLINT": "-PT24H", "LBSTRESU": "g/day", "LBSTNRHI": 0.15}
    texts = ["NEGATIVE", "trace", "+", "3+", "<script>"]
    sticks = [lb(n, text, **urine) for n, text in enumerate(texts, start=-1)]
    found = derived(lb(-1, 70, "PROT", LBSTRESU="g/L", LBSPEC="SERUM"), *sticks, lb(20, 2.5, **day24))
    assert set(found["PARAMCD"]) == {"PROT", "UPROT", "UPROT24"}
    sticks_found = found.filter(pl.col("PARAMCD") == "UPROT")
    assert column(sticks_found, "AVALC") == texts
    assert column(sticks_found, "AVALCAT1") == ["NEGATIVE", "TRACE", "1+", "3+", None]
    assert column(sticks_found, "AVALCA1N") == [1, 2, 3, 5, None]
    assert column(sticks_found, "ATOXGRH") == [0, 0, 1, 2, None]
    assert column(sticks_found, "BASEC") == ["trace"] * 5  # the day of the first dose
    assert column(sticks_found, "WORSTHFL") == [None, None, None, "Y", None]
    excreted = found.filter(pl.col("PARAMCD") == "UPROT24").row(0, named=True)
    assert (excreted["PARAM"], excreted["ATOXGRH"]) == ("Prot, urine of 24 hours (g/day)", 2)


def special(paramcd: str, *results: dict[str, Any], settings: Params | None = None) -> pl.DataFrame:
    adlb = all_derived(frames(*results), settings)
    return adlb.filter(pl.col("PARAMCD") == paramcd)


TSH: dict[str, Any] = {"test": "TSH", "LBSTRESU": "mIU/L", "LBSTNRLO": 0.35, "LBSTNRHI": 4.5}
T4: dict[str, Any] = {"test": "T4FR", "LBSTRESU": "pmol/L", "LBSTNRLO": 9.0, "LBSTNRHI": 22.0}


@pytest.mark.parametrize(
    ("tsh", "t4", "number"),
    [
        *((0.3, 23, 1), (0.3, 22, 2), (0.3, None, 2), (0.35, 8, 3), (4.5, 15, 3)),
        *((4.6, 9, 4), (10, 9, 4), (10.1, 9, 5), (10.1, None, 5), (4.6, 8.9, 6), (65, 3, 6)),
    ],
)
def test_thyroid_function(tsh: float, t4: float | None, number: int) -> None:
    results = [lb(21, tsh, **TSH), lb(20, 1, **T4)] + ([] if t4 is None else [lb(21, t4, **T4)])
    found = special("THYROID", *results).row(0, named=True)
    assert (found["AVALCA1N"], found["ADT"], found["SRCSEQ"]) == (number, day(21), 1)
    assert found["AVALC"].startswith({1: "TSH < LLN", 2: "TSH < LLN", 3: "TSH within"}.get(number, "TSH >"))


def test_the_least_active_thyroid_on_treatment() -> None:
    results = [lb(when, value, **TSH) for when, value in ((-1, 5.0), (21, 0.1), (42, 12.0), (63, 4.0))]
    assert column(special("THYROID", *results), "WORSTHFL") == [None, None, "Y", None]
    assert column(special("THYROID", *results), "WORSTLFL") == [None, "Y", None, None]


def liver(when: int, uln: float, test: str) -> dict[str, Any]:
    """A result of so many times the upper limit of 40."""
    return lb(when, 40 * uln, test)


@pytest.mark.parametrize(
    ("results", "candidate"),
    [
        ([liver(21, 3.1, "ALT"), liver(21, 2, "BILI"), liver(21, 1.9, "ALP")], "Y"),
        ([liver(21, 3.1, "AST"), liver(51, 2, "BILI"), liver(30, 1, "ALP")], "Y"),  # 30 days later
        ([liver(21, 3.1, "AST"), liver(52, 2, "BILI")], "N"),
        ([liver(21, 3.1, "ALT"), liver(20, 2, "BILI")], "N"),  # bilirubin first
        ([liver(21, 3, "ALT"), liver(21, 2, "BILI")], "N"),
        ([liver(21, 3.1, "ALT"), liver(21, 1.99, "BILI")], "N"),
        ([liver(21, 3.1, "ALT"), liver(25, 2, "BILI"), liver(23, 2, "ALP")], "N"),  # cholestasis
        ([liver(21, 3.1, "ALT"), liver(25, 2, "BILI"), liver(26, 2, "ALP")], "Y"),  # after it
        ([liver(21, 3.1, "ALT"), liver(25, 2, "BILI")], "Y"),  # phosphatase not measured
        ([liver(-1, 9, "ALT"), liver(21, 2, "BILI"), liver(21, 1, "ALT")], "N"),  # before treatment
        ([liver(331, 9, "ALT"), liver(331, 2, "BILI"), liver(21, 1, "ALT")], "N"),  # after it
    ],
)
def test_hys_law(results: list[dict[str, Any]], candidate: str) -> None:
    found = special("HYSLAW", *results).row(0, named=True)
    assert found["AVALC"] == candidate
    if candidate == "Y":
        assert found["SRCSEQ"] == 2  # the bilirubin
        assert found["AREASON"].startswith(f"{results[0]['LBTESTCD']} 3.1 x ULN on 2024-01-22; bilirubin 2.0 x ULN on")


def test_hys_law_by_the_limits_in_params() -> None:
    settings = params(laboratory={"hys_law": {"transaminase_above_uln": 2, "within_days": 0}})
    results = [liver(21, 2.5, "ALT"), liver(21, 2, "BILI")]
    assert special("HYSLAW", *results, settings=settings)["AVALC"].to_list() == ["Y"]
    assert special("HYSLAW", liver(21, 2.5, "ALT"), liver(22, 2, "BILI"), settings=settings)["AVALC"].item() == "N"
    assert special("HYSLAW", liver(21, 2, "BILI")).height == 0  # without a transaminase


def test_peaks_on_treatment_in_multiples_of_the_upper_limit() -> None:
    results = [liver(-1, 9, "ALT"), liver(21, 2, "ALT"), liver(42, 2.5, "ALT"), liver(50, 2.5, "ALT")]
    found = special("PKALT", *results, lb(60, 90, LBSTNRHI=100.0)).row(0, named=True)
    assert (found["AVAL"], found["AVALU"], found["ADT"], found["SRCSEQ"]) == (2.5, "x ULN", day(42), 3)
    assert found["PARAM"] == "Peak alanine aminotransferase on treatment (x ULN)"


@pytest.mark.parametrize(
    ("peaks", "number"),
    [
        ({"ALT": 3, "AST": 2, "BILI": 1.99}, 1),
        ({"ALT": 1, "AST": 3.1, "BILI": 1.99}, 2),
        ({"ALT": 3, "AST": 1, "BILI": 2}, 3),
        ({"ALT": 3.1, "AST": 1, "BILI": 2}, 4),
    ],
)
def test_the_quadrant_of_the_peaks(peaks: dict[str, float], number: int) -> None:
    """Whatever the days between them: bilirubin 200 days before the transaminases. Limits as for Hy's law."""
    results = [liver(201 if test != "BILI" else 1, uln, test) for test, uln in peaks.items()]
    found = special("EDISH", *results).row(0, named=True)
    assert (found["AVALCA1N"], found["AVAL"], found["ADT"]) == (number, max(peaks["ALT"], peaks["AST"]), day(201))
    assert special("EDISH", liver(21, 9, "ALT")).height == 0  # without bilirubin


def test_grades_are_treatment_emergent_above_that_of_the_baseline() -> None:
    """ALT in multiples of ULN 40 under v4.03: grade 1 to 3, 2 to 5, 3 to 20 ULN."""
    settings = params(laboratory={"ctcae_version": "4.03"})
    found = derived(
        *(liver(when, uln, "ALT") for when, uln in ((-1, 2), (21, 2.5), (42, 4), (331, 6))), settings=settings
    )
    assert column(found, "ATOXGRH") == [1, 1, 2, 3]
    assert column(found, "TRTEMHFL") == [None, None, "Y", None]
    found = derived(liver(21, 2, "ALT"), liver(42, 1, "ALT"), settings=settings)
    assert column(found, "TRTEMHFL") == ["Y", None]  # without a baseline
