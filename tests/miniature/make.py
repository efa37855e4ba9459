"""Make the transfer of the miniature study: `python -m tests.miniature.make`. Every value is made up here.

The same program gives the same bytes; the two cuts are made of the transfer by `csr cut` and `csr lock`.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from analysis.cut.dataset import write_xpt
from tests.cut.make import dataset

FOLDER = Path(__file__).parent / "data/transfers/2025-07-15"
STUDY = "MINI-1"
CONTACTS = (440, 540)  # elapsed days from the first enrolment, on which patients were known to be alive
Record = dict[str, Any]


@dataclass(frozen=True)
class Patient:
    """One patient; days are elapsed days after the enrolment of this patient, which is `since` days after the first.

    `responses` are those of the scans in weeks 8, 16 ...; `events` are (term as reported, preferred term, system organ
    class, grade, start, end or None while it goes on, serious).
    """

    number: int
    since: int
    age: int
    responses: str
    last_dose: int
    death: int | None = None
    events: tuple[tuple[str, str, str, str | None, int, int | None, bool], ...] = ()


GUT, NERVES, VESSELS = "Gastrointestinal disorders", "Nervous system disorders", "Vascular disorders"
HOSTILE = 'Nausea <after lunch> & "worse", {{< x >}} |#*_$'
PATIENTS = (
    Patient(1, 0, 58, "SD SD PD", 160, 300, ((HOSTILE, "Nausea", GUT, "2", 3, 9, False),)),
    Patient(2, 20, 61, "PR PR PR PR SD SD SD SD SD", 505, None, (
        ("BP up", "Hypertension", VESSELS, "3", 30, None, True),)),
    Patient(3, 35, 49, "PD", 50, 120, (("=1+1 headache", "Headache", NERVES, "1", 5, 6, False),)),
    Patient(4, 50, 70, "SD PR PR PD", 220, None, (
        ("Diarrhoea", "Diarrhoea", GUT, "3", 40, 44, True), ("Diarrhoea", "Diarrhoea", GUT, "1", 90, 91, False))),
    Patient(5, 90, 66, "SD SD SD SD SD SD", 335, None, (
        ("Übelkeit – naïve ß, 悪心", "Nausea", GUT, None, 11, None, False),)),
    Patient(6, 150, 55, "SD SD SD SD PD", 275, None, (("High BP", "Hypertension", VESSELS, "2", 20, 80, False),)),
    Patient(7, 200, 43, "SD NE SD SD", 230, None, ()),
    Patient(8, 290, 74, "PR PR PR", 175, 180, (("Bleeding in the brain", "Stroke", NERVES, "5", 174, 180, True),)),
)  # fmt: skip


def records() -> Iterator[tuple[str, Record]]:
    """Dataset and record, patient by patient."""
    for patient in PATIENTS:
        enrolled = dt.date(2024, 1, 1) + dt.timedelta(days=patient.since)

        def on(day: int, enrolled: dt.date = enrolled) -> str:
            return (enrolled + dt.timedelta(days=day)).isoformat()

        key = {"USUBJID": f"{STUDY}-{patient.number:02}"}
        yield "DM", {
            **key, "SUBJID": f"{patient.number:02}", "SITEID": "01", "RFSTDTC": on(1), "RFENDTC": on(patient.last_dose),
            "RFICDTC": on(-12), "DTHDTC": None if patient.death is None else on(patient.death),
            "DTHFL": None if patient.death is None else "Y", "AGE": float(patient.age), "AGEU": "YEARS", "SEX": "F",
            "ARMCD": "MINI", "ARM": "Minimab + ministrant", "ACTARMCD": "MINI", "ACTARM": "Minimab + ministrant",
        }  # fmt: skip
        milestone, ended = {"DSCAT": "PROTOCOL MILESTONE"}, {"DSCAT": "DISPOSITION EVENT"}
        for day, milestone_term in ((-12, "INFORMED CONSENT OBTAINED"), (0, "ENROLLED")):
            yield "DS", {**key, "DSTERM": milestone_term, "DSDECOD": milestone_term, **milestone, "DSSTDTC": on(day)}
        scans = patient.responses.split()
        if "PD" in scans:
            for drug in ("MINIMAB", "MINISTRANT"):
                stopped = {"DSTERM": "Progression", "DSDECOD": "PROGRESSIVE DISEASE", "DSSCAT": drug}
                yield "DS", {**key, **stopped, **ended, "DSSTDTC": on(56 * len(scans))}
        for start in range(1, patient.last_dose, 21):
            dose = {"EXTRT": "MINIMAB", "EXDOSE": 10.0, "EXDOSU": "mg", "EXDOSFRQ": "QD"}
            yield "EX", {**key, **dose, "EXSTDTC": on(start), "EXENDTC": on(min(start + 13, patient.last_dose))}
        for start in range(1, patient.last_dose, 28):
            dose = {"EXTRT": "MINISTRANT", "EXDOSE": 200.0, "EXDOSU": "mg", "EXDOSFRQ": "ONCE"}
            yield "EX", {**key, **dose, "EXSTDTC": on(start), "EXENDTC": on(start)}
        lesion = {"TULNKID": "T01", "TUTESTCD": "TUMIDENT", "TUTEST": "Tumor Identification", "TULOC": "LIVER"}
        lesion |= {"TUORRES": "TARGET", "TUSTRESC": "TARGET", "TUEVAL": "INVESTIGATOR"}
        yield "TU", {**key, **lesion, "VISITNUM": 1.0, "VISIT": "SCREENING", "TUDTC": on(-7)}
        for number, response in enumerate(scans, start=1):
            reading = {"RSTESTCD": "OVRLRESP", "RSTEST": "Overall Response", "RSCAT": "RECIST 1.1"}
            reading |= {"RSORRES": response, "RSSTRESC": response, "RSEVAL": "INVESTIGATOR"}
            visit = {"VISITNUM": 1.0 + number, "VISIT": f"WEEK {8 * number}", "VISITDY": 56.0 * number + 1}
            yield "RS", {**key, **reading, **visit, "RSDTC": on(56 * number)}
        for term, preferred, body, grade, start, end, serious in patient.events:
            fatal = patient.death == end and end is not None
            outcome = "FATAL" if fatal else "RECOVERED/RESOLVED" if end else "NOT RECOVERED/NOT RESOLVED"
            yield "AE", {
                **key, "AETERM": term, "AEDECOD": preferred, "AEBODSYS": body, "AESER": "Y" if serious else "N",
                "AESDTH": "Y" if fatal else None, "AESHOSP": "Y" if serious and not fatal else None,
                "AEACN": "DOSE NOT CHANGED", "AEREL": "PROBABLY RELATED", "AEOUT": outcome, "AETOXGR": grade,
                "AESTDTC": on(start), "AEENDTC": on(end) if end else None, "AEENRTPT": None if end else "ONGOING",
            }  # fmt: skip
        if patient.death is None:
            status = {"SSTESTCD": "SURVSTAT", "SSTEST": "Survival Status", "SSORRES": "ALIVE", "SSSTRESC": "ALIVE"}
            for day in CONTACTS:
                yield "SS", {**key, **status, "SSDTC": on(day - patient.since)}


LABELS = {
    "AE": "Adverse Events",
    "DM": "Demographics",
    "DS": "Disposition",
    "EX": "Exposure",
    "RS": "Disease Response",
    "SS": "Subject Status",
    "TU": "Tumor Identification",
}


def write_transfer(folder: Path) -> None:
    """Write every dataset of the transfer as an XPT file."""
    folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, list[Record]] = {name: [] for name in LABELS}
    for name, record in records():
        seq = sum(other["USUBJID"] == record["USUBJID"] for other in found[name]) + 1
        found[name].append({"STUDYID": STUDY, **({} if name == "DM" else {f"{name}SEQ": seq}), **record})
    for name, rows in found.items():
        write_xpt(replace(dataset(name, *rows), label=LABELS[name]), folder / f"{name.lower()}.xpt")


if __name__ == "__main__":
    write_transfer(FOLDER)
