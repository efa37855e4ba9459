"""The second route: PFS and OS records from SDTM, and their results.

It imports neither analysis.adam nor analysis.stats: subjects, dates and censoring are derived anew, survival and
standard errors come from statsmodels.
"""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd
import polars as pl

from analysis.params import Params
from analysis.qc import estimates, subjects, tumours
from analysis.qc.subjects import Life, Trial
from analysis.qc.tumours import Reading

MONTH = 30.4375
UNIFORM = ("fda_uniform_dates", "fda_investigator")
SENSITIVITY = {"fda": "PFSFDA", "fda_uniform_dates": "PFSUNI", "fda_investigator": "PFSINV", "ema": "PFSEMA"}


@dataclass(frozen=True)
class Second:
    """What the second route gives: values by the names of the results, and one record per subject and parameter."""

    values: dict[str, float]
    records: pd.DataFrame = field(repr=False)


@dataclass(frozen=True)
class Outcome:
    """A time-to-event record: its date, and the event that happened ("PD", "clinical", "death"; None: censored)."""

    day: dt.date
    event: str | None = None


def recompute(sdtm: dict[str, pl.DataFrame], params: Params) -> Second:
    """Compute the primary and survival results again from the SDTM of a cut."""
    trial = Trial(sdtm, params)
    sets = {"PFS": params.pfs.rule_set} | {SENSITIVITY[name]: name for name in params.pfs.other_sets}
    rows = []
    for usubjid, enrolled in trial.enrolled.items():
        vital = subjects.life(trial, usubjid, enrolled)
        dose = subjects.first_dose(trial, usubjid, enrolled)
        outcomes = [("OS", enrolled, overall(params, enrolled, vital))]
        start = enrolled if params.pfs.start == "enrolment" else dose and dose[0]
        if start:
            patient = Patient(trial, usubjid, start, vital)
            outcomes += [(paramcd, start, patient.progression_free(name)) for paramcd, name in sets.items()]
        rows += [(usubjid, paramcd, begin, o.day, int(not o.event), o.event) for paramcd, begin, o in outcomes]
    records = pd.DataFrame(rows, columns=["USUBJID", "PARAMCD", "STARTDT", "ADT", "CNSR", "EVENT"])
    records["AVAL"] = [((a - s).days + 1) / MONTH for a, s in zip(records["ADT"], records["STARTDT"], strict=True)]
    return Second(counts(trial) | survival_values(records, params), records)


def counts(trial: Trial) -> dict[str, float]:
    """Numbers of enrolled subjects and in the analysis sets."""
    dosed = [u for u, day in trial.enrolled.items() if subjects.first_dose(trial, u, day)]
    return {
        "n.enrolled": len(trial.enrolled),
        "n.fas": len(trial.enrolled),
        "n.treated": len(dosed),
        "n.safety": len(dosed),
        "n.deaths": sum(subjects.died(trial, u) for u in trial.enrolled),
        "n.response_evaluable": sum(response_evaluable(trial, u) for u in dosed),
        "n.per_protocol": sum(not excluded_from_per_protocol(trial, u) for u in dosed),
    }


def response_evaluable(trial: Trial, usubjid: str) -> bool:
    """Measurable disease at baseline, and an adequate assessment after enrolment, or progression or death before it."""
    read = tumours.readings(trial, usubjid)
    assessed = any(r.adequate and r.day > trial.enrolled[usubjid] for r in read)
    progressed = tumours.clinical(trial, usubjid, read) is not None
    return tumours.baseline(trial, usubjid).measurable and (assessed or progressed or subjects.died(trial, usubjid))


def excluded_from_per_protocol(trial: Trial, usubjid: str) -> bool:
    """Whether an important deviation of the categories in params is recorded."""
    excludes = trial.params.subjects.per_protocol_excludes
    rows = subjects.records(trial.of("DV", usubjid), "DVCAT", "DVDECOD")
    return any(kind in (None, "IMPORTANT DEVIATION") and what in excludes for kind, what in rows)


def survival_values(records: pd.DataFrame, params: Params) -> dict[str, float]:
    """Counts, quartiles, landmarks, follow-up and the one-sample log-rank test, by the names of the results."""
    pfs, os = (records[records["PARAMCD"] == name] for name in ("PFS", "OS"))
    values: dict[str, float] = {
        "pfs.n": len(pfs),
        "pfs.events": int((pfs["CNSR"] == 0).sum()),
        "pfs.events_pd": int((pfs["EVENT"] == "PD").sum()),
        "pfs.events_death": int((pfs["EVENT"] == "death").sum()),
        "pfs.censored": int(pfs["CNSR"].sum()),
        "os.n": len(os),
        "os.events": int((os["CNSR"] == 0).sum()),
    }
    points = estimates.curve(pfs["AVAL"], 1 - pfs["CNSR"], params.km)
    for name, share in (("q25", 0.25), ("median", 0.5), ("q75", 0.75)):
        values |= estimates.quantile(points, share, f"pfs.{name}")
    values |= estimates.rates(points, pfs["AVAL"], params.pfs.landmarks_months, params.km, "pfs")
    if params.design.null_median is not None and len(pfs):
        values |= estimates.logrank(pfs["AVAL"], int((pfs["CNSR"] == 0).sum()), params.design.null_median)
    for name, rows in (("os", os), ("pfs", pfs)):
        reverse = estimates.curve(rows["AVAL"], rows["CNSR"], params.km)
        values |= estimates.quantile(reverse, 0.5, f"followup.{name}_median")
    return values


def overall(params: Params, start: dt.date, vital: Life) -> Outcome:
    """Death, or the last day known alive; not beyond the window."""
    outcome = Outcome(vital.death, "death") if vital.death else Outcome(vital.last_alive)
    inside = start + dt.timedelta(math.floor(params.os.max_months * MONTH) - 1)
    return outcome if outcome.day <= inside else Outcome(inside)


class Patient:
    """One subject's facts for PFS, and the plan's rules over them."""

    def __init__(self, trial: Trial, usubjid: str, start: dt.date, vital: Life) -> None:
        self.params = trial.params
        self.start = start
        self.enrolled = trial.enrolled[usubjid]
        self.death = max(vital.death, start) if vital.death else None
        self.scanned = tumours.baseline(trial, usubjid).scanned
        read = tumours.readings(trial, usubjid)
        claim = tumours.clinical(trial, usubjid, read)
        # Without a baseline scan nothing read later can be judged.
        self.read = [reading for reading in read if reading.day > start and self.scanned]
        self.claim = claim if claim and claim.day >= start and self.scanned else None
        self.therapy = subjects.new_therapy(trial, usubjid, start, self.enrolled)

    def reported(self, rule_set: str, reading: Reading, *, event: bool) -> dt.date:
        """The date that counts for a reading; in uniform sets the scheduled one, of an unscheduled event the next."""
        if rule_set not in UNIFORM or (reading.planned is None and not event):
            return reading.day
        every = self.params.schedule.scan_interval_days
        following = self.enrolled + dt.timedelta(math.ceil((reading.day - self.enrolled).days / every) * every)
        limits = [day for day in (reading.planned or following, self.death, self.params.cutoff) if day]
        return max(self.start, min(limits))

    def progression_free(self, rule_set: str) -> Outcome:
        """The first event, or where the plan's rules stop the clock; of several censorings the earliest."""
        day, event = self.first_event(rule_set)
        adequate = [r for r in self.read if r.adequate and r.response != "PD" and (day is None or r.day <= day)]
        after_gap = day is not None and self.is_after_gap(day, adequate)
        stops: list[Sequence[Reading]] = []
        if not self.scanned and (day is None or after_gap):
            stops.append([])
        if rule_set != "ema" and self.therapy and (day is None or day > self.therapy):
            stops.append([r for r in adequate if r.day <= self.therapy])
        if (rule_set != "ema" and after_gap) or day is None:
            stops.append(adequate)
        if stops:
            found = min((self.censored(rule_set, kept) for kept in stops), key=lambda outcome: outcome.day)
        else:
            assert event is not None
            found = event
        inside = [r for r in adequate if self.is_inside(self.reported(rule_set, r, event=False))]
        return found if self.is_inside(found.day) else self.censored(rule_set, inside)

    def first_event(self, rule_set: str) -> tuple[dt.date | None, Outcome | None]:
        """Actual day and record of progression, clinical progression or death; of one day in this order."""
        found: list[tuple[dt.date, Outcome]] = []
        progression = next((r for r in self.read if r.response == "PD"), None)
        if progression:
            found.append((progression.day, Outcome(self.reported(rule_set, progression, event=True), "PD")))
        if self.claim and rule_set == "fda_investigator":
            found.append((self.claim.day, Outcome(self.reported(rule_set, self.claim, event=True), "clinical")))
        if self.death:
            found.append((self.death, Outcome(self.death, "death")))
        return min(found, key=lambda item: item[0], default=(None, None))

    def is_after_gap(self, day: dt.date, adequate: Sequence[Reading]) -> bool:
        """Whether more than the gap has elapsed since the last adequate reading, or the start."""
        last = adequate[-1].day if adequate else self.start
        return (day - last).days > self.params.schedule.gap_days

    def censored(self, rule_set: str, kept: Sequence[Reading]) -> Outcome:
        """Censored at the last of these readings, on day 1 where there is none."""
        return Outcome(self.reported(rule_set, kept[-1], event=False) if kept else self.start)

    def is_inside(self, day: dt.date) -> bool:
        return ((day - self.start).days + 1) / MONTH <= self.params.pfs.max_months
