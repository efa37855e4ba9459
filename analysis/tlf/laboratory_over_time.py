"""Table 14.3.4.5: laboratory values and their change from the baseline by planned visit."""

from collections.abc import Mapping

import polars as pl

from analysis.results import Result
from analysis.tlf.context import Context
from analysis.tlf.model import Cell, Column, Row, Span, Table
from analysis.tlf.rows import Named, by_name, name_part
from analysis.tlf.summaries import Summary

TABLE = "t-14-3-4-5"

_MOST_DECIMALS = 2


def visits(context: Context) -> dict[str, tuple[str, Mapping[str, object]]]:
    """Part of the results' names -> what the row is called, and the records that it summarises."""
    planned = {
        name_part(visit): (visit.capitalize(), {"AVISIT": visit, "ANL01FL": "Y"})
        for visit in context.params.laboratory.over_time.visits
    }
    last = {"last": ("Last value on treatment", {"LVOTFL": "Y"})}
    return {"baseline": ("Baseline", {"ABLFL": "Y"}), **planned, **last}


def tests(context: Context) -> dict[str, pl.DataFrame]:
    """The records of each test of params that has numbers, by PARAMCD."""
    frame = context.adam["ADLB"].filter(pl.col("AVAL").is_not_null())
    wanted = context.params.laboratory.over_time.tests
    parts = frame.filter(pl.col("PARAMCD").is_in(wanted)).partition_by("PARAMCD", as_dict=True)
    return {test: parts[(test,)] for test in wanted if (test,) in parts}


def results(context: Context) -> list[Result]:
    """`lab_time.<test>.<visit>.value.<statistic>` and, after the baseline, `.change.<statistic>`."""
    if TABLE not in context.catalogue:
        return []
    found = []
    for test, frame in tests(context).items():
        digits, param = decimals(frame["AVAL"]), frame["PARAM"][0]
        for visit, (label, only) in visits(context).items():
            summary = Summary.of(context, TABLE, "ADLB", {"PARAMCD": test, **only})
            name = f"lab_time.{name_part(test)}.{visit}"
            about = {"group2": "visit", "group2_level": label}
            found += summary.statistics("AVAL", param, digits, name=f"{name}.value", **about)
            if visit != "baseline":
                found += summary.statistics("CHG", param, digits, name=f"{name}.change", **about)
    return found


def decimals(values: pl.Series) -> int:
    """The decimals that values were recorded with, at most two: converted ones have any number."""
    numbers = values.to_list()
    enough = (n for n in range(_MOST_DECIMALS) if all(abs(round(v, n) - v) < 1e-9 for v in numbers))
    return next(enough, _MOST_DECIMALS)


def table(context: Context, found: list[Result]) -> Table:
    """Table 14.3.4.5 from its results."""
    of = by_name(found)
    body: list[Row] = []
    for test, frame in tests(context).items():
        body.append(Row.of(frame["PARAM"][0], kind="group"))
        for visit, (label, _) in visits(context).items():
            name = f"lab_time.{name_part(test)}.{visit}"
            change = _cells(of, f"{name}.change") if visit != "baseline" else [Cell()] * 3
            body.append(Row.of(label, *_cells(of, f"{name}.value"), *change, indent=1))
    parts = [Column("n", 0.06, "decimal"), Column("Mean (SD)", 0.19, "decimal"), Column("Median", 0.12, "decimal")]
    columns = (Column("Test\nVisit", 0.26), *parts, *parts)
    spans = (Span("Value", 1, 3), Span("Change from baseline", 4, 6))
    methods = ["Planned visits on treatment, the last value of each; the last value of all may be from any visit."]
    return context.table(TABLE, columns, body, datasets=("ADLB",), methods=methods, spans=spans)


def _cells(of: Named, name: str) -> list[Cell]:
    """n, mean with standard deviation, and median; only n where there is no value."""
    stats = {stat: of[f"{name}.{stat}"].stat_fmt for stat in ("n", "mean", "sd", "median")}
    if stats["n"] == "0":
        return [Cell("0", result=f"{name}.n"), Cell(), Cell()]
    texts = [stats["n"], f"{stats['mean']} ({stats['sd']})", stats["median"]]
    return [Cell(shown, result=f"{name}.{stat}") for shown, stat in zip(texts, ("n", "mean", "median"), strict=True)]
