"""The benchmarks' contenders agree on small inputs, and the page says what was measured; times are tested nowhere."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import benchmarks.__main__
from analysis.paths import Study, find_project
from analysis.pipeline.run import locked
from benchmarks import report, reruns
from benchmarks.case import Case, Contender, Limit, Steps
from benchmarks.cases import CASES
from benchmarks.harness import HERE, Measured, _compare
from benchmarks.whole_runs import CUT as DEMONSTRATION
from benchmarks.whole_runs import Work, copy_project, same_files
from tests.miniature import CUT, copy_miniature

SMALL = {"km": 500, "km-days": 500, "logrank": 500, "ae": 2_000, "simulation": 1_000}
PROJECT = find_project(Path(__file__).parent)
PARAMS = f"params/cuts/{DEMONSTRATION}.yaml"


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
    """One line of numbers, then for each line that comes in two times, the peak memory of programs, and steps."""
    CASES["logrank"].make(tmp_path, 100)
    command = [sys.executable, "-m", "benchmarks.child", "logrank", "csr", str(tmp_path)]
    said = subprocess.run(command, input="\n\n", capture_output=True, text=True, check=True, cwd=PROJECT).stdout
    numbers, *times = map(json.loads, said.splitlines())
    assert len(numbers) == 7
    assert [len(line) for line in times] == [4, 4]


def nothing(folder: Path, size: int) -> None:
    """Makes no input."""


def measured(label: str, *seconds: float, missing: str = "", steps: list[Steps] | None = None) -> Measured:
    return Measured(label, list(seconds), [2 * s for s in seconds], 512 * 2**20, missing, steps or [])


def contenders(*labels: str) -> tuple[Contender, ...]:
    return tuple(map(Contender, labels))


def test_the_page_has_ratios_to_the_floor_memory_and_what_is_missing(tmp_path: Path) -> None:
    case = Case(
        "x", "Something", 1_000, nothing, contenders("csr", "floor", "peer"), limit=1.3, unit="rows", note="So."
    )
    found = [measured("csr", 3, 1, 2), measured("floor", 1, 1, 1), measured("peer", missing="duckdb")]
    records = {"x": report.record(case, found)}
    page = report.page({"x": case}, records)
    assert "## Something (`x`, 1,000 rows)" in page
    assert "medians of 3.\n\nSo.\n\n- Limit: csr, by floor: at most 1.3. NOT KEPT by the processor's time (2)." in page
    assert "| csr | 2 | 1 | 2.00 | 2.00 | 512 |" in page
    assert "| floor | 1 | 1 | 1.00 | 1.00 | 512 |" in page
    assert "| peer | not here: duckdb | | | | |" in page
    report.plot({"x": case}, records, tmp_path / "results.svg")
    assert (tmp_path / "results.svg").read_text(encoding="utf-8").count("<svg ") == 1


def test_limits_of_whole_runs_are_for_the_clock_for_stages_and_for_seconds() -> None:
    """Of two turns: 10 and 12 s of csr, 4 and 5 of them for ADaM and notebooks; the other takes 20 and 16."""
    limits = (Limit("csr", 0.25, "cold", ("adam", "notebooks")), Limit("csr", 12), Limit("csr", 10.9))
    labels = contenders("csr", "floor", "cold")
    case = Case("x", "Runs", 40, nothing, labels, limit=1.5, limits=limits, whole=True)
    own: list[Steps] = [
        [
            ("adam, since --force", 1),
            ("notebook 20_a, since --force", 3),
            ("notebook 90_b", 4),
            ("report", 9),
            ("", 9.5),
        ],
        [("adam", 2), ("notebook 20_a", 4), ("notebook 90_b", 5), ("report", 11), ("", 11.5)],
    ]
    cold: list[Steps] = [[("adam", 1), ("notebook 20_a", 16), ("report", 19), ("", 19)]] * 2
    found = [measured("csr", 10, 12, steps=own), measured("floor", 8, 8), measured("cold", 20, 20, steps=cold)]
    of = report.record(case, found)
    page = report.page({"x": case}, {"x": of})
    assert "- Limit: csr, by floor: at most 1.5. Kept by the clock (1.38)." in page
    assert "- Limit: csr, adam and notebooks, by cold: at most 0.25. NOT KEPT by the clock (0.281)." in page
    assert "- Limit: csr, seconds: at most 12. Kept by the clock (11)." in page
    assert "- Limit: csr, seconds: at most 10.9. NOT KEPT by the clock (11)." in page
    assert "| Stage, median s | csr | cold |" in page
    assert "| notebooks | 3.00 | 15.00 |" in page
    assert "| start, checks, into its place | 1.00 | 1.00 |" in page
    assert of["again"] == {}


def test_the_page_says_what_was_made_again_and_why() -> None:
    case = Case("x", "Reruns", 40, nothing, contenders("nothing", "full", "edit"), whole=True)
    full: Steps = [("adam, since --force", 1), ("report, since --force", 2), ("", 2)]
    edit: Steps = [
        ("adam: kept, since nothing that it depends on has changed", 1),
        ("notebook 20_a, since ADAE changed", 2),
        ("notebook 31_b, since ADAE changed", 3),
        ("report, since notebooks changed", 4),
        ("", 5),
    ]
    found = [
        measured("nothing", 1, steps=[[("nothing to make: all is as it was", 1)]]),
        measured("full", 2, steps=[full]),
        measured("edit", 5, steps=[edit]),
    ]
    page = report.page({"x": case}, {"x": report.record(case, found)})
    assert page.endswith(
        "- nothing: nothing to make: all is as it was\n"
        "- edit: 20_a, 31_b, since ADAE changed; report, since notebooks changed\n"
    )


def test_measuring_some_keeps_the_tables_of_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def measure(case: Case, *_: Any) -> list[Measured]:
        return [measured(contender.label, 1) for contender in case.contenders]

    monkeypatch.setattr(benchmarks.__main__, "measure", measure)
    for name in ("simulation", "logrank"):
        monkeypatch.setattr(sys, "argv", ["benchmarks", name, "--size", "1000", "--out", str(tmp_path)])
        benchmarks.__main__.main()
    page = (tmp_path / "results.md").read_text(encoding="utf-8")
    assert [line for line in page.splitlines() if line.startswith("## ")] == [
        "## One-sample log-rank test (`logrank`, 1,000)",
        "## Trials of 40 patients, drawn and analysed (`simulation`, 1,000)",
    ]
    drawn = (tmp_path / "results.svg").read_text(encoding="utf-8")
    assert "<!-- logrank: csr -->" in drawn
    assert "<!-- simulation: plain numpy -->" in drawn


def test_the_page_is_that_of_the_kept_measurements() -> None:
    kept = json.loads((HERE / "results.json").read_bytes())
    assert (HERE / "results.md").read_text(encoding="utf-8") == report.page(CASES, kept)


@pytest.mark.slow
def test_plain_papermill_and_the_floor_make_the_files_of_a_run(tmp_path: Path) -> None:
    """Of the miniature study; the benchmark itself compares those of the demonstration study. Differences are found."""
    copy_project(tmp_path / "project")
    study = copy_miniature(tmp_path)
    works = []
    for contender in CASES["run"].contenders:
        work = Work(tmp_path, tmp_path / "project", study / "params", CUT, tmp_path / f"build by {contender.label}")
        assert contender.run is not None
        contender.run(work)
        works.append(work)
        steps = [step.split(",")[0] for step, _ in same_files(work)]
        assert [s for s in steps if s.startswith("notebook")] == [
            "notebook 20_efficacy_and_safety",
            "notebook 90_quality_control",
        ]
    assert len(works) == 3
    assert len({(work.build / "manifest.json").read_bytes() for work in works}) == 1
    notebook = json.loads((works[1].build / "notebooks/20_efficacy_and_safety.ipynb").read_bytes())
    assert any("image/png" in output["data"] for cell in notebook["cells"] for output in cell.get("outputs", []))
    manifest = json.loads((works[2].build / "manifest.json").read_bytes())
    manifest["outputs"]["csr.pdf"] = "0" * 64
    (works[2].build / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ValueError, match=r"plain papermill: other files than those of the first contender: csr\.pdf$"):
        same_files(works[2])


def contents(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_a_change_for_a_rerun_is_one_change_and_comes_and_goes(tmp_path: Path) -> None:
    """What each preparation changes, by file; done twice, chapter, notebook and data are as they were."""
    copy_project(tmp_path / "project")
    work = reruns.load_at(tmp_path / "project")
    before = contents(work.project)
    for prepare, files in (
        (reruns.edit_chapter, {reruns.CHAPTER}),
        (reruns.edit_notebook, {reruns.NOTEBOOK}),
        (reruns.edit_event, {f"data/cuts/{work.cut}/{n}" for n in ("ae.xpt", "lock.json")} | {PARAMS}),
    ):
        prepare(work)
        after = contents(work.project)
        assert {name for name in {**before, **after} if before.get(name) != after.get(name)} == files
        locked(Study.open(work.params_dir, work.project), work.cut)
        prepare(work)
        assert contents(work.project) == before


def test_sizes_are_compared_for_one_patient_each() -> None:
    """10 s for 100 patients and 2 s for 10: half the time for a patient."""
    case = Case("s", "Sizes", 100, lambda folder, size: None, (), same=0, per_size=(100, 10))
    assert report.ratios(case, [measured("100", 10), measured("10", 2)]) == [0.5, 1.0]
