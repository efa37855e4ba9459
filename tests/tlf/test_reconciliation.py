"""The investigator's responses against the lesions: pairs of one hand-made patient and what the table shows of them."""

import polars as pl
import pytest

from analysis import adam, params
from analysis.adam import adrs
from analysis.adam.adsl import derive_adsl
from analysis.adam.adtr import disagreements
from analysis.cut.dataset import frames
from analysis.results import Result
from analysis.tlf import reconciliation
from analysis.tlf.context import Context
from analysis.tlf.model import Table
from tests.adam.build import Rows, day, patient, sdtm
from tests.adam.build import params as settings
from tests.adam.test_recist import records
from tests.conftest import PROJECT

LESIONS = records(
    {"T1": 20.0, "N1": 30.0, "X1": "PRESENT"},
    {"T1": 10.0, "N1": 24.0, "X1": "PRESENT"},  # day 56: 34 mm of 50, PR
    {"T1": 10.0, "N1": None, "X1": "ABSENT"},  # day 112: incomplete, NE
    {"T1": 10.0, "N1": 24.0, "X1": "ABSENT"},  # day 168: 34 mm, PR
    {"T1": 20.0, "N1": 24.0, "X1": "ABSENT", "NEW": "UNEQUIVOCAL"},  # day 224: new lesion, PD
)
SCANS = [(56, "SD"), (112, "NE"), (168, "PR"), (260, "SD"), (330, "NE")]
"""The investigator: no response of day 224, and two responses on days without lesion records."""


def context(*patients: Rows) -> Context:
    given = settings(1000)
    found = frames(adam.derive(sdtm(*patients), given))
    return Context(given, params.load_catalogue(PROJECT / "params"), found)


def one() -> Rows:
    return patient(scans=SCANS, baseline=None, more={"TR": LESIONS})


def named(results: list[Result]) -> dict[str, Result]:
    return {r.name: r for r in results if r.name}


def lines(table: Table) -> list[tuple[str, ...]]:
    return [tuple(cell.text for cell in row.cells) for row in table.rows]


def test_one_record_holds_both_readings() -> None:
    found = context(one()).adam["ADRS"].filter(pl.col("PARAMCD") == "OVRLCMP")
    columns = ("ADT", "AELAPSED", "INVRESP", "ROVRLRSP", "AVALC", "AVAL", "RULE", "SRCDOM")
    assert found.select(columns).rows() == [
        (day(56), 56, "SD", "PR", "N", 0.0, "TABLE1_PR", "RS"),
        (day(112), 112, "NE", "NE", "Y", 1.0, "TABLE1_NE", "RS"),
        (day(168), 168, "PR", "PR", "Y", 1.0, "TABLE1_PR", "RS"),
        (day(224), 224, None, "PD", "N", 0.0, "TABLE1_NEW_LESION", "TR"),
        (day(260), 260, "SD", None, "N", 0.0, None, "RS"),
        (day(330), 330, "NE", None, "Y", 1.0, None, "RS"),
    ]


def test_what_differs_is_what_the_listing_shows() -> None:
    data = sdtm(one())
    listed = disagreements(data, derive_adsl(data, settings(1000)), settings(1000))
    found = context(one()).adam["ADRS"].filter(pl.col("PARAMCD") == "OVRLCMP", pl.col("AVALC") == "N")
    assert found.select("INVRESP", "ROVRLRSP").rows() == listed.select("INVRESP", "ROVRLRSP").rows()


def test_best_response_is_derived_from_the_recomputed_readings_too() -> None:
    summaries = context(one()).adam["ADRS"].filter(pl.col("SRCDOM").is_in(["RS", "TR"]) | pl.col("ADT").is_null())
    found = {row["PARAMCD"]: row for row in summaries.to_dicts()}
    # the lesions: PR on day 56, NE, PR on day 168, so confirmed; the investigator: SD, NE, PR and SD after it
    assert (found["CBOR"]["AVALC"], found["CBORR"]["AVALC"]) == ("SD", "PR")
    assert (found["CBORR"]["ADT"], found["CBORR"]["CONFDT"], found["CBORR"]["SRCDOM"]) == (day(56), day(168), "TR")
    assert (found["CRSP"]["AVALC"], found["CRSPR"]["AVALC"]) == ("N", "Y")
    assert found["CRSPR"]["PARAM"] == "Objective response, confirmed, recomputed"
    compared = found["CBORCMP"]
    assert (compared["INVRESP"], compared["ROVRLRSP"], compared["AVALC"]) == ("SD", "PR", "N")


def test_without_lesions_nothing_is_compared() -> None:
    c = context(patient(scans=[(56, "PR")]))
    assert not set(c.adam["ADRS"]["PARAMCD"]) & {*adrs.RECOMPUTED.values(), *adrs.COMPARED.values()}
    results = reconciliation.results(c)
    of = named(results)
    assert (of["agreement.visits.n"].stat, of["agreement.visits.kappa"].stat_fmt) == (0, "NE")
    assert ("Alike, n (%)", "", "", "", "", "", "0") in lines(reconciliation.table(c, results))


def test_pairs_agreement_and_kappa_by_hand() -> None:
    c = context(one())
    results = reconciliation.results(c)
    of = named(results)
    visits = {"n": 6, "read": 3, "agreed": 2, "differing": 3, "sd_by_pr": 1, "ne_by_ne": 1, "none_by_pd": 1}
    visits |= {"sd_by_none": 1, "reader_sd": 2, "recomputed_pr": 2}
    assert {name: of[f"agreement.visits.{name}"].stat for name in visits} == visits
    assert of["agreement.visits.agreed_pct"].stat == pytest.approx(2 / 3, abs=1e-12)
    # SD/PR, NE/NE, PR/PR: agreement 6/9, chance (NE 1 x 1 + PR 1 x 2) / 9 = 3/9, kappa 3/6
    assert of["agreement.visits.kappa"].stat == 0.5
    assert (of["agreement.best.n"].stat, of["agreement.best.agreed"].stat, of["agreement.best.kappa"].stat) == (1, 0, 0)
    table = reconciliation.table(c, results)
    assert [column.label for column in table.columns[1:]] == ["CR", "PR", "SD", "PD", "NE", "No lesions", "Total"]
    assert lines(table)[:12] == [
        ("Overall response of each assessment, n (%) of the assessments",),
        ("CR", *["0"] * 6, "0"),
        ("PR", "0", "1 (16.7)", *["0"] * 4, "1"),
        ("SD", "0", "1 (16.7)", *["0"] * 3, "1 (16.7)", "2"),
        ("PD", *["0"] * 6, "0"),
        ("NE", *["0"] * 4, "1 (16.7)", "1 (16.7)", "2"),
        ("No response", *["0"] * 3, "1 (16.7)", *["0"] * 2, "1"),
        ("Total", "0", "2", "0", "1", "1", "2", "6"),
        ("Read by both", *[""] * 6, "3"),
        ("Alike, n (%)", *[""] * 6, "2 (66.7)"),
        ("Cohen's kappa", *[""] * 6, "0.50"),
        ("Disagreements", *[""] * 6, "3"),
    ]


def test_counts_are_those_of_their_records() -> None:
    c = context(one())
    results = reconciliation.results(c)
    for r in results:
        if r.method == "count":
            assert c.count(r.dataset, r.where) == r.stat
    (agreed,) = [r for r in results if r.name == "agreement.visits.agreed_pct"]
    assert c.count("ADRS", agreed.where) == 2
    assert c.count("ADRS", str(agreed.denominator_where)) == 3


def test_a_catalogue_without_the_table_has_no_results() -> None:
    c = context(one())
    assert reconciliation.results(Context(c.params, {}, c.adam)) == []


def test_no_name_is_the_beginning_of_another() -> None:
    # the report's variables are nested by the dots of their names
    names = {str(r.name) for r in reconciliation.results(context(one()))}
    assert not [name for name in names if any(other.startswith(f"{name}.") for other in names)]


def test_a_response_without_target_lesions_has_a_row_where_it_occurs() -> None:
    c = context(patient(scans=[*SCANS, (400, "NON-CR/NON-PD")], baseline=None, more={"TR": LESIONS}))
    shown = [line[0] for line in lines(reconciliation.table(c, reconciliation.results(c)))]
    assert shown[1:9] == ["CR", "PR", "SD", "Non-CR/non-PD", "PD", "NE", "No response", "Total"]
