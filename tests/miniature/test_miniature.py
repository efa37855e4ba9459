"""The miniature study is what its programs make of it, and runs."""

import shutil
from pathlib import Path

import pytest

from analysis import params
from analysis.cut.cutoff import write_cut
from analysis.cut.lock import verify_lock
from analysis.paths import Study
from analysis.results import read_results
from tests.conftest import PROJECT
from tests.miniature import CUT, CUTS, FOLDER
from tests.miniature.make import FOLDER as TRANSFER
from tests.miniature.make import write_transfer


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_transfer_is_what_its_program_makes(tmp_path: Path) -> None:
    write_transfer(tmp_path)
    assert contents(tmp_path) == contents(TRANSFER)


@pytest.mark.parametrize("cut", CUTS)
def test_each_cut_is_made_of_the_transfer_and_locked(tmp_path: Path, cut: str) -> None:
    shutil.copytree(FOLDER / "params", tmp_path / "params")
    chosen = params.load(cut, tmp_path / "params")
    made = contents(write_cut(Study(PROJECT, tmp_path / "params"), TRANSFER, chosen.cutoff))
    committed = contents(FOLDER / "data/cuts" / cut)
    del committed["lock.json"]
    assert made == committed
    verify_lock(FOLDER / "data/cuts" / cut, chosen.lock_sha256)


def test_a_run_makes_its_outputs_and_no_others(mini: Path) -> None:
    """The events by hand: patients 1, 3, 4 and 6 progressed, patient 8 died within the gap; 2, 5 and 7 are censored."""
    build = mini / "build" / CUT
    assert {p.name for p in (build / "notebooks").iterdir()} == {p.name for p in (FOLDER / "notebooks").iterdir()}
    assert {p.stem for p in (build / "tlf").glob("*.json")} == set(params.load_catalogue(FOLDER / "params"))
    found = {result.name: result.stat for result in read_results(build / "results.json")}
    assert (found["pfs.n"], found["pfs.events_pd"], found["pfs.events_death"]) == (8, 4, 1)
    assert "SYNTHETIC DATA - no real patients" in (build / "csr.html").read_text(encoding="utf-8")
