"""ADAE: one record per adverse event of the patients in ADSL."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

import polars as pl

from analysis.adam import ae_rules
from analysis.adam.ae_drugs import ACTIONS, per_drug
from analysis.adam.dates import Anchors, Imputed, days_between, impute, study_day
from analysis.adam.records import Queries, Row, Sdtm, period_of, rows, seq_of, source_of, supplements
from analysis.params import Params

OF_THE_PATIENT = ("STUDYID", "USUBJID", "TRT01A", "ENRLFL", "FASFL", "SAFFL", "TRTSDT", "TRTEDT", "TEENDT")
CRITERIA = ("AESDTH", "AESLIFE", "AESHOSP", "AESDISAB", "AESCONG", "AESMIE")
"""The criteria of a serious event."""
AS_RECORDED = (
    *("AETERM", "AEDECOD", "AEBODSYS", "AESTDTC", "AEENDTC", "AESER", *CRITERIA),
    *("AEREL", "AEACN", "AECONTRT", "AEOUT", "AETOXGR", "AESEV"),
)

WORST = {"AOCCFL": (), "AOCCSFL": ("AEBODSYS",), "AOCCPFL": ("AEBODSYS", "AEDECOD")}
"""Flag -> within what (and the patient) it marks the treatment-emergent record of the worst grade."""

GROUPED = ("AOCC{:02}FL", "AFST{:02}FL")
"""The same for each grouping of special interest, and its first onset from the first dose on."""


def schema(params: Params) -> dict[str, Any]:
    """Variables of ADAE and their types; those of a drug hold its number in params study.treatments."""
    numbers = range(1, len(params.study.treatments) + 1)
    drugs: dict[str, Any] = {}
    for number in numbers:
        names = (f"AREL{number}", f"AREL{number}FL", f"AEACN{number}", *(f"{name}{number}FL" for name in ACTIONS))
        drugs |= dict.fromkeys(names, pl.String)
    groups = range(1, len(params.adverse_events.special_interest) + 1)
    dates = dict.fromkeys(("TRTSDT", "TRTEDT", "TEENDT"), pl.Date)
    return {
        **{name: dates.get(name, pl.String) for name in OF_THE_PATIENT},
        "AESEQ": pl.Int64,
        **dict.fromkeys(AS_RECORDED, pl.String),
        **{"ASTDT": pl.Date, "ASTDTF": pl.String, "AENDT": pl.Date, "AENDTF": pl.String},
        **{"ASTDY": pl.Int64, "AENDY": pl.Int64, "ADURN": pl.Int64},
        **{"ATOXGRN": pl.Int64, "AITOXGRN": pl.Int64, "AGR3FL": pl.String},
        **{"TRTEMFL": pl.String, "TRTEMRUL": pl.String, "REGTEMFL": pl.String, "REGTERUL": pl.String},
        **{"PRVSWK": pl.Int64, "PRVEWK": pl.Int64},
        **{"PREFL": pl.String, "FUPFL": pl.String, "WORSFL": pl.String, "ASERFL": pl.String, "AFATFL": pl.String},
        **drugs,
        **dict.fromkeys(("ARELFL", *(f"{name}FL" for name in ACTIONS), "AACTFL"), pl.String),
        "AESIFL": pl.String,
        **{name.format(number): pl.String for number in groups for name in ("CQ{:02}NAM", *GROUPED)},
        **dict.fromkeys(WORST, pl.String),
        **{"SRCDOM": pl.String, "SRCVAR": pl.String, "SRCSEQ": pl.Int64},
    }


def derive_adae(sdtm: Sdtm, adsl: pl.DataFrame, params: Params, queries: Queries | None = None) -> pl.DataFrame:
    """ADAE, sorted by patient, start (missing last) and AESEQ. Flags are "Y" or "N".

    AOCCFL, AOCCSFL and AOCCPFL mark one treatment-emergent record of the worst grade in the patient, in each system
    organ class and in each term, AOCCnnFL in grouping nn; a missing grade is lower than any other, and of several the
    first is taken. AFSTnnFL marks the first treatment-emergent record of the grouping that started on or after day 1.
    """
    queries = queries or Queries()
    patients = {patient["USUBJID"]: patient for patient in adsl.iter_rows(named=True)}
    extra = supplements(sdtm, "AE")
    records = [
        _record(row, patients[row["USUBJID"]], extra.get((row["USUBJID"], seq_of(row, "AE") or 0), {}), params, queries)
        for row in rows(sdtm, "AE")
        if row["USUBJID"] in patients and row.get("AEOCCUR") != "N"
    ]
    frame = pl.DataFrame(records, schema=schema(params), orient="row")
    groups = len(params.adverse_events.special_interest)
    return _with_worst(frame.sort("USUBJID", "ASTDT", "AESEQ", nulls_last=True), groups)


def _record(
    row: Row, patient: Mapping[str, Any], supplement: Mapping[str, str], params: Params, queries: Queries
) -> Row:
    grade = _grade(row, params, queries)
    initial = _number(supplement.get(params.adverse_events.initial_grade_qnam))
    found = {name: patient[name] for name in OF_THE_PATIENT}
    found |= {"AESEQ": seq_of(row, "AE")} | {name: row.get(name) for name in AS_RECORDED}
    found |= _dates(row, patient, params, queries)
    found |= {"ATOXGRN": grade, "AITOXGRN": initial, "AGR3FL": _flag(grade is not None and grade >= 3)}
    found |= _emergence(row, patient, found, params) | _weeks(found, patient)
    serious = row.get("AESER") == "Y" or any(row.get(name) == "Y" for name in CRITERIA)
    fatal = row.get("AESDTH") == "Y" or row.get("AEOUT") == "FATAL" or grade == 5
    found |= {"ASERFL": _flag(serious), "AFATFL": _flag(fatal)}
    found |= per_drug(row, supplement, params)
    term = str(row.get("AEDECOD")).upper()
    groups = {
        f"CQ{number:02}NAM": group.title if term in {t.upper() for t in group.terms} else None
        for number, group in enumerate(params.adverse_events.special_interest, start=1)
    }
    found |= groups | {"AESIFL": _flag(any(groups.values()))}
    return found | {"SRCDOM": "AE", "SRCVAR": "AESTDTC", "SRCSEQ": found["AESEQ"]}


def _flag(value: bool) -> str:
    return "Y" if value else "N"


def _number(text: str | None) -> int | None:
    """A grade 1 to 5, None for anything else."""
    return int(text) if text is not None and re.fullmatch(r"[1-5]", text.strip()) else None


def _grade(row: Row, params: Params, queries: Queries) -> int | None:
    """The grade as recorded, or that of the severity by params; never imputed. Another text is queried."""
    grade = _number(row.get("AETOXGR"))
    if grade is None and row.get("AETOXGR") is not None:
        queries.add(source_of(row, "AE", "AETOXGR"), row, "grade", "No grade from 1 to 5: taken as missing")
    if grade is None and row.get("AETOXGR") is None:
        return params.adverse_events.severity_grades.get(str(row.get("AESEV")))
    return grade


def _start(text: str | None, first: dt.date | None, end: dt.date | None, params: Params) -> Imputed:
    """The start imputed against the first day of a period, which an event that ended before it cannot have reached."""
    reached = None if first is not None and end is not None and end < first else first
    return impute("event_start", text, Anchors(params.cutoff, first_dose=reached))


def _dates(row: Row, patient: Mapping[str, Any], params: Params, queries: Queries) -> Row:
    """Start and end with their imputation flags, their days from the first dose, and the duration in days."""
    first = patient["TRTSDT"]
    period_of(row, "AE", "AESTDTC"), period_of(row, "AE", "AEENDTC")  # an invalid date is named here
    end = impute("end", row.get("AEENDTC"), Anchors(params.cutoff, death=patient["DTHDT"]))
    start = _start(row.get("AESTDTC"), first, end.date, params)
    for variable, imputed in (("AESTDTC", start), ("AEENDTC", end)):
        if imputed.query:
            queries.add(source_of(row, "AE", variable), row, "event_date", imputed.query)
    duration = days_between(start.date, end.date) if start.date and end.date else 0
    return {
        **{"ASTDT": start.date, "ASTDTF": start.flag or None, "AENDT": end.date, "AENDTF": end.flag or None},
        **{"ASTDY": study_day(start.date, first), "AENDY": study_day(end.date, first)},
        "ADURN": duration if duration > 0 else None,
    }


def _emergence(row: Row, patient: Mapping[str, Any], event: Row, params: Params) -> Row:
    """Whether the event is treatment-emergent and in the registered set, and the rules that decided."""
    recorded, end = period_of(row, "AE", "AESTDTC"), event["AENDT"]

    def rule(rules: tuple[ae_rules.Rule, ...], begin: dt.date | None) -> ae_rules.Rule:
        start = _start(row.get("AESTDTC"), begin, end, params).date
        grades = event["ATOXGRN"], event["AITOXGRN"]
        return ae_rules.decide(rules, ae_rules.Case(recorded, start, end, begin, patient["TEENDT"], *grades))

    emergent = rule(ae_rules.EMERGENT, patient["TRTSDT"])
    registered = rule(ae_rules.REGISTERED, patient["ENRLDT"] or patient["TRTSDT"])
    return {
        **{"TRTEMFL": emergent.value, "TRTEMRUL": emergent.name},
        **{"REGTEMFL": registered.value, "REGTERUL": registered.name},
        "PREFL": _flag(emergent.name in ("BEFORE", "ENDED BEFORE", "WORSENED")),
        "FUPFL": _flag(emergent.name == "AFTER"),
        "WORSFL": _flag(emergent.name == "WORSENED"),
    }


def _weeks(event: Row, patient: Mapping[str, Any]) -> Row:
    """The first and the last week with a day of the event, of the weeks from the first dose, the first of which is 0.

    An event that is older begins with the first dose. One without an end goes on to the end of the treatment-emergent
    period, unless it is recorded as resolved: then it is counted in the week of its start alone. Both are missing
    without a start or a period, and where the event lies outside it.
    """
    first, last = None, None
    if event["ASTDY"] is not None and patient["TEENDT"] is not None and patient["TRTSDT"] is not None:
        start, end = max(event["ASTDY"] - 1, 0), (patient["TEENDT"] - patient["TRTSDT"]).days
        resolved = str(event["AEOUT"]).startswith("RECOVERED/RESOLVED")
        stop = event["AENDY"] - 1 if event["AENDY"] is not None else start if resolved else end
        if start <= min(stop, end):
            first, last = start // 7, min(stop, end) // 7
    return {"PRVSWK": first, "PRVEWK": last}


def _with_worst(frame: pl.DataFrame, groups: int) -> pl.DataFrame:
    """The flags of WORST, and those of the groupings of special interest; `frame` is sorted by start."""
    placed = frame.with_row_index("place").filter(pl.col("TRTEMFL") == "Y")
    worst = placed.sort(pl.col("ATOXGRN").fill_null(0), descending=True, maintain_order=True)
    chosen = {flag: _first(worst, ["USUBJID", *within]) for flag, within in WORST.items()}
    for number in range(1, groups + 1):
        own, started = pl.col(f"CQ{number:02}NAM").is_not_null(), pl.col("ASTDY") >= 1
        highest, first = (name.format(number) for name in GROUPED)
        chosen |= {highest: _first(worst.filter(own), ["USUBJID"])}
        chosen |= {first: _first(placed.filter(own & started), ["USUBJID"])}
    place = pl.int_range(pl.len(), dtype=pl.UInt32)
    return frame.with_columns(
        pl.when(place.is_in(places.implode())).then(pl.lit("Y")).otherwise(pl.lit("N")).alias(flag)
        for flag, places in chosen.items()
    )


def _first(frame: pl.DataFrame, within: list[str]) -> pl.Series:
    """The places of the first records within some variables."""
    return frame.unique(within, keep="first", maintain_order=True)["place"]
