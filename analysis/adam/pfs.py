"""Progression-free survival of one patient by one set of rules (pfs_rules.PFS_RULES)."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from analysis.adam import pfs_rules, tte
from analysis.adam.assessments import Assessment
from analysis.adam.dates import months_between
from analysis.adam.pfs_rules import Choice
from analysis.adam.records import Source
from analysis.adam.therapy import Therapy
from analysis.adam.tte import Censoring, Event, Outcome
from analysis.params import Params


@dataclass(frozen=True)
class Clinical:
    """A progression that is recorded without a radiological one; `planned_day` is None where unscheduled."""

    date: dt.date
    planned_day: int | None
    source: Source


@dataclass(frozen=True)
class History:
    """What the rules need to know of a patient. `assessments` are those after the start, in the order of their dates.

    `enrolment` anchors the schedule of assessments, whatever the start, and `limit_start` is the day from which
    params.pfs.max_months count: the start but for the duration of response. `unfinished` is the reason (a key of
    tte.REASONS) that describes a patient without any event.
    """

    usubjid: str
    start: dt.date
    start_source: Source
    start_name: str
    enrolment: dt.date
    limit_start: dt.date
    scanned_at_baseline: bool
    assessments: tuple[Assessment, ...]
    new_therapy: Therapy | None
    clinical: Clinical | None
    death: dt.date | None
    unfinished: str


def judged(history: History) -> tuple[Assessment, ...]:
    """The assessments that can be judged: without a baseline none is, neither as PD nor as adequate."""
    return history.assessments if history.scanned_at_baseline else ()


def derive_pfs(history: History, rule_set: str, params: Params) -> Outcome:
    """PFS of one patient: the first event unless a rule of the set censors it, within params.pfs.max_months."""
    return _Rules(history, pfs_rules.choices(rule_set), params).outcome()


@dataclass(frozen=True)
class Interval:
    """When the event happened: after the day `after` and not after `until`, None where it was not seen.

    `outcome` is the record's: its date is `until`, or the censoring date, which then is `after`.
    """

    outcome: Outcome
    after: dt.date
    until: dt.date | None


def derive_interval(history: History, rule_set: str, params: Params) -> Interval:
    """PFS of one patient as the interval in which the event happened, by a set's rules with actual dates.

    A progression happened after the last adequate assessment, or the start, and not after the day that shows it, so
    that missed assessments widen its interval and need not censor. A death is exact, but for one after a gap: a
    progression may have come before it.
    """
    rules = _Rules(history, pfs_rules.choices(rule_set) | {"dates": "first date", "gap": "event"}, params)
    found = rules.outcome()
    if found.reason is not None:
        return Interval(found, found.date, None)
    if found.event == tte.DEATH and not rules.is_after_gap():
        return Interval(found, found.date, found.date)
    last = rules.last_adequate()
    return Interval(found, history.start if last is None else last.date, found.date)


class _Rules:
    """One patient under one set; each censoring rule is a method that yields a Censoring where it applies."""

    def __init__(self, history: History, choice: dict[str, Choice], params: Params) -> None:
        self.history = history
        self.params = params
        self.choice = choice
        seen = judged(history)
        self.event = tte.first_event(self.events(seen))
        self.adequate = [
            a for a in seen if a.adequate and a.response != "PD" and (self.event is None or a.date <= self.event.date)
        ]

    def events(self, seen: tuple[Assessment, ...]) -> Iterator[Event]:
        """Possible events, progression before death where both fall on one day."""
        history = self.history
        progression = next((a for a in seen if a.response == "PD"), None)
        if progression is not None:
            reported = self.reported(progression.date, progression.planned_day)
            yield Event(tte.PROGRESSION, progression.date, reported, progression.source)
        clinical = history.clinical
        if clinical is not None and history.scanned_at_baseline and self.choice["clinical_progression"] == "event":
            reported = self.reported(clinical.date, clinical.planned_day)
            yield Event(tte.CLINICAL, clinical.date, reported, clinical.source)
        if history.death is not None:
            death = max(history.death, history.start)
            yield Event(tte.DEATH, death, death, Source("DM", "DTHDTC"))

    def reported(self, actual: dt.date, planned_day: int | None) -> dt.date:
        """The date that the record of a progression shows: the actual one, or the scheduled one in uniform sets."""
        if self.choice["dates"] == "first date":
            return actual
        if planned_day is not None:
            scheduled = self.history.enrolment + dt.timedelta(days=planned_day - 1)
        else:
            interval = self.params.schedule.scan_interval_days
            intervals = -((self.history.enrolment - actual).days // interval)
            scheduled = self.history.enrolment + dt.timedelta(days=intervals * interval)
        return self.capped(scheduled)

    def capped(self, scheduled: dt.date) -> dt.date:
        """A scheduled date is not after death or the cut-off, nor before the start."""
        limits = [day for day in (scheduled, self.history.death, self.params.cutoff) if day is not None]
        return max(min(limits), self.history.start)

    def censoring_date(self, assessment: Assessment) -> dt.date:
        """The date at which an assessment censors: an unscheduled one keeps its own."""
        return (
            assessment.date
            if assessment.planned_day is None
            else self.reported(assessment.date, assessment.planned_day)
        )

    def last_adequate(self, until: dt.date | None = None) -> Assessment | None:
        """The last adequate assessment before the event, on or before the day `until`."""
        return max((a for a in self.adequate if until is None or a.date <= until), key=lambda a: a.date, default=None)

    def censored(self, reason: str, assessment: Assessment | None) -> Censoring:
        """Censored at an assessment, or on day 1 where there is none."""
        history = self.history
        if assessment is None:
            return Censoring(reason, history.start, history.start_name, history.start_source)
        uniform = self.choice["dates"] == "scheduled date" and assessment.planned_day is not None
        what = "Scheduled date of the last adequate tumour assessment" if uniform else "Last adequate tumour assessment"
        return Censoring(reason, self.censoring_date(assessment), what, assessment.source)

    def is_after_gap(self) -> bool:
        """Whether more than the gap has elapsed between the last adequate assessment, or the start, and the event."""
        if self.event is None:
            return False
        last = self.last_adequate()
        since = self.history.start if last is None else last.date
        return (self.event.date - since).days > self.params.schedule.gap_days

    def no_baseline(self) -> Iterator[Censoring]:
        if not self.history.scanned_at_baseline and (self.event is None or self.is_after_gap()):
            yield self.censored("NO_BASELINE", None)

    def new_therapy(self) -> Iterator[Censoring]:
        therapy = self.history.new_therapy
        if self.choice["new_therapy"] == "ignore" or therapy is None:
            return
        if self.event is None or self.event.date > therapy.date:
            yield self.censored("NEW_THERAPY", self.last_adequate(therapy.date))

    def gap(self) -> Iterator[Censoring]:
        if self.choice["gap"] == "censor" and self.is_after_gap():
            yield self.censored("GAP", self.last_adequate())

    def no_event(self) -> Iterator[Censoring]:
        if self.event is None:
            last = self.last_adequate()
            reason = self.history.unfinished
            if self.history.clinical is not None:
                reason = "CLINICAL_PD"
            elif last is None:
                reason = "NO_POST_BASELINE"
            yield self.censored(reason, last)

    def outcome(self) -> Outcome:
        """Apply the rules in the order in which they are named where they give one date, then the month limit."""
        applying = [*self.no_baseline(), *self.new_therapy(), *self.gap(), *self.no_event()]
        found = tte.outcome(self.history.start, self.event, applying)
        if not self.is_beyond_limit(found.date):
            return found
        inside = [a for a in self.adequate if not self.is_beyond_limit(self.censoring_date(a))]
        last = max(inside, key=lambda a: a.date, default=None)
        return tte.outcome(self.history.start, None, [self.censored("WINDOW", last)])

    def is_beyond_limit(self, date: dt.date) -> bool:
        return months_between(self.history.limit_start, date) > self.params.pfs.max_months
