"""ADDV: one record per protocol deviation of the patients in ADSL."""

from typing import Any

import polars as pl

from analysis.adam.dates import Anchors, impute, study_day
from analysis.adam.records import Queries, Row, Sdtm, period_of, rows, seq_of, source_of
from analysis.params import Params

OF_THE_PATIENT = ("STUDYID", "USUBJID", "TRT01A", "ENRLFL", "FASFL", "SAFFL")
AS_RECORDED = ("DVTERM", "DVDECOD", "DVCAT", "EPOCH", "DVSTDTC")

SCHEMA: dict[str, Any] = {
    **dict.fromkeys(OF_THE_PATIENT, pl.String),
    "DVSEQ": pl.Int64,
    **dict.fromkeys(AS_RECORDED, pl.String),
    **{"ASTDT": pl.Date, "ASTDTF": pl.String, "ASTDY": pl.Int64},
    **{"IMPDVFL": pl.String, "PPDVFL": pl.String},
    **{"SRCDOM": pl.String, "SRCVAR": pl.String, "SRCSEQ": pl.Int64},
}


def is_important(row: Row) -> bool:
    """Whether a record of DV is of an important deviation; a study without categories records no other."""
    return row.get("DVCAT") in (None, "IMPORTANT DEVIATION")


def excludes_from_per_protocol(row: Row, params: Params) -> bool:
    """Whether a record of DV takes its patient out of the per-protocol set: important, of a category of params."""
    return is_important(row) and row.get("DVDECOD") in params.subjects.per_protocol_excludes


def derive_addv(sdtm: Sdtm, adsl: pl.DataFrame, params: Params, queries: Queries | None = None) -> pl.DataFrame:
    """ADDV, sorted by patient, start (missing last) and DVSEQ; a partial date is its earliest possible day."""
    queries = queries or Queries()
    patients = {patient["USUBJID"]: patient for patient in adsl.iter_rows(named=True)}
    records = []
    for row in rows(sdtm, "DV"):
        if (patient := patients.get(row["USUBJID"])) is None:
            continue
        period_of(row, "DV", "DVSTDTC")  # an invalid date is named here
        start = impute("earliest", row.get("DVSTDTC"), Anchors(params.cutoff))
        if start.query:
            queries.add(source_of(row, "DV", "DVSTDTC"), row, "earliest", start.query)
        found = {name: patient[name] for name in OF_THE_PATIENT} | {name: row.get(name) for name in AS_RECORDED}
        found |= {"DVSEQ": seq_of(row, "DV"), "ASTDT": start.date, "ASTDTF": start.flag or None}
        found |= {"ASTDY": study_day(start.date, patient["TRTSDT"])}
        found |= {"IMPDVFL": "Y" if is_important(row) else "N"}
        found |= {"PPDVFL": "Y" if excludes_from_per_protocol(row, params) else "N"}
        records.append(found | {"SRCDOM": "DV", "SRCVAR": "DVDECOD", "SRCSEQ": found["DVSEQ"]})
    frame = pl.DataFrame(records, schema=SCHEMA, orient="row")
    return frame.sort("USUBJID", "ASTDT", "DVSEQ", nulls_last=True)
