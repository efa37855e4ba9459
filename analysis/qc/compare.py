"""Comparing the two routes: counts, dates, censoring and responses equal, numbers within the plan's tolerance."""

import math
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pandas as pd
import polars as pl

from analysis.errors import NotebookError
from analysis.qc.second_route import Second
from analysis.results import Result

TOLERANCE = 1e-9


@dataclass(frozen=True)
class Topic:
    """A group of compared values: the first parts of their names, and the output that holds their results."""

    name: str
    output: str
    prefixes: tuple[str, ...]


TOPICS = (
    Topic("Analysis sets", "t-14-1-1-1", ("n",)),
    Topic("Progression-free survival", "t-14-2-1-1", ("pfs",)),
    Topic("Best overall response", "t-14-2-2-1", ("bor",)),
    Topic("Objective response", "t-14-2-2-1", ("orr", "orr_unconfirmed")),
    Topic("Disease control", "t-14-2-2-1", ("dcr", "dcr_unconfirmed")),
    Topic("Clinical benefit", "t-14-2-2-2", ("cbr", "cbr_unconfirmed", "cbr_assessment", "cbr_duration")),
    Topic("Duration of response and time to response", "t-14-2-3-1", ("dor", "ttr")),
    Topic("Time to treatment failure", "t-14-2-3-2", ("ttf",)),
    Topic("Overall survival", "t-14-2-4-1", ("os",)),
    Topic("Follow-up", "t-14-2-5-1", ("followup",)),
)
"""Values of a topic are left out where the study's catalogue has no such output, and only there."""

RECORDS = "Records of each patient"
RESPONDERS = ("DOR", "TTR")
"""Parameters that only some patients have, compared even where the second route finds none who has."""

SCHEMA = {
    "TOPIC": pl.String,
    "NAME": pl.String,
    "LABEL": pl.String,
    "FIRST": pl.String,
    "SECOND": pl.String,
    "AGREE": pl.Boolean,
}
Line = tuple[str, str | None, str, str, str, bool]


def agree(first: float | None, second: float | None) -> bool:
    """|a - b| <= 1e-9 max(1, |a|); not estimable equals not estimable."""
    a = math.nan if first is None else first
    b = math.nan if second is None else second
    return (math.isnan(a) and math.isnan(b)) or abs(a - b) <= TOLERANCE * max(1.0, abs(a))


def compare(
    results: list[Result], adam: Mapping[str, pl.DataFrame], second: Second, catalogue: Collection[str]
) -> pl.DataFrame:
    """One line for each value of the second route, and for each PARAMCD of ADTTE and ADRS.

    A value without a result does not agree, unless `catalogue` (ids of outputs) leaves out the output that holds it.
    """
    of = {r.name: r for r in results if r.name}
    topics = {prefix: topic for topic in TOPICS for prefix in topic.prefixes}
    lines: list[Line] = []
    for name, value in second.values.items():
        topic, first = topics[name.partition(".")[0]], of.get(name)
        if first is None and topic.output not in catalogue:
            continue
        stat = first.stat if first else None
        ok = first is not None and not isinstance(stat, str) and agree(stat, value)
        shown = "not estimable" if math.isnan(value) else f"{value:.10g}"
        label = _label(first, name)
        lines.append((topic.name, name, label, "absent" if first is None else _shown(stat), shown, ok))
    lines.sort(key=lambda line: [topic.name for topic in TOPICS].index(line[0]))
    for dataset, mine, always, columns, what in (
        ("ADTTE", second.records, RESPONDERS, ("STARTDT", "ADT", "CNSR"), "start, date and censoring"),
        ("ADRS", second.responses, (), ("AVALC",), "value"),
    ):
        for paramcd in sorted({*mine["PARAMCD"], *always}):
            lines.append(_records(adam[dataset], mine, paramcd, columns, what))
    return pl.DataFrame(lines, schema=SCHEMA, orient="row")


def _label(result: Result | None, name: str) -> str:
    if result is None:
        return name
    return f"{result.group1_level}: {result.stat_label}" if result.group1_level else result.stat_label


def _shown(stat: object) -> str:
    return "not estimable" if stat is None else f"{stat:.10g}" if isinstance(stat, int | float) else str(stat)


def _records(adam: pl.DataFrame, mine: pd.DataFrame, paramcd: str, columns: tuple[str, ...], what: str) -> Line:
    """Every subject's record of one parameter, compared one by one in some columns."""
    rows = adam.filter(pl.col("PARAMCD") == paramcd).select("USUBJID", *columns).rows()
    first = {usubjid: tuple(values) for usubjid, *values in rows}
    found = mine.loc[mine["PARAMCD"] == paramcd, ["USUBJID", *columns]]
    other = {usubjid: tuple(values) for usubjid, *values in found.itertuples(index=False)}
    twice = {usubjid for usubjid, times in Counter(row[0] for row in rows).items() if times > 1}
    differ = sorted(twice | {u for u in first.keys() | other.keys() if first.get(u) != other.get(u)})
    label = f"{paramcd}: {what} of each patient"
    if differ:
        label += " (differ: " + ", ".join(differ) + ")"
    equal = len(first.keys() | other.keys()) - len(differ)
    return RECORDS, None, label, f"{len(rows)} records", f"{equal} equal", not differ


def require_agreement(comparison: pl.DataFrame) -> None:
    """Fail the run where the routes differ, naming every line."""
    differ = comparison.filter(~pl.col("AGREE"))
    if not differ.is_empty():
        lines = [f"{r['LABEL']}: {r['FIRST']} against {r['SECOND']}" for r in differ.iter_rows(named=True)]
        raise NotebookError("the second route disagrees: " + "; ".join(lines))
