"""The risk set behind Kaplan-Meier numbers, of six made-up patients by hand.

Times 1, 2, 3+, 4, 5+, 6 months: the curve is 5/6, 4/6, 4/6 * 2/3 = 4/9 and, at 6, 0; its median is 4.
"""

from dataclasses import replace

import polars as pl
import pytest

from analysis.audit import trace_risk
from analysis.audit.trace_risk import AT_RISK, CENSORED_BEFORE, CENSORED_NOW, EVENT_BEFORE, EVENT_NOW, risk_set
from tests.report.made import make_result

RECORDS = pl.DataFrame({"AVAL": [4.0, 1.0, 3.0, 2.0, 6.0, 5.0], "CNSR": [0, 0, 1, 0, 0, 1]})
METHOD = "Kaplan-Meier, log-log 95% limits"


def risk(stat_name: str, stat: float | None, method: str = METHOD) -> trace_risk.RiskSet:
    found = risk_set(replace(make_result("x", stat), stat_name=stat_name, method=method), RECORDS, 0.95)
    assert found is not None
    return found


def test_the_risk_set_at_the_median() -> None:
    found = risk("median", 4.0)
    assert found.time == 4
    assert found.states == (EVENT_NOW, EVENT_BEFORE, CENSORED_BEFORE, EVENT_BEFORE, AT_RISK, AT_RISK)
    assert [(s.time, s.at_risk, s.events) for s in found.steps] == [(1, 6, 1), (2, 5, 1), (4, 3, 1)]
    assert [s.survival for s in found.steps] == pytest.approx([5 / 6, 4 / 6, 4 / 9])
    assert found.says.startswith("The first time at which the curve is at or below 50%")


def test_the_time_is_found_again_though_the_result_has_twelve_digits() -> None:
    times = RECORDS.with_columns(pl.col("AVAL") / 30.4375)
    result = replace(make_result("x", float(f"{4 / 30.4375:.12g}")), stat_name="median", method=METHOD)
    found = risk_set(result, times, 0.95)
    assert found is not None
    assert found.states[0] == EVENT_NOW


def test_the_risk_set_at_a_landmark_and_at_a_censored_time() -> None:
    assert risk("rate_3m", 0.667).states == (AT_RISK, EVENT_BEFORE, CENSORED_NOW, EVENT_BEFORE, AT_RISK, AT_RISK)
    assert [s.time for s in risk("rate_3.5m_lower", 0.2).steps] == [1, 2]
    assert risk("rate_3.5m_lower", 0.2).says == "The value of the curve of the lower limits at 3.5 months."


def test_a_landmark_beyond_the_last_time_is_not_estimable_and_nobody_is_at_risk() -> None:
    found = risk("rate_12m", None)
    assert set(found.states) == {EVENT_BEFORE, CENSORED_BEFORE}
    assert "Not estimable there" in found.says


def test_a_limit_that_is_not_reached_has_no_time_and_the_whole_curve() -> None:
    found = risk("median_upper", None)
    assert (found.time, found.states[0], found.states[2]) == (None, "event", "censored")
    assert len(found.steps) == 4
    assert "the curve of the upper limits does not come down to 50%" in found.says


def test_in_a_reverse_curve_the_end_of_follow_up_is_the_event() -> None:
    """At 3: the patients of 1 and 2 months, who had the event, are censored before."""
    found = risk("os_q25", 3.0, "reverse Kaplan-Meier, log-log 95% limits")
    assert found.states == (AT_RISK, CENSORED_BEFORE, EVENT_NOW, CENSORED_BEFORE, AT_RISK, AT_RISK)
    assert "CNSR 1" in found.says


def test_other_results_have_no_risk_set() -> None:
    count = replace(make_result("x", 6), method="count")
    assert risk_set(count, RECORDS, 0.95) is None
    nobody = replace(make_result("x", None), stat_name="median", method=METHOD)
    assert risk_set(nobody, RECORDS.clear(), 0.95) is None
