"""Forked kernels: the same bytes as cold ones, nothing shared between notebooks, and no process left behind."""

import datetime as dt
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from analysis.errors import NotebookError
from analysis.pipeline import fork_server
from analysis.pipeline.environment import child_environment
from tests.conftest import PROJECT
from tests.pipeline.test_notebooks import notebook

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks on Linux only")

# What notebooks do, and what a forked kernel could do differently.
CELLS = (
    "import matplotlib.pyplot as plt\nimport numpy as np\nimport pandas as pd\nimport polars as pl",
    "figure, axis = plt.subplots()\naxis.plot([1, 2, 3])\nplt.show()\nplt.get_backend()",
    "pd.DataFrame({'AVAL': np.linspace(0, 1, 70), 'USUBJID': 'x' * 60})",
    "pl.DataFrame({'a': [1, 2, 2], 'b': [1.0, 2.0, 3.0]}).group_by('a', maintain_order=True).agg(pl.col('b').sum())",
    "import sys, logging\nprint(__name__, logging.root.level)",
    "import os\nprint(sorted(k for k in os.environ if k != 'CSR_TEST'), os.getcwd(), sys.flags.safe_path)",
    "import threading\nprint(threading.current_thread() is threading.main_thread(), plt.rcParams['figure.dpi'])",
    "from analysis.tlf import style\nfigure = style.empty_figure('x')\nimport hashlib\n"
    "print({k: hashlib.sha256(v).hexdigest() for k, v in style.drawings(figure).items()})",
    "!echo from a shell",
)


def in_run(home: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the environment of a run's computing process."""
    env = child_environment(PROJECT, home, dt.date(2026, 1, 20))
    return subprocess.run([sys.executable, "-c", code], env=env, cwd=home, capture_output=True, text=True, check=False)


EXECUTE = """
import sys
from pathlib import Path
from analysis.pipeline import fork_server, notebooks
home = Path({home!r})
def run(folder, kernel):
    (home / folder).mkdir()
    paths, given = sorted((home / "in").glob("*.ipynb")), {{"cut": "c", "params_dir": "p"}}
    notebooks.execute(paths, home / folder, parameters=given, cwd=home, done=print, timeout_s=600, kernel=kernel)
"""


def test_the_same_bytes_as_from_cold_kernels(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    notebook(tmp_path / "in", "10_a", *CELLS)
    notebook(tmp_path / "in", "20_b", *CELLS[:3])
    done = in_run(
        tmp_path,
        EXECUTE.format(home=str(tmp_path))
        + "with fork_server.kernels(home) as kernel: run('forked', kernel())\nrun('cold', 'python3')",
    )
    assert done.returncode == 0, done.stderr
    for name in ("10_a.ipynb", "20_b.ipynb"):
        cold = (tmp_path / "cold" / name).read_text()
        assert (tmp_path / "forked" / name).read_text() == cold
        assert '"image/png"' in cold
        assert "from a shell" in cold or name == "20_b.ipynb"


def test_each_notebook_has_a_process_a_namespace_and_random_numbers_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    cell = (
        "import json, os, random, numpy as np, analysis.results as shared\n"
        "found = [os.getpid(), random.random(), np.random.random(), 'mine' in globals(), hasattr(shared, 'mine')]\n"
        "mine = shared.mine = 1\nprint(json.dumps(found))"
    )
    for name in ("10_a", "20_b", "30_c"):
        notebook(tmp_path / "in", name, cell)
    done = in_run(tmp_path, EXECUTE.format(home=str(tmp_path)) + "with fork_server.kernels(home) as k: run('out', k())")
    assert done.returncode == 0, done.stderr
    found = []
    for path in sorted((tmp_path / "out").glob("*.ipynb")):
        cells = json.loads(path.read_text())["cells"]
        found.append(json.loads("".join(cells[-1]["outputs"][0]["text"])))
    pids, randoms, numpys, namespaces, modules = zip(*found, strict=True)
    assert len(set(pids)) == len(set(randoms)) == len(set(numpys)) == 3
    assert not any(namespaces + modules)


def test_a_kernel_that_dies_is_named_and_the_next_one_works(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    notebook(tmp_path / "in", "10_a", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    code = (
        "from analysis.errors import NotebookError\nwith fork_server.kernels(home) as kernel:\n"
        "    try: run('out', kernel())\n    except NotebookError as error: print(error)\n"
        "    (home / 'in/10_a.ipynb').unlink()\n    (home / 'in/20_b.ipynb').write_text((home / 'b').read_text())\n"
        "    run('again', kernel())\n"
    )
    shutil.move(notebook(tmp_path, "20_b", "print(1)"), tmp_path / "b")
    done = in_run(tmp_path, EXECUTE.format(home=str(tmp_path)) + code)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "notebooks/10_a.ipynb, cell 3: its kernel died\n20_b\n"


@pytest.fixture
def at_work(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A run whose notebook hangs, and the process of that notebook's kernel."""
    (tmp_path / "in").mkdir()
    notebook(
        tmp_path / "in", "10_a", "import os, pathlib, time\npathlib.Path('pid').write_text(str(os.getpid()))",
        "time.sleep(600)",
    )  # fmt: skip
    code = EXECUTE.format(home=str(tmp_path)) + "with fork_server.kernels(home) as k: run('out', k())"
    env = child_environment(PROJECT, tmp_path, dt.date(2026, 1, 20))
    with subprocess.Popen(
        [sys.executable, "-c", code], env=env, cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as run:
        end = time.monotonic() + 60
        while not (tmp_path / "pid").is_file() or not (tmp_path / "pid").read_text():
            assert time.monotonic() < end
            assert run.poll() is None
            time.sleep(0.05)
        try:
            yield run, int((tmp_path / "pid").read_text())
        finally:
            run.kill()


def gone(pid: int) -> bool:
    """Whether a process ends within some seconds."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith("Z"):
            return True
        time.sleep(0.05)
    return False


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[1])


@pytest.mark.slow  # tests/faults/test_kills.py kills each of them, too
def test_a_run_that_is_killed_leaves_no_process(at_work: tuple[subprocess.Popen[str], int]) -> None:
    run, kernel = at_work
    server = parent(kernel)
    assert parent(server) == run.pid
    run.send_signal(signal.SIGKILL)
    assert gone(kernel)
    assert gone(server)


@pytest.mark.slow  # tests/faults/test_kills.py kills each of them, too
def test_a_server_that_is_killed_ends_the_notebook_with_its_name(at_work: tuple[subprocess.Popen[str], int]) -> None:
    run, kernel = at_work
    os.kill(parent(kernel), signal.SIGKILL)
    assert gone(kernel)
    _, err = run.communicate(timeout=60)
    assert run.returncode == 1
    assert f"{NotebookError.__name__}: notebooks/10_a.ipynb, cell 4: its kernel died" in err


def test_a_server_that_cannot_start_is_said(tmp_path: Path) -> None:
    done = in_run(
        tmp_path,
        f"from pathlib import Path\nfrom analysis.pipeline import fork_server\nhome = Path({str(tmp_path)!r})\n"
        f"(home / '{fork_server.SOCKET}').touch()\nwith fork_server.kernels(home) as kernel: kernel()",
    )
    assert "the server of kernels ended with 1 before it was ready" in done.stderr
