"""All records of one patient that a narrative and a profile are made from, and who has them."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from analysis.adam.dates import study_day
from analysis.adam.records import by_subject, rows
from analysis.tlf.context import Context
from analysis.tlf.listings import Record, records_of

REASONS: Mapping[str, Callable[["PatientFile"], bool]] = {
    "death": lambda file: file.patient["DTHFL"] == "Y",
    "serious adverse event": lambda file: any(event["ASERFL"] == "Y" for event in file.events),
    "discontinuation due to an adverse event": lambda file: any(event["ADISFL"] == "Y" for event in file.events),
}
"""Why a patient has a narrative."""


@dataclass(frozen=True)
class PatientFile:
    """One patient: the record of ADSL, those of the other datasets in their order, and what was given for each event.

    `died` is the date of death as recorded; `doses` are by the drug's number in params study.treatments, `given` the
    medications by the AESEQ of an event.
    """

    patient: Record
    died: str | None
    events: list[Record]
    doses: Mapping[int, list[Record]]
    responses: list[Record]
    labs: list[Record]
    vitals: list[Record]
    given: Mapping[int, list[Record]]

    @property
    def usubjid(self) -> str:
        return str(self.patient["USUBJID"])

    @cached_property
    def reasons(self) -> list[str]:
        """Why the patient has a narrative; none for another patient."""
        return [reason for reason, holds in REASONS.items() if holds(self)]

    @cached_property
    def told(self) -> list[Record]:
        """The events that the narrative tells: serious ones, fatal ones, and those for which a drug was stopped."""
        return [event for event in self.events if "Y" in (event["ASERFL"], event["AFATFL"], event["ADISFL"])]

    def day(self, date: dt.date | None) -> int | None:
        """The study day of a date: day 1 is the first dose."""
        return study_day(date, self.patient["TRTSDT"])


def patient_files(context: Context, output: str, sdtm: Mapping[str, pl.DataFrame]) -> list[PatientFile]:
    """The files of the patients of the output's population who have a narrative, in the order of USUBJID."""
    of = {name: by_subject(context.adam[name].to_dicts()) for name in ("ADAE", "ADCM", "ADEX", "ADRS", "ADLB", "ADVS")}
    links = medication_links(sdtm)
    died = {row["USUBJID"]: row.get("DTHDTC") for row in rows(dict(sdtm), "DM")}
    drugs = range(1, len(context.params.study.treatments) + 1)
    found = []
    for patient in records_of(context, output, "ADSL"):
        own = {name: records.get(patient["USUBJID"], []) for name, records in of.items()}
        taken = {record["CMSEQ"]: record for record in own["ADCM"]}
        seqs = links.get(patient["USUBJID"], {})
        found.append(
            PatientFile(
                patient,
                died.get(patient["USUBJID"]),
                own["ADAE"],
                {number: [row for row in own["ADEX"] if row["PARAMCD"] == f"DOSE{number}"] for number in drugs},
                [row for row in own["ADRS"] if row["PARAMCD"] == "OVRLRESP" and row["ADT"] is not None],
                own["ADLB"],
                own["ADVS"],
                {event: [taken[seq] for seq in sorted(given) if seq in taken] for event, given in seqs.items()},
            )
        )
    return [file for file in found if file.reasons]


def medication_links(sdtm: Mapping[str, pl.DataFrame]) -> dict[str, dict[int, set[int]]]:
    """Per patient and AESEQ the CMSEQ of the medications that RELREC relates to the event."""
    if (frame := sdtm.get("RELREC")) is None:
        return {}
    groups: dict[tuple[str, str], dict[str, set[int]]] = {}
    wanted = pl.col("USUBJID").is_not_null() & pl.col("IDVAR").is_in(["AESEQ", "CMSEQ"])
    names = ("USUBJID", "RELID", "IDVAR", "IDVARVAL")
    for usubjid, relation, variable, value in frame.filter(wanted).select(names).iter_rows():
        groups.setdefault((usubjid, relation), {}).setdefault(variable, set()).add(int(float(value)))
    found: dict[str, dict[int, set[int]]] = {}
    for (usubjid, _), members in groups.items():
        for event in members.get("AESEQ", ()):
            found.setdefault(usubjid, {}).setdefault(event, set()).update(members.get("CMSEQ", ()))
    return found
