"""Best change of the sum of diameters: baseline on day -10, scans every 56 days from enrolment (day 0)."""

from typing import Any

import polars as pl
import pytest

from analysis.adam import derive
from analysis.adam.depth import Limits, category
from tests.adam.build import day, params, patient, sdtm
from tests.adam.test_recist import records


def found(*sizes: Any, responses: str = "", cutoff: int = 4000, months: float = 24, **more: Any) -> pl.DataFrame:
    """ADTR of one patient whose target lesion T1 has these sizes; one letter per scan: S(D) or P(D)."""
    scans = [(56 * n, {"S": "SD", "P": "PD"}[letter]) for n, letter in enumerate(responses, start=1)]
    lesions = records(*(size if isinstance(size, dict) else {"T1": size} for size in sizes))
    data = sdtm(patient(scans=scans, baseline=None, more={"TR": lesions}, **more))
    return derive(data, params(cutoff, response={"max_months": months}))["ADTR"].frame


def best(*sizes: Any, **more: Any) -> tuple[float | None, str | None, str]:
    (row,) = found(*sizes, **more).filter(pl.col("PARAMCD") == "BESTPCHG").iter_rows(named=True)
    return row["AVAL"], row["AVISIT"], row["RULE"]


@pytest.mark.parametrize(
    ("sizes", "responses", "expected"),
    [
        ((50.0, 40.0, 30.0, 45.0), "SSS", (-40.0, "V2", "BEST")),
        ((50.0, 30.0, 30.0), "SS", (-40.0, "V1", "BEST")),  # of equal changes the first
        ((50.0, 60.0, 40.0), "PS", (20.0, "V1", "BEST")),  # the progression counts, what follows does not
        ((50.0, 45.0, 60.0), "SP", (-10.0, "V1", "BEST")),
        ((50.0,), "", (None, None, "NO_SUM")),
    ],
)
def test_the_least_sum_up_to_progression(sizes: Any, responses: str, expected: Any) -> None:
    assert best(*sizes, responses=responses) == expected


def test_nothing_counts_after_new_therapy_or_the_month_limit() -> None:
    sizes = (50.0, 45.0, 25.0)
    assert best(*sizes, responses="SS", therapy=112)[0] == -50.0  # on its day, as for PFS
    assert best(*sizes, responses="SS", therapy=111)[0] == -10.0
    assert best(*sizes, responses="SS", months=3.5)[0] == -10.0  # day 112 is month 3.7


def test_only_complete_sums_count() -> None:
    sizes = ({"T1": 30.0, "T2": 20.0}, {"T1": 20.0, "T2": 20.0}, {"T1": 5.0, "T2": None})
    assert best(*sizes, responses="SS") == (-20.0, "V1", "BEST")
    named = derive(sdtm(patient(baseline=-10, scans=[(56, "SD")])), params())["ADTR"].frame  # TU without TR
    assert named["RULE"].to_list() == ["INCOMPLETE_BASELINE"]


def test_nodes_alone_and_a_sum_of_nothing() -> None:
    """A node of 8 mm is no disease, but its 8 mm stay in the sum; a sum of 0 has no percentage."""
    assert best({"N1": 20.0}, {"N1": 8.0}, responses="S")[0] == -60.0
    assert best(0.0, 0.0, responses="S") == (None, None, "ZERO_BASELINE")


def test_without_target_lesion_or_baseline() -> None:
    assert best({"X1": "PRESENT"}, {"X1": "PRESENT"}, responses="S")[2] == "NO_TARGET"
    data = derive(sdtm(patient(baseline=None, scans=[(56, "SD")])), params())["ADTR"].frame
    assert data["RULE"].to_list() == ["NO_BASELINE"]


def test_the_flag_marks_the_sums_that_counted_and_the_record_leads_to_its_source() -> None:
    adtr = found(50.0, 40.0, 60.0, 30.0, responses="SPS")
    sums = adtr.filter(pl.col("PARAMCD") == "SUMDIAM")
    assert sums.select("AVISIT", "ANL01FL").rows() == [("V0", "N"), ("V1", "Y"), ("V2", "Y"), ("V3", "N")]
    (row,) = adtr.filter(pl.col("PARAMCD") == "BESTPCHG").iter_rows(named=True)
    (origin,) = sums.filter(pl.col("AVISIT") == "V1").iter_rows(named=True)
    assert [row[n] for n in ("ADT", "SRCDOM", "SRCVAR", "SRCSEQ")] == [
        origin[n] for n in ("ADT", "SRCDOM", "SRCVAR", "SRCSEQ")
    ]


def test_the_visit_of_the_first_progression_counts_on_all_its_days() -> None:
    limits = Limits(day(0), day(56), "WEEK 8", None, 24)
    later = {"ADT": day(58), "ABLFL": None, "AVISIT": "WEEK 8"}
    assert limits.admit(later)
    assert not limits.admit(later | {"AVISIT": "UNSCHEDULED"})


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (-30.0, "DECREASE OF 30 % OR MORE"),
        (-29.9, "SMALLER DECREASE"),
        (0.0, "NO CHANGE"),
        (0.1, "INCREASE"),
    ],
)
def test_categories(change: float, expected: str) -> None:
    assert category(change) == expected
