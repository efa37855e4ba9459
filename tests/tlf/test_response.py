"""Tables of response: six hand-made patients, the limits that R gives, and the cases in which there is nothing."""

import json
from pathlib import Path

import polars as pl
import pytest

from analysis import adam, params
from analysis.adam import adrs
from analysis.cut.dataset import frames
from analysis.results import Result
from analysis.tlf import response
from analysis.tlf.context import Context
from analysis.tlf.model import Table
from analysis.tlf.proportions import Proportions
from tests.adam import build
from tests.adam.build import Rows, patient, sdtm

PROJECT = Path(__file__).parents[2]
REFERENCE = json.loads((PROJECT / "tests/stats/r/binomial_ci.json").read_text())["rows"]
FLAGS = ("ENRLFL", "FASFL", "SAFFL", "RSPEVFL", "PPROTFL")

PATIENTS = (
    patient("01", scans=[(56, "PR"), (112, "PR"), (168, "PR")]),
    patient("02", scans=[(56, "PR")]),
    patient("03", scans=[(56, "PD")]),
    patient("04", death=40),
    patient("05", scans=[(56, "NE")]),
    patient("06", scans=[(56, "SD"), (112, "SD"), (168, "SD")]),
)
"""On day 200: one confirmed PR, one that awaits confirmation, PD, dead before any scan, not evaluable, long SD."""


def context(*patients: Rows, **settings: object) -> Context:
    given = build.params(200, response=settings)
    found = frames(adam.derive(sdtm(*(patients or PATIENTS)), given))
    return Context(given, params.load_catalogue(PROJECT / "params"), found)


def counted(responders: int, n: int) -> Context:
    """`n` patients of whom the first ones respond, in every parameter; with `n` 0 there is no record at all."""
    c = context()
    values = [("Y", "response", "PR")] * responders + [("N", "no_response", "SD")] * (n - responders)
    blank = dict.fromkeys(adrs.SCHEMA) | dict.fromkeys(FLAGS, "Y")
    records = []
    for paramcd in (*adrs.parameters(c.params), *adrs.RECOMPUTED.values()):
        best = "BOR" in paramcd
        for number, (value, rule, said) in enumerate(values):
            row = {"USUBJID": str(number), "PARAMCD": paramcd, "AVALC": said if best else value, "RULE": rule}
            records.append(blank | row)
    frame = pl.DataFrame(records, schema=adrs.SCHEMA, orient="row")
    return Context(c.params, c.catalogue, {**c.adam, "ADRS": frame})


def named(results: list[Result]) -> dict[str, Result]:
    return {r.name: r for r in results if r.name}


def lines(table: Table) -> list[tuple[str, ...]]:
    return [tuple(cell.text for cell in row.cells) for row in table.rows]


def test_best_response_and_rates_by_hand() -> None:
    c = context()
    results = response.results(c)
    of = named(results)
    best = {"cr": 0, "pr": 1, "sd": 2, "non_cr_non_pd": 0, "pd": 1, "ne": 2, "ne_no_assessment": 1}
    assert {name: of[f"bor.confirmed.{name}"].stat for name in best} == best
    assert {name: of[f"bor.unconfirmed.{name}"].stat for name in best} == best | {"pr": 2, "sd": 1}
    assert of["bor.confirmed.sd_pct"].stat == pytest.approx(1 / 3, abs=1e-12)
    assert [of[f"orr.{name}"].stat for name in ("n", "responders", "awaiting")] == [6, 1, 1]
    assert [of[f"{name}.responders"].stat for name in ("orr_unconfirmed", "dcr", "dcr_unconfirmed")] == [2, 3, 3]
    assert lines(response.table(c, results)) == [
        ("Best overall response, n (%)",),
        ("Complete response (CR)", "0", "0"),
        ("Partial response (PR)", "1 (16.7)", "2 (33.3)"),
        ("Stable disease (SD)", "2 (33.3)", "1 (16.7)"),
        ("Non-CR/non-PD", "0", "0"),
        ("Progressive disease (PD)", "1 (16.7)", "1 (16.7)"),
        ("Not evaluable (NE)", "2 (33.3)", "2 (33.3)"),
        ("No post-baseline assessment", "1 (16.7)", "1 (16.7)"),
        ("Death before any post-baseline assessment", "1 (16.7)", "1 (16.7)"),
        ("Only assessments that are not evaluable", "1 (16.7)", "1 (16.7)"),
        ("Objective response (CR + PR)",),
        # R: binom.test(1, 6)$conf.int, binom.test(2, 6)$conf.int; prop.test(1, 6, correct = FALSE)$conf.int
        ("n (%)", "1 (16.7)", "2 (33.3)"),
        ("95% CI, Clopper-Pearson, %", "(0.4, 64.1)", "(4.3, 77.7)"),
        ("95% CI, Wilson, %", "(3.0, 56.4)", "(9.7, 70.0)"),
        ("Response awaiting confirmation, n (%)", "1 (16.7)", ""),
        ("Disease control (CR + PR + SD or non-CR/non-PD)",),
        ("n (%)", "3 (50.0)", "3 (50.0)"),
        ("95% CI, Clopper-Pearson, %", "(11.8, 88.2)", "(11.8, 88.2)"),
        ("95% CI, Wilson, %", "(18.8, 81.2)", "(18.8, 81.2)"),
    ]


def test_each_reason_for_not_evaluable_stands_under_its_kind() -> None:
    c = context(patient("01"), patient("02", baseline=None), patient("03", left=("LOST TO FOLLOW-UP", 30)))
    results = response.results(c)
    table = response.table(c, results)
    start = next(i for i, row in enumerate(table.rows) if row.cells[0].text == "Not evaluable (NE)")
    assert [(row.indent, row.cells[0].text, row.cells[1].text) for row in table.rows[start + 1 : start + 5]] == [
        (2, "No post-baseline assessment", "2 (66.7)"),
        (3, "Lost to follow-up before any post-baseline assessment", "1 (33.3)"),
        (3, "No assessment made", "1 (33.3)"),
        (2, "No baseline tumour assessment", "1 (33.3)"),
    ]


def test_a_response_only_before_the_minimum_for_stable_disease_is_not_evaluable_when_unconfirmed() -> None:
    of = named(response.results(context(patient(scans=[(41, "PR")]))))
    assert (of["bor.confirmed.ne_too_early"].stat, of["bor.unconfirmed.ne_too_early"].stat) == (1, 0)
    assert of["bor.unconfirmed.pr"].stat == 1


def test_clinical_benefit_by_both_rules_and_its_components() -> None:
    c = context()
    results = response.benefit_results(c)
    of = named(results)
    # patients 02 and 05 have not been scanned since day 56 and are still followed
    parts = ("n", "responders", "response", "stable", "awaiting", "no_benefit")
    assert [of[f"cbr.{name}"].stat for name in parts] == [6, 2, 1, 1, 2, 2]
    assert [of[f"cbr_unconfirmed.{name}"].stat for name in parts] == [6, 3, 2, 1, 1, 2]
    assert [of[f"cbr_duration.{name}"].stat for name in parts if name != "response"] == [6, 2, 2, 2, 2]
    table = response.benefit_table(c, results)
    assert [column.label for column in table.columns] == [
        "",
        "Rule assessment, response confirmed (primary)\n(N = 6)",
        "Rule assessment, response unconfirmed\n(N = 6)",
        "Rule duration, sensitivity\n(N = 6)",
    ]
    shown = lines(table)
    assert ("n (%)", "2 (33.3)", "3 (50.0)", "2 (33.3)") in shown
    assert ("CR or PR of any duration", "1 (16.7)", "2 (33.3)", "-") in shown
    assert ("Without progression for 168 days", "-", "-", "2 (33.3)") in shown
    assert ("Not yet followed to that assessment", "2 (33.3)", "1 (16.7)", "2 (33.3)") in shown


def test_the_chosen_rule_of_benefit_comes_first() -> None:
    c = context(cbr_rule="duration", cbr_days=150)
    results = response.benefit_results(c)
    of = named(results)
    assert "cbr_assessment.rate" in of
    assert "cbr_duration.rate" not in of
    table = response.benefit_table(c, results)
    assert "duration, response confirmed (primary)" in table.columns[1].label
    assert table.footnotes[0].text.startswith("Rule duration: at least 150 days from enrolment")
    assert "at least 143 days (150 less the scan window of 7)" in table.footnotes[1].text


@pytest.mark.parametrize("row", REFERENCE, ids=lambda row: f"{row['x']}/{row['n']}")
def test_rates_and_limits_are_those_of_r(row: dict[str, float]) -> None:
    c = counted(int(row["x"]), int(row["n"]))
    for paramcd in ("CRSP", "CDC", "CCB"):
        of = named(Proportions(c, response.TABLE, paramcd, "x").rate("Rate"))
        assert (of["x.n"].stat, of["x.responders"].stat) == (row["n"], row["x"])
        assert of["x.rate"].stat == pytest.approx(row["p"], abs=1e-11)
        for name, key in (("rate", "cp"), ("wilson", "wilson")):
            limits = [of[f"x.{name}_{end}"].stat for end in ("lower", "upper")]
            assert limits == pytest.approx([row[f"{key}_lo"], row[f"{key}_hi"]], abs=1e-11)


@pytest.mark.parametrize(
    ("responders", "n", "shown"),
    [
        (0, 0, ("0", "(NE, NE)", "(NE, NE)")),
        (0, 1, ("0", "(0.0, 97.5)", "(0.0, 79.3)")),
        (38, 38, ("38 (100.0)", "(90.7, 100.0)", "(90.8, 100.0)")),
    ],
)
def test_nobody_at_all_nobody_and_everybody_responding(responders: int, n: int, shown: tuple[str, ...]) -> None:
    c = counted(responders, n)
    first = lines(response.table(c, response.results(c)))
    start = first.index(("Objective response (CR + PR)",))
    assert tuple(row[1] for row in first[start + 1 : start + 4]) == shown
    benefit = lines(response.benefit_table(c, response.benefit_results(c)))
    assert tuple(row[1] for row in benefit[1:4]) == shown
    others = lines(response.other_table(c, response.other_results(c)))
    assert [row[1:] for row in others if len(row) > 1] == [(str(n), *shown)] * 12


def test_other_readings_and_sets_have_their_own_patients() -> None:
    c = counted(1, 4)
    changed = c.adam["ADRS"].with_columns(
        RSPEVFL=pl.when(pl.col("USUBJID") == "3").then(pl.lit("N")).otherwise(pl.lit("Y")),
        PPROTFL=pl.when(pl.col("USUBJID").is_in(["0", "1"])).then(pl.lit("N")).otherwise(pl.lit("Y")),
        AVALC=pl.when(pl.col("PARAMCD") == "CRSPR", pl.col("USUBJID") == "1").then(pl.lit("Y")).otherwise("AVALC"),
    )
    c = Context(c.params, c.catalogue, {**c.adam, "ADRS": changed})
    results = response.other_results(c)
    found = {r.name: (r.stat, r.population) for r in results if str(r.name).endswith((".n", ".responders"))}
    assert found["orr_investigator.n"] == (4, "fas")
    assert found["orr_recomputed.responders"] == (2, "fas")
    assert found["dcr_recomputed.responders"] == (1, "fas")
    assert found["orr_response_evaluable.n"] == (3, "response_evaluable")
    assert found["cbr_per_protocol.n"] == (2, "per_protocol")
    assert found["cbr_per_protocol.responders"] == (0, "per_protocol")
    shown = lines(response.other_table(c, results))
    assert ("Recomputed from lesions, full analysis set", "4", "2 (50.0)", "(6.8, 93.2)", "(15.0, 85.0)") in shown


def test_every_count_and_share_is_that_of_its_records() -> None:
    c = context()
    results = response.results(c) + response.benefit_results(c) + response.other_results(c)
    counts = [r for r in results if r.method == "count"]
    shares = [r for r in results if r.denominator_where is not None and "lower" not in r.stat_name + r.stat_label]
    shares = [r for r in shares if "upper" not in r.stat_name and r.stat is not None]
    assert len(counts) > 60
    assert len(shares) > 30
    for r in counts:
        assert c.count(r.dataset, r.where) == r.stat
    for r in shares:
        assert r.denominator_dataset == "ADRS"
        whole = c.count("ADRS", str(r.denominator_where))
        assert r.stat == pytest.approx(c.count("ADRS", r.where) / whole, abs=1e-11)


def test_a_catalogue_without_the_tables_has_no_results() -> None:
    c = context()
    bare = Context(c.params, {}, c.adam)
    assert response.results(bare) + response.benefit_results(bare) + response.other_results(bare) == []


def test_the_tables_stand_alone() -> None:
    c = context()
    for table in (
        response.table(c, response.results(c)),
        response.benefit_table(c, response.benefit_results(c)),
        response.other_table(c, response.other_results(c)),
    ):
        assert table.population == "Full analysis set (N = 6)"
        assert "22_response" in table.source
        said = " ".join(note.text for note in table.footnotes)
        assert "count as" in said
