"""A study derived in blocks of patients is the study derived at once, and its queries too."""

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from analysis import adam, params
from analysis.adam import adlb
from analysis.adam.assessments import planned_days
from analysis.cut.dataset import frames, read_folder
from tests.adam.build import patient, sdtm

PROJECT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("study", "cut", "block"),
    [
        (".", "2025-12-31", 12),
        pytest.param("examples/cdisc-oncology", "2014-12-31", 60, marks=pytest.mark.slow),
    ],
)
def test_blocks_change_nothing(study: str, cut: str, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = params.load(cut, PROJECT / study / "params")
    data = frames(read_folder(PROJECT / study / "data/cuts" / cut))
    whole, asked = adam.derive(data, chosen), adam.queries(data, chosen)
    monkeypatch.setattr(adam, "BLOCK", block)
    monkeypatch.setattr(adlb, "PART", 10)
    parts = adam.derive(data, chosen)
    assert list(parts) == list(whole)
    for name, dataset in whole.items():
        assert_frame_equal(parts[name].frame, dataset.frame)
    assert_frame_equal(adam.queries(data, chosen), asked)


def test_the_planned_days_of_visits_are_the_study_s_in_every_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of visit 2 only the second patient's SV has the planned day; TV says it of visit 1, and is believed."""
    monkeypatch.setattr(adam, "BLOCK", 1)
    data = sdtm(patient("01"), patient("02"))
    subjects = data["DM"]["USUBJID"].to_list()
    data["TV"] = pl.DataFrame({"VISITNUM": [1.0], "VISITDY": [1]})
    data["SV"] = pl.DataFrame({"USUBJID": subjects, "VISITNUM": [1.0, 2.0], "VISITDY": [3, 57]})
    blocks = list(adam._blocks(data))
    assert [block["DM"]["USUBJID"].to_list() for block in blocks] == [[subject] for subject in subjects]
    assert [block["SV"].height for block in blocks] == [1, 1]
    assert [planned_days(block) for block in blocks] == [{1.0: 1, 2.0: 57}] * 2


def test_parts_of_the_laboratory_hold_whole_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Glucose in urine is UGLUC, as the third test is; TSH and free T4, ALT and bilirubin are looked at together."""
    monkeypatch.setattr(adlb, "PART", 1)
    tests = ["GLUC", "GLUC", "UGLUC", "TSH", "T4FR", "ALT", "BILI", "HGB", None]
    specimens = ["SERUM", "URINE", "SERUM", *["SERUM"] * 6]
    laboratory = pl.DataFrame({"LBTESTCD": tests, "LBSPEC": specimens})
    found = [set(part["LB"]["LBTESTCD"]) for part in adlb._parts({"LB": laboratory})]
    assert sorted(found, key=sorted) == [{"ALT", "BILI"}, {"GLUC", "UGLUC"}, {"HGB"}, {"T4FR", "TSH"}]
