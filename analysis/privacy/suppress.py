"""Which results of a public build are shown, and how the others are written.

A result is hidden where it stands for 1 to k - 1 patients (`privacy.minimum_cell` is k), by the where-clause that
selects the records behind it, or where its denominator does. Least and greatest values are hidden as well, since each
is the value of one patient, and so are dates and texts. Then `secondary` hides as many further counts as it takes to
keep those from being found by subtraction, and with a count goes its percentage.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

import polars as pl

from analysis.params import Output
from analysis.privacy import WITHHELD
from analysis.privacy.secondary import Count, Key, Protection, Unit, protecting
from analysis.results import Result, where
from analysis.tlf.context import POPULATIONS

_RANGE = {"min", "max", "minimum", "maximum", "first", "last"}
_NO_COUNTS = {"ph_df"}  # whole numbers that count no patients: degrees of freedom
_OF_RECORDS = "number of records"  # the method of results that count them
_AT_RISK = re.compile(r"\.rate_(\w+?)(_lower|_upper)?$")
_OF_CURVE = "Kaplan-Meier"  # stands in the method of what is read from a curve
_TIME = re.compile(r"(?:.*_)?(?:median|q25|q75)(?:_lower|_upper)?")
_OF_OBSERVED = re.compile(r"\.(?:logrank_expected|logrank_z|smr)$")
"""Statistics of the one-sample log-rank test; any two of these and p give the number of events observed."""
_FLAGS = frozenset(flag for _, flag in POPULATIONS.values())
_IDENTIFIED = '"USUBJID"'


class Status(Enum):
    """How a result appears."""

    SHOWN = "as it is"
    SMALL = "fewer than k patients"
    PROTECTING = "k or more patients, not told so that a small number cannot be found by subtraction"
    WITHHELD = "not shown"
    DROPPED = "left out with its row"


@dataclass(frozen=True)
class Suppression:
    """The status of each result, by place in `results`; `least` is k."""

    results: tuple[Result, ...]
    statuses: tuple[Status, ...]
    least: int

    def text(self, place: int) -> str:
        """What is printed in place of a result."""
        match self.statuses[place]:
            case Status.SMALL:
                return f"<{self.least}"
            case Status.PROTECTING:
                return f"≥{self.least}"
            case Status.SHOWN:
                return self.results[place].stat_fmt
            case _:
                return WITHHELD

    def public(self) -> list[Result]:
        """The results as a public build has them; what is hidden has no value."""
        return [
            result if status is Status.SHOWN else replace(result, stat=None, stat_fmt=self.text(place))
            for place, (result, status) in enumerate(zip(self.results, self.statuses, strict=True))
            if status is not Status.DROPPED
        ]


class _Records:
    """The records and patients that where-clauses select, each looked up once."""

    def __init__(self, adam: Mapping[str, pl.DataFrame]) -> None:
        self.adam = adam
        self.known: dict[Key, tuple[int, int]] = {}

    def numbers(self, key: Key) -> tuple[int, int] | None:
        """Patients and records; None where the dataset is no analysis dataset."""
        if key[0] not in self.adam:
            return None
        if key not in self.known:
            chosen = self.adam[key[0]].filter(pl.sql_expr(key[1]))
            self.known[key] = (chosen["USUBJID"].n_unique(), chosen.height)
        return self.known[key]


def suppress(
    results: Sequence[Result], adam: Mapping[str, pl.DataFrame], catalogue: Mapping[str, Output], least: int
) -> Suppression:
    """Decide for each result. Results of displays that show no patients' data are shown as they are."""
    records = _Records(adam)
    of_patients = [not (r.output in catalogue and catalogue[r.output].shows) for r in results]
    statuses = [
        _first(result, records, least) if concerned else Status.SHOWN
        for result, concerned in zip(results, of_patients, strict=True)
    ]
    counts: dict[tuple[Key, Unit], Count] = {}
    keys: list[tuple[Key, Unit] | None] = []
    for result, status, concerned in zip(results, statuses, of_patients, strict=True):
        key = _counted(result, records) if concerned and status is not Status.DROPPED else None
        keys.append(key)
        if key is not None and isinstance(result.stat, int):
            count = Count(key[0], key[1], result.stat, hidden=status is Status.SMALL)
            counts[key] = replace(count, fixed=_is_known(count, records))
    for dataset, frame in adam.items():
        for flag in _FLAGS & set(frame.columns):  # the sizes of the sets stand in every heading
            own = (dataset, where({flag: "Y"}))
            numbers = records.numbers(own)
            counts[own, Unit.PATIENTS] = Count(own, Unit.PATIENTS, numbers[0] if numbers else 0, False, fixed=True)
    found = protecting(counts.values(), adam, least)
    hidden = {key for (key, unit), count in counts.items() if unit is Unit.PATIENTS and count.hidden}
    hidden |= {key for key, unit in found.hiding if unit is Unit.PATIENTS}
    final = [
        _second(result, status, key, found, hidden) if concerned else status
        for result, status, key, concerned in zip(results, statuses, keys, of_patients, strict=True)
    ]
    kept = _without_what_tells(results, final)
    for place, result in enumerate(results):
        if kept[place] is Status.SHOWN and of_patients[place] and _is_beyond(result, adam, least):
            kept[place] = Status.WITHHELD
    return Suppression(tuple(results), tuple(kept), least)


def _is_known(count: Count, records: _Records) -> bool:
    """Whether a count is the size of an analysis set, or of a part of one that has all its patients."""
    if count.columns <= _FLAGS:
        return not count.hidden
    sizes = (records.numbers(("ADSL", where({flag: "Y"}))) for flag in count.columns & _FLAGS)
    return count.unit is Unit.PATIENTS and any(numbers and numbers[0] == count.value for numbers in sizes)


def _first(result: Result, records: _Records, least: int) -> Status:
    """The status of a result by itself."""
    if _IDENTIFIED in result.where:
        return Status.DROPPED
    if result.stat_name in _RANGE or isinstance(result.stat, str):
        return Status.WITHHELD
    few = range(1, least)
    is_count = isinstance(result.stat, int) and result.stat_name not in _NO_COUNTS
    if is_count and result.stat == 0:
        return Status.SHOWN
    own = records.numbers((result.dataset, result.where))
    base = None
    if result.denominator_where is not None:
        base = records.numbers((result.denominator_dataset or result.dataset, result.denominator_where))
    if own is None:  # what it counts is not known here
        return Status.WITHHELD
    if is_count and (own[0] in few or result.stat in few):
        return Status.SMALL
    if own[0] in few or (base is not None and base[0] in few):
        return Status.WITHHELD
    return Status.SHOWN


def _counted(result: Result, records: _Records) -> tuple[Key, Unit] | None:
    """What a count counts: the patients or the records that its where-clause selects."""
    key = (result.dataset, result.where)
    numbers = records.numbers(key)
    if not isinstance(result.stat, int) or numbers is None or result.stat_name in _NO_COUNTS:
        return None
    if result.stat == numbers[0] and result.method != _OF_RECORDS:
        return key, Unit.PATIENTS
    return (key, Unit.RECORDS) if result.stat == numbers[1] else None


def _second(
    result: Result, status: Status, key: tuple[Key, Unit] | None, found: Protection, hidden: set[Key]
) -> Status:
    """The status of a result once further counts are hidden; with a number of patients goes that of their records."""
    own = (result.dataset, result.where)
    if status is Status.SMALL and own in {blurred for blurred, _ in found.blurred}:
        return Status.WITHHELD  # some records would say that there are patients, and the other way round
    if status is not Status.SHOWN or not result.stat:
        return status
    if key is not None:
        return Status.PROTECTING if key in found.hiding or own in hidden else Status.SHOWN
    if result.denominator_where is not None:
        base = (result.denominator_dataset or result.dataset, result.denominator_where)
        return Status.WITHHELD if own in hidden or base in hidden else Status.SHOWN
    return status


def _is_beyond(result: Result, adam: Mapping[str, pl.DataFrame], least: int) -> bool:
    """Whether a result is a time on a curve, in the unit of AVAL, at which fewer than k patients are at risk."""
    on_curve = _OF_CURVE in (result.method or "") and _TIME.fullmatch(result.stat_name)
    if not on_curve or not isinstance(result.stat, float) or "AVAL" not in adam[result.dataset].columns:
        return False
    times = adam[result.dataset].filter(pl.sql_expr(result.where))["AVAL"]
    return int((times >= result.stat - 1e-9).sum()) < least


def _without_what_tells(results: Sequence[Result], statuses: Sequence[Status]) -> list[Status]:
    """Without what hidden numbers can be calculated from.

    These are rates at a time at which too few are at risk, what is read from a curve of so few events, and statistics
    of the number of events that a test observed.
    """
    names = {(r.name, s) for r, s in zip(results, statuses, strict=True)}
    small = {name for name, status in names if status is Status.SMALL}
    hidden = small | {name for name, status in names if status is Status.PROTECTING}
    found = list(statuses)
    for place, result in enumerate(results):
        if result.name and found[place] is Status.SHOWN:
            at_risk = _AT_RISK.sub(r".at_risk_\1", result.name)
            observed = _OF_OBSERVED.sub(".logrank_observed", result.name)
            events = f"{result.name.rpartition('.')[0]}.events" if _OF_CURVE in (result.method or "") else None
            if {at_risk, observed} & hidden or events in small:
                found[place] = Status.WITHHELD
    return found
