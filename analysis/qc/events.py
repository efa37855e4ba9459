"""The second route's events: progression, death and treatment failure, and where the plan's rules stop the clock."""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.params import Params
from analysis.qc import subjects, tumours
from analysis.qc.subjects import Life, Trial
from analysis.qc.tumours import Reading

MONTH = 30.4375
UNIFORM = ("fda_uniform_dates", "fda_investigator")


@dataclass(frozen=True)
class Outcome:
    """A time-to-event record: its date, and what happened.

    The event is "PD", "clinical", "death", "stopped" or "response"; None where the time is censored.
    """

    day: dt.date
    event: str | None = None


def overall(params: Params, start: dt.date, vital: Life) -> Outcome:
    """Death, or the last day known alive; not beyond the window."""
    outcome = Outcome(vital.death, "death") if vital.death else Outcome(vital.last_alive)
    inside = start + dt.timedelta(math.floor(params.os.max_months * MONTH) - 1)
    return outcome if outcome.day <= inside else Outcome(inside)


class Patient:
    """One subject's facts for progression and death, and the plan's rules over them.

    `start` is where the clock begins: that of PFS, or for the duration of a response the day of that response, after
    which nothing earlier is read. New therapy and the limit in months count from `origin`, by default the start.
    """

    def __init__(
        self, trial: Trial, usubjid: str, start: dt.date, vital: Life, *, origin: dt.date | None = None
    ) -> None:
        self.params = trial.params
        self.start = start
        self.origin = origin or start
        self.enrolled = trial.enrolled[usubjid]
        self.death = max(vital.death, start) if vital.death else None
        self.scanned = tumours.baseline(trial, usubjid).scanned
        read = tumours.readings(trial, usubjid)
        claim = tumours.clinical(trial, usubjid, read)
        # Without a baseline scan nothing read later can be judged.
        self.read = [reading for reading in read if reading.day > start and self.scanned]
        self.claim = claim if claim and claim.day >= start and self.scanned else None
        self.therapy = subjects.new_therapy(trial, usubjid, self.origin, self.enrolled)

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
        if self.progression:
            reported = self.reported(rule_set, self.progression, event=True)
            found.append((self.progression.day, Outcome(reported, "PD")))
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
        return ((day - self.origin).days + 1) / MONTH <= self.params.pfs.max_months

    @property
    def progression(self) -> Reading | None:
        return next((reading for reading in self.read if reading.response == "PD"), None)


def treatment_failure(trial: Trial, usubjid: str, patient: Patient) -> Outcome:
    """The first of progression, death and stopping all drugs, of one day in this order; no rule censors an event.

    Without an event the time is censored at the last dose, and on day 1 where there is none.
    """
    stop = subjects.treatment_stop(trial, usubjid, patient.enrolled)
    days = (("PD", patient.progression and patient.progression.day), ("death", patient.death), ("stopped", stop))
    events = [Outcome(day, event) for event, day in days if day]
    last = subjects.last_dose(trial, usubjid, patient.enrolled)
    return min(events, key=lambda found: found.day, default=Outcome(max(last or patient.start, patient.start)))
