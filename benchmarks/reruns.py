"""Runs after small changes, beside the whole run; and the commands that are to answer at once."""

import datetime as dt
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import polars as pl

from analysis.cut import lock
from analysis.cut.dataset import read_dataset, write_xpt
from benchmarks.case import Case, Contender, Limit
from benchmarks.whole_runs import CUT, PATIENTS, Work, by_csr, copy_project, csr, logged

CHAPTER, NOTEBOOK = "report/13-discussion.qmd", "notebooks/20_primary_pfs.ipynb"
_TRANSFER, _NAME = "2026-01-15", "benchmark"
_SENTENCE, _COMMENT = "\nThis was read again.\n", "\n# read again"


def make(folder: Path, size: int) -> None:
    """The project with a finished build."""
    copy_project(folder / "project")
    work = load_at(folder / "project")
    csr(work, "run", work.cut)


def load(label: str, folder: Path) -> Work:
    """A copy for each contender, since it is changed."""
    return load_at(Path(shutil.copytree(folder / "project", folder / label.replace(" ", "-"))))


def load_at(project: Path) -> Work:
    return Work(project.parent, project, project / "params", CUT, project / "build" / CUT)


def toggled(text: str, end: str) -> str:
    """The text without its end, or with it where it has none."""
    return text.removesuffix(end) if text.endswith(end) else text + end


def edit_chapter(work: Work) -> None:
    """A sentence at its end comes and goes."""
    path = work.project / CHAPTER
    path.write_text(toggled(path.read_text(encoding="utf-8"), _SENTENCE), encoding="utf-8")


def edit_notebook(work: Work) -> None:
    """A comment in its last cell of code comes and goes."""
    path = work.project / NOTEBOOK
    content = json.loads(path.read_bytes())
    cell = [cell for cell in content["cells"] if cell["cell_type"] == "code"][-1]
    cell["source"] = toggled("".join(cell["source"]), _COMMENT).splitlines(keepends=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def edit_event(work: Work) -> None:
    """Another grade, 1 or 2, of the first adverse event that has grade 1; the cut is locked again."""
    folder = work.project / "data/cuts" / work.cut
    events = read_dataset(folder / "ae.xpt")
    grades = events.frame["AETOXGR"].to_list()
    grades[0] = {"1": "2", "2": "1"}[grades[0]]
    write_xpt(events.with_frame(events.frame.with_columns(AETOXGR=pl.Series(grades))), folder / "ae.xpt")
    locked = dt.date.fromisoformat(json.loads((folder / lock.LOCK_FILE).read_bytes())["date"])
    pin = lock.write_lock(folder, locked)
    chosen = work.params_dir / "cuts" / f"{work.cut}.yaml"
    text = chosen.read_text(encoding="utf-8")
    chosen.write_text(re.sub("(?m)^lock_sha256:.*$", f'lock_sha256: "{pin}"', text), encoding="utf-8")


def run_again(work: Work) -> Sequence[float]:
    begin = time.perf_counter()
    found = re.search("nothing to make.*", csr(work, "run", work.cut))
    work.steps = [(found[0], time.perf_counter() - begin)] if found else list(logged(work))
    return []


def steps(work: Work) -> Sequence[tuple[str, float]]:
    return work.steps


def rerun(label: str, prepare: Callable[[Work], object] | None) -> Contender:
    return Contender(label, partial(load, label), run_again, prepare=prepare, steps=steps)


def remove_cut(work: Work) -> None:
    shutil.rmtree(work.project / "data/cuts" / _NAME, ignore_errors=True)


def command(*arguments: str) -> Callable[[Work], Sequence[float]]:
    """Run a command of csr."""

    def run(work: Work) -> Sequence[float]:
        csr(work, *arguments)
        return []

    return run


def python(work: Work) -> Sequence[float]:
    subprocess.run([sys.executable, "-P", "-c", "pass"], check=True)
    return []


FULL, NOTHING, HELP, CHECK, CUT_DATA = "everything (--force)", "nothing changed", "csr --help", "csr check", "csr cut"
CASES = (
    Case(
        "reruns",
        "Runs after a change, and after none",
        PATIENTS,
        make,
        (
            rerun(NOTHING, None),
            Contender(FULL, partial(load, FULL), by_csr, steps=logged),
            rerun("one chapter edited", edit_chapter),
            rerun("one notebook edited", edit_notebook),
            rerun("one adverse event changed", edit_event),
        ),
        limit=0.03,
        limits=(Limit(NOTHING, 1),),
        whole=True,
        unit="patients",
        note=f"The demonstration study, each change made in a copy of its own that has a finished build: a sentence of "
        f"{CHAPTER}, a comment in {NOTEBOOK}, the grade of one adverse event in a cut that is locked again.",
    ),
    Case(
        "commands",
        "Commands that answer at once",
        PATIENTS,
        lambda folder, size: copy_project(folder / "project"),
        (
            Contender(HELP, partial(load, HELP), command("--help")),
            Contender("python, importing nothing", partial(load, "python"), python),
            Contender(CHECK, partial(load, CHECK), command("check", CUT)),
            Contender(
                CUT_DATA,
                partial(load, CUT_DATA),
                command("cut", _TRANSFER, "--cutoff", CUT, "--name", _NAME),
                prepare=remove_cut,
            ),
        ),
        limits=(Limit(HELP, 0.3), Limit(CHECK, 2), Limit(CUT_DATA, 2)),
        whole=True,
        unit="patients",
        note="From the start of the process to its end, in the demonstration study.",
    ),
)
