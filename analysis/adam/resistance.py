"""Secondary endocrine resistance from the records of prior therapy, as a table of named rules.

Months are calendar months: therapy from 1 January 2018 to 1 January 2020 lasted 24. A partial date never helps: a rule
is met only where it is met on every day that the date can mean.
"""

import calendar
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from analysis.adam.dates import Period
from analysis.adam.records import Row, Sdtm, Source, by_subject, period_of, rows, source_of
from analysis.params import Params

RELAPSE = "RELAPSE ON OR AFTER ADJUVANT THERAPY"
SALVAGE = "PROGRESSION ON SALVAGE THERAPY"


@dataclass(frozen=True)
class Resistance:
    """A type of resistance with the records behind it: the endocrine therapy, and the relapse or progression."""

    type: str
    therapy: Source
    event: Source


@dataclass(frozen=True)
class History:
    """One patient's prior endocrine therapies by setting, and the first record of relapse."""

    adjuvant: list[Row]
    advanced: list[Row]
    relapse: Row | None


def drug(row: Row) -> str:
    """The drug of a CM record in upper case: CMDECOD, else CMTRT."""
    return str(row.get("CMDECOD") or row.get("CMTRT") or "").strip().upper()


def prior_therapies(sdtm: Sdtm, params: Params) -> list[Row]:
    """The CM records of prior anticancer therapy."""
    return [row for row in rows(sdtm, "CM") if is_prior(row, params)]


def is_prior(row: Row, params: Params) -> bool:
    """Whether a CM record is of prior anticancer therapy that was given."""
    return row.get("CMCAT") in params.baseline.prior_categories and row.get("CMOCCUR") != "N"


def months_later(day: dt.date, months: int) -> dt.date:
    """The same day of a later month, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def resistances(sdtm: Sdtm, params: Params) -> dict[str, Resistance]:
    """Per patient the first rule of RULES that is met; nothing for one who meets none, or whose dates cannot say."""
    met = {usubjid: _first_met(history, params) for usubjid, history in _histories(sdtm, params).items()}
    return {usubjid: resistance for usubjid, resistance in met.items() if resistance is not None}


def possibly_resistant(sdtm: Sdtm, params: Params) -> set[str]:
    """Patients who would meet a rule if partial and missing dates and reasons, and a missing relapse, suited best."""
    histories = _histories(sdtm, params).items()
    return {usubjid for usubjid, history in histories if any(_first_met(h, params) for h in _at_best(history, params))}


def _histories(sdtm: Sdtm, params: Params) -> dict[str, History]:
    given = by_subject(prior_therapies(sdtm, params))
    relapses = by_subject(row for row in rows(sdtm, "MH") if _is_relapse(row, params))
    found = {}
    for usubjid, therapies in given.items():
        endocrine = [row for row in therapies if drug(row) in params.baseline.endocrine_therapy]
        dated = sorted(relapses.get(usubjid, []), key=lambda row: str(row.get("MHSTDTC") or "9999"))
        found[usubjid] = History(
            adjuvant=[row for row in endocrine if row.get("CMSCAT") in params.baseline.adjuvant_settings],
            advanced=[row for row in endocrine if row.get("CMSCAT") in params.baseline.advanced_settings],
            relapse=dated[0] if dated else None,
        )
    return found


def _first_met(history: History, params: Params) -> Resistance | None:
    met = (rule(history, params) for rule in RULES)
    return next((resistance for resistance in met if resistance is not None), None)


def _at_best(history: History, params: Params) -> list[History]:
    """The history with the longest therapies that its dates allow, and the relapse on the days that can suit best.

    A relapse within a period is best on its first day where the therapy ended before that, else on its last; one
    without a date on the day the adjuvant therapy ended.
    """
    reasons = params.baseline.resistance.progression_reasons
    adjuvant = [_at_longest(row, params) for row in history.adjuvant]
    advanced = [
        _at_longest(row, params) | {"CMRSDISC": row.get("CMRSDISC") or next(iter(reasons), None)}
        for row in history.advanced
    ]
    relapse = history.relapse or {"USUBJID": ""}
    when = period_of(relapse, "MH", "MHSTDTC")
    ends = [row.get("CMENDTC") or params.cutoff.isoformat() for row in adjuvant]
    days = [day.isoformat() for day in (when.first, when.last) if day is not None]
    days = days or [max(ends, default="")]
    return [History(adjuvant, advanced, relapse | {"MHSTDTC": day or None}) for day in days]


def _at_longest(row: Row, params: Params) -> Row:
    start, end = period_of(row, "CM", "CMSTDTC"), period_of(row, "CM", "CMENDTC")
    last = None if _is_ongoing(row) else (end.last or params.cutoff).isoformat()
    return row | {"CMSTDTC": (start.first or dt.date.min).isoformat(), "CMENDTC": last}


def _is_relapse(row: Row, params: Params) -> bool:
    term = params.baseline.resistance.relapse_mhdecod
    return term is not None and str(row.get("MHDECOD") or "").strip().upper() == term.strip().upper()


def _progression_on_salvage(history: History, params: Params) -> Resistance | None:
    """Endocrine therapy of advanced disease that lasted long enough and ended for progression; the last of several."""
    wanted = params.baseline.resistance
    for row in sorted(history.advanced, key=lambda r: str(r.get("CMENDTC") or ""), reverse=True):
        start, end = period_of(row, "CM", "CMSTDTC"), period_of(row, "CM", "CMENDTC")
        if row.get("CMRSDISC") in wanted.progression_reasons and _lasts(start, end.first, wanted.salvage_months):
            return Resistance(SALVAGE, source_of(row, "CM", "CMSTDTC"), source_of(row, "CM", "CMENDTC"))
    return None


def _relapse_after_adjuvant(history: History, params: Params) -> Resistance | None:
    """A relapse on adjuvant endocrine therapy that lasted long enough, or soon after its end.

    Several adjuvant therapies are one, from the first start to the last end.
    """
    wanted, relapse = params.baseline.resistance, history.relapse
    if relapse is None or not history.adjuvant:
        return None
    when = period_of(relapse, "MH", "MHSTDTC")
    starts = [period_of(row, "CM", "CMSTDTC") for row in history.adjuvant]
    start = min(starts, key=lambda p: p.last or dt.date.max)
    row = max(history.adjuvant, key=lambda r: (_is_ongoing(r), str(r.get("CMENDTC") or "")))
    end = when.first if _is_ongoing(row) else period_of(row, "CM", "CMENDTC").first
    if when.first is None or when.last is None or end is None:
        return None
    soon = _is_ongoing(row) or when.last <= months_later(end, wanted.after_adjuvant_months)
    if not soon or not _lasts(start, min(end, when.first), wanted.adjuvant_months):
        return None
    return Resistance(RELAPSE, source_of(row, "CM", "CMENDTC"), source_of(relapse, "MH", "MHSTDTC"))


def _is_ongoing(row: Row) -> bool:
    return row.get("CMENDTC") is None and "ONGOING" in (row.get("CMENRTPT"), row.get("CMENRF"))


def _lasts(start: Period, end: dt.date | None, months: int) -> bool:
    """Whether at least so many months lie between the latest possible start and an end."""
    return start.last is not None and end is not None and months_later(start.last, months) <= end


RULES: tuple[Callable[[History, Params], Resistance | None], ...] = (_progression_on_salvage, _relapse_after_adjuvant)
"""In this order, since the later therapy says more of the disease at entry; either makes a patient eligible."""
