"""Figures of adverse events: frequent terms by grade and relatedness, and the leading ones over time."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from analysis.params import Params
from analysis.report.grammar import listed
from analysis.results import Result, where
from analysis.tlf import adverse_events as ae
from analysis.tlf.adverse_events import Count, Tally
from analysis.tlf.ae_dot_figure import Dots, dot_figure
from analysis.tlf.context import Context
from analysis.tlf.model import Figure
from analysis.tlf.prevalence_figure import Prevalence, prevalence_figure
from analysis.tlf.style import drawings, empty_figure

DOTS, PREVALENCE = "f-14-3-1-1", "f-14-3-1-2"
LEADING = 6  # terms whose prevalence is drawn
LEAST_OBSERVED = 0.1  # share of the patients who are still observed in the last week drawn


GRADES = (Count("Any grade"), Count("Grade 3 or higher", ae.GRADE_3))


def counts(params: Params) -> list[Count]:
    """What the dots of a term are: by grade, and by the drug that the event was related to."""
    drugs = enumerate(params.study.treatments, start=1)
    return [*GRADES, *(Count(f"Related to {drug.name}", {f"AREL{number}FL": "Y"}) for number, drug in drugs)]


def results(context: Context) -> list[Result]:
    """Patients with each frequent term, by grade and by relatedness."""
    if DOTS not in context.catalogue:
        return []
    return Tally(context, DOTS, counts(context.params), ae.EMERGENT).by_term(
        context.params.adverse_events.frequent_percent
    )


def dots(context: Context, found: Sequence[Result]) -> Figure:
    """Figure 14.3.1.1 from its results."""
    kinds = counts(context.params)
    size = 3 * len(kinds)
    terms = [
        Dots(own[0].group1_level or "", tuple(100 * float(share.stat or 0) for share in own[1::3]))
        for own in (found[start : start + size] for start in range(0, len(found), size))
    ]
    labels = [count.label for count in kinds]
    percent = context.params.adverse_events.frequent_percent
    drugs = [drug.name.capitalize() for drug in context.params.study.treatments]
    figure = dot_figure(terms, labels[: len(GRADES)], drugs) if terms else empty_figure("No term was that frequent")
    said = [
        f"{term.label}: {', '.join(f'{name.lower()} {n:.1f}%' for name, n in zip(labels, term.shares, strict=True))}"
        for term in terms
    ]
    methods = (
        ae.period_says(context.params),
        f"Terms that at least {percent:g}% of the patients had, by frequency. A patient counts once in a dot.",
        ae.GRADE_SAYS,
        ae.RELATED_SAYS,
    )
    return context.figure(
        DOTS,
        drawings(figure),
        alt=f"Dot plot of the share of patients with each of {len(terms)} adverse event terms. {'; '.join(said)}.",
        data=[{"term": t.label, **dict(zip(labels, t.shares, strict=True))} for t in terms],
        datasets=("ADAE", "ADSL"),
        methods=methods,
    )


def leading_terms(context: Context) -> list[str]:
    """The most frequent terms, as the tables sort them."""
    tally = Tally(context, PREVALENCE, (Count("Any grade"),), ae.EMERGENT)
    return [str(term) for (term,), _ in tally.lines((ae.TERM,)) if term is not None][:LEADING]


def prevalence_data(context: Context) -> tuple[list[int], list[Prevalence]]:
    """Per week from the first dose the patients observed, and of each leading term those who had the event in it.

    A patient is observed in the weeks that begin on or before the end of the treatment-emergent period. An event counts
    in the weeks from its start (the first dose where it is older and worsened) to its end; without an end, to the end
    of the period, unless it is recorded as resolved: then in the week of its start alone.
    """
    population = Tally(context, PREVALENCE, (), {}).population
    patients = context.adam["ADSL"].filter(pl.sql_expr(where(population)))
    ends = dict(patients.select("USUBJID", (pl.col("TEENDT") - pl.col("TRTSDT")).dt.total_days()).iter_rows())
    observed = _weekly([(name, 0, last) for name, last in ends.items()])
    keep = sum(number >= LEAST_OBSERVED * len(ends) for number in observed)
    events = context.adam["ADAE"].filter(pl.sql_expr(where({**population, **ae.EMERGENT})))
    events = events.filter(pl.col("ASTDY").is_not_null())
    found = []
    for term in leading_terms(context):
        spans: dict[str, list[tuple[str, int, int]]] = {"any": [], "grade3": []}
        for row in events.filter(pl.col(ae.TERM) == term).iter_rows(named=True):
            span = _span(row, ends[row["USUBJID"]])
            for kind in ("any", "grade3") if row["AGR3FL"] == "Y" else ("any",):
                spans[kind].append(span)
        numbers = {kind: (_weekly(own) + [0] * keep)[:keep] for kind, own in spans.items()}
        found.append(Prevalence(term, numbers["any"], numbers["grade3"]))
    return observed[:keep], found


def _span(row: dict[str, Any], end: int) -> tuple[str, int, int]:
    """An event's first and last day inside the period of observation, elapsed days from the first dose."""
    start = max(row["ASTDY"] - 1, 0)
    last = end
    if row["AENDY"] is not None:
        last = min(row["AENDY"] - 1, end)
    elif str(row["AEOUT"]).startswith("RECOVERED/RESOLVED"):
        last = start
    return row["USUBJID"], start, last


def _weekly(spans: Sequence[tuple[str, int, int]]) -> list[int]:
    """Patients with a day of theirs in each week."""
    weeks: dict[int, set[str]] = {}
    for name, first, last in spans:
        for week in range(first // 7, last // 7 + 1):
            weeks.setdefault(week, set()).add(name)
    return [len(weeks.get(week, ())) for week in range(max(weeks, default=-1) + 1)]


def prevalence(context: Context) -> Figure:
    """Figure 14.3.1.2: the share of the patients observed who had each leading event, week by week."""
    observed, terms = prevalence_data(context)
    figure = prevalence_figure(observed, terms) if terms else empty_figure("No adverse events")
    peaks = [
        f"{t.term}, at most {max(100 * n / of for n, of in zip(t.any_grade, observed, strict=True)):.1f}%"
        for t in terms
    ]
    alt = f"Prevalence of {listed([t.term for t in terms])} by week from the first dose. {'; '.join(peaks)}."
    methods = (
        ae.period_says(context.params),
        "Of the patients whose treatment-emergent period reached a week, the share who had the event on any day of it; "
        "numbers observed stand under the axis. An event without an end goes on to the end of the period, unless it "
        "resolved at an unknown date; one without a start is left out. Terms that most patients had; the axis ends "
        f"where fewer than {100 * LEAST_OBSERVED:g}% of the patients were observed.",
    )
    data = {"observed": observed, "terms": [{"term": t.term, "any": t.any_grade, "grade3": t.grade_3} for t in terms]}
    return context.figure(PREVALENCE, drawings(figure), alt=alt, data=data, datasets=("ADAE", "ADSL"), methods=methods)
