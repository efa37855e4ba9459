"""Figures of adverse events: frequent terms by grade and relatedness, and the leading ones over time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from analysis.params import Params
from analysis.report.grammar import listed
from analysis.results import AtLeast, AtMost, Result, rounded, where
from analysis.tlf import adverse_events as ae
from analysis.tlf.adverse_events import Count, Tally
from analysis.tlf.ae_dot_figure import Dots, dot_figure
from analysis.tlf.context import Context
from analysis.tlf.model import Figure
from analysis.tlf.prevalence_figure import Prevalence, prevalence_figure
from analysis.tlf.rows import name_parts
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


def prevalence_results(context: Context) -> list[Result]:
    """Per week the patients observed, and of each leading term those who had the event in it and their share of those.

    Weeks count from the first dose, the first is 0; those of an event run from PRVSWK to PRVEWK. A patient is observed
    in the weeks that begin on or before the end of the treatment-emergent period (TEENWK). The last week is the last
    one in which LEAST_OBSERVED of the patients are.
    """
    if PREVALENCE not in context.catalogue:
        return []
    population = Tally(context, PREVALENCE, (), {}).population
    patients = context.selected("ADSL", where(population), "TEENWK")
    last_weeks = np.bincount(patients["TEENWK"].drop_nulls().to_numpy())
    in_week = np.cumsum(last_weeks[::-1])[::-1].tolist()  # those whose last week is this one or a later one
    observed = [number for number in in_week if number >= LEAST_OBSERVED * patients.height]
    found = [
        context.counted(
            PREVALENCE,
            "ADSL",
            where({**population, "TEENWK": AtLeast(week)}),
            name=f"prevalence.observed.week_{week}",
            label="Patients observed",
            variable="TEENWK",
            variable_level=f"Week {week}",
        )
        for week in range(len(observed))
    ]
    terms = leading_terms(context)
    for term, part in zip(terms, name_parts(terms), strict=True):
        for count, key in zip(GRADES, ("any", "grade3"), strict=True):
            found += _weekly(context, f"prevalence.{part}.{key}", {**population, ae.TERM: term}, count, observed)
    return found


def _weekly(
    context: Context, name: str, of: Mapping[str, object], count: Count, observed: Sequence[int]
) -> Iterator[Result]:
    """Patients with an event of a term in each week, and their share of the patients observed in it."""
    only = {**of, **ae.EMERGENT, **count.only}
    weeks = patients_in_weeks(context.selected("ADAE", where(only), "PRVSWK", "PRVEWK"), len(observed))
    population = {key: value for key, value in of.items() if key != ae.TERM}
    for week, (size, n) in enumerate(zip(observed, weeks, strict=True)):
        result = Result(
            name=f"{name}.week_{week}",
            output=PREVALENCE,
            group1="term",
            group1_level=str(of[ae.TERM]),
            variable=count.label,
            variable_level=f"Week {week}",
            stat_name="n",
            stat_label="Patients",
            stat=n,
            stat_fmt=str(n),
            population=context.catalogue[PREVALENCE].population,
            dataset="ADAE",
            where=where({**only, "PRVSWK": AtMost(week), "PRVEWK": AtLeast(week)}),
            method="number of patients",
        )
        yield result
        yield replace(
            result,
            name=f"{result.name}_pct",
            stat_name="p",
            stat_label="Patients, %",
            stat=n / size,
            stat_fmt=rounded(100 * n / size, 1),
            denominator_dataset="ADSL",
            denominator_where=where({**population, "TEENWK": AtLeast(week)}),
            method="proportion of patients",
        )


def patients_in_weeks(spans: pl.DataFrame, weeks: int) -> list[int]:
    """Of each week from 0, the number of patients with one or more spans over it; spans without weeks do not count.

    `spans`: USUBJID, PRVSWK and PRVEWK (first and last week, 0 or more). Of each span only the weeks count that no
    earlier one of the patient reached.
    """
    reached = pl.col("PRVEWK").cum_max().shift(1).over("USUBJID").fill_null(-1)
    own = (
        spans.drop_nulls("PRVSWK")
        .sort("USUBJID", "PRVSWK")
        .select(pl.max_horizontal("PRVSWK", reached + 1).alias("first"), pl.col("PRVEWK") + 1)
        .filter(pl.col("first") < pl.col("PRVEWK"))
    )
    begun, over = (np.bincount(own[name].to_numpy(), minlength=weeks + 1) for name in ("first", "PRVEWK"))
    return [int(n) for n in np.cumsum(begun)[:weeks] - np.cumsum(over)[:weeks]]


def prevalence_data(found: Sequence[Result]) -> tuple[list[int], list[Prevalence]]:
    """The patients observed in each week and, of each term, those with the event of any grade and of grade 3."""

    def numbers(term: str | None, kind: str = "") -> list[int]:
        own = (r for r in found if r.stat_name == "n" and r.group1_level == term and kind in ("", r.variable))
        return [int(r.stat or 0) for r in own]

    terms = [term for term in dict.fromkeys(r.group1_level for r in found) if term is not None]
    any_grade, grade_3 = (count.label for count in GRADES)
    return numbers(None), [Prevalence(t, numbers(t, any_grade), numbers(t, grade_3)) for t in terms]


def prevalence(context: Context, found: Sequence[Result]) -> Figure:
    """Figure 14.3.1.2 from its results: the share of the patients observed who had each leading event, by week."""
    observed, terms = prevalence_data(found)
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
