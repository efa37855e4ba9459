"""Partial dates by hand: what is known of a --DTC text."""

import datetime as dt

import polars as pl
import pytest

from analysis.cut.dates import earliest, is_date, latest

DAY = dt.date


@pytest.mark.parametrize(
    ("text", "first", "last", "valid"),
    [
        ("2024-03-05", DAY(2024, 3, 5), DAY(2024, 3, 5), True),
        ("2024-03-05T10:20", DAY(2024, 3, 5), DAY(2024, 3, 5), True),
        ("2024-03-05T10:20:30.5+02:00", DAY(2024, 3, 5), DAY(2024, 3, 5), True),
        ("2024-03-05T-:30", DAY(2024, 3, 5), DAY(2024, 3, 5), True),
        ("2024-02", DAY(2024, 2, 1), DAY(2024, 2, 29), True),
        ("2024", DAY(2024, 1, 1), DAY(2024, 12, 31), True),
        ("2024---15", DAY(2024, 1, 15), DAY(2024, 12, 31), True),
        ("--03-15", None, None, True),
        ("2024-02-29", DAY(2024, 2, 29), DAY(2024, 2, 29), True),
        ("2023-02-29", DAY(2023, 2, 1), None, False),
        ("2025-02-30", DAY(2025, 2, 1), None, False),
        ("2025-13-01", DAY(2025, 1, 1), None, False),
        ("2024-03-05T25:00", DAY(2024, 3, 5), DAY(2024, 3, 5), False),
        ("2024-03-05T10:60", DAY(2024, 3, 5), DAY(2024, 3, 5), False),
        ("05MAR2024", None, None, False),
        ("20240305", DAY(2024, 1, 1), DAY(2024, 12, 31), False),
        ("2024-3-5", DAY(2024, 1, 1), DAY(2024, 12, 31), False),
        ("<script>", None, None, False),
        (None, None, None, None),
    ],
)
def test_dates(text, first, last, valid):
    column = pl.lit(text, pl.String)
    frame = pl.select(first=earliest(column), last=latest(column), valid=is_date(column))
    assert frame.row(0) == (first, last, valid)
