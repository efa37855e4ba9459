"""The shape of an estimate with its limits."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """A value with its confidence limits and standard error, in the unit of the value; nan where there is none."""

    value: float
    ci_lower: float
    ci_upper: float
    std_err: float
