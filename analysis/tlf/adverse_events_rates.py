"""Exposure-adjusted incidence rates of adverse events (Table 14.3.1.11)."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from analysis.results import Result, rounded, where
from analysis.stats.estimate import NOT_ESTIMABLE
from analysis.stats.rates import incidence_rate
from analysis.tlf import adverse_events as ae
from analysis.tlf import rows
from analysis.tlf.adverse_events import TERM, Count, Keys, Tally
from analysis.tlf.context import Context
from analysis.tlf.model import Cell, Column, Row, Table

RATES = "t-14-3-1-11"
PER_YEARS = 100
DAYS_IN_A_YEAR = 365.25
COUNT = Count("Patients with an event")

METHOD = (
    "patients with an event over the sum of days from the first dose to the first of these events (ADAE.ASTDY; day 1 "
    "where it is missing or earlier), else to the end of the period (ADSL.TEENDT), per 100 years of 365.25 days; exact "
    "Poisson limits"
)


def results(context: Context) -> list[Result]:
    """Of any event and of each term: patients, patient-years at risk, and the rate with its limits."""
    if RATES not in context.catalogue:
        return []
    tally = Tally(context, RATES, (COUNT,), ae.EMERGENT)
    found = []
    for within, start in (((), "teae_rate"), ((TERM,), "term_rate")):
        days = days_at_risk(tally, within)
        lines = tally.lines(within)
        parts = rows.name_parts(keys[0] if keys else "any" for keys, _ in lines)
        for part, (keys, (patients, *_)) in zip(parts, lines, strict=True):
            patients = replace(patients, name=f"{start}.{part}.patients")
            found += [patients, *_rates(context, tally, patients, days[keys])]
    return found


def days_at_risk(tally: Tally, within: tuple[str, ...]) -> dict[Keys, int]:
    """The days at risk of any event, or of each term: those of every patient to the first event or to the end."""
    adam = tally.context.adam
    whole = ((pl.col("TEENDT") - pl.col("TRTSDT")).dt.total_days() + 1).alias("whole")
    patients = adam["ADSL"].lazy().filter(pl.sql_expr(where(tally.population))).select("USUBJID", whole).collect()
    first = pl.col("ASTDY").fill_null(1).clip(lower_bound=1).min().alias("first")
    events = adam["ADAE"].lazy().filter(pl.sql_expr(where({**tally.population, **tally.only})))
    of_patients = events.group_by("USUBJID", *within).agg(first).collect().join(patients, "USUBJID")
    less = (pl.col("whole") - pl.col("first")).sum().alias("less")
    total = patients["whole"].sum()
    left = of_patients.group_by(within).agg(less) if within else of_patients.select(less)
    return {tuple(row[name] for name in within): total - row["less"] for row in left.iter_rows(named=True)}


def _rates(context: Context, tally: Tally, patients: Result, days: int) -> list[Result]:
    """Patient-years at risk and the rate with its limits; None where nobody was at risk."""
    years = days / DAYS_IN_A_YEAR
    estimate = NOT_ESTIMABLE
    if years > 0:
        estimate = incidence_rate(int(patients.stat or 0), years / PER_YEARS, conf_level=context.params.km.conf_level)
    # That of any event is the rate of the report's text.
    start = str(patients.name).removesuffix(".patients") if patients.group1 else "teae"
    numbers = (
        ("patient_years", "Patient-years at risk", years),
        ("rate", "Rate per 100 patient-years", estimate.value),
        ("rate_lower", "Lower limit", estimate.ci_lower),
        ("rate_upper", "Upper limit", estimate.ci_upper),
    )
    return [
        replace(
            patients,
            name=f"{start}.{stat_name}",
            stat_name=stat_name,
            stat_label=label,
            stat=value,
            stat_fmt=rounded(value, 1),
            denominator_dataset="ADSL",
            denominator_where=where(tally.population),
            method=METHOD,
        )
        for stat_name, label, value in numbers
    ]


def table(context: Context, found: Sequence[Result]) -> Table:
    """Table 14.3.1.11 from its results, five in a row."""
    body = []
    for patients, years, rate, lower, upper in zip(*(found[place::5] for place in range(5)), strict=True):
        cells = (
            Cell(patients.stat_fmt, result=patients.name),
            Cell(years.stat_fmt, result=years.name),
            Cell(rate.stat_fmt, result=rate.name),
            Cell(f"({lower.stat_fmt}, {upper.stat_fmt})", result=lower.name),
        )
        body.append(Row.of(patients.group1_level or ae.ANY, *cells, kind="data" if patients.group1 else "total"))
    columns = (
        Column("Preferred term", 0.33),
        Column("Patients with an event", 0.14, "decimal"),
        Column("Patient-years at risk", 0.17, "decimal"),
        Column("Rate per 100 patient-years", 0.17, "decimal"),
        Column(f"{context.params.km.conf_level:.0%} CI", 0.19, "decimal"),
    )
    methods = (
        ae.period_says(context.params),
        "Rate: patients with an event by the time from the first dose to the first such event or, without one, to the "
        "end of the treatment-emergent period. An event that started before the first dose and worsened, or whose "
        "start is missing, counts on day 1.",
        "Limits are exact Poisson limits (Garwood).",
        f"Terms: {context.params.adverse_events.dictionary}; by number of patients, then by name.",
    )
    return context.table(RATES, columns, body, datasets=("ADAE", "ADSL"), methods=methods)
