"""The second route's estimates: curves and standard errors from statsmodels, and the plan's quantile rule anew."""

import math
from collections.abc import Sequence

import pandas as pd
from scipy.stats import norm
from statsmodels.duration.survfunc import SurvfuncRight
from statsmodels.stats.proportion import proportion_confint

from analysis.params import Km

QUARTILES = (("q25", 0.25), ("median", 0.5), ("q75", 0.75))

FLAT = 1e-8
"""How near to a level a curve counts as flat exactly at it."""


def curve(time: pd.Series, event: pd.Series, km: Km) -> pd.DataFrame:
    """statsmodels' Kaplan-Meier curve at its event times, with limits by the plan's transform."""
    values, happened = time.to_numpy(), event.to_numpy()
    if not happened.any():
        return pd.DataFrame(columns=["time", "s", "lower", "upper"], dtype=float)
    fit = SurvfuncRight(values, happened)
    z = float(norm.ppf(0.5 + km.conf_level / 2))
    rows = [
        (float(t), float(s), *limits(float(s), float(se), z, km.conf_type))
        for t, s, se in zip(fit.surv_times, fit.surv_prob, fit.surv_prob_se, strict=True)
    ]
    return pd.DataFrame(rows, columns=["time", "s", "lower", "upper"])


def limits(s: float, se: float, z: float, conf_type: str) -> tuple[float, float]:
    """Confidence limits of a survival below 1; not estimable at 0."""
    if s <= 1e-12:
        return math.nan, math.nan
    if conf_type == "plain":
        return max(0.0, s - z * se), min(1.0, s + z * se)
    if conf_type == "log":
        return s * math.exp(-z * se / s), min(1.0, s * math.exp(z * se / s))
    half = z * se / (s * abs(math.log(s)))
    return s ** math.exp(half), s ** math.exp(-half)


def first_at_or_below(points: pd.DataFrame, name: str, level: float) -> float:
    """First time a curve is at or below a level; flat exactly at it, the midpoint to its next drop, if it drops."""
    for place, value in enumerate(points[name]):
        if math.isnan(value) or value > level + FLAT:
            continue
        time = float(points["time"].iloc[place])
        if value >= level - FLAT:
            after = points.iloc[place + 1 :]
            drops = after[after[name] < level - FLAT]
            return (time + float(drops["time"].iloc[0])) / 2 if len(drops) else time
        return time
    return math.nan


def quantile(points: pd.DataFrame, share: float, name: str) -> dict[str, float]:
    """The time by which a share has had the event, with its limits, as three named values."""
    return {
        f"{name}{suffix}": first_at_or_below(points, column, 1 - share)
        for suffix, column in (("", "s"), ("_lower", "lower"), ("_upper", "upper"))
    }


def rates(points: pd.DataFrame, time: pd.Series, months: Sequence[float], km: Km, prefix: str) -> dict[str, float]:
    """Event-free shares at landmarks with their limits, and the numbers at risk; not estimable beyond the last time."""
    values: dict[str, float] = {}
    for month in months:
        key = f"{prefix}.rate_{month:g}m"
        names = (key, f"{key}_lower", f"{key}_upper")
        before = points[points["time"] <= month]
        if not (time >= month).any():
            values |= dict.fromkeys(names, math.nan)
        elif len(before):
            last = before.iloc[-1]
            values |= dict(zip(names, (last["s"], last["lower"], last["upper"]), strict=True))
        else:
            edge = math.nan if km.conf_type == "log-log" else 1.0
            values |= dict(zip(names, (1.0, edge, edge), strict=True))
        values[f"{prefix}.at_risk_{month:g}m"] = int((time >= month).sum())
    return values


def logrank(time: pd.Series, observed: int, null_median: float) -> dict[str, float]:
    """Observed against the expected events of an exponential with the null median."""
    expected = float(sum(time)) * math.log(2) / null_median
    z = (observed - expected) / math.sqrt(expected)
    return {
        "pfs.logrank_observed": observed,
        "pfs.logrank_expected": expected,
        "pfs.logrank_z": z,
        "pfs.logrank_p": math.erfc(abs(z) / math.sqrt(2)),
        "pfs.smr": observed / expected,
    }


def description(time: pd.Series, prefix: str) -> dict[str, float]:
    """Number, range and quartiles of times that all ended with the event; the quartiles by the rule of the curve."""
    points = curve(time, pd.Series(1, index=time.index), Km())
    values = {f"{prefix}.n": len(time), f"{prefix}.minimum": float(time.min()), f"{prefix}.maximum": float(time.max())}
    return values | {f"{prefix}.{name}": first_at_or_below(points, "s", 1 - share) for name, share in QUARTILES}


def rate(yes: int, n: int, conf_level: float, prefix: str) -> dict[str, float]:
    """A share of patients with its exact limits, and Wilson's beside them; not estimable without patients."""
    values: dict[str, float] = {f"{prefix}.n": n, f"{prefix}.responders": yes}
    values[f"{prefix}.rate"] = yes / n if n else math.nan
    for name, method in (("rate", "beta"), ("wilson", "wilson")):
        limits = proportion_confint(yes, n, alpha=1 - conf_level, method=method) if n else (math.nan, math.nan)
        values |= {f"{prefix}.{name}_lower": float(limits[0]), f"{prefix}.{name}_upper": float(limits[1])}
    return values
