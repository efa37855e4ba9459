"""ADMH: one record per condition in the medical history of the patients in ADSL."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from analysis.adam.records import Queries, Row, Sdtm, rows, seq_of
from analysis.adam.spans import ended_before, span
from analysis.params import Params

OF_THE_PATIENT = ("STUDYID", "USUBJID", "TRT01A", "ENRLFL", "FASFL", "SAFFL")
AS_RECORDED = ("MHTERM", "MHDECOD", "MHBODSYS", "MHCAT", "MHSTDTC", "MHENDTC")

SCHEMA: dict[str, Any] = {
    **dict.fromkeys(OF_THE_PATIENT, pl.String),
    "MHSEQ": pl.Int64,
    **dict.fromkeys(AS_RECORDED, pl.String),
    "AMHDECOD": pl.String,
    **{"ASTDT": pl.Date, "ASTDTF": pl.String, "AENDT": pl.Date, "AENDTF": pl.String},
    **{"ASTDY": pl.Int64, "AENDY": pl.Int64, "MHENRFL": pl.String},
    **{"SRCDOM": pl.String, "SRCVAR": pl.String, "SRCSEQ": pl.Int64},
}


def derive_admh(sdtm: Sdtm, adsl: pl.DataFrame, params: Params, queries: Queries | None = None) -> pl.DataFrame:
    """ADMH, sorted by patient, start (missing last) and MHSEQ.

    AMHDECOD is the coded term, else the reported one. MHENRFL is "Y" unless the condition had ended before the first
    dose (enrolment where never treated), "N" otherwise; it is missing for a patient who was neither.
    """
    queries = queries or Queries()
    patients = {patient["USUBJID"]: patient for patient in adsl.iter_rows(named=True)}
    records = [
        _record(row, patients[row["USUBJID"]], params, queries)
        for row in rows(sdtm, "MH")
        if row["USUBJID"] in patients and row.get("MHOCCUR") != "N"
    ]
    frame = pl.DataFrame(records, schema=SCHEMA, orient="row")
    return frame.sort("USUBJID", "ASTDT", "MHSEQ", nulls_last=True)


def _record(row: Row, patient: Mapping[str, Any], params: Params, queries: Queries) -> Row:
    found = {name: patient[name] for name in OF_THE_PATIENT} | {"MHSEQ": seq_of(row, "MH")}
    found |= {name: row.get(name) for name in AS_RECORDED} | {"AMHDECOD": row.get("MHDECOD") or row.get("MHTERM")}
    found |= span(row, "MH", patient, params, queries)
    begin = patient["TRTSDT"] or patient["ENRLDT"]
    if begin is not None:
        found["MHENRFL"] = "N" if ended_before(row, "MH", found["AENDT"], begin) else "Y"
    return found | {"SRCDOM": "MH", "SRCVAR": "MHSTDTC", "SRCSEQ": found["MHSEQ"]}
