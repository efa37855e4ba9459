"""ADSCAN: one record per tumour assessment that was due, and per unscheduled one: on time, early, late or missed."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl

from analysis.adam.adtte import FLAGS, pfs_histories
from analysis.adam.assessments import Assessment
from analysis.adam.pfs import History
from analysis.adam.records import Queries, Row, Sdtm
from analysis.params import Params, Schedule

SCHEMA: dict[str, Any] = {
    "STUDYID": pl.String,
    "USUBJID": pl.String,
    **dict.fromkeys(FLAGS, pl.String),
    "PARAMCD": pl.String,
    "PARAM": pl.String,
    "AVISIT": pl.String,
    "AVISITN": pl.Float64,
    "PLANDT": pl.Date,
    "ADT": pl.Date,
    "AVAL": pl.Int64,
    "AVALC": pl.String,
    "AREASON": pl.String,
    "DUEENDT": pl.Date,
    "DUEENRS": pl.String,
    "OFFTRTFL": pl.String,
    "FMISSFL": pl.String,
    "GAPFL": pl.String,
    "SRCDOM": pl.String,
    "SRCVAR": pl.String,
    "SRCSEQ": pl.Int64,
}

UNSCHEDULED = "UNSCHEDULED"


@dataclass(frozen=True)
class Slot:
    """A planned assessment: its day, its scan if there was one, and the last day on which scans were due."""

    planned: dt.date
    scan: dt.date | None
    end: dt.date
    window: int

    @property
    def deviation(self) -> int:
        """Elapsed days of the scan from the planned day; negative where it came before."""
        return (self.scan - self.planned).days if self.scan is not None else 0


@dataclass(frozen=True)
class Rule:
    """A named state of a planned assessment, what it says, and when it applies."""

    name: str
    text: str
    applies: Callable[[Slot], bool]


RULES = (
    Rule("ON TIME", "Within the window", lambda s: s.scan is not None and abs(s.deviation) <= s.window),
    Rule("EARLY", "Before the window", lambda s: s.scan is not None and s.deviation < 0),
    Rule("LATE", "After the window", lambda s: s.scan is not None),
    Rule("MISSED", "None, though due to the end of the window", lambda s: s.planned + dt.timedelta(s.window) <= s.end),
)
"""The first that applies; where none does the assessment was not due any more."""


def derive_adscan(sdtm: Sdtm, adsl: pl.DataFrame, params: Params, queries: Queries | None = None) -> pl.DataFrame:
    """One row per enrolled patient and planned assessment that was due, and per unscheduled one.

    Assessments are planned every params.schedule.scan_interval_days from enrolment, within scan_window_days. They were
    due until DUEENDT, the first of the reasons in DUEENRS; those after that day are left out. AVAL is the deviation
    from the planned day (PLANDT) in days, AVALC the name of the rule. OFFTRTFL marks those planned after all drugs were
    stopped, which leaves an assessment due. FMISSFL marks a patient's first missed
    assessment, GAPFL the first with which params.schedule.missed_assessments in a row were missed. SRC* are those of
    the assessment's date. Sorted by USUBJID, PARAMCD, AVISITN and ADT.
    """
    queries = queries or Queries()
    patients = {row["USUBJID"]: row for row in adsl.sort("USUBJID").iter_rows(named=True) if row["ENRLFL"] == "Y"}
    records: list[Row] = []
    for history in pfs_histories(sdtm, patients, params, "enrolment", queries):
        patient = patients[history.usubjid]
        shared = {name: patient[name] for name in ("STUDYID", "USUBJID", *FLAGS)}
        end, reason = due_until(history, patient, params.cutoff)
        shared |= {"DUEENDT": end, "DUEENRS": reason}
        stopped = treatment_end(patient, len(params.study.treatments))
        for row in _assessments(history, end, params):
            after = stopped is not None and row.get("PLANDT") is not None and row["PLANDT"] > stopped
            records.append(shared | row | {"OFFTRTFL": _flag(after)})
    frame = pl.DataFrame([dict.fromkeys(SCHEMA) | row for row in records], schema=SCHEMA, orient="row")
    return frame.sort("USUBJID", "PARAMCD", "AVISITN", "ADT", maintain_order=True)


def treatment_end(patient: Row, drugs: int) -> dt.date | None:
    """The day on which the last of the drugs that the patient took was stopped; None while one goes on."""
    places = [n for n in range(1, drugs + 1) if patient[f"EOTSTT{n}"] != "NOT TREATED"]
    ends = [patient[f"EOTDT{n}"] for n in places]
    ongoing = any(patient[f"EOTSTT{n}"] == "ONGOING" for n in places) or any(end is None for end in ends)
    return None if ongoing else max(ends, default=None)


def due_until(history: History, patient: Row, cutoff: dt.date) -> tuple[dt.date, str]:
    """The last day on which assessments were due, and why: of one day, the reason named first."""
    therapy = history.new_therapy
    ends = [
        (next((a.date for a in history.assessments if a.response == "PD"), None), "PROGRESSION"),
        (therapy.date if therapy is not None else None, "NEW THERAPY"),
        (history.death, "DEATH"),
        (patient["EOSDT"], "END OF STUDY PARTICIPATION"),
        (cutoff, "DATA CUT-OFF"),
    ]
    return min(((day, why) for day, why in ends if day is not None), key=lambda end: end[0])


def _assessments(history: History, end: dt.date, params: Params) -> list[Row]:
    schedule = params.schedule
    scans = [a for a in history.assessments if a.date <= end]
    taken = _assigned(scans, history.start, schedule)
    last = max([(end - history.start).days // schedule.scan_interval_days + 1, *taken])
    rows: list[Row] = []
    in_a_row = 0
    for number in range(1, last + 1):
        scan = taken.get(number)
        planned = planned_date(history.start, number, schedule)
        slot = Slot(planned, scan.date if scan else None, end, schedule.scan_window_days)
        rule = next((r for r in RULES if r.applies(slot)), None)
        if rule is None:
            continue
        missed = rule.name == "MISSED"
        in_a_row = in_a_row + 1 if missed else 0
        first = missed and not any(row["AVALC"] == "MISSED" for row in rows)
        gap = in_a_row == schedule.missed_assessments and not any(row["GAPFL"] == "Y" for row in rows)
        row = {"PARAMCD": "PLANNED", "PARAM": "Planned tumour assessment", "AVISITN": float(number), "PLANDT": planned}
        row |= {"AVISIT": visit_name(number, schedule), "AVAL": slot.deviation if scan else None}
        row |= {"AVALC": rule.name, "AREASON": rule.text, "FMISSFL": _flag(first), "GAPFL": _flag(gap)}
        rows.append(row | _source(scan))
    assigned = {scan.date for scan in taken.values()}
    for scan in scans:
        if scan.date not in assigned:
            row = {"PARAMCD": "UNSCHED", "PARAM": "Unscheduled tumour assessment", "AVISIT": scan.visit}
            row |= {"AVALC": UNSCHEDULED, "AREASON": "Of no planned visit", "FMISSFL": "N", "GAPFL": "N"}
            rows.append(row | _source(scan))
    return rows


def planned_date(start: dt.date, number: int, schedule: Schedule) -> dt.date:
    """The day of the planned assessment of that number, counted from 1."""
    return start + dt.timedelta(days=number * schedule.scan_interval_days)


def visit_name(number: int, schedule: Schedule) -> str:
    """The planned visit in weeks from enrolment, or in days where those are not whole weeks."""
    days = number * schedule.scan_interval_days
    return f"Week {days // 7}" if days % 7 == 0 else f"Day {days + 1}"


def _assigned(scans: list[Assessment], start: dt.date, schedule: Schedule) -> dict[int, Assessment]:
    """The scan of each planned assessment: the nearest that its visit names, else one within the window."""
    named: dict[int, list[Assessment]] = {}
    for scan in scans:
        if scan.planned_day is not None:
            named.setdefault(round((scan.planned_day - 1) / schedule.scan_interval_days), []).append(scan)
        else:
            number = round((scan.date - start).days / schedule.scan_interval_days)
            if abs((scan.date - planned_date(start, number, schedule)).days) <= schedule.scan_window_days:
                named.setdefault(number, []).append(scan)
    return {
        number: min(
            of_visit,
            key=lambda a: (a.planned_day is None, abs((a.date - planned_date(start, number, schedule)).days)),
        )
        for number, of_visit in sorted(named.items())
        if number >= 1
    }


def _flag(value: bool) -> str:
    return "Y" if value else "N"


def _source(scan: Assessment | None) -> Row:
    if scan is None:
        return {}
    source = scan.source
    return {"ADT": scan.date, "SRCDOM": source.domain, "SRCVAR": source.variable, "SRCSEQ": source.seq}
