"""The program makes the committed bytes."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.data.transfers import FOLDER

ROOT = FOLDER.parents[1]


@pytest.mark.parametrize("seed", ["0", "77"])
def test_the_program_makes_the_committed_bytes(tmp_path: Path, seed: str) -> None:
    environment = {"PYTHONHASHSEED": seed, "TZ": "Pacific/Auckland", "PATH": "", "SYSTEMROOT": "C:\\Windows"}
    subprocess.run([sys.executable, "-m", "data.make", "--out", tmp_path], cwd=ROOT, check=True, env=environment)
    made = {path.relative_to(tmp_path): path.read_bytes() for path in sorted(tmp_path.rglob("*.xpt"))}
    kept = {path.relative_to(FOLDER): path.read_bytes() for path in sorted(FOLDER.rglob("*.xpt"))}
    assert list(made) == list(kept)
    assert [name for name in made if made[name] != kept[name]] == []


def test_the_data_stay_small() -> None:
    size = sum(path.stat().st_size for path in FOLDER.rglob("*.xpt"))
    assert size < 7.5e6, "the cuts are of the same size, and data/ is kept under 15 MB"
