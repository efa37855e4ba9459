"""The registered sample size: published and hand-calculated values, and a simulation that can be checked."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import poisson

from analysis.stats.design import event_probability, formula_power, required_events, sample_size, simulate

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


def test_simulation_of_the_registered_design():
    result = simulate(40, **REGISTERED, seed=1, replicates=20_000)
    assert result.null.benefit + result.null.harm == pytest.approx(0.055, abs=0.006)
    assert result.null.harm > result.null.benefit  # skewed: the tails are not 2.5 % each
    assert result.alternative.benefit == pytest.approx(0.83, abs=0.02)
    assert result.alternative.harm < 0.001
    for median, events in ((5.8, result.null_events), (10, result.alternative_events)):
        expected = 40 * event_probability(median, accrual=24, follow_up=6)
        assert events == pytest.approx(expected, abs=5 * math.sqrt(10 / 20_000))


def test_simulation_agrees_with_exact_tails_where_they_are_known():
    """Where hardly anyone has an event, all are followed to the end and the events are as good as Poisson."""
    result = simulate(2_000, 2_000 * math.log(2) / 2.5, 1e6, accrual=1e-6, follow_up=1, seed=3, replicates=4_000)
    # 2.5 events expected: z is beyond 1.96 from 6 events on, and never below -1.96
    assert result.null.harm == pytest.approx(poisson.sf(5, 2.5), abs=4 * math.sqrt(0.04 / 4_000))
    assert result.null.benefit == 0


def test_a_simulation_repeats():
    a, b = (simulate(40, **REGISTERED, seed=7, replicates=500) for _ in range(2))
    assert a == b
    assert simulate(40, **REGISTERED, seed=8, replicates=500) != a
    one_sided = simulate(40, **REGISTERED, seed=7, replicates=500, sides=1)
    assert one_sided.null.harm == one_sided.alternative.harm == 0
    assert one_sided.alternative.benefit >= a.alternative.benefit


def test_simulated_z_is_the_one_sample_logrank():
    """One trial drawn as documented, tested with the public function: both reject or neither does."""
    from analysis.stats.one_sample import one_sample_logrank

    for seed in range(30):
        rng = np.random.Generator(np.random.PCG64(seed))
        potential = 30 - rng.uniform(0, 24, (1, 40))[0]
        to_event = rng.exponential(5.8 / math.log(2), (1, 40))[0]
        test = one_sample_logrank(np.minimum(to_event, potential), to_event <= potential, null_median=5.8)
        simulated = simulate(40, **REGISTERED, seed=seed, replicates=1, alpha=0.5).null
        assert simulated.benefit == float(test.p_value < 0.5 and test.observed < test.expected)
        assert simulated.harm == float(test.p_value < 0.5 and test.observed > test.expected)


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
    for function in (sample_size, lambda **design: simulate(40, **design, seed=1, replicates=1)):
        with pytest.raises(ValueError, match=message):
            function(**REGISTERED | change)


def test_refuses_other_bad_arguments():
    with pytest.raises(ValueError, match=r"power is 0, expected a number strictly between 0 and 1"):
        required_events(5.8, 10, power=0)
    with pytest.raises(ValueError, match=r"power is 0\.01, expected more than 0\.025"):
        required_events(5.8, 10, power=0.01)
    with pytest.raises(ValueError, match="events is 0, expected a finite number above 0"):
        formula_power(0, 5.8, 10)
    with pytest.raises(ValueError, match="n is 0, expected a whole number of 1 or more"):
        simulate(0, **REGISTERED, seed=1)
    with pytest.raises(ValueError, match="replicates is 0, expected a whole number of 1 or more"):
        simulate(40, **REGISTERED, seed=1, replicates=0)
    with pytest.raises(ValueError, match="seed is -1, expected a whole number of 0 or more"):
        simulate(40, **REGISTERED, seed=-1)
