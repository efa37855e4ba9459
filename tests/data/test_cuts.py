"""The committed cuts are what the cut-off makes of the committed transfers, and are locked with their pins."""

import datetime as dt
import shutil
from pathlib import Path

import pytest

from analysis import params
from analysis.cut.cutoff import write_cut
from analysis.cut.lock import verify_lock
from analysis.paths import Study

PROJECT = Path(__file__).parents[2]


@pytest.mark.parametrize(("transfer", "cut"), [("2025-07-15", "2025-06-30"), ("2026-01-15", "2025-12-31")])
def test_committed_cut_is_made_of_its_transfer(transfer: str, cut: str, tmp_path: Path) -> None:
    committed = PROJECT / "data/cuts" / cut
    verify_lock(committed, params.load(cut, PROJECT / "params").lock_sha256)
    shutil.copytree(PROJECT / "params", tmp_path / "params")
    study = Study(PROJECT, tmp_path / "params")
    (tmp_path / "data/cuts").mkdir(parents=True)
    made = write_cut(study, PROJECT / "data/transfers" / transfer, dt.date.fromisoformat(cut))
    expected = {p.name: p.read_bytes() for p in committed.iterdir() if p.name != "lock.json"}
    assert {p.name: p.read_bytes() for p in made.iterdir()} == expected
