"""Milestones and disposition (DS): enrolment, consent, and why and when a patient stopped a drug or the study."""

import datetime as dt
from collections.abc import Iterable

from analysis.adam.records import Row, Sdtm, by_subject, day_of, rows, seq_of
from analysis.errors import DataError, ParamsError
from analysis.params import Params

WHOLE_STUDY = (None, "STUDY PARTICIPATION")
ALL_DRUGS = (None, "STUDY TREATMENT")


def enrolments(sdtm: Sdtm, params: Params) -> dict[str, tuple[dt.date, int | None]]:
    """Per enrolled patient the date and DSSEQ of the first protocol milestone that params name.

    Raises ParamsError when milestones other than consent exist but none has that DSDECOD (a misspelt key would empty
    every analysis), DataError when an enrolment has no complete date.
    """
    name = params.subjects.enrolment_dsdecod
    milestones = [r for r in rows(sdtm, "DS") if r.get("DSCAT") in (None, "PROTOCOL MILESTONE")]
    found: dict[str, tuple[dt.date, int | None]] = {}
    for row in milestones:
        if row["DSDECOD"] != name:
            continue
        day = day_of(row, "DS", "DSSTDTC")
        if day is None:
            raise DataError(
                f"DS, USUBJID {row['USUBJID']}, DSSEQ {seq_of(row, 'DS')}: DSSTDTC {row.get('DSSTDTC')!r} of the "
                f"milestone {name}: expected a complete date, since time starts there"
            )
        if row["USUBJID"] not in found or day < found[row["USUBJID"]][0]:
            found[row["USUBJID"]] = (day, seq_of(row, "DS"))
    others = sorted({str(r["DSDECOD"]) for r in milestones} - {"INFORMED CONSENT OBTAINED"})
    if not found and others:
        raise ParamsError(f"subjects.enrolment_dsdecod: no DS milestone is {name!r}; found: {', '.join(others)}")
    return found


def consents(sdtm: Sdtm) -> dict[str, dt.date]:
    """Per patient the date of informed consent: DM.RFICDTC, else the DS milestone; complete dates only."""
    found: dict[str, dt.date] = {}
    consented = [r for r in rows(sdtm, "DS") if r["DSDECOD"] == "INFORMED CONSENT OBTAINED"]
    records = [("DM", "RFICDTC", r) for r in rows(sdtm, "DM")] + [("DS", "DSSTDTC", r) for r in consented]
    for dataset, variable, row in records:
        day = day_of(row, dataset, variable)
        if day is not None:
            found.setdefault(row["USUBJID"], day)
    return found


def disposition_events(sdtm: Sdtm, categories: tuple[str | None, ...]) -> dict[str, Row]:
    """Per patient the first disposition event of one of the DSSCAT values (None stands for a missing one)."""
    events = [r for r in rows(sdtm, "DS") if r.get("DSCAT") == "DISPOSITION EVENT" and r.get("DSSCAT") in categories]
    return {
        usubjid: min(found, key=lambda r: (r.get("DSSTDTC") or "9999", seq_of(r, "DS") or 0))
        for usubjid, found in by_subject(events).items()
    }


def drug_ends(sdtm: Sdtm, drugs: Iterable[str]) -> dict[str, dict[str, Row]]:
    """Per drug (EXTRT in upper case) and patient the disposition event that ends it: its own or of all treatment."""
    return {drug: disposition_events(sdtm, (*ALL_DRUGS, drug)) for drug in drugs}


def screen_failures(sdtm: Sdtm) -> dict[str, str]:
    """Per patient who failed screening the reason: the first criterion of IE, else what DS says, else the arm's."""
    failed = {
        row["USUBJID"]: "SCREEN FAILURE"
        for row in rows(sdtm, "DM")
        if "SCREEN FAILURE" in (str(row.get("ARM")).upper(), str(row.get("ARMNRS")).upper())
    }
    for usubjid, end in disposition_events(sdtm, WHOLE_STUDY).items():
        if usubjid in failed or end["DSDECOD"] == "SCREEN FAILURE":
            failed[usubjid] = end.get("DSTERM") or end["DSDECOD"]
    unmet = {
        usubjid: records[0] for usubjid, records in by_subject(rows(sdtm, "IE")).items() if records[0].get("IETEST")
    }
    return {usubjid: _criterion(unmet[usubjid]) if usubjid in unmet else term for usubjid, term in failed.items()}


def _criterion(row: Row) -> str:
    """A record of IE as a reason: which criterion failed, and how."""
    how = {"INCLUSION": "Inclusion criterion not met", "EXCLUSION": "Exclusion criterion met"}
    return f"{how.get(str(row.get('IECAT')).upper(), 'Eligibility criterion')}: {row['IETEST']}"


def status(end: Row | None, *, died: bool) -> Row:
    """What a disposition event says: status (ONGOING, COMPLETED, DISCONTINUED), date and reason.

    A death without a disposition event is a discontinuation by death, whose date is the patient's DTHDT.
    """
    if end is None:
        return {"status": "DISCONTINUED" if died else "ONGOING", "date": None, "reason": "DEATH" if died else None}
    if end["DSDECOD"] == "COMPLETED":
        return {"status": "COMPLETED", "date": day_of(end, "DS", "DSSTDTC"), "reason": None}
    return {"status": "DISCONTINUED", "date": day_of(end, "DS", "DSSTDTC"), "reason": end["DSDECOD"]}
