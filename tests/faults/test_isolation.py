"""A run needs no network and writes nothing outside the folder of builds: sealed off, and watched."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conftest import CUT as DEMONSTRATION
from tests.conftest import PROJECT, copy_project
from tests.faults import snapshot, whole
from tests.faults.watch import Watch
from tests.miniature import CUT, copy_miniature, csr_mini

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")]
NAMESPACES = ["unshare", "--mount", "--net"]
PROBE = """
import errno, pathlib, socket, sys
listener = socket.create_server(("127.0.0.1", 0))
socket.create_connection(listener.getsockname(), 5).close()
pathlib.Path(sys.argv[1], "written").touch()
for place in ("/tmp", "/dev/shm", pathlib.Path.home(), sys.argv[2]):
    try:
        pathlib.Path(place, "csr-was-here").touch()
    except OSError as error:
        assert error.errno == errno.EROFS, error
    else:
        raise SystemExit(f"{place} can be written")
try:
    socket.create_connection(("192.0.2.1", 80), 5)
except OSError as error:
    assert error.errno == errno.ENETUNREACH, error
else:
    raise SystemExit("there is a network")
"""


def sealed(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run Python with loopback alone and nothing writable but a folder; skip where namespaces are not allowed."""
    tried = subprocess.run([*NAMESPACES, "true"], capture_output=True, check=False) if shutil.which("unshare") else None
    if os.geteuid() or tried is None or tried.returncode:
        pytest.skip("needs root and the right to namespaces of its own")
    script = str(Path(__file__).with_name("sealed.py"))
    inside: Sequence[str] = [*NAMESPACES, sys.executable, script, str(folder), sys.executable, *command]
    env = {**os.environ, "PYTHONPATH": str(PROJECT)}
    return subprocess.run(inside, cwd=PROJECT, env=env, capture_output=True, text=True, check=False)


def test_the_seal_holds(tmp_path: Path) -> None:
    done = sealed(tmp_path, "-c", PROBE, str(tmp_path), str(PROJECT))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "written").exists()


def test_a_sealed_run_makes_the_same_build(mini: Path, tmp_path: Path) -> None:
    study = copy_miniature(tmp_path)
    (study / "build").mkdir()
    done = sealed(study / "build", "-P", "-m", "analysis", "run", CUT, "--params", str(study / "params"))
    assert done.returncode == 0, done.stderr
    first, second = (snapshot(folder / "build" / CUT) for folder in (study, mini))
    assert {name for name in first.keys() | second.keys() if first.get(name) != second.get(name)} <= {"run.log.json"}


def test_the_demonstration_study_runs_sealed(tmp_path: Path) -> None:
    done = sealed(tmp_path, "-P", "-m", "analysis", "run", DEMONSTRATION, "--out", str(tmp_path / "build"))
    assert done.returncode == 0, done.stderr
    assert whole(tmp_path / "build")


@pytest.mark.parametrize("no_bytecode", ["", "1"])
def test_a_watched_run_writes_nothing_outside_the_folder_of_builds(tmp_path: Path, no_bytecode: str) -> None:
    """But for Python's caches of the project's code, which PYTHONDONTWRITEBYTECODE switches off, and filelock's probe.

    When it is imported, filelock tries how links behave in the folder for temporary files, and removes what it made.
    """
    study, project = copy_miniature(tmp_path), copy_project(tmp_path / "project")
    for caches in [*project.rglob("__pycache__")]:
        shutil.rmtree(caches)
    (study / "build").mkdir()
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    for folder in (home, temporary):
        folder.mkdir()
    caller = {"HOME": str(home), "TMPDIR": str(temporary), "PYTHONDONTWRITEBYTECODE": no_bytecode}
    with Watch(study, project, home, temporary, leave_out=study / "build") as watch:
        done = csr_mini(study, "run", CUT, project=project, **caller)
        changed = watch.changed()
    assert done.returncode == 0, done.stderr
    cached = {path for path in changed if "__pycache__" in path.parts and path.is_relative_to(project / "analysis")}
    assert bool(cached) is not bool(no_bytecode)
    probe = {path for path in changed if path.parent == temporary}
    assert len(probe) <= 2  # tempfile's own, whether the folder can be written, and filelock's
    assert list(temporary.iterdir()) == []
    assert changed == cached | probe


def test_the_watch_sees_what_is_made_written_renamed_and_removed(tmp_path: Path) -> None:
    inner = tmp_path / "a/b"
    inner.mkdir(parents=True)
    (inner / "old").touch()
    with Watch(tmp_path, leave_out=tmp_path / "left") as watch:
        assert watch.changed() == set()
        (inner / "new").write_text("x")
        (inner / "old").rename(tmp_path / "moved")
        (tmp_path / "moved").unlink()
        (tmp_path / "left").mkdir()
        (tmp_path / "left/x").touch()
        assert watch.changed() == {inner / "new", inner / "old", tmp_path / "moved", tmp_path / "left"}
