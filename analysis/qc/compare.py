"""Comparing the two routes: counts, dates and censoring equal, numbers within the plan's tolerance."""

import math

import polars as pl

from analysis.errors import NotebookError
from analysis.qc.second_route import Second
from analysis.results import Result

TOLERANCE = 1e-9
SCHEMA = {"NAME": pl.String, "LABEL": pl.String, "FIRST": pl.String, "SECOND": pl.String, "AGREE": pl.Boolean}


def agree(first: float | None, second: float | None) -> bool:
    """|a - b| <= 1e-9 max(1, |a|); not estimable equals not estimable."""
    a = math.nan if first is None else first
    b = math.nan if second is None else second
    return (math.isnan(a) and math.isnan(b)) or abs(a - b) <= TOLERANCE * max(1.0, abs(a))


def compare(results: list[Result], adtte: pl.DataFrame, second: Second) -> pl.DataFrame:
    """One line for each value of the second route (a value without a result does not agree) and each PARAMCD."""
    of = {r.name: r for r in results if r.name}
    lines: list[tuple[str | None, str, str, str, bool]] = []
    for name, value in second.values.items():
        first = of.get(name)
        stat = first.stat if first else None
        ok = first is not None and not isinstance(stat, str) and agree(stat, value)
        shown = "not estimable" if math.isnan(value) else f"{value:.10g}"
        lines.append((name, _label(first, name), "absent" if first is None else _shown(stat), shown, ok))
    for paramcd in sorted(set(second.records["PARAMCD"])):
        lines.append(_records(adtte, second, paramcd))
    return pl.DataFrame(lines, schema=SCHEMA, orient="row")


def _label(result: Result | None, name: str) -> str:
    if result is None:
        return name
    return f"{result.group1_level}: {result.stat_label}" if result.group1_level else result.stat_label


def _shown(stat: object) -> str:
    return "not estimable" if stat is None else f"{stat:.10g}" if isinstance(stat, int | float) else str(stat)


def _records(adtte: pl.DataFrame, second: Second, paramcd: str) -> tuple[None, str, str, str, bool]:
    """Start, date and censoring of every subject's record, compared one by one."""
    rows = adtte.filter(pl.col("PARAMCD") == paramcd).select("USUBJID", "STARTDT", "ADT", "CNSR").rows()
    mine = second.records[second.records["PARAMCD"] == paramcd]
    first = {r[0]: (r[1], r[2], int(r[3])) for r in rows}
    other = {r.USUBJID: (r.STARTDT, r.ADT, int(r.CNSR)) for r in mine.itertuples()}
    twice = {r[0] for r in rows if [row[0] for row in rows].count(r[0]) > 1}
    differ = sorted(twice | {u for u in first.keys() | other.keys() if first.get(u) != other.get(u)})
    label = f"{paramcd}: start, date and censoring of each patient"
    if differ:
        label += " (differ: " + ", ".join(differ) + ")"
    return None, label, f"{len(rows)} records", f"{len(first.keys() | other.keys()) - len(differ)} equal", not differ


def require_agreement(comparison: pl.DataFrame) -> None:
    """Fail the run where the routes differ, naming every line."""
    differ = comparison.filter(~pl.col("AGREE"))
    if not differ.is_empty():
        lines = [f"{r['LABEL']}: {r['FIRST']} against {r['SECOND']}" for r in differ.iter_rows(named=True)]
        raise NotebookError("the second route disagrees: " + "; ".join(lines))
