"""The sentences on laboratory values, vital signs, ECG and performance status, against sentences written by hand."""

from dataclasses import replace

import pytest

from analysis.report.phrases import phrases
from tests.report.made import WHOLE, labelled, make_params, make_result, make_results


def said(key: str, over: dict, **params: object) -> str:
    return phrases(make_results({**WHOLE, **over}), make_params(**params))[f"text.{key}"]


def graded(name: str, any_grade: int, severe: int, term: str) -> dict:
    about = {"group1_level": f"Test (U/L), high: {term}"}
    return labelled(f"lab.{name}.any", any_grade, "Grade 1 or 2 or 3 or 4", **about) | labelled(
        f"lab.{name}.grade34", severe, "Grade 3 or 4", **about
    )


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        (graded("a", 0, 0, "Anemia"), "No laboratory value on treatment had a grade above 0."),
        (
            graded("a", 1, 0, "Anemia"),
            "Worst grades of 1 to 4 were most frequent for anemia in 1 patient (2.5%). No worst grade was 3 or 4.",
        ),
        (
            graded("a", 9, 2, "Anemia") | graded("b", 10, 0, "GGT increased") | graded("c", 1, 1, "Hyperkalemia"),
            "Worst grades of 1 to 4 were most frequent for GGT increased in 10 patients (25.0%), anemia in 9 patients "
            "(22.5%) and hyperkalemia in 1 patient (2.5%). The worst grade was 3 or 4 for anemia in 2 patients (5.0%) "
            "and hyperkalemia in 1 patient (2.5%).",
        ),
    ],
)
def test_laboratory_grades(over: dict, expected: str) -> None:
    assert said("laboratory_grades", over) == expected


def test_laboratory_grades_name_the_most_frequent_terms() -> None:
    over = graded("a", 9, 3, "A") | graded("b", 8, 2, "B") | graded("c", 7, 1, "C")
    assert said("laboratory_grades", over, report={"in_text_terms": 2}) == (
        "Worst grades of 1 to 4 were most frequent for a in 9 patients (22.5%) and b in 8 patients (20.0%). The worst "
        "grade was most often 3 or 4 for a in 3 patients (7.5%) and b in 2 patients (5.0%)."
    )


def change(test: str, shown: str | None, label: str) -> dict:
    name = f"lab_time.{test}.last.change.median"
    return {name: replace(make_result(name, None if shown is None else float(shown), shown), group1_level=label)}


def test_laboratory_changes() -> None:
    tests = {"laboratory": {"over_time": {"tests": ["HGB", "ALT", "TSH"], "visits": []}}}
    over = change("hgb", "-1.5", "Hemoglobin (g/L)") | change("alt", "0.0", "Alanine Aminotransferase (U/L)")
    assert said("laboratory_changes", over | change("tsh", None, "TSH (mIU/L)"), **tests) == (
        "The median change from the baseline to the last value on treatment was -1.5 for hemoglobin (g/L) and 0.0 for "
        "alanine aminotransferase (U/L)."
    )
    assert said("laboratory_changes", change("tsh", None, "TSH (mIU/L)"), **tests) == (
        "No patient had a laboratory value both at baseline and on treatment."
    )


@pytest.mark.parametrize(
    ("name", "shown"), [("Neutrophils (10^9/L)", "neutrophils (10⁹/L)"), ("Bilirubin (umol/L)", "bilirubin (µmol/L)")]
)
def test_units_are_those_of_the_text(name: str, shown: str) -> None:
    tests = {"laboratory": {"over_time": {"tests": ["NEUT"], "visits": []}}}
    assert said("laboratory_changes", change("neut", "0.1", name), **tests).endswith(f"was 0.1 for {shown}.")


def test_worst_categories() -> None:
    over = {"lab_shift.uprot.n": 40}
    levels = {"w1": (30, "NEGATIVE"), "w2": (0, "TRACE"), "w3": (1, "1+")}
    for level, (n, text) in levels.items():
        over |= labelled(f"lab_shift.uprot.{level}", n, f"Worst: {text}", variable_level=text)
    assert said("urine_protein", over) == (
        "The highest urine protein by dipstick was 'NEGATIVE' in 30 patients (75.0%) and '1+' in 1 patient (2.5%)."
    )
    assert said("thyroid", {"lab_shift.thyroid.n": 0}) == (
        "Thyroid function was not measured both at baseline and on treatment in any patient."
    )


def liver(raised: int, bilirubin: int, candidates: int) -> dict:
    return (
        labelled("liver.transaminase.above3", raised, "> 3 x ULN")
        | labelled("liver.bilirubin.raised", bilirubin, ">= 2 x ULN")
        | labelled("liver.hys_law.candidate", candidates, "Candidates")
    )


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        (
            liver(6, 1, 0),
            "The highest ALT or AST on treatment was > 3 × ULN in 6 patients (15.0%), and the highest bilirubin >= 2 × "
            "ULN in 1 patient (2.5%); no patient was a candidate for Hy's law.",
        ),
        (
            liver(1, 0, 2),
            "The highest ALT or AST on treatment was > 3 × ULN in 1 patient (2.5%), and the highest bilirubin >= 2 × "
            "ULN in no patient; 2 patients (5.0%) were candidates for Hy's law.",
        ),
    ],
)
def test_liver(over: dict, expected: str) -> None:
    assert said("liver", over) == expected


def test_blood_pressure() -> None:
    over = labelled("vs_shift.sysbp.w4", 4, "Worst: >=160") | labelled("vs_shift.diabp.w4", 0, "Worst: >=100")
    assert said("blood_pressure", over) == (
        "On treatment, the highest systolic pressure was 160 mmHg or more in 4 patients (10.0%) and the highest "
        "diastolic pressure was 100 mmHg or more in no patient."
    )


def weights(loss: dict[str, int], gain: dict[str, int]) -> dict:
    over: dict = {"weight.loss.n": 40, "weight.percent.median": (-3.35, "-3.35")}
    over |= {"weight.percent.min": (-15.4, "-15.4"), "weight.percent.max": (1.5, "1.5")}
    for way, steps in (("loss", loss), ("gain", gain)):
        for step, n in steps.items():
            over |= labelled(f"weight.{way}.{step}", n, "a step")
    return over


def test_weight() -> None:
    median = "The median change of weight from the baseline to the last value was -3.35% (range: -15.4% to 1.5%). "
    assert said("weight", weights({"step1": 11, "step2": 0, "step3": 1}, {"step1": 0})) == (
        f"{median}The greatest loss was 5% to less than 10% in 11 patients (27.5%) and 20% or more in 1 patient "
        "(2.5%). No patient gained 5% of weight or more."
    )
    assert said("weight", weights({"step1": 0}, {"step2": 1})) == (
        f"{median}No patient lost 5% of weight or more. The greatest gain was 10% to less than 20% in 1 patient (2.5%)."
    )
    assert said("weight", {"weight.loss.n": 0}) == (
        "No patient's weight was recorded both at baseline and on treatment."
    )


def test_qtcf() -> None:
    over = labelled("qtcf_shift.value.w4", 0, "Worst: >500") | labelled("qtcf_change.category3", 1, ">60")
    assert said("qtcf", over) == (
        "QTcF was above 500 ms on treatment in no patient, and its greatest increase from the baseline above 60 ms in "
        "1 patient (2.5%)."
    )


def test_worst_performance_status() -> None:
    name = "ecog_shift.status"
    over: dict = {f"{name}.n": 40} | labelled(f"{name}.b0", 20, "Total")
    for base, worst, n in (("0", "0", 5), ("0", "1", 1), ("1", "0", 3), ("1", "2", 8)):
        over |= labelled(f"{name}.b{base}_w{worst}", n, "x", group2_level=base, variable_level=worst)
    assert said("worst_performance_status", over) == (
        "From the baseline to the worst on treatment, ECOG performance status worsened from 0 to 1 in 1 "
        "patient (2.5%) and from 1 to 2 in 8 patients (20.0%)."
    )
    assert said("worst_performance_status", {f"{name}.n": 40}) == (
        "ECOG performance status did not worsen on treatment in any patient with a status at baseline."
    )
