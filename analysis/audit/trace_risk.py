"""The risk set behind a Kaplan-Meier number: who was at risk at its time, who had left before, and the steps so far."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from analysis.results import Result
from analysis.stats.survival import KaplanMeier, kaplan_meier

AT_RISK, EVENT_NOW, CENSORED_NOW = "at risk", "event at this time", "censored at this time"
EVENT_BEFORE, CENSORED_BEFORE = "event before", "censored before"
NO_TIME = {True: "event", False: "censored"}
STATES = (EVENT_NOW, CENSORED_NOW, AT_RISK, EVENT_BEFORE, CENSORED_BEFORE, *NO_TIME.values())
_SAME = 1e-8  # of times, relative: the stored result has 12 digits

_METHOD = re.compile(r"(?P<reverse>reverse )?Kaplan-Meier, (?P<conf_type>[a-z-]+) ")
_STAT = re.compile(r"(?:.+_)?(?P<what>q25|median|q75|rate_(?P<months>[\d.]+)m)(?:_(?P<end>lower|upper))?")
_LEVELS = {"q25": "75%", "median": "50%", "q75": "25%"}


@dataclass(frozen=True)
class Step:
    """One time of the curve at which there was an event, in months."""

    time: float
    at_risk: int
    events: int
    survival: float
    lower: float
    upper: float


@dataclass(frozen=True)
class RiskSet:
    """The state of each record of the where-clause at `time` (None: not reached), and the steps up to it."""

    time: float | None
    says: str
    states: tuple[str, ...]
    steps: tuple[Step, ...]


def risk_set(result: Result, records: pl.DataFrame, conf_level: float) -> RiskSet | None:
    """The risk set of a Kaplan-Meier number over the records of its where-clause; None for other results.

    At the time of a quantile, of its limit or of a landmark: at risk is whose AVAL is that time or later, as the
    estimate counts (SAP.md). A reverse curve's event is the end of follow-up (CNSR 1).
    """
    method, stat = _METHOD.match(str(result.method)), _STAT.fullmatch(result.stat_name)
    if method is None or stat is None or records.is_empty():
        return None
    times = records["AVAL"].to_list()
    events = [(c == 0) != bool(method["reverse"]) for c in records["CNSR"].to_list()]
    curve = kaplan_meier(times, [int(e) for e in events], conf_type=method["conf_type"], conf_level=conf_level)
    time = float(stat["months"]) if stat["months"] else result.stat if isinstance(result.stat, int | float) else None
    says = _says(stat, time, reverse=bool(method["reverse"]), estimable=result.stat is not None)
    states = tuple(_state(t, event, time) for t, event in zip(times, events, strict=True))
    return RiskSet(time, says, states, tuple(_steps(curve, time)))


def _says(stat: re.Match[str], time: float | None, *, reverse: bool, estimable: bool) -> str:
    """What the time is to the number."""
    which = {None: "the curve", "lower": "the curve of the lower limits", "upper": "the curve of the upper limits"}
    event = " The event is the end of follow-up (CNSR 1); patients with CNSR 0 are censored." if reverse else ""
    if stat["months"]:
        beyond = "" if estimable else " Not estimable there: beyond the last time, or without a limit."
        return f"The value of {which[stat['end']]} at {time:g} months.{beyond}{event}"
    level = _LEVELS[stat["what"]]
    if time is None:
        return f"Not estimable: {which[stat['end']]} does not come down to {level}.{event}"
    midpoint = "the midpoint to the next drop where it stays at it"
    return f"The first time at which {which[stat['end']]} is at or below {level} ({midpoint}).{event}"


def _state(observed: float, event: bool, time: float | None) -> str:
    if time is None:
        return NO_TIME[event]
    if abs(observed - time) <= _SAME * max(1.0, time):
        return EVENT_NOW if event else CENSORED_NOW
    if observed > time:
        return AT_RISK
    return EVENT_BEFORE if event else CENSORED_BEFORE


def _steps(curve: KaplanMeier, time: float | None) -> Sequence[Step]:
    last = float("inf") if time is None else time + _SAME * max(1.0, time)
    columns = (curve.time, curve.n_risk, curve.n_event, curve.survival, curve.ci_lower, curve.ci_upper)
    lines = zip(*(column.tolist() for column in columns), strict=True)
    return [Step(*line) for line in lines if line[2] and line[0] <= last]
