"""`csr simulate`: its numbers against what is known of the design, and that nothing but params, seed and trials counts.

Tolerances of simulated numbers are four of their Monte Carlo standard errors.
"""

import csv
import json
import math
from pathlib import Path
from typing import Any

import pytest
from scipy.integrate import quad

from analysis import simulate as simulation
from analysis.cli import main
from analysis.errors import CsrError
from analysis.params import Design, Km, Schedule
from analysis.paths import Study, find_project
from analysis.stats.design import event_probability, median_limit_patients
from analysis.stats.simulation import BATCH, Tally
from analysis.tlf import operating
from tests.tlf.test_operating import context

PROJECT = find_project(Path(__file__).parent)
STUDY = Study.open(PROJECT / "params")


def assumed(trials: int = 3_000, **design: object) -> operating.Assumed:
    registered = {"n": 40, "null_median": 5.8, "alternative_median": 10, "simulation_trials": trials}
    return operating.Assumed(Design(**registered | design), Km(), Schedule())  # type: ignore[arg-type]


def here(params: operating.Assumed) -> list[simulation.Characteristic]:
    """The characteristics as one process finds them, without the command."""
    sizes = simulation.sizes(params.design.simulation_trials)
    return simulation.characteristics(params, [simulation.simulate_batch(params, i, n) for i, n in enumerate(sizes)])


def numbers(found: list[simulation.Characteristic], truth: str) -> dict[str, Any]:
    """Those of the registered design under a truth, by statistic."""
    heading = next(row.setting for row in found if row.trials)
    return {row.statistic: row for row in found if row.truth == truth and row.setting == heading}


def test_batches_make_up_the_trials() -> None:
    assert simulation.sizes(2 * BATCH + 5) == [BATCH, BATCH, 5]
    assert simulation.sizes(3) == [3]


def test_power_and_errors_of_the_registered_design() -> None:
    """Power as R found it in 20,000 trials of its own (tests/stats/test_simulation.py); E[O - E] = 0 under the null."""
    found = here(assumed(20_000))
    null, alternative = numbers(found, "null"), numbers(found, "alternative")
    for row, by_r in ((alternative["benefit"], 0.83385), (null["benefit"], 0.01815), (null["harm"], 0.03725)):
        assert row.standard_error == pytest.approx(math.sqrt(by_r * (1 - by_r) / 20_000), rel=0.05)
        assert row.value == pytest.approx(by_r, abs=4 * math.sqrt(2) * row.standard_error)  # both are simulations
        assert row.lower < row.value < row.upper
    by_hand = 40 * quad(lambda entry: 1 - 2 ** (-(30 - entry) / 10), 0, 24)[0] / 24
    events = alternative["events"]
    assert events.value == pytest.approx(by_hand, abs=4 * events.standard_error)
    p = by_hand / 40
    assert events.standard_error == pytest.approx(math.sqrt(40 * p * (1 - p) / 20_000), rel=0.03)  # binomial
    excess = null["events"].value - null["expected"].value
    assert excess == pytest.approx(0, abs=4 * math.sqrt(null["events"].value / 20_000))  # Var(O - E) is E's mean


def test_dropout_takes_events_and_power() -> None:
    """Half are lost in a year: hazards ln 2 / 10 and ln 2 / 12 a month, so a share of 12/22 of those who leave."""
    with_dropout = assumed(5_000, dropout_percent_per_year=50)
    assert with_dropout.design.dropout == pytest.approx(math.log(2) / 12)
    event, lost = math.log(2) / 10, math.log(2) / 12
    share = quad(lambda entry: event / (event + lost) * (1 - math.exp(-(event + lost) * (30 - entry))), 0, 24)[0] / 24
    assert event_probability(10, accrual=24, follow_up=6, dropout=lost) == pytest.approx(share, rel=1e-9)
    found = here(with_dropout)
    events, formula = numbers(found, "alternative")["events"], [r for r in found if r.statistic == "formula_events"]
    assert events.value == pytest.approx(40 * share, abs=4 * events.standard_error)
    assert formula[1].value == pytest.approx(40 * share, rel=1e-9)
    assert numbers(found, "alternative")["benefit"].value < 0.75  # 0.834 without
    # all are followed beyond 5.8 months: Greenwood's integral of h e^(ht) e^(gt) is h / (h + g) (e^((h + g) 5.8) - 1)
    ratio = event / (event + lost) * math.expm1((event + lost) * 5.8) / math.expm1(event * 5.8)
    without = median_limit_patients(5.8, 10, accrual=24, follow_up=6)
    assert median_limit_patients(5.8, 10, accrual=24, follow_up=6, dropout=lost) / without == pytest.approx(ratio)


def test_no_dropout_is_the_design_without_the_key() -> None:
    assert here(assumed(500, dropout_percent_per_year=0)) == here(assumed(500))


def test_it_is_the_simulation_of_the_report() -> None:
    of = context()  # 1,500 trials
    report = {r.name: r.stat for r in operating.results(of)}
    design = of.params.design
    found = here(operating.Assumed(design, of.params.km, of.params.schedule))
    for row in found:
        key = "" if row.trials is None else next(s.key for s in operating.settings(of.params) if s.label == row.setting)
        assert report[f"design.{key}{row.truth}_{row.statistic}"] == row.value
    assert len(found) == 6 + 2 * (8 + 8 + 1)


def test_a_batch_depends_on_its_arguments_alone() -> None:
    params = assumed()
    second = simulation.simulate_batch(params, 1, 50)
    simulation.simulate_batch(params, 0, 50)
    assert simulation.simulate_batch(params, 1, 50) == second != simulation.simulate_batch(params, 2, 50)
    assert simulation.simulate_batch(assumed(simulation_seed=1), 1, 50) != second
    assert set(second) == {f"{key}{truth}" for key in ("", "scans_", "limit_") for truth in ("null", "alternative")}


def test_the_same_bytes_from_any_number_of_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(PROJECT)
    files = [tmp_path / f"{processes}.csv" for processes in (1, 3)]
    for processes, file in zip((1, 3), files, strict=True):
        arguments = ["--trials", "2500", "--seed", "5", "--processes", str(processes), "--out", str(file)]
        assert main(["simulate", *arguments]) == 0
    assert files[0].read_bytes() == files[1].read_bytes()
    printed = capsys.readouterr().out
    assert "Registered test rejects, benefit tail, %" in printed
    assert "2,500 trials, seed 5" in printed
    rows = list(csv.DictReader(files[0].open(newline="")))
    shares = [row for row in rows if row["statistic"] == "benefit"]
    assert [row["true_median_months"] for row in shares] == ["5.8", "10.0"] * 2
    assert all(float(row["value"]) * 2_500 == pytest.approx(round(float(row["value"]) * 2_500)) for row in shares)


def test_json_holds_the_design_and_every_number(tmp_path: Path) -> None:
    params = assumed(500)
    found = here(params)
    simulation.write(tmp_path / "numbers.json", params, found)
    content = json.loads((tmp_path / "numbers.json").read_text())
    assert content["design"]["simulation_trials"] == 500
    assert [row["value"] for row in content["characteristics"]] == [row.value for row in found]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--out", "numbers.xlsx"], "--out numbers.xlsx: expected a file that ends in .csv or .json"),
        (["--out", "nowhere/numbers.csv"], "--out nowhere/numbers.csv: expected a file in a folder that is there"),
        (["--params", "examples/cdisc-oncology/params"], "design: no null_median or no alternative_median"),
        (["--trials", "0"], "'--trials': "),
        (["--seed", "-1"], "'--seed': "),
    ],
)
def test_refuses_before_it_computes(
    arguments: list[str], says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(PROJECT)
    assert main(["simulate", *arguments]) == 2
    assert says in capsys.readouterr().err


def test_a_process_that_fails_is_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation, "_plain", lambda params: {})
    with pytest.raises(CsrError, match="ended early"):
        simulation.simulate(assumed(), simulation.computed_here(STUDY, assumed(), 2), print)


def test_tallies_of_squares_by_hand() -> None:
    """Two trials with 3 and 5 events: mean 4, standard error sqrt(2) / sqrt(2) = 1."""
    sums = operating.MEANS["events"][1](Tally(trials=2, events=8, events_squares=34))
    assert (sums.mean, sums.std_err) == (4, 1)
    assert math.isnan(operating.MEANS["events"][1](Tally(trials=1, events=3, events_squares=9)).std_err)
