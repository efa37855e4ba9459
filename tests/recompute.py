"""Every kind of result computed again, from nothing but the records that its where-clause selects.

No function here calls analysis.stats or analysis.tlf: estimates are written out from their definitions (SAP.md), exact
limits and models are scipy's and statsmodels'. So a value that agrees shows that the clause selects its records.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from statistics import mean, stdev
from typing import Any

import numpy as np
import polars as pl
from scipy import optimize, stats
from statsmodels.duration.hazard_regression import PHReg

from analysis.params import Params
from analysis.results import Result

Frames = Mapping[str, pl.DataFrame]
Number = float | int | None
Value = Number | str
Curve = list[tuple[float, float, float, float]]
"""Time, survival and its limits at each distinct time."""


class Selected:
    """A result with the records of its where-clause and of its denominator."""

    def __init__(self, result: Result, records: pl.DataFrame, whole: pl.DataFrame | None, params: Params) -> None:
        self.result, self.records, self.params = result, records, params
        self._whole = whole

    @property
    def whole(self) -> pl.DataFrame:
        assert self._whole is not None, "a share without a denominator"
        return self._whole

    @property
    def values(self) -> list[float]:
        """The result's variable, where it is known."""
        column = "AVAL" if self.result.method == "sum of AVAL" else self.result.variable
        return sorted(float(v) for v in self.records[column].drop_nulls().to_list())

    @property
    def pairs(self) -> list[tuple[float, bool]]:
        """Time and whether it is that of an event, of each record of ADTTE."""
        return [(t, c == 0) for t, c in self.records.select("AVAL", "CNSR").iter_rows()]

    @property
    def z(self) -> float:
        return float(stats.norm.ppf((1 + self.params.km.conf_level) / 2))


# Counts, shares and descriptive statistics


def patients(records: pl.DataFrame) -> int:
    return records["USUBJID"].n_unique()


def share(count: Callable[[pl.DataFrame], int], at: Selected) -> Number:
    whole = count(at.whole)
    assert set(at.records["USUBJID"]) <= set(at.whole["USUBJID"]), "somebody who is not of the denominator"
    return count(at.records) / whole if whole else None


def quantile(values: Sequence[float], p: float) -> Number:
    """Hyndman and Fan's type 2: the mean of two neighbours where n p is whole."""
    if not values:
        return None
    place = len(values) * p
    if place == int(place):
        return (values[int(place) - 1] + values[int(place)]) / 2
    return values[math.ceil(place) - 1]


DESCRIPTIVE: Mapping[str, Callable[[list[float]], Number]] = {
    "mean": lambda v: mean(v) if v else None,
    "sd": lambda v: stdev(v) if len(v) > 1 else None,
    "median": lambda v: quantile(v, 0.5),
    "q1": lambda v: quantile(v, 0.25),
    "q3": lambda v: quantile(v, 0.75),
    "min": lambda v: min(v) if v else None,
    "max": lambda v: max(v) if v else None,
}


def day(choose: Callable[[Sequence[Any]], Any], at: Selected) -> Value:
    found = at.records[at.result.variable].drop_nulls().to_list()
    return str(choose(found)) if found else None


def kappa(at: Selected) -> Number:
    """Cohen's kappa of the two responses of each record."""
    pairs = at.records.select("INVRESP", "ROVRLRSP").rows()
    if not pairs:
        return None
    agreed = sum(a == b for a, b in pairs) / len(pairs)
    chance = (
        sum(
            sum(a == level for a, _ in pairs) * sum(b == level for _, b in pairs)
            for level in {x for p in pairs for x in p}
        )
        / len(pairs) ** 2
    )
    return (agreed - chance) / (1 - chance) if chance < 1 else None


def binomial(method: str, at: Selected) -> Number:
    x, n = at.records.height, at.whole.height
    if n == 0:
        return None
    if at.result.stat_name == "rate":
        return x / n
    ends = stats.binomtest(x, n).proportion_ci(at.params.km.conf_level, method=method)
    return float(ends.low if at.result.stat_name.endswith("_lower") else ends.high)


# Time to event


def kaplan_meier(pairs: Sequence[tuple[float, bool]], conf_type: str, z: float) -> Curve:
    """The product-limit estimate with Greenwood's variance and limits of a kind, at each distinct time."""
    curve: Curve = []
    survival, total = 1.0, 0.0
    for time in sorted({t for t, _ in pairs}):
        at_risk = sum(t >= time for t, _ in pairs)
        died = sum(t == time and event for t, event in pairs)
        survival *= 1 - died / at_risk
        total += died / (at_risk * (at_risk - died)) if died < at_risk else math.inf
        curve.append((time, survival, *_limits(survival, math.sqrt(total), conf_type, z)))
    return curve


def _limits(s: float, error: float, conf_type: str, z: float) -> tuple[float, float]:
    if s == 0 or (s == 1 and conf_type == "log-log"):
        return math.nan, math.nan
    if conf_type == "plain":
        return max(0.0, s - z * s * error), min(1.0, s + z * s * error)
    if conf_type == "log":
        return s * math.exp(-z * error), min(1.0, s * math.exp(z * error))
    width = z * error / math.log(s)
    return s ** math.exp(-width), s ** math.exp(width)


def first_time(steps: Sequence[tuple[float, float]], level: float) -> Number:
    """The first time at or below a level; flat at it, the midpoint to the next drop."""
    known = [(t, s) for t, s in steps if not math.isnan(s)]
    for place, (time, s) in enumerate(known):
        if s < level - 1e-8:
            return time
        if s <= level + 1e-8:
            later = [t for t, below in steps[place + 1 :] if not math.isnan(below) and below < level - 1e-8]
            return (time + later[0]) / 2 if later else time
    return None


QUARTILES = {"q25": 0.75, "median": 0.5, "q75": 0.25}
_ENDS = re.compile(r"(?:pfs_|os_)?(?P<what>q25|median|q75|rate_(?P<months>[\d.]+)m)(?:_(?P<end>lower|upper))?")


def survival(conf_type: str, at: Selected, *, reverse: bool = False) -> Number:
    """A quartile or a rate at a landmark, or one of its limits."""
    pairs = [(t, event != reverse) for t, event in at.pairs]
    curve = kaplan_meier(pairs, conf_type, at.z)
    asked = _ENDS.fullmatch(at.result.stat_name)
    assert asked, at.result.stat_name
    column = {None: 1, "lower": 2, "upper": 3}[asked["end"]]
    if asked["months"] is None:
        return first_time([(step[0], step[column]) for step in curve], QUARTILES[asked["what"]])
    months = float(asked["months"])
    if not curve or months > curve[-1][0]:
        return None
    before = [step for step in curve if step[0] <= months]
    start = (0.0, 1.0, *_limits(1.0, 0.0, conf_type, at.z))
    value = (before[-1] if before else start)[column]
    return None if math.isnan(value) else value


def observed_time(at: Selected) -> Number:
    """The shortest or the longest time; of equal ones a censored one is the shorter of the two in print."""
    choose = min if at.result.stat_name == "minimum" else max
    time, event = choose(at.pairs, default=(None, True))
    if time is not None:
        assert at.result.stat_fmt.endswith("+") is not event
    return time


def logrank(at: Selected) -> Number:
    """The one-sample log-rank test against an exponential median."""
    assert at.params.design.null_median is not None
    observed = sum(event for _, event in at.pairs)
    expected = sum(t for t, _ in at.pairs) * math.log(2) / at.params.design.null_median
    if expected == 0:
        return {"logrank_observed": observed, "logrank_expected": expected}.get(at.result.stat_name)
    z = (observed - expected) / math.sqrt(expected)
    return {
        "logrank_observed": observed,
        "logrank_expected": expected,
        "logrank_z": z,
        "logrank_p": 2 * float(stats.norm.sf(abs(z))),
        "smr": observed / expected,
    }[at.result.stat_name]


def exponential(at: Selected) -> Number:
    events, total = sum(e for _, e in at.pairs), sum(t for t, _ in at.pairs)
    if not events:
        return None
    width = {"median": 0.0, "median_lower": -at.z, "median_upper": at.z}[at.result.stat_name] / math.sqrt(events)
    return math.log(2) * total / events * math.exp(width)


def weibull(at: Selected) -> Number:
    """Maximum likelihood by scipy's simplex, in the logarithms of median and shape; limits from the Hessian."""
    times = np.array([t for t, _ in at.pairs])
    events = np.array([e for _, e in at.pairs])

    def minus(parameters: Any) -> float:
        median, shape = np.exp(parameters)
        hazard = math.log(2) * (times / median) ** shape
        return float(hazard.sum() - np.log(shape * hazard[events] / times[events]).sum())

    found = optimize.minimize(minus, [math.log(10), 0.0], method="Nelder-Mead", tol=1e-13, options={"maxiter": 4000}).x
    step = 1e-4
    moves = [np.array(move) * step for move in ((1, 0), (0, 1))]
    hessian = [
        [(minus(found + a + b) - minus(found + a - b) - minus(found - a + b) + minus(found - a - b)) / (4 * step**2)
         for b in moves]
        for a in moves
    ]  # fmt: skip
    place = 0 if at.result.stat_name.startswith("median") else 1
    error = math.sqrt(np.linalg.inv(hessian)[place, place])
    width = {"lower": -at.z, "upper": at.z}.get(at.result.stat_name.rpartition("_")[2], 0.0)
    return math.exp(found[place] + width * error)


def turnbull(at: Selected) -> Number:
    """The end of the innermost interval by which half have had the event, by self-consistency steps."""
    intervals = [(a, math.inf if b is None else b) for a, b in at.records.select("LAVAL", "RAVAL").iter_rows()]
    # At one time: an exact time begins, then intervals end, then those begin that are open at the left.
    begins = [(a, -1 if a == b else 1) for a, b in intervals]
    ends = sorted({*begins, *((b, 0) for _, b in intervals)})
    inner = [((p, side), q) for (p, side), (q, end) in pairwise(ends) if side != 0 and end == 0]
    member = np.array(
        [[begin <= p and q <= b for p, q in inner] for begin, (_, b) in zip(begins, intervals, strict=True)]
    )
    weight = np.full(len(inner), 1 / len(inner))
    for _ in range(20_000):
        shares = member * weight
        weight = (shares / shares.sum(axis=1, keepdims=True)).mean(axis=0)
    place = int(np.flatnonzero(np.cumsum(weight) >= 0.5 - 1e-8)[0])
    (left, _), right = inner[place]
    if math.isinf(right):
        return None
    ends_of_it: tuple[float, float] = (left, right)
    return ends_of_it[at.result.stat_name != "median_from"]


def cox(at: Selected) -> Number:
    """Hazard ratio of a level, its limits or its p-value, by statsmodels with Efron's ties; univariate or all."""
    assert at.result.name
    model, key, what = at.result.name.split(".")
    levels: dict[str, list[str | int]] = {s.variable: [v.value for v in s.levels] for s in at.params.subgroups}
    variable, _, place = key.rpartition("_")
    chosen = [variable.upper()] if model == "cox_uni" else list(levels)
    data = at.records
    event = (data["CNSR"] == 0).to_numpy()
    columns = [(v, level) for v in chosen for level in levels[v][1:]]
    if any(not event[(data[v] == level).to_numpy()].any() for v in chosen for level in levels[v]):
        return None  # a level without events has no finite hazard ratio
    design = np.column_stack([(data[v] == level).to_numpy() for v, level in columns]).astype(float)
    fit = PHReg(data["AVAL"].to_numpy(), design, status=event.astype(int), ties="efron").fit(disp=0)
    at_level = columns.index((variable.upper(), levels[variable.upper()][int(place) - 1]))
    beta, error = float(fit.params[at_level]), float(fit.bse[at_level])
    if what == "p":
        return 2 * float(stats.norm.sf(abs(beta) / error))
    return math.exp(beta + {"hr": 0.0, "hr_lower": -at.z, "hr_upper": at.z}[what] * error)


def incidence(at: Selected) -> Number:
    """Patients with an event over their time at risk; the denominator's records of ADSL have the period."""
    first = {
        usubjid: min(max(1, 1 if d is None else d) for d in days)
        for usubjid, days in at.records.group_by("USUBJID").agg("ASTDY").iter_rows()
    }
    days = 0
    for usubjid, start, end in at.whole.select("USUBJID", "TRTSDT", "TEENDT").iter_rows():
        days += first.get(usubjid, (end - start).days + 1)
    years, events = days / 365.25, len(first)
    if at.result.stat_name == "patient_years":
        return years
    if not years:
        return None
    tail = (1 - at.params.km.conf_level) / 2
    count = {
        "rate": float(events),
        "rate_lower": stats.chi2.ppf(tail, 2 * events) / 2 if events else 0.0,
        "rate_upper": stats.chi2.ppf(1 - tail, 2 * events + 2) / 2,
    }[at.result.stat_name]
    return float(count) / years * 100


METHODS: Sequence[tuple[str, Callable[[Selected], Value]]] = (
    ("count", lambda at: at.records.height),
    ("number of records", lambda at: at.records.height),
    ("number of patients", lambda at: patients(at.records)),
    ("number of values|n", lambda at: len(at.values)),
    ("proportion", lambda at: share(len, at)),
    ("proportion of patients", lambda at: share(patients, at)),
    ("descriptive statistic", lambda at: DESCRIPTIVE[at.result.stat_name](at.values)),
    ("median|minimum|maximum", lambda at: DESCRIPTIVE[str(at.result.method)[:3].replace("med", "median")](at.values)),
    ("sum of AVAL", lambda at: sum(at.values)),
    ("earliest date", lambda at: day(min, at)),
    ("latest date", lambda at: day(max, at)),
    ("as recorded", lambda at: at.records.select(at.result.variable).item()),
    ("Cohen's kappa, unweighted", kappa),
    (r"Clopper-Pearson, .*", lambda at: binomial("exact", at)),
    (r"Wilson, .*", lambda at: binomial("wilson", at)),
    (r"Kaplan-Meier, log-log .*", lambda at: survival("log-log", at)),
    (r"Kaplan-Meier, log .*", lambda at: survival("log", at)),
    (r"Kaplan-Meier, plain .*", lambda at: survival("plain", at)),
    (r"reverse Kaplan-Meier, .*", lambda at: survival(at.params.km.conf_type, at, reverse=True)),
    (r"observed time; \+ censored", observed_time),
    (r"one-sample log-rank .*", logrank),
    (r"exponential, maximum likelihood.*", exponential),
    (r"Weibull, maximum likelihood.*", weibull),
    (r"Turnbull, .*", turnbull),
    (r"Cox model, .*", cox),
    (r"patients with an event over the sum of days .*", incidence),
)
"""Pattern of a result's method -> the value from the records selected."""

WITHOUT_RECORDS = r"log-hazard formula|exponential times, uniform accrual|simulation of .*"
"""Of the design alone: no record is behind them, and their where-clause says so. tests/stats/test_design.py and
test_simulation.py check the numbers."""

ELSEWHERE = r"score test of proportional hazards.*"
"""Checked against R in tests/stats/test_cox.py; here that its records are those of the Cox model beside it."""

_TOLERANCE = {"Weibull": 1e-6, "Cox model": 1e-6}
"""Relative, by the beginning of the method: of what is found by iteration. All else agrees to the stored digits."""


def recomputed(result: Result, frames: Frames, params: Params, selected: dict[tuple[str, str], pl.DataFrame]) -> str:
    """What is wrong with a result, or "" where its records give its value. `selected` keeps what was selected."""

    def records(dataset: str, where: str) -> pl.DataFrame:
        if (dataset, where) not in selected:
            selected[dataset, where] = frames[dataset].filter(pl.sql_expr(where))
        return selected[dataset, where]

    own = records(result.dataset, result.where)
    whole = None
    if result.denominator_dataset is not None and result.denominator_where is not None:
        whole = records(result.denominator_dataset, result.denominator_where)
    method = str(result.method)
    if re.fullmatch(WITHOUT_RECORDS, method):
        return "" if own.is_empty() else "records behind a number of the design"
    if re.fullmatch(ELSEWHERE, method):
        return "" if (own["PARAMCD"] == "PFS").all() and not own.is_empty() else "not the records of a model of PFS"
    compute = next((how for pattern, how in METHODS if re.fullmatch(pattern, method)), None)
    if compute is None:
        return f"no way to compute it again: {method}"
    value = compute(Selected(result, own, whole, params))
    tolerance = next((t for start, t in _TOLERANCE.items() if method.startswith(start)), 1e-10)
    if isinstance(value, int | float) and isinstance(result.stat, int | float):
        same = math.isclose(value, result.stat, rel_tol=tolerance, abs_tol=1e-11)
    else:
        same = value == result.stat
    return "" if same else f"is {result.stat!r}, from its records {value!r}"
