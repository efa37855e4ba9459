"""Data handling, appendix 16.1.9: what the cut-off changed, and what the data check and the derivations found."""

from collections.abc import Sequence

import polars as pl

from analysis.cut.check import Problem
from analysis.results import Result, where
from analysis.tlf import rows
from analysis.tlf.context import Context
from analysis.tlf.model import Cell, Column, Row, Table

CUT_LOG_TABLE = "t-16-1-9-2"
FINDINGS_TABLE = "t-16-1-9-3"
SHOWN = 20  # findings of one rule; csr check prints all


def cut_log_results(context: Context, log: pl.DataFrame) -> list[Result]:
    """Lines of the cut's log by dataset, action and reason; `where` selects them in cut-log.csv."""
    counts = log.group_by("DATASET", "ACTION", "REASON").len().sort("DATASET", "ACTION", "REASON")
    parts = rows.name_parts(" ".join(map(str, line[:3])) for line in counts.iter_rows())
    return [
        Result(
            name=f"cut_log.{part}",
            output=CUT_LOG_TABLE,
            group1="DATASET",
            group1_level=dataset,
            group2="ACTION",
            group2_level=action,
            variable="REASON",
            variable_level=reason,
            stat_name="n",
            stat_label="Lines of the log",
            stat=n,
            stat_fmt=str(n),
            population=context.catalogue[CUT_LOG_TABLE].population,
            dataset="CUT-LOG",
            where=where({"DATASET": dataset, "ACTION": action, "REASON": reason}),
            method="count",
        )
        for part, (dataset, action, reason, n) in zip(parts, counts.iter_rows(), strict=True)
    ]


def cut_log_table(context: Context, results: list[Result]) -> Table:
    """Table 16.1.9.2 from its results."""
    body = [
        Row.of(r.group1_level or "", r.group2_level or "", r.variable_level or "", Cell(r.stat_fmt, result=r.name))
        for r in results
    ]
    columns = (Column("Dataset", 0.12), Column("Action", 0.13), Column("Reason", 0.63), Column("n", 0.12, "decimal"))
    return context.table(CUT_LOG_TABLE, columns, body, datasets=("cut-log.csv",))


def findings_table(context: Context, problems: Sequence[Problem], queries: pl.DataFrame) -> Table:
    """Table 16.1.9.3: warnings of the data check, then queries of the derivations, each with its record."""
    body = [Row.of("Warnings of the data check", kind="group")] if problems else []
    for rule in dict.fromkeys(p.rule for p in problems):
        found = [p for p in problems if p.rule == rule]
        body += [
            Row.of(p.usubjid or "", f"{p.dataset}.{p.variable}" if p.variable else p.dataset, _text(p.seq), p.message)
            for p in found[:SHOWN]
        ]
        if len(found) > SHOWN:
            body.append(Row.of("", found[0].dataset, "", f"{len(found) - SHOWN} more by rule {rule}: see csr check"))
    if not queries.is_empty():
        body.append(Row.of("Queries of the derivations", kind="group"))
    body += [
        Row.of(
            q["USUBJID"], f"{q['DATASET']}.{q['VARIABLE']}", _text(q["SEQ"]), f"{q['VALUE'] or 'missing'}: {q['TEXT']}"
        )
        for q in queries.iter_rows(named=True)
    ]
    columns = (Column("Patient", 0.27), Column("Variable", 0.16), Column("Seq.", 0.08), Column("Finding", 0.49))
    return context.table(FINDINGS_TABLE, columns, body, datasets=("SDTM of the locked cut",))


def _text(seq: object) -> str:
    return "" if seq is None else f"{float(seq):g}" if isinstance(seq, int | float) else str(seq)
