"""Which patients came, went, or changed their status between two builds."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

# The flags and statuses of ADSL that tell where a patient stands, and the endpoints of ADTTE with theirs.
FLAGS = ("ENRLFL", "FASFL", "SAFFL", "RSPEVFL", "PPROTFL", "EOTSTT1", "EOTSTT2", "EOSSTT", "DTHFL")
ENDPOINTS = ("PFS", "OS")
BEST_RESPONSE = "CBOR"  # the parameter of ADRS: best overall response, confirmed
# The dates of events are compared only of patients who have the event in both builds: a new event is a new status.
EVENT_DATES = {f"{name}DT": name for name in ENDPOINTS}


@dataclass(frozen=True)
class Move:
    """The patients whose status went from `old` to `new`; a status is empty where a patient has none."""

    status: str
    old: str
    new: str
    patients: tuple[str, ...]


@dataclass(frozen=True)
class Patients:
    """Patients that only one of two builds has, and how those in both moved, in the order of the statuses."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    moves: tuple[Move, ...]
    both: int


def statuses(datasets: Mapping[str, pl.DataFrame]) -> dict[str, dict[str, str]]:
    """USUBJID -> variable or endpoint -> status; what the datasets lack is left out."""
    adsl, adrs, adtte = (datasets.get(name, pl.DataFrame()) for name in ("ADSL", "ADRS", "ADTTE"))
    flags = [name for name in FLAGS if name in adsl.columns]
    found: dict[str, dict[str, str]] = {}
    for row in adsl.iter_rows(named=True):
        found[row["USUBJID"]] = {name: row[name] or "" for name in flags}
    for row in adrs.iter_rows(named=True):
        if row["PARAMCD"] == BEST_RESPONSE:
            found.setdefault(row["USUBJID"], {})[BEST_RESPONSE] = row["AVALC"] or ""
    for row in adtte.iter_rows(named=True):
        if row["PARAMCD"] in ENDPOINTS:
            kind = "censored" if row["CNSR"] else "event"
            own = found.setdefault(row["USUBJID"], {})
            reason = row.get("EVNTDESC")  # a public build has none
            own[row["PARAMCD"]] = f"{kind}: {reason}" if reason else kind
            if not row["CNSR"] and row.get("ADT"):
                own[f"{row['PARAMCD']}DT"] = str(row["ADT"])
    return found


def new_deaths(old: Mapping[str, pl.DataFrame], new: Mapping[str, pl.DataFrame]) -> dict[str, str]:
    """USUBJID -> date of death (empty where it is not known) of the patients who have died only in the new data."""
    before, after = (
        {
            row["USUBJID"]: str(row.get("DTHDT") or "")
            for row in datasets.get("ADSL", pl.DataFrame()).iter_rows(named=True)
            if row.get("DTHFL") == "Y"
        }
        for datasets in (old, new)
    )
    return {patient: date for patient, date in sorted(after.items()) if patient not in before}


def compare(old: Mapping[str, Mapping[str, str]], new: Mapping[str, Mapping[str, str]]) -> Patients:
    """Compare the statuses of patients (see `statuses`)."""
    both = sorted(old.keys() & new.keys())
    moved: dict[tuple[str, str, str], list[str]] = {}
    for patient in both:
        before, after = old[patient], new[patient]
        for status in before.keys() | after.keys():
            step = (status, before.get(status, ""), after.get(status, ""))
            if step[1] != step[2] and (status not in EVENT_DATES or (step[1] and step[2])):
                moved.setdefault(step, []).append(patient)
    order = {status: number for number, status in enumerate((*FLAGS, BEST_RESPONSE, *ENDPOINTS, *EVENT_DATES))}
    steps = sorted(moved, key=lambda step: (order.get(step[0], len(order)), step))
    return Patients(
        added=tuple(sorted(new.keys() - old.keys())),
        removed=tuple(sorted(old.keys() - new.keys())),
        moves=tuple(Move(*step, tuple(moved[step])) for step in steps),
        both=len(both),
    )
