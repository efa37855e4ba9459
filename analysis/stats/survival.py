"""Kaplan-Meier estimates: the curve, quantiles, landmarks and restricted mean.

Numbers equal R's `survival::survfit` (3.5-3), with the analysis plan's rules where R leaves a choice:

- Quantiles and their limits follow the rule that `print(survfit)` uses for the median, for every quantile.
  (`quantile.survfit` differs where a limit's curve rises again or stays at the level to the end.)
- Beyond the last time nothing is estimated; R carries the last value forward.
- Where the curve is 1, log-log limits are nan; R's `summary` shows [1, 1] before the first time.

Source: Kaplan and Meier, J Am Stat Assoc 1958;53:457-81; Greenwood 1926 (variance); Brookmeyer and Crowley,
Biometrics 1982;38:29-41 (limits of quantiles); Schemper and Smith, Control Clin Trials 1996;17:343-6 (reverse).
"""

import math
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from analysis.stats import checks
from analysis.stats.checks import Flags, Floats, Integers
from analysis.stats.estimate import Estimate

CONF_TYPES = ("log-log", "log", "plain")
TIMEFIX = math.sqrt(np.finfo(np.float64).eps)  # R's survfit merges times closer than this
AT_LEVEL = 1e-8  # a curve this close to a quantile's level is at it


@dataclass(frozen=True)
class Landmark:
    """The curve at one time; everything but `time` and `n_risk` is nan where it is not estimable."""

    time: float
    n_risk: int
    survival: float
    std_err: float
    ci_lower: float
    ci_upper: float


@dataclass(frozen=True, eq=False)
class KaplanMeier:
    """A Kaplan-Meier curve; the arrays run over the distinct times, ascending, and are read-only.

    `n_risk` counts those at risk just before each time, `n_event` and `n_censor` those who leave at it. `std_err` is
    Greenwood's standard error of the survival. Where survival is 1, log-log limits are nan (log and plain: [1, 1]);
    where it is 0, standard error and limits are nan.
    """

    time: Floats
    n_risk: Integers
    n_event: Integers
    n_censor: Integers
    survival: Floats
    std_err: Floats
    ci_lower: Floats
    ci_upper: Floats
    conf_type: str
    conf_level: float
    _tied_until: Floats  # the largest observed time that was merged into each distinct time

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def quantile(self, p: float) -> Estimate:
        """The time by which a share `p` (between 0 and 1, exclusive) has had the event, in the unit of `time`.

        The first time at which the curve is at or below 1 - p. Where the curve stays at that level (within 1e-8), the
        midpoint between that time and the next drop, if it drops. The limits are the same on the limits' curves. nan
        where the level is not reached; `std_err` is nan. Raises ValueError for another `p`.
        Source: R, `survival:::survmean` (the median of `print(survfit)`).
        """
        level = 1 - checks.share(p, "p")
        return Estimate(
            value=_crossing(self.time, self.survival, level),
            ci_lower=_crossing(self.time, self.ci_lower, level),
            ci_upper=_crossing(self.time, self.ci_upper, level),
            std_err=math.nan,
        )

    @property
    def median(self) -> Estimate:
        """The time by which half have had the event: `quantile(0.5)`."""
        return self.quantile(0.5)

    def at(self, times: npt.ArrayLike) -> list[Landmark]:
        """The curve at each of `times` (finite, 0 or more, any order), in that order.

        `n_risk` counts those whose time is not before the asked one. After the last observed time nothing is
        estimable: nan, with `n_risk` 0. Raises ValueError naming a bad position.
        Source: R, `summary(survfit, times =)`, which carries the last value forward instead.
        """
        asked = checks.numbers(np.atleast_1d(times), "times")
        checks.refuse(~(np.isfinite(asked) & (asked >= 0)), asked, "times", "a finite number of 0 or more")
        limit = math.nan if self.conf_type == "log-log" else 1.0  # where the curve is still 1
        curve = np.vstack(
            ([1.0, 0.0, limit, limit], np.stack((self.survival, self.std_err, self.ci_lower, self.ci_upper), axis=1))
        )
        reached = np.searchsorted(self.time, asked, side="right")
        ahead = np.searchsorted(self._tied_until, asked, side="left")
        n_risk = np.append(self.n_risk, 0)[ahead]
        values = np.where((ahead < self.time.size)[:, None], curve[reached], math.nan)
        return [
            Landmark(t, n, *row) for t, n, row in zip(asked.tolist(), n_risk.tolist(), values.tolist(), strict=True)
        ]

    def rmst(self, tau: float) -> Estimate:
        """The restricted mean survival time: the area under the curve from 0 to `tau`, in the unit of `time`.

        Its standard error is Greenwood's (without the factor m / (m - 1) of SAS) and its limits are normal, at the
        curve's level, not cut at 0 or `tau`. Beyond the last observed time nothing is estimable: all nan, as in `at`
        (R carries the curve forward, survRM2 refuses). Raises ValueError where `tau` is not a finite number above 0.
        Source: R, `print(survfit, rmean = tau)`; Klein and Moeschberger, Survival Analysis, 2003, section 4.5.
        """
        tau = checks.positive(tau, "tau")
        if tau > self._tied_until[-1]:
            return Estimate(math.nan, math.nan, math.nan, math.nan)
        keep = int(np.searchsorted(self.time, tau, side="right"))
        grid = np.concatenate(([0.0], self.time[:keep], [tau]))
        areas = np.diff(grid) * np.concatenate(([1.0], self.survival[:keep]))
        area_after = np.cumsum(areas[::-1])[::-1][1:]  # from each time to tau
        at_risk, events = self.n_risk[:keep], self.n_event[:keep]
        left = np.where(at_risk > events, at_risk - events, 1)
        hazard_variance = np.where(at_risk > events, events / (at_risk * left), 0.0)
        mean = float(areas.sum())
        std_err = math.sqrt(float((hazard_variance * area_after**2).sum()))
        half_width = float(ndtri((1 + self.conf_level) / 2)) * std_err
        return Estimate(mean, mean - half_width, mean + half_width, std_err)


def kaplan_meier(
    time: npt.ArrayLike, event: npt.ArrayLike, *, conf_type: str = "log-log", conf_level: float = 0.95
) -> KaplanMeier:
    """Estimate survival from right-censored times.

    `time`: n times in one unit, finite and 0 or more. `event`: n of 0 or False (censored), 1 or True (event). A time
    censored at the time of an event counts as at risk for it. Times that differ by less than about 1.5e-8, absolutely
    or relative to their mean, are one time (R's `timefix`). `conf_type`: log-log, log or plain limits, pointwise, at
    `conf_level` (between 0 and 1, exclusive); log and plain limits are cut to [0, 1].
    Raises ValueError naming argument and position for empty input, unequal lengths, or a value outside these.
    Source: R, `survival::survfit(Surv(time, event) ~ 1, conf.type =, conf.int =)`.
    """
    times, events = checks.times_and_events(time, event)
    checks.one_of(conf_type, "conf_type", CONF_TYPES)
    level = checks.share(conf_level, "conf_level")
    ordered, happened = _by_time(times, events)
    first = _distinct(ordered)
    leaving = np.diff(first, append=times.size)
    n_event = np.add.reduceat(happened, first)
    n_risk = times.size - first
    n_left = n_risk - n_event
    survival: Floats = np.cumprod(n_left / n_risk, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):  # the last event may take survival to 0
        std_err_log = np.sqrt(np.cumsum(n_event / (n_risk * n_left)))
        std_err: Floats = survival * std_err_log
    ci_lower, ci_upper = confidence_limits(survival, std_err_log, conf_type, level)
    return KaplanMeier(
        time=ordered[first],
        n_risk=n_risk,
        n_event=n_event,
        n_censor=leaving - n_event,
        survival=survival,
        std_err=std_err,
        ci_lower=ci_lower,
        ci_upper=ci_upper,
        conf_type=conf_type,
        conf_level=level,
        _tied_until=ordered[first + leaving - 1],
    )


def reverse_kaplan_meier(
    time: npt.ArrayLike, event: npt.ArrayLike, *, conf_type: str = "log-log", conf_level: float = 0.95
) -> KaplanMeier:
    """Estimate follow-up time: a Kaplan-Meier curve in which being censored is the event and an event censors.

    Arguments and errors as in `kaplan_meier`; `event` is the event itself, not its complement.
    Source: Schemper and Smith 1996; R, `survfit(Surv(time, 1 - event) ~ 1)`.
    """
    times, events = checks.times_and_events(time, event)
    return kaplan_meier(times, ~events, conf_type=conf_type, conf_level=conf_level)


def _by_time(times: Floats, events: Flags) -> tuple[Floats, Integers]:
    """Times in order, and 1 or 0 for each: whether it ended in an event.

    The bits of floats of 0 or more are whole numbers in the same order, and the first is 0: moved along by one, they
    leave room for the event, and plain numbers sort several times faster than places of numbers do.
    """
    keys = times.view(np.uint64) << np.uint64(1)
    keys |= events
    keys.sort()
    return (keys >> np.uint64(1)).view(np.float64), (keys & np.uint64(1)).view(np.int64)


def _distinct(ordered: Floats) -> Integers:
    """Where each distinct time begins among times in order; near-ties are one time, the earliest of them.

    R, `survival:::aeqSurv`: neighbours are tied where they differ by at most the tolerance, absolutely or relative to
    the mean of the unique times.
    """
    gap = np.diff(ordered)
    mean = ordered[np.concatenate(([True], gap > 0))].mean()
    return np.concatenate(([0], np.flatnonzero(gap > TIMEFIX * max(1.0, float(mean))) + 1))


def confidence_limits(
    survival: Floats, std_err_log: Floats, conf_type: str, conf_level: float, signs: tuple[int, ...] = (-1, 1)
) -> tuple[Floats, ...]:
    """The lower (-1) and the upper (1) limit from survival and the standard error of its logarithm.

    Source: R, `survfit_confint`.
    """
    width = ndtri((1 + conf_level) / 2) * std_err_log
    if conf_type == "log-log":
        with np.errstate(divide="ignore", invalid="ignore"):  # nan where survival is 0 or 1
            log_s: Floats = np.log(survival)
            ratio = width / log_s
            return tuple(np.exp(log_s * np.exp(sign * ratio)) for sign in signs)
    s = np.where(survival > 0, survival, np.nan)
    with np.errstate(invalid="ignore"):
        limits = [s * np.exp(sign * width) if conf_type == "log" else s + s * (sign * width) for sign in signs]
    return tuple(np.clip(limit, 0.0, 1.0) for limit in limits)


def _crossing(time: Floats, curve: Floats, level: float) -> float:
    """The first time the curve is at or below the level, or the middle of its stay there; nan where it never is."""
    reached = np.flatnonzero(curve <= level + AT_LEVEL)  # nan is never below
    if not reached.size:
        return math.nan
    first = int(reached[0])
    if curve[first] >= level - AT_LEVEL:
        dropped = np.flatnonzero(curve[first:] < level - AT_LEVEL)
        if dropped.size:
            return float((time[first] + time[first + int(dropped[0])]) / 2)
    return float(time[first])
