"""Eligibility audit: Table 14.1.9.1, each criterion by the data beside the records, and Listing 16.2.2.2, the cases."""

from collections.abc import Mapping, Sequence

from analysis.adam.adie import NOT_ENROLLED, NOT_KNOWN, POTENTIAL, RECORDED, UNCONFIRMED
from analysis.adam.eligibility_data import MET
from analysis.adam.eligibility_rules import NO_CUT_POINT
from analysis.params_eligibility import Eligibility
from analysis.results import Result
from analysis.tlf.context import Context
from analysis.tlf.listings import Record, records_of, source, text
from analysis.tlf.model import Cell, Column, Row, Table
from analysis.tlf.rows import by_name, group, name_part
from analysis.tlf.summaries import Summary

TABLE, LISTING = "t-14-1-9-1", "l-16-2-2-2"

COUNTED = {
    MET: ("met", "Met", 0.07),
    RECORDED: ("recorded", "Not met, recorded", 0.11),
    POTENTIAL: ("potential", "Potential deviation", 0.13),
    UNCONFIRMED: ("unconfirmed", "Recorded, not confirmed", 0.13),
    NOT_KNOWN: ("not_evaluable", "Not evaluable", 0.13),
}
"""IESTATUS of enrolled patients -> the last part of the names of results, and the column's header and width."""

FOUND = (RECORDED, POTENTIAL, UNCONFIRMED)
"""Those that are counted over all criteria as well."""

WORDS = {
    RECORDED: "Not met, recorded",
    POTENTIAL: "Potential deviation for medical review",
    NOT_ENROLLED: "Not met, not recorded; patient not enrolled",
    UNCONFIRMED: "Recorded, not confirmed by data",
}
"""IESTATUS of the records that are listed -> in print."""

GROUPS = {"INCLUSION": "Inclusion criteria", "EXCLUSION": "Exclusion criteria"}

DEFINITIONS = (
    "Met is meant in the sense of eligibility: an exclusion criterion is met by a patient whom it does not exclude. "
    "Each criterion was evaluated from the data with the last value on or before enrolment.",
    "Recorded: in IE, or in DV as an eligibility deviation. A failure that nobody recorded is a potential deviation "
    "for medical review, not a protocol deviation. Recorded, not confirmed: the data show the criterion as met or "
    "cannot say.",
)


def results(context: Context) -> list[Result]:
    """Enrolled patients by criterion and status; then those with at least one failure of each kind."""
    if TABLE not in context.catalogue:
        return []
    found = []
    for criterion in _criteria(context):
        code = criterion["IETESTCD"]
        of_criterion = Summary.of(context, TABLE, "ADIE", {"IETESTCD": code})
        for status, (name, label, _) in COUNTED.items():
            found += of_criterion.patients(
                label,
                {"IESTATUS": status},
                variable="IESTATUS",
                variable_level=status,
                group1="criterion",
                group1_level=code,
                name=f"eligibility.{name_part(code)}.{name}",
            )
    overall = Summary.of(context, TABLE, "ADIE")
    for status in FOUND:
        name, label, _ = COUNTED[status]
        shared = {"variable": "IESTATUS", "variable_level": status}
        found += overall.patients(label, {"IESTATUS": status}, name=f"eligibility.{name}", **shared)
        found.append(overall.events(label, {"IESTATUS": status}, name=f"eligibility.{name}_events", **shared))
    return found


def _criteria(context: Context) -> list[Record]:
    """The criteria in the order of ADIE."""
    return context.adam["ADIE"].select("IETESTCD", "IETEST", "IECAT").unique(maintain_order=True).to_dicts()


def table(context: Context, rows_of: Sequence[Result]) -> Table:
    """Table 14.1.9.1 from its results."""
    of = by_name(rows_of)

    def cells(start: str, statuses: Sequence[str]) -> list[Cell]:
        names = {status: f"eligibility.{start}{name}" for status, (name, *_) in COUNTED.items()}
        return [Cell(of[names[s]].stat_fmt, result=names[s]) if s in statuses else Cell("") for s in COUNTED]

    body: list[Row] = []
    category = None
    for criterion in _criteria(context):
        if criterion["IECAT"] != category:
            category = criterion["IECAT"]
            body.append(group(GROUPS.get(str(category), str(category))))
        code = criterion["IETESTCD"]
        body.append(Row.of(code, text(criterion["IETEST"]), *cells(f"{name_part(code)}.", list(COUNTED))))
    if body:
        body.append(Row.of("", "Patients with at least one", *cells("", FOUND), kind="total"))
        body.append(Row.of("", "Records", *_records(of), kind="total"))
    counts = [Column(label, width, "decimal") for _, label, width in COUNTED.values()]
    columns = (Column("Criterion", 0.1), Column("Text of the registry record", 0.33), *counts)
    methods = ["Numbers of patients.", *DEFINITIONS, *_methods(context)]
    return context.table(TABLE, columns, body, datasets=("ADIE",), methods=methods)


def _records(of: dict[str | None, Result]) -> list[Cell]:
    names = {status: f"eligibility.{COUNTED[status][0]}_events" for status in FOUND}
    return [Cell(of[names[s]].stat_fmt, result=names[s]) if s in names else Cell("") for s in COUNTED]


def _methods(context: Context) -> list[str]:
    """How the criteria were read, from params: what is computed, what a rule leaves out and what data cannot say."""
    settings = context.params.eligibility
    if settings is None:
        return []
    found = []
    if "creatinine_or_clearance" in settings.rules.values():
        found.append(
            "Creatinine clearance (mL/min): (140 - age) x weight (kg) / (72 x serum creatinine (mg/dL)), in women x "
            "0.85 (Cockcroft and Gault 1976); the criterion is met if creatinine or clearance is within its limit."
        )
    if "transaminases" in settings.rules.values():
        limits = settings.limits
        found.append(
            f"ALT and AST: up to {limits.transaminases_uln:g} x ULN; up to "
            f"{limits.transaminases_with_liver_lesion_uln:g} x ULN only with a liver lesion at baseline. ULN: upper "
            "limit of normal."
        )
    found.append(_list("Evaluated without", settings.partly))
    found.append(_list("Not evaluable from data", _not_evaluable(context, settings)))
    return [sentence for sentence in found if sentence]


def _not_evaluable(context: Context, settings: Eligibility) -> dict[str, str]:
    """Why data cannot say, by criterion in the order of ADIE."""
    reasons = {code: NO_CUT_POINT for code, rule in settings.rules.items() if rule == "receptors"}
    reasons |= settings.not_evaluable
    codes = [criterion["IETESTCD"] for criterion in _criteria(context)]
    return {code: reasons[code] for code in codes if code in reasons}


def _list(start: str, reasons: Mapping[str, str]) -> str:
    return f"{start}: {'; '.join(f'{code}: {reason}' for code, reason in reasons.items())}." if reasons else ""


def listing(context: Context) -> Table:
    """Listing 16.2.2.2: every record of ADIE that is not met, or that the data do not confirm."""
    found = [row for row in records_of(context, LISTING, "ADIE") if row["IESTATUS"] in WORDS]
    body: list[Row] = []
    for usubjid in dict.fromkeys(row["USUBJID"] for row in found):
        own = [row for row in found if row["USUBJID"] == usubjid]
        failed = "" if own[0]["ENRLFL"] == "Y" else " (not enrolled: screen failure)"
        body += [group(f"Patient {usubjid}{failed}"), *(_row(row) for row in own)]
    columns = (
        Column("Criterion", 0.24),
        Column("Value", 0.17),
        Column("Limit", 0.14),
        Column("By the data", 0.15),
        Column("Record and date", 0.11),
        Column("Recorded in", 0.07),
        Column("Comparison", 0.12),
    )
    return context.table(LISTING, columns, body, datasets=("ADIE",), methods=DEFINITIONS, landscape=True)


def _row(row: Record) -> Row:
    recorded = [f"{name} {row[f'{name}SEQ']}" for name in ("IE", "DV") if row[f"{name}SEQ"] is not None]
    return Row.of(
        f"{row['IETESTCD']}: {text(row['IETEST'])}",
        text(row["IEVALUE"]),
        text(row["IELIMIT"]),
        f"{row['IERESULT'].capitalize()}: {text(row['IEREASN'])}",
        " ".join(part for part in (source(row), text(row["ADT"])) if part),
        ", ".join(recorded) or "Nowhere",
        WORDS[row["IESTATUS"]],
    )
