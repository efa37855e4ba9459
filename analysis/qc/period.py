"""The second route's treatment period: who was treated, from when, and until when events and values count."""

import datetime as dt
import re
from dataclasses import dataclass

from analysis.params import Treatment
from analysis.qc import subjects
from analysis.qc.subjects import Trial


@dataclass(frozen=True)
class Treated:
    """A treated patient: first and last dose, death, and the last day of the treatment-emergent period.

    `first_dtc` is the first dose as recorded.
    """

    usubjid: str
    enrolled: dt.date
    first: dt.date
    first_dtc: str
    last: dt.date
    death: dt.date | None
    until: dt.date


def treated(trial: Trial) -> dict[str, Treated]:
    """The safety set: the enrolled patients with at least one dose, by USUBJID."""
    found = {}
    for usubjid, enrolled in trial.enrolled.items():
        dose = subjects.first_dose(trial, usubjid, enrolled)
        last = subjects.last_dose(trial, usubjid, enrolled)
        if dose and last:
            death = subjects.life(trial, usubjid, enrolled).death
            until = period_end(trial, usubjid, enrolled, last, death)
            found[usubjid] = Treated(usubjid, enrolled, *dose, last, death, until)
    return found


def period_end(trial: Trial, usubjid: str, enrolled: dt.date, last: dt.date, death: dt.date | None) -> dt.date:
    """The window's days after the last dose; while a drug goes on, the cut-off. Never after death or the cut-off."""
    settings = trial.params.adverse_events
    days = [trial.params.cutoff, death]
    if subjects.died(trial, usubjid) or not is_ongoing(trial, usubjid):
        days.append(last + dt.timedelta(days=settings.window_days))
    if settings.cut_at_new_therapy:
        days.append(subjects.new_therapy(trial, usubjid, enrolled, enrolled))
    return min(day for day in days if day)


def is_ongoing(trial: Trial, usubjid: str) -> bool:
    """Whether a study drug that was given has no record of its end. A placebo has no such record of its own."""
    names = {drug.extrt.strip().upper() for drug in trial.params.study.treatments}
    given = {dose.drug for dose in subjects.given_doses(trial, usubjid)} & names
    return any(subjects.discontinuation(trial, usubjid, drug) == (None, None) for drug in given)


def key(drug: Treatment) -> str:
    """The part of the results' names that stands for a drug."""
    return re.sub("[^a-z0-9]+", "_", drug.extrt.lower()).strip("_")
