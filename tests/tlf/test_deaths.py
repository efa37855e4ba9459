"""Deaths, serious and other significant adverse events of made-up patients. Day 0 is the first dose, 2024-01-01."""

from functools import cache
from typing import Any

import polars as pl

from analysis import params as parameters
from analysis.adam import derive
from analysis.results import Result
from analysis.tlf import ae_listings, deaths
from analysis.tlf.context import Context
from analysis.tlf.display import write_display
from analysis.tlf.model import Table
from tests.adam.build import Rows, at, params, patient, sdtm
from tests.conftest import PROJECT

HOSTILE = "<b>#pagebreak() {{< embed x >}} \\par \U0001f600"
GROUPS = [{"name": "pressure", "title": "Pressure", "terms": ["Hypertension"]}]
CAUSE = {"DDTESTCD": "PRCDTH", "DDSTRESC": "DISEASE PROGRESSION"}


def event(start: int | str | None, term: str, grade: str | None, **values: Any) -> dict[str, Any]:
    found = {"AETERM": term.upper(), "AEDECOD": term, "AEBODSYS": "Organ", "AESTDTC": at(start), "AETOXGR": grade}
    return found | {"AESER": "N", "AEOUT": "RECOVERED/RESOLVED", "AEREL": "NOT RELATED"} | values


CLOT = event(95, "Embolism", "5", AESDTH="Y", AESHOSP="Y", AEOUT="FATAL", AEREL="POSSIBLY RELATED", AESER="Y")


def study() -> list[Rows]:
    """A: died of an embolism 10 days after the last dose. B: of progression, 100 days after. C: at an unknown date.

    D lives, with a hostile serious event without a criterion, one of special interest, and one that stopped a drug.
    """
    d = [
        event("2024-02", HOSTILE, None, AESER="Y", AETERM=HOSTILE, AEENDTC=at(60)),
        event(50, "Hypertension", "3", AEACN="DRUG WITHDRAWN"),
        event(60, "Hypertension", "2"),
        event(70, "Nausea", "1", AEACN="DRUG WITHDRAWN", AEREL=None, AEOUT=None),
    ]
    return [
        patient("A", dosed=(0, 100), death=110, more={"AE": [CLOT], "DD": []}),
        patient("B", dosed=(0, 100), death=200, more={"AE": [event(5, "Nausea", "1")], "DD": [CAUSE]}),
        patient("C", dosed=(0, 100), death="2024"),
        patient("D", dosed=(0, 100), more={"AE": d}),
    ]


@cache
def context(empty: bool = False) -> Context:
    chosen = params(400, adverse_events={"special_interest": GROUPS})
    patients = [patient("A")] if empty else study()
    adam = {name: dataset.frame for name, dataset in derive(sdtm(*patients), chosen).items()}
    return Context(chosen, parameters.load_catalogue(PROJECT / "params"), adam)


def named(results: list[Result]) -> dict[str | None, Any]:
    return {r.name: r.stat for r in results if r.stat_name == "n" and r.name}


def rows(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


def test_deaths_by_hand() -> None:
    assert named(deaths.results(context())) == {
        "deaths.all": 3,
        "deaths.window": 1,
        "deaths.later": 1,
        "deaths.time_not_known": 1,
        "death_cause.disease_progression": 1,
        "death_cause.embolism": 1,
        "death_cause.missing": 1,
        "deaths.fatal_event": 1,
        "deaths.related": 1,
        "deaths.related_anlotinib": 1,
        "deaths.related_fulvestrant": 1,
    }


def test_every_count_selects_its_records() -> None:
    for result in deaths.results(context()):
        if result.stat_name == "n":
            chosen = context().adam[result.dataset].filter(pl.sql_expr(result.where))
            assert chosen["USUBJID"].n_unique() == result.stat


def test_the_table_of_deaths() -> None:
    table = deaths.table(context(), deaths.results(context()))
    assert rows(table)[:5] == [
        ["Died", "3 (75.0)"],
        ["Time of death"],
        ["On treatment or within 30 days after the last dose", "1 (25.0)"],
        ["Later", "1 (25.0)"],
        ["Not to be told from the date recorded", "1 (25.0)"],
    ]
    assert ["Not recorded", "1 (25.0)"] in rows(table)


def test_nobody_died() -> None:
    found = named(deaths.results(context(empty=True)))
    assert found["deaths.all"] == found["deaths.window"] == found["deaths.fatal_event"] == 0
    for table in (ae_listings.deaths(context(True)), ae_listings.serious(context(True))):
        assert table.rows == ()


def test_the_listing_of_deaths() -> None:
    related = "anlotinib: possibly related; fulvestrant: possibly related"
    assert rows(ae_listings.deaths(context())) == [
        ["S-A", "60", "2024-01-01", "2024-04-10", "2024-04-20", "111", "10", "Embolism (AE 1)", f"Embolism; {related}"],
        ["S-B", "60", "2024-01-01", "2024-04-10", "2024-07-19", "201", "100", "Disease progression (DD 1)", ""],
        ["S-C", "60", "2024-01-01", "2024-04-10", "Month not recorded", "", "", "Not recorded", ""],
    ]


def test_the_listing_of_serious_events() -> None:
    found = rows(ae_listings.serious(context()))
    assert [row[0] for row in found] == ["Patient S-A", "Embolism\nOrgan", "Patient S-D", f"{HOSTILE}\nOrgan"]
    assert found[1][1:5] == ["2024-04-05\n(day 96)", "", "5", "Death, hospitalisation"]
    assert found[3][1:5] == ["2024-02-01 (D)\n(day 32)", "2024-03-01\n(day 61)", "Missing", "Not recorded"]


def test_the_listing_of_other_significant_events() -> None:
    """The second hypertension is of grade 2; the nausea is here for the drugs that were stopped."""
    _, pressure, nausea = rows(ae_listings.significant(context()))
    assert pressure[4] == "A drug was stopped for it; special interest, grade 3 or higher"
    assert pressure[6] == "Anlotinib: stopped; fulvestrant: stopped"
    assert nausea[4:8] == [
        "A drug was stopped for it",
        "Anlotinib: not recorded; fulvestrant: not recorded",
        "Anlotinib: stopped; fulvestrant: stopped",
        "Not recorded",
    ]


def test_hostile_text_is_written_as_text(tmp_path: Any) -> None:
    for table in (ae_listings.serious(context()), ae_listings.significant(context())):
        write_display(table, tmp_path)
    assert "<b>" not in (tmp_path / "l-14-3-2-2.html").read_text(encoding="utf-8")
    assert HOSTILE in (tmp_path / "l-14-3-2-2.csv").read_text(encoding="utf-8")
