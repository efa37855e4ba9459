"""Exponential and Weibull survival fitted by maximum likelihood to right-censored times.

Limits of every parameter are made on its logarithm with the observed information (delta method), as R's
`survival::survreg` and its `predict(type = "uquantile")` make them; a model that the data cannot determine is nan.
Source: Kalbfleisch and Prentice, The Statistical Analysis of Failure Time Data, 2nd edition, 2002, chapter 3.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import ndtri

from analysis.stats import checks
from analysis.stats.checks import Floats
from analysis.stats.estimate import NOT_ESTIMABLE, Estimate


@dataclass(frozen=True)
class ParametricFit:
    """Survival exp(-(t / scale) ** shape) and its median; scale and median are in the unit of the times.

    The exponential has shape 1 with neither standard error nor limits. All are nan where the likelihood has no maximum.
    """

    shape: Estimate
    scale: Estimate
    median: Estimate


NO_FIT = ParametricFit(NOT_ESTIMABLE, NOT_ESTIMABLE, NOT_ESTIMABLE)


def exponential(time: npt.ArrayLike, event: npt.ArrayLike, *, conf_level: float = 0.95) -> ParametricFit:
    """Fit a constant hazard: the events divided by the sum of the times.

    `time`: n times, finite and above 0; `event`: n of 0 or 1; `conf_level`: between 0 and 1, exclusive. Not estimable
    without an event. Raises ValueError naming argument and position.
    Source: R, `survreg(Surv(time, event) ~ 1, dist = "exponential")`.
    """
    times, events, width = _checked(time, event, conf_level)
    number = int(events.sum())
    if not number:
        return NO_FIT
    log_scale, std_err = math.log(math.fsum(times) / number), 1 / math.sqrt(number)
    return ParametricFit(
        shape=Estimate(1.0, math.nan, math.nan, math.nan),
        scale=_of_log(log_scale, std_err, width),
        median=_of_log(log_scale + math.log(math.log(2)), std_err, width),
    )


def weibull(time: npt.ArrayLike, event: npt.ArrayLike, *, conf_level: float = 0.95) -> ParametricFit:
    """Fit a hazard that rises or falls as a power of time.

    Arguments and errors as in `exponential`. The likelihood has a maximum only where an event lies before the longest
    time: without any event, or with all of them at the longest time, nothing is estimable.
    Source: R, `survreg(Surv(time, event) ~ 1, dist = "weibull")`, whose scale is 1 / shape.
    """
    times, events, width = _checked(time, event, conf_level)
    longest = float(times.max())
    log_time = np.log(times / longest)
    number = int(events.sum())
    if not number or not (log_time[events] < 0).any():
        return NO_FIT
    shape = _shape(log_time, events)
    total = float(np.exp(shape * log_time).sum())
    log_scale = math.log(longest) + math.log(total / number) / shape
    # The observed information in the logarithms of the scale and of 1 / shape, at the maximum.
    z = shape * (np.log(times) - log_scale)
    hazard = np.exp(z)
    cross = shape * float((z * hazard).sum())
    last = float((z * hazard + z**2 * hazard).sum() - z[events].sum())
    covariance = np.linalg.inv(np.array([[number * shape**2, cross], [cross, last]]))
    towards_median = np.array([1.0, math.log(math.log(2)) / shape])
    return ParametricFit(
        shape=_of_log(math.log(shape), math.sqrt(covariance[1, 1]), width),
        scale=_of_log(log_scale, math.sqrt(covariance[0, 0]), width),
        median=_of_log(
            log_scale + towards_median[1], math.sqrt(float(towards_median @ covariance @ towards_median)), width
        ),
    )


def _checked(
    time: npt.ArrayLike, event: npt.ArrayLike, conf_level: float
) -> tuple[Floats, npt.NDArray[np.bool_], float]:
    """Times, events and the normal quantile of the limits."""
    times, events = checks.times_and_events(time, event)
    checks.refuse(times <= 0, times, "time", "a finite number above 0")
    return times, events, float(ndtri((1 + checks.share(conf_level, "conf_level")) / 2))


def _shape(log_time: Floats, events: npt.NDArray[np.bool_]) -> float:
    """The root of the profile score of the shape, which falls; `log_time` is relative to the longest time (0)."""
    mean_of_events = float(log_time[events].mean())

    def score(shape: float) -> float:
        weight = np.exp(shape * log_time)
        return 1 / shape + mean_of_events - float((weight * log_time).sum() / weight.sum())

    low, high = 1.0, 1.0
    while score(low) < 0:
        low /= 2
    while score(high) > 0:
        high *= 2
    return float(brentq(score, low, high, xtol=1e-15 * low, rtol=1e-14)) if low < high else low


def _of_log(log_value: float, std_err: float, width: float) -> Estimate:
    """An estimate from its logarithm; its standard error is the logarithm's multiplied by it."""
    value = math.exp(log_value)
    return Estimate(value, value * math.exp(-width * std_err), value * math.exp(width * std_err), value * std_err)
