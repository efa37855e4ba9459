"""The second route: the records of every efficacy endpoint and of safety from SDTM, and their results.

It imports neither analysis.adam nor analysis.stats: subjects, dates, censoring and responses are derived anew;
survival, standard errors and exact limits come from statsmodels.
"""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

import pandas as pd
import polars as pl

from analysis.params import Params
from analysis.qc import events, responses, safety, subjects, tumours, values
from analysis.qc.events import MONTH, Outcome, Patient
from analysis.qc.responses import Course
from analysis.qc.safety import Safety
from analysis.qc.subjects import Life, Trial

SENSITIVITY = {"fda": "PFSFDA", "fda_uniform_dates": "PFSUNI", "fda_investigator": "PFSINV", "ema": "PFSEMA"}
OTHER_START = {"enrolment": "PFSENR", "first_dose": "PFSFD"}
"""The parameter of each start of PFS where it is not the one that params name."""


@dataclass(frozen=True)
class Second:
    """What the second route gives: values by the names of the results, and what it derived of each subject.

    `records` has one line per subject and time-to-event parameter, `responses` one per subject and summary of the
    responses (USUBJID, PARAMCD, AVALC). `safety` has its own values and records.
    """

    values: dict[str, float]
    records: pd.DataFrame = field(repr=False)
    responses: pd.DataFrame = field(repr=False)
    safety: Safety = field(repr=False)


def recompute(sdtm: dict[str, pl.DataFrame], params: Params) -> Second:
    """Compute the main results again from the SDTM of a cut."""
    trial = Trial(sdtm, params)
    rows, answers, notes = [], [], Counter[str]()
    for usubjid, enrolled in trial.enrolled.items():
        vital = subjects.life(trial, usubjid, enrolled)
        patient = Patient(trial, usubjid, enrolled, vital)
        course = responses.course(patient)
        outcomes = survival(trial, usubjid, enrolled, vital) + response_times(trial, usubjid, patient, vital, course)
        outcomes.append(("TTF", enrolled, events.treatment_failure(trial, usubjid, patient)))
        rows += [(usubjid, paramcd, begin, o.day, int(not o.event), o.event) for paramcd, begin, o in outcomes]
        answers += [(usubjid, paramcd, says) for paramcd, says in responses.summaries(course)]
        notes.update(responses.notes(course, patient, left=subjects.left_study(trial, usubjid)))
    records = pd.DataFrame(rows, columns=["USUBJID", "PARAMCD", "STARTDT", "ADT", "CNSR", "EVENT"])
    records["AVAL"] = [((a - s).days + 1) / MONTH for a, s in zip(records["ADT"], records["STARTDT"], strict=True)]
    found = pd.DataFrame(answers, columns=["USUBJID", "PARAMCD", "AVALC"])
    named = counts(trial) | values.survival(records, params) | values.response(found, notes, params)
    return Second(named, records, found, safety.recompute(trial))


def survival(trial: Trial, usubjid: str, enrolled: dt.date, vital: Life) -> list[tuple[str, dt.date, Outcome]]:
    """OS, and PFS by each set of rules from the start that params name, and from the other; where there is one."""
    pfs = trial.params.pfs
    sets = {"PFS": pfs.rule_set} | {SENSITIVITY[name]: name for name in pfs.other_sets}
    outcomes = [("OS", enrolled, events.overall(trial.params, enrolled, vital))]
    dose = subjects.first_dose(trial, usubjid, enrolled)
    starts = {"enrolment": enrolled, "first_dose": dose and dose[0]}
    for name, start in starts.items():
        if start:
            patient = Patient(trial, usubjid, start, vital)
            wanted = sets if name == pfs.start else {OTHER_START[name]: pfs.rule_set}
            outcomes += [(paramcd, start, patient.progression_free(rules)) for paramcd, rules in wanted.items()]
    return outcomes


def response_times(
    trial: Trial, usubjid: str, patient: Patient, vital: Life, course: Course
) -> list[tuple[str, dt.date, Outcome]]:
    """TTR and DOR of a patient whose response was confirmed; the latter ends by the primary rules of PFS."""
    after = responses.response_day(course)
    if after is None:
        return []
    day = patient.start + dt.timedelta(days=after)
    responder = Patient(trial, usubjid, day, vital, origin=patient.start)
    end = responder.progression_free(trial.params.pfs.rule_set)
    return [("TTR", patient.start, Outcome(day, "response")), ("DOR", day, end)]


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
