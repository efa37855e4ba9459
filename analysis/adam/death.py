"""What ADSL says of a death beside its date: the cause with its record, and how long after the last dose it was."""

import datetime as dt
from typing import Any

import polars as pl

from analysis.adam.dates import period
from analysis.adam.records import Row, Sdtm, rows, seq_of
from analysis.params import Params

SCHEMA: dict[str, Any] = {
    **{"DTHCAUS": pl.String, "DTHCDOM": pl.String, "DTHCSEQ": pl.Int64},
    **{"LDDTHELD": pl.Int64, "DTHTIME": pl.String},
}

WITHIN, LATER, NOT_KNOWN = "WITHIN WINDOW", "LATER", "NOT KNOWN"
"""DTHTIME: until the window after the last dose, after it, or not to be told from a partial date."""

CAUSE_TESTCD = "PRCDTH"


def causes(sdtm: Sdtm) -> dict[str, Row]:
    """Per patient the primary cause of death in DD, else the term of the first fatal adverse event; with its record."""
    found: dict[str, Row] = {}
    for row in rows(sdtm, "DD"):
        if row.get("DDTESTCD") == CAUSE_TESTCD and row.get("DDSTRESC") is not None:
            found.setdefault(row["USUBJID"], _cause(row["DDSTRESC"], "DD", row))
    for row in rows(sdtm, "AE"):
        fatal = row.get("AESDTH") == "Y" or row.get("AEOUT") == "FATAL" or row.get("AETOXGR") == "5"
        if fatal and (term := row.get("AEDECOD") or row.get("AETERM")):
            found.setdefault(row["USUBJID"], _cause(term, "AE", row))
    return found


def _cause(text: str, domain: str, row: Row) -> Row:
    return {"DTHCAUS": text, "DTHCDOM": domain, "DTHCSEQ": seq_of(row, domain)}


def timing(recorded: str | None, patient: Row, params: Params) -> Row:
    """Days from the last dose to the death of a treated patient, and DTHTIME.

    `recorded` is DTHDTC. A date that could not be imputed is later where its earliest possible day is.
    """
    last: dt.date | None = patient["TRTEDT"]
    if patient["DTHFL"] != "Y" or last is None:
        return {}
    window_ends = last + dt.timedelta(days=params.adverse_events.window_days)
    day: dt.date | None = patient["DTHDT"]
    if day is not None:
        return {"LDDTHELD": (day - last).days, "DTHTIME": WITHIN if day <= window_ends else LATER}
    earliest = period(recorded).first
    return {"DTHTIME": LATER if earliest is not None and earliest > window_ends else NOT_KNOWN}
