"""Anticancer therapy after enrolment: results and table 14.2.7.1."""

import statistics
from collections.abc import Sequence

import polars as pl

from analysis.adam import therapy
from analysis.adam.adnact import AFTER, BEFORE, CLASSES, WITHOUT
from analysis.results import AtLeast, Result, rounded, where
from analysis.tlf import rows
from analysis.tlf.context import POPULATIONS, Context
from analysis.tlf.model import Cell, Column, Row, Table

TABLE = "t-14-2-7-1"

KINDS = (
    (therapy.SYSTEMIC, "Systemic therapy"),
    (therapy.LESION, "Radiotherapy to a lesion"),
    (therapy.SURGERY, "Anticancer surgery"),
    (therapy.ELSEWHERE, "Radiotherapy elsewhere"),
)
RELATIONS = ((AFTER, "On or after the day of progression"), (BEFORE, "Before progression"), (WITHOUT, "No progression"))
LINES: tuple[tuple[str, object], ...] = (("1", 1), ("2", 2), ("3 or more", AtLeast(3)))


def results(context: Context) -> list[Result]:
    """Patients by kind and class of therapy, lines and relation to progression, and times to the first new therapy."""
    if TABLE not in context.catalogue:
        return []
    flag = POPULATIONS[context.catalogue[TABLE].population][1]
    everyone = where({flag: "Y"})
    patients = context.count("ADSL", everyone)

    def share(name: str, label: str, **only: object) -> list[Result]:
        conditions = where({flag: "Y", **only})
        n = context.counted(TABLE, "ADNACT", conditions, name=f"nact.{name}", label=label)
        assert isinstance(n.stat, int)
        value = n.stat / patients if patients else None
        percent = Result(
            name=f"nact.{name}_pct",
            output=TABLE,
            variable=label,
            stat_name="pct",
            stat_label=f"{label}, %",
            stat=value,
            stat_fmt=rounded(None if value is None else 100 * value, 1),
            population=n.population,
            dataset="ADNACT",
            where=conditions,
            denominator_dataset="ADSL",
            denominator_where=everyone,
            method="proportion",
        )
        return [n, percent]

    found = [context.counted(TABLE, "ADSL", everyone, name="nact.patients", label="Patients")]
    found += share("any", "Any new anticancer therapy", NEWTHFL="Y")
    for kind, label in KINDS:
        found += share(_key(kind), label, FKINDFL="Y", NACAT=kind)
    for name in CLASSES:
        found += share(_key(name), name, FCLASSFL="Y", NACLASS=name)
    for label, lines in LINES:
        found += share(f"lines_{_key(label)}", label, FKINDFL="Y", NACAT=therapy.SYSTEMIC, NLINES=lines)
    for relation, label in RELATIONS:
        found += share(_key(relation), label, NEWTHFL="Y", RELPD=relation)
    first: dict[str, object] = {flag: "Y", "NEWTHFL": "Y"}
    found += _distribution(context, first, "AVAL", "from_enrolment", "From enrolment, months", digits=1)
    found += _distribution(context, first, "ADLDOSE", "from_last_dose", "From the last study dose, days", digits=0)
    return found


def _key(text: str) -> str:
    return text.lower().replace(" ", "_").replace("/", "")


def _distribution(
    context: Context, conditions: dict[str, object], variable: str, name: str, label: str, *, digits: int
) -> list[Result]:
    """Number, median, least and greatest of a variable of the first new therapies."""
    records = context.adam["ADNACT"].filter(pl.sql_expr(where(conditions)), pl.col(variable).is_not_null())
    values = records[variable].to_list()
    known = where(conditions) + f' AND "{variable}" IS NOT NULL'
    median = statistics.median(values) if values else None
    statistic = (
        ("n", len(values), str(len(values))),
        # a median of days may lie half-way between two
        ("median", median, rounded(median, 1)),
        ("minimum", min(values, default=None), rounded(min(values, default=None), digits)),
        ("maximum", max(values, default=None), rounded(max(values, default=None), digits)),
    )
    return [
        Result(
            name=f"nact.{name}_{stat}",
            output=TABLE,
            variable=variable,
            stat_name=stat,
            stat_label=label,
            stat=value,
            stat_fmt=shown,
            population=context.catalogue[TABLE].population,
            dataset="ADNACT",
            where=known,
            method=stat,
        )
        for stat, value, shown in statistic
    ]


def table(context: Context, found: Sequence[Result]) -> Table:
    """Table 14.2.7.1 from its results."""
    of = rows.by_name(found)
    body = [rows.share("Any new anticancer therapy, n (%)", of, "nact.any")]
    body.append(rows.group("By kind, n (%)"))
    for kind, label in KINDS:
        body.append(rows.share(label, of, f"nact.{_key(kind)}", indent=1))
        if kind == therapy.SYSTEMIC:
            body += [rows.share(name, of, f"nact.{_key(name)}", indent=2) for name in CLASSES]
    body.append(rows.group("Lines of systemic therapy, n (%)"))
    body += [rows.share(label, of, f"nact.lines_{_key(label)}", indent=1) for label, _ in LINES]
    body.append(rows.group("Start of the first new therapy, n (%)"))
    body += [rows.share(label, of, f"nact.{_key(relation)}", indent=1) for relation, label in RELATIONS]
    for name, label in (
        ("from_enrolment", "Enrolment to first new therapy, months"),
        ("from_last_dose", "Last study dose to first new therapy, days"),
    ):
        key = f"nact.{name}"
        body.append(rows.group(label))
        body.append(rows.line("n", of, f"{key}_n", indent=1))
        body.append(rows.line("Median", of, f"{key}_median", indent=1))
        cell = Cell(f"{of[f'{key}_minimum'].stat_fmt} to {of[f'{key}_maximum'].stat_fmt}", result=f"{key}_minimum")
        body.append(Row.of("Range", cell, indent=1))
    header = f"{context.params.study.arm_label}\n(N = {of['nact.patients'].stat_fmt})"
    columns = (Column("", 0.62, "left"), Column(header, 0.38, "decimal"))
    return context.table(TABLE, columns, body, datasets=("ADNACT", "ADSL"), methods=_methods(context))


def _methods(context: Context) -> list[str]:
    return [
        "New anticancer therapy is systemic therapy, anticancer surgery or radiotherapy to a lesion that began after "
        "enrolment. Radiotherapy elsewhere is shown but is not counted as new therapy, here and for PFS. A patient is "
        "counted once in each row.",
        "Classes follow the lists of medicines in the parameters of the analysis. Medicines that began on one day are "
        "one line. Medians are those of the patients with new therapy, without regard to the others' follow-up; months "
        "of 30.4375 days; negative days are before the last dose. "
        f"Progression is the first by the {context.params.response.reader}.",
    ]
