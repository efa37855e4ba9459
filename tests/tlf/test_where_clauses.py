"""The second study's results from the records that their where-clauses select; the first's are in test_whole_line.py.

Here also that a clause which selects other records is seen.
"""

from dataclasses import replace
from functools import cache

import polars as pl
import pytest

from analysis import params as parameters
from analysis.params import Params
from analysis.results import Result
from analysis.tlf import groups, operating
from analysis.tlf.context import Context
from tests.recompute import recomputed
from tests.studies import FOLDER, PUBLIC, adam_of, params_of

pytestmark = pytest.mark.slow  # the first study has the same test in every run


@cache
def study() -> tuple[Params, dict[str, pl.DataFrame], list[Result]]:
    params, data = params_of(PUBLIC), adam_of(PUBLIC)
    context = Context(params, parameters.catalogue_of(params, FOLDER[PUBLIC] / "params"), data)
    return params, data, [r for make in groups.PRODUCERS if make is not operating.results for r in make(context)]


def test_every_result_of_the_second_study_comes_from_the_records_it_selects() -> None:
    params, data, results = study()
    selected: dict[tuple[str, str], pl.DataFrame] = {}
    wrong = {f"{r.output} {r.name} {r.stat_name}": recomputed(r, data, params, selected) for r in results}
    assert {name: what for name, what in wrong.items() if what} == {}
    assert len(results) > 3000


@pytest.mark.parametrize("name", ["pfs.n", "pfs.events_pct", "teae.any", "age.mean"])
def test_a_clause_that_leaves_out_one_patient_is_seen(name: str) -> None:
    params, data, results = study()
    (result,) = (r for r in results if r.name == name)
    fewer = f"({result.where}) AND \"USUBJID\" <> '{_somebody(result, data)}'"
    assert recomputed(result, data, params, {}) == ""
    assert recomputed(replace(result, where=fewer), data, params, {}) != ""


@pytest.mark.parametrize("name", ["pfs.n", "pfs.events_pct", "teae.any", "age.median"])
def test_a_clause_that_selects_the_others_is_seen(name: str) -> None:
    params, data, results = study()
    (result,) = (r for r in results if r.name == name)
    assert recomputed(replace(result, where=f"NOT ({result.where})"), data, params, {}) != ""


def _somebody(result: Result, data: dict[str, pl.DataFrame]) -> str:
    return str(data[result.dataset].filter(pl.sql_expr(result.where))["USUBJID"][0])


def test_a_method_that_nobody_computes_again_is_seen() -> None:
    params, data, results = study()
    assert "no way" in recomputed(replace(results[0], method="by hand"), data, params, {})
