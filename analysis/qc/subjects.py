"""The second route's subjects, dates and censoring, derived anew from SDTM with pandas.

Nothing here comes from analysis.adam: the two are written apart from the same analysis plan, so that a mistake in
one of them shows as a difference.
"""

import calendar
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
import polars as pl

from analysis.params import Params

ADEQUATE = ("CR", "PR", "SD", "NON-CR/NON-PD", "PD")
UNEQUIVOCAL = ("UNEQUIVOCAL PROGRESSION", "UNEQUIVOCAL INCREASE")
WORST_LAST = ("NE", "CR", "PR", "SD", "NON-CR/NON-PD", "PD")


class Trial:
    """The SDTM domains of one cut as pandas frames; an absent domain or variable is empty."""

    def __init__(self, sdtm: dict[str, pl.DataFrame], params: Params) -> None:
        self.params = params
        self._domains = {name: frame.to_pandas() for name, frame in sdtm.items()}

    def has(self, domain: str) -> bool:
        return domain in self._domains

    def of(self, domain: str, usubjid: str) -> pd.DataFrame:
        """The records of one subject."""
        frame = self._domains.get(domain)
        return pd.DataFrame() if frame is None else frame[frame["USUBJID"] == usubjid]

    def enrolled(self) -> dict[str, dt.date]:
        """Enrolled subjects and their day of enrolment."""
        ds, dm = self._domains["DS"], self._domains["DM"]
        rows = ds[ds["DSDECOD"] == self.params.subjects.enrolment_dsdecod]
        rows = rows[rows["DSCAT"] == "PROTOCOL MILESTONE"]
        if self.params.subjects.arms != "all":
            rows = rows[rows["USUBJID"].isin(dm[dm["ARM"].isin(self.params.subjects.arms)]["USUBJID"])]
        found: dict[str, dt.date] = {}
        for usubjid, text in zip(rows["USUBJID"], rows["DSSTDTC"], strict=True):
            day = full(text)
            if day and (usubjid not in found or day < found[usubjid]):
                found[usubjid] = day
        return dict(sorted(found.items()))


def column(frame: pd.DataFrame, name: str) -> list[object]:
    """A variable's values, None where missing or where the variable is absent."""
    if name not in frame.columns:
        return [None] * len(frame)
    return [None if pd.isna(value) else value for value in frame[name]]


def full(text: object) -> dt.date | None:
    """A complete ISO 8601 date; a partial or missing one is None."""
    return dt.date.fromisoformat(text[:10]) if isinstance(text, str) and len(text) >= 10 else None


def period(text: object) -> tuple[dt.date, dt.date] | None:
    """First and last day that a possibly partial date may mean."""
    if not isinstance(text, str) or not text[:4].isdigit():
        return None
    year = int(text[:4])
    if len(text) >= 10:
        day = dt.date.fromisoformat(text[:10])
        return day, day
    if len(text) >= 7 and text[5:7].isdigit():
        month = int(text[5:7])
        return dt.date(year, month, 1), dt.date(year, month, calendar.monthrange(year, month)[1])
    return dt.date(year, 1, 1), dt.date(year, 12, 31)


def doses(trial: Trial, usubjid: str) -> list[tuple[dt.date, dt.date]]:
    """First and last day of every record of study drug that was given."""
    ex = trial.of("EX", usubjid)
    drugs = [treatment.extrt.upper() for treatment in trial.params.study.treatments]
    given = []
    for start, end, dose, drug in zip(*(column(ex, n) for n in ("EXSTDTC", "EXENDTC", "EXDOSE", "EXTRT")), strict=True):
        first, name = full(start), str(drug).upper()
        taken = "PLACEBO" in name or (name in drugs and (dose is None or float(str(dose)) > 0))
        if first and taken:
            given.append((first, full(end) or first))
    return given


def alive_days(trial: Trial, usubjid: str) -> Iterator[dt.date]:
    """Every complete date on which the subject is known to be alive."""
    cutoff = trial.params.cutoff
    ss = trial.of("SS", usubjid)
    for text, status in zip(column(ss, "SSDTC"), column(ss, "SSSTRESC"), strict=True):
        day = full(text)
        if day and status == "ALIVE":
            yield day
    starts = {"SV": ("SVSTDTC", "SVENDTC"), "LB": ("LBDTC",), "RS": ("RSDTC",), "TR": ("TRDTC",), "TU": ("TUDTC",),
              "AE": ("AESTDTC",), "CM": ("CMSTDTC",)}  # fmt: skip
    for domain, names in starts.items():
        frame = trial.of(domain, usubjid)
        for name in names:
            for text in column(frame, name):
                day = full(text)
                if day and not (name.endswith("ENDTC") and day >= cutoff):
                    yield day
    for first, last in doses(trial, usubjid):
        yield first
        if last < cutoff:  # on the cut-off itself the end may be the cut-off's own doing
            yield last


@dataclass(frozen=True)
class Life:
    """When a subject died, if so, and was last known alive; `death` is None where its month is missing."""

    last_alive: dt.date
    death: dt.date | None


def life(trial: Trial, usubjid: str, start: dt.date) -> Life:
    """Death with the plan's imputation, and the last day known alive (not before the start)."""
    row = trial.of("DM", usubjid).iloc[0]
    text = row.get("DTHDTC")
    recorded = period(text)
    days = [day for day in alive_days(trial, usubjid) if day <= trial.params.cutoff]
    if recorded and recorded[0] == recorded[1]:
        days = [day for day in days if day <= recorded[0]]
    last = max([start, *days])
    if recorded is None or len(str(text)) < 7:
        return Life(last, None)
    first, end = recorded
    return Life(last, first if first == end else min(max(first, last + dt.timedelta(1)), end, trial.params.cutoff))


def new_therapy(trial: Trial, usubjid: str, start: dt.date) -> dt.date | None:
    """First day of new anticancer therapy after the start."""
    rules = trial.params.pfs.new_therapy
    last_dose = max((last for _, last in doses(trial, usubjid)), default=None)
    texts: list[object] = []
    cm = trial.of("CM", usubjid)
    texts += [t for t, c in zip(column(cm, "CMSTDTC"), column(cm, "CMCAT"), strict=True) if c in rules.cm_categories]
    pr = trial.of("PR", usubjid)
    tu = trial.of("TU", usubjid)
    places = {str(p).upper() for p in column(tu, "TULOC") if p is not None}
    links = {link for link in column(tu, "TULNKID") if link is not None}
    for text, cat, link, loc in zip(*(column(pr, n) for n in ("PRSTDTC", "PRCAT", "PRLNKID", "PRLOC")), strict=True):
        to_lesion = link in links or (loc is not None and str(loc).upper() in places)
        if cat in rules.surgery_categories or (cat in rules.radiotherapy_categories and to_lesion):
            texts.append(text)
    found = [day for text in texts if (day := therapy_day(text, start, last_dose, trial.params.cutoff))]
    return min(found, default=None)


def therapy_day(text: object, start: dt.date, last_dose: dt.date | None, cutoff: dt.date) -> dt.date | None:
    """The day a therapy counts from; None where it began by the start or cannot be placed."""
    recorded = period(text)
    month_known = isinstance(text, str) and len(text) >= 7
    if recorded and recorded[0] == recorded[1]:
        day = recorded[0]
    elif recorded and month_known:
        day = max(recorded[0], last_dose) if last_dose else recorded[0]
        if not last_dose and recorded[0] <= start <= recorded[1]:
            return None
    else:
        if last_dose is None:
            return None
        day = last_dose + dt.timedelta(1)
        if recorded:
            day = max(day, recorded[0])
    if recorded:
        day = min(day, recorded[1])
    day = min(day, cutoff) if not recorded or recorded[0] != recorded[1] else day
    return day if day > start else None


@dataclass(frozen=True)
class Reading:
    """One visit's overall response: when it was read, when it was planned (None where unscheduled)."""

    day: dt.date
    response: str
    planned: dt.date | None

    @property
    def adequate(self) -> bool:
        return self.response in ADEQUATE


def readings(trial: Trial, usubjid: str, start: dt.date, enrolled: dt.date) -> list[Reading]:
    """The post-baseline readings in order of their days; of several on one day the worst, NE only where alone."""
    rules = trial.params.response
    rs = trial.of("RS", usubjid)
    for name, wanted in (("RSCAT", rules.rs_category), ("RSEVAL", rules.reader.upper())):
        if name in rs.columns and len(rs):
            rs = rs[rs[name].astype("string").str.upper() == wanted.upper()]
    if not len(rs):
        return []
    overall = rs[rs["RSTESTCD"] == rules.rs_testcd]
    best: dict[dt.date, Reading] = {}
    names = ("RSDTC", "RSSTRESC", "VISITNUM", "VISITDY")
    for text, response, visitnum, visitdy in zip(*(column(overall, n) for n in names), strict=True):
        if response not in WORST_LAST:
            continue
        days = [full(text)]
        if response == "PD":
            days += progression_days(trial, usubjid, rs, visitnum)
        elif days == [None]:
            days = [max(scan_days(trial, usubjid, visitnum), default=None)]
        known = [d for d in days if d and d > start]
        if not known:
            continue
        reading = Reading(
            min(known), str(response), planned_day(trial, visitdy, enrolled, min(known), "VISITDY" in rs.columns)
        )
        old = best.get(reading.day)
        if old is None or WORST_LAST.index(reading.response) > WORST_LAST.index(old.response):
            best[reading.day] = reading
    return [best[day] for day in sorted(best)]


def progression_days(trial: Trial, usubjid: str, rs: pd.DataFrame, visitnum: object) -> Iterator[dt.date | None]:
    """Days on which a visit shows its progression: a response of PD, the last target measured, a new lesion."""
    same = rs[(rs["VISITNUM"] == visitnum) & (rs["RSSTRESC"] == "PD")]
    yield from (full(text) for text in column(same, "RSDTC"))
    if "TRGRESP" in column(same, "RSTESTCD"):
        yield max(scan_days(trial, usubjid, visitnum, ("TR",), "TRGRPID", ("TARGET",)), default=None)
    yield from scan_days(trial, usubjid, visitnum, ("TR",), "TRGRPID", ("NEW",))
    yield from scan_days(trial, usubjid, visitnum, ("TU",), "TUSTRESC", ("NEW",))
    yield from scan_days(trial, usubjid, visitnum, ("TR",), "TRSTRESC", UNEQUIVOCAL)


def scan_days(
    trial: Trial,
    usubjid: str,
    visitnum: object,
    domains: tuple[str, ...] = ("TR", "TU"),
    variable: str | None = None,
    wanted: tuple[str, ...] = (),
) -> Iterator[dt.date]:
    """Days of the reader's lesion records of a visit, all or those whose variable has a wanted value."""
    reader = trial.params.response.reader.upper()
    for domain in domains:
        frame = trial.of(domain, usubjid)
        names = (f"{domain}DTC", "VISITNUM", f"{domain}EVAL", variable or "VISITNUM")
        for text, number, who, value in zip(*(column(frame, n) for n in names), strict=True):
            day = full(text)
            if day and number == visitnum and who in (None, reader) and (variable is None or value in wanted):
                yield day


def planned_day(trial: Trial, visitdy: object, enrolled: dt.date, day: dt.date, recorded: bool) -> dt.date | None:
    """The scheduled day: from the planned study day, or, where data have none, the schedule's day within its window."""
    if visitdy is not None:
        return enrolled + dt.timedelta(int(float(str(visitdy))) - 1)
    if recorded:
        return None
    every, window = trial.params.schedule.scan_interval_days, trial.params.schedule.scan_window_days
    nearest = enrolled + dt.timedelta(round((day - enrolled).days / every) * every)
    return nearest if nearest > enrolled and abs((day - nearest).days) <= window else None


def next_planned(trial: Trial, enrolled: dt.date, day: dt.date) -> dt.date:
    """The first scheduled day on or after a day."""
    every = trial.params.schedule.scan_interval_days
    return enrolled + dt.timedelta(max(1, -(-(day - enrolled).days // every)) * every)


def has_baseline(trial: Trial, usubjid: str, enrolled: dt.date) -> bool:
    """Whether a lesion was read by the first dose (by enrolment where never dosed); unknown without TU and TR."""
    if not trial.has("TU") and not trial.has("TR"):
        return True
    limit = min((first for first, _ in doses(trial, usubjid)), default=enrolled)
    days = [full(t) for d in ("TU", "TR") for t in column(trial.of(d, usubjid), f"{d}DTC")]
    return any(day and day <= limit for day in days)
