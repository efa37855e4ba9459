"""`--scheduler`: simulation on a real cluster of two workers, one of which is killed, and all that is refused.

Whole runs on a cluster, interrupts and a scheduler that goes are in tests/faults/test_cluster_runs.py.
"""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import Client

from analysis import simulate as simulation
from analysis.cli import main
from analysis.errors import CsrError
from analysis.paths import Study
from analysis.pipeline import cluster, job
from analysis.pipeline.every_cut import runs_of
from tests.conftest import PROJECT
from tests.dask_cluster import kill_at_work, scheduler, worker
from tests.miniature import CUTS, copy_miniature
from tests.pipeline.test_processes import ended

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: its /proc tells what a worker does")
SIMULATE = ["simulate", "--trials", "12500", "--seed", "3"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cluster")


@pytest.fixture(scope="module")
def empty(folder: Path) -> Iterator[str]:
    """The address of a scheduler without workers."""
    with scheduler(folder) as address:
        yield address


@pytest.fixture(scope="module")
def address(folder: Path, empty: str) -> Iterator[str]:
    """That of one with a worker."""
    with worker(folder, "first", empty):
        yield empty


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)
    monkeypatch.setattr(cluster, "_CONNECT_S", 1)


def refused(code: int, capsys: pytest.CaptureFixture[str], place: str, *more: str) -> str:
    """What a simulation says that ends with `code` before anything is submitted."""
    assert main([*SIMULATE, "--scheduler", place, *more]) == code
    told = capsys.readouterr()
    assert "trials: " not in told.out
    return told.err


def test_a_scheduler_without_workers_is_refused(empty: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(1, capsys, empty)
    assert said == f"csr: --scheduler {empty}: the scheduler has no workers; dask worker {empty} starts one\n"


def test_a_scheduler_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "numbers.csv"
    said = refused(1, capsys, "tcp://127.0.0.1:1", "--out", str(out))  # nobody listens at port 1
    assert said.startswith("csr: --scheduler tcp://127.0.0.1:1: no Dask scheduler could be reached there: ")
    assert not out.exists()


def test_tls_without_certificates_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(1, capsys, "tls://127.0.0.1:1")
    assert said.startswith("csr: --scheduler tls://127.0.0.1:1: Dask's configuration names no certificates; expected ")


@pytest.mark.parametrize("place", ["carrier-pigeon://home:1", "tcp://127.0.0.1:no", "tcp://127.0.0.1", "home", ""])
def test_what_is_no_address_is_bad_arguments(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert f"--scheduler {place}: expected tcp://host:port or tls://host:port" in refused(2, capsys, place)


def test_without_the_extra_it_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    said = refused(1, capsys, "tcp://127.0.0.1:8786")
    assert "Dask is an optional extra; install it with: " in said
    assert "pip install --require-hashes -r requirements-dask.lock" in said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", CUTS[0], "--scheduler", "tcp://h:1"], "--scheduler goes with --all"),
        ([*SIMULATE, "--scheduler", "tcp://h:1", "--processes", "2"], "leave it out with --scheduler"),
        (["run", CUTS[0], "--params", "a", "--params", "b"], "several --params go with --all"),
    ],
)
def test_options_that_do_not_go_together(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert says in capsys.readouterr().err


def test_several_studies_are_told_apart(tmp_path: Path) -> None:
    studies = [Study(PROJECT, copy_miniature(tmp_path / name) / "params") for name in ("a", "b")]
    runs = runs_of([*studies, studies[0]])
    assert [(run.label, run.cut) for run in runs] == [
        (f"{name}/miniature: ", cut) for name in ("a", "b") for cut in CUTS
    ]
    assert {run.label for run in runs_of(studies[:1])} == {""}


def test_dask_is_left_alone_without_the_option() -> None:
    """Nothing that the commands import brings it in."""
    script = (
        "import sys, analysis.cli, analysis.simulate, analysis.pipeline.every_cut; "
        "sys.exit(bool({'dask', 'distributed', 'cloudpickle'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=PROJECT, check=False).returncode == 0


CHANGES = [
    ({"numpy": "0.1"}, "has numpy {numpy}, but here it is 0.1", False),
    ({"numpy": "0.1"}, "has numpy {numpy}, but here it is 0.1", True),
    ({"Python": "CPython 2.7"}, "has Python {Python}, but here it is CPython 2.7", False),
    ({"analysis/simulate.py": "0" * 64}, "has another analysis/simulate.py", False),
    ({"analysis/new.py": "0" * 64}, "lacks analysis/new.py", False),
    ({"analysis/simulate.py": None}, "has analysis/simulate.py, not here", False),
]


@pytest.mark.parametrize(("change", "says", "late"), CHANGES)
def test_a_worker_with_other_code_or_packages_is_named(
    address: str,
    change: dict[str, str | None],
    says: str,
    late: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The client is told to be another one. A worker that comes after the comparison finds out by itself."""
    real = job.description(Study.open(), "")
    told = {name: value for name, value in (real | change).items() if value is not None}
    monkeypatch.setattr(cluster, "description", lambda study, cut: told)
    if late:
        monkeypatch.setattr(cluster, "_check", lambda *_: None)
    said = refused(1, capsys, address)
    assert f"csr: --scheduler {address}: worker tcp://127.0.0.1:" in said
    assert f" {says.format(**real)}; its results could be other ones\n" in said


def test_another_python_or_dask_is_refused_before_anything_is_sent(
    address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = iter([{"Python": "3.11", "dask": "1"}, {"Python": "3.11", "dask": "2"}])
    monkeypatch.setattr(cluster, "_understood", lambda versions: next(found))
    monkeypatch.setattr(Client, "run", lambda *_, **__: pytest.fail("something was sent"))
    said = refused(1, capsys, address)
    assert f"csr: --scheduler {address}: the scheduler has dask 2, but here it is 1" in said


def test_a_worker_that_does_not_see_the_project_is_named(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = job.Job(project=str(tmp_path / "nowhere"), params_dir=str(PROJECT / "params"))
    with cluster._connected(address) as client, pytest.raises(CsrError) as error:
        cluster._check(client, address, nowhere, {})
    assert f"cannot run the project's code in {tmp_path}/nowhere: {tmp_path}/nowhere: No such file" in str(error.value)


def numbers(capsys: pytest.CaptureFixture[str], file: Path) -> list[str]:
    """What a simulation has printed but its progress, which follows the order in which batches end."""
    lines = capsys.readouterr().out.replace(str(file), "FILE").splitlines()
    assert "trials: 12,500 of 12,500" in lines
    return [line for line in lines if not line.startswith("trials: ")]


def test_a_simulation_whose_worker_is_killed_gives_the_same_bytes(
    folder: Path,
    address: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(simulation, "BATCHES_OF_A_JOB", 5)  # of 13
    here, there = tmp_path / "here.csv", tmp_path / "there.csv"
    assert main([*SIMULATE, "--processes", "1", "--out", str(here)]) == 0
    printed = numbers(capsys, here)
    left: list[int] = []
    with worker(folder, "second", address) as second:
        killer = threading.Thread(target=lambda: left.extend(kill_at_work(second, "analysis.simulate")))
        killer.start()
        code = main([*SIMULATE, "--scheduler", address, "--out", str(there)])
        killer.join()
        assert second.wait(10) == -signal.SIGKILL
    assert code == 0, capsys.readouterr().err
    assert there.read_bytes() == here.read_bytes()
    assert numbers(capsys, there) == printed
    assert len(left) >= 2  # the job, and what computed for it
    assert ended(*left)
    with Client(address, set_as_default=False) as client:
        count = "len([name for name in __import__('sys').modules if name.startswith('analysis')])"
        assert set(client.run(eval, count).values()) == {0}  # nothing of the project is in a worker that stays
        assert client.run_on_scheduler(eval, count) == 0


def test_cuts_that_fail_are_not_tried_again_and_leave_the_others_alone(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the cluster and here: the exit code is that of the first cut, and both are said."""
    study = copy_miniature(tmp_path)
    (study / "data/cuts" / CUTS[0] / "lock.json").write_text("{}")
    (study / "params/cuts" / f"{CUTS[1]}.yaml").write_text("cutof: 2025-06-30\n")
    for more in ([], ["--scheduler", address]):
        assert main(["run", "--all", "--params", str(study / "params"), *more]) == 3
        said = sorted(capsys.readouterr().err.splitlines())
        assert len(said) >= 2
        assert any(line.startswith("csr: ") and f"{CUTS[0]}/lock.json" in line for line in said), said
        assert any(f"{CUTS[1]}.yaml: cutof: unknown" in line for line in said), said
        assert not (study / "build").exists()
