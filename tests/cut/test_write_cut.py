"""What `csr cut` writes: the whole folder or nothing, the same bytes every time, never over a lock."""

import datetime as dt
import json
import re
from pathlib import Path

import polars as pl
import pytest

from analysis.cut.cutoff import write_cut
from analysis.cut.dataset import read_folder, write_xpt
from analysis.cut.lock import verify_lock, write_lock
from analysis.errors import DataError, LockError, ParamsError
from analysis.paths import Study
from tests.cut.make import dataset

PROJECT = Path(__file__).parents[2]
CUTOFF = dt.date(2025, 6, 30)


@pytest.fixture
def study(tmp_path):
    """A study with one transfer, in which one record is after the cut-off."""
    transfer = tmp_path / "data" / "transfers" / "t1"
    transfer.mkdir(parents=True)
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "study.yaml").write_text("subjects: {enrolment_dsdecod: RANDOMIZED}\n")
    write_xpt(dataset("DM", {"USUBJID": "1", "RFICDTC": "2025-01-10"}), transfer / "dm.xpt")
    events = [{"USUBJID": "1", "AESTDTC": day, "AETERM": 'Rash, "mild"'} for day in ("2025-06-30", "2025-07-01")]
    write_xpt(dataset("AE", *events), transfer / "ae.xpt")
    return Study(tmp_path, tmp_path / "params")


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_a_cut(study):
    folder = write_cut(study, "t1", CUTOFF)
    assert folder == study.root / "data" / "cuts" / "2025-06-30"
    assert list(contents(folder)) == ["ae.xpt", "cut-log.csv", "cut.json", "dm.xpt"]
    assert read_folder(folder)["AE"].frame["AESTDTC"].to_list() == ["2025-06-30"]
    assert json.loads((folder / "cut.json").read_text()) == {"cutoff": "2025-06-30", "transfer": "t1"}
    assert (folder / "cut-log.csv").read_text() == (
        "DATASET,USUBJID,SEQ,VARIABLE,OLD,NEW,ACTION,REASON\n"
        "AE,1,2,AESTDTC,2025-07-01,,removed,starts after the cut-off\n"
    )


def test_the_same_bytes_every_time_and_from_a_path(study):
    first = contents(write_cut(study, "t1", CUTOFF))
    assert contents(write_cut(study, study.root / "data/transfers/t1", CUTOFF, "again")) == first
    assert contents(write_cut(study, "t1", CUTOFF)) == first
    assert sorted(p.name for p in (study.root / "data" / "cuts").iterdir()) == ["2025-06-30", "again"]


def test_a_locked_cut_is_not_overwritten(study):
    folder = write_cut(study, "t1", CUTOFF)
    pin = write_lock(folder, dt.date(2025, 7, 20))
    with pytest.raises(LockError, match="2025-06-30: locked, so it is not overwritten"):
        write_cut(study, "t1", CUTOFF)
    assert verify_lock(folder, pin)["cutoff"] == "2025-06-30"


def test_nothing_is_left_of_a_cut_that_fails(study):
    long = dataset("CM", {"USUBJID": "1", "CMTRT": "x" * 201})
    long.frame.write_parquet(study.root / "data/transfers/t1/cm.parquet")
    with pytest.raises(DataError, match=r"CM\.CMTRT, record 1"):
        write_cut(study, "t1", CUTOFF)
    assert list((study.root / "data" / "cuts").iterdir()) == []


def test_a_failed_cut_leaves_the_old_one(study):
    before = contents(write_cut(study, "t1", CUTOFF))
    (study.root / "data/transfers/t1/cm.csv").write_text('CMTRT\n"')
    with pytest.raises(DataError, match=r"cm\.csv: cannot be read as csv"):
        write_cut(study, "t1", CUTOFF)
    assert contents(study.root / "data" / "cuts" / "2025-06-30") == before


@pytest.mark.parametrize("name", ["../x", "a/b", ".hidden", "", "a b"])
def test_names(study, name):
    if name:
        with pytest.raises(ParamsError, match="is no name of a cut"):
            write_cut(study, "t1", CUTOFF, name)


def test_unknown_transfer(study):
    with pytest.raises(ParamsError, match="t2: no such transfer"):
        write_cut(study, "t2", CUTOFF)


def test_a_cutoff_that_params_contradict(study):
    (study.params_dir / "study.yaml").write_text((PROJECT / "params" / "study.yaml").read_text(encoding="utf-8"))
    (study.params_dir / "cuts").mkdir()
    (study.params_dir / "cuts" / "first.yaml").write_text("cutoff: 2025-06-29\npurpose: update\n")
    with pytest.raises(ParamsError, match=r"first\.yaml: cutoff: 2025-06-29, but the cut-off asked for is 2025-06-30"):
        write_cut(study, "t1", CUTOFF, "first")


def test_a_cutoff_later_than_the_transfer(study):
    """The folder's date is that of the extraction: nothing is known of the days after it."""
    source = study.root / "data" / "transfers" / "2025-06-30"
    (study.root / "data" / "transfers" / "t1").rename(source)
    expected = f"{source}: the data cut-off 2025-07-01 is later than the transfer of 2025-06-30"
    for transfer in ("2025-06-30", source):
        with pytest.raises(ParamsError, match=re.escape(expected)) as error:
            write_cut(study, transfer, dt.date(2025, 7, 1))
        assert error.value.exit_code == 2
    assert not (study.root / "data" / "cuts").exists()
    assert write_cut(study, "2025-06-30", CUTOFF).is_dir()


TRANSFERS = [("2025-07-15", dt.date(2025, 6, 30)), ("2026-01-15", dt.date(2025, 12, 31))]


@pytest.mark.parametrize(("transfer", "cutoff"), TRANSFERS)
def test_no_date_after_the_cutoff_in_any_dataset_of_the_study(tmp_path, transfer, cutoff):
    """Every text of every record, read without this package's date functions; study days against the first dose too."""
    source = PROJECT / "data" / "transfers" / transfer
    if not source.is_dir():
        pytest.skip("the synthetic study is not there")
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "study.yaml").write_text("{}\n")
    folder = write_cut(Study(tmp_path, tmp_path / "params"), source, cutoff)
    day, looked_at = cutoff.isoformat(), 0
    datasets = read_folder(folder)
    starts = dict(datasets["DM"].frame.select("USUBJID", "RFSTDTC").rows())
    for name, data in datasets.items():
        for row in data.frame.iter_rows(named=True):
            for variable, value in row.items():
                if isinstance(value, str) and variable != "TSVCDVER":
                    for found in re.findall(r"(?<![\w-])\d{4}(?:-\d{2}){0,2}(?![\w-])", value):
                        if variable.endswith("DTC") or len(found) == 10:
                            looked_at += 1
                            assert found <= day[: len(found)], f"{name}.{variable} {row}"
                elif isinstance(value, float) and re.fullmatch("..(ST|EN)?DY", variable):
                    start = dt.date.fromisoformat(starts[row["USUBJID"]][:10])
                    told = start + dt.timedelta(days=int(value) - (value > 0))
                    assert told <= cutoff, f"{name}.{variable} {row}"
    assert looked_at > 5000
    log = pl.read_csv(folder / "cut-log.csv")
    removed = log.filter(pl.col("ACTION") == "removed").group_by("DATASET").len()
    for name, original in read_folder(source).items():
        gone = removed.filter(pl.col("DATASET") == name)["len"].sum()
        assert original.frame.height == datasets[name].frame.height + gone
