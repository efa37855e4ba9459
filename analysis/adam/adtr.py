"""ADTR: lesion measurements, sums of diameters and the responses recomputed from them; and where those differ."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import polars as pl

from analysis.adam.adtte import FLAGS
from analysis.adam.assessments import Assessment, assessments
from analysis.adam.lesions import (
    LONGEST,
    SHORT_AXIS,
    LesionVisit,
    PatientLesions,
    Reading,
    baseline_limits,
    patient_lesions,
)
from analysis.adam.recist import VisitResponse, as_assessments, complete_sum, recompute
from analysis.adam.records import Queries, Row, Sdtm
from analysis.params import Params

SCHEMA: dict[str, Any] = {
    "STUDYID": pl.String,
    "USUBJID": pl.String,
    **dict.fromkeys(FLAGS, pl.String),
    "PARAMCD": pl.String,
    "PARAM": pl.String,
    "TRGRPID": pl.String,
    "TRLNKID": pl.String,
    "TULOC": pl.String,
    "AVISIT": pl.String,
    "AVISITN": pl.Float64,
    "ADT": pl.Date,
    "AELAPSED": pl.Int64,
    "AVAL": pl.Float64,
    "AVALC": pl.String,
    "ABLFL": pl.String,
    "COMPLFL": pl.String,
    "BASE": pl.Float64,
    "CHG": pl.Float64,
    "PCHG": pl.Float64,
    "NADIR": pl.Float64,
    "CHGNAD": pl.Float64,
    "PCHGNAD": pl.Float64,
    "NEWLFL": pl.String,
    "ANL01FL": pl.String,
    "RULE": pl.String,
    "AREASON": pl.String,
    "SRCDOM": pl.String,
    "SRCVAR": pl.String,
    "SRCSEQ": pl.Int64,
}

PARAMETERS = {
    "LDIAM": "Longest diameter of a target lesion (mm)",
    "SAXIS": "Short axis of a target lymph node (mm)",
    "TUMSTATE": "State of a non-target or new lesion",
    "SUMDIAM": "Sum of diameters of the target lesions (mm)",
    "RTRGRESP": "Target response, recomputed",
    "RNTGRESP": "Non-target response, recomputed",
    "ROVRLRSP": "Overall response, recomputed",
}

DIFFERENCES: dict[str, Any] = {
    "STUDYID": pl.String,
    "USUBJID": pl.String,
    "AVISIT": pl.String,
    "RSDT": pl.Date,
    "INVRESP": pl.String,
    "ADT": pl.Date,
    "RTRGRESP": pl.String,
    "RNTGRESP": pl.String,
    "NEWLFL": pl.String,
    "ROVRLRSP": pl.String,
    "SUMDIAM": pl.Float64,
    "BASE": pl.Float64,
    "NADIR": pl.Float64,
    "REASON": pl.String,
}
"""Columns of disagreements(): INVRESP and RSDT are the chosen reader's, missing where there is no such response."""


def derive_adtr(sdtm: Sdtm, adsl: pl.DataFrame, params: Params, queries: Queries | None = None) -> pl.DataFrame:
    """Per enrolled patient and visit: each lesion read, SUMDIAM, and the target, non-target and overall response.

    SUMDIAM is the sum of what was measured, COMPLFL "N" where that is not every target lesion; CHG and PCHG (from
    BASE, at baseline) are of complete sums only. NADIR is the least complete sum before the visit, baseline included;
    CHGNAD and PCHGNAD are an incomplete sum's least possible change from it. Percentages of 0 are missing. NEWLFL says
    whether the visit shows a new lesion; depth.add_depth fills ANL01FL. Values of the baseline have ABLFL "Y" and no
    date where only a part of it was recorded. RULE names the row of recist's tables, AREASON says it in words. SRC* of
    a SUMDIAM are those of the last lesion measured; its lesions are rows of their own, of the same AVISIT. Sorted by
    USUBJID and visit; in a visit the lesions come first, then the sum, then the responses.
    """
    queries = queries or Queries()
    subjects = {row["USUBJID"]: row for row in adsl.iter_rows(named=True)}
    records: list[Row] = []
    for patient in patient_lesions(sdtm, baseline_limits(sdtm, adsl), params, queries):
        subject = subjects[patient.usubjid]
        shared = {name: subject[name] for name in ("STUDYID", "USUBJID", *FLAGS)}
        for row in _patient_rows(patient):
            elapsed = (row["ADT"] - subject["ENRLDT"]).days if row["ADT"] is not None else None
            records.append(shared | {"PARAM": PARAMETERS[row["PARAMCD"]], "AELAPSED": elapsed} | row)
    return pl.DataFrame([dict.fromkeys(SCHEMA) | row for row in records], schema=SCHEMA, orient="row")


def recomputed_assessments(
    sdtm: Sdtm, adsl: pl.DataFrame, params: Params, queries: Queries | None = None
) -> dict[str, list[Assessment]]:
    """The recomputed overall responses after baseline in the shape of assessments.assessments(), per USUBJID."""
    lesions = patient_lesions(sdtm, baseline_limits(sdtm, adsl), params, queries or Queries())
    return {patient.usubjid: as_assessments(recompute(patient)) for patient in lesions}


def disagreements(sdtm: Sdtm, adsl: pl.DataFrame, params: Params, queries: Queries | None = None) -> pl.DataFrame:
    """Every visit after baseline whose recomputed overall response differs from the chosen reader's (DIFFERENCES).

    Of response_pairs(); also a response without lesion records, unless it is NE, and lesion records without a response.
    Sorted by USUBJID and date.
    """
    queries = queries or Queries()
    studyid = dict(adsl.select("USUBJID", "STUDYID").iter_rows())
    records = [
        dict.fromkeys(DIFFERENCES) | {"STUDYID": studyid[usubjid], "USUBJID": usubjid} | _difference(reading, found)
        for usubjid, reading, found in response_pairs(sdtm, adsl, params, queries)
        if not alike(reading, found)
    ]
    frame = pl.DataFrame(records, schema=DIFFERENCES, orient="row")
    return frame.sort("USUBJID", pl.coalesce("RSDT", "ADT"), "AVISIT", maintain_order=True)


def response_pairs(
    sdtm: Sdtm, adsl: pl.DataFrame, params: Params, queries: Queries
) -> Iterator[tuple[str, Assessment | None, VisitResponse | None]]:
    """Per patient (USUBJID) and visit after baseline the chosen reader's response and the recomputed one.

    One of the two may be missing. Nothing in a study without TR. A response belongs to the visit of its name,
    else to the nearest, within twice the scan window.
    """
    if "TR" not in sdtm:
        return
    limits = baseline_limits(sdtm, adsl)
    lesions = {p.usubjid: recompute(p) for p in patient_lesions(sdtm, limits, params, queries)}
    read = assessments(sdtm, params, queries)
    span = dt.timedelta(days=2 * params.schedule.scan_window_days)
    for usubjid, limit in limits.items():
        seen = [a for a in read.get(usubjid, []) if a.date.isoformat() > limit[:10]]
        for reading, found in _paired(seen, lesions.get(usubjid, []), span):
            yield usubjid, reading, found


def _patient_rows(patient: PatientLesions) -> list[Row]:
    records: list[Row] = []
    if (start := patient.baseline) is not None:
        base = complete_sum(start.of("TARGET"), len(patient.targets))
        visit = _visit(start) | {"ABLFL": "Y"}
        records += [visit | row for row in _lesion_rows(start)]
        if patient.targets and (targets := start.of("TARGET")):
            total = sum((r.size for r in targets if r.size is not None), Decimal(0))
            row = {"PARAMCD": "SUMDIAM", "AVAL": float(total), "COMPLFL": _flag(base is not None), "BASE": _mm(base)}
            records.append(visit | row | _origin(targets))
    for response in recompute(patient):
        visit = _visit(response.visit) | {"NEWLFL": _flag(response.new)}
        records += [visit | row for row in _lesion_rows(response.visit)]
        if response.targets.readings:
            records.append(visit | _sum_row(response))
        records += [visit | row for row in _response_rows(response)]
    return records


def _visit(visit: LesionVisit) -> Row:
    return {"AVISIT": visit.name, "AVISITN": visit.number, "ADT": visit.last}


def _lesion_rows(visit: LesionVisit) -> list[Row]:
    records = []
    for reading in visit.readings:
        lesion = reading.lesion
        if lesion.kind == "TARGET":
            across = reading.test in SHORT_AXIS or (lesion.node and reading.test != LONGEST)
            paramcd, text = ("SAXIS" if across else LONGEST), reading.text
        else:
            paramcd, text = "TUMSTATE", reading.text or reading.state
        row = {"PARAMCD": paramcd, "TRGRPID": lesion.kind, "TRLNKID": lesion.link, "TULOC": lesion.location}
        records.append(row | {"ADT": reading.date, "AVAL": _mm(reading.size), "AVALC": text} | _source(reading))
    return sorted(records, key=lambda row: (row["PARAMCD"], row["TRGRPID"], str(row["TRLNKID"])))


def _sum_row(response: VisitResponse) -> Row:
    seen = response.targets
    row: Row = {"PARAMCD": "SUMDIAM", "AVAL": float(seen.total), "COMPLFL": _flag(seen.complete)}
    row |= {"BASE": _mm(seen.baseline), "NADIR": _mm(seen.nadir)}
    if seen.complete and seen.baseline is not None:
        row |= {"CHG": float(seen.total - seen.baseline), "PCHG": _percent(seen.total, seen.baseline)}
    if seen.nadir is not None:
        row |= {"CHGNAD": float(seen.total - seen.nadir), "PCHGNAD": _percent(seen.total, seen.nadir)}
    return row | _origin(seen.readings)


def _response_rows(response: VisitResponse) -> list[Row]:
    records: list[Row] = []
    if (target := response.target) is not None:
        records.append({"PARAMCD": "RTRGRESP", "AVALC": target.response, "RULE": target.name, "AREASON": target.text})
        if response.targets.readings:
            records[-1] |= _origin(response.targets.readings)
    if (other := response.non_target) is not None:
        records.append({"PARAMCD": "RNTGRESP", "AVALC": other.response, "RULE": other.name, "AREASON": other.text})
        if readings := response.visit.of("NON-TARGET"):
            records[-1] |= _origin(readings)
    overall: Row = {"PARAMCD": "ROVRLRSP", "AVALC": response.overall.overall}
    overall |= {"RULE": response.overall.name, "AREASON": response.reason}
    if (found := response.decided_by) is not None:
        date, source = found
        overall |= {"ADT": date, "SRCDOM": source.domain, "SRCVAR": source.variable, "SRCSEQ": source.seq}
    return [*records, overall]


def _origin(readings: tuple[Reading, ...]) -> Row:
    """Source and date of what rests on several readings: those of the last one."""
    last = max(readings, key=lambda r: (r.date or dt.date.min, r.source.seq or 0))
    return {"ADT": last.date} | _source(last)


def _source(reading: Reading) -> Row:
    return {"SRCDOM": reading.source.domain, "SRCVAR": reading.source.variable, "SRCSEQ": reading.source.seq}


def _flag(value: bool) -> str:
    return "Y" if value else "N"


def _mm(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _percent(value: Decimal, reference: Decimal) -> float | None:
    return float(100 * (value - reference) / reference) if reference else None


Pair = tuple[Assessment | None, VisitResponse | None]


def _paired(read: list[Assessment], recomputed: list[VisitResponse], span: dt.timedelta) -> list[Pair]:
    """Each response with its visit's recomputed one, then the visits that are left."""
    left = [response for response in recomputed if response.visit.last is not None]
    pairs: list[Pair] = []
    for reading in read:
        near = [r for r in left if _distance(reading, r) <= span]
        found = min(near, key=lambda r: (r.visit.name != reading.visit, _distance(reading, r)), default=None)
        if found is not None:
            left.remove(found)
        pairs.append((reading, found))
    return pairs + [(None, response) for response in left]


def _distance(reading: Assessment, response: VisitResponse) -> dt.timedelta:
    """From the days of the visit to the day of the response: 0 within the visit."""
    first, last = response.visit.first or dt.date.min, response.visit.last or dt.date.max
    return max(first - reading.date, reading.date - last, dt.timedelta())


def alike(reading: Assessment | None, found: VisitResponse | None) -> bool:
    """Whether two responses do not disagree: they are the same, or NE where there are no lesion records."""
    if found is None:
        return reading is not None and reading.response == "NE"
    return reading is not None and reading.response == found.overall.overall


def _difference(reading: Assessment | None, found: VisitResponse | None) -> Row:
    row: Row = {}
    if found is not None:
        date, _ = found.decided_by or (found.visit.last, None)
        seen = found.targets
        row |= {"AVISIT": found.visit.name, "ADT": date, "NEWLFL": _flag(found.new), "ROVRLRSP": found.overall.overall}
        row |= {"RTRGRESP": found.target.response if found.target else None}
        row |= {"RNTGRESP": found.non_target.response if found.non_target else None}
        row |= {"SUMDIAM": float(seen.total) if seen.readings else None}
        row |= {"BASE": _mm(seen.baseline), "NADIR": _mm(seen.nadir), "REASON": found.reason}
    if reading is not None:
        row |= {"AVISIT": reading.visit or row.get("AVISIT"), "RSDT": reading.date, "INVRESP": reading.response}
    if found is None:
        row["REASON"] = "No lesion records"
    elif reading is None:
        row["REASON"] = f"No response by the reader; from the lesions: {found.reason}"
    return row
