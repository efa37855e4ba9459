"""Variables of ADSL that describe patient and disease at baseline: body, receptors, history and sites of the disease.

A value of one record has that record's --SEQ in the variable after it, of VS (WEIGHSEQ, HEIGHSEQ), RP (MENOSEQ), MI
(ERSEQ, PRSEQ, HER2SEQ, HER2ISEQ, KI67SEQ) or MH (DIAGSEQ, METSEQ). Sites are those of the lesions of TU found at
baseline. A value that the study does not record is missing for everybody.
"""

import datetime as dt
import math
from collections.abc import Callable, Iterable
from typing import Any

import polars as pl

from analysis.adam.adlb_units import factor
from analysis.adam.baseline import baseline_sites
from analysis.adam.dates import Anchors, impute, months_between, not_after
from analysis.adam.records import Queries, Row, Sdtm, by_subject, period_of, rows, seq_of, source_of
from analysis.adam.resistance import months_later
from analysis.params import Params

SITES = ("LUNGFL", "PLEURAFL", "BONEFL", "BRAINFL", "NODEFL", "SKINFL")

SCHEMA: dict[str, Any] = {
    **{"WEIGHTBL": pl.Float64, "WEIGHSEQ": pl.Int64, "HEIGHTBL": pl.Float64, "HEIGHSEQ": pl.Int64},
    "BMIBL": pl.Float64,
    **{"MENOSTAT": pl.String, "MENOSEQ": pl.Int64},
    **{"ERBL": pl.Float64, "ERSTAT": pl.String, "ERSEQ": pl.Int64},
    **{"PRBL": pl.Float64, "PRSTAT": pl.String, "PRSEQ": pl.Int64},
    **{"HER2STAT": pl.String, "HER2SEQ": pl.Int64, "HER2ISEQ": pl.Int64},
    **{"KI67BL": pl.Float64, "KI67GR1": pl.String, "KI67SEQ": pl.Int64},
    **{"DIAGDT": pl.Date, "DIAGDTF": pl.String, "DIAGSEQ": pl.Int64, "DIAGMON": pl.Float64},
    **{"METDT": pl.Date, "METDTF": pl.String, "METSEQ": pl.Int64, "METMON": pl.Float64},
    **{"DENOVOFL": pl.String, "DFIMON": pl.Float64},
    **dict.fromkeys(SITES, pl.String),
    "NSITES": pl.Int64,
}

Her2 = Callable[[str | None, str | None], bool]

HER2_RULES: tuple[tuple[str, Her2], ...] = (
    ("POSITIVE", lambda ihc, ish: ihc == "3+" or ish in ("POSITIVE", "AMPLIFIED")),
    ("LOW", lambda ihc, ish: ihc == "1+" or (ihc == "2+" and ish in ("NEGATIVE", "NOT AMPLIFIED"))),
    ("ZERO", lambda ihc, ish: ihc == "0"),
    ("EQUIVOCAL", lambda ihc, ish: ihc == "2+"),
)
"""HER2STAT from the scores of immunohistochemistry and in situ hybridisation; the first rule that applies decides."""


def characteristics(
    sdtm: Sdtm,
    params: Params,
    subjects: Iterable[str],
    enrolled: dict[str, dt.date],
    until: dict[str, str],
    queries: Queries,
) -> dict[str, Row]:
    """The variables of SCHEMA per USUBJID.

    `enrolled` are the days of enrolment, from which times count; `until` the --DTC of the first dose, else of
    enrolment: what is later is not baseline. Times are in months of 30.4375 days.
    """
    found: dict[str, Row] = {usubjid: {} for usubjid in subjects}
    for part in (
        _body(sdtm, until),
        _menopause(sdtm, params, until),
        _biomarkers(sdtm, params, until),
        _disease(sdtm, params, enrolled, queries),
        _sites(sdtm, params, until),
    ):
        for usubjid, values in part.items():
            if usubjid in found:
                found[usubjid] |= values
    return found


def last_at_baseline(sdtm: Sdtm, domain: str, testcd: str | None, until: dict[str, str]) -> dict[str, Row]:
    """Per patient the last record of a findings domain's test that has a result and can be baseline."""
    found: dict[str, Row] = {}
    for row in _records(sdtm, domain, testcd, until):
        before = found.get(row["USUBJID"])
        if before is None or str(before[f"{domain}DTC"]) <= str(row[f"{domain}DTC"]):
            found[row["USUBJID"]] = row
    return found


def _records(sdtm: Sdtm, domain: str, testcd: str | None, until: dict[str, str]) -> list[Row]:
    return [
        row
        for row in rows(sdtm, domain)
        if testcd is not None
        and row[f"{domain}TESTCD"] == testcd
        and row.get(f"{domain}STRESC") is not None
        and row["USUBJID"] in until
        and period_of(row, domain, f"{domain}DTC").first is not None  # an invalid date is named here
        and not_after(row[f"{domain}DTC"], until[row["USUBJID"]])
    ]


def _body(sdtm: Sdtm, until: dict[str, str]) -> dict[str, Row]:
    """Weight in kg, height in cm and body mass index in kg/m2; a value in another unit is converted, else missing."""
    found: dict[str, Row] = {}
    for testcd, name, unit in (("WEIGHT", "WEIGH", "kg"), ("HEIGHT", "HEIGH", "cm")):
        for usubjid, row in last_at_baseline(sdtm, "VS", testcd, until).items():
            value, times = row.get("VSSTRESN"), factor(row.get("VSSTRESU"), unit)
            if value is not None and math.isfinite(value) and value > 0 and times is not None:
                values = {f"{name}TBL": value * times, f"{name}SEQ": seq_of(row, "VS")}
                found.setdefault(usubjid, {}).update(values)
    for values in found.values():
        if {"WEIGHTBL", "HEIGHTBL"} <= set(values):
            values["BMIBL"] = values["WEIGHTBL"] / (values["HEIGHTBL"] / 100) ** 2
    return found


def _menopause(sdtm: Sdtm, params: Params, until: dict[str, str]) -> dict[str, Row]:
    status = last_at_baseline(sdtm, "RP", params.patients.menopause_testcd, until)
    return {u: {"MENOSTAT": row["RPSTRESC"], "MENOSEQ": seq_of(row, "RP")} for u, row in status.items()}


def _biomarkers(sdtm: Sdtm, params: Params, until: dict[str, str]) -> dict[str, Row]:
    """Oestrogen and progesterone receptor and Ki-67 in per cent of cells, HER2 by HER2_RULES."""
    tests = params.patients.biomarkers
    found: dict[str, Row] = {}
    for testcd, name, group, limit, names in (
        (tests.er_testcd, "ER", "ERSTAT", tests.receptor_positive_percent, ("NEGATIVE", "POSITIVE")),
        (tests.pr_testcd, "PR", "PRSTAT", tests.receptor_positive_percent, ("NEGATIVE", "POSITIVE")),
        (tests.ki67_testcd, "KI67", "KI67GR1", tests.ki67_high_percent, ("LOW", "HIGH")),
    ):
        for usubjid, row in last_at_baseline(sdtm, "MI", testcd, until).items():
            value = row.get("MISTRESN")
            if value is not None and math.isfinite(value):
                values = {f"{name}BL": value, group: names[value >= limit], f"{name}SEQ": seq_of(row, "MI")}
                found.setdefault(usubjid, {}).update(values)
    her2 = by_subject(_records(sdtm, "MI", tests.her2_testcd, until))
    for usubjid, records in her2.items():
        found.setdefault(usubjid, {}).update(_her2(records, tests.ish_methods))
    return found


def _her2(records: list[Row], ish_methods: list[str]) -> Row:
    """HER2STAT from one patient's records: the last one of either method."""
    ihc, ish = None, None
    for row in sorted(records, key=lambda r: str(r["MIDTC"])):
        if str(row.get("MIMETHOD")).strip().upper() in ish_methods:
            ish = row
        else:
            ihc = row
    scores = [None if row is None else str(row["MISTRESC"]).strip().upper() for row in (ihc, ish)]
    return {
        "HER2STAT": next((status for status, applies in HER2_RULES if applies(*scores)), None),
        "HER2SEQ": None if ihc is None else seq_of(ihc, "MI"),
        "HER2ISEQ": None if ish is None else seq_of(ish, "MI"),
    }


def _disease(sdtm: Sdtm, params: Params, enrolled: dict[str, dt.date], queries: Queries) -> dict[str, Row]:
    """First diagnosis and metastatic disease, with the times since; the first record of each term.

    A partial date is its earliest possible day. Disease is de novo metastatic where it was found within params
    patients.de_novo_months of the diagnosis; otherwise DFIMON is the time from one to the other.
    """
    found: dict[str, Row] = {}
    terms = (
        ("DIAG", params.patients.diagnosis_mhdecod),
        ("MET", params.baseline.resistance.relapse_mhdecod),
    )
    for name, term in terms:
        for row in _first_of_term(sdtm, term).values():
            usubjid = row["USUBJID"]
            imputed = impute("earliest", row["MHSTDTC"], Anchors(params.cutoff))
            if imputed.query:
                queries.add(source_of(row, "MH", "MHSTDTC"), row, "earliest", imputed.query)
            values = found.setdefault(usubjid, {})
            values |= {f"{name}DT": imputed.date, f"{name}DTF": imputed.flag or None, f"{name}SEQ": seq_of(row, "MH")}
            if imputed.date is not None and imputed.date <= enrolled.get(usubjid, dt.date.min):
                values[f"{name}MON"] = months_between(imputed.date, enrolled[usubjid])
    for values in found.values():
        diagnosed, spread = values.get("DIAGDT"), values.get("METDT")
        if diagnosed is not None and spread is not None:
            de_novo = spread <= months_later(diagnosed, params.patients.de_novo_months)
            values["DENOVOFL"] = "Y" if de_novo else "N"
            values["DFIMON"] = None if de_novo else months_between(diagnosed, spread)
    return found


def _first_of_term(sdtm: Sdtm, term: str | None) -> dict[str, Row]:
    """Per patient the record of MH with this MHDECOD, in any case, that has the earliest date."""
    if term is None:
        return {}
    wanted = term.strip().upper()
    dated = [
        row
        for row in rows(sdtm, "MH")
        if str(row.get("MHDECOD")).strip().upper() == wanted and period_of(row, "MH", "MHSTDTC").first is not None
    ]
    return {u: min(found, key=lambda r: str(r["MHSTDTC"])) for u, found in by_subject(dated).items()}


def _sites(sdtm: Sdtm, params: Params, until: dict[str, str]) -> dict[str, Row]:
    """A flag for each site of params and the number of sites; a location that is in none is a site of its own."""
    site_of: dict[str, str] = {location: site.variable for site in params.patients.sites for location in site.locations}
    found: dict[str, Row] = {}
    for usubjid, locations in baseline_sites(sdtm, params, until).items():
        sites = {site_of.get(location, location) for location in locations}
        found[usubjid] = {s.variable: "Y" if s.variable in sites else "N" for s in params.patients.sites}
        found[usubjid]["NSITES"] = len(sites)
    return found
