"""The second route: PFS and OS records from SDTM, and the estimates from statsmodels.

It imports neither analysis.adam nor analysis.stats. Survival and standard errors come from statsmodels, the quantile
rule of the analysis plan is applied anew to that curve.
"""

import datetime as dt
import math
from dataclasses import dataclass, field

import pandas as pd
import polars as pl
from scipy.stats import norm
from statsmodels.duration.survfunc import SurvfuncRight

from analysis.params import Params
from analysis.qc import subjects
from analysis.qc.subjects import Life, Reading, Trial

MONTH = 30.4375
UNIFORM = ("fda_uniform_dates", "fda_investigator")


@dataclass(frozen=True)
class Second:
    """What the second route gives: values by the names of the results, and one record per subject and parameter."""

    values: dict[str, float]
    records: pd.DataFrame = field(repr=False)


@dataclass(frozen=True)
class Outcome:
    """A time-to-event record: its date, and whether the event happened."""

    day: dt.date
    event: bool
    progression: bool = False


def recompute(sdtm: dict[str, pl.DataFrame], params: Params) -> Second:
    """Compute the primary and survival results again from the SDTM of a cut."""
    trial = Trial(sdtm, params)
    rows = []
    dosed = 0
    for usubjid, enrolled in trial.enrolled().items():
        given = subjects.doses(trial, usubjid)
        dosed += bool(given)
        start = enrolled
        if params.pfs.start == "first_dose":
            if not given:
                continue
            start = min(first for first, _ in given)
        vital = subjects.life(trial, usubjid, start)
        for paramcd, outcome in (
            ("PFS", progression_free(trial, usubjid, start, enrolled, vital)),
            ("OS", overall(params, enrolled, subjects.life(trial, usubjid, enrolled))),
        ):
            begin = start if paramcd == "PFS" else enrolled
            rows.append((usubjid, paramcd, begin, outcome.day, int(not outcome.event), outcome.progression))
    records = pd.DataFrame(rows, columns=["USUBJID", "PARAMCD", "STARTDT", "ADT", "CNSR", "PD"])
    records["AVAL"] = [((a - s).days + 1) / MONTH for a, s in zip(records["ADT"], records["STARTDT"], strict=True)]
    values: dict[str, float] = {"n.enrolled": len(trial.enrolled()), "n.treated": dosed}
    pfs, os = (records[records["PARAMCD"] == p] for p in ("PFS", "OS"))
    values |= {
        "pfs.n": len(pfs),
        "pfs.events": int((pfs["CNSR"] == 0).sum()),
        "pfs.events_pd": int(((pfs["CNSR"] == 0) & pfs["PD"]).sum()),
        "pfs.events_death": int(((pfs["CNSR"] == 0) & ~pfs["PD"]).sum()),
        "pfs.censored": int(pfs["CNSR"].sum()),
    }
    values |= _curve_values(pfs, params)
    values |= _logrank_values(pfs, params)
    values |= _quantile(_curve(os["AVAL"], os["CNSR"], params), 0.5, "followup.os_median")
    values |= _quantile(_curve(pfs["AVAL"], pfs["CNSR"], params), 0.5, "followup.pfs_median")
    return Second(values, records)


def overall(params: Params, start: dt.date, vital: Life) -> Outcome:
    """Death, or the last day known alive; not beyond the window."""
    outcome = Outcome(vital.death, True) if vital.death else Outcome(vital.last_alive, False)
    inside = start + dt.timedelta(math.floor(params.os.max_months * MONTH) - 1)
    return outcome if outcome.day <= inside else Outcome(inside, False)


def progression_free(trial: Trial, usubjid: str, start: dt.date, enrolled: dt.date, vital: Life) -> Outcome:
    """One subject's PFS under the primary set: walk through the plan's rules in order."""
    params = trial.params
    rule_set, gap = params.pfs.rule_set, params.schedule.gap_days
    read = subjects.readings(trial, usubjid, start, enrolled)
    death = vital.death
    if not subjects.has_baseline(trial, usubjid, enrolled):
        dies = death is not None and (death - start).days <= gap
        return _inside(Outcome(death, True), [], trial, start) if death and dies else Outcome(start, False)

    def reported(reading: Reading, event: bool) -> dt.date:
        if rule_set not in UNIFORM:
            return reading.day
        planned = reading.planned
        if planned is None:
            planned = subjects.next_planned(trial, enrolled, reading.day) if event else reading.day
        latest = [params.cutoff, *([death] if death else [])] if event else [params.cutoff]
        return max(start, min(planned, *latest))

    progression = next((r for r in read if r.response == "PD"), None)
    event_day, kind = (progression.day, "PD") if progression else (death, "death")
    if progression and death and death < progression.day:
        event_day, kind = death, "death"
    clinical = _clinical_day(trial, usubjid, start) if rule_set == "fda_investigator" and not progression else None
    if clinical and (event_day is None or clinical < event_day):
        event_day, kind = clinical, "clinical"

    adequate = [r for r in read if r.adequate and r.response != "PD"]
    therapy = subjects.new_therapy(trial, usubjid, start) if rule_set != "ema" else None
    stops: list[list[Reading]] = []
    if therapy and (event_day is None or therapy < event_day):
        stops.append([r for r in adequate if r.day <= therapy])
    if event_day:
        before = [r for r in adequate if r.day < event_day]
        last = before[-1].day if before else start
        if rule_set != "ema" and (event_day - last).days > gap:
            stops.append(before)
    if event_day is None or stops:
        kept = min(stops, key=len) if stops else adequate
        return _inside(Outcome(reported(kept[-1], False) if kept else start, False), kept, trial, start, reported)
    if kind == "PD":
        assert progression is not None
        found = Outcome(reported(progression, True), True, progression=True)
    elif kind == "clinical":
        found = Outcome(reported(Reading(event_day, "PD", None), True), True, progression=True)
    else:
        found = Outcome(event_day, True)
    return _inside(found, [r for r in adequate if r.day < event_day], trial, start, reported)


def _inside(outcome: Outcome, adequate: list[Reading], trial: Trial, start: dt.date, reported=None) -> Outcome:  # type: ignore[no-untyped-def]
    """Beyond the window of PFS the last adequate reading inside it counts."""

    def within(day: dt.date) -> bool:
        return ((day - start).days + 1) / MONTH <= trial.params.pfs.max_months

    if within(outcome.day):
        return outcome
    days = [day for r in adequate if within(day := reported(r, False))]
    return Outcome(days[-1] if days else start, False)


def _clinical_day(trial: Trial, usubjid: str, start: dt.date) -> dt.date | None:
    """The day of a clinical progression: from disposition, or the response test that params name."""
    rule = trial.params.pfs.clinical_progression
    ds = trial.of("DS", usubjid)
    named = ds[ds["DSDECOD"] == rule.dsdecod] if len(ds) else ds
    days = [subjects.full(text) for text in subjects.column(named, "DSSTDTC")]
    if rule.rstestcd:
        rs = trial.of("RS", usubjid)
        rs = rs[(rs["RSTESTCD"] == rule.rstestcd) & (rs["RSSTRESC"] == "PD")] if len(rs) else rs
        days += [subjects.full(t) for t in subjects.column(rs, "RSDTC")]
    return min((d for d in days if d and d > start), default=None)


def _curve(time: pd.Series, event: pd.Series, params: Params) -> pd.DataFrame:
    """statsmodels' Kaplan-Meier curve at its event times, with limits by the plan's transform."""
    values, happened = time.to_numpy(), event.to_numpy()
    if not happened.any():
        return pd.DataFrame(columns=["time", "s", "lower", "upper"], dtype=float)
    fit = SurvfuncRight(values, happened)
    z = norm.ppf(0.5 + params.km.conf_level / 2)
    rows = []
    for t, s, se in zip(fit.surv_times, fit.surv_prob, fit.surv_prob_se, strict=True):
        rows.append((float(t), float(s), *_limits(float(s), float(se), z, params.km.conf_type)))
    return pd.DataFrame(rows, columns=["time", "s", "lower", "upper"])


def _limits(s: float, se: float, z: float, conf_type: str) -> tuple[float, float]:
    if s <= 1e-12:
        return math.nan, math.nan
    if conf_type == "plain":
        return max(0.0, s - z * se), min(1.0, s + z * se)
    if conf_type == "log":
        return s * math.exp(-z * se / s), min(1.0, s * math.exp(z * se / s))
    half = z * se / (s * abs(math.log(s)))
    return s ** math.exp(half), s ** math.exp(-half)


def _first_at_or_below(curve: pd.DataFrame, name: str, level: float) -> float:
    """First time a curve is at or below a level; flat exactly at it, the midpoint to its next drop, if it drops."""
    for place, value in enumerate(curve[name]):
        if math.isnan(value) or value > level + 1e-8:
            continue
        time = float(curve["time"].iloc[place])
        if value >= level - 1e-8:
            after = curve.iloc[place + 1 :]
            drops = after[after[name] < level - 1e-8]
            return (time + float(drops["time"].iloc[0])) / 2 if len(drops) else time
        return time
    return math.nan


def _quantile(curve: pd.DataFrame, share: float, name: str) -> dict[str, float]:
    return {
        name: _first_at_or_below(curve, "s", 1 - share),
        f"{name}_lower": _first_at_or_below(curve, "lower", 1 - share),
        f"{name}_upper": _first_at_or_below(curve, "upper", 1 - share),
    }


def _curve_values(pfs: pd.DataFrame, params: Params) -> dict[str, float]:
    """Quartiles and landmark rates of PFS."""
    curve = _curve(pfs["AVAL"], 1 - pfs["CNSR"], params)
    values: dict[str, float] = {}
    for name, share in (("q25", 0.25), ("median", 0.5), ("q75", 0.75)):
        values |= _quantile(curve, share, f"pfs.{name}")
    longest = pfs["AVAL"].max()
    for months in params.pfs.landmarks_months:
        key = f"pfs.rate_{months:g}m"
        before = curve[curve["time"] <= months]
        if months > longest:
            values |= dict.fromkeys((key, f"{key}_lower", f"{key}_upper"), math.nan)
        elif len(before):
            last = before.iloc[-1]
            values |= {key: last["s"], f"{key}_lower": last["lower"], f"{key}_upper": last["upper"]}
        else:
            edge = math.nan if params.km.conf_type == "log-log" else 1.0
            values |= {key: 1.0, f"{key}_lower": edge, f"{key}_upper": edge}
        values[f"pfs.at_risk_{months:g}m"] = int((pfs["AVAL"] >= months).sum())
    return values


def _logrank_values(pfs: pd.DataFrame, params: Params) -> dict[str, float]:
    """Observed against expected events of an exponential with the null median."""
    null = params.design.null_median
    if null is None:
        return {}
    observed = int((pfs["CNSR"] == 0).sum())
    expected = float(sum(pfs["AVAL"])) * math.log(2) / null
    z = (observed - expected) / math.sqrt(expected)
    return {
        "pfs.logrank_observed": observed,
        "pfs.logrank_expected": expected,
        "pfs.logrank_z": z,
        "pfs.logrank_p": math.erfc(abs(z) / math.sqrt(2)),
        "pfs.smr": observed / expected,
    }
