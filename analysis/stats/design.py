"""The registered design: events by the log-hazard formula, patients by the share with an event, power by simulation.

One arm, an exponential time to event, uniform accrual, one analysis at a fixed calendar time, and the two-sided
one-sample log-rank test of `one_sample`. Times are in one unit (months here).
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from analysis.stats import checks

BLOCK = 1_000_000  # patients drawn at once, so that memory stays small


@dataclass(frozen=True)
class SampleSize:
    """Events and patients, each as the formula gives it and rounded up; `patients` rest on the rounded events."""

    events_formula: float
    events: int
    event_probability: float
    patients_formula: float
    patients: int


@dataclass(frozen=True)
class Tails:
    """Probability of rejecting the null with fewer events than expected (benefit) and with more (harm)."""

    benefit: float
    harm: float


@dataclass(frozen=True)
class Simulation:
    """Rejection rates and mean events per trial under the null and the alternative.

    `alternative.benefit` is the power. The Monte-Carlo standard error of a rate r is sqrt(r (1 - r) / replicates).
    """

    replicates: int
    seed: int
    null: Tails
    alternative: Tails
    null_events: float
    alternative_events: float


def required_events(
    null_median: float, alternative_median: float, *, alpha: float = 0.05, power: float = 0.8, sides: int = 2
) -> float:
    """Events with which one arm tells the two medians apart: ((z_alpha + z_power) / ln(null / alternative))^2.

    Medians above 0 in one unit and different; `alpha` and `power` between 0 and 1; `sides` 1 or 2. Not rounded.
    Raises ValueError naming the argument.
    Source: Schoenfeld and Richter, Biometrics 1982;38:163-70, with a single sample's variance 1 / events.
    """
    log_ratio = _log_ratio(null_median, alternative_median)
    z_power = float(ndtri(checks.share(power, "power")))
    z = _critical(alpha, sides) + z_power
    if z <= 0:
        raise ValueError(f"power is {power!r}, expected more than {1 - float(ndtr(_critical(alpha, sides))):.3g}")
    return (z / log_ratio) ** 2


def event_probability(median: float, *, accrual: float, follow_up: float) -> float:
    """Probability that a patient has an event by the analysis.

    Entry uniform over `accrual` (above 0), analysis `follow_up` (0 or more) after its end, exponential times with
    `median` (above 0), all in one unit. Raises ValueError naming the argument.
    """
    hazard = math.log(2) / checks.positive(median, "median")
    entered = hazard * checks.positive(accrual, "accrual")
    return 1 + math.exp(-hazard * _follow_up(follow_up)) * math.expm1(-entered) / entered


def sample_size(
    null_median: float,
    alternative_median: float,
    *,
    accrual: float,
    follow_up: float,
    alpha: float = 0.05,
    power: float = 0.8,
    sides: int = 2,
) -> SampleSize:
    """Events by `required_events`, and the patients who give them under the alternative (`event_probability`)."""
    exact = required_events(null_median, alternative_median, alpha=alpha, power=power, sides=sides)
    events = math.ceil(exact)
    probability = event_probability(alternative_median, accrual=accrual, follow_up=follow_up)
    patients = events / probability
    return SampleSize(exact, events, probability, patients, math.ceil(patients))


def formula_power(
    events: float, null_median: float, alternative_median: float, *, alpha: float = 0.05, sides: int = 2
) -> Tails:
    """Power by the log-hazard formula with a number of events (above 0); the harm tail is 0 for a one-sided test.

    Raises ValueError naming the argument.
    """
    shift = -_log_ratio(null_median, alternative_median) * math.sqrt(checks.positive(events, "events"))
    critical = _critical(alpha, sides)
    harm = float(ndtr(-critical - shift)) if sides == 2 else 0.0
    return Tails(benefit=float(ndtr(shift - critical)), harm=harm)


def simulate(
    n: int,
    null_median: float,
    alternative_median: float,
    *,
    accrual: float,
    follow_up: float,
    seed: int,
    alpha: float = 0.05,
    sides: int = 2,
    replicates: int = 100_000,
) -> Simulation:
    """Operating characteristics of the one-sample log-rank test under the design, by simulation.

    Trials of `n` patients (1 or more), entry uniform over `accrual`, analysis `follow_up` after its end, exponential
    times with each median in turn; z = (O - E) / sqrt(E) against +-z of `alpha` (`sides` 1: benefit only). The null's
    two tails are not equal: the test statistic is skewed. Draws come from numpy's PCG64(seed), the null's first.
    Raises ValueError naming the argument.
    """
    patients = checks.count(n, "n", least=1)
    trials = checks.count(replicates, "replicates", least=1)
    seed = checks.count(seed, "seed")
    rng = np.random.Generator(np.random.PCG64(seed))
    _log_ratio(null_median, alternative_median)  # checks both
    accrual, follow_up = checks.positive(accrual, "accrual"), _follow_up(follow_up)
    critical = _critical(alpha, sides)
    block = max(1, BLOCK // patients)

    def run(median: float) -> tuple[Tails, float]:
        benefit = harm = events = 0
        for start in range(0, trials, block):
            shape = (min(block, trials - start), patients)
            potential = accrual + follow_up - rng.uniform(0, accrual, shape)
            to_event = rng.exponential(median / math.log(2), shape)
            observed = (to_event <= potential).sum(axis=1)
            expected = np.minimum(to_event, potential).sum(axis=1) * math.log(2) / null_median
            z = (observed - expected) / np.sqrt(expected)
            benefit += int((z < -critical).sum())
            harm += int((z > critical).sum()) if sides == 2 else 0
            events += int(observed.sum())
        return Tails(benefit / trials, harm / trials), events / trials

    null, null_events = run(null_median)
    alternative, alternative_events = run(alternative_median)
    return Simulation(trials, seed, null, alternative, null_events, alternative_events)


def _critical(alpha: float, sides: int) -> float:
    if sides not in (1, 2):
        raise ValueError(f"sides is {sides!r}, expected 1 or 2")
    return -float(ndtri(checks.share(alpha, "alpha") / sides))


def _log_ratio(null_median: float, alternative_median: float) -> float:
    null = checks.positive(null_median, "null_median")
    alternative = checks.positive(alternative_median, "alternative_median")
    if null == alternative:
        raise ValueError(f"alternative_median is {alternative_median!r}, expected another value than null_median")
    return math.log(null / alternative)


def _follow_up(follow_up: float) -> float:
    if checks.finite(follow_up, "follow_up", "a finite number of 0 or more") < 0:
        raise ValueError(f"follow_up is {follow_up!r}, expected a finite number of 0 or more")
    return float(follow_up)
