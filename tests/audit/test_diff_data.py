"""The planted changes between the two demonstration cuts are all found, and nothing else is reported.

What was planted is read from the list in data/README.md; where it shows follows from what each case says.
"""

import json
import re
import shutil
from pathlib import Path

import polars as pl
import pytest

from analysis import params
from analysis.audit import diff_data, diff_records
from analysis.audit.builds import Build
from analysis.audit.diff_data import Data
from analysis.audit.recorded import Manifest
from analysis.cut.dataset import frames, read_dataset, read_folder
from analysis.paths import Study
from tests.conftest import PROJECT
from tests.data.test_second_transfer import ENDS

FIRST, SECOND = "2025-06-30", "2025-12-31"
# What happened between the transfers: the datasets in which each case shows, and what became of the records.
PLANTED = {
    "late-scan": {("TR", "added"), ("RS", "added"), ("SV", "added")},
    "late-ae": {("AE", "added")},
    "corrected-pd-date": {("TR", "changed"), ("RS", "changed"), ("SV", "changed")},
    "withdrawn-sae": {("AE", "removed"), ("CM", "removed"), ("RELREC", "removed")},  # and the medicine against it
    "death-became-known": {("DM", "changed"), ("DS", "added"), ("SE", "changed")},  # follow-up ended then
}
STUDY = Study(PROJECT, PROJECT / "params")


def build_of(cut: str, study: Study = STUDY) -> Build:
    """What `csr diff` knows of a build's data: which files they were, and the cut-off."""
    lock = json.loads((study.cut_dir(cut) / "lock.json").read_text(encoding="utf-8"))
    chosen = params.load(cut, study.params_dir)
    made = Manifest.model_construct(
        study=chosen.study.id,
        cut=cut,
        cutoff=chosen.cutoff.isoformat(),
        inputs=lock["files"],
        parameters=chosen.model_dump(mode="json"),
    )
    patients = read_dataset(study.cut_dir(cut) / "dm.xpt").frame.select("USUBJID")
    return Build(Path("build", cut), made, (), {}, {"ADSL": patients})


@pytest.fixture(scope="module")
def data() -> Data:
    return diff_data.compare(build_of(FIRST), build_of(SECOND), STUDY)


@pytest.fixture(scope="module")
def planted() -> dict[str, str]:
    """Case -> patient, of the cases that are about the two transfers."""
    text = (PROJECT / "data/README.md").read_text(encoding="utf-8")
    cases = dict(re.findall(r"^\| ([\w-]+) \| (NCT05075512-01-\d{3}) \|", text, re.MULTILINE))
    return {case: cases[case] for case in (*PLANTED, "ae-fatal-after-first-cut")}


def test_each_planted_change_is_found_and_no_other_revision(data: Data, planted: dict[str, str]) -> None:
    expected = {(name, kind, planted[case]) for case, places in PLANTED.items() for name, kind in places}
    assert {(change.dataset, change.kind, change.subject) for change in data.revised} == expected
    assert data.until.isoformat() == FIRST


def test_what_is_said_of_each_planted_change(data: Data) -> None:
    places = {
        (c.dataset, c.kind, " ".join(v for k, v in c.record if k != "USUBJID"), c.variable, c.old, c.new)
        for c in data.revised
    }
    assert {
        ("AE", "added", "EPISTAXIS 2025-04-18", "", None, None),
        ("AE", "removed", "LUNG INFECTION 2024-08-08", "", None, None),
        ("DM", "changed", "", "DTHDTC", None, "2025-06-03"),
        ("DM", "changed", "", "DTHFL", None, "Y"),
        ("SV", "added", "305 2025-05-24", "", None, None),
        ("SV", "changed", "305 2025-03-03", "SVSTDTC", "2025-03-03", "2025-02-24"),
        ("RS", "changed", "OVRLRESP RECIST 1.1 INVESTIGATOR 305 2025-03-03", "RSDTC", "2025-03-03", "2025-02-24"),
    } <= places
    corrected = {c.variable for c in data.revised if c.kind == "changed" and c.subject.endswith("037")}
    assert corrected == {"TRDTC", "TRDY", "RSDTC", "RSDY", "SVSTDTC", "SVENDTC", "SVSTDY", "SVENDY"}


def test_every_other_difference_is_of_later_days(data: Data, planted: dict[str, str]) -> None:
    """A record more is dated after the first cut-off; a record that changed did so in its end, or in a later death."""
    seen = {(change.dataset, change.record, change.variable) for change in data.revised}
    others = [c for found in data.sdtm for c in found.changes if (c.dataset, c.record, c.variable) not in seen]
    assert others
    assert {c.kind for c in others} == {"added", "changed"}
    for change in others:
        if change.kind == "changed":
            fatal = change.variable in ("AESDTH", "AETOXGR") and change.subject == planted["ae-fatal-after-first-cut"]
            assert fatal or change.variable in ENDS, change
            continue
        dates = [value for name, value in change.record if name.endswith("DTC")]
        if change.dataset != "RELREC":  # which has no dates: the new relation of two new records
            assert dates, change
            assert dates[-1] > FIRST, change


def test_records_are_counted_as_the_files_have_them(data: Data) -> None:
    for found in data.sdtm:
        if found.name != "RELREC":
            assert found.new - found.old == found.count("added") - found.count("removed"), found.name
    names = {path.stem.upper() for path in STUDY.cut_dir(FIRST).glob("*.xpt")}
    assert {found.name for found in data.sdtm} == names - {"SUPPAE", "SUPPCM"}  # variables of AE and CM


def test_the_other_way_round_what_came_has_gone(data: Data) -> None:
    back = diff_data.compare(build_of(SECOND), build_of(FIRST), STUDY)
    turn = {"added": "removed", "removed": "added", "changed": "changed"}
    assert {(c.dataset, turn[c.kind], c.subject) for c in data.revised} == {
        (c.dataset, c.kind, c.subject) for c in back.revised
    }
    assert back.until == data.until


def test_a_build_and_itself_do_not_differ() -> None:
    same = diff_data.compare(build_of(FIRST), build_of(FIRST), STUDY)
    assert (same.revised, same.missing) == ((), ())
    assert not any(found.changes or found.renumbered for found in same.sdtm)


@pytest.fixture
def moved(tmp_path: Path) -> Study:
    """The study with copies of its cuts, which a test may spoil."""
    shutil.copytree(PROJECT / "params", tmp_path / "params")
    shutil.copytree(PROJECT / "data/cuts", tmp_path / "data/cuts")
    return Study(tmp_path, tmp_path / "params")


def test_without_the_data_only_adam_is_compared_and_the_text_says_so(moved: Study) -> None:
    old, new = build_of(FIRST), build_of(SECOND)
    shutil.rmtree(moved.cut_dir(FIRST))
    found = diff_data.compare(old, new, moved)
    assert (found.sdtm, found.revised) == ((), ())
    assert [d.name for d in found.adam] == ["ADSL"]
    [said] = found.missing
    assert said.endswith("ae.xpt: not there, so the SDTM data are not compared, only ADaM")


def test_data_that_were_changed_since_the_run_are_not_compared(moved: Study) -> None:
    path = moved.cut_dir(SECOND) / "lb.xpt"
    path.write_bytes(path.read_bytes() + b" ")
    found = diff_data.compare(build_of(FIRST), build_of(SECOND), moved)
    [said] = found.missing
    assert f"{path}: is not the file that 2025-12-31 was made from" in said


def test_what_was_revised_is_found_among_records_of_one_cutoff(moved: Study) -> None:
    """Two builds of the same cut-off, such as before and after a correction: every difference is a revision."""
    old, new = build_of(FIRST), build_of(SECOND)
    new.manifest.cutoff = FIRST
    found = diff_data.compare(old, new, STUDY)
    assert len(found.revised) == sum(len(dataset.changes) for dataset in found.sdtm) > 0


@pytest.mark.parametrize("patients", [["P-0001"], []])
def test_a_build_that_names_no_patient_is_not_set_beside_the_true_data(patients: list[str]) -> None:
    """As a public build does, which has pseudonyms or no data of patients at all."""
    old, new = build_of(FIRST), build_of(SECOND)
    adam = {"ADSL": pl.DataFrame({"USUBJID": patients})} if patients else {}
    found = diff_data.compare(old, Build(new.folder, new.manifest, (), {}, adam), STUDY)
    [said] = found.missing
    assert said.startswith("2025-12-31: names none of the patients of ")
    assert (found.sdtm, found.revised) == ((), ())


def renumbered(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The same records with other numbers, and qualifiers that follow their parents."""
    numbers = [c for c in frame.columns if c.endswith("SEQ") and len(c) == 5]
    frame = frame.with_columns((1000 - pl.col(c)).alias(c) for c in numbers).sample(fraction=1, shuffle=True, seed=1)
    if name.startswith("SUPP"):
        parent = (1000 - pl.col("IDVARVAL").cast(pl.Int64)).cast(pl.String)
        frame = frame.with_columns(IDVARVAL=parent)
    return frame


def test_a_transfer_that_numbers_its_records_anew_and_sorts_them_otherwise_changes_nothing() -> None:
    before = frames(read_folder(STUDY.cut_dir(FIRST)))
    after = {name: renumbered(name, frame) for name, frame in before.items()}
    found = {d.name: d for d in diff_records.compare(before, after)}
    del found["RELREC"]  # names records by their numbers
    assert [d.name for d in found.values() if d.changes or d.variables_added] == []
    assert found["AE"].renumbered == found["AE"].old == before["AE"].height
