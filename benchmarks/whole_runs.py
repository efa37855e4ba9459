"""Whole runs of a frozen copy of the project: by csr run, by plain papermill, and without notebooks (the floor)."""

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from analysis import params
from analysis.paths import find_project
from analysis.pipeline.environment import PARAMS_DIR, child_environment
from benchmarks.case import Case, Contender, Limit, Steps

PROJECT = find_project(Path(__file__).parent)
CUT, PATIENTS = "2025-12-31", 40
_SUMS = "outputs.json"
_LEFT_OUT = shutil.ignore_patterns(".*", "build", "dist", "__pycache__", "tests", "docs", "examples")


@dataclass
class Work:
    """What a contender works with: code, study, cut, the place of its build; and the steps of its last run."""

    folder: Path
    project: Path
    params_dir: Path
    cut: str
    build: Path
    steps: list[tuple[str, float]] = field(default_factory=list)


def copy_project(target: Path) -> None:
    """A copy of the project as it is now, which nobody else changes; compiled, as it is after its first run."""
    shutil.copytree(PROJECT, target, ignore=_LEFT_OUT)
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(target / "analysis")], check=True)


def make(folder: Path, size: int) -> None:
    copy_project(folder / "project")


def load(label: str, folder: Path) -> Work:
    project = folder / "project"
    return Work(folder, project, project / "params", CUT, folder / f"build by {label}")


def said(command: Sequence[str], project: Path, environment: Mapping[str, str]) -> str:
    """What a program says; where it fails, that is shown and CalledProcessError raised."""
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
    done.check_returncode()
    return done.stdout + done.stderr


def csr(work: Work, *arguments: str) -> str:
    """What a command of csr says."""
    command = [sys.executable, "-P", "-m", "analysis", *arguments]
    return said(command, work.project, os.environ | {"PYTHONPATH": str(work.project)})


def by_csr(work: Work) -> list[float]:
    csr(work, "run", work.cut, "--force", "--out", str(work.build), "--params", str(work.params_dir))
    return []


def in_one_process(how: str, work: Work) -> list[float]:
    """By one_process.py, which is told in its environment what the computing process of a run is told in its."""
    home = Path(tempfile.mkdtemp(dir=work.folder))
    cutoff: dt.date = params.load(work.cut, work.params_dir).cutoff
    environment = child_environment(work.project, home, cutoff, **{PARAMS_DIR: str(work.params_dir)})
    command = [sys.executable, "-m", "benchmarks.one_process", how, work.cut, str(work.params_dir), str(work.build)]
    said(command, work.project, environment)
    return []


def remove(work: Work) -> None:
    shutil.rmtree(work.build, ignore_errors=True)


def logged(work: Work) -> Steps:
    """The steps of the build's log, the last of them its end."""
    log = json.loads((work.build / "run.log.json").read_bytes())
    return [*((step["step"], step["seconds"]) for step in log["steps"]), ("", log["seconds"])]


def same_files(work: Work) -> Steps:
    """The steps, of a build whose files are those of the first contender's build.

    Raises ValueError where they differ. The first contender's are kept in the folder that all of a case share.
    """
    outputs = json.loads((work.build / "manifest.json").read_bytes())["outputs"]
    kept = work.folder / _SUMS
    if not kept.exists():
        kept.write_text(json.dumps(outputs), encoding="utf-8")
    first = json.loads(kept.read_bytes())
    differ = [name for name in sorted({**first, **outputs}) if first.get(name) != outputs.get(name)]
    if differ:
        raise ValueError(f"{work.build.name}: other files than those of the first contender: {', '.join(differ[:9])}")
    return logged(work)


def _contender(label: str, run: Callable[[Work], list[float]]) -> Contender:
    return Contender(label, partial(load, label), run, prepare=remove, steps=same_files)


COMPUTED = ("adam", "notebooks")
CASES = (
    Case(
        "run",
        "The whole run, from the check of the lock to the report in all its formats",
        PATIENTS,
        make,
        (
            _contender("csr run", by_csr),
            _contender("floor", partial(in_one_process, "floor")),
            _contender("plain papermill", partial(in_one_process, "papermill")),
        ),
        limit=1.5,
        limits=(
            Limit("csr run", 0.5, "plain papermill"),
            Limit("csr run", 0.3, "plain papermill", COMPUTED),
        ),
        whole=True,
        unit="patients",
        note="The demonstration study, every step made again. The floor is one process that does one thing after "
        "another, without kernels: it runs the cells of each notebook in a namespace of its own, puts what they show "
        "into the notebooks that the report is made from, and writes every other file. Plain papermill starts a cold "
        "kernel for one notebook after another, with csr's own report. Both check the lock and the data as csr does. "
        "All three make the same files, byte for byte, or the benchmark fails. Kernels warm up while ADaM is derived, "
        "so that both stages count together where notebooks are compared. Peak memory is that of the largest process.",
    ),
)
