"""New anticancer therapy after the start: systemic therapy, surgery, and radiotherapy to a lesion."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analysis.adam.dates import Anchors, impute
from analysis.adam.records import Queries, Row, Sdtm, Source, period_of, rows, source_of
from analysis.params import Params

SYSTEMIC, SURGERY = "SYSTEMIC THERAPY", "SURGERY"
LESION, ELSEWHERE = "RADIOTHERAPY TO A LESION", "RADIOTHERAPY ELSEWHERE"
"""The kinds of anticancer therapy after treatment; radiotherapy elsewhere is no new therapy to PFS and response."""


@dataclass(frozen=True)
class Recorded:
    """A record of anticancer therapy by the categories of params; `kind` is one of the four above."""

    domain: str
    variable: str
    row: Row
    kind: str


@dataclass(frozen=True)
class Therapy:
    """The first new anticancer therapy; `flag` is the imputation flag of its date, "" where recorded."""

    date: dt.date
    flag: str
    source: Source


def new_therapies(
    sdtm: Sdtm,
    params: Params,
    start: Mapping[str, dt.date],
    last_dose: Mapping[str, dt.date | None],
    queries: Queries,
) -> dict[str, Therapy]:
    """Per patient of `start` the first new anticancer therapy after the start.

    A partial date is imputed by the rule `new_therapy`; a therapy that cannot be placed before or after the start is
    queried and ignored.
    """
    found: dict[str, Therapy] = {}
    for record in recorded_therapies(sdtm, params):
        usubjid = record.row["USUBJID"]
        if usubjid not in start or record.kind == ELSEWHERE:
            continue
        therapy = placed(record, start[usubjid], last_dose.get(usubjid), params.cutoff, queries)
        if therapy is not None and (usubjid not in found or therapy.date < found[usubjid].date):
            found[usubjid] = therapy
    return found


def placed(
    record: Recorded, start: dt.date, last_dose: dt.date | None, cutoff: dt.date, queries: Queries
) -> Therapy | None:
    """When a recorded therapy began; None where that was not after the start, or cannot be said (queried)."""
    domain, variable, row = record.domain, record.variable, record.row
    source = source_of(row, domain, variable)
    when = period_of(row, domain, variable)
    imputed = impute("new_therapy", row.get(variable), Anchors(cutoff, last_dose=last_dose))
    if when.missing == "":
        return Therapy(when.first, "", source) if when.first is not None and when.first > start else None
    # The last dose places a therapy; for a patient without one the whole recorded period has to lie after the start.
    placed = imputed.date if last_dose is not None else when.first and when.first - dt.timedelta(days=1)
    if imputed.date is None or placed is None or placed < start:
        text = "New anticancer therapy that cannot be placed after the start: ignored"
        queries.add(source, row, "new_therapy", text)
        return None
    if imputed.query:
        queries.add(source, row, "new_therapy", imputed.query)
    return Therapy(imputed.date, imputed.flag, source)


def recorded_therapies(sdtm: Sdtm, params: Params) -> Iterator[Recorded]:
    """The records of anticancer therapy by the categories of params."""
    names = params.pfs.new_therapy
    lesions = lesion_sites(sdtm)
    for row in rows(sdtm, "CM"):
        if row.get("CMCAT") in names.cm_categories and row.get("CMOCCUR") != "N":
            yield Recorded("CM", "CMSTDTC", row, SYSTEMIC)
    for row in rows(sdtm, "PR"):
        if row.get("PROCCUR") == "N":
            continue
        if row.get("PRCAT") in names.surgery_categories:
            yield Recorded("PR", "PRSTDTC", row, SURGERY)
        elif row.get("PRCAT") in names.radiotherapy_categories:
            yield Recorded("PR", "PRSTDTC", row, LESION if is_to_a_lesion(row, lesions) else ELSEWHERE)


def lesion_sites(sdtm: Sdtm) -> dict[str, set[tuple[str, str]]]:
    """Per patient the lesions' link ids and locations, as ("TULNKID", id) and ("TULOC", location)."""
    sites: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in rows(sdtm, "TU"):
        sites[row["USUBJID"]] |= {(name, row[name]) for name in ("TULNKID", "TULOC") if row.get(name) is not None}
    return sites


def is_to_a_lesion(row: Row, lesions: Mapping[str, set[tuple[str, str]]]) -> bool:
    """Whether a radiotherapy names a lesion by PRLNKID, or a PRLOC that is the TULOC of one of the patient's."""
    sites = lesions.get(row["USUBJID"], set())
    return ("TULNKID", row.get("PRLNKID")) in sites or ("TULOC", row.get("PRLOC")) in sites
