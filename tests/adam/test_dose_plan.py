"""Courses and dose intensity, by hand. Day 0 is the first dose; anlotinib is 12 mg on days 1 to 14 of 21, fulvestrant
500 mg on days 1, 15, 29 and then every 28 days.
"""

from fractions import Fraction

import pytest
from pydantic import ValidationError

from analysis.adam.dose_plan import Course, Intensity, courses, intensity, interruptions
from analysis.params_safety import DosePlan
from tests.adam.build import day

ANLOTINIB = DosePlan(course="cycle", dosing_days=14, interval_days=[21])
FULVESTRANT = DosePlan(course="injection", dosing_days=1, interval_days=[14, 14, 28])
NEVER = 10_000


def given(*spans: tuple[int, int], plan: DosePlan = ANLOTINIB) -> list[Course]:
    """Courses of spans of days with a dose, first and last."""
    return courses([day(d) for first, last in spans for d in range(first, last + 1)], plan, window_days=3)


def injected(*days: int) -> list[Course]:
    return given(*((d, d) for d in days), plan=FULVESTRANT)


def relative(begun: list[Course], plan: DosePlan, mg: float, limit: int = NEVER) -> tuple[Intensity, Fraction]:
    """The intensity, and the share of the plan where every day had a dose of `mg`."""
    dose_mg = 12.0 if plan is ANLOTINIB else 500.0
    planned = intensity(begun, plan, dose_mg, day(limit))
    share = planned.relative(mg * sum(len(course.days) for course in begun)) / 100
    return planned, Fraction(share).limit_denominator(10_000)


def test_one_full_cycle_is_exactly_the_plan() -> None:
    planned, share = relative(given((0, 13)), ANLOTINIB, 12)
    assert planned == Intensity(day(20), 21, 21, 168.0)
    assert share == 1
    assert planned.relative(168.0) == 100.0


@pytest.mark.parametrize(
    ("spans", "mg", "share", "duration"),
    [
        ([(0, 13), (21, 34)], 12, Fraction(1), 42),
        ([(0, 13), (28, 41)], 12, Fraction(6, 7), 49),  # one week late over two cycles
        ([(0, 13), (20, 33)], 12, Fraction(42, 41), 41),  # a day early
        ([(0, 13), (21, 34)], 10, Fraction(5, 6), 42),  # 10 mg instead of 12
        ([(0, 6), (21, 34)], 12, Fraction(3, 4), 42),  # the first cycle cut to 7 days
        ([(0, 13), (21, 27)], 12, Fraction(3, 4), 42),  # stopped in the second cycle, which counts whole
        ([(0, 4), (8, 16)], 12, Fraction(1), 21),  # paused for three days within a cycle
        ([(0, 0)], 12, Fraction(1, 14), 21),
    ],
)
def test_anlotinib(spans: list[tuple[int, int]], mg: float, share: Fraction, duration: int) -> None:
    planned, found = relative(given(*spans), ANLOTINIB, mg)
    assert (planned.duration, found) == (duration, share)


@pytest.mark.parametrize(
    ("days", "share", "duration"),
    [
        ([0], Fraction(1), 14),
        ([0, 14], Fraction(1), 28),
        ([0, 14, 28], Fraction(1), 56),
        ([0, 14, 28, 56, 84], Fraction(1), 112),
        ([0, 14, 35], Fraction(8, 9), 63),  # days 1, 15, 36
        ([0, 14, 28, 63], Fraction(84, 91), 91),
        ([0, 21], Fraction(28, 35), 35),
    ],
)
def test_fulvestrant(days: list[int], share: Fraction, duration: int) -> None:
    planned, found = relative(injected(*days), FULVESTRANT, 500)
    assert (planned.duration, found) == (duration, share)
    assert planned.planned_dose == 500.0 * len(days)


@pytest.mark.parametrize(
    ("spans", "limit", "expected"),
    [
        ([(0, 13)], 20, (21, 21, 168.0)),  # the limit is day 21 of the cycle: nothing is cut
        ([(0, 13)], 19, (20, 20, 168.0)),  # a day of rest is cut
        ([(0, 13)], 13, (14, 14, 168.0)),
        ([(0, 6)], 6, (7, 7, 84.0)),  # death on day 7, every dose taken
        ([(0, 6)], 9, (10, 10, 120.0)),  # three doses were missed before the death
        ([(0, 13), (28, 34)], 34, (35, 28, 252.0)),  # the week of delay stays, the cut leaves both durations
    ],
)
def test_death_and_cut_off_cut_duration_and_plan(
    spans: list[tuple[int, int]], limit: int, expected: tuple[int, int, float]
) -> None:
    planned = intensity(given(*spans), ANLOTINIB, 12.0, day(limit))
    assert (planned.duration, planned.planned_duration, planned.planned_dose) == expected
    assert planned.end == day(expected[0] - 1)


def test_a_patient_who_died_with_every_dose_taken_has_the_full_intensity() -> None:
    assert relative(given((0, 6)), ANLOTINIB, 12, limit=6)[1] == 1
    assert relative(injected(0, 14, 28), FULVESTRANT, 500, limit=30)[1] == 1


def test_a_dose_recorded_after_death_still_counts_in_the_duration() -> None:
    assert intensity(given((0, 13)), ANLOTINIB, 12.0, day(9)).duration == 14


@pytest.mark.parametrize(
    ("spans", "starts"),
    [
        ([(0, 13), (18, 31)], [0, 18]),  # three days early
        ([(0, 13), (14, 27)], [0, 14]),  # all 14 doses were given, so the next one begins a cycle
        ([(0, 9), (17, 20)], [0]),  # resumed four days before the next cycle is due: the same one
        ([(0, 9), (18, 31)], [0, 18]),  # three days before
        ([(0, 4), (17, 30)], [0, 21]),  # resumed, and still not finished when the next one is due
        ([(0, 41)], [0, 14, 28]),  # dosing without rest
    ],
)
def test_where_a_cycle_begins(spans: list[tuple[int, int]], starts: list[int]) -> None:
    assert [course.start for course in given(*spans)] == [day(d) for d in starts]


def test_how_late_a_course_is() -> None:
    assert [course.late for course in given((0, 13), (25, 38), (45, 58))] == [0, 4, -1]
    assert [course.late for course in injected(0, 14, 35, 63)] == [0, 0, 7, 0]


@pytest.mark.parametrize(
    ("spans", "count"),
    [
        ([(0, 13), (21, 34)], 0),
        ([(0, 4), (8, 16), (21, 34)], 1),  # paused
        ([(0, 4), (8, 16)], 1),  # paused in the last cycle
        ([(0, 4), (21, 34)], 1),  # cut short, and dosing went on
        ([(0, 13), (21, 25)], 0),  # stopped or still dosing: no interruption
        ([(0, 2), (6, 8), (21, 24), (42, 55)], 2),
    ],
)
def test_interruptions(spans: list[tuple[int, int]], count: int) -> None:
    assert interruptions(given(*spans), ANLOTINIB) == count


def test_a_course_longer_than_its_interval_is_refused() -> None:
    with pytest.raises(ValidationError, match="dosing_days must not exceed the shortest of interval_days"):
        DosePlan(dosing_days=22, interval_days=[28, 21])
