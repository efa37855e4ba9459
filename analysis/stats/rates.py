"""Incidence rates with exact limits."""

import math

from scipy.special import chdtri

from analysis.stats import checks
from analysis.stats.estimate import Estimate


def incidence_rate(events: int, exposure: float, *, conf_level: float = 0.95) -> Estimate:
    """Events per unit of exposure, with exact Poisson (Garwood) limits.

    `events`: a whole number of 0 or more; `exposure`: time at risk, above 0, in the unit the rate is wanted per;
    `conf_level`: between 0 and 1, exclusive. The lower limit is 0 where there is no event. `std_err` is
    sqrt(events) / exposure. Raises ValueError naming the argument.
    Source: Garwood, Biometrika 1936;28:437-42; R, `poisson.test(events, exposure)`.
    """
    number = checks.count(events, "events")
    time = checks.positive(exposure, "exposure")
    tail = (1 - checks.share(conf_level, "conf_level")) / 2
    # chdtri takes the upper tail; chi-square limits halved are Poisson limits
    lower = float(chdtri(2 * number, 1 - tail)) / 2 if number else 0.0
    upper = float(chdtri(2 * number + 2, tail)) / 2
    return Estimate(number / time, lower / time, upper / time, math.sqrt(number) / time)
