"""A Dask cluster on loopback: a real scheduler, and workers that a test may kill. Each does one job at a time."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.faults import living

START_S = 120.0


@contextmanager
def started(folder: Path, *arguments: str, within: Sequence[str] = ()) -> Iterator[subprocess.Popen[bytes]]:
    """`dask scheduler` or `dask worker` in a folder of its own; it knows nothing of the project."""
    folder.mkdir()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [*within, sys.executable, "-P", "-m", "dask", *arguments, "--host", "127.0.0.1", "--no-dashboard"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait()


@contextmanager
def scheduler(folder: Path) -> Iterator[str]:
    """A scheduler, by its address; the port is one that was free."""
    file = folder / "scheduler/address.json"
    with started(file.parent, "scheduler", "--port", "0", "--scheduler-file", str(file)) as process:
        while True:
            with suppress(OSError, ValueError):
                address: str = json.loads(file.read_text())["address"]
                break
            waiting(process, file.parent)
        yield address


@contextmanager
def worker(folder: Path, name: str, address: str, within: Sequence[str] = ()) -> Iterator[subprocess.Popen[bytes]]:
    """A worker that has told the scheduler of itself; `within` is a command that runs it."""
    own = folder / name
    options = ["--no-nanny", "--nthreads", "1", "--local-directory", str(own), "--name", name]
    with started(own, "worker", address, *options, within=within) as process:
        while b"Registered to:" not in (own / "log").read_bytes():
            waiting(process, own)
        yield process


def waiting(process: subprocess.Popen[bytes], folder: Path) -> None:
    assert process.poll() is None, (folder / "log").read_text()
    time.sleep(0.05)


def descendants(pid: int) -> dict[int, str]:
    """Every living process below one: id -> command line."""
    found = living()
    below: dict[int, str] = {}
    queue = [pid]
    while queue:
        at = queue.pop()
        for child, (parent, command) in found.items():
            if parent == at:
                below[child] = command
                queue.append(child)
    return below


def kill_at_work(process: subprocess.Popen[bytes], *words: str) -> list[int]:
    """Kill a worker as soon as a process below it has these words in its command; return all that were below it."""
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        below = descendants(process.pid)
        if any(all(word in command for word in words) for command in below.values()):
            os.kill(process.pid, signal.SIGKILL)
            return list(below)
        time.sleep(0.01)
    raise AssertionError("the worker had nothing to do")
