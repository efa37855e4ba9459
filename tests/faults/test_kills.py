"""kill -9 at fifty moments of a run, of any of its processes: the old build or the new one, whole, and nothing else."""

import os
import shutil
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults import beside, seeded, snapshot, started, wait_for_role, wait_until_gone, whole
from tests.miniature import CUT, copy_miniature, csr_mini

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: its /proc tells which processes are left"),
]

ROLES = ("csr", "build", "server", "kernel")
SAID = ("the computing process was ended by SIGKILL", "the server of kernels ended with -9", "its kernel d")
"""What a run says whose process was killed; a kernel has died, or did not start."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """The study with a finished build, and how many seconds that took."""
    study = copy_miniature(tmp_path_factory.mktemp("built"))
    begin = time.monotonic()
    done = csr_mini(study, "run", CUT)
    assert done.returncode == 0, done.stderr
    return study, time.monotonic() - begin


@pytest.mark.parametrize("number", range(50))
def test_killed(built: tuple[Path, float], tmp_path: Path, number: int) -> None:
    study = Path(shutil.copytree(built[0], tmp_path / "study"))
    place = study / "build" / CUT
    (place / "previous").touch()  # which tells the previous build from a new one
    before, role = snapshot(place), ROLES[number % len(ROLES)]
    with started(study, "run", CUT, "--force") as run:
        time.sleep(seeded(number).uniform(0, built[1]))
        pid = run.pid if role == "csr" else wait_for_role(role, run)
        if pid is not None:  # else it was too late for that one
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        _, said = run.communicate(timeout=120)
        wait_until_gone()
    if run.returncode == 0:
        assert whole(place)
        assert "previous" not in snapshot(place)
    elif role == "csr":
        assert run.returncode == -signal.SIGKILL
        assert snapshot(place) == before or (whole(place) and not (place / "previous").exists())
    else:
        assert run.returncode in (1, 5), said
        assert any(words in said for words in SAID), said
        assert snapshot(place) == before
        assert beside(study) == set()
    done = csr_mini(study, "run", CUT)
    assert done.returncode == 0, done.stderr
    assert beside(study) == set()
    made, reference = snapshot(place), snapshot(built[0] / "build" / CUT)
    assert {name for name in reference.keys() | made.keys() if reference.get(name) != made.get(name)} <= {
        "run.log.json"
    }


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_verification_takes_its_second_run_along(
    built: tuple[Path, float], tmp_path: Path, number: signal.Signals
) -> None:
    build, temporary = built[0] / "build" / CUT, tmp_path / "temporary"
    temporary.mkdir()
    with started(built[0], "verify", str(build), TMPDIR=str(temporary)) as run:
        assert wait_for_role("kernel", run), run.communicate()
        run.send_signal(number)
        _, said = run.communicate(timeout=60)
        wait_until_gone()
    if number == signal.SIGTERM:
        assert (run.returncode, said) == (130, "csr: interrupted\n")
        assert list(temporary.iterdir()) == []
    assert whole(build)
