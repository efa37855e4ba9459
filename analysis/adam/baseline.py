"""Baseline covariates of ADSL: what a patient brought to the trial, as params.baseline names it.

A covariate that the study does not record, or whose list in params is empty, is missing for everybody; a patient of
whom nothing is recorded is missing, never "N".
"""

from collections.abc import Collection, Iterable
from itertools import pairwise
from typing import Any

import polars as pl

from analysis.adam.assessments import of_reader
from analysis.adam.dates import not_after
from analysis.adam.records import Row, Sdtm, by_subject, rows
from analysis.adam.resistance import drug, prior_therapies, resistances
from analysis.params import Params

COVARIATES: dict[str, Any] = {
    "AGEGR1": pl.String,
    "ECOGBL": pl.Float64,
    "CDK46FL": pl.String,
    "VISCFL": pl.String,
    "LIVERFL": pl.String,
    "PRCHEMFL": pl.String,
    "RESTYPE": pl.String,
}
"""Those that subgroups are made of. ADTTE and ADRS carry them too, so that a result's records can be selected there."""

SCHEMA: dict[str, Any] = COVARIATES | {"RESTSEQ": pl.Int64}


def covariates(sdtm: Sdtm, params: Params, subjects: list[Row], until: dict[str, str]) -> dict[str, Row]:
    """The variables of SCHEMA per patient; `subjects` are records of DM.

    `until` is the --DTC of the first dose, else of enrolment, by USUBJID: what is later is not baseline.
    """
    settings = params.baseline
    status = _performance_status(sdtm, params, until)
    lesions = baseline_sites(sdtm, params, until)
    therapies = by_subject(prior_therapies(sdtm, params))
    advanced = {
        u: [r for r in given if r.get("CMSCAT") in settings.advanced_settings] for u, given in therapies.items()
    }
    resistance = resistances(sdtm, params)
    found = {}
    for subject in subjects:
        usubjid = subject["USUBJID"]
        sites = lesions.get(usubjid, set())
        shown: Row = {
            "AGEGR1": age_group(subject.get("AGE"), params),
            "ECOGBL": status.get(usubjid),
            "VISCFL": _any_of(sites, settings.visceral_sites) if sites else None,
            "LIVERFL": _any_of(sites, settings.liver_sites) if sites else None,
        }
        if therapies:
            shown["CDK46FL"] = _any_of(map(drug, therapies.get(usubjid, [])), settings.cdk46_inhibitors)
            shown["PRCHEMFL"] = _any_of(map(drug, advanced.get(usubjid, [])), settings.chemotherapy)
        if usubjid in resistance:
            shown |= {"RESTYPE": resistance[usubjid].type, "RESTSEQ": resistance[usubjid].therapy.seq}
        found[usubjid] = shown
    return found


def _any_of(values: Iterable[str], wanted: Collection[str]) -> str | None:
    """ "Y" where one of the values is wanted, else "N"; None where params want none."""
    if not wanted:
        return None
    return "Y" if any(value in wanted for value in values) else "N"


def age_groups(params: Params) -> list[str]:
    """The values of AGEGR1, youngest first: "<65" and ">=65", or "<50", "50-64" and ">=65"."""
    ages = params.baseline.age_groups
    if not ages:
        return []
    return [f"<{ages[0]}", *(f"{first}-{after - 1}" for first, after in pairwise(ages)), f">={ages[-1]}"]


def age_group(age: float | None, params: Params) -> str | None:
    """AGEGR1 of an age in years."""
    groups = age_groups(params)
    if age is None or not groups:
        return None
    return groups[sum(age >= youngest for youngest in params.baseline.age_groups)]


def _performance_status(sdtm: Sdtm, params: Params, until: dict[str, str]) -> dict[str, float]:
    """The last ECOG performance status that is not missing at baseline, from RS or QS."""
    found: dict[str, tuple[str, float]] = {}
    for domain in ("RS", "QS"):
        for row in rows(sdtm, domain):
            usubjid, when = row["USUBJID"], str(row.get(f"{domain}DTC") or "")
            value = _number(row.get(f"{domain}STRESN"), row.get(f"{domain}STRESC"))
            if row[f"{domain}TESTCD"] != params.baseline.ecog_testcd or value is None or usubjid not in until:
                continue
            if not_after(when or None, until[usubjid]) and (usubjid not in found or found[usubjid][0] <= when):
                found[usubjid] = (when, value)
    return {usubjid: value for usubjid, (_, value) in found.items()}


def _number(value: float | None, text: str | None) -> float | None:
    """A result as a number: the numeric one, else the text where it is a whole number."""
    if value is None and text is not None and text.strip().isdecimal():
        return float(text)
    return value


def baseline_sites(sdtm: Sdtm, params: Params, until: dict[str, str]) -> dict[str, set[str]]:
    """The locations (TULOC, upper case) of the lesions found at baseline, target or not, by the chosen reader."""
    found: dict[str, set[str]] = {}
    for row in of_reader(rows(sdtm, "TU"), "TUEVAL", params):
        usubjid, site = row["USUBJID"], row.get("TULOC")
        if site is None or row.get("TUSTRESC") == "NEW" or usubjid not in until:
            continue
        if not_after(row.get("TUDTC"), until[usubjid]):
            found.setdefault(usubjid, set()).add(site.strip().upper())
    return found
