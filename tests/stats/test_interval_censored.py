"""Turnbull's estimate: public data against R, closed forms, and the conditions that only the maximum fulfils."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.stats.interval_censored import turnbull
from analysis.stats.survival import kaplan_meier

INF = math.inf
# Breast retraction in months after radiotherapy alone (Finkelstein and Wolfe, Biometrics 1985;41:933-45)
COSMESIS = """45- 6-10 0-7 46- 46- 7-16 17- 7-14 37-44 0-8 4-11 15- 11-15 22- 46- 46- 25-37 46- 26-40 46- 27-34 36-44
46- 36-48 37- 40- 17-25 46- 11-18 38- 5-12 37- 0-5 18- 24- 36- 5-11 19-35 17-25 24- 32- 33- 19-26 37- 34- 36-"""
PAIRS = [tuple(float(end or INF) for end in pair.split("-")) for pair in COSMESIS.split()]


def test_published_data_agree_with_r():
    left, right = zip(*PAIRS, strict=True)
    estimate = turnbull(left, right)
    intervals = list(zip(estimate.left, estimate.right, strict=True))
    assert intervals == [(4, 5), (6, 7), (7, 8), (11, 12), (24, 25), (33, 34), (38, 40), (46, 48)]
    # R 4.2, survival 3.5-3: survfit(Surv(left, right, type = "interval2") ~ 1) before each drop; it stops that early
    r = [0.953661991, 0.920268749, 0.831623212, 0.760856454, 0.668228727, 0.586412285, 0.465538822]
    np.testing.assert_allclose(estimate.survival[:-1], r, atol=3e-5)
    assert estimate.quantile(0.5) == (38, 40)
    assert estimate.quantile(0.2) == (11, 12)


def test_common_assessment_times_give_shares():
    """All seen at the same visits: a multinomial, whose estimate is the share per interval."""
    estimate = turnbull([0, 0, 8, 16, 24, 24, 24, 24], [8, 8, 16, 24, INF, INF, INF, INF])
    assert estimate.left.tolist() == [0, 8, 16, 24]
    assert estimate.right.tolist() == [8, 16, 24, INF]
    np.testing.assert_allclose(estimate.probability, [1 / 4, 1 / 8, 1 / 8, 1 / 2], atol=1e-9)
    assert estimate.quantile(0.5) == (16, 24)
    assert estimate.log_likelihood == pytest.approx(2 * math.log(1 / 4) + 2 * math.log(1 / 8) + 4 * math.log(1 / 2))


def test_a_free_scan_and_a_progression_at_the_same_scan_share_no_time():
    estimate = turnbull([0, 8], [8, 16])
    assert list(zip(estimate.left, estimate.right, estimate.probability, strict=True)) == [(0, 8, 0.5), (8, 16, 0.5)]
    exact_at_the_end = turnbull([0, 8, 8], [8, 16, 8])  # R: 1/3 beyond 8
    assert exact_at_the_end.left.tolist() == [8, 8]
    assert exact_at_the_end.right.tolist() == [8, 16]
    np.testing.assert_allclose(exact_at_the_end.survival, [1 / 3, 0], atol=1e-9)


@given(st.lists(st.tuples(st.integers(1, 15), st.booleans()), min_size=1, max_size=25))
def test_exact_and_right_censored_times_give_kaplan_meier(pairs):
    time, event = zip(*pairs, strict=True)
    km = kaplan_meier(time, event)
    estimate = turnbull(time, [t if e else INF for t, e in pairs])
    dropped = km.n_event > 0
    exact = estimate.left == estimate.right
    np.testing.assert_array_equal(estimate.right[exact], km.time[dropped])
    np.testing.assert_allclose(estimate.survival[exact], km.survival[dropped], atol=1e-8)


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 6) | st.just(INF)), min_size=1, max_size=30))
def test_no_other_distribution_is_more_likely(pairs):
    """At the maximum, and only there, the mean of A_ij / (A p)_i over patients is at most 1 for every interval j."""
    left = np.array([a for a, _ in pairs], float)
    right = np.array([a + b for a, b in pairs], float)
    estimate = turnbull(left, right)
    assert estimate.probability.sum() == pytest.approx(1, abs=1e-12)
    assert np.all(estimate.probability > 0)
    points = np.unique(np.concatenate((left, right[np.isfinite(right)])))
    # every piece a distribution could put weight on: each end itself, and the gap after it
    pieces = [(t, t) for t in points] + list(zip(points, np.append(points[1:], INF), strict=True))

    def holds(start, end):
        if start == end:
            return np.where(left == right, left == start, (left < start) & (start <= right))
        return (left <= start) & (end <= right)

    found = zip(estimate.left, estimate.right, strict=True)
    fitted = sum(p * holds(a, b) for p, (a, b) in zip(estimate.probability, found, strict=True))
    assert np.log(fitted).sum() == pytest.approx(estimate.log_likelihood, abs=1e-9)
    assert max(np.mean(holds(a, b) / fitted) for a, b in pieces) <= 1 + 1e-7


def test_order_and_unit_do_not_matter():
    left, right = (np.array(ends) for ends in zip(*PAIRS, strict=True))
    one, other = turnbull(left, right), turnbull(left[::-1] * 2, right[::-1] * 2)
    np.testing.assert_allclose(one.probability, other.probability, atol=1e-9)
    np.testing.assert_allclose(one.left * 2, other.left)


def test_nothing_is_known():
    estimate = turnbull([0, 5], [INF, INF])
    assert (estimate.left.tolist(), estimate.right.tolist(), estimate.survival.tolist()) == ([5], [INF], [0])
    assert estimate.quantile(0.5) == (5, INF)


@pytest.mark.parametrize(
    ("left", "right", "message"),
    [
        ([], [], "left and right are empty, expected at least one observation"),
        ([1], [2, 3], "left has 1 values and right has 2, expected equal lengths"),
        ([1, -1], [2, 3], r"left\[1\] is -1, expected a finite number of 0 or more"),
        ([1, INF], [2, INF], r"left\[1\] is inf, expected a finite number of 0 or more"),
        ([1, math.nan], [2, 3], r"left\[1\] is nan, expected a finite number of 0 or more"),
        ([1, 4], [2, 3], r"right\[1\] is 3, expected a number not below left"),
        ([1, 4], [2, None], r"right\[1\] is nan, expected a number not below left"),
        (["1"], [2], r"left\[0\] is '1', expected a number"),
    ],
)
def test_refuses_bad_intervals(left, right, message):
    with pytest.raises(ValueError, match=message):
        turnbull(left, right)


def test_refuses_a_bad_share():
    with pytest.raises(ValueError, match="p is 50, expected a number strictly between 0 and 1"):
        turnbull([0], [1]).quantile(50)
