"""Simulated trials: each agrees with the public estimators and R, and the shares with what is known exactly.

Tolerances of shares are four standard errors of the two simulations compared, or of the one where the other is exact.
"""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom, poisson

from analysis.stats.design import event_probability
from analysis.stats.one_sample import one_sample_logrank
from analysis.stats.simulation import BATCH, Plan, Tally, analyse, batches, draw, medians
from analysis.stats.survival import CONF_TYPES, kaplan_meier

REGISTERED = Plan(n=40, null_median=5.8, accrual=24, follow_up=6)
SCANS = replace(REGISTERED, scan_interval=56 / 30.4375)


def simulated(plan: Plan, median: float, trials: int = 10_000, seed: int = 1, stream: int = 0) -> Tally:
    return sum((b.tally() for b in batches(plan, median, trials=trials, seed=seed, stream=stream)), Tally())


def four_errors(share: float, *trials: int) -> float:
    return 4 * math.sqrt(sum(share * (1 - share) / n for n in trials)) + 1e-3


# R, another generator: set.seed(1), 20,000 times: pot <- 30 - runif(40, 0, 24); x <- rexp(40, log(2) / median);
#   O <- sum(x <= pot); E <- sum(pmin(x, pot)) * log(2) / 5.8; z <- (O - E) / sqrt(E); s <- 56 / 30.4375 and for the
#   scans x <- ceiling(x / s) * s; pot <- floor(pot / s) * s. Shares of z < -qnorm(.975) and of z > qnorm(.975).
@pytest.mark.parametrize(
    ("plan", "median", "benefit", "harm"),
    [
        (REGISTERED, 5.8, 0.01815, 0.03725),
        (REGISTERED, 10, 0.83385, 0),
        (SCANS, 5.8, 0.05565, 0.00375),
        (SCANS, 10, 0.91555, 0),
    ],
)
def test_the_tails_of_the_registered_test_agree_with_r(plan, median, benefit, harm):
    tally = simulated(plan, median)
    assert tally.benefit / 10_000 == pytest.approx(benefit, abs=four_errors(benefit, 10_000, 20_000))
    assert tally.harm / 10_000 == pytest.approx(harm, abs=four_errors(harm, 10_000, 20_000))


@pytest.mark.parametrize(("n", "median"), [(40, 10.0), (40, 5.8), (81, 10.0), (81, 5.8)])
def test_the_rule_on_the_limit_agrees_with_the_binomial(n, median):
    """All are followed beyond 5.8 months, so that the curve there is a share with a binomial variance."""
    at_5_8 = 2 ** (-5.8 / median)
    free = np.arange(1, n)
    s = free / n
    lower = s ** np.exp(-1.959963984540054 * np.sqrt((1 - s) / (s * n)) / np.log(s))
    exact = float(binom.pmf(free[lower > 0.5], n, at_5_8).sum() + binom.pmf(n, n, at_5_8))
    share = simulated(replace(REGISTERED, n=n), median).limit_above / 10_000
    assert share == pytest.approx(exact, abs=four_errors(exact, 10_000))
    if median == 10:  # about 81 patients are needed for 80 %, and 40 are not enough
        assert (share > 0.8) == (n == 81)


def test_events_and_their_expectation_under_the_null():
    """Events are binomial; under the null O - E is a martingale, so E has the same mean and Var(O - E) is E's mean."""
    for median in (5.8, 10):
        p = event_probability(median, accrual=24, follow_up=6)
        error = math.sqrt(40 * p * (1 - p) / 10_000)
        assert simulated(REGISTERED, median).events / 10_000 == pytest.approx(40 * p, abs=4 * error)
    time, event = draw(REGISTERED, 5.8, 20_000, np.random.default_rng(2))
    excess = event.sum(axis=1) - time.sum(axis=1) * math.log(2) / 5.8
    mean = 40 * event_probability(5.8, accrual=24, follow_up=6)
    assert excess.mean() == pytest.approx(0, abs=4 * math.sqrt(mean / 20_000))
    assert excess.var() == pytest.approx(mean, rel=4 * math.sqrt(2 / 20_000) + 0.005)


def test_tails_where_events_are_poisson():
    """Where hardly anyone has an event, all are followed to the end and 2.5 events are expected."""
    plan = Plan(n=2_000, null_median=2_000 * math.log(2) / 2.5, accrual=1e-6, follow_up=1)
    tally = simulated(plan, plan.null_median, trials=4_000, seed=3)
    # z is beyond 1.96 from 6 events on, and never below -1.96
    assert tally.harm / 4_000 == pytest.approx(poisson.sf(5, 2.5), abs=four_errors(0.042, 4_000))
    assert tally.benefit == 0


@pytest.mark.parametrize("conf_type", CONF_TYPES)
@pytest.mark.parametrize("plan", [REGISTERED, SCANS, replace(SCANS, n=7, follow_up=0)])
def test_every_trial_is_analysed_as_the_public_functions_do(plan, conf_type):
    """Ties of events and censored times at the scans included; R's survfit gave the same on 400 trials of each."""
    plan = replace(plan, conf_type=conf_type)
    time, event = draw(plan, 8, 60, np.random.default_rng(4))
    median, lower = medians(time, event, conf_type=conf_type)
    for i in range(60):
        expected = kaplan_meier(time[i], event[i], conf_type=conf_type).median
        found = [v if math.isfinite(v) else math.nan for v in (median[i], lower[i])]
        assert found == pytest.approx([expected.value, expected.ci_lower], rel=1e-12, nan_ok=True)
        test = one_sample_logrank(time[i], event[i], null_median=5.8)
        tally = analyse(plan, time[i : i + 1], event[i : i + 1])
        assert (tally.benefit, tally.harm) == (int(test.z < -1.959963984540054), int(test.z > 1.959963984540054))
        assert (tally.benefit_wu, tally.harm_wu) == (
            int(test.z_wu < -1.959963984540054),
            int(test.z_wu > 1.959963984540054),
        )
        assert (tally.events, tally.expected_sum) == pytest.approx((test.observed, test.expected))
        if math.isfinite(expected.ci_lower):
            assert tally.limit_above == int(expected.ci_lower > 5.8)


def test_hand_made_rows():
    """Four events: S is 1/2 from 2 to 3, so the median is 2.5; two events of four, the rest censored later: 2."""
    time = np.array([[4.0, 1, 3, 2], [2.0, 1, 9, 9], [9.0, 9, 9, 1]])
    event = np.array([[True] * 4, [True, True, False, False], [False, False, False, True]])
    median, _ = medians(time, event)
    assert median.tolist() == [2.5, 2.0, math.inf]
    nothing = analyse(replace(REGISTERED, n=4), np.zeros((1, 4)), np.zeros((1, 4), dtype=bool))
    assert nothing == Tally(trials=1)  # nobody followed: no rejection, no median


def test_progression_is_seen_at_the_next_scan_or_not_at_all():
    """Entry at once, 5 months of follow-up, scans at 2 and 4: times are 2 or 4, and a progression after 4 is lost."""
    plan = Plan(n=50, null_median=3, accrual=1e-9, follow_up=5, scan_interval=2)
    time, event = draw(plan, 3, 200, np.random.default_rng(6))
    true_time, _ = draw(replace(plan, scan_interval=None), 3, 200, np.random.default_rng(6))
    assert set(np.unique(time).tolist()) == {2.0, 4.0}
    assert np.array_equal(event, true_time <= 4)
    assert np.array_equal(time == 2, true_time <= 2)


def test_a_simulation_repeats_in_any_order_of_its_batches():
    parts = list(batches(REGISTERED, 10, trials=2 * BATCH + 1, seed=7))
    assert [part.trials for part in parts] == [BATCH, BATCH, 1]
    forward, again = [part.tally() for part in parts], [part.tally() for part in reversed(parts)]
    assert forward == again[::-1]
    assert forward[0] != forward[1]
    other_seed, other_stream = simulated(REGISTERED, 10, 500, seed=8), simulated(REGISTERED, 10, 500, seed=7, stream=1)
    assert len({simulated(REGISTERED, 10, 500, seed=7), other_seed, other_stream}) == 3


def test_a_one_sided_test_has_no_harm_tail():
    two, one = simulated(REGISTERED, 5.8, 2_000), simulated(replace(REGISTERED, sides=1), 5.8, 2_000)
    assert one.harm == one.harm_wu == 0
    assert one.benefit > two.benefit
    assert one.events == two.events  # the same patients


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n": 0}, "n is 0, expected a whole number of 1 or more"),
        ({"null_median": 0}, "null_median is 0, expected a finite number above 0"),
        ({"accrual": 0}, "accrual is 0, expected a finite number above 0"),
        ({"follow_up": -1}, "follow_up is -1, expected a finite number of 0 or more"),
        ({"alpha": 5}, "alpha is 5, expected a number strictly between 0 and 1"),
        ({"sides": 3}, "sides is 3, expected 1 or 2"),
        ({"scan_interval": 0}, "scan_interval is 0, expected a finite number above 0"),
        ({"conf_type": "logit"}, "conf_type is 'logit', expected one of log-log, log, plain"),
        ({"conf_level": 95}, "conf_level is 95, expected a number strictly between 0 and 1"),
    ],
)
def test_refuses_bad_plans(change, message):
    with pytest.raises(ValueError, match=message):
        replace(REGISTERED, **change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"median": math.nan}, "median is nan, expected a finite number above 0"),
        ({"trials": 0}, "trials is 0, expected a whole number of 1 or more"),
        ({"seed": -1}, "seed is -1, expected a whole number of 0 or more"),
        ({"stream": -1}, "stream is -1, expected a whole number of 0 or more"),
    ],
)
def test_refuses_bad_simulations(change, message):
    with pytest.raises(ValueError, match=message):
        list(batches(**{"plan": REGISTERED, "median": 10, "trials": 1, "seed": 1} | change))
