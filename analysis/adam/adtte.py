"""ADTTE: one record per enrolled patient and time-to-event parameter."""

import datetime as dt
import math

import polars as pl

from analysis.adam import pfs_changes, pfs_rules, tte
from analysis.adam.assessments import Assessment, assessments
from analysis.adam.baseline import COVARIATES
from analysis.adam.dates import DAYS_PER_MONTH, days_between, months_between
from analysis.adam.pfs import Clinical, History, derive_interval, derive_pfs
from analysis.adam.progression import clinical_progressions
from analysis.adam.records import Queries, Row, Sdtm, Source
from analysis.adam.response_times import Responder, derive_dor, derive_ttr
from analysis.adam.therapy import new_therapies
from analysis.adam.treatment_failure import LAST_DOSE, derive_ttf, treatment_stops
from analysis.adam.tte import Outcome
from analysis.params import Params

FLAGS = ("ENRLFL", "FASFL", "SAFFL", "RSPEVFL", "PPROTFL")

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "STUDYID": pl.String,
    "USUBJID": pl.String,
    **dict.fromkeys(FLAGS, pl.String),
    **COVARIATES,
    "PARAMCD": pl.String,
    "PARAM": pl.String,
    "STARTDT": pl.Date,
    "ADT": pl.Date,
    "ADTF": pl.String,
    "AVAL": pl.Float64,
    "AVALU": pl.String,
    "ADAYS": pl.Int64,
    "LAVAL": pl.Float64,
    "RAVAL": pl.Float64,
    "CNSR": pl.Int64,
    "EVNTDESC": pl.String,
    "CNSDTDSC": pl.String,
    "CNSREAS": pl.String,
    "SRCDOM": pl.String,
    "SRCVAR": pl.String,
    "SRCSEQ": pl.Int64,
    "CHGPRIM": pl.String,
    "CHGRULE": pl.String,
}

SET_NAMES = {
    "fda": "documented progression",
    "fda_uniform_dates": "uniform dates",
    "fda_investigator": "investigator's claims",
    "ema": "all events count",
}

START_NAMES = {"enrolment": "from enrolment", "first_dose": "from the first dose"}

NO_EVENT = {"WITHDRAWAL BY SUBJECT": "WITHDRAWN", "LOST TO FOLLOW-UP": "LOST"}
"""DCSREAS -> the reason that describes a patient without an event; any other is ongoing."""


def derive_adtte(
    sdtm: Sdtm,
    adsl: pl.DataFrame,
    adrs: pl.DataFrame,
    recomputed: dict[str, list[Assessment]] | None,
    params: Params,
    queries: Queries | None = None,
) -> pl.DataFrame:
    """PFS, OS, DOR, TTR and TTF, in months of 30.4375 days (ADAYS in days).

    PFS has a parameter for the primary and for each sensitivity set; with the primary set also for the other start of
    time, for the `recomputed` responses (none where that is None) and for intervals: LAVAL and RAVAL are the months
    after which and by which the event happened, equal for an exact time, RAVAL missing where it was not seen. Each of
    them says in CHGPRIM and CHGRULE how and why a record differs from the patient's primary one (pfs_changes).

    One row per enrolled patient and parameter, but for DOR and TTR, which the confirmed responders of `adrs` have, and
    for PFS with start at first dose, which dosed patients have. All others count from enrolment, DOR from the response.
    Sorted by PARAMCD and USUBJID. Queries are added to `queries` where given; those of another start than the primary
    one or of recomputed responses are not, since they ask nothing that the primary analysis does not.
    """
    queries = queries or Queries()
    enrolled = [row for row in adsl.sort("USUBJID").iter_rows(named=True) if row["ENRLFL"] == "Y"]
    patients = {row["USUBJID"]: row for row in enrolled}
    histories = pfs_histories(sdtm, patients, params, params.pfs.start, queries)
    records = _pfs_records(sdtm, patients, histories, recomputed, params)
    records += [_record(row, "OS", "Overall survival (months)", derive_os(row, params)) for row in enrolled]
    if params.pfs.start != "enrolment":
        histories = pfs_histories(sdtm, patients, params, "enrolment", queries)
    responses = adrs.filter(pl.col("PARAMCD") == "CRSP", pl.col("AVALC") == "Y")
    responded = {row["USUBJID"]: row for row in responses.iter_rows(named=True)}
    stops = treatment_stops(sdtm, patients, params)
    for history in histories:
        patient = patients[history.usubjid]
        failure = derive_ttf(history, patient["TRTEDT"], stops.get(history.usubjid))
        records.append(_record(patient, "TTF", "Time to treatment failure (months)", failure))
        if history.usubjid in responded:
            responder = Responder(history, responded[history.usubjid])
            records.append(_record(patient, "DOR", "Duration of response (months)", derive_dor(responder, params)))
            records.append(_record(patient, "TTR", "Time to response (months)", derive_ttr(responder)))
    rows = [dict.fromkeys(SCHEMA) | record for record in records]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").sort("PARAMCD", "USUBJID")


def _pfs_records(
    sdtm: Sdtm,
    patients: dict[str, Row],
    histories: list[History],
    recomputed: dict[str, list[Assessment]] | None,
    params: Params,
) -> list[Row]:
    """The records of every PFS parameter; `histories` are those of the primary one."""
    primary = params.pfs.rule_set
    analyses = [("PFS", "", primary, histories)]
    for name in params.pfs.other_sets:
        analyses.append((pfs_rules.PARAMCD[name], f", {SET_NAMES[name]}", name, histories))
    start, paramcd = pfs_rules.OTHER_START[params.pfs.start]
    others = pfs_histories(sdtm, patients, params, start, Queries())
    analyses.append((paramcd, f", {START_NAMES[start]}", primary, others))
    if recomputed is not None:
        others = pfs_histories(sdtm, patients, params, params.pfs.start, Queries(), recomputed)
        analyses.append((pfs_rules.RECOMPUTED, ", recomputed responses", primary, others))
    records = []
    for paramcd, label, rule_set, of_patients in analyses:
        for history in of_patients:
            found = derive_pfs(history, rule_set, params)
            records.append(
                _record(patients[history.usubjid], paramcd, f"Progression-free survival{label} (months)", found)
            )
    for history in histories:
        interval = derive_interval(history, primary, params)
        label = "Progression-free survival, interval-censored (months)"
        record = _record(patients[history.usubjid], pfs_rules.INTERVAL, label, interval.outcome)
        bounds = {"LAVAL": interval.after, "RAVAL": interval.until}
        months = {k: None if day is None else months_between(history.start, day) for k, day in bounds.items()}
        records.append(record | months)
    primary_of = {record["USUBJID"]: record for record in records if record["PARAMCD"] == "PFS"}
    for record in records:
        record |= pfs_changes.change(primary_of.get(record["USUBJID"]), record)
    return records


def _record(patient: Row, paramcd: str, param: str, outcome: Outcome) -> Row:
    days = days_between(outcome.start, outcome.date)
    return {
        "STUDYID": patient["STUDYID"],
        "USUBJID": patient["USUBJID"],
        **{name: patient[name] for name in (*FLAGS, *COVARIATES)},
        "PARAMCD": paramcd,
        "PARAM": param,
        "STARTDT": outcome.start,
        "ADT": outcome.date,
        "ADTF": _imputed(patient, outcome),
        "AVAL": days / DAYS_PER_MONTH,
        "AVALU": "MONTHS",
        "ADAYS": days,
        "CNSR": 0 if outcome.reason is None else 1,
        "EVNTDESC": outcome.event if outcome.reason is None else tte.REASONS[outcome.reason],
        "CNSDTDSC": outcome.what,
        "CNSREAS": outcome.reason,
        "SRCDOM": outcome.source.domain,
        "SRCVAR": outcome.source.variable,
        "SRCSEQ": outcome.source.seq,
    }


def _imputed(patient: Row, outcome: Outcome) -> str | None:
    """The imputation flag of the reported date. Only those of a death and of the last dose may be imputed."""
    flag: str | None = None
    if outcome.event == tte.DEATH:
        flag = patient["DTHDTF"]
    elif outcome.source == LAST_DOSE:
        flag = patient["TRTEDTF"]
    return flag


def start_of(patient: Row, start: str) -> tuple[dt.date | None, str, Source]:
    """A patient's start of time (params.pfs.start) as date, name and source."""
    if start == "first_dose":
        return patient["TRTSDT"], "First dose", Source("EX", "EXSTDTC", patient["TRTSSEQ"])
    return patient["ENRLDT"], "Enrolment", Source("DS", "DSSTDTC", patient["ENRLSEQ"])


def pfs_histories(
    sdtm: Sdtm,
    patients: dict[str, Row],
    params: Params,
    start: str,
    queries: Queries,
    recomputed: dict[str, list[Assessment]] | None = None,
) -> list[History]:
    """What the PFS rules need, per patient with a start; `patients` are rows of ADSL by USUBJID.

    The assessments are the chosen reader's unless `recomputed` ones are given. A progression on or before the start is
    not after baseline: it is queried and not counted.
    """
    starts = {usubjid: start_of(row, start) for usubjid, row in patients.items()}
    days = {usubjid: day for usubjid, (day, _, _) in starts.items() if day is not None}
    read = assessments(sdtm, params, queries) if recomputed is None else recomputed
    therapies = new_therapies(sdtm, params, days, {u: p["TRTEDT"] for u, p in patients.items()}, queries)
    clinical = clinical_progressions(sdtm, params, read, queries)
    histories = []
    for usubjid, day in days.items():
        patient = patients[usubjid]
        for early in read.get(usubjid, []):
            if early.response == "PD" and early.date <= day:
                text = f"Progression on or before the start ({day}): not counted"
                queries.add(early.source, {"USUBJID": usubjid, early.source.variable: early.date}, "start", text)
        claimed: Clinical | None = clinical.get(usubjid)
        histories.append(
            History(
                usubjid=usubjid,
                start=day,
                start_source=starts[usubjid][2],
                start_name=starts[usubjid][1],
                enrolment=patient["ENRLDT"],
                limit_start=day,
                scanned_at_baseline=patient["BSCANFL"] == "Y",
                assessments=tuple(a for a in read.get(usubjid, []) if a.date > day),
                new_therapy=therapies.get(usubjid),
                clinical=claimed if claimed is not None and claimed.date >= day else None,
                death=patient["DTHDT"],
                unfinished=unfinished(patient),
            )
        )
    return histories


def unfinished(patient: Row) -> str:
    """The reason that describes a patient without an event, from the end of study participation."""
    if patient["DTHFL"] == "Y" and patient["DTHDT"] is None:
        return "DEATH_UNDATED"
    return NO_EVENT.get(patient["DCSREAS"], "ONGOING")


def derive_os(patient: Row, params: Params) -> Outcome:
    """Overall survival of one patient (a row of ADSL): death, or censored at the last date known alive.

    Time beyond params.os.max_months is censored on the last day inside that limit.
    """
    start = patient["ENRLDT"]
    limit = start + dt.timedelta(days=math.floor(params.os.max_months * DAYS_PER_MONTH) - 1)
    death, alive = patient["DTHDT"], patient["LSTALVDT"]
    enrolled = Source("DS", "DSSTDTC", patient["ENRLSEQ"])
    if death is not None and death <= limit:
        return Outcome(start, max(death, start), Source("DM", "DTHDTC"), event=tte.DEATH)
    last = alive if death is None else death
    if last is not None and last > limit:
        domain = Source("DM", "DTHDTC") if death is not None else _alive_source(patient)
        return Outcome(start, limit, domain, reason="WINDOW", what=f"Month {params.os.max_months:g} after enrolment")
    if alive is None or alive <= start:
        return Outcome(start, start, enrolled, reason=unfinished(patient), what="Enrolment")
    return Outcome(start, alive, _alive_source(patient), reason=unfinished(patient), what="Last known alive")


def _alive_source(patient: Row) -> Source:
    return Source(patient["LALVDOM"], patient["LALVVAR"], patient["LALVSEQ"])
