"""The second route's exposure by hand: the plan's examples of dose intensity, and what a record of dosing means."""

import datetime as dt
from typing import Any

import pytest

from analysis.params import Treatment
from analysis.params_safety import DosePlan
from analysis.qc import exposure, second_route
from analysis.qc.exposure import amounts, daily
from analysis.qc.subjects import Dose
from tests.qc.build import date, patient, settings

NO_LIMIT = date(9999)


def drug(dose: float, *intervals: int, days: int = 1) -> Treatment:
    plan = DosePlan(course="course", dosing_days=days, interval_days=list(intervals))
    return Treatment(name="x", extrt="X", dose_mg=dose, schedule="x", plan=plan)


ANLOTINIB = drug(12, 21, days=14)
FULVESTRANT = drug(500, 14, 14, 28)


def cycle(start: int, days: int = 14, mg: float | None = 12) -> tuple[set[dt.date], float | None]:
    """`days` days of dosing from a day on."""
    return {date(start + n) for n in range(days)}, mg


def injections(*days: int) -> list[tuple[set[dt.date], float | None]]:
    return [({date(day)}, 500.0) for day in days]


@pytest.mark.parametrize(
    ("given", "of", "limit", "duration", "courses", "intensity"),
    [
        ([cycle(0)], ANLOTINIB, 999, 21, 1, 100),  # one full cycle is exactly 100 %
        ([cycle(0), cycle(21)], ANLOTINIB, 999, 42, 2, 100),
        ([cycle(0), cycle(28)], ANLOTINIB, 999, 49, 2, 100 * 6 / 7),  # one week late
        ([cycle(0), cycle(21, mg=10)], ANLOTINIB, 999, 42, 2, 100 * (168 + 140) / 336),
        ([cycle(0, 7)], ANLOTINIB, 999, 21, 1, 50),
        ([cycle(0, 7), cycle(9, 5)], ANLOTINIB, 999, 21, 1, 100 * 12 / 14),  # a pause within the cycle
        ([cycle(0, 7), cycle(18)], ANLOTINIB, 999, 39, 2, 100 * (7 + 14) * 42 / (28 * 39)),  # resumed 3 days early
        ([cycle(0, 7), cycle(17, 3)], ANLOTINIB, 999, 21, 1, 100 * 10 / 14),  # 4 days early: still the first
        ([cycle(0), cycle(14)], ANLOTINIB, 999, 35, 2, 100 * 42 / 35),  # all its doses were given: the next
        ([cycle(0)], ANLOTINIB, 16, 17, 1, 100),  # cut at death: so is the plan
        ([cycle(0, 10)], ANLOTINIB, 9, 10, 1, 100),
        ([cycle(0, 5)], ANLOTINIB, 9, 10, 1, 50),  # 10 days were planned
        (injections(0, 14, 28), FULVESTRANT, 999, 56, 3, 100),
        (injections(0, 14), FULVESTRANT, 999, 28, 2, 100),
        (injections(0, 14, 35), FULVESTRANT, 999, 63, 3, 100 * 8 / 9),  # days 1, 15, 36
        (injections(0), FULVESTRANT, 999, 14, 1, 100),
        (injections(0, 14, 28), FULVESTRANT, 30, 31, 3, 100),
    ],
)
def test_dose_intensity(
    given: list[Any], of: Treatment, limit: int, duration: int, courses: int, intensity: float
) -> None:
    found = amounts(given, of, date(limit), 3)
    assert (found["DUR"], found["NCRS"]) == (duration, courses)
    assert found["CUM"] == sum(len(days) * mg for days, mg in given)
    assert found["RDI"] == pytest.approx(intensity, rel=1e-12)


def test_an_unknown_dose_has_no_sum_and_a_drug_without_a_plan_no_intensity() -> None:
    found = amounts([cycle(0), cycle(21, mg=None)], ANLOTINIB, NO_LIMIT, 3)
    assert (found["CUM"], found["RDI"], found["NCRS"]) == (None, None, 2)
    unplanned = ANLOTINIB.model_copy(update={"plan": None})
    assert amounts([cycle(0), cycle(21)], unplanned, NO_LIMIT, 3) == {"CUM": 336, "DUR": 35}
    assert amounts([cycle(0, mg=0)], ANLOTINIB, NO_LIMIT, 3)["RDI"] is None


@pytest.mark.parametrize(
    ("amount", "unit", "frequency", "mg"),
    [
        (12, "mg", "QD", 12),
        (12, None, None, 12),
        (0.5, "g", "ONCE", 500),
        (12, "MG", "BID", 24),
        (1, "tablet", "QD", None),
    ],
)
def test_the_dose_of_a_day(amount: float, unit: str | None, frequency: str | None, mg: float | None) -> None:
    assert daily(Dose("2024-01-01", None, frequency, "X", amount, unit)) == mg


def test_mean_and_median_of_the_patients_and_whose_dose_it_was() -> None:
    """A placebo counts as the drug in its name, else as the first."""
    params = settings()
    assert [exposure.drug_number(n, params) for n in ("FULVESTRANT", "PLACEBO", "FULVESTRANT PLACEBO")] == [2, 1, 2]
    made = patient(doses=[(0, 9), (10, 10)])
    values = second_route.recompute(made, params).safety.values["t-14-3-0-1"]
    assert values == {
        **{"exposure.anlotinib.duration.mean": 11, "exposure.anlotinib.duration.median": 11},
        **{"exposure.anlotinib.dose.mean": 132, "exposure.anlotinib.dose.median": 132},
    }
