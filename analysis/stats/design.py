"""The registered design by formula: events, patients and power.

One arm, an exponential time to event, uniform accrual, one analysis at a fixed calendar time, and the two-sided
one-sample log-rank test of `one_sample`. Times are in one unit (months here). `simulation` simulates the same design.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from scipy.integrate import quad
from scipy.special import ndtr, ndtri

from analysis.stats import checks
from analysis.stats.survival import CONF_TYPES


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
    z = critical_value(alpha, sides) + z_power
    if z <= 0:
        raise ValueError(f"power is {power!r}, expected more than {1 - float(ndtr(critical_value(alpha, sides))):.3g}")
    return (z / log_ratio) ** 2


def event_probability(median: float, *, accrual: float, follow_up: float, dropout: float = 0) -> float:
    """Probability that a patient has an event by the analysis.

    Entry uniform over `accrual` (above 0), analysis `follow_up` (0 or more) after its end, exponential times with
    `median` (above 0) to the event and with the hazard `dropout` (0 or more) to a loss to follow-up, all in one unit.
    Raises ValueError naming the argument.
    """
    event = math.log(2) / checks.positive(median, "median")
    hazard = event + checks.not_negative(dropout, "dropout")
    entered = hazard * checks.positive(accrual, "accrual")
    left = 1 + math.exp(-hazard * checks.not_negative(follow_up, "follow_up")) * math.expm1(-entered) / entered
    return event / hazard * left


def sample_size(
    null_median: float,
    alternative_median: float,
    *,
    accrual: float,
    follow_up: float,
    alpha: float = 0.05,
    power: float = 0.8,
    sides: int = 2,
    dropout: float = 0,
) -> SampleSize:
    """Events by `required_events`, and the patients who give them under the alternative (`event_probability`)."""
    exact = required_events(null_median, alternative_median, alpha=alpha, power=power, sides=sides)
    events = math.ceil(exact)
    probability = event_probability(alternative_median, accrual=accrual, follow_up=follow_up, dropout=dropout)
    patients = events / probability
    return SampleSize(exact, events, probability, patients, math.ceil(patients))


def formula_power(
    events: float, null_median: float, alternative_median: float, *, alpha: float = 0.05, sides: int = 2
) -> Tails:
    """Power by the log-hazard formula with a number of events (above 0); the harm tail is 0 for a one-sided test.

    Raises ValueError naming the argument.
    """
    shift = -_log_ratio(null_median, alternative_median) * math.sqrt(checks.positive(events, "events"))
    critical = critical_value(alpha, sides)
    harm = float(ndtr(-critical - shift)) if sides == 2 else 0.0
    return Tails(benefit=float(ndtr(shift - critical)), harm=harm)


def median_limit_patients(
    null_median: float,
    alternative_median: float,
    *,
    accrual: float,
    follow_up: float,
    power: float = 0.8,
    conf_type: str = "log-log",
    conf_level: float = 0.95,
    dropout: float = 0,
) -> float:
    """Patients with whom the lower limit of the Kaplan-Meier median is above `null_median` with this power.

    The limit is above it where the curve's own lower limit at that time is above 1/2: a test of the survival there,
    whose estimate is taken as normal on the scale of `conf_type` with Greenwood's variance under the alternative.
    Arguments as in `sample_size`; not rounded. Raises ValueError naming the argument, also where nobody is followed
    as long as `null_median`, or where the alternative is the shorter one.
    Source: Brookmeyer and Crowley, Biometrics 1982;38:29-41 (the limit); the delta method.
    """
    if _log_ratio(null_median, alternative_median) > 0:
        raise ValueError(f"alternative_median is {alternative_median!r}, expected more than {null_median!r}")
    checks.one_of(conf_type, "conf_type", CONF_TYPES)
    entered, later = checks.positive(accrual, "accrual"), checks.not_negative(follow_up, "follow_up")
    if null_median >= entered + later:
        raise ValueError(f"null_median is {null_median!r}, expected less than accrual and follow_up together")
    hazard = math.log(2) / alternative_median
    lost = checks.not_negative(dropout, "dropout")
    scale, slope = _SCALES[conf_type]
    survival = math.exp(-hazard * null_median)

    def per_patient(time: float) -> float:  # Greenwood's variance of log survival, for one patient
        followed = min(1.0, (entered + later - time) / entered) * math.exp(-lost * time)
        return hazard / (math.exp(-hazard * time) * followed)

    variance, _ = quad(per_patient, 0, null_median, points=[min(later, null_median)])
    z = float(ndtri((1 + checks.share(conf_level, "conf_level")) / 2)) + float(ndtri(checks.share(power, "power")))
    return (z * slope(survival) / (scale(survival) - scale(0.5))) ** 2 * float(variance)


# conf_type -> the scale on which its limits are symmetric, and that scale's derivative by the log of survival
_SCALES: dict[str, tuple[Callable[[float], float], Callable[[float], float]]] = {
    "log-log": (lambda s: math.log(-math.log(s)), lambda s: 1 / math.log(s)),
    "log": (math.log, lambda s: 1.0),
    "plain": (lambda s: s, lambda s: s),
}


def critical_value(alpha: float, sides: int) -> float:
    """The standard normal quantile beyond which a test with `alpha` and 1 or 2 `sides` rejects."""
    if sides not in (1, 2):
        raise ValueError(f"sides is {sides!r}, expected 1 or 2")
    return -float(ndtri(checks.share(alpha, "alpha") / sides))


def _log_ratio(null_median: float, alternative_median: float) -> float:
    null = checks.positive(null_median, "null_median")
    alternative = checks.positive(alternative_median, "alternative_median")
    if null == alternative:
        raise ValueError(f"alternative_median is {alternative_median!r}, expected another value than null_median")
    return math.log(null / alternative)
