"""The shape of an estimate with its limits."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """A value with its confidence limits and standard error, in the unit of the value; nan where there is none."""

    value: float
    ci_lower: float
    ci_upper: float
    std_err: float


NOT_ESTIMABLE = Estimate(math.nan, math.nan, math.nan, math.nan)
