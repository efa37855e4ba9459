"""Cox's proportional hazards model with Efron's treatment of ties, and the score test of proportional hazards."""

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, ndtr, ndtri

from analysis.stats import checks
from analysis.stats.estimate import Estimate
from analysis.stats.survival import kaplan_meier

Floats = NDArray[np.float64]

_OPTIONS = {"precision": 1e-18, "r_precision": 0.0, "step_size": 0.5}
"""The Newton decrement at which to stop, so 1e-9 standard errors (the library's own choice is off by 1e-5), and a first
step that small samples do not overshoot by."""

_INFINITE = 10.0
"""A log hazard ratio across a covariate's range beyond this (a ratio above 22,000) is one that grows without end."""

_AT_MAXIMUM = 1e-12
"""The most that the Newton decrement may be at a maximum of the partial likelihood."""


@dataclass(frozen=True)
class ChiSquare:
    """A chi-squared statistic with its degrees of freedom and p-value."""

    statistic: float
    df: int
    p_value: float


@dataclass(frozen=True)
class CoxModel:
    """A fitted model: `coef` (log hazard ratios) and `covariance` in the order of `names`."""

    names: tuple[str, ...]
    coef: Floats
    covariance: Floats
    time: Floats
    event: NDArray[np.bool_]
    design: Floats

    def hazard_ratio(self, name: str, *, conf_level: float = 0.95) -> Estimate:
        """The hazard ratio of one unit of a covariate with Wald limits; `std_err` is of its logarithm."""
        at = self.names.index(name)
        beta, error = float(self.coef[at]), math.sqrt(self.covariance[at, at])
        half = float(ndtri((1 + checks.share(conf_level, "conf_level")) / 2)) * error
        return Estimate(math.exp(beta), math.exp(beta - half), math.exp(beta + half), error)

    def p_value(self, name: str) -> float:
        """The two-sided p-value of a covariate's Wald test."""
        at = self.names.index(name)
        return float(2 * ndtr(-abs(self.coef[at]) / math.sqrt(self.covariance[at, at])))

    def proportional_hazards(self, names: Sequence[str]) -> ChiSquare:
        """The score test that the log hazard ratios of some covariates do not change with g(t) = 1 - KM(t).

        Each covariate x is joined by x g(t), of which the coefficient is tested against 0 at the fitted model, as
        `cox.zph(transform = "km")` of R's survival does since version 3 (Grambsch and Therneau, Biometrika
        1994;81:515-26, whose approximation by the average variance older versions and lifelines use). Several names,
        such as the levels of one factor, are tested together. nan where g does not vary over the events.
        """
        curve = kaplan_meier(self.time, self.event)
        before = np.concatenate(([1.0], curve.survival))[np.searchsorted(curve.time, self.time[self.event])]
        g = dict(zip(self.time[self.event].tolist(), (1 - before).tolist(), strict=True))
        tested = [self.names.index(name) for name in names]
        width = len(self.names)
        score = np.zeros(width)
        information = np.zeros((2 * width, 2 * width))
        for time, residual, variance in _moments(self.time, self.event, self.design, self.coef):
            weight = g[time]
            score += weight * residual
            information += np.kron([[1, weight], [weight, weight**2]], variance)
        kept = [*range(width), *(width + at for at in tested)]
        used = information[np.ix_(kept, kept)]
        size = np.sqrt(np.diag(used))
        if not (size > 0).all() or np.linalg.matrix_rank(used / np.outer(size, size), tol=1e-9) < len(kept):
            return ChiSquare(math.nan, len(tested), math.nan)
        inverse = np.linalg.inv(used)[width:, width:]
        statistic = float(score[tested] @ inverse @ score[tested])
        return ChiSquare(statistic, len(tested), float(chdtrc(len(tested), statistic)))


def cox_model(
    time: Sequence[float], event: Sequence[int], covariates: Mapping[str, Sequence[float]]
) -> CoxModel | None:
    """Fit Cox's model by maximum partial likelihood, ties by Efron's method (lifelines, at a tight precision).

    `time` in any unit, `event` 1 or 0, `covariates` by name, all of one length. None where the partial likelihood has
    no finite maximum: no patients, no events, a covariate that does not vary or repeats others, or one whose hazard
    ratio grows without end. Raises ValueError naming the argument.
    """
    times, events = checks.times_and_events(time, event) if len(time) else (np.empty(0), np.empty(0, bool))
    names = tuple(covariates)
    if not names:
        raise ValueError("covariates is empty, expected at least one")
    for name, values in covariates.items():
        if len(values) != len(times) or not np.isfinite(np.asarray(values, dtype=float)).all():
            raise ValueError(f"covariates: {name} must be {len(times)} finite numbers, one for each time")
    design = np.column_stack([np.asarray(covariates[name], dtype=float) for name in names])
    if not events.any() or np.linalg.matrix_rank(design - design.mean(axis=0)) < len(names):
        return None
    found = _fit(times, events, design)
    if found is None:
        return None
    coef, covariance = found
    score = sum((residual for _, residual, _ in _moments(times, events, design, coef)), np.zeros(len(names)))
    at_maximum = score @ covariance @ score < _AT_MAXIMUM and (np.diag(covariance) > 0).all()
    if not at_maximum or (np.abs(coef) * np.ptp(design, axis=0) > _INFINITE).any():
        return None
    return CoxModel(names, coef, covariance, times.copy(), events.copy(), design)


def _fit(times: Floats, events: NDArray[np.bool_], design: Floats) -> tuple[Floats, Floats] | None:
    """Coefficients and covariance where the library comes to an end; its warnings are guesses at what we check."""
    import pandas as pd  # these two take seconds to import, and few notebooks fit a model
    from lifelines import CoxPHFitter
    from lifelines.exceptions import ConvergenceError

    frame = pd.DataFrame(design, columns=[f"x{i}" for i in range(design.shape[1])]).assign(time=times, event=events)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            fitted = CoxPHFitter().fit(frame, "time", "event", fit_options=_OPTIONS)
        except ConvergenceError:
            return None
    return np.asarray(fitted.params_, dtype=float), np.asarray(fitted.variance_matrix_, dtype=float)


def _moments(
    times: Floats, events: NDArray[np.bool_], design: Floats, coef: Floats
) -> list[tuple[float, Floats, Floats]]:
    """Per time of an event: the time, the sum of Schoenfeld residuals and the information, ties by Efron's method."""
    weight = np.exp((design - design.mean(axis=0)) @ coef)
    found = []
    for time in np.unique(times[events]):
        at_risk, dying = times >= time, events & (times == time)
        deaths = int(dying.sum())
        residual = design[dying].sum(axis=0)
        variance = np.zeros((design.shape[1], design.shape[1]))
        for k in range(deaths):  # the k deaths before this one are partly out of the risk set
            share = np.where(dying, 1 - k / deaths, 1.0)[at_risk] * weight[at_risk]
            mean = np.average(design[at_risk], axis=0, weights=share)
            centred = design[at_risk] - mean
            residual = residual - mean
            variance += (centred * share[:, None]).T @ centred / share.sum()
        found.append((float(time), residual, variance))
    return found
