"""Subgroups, exploratory: PFS medians and objective response by baseline covariate, as tables and forest plots."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import polars as pl

from analysis.params_baseline import Subgroup
from analysis.results import Result, rounded
from analysis.stats.estimate import NOT_ESTIMABLE, Estimate
from analysis.tlf import rows
from analysis.tlf.context import POPULATIONS, Context
from analysis.tlf.forest_figure import ForestRow, forest_alt, forest_data, forest_figure
from analysis.tlf.model import Cell, Column, Figure, Row, Table
from analysis.tlf.proportions import Proportions, limits_cell, rate_cell
from analysis.tlf.style import drawings
from analysis.tlf.tte import TimeToEvent

PFS_TABLE, PFS_FIGURE = "t-14-2-6-1", "f-14-2-6-1"
ORR_TABLE, ORR_FIGURE = "t-14-2-6-2", "f-14-2-6-2"

Line = TypeVar("Line")

ALL = "all"
MISSING = "missing"
NOMINAL = "Exploratory: not adjusted for multiplicity, and no conclusion is drawn from a difference between subgroups."


@dataclass(frozen=True)
class Stratum:
    """The patients with one value of a covariate (None: missing). `key` is the part of results' names."""

    variable: str
    value: str | float | None
    label: str
    key: str

    @property
    def only(self) -> dict[str, object]:
        return {self.variable: self.value}


def strata(context: Context, output: str, subgroup: Subgroup) -> list[Stratum]:
    """The levels of a covariate in the order of params, then other values that patients have, then missing ones.

    Keys are cdk46fl_1, cdk46fl_2 ... in that order, and cdk46fl_missing.
    """
    flag = POPULATIONS[context.catalogue[output].population][1]
    values = context.adam["ADSL"].filter(pl.col(flag) == "Y")[subgroup.variable]
    listed: list[tuple[str | float, str]] = [(level.value, level.label) for level in subgroup.levels]
    others = sorted(set(values.drop_nulls().to_list()) - {value for value, _ in listed})
    listed += [(value, value if isinstance(value, str) else f"{value:g}") for value in others]
    name = subgroup.variable.lower()
    found = [
        Stratum(subgroup.variable, value, label, f"{name}_{place}")
        for place, (value, label) in enumerate(listed, start=1)
    ]
    if values.null_count():
        found.append(Stratum(subgroup.variable, None, "Missing", f"{name}_{MISSING}"))
    return found


def pfs_results(context: Context) -> list[Result]:
    """Patients, events and the median of PFS, of all patients and of each level of each covariate."""
    if PFS_TABLE not in context.catalogue:
        return []
    found = _median(TimeToEvent(context, PFS_TABLE, "PFS", f"subgroup_pfs.{ALL}"))
    for subgroup in context.params.subgroups:
        for level in strata(context, PFS_TABLE, subgroup):
            prefix, group2 = f"subgroup_pfs.{level.key}", (subgroup.label, level.label)
            found += _median(TimeToEvent(context, PFS_TABLE, "PFS", prefix, only=level.only, group2=group2))
    return found


def _median(tte: TimeToEvent) -> list[Result]:
    curve = tte.curve()
    found = tte.count("n", "Patients", {}) + tte.count("events", "Patients with event", {"CNSR": 0})
    return found + tte.estimate("median", "Median, months", curve.median if curve else NOT_ESTIMABLE, tte.method)


def orr_results(context: Context) -> list[Result]:
    """Patients, confirmed responders and their rate, of all patients and of each level of each covariate."""
    if ORR_TABLE not in context.catalogue:
        return []
    found = Proportions(context, ORR_TABLE, "CRSP", f"subgroup_orr.{ALL}").rate("Objective response")
    for subgroup in context.params.subgroups:
        for level in strata(context, ORR_TABLE, subgroup):
            prefix, group2 = f"subgroup_orr.{level.key}", (subgroup.label, level.label)
            part = Proportions(context, ORR_TABLE, "CRSP", prefix, only=level.only, group2=group2)
            found += part.rate("Objective response")
    return found


def _listed(
    context: Context, output: str, header: Callable[[str], Line], line: Callable[[str, str, int], Line]
) -> list[Line]:
    """A line of all patients, then of each covariate its header and a line of each level: label, key and indent."""
    found = [line("All patients", ALL, 0)]
    for subgroup in context.params.subgroups:
        found.append(header(subgroup.label))
        found += [line(level.label, level.key, 1) for level in strata(context, output, subgroup)]
    return found


def pfs_table(context: Context, found: list[Result]) -> Table:
    """Table 14.2.6.1 from its results."""
    of = rows.by_name(found)

    def line(label: str, key: str, indent: int) -> Row:
        counts = [Cell(of[name].stat_fmt, result=name) for name in (f"subgroup_pfs.{key}.{n}" for n in ("n", "events"))]
        return Row.of(label, *counts, rows.interval_cell(of, f"subgroup_pfs.{key}.median"), indent=indent)

    columns = (
        Column("Subgroup", 0.46),
        Column("Patients", 0.13, "decimal"),
        Column("Events", 0.13, "decimal"),
        Column(f"Median, months\n({_level(context)})", 0.28, "decimal"),
    )
    body = _listed(context, PFS_TABLE, rows.group, line)
    return context.table(PFS_TABLE, columns, body, datasets=("ADTTE",), methods=[_pfs_method(context), NOMINAL])


def orr_table(context: Context, found: list[Result]) -> Table:
    """Table 14.2.6.2 from its results."""
    of = rows.by_name(found)

    def line(label: str, key: str, indent: int) -> Row:
        prefix = f"subgroup_orr.{key}"
        n = Cell(of[f"{prefix}.n"].stat_fmt, result=f"{prefix}.n")
        return Row.of(label, n, rate_cell(of, prefix), limits_cell(of, prefix, "rate"), indent=indent)

    columns = (
        Column("Subgroup", 0.46),
        Column("Patients", 0.13, "decimal"),
        Column("Responders\nn (%)", 0.18, "decimal"),
        Column(f"{_level(context)}, %", 0.23, "decimal"),
    )
    body = _listed(context, ORR_TABLE, rows.group, line)
    return context.table(ORR_TABLE, columns, body, datasets=("ADRS",), methods=[_orr_method(context), NOMINAL])


def _level(context: Context) -> str:
    return f"{context.params.km.conf_level:.0%} CI"


def pfs_time(context: Context) -> str:
    """How time is counted, for a reader of one display alone."""
    pfs = context.params.pfs
    start = pfs.start.replace("_", " ")
    return f"Time in months of 30.4375 days from {start}; censoring by rule set {pfs.rule_set}."


def _pfs_method(context: Context) -> str:
    km = context.params.km
    limits = f"{km.conf_type} {100 * km.conf_level:g}% confidence limits"
    return f"Kaplan-Meier estimates with {limits}. {pfs_time(context)}"


def _orr_method(context: Context) -> str:
    settings = context.params.response
    return (
        f"Objective response: CR or PR by {settings.reader}, confirmed at least {settings.confirmation_days} days "
        f"later, within {settings.max_months:g} months; patients without a post-baseline assessment are "
        "non-responders. Confidence limits by the exact method of Clopper and Pearson."
    )


def pfs_figure(context: Context, found: list[Result]) -> Figure:
    """Figure 14.2.6.1: the medians of Table 14.2.6.1."""
    return _forest(
        context,
        found,
        PFS_FIGURE,
        name="subgroup_pfs.{}.median",
        counted=("subgroup_pfs.{}.events", "subgroup_pfs.{}.n"),
        counts="Events/\npatients",
        value="Median, months",
        what="Median progression-free survival, months",
        datasets=("ADTTE",),
        method=_pfs_method(context),
    )


def orr_figure(context: Context, found: list[Result]) -> Figure:
    """Figure 14.2.6.2: the rates of Table 14.2.6.2 in per cent."""
    return _forest(
        context,
        found,
        ORR_FIGURE,
        name="subgroup_orr.{}.rate",
        counted=("subgroup_orr.{}.responders", "subgroup_orr.{}.n"),
        counts="Responders/\npatients",
        value="Response, %",
        what="Objective response rate, %",
        datasets=("ADRS",),
        method=_orr_method(context),
        factor=100,
    )


def _forest(
    context: Context,
    found: list[Result],
    output: str,
    *,
    name: str,
    counted: tuple[str, str],
    counts: str,
    value: str,
    what: str,
    datasets: tuple[str, ...],
    method: str,
    factor: int = 1,
) -> Figure:
    """A forest plot of the estimates `name` (of a key), with the line of all patients; `factor` as they are printed."""
    of = rows.by_name(found)

    def estimate(key: str) -> Estimate:
        ends = (of[name.format(key) + end].stat for end in ("", "_lower", "_upper"))
        value, lower, upper = (math.nan if end is None else factor * float(end) for end in ends)
        return Estimate(value, lower, upper, math.nan)

    def line(label: str, key: str, indent: int) -> ForestRow:
        numbers = "/".join(of[part.format(key)].stat_fmt for part in counted)
        return ForestRow(label, numbers, rows.interval_cell(of, name.format(key)).text, estimate(key), indent)

    shown = _listed(context, output, ForestRow, line)
    whole = estimate(ALL).value
    reference = whole if math.isfinite(whole) else None
    drawn = forest_figure(
        shown,
        label_header="Subgroup",
        counts_header=counts,
        value_header=f"{value}\n({_level(context)})",
        axis_label=what,
        reference=reference,
    )
    lines = [
        method,
        NOMINAL,
        *(["The vertical line is the estimate of all patients."] if reference is not None else []),
    ]
    return context.figure(
        output,
        drawings(drawn),
        alt=forest_alt(
            shown,
            what=what[0].lower() + what[1:],
            counts=counts.replace("\n", "").lower(),
            reference=None if reference is None else float(rounded(reference, 1)),
        ),
        data=forest_data(shown),
        datasets=datasets,
        methods=lines,
    )
