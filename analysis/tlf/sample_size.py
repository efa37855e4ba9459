"""The registered sample size by formula (`operating` simulates the registered analysis)."""

from analysis.results import Result, rounded
from analysis.stats.design import formula_power, sample_size
from analysis.tlf.context import Context
from analysis.tlf.model import Cell, Column, Row, Table

OUTPUT = "t-16-1-9-4"


def results(context: Context) -> list[Result]:
    """Events, patients and power of the design; none where it has no null or no alternative."""
    design = context.params.design
    null, alternative = design.null_median, design.alternative_median
    if null is None or alternative is None:
        return []
    accrual, follow_up = design.accrual_months, design.follow_up_months
    alpha, sides = design.alpha, design.sides
    size = sample_size(
        null,
        alternative,
        accrual=accrual,
        follow_up=follow_up,
        alpha=alpha,
        power=design.power,
        sides=sides,
        dropout=design.dropout,
    )
    reached = formula_power(size.events, null, alternative, alpha=alpha, sides=sides)
    formula = "log-hazard formula"
    uniform = "exponential times, uniform accrual"
    rows = (
        ("events_formula", "Events by the formula", size.events_formula, 2, formula),
        ("events", "Events, rounded up", size.events, 0, formula),
        ("p_event", "Probability of an event under the alternative", size.event_probability, 4, uniform),
        ("n_formula", "Patients, rounded up", size.patients, 0, uniform),
        ("power_formula", "Power with these events", reached.benefit, 3, formula),
    )
    return [
        Result(
            name=f"design.{name}",
            output=OUTPUT,
            variable="design",
            stat_name=name,
            stat_label=label,
            stat=stat,
            stat_fmt=rounded(stat, digits),
            population=context.catalogue[OUTPUT].population,
            dataset="ADSL",
            where="FALSE",  # a property of the design: no patient's record is behind it
            method=method,
        )
        for name, label, stat, digits, method in rows
    ]


def table(context: Context, rows_of: list[Result]) -> Table:
    """Table 16.1.9.4 from its results."""
    rows = [Row.of(r.stat_label, Cell(r.stat_fmt, result=r.name), r.method or "") for r in rows_of]
    columns = (Column("", 0.44), Column("Value", 0.14, "decimal"), Column("Method", 0.42))
    return context.table(OUTPUT, columns, rows, datasets=("params/study.yaml",))
