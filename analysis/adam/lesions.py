"""Tumour lesions as read at baseline and at each visit after it, from TR and TU; sizes are exact decimals in mm.

The lesions of a patient are those found at baseline, or where there was no baseline scan those of the first visit. The
chosen reader's records count (params.response.reader), and of several readings of a lesion at a visit the worst. A
lymph node counts by its short axis, any other lesion by its longest diameter, unless the site chose one for the sum;
where that was not recorded, what there is counts.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal

import polars as pl

from analysis.adam.assessments import NON_TARGET_PROGRESSION, of_reader, planned_days
from analysis.adam.dates import not_after
from analysis.adam.records import Queries, Row, Sdtm, Source, by_subject, period_of, rows, source_of
from analysis.params import Params

KINDS = ("TARGET", "NON-TARGET", "NEW")

SHORT_AXIS = ("SAXIS", "LPERP")
"""TRTESTCD of a lymph node's diameter; LPERP is the perpendicular to the longest diameter."""

LONGEST = "LDIAM"
FOR_SUM = "DIAMETER"
"""TRTESTCD of the longest diameter, and of the one that the site chose for the sum."""

SIZE_TEXTS = {
    "TOO SMALL TO MEASURE": Decimal(5),
    "TOO SMALL": Decimal(5),
    "BELOW MEASURABLE LIMIT": Decimal(5),
    "ABSENT": Decimal(0),
    "DISAPPEARED": Decimal(0),
}
"""Result of a target lesion without a number -> mm."""

STATES = {
    "ABSENT": "ABSENT",
    "PRESENT": "PRESENT",
    "EQUIVOCAL": "PRESENT",
    "UNEQUIVOCAL": "PROGRESSION",
    **dict.fromkeys(NON_TARGET_PROGRESSION, "PROGRESSION"),
}
"""TUMSTATE of a non-target lesion -> its state; UNEQUIVOCAL is short for unequivocal progression."""

STATE_ORDER = ("ABSENT", "PRESENT", "PROGRESSION")

NOT_NEW = ("EQUIVOCAL", "ABSENT")
"""TUMSTATE of a suspected new lesion that does not make it one."""

NODE_LIMIT = Decimal(10)
"""A lymph node counts as disease from this short axis (mm)."""


@dataclass(frozen=True)
class Lesion:
    """A lesion by its link id; `kind` is one of KINDS."""

    link: str | None
    kind: str
    location: str | None = None
    node: bool = False


@dataclass(frozen=True)
class Reading:
    """One lesion at one visit: the size of a target lesion (mm), the state of any other, `text` as recorded.

    The date is missing only at baseline, where it was recorded in part.
    """

    lesion: Lesion
    date: dt.date | None
    source: Source
    test: str
    text: str | None
    size: Decimal | None = None
    state: str | None = None

    @property
    def present(self) -> bool:
        """Whether a measured target lesion is disease: any size, but for a lymph node 10 mm or more."""
        if self.size is None:
            return False
        return self.size >= NODE_LIMIT if self.lesion.node else self.size > 0

    @property
    def evaluable(self) -> bool:
        return self.size is not None or self.state is not None


@dataclass(frozen=True)
class LesionVisit:
    """The evaluable readings of one visit, one per lesion, sorted by kind and link. `planned_day` is VISITDY."""

    name: str | None
    number: float | None
    planned_day: int | None
    first: dt.date | None
    last: dt.date | None
    readings: tuple[Reading, ...]

    def of(self, kind: str) -> tuple[Reading, ...]:
        return tuple(reading for reading in self.readings if reading.lesion.kind == kind)


@dataclass(frozen=True)
class PatientLesions:
    """One patient's lesions and visits. `baseline` is None without a scan before treatment."""

    usubjid: str
    targets: tuple[Lesion, ...]
    non_targets: tuple[Lesion, ...]
    baseline: LesionVisit | None
    visits: tuple[LesionVisit, ...]


def baseline_limits(sdtm: Sdtm, adsl: pl.DataFrame) -> dict[str, str]:
    """Per enrolled patient the --DTC until which a scan is baseline: the first dose, with its time, or enrolment."""
    needed = {"USUBJID", "EXSEQ", "EXSTDTC", "EXSTAT", "VISITNUM", "VISIT"}  # of what may be millions of records
    doses = {
        name: frame.select(c for c in frame.columns if c in needed) for name, frame in sdtm.items() if name == "EX"
    }
    given = {(row["USUBJID"], row.get("EXSEQ")): row["EXSTDTC"] for row in rows(doses, "EX")}
    limits = {}
    for row in adsl.filter(pl.col("ENRLFL") == "Y").sort("USUBJID").iter_rows(named=True):
        day = (row["TRTSDT"] or row["ENRLDT"]).isoformat()
        recorded = given.get((row["USUBJID"], row["TRTSSEQ"])) or day
        limits[row["USUBJID"]] = recorded if recorded.startswith(day) else day
    return limits


def patient_lesions(sdtm: Sdtm, limits: dict[str, str], params: Params, queries: Queries) -> list[PatientLesions]:
    """The lesions of each patient of `limits` (USUBJID to baseline_limits) who has any, sorted by USUBJID.

    Queried and left out: a reading that has neither a link id nor a date, one that cannot be read, and one of a lesion
    that was not identified at baseline and is not called new.
    """
    found = by_subject(_records(sdtm, params))
    planned = planned_days(sdtm)
    return [
        lesions
        for usubjid in sorted(limits)
        if usubjid in found
        and (lesions := _Patient(usubjid, found[usubjid], limits[usubjid], planned, params, queries).lesions())
    ]


def _records(sdtm: Sdtm, params: Params) -> Iterable[Row]:
    """TU and TR records of the chosen reader, with `domain`, `kind` and `link` the same for both.

    A TR record whose TRGRPID is none of the kinds is of the kind that TU gives its lesion.
    """
    kinds: dict[tuple[str, str | None], str] = {}
    for domain, variable in (("TU", "TUSTRESC"), ("TR", "TRGRPID")):
        for row in of_reader(rows(sdtm, domain), f"{domain}EVAL", params):
            link, kind = row.get(f"{domain}LNKID"), row.get(variable)
            if kind not in KINDS:
                kind = kinds.get((row["USUBJID"], link))
            if kind is not None:
                if link is not None:
                    kinds.setdefault((row["USUBJID"], link), kind)
                yield row | {"domain": domain, "kind": kind, "link": link}


@dataclass
class _Group:
    """Records of one visit while it is put together."""

    number: float | None
    first: dt.date
    name: str | None = None
    planned_day: int | None = None
    records: list[tuple[Row, dt.date]] = field(default_factory=list)


class _Patient:
    """Puts one patient's records together."""

    def __init__(
        self,
        usubjid: str,
        records: list[Row],
        limit: str,
        planned: dict[object, int],
        params: Params,
        queries: Queries,
    ) -> None:
        self.usubjid, self.limit, self.planned, self.queries = usubjid, limit, planned, queries
        self.span = dt.timedelta(days=2 * params.schedule.scan_window_days)
        self.records = records
        self.locations = {r["link"]: r["TULOC"] for r in reversed(records) if r.get("TULOC") is not None}
        tests: dict[str | None, set[str | None]] = defaultdict(set)
        for row in records:
            tests[row["link"]].add(row.get("TRTESTCD"))
        self.nodes = {link for link, used in tests.items() if self._is_node(link, used)}

    def _is_node(self, link: str | None, tests: set[str | None]) -> bool:
        """By its location, or where that is unknown by its short axis alone being measured."""
        location = self.locations.get(link)
        if location is not None:
            return "NODE" in location.upper()
        return tests.isdisjoint((LONGEST, FOR_SUM)) and not tests.isdisjoint(SHORT_AXIS)

    def lesions(self) -> PatientLesions | None:
        dated = [(row, *self._when(row)) for row in self.records]
        before = [(row, day) for row, day, baseline in dated if baseline and row["kind"] != "NEW"]
        for row, _, baseline in dated:
            if baseline and row["kind"] == "NEW":
                self._query(row, "DTC", "new_lesion", "New lesion before the start of treatment: not used")
        after = [(row, day) for row, day, baseline in dated if not baseline and day is not None]
        groups = self._groups(after)
        known = before or [(row, day) for g in groups[:1] for row, day in g.records if row["kind"] != "NEW"]
        if not known and not groups:
            return None
        identified = {self._lesion(row) for row, _ in known if row["link"] is not None}
        visits = tuple(self._visit(group, identified) for group in groups)
        ordered = sorted(identified, key=lambda lesion: str(lesion.link))
        return PatientLesions(
            self.usubjid,
            tuple(lesion for lesion in ordered if lesion.kind == "TARGET"),
            tuple(lesion for lesion in ordered if lesion.kind == "NON-TARGET"),
            self._baseline(before, identified) if before else None,
            visits,
        )

    def _when(self, row: Row) -> tuple[dt.date | None, bool]:
        """A record's day, and whether it is baseline.

        Without a day of its own it has the last one of its visit; where that has none either, a partial date counts by
        its earliest possible day, as for assessments.baselines().
        """
        variable = f"{row['domain']}DTC"
        period = period_of(row, row["domain"], variable)
        if period.day is not None:
            return period.day, not_after(row[variable], self.limit)
        days = [
            day
            for other in self.records
            if _visit_key(other) == _visit_key(row)
            and (day := period_of(other, other["domain"], f"{other['domain']}DTC").day) is not None
            and (period.first is None or period.last is None or period.first <= day <= period.last)
        ]
        if not days and period.first is not None and not_after(row[variable], self.limit):
            return None, True
        if not days:
            self._query(row, "DTC", "lesion_date", "Lesion record without a complete date: not used")
            return None, False
        return max(days), not_after(max(days).isoformat(), self.limit)

    def _groups(self, records: list[tuple[Row, dt.date]]) -> list[_Group]:
        """The records by visit. Those on which two visits begin on one day are one visit, and a visit that would be
        longer than the scan window before and after a planned day (an unnumbered one, say) is several."""
        groups: list[_Group] = []
        current: dict[object, _Group] = {}
        for row, day in sorted(records, key=lambda pair: pair[1]):
            key = _visit_key(row)
            group = current.get(key)
            if group is None or day - group.first > self.span:
                group = next((g for g in groups if g.first == day), None)
                if group is None:
                    group = _Group(row.get("VISITNUM"), day)
                    groups.append(group)
                current[key] = group
            group.records.append((row, day))
            planned = row.get("VISITDY", self.planned.get(row.get("VISITNUM")))
            if group.name is None or (group.planned_day is None and planned is not None):
                group.name, group.number = row.get("VISIT"), row.get("VISITNUM")
                group.planned_day = None if planned is None else int(planned)
        return groups

    def _visit(self, group: _Group, identified: set[Lesion]) -> LesionVisit:
        readings = []
        for row, day in group.records:
            reading = self._reading(row, day)
            if reading is None:
                continue
            if reading.lesion.kind != "NEW" and reading.lesion not in identified:
                text = "Lesion not identified at baseline and not called new: not used"
                self._query(row, "LNKID", "unknown_lesion", text)
                continue
            readings.append(reading)
        days = [day for _, day in group.records]
        return LesionVisit(
            group.name, group.number, group.planned_day, min(days), max(days), tuple(_worst_of_each(readings))
        )

    def _baseline(self, records: list[tuple[Row, dt.date | None]], identified: set[Lesion]) -> LesionVisit:
        """The last reading of each lesion before treatment (an incomplete date counts as the earliest)."""
        latest: dict[Lesion, list[Reading]] = {}
        for row, day in sorted(records, key=lambda pair: pair[1] or dt.date.min):
            reading = self._reading(row, day)
            if reading is not None and reading.lesion in identified:
                same = [r for r in latest.get(reading.lesion, []) if r.date == day]
                latest[reading.lesion] = [*same, reading]
        row = max(records, key=lambda pair: pair[1] or dt.date.min)[0]
        days = [day for _, day in records if day is not None]
        readings = tuple(_worst_of_each(reading for group in latest.values() for reading in group))
        planned = row.get("VISITDY", self.planned.get(row.get("VISITNUM")))
        return LesionVisit(
            row.get("VISIT"),
            row.get("VISITNUM"),
            None if planned is None else int(planned),
            min(days, default=None),
            max(days, default=None),
            readings,
        )

    def _lesion(self, row: Row) -> Lesion:
        link = row["link"]
        return Lesion(link, row["kind"], self.locations.get(link), link in self.nodes)

    def _reading(self, row: Row, day: dt.date | None) -> Reading | None:
        """A record as a reading, None where it says nothing of a lesion's size, state or novelty."""
        kind, domain, test = row["kind"], row["domain"], row.get("TRTESTCD") or ""
        if domain == "TU" and kind != "NEW":
            return None
        text = row.get("TRSTRESC") if domain == "TR" else None
        diameter = test in (*SHORT_AXIS, LONGEST, FOR_SUM)
        if domain == "TR" and not (test == "TUMSTATE" or (kind != "NON-TARGET" and diameter)):
            return None  # sums and other measures are derived here, not read
        if row["link"] is None and kind != "NEW":
            self._query(row, "LNKID", "lesion_link", "Lesion record without a link id: not used")
            return None
        source = source_of(row, domain, "TRSTRESN" if row.get("TRSTRESN") is not None else f"{domain}STRESC")
        reading = Reading(self._lesion(row), day, source, test, text)
        if kind == "TARGET":
            reading = replace(reading, size=self._size(row))
        elif kind == "NON-TARGET":
            reading = replace(reading, state=STATES.get(str(text).upper()))
        else:
            reading = replace(reading, state="NOT NEW" if text in NOT_NEW else "NEW")
        if reading.evaluable:
            return reading
        if text is not None and (kind == "NON-TARGET" or diameter):
            self._query(row, "STRESC", "lesion_result", "Lesion result that cannot be read: taken as not evaluated")
        return None

    def _size(self, row: Row) -> Decimal | None:
        number, unit = row.get("TRSTRESN"), row.get("TRSTRESU")
        if number is not None and number >= 0 and str(unit or "mm").lower() == "mm":
            return Decimal(str(round(float(number), 6)))  # XPT keeps numbers in base 16: 17.6 must be 17.6 again
        texts = (str(row.get(name)).strip().upper() for name in ("TRSTRESC", "TRORRES"))
        return next((SIZE_TEXTS[text] for text in texts if text in SIZE_TEXTS), None)

    def _query(self, row: Row, variable: str, rule: str, text: str) -> None:
        self.queries.add(source_of(row, row["domain"], f"{row['domain']}{variable}"), row, rule, text)


def _visit_key(row: Row) -> object:
    """The visit of a record of one patient: its number, else its name, else none."""
    return row.get("VISITNUM") if row.get("VISITNUM") is not None else row.get("VISIT")


def _worst_of_each(readings: Iterable[Reading]) -> list[Reading]:
    """One reading per lesion: of the diameter that counts for it, and of several the worst."""
    by_lesion: dict[Lesion, Reading] = {}
    for reading in readings:
        held = by_lesion.get(reading.lesion)
        if held is None or _badness(held) < _badness(reading):
            by_lesion[reading.lesion] = reading
    return sorted(by_lesion.values(), key=lambda r: (r.lesion.kind, r.lesion.link or ""))


def _badness(reading: Reading) -> tuple[int, Decimal]:
    if reading.lesion.kind == "TARGET":
        order = ("TUMSTATE", LONGEST, *reversed(SHORT_AXIS), FOR_SUM)
        if not reading.lesion.node:
            order = ("TUMSTATE", *reversed(SHORT_AXIS), LONGEST, FOR_SUM)
        return order.index(reading.test), reading.size or Decimal(0)
    if reading.lesion.kind == "NEW":  # what TR says of it settles whether it is one, TU only names it
        return int(reading.source.domain == "TR"), Decimal(reading.state == "NEW")
    return STATE_ORDER.index(str(reading.state)), Decimal(0)
