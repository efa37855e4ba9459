"""The comparison finds what is wrong: mutations of the first route's records and results, on the committed cut."""

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import polars as pl
import pytest

from analysis.errors import NotebookError
from analysis.params import Params, load_catalogue
from analysis.qc import compare, lines, second_route
from analysis.qc.second_route import Second
from analysis.results import Result
from analysis.tlf.context import Context
from analysis.tlf.groups import PRODUCERS
from tests.studies import FOLDER, PUBLIC, adam_of, params_of, sdtm_of


def produced(context: Context) -> list[Result]:
    return [result for produce in PRODUCERS for result in produce(context)]


@dataclass(frozen=True)
class Routes:
    """What both routes give on one cut."""

    context: Context
    second: Second
    first: list[Result]
    """Results of the first route where nothing is changed."""

    def adam(self, **changed: pl.DataFrame) -> dict[str, pl.DataFrame]:
        """The first route's datasets, some of them changed."""
        return dict(self.context.adam) | changed

    def results(self, adtte: pl.DataFrame | None = None, chosen: Params | None = None) -> list[Result]:
        """The first route's results, from its own records or from changed ones."""
        if adtte is None and chosen is None:
            return self.first
        tables = self.adam() if adtte is None else self.adam(ADTTE=adtte)
        return produced(Context(chosen or self.context.params, self.context.catalogue, tables))

    def differ(self, adtte: pl.DataFrame | None = None, results: list[Result] | None = None) -> list[str]:
        """Labels of the lines that do not agree; results default to those of the records."""
        found = compare.compare(
            self.results(adtte) if results is None else results,
            self.adam() if adtte is None else self.adam(ADTTE=adtte),
            self.second,
            self.context.catalogue,
        )
        return [str(label) for label in found.filter(~pl.col("AGREE"))["LABEL"]]

    def records_differ(self, **changed: pl.DataFrame) -> list[str]:
        """The same of the lines of records alone, where some datasets are changed."""
        found = compare.compare([], self.adam(**changed), self.second, ())
        return [str(label) for label in found.filter(~pl.col("AGREE"))["LABEL"]]


@pytest.fixture(scope="module")
def routes() -> Routes:
    chosen = params_of(PUBLIC)  # but with a median to test against, of which no record depends
    chosen = chosen.model_copy(update={"design": chosen.design.model_copy(update={"null_median": 1.4})})
    context = Context(chosen, load_catalogue(FOLDER[PUBLIC] / "params"), adam_of(PUBLIC))
    return Routes(context, second_route.recompute(sdtm_of(PUBLIC), chosen), produced(context))


def test_the_routes_agree(routes: Routes) -> None:
    found = compare.compare(routes.results(), routes.adam(), routes.second, routes.context.catalogue)
    assert found.filter(~pl.col("AGREE")).rows() == []
    assert {"n.fas", "pfs.median", "pfs.median_lower", "pfs.logrank_p"} <= set(found["NAME"])
    assert {"BOR: value of each patient", "DOR: start, date and censoring of each patient"} <= set(found["LABEL"])
    compare.require_agreement(found)


def test_a_share_is_not_called_a_percentage_and_its_limits_are_told_apart(routes: Routes) -> None:
    found = compare.compare(routes.results(), routes.adam(), routes.second, routes.context.catalogue)
    labels = dict(zip(found["NAME"], found["LABEL"], strict=True))
    assert labels["orr.rate"] == "CRSP: Objective response rate"
    assert labels["orr.rate_lower"] == "CRSP: Objective response rate, lower limit"
    assert labels["orr.wilson_lower"] == "CRSP: Objective response rate, lower limit by Wilson"


USUBJID, PARAMCDS = "01-701-1034", ("OS", "PFS", "PFSFDA", "PFSINV", "PFSUNI", "TTF")
Change = Callable[[pl.DataFrame, pl.Expr], pl.DataFrame]

CHANGES: dict[str, Change] = {
    "one CNSR flipped": lambda f, hit: f.with_columns(
        pl.when(hit).then(1 - pl.col("CNSR")).otherwise("CNSR").alias("CNSR")
    ),
    "one ADT a day later": lambda f, hit: f.with_columns(
        pl.when(hit).then(pl.col("ADT") + dt.timedelta(1)).otherwise("ADT").alias("ADT")
    ),
    "one STARTDT a day earlier": lambda f, hit: f.with_columns(
        pl.when(hit).then(pl.col("STARTDT") - dt.timedelta(1)).otherwise("STARTDT").alias("STARTDT")
    ),
    "one record missing": lambda f, hit: f.filter(~hit),
    "one record twice": lambda f, hit: pl.concat([f, f.filter(hit)]),
    "one record of somebody else": lambda f, hit: f.with_columns(
        pl.when(hit).then(pl.lit("01-999-9999")).otherwise("USUBJID").alias("USUBJID")
    ),
}


@pytest.mark.parametrize("paramcd", PARAMCDS)
@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_record_is_reported_with_its_patient(name: str, paramcd: str, routes: Routes) -> None:
    hit = (pl.col("USUBJID") == USUBJID) & (pl.col("PARAMCD") == paramcd)
    changed = CHANGES[name](routes.context.adam["ADTTE"], hit)
    lines = routes.records_differ(ADTTE=changed)
    assert [line for line in lines if line.startswith(f"{paramcd}:") and USUBJID in line]


def test_a_flipped_censoring_shows_in_the_results_too(routes: Routes) -> None:
    hit = (pl.col("USUBJID") == USUBJID) & (pl.col("PARAMCD") == "PFS")
    reason = pl.when(hit).then(pl.lit("ONGOING")).otherwise("CNSREAS").alias("CNSREAS")
    lines = routes.differ(CHANGES["one CNSR flipped"](routes.context.adam["ADTTE"], hit).with_columns(reason))
    assert {"PFS: Patients with event", "PFS: Censored patients"} <= set(lines)


@pytest.mark.parametrize(("key", "value"), [("conf_type", "log"), ("conf_type", "plain"), ("conf_level", 0.9)])
def test_other_confidence_limits_are_reported(key: str, value: str | float, routes: Routes) -> None:
    chosen = routes.context.params
    chosen = chosen.model_copy(update={"km": chosen.km.model_copy(update={key: value})})
    lines = routes.differ(results=routes.results(chosen=chosen))
    assert lines
    assert all("limit" in line or "_lower" in line for line in lines)


def test_another_null_median_is_reported(routes: Routes) -> None:
    chosen = routes.context.params
    chosen = chosen.model_copy(update={"design": chosen.design.model_copy(update={"null_median": 1.5})})
    assert len(routes.differ(results=routes.results(chosen=chosen))) == 4  # expected, z, p and ratio


def test_a_result_that_is_absent_or_text_does_not_agree(routes: Routes) -> None:
    results = routes.results()
    without = [r for r in results if r.name != "pfs.median"]
    assert routes.differ(results=without) == ["pfs.median"]
    as_text = [replace(r, stat="1.5") if r.name == "pfs.median" else r for r in results]
    assert routes.differ(results=as_text) == ["PFS: Median, months"]


def changed_response(routes: Routes, paramcd: str, value: str) -> list[str]:
    """Labels that differ when one patient's response is another in ADRS."""
    adrs = routes.context.adam["ADRS"]
    hit = (pl.col("USUBJID") == USUBJID) & (pl.col("PARAMCD") == paramcd)
    other = adrs.with_columns(pl.when(hit).then(pl.lit(value)).otherwise("AVALC").alias("AVALC"))
    return routes.records_differ(ADRS=other)


@pytest.mark.parametrize("paramcd", ["BOR", "CBOR", "RSP", "CRSP", "DC", "CDC", "CB", "CCB", "CBDUR"])
def test_another_response_is_reported_with_its_patient(paramcd: str, routes: Routes) -> None:
    assert changed_response(routes, paramcd, "X") == [f"{paramcd}: value of each patient (differ: {USUBJID})"]


def test_a_response_time_of_a_patient_whom_only_the_first_route_calls_a_responder_is_reported(routes: Routes) -> None:
    nobody = routes.second.records[~routes.second.records["PARAMCD"].isin(["DOR", "TTR"])]
    second = replace(routes.second, records=nobody)
    found = compare.compare(routes.results(), routes.adam(), second, routes.context.catalogue)
    labels = [str(label) for label in found.filter(~pl.col("AGREE"))["LABEL"]]
    assert [label.split(":")[0] for label in labels] == ["DOR", "TTR"]


@pytest.mark.parametrize("topic", compare.TOPICS, ids=lambda topic: topic.name)
def test_values_are_left_out_only_where_the_catalogue_leaves_out_their_output(
    topic: compare.Topic, routes: Routes
) -> None:
    every = {t.output for t in compare.TOPICS}
    names = {name for name in routes.second.values if name.partition(".")[0] in topic.prefixes}
    assert names
    listed = compare.compare([], routes.adam(), routes.second, every).filter(pl.col("TOPIC") == topic.name)
    assert (set(listed["NAME"]), listed["AGREE"].any()) == (names, False)
    unlisted = compare.compare([], routes.adam(), routes.second, every - {topic.output})
    assert not names & set(unlisted["NAME"])


def test_every_difference_fails_the_run_and_is_named(routes: Routes) -> None:
    hit = (pl.col("USUBJID") == USUBJID) & (pl.col("PARAMCD") == "PFS")
    changed = CHANGES["one record missing"](routes.context.adam["ADTTE"], hit)
    found = compare.compare(routes.results(), routes.adam(ADTTE=changed), routes.second, routes.context.catalogue)
    with pytest.raises(NotebookError, match=rf"the second route disagrees: PFS: .*{USUBJID}.*253 records against 253"):
        compare.require_agreement(found)


@pytest.mark.parametrize(
    ("first", "second", "agreed"),
    [
        (1.0, 1.0 + 0.9e-9, True),
        (1.0, 1.0 + 1.1e-9, False),
        (1000.0, 1000.0 + 0.9e-6, True),
        (1000.0, 1000.0 + 1.1e-6, False),
        (0.0, 1e-9, True),
        (None, math.nan, True),
        (math.nan, math.nan, True),
        (None, 1.0, False),
        (1.0, math.nan, False),
        (math.inf, math.nan, False),
    ],
)
def test_tolerance(first: float | None, second: float, agreed: bool) -> None:
    assert lines.agree(first, second) is agreed
