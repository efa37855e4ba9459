"""Variables of ADSL about anticancer therapy before the trial: settings, lines, classes of drugs, local therapy.

They come from the records of CM in params baseline.prior_categories and of PR in params patients; ADJETSSQ and
ADJETESQ are the CMSEQ of the first and the last adjuvant endocrine therapy. A kind of therapy of which the study
records none is missing for everybody; a patient without a record of it is "N" or 0 otherwise.
"""

from collections.abc import Collection
from typing import Any

import polars as pl

from analysis.adam.dates import months_between
from analysis.adam.records import Row, Sdtm, by_subject, period_of, rows, seq_of, supplements
from analysis.adam.resistance import drug, prior_therapies
from analysis.params import Params

CLASSES = ("PRAIFL", "PRSERMFL", "PRFULFL", "PRPIKFL", "PRHDACFL")

SCHEMA: dict[str, Any] = {
    **{"PRSURGFL": pl.String, "PRRADFL": pl.String, "ADJCTFL": pl.String, "ADJETFL": pl.String},
    **{"ADJETSDT": pl.Date, "ADJETSSQ": pl.Int64, "ADJETEDT": pl.Date, "ADJETESQ": pl.Int64, "ADJETMON": pl.Float64},
    **{"NADVLINE": pl.Int64, "NETLINE": pl.Int64, "NCTLINE": pl.Int64},
    **dict.fromkeys(CLASSES, pl.String),
}


def prior_treatment(sdtm: Sdtm, params: Params, subjects: Collection[str]) -> dict[str, Row]:
    """The variables of SCHEMA per USUBJID."""
    therapies = by_subject(prior_therapies(sdtm, params))
    lines = supplements(sdtm, "CM")
    found: dict[str, Row] = {usubjid: {} for usubjid in subjects}
    for usubjid, values in found.items():
        if therapies:
            values |= _drugs(therapies.get(usubjid, []), lines, params)
    for variable, categories in (
        ("PRSURGFL", params.patients.surgery_categories),
        ("PRRADFL", params.patients.radiotherapy_categories),
    ):
        given = {r["USUBJID"] for r in rows(sdtm, "PR") if r.get("PRCAT") in categories and r.get("PROCCUR") != "N"}
        if given:
            for usubjid, values in found.items():
                values[variable] = _flag(usubjid in given)
    return found


def _drugs(given: list[Row], lines: dict[tuple[str, int], dict[str, str]], params: Params) -> Row:
    settings = params.baseline
    adjuvant = [row for row in given if row.get("CMSCAT") in settings.adjuvant_settings]
    advanced = [row for row in given if row.get("CMSCAT") in settings.advanced_settings]
    endocrine = [row for row in adjuvant if drug(row) in settings.endocrine_therapy]
    names = {drug(row) for row in given}
    found: Row = {
        "ADJCTFL": _flag(any(drug(row) in settings.chemotherapy for row in adjuvant)),
        "ADJETFL": _flag(bool(endocrine)),
        "NADVLINE": _number_of_lines(advanced, lines, params),
    }
    for variable, drugs in (("NETLINE", settings.endocrine_therapy), ("NCTLINE", settings.chemotherapy)):
        found[variable] = _number_of_lines([row for row in advanced if drug(row) in drugs], lines, params)
    found |= {kind.variable: _flag(not names.isdisjoint(kind.drugs)) for kind in params.patients.drug_classes}
    return found | _adjuvant_endocrine(endocrine, params)


def _number_of_lines(given: list[Row], lines: dict[tuple[str, int], dict[str, str]], params: Params) -> int:
    """Therapies of one line, as SUPPCM numbers them, count once; so do those that start on one day without a number."""
    name = params.patients.line_qnam or ""
    numbers = [lines.get((row["USUBJID"], seq_of(row, "CM") or 0), {}).get(name) for row in given]
    return len({number or row.get("CMSTDTC") for number, row in zip(numbers, given, strict=True)})


def _adjuvant_endocrine(given: list[Row], params: Params) -> Row:
    """From the first start to the last end, in months; missing where one of the dates is, or the therapy goes on.

    Partial dates are the earliest possible start and the latest possible end.
    """
    starts = [(day, row) for row in given if (day := period_of(row, "CM", "CMSTDTC").first) is not None]
    ends = [(day, row) for row in given if (day := period_of(row, "CM", "CMENDTC").last) is not None]
    if not starts or len(ends) < len(given):
        return {}
    start, first = min(starts, key=lambda dated: dated[0])
    end, last = max(ends, key=lambda dated: dated[0])
    return {
        "ADJETSDT": start,
        "ADJETSSQ": seq_of(first, "CM"),
        "ADJETEDT": end,
        "ADJETESQ": seq_of(last, "CM"),
        "ADJETMON": months_between(start, end) if start <= end else None,
    }


def _flag(value: bool) -> str:
    return "Y" if value else "N"
