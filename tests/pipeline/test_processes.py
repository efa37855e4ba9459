"""A child ends with its parent and takes its own along, whatever ends the parent."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from analysis.pipeline.processes import child
from tests.conftest import PROJECT

# A child that has started a process and follows its parent; it writes both ids, then goes on for long.
CHILD = """
import os, subprocess, sys, time
from analysis.pipeline.processes import follow_parent
follow_parent()
other = subprocess.Popen(["sleep", "600"])
print(os.getpid(), other.pid, flush=True)
time.sleep(600)
"""
PARENT = f"""
import subprocess, sys
from analysis.pipeline.processes import child
with child([sys.executable, "-c", {CHILD!r}], stdout=subprocess.PIPE) as process:
    print(process.stdout.readline(), end="", flush=True)
    process.stdout.read()
"""
INTERRUPTED = """
import os, signal, subprocess, threading, time
from analysis.errors import Interrupted
from analysis.pipeline.processes import child, heed_interrupts
heed_interrupts()
import polars as pl
pl.DataFrame({"a": [1]}).lazy().filter(pl.col("a") > 0).collect()
try:
    with child(["sleep", "600"], stdout=subprocess.PIPE) as process:
        threading.Timer(0.5, os.kill, (os.getpid(), signal.NUMBER)).start()
        process.stdout.read()
except Interrupted:
    print("interrupted")
"""
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(PROJECT)}


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text().rpartition(") ")[2].startswith("Z"))


def ended(*pids: int) -> bool:
    """Whether all these end within seconds."""
    end = time.monotonic() + 10
    while any(map(alive, pids)) and time.monotonic() < end:
        time.sleep(0.02)
    return not any(map(alive, pids))


def test_a_block_that_fails_ends_the_child_with_what_it_started() -> None:
    pids: list[int] = []

    def fail() -> None:
        with child([sys.executable, "-c", CHILD], stdout=subprocess.PIPE, env=ENVIRONMENT) as process:
            assert process.stdout is not None
            pids.extend(map(int, process.stdout.readline().split()))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert len(pids) == 2
    assert ended(*pids)


def test_a_parent_that_is_killed_takes_the_child_with_what_it_started() -> None:
    command = [sys.executable, "-c", PARENT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as parent:
        assert parent.stdout is not None
        pids = list(map(int, parent.stdout.readline().split()))
        parent.send_signal(signal.SIGKILL)
    assert len(pids) == 2
    assert ended(*pids)


def test_a_child_that_is_killed_takes_what_it_started() -> None:
    with child([sys.executable, "-c", CHILD], stdout=subprocess.PIPE, env=ENVIRONMENT) as process:
        assert process.stdout is not None
        pids = list(map(int, process.stdout.readline().split()))
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert ended(*pids)


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
def test_an_interrupt_is_heeded_while_a_child_says_nothing(number: str) -> None:
    script = INTERRUPTED.replace("NUMBER", number)
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout == "interrupted\n", done.stderr
