"""The core of every time-to-event parameter: dated candidates in, one outcome out.

A parameter offers its possible events and, where rules or the end of follow-up stop the clock, its censorings. The
first event counts unless a censoring rule applies; of several censorings the earliest date wins.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from analysis.adam.records import Source

PROGRESSION, DEATH, CLINICAL = "Disease progression", "Death", "Clinical progression"
RESPONSE, STOPPED = "Confirmed response", "Treatment discontinuation"

REASONS: dict[str, str] = {
    "NO_BASELINE": "No baseline tumour assessment",
    "NEW_THERAPY": "New anticancer therapy before progression or death",
    "GAP": "Progression or death after missed assessments",
    "WINDOW": "No event within the administrative limit",
    "CLINICAL_PD": "Clinical progression only",
    "NO_POST_BASELINE": "No adequate post-baseline assessment",
    "WITHDRAWN": "Withdrawal from the study",
    "LOST": "Lost to follow-up",
    "DEATH_UNDATED": "Death whose month is not known",
    "NOT_TREATED": "Never treated",
    "ONGOING": "Event-free at last follow-up",
}
"""Why a time is censored: CNSREAS -> EVNTDESC. Where two rules give the same date, the one named first is shown."""


@dataclass(frozen=True)
class Event:
    """A possible event: its actual date decides the order, `reported` is the date the record shows."""

    kind: str
    date: dt.date
    reported: dt.date
    source: Source


@dataclass(frozen=True)
class Censoring:
    """A possible censoring: its reason (a key of REASONS), the date, and what that date is."""

    reason: str
    date: dt.date
    what: str
    source: Source


@dataclass(frozen=True)
class Outcome:
    """One record of ADTTE but for the patient and the parameter."""

    start: dt.date
    date: dt.date
    source: Source
    event: str | None = None
    reason: str | None = None
    what: str | None = None


def first_event(events: Iterable[Event]) -> Event | None:
    """The earliest event by actual date; of one day, the one offered first."""
    return min(events, key=lambda event: event.date, default=None)


def outcome(start: dt.date, event: Event | None, censorings: Iterable[Censoring]) -> Outcome:
    """The event, unless a censoring applies: then the earliest one, of one date the one offered first.

    Raises ValueError where there is neither.
    """
    stop = min(censorings, key=lambda censoring: censoring.date, default=None)
    if stop is not None:
        return Outcome(start, stop.date, stop.source, reason=stop.reason, what=stop.what)
    if event is None:
        raise ValueError("an outcome needs an event or a censoring")
    return Outcome(start, event.reported, event.source, event=event.kind)
