"""The registered sample size: published and hand-calculated values."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

from analysis.stats.design import event_probability, formula_power, median_limit_patients, required_events, sample_size

REGISTERED = {"null_median": 5.8, "alternative_median": 10, "accrual": 24, "follow_up": 6}


def test_the_registered_sample_size():
    size = sample_size(**REGISTERED)
    assert size.events_formula == pytest.approx(((1.959963984540054 + 0.8416212335729143) / math.log(5.8 / 10)) ** 2)
    assert round(size.events_formula, 2) == 26.45
    assert size.events == 27
    assert round(size.event_probability, 4) == 0.6785
    assert size.patients_formula == pytest.approx(27 / size.event_probability)
    assert size.patients == 40


def test_the_probability_of_an_event_is_the_mean_over_entry_times():
    by_entry, _ = quad(lambda entry: 1 - 2 ** (-(30 - entry) / 10), 0, 24)
    assert event_probability(10, accrual=24, follow_up=6) == pytest.approx(by_entry / 24, rel=1e-12)
    # almost simultaneous entry: everyone is followed for one median
    assert event_probability(6, accrual=1e-9, follow_up=6) == pytest.approx(0.5, abs=1e-9)


def test_required_events_is_symmetric_and_falls_with_the_effect():
    assert required_events(5.8, 10) == pytest.approx(required_events(10, 5.8))
    assert required_events(5.8, 12) < required_events(5.8, 10)
    assert required_events(5.8, 10, sides=1) == pytest.approx(required_events(5.8, 10, alpha=0.1))


def test_formula_power_inverts_the_required_events():
    assert formula_power(required_events(5.8, 10), 5.8, 10).benefit == pytest.approx(0.8)
    # 27 events: Phi(sqrt(27) * 0.54473 - 1.95996) = Phi(0.87055)
    tails = formula_power(27, 5.8, 10)
    assert tails.benefit == pytest.approx(0.8080, abs=5e-5)
    assert 0 < tails.harm < 1e-5
    assert formula_power(27, 5.8, 10, sides=1).harm == 0


def test_a_rule_on_the_limit_of_the_median_needs_more_patients():
    """By hand: S = 2^-0.58 at 5.8 months, everyone is followed that long, so Var(log S) = (1 - S) / (n S)."""
    s = 2**-0.58
    z = 1.959963984540054 + 0.8416212335729143
    log_log = z**2 * (1 - s) / s / math.log(s) ** 2 / (math.log(-math.log(s)) - math.log(math.log(2))) ** 2
    registered = REGISTERED | {"power": 0.8}
    assert median_limit_patients(**registered) == pytest.approx(log_log, rel=1e-9)
    assert math.ceil(log_log) == 81
    plain = z**2 * s * (1 - s) / (s - 0.5) ** 2  # the sample size for a proportion against 1/2
    assert median_limit_patients(**registered, conf_type="plain") == pytest.approx(plain, rel=1e-9)
    log = z**2 * (1 - s) / s / (math.log(s) - math.log(0.5)) ** 2
    assert median_limit_patients(**registered, conf_type="log") == pytest.approx(log, rel=1e-9)


def test_patients_censored_before_the_null_median_make_the_limit_need_more():
    """No follow-up after accrual: Greenwood's integral is that of h e^(ht) 24 / (24 - t) from 0 to 5.8."""
    hazard = math.log(2) / 10
    t = np.linspace(0, 5.8, 200_001)
    f = hazard * np.exp(hazard * t) * 24 / (24 - t)
    variance = float(((f[1:] + f[:-1]) / 2 * np.diff(t)).sum())
    s = 2**-0.58
    ratio = variance / ((1 - s) / s)
    without = median_limit_patients(5.8, 10, accrual=24, follow_up=0)
    assert without / median_limit_patients(5.8, 10, accrual=24, follow_up=6) == pytest.approx(ratio, rel=1e-8)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"null_median": 0}, "null_median is 0, expected a finite number above 0"),
        ({"null_median": 10}, "alternative_median is 10, expected another value than null_median"),
        ({"alternative_median": math.nan}, "alternative_median is nan, expected a finite number above 0"),
        ({"accrual": 0}, "accrual is 0, expected a finite number above 0"),
        ({"follow_up": -1}, "follow_up is -1, expected a finite number of 0 or more"),
        ({"alpha": 0}, "alpha is 0, expected a number strictly between 0 and 1"),
        ({"alpha": 5}, "alpha is 5, expected a number strictly between 0 and 1"),
        ({"sides": 3}, "sides is 3, expected 1 or 2"),
    ],
)
def test_refuses_bad_designs(change, message):
    with pytest.raises(ValueError, match=message):
        sample_size(**REGISTERED | change)


def test_refuses_other_bad_arguments():
    with pytest.raises(ValueError, match=r"power is 0, expected a number strictly between 0 and 1"):
        required_events(5.8, 10, power=0)
    with pytest.raises(ValueError, match=r"power is 0\.01, expected more than 0\.025"):
        required_events(5.8, 10, power=0.01)
    with pytest.raises(ValueError, match="events is 0, expected a finite number above 0"):
        formula_power(0, 5.8, 10)
    with pytest.raises(ValueError, match=r"alternative_median is 5, expected more than 5\.8"):
        median_limit_patients(5.8, 5, accrual=24, follow_up=6)
    with pytest.raises(ValueError, match="null_median is 30, expected less than accrual and follow_up together"):
        median_limit_patients(30, 40, accrual=24, follow_up=6)
    with pytest.raises(ValueError, match="conf_type is 'logit', expected one of log-log, log, plain"):
        median_limit_patients(5.8, 10, accrual=24, follow_up=6, conf_type="logit")
