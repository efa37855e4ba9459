"""Partial dates, durations and imputation rules; expected values by hand from the calendar."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.adam.dates import Anchors, Imputed, days_between, impute, months_between, not_after, period
from analysis.errors import DataError


def d(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "first", "last", "missing"),
    [
        ("2024-03-05", "2024-03-05", "2024-03-05", ""),
        ("2024-03-05T14:30", "2024-03-05", "2024-03-05", ""),
        ("2024-02", "2024-02-01", "2024-02-29", "D"),
        ("2023-02", "2023-02-01", "2023-02-28", "D"),
        ("2024-02--T10:00", "2024-02-01", "2024-02-29", "D"),
        ("2024", "2024-01-01", "2024-12-31", "M"),
        ("2024---15", "2024-01-01", "2024-12-31", "M"),
    ],
)
def test_period(text: str, first: str, last: str, missing: str) -> None:
    found = period(text)
    assert (found.first, found.last, found.missing) == (d(first), d(last), missing)


@pytest.mark.parametrize("text", [None, "--12-15", "-"])
def test_period_of_nothing_known(text: str | None) -> None:
    found = period(text)
    assert (found.first, found.last, found.missing) == (None, None, "Y")


@pytest.mark.parametrize(
    "text", ["2024-13", "2024-02-30", "05MAR2024", "2024/03/05", "", "20240305", "2024-3-5", "0000"]
)
def test_period_refuses_what_is_no_date(text: str) -> None:
    with pytest.raises(DataError, match="expected an ISO 8601 date, complete or partial"):
        period(text)


def test_durations_count_both_ends() -> None:
    assert days_between(d("2024-01-01"), d("2024-01-01")) == 1
    assert days_between(d("2024-01-01"), d("2024-12-31")) == 366
    assert months_between(d("2024-01-01"), d("2024-12-31")) == pytest.approx(12.0246406570842, rel=1e-12)  # 366/30.4375


@pytest.mark.parametrize(
    ("value", "reference", "expected"),
    [
        ("2024-03-04", "2024-03-05", True),
        ("2024-03-05", "2024-03-05", True),
        ("2024-03-05", "2024-03-05T09:00", True),
        ("2024-03-05T10:00", "2024-03-05", True),
        ("2024-03-05T08:59", "2024-03-05T09:00", True),
        ("2024-03-05T09:01", "2024-03-05T09:00", False),
        ("2024-03-06", "2024-03-05", False),
        ("2024-03", "2024-03-05", True),
        ("2024-04", "2024-03-05", False),
        (None, "2024-03-05", False),
    ],
)
def test_baseline_is_not_after_the_first_dose(value: str | None, reference: str, expected: bool) -> None:
    assert not_after(value, reference) is expected


CUTOFF = d("2025-06-30")


def anchors(**days: str) -> Anchors:
    return Anchors(**({"cutoff": CUTOFF} | {name: d(text) for name, text in days.items()}))


@pytest.mark.parametrize(
    ("rule", "text", "given_days", "expected", "flag", "queried"),
    [
        # death: the later of the first of the month and the day after last known alive
        ("death", "2024-05-20", {}, "2024-05-20", "", False),
        ("death", "2024-05", {}, "2024-05-01", "D", False),
        ("death", "2024-05", {"last_alive": "2024-04-30"}, "2024-05-01", "D", False),
        ("death", "2024-05", {"last_alive": "2024-05-01"}, "2024-05-02", "D", False),
        ("death", "2024-05", {"last_alive": "2024-05-30"}, "2024-05-31", "D", False),
        ("death", "2024-05", {"last_alive": "2024-05-31"}, "2024-05-31", "D", True),
        ("death", "2024-05", {"last_alive": "2024-07-10"}, "2024-05-31", "D", True),
        ("death", "2025-06", {"last_alive": "2025-06-12", "cutoff": "2025-06-13"}, "2025-06-13", "D", False),
        ("death", "2025-06", {"last_alive": "2025-06-13", "cutoff": "2025-06-13"}, "2025-06-13", "D", True),
        ("death", "2024", {"last_alive": "2024-05-30"}, None, "", True),
        ("death", None, {"last_alive": "2024-05-30"}, None, "", True),
        # new therapy: the earliest possible day, not before the last study dose
        ("new_therapy", "2024-05-20", {"last_dose": "2024-05-25"}, "2024-05-20", "", False),
        ("new_therapy", "2024-05", {"last_dose": "2024-04-25"}, "2024-05-01", "D", False),
        ("new_therapy", "2024-05", {"last_dose": "2024-05-25"}, "2024-05-25", "D", False),
        ("new_therapy", "2024-05", {"last_dose": "2024-06-02"}, "2024-05-31", "D", True),
        ("new_therapy", "2024-05", {}, "2024-05-01", "D", False),
        ("new_therapy", "2024", {"last_dose": "2024-05-25"}, "2024-05-26", "M", False),
        ("new_therapy", None, {"last_dose": "2024-05-25"}, "2024-05-26", "Y", False),
        ("new_therapy", "2024", {"last_dose": "2024-12-31"}, "2024-12-31", "M", True),
        ("new_therapy", "2025", {"last_dose": "2024-11-03"}, "2025-01-01", "M", False),
        ("new_therapy", None, {"last_dose": "2025-06-30"}, "2025-06-30", "Y", True),
        ("new_therapy", "2024", {}, "2024-01-01", "M", False),
        ("new_therapy", None, {}, None, "", True),
        # start of an adverse event: the earliest possible day, but the first dose where the date allows it
        ("event_start", "2024-05", {"first_dose": "2024-05-10"}, "2024-05-10", "D", False),
        ("event_start", "2024-05", {"first_dose": "2024-04-10"}, "2024-05-01", "D", False),
        ("event_start", "2024-05", {"first_dose": "2024-06-10"}, "2024-05-01", "D", False),
        ("event_start", "2024", {"first_dose": "2024-06-10"}, "2024-06-10", "M", False),
        ("event_start", "2024", {}, "2024-01-01", "M", False),
        ("event_start", None, {"first_dose": "2024-06-10"}, None, "", False),
        # end: the latest possible day, capped at death and cut-off
        ("end", "2024-05", {}, "2024-05-31", "D", False),
        ("end", "2024-05", {"death": "2024-05-12"}, "2024-05-12", "D", False),
        ("end", "2025", {}, "2025-06-30", "M", False),
        ("end", "2024-05", {"death": "2024-04-12"}, "2024-05-31", "D", True),
        ("end", None, {}, None, "", False),
    ],
)
def test_imputation(
    rule: str, text: str | None, given_days: dict[str, str], expected: str | None, flag: str, queried: bool
) -> None:
    found = impute(rule, text, anchors(**given_days))
    assert found.date == (None if expected is None else d(expected))
    assert (found.flag, found.query is not None) == (flag, queried)


DAYS = st.dates(d("2020-01-01"), CUTOFF)


@given(st.sampled_from(["death", "new_therapy", "event_start", "end"]), DAYS, st.sampled_from([4, 7]), DAYS)
def test_imputed_dates_stay_in_their_period_and_within_the_cutoff(
    rule: str, day: dt.date, length: int, other: dt.date
) -> None:
    text = day.isoformat()[:length]
    given_days = Anchors(CUTOFF, first_dose=other, last_dose=other, last_alive=other, death=other)
    found: Imputed = impute(rule, text, given_days)
    if found.date is not None:
        assert period(text).first <= found.date <= min(period(text).last, CUTOFF)
