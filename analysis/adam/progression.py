"""Clinical progression: recorded by the investigator without a PD in RS."""

from analysis.adam.assessments import Assessment, planned_days
from analysis.adam.pfs import Clinical
from analysis.adam.records import Queries, Row, Sdtm, day_of, rows, source_of
from analysis.params import Params

CLAIMED = ("PD", "Y", "PROGRESSIVE DISEASE")
"""RSSTRESC of the RS test of clinical progression (params pfs.clinical_progression.rstestcd) that says yes."""


def clinical_progressions(
    sdtm: Sdtm, params: Params, read: dict[str, list[Assessment]], queries: Queries
) -> dict[str, Clinical]:
    """Per patient without a PD among the assessments `read`, the first clinical progression.

    It is a DS record of the DSDECOD that params name, or the RS test that they name. One without a complete date is
    queried and not counted.
    """
    names = params.pfs.clinical_progression
    planned = planned_days(sdtm)
    records: list[tuple[str, str, Row]] = [
        ("DS", "DSSTDTC", row) for row in rows(sdtm, "DS") if row["DSDECOD"] == names.dsdecod
    ]
    if names.rstestcd is not None:
        records += [
            ("RS", "RSDTC", row)
            for row in rows(sdtm, "RS")
            if row["RSTESTCD"] == names.rstestcd and row.get("RSSTRESC") in CLAIMED
        ]
    found: dict[str, Clinical] = {}
    for domain, variable, row in records:
        usubjid = row["USUBJID"]
        if any(a.response == "PD" for a in read.get(usubjid, [])):
            continue
        day = day_of(row, domain, variable)
        if day is None:
            text = "Clinical progression without a complete date: not counted"
            queries.add(source_of(row, domain, variable), row, "clinical_progression", text)
            continue
        visit_day = row.get("VISITDY", planned.get(row.get("VISITNUM")))
        claim = Clinical(day, None if visit_day is None else int(visit_day), source_of(row, domain, variable))
        if usubjid not in found or day < found[usubjid].date:
            found[usubjid] = claim
    return found
