"""Rows of the subject's way through the trial: DM, DS, SE, SV, IE, DV, SS, DD and the treatment EX."""

import datetime as dt

from data.make.base import (
    HORIZON,
    SCREENING,
    TRANSFERS,
    Row,
    Rows,
    Value,
    Visit,
    days,
    iso,
    stream,
    survival_visit,
    unknown_until,
    visit_values,
)
from data.make.criteria import CRITERIA
from data.make.dosing import Dose
from data.make.history import Person
from data.make.plans import LOST, SCREEN_FAILURES, WITHDRAWAL
from data.make.story import ANLOTINIB, Story

ARM_CODE, ARM = "ANL-FUL", "Anlotinib + fulvestrant"
CORRECTION_DAY = dt.date(2025, 9, 30)
"""The day on which the wrong date of the progression visit was corrected in the database."""

_Span = tuple[str, str, str, dt.date, dt.date | None, dt.date | None]
"""An element: code, name, epoch, start, end, and the day from which the end is known."""

VERBATIM = {
    "INFORMED CONSENT OBTAINED": "Informed consent obtained",
    "ENROLLED": "Enrolled",
    "PROGRESSIVE DISEASE": "Disease progression",
    "ADVERSE EVENT": "Adverse event",
    "PHYSICIAN DECISION": "Physician's decision",
    "WITHDRAWAL BY SUBJECT": "Withdrawal of consent",
    "LOST TO FOLLOW-UP": "Lost to follow-up",
    "DEATH": "Death",
    "SCREEN FAILURE": "Screen failure",
}


def epoch(story: Story, day: dt.date) -> str:
    """Return the epoch of a day."""
    start = story.first_dose or (None if story.failed else story.slot.enrolled)
    if start is None or day < start:
        return "SCREENING"
    if story.first_dose is None:
        return "FOLLOW-UP"
    return "TREATMENT" if day <= treatment_end(story) else "FOLLOW-UP"


def treatment_end(story: Story) -> dt.date:
    """Return the day on which both drugs were stopped, or the day after the horizon."""
    return max(stop.date for _, stop in story.stops) if len(story.stops) == 2 else HORIZON + days(1)


def subject_rows(story: Story, person: Person) -> Rows:
    """Return the rows of all domains of this module."""
    return {
        "DM": [demographics(story, person)],
        "DS": disposition(story),
        "SE": elements(story),
        "SV": attended(story),
        "IE": criteria_not_met(story),
        "DV": deviations(story),
        "SS": survival_status(story),
        "DD": death_details(story),
        "EX": exposure(story),
    }


def demographics(story: Story, person: Person) -> Row:
    """One row; the reference end dates are those known at each transfer."""

    def known_on(day: dt.date) -> dict[str, Value]:
        ends = [min(dose.end, day) for dose in story.doses if dose.start <= day]
        seen = [v.end for v in story.visits if v.end and v.end <= day] + [story.slot.consent]
        over = story.death.known <= day if story.death else story.leaves is not None and story.leaves.date <= day
        leaving = story.death.text if story.death else iso(story.leaves.date) if story.leaves else None
        last = iso(max(ends)) if ends else None
        return {"RFENDTC": last, "RFXENDTC": last, "RFPENDTC": leaving if over else iso(max(seen))}

    reason = "SCREEN FAILURE" if story.failed else None if story.first_dose else "ASSIGNED, NOT TREATED"
    treated = story.first_dose is not None
    values: dict[str, Value] = {
        "SUBJID": f"{story.subject:03d}",
        "RFSTDTC": iso(story.first_dose),
        "RFXSTDTC": iso(story.first_dose),
        "RFICDTC": iso(story.slot.consent),
        "DTHDTC": story.death.text if story.death else None,
        "DTHFL": "Y" if story.death else None,
        "SITEID": "01",
        "AGE": person.age,
        "AGEU": "YEARS",
        "SEX": "F",
        "RACE": "ASIAN",
        "ETHNIC": "NOT HISPANIC OR LATINO",
        "ARMCD": None if story.failed else ARM_CODE,
        "ARM": None if story.failed else ARM,
        "ACTARMCD": ARM_CODE if treated else None,
        "ACTARM": ARM if treated else None,
        "ARMNRS": reason,
        "COUNTRY": "CHN",
        "DMDTC": iso(story.slot.consent),
    }
    before: list[tuple[dt.date, dict[str, Value]]] = [(day + days(1), known_on(day)) for day in reversed(TRANSFERS)]
    if story.death:
        before.append((story.death.known, {"DTHDTC": None, "DTHFL": None}))
    return Row(values | known_on(HORIZON), story.slot.consent, before=tuple(before))


def disposition(story: Story) -> list[Row]:
    """Milestones, the end of each drug, and the end of participation."""

    milestone, event, consented, enrolled = (
        "PROTOCOL MILESTONE",
        "DISPOSITION EVENT",
        story.slot.consent,
        story.slot.enrolled,
    )

    def row(
        decod: str, category: str, part: str | None, day: dt.date, text: str | None = None, known: dt.date | None = None
    ) -> Row:
        known = known or day
        values: dict[str, Value] = {"DSTERM": VERBATIM[decod], "DSDECOD": decod, "DSCAT": category, "DSSCAT": part}
        values |= {"EPOCH": "SCREENING" if category == milestone else epoch(story, day)}
        return Row(values | {"DSDTC": iso(known), "DSSTDTC": text or iso(day)}, known)

    rows = [row("INFORMED CONSENT OBTAINED", milestone, None, consented)]
    part = "STUDY PARTICIPATION"
    if story.failed:
        criterion = SCREEN_FAILURES[story.subject][0]
        return [*rows, row("SCREEN FAILURE" if criterion else WITHDRAWAL, event, part, story.screening[1])]
    rows.append(row("ENROLLED", milestone, None, enrolled))
    rows += [row(stop.reason, event, drug, stop.date) for drug, stop in story.stops]
    if story.death:
        rows.append(row("DEATH", event, part, story.death.date, story.death.text, story.death.known))
    elif story.leaves:
        rows.append(row(story.leaves.reason, event, part, story.leaves.date))
    return rows


def elements(story: Story) -> list[Row]:
    """Screening, treatment and follow-up, each from the end of the one before."""
    over = story.death.date if story.death else story.leaves.date if story.leaves else None
    told = story.death.known if story.death else over
    start = story.first_dose or (story.screening[1] if story.failed else story.slot.enrolled)
    spans: list[_Span] = [("SCRN", "Screening", "SCREENING", story.slot.consent, start, start)]
    if story.first_dose:
        stop = treatment_end(story) if len(story.stops) == 2 else None
        spans.append(("TRT", "Anlotinib + fulvestrant", "TREATMENT", story.first_dose, stop, stop))
        start = stop or HORIZON + days(1)
    if not story.failed and start <= HORIZON and (over is None or over > start):
        text_end = None if story.death and len(story.death.text) < 10 else over
        spans.append(("FU", "Follow-up", "FOLLOW-UP", start, text_end, told))
    rows = []
    for order, (code, name, part, begin, end, known_end) in enumerate(spans, start=1):
        values: dict[str, Value] = {"ETCD": code, "ELEMENT": name, "SESTDTC": iso(begin), "SEENDTC": iso(end)}
        rows.append(Row(values | {"TAETORD": order, "EPOCH": part}, begin, before=unknown_until(known_end, "SEENDTC")))
    return rows


def attended(story: Story) -> list[Row]:
    """One row per visit; a late or corrected tumour assessment is late or corrected here too."""

    def dates(start: dt.date, end: dt.date) -> dict[str, Value]:
        return {"SVSTDTC": iso(start), "SVENDTC": iso(end)}

    rows = []
    for visit in story.visits:
        start, end = visit.days
        known, shift = scan_entry(story, visit)
        before = unknown_until(end, "SVENDTC") if end > start else ()
        if shift:
            before = ((CORRECTION_DAY, dates(start + days(shift), end + days(shift))),)
        rows.append(Row(visit_values(visit) | dates(start, end), known or start, before=before))
    return rows


def scan_entry(story: Story, visit: Visit) -> tuple[dt.date | None, int]:
    """Return when a visit's scan arrived if late, and by how many days it was first entered wrongly."""
    position = round(visit.number) - 300
    entered = story.plan.first_entry.get(position)
    shift = (entered - visit.days[0]).days if entered else 0
    return story.plan.late_scans.get(position), shift


def criteria_not_met(story: Story) -> list[Row]:
    """The criterion that kept a subject out, or was waived."""
    code = SCREEN_FAILURES[story.subject][0] if story.failed else story.plan.waiver and story.plan.waiver[0]
    if code is None:
        return []
    included, day = code.startswith("INCL"), story.screening[1]
    values: dict[str, Value] = {
        "IETESTCD": code,
        "IETEST": CRITERIA[code],
        "IECAT": "INCLUSION" if included else "EXCLUSION",
        "IEORRES": "N" if included else "Y",
        "IESTRESC": "N" if included else "Y",
        "IEDTC": iso(day),
    }
    return [Row(values | visit_values(SCREENING), day)]


def deviations(story: Story) -> list[Row]:
    """Recorded deviations: planned ones, missed assessments, and a few minor ones at random."""
    important, minor = "IMPORTANT DEVIATION", "MINOR DEVIATION"
    found: list[tuple[dt.date, str, str, str]] = []
    when = story.slot
    if story.plan.waiver:
        text = story.plan.waiver[1]
        found.append((when.enrolled, f"{text}, enrolled with a waiver", "ELIGIBILITY CRITERIA NOT MET", important))
    if not story.plan.baseline_scan:
        found.append((when.enrolled, "No tumour assessment before enrolment", "BASELINE ASSESSMENT MISSING", important))
    for position, token in enumerate((story.plan.course or "").split(), start=1):
        if token == "-":
            due = when.enrolled + days(56 * position)
            found.append((due, f"Tumour assessment of week {8 * position} not done", "ASSESSMENT MISSED", minor))
    rng = stream(story.subject, "deviations")
    for dose in story.anlotinib[1:]:
        kind = rng.random()
        if kind < 0.02:
            found.append((dose.start, "Laboratory tests of this cycle incomplete", "LABORATORY TEST MISSED", minor))
        elif kind < 0.04:
            found.append((dose.start, "Cycle visit outside its window", "VISIT OUT OF WINDOW", minor))
        elif kind < 0.045:
            text = "Herbal product with antitumour claim taken"
            found.append((dose.start, text, "PROHIBITED MEDICATION", important))
    return [
        Row(
            {
                "DVTERM": text,
                "DVDECOD": code,
                "DVCAT": category,
                "EPOCH": epoch(story, day),
                "DVSTDTC": iso(day),
            },
            day,
        )
        for day, text, code, category in found
    ]


def survival_status(story: Story) -> list[Row]:
    """Alive at each contact; dead on the day the clinic learned of it."""
    found = [(day, "ALIVE", survival_visit(n)) for n, day in enumerate(story.contacts, start=1)]
    if story.death and LOST not in {stop.reason for _, stop in story.stops}:
        found.append((story.death.known, "DEAD", survival_visit(len(found) + 1)))
    test: dict[str, Value] = {"SSTESTCD": "SURVSTAT", "SSTEST": "Survival Status"}
    return [
        Row(
            test
            | {"VISITNUM": visit.number, "VISIT": visit.name}
            | {"SSORRES": status, "SSSTRESC": status}
            | {"SSDTC": iso(day)},
            day,
        )
        for day, status, visit in found
    ]


def death_details(story: Story) -> list[Row]:
    """The primary cause of death."""
    if story.death is None:
        return []
    known = story.death.known
    values: dict[str, Value] = {
        "DDTESTCD": "PRCDTH",
        "DDTEST": "Primary Cause of Death",
        "DDORRES": story.death.cause,
        "DDSTRESC": story.death.cause,
        "DDEVAL": "INVESTIGATOR",
        "DDDTC": iso(known),
    }
    return [Row(values, known)]


def exposure(story: Story) -> list[Row]:
    """Anlotinib as intervals of daily dosing, fulvestrant as injections."""

    def row(drug: str, dose: Dose) -> Row:
        oral = drug == ANLOTINIB
        values: dict[str, Value] = {
            "EXTRT": drug,
            "EXDOSE": dose.mg,
            "EXDOSU": "mg",
            "EXDOSFRM": "CAPSULE" if oral else "INJECTION",
            "EXDOSFRQ": "QD" if oral else "ONCE",
            "EXROUTE": "ORAL" if oral else "INTRAMUSCULAR",
            "EXADJ": dose.why,
            "EPOCH": epoch(story, dose.start),
            "EXSTDTC": iso(dose.start),
            "EXENDTC": iso(dose.end),
        }
        return Row(values, dose.start, before=unknown_until(dose.end, "EXENDTC"))

    return [row(ANLOTINIB, dose) for dose in story.anlotinib] + [row("FULVESTRANT", d) for d in story.fulvestrant]
