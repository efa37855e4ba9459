"""Kaplan-Meier with the limits of its median, and the one-sample log-rank test."""

import math
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from analysis.stats.one_sample import one_sample_logrank
from analysis.stats.survival import kaplan_meier
from benchmarks.case import Case, Contender

Data = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]
NULL_MEDIAN = 5.8
AT = (0.25, 0.5, 0.75)  # places of the curve whose numbers are compared


def make(folder: Path, size: int) -> None:
    """Exponential times with median 10, censored between 6 and 30; in whole days as a trial has them with `days`."""
    draw = np.random.default_rng(1)
    to_event, censored = draw.exponential(10 / math.log(2), size), draw.uniform(6, 30, size)
    np.minimum(to_event, censored).tofile(folder / "time")
    (to_event <= censored).tofile(folder / "event")


def make_days(folder: Path, size: int) -> None:
    make(folder, size)
    time = np.fromfile(folder / "time")
    (np.ceil(time * 30.4375) / 30.4375).tofile(folder / "time")


def load(folder: Path) -> Data:
    return np.fromfile(folder / "time"), np.fromfile(folder / "event", dtype=np.bool_)


def numbers(median: list[float], time: Any, survival: Any, std_err: Any, lower: Any, upper: Any) -> list[float]:
    """The median with its limits, and the curve at some of its times."""
    at = [int(share * (len(time) - 1)) for share in AT]
    return [
        *median,
        len(time),
        *(float(array[place]) for array in (time, survival, std_err, lower, upper) for place in at),
    ]


def csr(data: Data) -> list[float]:
    km = kaplan_meier(*data)
    median = km.median
    limits = [median.value, median.ci_lower, median.ci_upper]
    return numbers(limits, km.time, km.survival, km.std_err, km.ci_lower, km.ci_upper)


def plain_numpy(data: Data) -> list[float]:
    """The same arrays without a check of the input; sorted as csr sorts, which is the fastest that we know."""
    time, event = data
    keys = time.view(np.uint64) << np.uint64(1)
    keys |= event
    keys.sort()
    return _curve((keys >> np.uint64(1)).view(np.float64), (keys & np.uint64(1)).view(np.int64))


def plain_numpy_argsort(data: Data) -> list[float]:
    """The same, sorted as one usually does it: the order of the times, and both arrays taken in it."""
    time, event = data
    order = np.argsort(time)
    return _curve(time[order], event[order].astype(np.int64))


def _curve(ordered: Any, happened: Any) -> list[float]:
    size = ordered.size
    gap = np.diff(ordered)
    distinct = ordered[np.concatenate(([True], gap > 0))]
    tolerance = math.sqrt(np.finfo(float).eps) * max(1.0, distinct.mean())
    first = np.concatenate(([0], np.flatnonzero(gap > tolerance) + 1))
    time, n_risk = ordered[first], size - first
    leaving = np.diff(first, append=size)
    n_event = np.add.reduceat(happened, first)
    _ = leaving - n_event, ordered[first + leaving - 1]  # censored at each time; the last time merged into it
    survival = np.cumprod((n_risk - n_event) / n_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt(np.cumsum(n_event / (n_risk * (n_risk - n_event))))
        log = np.log(survival)
        width = ndtri(0.975) * error / log
        lower, upper = np.exp(log * np.exp(-width)), np.exp(log * np.exp(width))
        median = [_median(time, curve) for curve in (survival, lower, upper)]
        return numbers(median, time, survival, survival * error, lower, upper)


def _median(time: Any, curve: Any) -> float:
    first = int(np.argmax(curve <= 0.5 + 1e-8))
    if not curve[first] <= 0.5 + 1e-8:
        return math.nan
    below = curve < 0.5 - 1e-8
    drop = int(np.argmax(below)) if curve[first] >= 0.5 - 1e-8 and below.any() else first
    return float((time[first] + time[drop]) / 2)


def lifelines(data: Data) -> list[float]:
    from lifelines import KaplanMeierFitter
    from lifelines.utils import median_survival_times

    fitted = KaplanMeierFitter().fit(*data)
    limits = median_survival_times(fitted.confidence_interval_survival_function_).to_numpy().ravel()
    return [float(fitted.median_survival_time_), *map(float, limits)]


def statsmodels(data: Data) -> list[float]:
    from statsmodels.duration.survfunc import SurvfuncRight

    fitted = SurvfuncRight(*data)
    return [float(fitted.quantile(0.5)), *map(float, fitted.quantile_ci(0.5, method="cloglog"))]


def csr_logrank(data: Data) -> list[float]:
    test = one_sample_logrank(*data, null_median=NULL_MEDIAN)
    return [test.observed, test.expected, test.z, test.p_value, test.z_wu, test.p_value_wu, test.smr]


def plain_logrank(data: Data) -> list[float]:
    """The same numbers without a check of the input."""
    time, event = data
    observed, expected = int(event.sum()), float(time.sum()) * math.log(2) / NULL_MEDIAN
    z, z_wu = ((observed - expected) / math.sqrt(v) for v in (expected, (observed + expected) / 2))
    return [observed, expected, z, 2 * float(ndtr(-abs(z))), z_wu, 2 * float(ndtr(-abs(z_wu))), observed / expected]


PEERS = (
    Contender("lifelines", load, lifelines, needs=("lifelines",)),
    Contender("statsmodels", load, statsmodels, needs=("statsmodels",)),
    Contender("R survival", r="survival.R", needs=("survival",)),
)
OWN = (
    Contender("csr", load, csr),
    Contender("plain numpy", load, plain_numpy),
    Contender("plain numpy, argsort", load, plain_numpy_argsort),
)
CASES = (
    Case("km", "Kaplan-Meier with limits, times all different", 1_000_000, make, (*OWN, *PEERS), limit=1.3, same=3),
    Case("km-days", "Kaplan-Meier with limits, times in days", 1_000_000, make_days, (*OWN, *PEERS), limit=1.3, same=3),
    Case(
        "logrank",
        "One-sample log-rank test",
        1_000_000,
        make,
        (Contender("csr", load, csr_logrank), Contender("plain numpy", load, plain_logrank)),
        limit=1.3,
    ),
)
