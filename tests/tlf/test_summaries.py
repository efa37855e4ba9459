"""Counts of patients and descriptive statistics, against R and counts by hand."""

from pathlib import Path

import polars as pl
import pytest

from analysis import params
from analysis.results import Result
from analysis.tlf.context import Context
from analysis.tlf.rows import name_parts
from analysis.tlf.summaries import Summary, characteristic_rows

PROJECT = Path(__file__).parents[2]
OUTPUT = "t-14-1-1-1"  # of the enrolled


def context() -> Context:
    """Seven enrolled patients and a screen failure; one age and one sex are missing; A has two events, B one."""
    adsl = pl.DataFrame(
        {
            "USUBJID": list("ABCDEFGX"),
            "ENRLFL": ["Y"] * 7 + ["N"],
            "AGE": [41.0, 55, 60, 62, 70, 71, None, 18],
            "SEX": ["F", "F", "F", "M", "M", "F", None, "U"],
        }
    )
    adae = pl.DataFrame({"USUBJID": list("AABX"), "ENRLFL": ["Y", "Y", "Y", "N"], "TERM": ["x", "x", "y", "x"]})
    chosen = params.load("2025-06-30", PROJECT / "params")
    return Context(chosen, params.load_catalogue(PROJECT / "params"), {"ADSL": adsl, "ADAE": adae})


def shown(results: list[Result]) -> list[tuple[str, str]]:
    return [(row.cells[0].text, row.cells[-1].text) for row in characteristic_rows(results) if row.kind == "data"]


def test_descriptive_statistics_agree_with_r() -> None:
    # R: x <- c(41, 55, 60, 62, 70, 71); quantile(x, type = 2): 55, 61, 70; mean(x) 59.83333; sd(x) 11.05290
    results = Summary.of(context(), OUTPUT).statistics("AGE", "Age, years", name="age")
    of = {r.name: r for r in results}
    assert of["age.n"].stat == context().count("ADSL", of["age.n"].where) == 6
    assert of["age.sd"].stat == pytest.approx(11.05290308773, abs=1e-10)
    assert shown(results) == [
        ("n", "6"),
        ("Mean (SD)", "59.8 (11.05)"),
        ("Median", "61.0"),
        ("Q1, Q3", "55.0, 70.0"),
        ("Minimum, maximum", "41, 71"),
    ]


def test_categories_by_frequency_then_name_with_a_row_for_missing() -> None:
    results = Summary.of(context(), OUTPUT).categories("SEX", "Sex")
    assert shown(results) == [("F", "4 (57.1)"), ("M", "2 (28.6)"), ("Missing", "1 (14.3)")]


def test_given_levels_fix_the_order_and_show_empty_ones() -> None:
    levels = {"M": "Male", "U": "Unknown", "F": "Female"}
    results = Summary.of(context(), OUTPUT).categories("SEX", "Sex", levels)
    assert shown(results) == [("Male", "2 (28.6)"), ("Unknown", "0"), ("Female", "4 (57.1)"), ("Missing", "1 (14.3)")]


def test_a_level_nobody_foresaw_is_shown() -> None:
    results = Summary.of(context(), OUTPUT).categories("SEX", "Sex", {"F": "Female"})
    assert ("M", "2 (28.6)") in shown(results)


def test_a_patient_with_two_records_counts_once() -> None:
    events = Summary.of(context(), OUTPUT, "ADAE", {"TERM": "x"})
    count, share = events.patients("x")
    assert (count.stat, share.stat) == (1, pytest.approx(1 / 7))
    assert events.events("x").stat == 2
    assert share.denominator_where == "\"ENRLFL\" = 'Y'"


def test_every_where_clause_selects_the_records_behind_the_number() -> None:
    c = context()
    for result in Summary.of(c, OUTPUT).categories("SEX", "Sex"):
        if result.stat_name == "n":
            assert c.count(result.dataset, result.where) == result.stat


def test_nobody_and_one_value() -> None:
    c = context()
    nobody = Context(c.params, c.catalogue, {**c.adam, "ADSL": c.adam["ADSL"].clear()})
    assert shown(Summary.of(nobody, OUTPUT).statistics("AGE", "Age"))[1] == ("Mean (SD)", "NE (NE)")
    assert Summary.of(nobody, OUTPUT).patients("all")[1].stat is None
    one = Context(c.params, c.catalogue, {**c.adam, "ADSL": c.adam["ADSL"].head(1)})
    assert shown(Summary.of(one, OUTPUT).statistics("AGE", "Age"))[1] == ("Mean (SD)", "41.0 (NE)")


def test_texts_of_the_data_become_parts_of_names() -> None:
    texts = ["Lung infection", "LUNG-INFECTION", "Lung infection 2", None, "\u764c", "\U0001f600", "x" * 70]
    assert name_parts(texts) == ["lung_infection", "lung_infection_2", "lung_infection_2_2", "missing", "other",
                                 "other_2", "x" * 60]  # fmt: skip
    assert name_parts(["Total", "Missed, pct", "Events"], taken=["total"]) == ["total_2", "missed_pct_", "events"]
