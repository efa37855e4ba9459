"""Confidence intervals of one proportion."""

import math
from collections.abc import Callable

from scipy.optimize import brentq
from scipy.special import betainc, betaincc, betainccinv, betaincinv, ndtri

from analysis.stats import checks
from analysis.stats.estimate import Estimate


def proportion_ci(x: int, n: int, *, method: str = "clopper-pearson", conf_level: float = 0.95) -> Estimate:
    """The share x / n with two-sided limits.

    `x`: number with the feature, 0 to n; `n`: number of subjects, at least 1; `conf_level`: between 0 and 1, exclusive.
    `method` is one of

    - `clopper-pearson`: exact (R, `binom.test`; Biometrika 1934;26:404-13);
    - `wilson`: score, without continuity correction (R, `prop.test(correct = FALSE)`; Wilson, J Am Stat Assoc
      1927;22:209-12);
    - `mid-p`: exact with half the probability of x itself (Berry and Armitage, Statistician 1995;44:417-23);
    - `jeffreys`: quantiles of Beta(x + 1/2, n - x + 1/2), with 0 at x = 0 and 1 at x = n (Brown, Cai and DasGupta,
      Stat Sci 2001;16:101-33).

    `std_err` is sqrt(p (1 - p) / n), for information: no interval here uses it. Raises ValueError naming the argument.
    """
    subjects = checks.count(n, "n", least=1)
    events = checks.count(x, "x")
    if events > subjects:
        raise ValueError(f"x is {x!r}, expected at most n, which is {n!r}")
    checks.one_of(method, "method", tuple(_METHODS))
    tail = (1 - checks.share(conf_level, "conf_level")) / 2
    lower, upper = _METHODS[method](events, subjects, tail)
    p = events / subjects
    return Estimate(
        value=p,
        ci_lower=0.0 if events == 0 else lower,
        ci_upper=1.0 if events == subjects else upper,
        std_err=math.sqrt(p * (1 - p) / subjects),
    )


def _clopper_pearson(x: int, n: int, tail: float) -> tuple[float, float]:
    lower = float(betaincinv(x, n - x + 1, tail)) if x else 0.0
    upper = float(betainccinv(x + 1, n - x, tail)) if x < n else 1.0
    return lower, upper


def _wilson(x: int, n: int, tail: float) -> tuple[float, float]:
    z2 = float(ndtri(tail)) ** 2
    centre = (x + z2 / 2) / (n + z2)
    half_width = math.sqrt(z2 * (x * (n - x) / n + z2 / 4)) / (n + z2)
    return centre - half_width, centre + half_width


def _mid_p(x: int, n: int, tail: float) -> tuple[float, float]:
    def at_or_above(p: float) -> float:  # P(X > x) + P(X = x) / 2
        return float(betainc(x, n - x + 1, p) + (betainc(x + 1, n - x, p) if x < n else 0.0)) / 2

    def at_or_below(p: float) -> float:  # P(X < x) + P(X = x) / 2
        return float(betaincc(x + 1, n - x, p) + (betaincc(x, n - x + 1, p) if x else 0.0)) / 2

    return (_root(at_or_above, tail) if x else 0.0), (_root(at_or_below, tail) if x < n else 1.0)


def _root(probability: Callable[[float], float], tail: float) -> float:
    return float(brentq(lambda p: probability(p) - tail, 0.0, 1.0, xtol=1e-15, rtol=1e-14))


def _jeffreys(x: int, n: int, tail: float) -> tuple[float, float]:
    return float(betaincinv(x + 0.5, n - x + 0.5, tail)), float(betainccinv(x + 0.5, n - x + 0.5, tail))


_METHODS: dict[str, Callable[[int, int, float], tuple[float, float]]] = {
    "clopper-pearson": _clopper_pearson,
    "wilson": _wilson,
    "mid-p": _mid_p,
    "jeffreys": _jeffreys,
}
