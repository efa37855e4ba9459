"""Shared by tests of the whole line: a copy of the project that a test may spoil, and one build of it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

PROJECT = Path(__file__).resolve().parent.parent
CUT = "2025-12-31"

settings.register_profile("project", deadline=None, derandomize=True)
settings.load_profile("project")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slowest file, whose tests share one build: one process has it, the other all the rest."""
    items.sort(key=lambda item: item.path.name != "test_whole_line.py")


def csr(project: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run csr in a project, as a user would."""
    command = [sys.executable, "-P", "-m", "analysis", *arguments]
    env = {**os.environ, "PYTHONPATH": str(project), **environment}
    return subprocess.run(command, cwd=project, env=env, capture_output=True, text=True, check=False)


def copy_project(target: Path) -> Path:
    """A copy of what a build is made from, without environments and builds."""
    ignored = shutil.ignore_patterns(".git", ".venv", "build", "__pycache__", "tests", ".*_cache", ".hypothesis")
    return Path(shutil.copytree(PROJECT, target, ignore=ignored))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project, in a folder with a space in its name."""
    return copy_project(tmp_path / "a project")


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One build of the demonstration study's update cut, made in a copy of the project. Not to be changed."""
    copy = copy_project(tmp_path_factory.mktemp("whole") / "a project")
    done = csr(copy, "run", CUT)
    assert done.returncode == 0, done.stderr
    return copy / "build" / CUT
