"""Whether an adverse event is treatment-emergent: tables of named rules, of which the first that fires decides.

The period runs from its first day to the last dose of the drug that was stopped last plus a window, both inclusive. It
begins with the first dose, or with enrolment for the registered set of events.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from analysis.adam.dates import Period
from analysis.adam.records import Row
from analysis.params import Params


@dataclass(frozen=True)
class Case:
    """One adverse event against a period. `recorded` is its start as recorded, `start` and `end` are imputed dates.

    `begin` and `until` are None for a patient who was never treated, `start` and `end` where nothing is known of them.
    """

    recorded: Period
    start: dt.date | None
    end: dt.date | None
    begin: dt.date | None
    until: dt.date | None
    grade: int | None = None
    initial_grade: int | None = None

    @property
    def over(self) -> bool:
        """Whether the event ended before the period."""
        return self.end is not None and self.begin is not None and self.end < self.begin


@dataclass(frozen=True)
class Rule:
    """One row: its name, whether the event counts, its text, and when it fires. `text` may name {begin} and {end}."""

    name: str
    counts: bool
    text: str
    fires: Callable[[Case], bool]


def _before(case: Case) -> bool:
    return case.start is not None and case.begin is not None and case.start < case.begin


def _after(case: Case) -> bool:
    return case.start is not None and case.until is not None and case.start > case.until


def _worsened(case: Case) -> bool:
    if case.initial_grade is None or case.grade is None:
        return False
    return _before(case) and not case.over and case.initial_grade < case.grade


NOT_TREATED = Rule("NOT TREATED", False, "Never treated", lambda case: case.begin is None or case.until is None)
ENDED_BEFORE = Rule(
    "ENDED BEFORE",
    False,
    "Start missing or partial, and the end before {begin}",
    lambda case: case.recorded.day is None and case.over,
)
START_MISSING = Rule("START MISSING", True, "Start missing", lambda case: case.start is None)
WORSENED = Rule(
    "WORSENED",
    True,
    "Started before {begin}, not ended before it, and recorded with an initial grade lower than its grade",
    _worsened,
)
BEFORE = Rule("BEFORE", False, "Started before {begin}", _before)
AFTER = Rule("AFTER", False, "Started after {end}", _after)
WITHIN = Rule("WITHIN", True, "Started from {begin} to {end}, both days included", lambda case: True)

EMERGENT: tuple[Rule, ...] = (NOT_TREATED, ENDED_BEFORE, START_MISSING, WORSENED, BEFORE, AFTER, WITHIN)
"""The treatment-emergent events: the period begins with the first dose."""

REGISTERED: tuple[Rule, ...] = (NOT_TREATED, START_MISSING, ENDED_BEFORE, WORSENED, BEFORE, AFTER, WITHIN)
"""The registered set: the period begins with enrolment, and an event without a start counts whatever its end."""


def decide(rules: tuple[Rule, ...], case: Case) -> Rule:
    """The first rule that fires; the last one fires for every event."""
    return next(rule for rule in rules if rule.fires(case))


def says(rule: Rule, params: Params, *, registered: bool = False) -> str:
    """The text of a rule with the period of the treatment-emergent or the registered set."""
    window = params.adverse_events.window_days
    end = f"{window} days after the last dose of the drug that was stopped last (ongoing patients: the data cut-off)"
    if params.adverse_events.cut_at_new_therapy:
        end += " or the day on which new anticancer therapy started"
    return rule.text.format(begin="enrolment" if registered else "the first dose", end=end)


def period_end(patient: Row, params: Params) -> dt.date | None:
    """The last day of a patient's treatment-emergent period, from the variables of ADSL; None where never treated.

    Until every drug that was given has a disposition record the patient is ongoing, to the cut-off; nobody's period
    passes death or the cut-off.
    """
    if patient["TRTSDT"] is None:
        return None
    drugs = range(1, len(params.study.treatments) + 1)
    limits = [params.cutoff, patient["DTHDT"]]
    if all(patient[f"EOTSTT{number}"] != "ONGOING" for number in drugs):
        limits.append(patient["TRTEDT"] + dt.timedelta(days=params.adverse_events.window_days))
    if params.adverse_events.cut_at_new_therapy:
        limits.append(patient["NACTDT"])
    last: dt.date = min(day for day in limits if day is not None)
    return last
