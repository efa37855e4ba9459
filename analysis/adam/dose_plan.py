"""Courses of a drug (cycles, injections) and its dose intensity against the plan, by the analysis plan's rules."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from analysis.params_safety import DosePlan


@dataclass(frozen=True)
class Course:
    """One cycle or injection: its number (1, 2 ...), the days with a dose, and how many days late it began.

    `late` counts from the planned interval after the course before; it is negative for an early course, and 0 for the
    first one.
    """

    number: int
    days: tuple[dt.date, ...]
    late: int

    @property
    def start(self) -> dt.date:
        return self.days[0]

    def paused(self) -> bool:
        """Whether days without a dose lie between its days with one."""
        return (self.days[-1] - self.days[0]).days + 1 > len(self.days)


@dataclass(frozen=True)
class Intensity:
    """What was planned over the courses begun: durations in days, dose in mg; `end` is the last day of the duration."""

    end: dt.date
    duration: int
    planned_duration: int
    planned_dose: float

    def relative(self, dose: float) -> float:
        """Relative dose intensity in per cent for the dose (mg) that was given."""
        return 100 * dose * self.planned_duration / (self.duration * self.planned_dose)


def courses(days: Iterable[dt.date], plan: DosePlan, window_days: int) -> list[Course]:
    """Divide the days with a dose into courses.

    A dose begins the next course when all planned days of the current one were given, when the next one is due, or
    when it comes after a pause and no more than `window_days` early; any other dose goes on with the current course.
    """
    found: list[Course] = []
    for day in sorted(set(days)):
        if not found:
            found.append(Course(1, (day,), 0))
            continue
        current = found[-1]
        late = (day - current.start).days - plan.interval(current.number)
        resumed = (day - current.days[-1]).days > 1
        if len(current.days) >= plan.dosing_days or late >= (-window_days if resumed else 0):
            found.append(Course(current.number + 1, (day,), late))
        else:
            found[-1] = Course(current.number, (*current.days, day), current.late)
    return found


def interruptions(given: list[Course], plan: DosePlan) -> int:
    """Courses in which doses were left out and that dosing outlasted: paused, or cut short before a later course."""
    short = [course for course in given[:-1] if len(course.days) < plan.dosing_days]
    return len({course.number for course in given if course.paused()} | {course.number for course in short})


def intensity(given: list[Course], plan: DosePlan, dose_mg: float, limit: dt.date) -> Intensity:
    """Durations and planned dose over the courses begun. `limit` is the earlier of death and the cut-off.

    The duration ends when the course after the last one was due, or at `limit`; the days cut so leave the planned
    duration, and the doses of those days the planned dose.
    """
    last = given[-1]
    due = last.start + dt.timedelta(days=plan.interval(last.number))
    end = max(min(due - dt.timedelta(days=1), limit), last.days[-1])
    cut = (due - end).days - 1
    planned = sum(plan.interval(course.number) for course in given) - cut
    in_last = min(plan.dosing_days, plan.interval(last.number) - cut)
    doses = plan.dosing_days * (len(given) - 1) + in_last
    return Intensity(end, (end - given[0].start).days + 1, planned, doses * dose_mg)
