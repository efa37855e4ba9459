"""The registered design by simulation: trials of one arm, analysed as the design says.

Trials are drawn in batches. Every batch has random numbers of its own and its tally is whole numbers and sums, so that
batches may be computed in any order and anywhere: the same batches always add up to the same tally.
"""

import math
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from analysis.stats import checks
from analysis.stats.checks import Floats
from analysis.stats.design import critical_value
from analysis.stats.survival import AT_LEVEL, CONF_TYPES, confidence_limits

BATCH = 1_000  # trials; part of what a seed means

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Plan:
    """A one-arm trial and its analysis; times in one unit.

    Entry is uniform over `accrual` (above 0) and the analysis `follow_up` (0 or more) after its end; patients are lost
    to follow-up with the constant hazard `dropout` (0 or more). The test is the one-sample log-rank test against
    `null_median` with `alpha` and 1 (benefit only) or 2 `sides`. With `scan_interval` progression is seen only at scans
    that far apart, counted from each patient's entry. `conf_type` and `conf_level` belong to the Kaplan-Meier median.
    Raises ValueError naming the argument.
    """

    n: int
    null_median: float
    accrual: float
    follow_up: float
    alpha: float = 0.05
    sides: int = 2
    scan_interval: float | None = None
    conf_type: str = "log-log"
    conf_level: float = 0.95
    dropout: float = 0.0

    def __post_init__(self) -> None:
        checks.count(self.n, "n", least=1)
        checks.positive(self.null_median, "null_median")
        checks.positive(self.accrual, "accrual")
        checks.not_negative(self.follow_up, "follow_up")
        checks.not_negative(self.dropout, "dropout")
        critical_value(self.alpha, self.sides)  # checks both
        if self.scan_interval is not None:
            checks.positive(self.scan_interval, "scan_interval")
        checks.one_of(self.conf_type, "conf_type", CONF_TYPES)
        checks.share(self.conf_level, "conf_level")


@dataclass(frozen=True)
class Tally:
    """What was counted over `trials`; tallies add.

    Trials that reject with fewer events than expected (`benefit`) and with more (`harm`), with the variance E of the
    registered test and (O + E) / 2 (`_wu`); trials whose median's lower limit is above the null (`limit_above`);
    trials whose median was reached; and the sums of events, of expected events and of the medians that were reached,
    and of their squares.
    """

    trials: int = 0
    benefit: int = 0
    harm: int = 0
    benefit_wu: int = 0
    harm_wu: int = 0
    limit_above: int = 0
    medians: int = 0
    events: int = 0
    expected_sum: float = 0.0
    median_sum: float = 0.0
    events_squares: int = 0
    expected_squares: float = 0.0
    median_squares: float = 0.0

    def __add__(self, other: Self) -> "Tally":
        return Tally(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True)
class Batch:
    """Some trials of a plan under the truth of an exponential time with `median`.

    Its random numbers depend on `seed`, `stream` and `index` alone: one stream for each truth makes the truths
    independent, and plans that differ only in their analysis see the same patients.
    """

    plan: Plan
    median: float
    trials: int
    seed: int
    stream: int
    index: int

    def tally(self) -> Tally:
        """Draw the trials and analyse them."""
        rng = np.random.Generator(
            np.random.PCG64(np.random.SeedSequence(self.seed, spawn_key=(self.stream, self.index)))
        )
        time, event = draw(self.plan, self.median, self.trials, rng)
        return analyse(self.plan, time, event)


def batches(plan: Plan, median: float, *, trials: int, seed: int, stream: int = 0) -> Iterator[Batch]:
    """The batches that make `trials` (1 or more) trials; `median` above 0, `seed` and `stream` whole numbers from 0.

    Raises ValueError naming the argument.
    """
    total = checks.count(trials, "trials", least=1)
    true = checks.positive(median, "median")
    seed, stream = checks.count(seed, "seed"), checks.count(stream, "stream")
    for index, start in enumerate(range(0, total, BATCH)):
        yield Batch(plan, true, min(BATCH, total - start), seed, stream, index)


def draw(plan: Plan, median: float, trials: int, rng: np.random.Generator) -> tuple[Floats, Flags]:
    """Times and events of `trials` trials: a row each, a column for each patient, events before censored times at ties.

    The entry times of all patients are drawn first, then their times to the event, then those to a loss to follow-up.
    """
    shape = (trials, plan.n)
    potential = plan.accrual + plan.follow_up - rng.uniform(0, plan.accrual, shape)
    to_event = rng.exponential(median / math.log(2), shape)
    if plan.dropout:
        potential = np.minimum(potential, rng.exponential(1 / plan.dropout, shape))
    if (
        plan.scan_interval is not None
    ):  # seen at the next scan, if that is made; otherwise censored at the last one made
        to_event = np.ceil(to_event / plan.scan_interval) * plan.scan_interval
        potential = np.floor(potential / plan.scan_interval) * plan.scan_interval
    return np.minimum(to_event, potential), to_event <= potential


def analyse(plan: Plan, time: Floats, event: Flags) -> Tally:
    """Analyse trials, a row each: the test in both forms, and the Kaplan-Meier median with its lower limit."""
    observed = event.sum(axis=1)
    expected = time.sum(axis=1) * (math.log(2) / plan.null_median)
    critical = critical_value(plan.alpha, plan.sides)
    excess = observed - expected
    bound = critical * np.sqrt(expected)  # |z| beyond the critical value, without dividing by an expectation of 0
    bound_wu = critical * np.sqrt((observed + expected) / 2)
    harm = plan.sides == 2
    median, lower = medians(time, event, conf_type=plan.conf_type, conf_level=plan.conf_level)
    reached = np.isfinite(median)
    return Tally(
        trials=len(time),
        benefit=int((excess < -bound).sum()),
        harm=int((excess > bound).sum()) if harm else 0,
        benefit_wu=int((excess < -bound_wu).sum()),
        harm_wu=int((excess > bound_wu).sum()) if harm else 0,
        limit_above=int(((lower > plan.null_median) & (time.max(axis=1) > plan.null_median)).sum()),
        medians=int(reached.sum()),
        events=int(observed.sum()),
        expected_sum=float(expected.sum()),
        median_sum=float(median[reached].sum()),
        events_squares=int((observed**2).sum()),
        expected_squares=float((expected**2).sum()),
        median_squares=float((median[reached] ** 2).sum()),
    )


def medians(
    time: Floats, event: Flags, *, conf_type: str = "log-log", conf_level: float = 0.95
) -> tuple[Floats, Floats]:
    """The Kaplan-Meier median of each row and its lower limit, as `survival.kaplan_meier` gives them for one.

    Infinity where the row's curve never comes down to 1/2: the value is then beyond the last time. Patients leave one
    by one, those with an event first at ties; products and Greenwood's sums are then the same as by distinct times.
    """
    keys = time.view(np.uint64) << np.uint64(1) | ~event  # as in `survival`: bits of floats of 0 or more are in order
    keys.sort(axis=1)
    time, event = (keys >> np.uint64(1)).view(np.float64), keys & np.uint64(1) == 0
    n_risk = np.arange(time.shape[1], 0, -1)
    survival: Floats = np.cumprod(np.where(event, (n_risk - 1) / n_risk, 1.0), axis=1, dtype=np.float64)
    with np.errstate(divide="ignore"):  # the last patient's event takes survival to 0
        variance = np.cumsum(np.where(event, 1 / (n_risk * (n_risk - 1.0)), 0.0), axis=1)
    (lower,) = confidence_limits(survival, np.sqrt(variance), conf_type, conf_level, signs=(-1,))
    return _crossing(time, survival), _crossing(time, lower)


def _crossing(time: Floats, curve: Floats) -> Floats:
    """`survival._crossing` of each row at the level 1/2, but infinity where the curve never comes down to it."""
    rows = np.arange(len(time))
    reached = curve <= 0.5 + AT_LEVEL  # nan is never below
    first = reached.argmax(axis=1)
    below = curve < 0.5 - AT_LEVEL
    below &= np.arange(time.shape[1]) >= first[:, None]
    drop = np.where(below.any(axis=1), below.argmax(axis=1), first)  # itself, where the curve is not at the level
    middle = (time[rows, first] + time[rows, drop]) / 2
    return np.where(reached.any(axis=1), middle, np.inf)
