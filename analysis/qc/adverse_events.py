"""The second route's adverse events: treatment emergence, grade, seriousness, relatedness and action, from AE anew."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from analysis.params import Params, Treatment
from analysis.qc import subjects
from analysis.qc.period import Treated
from analysis.qc.subjects import Span, Trial, records

SERIOUS = ("AESER", "AESDTH", "AESLIFE", "AESHOSP", "AESDISAB", "AESCONG", "AESMIE")
ACTIONS = {"ARED": "DOSE REDUCED", "AINT": "DRUG INTERRUPTED", "ADIS": "DRUG WITHDRAWN"}
"""Beginning of the flags in ADAE -> the action that they stand for."""

EMERGENCE = ("TRTEMFL", "REGTEMFL")
NAMES = ("AESEQ", "AEBODSYS", "AEDECOD", "AESTDTC", "AEENDTC", "AETOXGR", "AESEV", "AEOUT", "AEREL", "AEACN")


def flags(params: Params) -> list[str]:
    """The flags of an event that do not depend on when it was; those of a drug end in its number and FL."""
    numbers = range(1, len(params.study.treatments) + 1)
    own = [f"{name}{number}FL" for name in ("AREL", *ACTIONS) for number in numbers]
    return ["AGR3FL", "ASERFL", "AFATFL", *own]


def events(trial: Trial, patients: Mapping[str, Treated]) -> pd.DataFrame:
    """One line per event of an enrolled patient: the flags as in ADAE, GRADE, and ONSET (a study day from 1 on)."""
    chosen = flags(trial.params)
    rows = [row for usubjid in trial.enrolled for row in _of_patient(trial, usubjid, patients.get(usubjid))]
    names = ["USUBJID", "AESEQ", "AEBODSYS", "AEDECOD", *EMERGENCE, "ONSET", "GRADE", *chosen, "AESIFL"]
    return pd.DataFrame(rows, columns=names)


def _of_patient(trial: Trial, usubjid: str, patient: Treated | None) -> Iterator[dict[str, object]]:
    settings = trial.params.adverse_events
    special = {term.upper() for group in settings.special_interest for term in group.terms}
    supplements = _supplements(trial, usubjid)
    for values in records(trial.of("AE", usubjid), *NAMES, *SERIOUS):
        event = dict(zip((*NAMES, *SERIOUS), values, strict=True))
        seq = None if event["AESEQ"] is None else int(float(str(event["AESEQ"])))
        extra = supplements.get(seq, {})
        grade = _grade(event["AETOXGR"])
        if event["AETOXGR"] is None:
            grade = settings.severity_grades.get(str(event["AESEV"]))
        serious = any(event[name] == "Y" for name in SERIOUS)
        fatal = event["AESDTH"] == "Y" or event["AEOUT"] == "FATAL" or grade == 5
        says = {"AGR3FL": grade is not None and grade >= 3, "ASERFL": serious, "AFATFL": fatal}
        says["AESIFL"] = str(event["AEDECOD"]).upper() in special
        for number, drug in enumerate(trial.params.study.treatments, start=1):
            says |= _of_drug(number, drug, event, extra, settings.not_related)
        worsened = worse(_grade(extra.get(settings.initial_grade_qnam)), grade)
        found = {name: event[name] for name in ("AEBODSYS", "AEDECOD")} | {"USUBJID": usubjid, "AESEQ": seq}
        found |= _emergence(trial, patient, event, worsened=worsened)
        yield found | {"GRADE": grade} | {name: "Y" if value else "N" for name, value in says.items()}


def _supplements(trial: Trial, usubjid: str) -> dict[int | None, dict[str, str]]:
    """AESEQ -> QNAM -> QVAL of a patient's events."""
    found: dict[int | None, dict[str, str]] = {}
    names = ("IDVAR", "IDVARVAL", "QNAM", "QVAL")
    for variable, number, name, value in records(trial.of("SUPPAE", usubjid), *names):
        if variable == "AESEQ" and value is not None:
            found.setdefault(int(float(str(number))), {})[str(name)] = str(value)
    return found


def _grade(text: object) -> int | None:
    """A grade from 1 to 5; anything else is none."""
    digit = str(text).strip()
    return int(digit) if digit in ("1", "2", "3", "4", "5") else None


def worse(initial: int | None, grade: int | None) -> bool:
    """Whether the grade rose from an initial one; not where either is missing."""
    return initial is not None and grade is not None and initial < grade


def _of_drug(
    number: int, drug: Treatment, event: Mapping[str, object], extra: Mapping[str, str], not_related: list[str]
) -> dict[str, bool]:
    """Whether the event was related to a drug (a missing answer: yes), and what was done with the drug."""
    related = event["AEREL"] if drug.relatedness_qnam is None else extra.get(drug.relatedness_qnam)
    action = extra.get(drug.action_qnam or "") or event["AEACN"]  # MULTIPLE is none of the actions
    found = {f"{name}{number}FL": action == meant for name, meant in ACTIONS.items()}
    denied = related is not None and str(related).upper() in {text.upper() for text in not_related}
    return found | {f"AREL{number}FL": not denied}


def _emergence(
    trial: Trial, patient: Treated | None, event: Mapping[str, object], *, worsened: bool
) -> dict[str, object]:
    """Both flags of emergence, and the study day on which an emergent event counts."""
    if patient is None:
        return dict.fromkeys(EMERGENCE, "N") | {"ONSET": None}
    cutoff, until = trial.params.cutoff, subjects.period(event["AEENDTC"])
    when = Event(
        subjects.period(event["AESTDTC"]),
        subjects.latest(until, patient.death, cutoff=cutoff) if until else None,
        cutoff,
        worsened,
    )
    registered = when.start is None or when.is_emergent(patient.enrolled, patient.until)
    flags = (when.is_emergent(patient.first, patient.until), registered)
    begun = when.begins(patient.first)
    onset = max((begun - patient.first).days + 1, 1) if begun else 1
    return dict(zip(EMERGENCE, ("Y" if flag else "N" for flag in flags), strict=True)) | {"ONSET": onset}


@dataclass(frozen=True)
class Event:
    """When an event was: its start as recorded, its end with the plan's imputation, None where they are missing."""

    start: Span | None
    end: dt.date | None
    cutoff: dt.date
    worsened: bool

    def begins(self, first: dt.date) -> dt.date | None:
        """The earliest day on which it may have begun, but the first day of the period where that may be it."""
        if self.start is None or self.start[0] == self.start[1]:
            return self.start and self.start[0]
        return first if self.start[0] <= first <= self.start[1] else min(self.start[0], self.cutoff)

    def is_emergent(self, first: dt.date, until: dt.date) -> bool:
        """Whether it began between two days, both inclusive, or began before them and worsened.

        With a missing or partial start and an end before the first of the days it did not; otherwise a missing start
        counts.
        """
        over = self.end is not None and self.end < first
        day = self.begins(first)
        if day is None or (self.start and self.start[0] != self.start[1] and over):
            return not over
        return self.worsened and not over if day < first else day <= until
