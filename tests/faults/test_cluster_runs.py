"""`csr run --all --scheduler`: a worker that is killed, an interrupt, a scheduler that goes, another worker's disk."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from analysis.cli import main
from analysis.pipeline import cluster
from tests.conftest import PROJECT
from tests.dask_cluster import descendants, kill_at_work, scheduler, worker
from tests.faults import snapshot, whole
from tests.miniature import CUTS, copy_miniature, csr_mini
from tests.pipeline.test_processes import ended

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")]
NOTES = {f".{cut}.running.json" for cut in CUTS}
HIDDEN = {f".{cut}.lock" for cut in CUTS} | {".index.html.lock"}


def begin(study: Path, address: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-P", "-m", "analysis", "run", "--all", "--scheduler", address]
    env = {**os.environ, "PYTHONPATH": str(PROJECT)}
    options = [*command, "--params", str(study / "params")]
    return subprocess.Popen(options, cwd=PROJECT, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def at_work(study: Path, run: subprocess.Popen[str]) -> None:
    """Wait until a cut has its datasets."""
    end = time.monotonic() + 120
    while not list((study / "build").glob(".*.work/build/adam/*.parquet")):
        assert run.poll() is None, run.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)


def idle(process: subprocess.Popen[bytes]) -> bool:
    """Whether a worker gets to have nothing below it within the time that a run may take for clearing up."""
    end = time.monotonic() + 20
    while descendants(process.pid) and time.monotonic() < end:
        time.sleep(0.1)
    return not descendants(process.pid)


def test_a_worker_that_is_killed_leaves_its_cut_to_the_other(tmp_path: Path) -> None:
    """And the builds are those of this machine alone, file by file."""
    study, other = copy_miniature(tmp_path / "cluster"), copy_miniature(tmp_path / "alone")
    with (
        scheduler(tmp_path) as address,
        worker(tmp_path, "first", address),
        worker(tmp_path, "second", address) as second,
    ):
        run = begin(study, address)
        left = kill_at_work(second, "analysis.pipeline.fork_server")
        out, err = run.communicate(timeout=300)
        assert (run.returncode, err) == (0, "")
        assert ended(*left)
    assert csr_mini(other, "run", "--all").returncode == 0
    for cut in CUTS:
        assert whole(study / "build" / cut)
        made, alone = snapshot(study / "build" / cut), snapshot(other / "build" / cut)
        assert {name for name in made | alone if made.get(name) != alone.get(name)} == {"run.log.json"}
        assert f"Done. Open: {study}/build/{cut}/csr.html" in out
        assert f"{cut}: report (" in out
    assert out.count(": parameters and lock (") == len(CUTS) + 1  # one was begun twice
    assert out.count("All cuts, and what changed between them: ") == 2
    assert (study / "build/index.html").read_bytes() == (other / "build/index.html").read_bytes()
    assert {path.name for path in (study / "build").iterdir()} == {*CUTS, *HIDDEN, "index.html"}


def test_an_interrupt_ends_what_the_workers_had_begun(tmp_path: Path) -> None:
    study = copy_miniature(tmp_path)
    with scheduler(tmp_path) as address, worker(tmp_path, "only", address) as only:
        run = begin(study, address)
        at_work(study, run)
        run.send_signal(signal.SIGINT)
        _, err = run.communicate(timeout=30)
        assert run.returncode == 130
        assert err == "csr: interrupted; finished: 0 of 2; the workers leave off within seconds\n"
        assert idle(only)
        assert only.poll() is None  # which goes on
        assert {path.name for path in (study / "build").iterdir()} <= HIDDEN


def test_a_command_that_is_killed_leaves_no_work_behind(tmp_path: Path) -> None:
    study = copy_miniature(tmp_path)
    with scheduler(tmp_path) as address, worker(tmp_path, "only", address) as only:
        run = begin(study, address)
        at_work(study, run)
        run.kill()
        run.communicate()
        assert idle(only)
        assert {path.name for path in (study / "build").iterdir()} <= HIDDEN


def test_a_scheduler_that_goes_ends_the_command_and_the_work(tmp_path: Path) -> None:
    study = copy_miniature(tmp_path)
    with scheduler(tmp_path) as address, worker(tmp_path, "only", address) as only:
        run = begin(study, address)
        at_work(study, run)
        below = list(descendants(only.pid))
        (pid,) = (pid for pid, command in descendants(os.getpid()).items() if "dask scheduler" in command)
        os.kill(pid, signal.SIGKILL)
        _, err = run.communicate(timeout=60)
        assert run.returncode == 1
        assert err == f"csr: --scheduler {address}: the scheduler is gone, or it dropped what was submitted\n"
        assert ended(*below)
    assert {path.name for path in (study / "build").iterdir()} <= {*HIDDEN, *(f".{c}.work" for c in CUTS), *NOTES}
    assert csr_mini(study, "run", CUTS[0]).returncode == 0


@pytest.fixture
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands run in this process, and soon ask whether a worker is left."""
    monkeypatch.chdir(PROJECT)
    monkeypatch.setattr(cluster, "_PATIENCE_S", 0.5)


@pytest.mark.usefixtures("_here")
def test_without_a_worker_it_waits_for_another(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with ExitStack() as until, scheduler(tmp_path) as address:
        first = until.enter_context(worker(tmp_path, "first", address))

        def replace() -> None:
            kill_at_work(first, "analysis.simulate")
            time.sleep(2)
            until.enter_context(worker(tmp_path, "second", address))

        thread = threading.Thread(target=replace)
        thread.start()
        assert main(["simulate", "--trials", "2000", "--scheduler", address]) == 0
        thread.join()
    told = capsys.readouterr().out
    assert told.count(f"{address}: no worker is left; waiting for one\n") == 1
    assert "trials: 2,000 of 2,000\n" in told


@pytest.mark.usefixtures("_here")
def test_what_its_workers_die_of_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", "0")
    with scheduler(tmp_path) as address, worker(tmp_path, "only", address) as only:
        thread = threading.Thread(target=kill_at_work, args=(only, "analysis.simulate"))
        thread.start()
        assert main(["simulate", "--trials", "2000", "--scheduler", address]) == 1
        thread.join()
    said = (
        f"csr: --scheduler {address}: the workers that had this to do died, 1 in all, the last of them tcp://127.0.0.1:"
    )
    assert capsys.readouterr().err.startswith(said)


@pytest.mark.parametrize("what", ["analysis", "build"])
def test_a_worker_with_another_disk_is_named(tmp_path: Path, what: str) -> None:
    """At the same paths it sees other code, or has another folder of builds."""
    namespace = ["unshare", "--mount"]
    tried = subprocess.run([*namespace, "true"], capture_output=True, check=False) if shutil.which("unshare") else None
    if os.geteuid() or tried is None or tried.returncode:
        pytest.skip("needs root and the right to namespaces of its own")
    study = copy_miniature(tmp_path)
    (study / "params/cuts" / f"{CUTS[0]}.yaml").unlink()
    if what == "analysis":
        other, place = tmp_path / "errors.py", PROJECT / "analysis/errors.py"
        other.write_text(place.read_text() + "\n# another one\n")
    else:
        other, place = tmp_path / "other", study / "build"
        other.mkdir()
        place.mkdir()
    within = [*namespace, "sh", "-c", 'mount --bind "$0" "$1" && shift && exec "$@"', str(other), str(place)]
    with scheduler(tmp_path) as address, worker(tmp_path, "apart", address, within):
        done = csr_mini(study, "run", "--all", "--scheduler", address)
    assert done.returncode == 1
    if what == "analysis":
        assert f"--scheduler {address}: worker tcp://127.0.0.1:" in done.stderr
        assert "has another analysis/errors.py; its results could be other ones" in done.stderr
    else:
        said = f"csr: {study}/build/{CUTS[1]}: a worker has made it, but it is not here: is the folder shared?\n"
        assert done.stderr == said
