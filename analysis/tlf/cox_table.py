"""Cox models of PFS on baseline covariates, exploratory: each covariate alone, and all together (Table 14.2.6.3).

A level without events has a hazard ratio of 0, and no finite one against it. In the limit its patients weigh nothing in
the partial likelihood, so the model leaves them out and estimates the others as R's does. Not estimable are such
levels, levels that nobody has, and everything in a model without a finite maximum.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import polars as pl

from analysis.params_baseline import Subgroup
from analysis.results import Result, p_value, rounded, where
from analysis.stats.cox import ChiSquare, CoxModel, cox_model
from analysis.stats.estimate import NOT_ESTIMABLE
from analysis.tlf import rows
from analysis.tlf.context import Context
from analysis.tlf.model import Cell, Column, Row, Span, Table
from analysis.tlf.rows import Named
from analysis.tlf.subgroups import NOMINAL, Stratum, pfs_time, strata
from analysis.tlf.tte import TimeToEvent

TABLE = "t-14-2-6-3"
KINDS = (("cox_uni", "Univariate"), ("cox_multi", "Multivariable"))
"""Beginning of the results' names, and the model in print."""

METHOD = "Cox model, Efron's ties, Wald limits"
TEST = "score test of proportional hazards, g(t) = 1 - KM(t)"


@dataclass(frozen=True)
class Fit:
    """The model of some covariates in the patients in whom none of them is missing.

    `levels` are the strata of each covariate; a covariate that is missing in everybody is left out.
    """

    tte: TimeToEvent
    levels: dict[str, list[Stratum]]

    @cached_property
    def complete(self) -> dict[str, object]:
        """The conditions of the patients whose covariates are known."""
        return {variable: [level.value for level in levels] for variable, levels in self.levels.items()}

    @cached_property
    def records(self) -> pl.DataFrame:
        return self.tte.records.filter(pl.sql_expr(where(self.complete)))

    @cached_property
    def kept(self) -> dict[str, list[Stratum]]:
        """The levels of each covariate that have events; the model estimates all but the first of them."""
        dead = self.records.filter(pl.col("CNSR") == 0)
        return {v: [s for s in levels if (dead[v] == s.value).any()] for v, levels in self.levels.items()}

    @cached_property
    def model(self) -> CoxModel | None:
        weighing = {v: [level.value for level in levels] for v, levels in self.kept.items()}
        if not weighing or not all(weighing.values()):
            return None
        data = self.records.filter(pl.sql_expr(where(weighing)))
        columns = {
            level.key: (data[variable] == level.value).cast(pl.Int64).to_list()
            for variable, levels in self.kept.items()
            for level in levels[1:]
        }
        return (
            cox_model(data["AVAL"].to_list(), (data["CNSR"] == 0).cast(pl.Int64).to_list(), columns)
            if columns
            else None
        )

    def estimable(self, level: Stratum) -> CoxModel | None:
        """The model where it has a hazard ratio of this level against the first one of its covariate."""
        kept = self.kept.get(level.variable, [])
        has = level in kept[1:] and kept[0] == self.levels[level.variable][0]
        return self.model if has else None

    def proportional_hazards(self, variables: Sequence[str]) -> ChiSquare | None:
        """The test of all levels of some covariates together; None where nothing is estimated."""
        tested = [level.key for variable in variables for level in self.kept.get(variable, [])[1:]]
        return self.model.proportional_hazards(tested) if self.model is not None and tested else None


def _fit(context: Context, subgroups: Sequence[Subgroup]) -> Fit:
    tte = TimeToEvent(context, TABLE, "PFS", "cox")
    known = {s.variable: strata(context, TABLE, s) for s in subgroups if tte.records[s.variable].is_not_null().any()}
    return Fit(tte, {v: [level for level in levels if level.value is not None] for v, levels in known.items()})


def results(context: Context) -> list[Result]:
    """Patients and events of each level, and its hazard ratio in both models, with the tests of each covariate."""
    if TABLE not in context.catalogue:
        return []
    subgroups = context.params.subgroups
    together = _fit(context, subgroups)
    found: list[Result] = []
    for subgroup in subgroups:
        alone = _fit(context, [subgroup])
        for level in strata(context, TABLE, subgroup):
            counts = _at(context, "cox", level.key, subgroup, level, level.only)
            found += counts.count("n", "Patients", {}) + counts.count("events", "Patients with event", {"CNSR": 0})
        for (prefix, kind), fit in zip(KINDS, (alone, together), strict=True):
            for level in strata(context, TABLE, subgroup)[1:]:
                if level.value is not None:
                    at = _at(context, prefix, level.key, subgroup, level, fit.complete)
                    found += [_of_model(r, kind) for r in _hazard_ratio(at, fit, level)]
            at = _at(context, prefix, subgroup.variable.lower(), subgroup, None, fit.complete)
            found += [_of_model(r, kind) for r in _test(at, fit, [subgroup.variable])]
    return found + [_of_model(r, KINDS[1][1]) for r in _whole(context, together)]


def _at(
    context: Context, prefix: str, key: str, subgroup: Subgroup, level: Stratum | None, only: dict[str, object]
) -> TimeToEvent:
    """The records that `only` selects, and the names of what is said of them."""
    group2 = (subgroup.label, level.label if level is not None else "All levels")
    return TimeToEvent(context, TABLE, "PFS", f"{prefix}.{key}", only=only, group2=group2)


def _of_model(result: Result, kind: str) -> Result:
    return replace(result, group3="Model", group3_level=kind)


def _hazard_ratio(at: TimeToEvent, fit: Fit, level: Stratum) -> list[Result]:
    model, conf_level = fit.estimable(level), at.context.params.km.conf_level
    ratio = model.hazard_ratio(level.key, conf_level=conf_level) if model else NOT_ESTIMABLE
    p = model.p_value(level.key) if model else None
    method, wald = f"{METHOD} {conf_level:.0%}", "Wald test, nominal"
    return [
        at.row("hr", "Hazard ratio", ratio.value, rounded(ratio.value, 2), method),
        at.row("hr_lower", "Hazard ratio, lower limit", ratio.ci_lower, rounded(ratio.ci_lower, 2), method),
        at.row("hr_upper", "Hazard ratio, upper limit", ratio.ci_upper, rounded(ratio.ci_upper, 2), method),
        at.row("p", "p-value, two-sided, nominal", p, p_value(p), f"{METHOD}, {wald}"),
    ]


def _test(at: TimeToEvent, fit: Fit, variables: Sequence[str]) -> list[Result]:
    test = fit.proportional_hazards(variables)
    statistic, df, p = (test.statistic, test.df, test.p_value) if test else (None, None, None)
    return [
        at.row("ph_chisq", "Proportional hazards, chi-squared", statistic, rounded(statistic, 2), TEST),
        at.row("ph_df", "Proportional hazards, degrees of freedom", df, rounded(df, 0), TEST),
        at.row("ph_p", "Proportional hazards, p-value", p, p_value(p), TEST),
    ]


def _whole(context: Context, fit: Fit) -> list[Result]:
    """Patients and events of the multivariable model, those it leaves out, and the test of all covariates."""
    at = TimeToEvent(context, TABLE, "PFS", "cox_multi", only=fit.complete)
    found = [at.count("n", "Patients", {})[0], at.count("events", "Patients with event", {"CNSR": 0})[0]]
    missing = " OR ".join(where({variable: None}) for variable in fit.levels)
    condition = f"{where(fit.tte.conditions)} AND ({missing or 'FALSE'})"
    n = context.count("ADTTE", condition)
    excluded = at.row("excluded", "Left out, a covariate missing", n, str(n), "count", variable="CNSR")
    return [*found, replace(excluded, where=condition), *_test(at, fit, list(fit.levels))]


def table(context: Context, found: list[Result]) -> Table:
    """Table 14.2.6.3 from its results."""
    of = rows.by_name(found)
    body: list[Row] = []
    for subgroup in context.params.subgroups:
        body.append(rows.group(subgroup.label))
        for place, level in enumerate(strata(context, TABLE, subgroup)):
            counts = [Cell(of[f"cox.{level.key}.{n}"].stat_fmt, result=f"cox.{level.key}.{n}") for n in ("n", "events")]
            cells = [cell for prefix, _ in KINDS for cell in _cells(of, f"{prefix}.{level.key}", reference=place == 0)]
            body.append(Row.of(level.label, *counts, *cells, indent=1))
        tests = [f"{prefix}.{subgroup.variable.lower()}.ph_p" for prefix, _ in KINDS]
        cells = [cell for name in tests for cell in (Cell(), Cell(of[name].stat_fmt, result=name))]
        body.append(Row.of("Test of proportional hazards", "", "", *cells, indent=1))
    body.append(rows.group("Multivariable model"))
    counts = [
        Cell(of[f"cox_multi.{name}"].stat_fmt, result=f"cox_multi.{name}") for name in ("n", "events", "excluded")
    ]
    body.append(Row.of("In the model", *counts[:2], *[""] * 4, indent=1))
    body.append(Row.of("Left out, a covariate missing", counts[2], *[""] * 5, indent=1))
    p = Cell(of["cox_multi.ph_p"].stat_fmt, result="cox_multi.ph_p")
    body.append(Row.of("Test of proportional hazards, all covariates", *[""] * 5, p, indent=1))
    ratio = f"Hazard ratio\n({context.params.km.conf_level:.0%} CI)"
    columns = (
        Column("Covariate", 0.26),
        Column("Patients", 0.11, "decimal"),
        Column("Events", 0.08, "decimal"),
        Column(ratio, 0.18, "decimal"),
        Column("p-value", 0.095, "decimal"),
        Column(ratio, 0.18, "decimal"),
        Column("p-value", 0.095, "decimal"),
    )
    spans = (Span(KINDS[0][1], 3, 4), Span(KINDS[1][1], 5, 6))
    return context.table(TABLE, columns, body, datasets=("ADTTE",), methods=_methods(context), spans=spans)


def _cells(of: Named, name: str, *, reference: bool) -> tuple[Cell, Cell]:
    """Hazard ratio with limits, and p-value; missing values are in no model."""
    if reference:
        return Cell("1 (reference)"), Cell()
    if f"{name}.hr" not in of:
        return Cell("not in the model"), Cell()
    return rows.interval_cell(of, f"{name}.hr"), Cell(of[f"{name}.p"].stat_fmt, result=f"{name}.p")


def _methods(context: Context) -> list[str]:
    return [
        f"{pfs_time(context)} Cox models, ties by Efron's method, with Wald limits and two-sided nominal p-values: "
        "each covariate alone (univariate), and all together (multivariable), in patients in whom none of a model's "
        "covariates is missing.",
        "Proportional hazards: score test of an interaction of the covariate with 1 - KM(t), the Kaplan-Meier estimate "
        "(Grambsch and Therneau, as cox.zph of R's package survival since version 3 computes it).",
        "NE: not estimable: nobody in the level, no event in it or in its reference, or a partial likelihood without a "
        "finite maximum.",
        NOMINAL,
    ]
