"""Sentences that adapt to the parameters, against sentences written by hand."""

import pytest

from analysis.report.methods import method_words, multiplicity, one_conclusion
from tests.report.made import DESIGN, make_params

NO_NULL = {"design": DESIGN | {"null_median": None, "alternative_median": None}}


def said(key: str, **over: object) -> str:
    return method_words(make_params(**over))[f"text.{key}"]


def test_pfs_from_enrolment_counts_the_undosed() -> None:
    assert said("pfs_start", sources={"pfs": "assumption"}) == (
        "PFS starts at enrolment (assumed for this demonstration), which precedes the first dose. It is analysed in "
        "the full analysis set, so that patients who were never dosed are counted."
    )
    assert said("efficacy_sets") == "The full analysis set was the primary set for efficacy."


def test_pfs_from_the_first_dose_is_of_the_safety_set() -> None:
    over = {"pfs": {"start": "first_dose"}}
    assert said("pfs_start", **over) == (
        "Unlike the other endpoints, PFS starts at the first dose of study treatment. It is analysed in the safety "
        "set: patients who were never dosed have no PFS."
    )
    assert said("efficacy_sets", **over) == (
        "The safety set was the primary set for PFS, whose time starts at the first dose, and the full analysis set "
        "for the other efficacy endpoints."
    )


def test_sensitivity_sets_are_named() -> None:
    assert said("pfs_sensitivity", pfs={"sensitivity_sets": ["fda_uniform_dates", "ema"]}) == (
        "The sensitivity sets are those for uniform progression dates (fda_uniform_dates) and all events counted "
        "(ema). Their records are derived, and compared by both routes, like those of the primary set."
    )
    assert said("pfs_sensitivity", pfs={"sensitivity_sets": ["ema"]}) == (
        "The sensitivity set is the one for all events counted (ema). Its records are derived, and compared by both "
        "routes, like those of the primary set."
    )
    assert said("pfs_sensitivity", pfs={"sensitivity_sets": []}) == ("No rule set was chosen for sensitivity analyses.")


@pytest.mark.parametrize(
    ("rule_set", "sensitivity_sets", "expected"),
    [
        (
            "fda",
            ["fda_investigator"],
            "The primary rule set counts documented progression only: a patient with clinical progression only is "
            "censored at the last adequate assessment. The sensitivity set for investigator's claim (fda_investigator) "
            "counts it as an event. The primary rule set also censors progressions and deaths that follow new "
            "anticancer therapy or a gap.",
        ),
        (
            "ema",
            ["fda"],
            "The primary rule set counts documented progression only: a patient with clinical progression only is "
            "censored at the last adequate assessment.",
        ),
        (
            "fda_investigator",
            [],
            "The primary rule set counts a clinical progression without a documented one as an event. The primary rule "
            "set also censors progressions and deaths that follow new anticancer therapy or a gap.",
        ),
    ],
)
def test_what_the_primary_set_does_not_count(rule_set: str, sensitivity_sets: list[str], expected: str) -> None:
    over = {"rule_set": rule_set, "sensitivity_sets": sensitivity_sets}
    assert said("clinical_progression_counted", pfs=over) == expected


def test_the_design_with_a_null_value() -> None:
    assert said("hypothesis") == (
        "The hypothesis was that the median PFS is longer than 5.8 months, with 10 months as the alternative for which "
        "the study was planned."
    )
    assert said("reference_value") == (
        "Its primary endpoint was compared with a fixed value, a median PFS of 5.8 months. A study without a control "
        "group cannot separate the effect of the treatment from differences between patients, and such a comparison "
        "treats the reference as known without error."
    )
    assert said("success_rule") == (
        "The study has one named success rule: the two-sided p-value of the one-sample log-rank test against a median "
        "of 5.8 months is below 0.05 and fewer events are observed than expected."
    )
    assert said("conclusions") == (
        "The lower limit of the CI of the median is shown beside the null value as supportive information and is not "
        "the conclusion. Only the data cut-off of the primary analysis carries a conclusion; in every other analysis "
        "p-values are nominal and unadjusted. Secondary endpoints have confidence intervals only."
    )
    assert one_conclusion(make_params()) == (
        "At most one data cut-off serves the primary analysis, and only that one carries a conclusion."
    )
    assert multiplicity(make_params()) == (
        "There was one primary endpoint with one named success rule. Secondary endpoints have confidence intervals "
        "only, and any p-value of a sensitivity or exploratory analysis is nominal and unadjusted."
    )


def test_the_design_without_a_null_value() -> None:
    assert said("hypothesis", **NO_NULL) == "No hypothesis on the median PFS was tested."
    assert said("reference_value", **NO_NULL) == (
        "Its primary endpoint was compared with no reference value, so that the effect of the treatment cannot be "
        "separated from the course of the disease."
    )
    assert said("logrank_method", **NO_NULL) == (
        "The design names no null value of the median, and no hypothesis was tested."
    )
    assert said("success_rule", **NO_NULL) == "There is no success rule."
    assert said("conclusions", **NO_NULL) == (
        "No analysis carries a conclusion on efficacy. All endpoints have confidence intervals only; the p-values of "
        "exploratory models are nominal and unadjusted."
    )
    assert one_conclusion(make_params(**NO_NULL)) == "No data cut-off carries a conclusion on efficacy."
    assert multiplicity(make_params(**NO_NULL)) == (
        "No hypothesis was tested, so that there was nothing to adjust; all endpoints have confidence intervals only."
    )


def test_without_a_null_value_no_sentence_says_none_or_months() -> None:
    words = method_words(make_params(**NO_NULL))
    for key in ("hypothesis", "reference_value", "logrank_method", "success_rule", "conclusions"):
        assert "none" not in words[f"text.{key}"]
        assert "months" not in words[f"text.{key}"]


def test_the_hypothesis_without_an_alternative() -> None:
    over = {"design": DESIGN | {"alternative_median": None}, "sources": {"design.null_median": "assumption"}}
    assert said("hypothesis", **over) == (
        "The hypothesis was that the median PFS is longer than 5.8 months (assumed for this demonstration)."
    )
