"""Narratives (Table 14.3.3.1) of deaths, serious adverse events and discontinuations due to adverse events."""

from collections.abc import Mapping, Sequence

import polars as pl

from analysis.results import Result
from analysis.tlf import narrative_text as say
from analysis.tlf.ae_words import term
from analysis.tlf.context import Context
from analysis.tlf.listings import Record
from analysis.tlf.model import Column, Row, Table
from analysis.tlf.patient_file import PatientFile, patient_files
from analysis.tlf.rows import group
from analysis.tlf.summaries import Summary

TABLE = "t-14-3-3-1"


def results(context: Context) -> list[Result]:
    """The numbers of patients with a narrative, by the reasons for it."""
    if TABLE not in context.catalogue:
        return []
    events = Summary.of(context, TABLE, "ADAE")
    counts = (
        (Summary.of(context, TABLE), "deaths", "Died", {"DTHFL": "Y"}),
        (events, "serious", "Had a serious adverse event", {"ASERFL": "Y"}),
        (events, "discontinued", "Had a drug stopped for an adverse event", {"ADISFL": "Y"}),
    )
    return [
        result
        for summary, name, label, only in counts
        for result in summary.patients(label, only, name=f"narratives.{name}")
    ]


def table(context: Context, sdtm: Mapping[str, pl.DataFrame], found: Sequence[Result]) -> Table:
    """Table 14.3.3.1: a heading for each patient and, below it, the parts of the narrative."""
    body = [row for file in patient_files(context, TABLE, sdtm) for row in _narrative(context, file)]
    counted = "; ".join(f"{r.stat_label.lower()}: {r.stat_fmt}" for r in found if r.stat_name == "n")
    methods = (
        f"Patients who {counted}; one patient may count in each. The sentences are made from the locked data; what the "
        "data do not hold is said to be not recorded. Study day 1 is the day of the first dose.",
        f"Laboratory values are those with a CTCAE grade of {say.LEAST_LAB_GRADE} or higher, of each test the worst.",
    )
    columns = (Column("", 0.22), Column("Narrative", 0.78))
    datasets = ("ADSL", "ADAE", "ADEX", "ADCM", "ADLB", "ADRS", "RELREC")
    return context.table(TABLE, columns, body, datasets=datasets, methods=methods)


def _narrative(context: Context, file: PatientFile) -> list[Row]:
    params = context.params
    parts: list[tuple[str, str]] = [
        ("Background", say.background(file, params)),
        ("Study treatment", say.dosing(file, params)),
    ]
    for event in file.told:
        parts += [
            (_label(event), say.event(file, event, params)),
            ("Events near it", say.others(file, event)),
            ("Laboratory values near it", say.labs(file, event)),
        ]
    parts.append(("Death", say.death(file)))
    heading = group(f"Patient {file.usubjid}: {'; '.join(file.reasons)}")
    return [heading, *(Row.of(label, text) for label, text in parts if text)]


def _label(event: Record) -> str:
    """An event in the first column: its term and its study day."""
    return term(event) + (f", day {event['ASTDY']}" if event["ASTDY"] is not None else "")
