"""Adherence to the schedule of tumour assessments: results and table 14.2.8.1."""

from collections.abc import Sequence

import polars as pl

from analysis.adam.adscan import RULES, UNSCHEDULED
from analysis.results import Result, rounded, where
from analysis.tlf import rows
from analysis.tlf.context import POPULATIONS, Context
from analysis.tlf.model import Cell, Column, Row, Table

TABLE = "t-14-2-8-1"

STATES = tuple(rule.name for rule in RULES)


def results(context: Context) -> list[Result]:
    """Assessments by planned visit and state, in total, and the patients with missed ones."""
    if TABLE not in context.catalogue:
        return []
    flag = POPULATIONS[context.catalogue[TABLE].population][1]
    of_set: dict[str, object] = {flag: "Y"}
    planned = {**of_set, "PARAMCD": "PLANNED"}
    found: list[Result] = []
    for number, visit in [(None, None), *_visits(context, planned)]:
        key = "total" if number is None else f"v{number:g}"
        due = {**planned, **({} if number is None else {"AVISITN": number})}
        label = visit or "All planned visits"
        found.append(_count(context, f"{key}.due", f"{label}: due", "ADSCAN", due, visit))
        for state in STATES:
            name = f"{key}.{_key(state)}"
            only = {**due, "AVALC": state}
            found += _share(context, name, f"{label}: {state.lower()}", only, ("ADSCAN", due), visit)
    missed = {**planned, "AVALC": "MISSED"}
    found += _share(
        context,
        "missed_off_treatment",
        "Missed, planned after treatment",
        {**missed, "OFFTRTFL": "Y"},
        ("ADSCAN", missed),
        None,
    )
    unscheduled = {**of_set, "AVALC": UNSCHEDULED}
    found.append(_count(context, "unscheduled", "Unscheduled assessments", "ADSCAN", unscheduled, None))
    found.append(_count(context, "patients", "Patients", "ADSL", of_set, None))
    everyone = ("ADSL", of_set)
    found += _share(context, "any_missed", "With a missed assessment", {**of_set, "FMISSFL": "Y"}, everyone, None)
    found += _share(context, "gap", "With missed assessments in a row", {**of_set, "GAPFL": "Y"}, everyone, None)
    return found


def _key(state: str) -> str:
    return state.lower().replace(" ", "_")


def _visits(context: Context, planned: dict[str, object]) -> list[tuple[float, str]]:
    """The planned visits that were due in anyone: number and name."""
    frame = context.adam["ADSCAN"].filter(pl.sql_expr(where(planned)))
    return frame.select("AVISITN", "AVISIT").unique().sort("AVISITN").rows()


def _count(context: Context, name: str, label: str, dataset: str, only: dict[str, object], visit: str | None) -> Result:
    n = context.count(dataset, where(only))
    return Result(
        name=f"scans.{name}",
        output=TABLE,
        variable="AVISIT",
        variable_level=visit,
        stat_name="n",
        stat_label=label,
        stat=n,
        stat_fmt=str(n),
        population=context.catalogue[TABLE].population,
        dataset=dataset,
        where=where(only),
        method="count",
    )


def _share(
    context: Context,
    name: str,
    label: str,
    only: dict[str, object],
    of: tuple[str, dict[str, object]],
    visit: str | None,
) -> list[Result]:
    """A number of records of ADSCAN and its share of those of a dataset and conditions."""
    dataset, everyone = of
    n = _count(context, name, label, "ADSCAN", only, visit)
    total = context.count(dataset, where(everyone))
    assert isinstance(n.stat, int)
    value = n.stat / total if total else None
    percent = Result(
        name=f"scans.{name}_pct",
        output=TABLE,
        variable="AVISIT",
        variable_level=visit,
        stat_name="pct",
        stat_label=f"{label}, %",
        stat=value,
        stat_fmt=rounded(None if value is None else 100 * value, 1),
        population=n.population,
        dataset="ADSCAN",
        where=n.where,
        denominator_dataset=dataset,
        denominator_where=where(everyone),
        method="proportion",
    )
    return [n, percent]


def table(context: Context, found: Sequence[Result]) -> Table:
    """Table 14.2.8.1 from its results: a row per planned visit, the total, and the patients who missed any."""
    of = rows.by_name(found)
    due = [r for r in found if r.name and r.name.endswith(".due")]
    visits = [r for r in due if r.variable_level is not None]
    body = [_line(of, str(r.variable_level), str(r.name)) for r in visits]
    body.append(_line(of, "All planned visits", "scans.total.due", total=True))
    blank = [""] * len(STATES)
    off_treatment = rows.share_cell(of, "scans.missed_off_treatment")
    body.append(
        Row.of("Of the missed: planned after all treatment was stopped", "", *blank[1:], off_treatment, indent=1)
    )
    body.append(
        Row.of("Unscheduled assessments", Cell(of["scans.unscheduled"].stat_fmt, result="scans.unscheduled"), *blank)
    )
    body.append(rows.group(f"Patients (N = {of['scans.patients'].stat_fmt}), n (%)"))
    in_a_row = f"At least {context.params.schedule.missed_assessments} missed in a row"
    for label, name in (("At least one missed", "scans.any_missed"), (in_a_row, "scans.gap")):
        body.append(Row.of(label, rows.share_cell(of, name), *blank, indent=1))
    columns = [Column("Planned visit", 0.27), Column("Due", 0.11, "decimal")]
    columns += [Column(f"{state.capitalize()}, n (%)", 0.155, "decimal") for state in STATES]
    return context.table(TABLE, columns, body, datasets=("ADSCAN", "ADSL"), methods=_methods(context))


def _line(of: rows.Named, label: str, due: str, *, total: bool = False) -> Row:
    prefix = due.removesuffix(".due")
    cells = [rows.share_cell(of, f"{prefix}.{_key(state)}") for state in STATES]
    return Row.of(label, Cell(of[due].stat_fmt, result=due), *cells, kind="total" if total else "data")


def _methods(context: Context) -> list[str]:
    schedule = context.params.schedule
    return [
        f"Assessments were planned every {schedule.scan_interval_days} days from enrolment, within "
        f"{schedule.scan_window_days} days. They were due until progression by the {context.params.response.reader}, "
        "new anticancer therapy, death, the end of study participation or the data cut-off, whichever came first; one "
        "that was not done is missed when its window had closed by then, and those after that day are not counted.",
        "An assessment belongs to the visit that it names, an unscheduled one to the visit within whose window it "
        "was, where that has no other. One that was not evaluable was done. Percentages are of the "
        "assessments due.",
    ]
