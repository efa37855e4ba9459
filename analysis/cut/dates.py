"""Partial ISO 8601 dates of SDTM (--DTC) as columns: the earliest and the latest day that a text can mean.

A part that is not known is left out or written as a hyphen: "2024-03", "2024---15", "2024-03-05T-:30".
"""

import polars as pl

ISO_8601 = (
    r"^(?:\d{4}|-)(?:-(?:\d{2}|-)(?:-(?:\d{2}|-)"
    r"(?:T(?:[01]\d|2[0-4]|-)(?::(?:[0-5]\d|-)(?::[0-5]\d(?:[.,]\d+)?)?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?)?"
    r")?)?$"
)
WHOLE_DATE = r"^\d{4}-\d{2}-\d{2}(?:T[\d:.,+\-Z]*)?$"


def earliest(text: pl.Expr) -> pl.Expr:
    """Return the earliest day of a --DTC text; null where not even the year is known.

    A day that the calendar does not have ("2025-02-30") counts as the first of its month or year, so that no record
    escapes the cut-off by a typing error.
    """
    year, month, day = _parts(text)
    month_text, day_text = month.fill_null("01"), day.fill_null("01")
    return pl.coalesce(
        _date(year, month_text, day_text),
        _date(year, month_text, pl.lit("01")),
        _date(year, pl.lit("01"), pl.lit("01")),
    )


def latest(text: pl.Expr) -> pl.Expr:
    """Return the latest day of a --DTC text; null where the year is not known or the calendar has no such day."""
    year, month, day = _parts(text)
    whole = _date(year, month, day)
    month_end = _date(year, month, pl.lit("01")).dt.month_end()
    year_end = _date(year, pl.lit("12"), pl.lit("31"))
    return pl.when(month.is_null()).then(year_end).when(day.is_null()).then(month_end).otherwise(whole)


def is_date(text: pl.Expr) -> pl.Expr:
    """Return whether a text is an ISO 8601 date, complete or partial, that the calendar has."""
    year, month, _ = _parts(text)
    day_exists = year.is_null() | latest(text).is_not_null()
    month_exists = month.is_null() | month.is_between(pl.lit("01"), pl.lit("12"))
    year_exists = year.is_null() | (year != "0000")
    return text.str.contains(ISO_8601) & year_exists & month_exists & day_exists


def _parts(text: pl.Expr) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Return the texts of year, month and day, null where not known (a time or the end of an interval is ignored)."""
    found = text.str.extract_groups(r"^(\d{4}|-)(?:-(\d{2}|-)(?:-(\d{2}|-))?)?")
    year, month, day = (found.struct.field(str(n)).replace("-", None) for n in (1, 2, 3))
    return year, month, day


def _date(year: pl.Expr, month: pl.Expr, day: pl.Expr) -> pl.Expr:
    return pl.concat_str([year, month, day], separator="-").str.to_date("%Y-%m-%d", strict=False)
