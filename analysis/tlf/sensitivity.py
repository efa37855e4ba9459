"""Sensitivity of progression-free survival: table 14.2.1.2, and the figure of its medians."""

import math
from collections.abc import Sequence
from dataclasses import replace

from analysis.results import Result, rounded
from analysis.stats import parametric
from analysis.stats.estimate import NOT_ESTIMABLE, Estimate
from analysis.stats.interval_censored import turnbull
from analysis.tlf import rows
from analysis.tlf.context import Context
from analysis.tlf.forest_figure import ForestRow, forest_alt, forest_data, forest_figure
from analysis.tlf.model import Cell, Column, Figure, Row, Table
from analysis.tlf.primary_pfs import logrank_results
from analysis.tlf.rows import Named
from analysis.tlf.sensitivity_analyses import PRIMARY, Analysis, analyses
from analysis.tlf.style import drawings
from analysis.tlf.tte import TimeToEvent

TABLE = "t-14-2-1-2"
FIGURE = "f-14-2-1-2"
NONE = "-"


def prefix_of(analysis: Analysis) -> str:
    """What the names of an analysis's results begin with; the primary one is here for reference."""
    return "pfs_reference" if analysis.name == PRIMARY else f"pfs_sens.{analysis.name}"


def results(context: Context) -> list[Result]:
    """Every number of the sensitivity analyses; none where the catalogue leaves them out."""
    if TABLE not in context.catalogue:
        return []
    found: list[Result] = []
    for analysis in analyses(context):
        tte = _records(context, analysis)
        found += tte.count("n", "Patients", {}) + tte.count("events", "Patients with event", {"CNSR": 0})
        found += _MEDIANS[analysis.method](tte)
        if analysis.tested and tte.time:
            found += logrank_results(tte)
    return found


def _records(context: Context, analysis: Analysis) -> TimeToEvent:
    """The records of one analysis, under its own limits."""
    params = context.params
    if analysis.conf_type is not None:
        params = params.model_copy(update={"km": params.km.model_copy(update={"conf_type": analysis.conf_type})})
    return TimeToEvent(
        replace(context, params=params),
        TABLE,
        analysis.paramcd,
        prefix_of(analysis),
        population=analysis.population,
        group2=("Analysis", analysis.label),
    )


def _of_curve(tte: TimeToEvent) -> list[Result]:
    curve = tte.curve()
    return tte.estimate("median", "Median, months", curve.median if curve else NOT_ESTIMABLE, tte.method)


def _of_intervals(tte: TimeToEvent) -> list[Result]:
    """The two ends of the interval in which the median lies; within it the estimate says nothing of the place."""
    ends = (math.nan, math.nan)
    if tte.time:
        until = [math.inf if value is None else value for value in tte.records["RAVAL"].to_list()]
        ends = turnbull(tte.records["LAVAL"].to_list(), until).quantile(0.5)
    method = "Turnbull, innermost interval by whose end half have had the event"
    names = (("median_from", "Median, months: later than"), ("median_to", "Median, months: not later than"))
    values = [math.nan if math.isinf(ends[1]) else end for end in ends]  # half of them outlast observation
    return [
        tte.row(name, label, end, rounded(end, 1), method, variable="RAVAL")
        for (name, label), end in zip(names, values, strict=True)
    ]


def _of_exponential(tte: TimeToEvent) -> list[Result]:
    fit = parametric.NO_FIT
    if tte.time:
        fit = parametric.exponential(tte.time, tte.event, conf_level=tte.context.params.km.conf_level)
    return tte.estimate("median", "Median, months", fit.median, _likelihood(tte, "exponential"))


def _of_weibull(tte: TimeToEvent) -> list[Result]:
    fit, method = parametric.NO_FIT, _likelihood(tte, "Weibull")
    if tte.time:
        fit = parametric.weibull(tte.time, tte.event, conf_level=tte.context.params.km.conf_level)
    found = tte.estimate("median", "Median, months", fit.median, method)
    for end, text, value in (
        ("", "", fit.shape.value),
        ("_lower", ", lower limit", fit.shape.ci_lower),
        ("_upper", ", upper limit", fit.shape.ci_upper),
    ):
        found.append(tte.row(f"shape{end}", f"Shape{text}", value, rounded(value, 2), method))
    return found


def _likelihood(tte: TimeToEvent, model: str) -> str:
    level = tte.context.params.km.conf_level
    return f"{model}, maximum likelihood, {level:.0%} limits by the delta method on the logarithm"


_MEDIANS = {
    "kaplan-meier": _of_curve,
    "turnbull": _of_intervals,
    "exponential": _of_exponential,
    "weibull": _of_weibull,
}


def table(context: Context, found: list[Result]) -> Table:
    """Table 14.2.1.2 from its results: one row per analysis."""
    of = rows.by_name(found)
    null = context.params.design.null_median
    body: list[Row] = []
    group = ""
    for analysis in analyses(context):
        if analysis.group != group:
            group = analysis.group
            body.append(rows.group(group))
        body.append(_row(analysis, of, tested=null is not None))
    columns = [
        Column("Analysis", 0.17),
        Column("Estimand or assumption", 0.455),
        Column("Patients", 0.06, "decimal"),
        Column("Events", 0.055, "decimal"),
        Column("Median,\nmonths", 0.085, "decimal"),
        Column(f"{context.params.km.conf_level:.0%} CI", 0.105, "decimal"),
    ]
    if null is not None:
        columns.append(Column("p-value", 0.07, "decimal"))
    return context.table(TABLE, columns, body, datasets=("ADTTE",), methods=_methods(context, of), landscape=True)


def _row(analysis: Analysis, of: Named, *, tested: bool) -> Row:
    prefix = prefix_of(analysis)

    def cell(name: str) -> Cell:
        return Cell(of[f"{prefix}.{name}"].stat_fmt, result=f"{prefix}.{name}")

    median, limits = _median(prefix, of)
    name = "median" if f"{prefix}.median" in of else "median_from"
    cells: list[str | Cell] = [analysis.label, analysis.stands_for, cell("n"), cell("events")]
    cells += [Cell(median, result=f"{prefix}.{name}")]
    cells.append(Cell(limits, result=f"{prefix}.median_lower") if limits else NONE)
    if tested:
        cells.append(cell("logrank_p") if f"{prefix}.logrank_p" in of else NONE)
    return Row.of(*cells, indent=1)


def _median(prefix: str, of: Named) -> tuple[str, str]:
    """The median and its limits in print; of intervals, the two ends between which it lies, and no limits."""
    if f"{prefix}.median" not in of:
        ends = [of[f"{prefix}.median_{end}"].stat_fmt for end in ("from", "to")]
        return "NE" if ends[0] == "NE" else " to ".join(ends), ""
    lower, upper = (of[f"{prefix}.median_{end}"].stat_fmt for end in ("lower", "upper"))
    return of[f"{prefix}.median"].stat_fmt, f"({lower}, {upper})"


def _methods(context: Context, of: Named) -> list[str]:
    """What a reader of the table alone must know of how its numbers were made."""
    km, design = context.params.km, context.params.design
    found = [
        f"Kaplan-Meier medians with {km.conf_type} {100 * km.conf_level:g}% confidence limits unless a row says "
        "otherwise; models by maximum likelihood, their limits by the delta method on the logarithm; time in months of "
        "30.4375 days. Interval-censored: Turnbull's estimate leaves the place of the median open within the interval "
        "shown; no confidence interval was made.",
    ]
    if design.null_median is not None:
        primary = context.params.purpose == "primary"
        whose = "in every row but that of the primary analysis" if primary else "in every row"
        found.append(
            f"p-value: one-sample log-rank test against an exponential median of {design.null_median:g} months, "
            f"two-sided (the score test of the exponential model); nominal and unadjusted {whose}. {NONE}: none."
        )
    if (shape := of.get("pfs_sens.weibull.shape")) is not None and shape.stat is not None:
        lower, upper = (of[f"pfs_sens.weibull.shape_{end}"].stat_fmt for end in ("lower", "upper"))
        found.append(
            f"Weibull shape {shape.stat_fmt} ({100 * km.conf_level:g}% CI {lower} to {upper}); above 1 the hazard "
            "rises with time."
        )
    return found


def figure(context: Context, found: list[Result]) -> Figure:
    """Figure 14.2.1.2: the medians of the table's results, with the null median where the design has one."""
    drawn = _forest_rows(context, rows.by_name(found))
    null = context.params.design.null_median
    level = f"{context.params.km.conf_level:.0%} CI"
    picture = forest_figure(
        drawn,
        label_header="Analysis",
        counts_header="Events/\npatients",
        value_header=f"Median, months\n({level})",
        axis_label="Median progression-free survival (months)",
        reference=null,
    )
    return context.figure(
        FIGURE,
        drawings(picture),
        alt=forest_alt(
            drawn, what="median progression-free survival in months", counts="events/patients", reference=null
        ),
        data=forest_data(drawn),
        datasets=("ADTTE",),
        methods=[
            f"Each analysis is explained in Table {context.catalogue[TABLE].number}. Of the interval-censored analysis "
            "the line is the interval in which the median lies, not a confidence interval."
            + ("" if null is None else f" Dashed line: the median of the null hypothesis, {null:g} months.")
        ],
    )


def _forest_rows(context: Context, of: Named) -> Sequence[ForestRow]:
    drawn = []
    for analysis in analyses(context):
        prefix = prefix_of(analysis)
        ends = ("median_from", "median_to") if analysis.method == "turnbull" else ("median_lower", "median_upper")
        value, lower, upper = (_number(of.get(f"{prefix}.{name}")) for name in ("median", *ends))
        label = f"Primary: {analysis.label.lower()}" if analysis.name == PRIMARY else analysis.label
        counts = f"{of[f'{prefix}.events'].stat_fmt}/{of[f'{prefix}.n'].stat_fmt}"
        text = " ".join(part for part in _median(prefix, of) if part)
        drawn.append(ForestRow(label, counts, text, Estimate(value, lower, upper, math.nan)))
    return drawn


def _number(result: Result | None) -> float:
    return float(result.stat) if result is not None and isinstance(result.stat, int | float) else math.nan
