"""The scripts behind the README's two commands, and that the environments agree."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent


def venv_script(folder: Path, python: str) -> subprocess.CompletedProcess[str]:
    """Run tools/venv.sh in an empty folder where every Python is the given shell script."""
    tools = folder / "bin"
    tools.mkdir()
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14"):
        (tools / name).write_text(f"#!/bin/sh\n{python}\n")
        (tools / name).chmod(0o755)
    for name in ("rm", "sh"):
        (tools / name).symlink_to(str(shutil.which(name)))
    script = PROJECT / "tools/venv.sh"
    return subprocess.run(
        ["sh", str(script), "requirements.lock"],
        cwd=folder,
        env={"PATH": str(tools)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(os.name == "nt", reason="a shell script")
@pytest.mark.parametrize(
    ("python", "said"),
    [
        ('case "$*" in *venv*) exit 1;; *--version*) echo Python 3.11.7;; esac', "install its venv module"),
        ("exit 1", "Python 3.11 to 3.14 is needed and was not found"),
    ],
)
def test_what_is_missing_is_said_in_one_line(tmp_path: Path, python: str, said: str) -> None:
    done = venv_script(tmp_path, python)
    assert done.returncode == 1
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / ".venv").exists()


def pins(name: str) -> set[str]:
    """The package==version of a lock file, whatever the platforms they are for."""
    text = (PROJECT / name).read_text(encoding="utf-8")
    return set(re.findall(r"^([A-Za-z0-9][\w.-]*==[^ \\]+)", text, flags=re.MULTILINE))


def test_the_locks_come_from_one_resolution_with_hashes() -> None:
    run, dev, lab, dask = (pins(f"requirements{kind}.lock") for kind in ("", "-dev", "-lab", "-dask"))
    assert run
    assert run <= dev
    assert run <= lab
    assert run <= dask <= dev  # tests need it, a run does not
    assert {pin.split("==")[0] for pin in dask - run} >= {"dask", "distributed"}
    assert "--hash=sha256:" in (PROJECT / "requirements.lock").read_text(encoding="utf-8")


def test_conda_installs_the_same_packages() -> None:
    text = (PROJECT / "environment.yml").read_text(encoding="utf-8")
    assert "-r requirements-lab.lock" in text
    assert "quarto=1.9" in text


def test_no_dependency_is_without_its_reason() -> None:
    text = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    block = text[text.index("dependencies = [") : text.index("[project.scripts]")]
    lines = [line for line in block.splitlines() if line.strip().startswith('"')]
    assert len(lines) > 20
    assert all("# " in line for line in lines), [line for line in lines if "# " not in line]
