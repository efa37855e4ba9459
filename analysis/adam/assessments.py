"""Tumour assessments: one overall response per patient and day by the chosen reader, and baseline scans.

Dates are never imputed. A PD lies on the first date of its visit that shows it; any other assessment on the RSDTC of
its overall response, else on its last lesion date.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from analysis.adam.dates import not_after
from analysis.adam.records import Queries, Row, Sdtm, Source, by_subject, day_of, period_of, rows, source_of
from analysis.errors import ParamsError
from analysis.params import Params

WORST_LAST = ("NE", "CR", "PR", "SD", "NON-CR/NON-PD", "PD")
"""Of several readings of one day the worst counts, NE only where nothing else was read."""

ADEQUATE = frozenset(WORST_LAST) - {"NE"}

NON_TARGET_PROGRESSION = ("UNEQUIVOCAL PROGRESSION", "UNEQUIVOCAL INCREASE")
"""TR.TRSTRESC of a non-target lesion that shows progression by itself."""


@dataclass(frozen=True)
class Assessment:
    """The overall response of one day. `planned_day` is VISITDY, None for an unscheduled visit."""

    date: dt.date
    response: str
    planned_day: int | None
    visit: str | None
    source: Source

    @property
    def adequate(self) -> bool:
        return self.response in ADEQUATE


def overall_responses(sdtm: Sdtm, params: Params) -> list[Row]:
    """The overall responses of the chosen reader: RSTESTCD, RSCAT and RSEVAL as params name them.

    Raises ParamsError when others are named as readers but that one is not: a misspelt name would censor everyone on
    day 1.
    """
    wanted, reader = params.response, params.response.reader.upper()
    overall = [row for row in _of_category(sdtm, params) if row["RSTESTCD"] == wanted.rs_testcd]
    named = {str(row["RSEVAL"]) for row in overall if row.get("RSEVAL") is not None}
    if named and reader not in named:
        found = ", ".join(sorted(named))
        raise ParamsError(f"response.reader: no {wanted.rs_testcd} has RSEVAL {reader!r}; found: {found}")
    return _accepted(of_reader(overall, "RSEVAL", params))


def of_reader(records: Iterable[Row], variable: str, params: Params) -> list[Row]:
    """The records of the chosen reader; one that names no evaluator is taken as among them."""
    return [row for row in records if row.get(variable) in (None, params.response.reader.upper())]


def _of_category(sdtm: Sdtm, params: Params) -> list[Row]:
    """Records of RS in the chosen category; one that names none is taken as in it."""
    return [row for row in rows(sdtm, "RS") if row.get("RSCAT") in (None, params.response.rs_category)]


def _accepted(readings: list[Row]) -> list[Row]:
    """The readings less those that adjudication passed over: another of that visit or day is accepted (RSACPTFL)."""
    chosen = [row for row in readings if row.get("RSACPTFL") == "Y"]
    settled = {key for row in chosen for key in _occasions(row)}
    return [row for row in readings if row.get("RSACPTFL") == "Y" or settled.isdisjoint(_occasions(row))]


def _occasions(row: Row) -> set[tuple[str, object]]:
    """The visit and the day of a reading, each with the patient, where they are known."""
    keys = {_visit(row), (row["USUBJID"], day_of(row, "RS", "RSDTC"))}
    return {key for key in keys if key[1] is not None}


def assessments(sdtm: Sdtm, params: Params, queries: Queries) -> dict[str, list[Assessment]]:
    """Per patient the assessments in the order of their dates, baseline included, one per day.

    An assessment that cannot be dated is queried and left out, one with an unknown response is queried and counts as
    not evaluable.
    """
    lesions, shown = _visit_dates(sdtm, params)
    planned = planned_days(sdtm)
    found: dict[str, list[Assessment]] = {}
    for usubjid, readings in by_subject(overall_responses(sdtm, params)).items():
        by_day: dict[dt.date, Assessment] = {}
        read_until: dict[Visit, dt.date] = {}
        for row in sorted(readings, key=lambda r: r.get("RSDTC") or "9999"):
            visit = _visit(row)
            previous = read_until.get(visit, dt.date.min)
            reading = _assessment(
                row, _after(lesions, visit, previous), _after(shown, visit, previous), planned, queries
            )
            if reading is None:
                continue
            read_until[visit] = max(previous, day_of(row, "RS", "RSDTC") or reading.date)
            same_day = by_day.get(reading.date)
            if same_day is None or _rank(same_day) < _rank(reading):
                by_day[reading.date] = reading
        found[usubjid] = [by_day[day] for day in sorted(by_day)]
    return found


def _rank(reading: Assessment) -> tuple[int, bool]:
    return WORST_LAST.index(reading.response), reading.planned_day is not None


Visit = tuple[str, object]
Dated = list[tuple[dt.date, Source]]


def _visit(row: Row) -> Visit:
    """What ties the records of one visit together: patient and visit number, else the visit's name."""
    return row["USUBJID"], row.get("VISITNUM") if row.get("VISITNUM") is not None else row.get("VISIT")


def _visit_dates(sdtm: Sdtm, params: Params) -> tuple[dict[Visit, Dated], dict[Visit, Dated]]:
    """Per visit the dates of its lesion records, and of those among all records that show progression.

    A new lesion and a non-target lesion that progresses show it on their own date, a sum of target lesions on the date
    of the last one measured, a target or non-target response of PD on its RSDTC.
    """
    lesions: dict[Visit, Dated] = defaultdict(list)
    targets: dict[Visit, Dated] = defaultdict(list)
    shown: dict[Visit, Dated] = defaultdict(list)
    for domain in ("TR", "TU"):
        for row in of_reader(rows(sdtm, domain), f"{domain}EVAL", params):
            day = day_of(row, domain, f"{domain}DTC")
            if day is None:
                continue
            dated = (day, source_of(row, domain, f"{domain}DTC"))
            lesions[_visit(row)].append(dated)
            if "NEW" in (row.get("TUSTRESC"), row.get("TRGRPID")) or row.get("TRSTRESC") in NON_TARGET_PROGRESSION:
                shown[_visit(row)].append(dated)
            elif row.get("TRGRPID") == "TARGET":
                targets[_visit(row)].append(dated)
    for row in of_reader(_of_category(sdtm, params), "RSEVAL", params):
        if row["RSTESTCD"] not in ("TRGRESP", "NTRGRESP") or row.get("RSSTRESC") != "PD":
            continue
        visit = _visit(row)
        day = day_of(row, "RS", "RSDTC")
        if day is not None:
            shown[visit].append((day, source_of(row, "RS", "RSDTC")))
        if row["RSTESTCD"] == "TRGRESP" and visit in targets:
            shown[visit].append(max(targets[visit], key=_order))
    return lesions, shown


def _after(dates: dict[Visit, Dated], visit: Visit, previous: dt.date) -> Dated:
    """A visit's dates that an earlier reading under the same visit name has not covered already."""
    return [(day, source) for day, source in dates.get(visit, []) if day > previous]


def _assessment(
    row: Row, lesions: Dated, shown: Dated, planned: dict[object, int], queries: Queries
) -> Assessment | None:
    """One overall response with its date, None where it has none."""
    source = source_of(row, "RS", "RSDTC")
    response = row.get("RSSTRESC")
    if response not in WORST_LAST:
        queries.add(replace(source, variable="RSSTRESC"), row, "response", "Unknown response: taken as not evaluable")
        response = "NE"
    recorded = day_of(row, "RS", "RSDTC")
    dated = [(recorded, source)] if recorded is not None else sorted(lesions, key=_order)[-1:]
    if response == "PD":
        dated = sorted(dated + shown, key=_order)
    if not dated:
        queries.add(source, row, "assessment_date", "Assessment without a complete date: not used")
        return None
    day, origin = dated[0]
    visit_day = row.get("VISITDY", planned.get(row.get("VISITNUM")))
    return Assessment(day, response, None if visit_day is None else int(visit_day), row.get("VISIT"), origin)


def _order(dated: tuple[dt.date, Source]) -> tuple[dt.date, str, int]:
    day, source = dated
    return day, source.domain, source.seq or 0


def planned_days(sdtm: Sdtm) -> dict[object, int]:
    """VISITNUM to planned study day, from TV or else SV, for studies whose RS has no VISITDY."""
    found: dict[object, int] = {}
    for domain in ("TV", "SV"):
        frame = sdtm.get(domain)
        if frame is not None and {"VISITNUM", "VISITDY"} <= set(frame.columns):
            pairs = frame.select("VISITNUM", "VISITDY").drop_nulls().unique().sort("VISITNUM", "VISITDY")
            for visitnum, visit_day in pairs.iter_rows():
                found.setdefault(visitnum, int(visit_day))
    return found


@dataclass(frozen=True)
class Baseline:
    """Whether a patient was scanned before treatment, and whether a target lesion was found then."""

    scanned: bool
    measurable: bool


def baselines(sdtm: Sdtm, params: Params, reference: dict[str, str], queries: Queries) -> dict[str, Baseline]:
    """Per patient of `reference` (USUBJID to first-dose, else enrolment --DTC) the baseline scans.

    Any lesion record that is not of a new lesion and not after the reference counts. A partial date counts by its
    earliest possible day; a baseline that rests on dates which could also be later is queried. A study with neither
    TU nor TR cannot say: its patients are taken as scanned with measurable disease.
    """
    if "TU" not in sdtm and "TR" not in sdtm:
        return {usubjid: Baseline(scanned=True, measurable=True) for usubjid in reference}
    counted: dict[str, list[tuple[str, str, Row]]] = defaultdict(list)
    for domain, kind in (("TU", "TUSTRESC"), ("TR", "TRGRPID")):
        for row in of_reader(rows(sdtm, domain), f"{domain}EVAL", params):
            limit = reference.get(row["USUBJID"])
            period_of(row, domain, f"{domain}DTC")  # an invalid date is named here
            if limit is not None and row.get(kind) != "NEW" and not_after(row.get(f"{domain}DTC"), limit):
                counted[row["USUBJID"]].append((domain, kind, row))
    for usubjid, records in counted.items():
        if all(
            (period_of(r, d, f"{d}DTC").last or dt.date.max).isoformat() > reference[usubjid][:10]
            for d, _, r in records
        ):
            domain, _, row = records[0]
            text = f"Partial date that could be after the start of treatment ({reference[usubjid]}): taken as baseline"
            queries.add(source_of(row, domain, f"{domain}DTC"), row, "baseline", text)
    return {
        usubjid: Baseline(
            scanned=usubjid in counted,
            measurable=any(row.get(kind) == "TARGET" for _, kind, row in counted.get(usubjid, [])),
        )
        for usubjid in reference
    }
