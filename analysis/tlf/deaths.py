"""Deaths (Table 14.3.2.1): when after the last dose, of what, and whether study treatment was held responsible."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from analysis.adam.death import LATER, NOT_KNOWN, WITHIN
from analysis.results import Result
from analysis.tlf import adverse_events as ae
from analysis.tlf import rows
from analysis.tlf.context import Context
from analysis.tlf.disposition import drug_key
from analysis.tlf.model import Column, Row, Table
from analysis.tlf.summaries import NOTHING, Summary

TABLE = "t-14-3-2-1"
NOT_RECORDED = "Not recorded"

DIED: Mapping[str, object] = {"DTHFL": "Y"}


def results(context: Context) -> list[Result]:
    """Patients who died, by time after the last dose and by cause; and those with a fatal adverse event."""
    if TABLE not in context.catalogue:
        return []
    window = context.params.adverse_events.window_days
    times = {
        WITHIN: ("window", f"On treatment or within {window} days after the last dose"),
        LATER: ("later", "Later"),
        NOT_KNOWN: ("time_not_known", "Not to be told from the date recorded"),
    }
    patients = Summary.of(context, TABLE, only=DIED)
    found = patients.patients("Died", name="deaths.all", variable="DTHFL")
    for value, (name, label) in times.items():
        at = {"DTHTIME": value}
        if value != NOT_KNOWN or patients.values("USUBJID", at):
            found += _grouped("time", patients.patients(label, at, name=f"deaths.{name}", variable="DTHTIME"))
    causes = patients.values("DTHCAUS")
    for part, cause in zip(rows.name_parts(causes), causes, strict=True):
        label = NOT_RECORDED if cause is None else cause_text(cause)
        name = f"death_cause.{part}"
        found += _grouped("cause", patients.patients(label, {"DTHCAUS": cause}, name=name, variable="DTHCAUS"))
    events = Summary.of(context, TABLE, "ADAE", ae.FATAL)
    kinds: list[tuple[str, str, Mapping[str, object]]] = [
        ("fatal_event", "Any fatal adverse event", NOTHING),
        ("related", "Related to any drug", ae.RELATED),
    ]
    kinds += [
        (f"related_{drug_key(drug)}", f"Related to {drug.name}", {f"AREL{number}FL": "Y"})
        for number, drug in enumerate(context.params.study.treatments, start=1)
    ]
    for name, label, only in kinds:
        found += _grouped("event", events.patients(label, only, name=f"deaths.{name}", variable="AFATFL"))
    return found


def _grouped(group: str, pair: Sequence[Result]) -> list[Result]:
    return [replace(result, group1="section", group1_level=group) for result in pair]


def cause_text(cause: str) -> str:
    """A cause in sentence case where it is recorded in capitals alone."""
    return cause.capitalize() if cause.isupper() else cause


HEADINGS = {"time": "Time of death", "cause": "Cause of death", "event": "Patients with a fatal adverse event"}


def table(context: Context, found: Sequence[Result]) -> Table:
    """Table 14.3.2.1 from its results."""
    body: list[Row] = []
    section = None
    for pair in zip(found[::2], found[1::2], strict=True):
        if pair[0].group1_level != section:
            section = pair[0].group1_level
            body.append(rows.group(HEADINGS[section or ""]))
        body.append(_row(pair))
    columns = (Column("", 0.66), Column(f"{context.arm(TABLE)}\nn (%)", 0.34, "decimal"))
    methods = (
        "Percentages are of the safety set. A death is on treatment, or after it, by the days since the last dose of "
        "the drug that was given last.",
        "Cause: the primary cause recorded for the death or, where there is none, the term of the fatal event. "
        + ae.FATAL_SAYS,
        ae.RELATED_SAYS,
    )
    return context.table(TABLE, columns, body, datasets=("ADSL", "ADAE"), methods=methods)


def _row(pair: Sequence[Result]) -> Row:
    total = pair[0].group1 is None
    label = pair[0].stat_label
    return Row.of(label, rows.share_text(pair), indent=0 if total else 1, kind="total" if total else "data")
