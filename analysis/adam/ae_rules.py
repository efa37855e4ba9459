"""Whether an adverse event is treatment-emergent: tables of named rules, of which the first that fires decides.

The period runs from its first day to the last dose of the drug that was stopped last plus a window, both inclusive. It
begins with the first dose, or with enrolment for the registered set of events.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

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
    """One row: its name, the flag it gives, its text, and when it fires. `text` may name {end} of the period."""

    name: str
    value: Literal["Y", "N"]
    text: str
    fires: Callable[[Case], bool]

    def says(self, params: Params) -> str:
        """The text with the values of the parameters."""
        window = params.adverse_events.window_days
        end = (
            f"{window} days after the last dose of the drug that was stopped last (ongoing patients: the data cut-off)"
        )
        if params.adverse_events.cut_at_new_therapy:
            end += " or the day on which new anticancer therapy started"
        return self.text.format(end=end)


def _before(case: Case) -> bool:
    return case.start is not None and case.begin is not None and case.start < case.begin


def _after(case: Case) -> bool:
    return case.start is not None and case.until is not None and case.start > case.until


def _worsened(case: Case) -> bool:
    if case.initial_grade is None or case.grade is None:
        return False
    return _before(case) and not case.over and case.initial_grade < case.grade


def _rules(begin: str) -> dict[str, Rule]:
    """The rules of a period that begins on the day named, by name."""
    rules = (
        Rule("NOT TREATED", "N", "Never treated", lambda case: case.begin is None or case.until is None),
        Rule(
            "ENDED BEFORE",
            "N",
            f"Start missing or partial, and the end before {begin}",
            lambda case: case.recorded.day is None and case.over,
        ),
        Rule("START MISSING", "Y", "Start missing", lambda case: case.start is None),
        Rule(
            "WORSENED",
            "Y",
            f"Started before {begin}, not ended before it, and recorded with an initial grade lower than its grade",
            _worsened,
        ),
        Rule("BEFORE", "N", f"Started before {begin}", _before),
        Rule("AFTER", "N", "Started later than {end}", _after),
        Rule("WITHIN", "Y", f"Started from {begin} to {{end}}, both days included", lambda case: True),
    )
    return {rule.name: rule for rule in rules}


EMERGENT: tuple[Rule, ...] = tuple(_rules("the first dose").values())
"""The treatment-emergent events: the period begins with the first dose."""

_ORDER = ("NOT TREATED", "START MISSING", "ENDED BEFORE", "WORSENED", "BEFORE", "AFTER", "WITHIN")
REGISTERED: tuple[Rule, ...] = tuple(_rules("enrolment")[name] for name in _ORDER)
"""The registered set: the period begins with enrolment, and an event without a start counts whatever its end."""


def decide(rules: tuple[Rule, ...], case: Case) -> Rule:
    """The first rule that fires; the last one fires for every event."""
    return next(rule for rule in rules if rule.fires(case))


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
