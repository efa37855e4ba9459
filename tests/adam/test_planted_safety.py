"""The safety cases that data/README.md says were planted, as ADaM shows them at the first cut."""

from pathlib import Path

import polars as pl
import pytest

from analysis import params
from analysis.adam.adae import derive_adae
from analysis.adam.adecog import derive_adecog
from analysis.adam.adex import derive_adex
from analysis.adam.adsl import derive_adsl
from analysis.cut.dataset import frames, read_folder

PROJECT = Path(__file__).parents[2]
CUT = "2025-06-30"


@pytest.fixture(scope="module")
def derived() -> dict[str, pl.DataFrame]:
    sdtm, chosen = frames(read_folder(PROJECT / "data/cuts" / CUT)), params.load(CUT, PROJECT / "params")
    adsl = derive_adsl(sdtm, chosen)
    others = {"ADAE": derive_adae, "ADECOG": derive_adecog, "ADEX": derive_adex}
    return {"ADSL": adsl} | {name: derive(sdtm, adsl, chosen) for name, derive in others.items()}


def of(derived: dict[str, pl.DataFrame], patient: str, term: str, *columns: str) -> list[tuple[object, ...]]:
    """Columns of the events of one term in one patient, by AESEQ."""
    chosen = (pl.col("USUBJID") == f"NCT05075512-01-{patient}") & (pl.col("AEDECOD") == term)
    return derived["ADAE"].filter(chosen).sort("AESEQ").select(columns).rows()


def test_events_around_the_first_dose(derived: dict[str, pl.DataFrame]) -> None:
    flags = ("TRTEMRUL", "TRTEMFL", "REGTEMFL")
    assert of(derived, "024", "Hypertension", *flags, "AITOXGRN", "ATOXGRN") == [("WORSENED", "Y", "Y", 1, 2)]
    assert of(derived, "024", "Headache", *flags) == [("BEFORE", "N", "N")]
    assert of(derived, "024", "Nausea", *flags) == [("ENDED BEFORE", "N", "N")]  # in 2023-11, ended on the second
    assert of(derived, "024", "Fatigue", "TRTEMFL", "ATOXGRN") == [("Y", 1), ("Y", 2)]
    assert of(derived, "026", "Insomnia", *flags) == [("START MISSING", "Y", "Y")]


def test_events_30_and_31_days_after_the_last_dose(derived: dict[str, pl.DataFrame]) -> None:
    events = derived["ADAE"].filter(pl.col("USUBJID").str.ends_with("-025"))
    late = events.with_columns(days=(pl.col("ASTDT") - pl.col("TRTEDT")).dt.total_days()).filter(pl.col("days") >= 30)
    assert late.select("days", "TRTEMFL", "REGTEMFL").rows() == [(30, "Y", "Y"), (31, "N", "N")]


def test_missing_grade_relatedness_and_end(derived: dict[str, pl.DataFrame]) -> None:
    assert of(derived, "026", "Dizziness", "ATOXGRN", "AGR3FL") == [(None, "N")]
    assert of(derived, "026", "Diarrhea", "AREL1", "AREL1FL", "AREL2FL", "ARELFL") == [(None, "Y", "N", "Y")]
    assert of(derived, "026", "Cough", "AEOUT", "AENDT", "ADURN") == [("RECOVERED/RESOLVED", None, None)]


def test_a_death_after_the_cut_off_makes_no_event_fatal(derived: dict[str, pl.DataFrame]) -> None:
    assert of(derived, "042", "Lung infection", "ASERFL", "AFATFL", "ATOXGRN") == [("Y", "N", None)]
    fatal = derived["ADAE"].filter(pl.col("AFATFL") == "Y")
    assert fatal["USUBJID"].str.slice(-3).to_list() == ["006"]


def test_reductions_of_the_dose_are_those_that_events_led_to(derived: dict[str, pl.DataFrame]) -> None:
    """Every event that reduced anlotinib shows in the dosing, patient by patient."""
    events = derived["ADAE"].filter(pl.col("ARED1FL") == "Y").group_by("USUBJID").len().sort("USUBJID")
    doses = derived["ADEX"].filter((pl.col("PARAMCD") == "NRED1") & (pl.col("AVAL") > 0)).sort("USUBJID")
    assert events.rows() == doses.select("USUBJID", pl.col("AVAL").cast(pl.UInt32)).rows()
    assert events["len"].sum() == 18


def test_the_intensity_of_a_patient_by_hand(derived: dict[str, pl.DataFrame]) -> None:
    """Patient 003: anlotinib 12 mg in ten cycles of 21 days from 2022-12-27, the last with 8 doses (to 2023-07-11), and
    fulvestrant on days 1, 15, 29, 58, 85, 114, 142, 169 and 197.
    """
    adex = derived["ADEX"].filter(pl.col("USUBJID") == "NCT05075512-01-003")
    found = dict(adex.select("PARAMCD", "AVAL").iter_rows())
    assert (found["NCRS1"], found["CUM1"], found["DUR1"], found["PCUM1"]) == (10, 12 * (9 * 14 + 8), 210, 12 * 140)
    assert found["RDI1"] == pytest.approx(100 * 134 / 140, abs=1e-12)
    assert (found["NCRS2"], found["DUR2"], found["PDUR2"]) == (9, 224, 14 + 14 + 7 * 28)
    assert found["RDI2"] == pytest.approx(100.0, abs=1e-12)


def test_the_performance_status_at_baseline_by_two_ways(derived: dict[str, pl.DataFrame]) -> None:
    """ADSL takes it from RS on its own."""
    baseline = derived["ADECOG"].filter(pl.col("ABLFL") == "Y").select("USUBJID", ECOGBL="AVAL").sort("USUBJID")
    enrolled = derived["ADSL"].filter(pl.col("ENRLFL") == "Y").select("USUBJID", "ECOGBL").sort("USUBJID")
    assert baseline.rows() == enrolled.rows()
    assert baseline.height == 40
