"""What a run does when it is killed, starved, hung or doubled: helpers of these tests. They need Linux's /proc."""

import ctypes
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.conftest import PROJECT
from tests.miniature import CUT

GONE_S = 10.0  # within which every process of a run that was killed must have ended
START_S = 120.0
NOTEBOOK = "20_efficacy_and_safety"
_SET_CHILD_SUBREAPER = 36  # of prctl(2)


@contextmanager
def started(
    study: Path, *arguments: str, project: Path = PROJECT, **environment: str
) -> Iterator[subprocess.Popen[str]]:
    """A csr command at work on a study: `started(study, "run", CUT)`. Its orphans become children of this process."""
    prctl = ctypes.CDLL(None).prctl
    prctl(_SET_CHILD_SUBREAPER, 1)
    command = [sys.executable, "-P", "-m", "analysis", *arguments, "--params", str(study / "params")]
    env = {**os.environ, "PYTHONPATH": str(project), **environment}
    run = subprocess.Popen(
        command, cwd=project, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    try:
        yield run
    finally:
        for pid in (*family(), run.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        run.communicate()
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:  # its orphans
                pass
        prctl(_SET_CHILD_SUBREAPER, 0)


def living() -> dict[int, tuple[int, str]]:
    """Every living process: id -> that of the one above it, and command line."""
    found: dict[int, tuple[int, str]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state, above_it = (folder / "stat").read_text().rpartition(") ")[2].split()[:2]
            if state not in "ZX":
                found[int(folder.name)] = (int(above_it), (folder / "cmdline").read_text().replace("\0", " "))
    return found


def family() -> dict[int, str]:
    """Every living process that comes from this one: id -> what it is for a run."""
    found = living()
    roles: dict[int, str] = {}
    mine = os.getpid()
    queue = [mine]
    while queue:
        above = queue.pop()
        for pid, (parent, command) in found.items():
            if parent == above:
                queue.append(pid)
                roles[pid] = _role(command, None if above == mine else roles[above])
    return roles


def _role(command: str, above: str | None) -> str:
    if "analysis.pipeline.fork_server" in command:
        return "kernel" if above == "server" else "server"
    names = {
        "-m analysis ": "csr",
        "analysis.pipeline.build": "build",
        "kernel_client.py": "client",
        "pandoc": "pandoc",
    }
    return next((role for part, role in names.items() if part in command), command)


def wait_until_gone(seconds: float = GONE_S) -> None:
    """Wait until no process comes from this one any more; fail with what is left."""
    end = time.monotonic() + seconds
    while left := family():
        assert time.monotonic() < end, left
        time.sleep(0.05)


def wait_for(path: Path, run: subprocess.Popen[str], *, gone: bool = False) -> None:
    """Wait until a run has made a file, or has taken it away."""
    end = time.monotonic() + START_S
    while path.exists() is gone:
        assert time.monotonic() < end, path
        assert run.poll() is None, run.communicate()
        time.sleep(0.02)


def wait_for_role(role: str, run: subprocess.Popen[str]) -> int | None:
    """Wait for a process of a run; none where the run ends before there is one."""
    while run.poll() is None:
        for pid, found in family().items():
            if found == role:
                return pid
        time.sleep(0.1)
    return None


def snapshot(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder; what is no file has none."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        for path in sorted(folder.rglob("*"))
    }


def whole(build: Path) -> bool:
    """Whether every file of a build is there and as its manifest says."""
    listed = json.loads((build / "manifest.json").read_text(encoding="utf-8"))["outputs"]
    return all(hashlib.sha256((build / name).read_bytes()).hexdigest() == digest for name, digest in listed.items())


def beside(study: Path) -> set[str]:
    """What lies in the folder of builds, but the builds, the index and the locks that stay."""
    return {path.name for path in (study / "build").iterdir()} - {CUT, f".{CUT}.lock", "index.html", ".index.html.lock"}


def add_cell(study: Path, source: str) -> int:
    """Add a last cell to a notebook of a study; return its number as messages count, with the injected parameters."""
    path = study / "notebooks" / f"{NOTEBOOK}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    code: dict[str, object] = {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": []}
    notebook["cells"].append(code | {"id": "added", "source": source})
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return len(notebook["cells"]) + 1


def seeded(number: int) -> random.Random:
    return random.Random(f"kill {number}")
