"""The eligibility dataset by hand, what the data say against IE and DV; the planted cases of the synthetic study."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from analysis import params as parameters
from analysis.adam import derive, queries
from analysis.adam.adie import SCHEMA, derive_adie, status
from analysis.adam.adsl import derive_adsl
from analysis.cut.dataset import frames, read_folder, write_xpt
from analysis.errors import ParamsError
from analysis.params import Params
from tests.adam.build import at, params, patient, sdtm
from tests.adam.eligibility import chosen, criterion

PROJECT = Path(__file__).parents[2]

RULES = {"INCL1": "haemoglobin", "INCL2": "platelets", "EXCL1": "prior_drug"}
RECORDED, POTENTIAL = "NOT MET, RECORDED", "POTENTIAL DEVIATION FOR MEDICAL REVIEW"
UNCONFIRMED, NOT_KNOWN = "RECORDED, NOT CONFIRMED BY DATA", "NOT EVALUABLE FROM DATA"


def counts(haemoglobin: float | None, platelets: float | None) -> list[dict[str, Any]]:
    named = (("HGB", haemoglobin, "g/L"), ("PLAT", platelets, "10^9/L"))
    return [
        {"LBTESTCD": test, "LBSTRESN": value, "LBSTRESC": str(value), "LBSTRESU": unit, "LBDTC": at(-5)}
        for test, value, unit in named
        if value is not None
    ]


def ie(code: str, category: str = "INCLUSION", answer: str = "N") -> dict[str, Any]:
    return {"IETESTCD": code, "IETEST": "T", "IECAT": category, "IESTRESC": answer}


def dv(term: str, category: str = "ELIGIBILITY") -> dict[str, Any]:
    return {"DVTERM": term, "DVDECOD": category, "DVCAT": "IMPORTANT DEVIATION", "DVSTDTC": at(0)}


def study(more: dict[str, list[dict[str, Any]]], **patient_of: Any) -> dict[str, pl.DataFrame]:
    criteria = [criterion("EXCL1", "EXCLUSION"), *(criterion(code) for code in ("INCL2", "INCL1"))]
    return sdtm(patient(more=more, **patient_of)) | {"TI": pl.DataFrame(criteria)}


def statuses(more: dict[str, list[dict[str, Any]]]) -> dict[str, tuple[str, int | None, int | None]]:
    """IETESTCD -> IESTATUS, IESEQ, DVSEQ."""
    data, settings = study(more), chosen(RULES)
    frame = derive_adie(data, derive_adsl(data, settings), settings)
    return {row["IETESTCD"]: (row["IESTATUS"], row["IESEQ"], row["DVSEQ"]) for row in frame.iter_rows(named=True)}


def asked(more: dict[str, list[dict[str, Any]]]) -> list[tuple[str, str]]:
    found = queries(study(more), chosen(RULES)).filter(pl.col("RULE") == "eligibility")
    return list(found.select("VARIABLE", "TEXT").iter_rows())


def test_a_failure_is_recorded_or_a_potential_deviation() -> None:
    found = statuses({"LB": counts(87, 79), "IE": [ie("INCL1")]})
    assert found == {"INCL1": (RECORDED, 1, None), "INCL2": (POTENTIAL, None, None), "EXCL1": (NOT_KNOWN, None, None)}
    assert list(found) == ["INCL1", "INCL2", "EXCL1"]  # inclusion first


def test_what_is_recorded_and_not_in_the_data() -> None:
    found = statuses({"LB": counts(95, None), "IE": [ie("INCL1"), ie("EXCL1", "EXCLUSION", "Y")]})
    assert found["INCL1"] == (UNCONFIRMED, 1, None)  # the data say met
    assert found["EXCL1"] == (UNCONFIRMED, 2, None)  # the data cannot say
    assert found["INCL2"] == (NOT_KNOWN, None, None)


def test_a_record_of_ie_that_says_eligible_is_no_failure() -> None:
    found = statuses({"LB": counts(87, 90), "IE": [ie("INCL1", answer="Y"), ie("EXCL1", "EXCLUSION", "N")]})
    assert found == {"INCL1": (POTENTIAL, None, None), "INCL2": ("MET", None, None), "EXCL1": (NOT_KNOWN, None, None)}


def test_a_deviation_is_of_the_criterion_that_it_names() -> None:
    found = statuses({"LB": counts(87, 79), "DV": [dv("Enrolled in spite of INCL2: low")]})
    assert found["INCL2"] == (RECORDED, None, 1)
    assert found["INCL1"] == (POTENTIAL, None, None)


def test_a_deviation_that_names_none_is_of_the_criteria_in_ie() -> None:
    found = statuses({"LB": counts(87, 79), "IE": [ie("INCL1")], "DV": [dv("Other", "VISIT"), dv("Waiver")]})
    assert found["INCL1"] == (RECORDED, 1, 2)
    assert found["INCL2"] == (POTENTIAL, None, None)


def test_a_deviation_without_name_and_ie_is_of_the_only_failure() -> None:
    more = {"LB": counts(87, 90), "DV": [dv("Waiver")]}
    assert statuses(more)["INCL1"] == (RECORDED, None, 1)
    assert asked(more) == []


@pytest.mark.parametrize("values", [(87.0, 79.0), (95.0, 90.0)], ids=["two failures", "no failure"])
def test_a_deviation_that_fits_no_criterion_or_two_is_queried(values: tuple[float, float]) -> None:
    more = {"LB": counts(*values), "DV": [dv("Waiver")]}
    assert {seq for _, _, seq in statuses(more).values()} == {None}
    text = "Eligibility deviation that names no criterion and fits none, or several: not compared"
    assert asked(more) == [("DVTERM", text)]


def test_a_criterion_that_is_not_in_ti_is_queried() -> None:
    assert asked({"LB": counts(95, 90), "IE": [ie("INCL7")]}) == [
        ("IETESTCD", "Criterion that is not in TI: not compared")
    ]


@pytest.mark.parametrize(
    ("result", "recorded", "enrolled", "expected"),
    [
        ("MET", False, True, "MET"),
        ("NOT MET", False, False, "NOT MET, NOT RECORDED, NOT ENROLLED"),
        ("NOT MET", True, False, RECORDED),
        ("NOT EVALUABLE", True, True, UNCONFIRMED),
    ],
)
def test_status(result: str, recorded: bool, enrolled: bool, expected: str) -> None:
    assert status(result, recorded=recorded, enrolled=enrolled) == expected


def test_a_criterion_without_a_rule_says_why() -> None:
    data, settings = study({}), chosen({"INCL1": "haemoglobin"}, not_evaluable={"INCL2": "A judgement"})
    frame = derive_adie(data, derive_adsl(data, settings), settings)
    assert dict(frame.select("IETESTCD", "IEREASN").iter_rows()) == {
        "INCL1": "No value on or before enrolment",
        "INCL2": "A judgement",
        "EXCL1": "There is no rule for this criterion",
    }


def test_a_criterion_that_params_name_and_ti_does_not() -> None:
    data = study({})
    for key, more in (("rules", {}), ("not_evaluable", {"not_evaluable": {"INCL9": "A judgement"}})):
        settings = chosen({"INCL9": "haemoglobin"} if key == "rules" else {}, **more)
        with pytest.raises(ParamsError, match=rf"eligibility\.{key}: INCL9: no such IETESTCD in TI"):
            derive_adie(data, derive_adsl(data, settings), settings)


@pytest.mark.parametrize("settings", [params(), chosen(RULES)], ids=["no parameters", "no TI"])
def test_a_study_without_criteria_or_without_their_parameters(settings: Params) -> None:
    data = study({"LB": counts(87, 79)})
    if settings.eligibility is not None:
        del data["TI"]
    frame = derive(data, settings)["ADIE"].frame
    assert frame.is_empty()
    assert frame.schema == pl.Schema(SCHEMA)


def test_the_last_version_of_a_criterion_counts() -> None:
    data, settings = study({}), chosen(RULES)
    data["TI"] = pl.concat([pl.DataFrame([criterion("INCL1", text="New") | {"TIVERS": "2"}]), data["TI"]])
    frame = derive_adie(data, derive_adsl(data, settings), settings)
    assert frame.filter(pl.col("IETESTCD") == "INCL1")["IETEST"].to_list() == ["New"]


def test_words_from_many_records_fit_into_xpt(tmp_path: Path) -> None:
    long = [f"A{'é' * 40}{n}" for n in range(5)]
    taken = [{"CMTRT": name, "CMCAT": "CONCOMITANT", "CMSTDTC": at(-5)} for name in long]
    data, settings = study({"CM": taken}), chosen({"INCL1": "hypertension"}, antihypertensives=long)
    dataset = derive(data, settings)["ADIE"]
    value = dataset.frame.filter(pl.col("IETESTCD") == "INCL1")["IEVALUE"].item()
    assert value.endswith("É...")
    assert len(value.encode()) in (199, 200)
    write_xpt(dataset, tmp_path / "adie.xpt")


@pytest.fixture(scope="module")
def synthetic() -> pl.DataFrame:
    cut = "2025-06-30"
    data, settings = frames(read_folder(PROJECT / "data/cuts" / cut)), parameters.load(cut, PROJECT / "params")
    return derive_adie(data, derive_adsl(data, settings), settings)


def planted(frame: pl.DataFrame, number: str, code: str) -> dict[str, Any]:
    chosen_row = (pl.col("USUBJID") == f"NCT05075512-01-{number}") & (pl.col("IETESTCD") == code)
    return frame.filter(chosen_row).row(0, named=True)


@pytest.mark.parametrize(
    ("number", "code", "result", "expected"),
    [
        pytest.param("034", "INCL09A", "NOT MET", RECORDED, id="ineligible-recorded"),
        pytest.param("036", "INCL09E", "NOT MET", POTENTIAL, id="ineligible-not-recorded"),
        pytest.param("010", "INCL09E", "MET", "MET", id="eligible-by-liver-lesion"),
        pytest.param("013", "INCL09F", "MET", "MET", id="eligible-by-clearance"),
        pytest.param("005", "INCL09A", "NOT MET", RECORDED, id="screen failure, haemoglobin"),
        pytest.param("046", "INCL09C", "NOT MET", RECORDED, id="screen failure, platelets"),
        pytest.param("035", "EXCL12", "NOT MET", RECORDED, id="screen failure, urine protein"),
        pytest.param("011", "INCL07", "MET", UNCONFIRMED, id="screen failure, chemotherapy not in the data"),
        pytest.param("016", "INCL06", "NOT EVALUABLE", UNCONFIRMED, id="screen failure, no lesion in the data"),
        pytest.param("022", "EXCL15", "MET", UNCONFIRMED, id="screen failure, thrombosis not in the data"),
        pytest.param("041", "EXCL03", "NOT EVALUABLE", UNCONFIRMED, id="screen failure, CNS metastases"),
        pytest.param("015", "INCL06", "NOT EVALUABLE", NOT_KNOWN, id="no-baseline-scan"),
        pytest.param("024", "EXCL08", "NOT MET", POTENTIAL, id="two antihypertensives at enrolment, not planted"),
    ],
)
def test_planted_cases(synthetic: pl.DataFrame, number: str, code: str, result: str, expected: str) -> None:
    row = planted(synthetic, number, code)
    assert (row["IERESULT"], row["IESTATUS"]) == (result, expected)


def test_nothing_else_is_found_in_the_synthetic_study(synthetic: pl.DataFrame) -> None:
    counted = synthetic.filter(pl.col("ENRLFL") == "Y")["IESTATUS"].value_counts()
    found = dict(counted.iter_rows())
    assert (found[RECORDED], found[POTENTIAL], found.get(UNCONFIRMED, 0)) == (1, 2, 0)
    assert synthetic.height == 48 * 32
    assert "64.0 mL/min" in planted(synthetic, "013", "INCL09F")["IEVALUE"]  # (98 x 78.2 x 0.85) / (72 x 1.414)
    assert (planted(synthetic, "034", "INCL09A")["IESEQ"], planted(synthetic, "034", "INCL09A")["DVSEQ"]) == (1, 1)
