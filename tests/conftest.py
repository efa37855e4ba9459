"""Shared by tests of whole runs: a copy of the project that a test may spoil, and builds made once for all tests."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import settings

PROJECT = Path(__file__).resolve().parent.parent
CUT = "2025-12-31"

# The processes of the tests are as many as cores; a run's computing process has one thread for Polars, too.
os.environ.setdefault("POLARS_MAX_THREADS", "1")

# Property tests draw the same examples on every machine, however slow it is: few in `make test`, more after it.
settings.register_profile("project", deadline=None, derandomize=True, max_examples=25)
settings.register_profile("thorough", deadline=None, derandomize=True, max_examples=100)
settings.load_profile("project")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slowest file, so that no process is left alone with it at the end."""
    items.sort(key=lambda item: item.path.name != "test_whole_line.py")


def csr(project: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run csr in a project, as a user would."""
    command = [sys.executable, "-P", "-m", "analysis", *arguments]
    env = {**os.environ, "PYTHONPATH": str(project), **environment}
    return subprocess.run(command, cwd=project, env=env, capture_output=True, text=True, check=False)


def copy_project(target: Path) -> Path:
    """A copy of what a build is made from, without environments and builds; compiled code comes along, to save time."""
    ignored = shutil.ignore_patterns(".git", ".venv", "build", "tests", ".*_cache", ".hypothesis")
    return Path(shutil.copytree(PROJECT, target, ignore=ignored))


def first_of(fast: int, number: int) -> list[Any]:
    """Numbers 0 to `number` - 1 as parameters of a test, of which those after the first `fast` are slow."""
    return [pytest.param(seed, marks=[pytest.mark.slow] if seed >= fast else []) for seed in range(number)]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project, in a folder with a space in its name."""
    return copy_project(tmp_path / "a project")


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that the first process of pytest-xdist to ask for it fills for all of them. Not to be changed."""
    root = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent  # that of a process lies in the run's
    folder, ready = root / name, root / f"{name}.made"
    with FileLock(root / f"{name}.lock"):
        if not ready.exists():
            folder.mkdir()
            make(folder)
            ready.touch()
    return folder


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build of the demonstration study's update cut, made in a copy of the project. Not to be changed."""

    def make(folder: Path) -> None:
        done = csr(copy_project(folder / "a project"), "run", CUT)
        assert done.returncode == 0, done.stderr

    return made_once(tmp_path_factory, "whole", make) / "a project/build" / CUT


@pytest.fixture(scope="session")
def mini(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The miniature study with a build of its latest cut, and the `project` whose code made it. Not to be changed."""
    from tests import miniature

    def make(folder: Path) -> None:
        code = copy_project(folder / "project")
        done = miniature.csr_mini(miniature.copy_miniature(folder), "run", miniature.CUT, project=code)
        assert done.returncode == 0, done.stderr

    return made_once(tmp_path_factory, "mini", make) / "miniature"
