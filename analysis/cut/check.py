"""The data check of a cut: every problem at once, each with dataset, variable, patient, record and rule."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from analysis.cut.check_rule import NO_RECORD, Data, Found, Rule
from analysis.cut.check_rules import RULES
from analysis.cut.dataset import Dataset
from analysis.cut.edit import Edit
from analysis.params import Params


@dataclass(frozen=True)
class Problem:
    """One problem. `severity` is "error" (stops a run) or "warning" (goes into the report); `rule` is a Rule's id.

    `usubjid`, `seq` and `variable` are None where the problem is not of one patient, record or variable.
    """

    severity: str
    dataset: str
    usubjid: str | None
    seq: int | None
    variable: str | None
    rule: str
    message: str


def check_data(datasets: Mapping[str, Dataset], params: Params) -> list[Problem]:
    """Check all datasets of a cut by every rule of RULES; errors come first, then by dataset, patient and record."""
    data = Data({name: Edit(dataset) for name, dataset in datasets.items()}, params)
    problems = [problem for rule in RULES for found in rule.find(data) for problem in _problems(rule, found, data)]
    return sorted(problems, key=_order)


def _order(problem: Problem) -> tuple[str, str, str, int, str, str, str]:
    return (
        problem.severity,
        problem.dataset,
        problem.usubjid or "",
        problem.seq or 0,
        problem.variable or "",
        problem.rule,
        problem.message,
    )


def _problems(rule: Rule, found: Found, data: Data) -> Iterable[Problem]:
    """Turn the records that a rule found into problems."""
    if found.rows.is_empty():
        return
    number = pl.lit(None) if found.rows is NO_RECORD else data.edits[found.dataset].sequence()
    for row in found.rows.with_columns(number.alias(" number")).iter_rows(named=True):
        yield Problem(
            severity=found.severity or rule.severity,
            dataset=found.dataset,
            usubjid=row.get("USUBJID"),
            seq=row[" number"],
            variable=found.variable,
            rule=rule.id,
            message=found.say(row),
        )


def format_problems(problems: Iterable[Problem]) -> str:
    """Return one line per problem: severity, dataset.variable, patient, sequence number, message and rule."""
    return "\n".join(map(_line, problems))


def _line(problem: Problem) -> str:
    place = problem.dataset + (f".{problem.variable}" if problem.variable else "")
    patient = f" {_printable(problem.usubjid)}" if problem.usubjid else ""
    record = f" {problem.dataset.removeprefix('SUPP')[:2]}SEQ {problem.seq}" if problem.seq is not None else ""
    return f"{problem.severity.upper()} {place}{patient}{record}: {problem.message} [{problem.rule}]"


def _printable(text: str) -> str:
    """Return a text from the data as it is, or quoted and escaped where it holds control characters."""
    return text if text.isprintable() else repr(text)
