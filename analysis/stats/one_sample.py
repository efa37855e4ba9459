"""The one-sample log-rank test of observed survival against an exponential null."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from analysis.stats import checks


@dataclass(frozen=True)
class OneSampleLogrank:
    """Observed and expected events, and the test in two forms; a negative z means fewer events than the null expects.

    `z` is (O - E) / sqrt(E); `z_wu` divides by the square root of (O + E) / 2 instead. p-values are two-sided. `smr`
    is O / E. All but the counts are nan where no event is expected (no follow-up).
    """

    observed: int
    expected: float
    z: float
    p_value: float
    z_wu: float
    p_value_wu: float
    smr: float


def one_sample_logrank(time: npt.ArrayLike, event: npt.ArrayLike, *, null_median: float) -> OneSampleLogrank:
    """Test whether survival is exponential with median `null_median`.

    `time`: n times, finite and 0 or more; `event`: n of 0 or 1; `null_median`: above 0, in the unit of `time`. The
    expected events are the sum of the times multiplied by ln 2 / null_median. Raises ValueError naming argument and
    position.
    Source: Breslow, Appl Stat 1975;24:46-54; Wu, Pharm Stat 2014;13:401-7 (the variance (O + E) / 2).
    """
    times, events = checks.times_and_events(time, event)
    null_median = checks.positive(null_median, "null_median")
    observed = int(np.count_nonzero(events))
    expected = float(times.sum()) * math.log(2) / null_median
    if expected == 0:
        return OneSampleLogrank(observed, expected, math.nan, math.nan, math.nan, math.nan, math.nan)
    z = (observed - expected) / math.sqrt(expected)
    z_wu = (observed - expected) / math.sqrt((observed + expected) / 2)
    return OneSampleLogrank(
        observed=observed,
        expected=expected,
        z=z,
        p_value=_two_sided(z),
        z_wu=z_wu,
        p_value_wu=_two_sided(z_wu),
        smr=observed / expected,
    )


def _two_sided(z: float) -> float:
    return 2 * float(ndtr(-abs(z)))
