"""Executing notebooks: what a failing one is told, and what normalising removes."""

import json
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from analysis.errors import NotebookError
from analysis.pipeline.notebooks import execute, normalise, waves

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def notebook(folder: Path, name: str, *sources: str) -> Path:
    parameters = new_code_cell('cut = ""\nparams_dir = ""')
    parameters.metadata["tags"] = ["parameters"]
    nb = new_notebook(cells=[parameters, *(new_code_cell(s) for s in sources)], metadata=KERNEL)
    path = folder / f"{name}.ipynb"
    nbformat.write(nb, path)
    return path


def run(folder: Path, *paths: Path, timeout_s: int = 60, kernel: str = "python3") -> list[str]:
    out = folder / "out"
    out.mkdir(exist_ok=True)
    seen: list[str] = []
    given = {"cut": "c", "params_dir": "p"}
    execute(paths, out, parameters=given, cwd=folder, done=seen.append, timeout_s=timeout_s, kernel=kernel)
    return seen


def test_parameters_reach_the_notebook_and_two_runs_are_the_same_bytes(tmp_path: Path) -> None:
    path = notebook(tmp_path, "10_a", "print(cut, params_dir)", "class A: pass\nA()")
    assert run(tmp_path, path) == ["10_a"]
    first = (tmp_path / "out/10_a.ipynb").read_bytes()
    assert b"c p" in first
    assert b'execution_count": null' in first
    run(tmp_path, path)
    assert (tmp_path / "out/10_a.ipynb").read_bytes() == first


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("raise ValueError('no such patient')", r"notebooks/10_bad\.ipynb, cell 3: ValueError: no such patient"),
        ("import sys; print('careful', file=sys.stderr)", r"10_bad\.ipynb, cell 3: wrote to stderr: careful"),
    ],
)
def test_a_failing_notebook_is_named_with_its_cell(tmp_path: Path, source: str, message: str) -> None:
    with pytest.raises(NotebookError, match=message):
        run(tmp_path, notebook(tmp_path, "10_bad", source))


def test_a_cell_that_hangs_is_named_and_notebooks_that_have_not_begun_are_left_out(tmp_path: Path) -> None:
    hangs = notebook(tmp_path, "10_bad", "1", "import time\ntime.sleep(600)")
    later = [notebook(tmp_path, f"20_{name}", "import time; time.sleep(2)") for name in "abcd"]
    limit = r"2 s \(run\.cell_timeout_seconds of the parameters\)"
    with pytest.raises(NotebookError, match=rf"^notebooks/10_bad\.ipynb, cell 4: ran longer than {limit}$"):
        run(tmp_path, hangs, *later, timeout_s=2)
    assert not (tmp_path / "out/20_d.ipynb").exists()


def test_a_kernel_that_does_not_start_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "jupyter/kernels/broken"
    folder.mkdir(parents=True)
    spec = {"argv": [sys.executable, "-c", "raise SystemExit(3)"], "display_name": "Broken", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    with pytest.raises(
        NotebookError, match=r"^notebooks/10_a\.ipynb(: its kernel did not start: |, cell \d: its kernel died)"
    ):
        run(tmp_path, notebook(tmp_path, "10_a", "1"), kernel="broken")


def test_waves_are_what_the_catalogue_names_with_quality_control_last(tmp_path: Path) -> None:
    for name in ("90_qc", "10_a", "20_b", "05_not_of_this_study"):
        notebook(tmp_path, name)
    names = ["90_qc", "20_b", "10_a", "20_b"]
    assert [[p.stem for p in wave] for wave in waves(tmp_path, names)] == [["10_a", "20_b"], ["90_qc"]]
    with pytest.raises(NotebookError, match=r"30_c\.ipynb: no such notebook, and outputs\.yaml names it"):
        waves(tmp_path, ["30_c"])


def test_normalise_removes_what_differs() -> None:
    cell = new_code_cell(
        "x", execution_count=7, metadata={"papermill": {"start_time": "now"}, "execution": {"iopub.status.busy": "now"}}
    )
    cell.outputs = [new_output("execute_result", {"text/plain": "<A at 0x7f00deadbeef>"}, execution_count=7)]
    nb = new_notebook(
        cells=[cell], metadata={"papermill": {"duration": 1}, "language_info": {"name": "python", "version": "3.11.7"}}
    )
    found = normalise(nb)
    assert "papermill" not in found.metadata
    assert found.metadata.language_info == {"name": "python"}
    assert found.cells[0].metadata == {}
    assert found.cells[0].execution_count is None
    assert found.cells[0].outputs[0].execution_count is None
    assert found.cells[0].outputs[0].data["text/plain"] == "<A at 0x0>"
