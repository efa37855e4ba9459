"""Events of special interest (Table 14.3.1.13): groupings of params with grade, onset, duration, action, outcome."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from analysis.params import Params
from analysis.params_safety import SpecialInterest
from analysis.results import Result
from analysis.tlf import adverse_events as ae
from analysis.tlf import rows
from analysis.tlf.adverse_events import Count, Tally
from analysis.tlf.context import Context
from analysis.tlf.disposition import drug_key
from analysis.tlf.model import Cell, Column, Row, Table
from analysis.tlf.summaries import MISSING, Summary

TABLE = "t-14-3-1-13"

RESOLVED = ("RECOVERED/RESOLVED", "RECOVERED/RESOLVED WITH SEQUELAE")
OUTCOMES = {
    "RECOVERED/RESOLVED": "Resolved",
    "RECOVERED/RESOLVED WITH SEQUELAE": "Resolved with sequelae",
    "RECOVERING/RESOLVING": "Resolving",
    "NOT RECOVERED/NOT RESOLVED": "Not resolved",
    "FATAL": "Fatal",
    "UNKNOWN": "Unknown",
}
"""AEOUT -> text, in the order of print; another value is printed as it is."""

ACTIONS = (("ARED", "Dose reduced"), ("AINT", "Interrupted"), ("ADIS", "Discontinued"))
"""Beginning of the flags of any drug -> label."""

WORST_GRADE = "Worst grade"

STATISTICS = (
    ("onset", "First onset, day: median (Q1, Q3)", "{median} ({q1}, {q3})"),
    ("onset", "First onset, day: range", "{min} to {max}"),
    ("duration", "Duration of resolved events, days: median (Q1, Q3)", "{median} ({q1}, {q3})"),
)
"""Part of the names, label, and how its statistics are shown; left out where there is no value."""


def results(context: Context) -> list[Result]:
    """The counts and statistics of each grouping; of one without events only that there are none."""
    if TABLE not in context.catalogue:
        return []
    found = []
    for number, group in enumerate(context.params.adverse_events.special_interest, start=1):
        of_group = {**ae.EMERGENT, f"CQ{number:02}NAM": group.title}
        counts = _counts(context, number, group, of_group)
        counted = Tally(context, TABLE, counts, of_group).overall()
        if not counted[0].stat:
            counts, counted = counts[:1], counted[:3]
        own = [replace(r, group2="count", group2_level=counts[n // 3].span or None) for n, r in enumerate(counted)]
        if counted[0].stat:
            first = Summary.of(context, TABLE, "ADAE", {**ae.EMERGENT, f"AFST{number:02}FL": "Y"})
            own += first.statistics("ASTDY", "First onset, day", name=f"aesi.{group.name}.onset")
            over = Summary.of(context, TABLE, "ADAE", {**of_group, "AEOUT": RESOLVED})
            own += over.statistics("ADURN", "Duration of resolved events, days", name=f"aesi.{group.name}.duration")
        found += [replace(result, group1="special_interest", group1_level=group.title) for result in own]
    return found


def _counts(context: Context, number: int, group: SpecialInterest, of_group: Mapping[str, object]) -> list[Count]:
    """What is counted of a grouping; `span` is the heading of a line."""

    def count(key: str, label: str, only: Mapping[str, object], span: str = "") -> Count:
        return Count(label, only, name=f"aesi.{group.name}.{key}", span=span)

    worst = {f"AOCC{number:02}FL": "Y"}
    events = Summary.of(context, TABLE, "ADAE", of_group)
    ungraded = None in events.values("ATOXGRN", worst)
    outcomes = events.values("AEOUT")
    return [
        count("any", "Any event", {}),
        count("grade3", "Grade 3 or higher", ae.GRADE_3),
        count("serious", "Serious", ae.SERIOUS),
        count("related", "Related to any drug", ae.RELATED),
        *(
            count(f"related_{drug_key(drug)}", f"Related to {drug.name}", {f"AREL{place}FL": "Y"})
            for place, drug in enumerate(context.params.study.treatments, start=1)
        ),
        *(count(f"grade_{grade}", str(grade), {**worst, "ATOXGRN": grade}, WORST_GRADE) for grade in range(1, 6)),
        *([count("grade_missing", MISSING, {**worst, "ATOXGRN": None}, WORST_GRADE)] if ungraded else []),
        *(count(flag.lower(), label, {f"{flag}FL": "Y"}, "Action with any drug") for flag, label in ACTIONS),
        *(
            count(f"outcome_{rows.name_part(value)}", text, {"AEOUT": value}, "Outcome")
            for value, text in OUTCOMES.items()
            if value in outcomes
        ),
        *(
            Count(MISSING if value is None else value, {"AEOUT": value}, span="Outcome")
            for value in outcomes
            if value not in OUTCOMES
        ),
    ]


def table(context: Context, found: Sequence[Result]) -> Table:
    """Table 14.3.1.13 from its results."""
    body: list[Row] = []
    for title in dict.fromkeys(result.group1_level for result in found):
        own = [result for result in found if result.group1_level == title]
        body += [rows.group(title or ""), *_count_rows([r for r in own if r.group2 == "count"]), *_statistic_rows(own)]
    columns = (
        Column("", 0.5),
        Column(f"{context.arm(TABLE)}\nPatients, n (%)", 0.32, "decimal"),
        Column("Events", 0.18, "decimal"),
    )
    notes = (*methods(context.params), *terms_say(context))
    return context.table(TABLE, columns, body, datasets=("ADAE", "ADSL"), methods=notes)


def _count_rows(counts: Sequence[Result]) -> list[Row]:
    """A row for each three results: patients, their share, events; a worst grade is the patient's, not of events."""
    found = []
    for patients, share, events in zip(counts[::3], counts[1::3], counts[2::3], strict=True):
        heading = patients.group2_level
        label = f"{heading}: {patients.variable.lower()}" if heading else patients.variable
        number = Cell() if heading == WORST_GRADE else Cell(events.stat_fmt, result=events.name)
        found.append(Row.of(label, rows.share_text((patients, share)), number, indent=1))
    return found


def _statistic_rows(own: Sequence[Result]) -> list[Row]:
    """The rows of STATISTICS that have values: their number stands where the other rows have events."""
    found = []
    for name, label, form in STATISTICS:
        of = {r.stat_name: r for r in own if r.group2 != "count" and (r.name or "").split(".")[-2] == name}
        if of and of["n"].stat:
            numbers = {stat: result.stat_fmt for stat, result in of.items()}
            cell = Cell(form.format(**numbers), result=of["median"].name)
            found.append(Row.of(label, cell, Cell(numbers["n"], result=of["n"].name), indent=1))
    return found


def methods(params: Params) -> tuple[str, ...]:
    """How the table counts, as footnotes."""
    return (
        ae.period_says(params),
        "A patient counts once in a row; percentages are of the patients of the set.",
        "First onset: study day of the patient's first event that started on or after the first dose, which is day 1. "
        "Duration: both days included, of events that resolved and have both dates; in the last column the "
        "number of patients or events behind them. Quartiles by averaging where the distribution jumps.",
        ae.GRADE_SAYS,
        ae.RELATED_SAYS,
    )


def terms_say(context: Context) -> tuple[str, ...]:
    """The terms of each grouping that occurred, as a footnote; none where no event occurred."""
    events = Summary.of(context, TABLE, "ADAE", ae.EMERGENT)
    found = []
    for number, group in enumerate(context.params.adverse_events.special_interest, start=1):
        terms = events.values(ae.TERM, {f"CQ{number:02}NAM": group.title})
        found += [f"{group.title}: {', '.join(terms)}"] if terms else []
    return (f"Terms that occurred. {'; '.join(found)}.",) if found else ()
