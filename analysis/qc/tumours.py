"""The second route's tumour assessments: one reading a day, and whether there was a baseline scan."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from analysis.qc.subjects import Trial, first_dose, full, period, records

WORST_LAST = ("NE", "CR", "PR", "SD", "NON-CR/NON-PD", "PD")
UNEQUIVOCAL = ("UNEQUIVOCAL PROGRESSION", "UNEQUIVOCAL INCREASE")
CLAIMS = ("PD", "Y", "PROGRESSIVE DISEASE")


@dataclass(frozen=True)
class Reading:
    """One visit's overall response: when it was read, when it was planned (None where unscheduled)."""

    day: dt.date
    response: str
    planned: dt.date | None

    @property
    def adequate(self) -> bool:
        return self.response != "NE"


def readings(trial: Trial, usubjid: str) -> list[Reading]:
    """All readings in order of their days; of several on one day the worst, NE only where alone."""
    found: dict[dt.date, Reading] = {}
    covered: dict[object, dt.date] = {}
    for text, response, visit, planned in sorted(overall(trial, usubjid), key=lambda row: str(row[0] or "9999")):
        kind = str(response) if response in WORST_LAST else "NE"
        after = covered.get(visit, dt.date.min)
        recorded = full(text)
        last_lesion = max(lesion_days(trial, usubjid, visit, after), default=None)
        shown = progression_days(trial, usubjid, visit, after) if kind == "PD" else ()
        day = min((d for d in (recorded or last_lesion, *shown) if d), default=None)
        if day is None:
            continue
        covered[visit] = max(after, recorded or day)
        reading = Reading(day, kind, planned)
        if day not in found or rank(reading) > rank(found[day]):
            found[day] = reading
    return [found[day] for day in sorted(found)]


def rank(reading: Reading) -> tuple[int, bool]:
    return WORST_LAST.index(reading.response), reading.planned is not None


def overall(trial: Trial, usubjid: str) -> Iterator[tuple[object, object, object, dt.date | None]]:
    """Date, response, visit and planned day of each overall response of the chosen reader.

    One that was not accepted (RSACPTFL) is left out where another of its visit or its day was.
    """
    names = ("RSTESTCD", "RSCAT", "RSEVAL", "RSACPTFL", "RSDTC", "RSSTRESC", "VISITNUM", "VISIT", "VISITDY")
    read = []
    for test, category, who, accepted, text, response, number, name, day in records(trial.of("RS", usubjid), *names):
        if test == trial.params.response.rs_testcd and is_chosen(trial, category, who):
            row = (text, response, name if number is None else number, planned(trial, usubjid, "RS", number, day))
            read.append((accepted == "Y", row))
    visits = {row[2] for accepted, row in read if accepted} - {None}
    days = {full(row[0]) for accepted, row in read if accepted} - {None}
    yield from (row for accepted, row in read if accepted or (row[2] not in visits and full(row[0]) not in days))


def is_chosen(trial: Trial, category: object, who: object) -> bool:
    """Whether a response is of the chosen category and reader; where it names none, it is taken as theirs."""
    chosen = trial.params.response
    return category in (None, chosen.rs_category) and who in (None, chosen.reader.upper())


def planned(trial: Trial, usubjid: str, domain: str, number: object, day: object) -> dt.date | None:
    """The scheduled date of a visit: its planned study day counts from enrolment; None where unscheduled."""
    if not trial.has_variable(domain, "VISITDY"):
        day = None if number is None else trial.planned_study_days.get(float(str(number)))
    return None if day is None else trial.enrolled[usubjid] + dt.timedelta(int(float(str(day))) - 1)


@dataclass(frozen=True)
class Lesion:
    """One dated record of a lesion: how it shows progression, if so, or that it is one of the target lesions."""

    day: dt.date
    visit: object
    progresses: bool
    target: bool


def lesions(trial: Trial, usubjid: str) -> Iterator[Lesion]:
    """The lesion records of the reader that have a complete date."""
    for domain in ("TR", "TU"):
        names = [f"{domain}{name}" for name in ("DTC", "EVAL", "GRPID", "STRESC")]
        for text, who, group, says, number, name in records(trial.of(domain, usubjid), *names, "VISITNUM", "VISIT"):
            day = full(text)
            if day and who in (None, trial.params.response.reader.upper()):
                progresses = "NEW" in (group, says) or says in UNEQUIVOCAL
                yield Lesion(day, name if number is None else number, progresses, group == "TARGET")


def lesion_days(trial: Trial, usubjid: str, visit: object, after: dt.date) -> Iterator[dt.date]:
    """Days of a visit's lesion records, later than an earlier reading under the same visit."""
    return (lesion.day for lesion in lesions(trial, usubjid) if lesion.visit == visit and lesion.day > after)


def progression_days(trial: Trial, usubjid: str, visit: object, after: dt.date) -> Iterator[dt.date]:
    """Days on which a visit shows its progression.

    A new lesion or one that progresses unequivocally shows it by itself, the sum of target lesions with the last one
    measured, and a target or non-target response of PD on its own date.
    """
    seen = [lesion for lesion in lesions(trial, usubjid) if lesion.visit == visit and lesion.day > after]
    yield from (lesion.day for lesion in seen if lesion.progresses)
    targets = [lesion.day for lesion in seen if lesion.target and not lesion.progresses]
    names = ("RSTESTCD", "RSSTRESC", "RSCAT", "RSEVAL", "RSDTC", "VISITNUM", "VISIT")
    for test, response, category, who, text, number, name in records(trial.of("RS", usubjid), *names):
        if response != "PD" or test not in ("TRGRESP", "NTRGRESP") or (name if number is None else number) != visit:
            continue
        if not is_chosen(trial, category, who):
            continue
        day = full(text)
        if day and day > after:
            yield day
        if test == "TRGRESP" and targets:
            yield max(targets)


@dataclass(frozen=True)
class Baseline:
    """Whether a lesion was read by the first dose (by enrolment where never dosed), and a target lesion among them."""

    scanned: bool
    measurable: bool


def baseline(trial: Trial, usubjid: str) -> Baseline:
    """The baseline scans; a study with neither TU nor TR cannot say, and its subjects are taken as scanned."""
    if not trial.has("TU") and not trial.has("TR"):
        return Baseline(True, True)
    enrolled = trial.enrolled[usubjid]
    limit, recorded = first_dose(trial, usubjid, enrolled) or (enrolled, enrolled.isoformat())
    kinds = []
    for domain, kind in (("TU", "TUSTRESC"), ("TR", "TRGRPID")):
        for text, who, says in records(trial.of(domain, usubjid), f"{domain}DTC", f"{domain}EVAL", kind):
            reader = who in (None, trial.params.response.reader.upper())
            if reader and says != "NEW" and is_by(text, limit, recorded):
                kinds.append(says)
    return Baseline(bool(kinds), "TARGET" in kinds)


def is_by(text: object, limit: dt.date, recorded: str) -> bool:
    """Whether a scan is not after the first dose: by its earliest possible day, on one day by the times if both are."""
    span = period(text)
    if span is None:
        return False
    if span[0] == span[1] == limit and len(str(text)) > 10 and len(recorded) > 10:
        return str(text)[10:] <= recorded[10:]
    return span[0] <= limit


def clinical(trial: Trial, usubjid: str, read: list[Reading]) -> Reading | None:
    """The first clinical progression of a subject without any PD among the readings."""
    if any(reading.response == "PD" for reading in read):
        return None
    rule = trial.params.pfs.clinical_progression
    found: list[Reading] = []

    def add(domain: str, frame: pd.DataFrame, names: tuple[str, str, str], test: str, says: tuple[str, ...]) -> None:
        for text, what, value, number, day in records(frame, *names, "VISITNUM", "VISITDY"):
            when = full(text)
            if what == test and value in says and when:
                found.append(Reading(when, "PD", planned(trial, usubjid, domain, number, day)))

    ds, rs = trial.of("DS", usubjid), trial.of("RS", usubjid)
    add("DS", ds, ("DSSTDTC", "DSDECOD", "DSDECOD"), rule.dsdecod, (rule.dsdecod,))
    if rule.rstestcd:
        add("RS", rs, ("RSDTC", "RSTESTCD", "RSSTRESC"), rule.rstestcd, CLAIMS)
    return min(found, key=lambda reading: reading.day, default=None)
