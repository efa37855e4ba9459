"""Comparing the two routes: counts, dates, censoring and responses equal, numbers within the plan's tolerance."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pandas as pd
import polars as pl

from analysis.errors import NotebookError
from analysis.qc.compare_safety import record_lines, safety_lines
from analysis.qc.lines import RECORDS, Line, many_line, value_line
from analysis.qc.second_route import Second
from analysis.results import Result


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


def compare(
    results: list[Result], adam: Mapping[str, pl.DataFrame], second: Second, catalogue: Collection[str]
) -> pl.DataFrame:
    """One line for each value of the second route, for each whole table, and for the records of each dataset.

    A value without a result does not agree, unless `catalogue` (ids of outputs) leaves out the output that holds it.
    """
    of = {r.name: r for r in results if r.name}
    topics = {prefix: topic for topic in TOPICS for prefix in topic.prefixes}
    lines: list[Line] = []
    for name, value in second.values.items():
        topic = topics[name.partition(".")[0]]
        if name in of or topic.output in catalogue:
            lines.append(value_line(topic.name, name, value, of.get(name)))
    lines.sort(key=lambda line: [topic.name for topic in TOPICS].index(line[0]))
    lines += safety_lines(results, second.safety, catalogue)
    for dataset, mine, always, columns, what in (
        ("ADTTE", second.records, RESPONDERS, ("STARTDT", "ADT", "CNSR"), "start, date and censoring"),
        ("ADRS", second.responses, (), ("AVALC",), "value"),
    ):
        for paramcd in sorted({*mine["PARAMCD"], *always}):
            lines.append(_records(adam[dataset], mine, paramcd, columns, what))
    lines += record_lines(adam, second.safety)
    return pl.DataFrame(lines, schema=SCHEMA, orient="row")


def _records(adam: pl.DataFrame, mine: pd.DataFrame, paramcd: str, columns: tuple[str, ...], what: str) -> Line:
    """Every subject's record of one parameter, compared one by one in some columns."""
    first = adam.filter(pl.col("PARAMCD") == paramcd).select("USUBJID", *columns).rows()
    second = mine.loc[mine["PARAMCD"] == paramcd, ["USUBJID", *columns]].itertuples(index=False, name=None)
    label = f"{paramcd}: {what} of each patient"
    return many_line(RECORDS, label, [(u, row) for u, *row in first], [(u, row) for u, *row in second], "records")


def require_agreement(comparison: pl.DataFrame) -> None:
    """Fail the run where the routes differ, naming every line."""
    differ = comparison.filter(~pl.col("AGREE"))
    if not differ.is_empty():
        lines = [f"{r['LABEL']}: {r['FIRST']} against {r['SECOND']}" for r in differ.iter_rows(named=True)]
        raise NotebookError("the second route disagrees: " + "; ".join(lines))
