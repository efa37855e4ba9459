"""The benchmarks' contenders agree on small inputs, and the page says what was measured; times are tested nowhere."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.paths import find_project
from benchmarks import report
from benchmarks.case import Case, Contender
from benchmarks.cases import CASES
from benchmarks.harness import Measured, _compare

SMALL = {"km": 500, "km-days": 500, "logrank": 500, "ae": 2_000, "simulation": 1_000}
PROJECT = find_project(Path(__file__).parent)


@pytest.mark.parametrize("name", SMALL)
def test_contenders_give_the_same_numbers(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    case.make(tmp_path, SMALL[name])
    pairs, answers = [], []
    for contender in case.contenders:
        if contender.run and contender.load and all(map(importlib.util.find_spec, contender.needs)):
            pairs.append((contender, Measured(contender.label)))
            answers.append(contender.run(contender.load(tmp_path)))
    assert len(pairs) >= 2
    assert len(answers[0]) >= 6
    _compare(case, pairs, answers)


def test_contenders_that_differ_are_named() -> None:
    pairs = [(Contender(label), Measured(label)) for label in ("csr", "floor")]
    with pytest.raises(ValueError, match=r"km: floor gives \[1.0, 3.0\], csr \[1.0, 2.0\]"):
        _compare(CASES["km"], pairs, [[1.0, 2.0], [1.0, 3.0]])


def test_a_contender_runs_in_a_process_of_its_own(tmp_path: Path) -> None:
    """One line of numbers, then two times, of the clock and of the processor, for each line that comes in."""
    CASES["logrank"].make(tmp_path, 100)
    command = [sys.executable, "-m", "benchmarks.child", "logrank", "csr", str(tmp_path)]
    said = subprocess.run(command, input="\n\n", capture_output=True, text=True, check=True, cwd=PROJECT).stdout
    numbers, *times = map(json.loads, said.splitlines())
    assert len(numbers) == 7
    assert [len(pair) for pair in times] == [2, 2]


def measured(label: str, *seconds: float, missing: str = "") -> Measured:
    return Measured(label, list(seconds), [2 * s for s in seconds], 512 * 2**20, missing)


def test_the_page_has_ratios_to_the_floor_memory_and_what_is_missing(tmp_path: Path) -> None:
    case = Case("x", "Something", 1_000, lambda folder, size: None, (), limit=1.3)
    found = {"x": [measured("csr", 3, 1, 2), measured("floor", 1, 1, 1), measured("peer", missing="duckdb")]}
    page = report.page({"x": case}, found, 3)
    assert "## Something (`x`, 1,000)" in page
    assert "| csr | 2 | 1 | 2.00 | 2.00 | 512 |" in page
    assert "| floor | 1 | 1 | 1.00 | 1.00 | 512 |" in page
    assert "| peer | not here: duckdb | | | | |" in page
    assert "Limit: 1.3 times the floor's time. NOT KEPT by the processor's time (2.00)." in page
    report.plot({"x": case}, found, tmp_path / "results.svg")
    assert (tmp_path / "results.svg").read_text(encoding="utf-8").count("<svg ") == 1


def test_sizes_are_compared_for_one_patient_each() -> None:
    """10 s for 100 patients and 2 s for 10: half the time for a patient."""
    case = Case("s", "Sizes", 100, lambda folder, size: None, (), same=0, per_size=(100, 10))
    assert report.ratios(case, [measured("100", 10), measured("10", 2)]) == [0.5, 1.0]
