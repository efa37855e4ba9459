"""Who is counted differently in a sensitivity analysis of progression-free survival, and by which rule."""

from collections.abc import Sequence

import polars as pl

from analysis.adam.pfs_changes import ADDED, CHANGE_RULES, DATES, GAINED, LOST, MOVED, START, ChangeRule
from analysis.results import Result, rounded
from analysis.results import where as where_clause
from analysis.tlf import primary_pfs, rows
from analysis.tlf.context import POPULATIONS, Context
from analysis.tlf.model import Cell, Column, Row, Table
from analysis.tlf.rows import Named
from analysis.tlf.sensitivity_analyses import Analysis, analyses
from analysis.tlf.tte import TimeToEvent

TABLE = "t-14-2-1-3"
KINDS = ((GAINED, "gained", "Event gained"), (LOST, "lost", "Event lost"), (MOVED, "moved", "Time changed"))


def compared(context: Context) -> list[Analysis]:
    """The analyses that have records of their own; the others take those of the primary analysis."""
    return [a for a in analyses(context) if a.paramcd != "PFS"]


def results(context: Context) -> list[Result]:
    """Patients counted differently by analysis, rule and kind of change; then the outcomes of those listed by name."""
    if TABLE not in context.catalogue:
        return []
    found: list[Result] = []
    for analysis in compared(context):
        prefix = f"pfs_changes.{analysis.name}"
        tte = TimeToEvent(context, TABLE, analysis.paramcd, prefix, population=analysis.population)
        for rule in CHANGE_RULES:
            if rule.code in tte.records["CHGRULE"]:
                found += _counts(tte, rule)
        found += _not_analysed(context, analysis)
        found += _listed(context, tte)
    return found


def _counts(tte: TimeToEvent, rule: ChangeRule) -> list[Result]:
    """Patients whom one rule counts differently, in all and by the kind of change."""
    name, found = rule.code.lower(), []
    for kind, end, label in ((None, "patients", "Patients"), *KINDS, (ADDED, "added", "Analysed here only")):
        only = {"CHGRULE": rule.code} | ({} if kind is None else {"CHGPRIM": kind})
        n = tte.records.filter(pl.sql_expr(where_clause(only))).height
        text = f"{rule.text}: {label}"
        found.append(tte.row(f"{name}.{end}", text, n, str(n), "count", only=only, variable="CHGPRIM", level=rule.text))
    return found


def _not_analysed(context: Context, analysis: Analysis) -> list[Result]:
    """Patients of the primary analysis who are not in the analysis set of this one."""
    primary = TimeToEvent(
        context,
        TABLE,
        "PFS",
        f"pfs_changes.{analysis.name}",
        population=context.catalogue[primary_pfs.TABLE].population,
        group2=("Analysis", analysis.label),
    )
    only: dict[str, object] = {POPULATIONS[analysis.population][1]: "N"}
    n = primary.records.filter(pl.sql_expr(where_clause(only))).height
    label = f"Not in the {POPULATIONS[analysis.population][0].lower()}"
    return [primary.row("not_analysed", label, n, str(n), "count", only=only, variable="USUBJID")] if n else []


def _listed(context: Context, tte: TimeToEvent) -> list[Result]:
    """Months and outcome of each patient whom a rule moves by more than a date, in both analyses.

    Another start or other dates move nearly everybody: whose time alone they change is only counted.
    """
    moved = pl.col("CHGRULE").is_in([DATES, START]) & (pl.col("CHGPRIM") == MOVED)
    shown = tte.records.filter(pl.col("CHGPRIM").is_in([kind for kind, _, _ in KINDS]) & ~moved)
    found: list[Result] = []
    for place, (usubjid, rule) in enumerate(shown.select("USUBJID", "CHGRULE").iter_rows(), start=1):
        for paramcd, which in (("PFS", "primary"), (str(tte.conditions["PARAMCD"]), "this")):
            only = {"PARAMCD": paramcd, "USUBJID": usubjid}
            record = context.adam["ADTTE"].filter(pl.sql_expr(where_clause(only))).row(0, named=True)
            months = rounded(record["AVAL"], 1) + ("+" if record["CNSR"] else "")
            for variable, stat, fmt in (
                ("AVAL", record["AVAL"], months),
                ("EVNTDESC", record["EVNTDESC"], record["EVNTDESC"]),
            ):
                found.append(
                    Result(
                        name=f"{tte.prefix}.patient_{place}.{which}_{variable.lower()}",
                        output=TABLE,
                        group1="PARAMCD",
                        group1_level=str(tte.conditions["PARAMCD"]),
                        group2="CHGRULE",
                        group2_level=rule,
                        group3="USUBJID",
                        group3_level=usubjid,
                        variable=variable,
                        variable_level=which,
                        stat_name="value",
                        stat_label=f"{usubjid}, {which} analysis",
                        stat=stat,
                        stat_fmt=fmt,
                        population=tte.population,
                        dataset="ADTTE",
                        where=where_clause(only),
                        method="as recorded",
                    )
                )
    return found


def table(context: Context, found: list[Result]) -> Table:
    """Table 14.2.1.3 from its results: each analysis with the rules that make a difference, and the patients."""
    of = rows.by_name(found)
    body: list[Row] = []
    for analysis in compared(context):
        body.append(rows.group(analysis.label))
        body += _analysis_rows(analysis, of, found)
    columns = (
        Column("Analysis, rule and patient", 0.24),
        Column("Patients", 0.065, "decimal"),
        *(Column(label.replace(" ", "\n"), 0.065, "decimal") for _, _, label in KINDS),
        Column("Primary analysis,\nmonths", 0.325),
        Column("This analysis,\nmonths", 0.175),
    )
    methods = [
        "Event gained: censored in the primary analysis and an event here. Event lost: the reverse. Time changed: the "
        "same outcome with another start or date. Patients of whom a rule on dates or the start changed only the time "
        "are counted and not listed. +: censored.",
        "The analyses that are not named here take the records of the primary analysis. Of the interval-censored "
        "analysis, the date by which the event happened is compared.",
    ]
    return context.table(TABLE, columns, body, datasets=("ADTTE",), methods=methods, landscape=True)


def _analysis_rows(analysis: Analysis, of: Named, found: Sequence[Result]) -> list[Row]:
    """The rules that make a difference in one analysis, each with its patients."""
    prefix, body = f"pfs_changes.{analysis.name}", []
    for rule in CHANGE_RULES:
        name = f"{prefix}.{rule.code.lower()}"
        if f"{name}.patients" in of:
            counts = [Cell(of[f"{name}.{end}"].stat_fmt, result=f"{name}.{end}") for end in _ENDS]
            body.append(Row.of(rule.text, *counts, "", "", indent=1))
            body += _patient_rows(analysis.paramcd, rule.code, found)
            if of[f"{name}.added"].stat:
                body.append(_alone("Analysed here only", of, f"{name}.added"))
    if f"{prefix}.not_analysed" in of:
        body.append(_alone(of[f"{prefix}.not_analysed"].stat_label, of, f"{prefix}.not_analysed"))
    return body or [Row.of("No patient counted differently", *[""] * 6, indent=1)]


_ENDS = ("patients", *(end for _, end, _ in KINDS))


def _alone(label: str, of: Named, name: str) -> Row:
    """A row with nothing but a number of patients."""
    return Row.of(label, Cell(of[name].stat_fmt, result=name), *[""] * 5, indent=1)


def _patient_rows(paramcd: str, rule: str, found: Sequence[Result]) -> list[Row]:
    """The patients listed under one rule, each with both outcomes."""
    said: dict[str, dict[tuple[str | None, str], Result]] = {}
    for r in found:
        if r.group3_level is not None and (r.group1_level, r.group2_level) == (paramcd, rule):
            said.setdefault(r.group3_level, {})[(r.variable_level, r.variable)] = r
    return [
        Row.of(
            usubjid,
            *[""] * 4,
            *(_outcome(of[which, "AVAL"], of[which, "EVNTDESC"]) for which in ("primary", "this")),
            indent=2,
        )
        for usubjid, of in said.items()
    ]


def _outcome(months: Result, event: Result) -> Cell:
    return Cell(f"{months.stat_fmt} {event.stat_fmt}", result=months.name)
