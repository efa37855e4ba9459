"""The second route's counts of adverse events: the overview, the tables by class and term, and the adjusted rates."""

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import pandas as pd
from statsmodels.stats.rates import confint_poisson

from analysis.params import Params
from analysis.qc.adverse_events import ACTIONS
from analysis.qc.period import Treated, key

NOT_CODED = "Not coded"
DAYS_IN_100_YEARS = 36525

Row = tuple[str | None, str | None, str, str]
"""Class, term (None in the rows of all, a table of terms alone has them first), the count's label, the statistic."""
Numbers = dict[Row, list[float]]

Counts = tuple[tuple[str, Mapping[str, str]], ...]

ANY = {"TRTEMFL": "Y"}
LEVELS: tuple[tuple[str, ...], ...] = ((), ("AEBODSYS",), ("AEBODSYS", "AEDECOD"))


class Layout(NamedTuple):
    """A table by class and term: the flags of its events, its counts (labels with flags), `worst`: by worst grade.

    Two counts may have one label, as those of two drugs: their numbers are compared together.
    """

    title: str
    only: Mapping[str, str]
    counts: Counts
    levels: tuple[tuple[str, ...], ...] = LEVELS
    worst: bool = False


def layouts(params: Params) -> dict[str, Layout]:
    """The tables by id."""
    grades: Counts = (("Any grade", {}), ("Grade 3 or higher", {"AGR3FL": "Y"}))
    found = {
        "t-14-3-1-2": Layout("Events by class and term", ANY, grades),
        "t-14-3-1-3": Layout("Events by worst grade", ANY, (("Any grade", {}),), worst=True),
        "t-14-3-1-4": Layout("Frequent events", ANY, grades, ((), ("AEDECOD",))),
        "t-14-3-1-5": Layout("Events related to any drug", ANY | {"ARELFL": "Y"}, grades),
        "t-14-3-1-9": Layout("Serious events", ANY | {"ASERFL": "Y"}, _and_related("Serious")),
        "t-14-3-1-10": Layout("Fatal events", ANY | {"AFATFL": "Y"}, _and_related("Fatal")),
        "t-14-3-1-12": Layout("Events from enrolment", {"REGTEMFL": "Y"}, grades),
    }
    drugs = zip(("t-14-3-1-6", "t-14-3-1-7"), enumerate(params.study.treatments, start=1), strict=False)
    for output, (number, drug) in drugs:
        found[output] = Layout(f"Events related to {drug.name}", ANY | {f"AREL{number}FL": "Y"}, grades)
    actions = {"ARED": "Reduced", "AINT": "Interrupted", "ADIS": "Discontinued"}
    taken: list[tuple[str, Mapping[str, str]]] = [("Any of these", {})]
    for number, _ in enumerate(params.study.treatments, start=1):
        taken += [(label, {f"{flag}{number}FL": "Y"}) for flag, label in actions.items()]
    found["t-14-3-1-8"] = Layout("Events that changed or stopped a drug", ANY | {"AACTFL": "Y"}, tuple(taken))
    return found


def _and_related(label: str) -> Counts:
    return ((label, {}), (f"{label} and related", {"ARELFL": "Y"}))


def with_any_drug(events: pd.DataFrame, params: Params) -> pd.DataFrame:
    """The events with the flags of any drug, and of any action with it."""
    numbers = range(1, len(params.study.treatments) + 1)
    anyhow = {
        f"{n}FL": (events[[f"{n}{number}FL" for number in numbers]] == "Y").any(axis=1) for n in ("AREL", *ACTIONS)
    }
    acted = pd.DataFrame({name: anyhow[f"{name}FL"] for name in ACTIONS}, index=events.index).any(axis=1)
    both = anyhow | {"AACTFL": acted}
    return events.assign(**{name: found.map({True: "Y", False: "N"}) for name, found in both.items()})


def select(events: pd.DataFrame, only: Mapping[str, str]) -> pd.DataFrame:
    """The events with these flags."""
    for name, value in only.items():
        events = events[events[name] == value]
    return events


def overview(events: pd.DataFrame, params: Params) -> dict[str, float]:
    """Patients and events of each kind by the names of the results."""
    serious, related = {"ASERFL": "Y"}, {"ARELFL": "Y"}
    kinds: dict[str, Mapping[str, str]] = {"any": {}, "special_interest": {"AESIFL": "Y"}, "related": related}
    for name, only in (("grade3", {"AGR3FL": "Y"}), ("serious", serious), ("fatal", {"AFATFL": "Y"})):
        kinds |= {name: only, f"{name}_related": only | related}
    for name, flag in (
        ("related", "AREL"),
        ("reduction", "ARED"),
        ("interruption", "AINT"),
        ("discontinuation", "ADIS"),
    ):
        kinds[name] = {f"{flag}FL": "Y"}
        for number, drug in enumerate(params.study.treatments, start=1):
            kinds[f"{name}_{key(drug)}"] = {f"{flag}{number}FL": "Y"}
    emergent = select(events, ANY)
    of = {name: select(emergent, only) for name, only in kinds.items()}
    of["grade_missing"] = emergent[emergent["GRADE"].isna()]
    values: dict[str, float] = {}
    for name, rows in of.items():
        values |= {f"teae.{name}": rows["USUBJID"].nunique(), f"teae.{name}_events": len(rows)}
    return values


def special_interest(events: pd.DataFrame, params: Params) -> dict[str, dict[str, float]]:
    """Per grouping, by its title, the patients and events of each kind by the names of the results."""
    kinds = {"any": {}, "grade3": {"AGR3FL": "Y"}, "serious": {"ASERFL": "Y"}, "related": {"ARELFL": "Y"}}
    for number, drug in enumerate(params.study.treatments, start=1):
        kinds[f"related_{key(drug)}"] = {f"AREL{number}FL": "Y"}
    kinds |= {flag.lower(): {f"{flag}FL": "Y"} for flag in ACTIONS}
    tables = {}
    for group in params.adverse_events.special_interest:
        terms = {term.upper() for term in group.terms}
        rows = select(events, ANY)
        rows = rows[rows["AEDECOD"].astype(str).str.upper().isin(terms)]
        numbers: dict[str, float] = {}
        for kind, only in kinds.items() if len(rows) else [("any", {})]:
            part = select(rows, only)
            numbers |= {kind: part["USUBJID"].nunique(), f"{kind}_events": len(part)}
        worst = rows.groupby("USUBJID")["GRADE"].max()
        if len(rows):
            numbers |= {f"grade_{grade}": int((worst == grade).sum()) for grade in range(1, 6)}
        tables[group.title] = {f"aesi.{group.name}.{name}": number for name, number in numbers.items()}
    return tables


def table(events: pd.DataFrame, layout: Layout, size: int, at_least_percent: float) -> Numbers:
    """Every number of one table; `size` is that of the safety set.

    A table of terms alone leaves out those that fewer than this percentage of the patients have.
    """
    chosen = select(events, layout.only)
    numbers: Numbers = {}
    for level in layout.levels:
        for keys, rows in groups(chosen, level):
            rare = 100 * rows["USUBJID"].nunique() < at_least_percent * size
            if level == ("AEDECOD",) and rare:
                continue
            counted = [(label, select(rows, only)) for label, only in layout.counts]
            parts = [(label, part["USUBJID"].nunique(), len(part)) for label, part in counted]
            if layout.worst:
                worst = rows.groupby("USUBJID")["GRADE"].max()
                found = {f"Grade {grade}": int((worst == grade).sum()) for grade in range(1, 6)}
                found["Missing"] = int(worst.isna().sum())
                parts += [(label, patients, patients) for label, patients in found.items()]
            for label, patients, records in parts:
                for stat, value in (("n", patients), ("p", patients / size if size else math.nan), ("events", records)):
                    numbers.setdefault((*keys, label, stat), []).append(value)
    return numbers


def groups(
    events: pd.DataFrame, level: tuple[str, ...]
) -> Iterator[tuple[tuple[str | None, str | None], pd.DataFrame]]:
    """The rows of a table with their events: class and term as printed, or all events where there is no level."""
    if not level:
        yield (None, None), events
        return
    for values, rows in events.groupby(list(level), dropna=False):
        shown = [NOT_CODED if pd.isna(value) else str(value) for value in values]
        yield (shown[0], shown[1] if len(shown) > 1 else None), rows


def rates(events: pd.DataFrame, patients: Mapping[str, Treated], conf_level: float) -> tuple[dict[str, float], Numbers]:
    """Exposure-adjusted rates per 100 patient-years: of any event by the names of the results, and of every row."""
    whole = pd.Series({name: (p.until - p.first).days + 1 for name, p in patients.items()}, dtype=float)
    emergent = select(events, ANY)
    numbers: Numbers = {}
    for level in ((), ("AEDECOD",)):
        for keys, rows in groups(emergent, level):
            onset = rows.groupby("USUBJID")["ONSET"].min()
            days = float(whole.drop(onset.index).sum()) + float(onset.sum())
            for stat, value in rate(len(onset), days / DAYS_IN_100_YEARS, conf_level).items():
                numbers.setdefault((*keys, "Patients with an event", stat), []).append(value)
    named = {
        f"teae.{stat}": values[0] for (first, *_, stat), values in numbers.items() if first is None and stat != "n"
    }
    return named, numbers


def rate(patients: int, time: float, conf_level: float) -> dict[str, float]:
    """Patients with an event, the time at risk in years, and the rate with exact limits; `time` is in 100 years."""
    if time <= 0:
        found = (math.nan, math.nan, math.nan)
    else:
        found = (patients / time, *confint_poisson(patients, time, method="exact-c", alpha=1 - conf_level))
    named = dict(zip(("rate", "rate_lower", "rate_upper"), map(float, found), strict=True))
    return {"n": patients, "patient_years": 100 * time} | named
