"""The one-sample log-rank test against R (r/) and hand calculation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.stats.one_sample import one_sample_logrank

from .reference import CASES, REFERENCE


@pytest.mark.parametrize("name", REFERENCE)
def test_equals_the_reference(name):
    time, event, expected = REFERENCE[name]
    r = expected["one_sample_logrank"]
    test = one_sample_logrank(time, event, null_median=r["null_median"])
    found = [test.observed, test.expected, test.z, test.p_value, test.z_wu, test.p_value_wu, test.smr]
    wanted = [r[k] for k in ("O", "E", "Z", "p_two_sided", "Z_wu", "p_wu_two_sided", "SMR")]
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", [n for n, case in CASES.items() if sum(case["time"])])
def test_equals_r_on_many_more_cases(name):
    case = CASES[name]
    test = one_sample_logrank(case["time"], case["event"], null_median=5.8)
    found = [test.observed, test.expected, test.z, test.p_value, test.p_value_wu]
    np.testing.assert_allclose(found, case["one_sample"], rtol=1e-9, atol=1e-300)


def test_by_hand():
    # 10 + 6 months under a null median of 8: 2 ln 2 events expected, 1 observed
    test = one_sample_logrank([10, 6], [True, False], null_median=8)
    expected = 2 * math.log(2)
    assert (test.observed, test.expected) == (1, pytest.approx(expected))
    assert test.z == pytest.approx((1 - expected) / math.sqrt(expected))
    assert test.z_wu == pytest.approx((1 - expected) / math.sqrt((1 + expected) / 2))
    assert test.p_value == pytest.approx(math.erfc(abs(test.z) / math.sqrt(2)))
    assert test.smr == pytest.approx(1 / expected)


def test_without_follow_up_there_is_no_test():
    test = one_sample_logrank([0, 0], [1, 0], null_median=5.8)
    assert (test.observed, test.expected) == (1, 0)
    assert all(math.isnan(v) for v in (test.z, test.p_value, test.z_wu, test.p_value_wu, test.smr))


def test_an_extreme_p_value_does_not_underflow_early():
    test = one_sample_logrank([100.0] * 100, [0] * 100, null_median=5.8)
    assert 0 < test.p_value < 1e-250


@given(
    st.lists(st.tuples(st.floats(0.01, 100), st.booleans()), min_size=1, max_size=40), st.sampled_from([0.5, 30.4375])
)
def test_the_unit_of_time_does_not_matter(pairs, scale):
    time, event = zip(*pairs, strict=True)
    months = one_sample_logrank(time, event, null_median=5.8)
    scaled = one_sample_logrank([t * scale for t in time], event, null_median=5.8 * scale)
    assert scaled.z == pytest.approx(months.z, rel=1e-9, abs=1e-9)
    assert scaled.z_wu == pytest.approx(months.z_wu, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("null_median", [0, -5.8, math.nan, math.inf, None, "5.8", True])
def test_refuses_a_bad_null_median(null_median):
    with pytest.raises(ValueError, match=r"null_median is .*, expected a finite number above 0"):
        one_sample_logrank([1], [1], null_median=null_median)


@pytest.mark.parametrize(
    ("time", "event", "message"),
    [
        ([], [], "time and event are empty"),
        ([1], [1, 0], "time has 1 values and event has 2"),
        ([1, -1], [1, 0], r"time\[1\] is -1, expected a finite number of 0 or more"),
        ([math.nan], [1], r"time\[0\] is nan"),
        ([1], [2], r"event\[0\] is 2, expected 0 or 1"),
    ],
)
def test_refuses_bad_observations(time, event, message):
    with pytest.raises(ValueError, match=message):
        one_sample_logrank(time, event, null_median=5.8)
