"""The displays of the eligibility audit, of four made-up patients from SDTM to display."""

from functools import cache
from typing import Any

import polars as pl
import pytest

from analysis import params as parameters
from analysis.adam import derive
from analysis.results import Result
from analysis.tlf import eligibility
from analysis.tlf.context import Context
from analysis.tlf.display import write_display
from analysis.tlf.model import Table
from tests.adam.build import at, patient, sdtm
from tests.adam.eligibility import chosen, criterion
from tests.conftest import PROJECT

HOSTILE = "<b>#pagebreak() {{< embed x >}} \\par"


def count(value: float) -> dict[str, Any]:
    shown = {"LBTESTCD": "HGB", "LBSTRESN": value, "LBSTRESC": str(value), "LBSTRESU": "g/L", "LBDTC": at(-5)}
    return shown


def ie(code: str, category: str = "INCLUSION") -> dict[str, Any]:
    answer = "N" if category == "INCLUSION" else "Y"
    return {"IETESTCD": code, "IETEST": "T", "IECAT": category, "IESTRESC": answer}


@cache
def context() -> Context:
    """A: haemoglobin 87, recorded. B: 88, not recorded. C: 95, recorded. D: a screen failure of 80, not recorded.

    INCL1 is haemoglobin, EXCL1 cannot be evaluated and is recorded for B.
    """
    frames = sdtm(
        patient("A", more={"LB": [count(87)], "IE": [ie("INCL1")]}),
        patient("B", more={"LB": [count(88)], "IE": [ie("EXCL1", "EXCLUSION")]}),
        patient("C", more={"LB": [count(95)], "IE": [ie("INCL1")]}),
        patient("D", enrolled=None, dosed=None, left=("SCREEN FAILURE", 0), more={"LB": [count(80)]}),
    )
    criteria = [criterion("INCL1", text=HOSTILE), criterion("EXCL1", "EXCLUSION", "Visceral crisis")]
    settings = chosen({"INCL1": "haemoglobin"}, not_evaluable={"EXCL1": "No definition"})
    adam = derive(frames | {"TI": pl.DataFrame(criteria)}, settings)
    catalogue = parameters.load_catalogue(PROJECT / "params")
    return Context(settings, catalogue, {name: dataset.frame for name, dataset in adam.items()})


@cache
def results() -> tuple[Result, ...]:
    return tuple(eligibility.results(context()))


def table() -> Table:
    return eligibility.table(context(), results())


def rows(display: Table) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in display.rows]


def test_counts_of_enrolled_patients() -> None:
    assert rows(table()) == [
        ["Inclusion criteria"],
        ["INCL1", HOSTILE, "0", "1", "1", "1", "0"],
        ["Exclusion criteria"],
        ["EXCL1", "Visceral crisis", "0", "0", "0", "1", "2"],
        ["", "Patients with at least one", "", "1", "1", "2", ""],
        ["", "Records", "", "1", "1", "2", ""],
    ]
    assert table().population == "Enrolled patients (N = 3)"


def test_each_number_selects_its_records() -> None:
    named = {r.name: r for r in results()}
    for name, stat, patients in (
        ("eligibility.incl1.recorded", 1, ["S-A"]),
        ("eligibility.incl1.potential", 1, ["S-B"]),
        ("eligibility.excl1.not_evaluable", 2, ["S-A", "S-C"]),
        ("eligibility.unconfirmed", 2, ["S-B", "S-C"]),
        ("eligibility.potential_events", 1, ["S-B"]),
    ):
        result = named[name]
        found = context().adam[result.dataset].filter(pl.sql_expr(result.where))
        assert (result.stat, found["USUBJID"].to_list()) == (stat, patients)
    assert named["eligibility.potential_pct"].stat == pytest.approx(1 / 3, abs=1e-12)
    assert named["eligibility.potential_pct"].denominator_where == "\"ENRLFL\" = 'Y'"


def test_the_table_says_how_criteria_were_read() -> None:
    notes = [note.text for note in table().footnotes]
    assert "Not evaluable from data: EXCL1: No definition." in notes
    assert not any("Cockcroft" in note for note in notes)  # this study has no such criterion


def test_the_listing_has_every_failure_and_contradiction() -> None:
    display = eligibility.listing(context())
    assert display.population == "Screened patients (N = 4)"
    limit, below = "at least 90 g/L", "Not met: Below the limit"
    lab, text = "LB LBSTRESN 1 2023-12-27", f"INCL1: {HOSTILE}"
    unconfirmed = "Recorded, not confirmed by data"
    assert rows(display) == [
        ["Patient S-A"],
        [text, "87 g/L", limit, below, lab, "IE 1", "Not met, recorded"],
        ["Patient S-B"],
        [text, "88 g/L", limit, below, lab, "Nowhere", "Potential deviation for medical review"],
        ["EXCL1: Visceral crisis", "", "", "Not evaluable: No definition", "", "IE 1", unconfirmed],
        ["Patient S-C"],
        [text, "95 g/L", limit, "Met: Within the limit", lab, "IE 1", unconfirmed],
        ["Patient S-D (not enrolled: screen failure)"],
        [text, "80 g/L", limit, below, lab, "Nowhere", "Not met, not recorded; patient not enrolled"],
    ]


def test_the_displays_of_hostile_criteria_can_be_written(tmp_path: Any) -> None:
    for display in (table(), eligibility.listing(context())):
        write_display(display, tmp_path)
        assert HOSTILE in (tmp_path / f"{display.id}.csv").read_text(encoding="utf-8")


def test_the_studys_table_states_formula_exception_and_what_is_left_out() -> None:
    settings = parameters.load("2025-06-30", PROJECT / "params")
    notes = " ".join(
        n.text for n in eligibility.table(Context(settings, context().catalogue, context().adam), results()).footnotes
    )
    for words in (
        "(140 - age) x weight (kg) / (72 x serum creatinine (mg/dL)), in women x 0.85 (Cockcroft and Gault 1976)",
        "ALT and AST: up to 2.5 x ULN; up to 5 x ULN only with a liver lesion at baseline",
        "Evaluated without: EXCL01: allergy to excipients, which is not in the data; EXCL09: serious arrhythmia",
    ):
        assert words in notes


def test_a_study_without_the_audit() -> None:
    here = context()
    without = Context(here.params, {}, here.adam)
    assert eligibility.results(without) == []
    empty = Context(here.params, here.catalogue, here.adam | {"ADIE": here.adam["ADIE"].clear()})
    assert eligibility.table(empty, eligibility.results(empty)).rows == ()
    assert eligibility.listing(empty).rows == ()
