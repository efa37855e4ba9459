"""Table 16.1.9.5: what it shows of the simulations, beside the formulas."""

import math
from pathlib import Path

import polars as pl
from scipy.stats import binom

from analysis import params
from analysis.paths import find_project
from analysis.results import Result
from analysis.tlf import operating, rows
from analysis.tlf.context import Context

PROJECT = find_project(Path(__file__).parent)


def context(**design: object) -> Context:
    chosen = params.load("2025-06-30", PROJECT / "params")
    chosen = chosen.model_copy(
        update={"design": chosen.design.model_copy(update={"simulation_trials": 1_500} | design)}
    )
    return Context(chosen, params.load_catalogue(PROJECT / "params"), {"ADSL": pl.DataFrame({"ENRLFL": ["Y"]})})


def texts(of: Context, found: list[Result]) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in operating.table(of, found).rows]


def test_the_formulas_beside_the_simulation() -> None:
    """40 x 0.67854 = 27.14 events expected: Phi(sqrt(27.14) x 0.54473 - 1.95996) = Phi(0.87791) = 0.8100."""
    of = context()
    found = operating.results(of)
    shown = texts(of, found)
    assert shown[1:4] == [["Benefit tail, %", "2.50", "81.00"], ["Harm tail, %", "2.50", "0.00"], shown[3]]
    assert shown[3] == ["Events", "33.6", "27.1"]
    headings = [line[0] for line in shown if len(line) == 1]
    assert headings == [
        "By formula, 40 patients",
        "By simulation, 40 patients, day of progression known",
        "By simulation, the same patients, progression seen only at scans every 56 days",
        "By simulation, 81 patients, the number by formula for a rule on the lower limit of the median",
    ]


def test_shares_have_exact_limits_and_every_number_a_name() -> None:
    found = rows.by_name(operating.results(context()))
    assert None not in found
    power = found["design.alternative_benefit"]
    assert isinstance(power.stat, float)
    count = round(power.stat * 1_500)
    assert math.isclose(count / 1_500, power.stat, rel_tol=1e-11)  # a number of trials
    assert 0.78 < power.stat < 0.88  # 0.834 by R; four standard errors are 0.038
    # Clopper-Pearson by its definition: 2.5 % of trials beyond each limit
    lower, upper = found["design.alternative_benefit_lower"].stat, found["design.alternative_benefit_upper"].stat
    assert math.isclose(binom.sf(count - 1, 1_500, lower), 0.025, rel_tol=1e-6)
    assert math.isclose(binom.cdf(count, 1_500, upper), 0.025, rel_tol=1e-6)
    assert found["design.scans_null_benefit"].stat > found["design.null_benefit"].stat  # type: ignore[operator]
    assert not {name.removeprefix("design.") for name in found if name} & set(params.Design.model_fields)
    assert {(r.where, r.dataset) for r in found.values()} == {("FALSE", "ADSL")}


def test_progress_goes_through_every_batch_and_changes_nothing() -> None:
    seen: list[int] = []

    def track(jobs):  # type: ignore[no-untyped-def]
        for job in jobs:
            yield job
            seen.append(len(jobs))

    assert operating.results(context(), track) == operating.results(context())
    assert seen == [12] * 12  # three settings, two medians, two batches each


def test_a_design_that_cannot_have_some_or_any_of_it() -> None:
    assert operating.results(context(null_median=None)) == []
    assert operating.results(context(alternative_median=None)) == []
    of = context()
    left_out = Context(of.params, {k: v for k, v in of.catalogue.items() if k != operating.OUTPUT}, of.adam)
    assert operating.results(left_out) == []
    short = context(null_median=1e6, alternative_median=2e6)  # nobody is followed as long as the null median
    assert [s.key for s in operating.settings(short.params)] == ["", "scans_"]
    median = rows.by_name(operating.results(short))["design.null_estimated_median"]
    assert (median.stat, median.stat_fmt) == (None, "NE")


def test_a_one_sided_design_has_no_harm_tail() -> None:
    of = context(sides=1)
    found = rows.by_name(operating.results(of))
    assert found["design.null_formula_benefit"].stat == 0.05
    for name in ("null_formula_harm", "alternative_formula_harm", "null_harm", "scans_alternative_harm_wu"):
        assert found[f"design.{name}"].stat == 0
    assert "one-sided" in operating.table(of, list(found.values())).footnotes[1].text
