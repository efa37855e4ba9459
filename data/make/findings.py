"""Rows of LB, VS and EG; the values show the adverse events that were active on the day."""

import datetime as dt
from dataclasses import dataclass

import numpy as np

from data.make.base import SCREENING, Row, Rows, Value, Visit, chance, iso, pick, stream, visit_values
from data.make.history import Person
from data.make.laboratory import BLOOD_PRESSURE, GRADES, PROTEIN_24H, PROTEINURIA, QTCF, TESTS, Range, Test
from data.make.plans import SCREEN_FAILURES
from data.make.story import Story
from data.make.toxicity import AdverseEvent

LAB_EVENTS = {*GRADES, "Proteinuria"}
VS_EVENTS = {"Hypertension", "Weight loss"}
QT = "Electrocardiogram QT corrected interval prolonged"
ACUTE_DAYS, CONTROLLED_DAYS = 14, 28
"""Days for which a value stays in its grade, and after which treated hypertension is under control."""


@dataclass(frozen=True)
class Exam:
    """One day on which tests are done: the visit, its cycle (0 at screening), the events that began on the day."""

    visit: Visit
    date: dt.date
    cycle: int
    began: tuple[AdverseEvent, ...] = ()
    scheduled: bool = True


def finding_rows(story: Story, person: Person) -> Rows:
    """Return the rows of LB, VS and EG."""
    lab, vital, ecg = ({*LAB_EVENTS}, {*VS_EVENTS}, {QT})
    return {
        "LB": laboratory(story, exams(story, lab)),
        "VS": vital_signs(story, person, exams(story, vital)),
        "EG": electrocardiograms(story, exams(story, ecg)),
        "SV": unscheduled_visits(story),
    }


def exams(story: Story, terms: set[str]) -> list[Exam]:
    """Screening, day 1 of each cycle, end of treatment, and the days on which an event of these terms began."""
    days = {story.screening[1] if story.failed else min(story.screening[1], story.slot.enrolled): (SCREENING, 0)}
    for visit in story.visits:
        cycle = round(visit.number) - 100
        if 1 <= cycle < 100 or visit.name == "END OF TREATMENT":
            days.setdefault(visit.days[0], (visit, cycle if cycle < 100 else 1))
    extra = unscheduled(story)
    began = {day: tuple(event for event in events if event.term in terms) for day, (_, events) in extra.items()}
    found = [Exam(visit, day, cycle, began.get(day, ())) for day, (visit, cycle) in days.items()]
    found += [Exam(extra[day][0], day, 1, events, False) for day, events in began.items() if events and day not in days]
    return sorted(found, key=lambda exam: exam.date)


def unscheduled(story: Story) -> dict[dt.date, tuple[Visit, list[AdverseEvent]]]:
    """Return the days on which events began that a measurement shows, each as a visit numbered after the one before."""
    found: dict[dt.date, tuple[Visit, list[AdverseEvent]]] = {}
    counts: dict[float, int] = {}
    planned = [v for v in story.visits if v.number == SCREENING.number or 100 < v.number < 200]
    for event in story.events:
        if event.term not in LAB_EVENTS | VS_EVENTS | {QT} or event.removed or event.known:
            continue
        if event.start not in found:
            last = max((v for v in planned if v.days[0] <= event.start), key=lambda v: v.days[0])
            counts[last.number] = counts.get(last.number, 0) + 1
            number = round(last.number + counts[last.number] / 10, 1)
            found[event.start] = (Visit(number, f"UNSCHEDULED {number:g}", None, event.start), [])
        found[event.start][1].append(event)
    return found


def unscheduled_visits(story: Story) -> list[Row]:
    """Rows of SV for the unscheduled visits on days without a scheduled examination."""
    taken = {exam.date for exam in exams(story, set())}
    return [
        Row(
            visit_values(visit) | {"SVSTDTC": iso(day), "SVENDTC": iso(day)},
            day,
        )
        for day, (visit, _) in unscheduled(story).items()
        if day not in taken
    ]


def active(story: Story, day: dt.date) -> list[AdverseEvent]:
    """Return the events that are active on a day, the worst last."""
    on = [e for e in story.events if e.start <= day and (e.end is None or day <= e.end) and e.grade is not None]
    return sorted(on, key=lambda event: event.grade or 0)


def _within(rng: np.random.Generator, limits: Range, decimals: int) -> float:
    """Draw a value inside a grade; the upper end is rarer."""
    share = float(rng.random() ** 1.6)
    return round(limits[0] + (limits[1] - limits[0]) * share, decimals)


def _grade_now(rng: np.random.Generator, event: AdverseEvent, day: dt.date) -> int:
    """Return the grade an event shows on a day: its own while acute, later sometimes one less."""
    grade = event.grade or 1
    return grade if (day - event.start).days <= ACUTE_DAYS or chance(rng, 0.5) else max(1, grade - 1)


def laboratory(story: Story, found: list[Exam]) -> list[Row]:
    """Values around each subject's own level, inside the grade of an active event that a test shows.

    Values that a plan fixes are what the clinic found up to enrolment; afterwards they vary around that.
    """
    rng = stream(story.subject, "laboratory level")
    level = {test.code: float(rng.normal(test.mean, test.spread)) for test in TESTS}
    fixed = SCREEN_FAILURES[story.subject][1] if story.failed else story.plan.labs
    baseline = max((exam.date for exam in found if _before_exposure(story, exam.date)), default=None)
    rows = []
    for exam in found:
        rng = stream(story.subject, f"laboratory {exam.date}")
        events = active(story, exam.date)
        shown: dict[str, float] = {}
        for event in events:
            grade = _grade_now(rng, event, exam.date)
            for code, grades in GRADES.get(event.term, {}).items():
                decimals = next(test.decimals for test in TESTS if test.code == code)
                shown[code] = _within(rng, grades[min(grade, max(grades))], decimals)
        for test in TESTS:
            wanted = exam.scheduled and (exam.cycle <= 1 or (exam.cycle - 1) % _apart(test, exam.cycle) == 0)
            caused = test.category in {_category(event) for event in exam.began}
            noise = float(rng.normal(0, test.spread * 0.45))
            if not (wanted or caused):
                continue
            if test.code == "PROT":
                rows += _urine(story, exam, events, rng, exam.date == baseline)
                continue
            value = shown.get(test.code, _usual(test, level[test.code] + noise))
            if test.code in fixed and test.code not in shown:
                steady = exam.date <= story.slot.enrolled or exam.date == baseline
                value = fixed[test.code] if steady else round(fixed[test.code] + noise / 2, test.decimals)
            rows.append(_lab_row(story, exam, test, value, exam.date == baseline))
    return rows


def _apart(test: Test, cycle: int) -> int:
    """Cycles between two measurements: from cycle 5 on everything is measured half as often."""
    return test.every * (2 if cycle > 4 else 1)


def _category(event: AdverseEvent) -> str:
    if event.term == "Proteinuria":
        return "URINALYSIS"
    code = next(iter(GRADES.get(event.term, {"": {}})))
    return next((test.category for test in TESTS if test.code == code), "")


def _usual(test: Test, value: float) -> float:
    """Keep a value that no adverse event explains inside the reference range."""
    step = 10.0**-test.decimals
    low, high = (test.low or 0) + step, (test.high or value) - step
    return round(min(max(value, low), high), test.decimals)


def _before_exposure(story: Story, day: dt.date) -> bool:
    return story.first_dose is not None and day <= story.first_dose


def _lab_row(story: Story, exam: Exam, test: Test, value: float, baseline: bool) -> Row:
    text = f"{value:.{test.decimals}f}"
    mark = "LOW" if test.low is not None and value < test.low else None
    mark = "HIGH" if test.high is not None and value > test.high else mark or "NORMAL"
    values: dict[str, Value] = {
        "LBTESTCD": test.code,
        "LBTEST": test.name,
        "LBCAT": test.category,
        "LBORRES": text,
        "LBORRESU": test.unit,
        "LBORNRLO": f"{test.low:g}",
        "LBORNRHI": f"{test.high:g}",
        "LBSTRESC": text,
        "LBSTRESN": round(value, test.decimals),
        "LBSTRESU": test.unit,
        "LBSTNRLO": test.low,
        "LBSTNRHI": test.high,
        "LBNRIND": mark,
        "LBSPEC": test.specimen,
    }
    return _finding(story, exam, "LB", values, baseline)


def _urine(story: Story, exam: Exam, events: list[AdverseEvent], rng: np.random.Generator, baseline: bool) -> list[Row]:
    """A dipstick, and the 24-hour quantification where it shows 2+ or more."""
    test = next(test for test in TESTS if test.code == "PROT")
    grades = [_grade_now(rng, event, exam.date) for event in events if event.term == "Proteinuria"]
    failed = story.failed and SCREEN_FAILURES[story.subject][0] == "EXCL12"
    grade = 2 if failed else max(grades, default=0)
    dipstick = pick(rng, PROTEINURIA[grade]) if grade else pick(rng, ("NEGATIVE", "NEGATIVE", "NEGATIVE", "TRACE"))
    values: dict[str, Value] = {
        "LBTESTCD": test.code,
        "LBTEST": test.name,
        "LBCAT": test.category,
        "LBORRES": dipstick,
        "LBSTRESC": dipstick,
        "LBNRIND": "ABNORMAL" if grade else "NORMAL",
        "LBSPEC": test.specimen,
        "LBMETHOD": "DIPSTICK",
    }
    rows = [_finding(story, exam, "LB", values, baseline)]
    if grade >= 2:
        amount = _within(rng, PROTEIN_24H[grade], 2)
        quantified: dict[str, Value] = {"LBORRES": f"{amount:.2f}", "LBSTRESC": f"{amount:.2f}", "LBSTRESN": amount}
        quantified |= {"LBORRESU": "g/day", "LBSTRESU": "g/day", "LBMETHOD": None, "LBEVLINT": "-PT24H"}
        quantified |= {"LBORNRHI": "0.15", "LBSTNRHI": 0.15, "LBNRIND": "HIGH"}
        rows.append(_finding(story, exam, "LB", values | quantified, baseline))
    return rows


def _finding(story: Story, exam: Exam, domain: str, values: dict[str, Value], baseline: bool) -> Row:
    dated: dict[str, Value] = {
        f"{domain}LOBXFL": "Y" if baseline else None,
        f"{domain}DTC": iso(exam.date),
    }
    return Row(visit_values(exam.visit) | values | dated, exam.date)


def vital_signs(story: Story, person: Person, found: list[Exam]) -> list[Row]:
    """Blood pressure, pulse, temperature and weight; height at screening."""
    level = stream(story.subject, "vital level")
    systolic, diastolic = float(level.uniform(104, 122)), float(level.uniform(64, 76))
    if person.hypertension:
        systolic, diastolic = float(level.uniform(122, 134)), float(level.uniform(74, 84))
    pulse, drift = float(level.uniform(64, 84)), float(level.normal(-0.004, 0.004))
    baseline = max((exam.date for exam in found if _before_exposure(story, exam.date)), default=None)
    rows = []
    for number, exam in enumerate(found):
        rng = stream(story.subject, f"vital {exam.date}")
        high, low = systolic + float(rng.normal(0, 4)), diastolic + float(rng.normal(0, 3))
        high, low = min(high, 138.0), min(low, 88.0)
        weight = person.weight * max(0.955, 1 + drift * number / 2) + float(rng.normal(0, 0.3))
        for event in active(story, exam.date):
            if event.term == "Hypertension":
                first_grade = (
                    event.initial_grade if event.initial_grade and _before_exposure(story, exam.date) else None
                )
                settled = (exam.date - event.start).days > CONTROLLED_DAYS
                grade = first_grade or (1 if settled else event.grade or 1)
                limits = BLOOD_PRESSURE[grade]
                high, low = _within(rng, limits[0], 0), _within(rng, limits[1], 0)
            elif event.term == "Weight loss":
                lost = {1: (0.055, 0.09), 2: (0.105, 0.16)}[event.grade or 1]
                weight = person.weight * (1 - _within(rng, lost, 4))
        measured = [
            ("SYSBP", "Systolic Blood Pressure", "mmHg", f"{high:.0f}"),
            ("DIABP", "Diastolic Blood Pressure", "mmHg", f"{low:.0f}"),
            ("PULSE", "Pulse Rate", "beats/min", f"{pulse + float(rng.normal(0, 4)):.0f}"),
            ("WEIGHT", "Weight", "kg", f"{person.weight if exam.cycle == 0 else weight:.1f}"),
        ]
        if exam.cycle == 0:
            measured.append(("TEMP", "Temperature", "C", f"{36.5 + float(rng.normal(0, 0.2)):.1f}"))
            measured.append(("HEIGHT", "Height", "cm", f"{person.height:.0f}"))
        elif not exam.scheduled:
            terms = {event.term for event in exam.began}
            measured = [m for m in measured if ("Weight loss" if m[0] == "WEIGHT" else "Hypertension") in terms]
        for code, name, unit, text in measured:
            values: dict[str, Value] = {
                "VSTESTCD": code,
                "VSTEST": name,
                "VSPOS": "SITTING" if code in ("SYSBP", "DIABP", "PULSE") else None,
                "VSORRES": text,
                "VSORRESU": unit,
                "VSSTRESC": text,
                "VSSTRESN": float(text),
                "VSSTRESU": unit,
            }
            rows.append(_finding(story, exam, "VS", values, exam.date == baseline))
    return rows


def electrocardiograms(story: Story, found: list[Exam]) -> list[Row]:
    """Heart rate, QT and QTcF (Fridericia) at screening, every fourth cycle and the end of treatment."""
    level = stream(story.subject, "ecg level")
    usual = float(level.uniform(396, 430))
    kept = [exam for exam in found if exam.cycle <= 1 or (exam.cycle - 1) % 4 == 0 or exam.began]
    baseline = max((exam.date for exam in kept if _before_exposure(story, exam.date)), default=None)
    rows = []
    for exam in kept:
        rng = stream(story.subject, f"ecg {exam.date}")
        rate = round(float(rng.uniform(62, 86)))
        corrected = round(usual + float(rng.normal(0, 6)))
        for event in active(story, exam.date):
            if event.term == QT:
                corrected = round(_within(rng, QTCF[event.grade or 1], 0))
        interval = round(corrected * (60 / rate) ** (1 / 3))
        for code, name, unit, value in (
            ("EGHRMN", "ECG Mean Heart Rate", "beats/min", rate),
            ("QTAG", "QT Interval, Aggregate", "ms", interval),
            ("QTCFAG", "QTcF Interval, Aggregate", "ms", corrected),
        ):
            values: dict[str, Value] = {
                "EGTESTCD": code,
                "EGTEST": name,
                "EGORRES": str(value),
                "EGORRESU": unit,
                "EGSTRESC": str(value),
                "EGSTRESN": value,
                "EGSTRESU": unit,
            }
            rows.append(_finding(story, exam, "EG", values, exam.date == baseline))
    return rows
