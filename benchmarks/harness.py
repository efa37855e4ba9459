"""Measures cases: contenders take turns, each in a process of its own with the environment of a run."""

import datetime as dt
import importlib.util
import json
import math
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis.paths import find_project
from analysis.pipeline.environment import child_environment
from benchmarks.case import Case, Contender, Steps

HERE = Path(__file__).parent
PROJECT = find_project(HERE)
RUNS = 5
CHILD = (sys.executable, "-m", "benchmarks.child")
MAKE = "make the input"


@dataclass
class Measured:
    """The times of one contender in seconds, of the clock and of the processor, and its peak memory in bytes.

    `steps` are those of each run, for contenders that have steps.
    """

    label: str
    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    peak: int = 0
    missing: str = ""
    steps: list[Steps] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.wall)

    @property
    def median_processor(self) -> float:
        return statistics.median(self.processor)


def measure(case: Case, runs: int, progress: Callable[[str], None]) -> list[Measured]:
    """Measure the contenders of a case in turns: first each once, then each again, `runs` times.

    Raises ValueError where their numbers differ.
    """
    found = [Measured(contender.label, missing=_missing(contender)) for contender in case.contenders]
    with tempfile.TemporaryDirectory(prefix="csr-bench-") as name:
        folder = Path(name)
        subprocess.run([*CHILD, case.name, MAKE, name, str(case.size)], cwd=PROJECT, check=True)
        pairs = [(c, m) for c, m in zip(case.contenders, found, strict=True) if not m.missing]
        with _started(case, [contender for contender, _ in pairs], folder) as processes:
            answers = [_answer(process) for process in processes]
            _compare(case, pairs, answers)
            for turn in range(runs):
                for (_, measured), process in zip(pairs, processes, strict=True):
                    assert process.stdin is not None
                    process.stdin.write("\n")
                    process.stdin.flush()
                    wall, processor, *others = _answer(process)
                    measured.wall.append(wall)
                    measured.processor.append(processor)
                    if others:  # not from R
                        measured.peak = others[0]
                        measured.steps.append(others[1])
                progress(f"{case.name}: {turn + 1} of {runs}")
            for (_, measured), process in zip(pairs, processes, strict=True):
                assert process.stdin is not None
                measured.peak = _largest(_peak(process.pid), measured.peak, whole=case.whole)
                process.stdin.close()
                process.wait()
    return found


def _missing(contender: Contender) -> str:
    """What a contender lacks, by name."""
    if contender.r is None:
        return ", ".join(name for name in contender.needs if importlib.util.find_spec(name) is None)
    if shutil.which("Rscript") is None:
        return "R"
    there = 'cat(requireNamespace("{}", quietly = TRUE))'
    return ", ".join(
        f"R {name}"
        for name in contender.needs
        if subprocess.run(["Rscript", "-e", there.format(name)], capture_output=True, text=True).stdout != "TRUE"
    )


@contextmanager
def _started(case: Case, contenders: Sequence[Contender], folder: Path) -> Iterator[list[subprocess.Popen[str]]]:
    home = folder / "home"
    home.mkdir()
    environment = child_environment(PROJECT, home, dt.date(2000, 1, 1))
    processes: list[subprocess.Popen[str]] = []
    try:
        for contender in contenders:
            command = [*CHILD, case.name, contender.label, str(folder)]
            if contender.r is not None:
                command = ["Rscript", str(HERE / "child.R"), str(HERE / contender.r), str(folder)]
            processes.append(
                subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    env=environment,
                    cwd=PROJECT,
                )
            )
        yield processes
    finally:
        for process in processes:
            if process.returncode is None:
                process.kill()
                process.wait()


def _peak(pid: int) -> int:
    """The most memory that a process has had, in bytes; getrusage would count that of the one it was forked from."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return 1024 * int(next(line.split()[1] for line in lines if line.startswith("VmHWM:")))


def _largest(own: int, started: int, *, whole: bool) -> int:
    """The peak memory to report; 0 where that of the programs that a whole contender started cannot be told.

    The system counts for a program what the process had that started it, so that only a larger peak is its own.
    """
    if whole:
        return started if started > own else 0
    return own


def _answer(process: subprocess.Popen[str]) -> list[Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise ValueError("a contender ended early; what it said stands above")
    found: list[Any] = json.loads(line)
    return found


def _compare(case: Case, pairs: Sequence[tuple[Contender, Measured]], answers: Sequence[Sequence[float]]) -> None:
    first = answers[0][: case.same]
    for (contender, _), every in zip(pairs, answers, strict=True):
        numbers = every[: case.same]
        same = len(numbers) == len(first) and all(
            math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-9) or (math.isnan(a) and math.isnan(b))
            for a, b in zip(numbers, first, strict=True)
        )
        if not same:
            raise ValueError(
                f"{case.name}: {contender.label} gives {list(numbers)[:8]}, {pairs[0][0].label} {first[:8]}"
            )
