"""Exact intervals against R (r/), identities that define them, and errors."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, poisson

from analysis.stats.proportions import proportion_ci
from analysis.stats.rates import incidence_rate

R = Path(__file__).parent / "r"
BINOMIAL = json.loads((R / "binomial_ci.json").read_text())["rows"]
POISSON = json.loads((R / "poisson_ci.json").read_text())["rows"]
CASES = json.loads((R / "cases.json").read_text())
PREFIX = {"clopper-pearson": "cp", "wilson": "wilson", "mid-p": "midp", "jeffreys": "jeffreys"}


def close(actual, expected):
    np.testing.assert_allclose(actual, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("method", PREFIX)
def test_proportions_equal_the_reference(method):
    for row in BINOMIAL:
        found = proportion_ci(row["x"], row["n"], method=method)
        prefix = PREFIX[method]
        close([found.value, found.ci_lower, found.ci_upper], [row["p"], row[f"{prefix}_lo"], row[f"{prefix}_hi"]])
        close(found.std_err, math.sqrt(row["p"] * (1 - row["p"]) / row["n"]))


def test_clopper_pearson_at_another_level_equals_the_reference():
    for row in BINOMIAL:
        found = proportion_ci(row["x"], row["n"], conf_level=0.9)
        close([found.ci_lower, found.ci_upper], [row["cp90_lo"], row["cp90_hi"]])


@pytest.mark.parametrize("method", PREFIX)
def test_proportions_equal_r_on_many_more_cases(method):
    for case in CASES["proportions"]:
        (x,), (n,), (conf,) = case["x"], case["n"], case["conf"]
        found = proportion_ci(x, n, method=method, conf_level=conf)
        close([found.ci_lower, found.ci_upper], case[method])


@pytest.mark.parametrize("method", PREFIX)
@given(data=st.data(), n=st.integers(1, 200), conf_level=st.sampled_from([0.8, 0.95, 0.999]))
def test_limits_are_mirrored_and_hold_the_share(method, data, n, conf_level):
    x = data.draw(st.integers(0, n))
    found = proportion_ci(x, n, method=method, conf_level=conf_level)
    mirror = proportion_ci(n - x, n, method=method, conf_level=conf_level)
    close([found.ci_lower, found.ci_upper], [1 - mirror.ci_upper, 1 - mirror.ci_lower])
    assert 0 <= found.ci_lower <= x / n <= found.ci_upper <= 1


@given(data=st.data(), n=st.integers(1, 200))
def test_what_defines_the_exact_limits(data, n):
    x = data.draw(st.integers(1, n))
    lower = proportion_ci(x, n).ci_lower
    assert binom.sf(x - 1, n, lower) == pytest.approx(0.025, rel=1e-9)
    mid_p = proportion_ci(x, n, method="mid-p").ci_lower
    assert binom.sf(x, n, mid_p) + binom.pmf(x, n, mid_p) / 2 == pytest.approx(0.025, rel=1e-9)


@pytest.mark.parametrize("p", [0.05, 0.3, 0.5, 0.87])
def test_clopper_pearson_covers_at_least_its_level(p):
    n = 40
    limits = [proportion_ci(x, n) for x in range(n + 1)]
    covered = sum(binom.pmf(x, n, p) for x, ci in enumerate(limits) if ci.ci_lower <= p <= ci.ci_upper)
    assert covered >= 0.95


def test_large_numbers():
    # the normal approximation is good to about 1e-9 here
    found = proportion_ci(5 * 10**11, 10**12)
    half_width = 1.959963984540054 * 0.5e-6
    assert found.ci_lower == pytest.approx(0.5 - half_width, abs=1e-11)
    assert found.ci_upper == pytest.approx(0.5 + half_width, abs=1e-11)


@pytest.mark.parametrize(
    ("x", "n", "message"),
    [
        (5, 4, "x is 5, expected at most n, which is 4"),
        (0, 0, "n is 0, expected a whole number of 1 or more"),
        (-1, 4, "x is -1, expected a whole number of 0 or more"),
        (1.5, 4, r"x is 1\.5, expected a whole number of 0 or more"),
        (1, math.nan, "n is nan, expected a whole number of 1 or more"),
        (1, math.inf, "n is inf, expected a whole number of 1 or more"),
        (None, 4, "x is None, expected a whole number of 0 or more"),
        ("1", 4, "x is '1', expected a whole number of 0 or more"),
    ],
)
def test_proportions_refuse_bad_counts(x, n, message):
    with pytest.raises(ValueError, match=message):
        proportion_ci(x, n)


def test_proportions_refuse_bad_options():
    with pytest.raises(ValueError, match="method is 'exact', expected one of clopper-pearson, wilson, mid-p, jeffreys"):
        proportion_ci(1, 4, method="exact")
    for level in (0, 1, 95, math.nan):
        with pytest.raises(ValueError, match=r"conf_level is .*, expected a number strictly between 0 and 1"):
            proportion_ci(1, 4, conf_level=level)


def test_rates_equal_the_reference():
    for row in POISSON:
        found = incidence_rate(row["events"], row["person_time"])
        close([found.value, found.ci_lower, found.ci_upper], [row["rate"], row["exact_lo"], row["exact_hi"]])
        per_100 = incidence_rate(row["events"], row["person_time"] / 100)
        close([per_100.ci_lower, per_100.ci_upper], [row["exact_lo_per100"], row["exact_hi_per100"]])


def test_rates_equal_r_on_many_more_cases():
    for case in CASES["rates"]:
        (events,), (exposure,), (conf,) = case["events"], case["exposure"], case["conf"]
        found = incidence_rate(events, exposure, conf_level=conf)
        close([found.ci_lower, found.ci_upper], case["limits"])
        close(found.std_err, math.sqrt(events) / exposure)


@given(st.integers(1, 5000), st.floats(0.01, 1e6))
def test_what_defines_the_exact_poisson_limits(events, exposure):
    found = incidence_rate(events, exposure)
    assert poisson.sf(events - 1, found.ci_lower * exposure) == pytest.approx(0.025, rel=1e-8)
    assert poisson.cdf(events, found.ci_upper * exposure) == pytest.approx(0.025, rel=1e-8)


@pytest.mark.parametrize(
    ("events", "exposure", "message"),
    [
        (-1, 10, "events is -1, expected a whole number of 0 or more"),
        (0.5, 10, r"events is 0\.5, expected a whole number of 0 or more"),
        (1, 0, "exposure is 0, expected a finite number above 0"),
        (1, -2.5, r"exposure is -2\.5, expected a finite number above 0"),
        (1, math.nan, "exposure is nan, expected a finite number above 0"),
        (1, math.inf, "exposure is inf, expected a finite number above 0"),
    ],
)
def test_rates_refuse_bad_arguments(events, exposure, message):
    with pytest.raises(ValueError, match=message):
        incidence_rate(events, exposure)


def test_rates_refuse_a_bad_level():
    with pytest.raises(ValueError, match=r"conf_level is 95, expected a number strictly between 0 and 1"):
        incidence_rate(1, 10, conf_level=95)
