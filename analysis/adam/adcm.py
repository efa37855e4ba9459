"""ADCM: one record per medication of the patients in ADSL: prior, concomitant, subsequent."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from analysis.adam.records import Queries, Row, Sdtm, rows, seq_of
from analysis.adam.resistance import drug
from analysis.adam.spans import ended_before, span
from analysis.params import Params

OF_THE_PATIENT = ("STUDYID", "USUBJID", "TRT01A", "ENRLFL", "FASFL", "SAFFL")
AS_RECORDED = ("CMTRT", "CMDECOD", "CMCLAS", "CMCAT", "CMSCAT", "CMINDC", "CMSTDTC", "CMENDTC")

SCHEMA: dict[str, Any] = {
    **dict.fromkeys(OF_THE_PATIENT, pl.String),
    "CMSEQ": pl.Int64,
    **dict.fromkeys(AS_RECORDED, pl.String),
    **{"ACMDECOD": pl.String, "ACMGRP": pl.String},
    **{"ASTDT": pl.Date, "ASTDTF": pl.String, "AENDT": pl.Date, "AENDTF": pl.String},
    **{"ASTDY": pl.Int64, "AENDY": pl.Int64},
    **{"PREFL": pl.String, "CONCFL": pl.String, "SUBSFL": pl.String},
    **{"SRCDOM": pl.String, "SRCVAR": pl.String, "SRCSEQ": pl.Int64},
}


def derive_adcm(sdtm: Sdtm, adsl: pl.DataFrame, params: Params, queries: Queries | None = None) -> pl.DataFrame:
    """ADCM, sorted by patient, start (missing last) and CMSEQ. Flags are "Y" or "N".

    ACMDECOD is the drug in upper case, by its generic name where that is recorded; ACMGRP its group in params
    patients.medication_groups. Subsequent anticancer therapy (params pfs.new_therapy.cm_categories) is dated as ADSL
    dates it (NACTDT), any other partial start on its earliest possible day.
    """
    queries = queries or Queries()
    patients = {patient["USUBJID"]: patient for patient in adsl.iter_rows(named=True)}
    records = [
        _record(row, patients[row["USUBJID"]], params, queries)
        for row in rows(sdtm, "CM")
        if row["USUBJID"] in patients and row.get("CMOCCUR") != "N"
    ]
    frame = pl.DataFrame(records, schema=SCHEMA, orient="row")
    return frame.sort("USUBJID", "ASTDT", "CMSEQ", nulls_last=True)


def _record(row: Row, patient: Mapping[str, Any], params: Params, queries: Queries) -> Row:
    subsequent = row.get("CMCAT") in params.pfs.new_therapy.cm_categories
    found = {name: patient[name] for name in OF_THE_PATIENT} | {"CMSEQ": seq_of(row, "CM")}
    found |= {name: row.get(name) for name in AS_RECORDED} | {"ACMDECOD": drug(row) or None}
    groups = params.patients.medication_groups
    found["ACMGRP"] = next((group.title for group in groups if drug(row) in group.drugs), None)
    found |= span(row, "CM", patient, params, queries, start="new_therapy" if subsequent else "earliest")
    found |= _flags(row, found, patient, subsequent)
    return found | {"SRCDOM": "CM", "SRCVAR": "CMSTDTC", "SRCSEQ": found["CMSEQ"]}


def _flags(row: Row, taken: Row, patient: Mapping[str, Any], subsequent: bool) -> Row:
    """When the medication was taken; prior and concomitant do not exclude each other.

    Prior: started before the first dose (enrolment where never treated), or at an unknown time. Concomitant: taken on
    any day from the first dose to the end of the treatment-emergent period, a missing start or end allowing it, and not
    subsequent anticancer therapy. Subsequent: subsequent anticancer therapy, or started after that period.
    """
    first, until, start = patient["TRTSDT"], patient["TEENDT"], taken["ASTDT"]
    begin = first or patient["ENRLDT"]
    after = None not in (start, until) and start > until
    during = first is not None and not after and not ended_before(row, "CM", taken["AENDT"], first)
    holds = {
        "PREFL": not subsequent and begin is not None and (start is None or start < begin),
        "CONCFL": not subsequent and during,
        "SUBSFL": subsequent or after,
    }
    return {name: "Y" if value else "N" for name, value in holds.items()}
