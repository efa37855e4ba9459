"""ADNACT: every anticancer therapy after the start: kind, class, line, time since enrolment and last dose."""

import datetime as dt
from collections import Counter
from typing import Any

import polars as pl

from analysis.adam.adtte import FLAGS
from analysis.adam.dates import DAYS_PER_MONTH, days_between
from analysis.adam.records import Queries, Row, Sdtm, by_subject
from analysis.adam.therapy import ELSEWHERE, SYSTEMIC, Recorded, Therapy, placed, recorded_therapies
from analysis.params import Params

SCHEMA: dict[str, Any] = {
    "STUDYID": pl.String,
    "USUBJID": pl.String,
    **dict.fromkeys(FLAGS, pl.String),
    "NACAT": pl.String,
    "NACLASS": pl.String,
    "NATRT": pl.String,
    "NALOC": pl.String,
    "ASTDT": pl.Date,
    "ASTDTF": pl.String,
    "ALINE": pl.Int64,
    "NLINES": pl.Int64,
    "AVAL": pl.Float64,
    "AVALU": pl.String,
    "ADLDOSE": pl.Int64,
    "PDDT": pl.Date,
    "RELPD": pl.String,
    "NEWTHFL": pl.String,
    "FKINDFL": pl.String,
    "FCLASSFL": pl.String,
    "SRCDOM": pl.String,
    "SRCVAR": pl.String,
    "SRCSEQ": pl.Int64,
}

CHEMOTHERAPY, ENDOCRINE, CDK46, OTHER = (
    "Chemotherapy",
    "Endocrine therapy",
    "CDK4/6 inhibitor",
    "Other systemic therapy",
)
CLASSES = (CHEMOTHERAPY, ENDOCRINE, CDK46, OTHER)
"""Classes of systemic therapy; the medicines of all but the last are listed in params baseline."""

BEFORE, AFTER, WITHOUT = "BEFORE PROGRESSION", "AFTER PROGRESSION", "NO PROGRESSION"


def derive_adnact(
    sdtm: Sdtm, adsl: pl.DataFrame, adrs: pl.DataFrame, params: Params, queries: Queries | None = None
) -> pl.DataFrame:
    """One row per therapy of an enrolled patient that began after enrolment, sorted by USUBJID, ASTDT and source.

    AVAL is the time from enrolment to the start in months of 30.4375 days, ADLDOSE the elapsed days from the last study
    dose. ALINE is the line of a systemic therapy: medicines that began on one day are one line; NLINES counts the
    patient's lines. RELPD places the start against the first PD (PDDT), of one day after it. NEWTHFL marks the
    first therapy that PFS counts as new, the one of ADSL.NACTDT; FKINDFL the first of each kind (NACAT), FCLASSFL the
    first of each class (NACLASS). Queries are added to `queries` where given.
    """
    queries = queries or Queries()
    patients = {row["USUBJID"]: row for row in adsl.iter_rows(named=True) if row["ENRLFL"] == "Y"}
    progressions = first_progressions(adrs)
    found: list[Row] = []
    for record in recorded_therapies(sdtm, params):
        patient = patients.get(record.row["USUBJID"])
        if patient is not None:
            therapy = placed(record, patient["ENRLDT"], patient["TRTEDT"], params.cutoff, queries)
            if therapy is not None:
                found.append(_row(record, therapy, patient, progressions.get(patient["USUBJID"]), params))
    found.sort(key=lambda r: (r["USUBJID"], r["ASTDT"], r["SRCDOM"], r["SRCSEQ"] or 0))
    for records in by_subject(found).values():
        _number_lines(records)
        _flag_first(records)
    return pl.DataFrame([dict.fromkeys(SCHEMA) | row for row in found], schema=SCHEMA, orient="row")


def first_progressions(adrs: pl.DataFrame) -> dict[str, dt.date]:
    """Per patient the date of the first PD by the chosen reader."""
    seen = adrs.filter(pl.col("PARAMCD") == "OVRLRESP", pl.col("AVALC") == "PD")
    return dict(seen.group_by("USUBJID", maintain_order=True).agg(pl.col("ADT").min()).iter_rows())


def _row(record: Recorded, therapy: Therapy, patient: Row, progression: dt.date | None, params: Params) -> Row:
    row = record.row
    treatment = row.get(f"{record.domain}DECOD") or row.get(f"{record.domain}TRT")
    last = patient["TRTEDT"]
    relation = WITHOUT if progression is None else BEFORE if therapy.date < progression else AFTER
    return {
        **{name: patient[name] for name in ("STUDYID", "USUBJID", *FLAGS)},
        "NACAT": record.kind,
        "NACLASS": class_of(treatment, params) if record.kind == SYSTEMIC else None,
        "NATRT": treatment,
        "NALOC": row.get("PRLOC"),
        "ASTDT": therapy.date,
        "ASTDTF": therapy.flag or None,
        "AVAL": days_between(patient["ENRLDT"], therapy.date) / DAYS_PER_MONTH,
        "AVALU": "MONTHS",
        "ADLDOSE": None if last is None else (therapy.date - last).days,
        "PDDT": progression,
        "RELPD": relation,
        "SRCDOM": therapy.source.domain,
        "SRCVAR": therapy.source.variable,
        "SRCSEQ": therapy.source.seq,
    }


def class_of(treatment: str | None, params: Params) -> str:
    """The class of a systemic therapy by its name, as params baseline list them."""
    name = (treatment or "").strip().upper()
    lists = params.baseline
    of_class = {CHEMOTHERAPY: lists.chemotherapy, ENDOCRINE: lists.endocrine_therapy, CDK46: lists.cdk46_inhibitors}
    return next((label for label, names in of_class.items() if name in names), OTHER)


def _number_lines(records: list[Row]) -> None:
    """Add ALINE and NLINES to one patient's records."""
    days = sorted({row["ASTDT"] for row in records if row["NACAT"] == SYSTEMIC})
    for row in records:
        row["ALINE"] = days.index(row["ASTDT"]) + 1 if row["NACAT"] == SYSTEMIC else None
        row["NLINES"] = len(days)


def _flag_first(records: list[Row]) -> None:
    """Add the flags to one patient's records, which are in the order of their starts."""
    seen: Counter[str | None] = Counter()
    for row in records:
        counted = "NEWTHFL" if row["NACAT"] != ELSEWHERE else None
        for flag, key in (("NEWTHFL", counted), ("FKINDFL", row["NACAT"]), ("FCLASSFL", row["NACLASS"])):
            row[flag] = "Y" if key is not None and not seen[key] else "N"
            seen[key] += 1
