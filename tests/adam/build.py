"""Tiny SDTM for hand-made patients. Days are elapsed days after enrolment on 2024-01-01, so day 0 is enrolment."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from analysis.adam.adrs import derive_adrs
from analysis.adam.adsl import derive_adsl
from analysis.adam.adtr import recomputed_assessments
from analysis.adam.adtte import derive_adtte
from analysis.adam.records import Queries
from analysis.params import Params

START = dt.date(2024, 1, 1)
STUDY = {
    **{"id": "S", "title": "T", "short_title": "T", "sponsor": "S", "phase": "II", "indication": "I", "design": "D"},
    **{"arm_label": "A + B", "synthetic": True, "data_note": "N"},
    "treatments": [
        {"name": "anlotinib", "extrt": "ANLOTINIB", "dose_mg": 12, "schedule": "QD"},
        {"name": "fulvestrant", "extrt": "FULVESTRANT", "dose_mg": 500, "schedule": "Q28D"},
    ],
}
Rows = dict[str, list[dict[str, Any]]]


def day(elapsed: int) -> dt.date:
    return START + dt.timedelta(days=elapsed)


def at(when: int | str | None) -> str | None:
    """A --DTC: elapsed days become a date, text is taken as it is."""
    return day(when).isoformat() if isinstance(when, int) else when


def params(cutoff: int = 4000, **blocks: Mapping[str, Any]) -> Params:
    """Parameters with the defaults of the analysis plan and the cut-off on an elapsed day."""
    design = {"n": 40, "null_median": 5.8, "alternative_median": 10}
    tree = {"study": STUDY, "design": design, "cut": "c", "cutoff": day(cutoff), "purpose": "primary"}
    return Params.model_validate(tree | blocks)


def patient(
    name: str = "01",
    *,
    scans: Sequence[tuple[Any, ...]] = (),
    baseline: int | str | None = -10,
    enrolled: int | None = 0,
    dosed: tuple[Any, Any] | None = (0, 300),
    death: int | str | None = None,
    clinical: Any = None,
    therapy: Any = (),
    alive: Any = None,
    left: tuple[str, int] | None = None,
    more: Mapping[str, Sequence[dict[str, Any]]] | None = None,
) -> Rows:
    """The SDTM records of one patient.

    `scans` are (when, response) or (when, response, planned day); without the third a scan on a multiple of 56 days is
    on schedule and any other one is unscheduled. `baseline` is the day of the screening scan, `dosed` the first and
    last dose, `therapy` and `clinical` the --DTC of new therapy (one or several) and clinical progression, `alive` that
    of a survival contact, `left` the reason and day of leaving the study. `more` adds records as they are.
    """
    rows: Rows = {name: [] for name in ("DM", "DS", "EX", "TU", "RS", "CM", "SS")}
    died = "Y" if death is not None else None
    rows["DM"].append({"SUBJID": name, "AGE": 60.0, "ARM": "A", "DTHDTC": at(death), "DTHFL": died})
    milestone, event = {"DSCAT": "PROTOCOL MILESTONE"}, {"DSCAT": "DISPOSITION EVENT"}
    if enrolled is not None:
        rows["DS"].append(milestone | {"DSDECOD": "ENROLLED", "DSSTDTC": at(enrolled)})
    if clinical is not None:
        record = {"DSSCAT": "ANLOTINIB", "DSDECOD": "PROGRESSIVE DISEASE", "DSSTDTC": at(clinical)}
        rows["DS"].append(event | record)
    if left is not None:
        rows["DS"].append(event | {"DSSCAT": "STUDY PARTICIPATION", "DSDECOD": left[0], "DSSTDTC": at(left[1])})
    if dosed is not None:
        rows["EX"].append({"EXTRT": "ANLOTINIB", "EXDOSE": 12.0, "EXSTDTC": at(dosed[0]), "EXENDTC": at(dosed[1])})
    if baseline is not None:
        rows["TU"].append({"TUSTRESC": "TARGET", "VISITNUM": 1.0, "TUDTC": at(baseline), "TULNKID": "T01"})
    for number, (when, response, *planned) in enumerate(scans, start=2):
        on_schedule = when + 1.0 if isinstance(when, int) and when % 56 == 0 else None
        visit = {"VISITNUM": float(number), "VISITDY": planned[0] if planned else on_schedule}
        reading = {"RSTESTCD": "OVRLRESP", "RSCAT": "RECIST 1.1", "RSEVAL": "INVESTIGATOR"}
        rows["RS"].append(visit | reading | {"RSSTRESC": response, "RSDTC": at(when)})
    for when in therapy if isinstance(therapy, list | tuple) else [therapy]:
        rows["CM"].append({"CMCAT": "SUBSEQUENT ANTICANCER THERAPY", "CMTRT": "X", "CMSTDTC": at(when)})
    if alive is not None:
        rows["SS"].append({"SSTESTCD": "SURVSTAT", "SSSTRESC": "ALIVE", "SSDTC": at(alive)})
    for dataset, records in (more or {}).items():
        rows.setdefault(dataset, []).extend(records)
    for records in rows.values():
        for record in records:
            record |= {"STUDYID": "S", "USUBJID": f"S-{name}"}
    return rows


def sdtm(*patients: Rows) -> dict[str, pl.DataFrame]:
    """The frames of a few patients; --SEQ counts within patient and dataset. A dataset without records is left out."""
    if not patients:
        patients = (patient(),)
    frames = {}
    for dataset in sorted({name for rows in patients for name in rows}):
        records = []
        for rows in patients:
            for seq, row in enumerate(rows.get(dataset, []), start=1):
                records.append(row if dataset in ("DM", "SV") else row | {f"{dataset}SEQ": float(seq)})
        if records:
            frames[dataset] = pl.DataFrame(records, infer_schema_length=None)
        elif dataset == "TU":  # a study that records lesions, in whom none was found
            frames[dataset] = pl.DataFrame(schema={"USUBJID": pl.String, "TUDTC": pl.String, "TUSTRESC": pl.String})
    return frames


def outcomes(frames: dict[str, pl.DataFrame], given: Params | None = None) -> dict[str, pl.DataFrame]:
    """ADRS and ADTTE of a few patients, as `adam.derive` has them, in a fraction of its time.

    `test_outcomes_are_those_of_the_derivation` in test_properties.py holds the two to the same records.
    """
    chosen, found = given or params(), Queries()
    adsl = derive_adsl(frames, chosen, found)
    adrs = derive_adrs(frames, adsl, chosen, found)
    recomputed = recomputed_assessments(frames, adsl, chosen, found) if "TR" in frames else None
    return {"ADRS": adrs, "ADTTE": derive_adtte(frames, adsl, adrs, recomputed, chosen, found)}
