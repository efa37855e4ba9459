"""Rows to datasets: sequence numbers, supplemental qualifiers, related records, and what a transfer holds."""

import datetime as dt
from collections import defaultdict

import polars as pl

from analysis.cut.dataset import Dataset
from data.make.base import STUDY, Row, Rows, Value
from data.make.spec import DATASETS, QUALIFIERS, is_number, label, variables

NO_SEQUENCE = ("DM", "SV")
ORDER = {"SE": "SESTDTC", "DS": "DSSTDTC", "AE": "AESTDTC", "CM": "CMSTDTC", "PR": "PRSTDTC", "MH": "MHSTDTC"}
ORDER |= {"EX": "EXSTDTC", "DV": "DVSTDTC"}
DATASET_LINKS = (
    ("TU", "TULNKID", "ONE", "TUTR"),
    ("TR", "TRLNKID", "MANY", "TUTR"),
    ("TR", "TRLNKGRP", "MANY", "TRRS"),
    ("RS", "RSLNKGRP", "ONE", "TRRS"),
)
"""Relationships of whole datasets: dataset, variable, type, identifier."""

STUDY_DAYS = (("STDY", "STDTC"), ("ENDY", "ENDTC"), ("DY", "DTC"))
"""Ends of the names of a study day and of the date it is counted from."""

Records = dict[str, list[dict[str, Value]]]


def transfer(subjects: dict[str, Rows], design: Records, day: dt.date) -> dict[str, Dataset]:
    """Return the datasets as the clinic would transfer them on a day; `subjects` by USUBJID, in order."""
    records: Records = defaultdict(list)
    for subject, rows in subjects.items():
        reference = rows["DM"][0].values["RFSTDTC"]
        related: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for domain in rows:
            for sequence, row in enumerate(_ordered(domain, rows[domain]), start=1):
                values = row.seen(day)
                if values is None:
                    continue
                identifiers: dict[str, Value] = {"STUDYID": STUDY, "DOMAIN": domain, "USUBJID": subject}
                if domain not in NO_SEQUENCE:
                    identifiers[f"{domain}SEQ"] = sequence
                records[domain].append(identifiers | values | _study_days(domain, values, reference))
                records[f"SUPP{domain}"] += _qualifiers(domain, subject, sequence, row)
                for link in row.links:
                    related[link].append((domain, str(sequence)))
        for link, members in sorted(related.items()):
            if len(members) > 1:
                records["RELREC"] += [_relation(d, subject, f"{d}SEQ", value, None, link) for d, value in members]
    links = [_relation(d, None, variable, None, kind, name) for d, variable, kind, name in DATASET_LINKS]
    records["RELREC"] = links + records["RELREC"]
    return {name: _dataset(name, found) for name, found in sorted((records | design).items()) if found}


def _ordered(domain: str, rows: list[Row]) -> list[Row]:
    """Order a subject's rows by date; the number a record gets stays the same in every transfer."""
    key = ORDER.get(domain, f"{domain}DTC")
    return sorted(rows, key=lambda row: str(row.values.get(key) or ""))


def _study_days(domain: str, values: dict[str, Value], reference: Value) -> dict[str, Value]:
    """Return the study days of a record's complete dates: 1 on the first dose, -1 on the day before it."""
    found: dict[str, Value] = {}
    for day, collected in STUDY_DAYS:
        text = values.get(f"{domain}{collected}")
        if f"{domain}{day}" in variables(domain) and isinstance(text, str) and len(text) == 10 and reference:
            elapsed = (dt.date.fromisoformat(text) - dt.date.fromisoformat(str(reference))).days
            found[f"{domain}{day}"] = elapsed + 1 if elapsed >= 0 else elapsed
    return found


def _qualifiers(domain: str, subject: str, sequence: int, row: Row) -> list[dict[str, Value]]:
    return [
        {
            "STUDYID": STUDY,
            "RDOMAIN": domain,
            "USUBJID": subject,
            "IDVAR": f"{domain}SEQ",
            "IDVARVAL": str(sequence),
            "QNAM": name,
            "QLABEL": QUALIFIERS[name],
            "QVAL": value,
            "QORIG": "CRF",
            "QEVAL": "INVESTIGATOR" if name.startswith(("AEREL", "CMBOR")) else None,
        }
        for name, value in sorted(row.supp.items())
        if value is not None
    ]


def _relation(
    domain: str, subject: str | None, variable: str, value: str | None, kind: str | None, name: str
) -> dict[str, Value]:
    return {
        "STUDYID": STUDY,
        "RDOMAIN": domain,
        "USUBJID": subject,
        "IDVAR": variable,
        "IDVARVAL": value,
        "RELTYPE": kind,
        "RELID": name,
    }


def _dataset(name: str, records: list[dict[str, Value]]) -> Dataset:
    """Make a dataset; a value of a variable that spec.py does not know is an error."""
    names = variables(name)
    domain = name.removeprefix("SUPP") if name.startswith("SUPP") else name
    unknown = {variable for record in records for variable in record} - set(names)
    if unknown:
        raise ValueError(f"{name}: spec.py does not list {', '.join(sorted(unknown))}")
    columns = {}
    for variable in names:
        values = [record.get(variable) for record in records]
        if is_number(domain, variable):
            columns[variable] = pl.Series(variable, [None if v is None else float(v) for v in values], pl.Float64)
        else:
            columns[variable] = pl.Series(variable, values, pl.String)
    title = f"Supplemental Qualifiers for {domain}" if name.startswith("SUPP") else DATASETS[name][0]
    return Dataset(name, title, pl.DataFrame(columns), {variable: label(domain, variable) for variable in names})
