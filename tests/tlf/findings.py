"""Hand-made records of findings for the tests of laboratory values, vital signs, ECG and performance status."""

from pathlib import Path
from typing import Any

import polars as pl

from analysis import params
from analysis.results import Result
from analysis.tlf.context import Context
from analysis.tlf.model import Table

PROJECT = Path(__file__).parents[2]


def record(patient: str, paramcd: str, **more: Any) -> dict[str, Any]:
    """A record of a patient in the safety set; the variables that are not named are missing."""
    return {"STUDYID": "S", "USUBJID": patient, "SAFFL": "Y", "PARAMCD": paramcd, "PARAM": paramcd.title(), **more}


def context(dataset: str, schema: dict[str, Any], *records: dict[str, Any]) -> Context:
    """The demonstration study's parameters and catalogue, with these records and the patients that they are of."""
    frame = pl.DataFrame([dict.fromkeys(schema) | row for row in records], schema=schema, orient="row")
    adsl = frame.select("USUBJID", "SAFFL").unique(maintain_order=True)
    chosen = params.load("2025-06-30", PROJECT / "params")
    return Context(chosen, params.load_catalogue(PROJECT / "params"), {"ADSL": adsl, dataset: frame})


def lines(table: Table) -> list[tuple[str, ...]]:
    return [tuple(cell.text for cell in row.cells) for row in table.rows]


def check_where(found: Context, results: list[Result]) -> None:
    """Every number of patients is that of the patients whose records its `where` selects; shares alike."""
    assert results
    for result in results:
        patients = _patients(found, result.dataset, result.where)
        if result.stat_name == "n" and result.method == "number of patients":
            assert patients == result.stat, result.name
        if result.stat_name == "p" and result.stat is not None:
            whole = _patients(found, result.dataset, result.denominator_where or "FALSE")
            assert result.denominator_dataset == result.dataset
            assert result.stat == float(f"{patients / whole:.12g}"), result.name


def _patients(found: Context, dataset: str, conditions: str) -> int:
    return found.adam[dataset].filter(pl.sql_expr(conditions))["USUBJID"].n_unique()
