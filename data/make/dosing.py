"""Dosing of anlotinib and fulvestrant, and the actions that adverse events led to.

Anlotinib: 12 mg a day on days 1 to 14 of 21, reduced to 10 and then 8 mg. Fulvestrant: 500 mg on days 1, 15, 29 and
then every 28 days. (Assumptions: the registry record states neither dose nor schedule.)
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np

from data.make.base import (
    ANLOTINIB_CYCLE,
    ANLOTINIB_DAYS,
    ANLOTINIB_DOSES,
    FULVESTRANT_DOSE,
    chance,
    days,
    injection_day,
)
from data.make.toxicity import BY_NAME, AdverseEvent

NOT_CHANGED, REDUCED, INTERRUPTED = "DOSE NOT CHANGED", "DOSE REDUCED", "DRUG INTERRUPTED"
WITHDRAWN, NOT_APPLICABLE = "DRUG WITHDRAWN", "NOT APPLICABLE"


@dataclass(frozen=True)
class Dose:
    """One interval of daily anlotinib, or one injection: `number` is the cycle or the injection."""

    number: int
    start: dt.date
    end: dt.date
    mg: int
    why: str | None = None


def dose_anlotinib(
    first: dt.date, stop: dt.date, events: list[AdverseEvent], rng: np.random.Generator
) -> tuple[list[Dose], dict[int, str]]:
    """Dose cycle by cycle up to the day `stop`; also return what events did, by their position.

    One event may act per cycle. A reduction holds from the next cycle; where there is none, or no lower dose, the
    wish becomes an interruption if that can still be seen in the dosing, else nothing changes.
    """
    doses: list[Dose] = []
    actions: dict[int, str] = {}
    level, cycle, start, why = 0, 1, first, None
    while start <= stop:
        mg, end = ANLOTINIB_DOSES[level], min(start + days(ANLOTINIB_DAYS - 1), stop)
        after = start + days(ANLOTINIB_CYCLE + (int(rng.integers(1, 4)) if chance(rng, 0.12) else 0))
        delay = days(7 * int(rng.integers(1, 3)))
        acting = [
            i
            for i, event in enumerate(events)
            if event.wish in ("reduce", "interrupt") and start < event.start < min(start + days(21), stop)
        ]
        why_next = None
        for i in acting[:1]:
            cut = events[i].start < end
            recovered = max(after, events[i].start + delay)
            if events[i].wish == "reduce" and level + 1 < len(ANLOTINIB_DOSES) and recovered <= stop:
                actions[i], level, after = REDUCED, level + 1, recovered
            elif cut or after + delay <= stop:
                actions[i] = INTERRUPTED
                after = recovered if cut else after + delay
            if i in actions:
                why_next = "ADVERSE EVENT"
                end = events[i].start if cut else end
        doses.append(Dose(cycle, start, end, mg, why))
        start, cycle, why = after, cycle + 1, why_next
    return doses, actions


def dose_fulvestrant(
    first: dt.date, stop: dt.date, events: list[AdverseEvent], rng: np.random.Generator
) -> tuple[list[Dose], dict[int, str]]:
    """Inject on the planned days, up to three days late, up to the day `stop`; also return what events did.

    A grade 3 event attributed to both drugs puts off an injection due within ten days by a week, and those after it.
    """
    doses: list[Dose] = []
    actions: dict[int, str] = {}
    put_off = 0
    for number in range(1, 100):
        late = 0 if number == 1 else int(rng.choice([0, 0, 0, 0, 1, 1, 2, 3]))
        day, why = first + days(injection_day(number) + put_off + late), None
        for i, event in enumerate(events):
            severe = event.wish in ("reduce", "interrupt") and event.grade == 3 and BY_NAME[event.term].cause == "B"
            if severe and i not in actions and day - days(10) <= event.start < day and first < event.start:
                actions[i], put_off, day, why = INTERRUPTED, put_off + 7, day + days(7), "ADVERSE EVENT"
        if day > stop:
            break
        doses.append(Dose(number, day, day, FULVESTRANT_DOSE, why))
    return doses, actions


def action(event: AdverseEvent, position: int, actions: dict[int, str], first: dt.date, stop: dt.date | None) -> str:
    """Return the recorded action of one event on one drug, which was given from `first` until it was stopped."""
    if event.start < first or (stop is not None and event.start > stop):
        return NOT_APPLICABLE
    return actions.get(position, NOT_CHANGED)
