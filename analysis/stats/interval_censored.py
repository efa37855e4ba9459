"""Turnbull's estimate: survival when the event is only known to lie between two assessments."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import nnls

from analysis.stats import checks
from analysis.stats.checks import Floats

ROUNDING = 1e-13  # relative: near the maximum the likelihood is flat and its own rounding hides the last steps
NONE = 1e-10  # a probability this small is what the last steps left of none
GAP = 1e-12  # per observation: how far the log-likelihood may still be from its maximum


@dataclass(frozen=True, eq=False)
class Turnbull:
    """Where the probability lies: k innermost intervals (left, right], [t, t] for an exact time; read-only arrays.

    Within an interval the estimate says nothing about the place. A last interval with `right` inf holds what lies
    beyond observation. `survival` is the probability of surviving beyond each `right`. `gap` bounds how far
    `log_likelihood` is below its maximum.
    """

    left: Floats
    right: Floats
    probability: Floats
    survival: Floats
    log_likelihood: float
    gap: float

    def quantile(self, p: float) -> tuple[float, float]:
        """The innermost interval by whose end a share `p` (between 0 and 1, exclusive) has had the event.

        Raises ValueError for another `p`.
        """
        level = 1 - checks.share(p, "p")
        place = int(np.flatnonzero(self.survival <= level + 1e-8)[0])
        return float(self.left[place]), float(self.right[place])


def turnbull(left: npt.ArrayLike, right: npt.ArrayLike) -> Turnbull:
    """The non-parametric maximum likelihood estimate from interval-censored times.

    n pairs in one unit: the event came after `left` (finite, 0 or more) and not after `right` (at least `left`; inf
    where it was not seen). Equal values are an exact time. Intervals are open at the left, so one patient free of
    progression at a scan and one progressing at it share no time (R's `survfit` with type "interval2" agrees).

    The likelihood is maximised by Wang's constrained Newton method over the innermost intervals, in place of Turnbull's
    self-consistency steps: the maximum is the same, reached in a few steps where those need thousands. It stops when
    the log-likelihood is provably within 1e-12 n of its maximum. Memory is n times the number of innermost intervals.
    Raises ValueError naming argument and position for empty input, unequal lengths or other values; RuntimeError where
    the method does not converge.
    Source: Turnbull, J R Stat Soc B 1976;38:290-5; Wang, J R Stat Soc B 2007;69:185-98.
    """
    lower, upper = _intervals(left, right)
    pairs, weight = np.unique(np.stack((lower, upper), axis=1), axis=0, return_counts=True)
    starts, ends = _innermost(pairs)
    exact = starts == ends
    after_left = np.where(exact, starts > pairs[:, :1], starts >= pairs[:, :1])
    member = after_left & (ends <= pairs[:, 1:]) | (exact & (pairs[:, :1] == starts) & (pairs[:, 1:] == ends))
    probability, log_likelihood, gap = _maximise(member.astype(np.float64), weight.astype(np.float64))
    kept = probability > NONE
    probability = probability[kept] / probability[kept].sum()
    survival = np.clip(1 - np.cumsum(probability), 0.0, 1.0)
    survival[-1] = 0.0
    arrays = (starts[kept], ends[kept], probability, survival)
    for array in arrays:
        array.flags.writeable = False
    return Turnbull(*arrays, log_likelihood=log_likelihood, gap=gap)


def _intervals(left: npt.ArrayLike, right: npt.ArrayLike) -> tuple[Floats, Floats]:
    lower, upper = checks.numbers(left, "left"), checks.numbers(right, "right")
    if lower.size != upper.size:
        raise ValueError(f"left has {lower.size} values and right has {upper.size}, expected equal lengths")
    if not lower.size:
        raise ValueError("left and right are empty, expected at least one observation")
    checks.refuse(~(np.isfinite(lower) & (lower >= 0)), lower, "left", "a finite number of 0 or more")
    checks.refuse(~(upper >= lower), upper, "right", "a number not below left (inf where the event was not seen)")
    return lower + 0.0, upper + 0.0


def _innermost(pairs: Floats) -> tuple[Floats, Floats]:
    """Turnbull's intervals: a left end followed at once by a right end, in the order of all ends.

    At one value an exact time opens first, then right ends close, then open left ends begin.
    """
    exact = pairs[:, 0] == pairs[:, 1]
    value = np.concatenate((pairs[:, 0], pairs[:, 1]))
    rank = np.concatenate((np.where(exact, 0, 2), np.ones(len(pairs))))
    order = np.lexsort((rank, value))
    value, opens = value[order], rank[order] != 1
    place = np.flatnonzero(opens[:-1] & ~opens[1:])
    return value[place], value[place + 1]


def _maximise(member: Floats, weight: Floats) -> tuple[Floats, float, float]:
    """Maximise sum of weight * log(member @ p) over p >= 0 with sum 1: p, the maximum, and a bound on what is missing.

    Each step solves the quadratic approximation by non-negative least squares and halves it until the likelihood rises.
    The bound is the largest gradient less the sum of weights (concavity).
    """
    total = weight.sum()
    root = np.sqrt(weight)
    p = np.full(member.shape[1], 1 / member.shape[1])
    fitted = member @ p
    log_likelihood = float(weight @ np.log(fitted))
    for _ in range(200):
        score = member / fitted[:, None]
        gap = float((weight @ score).max() - total)
        if gap <= GAP * total:
            return p, log_likelihood, max(gap, 0.0)
        system = np.vstack((root[:, None] * (score - 2), np.ones(p.size)))
        target = np.append(np.zeros(weight.size), 1.0)
        goal = nnls(system, target)[0]
        goal /= goal.sum()
        step = 1.0
        while step > 1e-12:
            trial = p + step * (goal - p)
            fitted_trial = member @ trial
            if fitted_trial.min() > 0:
                trial_log_likelihood = float(weight @ np.log(fitted_trial))
                if trial_log_likelihood >= log_likelihood - ROUNDING * abs(log_likelihood):
                    break
            step /= 2
        p, fitted, log_likelihood = trial, fitted_trial, trial_log_likelihood
    raise RuntimeError(f"turnbull: the likelihood is still {gap:.3g} from its maximum after 200 steps")
