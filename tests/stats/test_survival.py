"""Kaplan-Meier estimates against R (r/), hand calculation, and what must hold for every data set."""

import math

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.stats.survival import CONF_TYPES, KaplanMeier, kaplan_meier, reverse_kaplan_meier

from .reference import CASES, REFERENCE

TYPES = {"loglog": "log-log", "log": "log", "plain": "plain"}
QUARTILES = {"q25": 0.25, "median": 0.5, "q75": 0.75}
CURVE = ("time", "n_risk", "n_event", "n_censor", "survival", "std_err", "ci_lower", "ci_upper")


def numbers(values):
    return [math.nan if v is None else float(v) for v in values]


def assert_same(actual, expected):
    np.testing.assert_allclose(np.asarray(actual, float), numbers(expected), rtol=1e-9, atol=1e-12, equal_nan=True)


@pytest.mark.parametrize("name", REFERENCE)
@pytest.mark.parametrize("r_type", TYPES)
def test_curve_and_quantiles_equal_the_reference(name, r_type):
    time, event, expected = REFERENCE[name]
    km = kaplan_meier(time, event, conf_type=TYPES[r_type])
    curve = expected["km"]
    for ours, theirs in (
        ("time", "time"),
        ("n_risk", "n_risk"),
        ("n_event", "n_event"),
        ("n_censor", "n_censor"),
        ("survival", "surv"),
        ("std_err", "se_surv_greenwood"),
        ("ci_lower", f"ci_{r_type}_lower"),
        ("ci_upper", f"ci_{r_type}_upper"),
    ):
        assert_same(getattr(km, ours), curve[theirs])
    for label, p in QUARTILES.items():
        q = km.quantile(p)
        rule = expected["quantiles_first_crossing"][r_type][label]
        assert_same([q.value, q.ci_lower, q.ci_upper], [rule["est"], rule["lower"], rule["upper"]])
    table = expected["median_summary_table"][r_type]
    assert_same(
        [km.median.value, km.median.ci_lower, km.median.ci_upper], [table["est"], table["lower"], table["upper"]]
    )


@pytest.mark.parametrize("name", REFERENCE)
def test_landmarks_rmst_and_follow_up_equal_the_reference(name):
    time, event, expected = REFERENCE[name]
    km = kaplan_meier(time, event)
    marks = expected["landmark"]
    found = km.at(marks["time"])
    assert [m.time for m in found] == marks["time"]
    assert [m.n_risk for m in found] == marks["n_risk"]
    for ours, theirs in (("survival", "surv"), ("std_err", "se"), ("ci_lower", "lower"), ("ci_upper", "upper")):
        values = [None if t > max(time) else v for t, v in zip(marks["time"], marks[theirs], strict=True)]
        assert_same([getattr(m, ours) for m in found], values)
    rmst = km.rmst(expected["rmst"]["tau"])
    assert_same([rmst.value, rmst.std_err], [expected["rmst"]["rmst"], expected["rmst"]["se"]])
    follow_up = reverse_kaplan_meier(time, event)
    for label, p in QUARTILES.items():
        q = follow_up.quantile(p)
        r = expected["followup_reverse_km"]["quantiles"][label]
        assert_same([q.value, q.ci_lower, q.ci_upper], [r["est"], r["lower"], r["upper"]])


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("conf_level", [0.95, 0.9])
@pytest.mark.parametrize("conf_type", CONF_TYPES)
def test_equals_r_on_many_more_cases(name, conf_type, conf_level):
    case = CASES[name]
    km = kaplan_meier(case["time"], case["event"], conf_type=conf_type, conf_level=conf_level)
    expected = case[f"{conf_type} {conf_level}"]
    for array in CURVE:
        assert_same(getattr(km, array), expected[array])
    assert_same([km.median.value, km.median.ci_lower, km.median.ci_upper], expected["median"])
    quantiles = [km.quantile(p) for p in expected["p"]]
    assert_same([q.value for q in quantiles], expected["quantile"])
    assert_same([q.ci_lower for q in quantiles], expected["quantile_lower"])
    assert_same([q.ci_upper for q in quantiles], expected["quantile_upper"])
    found = km.at(expected["at_time"])
    for ours in ("time", "n_risk", "survival", "std_err"):
        assert_same([getattr(m, ours) for m in found], expected[f"at_{ours}"])
    assert_same([m.ci_lower for m in found], expected["at_lower"])
    assert_same([m.ci_upper for m in found], expected["at_upper"])
    means = [km.rmst(tau) for tau in expected["tau"]]
    assert_same([m.value for m in means], expected["rmst"])
    assert_same([m.std_err for m in means], expected["rmst_std_err"])


def test_rmst_limits_are_normal_at_the_level_of_the_curve():
    rmst = kaplan_meier([1, 2, 3, 4], [1, 0, 1, 1], conf_level=0.9).rmst(3.5)
    # by hand: S = .75 from 1, .375 from 3; area 1 + 1.5 + .1875; variance sums d/(n(n-d)) * (area after)^2
    std_err = math.sqrt(1.6875**2 / 12 + 0.1875**2 / 2)
    assert rmst.value == pytest.approx(2.6875, rel=1e-12)
    assert rmst.std_err == pytest.approx(std_err, rel=1e-12)
    assert rmst.ci_lower == pytest.approx(2.6875 - 1.6448536269514722 * std_err, rel=1e-12)
    assert rmst.ci_upper == pytest.approx(2.6875 + 1.6448536269514722 * std_err, rel=1e-12)


@pytest.mark.parametrize(("conf_type", "limit"), [("log-log", math.nan), ("log", 1.0), ("plain", 1.0)])
def test_before_the_first_event_survival_is_one(conf_type, limit):
    for mark in kaplan_meier([2, 3], [0, 1], conf_type=conf_type).at([0, 1, 2, 2.5]):
        assert_same([mark.survival, mark.std_err, mark.ci_lower, mark.ci_upper], [1, 0, limit, limit])
        assert mark.n_risk == (1 if mark.time == 2.5 else 2)


@pytest.mark.parametrize("event", [[1, 0], [1, 1]])
def test_beyond_the_last_time_nothing_is_estimable(event):
    km = kaplan_meier([1, 2], event)
    (mark,) = km.at([2.0001])
    assert mark.n_risk == 0
    assert_same([mark.survival, mark.std_err, mark.ci_lower, mark.ci_upper], [None] * 4)
    rmst = km.rmst(2.0001)
    assert_same([rmst.value, rmst.std_err, rmst.ci_lower, rmst.ci_upper], [None] * 4)


def test_an_observed_time_is_never_beyond_the_last_time():
    times = [0.1, 0.3, 0.1 + 0.2]
    km = kaplan_meier(times, [1, 1, 0])
    assert km.time.tolist() == [0.1, 0.3]
    marks = km.at(times)
    assert [m.n_risk for m in marks] == [3, 2, 2]
    assert marks[1].survival == marks[2].survival == pytest.approx(1 / 3)


def test_at_keeps_the_order_asked_and_takes_one_time():
    km = kaplan_meier([1, 2, 3], [1, 1, 0])
    assert [m.time for m in km.at([2.5, 0.5])] == [2.5, 0.5]
    assert km.at(2.5) == km.at([2.5])
    assert km.at([]) == []


def test_quantile_rule_by_hand():
    # S = 3/4, 1/2, 1/4, 0: at each quarter the curve is flat at the level, except that it ends at 0
    km = kaplan_meier([1, 2, 3, 4], [1, 1, 1, 1])
    assert [km.quantile(p).value for p in (0.25, 0.5, 0.75)] == [1.5, 2.5, 3.5]
    # S stays at 1/2 to the end: the time itself; a censored time in between does not end the stay
    assert kaplan_meier([1, 2, 3, 4], [1, 1, 0, 0]).median.value == 2
    assert kaplan_meier([1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 0, 1]).median.value == 4.5
    assert math.isnan(km.median.std_err)


ACCEPTED = {
    "lists": ([1, 2, 3.5], [1, 0, 1]),
    "tuples": ((1, 2, 3.5), (True, False, True)),
    "numpy": (np.array([1, 2, 3.5], np.float32), np.array([1, 0, 1], np.int8)),
    "numpy booleans": (np.array([1, 2, 3.5]), np.array([True, False, True])),
    "polars": (pl.Series([1.0, 2.0, 3.5]), pl.Series([True, False, True])),
    "pandas": (pd.Series([1, 2, 3.5], index=[7, 8, 9]), pd.Series([1.0, 0.0, 1.0])),
    "pandas nullable": (pd.Series([1, 2, 3.5], dtype="Float64"), pd.Series([True, False, True], dtype="boolean")),
    "objects": (np.array([1, 2, 3.5], object), [np.True_, 0, 1.0]),
}


@pytest.mark.parametrize("kind", ACCEPTED)
def test_accepts_the_usual_sequences(kind):
    time, event = ACCEPTED[kind]
    assert kaplan_meier(time, event).survival.tolist() == pytest.approx([2 / 3, 2 / 3, 0])
    assert reverse_kaplan_meier(time, event).survival.tolist() == pytest.approx([1, 0.5, 0.5])


@pytest.mark.parametrize("estimator", [kaplan_meier, reverse_kaplan_meier])
@pytest.mark.parametrize(
    ("time", "event", "message"),
    [
        ([], [], "time and event are empty, expected at least one observation"),
        ([1, 2], [1], "time has 2 values and event has 1, expected equal lengths"),
        ([1, -2, -3], [1, 0, 1], r"time\[1\] is -2, expected a finite number of 0 or more \(and 1 more\)"),
        ([1, math.nan], [1, 0], r"time\[1\] is nan, expected a finite number of 0 or more"),
        ([1, None], [1, 0], r"time\[1\] is nan"),
        (pl.Series([1, None]), [1, 0], r"time\[1\] is nan"),
        (pd.Series([1, None], dtype="Float64"), [1, 0], r"time\[1\] is"),
        ([1, math.inf], [1, 0], r"time\[1\] is inf"),
        ([1, 2, 3], [0, 1, 2], r"event\[2\] is 2, expected 0 or 1"),
        ([1, 2], [0, 0.5], r"event\[1\] is 0.5, expected 0 or 1"),
        ([1, 2], [-1, 0], r"event\[0\] is -1, expected 0 or 1"),
        ([1, 2], [0, math.nan], r"event\[1\] is nan, expected 0 or 1"),
        ([1, 2], pl.Series([True, None]), r"event\[1\] is nan, expected 0 or 1"),
        (["1", "2"], [0, 1], r"time\[0\] is '1', expected a number"),
        ([1, "b"], [0, 1], r"time\[1\] is 'b', expected a number"),
        ([1, [2, 3]], [0, 1], "time is ragged, expected a one-dimensional sequence of numbers"),
        (pl.Series(["1", "2"]), [0, 1], r"time\[0\] is '1', expected a number"),
        (np.array(["2024-01-01"], "M8[D]"), [1], r"time\[0\] is datetime.date\(2024, 1, 1\), expected a number"),
        ([[1, 2]], [0, 1], "time has 2 dimensions, expected a one-dimensional sequence of numbers"),
        (3, [1], "time has 0 dimensions"),
    ],
)
def test_refuses_bad_observations(estimator, time, event, message):
    with pytest.raises(ValueError, match=message):
        estimator(time, event)


def test_refuses_bad_options():
    with pytest.raises(ValueError, match="conf_type is 'loglog', expected one of log-log, log, plain"):
        kaplan_meier([1], [1], conf_type="loglog")
    for level in (0, 1, 95, -0.1, math.nan, "0.95", None, True):
        with pytest.raises(ValueError, match=r"conf_level is .*, expected a number strictly between 0 and 1"):
            kaplan_meier([1], [1], conf_level=level)
    km = kaplan_meier([1, 2], [1, 0])
    for p in (0, 1, 1.5, -0.5, math.nan, None):
        with pytest.raises(ValueError, match=r"p is .*, expected a number strictly between 0 and 1"):
            km.quantile(p)
    for tau in (0, -1, math.nan, math.inf):
        with pytest.raises(ValueError, match=r"tau is .*, expected a finite number above 0"):
            km.rmst(tau)
    for times in ([1, math.nan], [1, -1], [1, math.inf]):
        with pytest.raises(ValueError, match=r"times\[1\] is .*, expected a finite number of 0 or more"):
            km.at(times)


def test_a_curve_cannot_be_changed():
    km = kaplan_meier([1, 2], [1, 0])
    with pytest.raises(ValueError, match="read-only"):
        km.survival[0] = 1
    with pytest.raises(AttributeError):
        km.time = np.zeros(2)


observations = st.lists(
    st.tuples(st.integers(0, 9) | st.floats(0, 100).map(lambda t: round(t, 2)), st.booleans()),
    min_size=1,
    max_size=40,
)


def same_curve(a: KaplanMeier, b: KaplanMeier, scale: float = 1) -> None:
    np.testing.assert_allclose(a.time * scale, b.time, rtol=1e-12)
    for array in CURVE[1:]:
        np.testing.assert_allclose(getattr(a, array), getattr(b, array), rtol=1e-12, equal_nan=True)


@given(observations, st.randoms(use_true_random=False))
def test_order_does_not_matter(pairs, random):
    shuffled = list(pairs)
    random.shuffle(shuffled)
    a, b = (kaplan_meier(*zip(*p, strict=True)) for p in (pairs, shuffled))
    same_curve(a, b)


@given(observations, st.sampled_from([2.0, 30.4375, 0.5]))
def test_only_the_times_scale(pairs, scale):
    time, event = zip(*pairs, strict=True)
    a, b = kaplan_meier(time, event), kaplan_meier([t * scale for t in time], event)
    same_curve(a, b, scale)
    np.testing.assert_allclose(a.median.value * scale, b.median.value, equal_nan=True)


@given(observations, st.integers(1, 1000))
def test_shifting_the_times_shifts_the_median(pairs, shift):
    times, events = zip(*pairs, strict=True)
    before = kaplan_meier(times, events).median
    after = kaplan_meier([t + shift for t in times], events).median
    for name in ("value", "ci_lower", "ci_upper"):
        assert getattr(after, name) == pytest.approx(getattr(before, name) + shift, nan_ok=True)


@given(observations, st.floats(0, 100).map(lambda t: round(t, 2)))
def test_a_censored_patient_more_never_lowers_the_curve(pairs, censored):
    times, events = zip(*pairs, strict=True)
    before, after = kaplan_meier(times, events), kaplan_meier([*times, censored], [*events, 0])
    for one, other in zip(before.at(before.time), after.at(before.time), strict=True):
        assert other.survival >= one.survival - 1e-12


@given(st.lists(st.integers(0, 30), min_size=1, max_size=40), st.sampled_from(CONF_TYPES))
def test_without_censoring_it_is_the_empirical_distribution(times, conf_type):
    km = kaplan_meier(times, [1] * len(times), conf_type=conf_type)
    share_beyond = np.array([np.mean(np.array(times) > t) for t in km.time])
    np.testing.assert_allclose(km.survival, share_beyond, atol=1e-12)
    binomial = np.sqrt(share_beyond * (1 - share_beyond) / len(times))
    np.testing.assert_allclose(km.std_err[:-1], binomial[:-1], rtol=1e-9)
    if max(times):
        assert km.rmst(max(times)).value == pytest.approx(np.mean(times))


@given(observations, st.sampled_from(CONF_TYPES), st.sampled_from([0.5, 0.9, 0.95, 0.999]))
def test_limits_lie_around_the_curve_and_counts_add_up(pairs, conf_type, conf_level):
    time, event = zip(*pairs, strict=True)
    km = kaplan_meier(time, event, conf_type=conf_type, conf_level=conf_level)
    assert np.all(np.diff(km.survival) <= 0)
    shown = ~np.isnan(km.ci_lower)
    assert np.all(km.ci_lower[shown] <= km.survival[shown] + 1e-12)
    assert np.all(km.ci_upper[shown] >= km.survival[shown] - 1e-12)
    assert np.all((km.ci_lower[shown] >= 0) & (km.ci_upper[shown] <= 1))
    assert km.n_event.sum() == sum(event)
    assert (km.n_event + km.n_censor).sum() == len(pairs) == km.n_risk[0]
    np.testing.assert_array_equal(km.n_risk[1:], (km.n_risk - km.n_event - km.n_censor)[:-1])
    quantiles = [km.quantile(p).value for p in (0.1, 0.3, 0.5, 0.7, 0.9)]
    reached = [q for q in quantiles if not math.isnan(q)]
    assert quantiles[: len(reached)] == sorted(reached)


@given(observations, st.sampled_from(CONF_TYPES))
def test_a_higher_level_is_wider(pairs, conf_type):
    time, event = zip(*pairs, strict=True)
    narrow, wide = (kaplan_meier(time, event, conf_type=conf_type, conf_level=c) for c in (0.8, 0.95))
    shown = ~np.isnan(wide.ci_lower)
    assert np.all(wide.ci_lower[shown] <= narrow.ci_lower[shown])
    assert np.all(wide.ci_upper[shown] >= narrow.ci_upper[shown])


@given(observations)
def test_reversing_twice_is_the_curve(pairs):
    time, event = zip(*pairs, strict=True)
    same_curve(reverse_kaplan_meier(time, [not e for e in event]), kaplan_meier(time, event))


def test_log_log_and_log_limits_are_symmetric_on_their_scales():
    time, event, _ = REFERENCE["aml"]
    km = kaplan_meier(time, event, conf_type="log-log")
    scale = lambda s: np.log(-np.log(s))  # noqa: E731
    np.testing.assert_allclose(scale(km.ci_lower) + scale(km.ci_upper), 2 * scale(km.survival), rtol=1e-10)
    km = kaplan_meier(time, event, conf_type="log")
    uncut = km.ci_upper < 1
    np.testing.assert_allclose((km.ci_lower * km.ci_upper)[uncut], km.survival[uncut] ** 2, rtol=1e-10)


@given(observations)
def test_arrays_of_any_kind_give_the_curve_of_lists_and_stay_as_they_are(pairs):
    time, event = map(list, zip(*pairs, strict=True))
    time[0] *= -0.0  # a time of -0.0 is 0
    expected = kaplan_meier([abs(t) for t in time], event)
    for kind in (np.bool_, np.int64, np.uint8, np.float64):
        times = np.array([time, time]).T[:, 0]  # not contiguous
        events = np.array(event, kind)
        times.flags.writeable = events.flags.writeable = False
        curve = kaplan_meier(times, events)
        for array in ("time", "n_risk", "n_event", "n_censor", "survival", "std_err", "ci_lower", "ci_upper"):
            assert getattr(curve, array).tobytes() == getattr(expected, array).tobytes()


def test_times_that_are_nearly_tied_are_one_time_by_the_mean_of_the_distinct_times():
    """Tolerance 1.49e-8 times the mean, 50 here: 100 and 100.0000005 are one time, 0 and 5e-7 as well, 0 and 1e-6 not.

    R 4.2, survival 3.5-3: survfit(Surv(c(0, 5e-7, 100, 100.0000005, 50), rep(1, 5)) ~ 1)$n.event is 2 1 2.
    """
    curve = kaplan_meier([0, 5e-7, 100, 100.0000005, 50], [1, 1, 1, 1, 1])
    assert (curve.time.tolist(), curve.n_event.tolist()) == ([0, 50, 100], [2, 1, 2])
    assert kaplan_meier([0, 1e-6, 100, 100.0000005, 50], [1, 1, 1, 1, 1]).n_event.tolist() == [1, 1, 1, 2]
