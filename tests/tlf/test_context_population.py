"""The line under a title: the population with its size, or what a table shows that is not about patients."""

from pathlib import Path

import polars as pl
import pytest

from analysis.params import Output, load_catalogue
from analysis.tlf.context import Context
from tests.report.made import make_params

PROJECT = Path(__file__).parents[2]
RULES = "Rules of the analysis; no data of patients"


def under_the_title(shows: str | None) -> str:
    entry = Output(id="t-14-1-1-1", title="Title", population="fas", shows=shows, notebook="10_disposition")
    adsl = pl.DataFrame({"USUBJID": ["1", "2", "3"], "FASFL": ["Y", "N", "Y"]})
    return Context(make_params(), {entry.id: entry}, {"ADSL": adsl}).population(entry.id)


def test_a_population_is_named_with_its_size() -> None:
    assert under_the_title(None) == "Full analysis set (N = 2)"


def test_what_is_not_about_patients_names_no_population() -> None:
    assert under_the_title(RULES) == RULES


@pytest.mark.parametrize("folder", ["params", "examples/cdisc-oncology/params"])
def test_tables_of_rules_and_of_the_design_are_not_about_patients(folder: str) -> None:
    of_these = ("02_rules", "05_sample_size", "25_operating_characteristics")
    found = load_catalogue(PROJECT / folder).values()
    assert all((entry.shows is not None) == (entry.notebook in of_these) for entry in found)
