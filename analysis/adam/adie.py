"""ADIE: every registered criterion of every screened patient as the data show it, beside what IE and DV recorded."""

from collections.abc import Iterable
from typing import Any

import polars as pl

from analysis.adam.eligibility_data import MET, NOT_EVALUABLE, NOT_MET, Finding, Subject, subjects
from analysis.adam.eligibility_rules import RULES
from analysis.adam.records import Queries, Row, Sdtm, by_subject, rows, seq_of, source_of
from analysis.errors import ParamsError
from analysis.params import Params
from analysis.params_eligibility import Eligibility

OF_THE_PATIENT = ("STUDYID", "USUBJID", "SCRNFL", "SCRFFL", "ENRLFL", "FASFL", "SAFFL")
OF_THE_CRITERION = ("IETESTCD", "IETEST", "IECAT")

SCHEMA: dict[str, Any] = {
    **dict.fromkeys((*OF_THE_PATIENT, *OF_THE_CRITERION), pl.String),
    **{"IERULE": pl.String, "IERESULT": pl.String, "IEVALUE": pl.String, "IELIMIT": pl.String, "IEREASN": pl.String},
    "ADT": pl.Date,
    **{"SRCDOM": pl.String, "SRCVAR": pl.String, "SRCSEQ": pl.Int64},
    **{"IESEQ": pl.Int64, "DVSEQ": pl.Int64, "IESTATUS": pl.String},
}

RECORDED = "NOT MET, RECORDED"
POTENTIAL = "POTENTIAL DEVIATION FOR MEDICAL REVIEW"
NOT_ENROLLED = "NOT MET, NOT RECORDED, NOT ENROLLED"
UNCONFIRMED = "RECORDED, NOT CONFIRMED BY DATA"
NOT_KNOWN = "NOT EVALUABLE FROM DATA"

STATUSES = (MET, RECORDED, POTENTIAL, NOT_ENROLLED, UNCONFIRMED, NOT_KNOWN)
"""Values of IESTATUS; each record has exactly one."""

NO_RULE = "There is no rule for this criterion"
TEXT_BYTES = 200  # of a text in XPT version 5


def derive_adie(sdtm: Sdtm, adsl: pl.DataFrame, params: Params, queries: Queries | None = None) -> pl.DataFrame:
    """One row per patient of ADSL and criterion of TI, inclusion first; empty without TI or params.eligibility.

    IERESULT is what the data say (MET, NOT MET, NOT EVALUABLE) with value, limit, reason and source record; IESEQ and
    DVSEQ are the records of IE and DV that say the criterion was not met; IESTATUS compares the two.
    """
    queries = queries or Queries()
    settings = params.eligibility
    if settings is None or "TI" not in sdtm:
        return pl.DataFrame(schema=SCHEMA)
    criteria = _criteria(sdtm, settings)
    codes = [criterion["IETESTCD"] for criterion in criteria]
    failed, deviated = by_subject(_failures(sdtm)), by_subject(_deviations(sdtm, settings))
    records = []
    for subject in subjects(sdtm, adsl, params, settings):
        found = {code: finding_of(code, subject) for code in codes}
        in_ie = _recorded_in_ie(failed.get(subject.adsl["USUBJID"], []), codes, queries)
        not_met = [code for code, finding in found.items() if finding.result == NOT_MET]
        in_dv = _recorded_in_dv(deviated.get(subject.adsl["USUBJID"], []), codes, in_ie, not_met, queries)
        for criterion in criteria:
            code = criterion["IETESTCD"]
            finding, ie, dv = found[code], in_ie.get(code), in_dv.get(code)
            row = {name: subject.adsl[name] for name in OF_THE_PATIENT} | criterion | _columns(finding)
            row |= {"IERULE": settings.rules.get(code), "IESEQ": ie, "DVSEQ": dv}
            recorded = code in in_ie or code in in_dv
            row["IESTATUS"] = status(finding.result, recorded=recorded, enrolled=subject.adsl["ENRLFL"] == "Y")
            records.append(row)
    return pl.DataFrame(records, schema=SCHEMA, orient="row")


def status(result: str, *, recorded: bool, enrolled: bool) -> str:
    """IESTATUS from what the data say and whether IE or DV recorded a failure."""
    if recorded:
        return RECORDED if result == NOT_MET else UNCONFIRMED
    if result == NOT_MET:
        return POTENTIAL if enrolled else NOT_ENROLLED
    return NOT_KNOWN if result == NOT_EVALUABLE else result


def finding_of(code: str, subject: Subject) -> Finding:
    """What the data say of one criterion, by its rule; without one, why they cannot say."""
    settings = subject.settings
    if code not in settings.rules:
        return Finding(NOT_EVALUABLE, settings.not_evaluable.get(code, NO_RULE))
    return RULES[settings.rules[code]](subject)


def _columns(finding: Finding) -> Row:
    source = finding.source
    return {
        "IERESULT": finding.result,
        "IEVALUE": _fitting(finding.value),
        "IELIMIT": _fitting(finding.limit),
        "IEREASN": finding.reason,
        "ADT": finding.date,
        "SRCDOM": source and source.domain,
        "SRCVAR": source and source.variable,
        "SRCSEQ": source and source.seq,
    }


def _fitting(text: str | None) -> str | None:
    """A text that XPT can hold: words from many records can be longer than any one of them."""
    if text is None or len(text.encode()) <= TEXT_BYTES:
        return text
    return text.encode()[: TEXT_BYTES - 3].decode(errors="ignore") + "..."


def _criteria(sdtm: Sdtm, settings: Eligibility) -> list[Row]:
    """The criteria of TI, of several versions the last; raises ParamsError where params name one that is not there."""
    latest = {row["IETESTCD"]: {name: row.get(name) for name in OF_THE_CRITERION} for row in _in_order(sdtm)}
    for key, named in (("rules", settings.rules), ("not_evaluable", settings.not_evaluable)):
        if strange := sorted(set(named) - set(latest)):
            raise ParamsError(f"eligibility.{key}: {', '.join(strange)}: no such IETESTCD in TI")
    return sorted(latest.values(), key=lambda row: (str(row["IECAT"]) != "INCLUSION", row["IETESTCD"]))


def _in_order(sdtm: Sdtm) -> list[Row]:
    return sorted(sdtm["TI"].to_dicts(), key=lambda row: str(row.get("TIVERS") or ""))


def _failures(sdtm: Sdtm) -> Iterable[Row]:
    """Records of IE that say a criterion was not met; one that says the opposite is none."""
    eligible = {"INCLUSION": "Y", "EXCLUSION": "N"}
    for row in rows(sdtm, "IE"):
        if row.get("IESTRESC") != eligible.get(str(row.get("IECAT")).upper(), ""):
            yield row


def _deviations(sdtm: Sdtm, settings: Eligibility) -> Iterable[Row]:
    return (row for row in rows(sdtm, "DV") if row.get("DVDECOD") == settings.deviation_dvdecod)


def _recorded_in_ie(failures: list[Row], codes: list[str], queries: Queries) -> dict[str, int | None]:
    """Criterion -> IESEQ of its first record."""
    found: dict[str, int | None] = {}
    for row in failures:
        if row["IETESTCD"] in codes:
            found.setdefault(row["IETESTCD"], seq_of(row, "IE"))
        else:
            queries.add(
                source_of(row, "IE", "IETESTCD"), row, "eligibility", "Criterion that is not in TI: not compared"
            )
    return found


def _recorded_in_dv(
    deviations: list[Row], codes: list[str], in_ie: dict[str, int | None], not_met: list[str], queries: Queries
) -> dict[str, int | None]:
    """Criterion -> DVSEQ. A deviation is of the criteria whose IETESTCD its term names, else of those in IE.

    Without either it is of the criterion that the data show as not met, if that is only one; otherwise it is queried.
    """
    found: dict[str, int | None] = {}
    for row in deviations:
        words = str(row.get("DVTERM") or "").upper().replace(",", " ").replace(";", " ").replace(":", " ").split()
        of = [code for code in codes if code in words] or list(in_ie) or (not_met if len(not_met) == 1 else [])
        for code in of:
            found.setdefault(code, seq_of(row, "DV"))
        if not of:
            text = "Eligibility deviation that names no criterion and fits none, or several: not compared"
            queries.add(source_of(row, "DV", "DVTERM"), row, "eligibility", text)
    return found
