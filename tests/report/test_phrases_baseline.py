"""The sentences on baseline, protocol deviations and analysis sets, against sentences written by hand."""

import pytest

from analysis.report.phrases import phrases
from tests.report.made import WHOLE, labelled, make_params, make_results


def said(key: str, over: dict) -> str:
    return phrases(make_results({**WHOLE, **over}), make_params())[f"text.{key}"]


def ages(n: int) -> dict:
    return {"age.n": n, "age.median": (56.5, "56.5"), "age.min": (31, "31"), "age.max": (77, "77")}


@pytest.mark.parametrize(
    ("n", "women", "expected"),
    [
        (0, 0, "No patient's age was recorded."),
        (1, 1, "The only patient whose age was recorded was 56.5 years old."),
        (40, 1, "The median age was 56.5 years (range: 31 to 77); 1 patient (2.5%) was female."),
        (40, 40, "The median age was 56.5 years (range: 31 to 77); 40 patients (100.0%) were female."),
        (40, 0, "The median age was 56.5 years (range: 31 to 77); no patient was female."),
    ],
)
def test_demographics(n: int, women: int, expected: str) -> None:
    assert said("demographics", ages(n) | labelled("sex.female", women, "Female")) == expected


def test_demographics_with_the_menopausal_status() -> None:
    over = ages(40) | labelled("sex.female", 40, "Female") | labelled("menopause.post", 1, "Postmenopausal")
    assert said("demographics", over).endswith(
        "40 patients (100.0%) were female and 1 patient (2.5%) was postmenopausal."
    )


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"0": 0, "1": 0}, "The ECOG performance status at baseline is not part of this report."),
        ({"0": 0, "1": 1}, "The ECOG performance status was 1 in 1 patient (2.5%)."),
        ({"0": 15, "1": 25}, "The ECOG performance status was 1 in 25 patients (62.5%) and 0 in 15 patients (37.5%)."),
    ],
)
def test_performance_status(counts: dict[str, int], expected: str) -> None:
    over: dict = {}
    for status, n in counts.items():
        over |= labelled(f"ecog.{status}", n, status)
    assert said("performance_status", over) == expected


def test_disease_says_what_the_study_records() -> None:
    over = labelled("visceral.yes", 34, "Yes") | labelled("denovo.yes", 1, "Yes")
    assert said("disease", over) == (
        "At baseline there was visceral disease in 34 patients (85.0%) and de novo metastatic disease in 1 patient "
        "(2.5%)."
    )
    assert said("disease", labelled("denovo.yes", 0, "Yes")) == (
        "At baseline there was de novo metastatic disease in no patient."
    )
    assert said("disease", {}) == "Characteristics of the disease are not part of this report."


def test_prior_therapy() -> None:
    over = labelled("prior.cdk46", 17, "CDK4/6 inhibitor") | labelled("chemotherapy_lines.1", 0, "1")
    assert said("prior_therapy", over) == (
        "Prior therapy included a CDK4/6 inhibitor in 17 patients (42.5%) and 1 line of chemotherapy for advanced "
        "disease in no patient."
    )
    over |= labelled("resistance.adjuvant", 1, "Relapse on it") | labelled("resistance.salvage", 0, "Progression")
    assert said("prior_therapy", over).endswith(
        " Secondary endocrine resistance was shown by relapse on it in 1 patient (2.5%)."
    )
    assert said("prior_therapy", {}) == "Prior anticancer therapy is not part of this report."


def test_deviations() -> None:
    over = labelled("deviations.any", 0, "Any") | labelled("deviations.per_protocol", 0, "Excludes")
    assert said("deviations", over) == "No important protocol deviation was recorded."
    over = labelled("deviations.any", 2, "Any") | labelled("deviations.per_protocol", 1, "Excludes")
    over |= labelled("deviation.a", 1, "Scan missing") | labelled("deviation.b", 2, "WRONG DOSE TAKEN")
    over |= {"deviation.a_events": 3, "deviation.b_events": 2}
    assert said("deviations", over) == (
        "Important protocol deviations were recorded in 2 patients (5.0%); 1 patient (2.5%) had one that excludes from "
        "the per-protocol set. By category, they were wrong dose taken in 2 patients (5.0%) and scan missing in 1 "
        "patient (2.5%)."
    )


def test_eligibility() -> None:
    over = labelled("eligibility.recorded", 1, "x") | labelled("eligibility.potential", 2, "y")
    assert said("eligibility", over) == (
        "By the data, 1 patient (2.5%) failed a criterion as recorded, and 2 patients (5.0%) failed one without a "
        "record."
    )
    assert said("eligibility", {}) == "An audit of eligibility is not part of this report."


def test_exclusions() -> None:
    sets = ("fas", "safety", "response_evaluable", "per_protocol")
    over: dict = {f"set.{name}": 40 for name in sets} | {f"set.{name}_excluded": 0 for name in sets}
    assert said("exclusions", over) == "No enrolled patient was excluded from an analysis set."
    over |= {"set.safety_excluded": 1, "set.per_protocol_excluded": 3}
    over |= labelled("excluded.safety.no_dose", 1, "No dose of study treatment")
    over |= labelled("excluded.per_protocol.a", 2, "Important protocol deviation: Baseline assessment missing")
    over |= labelled("excluded.per_protocol.no_dose", 1, "No dose of study treatment")
    assert said("exclusions", over) == (
        "From the safety set, 1 patient was excluded: no dose of study treatment (1 patient). From the per-protocol "
        "set, 3 patients were excluded: important protocol deviation of category baseline assessment missing (2 "
        "patients) and no dose of study treatment (1 patient)."
    )
    assert said("exclusions", {}) == "The reasons for exclusion from an analysis set are not part of this report."
