"""What the rules of eligibility read, one patient's records and the day that decides, and what they say: a finding."""

import datetime as dt
import math
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl

from analysis.adam.adlb_units import factor
from analysis.adam.dates import not_after
from analysis.adam.disposition import WHOLE_STUDY, disposition_events
from analysis.adam.records import Row, Sdtm, Source, by_subject, day_of, period_of, rows, source_of
from analysis.adam.resistance import Resistance, possibly_resistant, resistances
from analysis.params import Params
from analysis.params_eligibility import Eligibility

MET, NOT_MET, NOT_EVALUABLE = "MET", "NOT MET", "NOT EVALUABLE"
"""An exclusion criterion is met, in the sense of eligibility, by a patient whom it does not exclude."""

DOMAINS = ("AE", "CM", "DM", "DS", "LB", "MH", "MI", "PR", "QS", "RP", "RS", "SV", "TU", "VS")

NO_VALUE = "No value on or before enrolment"


@dataclass(frozen=True)
class Finding:
    """What the data say of one criterion: MET, NOT MET or NOT EVALUABLE and why, the value and the limit in words.

    `source` is the record of the value and `date` its day, where there is one.
    """

    result: str
    reason: str
    value: str | None = None
    limit: str | None = None
    source: Source | None = None
    date: dt.date | None = None


@dataclass(frozen=True)
class Subject:
    """One patient. Values count up to `until`: enrolment, else leaving before it, else the cut-off, that day included.

    `records` are those of DOMAINS that the study has; `resistance` is the rule of secondary resistance that is met, and
    `may_be_resistant` says that one would be met if missing and partial dates were what suits best.
    """

    adsl: Row
    until: dt.date
    records: dict[str, list[Row]]
    params: Params
    settings: Eligibility
    resistance: Resistance | None
    may_be_resistant: bool

    def of(self, domain: str) -> list[Row]:
        return self.records.get(domain, [])

    def happened(self, domain: str) -> list[Row]:
        """The records of a domain less those that say a medicine, procedure or condition did not occur."""
        return [row for row in self.of(domain) if row.get(f"{domain}OCCUR") != "N"]

    def last(self, domain: str, testcds: Collection[str], wanted: Callable[[Row], bool] | None = None) -> Row | None:
        """The last record of a findings domain that has a result, on or before `until`; not of urine unless wanted."""
        found = [
            row
            for row in self.of(domain)
            if row.get(f"{domain}TESTCD") in testcds
            and _has_result(row, domain)
            and not_after(row.get(f"{domain}DTC"), self.until.isoformat())
            and (wanted(row) if wanted else not is_of_urine(row))
        ]
        return max(found, key=lambda row: str(row[f"{domain}DTC"]), default=None)


def _has_result(row: Row, domain: str) -> bool:
    return row.get(f"{domain}STRESC") is not None or row.get(f"{domain}STRESN") is not None


def is_of_urine(row: Row) -> bool:
    """Whether a record of LB is of urine, by its specimen, else its category."""
    return "URIN" in str(row.get("LBSPEC") or row.get("LBCAT") or "").upper()


def subjects(sdtm: Sdtm, adsl: pl.DataFrame, params: Params, settings: Eligibility) -> Iterable[Subject]:
    """Every patient of ADSL with the records that the rules read."""
    by_domain = {domain: by_subject(rows(sdtm, domain)) for domain in DOMAINS if domain in sdtm}
    left = disposition_events(sdtm, WHOLE_STUDY)
    resistance, possibly = resistances(sdtm, params), possibly_resistant(sdtm, params)
    for patient in adsl.sort("USUBJID").iter_rows(named=True):
        usubjid = patient["USUBJID"]
        ended = day_of(left[usubjid], "DS", "DSSTDTC") if usubjid in left else None
        yield Subject(
            adsl=patient,
            until=patient["ENRLDT"] or ended or params.cutoff,
            records={domain: found.get(usubjid, []) for domain, found in by_domain.items()},
            params=params,
            settings=settings,
            resistance=resistance.get(usubjid),
            may_be_resistant=usubjid in possibly,
        )


def at(row: Row, domain: str, variable: str, date: str | None = None) -> dict[str, Any]:
    """`source` and `date` of a finding that rests on this record; `date` names its --DTC variable."""
    when = date or f"{domain}DTC"
    return {"source": source_of(row, domain, variable), "date": day_of(row, domain, when)}


def number(row: Row, domain: str) -> float | None:
    """The numeric result of a record, or None where it is not a finite number."""
    value = row.get(f"{domain}STRESN")
    return value if value is not None and math.isfinite(value) else None


def converted(row: Row, domain: str, unit: str) -> float | None:
    """The numeric result of a record in a unit, or None where it cannot be converted."""
    value, times = number(row, domain), factor(row.get(f"{domain}STRESU"), unit, test=row[f"{domain}TESTCD"])
    return None if value is None or times is None else value * times


def upper_limit(row: Row) -> float | None:
    """The upper limit of normal of a laboratory result in LBSTRESU: LBSTNRHI, else LBORNRHI converted from LBORRESU."""
    given = row.get("LBSTNRHI")
    if given is None:
        times = factor(row.get("LBORRESU"), row.get("LBSTRESU"), test=row["LBTESTCD"])
        original = _as_number(row.get("LBORNRHI"))
        given = None if times is None or original is None else times * original
    return given if given is not None and math.isfinite(given) and given > 0 else None


def _as_number(text: object) -> float | None:
    try:
        return float(str(text))
    except ValueError:
        return None


def compared(value: float) -> float:
    """A number as it is compared with a limit: to 12 significant digits, so that 1.5 x 40.2 is 60.3."""
    return float(f"{value:.12g}")


def shown(row: Row, domain: str) -> str:
    """A result as recorded, with its unit."""
    value = number(row, domain)
    text = row.get(f"{domain}STRESC") if value is None else f"{value:g}"
    return in_unit(str(text), row.get(f"{domain}STRESU"))


def in_unit(number: str, unit: str | None) -> str:
    """A number and its unit, if any: 82 g/L, 64 x 10^9/L."""
    return f"{number} {'x ' if unit and unit.startswith('10^') else ''}{unit or ''}".strip()


def taken_at(row: Row, day: dt.date) -> bool:
    """Whether a medicine was being taken on a day: earliest possible start, latest possible end, no end is ongoing."""
    start, end = period_of(row, "CM", "CMSTDTC"), period_of(row, "CM", "CMENDTC")
    return (start.first is None or start.first <= day) and (end.last is None or end.last >= day)
