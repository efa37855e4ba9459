"""A disk that is full, read-only or limited: the message names place and reason, the old build stays whole."""

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import PROJECT
from tests.faults import snapshot, started, wait_until_gone
from tests.miniature import CUT, copy_miniature, csr_mini

BUILD_BYTES = 8_000_000  # of the miniature study, about


def mount(folder: Path, options: str) -> bool:
    """Mount a file system in memory; false where that is not allowed."""
    folder.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", options, "none", str(folder)]
    return (
        sys.platform == "linux"
        and os.geteuid() == 0
        and shutil.which("mount") is not None
        and subprocess.run(command, capture_output=True, check=False).returncode == 0
    )


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own with an old build on it."""
    folder = tmp_path / "disk"
    if not mount(folder, f"size={2 * BUILD_BYTES}"):
        pytest.skip("needs the right to mount a file system")
    try:
        make_old(folder)
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def make_old(folder: Path) -> None:
    """Something that a run takes for an older build."""
    (folder / "mini").mkdir()
    (folder / "mini/manifest.json").write_text("{}")
    (folder / "mini/old").write_text("old")


@pytest.mark.slow
@pytest.mark.parametrize("share", [0, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9])
def test_a_full_disk_is_said_and_the_old_build_stays(tmp_path: Path, disk: Path, share: float) -> None:
    """With room for so much of a build. What stays is the same for all, so a run after it is tried for one of them."""
    study = copy_miniature(tmp_path)
    room = shutil.disk_usage(disk).free - int(share * BUILD_BYTES)
    with (disk / "full").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, room)
    before = snapshot(disk)
    with started(study, "run", CUT, "--out", str(disk / "mini")) as run:
        _, said = run.communicate(timeout=300)
        wait_until_gone()
    assert run.returncode == 1, said
    assert str(disk) in said
    assert "No space left on device" in said
    assert "Traceback" not in said
    assert snapshot(disk) == before | {".mini.lock": snapshot(disk)[".mini.lock"]}
    if share == 0.9:
        (disk / "full").unlink()
        assert csr_mini(study, "run", CUT, "--out", str(disk / "mini")).returncode == 0


def test_a_file_that_may_not_grow_is_said(tmp_path: Path) -> None:
    study = copy_miniature(tmp_path)
    make_old(tmp_path)
    before = snapshot(tmp_path / "mini")
    done = subprocess.run(
        [
            sys.executable,
            "-P",
            "-m",
            "analysis",
            "run",
            CUT,
            "--params",
            str(study / "params"),
            "--out",
            str(tmp_path / "mini"),
        ],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert f"{tmp_path}: File too large, so the build was not made" in done.stderr
    assert snapshot(tmp_path / "mini") == before


def test_a_read_only_place_is_said_at_once(tmp_path: Path, disk: Path) -> None:
    study, before = copy_miniature(tmp_path), snapshot(disk)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    done = csr_mini(study, "run", CUT, "--out", str(disk / "mini"))
    assert done.returncode == 1
    lock = disk / ".mini.lock"
    assert f"csr: {disk / 'mini'}: the build cannot be made here: {lock}: Read-only file system\n" == done.stderr
    assert snapshot(disk) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="needs a user whom permissions bind")
def test_a_folder_without_permission_is_said_at_once(tmp_path: Path) -> None:
    study, folder = copy_miniature(tmp_path), tmp_path / "locked"
    folder.mkdir(mode=0o555)
    done = csr_mini(study, "run", CUT, "--out", str(folder / "mini"))
    assert done.returncode == 1
    assert "Permission denied" in done.stderr
    assert str(folder) in done.stderr
