"""Both routes on two studies, the demonstration study's update cut and the hand-made patients, and how they differ."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

from analysis import adam
from analysis.params import Output, Params, load_catalogue
from analysis.qc import compare, second_route
from analysis.qc.second_route import Second
from analysis.results import Result
from analysis.tlf import cox_table, operating
from analysis.tlf.context import Context
from analysis.tlf.groups import PRODUCERS
from tests.mutation import patients
from tests.studies import UPDATE, params_of, sdtm_of

ROOT = Path(__file__).parents[2]
SLOW = (cox_table.results, operating.results)  # by one route only


@dataclass(frozen=True)
class First:
    """What the first route gives: its datasets and results."""

    adam: dict[str, pl.DataFrame]
    results: list[Result]


@dataclass(frozen=True)
class Study:
    """The data of a study, and its parameters."""

    sdtm: dict[str, pl.DataFrame]
    params: Params

    @property
    def catalogue(self) -> dict[str, Output]:
        return load_catalogue(ROOT / "params")

    def first(self) -> First:
        tables = {name: dataset.frame for name, dataset in adam.derive(self.sdtm, self.params).items()}
        context = Context(self.params, self.catalogue, tables)
        return First(tables, [r for produce in PRODUCERS if produce not in SLOW for r in produce(context)])

    def second(self) -> Second:
        return second_route.recompute(self.sdtm, self.params)

    def differ(self, first: First, second: Second) -> list[str]:
        """The lines in which the routes do not agree: a value by the name of its result, others by their labels."""
        found = compare.compare(first.results, first.adam, second, self.catalogue).filter(~pl.col("AGREE"))
        return [name or label for name, label in found.select("NAME", "LABEL").iter_rows()]


@dataclass(frozen=True)
class Both:
    """A study with what both routes give where nothing is wrong."""

    study: Study
    first: First
    second: Second


Made = Callable[[], Both]


@cache
def demonstration() -> Both:
    """The demonstration study's update cut. Its data are not to be changed."""
    study = Study(sdtm_of(UPDATE), params_of(UPDATE))
    return Both(study, study.first(), study.second())


@cache
def handmade() -> Both:
    """The hand-made patients of arm A, by the demonstration study's parameters but for the cut-off in 2033."""
    chosen = params_of(UPDATE)
    subjects = chosen.subjects.model_copy(update={"arms": ["A"]})
    chosen = chosen.model_copy(update={"cutoff": dt.date(2033, 8, 1), "subjects": subjects})
    study = Study(patients.sdtm(), chosen)
    return Both(study, study.first(), study.second())
