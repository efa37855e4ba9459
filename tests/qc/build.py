"""SDTM of one made-up patient, written as day numbers: day 0 is enrolment on 2024-01-01."""

import datetime as dt
from typing import Any

import pandas as pd
import polars as pl

from analysis.params import Params
from analysis.qc import second_route
from analysis.qc.second_route import SENSITIVITY

ENROLLED = dt.date(2024, 1, 1)
USUBJID = "X-1"
EVERY_SET = ["fda", "fda_uniform_dates", "fda_investigator", "ema"]


def date(day: int) -> dt.date:
    return ENROLLED + dt.timedelta(days=day)


def dtc(when: int | str | None) -> str | None:
    """A day number as an ISO 8601 date; a text as it stands."""
    return date(when).isoformat() if isinstance(when, int) else when


def settings(cutoff: int = 3500, **blocks: Any) -> Params:
    """The plan's defaults, two drugs, and `fda` as the primary set."""
    drugs = [{"name": n, "extrt": n.upper(), "dose_mg": 1, "schedule": "daily"} for n in ("anlotinib", "fulvestrant")]
    texts = dict.fromkeys(
        ("id", "title", "short_title", "sponsor", "phase", "indication", "design", "arm_label", "data_note"), "x"
    )
    base = {
        "study": {**texts, "synthetic": True, "treatments": drugs},
        "design": {"n": 40, "null_median": 5.8, "alternative_median": 10},
        "cut": "c",
        "cutoff": date(cutoff),
        "purpose": "update",
    }
    return Params.model_validate(base | blocks)


def frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame([{"USUBJID": USUBJID, **row} for row in rows], infer_schema_length=None)


def patient(
    scans: str = "",
    *,
    doses: list[tuple[int | str | None, ...]] | None = None,
    baseline: int | str | None = -7,
    death: int | str | None = None,
    **more: list[dict[str, Any]],
) -> dict[str, pl.DataFrame]:
    """One enrolled patient.

    `scans` are "day response" or "day response planned-study-day", separated by commas; visits are numbered from 2.
    `doses` are first and last day of anlotinib. Other domains are records as keywords.
    """
    given = [(0, 400)] if doses is None else doses
    lesion = {"TUSTRESC": "TARGET", "TULNKID": "T1", "TULOC": "LIVER", "VISITNUM": 1.0}
    rows: dict[str, list[dict[str, Any]]] = {
        "DM": [{"ARM": "A", "DTHDTC": dtc(death), "DTHFL": None if death is None else "Y"}],
        "DS": [{"DSCAT": "PROTOCOL MILESTONE", "DSSCAT": None, "DSDECOD": "ENROLLED", "DSSTDTC": dtc(0)}],
        "EX": [
            {"EXTRT": "ANLOTINIB", "EXDOSE": 12.0, "EXDOSFRQ": "QD", "EXSTDTC": dtc(a), "EXENDTC": dtc(b)}
            for a, b in given
        ],
        "TU": [] if baseline is None else [lesion | {"TUDTC": dtc(baseline)}],
        "RS": [],
    }
    for number, text in enumerate(filter(None, scans.split(",")), start=2):
        day, response, *planned = text.split()
        reading = {"RSTESTCD": "OVRLRESP", "RSCAT": "RECIST 1.1", "RSEVAL": "INVESTIGATOR", "RSSTRESC": response}
        visit = {"VISITNUM": float(number), "VISITDY": float(planned[0]) if planned else None}
        rows["RS"].append(reading | visit | {"RSDTC": dtc(int(day)) if day.lstrip("-").isdigit() else day})
    for domain, records in more.items():
        rows[domain] = rows.get(domain, []) + records
    frames = {name: frame(records) for name, records in rows.items() if records}
    if baseline is None:  # the study looks for lesions, and found none in this patient
        frames.setdefault("TU", pl.DataFrame(schema={"USUBJID": pl.String, "TUDTC": pl.String, "TUSTRESC": pl.String}))
    return frames


def records(sdtm: dict[str, pl.DataFrame], params: Params | None = None) -> pd.DataFrame:
    """The second route's records by parameter: day number, CNSR and event."""
    found = second_route.recompute(sdtm, params or settings()).records.set_index("PARAMCD")
    return found.assign(DAY=[(day - ENROLLED).days for day in found["ADT"]])


def pfs(sdtm: dict[str, pl.DataFrame], params: Params | None = None) -> dict[str, tuple[int, str | None]]:
    """Rule set -> day number and event (None: censored)."""
    found = records(sdtm, params)
    names = {"fda": "PFS"} | {name: SENSITIVITY[name] for name in EVERY_SET[1:]}
    return {name: (int(found.loc[code, "DAY"]), found.loc[code, "EVENT"]) for name, code in names.items()}


def os(sdtm: dict[str, pl.DataFrame], params: Params | None = None) -> tuple[int, str | None]:
    """Day number and event of overall survival."""
    row = records(sdtm, params).loc["OS"]
    return int(row["DAY"]), row["EVENT"]
