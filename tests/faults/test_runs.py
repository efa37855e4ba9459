"""Interrupts, doubled runs, dead and hanging kernels, missing fonts: the old build stays, and the message is clear."""

import re
import signal
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from analysis.tlf.fonts import BOLD
from tests.conftest import csr
from tests.faults import (
    NOTEBOOK,
    add_cell,
    beside,
    snapshot,
    started,
    wait_for,
    wait_for_role,
    wait_until_gone,
    whole,
)
from tests.miniature import CUT, copy_miniature, csr_mini

linux = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: its /proc tells which processes are left")


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """The study with something in the place of its build that a run takes for an older one."""
    study = copy_miniature(tmp_path)
    place = study / "build" / CUT
    (place / "tlf").mkdir(parents=True)
    (place / "manifest.json").write_text("{}")
    (place / "tlf/t.csv").write_text("old")
    return study


def limit_cells(study: Path, seconds: int) -> None:
    with (study / "params/study.yaml").open("a") as f:
        f.write(f"run: {{cell_timeout_seconds: {seconds}}}\n")


@linux
@pytest.mark.slow
def test_a_second_run_names_the_first_and_leaves_it_alone(study: Path) -> None:
    with started(study, "run", CUT) as first:
        wait_for(study / "build" / f".{CUT}.running.json", first)
        second = csr_mini(study, "run", CUT)
        assert second.returncode == 1
        assert re.search(rf"another run of this build is at work \(process {first.pid} on \S+\)", second.stderr)
        _, said = first.communicate(timeout=300)
        assert first.returncode == 0, said
        wait_until_gone()
    assert whole(study / "build" / CUT)
    assert beside(study) == set()


@linux
@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("role", ["csr", "build", "server", "kernel"])
def test_an_interrupted_run_leaves_the_old_build_and_no_process(study: Path, role: str, number: signal.Signals) -> None:
    """As soon as there is such a process: at every stage of a run's start."""
    place = study / "build" / CUT
    before = snapshot(place)
    add_cell(study, "import time\ntime.sleep(600)")
    with started(study, "run", CUT) as run:
        wait_for(study / "build" / f".{CUT}.running.json", run)
        assert wait_for_role(role, run)
        run.send_signal(number)
        _, said = run.communicate(timeout=60)
        assert run.returncode == 130
        assert said == f"csr: interrupted; {place}: the build that was there before is unchanged\n"
        wait_until_gone()
    assert snapshot(place) == before
    assert beside(study) == set()


@linux
@pytest.mark.slow
def test_an_interrupt_while_the_index_is_written_says_that_the_build_is_finished(study: Path) -> None:
    place = study / "build" / CUT
    with FileLock(study / "build/.index.html.lock"), started(study, "run", CUT) as run:
        wait_for(place / "csr.html", run)
        wait_for(study / "build" / f".{CUT}.running.json", run, gone=True)
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=60)
        assert run.returncode == 130
        wait_until_gone()
    assert f"{place}: the build is finished and in its place, but not the index over the cuts. The next csr run" in said
    assert whole(place)
    assert beside(study) == set()


@linux
@pytest.mark.slow
def test_a_cell_that_hangs_is_named_and_killed_with_what_it_started(study: Path) -> None:
    before = snapshot(study / "build" / CUT)
    cell = add_cell(study, "import subprocess\nsubprocess.run(['sleep', '600'])")
    limit_cells(study, 20)
    with started(study, "run", CUT) as run:
        assert wait_for_role("sleep 600 ", run)
        _, said = run.communicate(timeout=60)
        assert run.returncode == 5
        limit = "20 s (run.cell_timeout_seconds of the parameters)"
        assert said == f"csr: notebooks/{NOTEBOOK}.ipynb, cell {cell}: ran longer than {limit}\n"
        wait_until_gone()
    assert snapshot(study / "build" / CUT) == before
    assert beside(study) == set()


@linux
@pytest.mark.slow
@pytest.mark.parametrize("end", ["os.kill(os.getpid(), 9)", "os._exit(0)", "os.abort()"])
def test_a_dead_kernel_is_named_with_its_cell(study: Path, end: str) -> None:
    before = snapshot(study / "build" / CUT)
    cell = add_cell(study, f"import os\n{end}")
    done = csr_mini(study, "run", CUT)
    assert done.returncode == 5
    assert done.stderr == f"csr: notebooks/{NOTEBOOK}.ipynb, cell {cell}: its kernel died\n"
    assert snapshot(study / "build" / CUT) == before
    assert beside(study) == set()


@pytest.mark.parametrize("spoil", ["missing", "another"])
def test_a_missing_font_is_named_before_anything_is_made(study: Path, project: Path, spoil: str) -> None:
    font = project / "analysis/tlf/fonts" / BOLD
    before = snapshot(study / "build")
    font.unlink() if spoil == "missing" else font.write_bytes(b"x")
    done = csr(project, "run", CUT, "--params", str(study / "params"))
    assert done.returncode == 1
    said = "missing" if spoil == "missing" else "not the file that was shipped"
    assert f"csr: fonts: {BOLD}: {said}; restore {font.parent} from the release or version control" in done.stderr
    assert snapshot(study / "build") == before
