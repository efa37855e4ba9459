"""Events of special interest, dot plot and prevalence, by hand. Day 0 is enrolment and the first dose, 2024-01-01."""

import datetime as dt
from functools import cache
from typing import Any

import polars as pl
import pytest

from analysis import params as parameters
from analysis.adam import adae, derive
from analysis.results import Result
from analysis.tlf import ae_figures, special_interest
from analysis.tlf.ae_dot_figure import Dots, dot_figure
from analysis.tlf.context import Context
from analysis.tlf.prevalence_figure import week_ticks
from analysis.tlf.style import drawings
from tests.adam.build import Rows, at, params, patient, sdtm
from tests.conftest import PROJECT

HOSTILE = "<b>$x^2$ {{< embed x >}}\n#eval(1) \U0001f600"
GROUPS = [
    {"name": "pressure", "title": "Pressure", "terms": ["Hypertension", "Blood pressure increased"]},
    {"name": "odd", "title": "Odd", "terms": [HOSTILE]},
    {"name": "clots", "title": "Clots", "terms": ["Thrombosis"]},
]
DONE = "RECOVERED/RESOLVED"


def event(start: int | None, end: int | None = None, term: str = "Hypertension", **values: Any) -> dict[str, Any]:
    more = {"AETERM": term, "AEDECOD": term, "AEBODSYS": "S", "AESTDTC": at(start), "AEENDTC": at(end)}
    return more | {"AEOUT": DONE if end is not None else "NOT RECOVERED/NOT RESOLVED", "AETOXGR": "1"} | values


def study() -> list[Rows]:
    """A: days 10 to 12 grade 1, 20 to 29 grade 3, reduced. B: from day 4, ongoing, without grade. C: nothing. D: odd.

    Dosing ends on day 20 in C, who stopped both drugs, and goes on to the cut-off on day 69 in the others.
    """
    a = [event(10, 12), event(20, 29, "Blood pressure increased", AETOXGR="3", AESER="Y", AEACN="DOSE REDUCED")]
    b = [event(4, AETOXGR=None, AEREL="NOT RELATED")]
    d = [event(0, 1, HOSTILE), event(None, term=HOSTILE)]
    stopped = {"DSCAT": "DISPOSITION EVENT", "DSDECOD": "ADVERSE EVENT", "DSSTDTC": at(20)}
    ended = [stopped | {"DSSCAT": drug} for drug in ("ANLOTINIB", "FULVESTRANT")]
    dosed: dict[str, Any] = {"dosed": (0, 69)}
    return [
        patient("A", more={"AE": a}, **dosed),
        patient("B", more={"AE": b}, **dosed),
        patient("C", more={"AE": [], "DS": ended}, dosed=(0, 20)),
        patient("D", more={"AE": d}, **dosed),
    ]


@cache
def context() -> Context:
    chosen = params(69, adverse_events={"special_interest": GROUPS, "window_days": 15})
    adam = {name: dataset.frame for name, dataset in derive(sdtm(*study()), chosen).items()}
    return Context(chosen, parameters.load_catalogue(PROJECT / "params"), adam)


def named(results: list[Result]) -> dict[str | None, Any]:
    return {r.name: r.stat for r in results}


def test_counts_by_hand() -> None:
    of = named(special_interest.results(context()))
    wanted = {
        "any": (2, 3),
        "grade3": (1, 1),
        "serious": (1, 1),
        "related": (1, 2),
        "grade_1": (0, 0),  # A counts by the worst of both terms
        "grade_3": (1, 1),
        "grade_missing": (1, 1),
        "ared": (1, 1),
        "aint": (0, 0),
        "outcome_recovered_resolved": (1, 2),
        "outcome_not_recovered_not_resolved": (1, 1),
    }
    found = {key: (of[f"aesi.pressure.{key}"], of[f"aesi.pressure.{key}_events"]) for key in wanted}
    assert found == wanted
    assert of["aesi.pressure.any_pct"] == 0.5


def test_onset_and_duration_by_hand() -> None:
    """First onsets on study days 11 (A) and 5 (B); resolved after 3 and 10 days, both days counting."""
    of = named(special_interest.results(context()))
    onset = [of[f"aesi.pressure.onset.{stat}"] for stat in ("n", "median", "min", "max")]
    assert onset == [2, 8.0, 5.0, 11.0]
    assert [of[f"aesi.pressure.duration.{stat}"] for stat in ("n", "median")] == [2, 6.5]
    assert of["aesi.odd.onset.n"] == 1  # the event without a start has no onset


def test_every_result_selects_the_records_behind_it() -> None:
    for result in [*special_interest.results(context()), *ae_figures.results(context())]:
        chosen = context().adam["ADAE"].filter(pl.sql_expr(result.where))
        if result.stat_name == "events":
            assert chosen.height == result.stat
        if result.method == "number of patients":
            assert chosen["USUBJID"].n_unique() == result.stat


def test_the_table_names_a_grouping_without_events_and_leaves_out_what_has_no_value() -> None:
    results = special_interest.results(context())
    table = special_interest.table(context(), results)
    rows = [[cell.text for cell in row.cells] for row in table.rows]
    assert rows[rows.index(["Clots"]) :] == [["Clots"], ["Any event", "0", "0"]]
    assert ["First onset, day: median (Q1, Q3)", "8.0 (5.0, 11.0)", "2"] in rows
    assert rows[1] == ["Any event", "2 (50.0)", "3"]
    assert ["Worst grade: 3", "1 (25.0)", ""] in rows  # of the patient: three events, but two worst grades
    assert any("Pressure: Hypertension, Blood pressure increased; Odd: <b>" in note.text for note in table.footnotes)


def test_prevalence_by_hand() -> None:
    """Ten weeks from day 0 to day 69; C is observed to day 35, its last week the sixth.

    A has the event in weeks 2 (days 10 to 12), 3 and 4 and 5 (days 20 to 29), B from week 1 on.
    """
    found = ae_figures.prevalence_results(context())
    observed, terms = ae_figures.prevalence_data(found)
    assert observed == [4, 4, 4, 4, 4, 4, 3, 3, 3, 3]
    of = {t.term: t for t in terms}
    assert of["Hypertension"].any_grade == [1, 2, 1, 1, 1, 1, 1, 1, 1, 1]
    assert of["Blood pressure increased"].any_grade == [0, 0, 1, 1, 1, 0, 0, 0, 0, 0]
    assert of["Blood pressure increased"].grade_3 == of["Blood pressure increased"].any_grade
    assert of[HOSTILE].any_grade == [1, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    share = {r.name: r for r in found}["prevalence.hypertension.any.week_6_pct"]
    assert (share.stat, share.stat_fmt) == (pytest.approx(1 / 3), "33.3")
    frames = context().adam
    records = frames[share.dataset].filter(pl.sql_expr(share.where))["USUBJID"].to_list()
    whole = frames[str(share.denominator_dataset)].filter(pl.sql_expr(str(share.denominator_where)))
    assert (records, sorted(whole["USUBJID"])) == (["S-B"], ["S-A", "S-B", "S-D"])


@pytest.mark.parametrize(
    ("start", "end", "outcome", "weeks"),
    [
        (16, None, DONE, (2, 2)),  # resolved at an unknown date: the week of its start
        (16, None, None, (2, 14)),
        (-3, 400, None, (0, 14)),
        (-9, -3, DONE, (None, None)),
        (103, None, None, (None, None)),
        (None, 5, DONE, (None, None)),
    ],
)
def test_the_weeks_of_an_event(
    start: int | None, end: int | None, outcome: str | None, weeks: tuple[int | None, int | None]
) -> None:
    """The period ends 100 days after the first dose, in the week of days 98 to 104."""
    patient = {"TRTSDT": dt.date(2024, 1, 1), "TEENDT": dt.date(2024, 4, 10)}
    found = adae._weeks({"ASTDY": start, "AENDY": end, "AEOUT": outcome}, patient)
    assert (found["PRVSWK"], found["PRVEWK"]) == weeks


def test_figures_of_hostile_terms_are_drawn() -> None:
    found = ae_figures.results(context())
    figure = ae_figures.dots(context(), found)
    assert figure.data[0] == {"term": "Hypertension", "Any grade": 50.0, "Grade 3 or higher": 0.0,
                              "Related to anlotinib": 25.0, "Related to fulvestrant": 25.0}  # fmt: skip
    assert ae_figures.prevalence(context(), ae_figures.prevalence_results(context())).png[:4] == b"\x89PNG"


def test_a_dot_of_nobody_is_not_drawn() -> None:
    axes = dot_figure([Dots("T", (20.0, 0.0, 5.0))], ["Any", "Severe"], ["drug"]).axes[0]
    marked = {line.get_marker(): list(line.get_xdata()) for line in axes.lines if line.get_marker() != "None"}
    assert marked == {"o": [20.0], "D": []}


@pytest.mark.parametrize(("weeks", "ticks"), [(5, [0, 4]), (70, [0, 12, 24, 36, 48, 60]), (0, [])])
def test_ticks(weeks: int, ticks: list[int]) -> None:
    assert week_ticks(weeks) == ticks


def test_nothing_to_draw() -> None:
    empty = context().adam | {"ADAE": context().adam["ADAE"].clear()}
    nothing = Context(context().params, context().catalogue, empty)
    assert ae_figures.dots(nothing, ae_figures.results(nothing)).data == []
    assert drawings(ae_figures.dot_figure([Dots("T", (1.0,))], ["Any"], []))["png"][:4] == b"\x89PNG"
    assert ae_figures.prevalence(nothing, ae_figures.prevalence_results(nothing)).data["terms"] == []
