"""ADRS: the overall response of each assessment and, per enrolled patient, the best response and what rests on it."""

import datetime as dt
from dataclasses import replace
from typing import Any

import polars as pl

from analysis.adam import response_rules
from analysis.adam.adtr import alike, recomputed_assessments, response_pairs
from analysis.adam.adtte import FLAGS, pfs_histories
from analysis.adam.assessments import Assessment
from analysis.adam.baseline import COVARIATES
from analysis.adam.dates import months_between
from analysis.adam.pfs import History
from analysis.adam.recist import VisitResponse, as_assessments
from analysis.adam.records import Queries, Row, Sdtm
from analysis.adam.response import Course, course_of
from analysis.adam.response_rules import Rule, decide
from analysis.params import Params

SCHEMA: dict[str, Any] = {
    "STUDYID": pl.String,
    "USUBJID": pl.String,
    **dict.fromkeys(FLAGS, pl.String),
    **COVARIATES,
    "PARAMCD": pl.String,
    "PARAM": pl.String,
    "STARTDT": pl.Date,
    "AVISIT": pl.String,
    "ADT": pl.Date,
    "AELAPSED": pl.Int64,
    "AVALC": pl.String,
    "AVAL": pl.Float64,
    "RULE": pl.String,
    "AREASON": pl.String,
    "CONFDT": pl.Date,
    "CONFSEQ": pl.Int64,
    "INVRESP": pl.String,
    "ROVRLRSP": pl.String,
    **{"ANL01FL": pl.String, "ANL02FL": pl.String, "ANL03FL": pl.String, "ANL04FL": pl.String},
    "SRCDOM": pl.String,
    "SRCVAR": pl.String,
    "SRCSEQ": pl.Int64,
}

AVAL = {"CR": 1, "PR": 2, "SD": 3, "NON-CR/NON-PD": 4, "PD": 5, "NE": 6, "Y": 1, "N": 0}
"""AVALC -> AVAL, best response first."""

OTHER_RULE = {"assessment": ("CBDUR", "duration"), "duration": ("CBASM", "assessment")}
"""params.response.cbr_rule -> the parameter and rule of the sensitivity analysis of clinical benefit."""


RECOMPUTED = {"CBOR": "CBORR", "CRSP": "CRSPR", "CDC": "CDCR", "CCB": "CCBR"}
"""The primary parameters, and the same of the responses recomputed from the lesions, in a study that has lesions."""

COMPARED = {"OVRLRESP": "OVRLCMP", "CBOR": "CBORCMP"}
"""A response, and the parameter whose records hold it as the reader gave it and as it was recomputed."""


def parameters(params: Params) -> dict[str, tuple[str, tuple[Rule, ...]]]:
    """The summary parameters: PARAMCD -> PARAM and its rules. The confirmed ones are primary."""
    by_rule, settings = response_rules.benefit, params.response
    other, other_rule = OTHER_RULE[settings.cbr_rule]
    return {
        "BOR": ("Best overall response, confirmation not required", response_rules.BEST_RESPONSE),
        "CBOR": ("Best overall response, confirmed", response_rules.CONFIRMED_BEST_RESPONSE),
        "RSP": ("Objective response, confirmation not required", response_rules.RESPONSE),
        "CRSP": ("Objective response, confirmed", response_rules.CONFIRMED_RESPONSE),
        "DC": ("Disease control, confirmation not required", response_rules.control(confirmed=False)),
        "CDC": ("Disease control, response confirmed", response_rules.control(confirmed=True)),
        "CB": ("Clinical benefit, confirmation not required", by_rule(settings.cbr_rule, confirmed=False)),
        "CCB": ("Clinical benefit, response confirmed", by_rule(settings.cbr_rule, confirmed=True)),
        other: (f"Clinical benefit by the rule {other_rule}, response confirmed", by_rule(other_rule, confirmed=True)),
    }


def derive_adrs(sdtm: Sdtm, adsl: pl.DataFrame, params: Params, queries: Queries | None = None) -> pl.DataFrame:
    """One row per enrolled patient and summary parameter, and OVRLRESP: one per assessment after enrolment.

    RULE names the row of response_rules that decided, AREASON says it in words; ADT, AELAPSED (elapsed days since
    enrolment), AVISIT and SRC* are those of the assessment on which the value rests and CONFDT and CONFSEQ those of the
    one that confirms it; without such an assessment they are missing. Of OVRLRESP, ANL01FL marks the assessments that
    count for best response, ANL02FL those up to the first PD, ANL03FL up to the start of new therapy, ANL04FL within
    params.response.max_months.

    In a study that records lesions RECOMPUTED holds the primary parameters of the recomputed responses, and COMPARED
    one record per pair of responses: INVRESP is the reader's and ROVRLRSP the recomputed one, missing where there is
    none, and AVALC says whether they are alike (adtr.alike).

    Sorted by PARAMCD, USUBJID and ADT; queries are added to `queries` where given.
    """
    queries = queries or Queries()
    patients = {row["USUBJID"]: row for row in adsl.sort("USUBJID").iter_rows(named=True) if row["ENRLFL"] == "Y"}
    summaries = parameters(params)
    recomputed = recomputed_assessments(sdtm, adsl, params) if "TR" in sdtm else None
    records: list[Row] = []
    for history in pfs_histories(sdtm, patients, params, "enrolment", queries):
        patient = patients[history.usubjid]
        course = course_of(history, params, followed=patient["EOSSTT"] == "ONGOING")
        shared = _shared(patient)
        records += [shared | row for row in _assessments(course, params)]
        own = {paramcd: _summary(paramcd, *row, course, params) for paramcd, row in summaries.items()}
        records += [shared | row for row in own.values()]
        if recomputed is not None:
            read = tuple(a for a in recomputed.get(history.usubjid, []) if a.date > history.start)
            again = course_of(replace(history, assessments=read), params, followed=course.followed)
            others = {paramcd: _summary(paramcd, *summaries[paramcd], again, params) for paramcd in RECOMPUTED}
            renamed = [{"PARAMCD": RECOMPUTED[p], "PARAM": f"{row['PARAM']}, recomputed"} for p, row in others.items()]
            records += [shared | row | name for row, name in zip(others.values(), renamed, strict=True)]
            records.append(shared | _best_compared(own["CBOR"]["AVALC"], others["CBOR"]["AVALC"]))
        _query_reappearance(course, queries)
    for usubjid, reading, found in response_pairs(sdtm, adsl, params, Queries()):
        if usubjid in patients:
            patient = patients[usubjid]
            records.append(_shared(patient) | _visit_compared(reading, found, patient["ENRLDT"]))
    frame = pl.DataFrame([dict.fromkeys(SCHEMA) | row for row in records], schema=SCHEMA, orient="row")
    return frame.sort("PARAMCD", "USUBJID", "ADT")


def _shared(patient: Row) -> Row:
    """What every record says of its patient. For response time counts from enrolment."""
    names = ("STUDYID", "USUBJID", *FLAGS, *COVARIATES)
    return {name: patient[name] for name in names} | {"STARTDT": patient["ENRLDT"]}


def _best_compared(reader: str, recomputed: str) -> Row:
    row = {"PARAMCD": COMPARED["CBOR"], "PARAM": "Best overall response, confirmed: reader and recomputed alike"}
    return row | _alike(reader == recomputed) | {"INVRESP": reader, "ROVRLRSP": recomputed}


def _visit_compared(reading: Assessment | None, found: VisitResponse | None, start: dt.date) -> Row:
    """One pair; date and source are the reader's, else those of the recomputed response."""
    row: Row = {"PARAMCD": COMPARED["OVRLRESP"], "PARAM": "Overall response: reader and recomputed alike"}
    row |= _alike(alike(reading, found))
    if found is not None:
        row |= {"ROVRLRSP": found.overall.overall, "RULE": found.overall.name, "AREASON": found.reason}
    seen = [reading] if reading is not None else as_assessments([found] if found is not None else [])
    for a in seen:
        row |= {"AVISIT": a.visit, "ADT": a.date, "AELAPSED": (a.date - start).days}
        row |= {"SRCDOM": a.source.domain, "SRCVAR": a.source.variable, "SRCSEQ": a.source.seq}
    return row | {"INVRESP": None if reading is None else reading.response}


def _alike(value: bool) -> Row:
    return {"AVALC": _flag(value), "AVAL": AVAL[_flag(value)]}


def _assessments(course: Course, params: Params) -> list[Row]:
    history = course.history
    used = {a.date for a in (*course.counted, course.reappeared) if a is not None}
    progression = next((a.date for a in history.assessments if a.response == "PD"), dt.date.max)
    return [
        {
            "PARAMCD": "OVRLRESP",
            "PARAM": f"Overall response by {params.response.reader}",
            "AVISIT": a.visit,
            "ADT": a.date,
            "AELAPSED": course.days(a),
            "AVALC": a.response,
            "AVAL": AVAL[a.response],
            "ANL01FL": _flag(a.date in used),
            "ANL02FL": _flag(a.date <= progression),
            "ANL03FL": _flag(_is_before_new_therapy(history, a.date)),
            "ANL04FL": _flag(months_between(history.start, a.date) <= params.response.max_months),
            "SRCDOM": a.source.domain,
            "SRCVAR": a.source.variable,
            "SRCSEQ": a.source.seq,
        }
        for a in history.assessments
    ]


def _is_before_new_therapy(history: History, date: dt.date) -> bool:
    return history.new_therapy is None or date <= history.new_therapy.date


def _flag(value: bool) -> str:
    return "Y" if value else "N"


def _summary(paramcd: str, param: str, rules: tuple[Rule, ...], course: Course, params: Params) -> Row:
    rule, match = decide(rules, course)
    row: Row = {"PARAMCD": paramcd, "PARAM": param, "AVALC": rule.value, "AVAL": AVAL[rule.value]}
    row |= {"RULE": rule.name, "AREASON": rule.says(params)}
    if (found := match.assessment) is not None:
        row |= {"AVISIT": found.visit, "ADT": found.date, "AELAPSED": course.days(found)}
        row |= {"SRCDOM": found.source.domain, "SRCVAR": found.source.variable, "SRCSEQ": found.source.seq}
    if (confirming := match.confirmed_by) is not None:
        row |= {"CONFDT": confirming.date, "CONFSEQ": confirming.source.seq}
    return row


def _query_reappearance(course: Course, queries: Queries) -> None:
    """Ask whether a CR that a worse response follows was one: it should read PR, or the later response PD."""
    if (found := course.reappeared) is not None:
        row = {"USUBJID": course.history.usubjid, found.source.variable: found.date}
        text = f"{found.response} after CR: taken as reappeared disease for the best response, not for PFS"
        queries.add(found.source, row, "cr_then_worse", text)
