"""Tables of exposure: three hand-made patients, a drug without interruptions, and a drug without a plan."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from analysis import adam, params
from analysis.cut.dataset import frames
from analysis.results import Result
from analysis.tlf import exposure
from analysis.tlf.context import Context
from analysis.tlf.model import Table
from tests.adam import build
from tests.adam.build import STUDY, Rows, patient, sdtm
from tests.adam.test_adex import PLANNED, daily, injection

PROJECT = Path(__file__).parents[2]
CATALOGUE = params.load_catalogue(PROJECT / "params")


def dosed(name: str, *doses: dict[str, Any]) -> Rows:
    return patient(name, dosed=None, more={"EX": list(doses)})


PATIENTS = (
    # two cycles of which the second a week late and reduced to 8 mg; two injections
    dosed("01", daily(0, 13), daily(28, 41, 8.0), injection(0), injection(14)),
    # one cycle with two days left out, then one in full; one injection
    dosed("02", daily(0, 4), daily(7, 13), daily(21, 34), injection(0)),
    # one cycle, no fulvestrant
    dosed("03", daily(0, 13)),
)


def context(*patients: Rows, study: dict[str, Any] = PLANNED) -> Context:
    chosen = build.params(400, study=study)
    return Context(chosen, CATALOGUE, frames(adam.derive(sdtm(*(patients or PATIENTS)), chosen)))


def lines(table: Table) -> list[tuple[str, ...]]:
    return [tuple(cell.text for cell in row.cells) for row in table.rows]


def named(results: list[Result]) -> dict[str | None, Result]:
    return {r.name: r for r in results}


def test_exposure_to_each_drug() -> None:
    """Anlotinib lasts 49, 42 and 21 days; fulvestrant 28 and 14 days: the second injection is followed by 14 days."""
    c = context()
    found = exposure.results(c)
    table = exposure.table(c, found)
    assert [column.label for column in table.columns] == ["", "Anlotinib\n(N = 3)", "Fulvestrant\n(N = 3)"]
    shown = lines(table)
    assert shown[:3] == [
        ("Patients treated, n (%)", "3 (100.0)", "2 (66.7)"),
        ("Duration of treatment, days",),
        ("n", "3", "2"),
    ]
    # R: x <- c(49, 42, 21); mean(x) 37.33333; sd(x) 14.57166; quantile(x, c(.25, .75), type = 2) 21, 49
    assert shown[3:7] == [
        ("Mean (SD)", "37.3 (14.57)", "21.0 (9.90)"),
        ("Median", "42.0", "21.0"),
        ("Q1, Q3", "21.0, 49.0", "14.0, 28.0"),
        ("Minimum, maximum", "21, 49", "14, 28"),
    ]
    of = named(found)
    cumulative = [of[f"exposure.anlotinib.dose.{name}"].stat for name in ("min", "median", "max")]
    assert cumulative == [14 * 12, 14 * 12 + 14 * 8, 26 * 12]
    assert of["exposure.anlotinib.cycles.max"].stat == 2
    assert of["exposure.anlotinib.cycles.max"].group1_level == "anlotinib: Cycles begun"
    assert of["exposure.fulvestrant.days.max"].stat == 2


def test_changes_of_dose_and_intensity() -> None:
    """Relative dose intensity: (280 / 49) / (336 / 42) = 71.4 %, 312 / 336 = 92.9 %, 100 %."""
    c = context()
    found = exposure.intensity_results(c)
    assert lines(exposure.intensity_table(c, found)) == [
        ("Dose reduction",),
        ("Patients, n (%)", "1 (33.3)", "0"),
        ("Reductions", "1", "0"),
        ("Dosing interrupted within a cycle",),
        ("Patients, n (%)", "1 (33.3)", "-"),
        ("Interruptions", "1", "-"),
        ("Delay of a cycle or injection",),
        ("Patients, n (%)", "1 (33.3)", "0"),
        ("Delays", "1", "0"),
        ("Relative dose intensity, %",),
        ("n", "3", "2"),
        ("Mean (SD)", "88.1 (14.87)", "100.0 (0.00)"),
        ("Median", "92.9", "100.0"),
        ("Q1, Q3", "71.4, 100.0", "100.0, 100.0"),
        ("Minimum, maximum", "71, 100", "100, 100"),
        ("<70%, n (%)", "0", "0"),
        ("70 to <90%, n (%)", "1 (33.3)", "0"),
        ("≥90%, n (%)", "2 (66.7)", "2 (66.7)"),
    ]
    of = named(found)
    assert of["exposure.anlotinib.rdi.min"].stat == pytest.approx(100 * (280 / 49) / (336 / 42), abs=1e-9)


def test_a_drug_without_a_plan_has_no_intensity() -> None:
    c = context(study=STUDY)
    table = lines(exposure.intensity_table(c, exposure.intensity_results(c)))
    assert table == [
        ("Dose reduction",),
        ("Patients, n (%)", "1 (33.3)", "0"),
        ("Reductions", "1", "0"),
        ("Dosing interrupted within a cycle",),
        ("Patients, n (%)", "-", "-"),
        ("Interruptions", "-", "-"),
        ("Delay of a cycle or injection",),
        ("Patients, n (%)", "-", "-"),
        ("Delays", "-", "-"),
    ]
    shown = lines(exposure.table(c, exposure.results(c)))
    assert ("Days with a dose",) in shown
    assert not any("begun" in row[0] for row in shown)


def test_each_where_clause_selects_the_records_behind_its_number() -> None:
    c = context()
    for r in exposure.results(c) + exposure.intensity_results(c):
        records = c.adam["ADEX"].filter(pl.sql_expr(r.where))
        if r.stat_name == "n":
            assert r.stat == records["USUBJID"].n_unique()
        elif r.stat_name == "sum":
            assert r.stat == records["AVAL"].sum()
        elif r.stat_name == "max":
            assert r.stat == pytest.approx(records["AVAL"].max())


def test_a_catalogue_without_the_tables_has_no_results() -> None:
    c = context()
    bare = Context(c.params, {}, c.adam)
    assert exposure.results(bare) + exposure.intensity_results(bare) == []
